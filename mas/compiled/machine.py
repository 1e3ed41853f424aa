"""Carries out what `receive_bars` says, as instructions on registers (see `layout`), at the close of one bar.

The verbs are those of `mas.rules`, `mas.account_facts` and `mas.planning`; `entering` and `sizes` have the others.
"""

from __future__ import annotations

import math

from mas.compiled.book import place_of
from mas.compiled.dealing import close_by_order, market_order, remove_side, waiting_order
from mas.compiled.entering import entry_side, within_volume
from mas.compiled.layout import (
    ABOVE,
    ADD,
    ALIKE,
    ASK,
    ASK_CLOSE,
    AT_LEAST,
    AT_MOST,
    BELOW,
    BID,
    BID_CLOSE,
    BID_HIGH,
    BID_LOW,
    BID_OPEN,
    BY_SIGNAL,
    C_AT_EXIT,
    C_AT_LOSS,
    C_AT_WIN,
    C_LAST,
    C_LOSSES,
    C_OPENED,
    C_POSITIONS,
    C_STATUS,
    C_WINS,
    CANCEL,
    CLOSE_TRADE,
    COLUMN,
    COUNT_TRADES,
    DIFFER,
    DIVIDE,
    DIVIDED_BY_ZERO,
    ENTRY_SIDE,
    EQUAL,
    F_ENTRIES_OPEN,
    F_ENTRIES_TODAY,
    F_LAST,
    F_LOSSES,
    F_RESULT_TODAY,
    F_SINCE_EXIT,
    F_SINCE_LOSS,
    F_WINS,
    FACT,
    FINE,
    FIRST_TRADE,
    JUMP,
    JUMP_IF_NOT,
    L_SKIPS,
    LESS,
    LESS_EQUAL,
    MANAGE,
    MONEY_RISK_LOTS,
    MOST_SKIPS,
    MOVE,
    MULTIPLY,
    NEGATE,
    NEXT_TRADE,
    NOT,
    ORDER_FIELDS,
    P_BAR,
    P_ENTRY,
    P_REDUCED,
    P_RISK,
    P_SIDE,
    P_TICKET,
    P_TURN,
    P_VOLUME,
    PLAN_FIELDS,
    Q_ASK,
    Q_BID,
    REDUCE_TRADE,
    RISK_LOTS,
    ROUND_PRICE,
    S_PRICE,
    S_SL,
    S_STOP_LIMIT,
    S_TP,
    S_VOLUME,
    SEND,
    SHARE_LOTS,
    SIGNAL,
    SIZE_FACTOR,
    SPLIT,
    SUBTRACT,
    T_CONTRACT,
    T_DIGITS,
    T_TICK,
    T_VOLUME_MIN,
    T_VOLUME_STEP,
    UNEQUAL,
    V_AVERAGE,
    V_BARS,
    V_ENTRY,
    V_PROFIT,
    V_RISK,
    V_SIDE,
    V_TICKET,
    V_VOLUME,
    VALUE,
    VALUE_LOTS,
    WITHIN_VOLUME,
    Flags,
    Floats,
    Run,
    Whole,
)  # fmt: skip
from mas.compiled.ledger import entries_open, entries_today, result_today
from mas.compiled.money import average_entry, rate_at
from mas.compiled.planning import plan
from mas.compiled.reversing import in_a_row
from mas.compiled.sizes import equity_or_balance, fill_price, lots_for, split
from mas.fills import LONG, reduction, round_to_tick
from mas.series import TOLERANCE


def order_of(a: float, b: float) -> int:
    """1, 0 or -1 as a is above, equal to or below b as numbers of a strategy; 2 when either is not available."""
    if a != a or b != b:
        return 2
    gap = a - b
    if abs(gap) <= TOLERANCE * max(abs(a), abs(b)):
        return 0
    return 1 if gap > 0 else -1


def decide(run: Run, bar: int, row: int, conditions: Flags, values: Floats, code: Whole, r: Floats) -> None:
    """Carry out the instructions once. Args: row: where conditions and values of this close stand; r: registers."""
    at, counts = 0, run.books.counts
    while at < code.shape[0] and counts[C_STATUS] == FINE:
        what, a, b, c, d = code[at, 0], code[at, 1], code[at, 2], code[at, 3], code[at, 4]
        at += 1
        if what == JUMP_IF_NOT:
            if r[a] == 0.0:
                at = b
        elif what == JUMP:
            at = b
        elif what == SIGNAL:
            r[a] = 1.0 if conditions[b, row] else 0.0
        elif what == VALUE:
            r[a] = values[b, row]
        elif what <= DIFFER:
            compute(run, what, a, b, c, r)
        elif what == FIRST_TRADE:
            r[a] = -1.0
        elif what == NEXT_TRADE:
            at = next_trade(run, bar, a, b, c, d, code[at - 1, 5], at, r)
        elif what == ENTRY_SIDE:
            r[a] = entry_side(run, bar, r[b : b + L_SKIPS + 2 * MOST_SKIPS])
        elif what == SEND:
            r[a] = send(run, b, c, r[d : d + ORDER_FIELDS], r[code[at - 1, 5] : code[at - 1, 5] + L_SKIPS])
        elif what == MANAGE:
            plan(run, bar, r[a], r[b : b + PLAN_FIELDS], r[c : c + L_SKIPS])
        else:
            ask(run, bar, what, a, b, c, d, r)


