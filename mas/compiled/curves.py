"""Equity of a compiled run at every close, and what it comes to: the sums of `mas.tracing`, in its order."""

from __future__ import annotations

from mas.compiled.exact import clear, exact_round
from mas.compiled.layout import (
    ASK_CLOSE,
    BID_CLOSE,
    R_COMMISSION,
    R_ENTRY,
    R_ENTRY_BAR,
    R_EXIT_BAR,
    R_PROFIT,
    R_SIDE,
    R_VOLUME,
    T_CENTS,
    T_COMMISSION,
    T_COMMISSION_IN,
    T_CONTRACT,
    T_INVERSE,
    T_RATE,
    Floats,
)  # fmt: skip
from mas.fills import LONG


def curve_of(prices: Floats, rows: Floats, terms: Floats, deposit: float, flows: Floats, equity: Floats) -> None:
    """Fill in the equity at each close, shape (bars,).

    Args: prices, rows, terms: see `layout`. flows: scratch, shape (bars,); the balance at each close afterwards.
    """
    clear(flows)
    clear(equity)
    flows[0] = deposit
    inverse, rate = terms[T_INVERSE] != 0.0, terms[T_RATE]
    for n in range(rows.shape[0]):
        row = rows[n]
        entry_cost = 0.0
        if terms[T_COMMISSION] != 0.0 and terms[T_COMMISSION_IN] != 0.0:
            entry_cost = -exact_round(terms[T_COMMISSION] * 1.0 * row[R_VOLUME], terms[T_CENTS])
        first, last = int(row[R_ENTRY_BAR]), int(row[R_EXIT_BAR])
        flows[first] += entry_cost
        flows[last] += row[R_PROFIT] + (row[R_COMMISSION] - entry_cost)
        side, entry, factor = row[R_SIDE], row[R_ENTRY], terms[T_CONTRACT] * row[R_VOLUME]
        closes = prices[BID_CLOSE] if side == LONG else prices[ASK_CLOSE]
        if inverse:
            for bar in range(first, last):
                equity[bar] += side * (closes[bar] - entry) * factor * (rate / closes[bar])
        else:
            for bar in range(first, last):
                equity[bar] += side * (closes[bar] - entry) * factor * rate
    total = 0.0
    for bar in range(flows.shape[0]):
        total += flows[bar]
        flows[bar] = exact_round(total, 8.0)
        equity[bar] = flows[bar] + equity[bar]


def figures_of(equity: Floats, deposit: float, times: Floats, found: Floats) -> None:
    """What an equity curve comes to.

    Args: equity: at each close, shape (bars,). times: of the deposit and of each close, shape (bars + 1,). found: where
        the figures go, shape (5,): the largest fall in money, its percent, the largest fall in percent, its money, and
        the longest time under a high.
    """
    clear(found)
    peak, peak_at, was_peak = deposit, 0, True
    most_share = 0.0
    for n in range(equity.shape[0]):
        value = equity[n]
        is_peak = value >= peak
        if not (was_peak and is_peak):
            found[4] = max(found[4], times[n + 1] - times[peak_at])
        if is_peak:
            peak, peak_at = value, n + 1
        was_peak = is_peak
        fall = peak - value
        share = fall / peak
        if fall > found[0]:
            found[0], found[1] = fall, 100 * share
        if share > most_share:
            most_share, found[2], found[3] = share, 100 * share, fall
