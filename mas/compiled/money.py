"""Money of a compiled run: profit, margin, ruin, commission (`mas.terminals.simulated`: money, legs, funds)."""

from __future__ import annotations

import math

from mas.compiled.exact import exact_round
from mas.compiled.layout import (
    A_BALANCE,
    A_BOOKED_TODAY,
    C_BOOKED_DAY,
    C_POSITIONS,
    DAY,
    P_ENTRY,
    P_MARGIN,
    P_SIDE,
    P_VOLUME,
    Q_ASK,
    Q_BAR,
    Q_BID,
    T_CENTS,
    T_COMMISSION,
    T_COMMISSION_IN,
    T_COMMISSION_OUT,
    T_CONTRACT,
    T_DIGITS,
    T_INVERSE,
    T_MARGIN_FIXED,
    T_MARGIN_PRICE,
    T_MARGIN_RATE,
    T_RATE,
    T_SLIPPAGE,
    T_STOP_OUT,
    T_STOP_OUT_MONEY,
    T_TICK,
    Run,
)  # fmt: skip
from mas.fills import LONG, slipped


def rate_at(run: Run, price: float) -> float:
    """Account currency per unit of the profit currency when the symbol stands at a price."""
    return run.books.terms[T_RATE] / price if run.books.terms[T_INVERSE] != 0.0 else run.books.terms[T_RATE]


def profit_of(run: Run, side: float, volume: float, entry: float, leaving: float) -> float:
    """Profit of a round trip, not rounded."""
    return side * (leaving - entry) * run.books.terms[T_CONTRACT] * volume * rate_at(run, leaving)


def closing_quote(run: Run, side: float) -> float:
    """What a position would close at now."""
    return run.books.quote[Q_BID] if side == LONG else run.books.quote[Q_ASK]


def floating(run: Run) -> float:
    """Profit of all open positions at the quote of the moment."""
    total = 0.0
    for k in range(run.books.counts[C_POSITIONS]):
        held = run.books.positions[k]
        total += profit_of(run, held[P_SIDE], held[P_VOLUME], held[P_ENTRY], closing_quote(run, held[P_SIDE])) + 0.0
    return total


def open_volume(run: Run, side: float) -> float:
    """Lots open on a side, or (0.0) on both."""
    lots = 0.0
    for k in range(run.books.counts[C_POSITIONS]):
        if side == 0.0 or run.books.positions[k, P_SIDE] == side:
            lots += run.books.positions[k, P_VOLUME]
    return lots


def average_entry(run: Run, side: float) -> float:
    """Fill price of all positions open on a side, weighted by their volumes; NaN without one."""
    cost, lots = 0.0, 0.0
    for k in range(run.books.counts[C_POSITIONS]):
        held = run.books.positions[k]
        if held[P_SIDE] == side:
            lots += held[P_VOLUME]
            cost += held[P_ENTRY] * held[P_VOLUME]
    return cost / lots if lots != 0.0 else math.nan


def margin_in_use(run: Run, side: float, more: float) -> float:
    """Margin of all positions with so much more on one side: the larger side's alone is charged."""
    longs, shorts = 0.0, 0.0
    for k in range(run.books.counts[C_POSITIONS]):
        if run.books.positions[k, P_SIDE] == LONG:
            longs += run.books.positions[k, P_MARGIN]
        else:
            shorts += run.books.positions[k, P_MARGIN]
    if side == LONG:
        longs += more
    else:
        shorts += more
    return max(longs, shorts)


def affordable(run: Run, side: float, volume: float, price: float) -> bool:
    """Whether equity covers the margin of all positions with one more."""
    terms = run.books.terms
    open_now = floating(run) + profit_of(run, side, volume, price, closing_quote(run, side))
    more = volume * (terms[T_MARGIN_FIXED] + terms[T_MARGIN_PRICE] * price) * terms[T_MARGIN_RATE]
    return run.books.account[A_BALANCE] - 0.0 + open_now >= margin_in_use(run, side, more)


def stop_out_equity(run: Run) -> float:
    """The equity at or below which positions are closed by force."""
    if run.books.terms[T_STOP_OUT_MONEY] != 0.0:
        return run.books.terms[T_STOP_OUT]
    return run.books.terms[T_STOP_OUT] / 100.0 * margin_in_use(run, LONG, 0.0)


def ruin_price(run: Run) -> tuple[float, float]:
    """The closing price at which the account is stopped out, not rounded, and of which side; (0.0, 0.0) if at none."""
    quantity, weighted, contract = 0.0, 0.0, run.books.terms[T_CONTRACT]
    for k in range(run.books.counts[C_POSITIONS]):
        held = run.books.positions[k]
        quantity += held[P_SIDE] * held[P_VOLUME]
        weighted += held[P_SIDE] * held[P_VOLUME] * held[P_ENTRY]
    quantity, weighted = contract * quantity, contract * weighted
    if contract == 0.0 or exact_round(quantity / contract, 8) == 0.0:
        return 0.0, 0.0
    loss = run.books.account[A_BALANCE] + 0.0 - stop_out_equity(run)
    if run.books.terms[T_INVERSE] != 0.0:
        below = quantity + loss
        price = max(weighted / below, 0.0) if below != 0.0 else 0.0
    else:
        price = max((weighted - loss / run.books.terms[T_RATE]) / quantity, 0.0)
    return price, 1.0 if quantity > 0.0 else -1.0


def commission_of(run: Run, volume: float, entering: bool) -> float:
    """What a deal costs, 0 or negative."""
    terms = run.books.terms
    if terms[T_COMMISSION] == 0.0 or terms[T_COMMISSION_IN if entering else T_COMMISSION_OUT] == 0.0:
        return 0.0
    return -exact_round(terms[T_COMMISSION] * 1.0 * volume, terms[T_CENTS])


def note_booked(run: Run, amount: float) -> None:
    """Count what a deal has brought or cost to its day."""
    counts, account, day = run.books.counts, run.books.account, run.prices[DAY, int(run.books.quote[Q_BAR])]
    if counts[C_BOOKED_DAY] != day:
        counts[C_BOOKED_DAY], account[A_BOOKED_TODAY] = day, 0.0
    account[A_BOOKED_TODAY] += amount


def balance_before_today(run: Run) -> float:
    """The balance before the first deal of the day of the clock."""
    account, day = run.books.account, run.prices[DAY, int(run.books.quote[Q_BAR])]
    booked = account[A_BOOKED_TODAY] if run.books.counts[C_BOOKED_DAY] == day else 0.0
    return float(exact_round(account[A_BALANCE] - booked, 8.0))


def slipping(run: Run, buying: bool, price: float) -> float:
    """The price of a fill that takes what it gets."""
    terms = run.books.terms
    if terms[T_SLIPPAGE] == 0.0:
        return price
    return slipped(buying, price, terms[T_SLIPPAGE], terms[T_TICK], int(terms[T_DIGITS]))