def compute(run: Run, what: int, a: int, b: int, c: int, r: Floats) -> None:
    """Arithmetic and comparisons."""
    if what == MOVE:
        r[a] = r[b]
    elif what == ADD:
        r[a] = r[b] + r[c]
    elif what == SUBTRACT:
        r[a] = r[b] - r[c]
    elif what == MULTIPLY:
        r[a] = r[b] * r[c]
    elif what == DIVIDE:
        if r[c] == 0.0:
            run.books.counts[C_STATUS] = DIVIDED_BY_ZERO
        else:
            r[a] = r[b] / r[c]
    elif what == NEGATE:
        r[a] = -r[b]
    elif what == NOT:
        r[a] = 1.0 if r[b] == 0.0 else 0.0
    elif what == LESS:
        r[a] = 1.0 if r[b] < r[c] else 0.0
    elif what == LESS_EQUAL:
        r[a] = 1.0 if r[b] <= r[c] else 0.0
    elif what == EQUAL:
        r[a] = 1.0 if r[b] == r[c] else 0.0
    elif what == UNEQUAL:
        r[a] = 1.0 if r[b] != r[c] else 0.0
    else:
        order = order_of(r[b], r[c])
        known = order != 2
        if what == ABOVE:
            holds = order == 1
        elif what == BELOW:
            holds = order == -1
        elif what == AT_LEAST:
            holds = known and order >= 0
        elif what == AT_MOST:
            holds = known and order <= 0
        elif what == ALIKE:
            holds = order == 0
        else:
            holds = known and order != 0
        r[a] = 1.0 if holds else 0.0


def ask(run: Run, bar: int, what: int, a: int, b: int, c: int, d: int, r: Floats) -> None:
    """Questions about the market and the account, sizes, and the closing of what is open."""
    terms, quote = run.books.terms, run.books.quote
    if what == ASK:
        r[a] = quote[Q_ASK]
    elif what == BID:
        r[a] = quote[Q_BID]
    elif what == ROUND_PRICE:
        r[a] = round_to_tick(r[b], terms[T_TICK], int(terms[T_DIGITS])) if math.isfinite(r[b]) else r[b]
    elif what == COLUMN:
        r[a] = column(run, bar, b)
    elif what == COUNT_TRADES:
        r[a] = float(trades_of(run, float(b)))
    elif what == CLOSE_TRADE:
        close_by_order(run, r[a + V_TICKET], float(BY_SIGNAL), r[a + V_VOLUME])
    elif what == REDUCE_TRADE:
        reduce_trade(run, r[a + V_TICKET], b, r[c], d != 0)
    elif what == RISK_LOTS:
        money = r[b] / 100.0 * equity_or_balance(run, d)
        r[a] = lots_for(run, money, r[c] * terms[T_CONTRACT] * rate_at(run, fill_price(run, r[c + 1])))
    elif what == MONEY_RISK_LOTS:
        r[a] = lots_for(run, r[b], r[c] * terms[T_CONTRACT] * rate_at(run, fill_price(run, r[c + 1])))
    elif what in (SHARE_LOTS, VALUE_LOTS):
        money = r[b] / 100.0 * equity_or_balance(run, d) if what == SHARE_LOTS else r[b]
        price = fill_price(run, r[c])
        r[a] = lots_for(run, money, terms[T_CONTRACT] * price * rate_at(run, price))
    elif what == SPLIT:
        split(run, a, r[b], c, d, r)
    elif what == SIZE_FACTOR:
        r[a] = math.pow(r[b], float(min(int(r[c]), in_a_row(run, d == 0))))
    elif what == FACT:
        r[a] = fact(run, bar, b)
    elif what == WITHIN_VOLUME:
        r[a] = 1.0 if within_volume(run, r[b], r[c]) else 0.0
    elif what == CANCEL:
        remove_side(run, float(a))


