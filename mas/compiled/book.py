"""The positions of a compiled run: opened, closed, their levels moved.

The arithmetic is that of `mas.terminals.simulated.book`, in the same order.
"""

from __future__ import annotations

import math

from mas.compiled.exact import clear, copy_numbers, exact_round, too_large
from mas.compiled.grids import retargets
from mas.compiled.layout import (
    A_BALANCE,
    BY_SL,
    C_AMBIGUOUS,
    C_AMBIGUOUS_BAR,
    C_MANAGED,
    C_OPENED,
    C_POSITIONS,
    C_ROWS,
    C_STALE,
    C_STATUS,
    C_TICKET,
    MOST_POSITIONS,
    NO_GRID,
    NO_LINE,
    NO_ROOM,
    P_AT_OPEN,
    P_BAR,
    P_CLOSE_AFTER,
    P_CLOSE_AT,
    P_COMMISSION,
    P_ENTRY,
    P_EVEN_AFTER,
    P_EXTREME,
    P_GRID,
    P_GROUP,
    P_INSIDE,
    P_LINE,
    P_LINE_AFTER,
    P_LOCKS,
    P_MARGIN,
    P_RISK,
    P_SIDE,
    P_SINCE,
    P_SL,
    P_STEPPED,
    P_STEPS,
    P_STOP_BY,
    P_TAG,
    P_TICKET,
    P_TP,
    P_TRAIL,
    P_TRAIL_AFTER,
    P_TURN,
    P_VOLUME,
    POSITION,
    Q_BAR,
    R_AMBIGUOUS,
    R_COMMISSION,
    R_ENTRY,
    R_ENTRY_BAR,
    R_EXIT,
    R_EXIT_BAR,
    R_GROUP,
    R_INSIDE,
    R_PROFIT,
    R_REASON,
    R_SIDE,
    R_VOLUME,
    T_CENTS,
    T_HELD_FIXED,
    T_HELD_PRICE,
    T_HELD_RATE,
    TOO_LARGE,
    TOO_MANY_POSITIONS,
    Run,
)  # fmt: skip
from mas.compiled.ledger import note_closed, note_entry
from mas.compiled.money import commission_of, note_booked, profit_of


def next_ticket(run: Run) -> float:
    """The next order number."""
    run.books.counts[C_TICKET] += 1
    return float(run.books.counts[C_TICKET])


def open_position(
    run: Run, ticket: float, side: float, volume: float, price: float, sl: float, tp: float, inside: bool,
    at_open: bool, tag: float, grid: int,
) -> None:  # fmt: skip
    """Fill an order that makes a position, at a price, now.

    Args: grid: the entry that the order adds to, NO_GRID if it is an entry of its own.
    """
    counts, terms = run.books.counts, run.books.terms
    k = counts[C_POSITIONS]
    if k >= MOST_POSITIONS:
        counts[C_STATUS] = TOO_MANY_POSITIONS
        return
    cost = commission_of(run, volume, True)
    held = run.books.positions[k]
    clear(held)
    held[P_TICKET], held[P_SIDE], held[P_VOLUME], held[P_ENTRY] = ticket, side, volume, price
    held[P_SL], held[P_TP], held[P_BAR] = sl, tp, run.books.quote[Q_BAR]
    held[P_INSIDE], held[P_AT_OPEN] = 1.0 if inside else 0.0, 1.0 if at_open else 0.0
    held[P_MARGIN] = volume * (terms[T_HELD_FIXED] + terms[T_HELD_PRICE] * price) * terms[T_HELD_RATE]
    held[P_COMMISSION], held[P_STOP_BY], held[P_TAG] = cost, float(BY_SL), tag
    held[P_RISK] = abs(price - sl) if sl != 0.0 else math.nan
    held[P_GROUP], held[P_EXTREME], held[P_TRAIL], held[P_TRAIL_AFTER] = ticket, math.nan, math.nan, -math.inf
    held[P_EVEN_AFTER], held[P_LINE], held[P_LINE_AFTER] = math.nan, float(NO_LINE), -math.inf
    held[P_CLOSE_AT], held[P_SINCE], held[P_GRID] = -1.0, held[P_BAR], float(grid)
    counts[C_OPENED] += 1
    held[P_TURN] = float(counts[C_OPENED])
    counts[C_POSITIONS] = k + 1
    counts[C_STALE] = 1
    run.books.account[A_BALANCE] += cost
    note_booked(run, cost)
    if grid == NO_GRID:
        note_entry(run, ticket)


