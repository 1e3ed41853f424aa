"""How many lots: for a risk, for a value, and in parts (`mas.sizing`)."""

from __future__ import annotations

import math

from mas.compiled.exact import exact_round
from mas.compiled.layout import NONE, Q_ASK, Q_BID, Q_ENTERING, T_VOLUME_MAX, T_VOLUME_MIN, T_VOLUME_STEP, Floats, Run
from mas.compiled.reversing import reversed_balance, reversed_equity
from mas.fills import LONG, part, round_volume_down


def equity_or_balance(run: Run, equity: int) -> float:
    """What a share is of."""
    return reversed_equity(run) if equity != 0 else reversed_balance(run)


def fill_price(run: Run, price: float) -> float:
    """The price that a size is worked out at: the waiting order's own, else the market's."""
    if price != NONE and price != 0.0:
        return price
    return float(run.books.quote[Q_ASK] if run.books.quote[Q_ENTERING] == LONG else run.books.quote[Q_BID])


def lots_for(run: Run, money: float, per_lot: float) -> float:
    """Lots that so much money buys, rounded down."""
    if not (per_lot > 0.0 and money > 0.0):
        return 0.0
    return round_volume_down(money / per_lot, run.books.terms[T_VOLUME_STEP])


def split(run: Run, first: int, volume: float, shares: int, count: int, r: Floats) -> None:
    """A volume in parts, the rest last. Args: shares: registers in pairs, (amount, whether it is lots)."""
    terms = run.books.terms
    step = terms[T_VOLUME_STEP]
    total = round_volume_down(volume, step) if math.isfinite(volume) else 0.0
    taken = 0.0
    for n in range(count):
        share, lots = r[shares + 2 * n], r[shares + 2 * n + 1] != 0.0
        left = exact_round(total - taken, 8.0)
        if total > terms[T_VOLUME_MAX]:
            r[first + n] = 0.0
        elif lots:
            r[first + n] = part(share, left, step, terms[T_VOLUME_MIN])
        else:
            r[first + n] = min(left, round_volume_down(total * share / 100.0, step))
        taken += r[first + n]
    r[first + count] = exact_round(total - taken, 8.0) if total > 0.0 else volume
    if total > terms[T_VOLUME_MAX]:
        r[first + count] = total