def column(run: Run, bar: int, name: int) -> float:
    """A column of the bar that has closed."""
    if name == 0:
        return float(run.prices[BID_OPEN, bar])
    if name == 1:
        return float(run.prices[BID_HIGH, bar])
    return float(run.prices[BID_LOW, bar]) if name == 2 else float(run.prices[BID_CLOSE, bar])


# ------------------------------------------------------------- trades


def trades_of(run: Run, side: float) -> int:
    """How many positions are open on a side (0.0: on both)."""
    found = 0
    for k in range(run.books.counts[C_POSITIONS]):
        if side == 0.0 or run.books.positions[k, P_SIDE] == side:
            found += 1
    return found


def next_trade(
    run: Run, bar: int, last: int, fields: int, side: int, end: int, entered: int, at: int, r: Floats
) -> int:  # fmt: skip
    """Stand at the next position of a side, of those that were open before the loop; else leave the loop.

    Args: last, entered: registers of which position (by its turn of opening) was handled last, -1.0 before the first,
        and which was the youngest then; behind it come the average fills of longs and of shorts. fields: the registers
        of the trade. end: where the loop's end is.
    Returns: the next instruction.
    """
    if r[last] < 0.0:
        r[last], r[entered] = 0.0, float(run.books.counts[C_OPENED])
        r[entered + 1], r[entered + 2] = average_entry(run, 1.0), average_entry(run, -1.0)
    chosen = -1
    for k in range(run.books.counts[C_POSITIONS]):
        held = run.books.positions[k]
        if r[last] < held[P_TURN] <= r[entered] and (side == 0 or held[P_SIDE] == side):
            chosen = k
            break
    if chosen < 0:
        return end
    held = run.books.positions[chosen]
    close = run.prices[BID_CLOSE, bar] if held[P_SIDE] == LONG else run.prices[ASK_CLOSE, bar]
    r[last] = held[P_TURN]
    r[fields + V_TICKET], r[fields + V_SIDE], r[fields + V_VOLUME] = held[P_TICKET], held[P_SIDE], held[P_VOLUME]
    r[fields + V_ENTRY], r[fields + V_BARS] = held[P_ENTRY], float(bar) - held[P_BAR] + 1.0
    r[fields + V_PROFIT], r[fields + V_RISK] = held[P_SIDE] * (close - held[P_ENTRY]), held[P_RISK]
    r[fields + V_AVERAGE] = r[entered + 1] if held[P_SIDE] == LONG else r[entered + 2]
    return at


def reduce_trade(run: Run, ticket: float, rule: int, amount: float, lots: bool) -> None:
    """Close a share of a position, or so many lots of it, once in its life for each rule."""
    k = place_of(run, ticket)
    if k < 0:
        return
    held, terms, bit = run.books.positions[k], run.books.terms, 2.0**rule
    if math.floor(held[P_REDUCED] / bit) % 2 == 1:
        return
    held[P_REDUCED] += bit
    wanted = amount if lots else held[P_VOLUME] * amount / 100.0
    closing = reduction(wanted, held[P_VOLUME], terms[T_VOLUME_STEP], terms[T_VOLUME_MIN])
    if closing > 0.0:
        close_by_order(run, ticket, float(BY_SIGNAL), closing)


# ------------------------------------------------------------- entries


def send(run: Run, kind: int, rule: int, order: Floats, policy: Floats) -> float:
    """Send an order. Args: kind: MetaTrader's number of its type; order: S_... columns. Returns: its ticket or 0.0."""
    if kind == 0 or kind == 1:
        side = 1.0 if kind == 0 else -1.0
        return market_order(run, side, order[S_VOLUME], order[S_SL], order[S_TP], float(rule))
    return waiting_order(
        run, kind, order[S_VOLUME], order[S_PRICE], order[S_STOP_LIMIT], order[S_SL], order[S_TP], float(rule), policy
    )


# ------------------------------------------------------------- facts


def fact(run: Run, bar: int, what: int) -> float:
    """What a rule may ask about the strategy's own trading so far."""
    counts = run.books.counts
    if what == F_ENTRIES_OPEN:
        return float(entries_open(run, 1.0, 0.0) + entries_open(run, -1.0, 0.0))
    if what == F_ENTRIES_TODAY:
        return float(entries_today(run, 0.0))
    if what == F_RESULT_TODAY:
        return result_today(run)
    if what == F_LOSSES:
        return float(counts[C_LOSSES])
    if what == F_WINS:
        return float(counts[C_WINS])
    if what == F_LAST:
        return float(counts[C_LAST])
    place = counts[C_AT_WIN]
    if what == F_SINCE_EXIT:
        place = counts[C_AT_EXIT]
    elif what == F_SINCE_LOSS:
        place = counts[C_AT_LOSS]
    return float(bar - place) if place >= 0 else math.nan