def close_position(run: Run, k: int, price: float, reason: float, volume: float, ambiguous: bool) -> None:
    """Close lots of a position at a price, now, and tell the ledger."""
    counts, held = run.books.counts, run.books.positions[k]
    cents, bar = run.books.terms[T_CENTS], int(run.books.quote[Q_BAR])
    if counts[C_ROWS] >= run.rows.shape[0]:
        counts[C_STATUS] = NO_ROOM
        return
    whole = volume >= held[P_VOLUME]
    share = 1.0 if whole else volume / held[P_VOLUME]
    exit_cost = commission_of(run, volume, False)
    entry_cost = held[P_COMMISSION] if whole else exact_round(held[P_COMMISSION] * share, cents)
    profit = exact_round(profit_of(run, held[P_SIDE], volume, held[P_ENTRY], price), cents)
    commission = exact_round(entry_cost + exit_cost, cents)
    balance = run.books.account[A_BALANCE] + profit + exit_cost + 0.0
    if too_large(balance, 8.0):
        counts[C_STATUS] = TOO_LARGE
        return
    row = run.rows[counts[C_ROWS]]
    row[R_SIDE], row[R_VOLUME], row[R_ENTRY_BAR], row[R_EXIT_BAR] = held[P_SIDE], volume, held[P_BAR], bar
    row[R_ENTRY], row[R_EXIT], row[R_PROFIT], row[R_COMMISSION] = held[P_ENTRY], price, profit, commission
    row[R_REASON], row[R_AMBIGUOUS] = reason, 1.0 if ambiguous else 0.0
    row[R_GROUP], row[R_INSIDE] = held[P_GROUP], held[P_INSIDE]
    counts[C_ROWS] += 1
    if ambiguous and counts[C_AMBIGUOUS_BAR] != bar:
        counts[C_AMBIGUOUS_BAR] = bar
        counts[C_AMBIGUOUS] += 1
    run.books.account[A_BALANCE] = exact_round(balance, 8.0)
    note_booked(run, profit + exit_cost)
    counts[C_STALE] = 1
    group = held[P_GROUP]
    if whole:
        for j in range(k, counts[C_POSITIONS] - 1):
            copy_numbers(run.books.positions[j + 1], 0, run.books.positions[j], 0, POSITION)
        counts[C_POSITIONS] -= 1
    else:
        held[P_COMMISSION] = exact_round(held[P_COMMISSION] - entry_cost, cents)
        held[P_MARGIN] *= 1.0 - share
        held[P_VOLUME] = exact_round(held[P_VOLUME] - volume, 8.0)
    note_closed(run, profit + commission + 0.0, group, reason)


def place_of(run: Run, ticket: float) -> int:
    """Where a position stands among the open ones; -1 if it is closed."""
    for k in range(run.books.counts[C_POSITIONS]):
        if run.books.positions[k, P_TICKET] == ticket:
            return k
    return -1


def set_levels(run: Run, k: int, sl: float, tp: float, by: float) -> None:
    """Move a position's levels; `by` says who moved the stop."""
    held = run.books.positions[k]
    if sl != held[P_SL]:
        held[P_STOP_BY] = by
    held[P_SL], held[P_TP] = sl, tp
    run.books.counts[C_STALE] = 1


def moves(run: Run, k: int) -> bool:
    """Whether a position's stop may still be moved."""
    held = run.books.positions[k]
    evens = held[P_EVEN_AFTER] == held[P_EVEN_AFTER]
    return held[P_LINE] != NO_LINE or held[P_TRAIL] > 0.0 or evens or held[P_LOCKS] > 0.0


def note_managed(run: Run) -> None:
    """Whether anything is to be looked at again at every close."""
    run.books.counts[C_MANAGED] = 0
    for k in range(run.books.counts[C_POSITIONS]):
        held = run.books.positions[k]
        timed = held[P_CLOSE_AFTER] > 0.0 or held[P_CLOSE_AT] >= 0.0 or held[P_STEPPED] < held[P_STEPS]
        if timed or moves(run, k) or retargets(run, k):
            run.books.counts[C_MANAGED] = 1
