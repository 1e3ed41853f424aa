"""The account of a compiled run: money, positions, and what is told of every trade that closes.

The arithmetic is that of `mas.terminals.simulated` (money, book, legs, funds) and `mas.ledger`, in the same order.
"""

from __future__ import annotations

import math

from mas.compiled.exact import clear, copy_numbers, exact_round, too_large
from mas.compiled.layout import (
    A_BALANCE,
    A_RESULT_TODAY,
    BY_BREAKEVEN,
    BY_SL,
    BY_TRAILING,
    C_AMBIGUOUS,
    C_AMBIGUOUS_BAR,
    C_AT_ENTRY,
    C_AT_EXIT,
    C_AT_LOSS,
    C_AT_STOP,
    C_AT_WIN,
    C_ENTRIES,
    C_ENTRIES_DAY,
    C_FINISHED_LOSS,
    C_FINISHED_WIN,
    C_LAST,
    C_LOSSES,
    C_MANAGED,
    C_OPENED,
    C_PARTS,
    C_POSITIONS,
    C_RESULT_DAY,
    C_ROWS,
    C_STALE,
    C_STATUS,
    C_TICKET,
    C_WINS,
    DAY,
    MOST_ENTRIES_A_DAY,
    MOST_POSITIONS,
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
    P_GROUP,
    P_INSIDE,
    P_LINE,
    P_LINE_AFTER,
    P_LOCKS,
    P_MARGIN,
    P_RISK,
    P_SIDE,
    P_SL,
    P_STOP_BY,
    P_TAG,
    P_TICKET,
    P_TP,
    P_TRAIL,
    P_TRAIL_AFTER,
    P_TURN,
    P_VOLUME,
    POSITION,
    Q_ASK,
    Q_BAR,
    Q_BID,
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
    T_COMMISSION,
    T_COMMISSION_IN,
    T_COMMISSION_OUT,
    T_CONTRACT,
    T_HELD_FIXED,
    T_HELD_PRICE,
    T_HELD_RATE,
    T_INVERSE,
    T_MARGIN_FIXED,
    T_MARGIN_PRICE,
    T_MARGIN_RATE,
    T_RATE,
    T_STOP_OUT,
    T_STOP_OUT_MONEY,
    TOO_LARGE,
    TOO_MANY_ENTRIES,
    TOO_MANY_POSITIONS,
    Run,
)  # fmt: skip
from mas.fills import LONG

# ------------------------------------------------------------- money


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


# ------------------------------------------------------------- positions


def next_ticket(run: Run) -> float:
    """The next order number."""
    run.books.counts[C_TICKET] += 1
    return float(run.books.counts[C_TICKET])


def open_position(
    run: Run, ticket: float, side: float, volume: float, price: float, sl: float, tp: float, inside: bool,
    at_open: bool, tag: float,
) -> None:  # fmt: skip
    """Fill an order that makes a position, at a price, now."""
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
    held[P_CLOSE_AT] = -1.0
    counts[C_OPENED] += 1
    held[P_TURN] = float(counts[C_OPENED])
    counts[C_POSITIONS] = k + 1
    counts[C_STALE] = 1
    run.books.account[A_BALANCE] += cost
    note_entry(run, ticket)


def note_entry(run: Run, ticket: float) -> None:
    """Count an entry that has filled."""
    counts, bar = run.books.counts, int(run.books.quote[Q_BAR])
    counts[C_AT_ENTRY] = bar
    day = int(run.prices[DAY, bar])
    if counts[C_ENTRIES_DAY] != day:
        counts[C_ENTRIES_DAY], counts[C_ENTRIES] = day, 0
    n = counts[C_ENTRIES]
    if n >= MOST_ENTRIES_A_DAY:
        counts[C_STATUS] = TOO_MANY_ENTRIES
        return
    run.books.entries[n, 0], run.books.entries[n, 1] = ticket, ticket
    counts[C_ENTRIES] = n + 1


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


def note_closed(run: Run, net: float, group: float, reason: float) -> None:
    """What the ledger takes note of: the day's result, and the entry's if nothing of it is open any more."""
    counts, account, bar = run.books.counts, run.books.account, int(run.books.quote[Q_BAR])
    if counts[C_RESULT_DAY] != run.prices[DAY, bar]:
        counts[C_RESULT_DAY], account[A_RESULT_TODAY] = run.prices[DAY, bar], 0.0
    account[A_RESULT_TODAY] = exact_round(account[A_RESULT_TODAY] + net, 8.0)
    total = exact_round(take_part(run, group) + net, 8.0)
    for k in range(counts[C_POSITIONS]):
        if run.books.positions[k, P_GROUP] == group:
            n = counts[C_PARTS]
            run.books.parts[n, 0], run.books.parts[n, 1] = group, total
            counts[C_PARTS] = n + 1
            return
    counts[C_AT_EXIT] = bar
    counts[C_LAST] = 1 if total > 0.0 else 2 if total < 0.0 else 0
    if total > 0.0:
        counts[C_AT_WIN] = bar
        counts[C_FINISHED_WIN] += 1
    elif total < 0.0:
        counts[C_AT_LOSS] = bar
        counts[C_FINISHED_LOSS] += 1
    if reason in (BY_SL, BY_TRAILING, BY_BREAKEVEN):
        counts[C_AT_STOP] = bar
    counts[C_LOSSES] = counts[C_LOSSES] + 1 if total < 0.0 else 0
    counts[C_WINS] = counts[C_WINS] + 1 if total > 0.0 else 0


def take_part(run: Run, group: float) -> float:
    """What closed parts of an entry have brought so far; forgotten by asking."""
    for n in range(run.books.counts[C_PARTS]):
        if run.books.parts[n, 0] == group:
            result = run.books.parts[n, 1]
            last = run.books.counts[C_PARTS] - 1
            run.books.parts[n, 0], run.books.parts[n, 1] = run.books.parts[last, 0], run.books.parts[last, 1]
            run.books.counts[C_PARTS] = last
            return float(result)
    return 0.0


def place_of(run: Run, ticket: float) -> int:
    """Where a position stands among the open ones; -1 if it is closed."""
    for k in range(run.books.counts[C_POSITIONS]):
        if run.books.positions[k, P_TICKET] == ticket:
            return k
    return -1


def entries_open(run: Run, side: float, but: float) -> int:
    """How many entries are open on a side (0.0: on either), a group counting once and one group not at all."""
    found, positions = 0, run.books.positions
    for k in range(run.books.counts[C_POSITIONS]):
        if positions[k, P_GROUP] == but or (side != 0.0 and positions[k, P_SIDE] != side):
            continue
        known = False
        for j in range(k):
            same_side = side == 0.0 or positions[j, P_SIDE] == side
            known = known or (same_side and positions[j, P_GROUP] == positions[k, P_GROUP])
        if not known:
            found += 1
    return found


def entries_today(run: Run, but: float) -> int:
    """How many entries have filled on the day of the clock, one group not counted."""
    counts = run.books.counts
    if counts[C_ENTRIES_DAY] != run.prices[DAY, int(run.books.quote[Q_BAR])]:
        return 0
    found = 0
    for k in range(counts[C_ENTRIES]):
        if run.books.entries[k, 1] == but:
            continue
        known = False
        for j in range(k):
            known = known or run.books.entries[j, 1] == run.books.entries[k, 1]
        if not known:
            found += 1
    return found


def result_today(run: Run) -> float:
    """What was closed on the day of the clock has brought, after costs."""
    today = run.books.counts[C_RESULT_DAY] == run.prices[DAY, int(run.books.quote[Q_BAR])]
    return float(run.books.account[A_RESULT_TODAY]) if today else 0.0


def join_group(run: Run, k: int, group: float) -> None:
    """Make a position a part of a group."""
    ticket = run.books.positions[k, P_TICKET]
    run.books.positions[k, P_GROUP] = group
    for n in range(run.books.counts[C_ENTRIES]):
        if run.books.entries[n, 0] == ticket:
            run.books.entries[n, 1] = group


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
        if moves(run, k) or run.books.positions[k, P_CLOSE_AFTER] > 0.0 or run.books.positions[k, P_CLOSE_AT] >= 0.0:
            run.books.counts[C_MANAGED] = 1
