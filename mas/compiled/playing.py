"""What one bar does to the books of a compiled run: events, one after another (`mas.terminals.simulated.playing`)."""

from __future__ import annotations

import math

from mas.compiled.book import close_position, open_position, place_of
from mas.compiled.dealing import cancel_rest, drop_entry, limit_reached, may_fill, reverse_for
from mas.compiled.exact import copy_numbers, exact_round
from mas.compiled.layout import (
    A_ASK_FLOOR,
    A_ASK_ROOF,
    A_BID_FLOOR,
    A_BID_ROOF,
    A_RUIN,
    ASK_HIGH,
    ASK_LOW,
    ASK_OPEN,
    BID_HIGH,
    BID_LOW,
    BID_OPEN,
    BY_STOP_OUT,
    BY_TP,
    C_ORDERS,
    C_POSITIONS,
    C_REFUSED,
    C_RUIN_SIDE,
    C_STALE,
    C_STATUS,
    C_UNFILLED,
    E_AMBIGUOUS,
    E_AT_OPEN,
    E_DISTANCE,
    E_END,
    E_PRICE,
    E_RANK,
    E_STOP,
    E_TICKET,
    E_WHAT,
    FINE,
    NO_GRID,
    O_GRID,
    O_KIND,
    O_LIVE,
    O_PLAN,
    O_PLANNED,
    O_PRICE,
    O_RULE,
    O_SL,
    O_STOP_LIMIT,
    O_TICKET,
    O_TP,
    O_VOLUME,
    P_AT_OPEN,
    P_BAR,
    P_GROUP,
    P_INSIDE,
    P_SIDE,
    P_SL,
    P_STOP_BY,
    P_TICKET,
    P_TP,
    P_VOLUME,
    PLAN_FIELDS,
    Q_ASK,
    Q_BAR,
    Q_BID,
    Q_INSIDE,
    RANK_ORDER,
    RANK_RUIN,
    RANK_STOP,
    RANK_TARGET,
    T_DIGITS,
    T_TICK,
    Floats,
    Run,
)  # fmt: skip
from mas.compiled.money import affordable, closing_quote, ruin_price, slipping
from mas.compiled.plans import anchored, take_up
from mas.compiled.waiting import forget_order, group_of_order, note_begun, remove_order
from mas.fills import (
    BUY_LIMIT,
    BUY_STOP,
    BUY_STOP_LIMIT,
    ENTERED,
    HELD,
    LONG,
    NOTHING,
    SELL_LIMIT,
    SELL_STOP,
    SELL_STOP_LIMIT,
    STOPPED,
    apart,
    buys,
    distance_from_open,
    falls_to,
    leave,
    pending_price,
    protects,
    round_to_tick,
    stop_hit,
    stop_price,
    target_hit,
    triggered,
)  # fmt: skip


def stand_inside(run: Run, bar: int, price: float, buying: bool) -> None:
    """Set the clock inside a bar, where a buy (or a sell) is made at that price."""
    digits = run.books.terms[T_DIGITS] + 3.0
    gap = exact_round(run.prices[ASK_OPEN, bar] - run.prices[BID_OPEN, bar], digits)
    quote = run.books.quote
    quote[Q_BAR], quote[Q_INSIDE] = float(bar), 1.0
    quote[Q_BID] = exact_round(price - gap, digits) if buying else price
    quote[Q_ASK] = price if buying else exact_round(price + gap, digits)


def look_again(run: Run) -> None:
    """Work out which prices concern the books: the ruin, and the nearest levels on both sides of bid and ask."""
    account, counts = run.books.account, run.books.counts
    account[A_RUIN], counts[C_RUIN_SIDE] = 0.0, 0
    if counts[C_POSITIONS] > 0:
        price, side = ruin_price(run)
        if price > 0.0:
            account[A_RUIN] = round_to_tick(price, run.books.terms[T_TICK], int(run.books.terms[T_DIGITS]))
            counts[C_RUIN_SIDE] = int(side)
    bid_floor, bid_roof, ask_floor, ask_roof = -math.inf, math.inf, -math.inf, math.inf
    for k in range(counts[C_POSITIONS]):
        sl, tp = run.books.positions[k, P_SL], run.books.positions[k, P_TP]
        if run.books.positions[k, P_SIDE] == LONG:
            bid_floor = max(bid_floor, sl) if sl != 0.0 else bid_floor
            bid_roof = min(bid_roof, tp) if tp != 0.0 else bid_roof
        else:
            ask_floor = max(ask_floor, tp) if tp != 0.0 else ask_floor
            ask_roof = min(ask_roof, sl) if sl != 0.0 else ask_roof
    for k in range(counts[C_ORDERS]):
        kind, price = int(run.books.orders[k, O_KIND]), run.books.orders[k, O_PRICE]
        if buys(kind):
            ask_floor = max(ask_floor, price) if falls_to(kind) else ask_floor
            ask_roof = ask_roof if falls_to(kind) else min(ask_roof, price)
        else:
            bid_floor = max(bid_floor, price) if falls_to(kind) else bid_floor
            bid_roof = bid_roof if falls_to(kind) else min(bid_roof, price)
    if counts[C_RUIN_SIDE] == 1:
        bid_floor = max(bid_floor, account[A_RUIN])
    elif counts[C_RUIN_SIDE] == -1:
        ask_roof = min(ask_roof, account[A_RUIN])
    account[A_BID_FLOOR], account[A_BID_ROOF] = widened(bid_floor, 1.0), widened(bid_roof, -1.0)
    account[A_ASK_FLOOR], account[A_ASK_ROOF] = widened(ask_floor, 1.0), widened(ask_roof, -1.0)
    counts[C_STALE] = 0


def widened(level: float, way: float) -> float:
    """A level moved up or down by more than the width of `tolerance`, which then decides."""
    return level + way * 2e-9 * abs(level) if abs(level) < math.inf else level


def play_bar(run: Run, bar: int) -> None:
    """Let a bar happen, from its first tick to its last."""
    moved = True
    while moved and run.books.counts[C_STATUS] == FINE:
        if run.books.counts[C_STALE] != 0:
            look_again(run)
        count = gather(run, bar)
        moved = count > 0
        if moved:
            carry_out(run, bar, presumed_first(run, count))


def gather(run: Run, bar: int) -> int:
    """List what the bar does to the books as they stand. Returns: how many events."""
    count = 0
    for k in range(run.books.counts[C_POSITIONS]):
        count += position_event(run, bar, k, count)
    if run.books.counts[C_RUIN_SIDE] != 0:
        count += ruin_event(run, bar, count)
    for n in range(run.books.counts[C_ORDERS]):
        count += order_event(run, bar, n, count)
    return count


def position_event(run: Run, bar: int, k: int, count: int) -> int:
    """1 if the bar ends a position, entered as the next event."""
    held, event = run.books.positions[k], run.books.events[count]
    sl, tp = held[P_SL], held[P_TP]
    if sl == 0.0 and tp == 0.0:
        return 0
    side = 1 if held[P_SIDE] == LONG else -1
    opening, high, low = (
        (run.prices[BID_OPEN, bar], run.prices[BID_HIGH, bar], run.prices[BID_LOW, bar])
        if side == LONG
        else (run.prices[ASK_OPEN, bar], run.prices[ASK_HIGH, bar], run.prices[ASK_LOW, bar])
    )
    entered = ENTERED if held[P_INSIDE] != 0.0 and int(held[P_BAR]) == bar else HELD
    kind, price, ambiguous = leave(side, opening, high, low, sl, tp, entered, held[P_AT_OPEN] != 0.0)
    if kind == NOTHING:
        return 0
    stopped = kind == STOPPED
    beyond = stop_hit(side, opening, opening, sl) if stopped else target_hit(side, opening, opening, tp)
    event[E_AT_OPEN], event[E_STOP] = 1.0 if beyond else 0.0, 1.0 if stopped else 0.0
    event[E_END], event[E_DISTANCE] = float(-side if stopped else side), 0.0 if beyond else apart(price, opening)
    event[E_RANK], event[E_TICKET] = float(RANK_STOP if stopped else RANK_TARGET), held[P_TICKET]
    event[E_WHAT], event[E_PRICE], event[E_AMBIGUOUS] = float(k), price, 1.0 if ambiguous else 0.0
    return 1


def ruin_event(run: Run, bar: int, count: int) -> int:
    """1 if the bar reaches the account's ruin, entered as the next event."""
    side, ruin, event = run.books.counts[C_RUIN_SIDE], run.books.account[A_RUIN], run.books.events[count]
    opening, high, low = (
        (run.prices[BID_OPEN, bar], run.prices[BID_HIGH, bar], run.prices[BID_LOW, bar])
        if side == LONG
        else (run.prices[ASK_OPEN, bar], run.prices[ASK_HIGH, bar], run.prices[ASK_LOW, bar])
    )
    if not stop_hit(side, high, low, ruin):
        return 0
    price = stop_price(side, opening, ruin)
    event[E_AT_OPEN], event[E_STOP] = 1.0 if price == opening else 0.0, 1.0
    event[E_END], event[E_DISTANCE] = float(-side), apart(price, opening)
    event[E_RANK], event[E_TICKET], event[E_WHAT] = float(RANK_RUIN), 0.0, -1.0
    event[E_PRICE], event[E_AMBIGUOUS] = price, 0.0
    return 1


def order_event(run: Run, bar: int, n: int, count: int) -> int:
    """1 if the bar reaches a waiting order, entered as the next event."""
    order, event = run.books.orders[n], run.books.events[count]
    kind, price = int(order[O_KIND]), order[O_PRICE]
    if order[O_LIVE] > bar:
        return 0
    opening, high, low = (
        (run.prices[ASK_OPEN, bar], run.prices[ASK_HIGH, bar], run.prices[ASK_LOW, bar])
        if buys(kind)
        else (run.prices[BID_OPEN, bar], run.prices[BID_HIGH, bar], run.prices[BID_LOW, bar])
    )
    if not triggered(kind, high, low, price):
        return 0
    far = distance_from_open(kind, opening, price)
    event[E_AT_OPEN], event[E_STOP] = 1.0 if far == 0.0 else 0.0, 0.0
    event[E_END], event[E_DISTANCE] = -1.0 if falls_to(kind) else 1.0, far
    event[E_RANK], event[E_TICKET], event[E_WHAT] = float(RANK_ORDER), order[O_TICKET], float(n)
    event[E_PRICE], event[E_AMBIGUOUS] = pending_price(kind, opening, price), 0.0
    return 1


def presumed_first(run: Run, count: int) -> int:
    """Of all that a bar does, what is presumed to happen first (see `mas.terminals.simulated.events`)."""
    events, chosen = run.books.events, -1
    for n in range(count):
        if events[n, E_AT_OPEN] != 0.0 and (chosen < 0 or ranks_before(events, n, chosen)):
            chosen = n
    if chosen >= 0:
        return chosen
    nearest, low, high = 0, False, False
    for n in range(count):
        if comes_before(events, n, nearest):
            nearest = n
        if events[n, E_STOP] != 0.0:
            low, high = low or events[n, E_END] < 0.0, high or events[n, E_END] > 0.0
    if not (low or high):
        low, high = events[nearest, E_END] < 0.0, events[nearest, E_END] > 0.0
    for n in range(count):
        at_end = low if events[n, E_END] < 0.0 else high
        if at_end and (chosen < 0 or comes_before(events, n, chosen)):
            chosen = n
    return chosen


def ranks_before(events: Floats, n: int, other: int) -> bool:
    """Whether one event comes before another at the same price."""
    if events[n, E_RANK] != events[other, E_RANK]:
        return events[n, E_RANK] < events[other, E_RANK]
    return events[n, E_TICKET] < events[other, E_TICKET]


def comes_before(events: Floats, n: int, other: int) -> bool:
    """Whether one event is met before another on the way to an end of the bar."""
    if events[n, E_DISTANCE] != events[other, E_DISTANCE]:
        return events[n, E_DISTANCE] < events[other, E_DISTANCE]
    return ranks_before(events, n, other)


def carry_out(run: Run, bar: int, n: int) -> None:
    """Let an event happen."""
    event = run.books.events[n]
    price = event[E_PRICE]
    if event[E_RANK] == RANK_RUIN:
        stop_out(run, bar, price)
    elif event[E_RANK] == RANK_ORDER:
        trigger(run, bar, int(event[E_WHAT]), price, event[E_AT_OPEN] != 0.0)
    else:
        leave_position(run, bar, int(event[E_WHAT]), price, event[E_STOP] != 0.0, event[E_AMBIGUOUS] != 0.0)


def trigger(run: Run, bar: int, n: int, price: float, at_open: bool) -> None:
    """A waiting order has been reached: fill it, or drop it."""
    order, counts = run.books.orders[n], run.books.counts
    side = 1.0 if buys(int(order[O_KIND])) else -1.0
    stand_inside(run, bar, price, side == LONG)
    if order[O_KIND] == BUY_STOP_LIMIT or order[O_KIND] == SELL_STOP_LIMIT:
        become_limit(run, bar, n)
        return
    ticket, plan = order[O_TICKET], run.books.plan
    copy_numbers(order, O_PLAN, plan, 0, PLAN_FIELDS)
    if order[O_PLANNED] != 0.0:
        order[O_SL], order[O_TP] = anchored(run, plan, side, price, order[O_SL], order[O_TP])
    if not may_fill(run, n):
        remove_order(run, n)
        return
    if limit_reached(run, n):
        drop_entry(run, n)
        return
    fits = protects(int(side), closing_quote(run, side), order[O_SL], order[O_TP])
    if fits:
        reverse_for(run, n)
    if counts[C_STATUS] != FINE:
        return
    if not fits or not affordable(run, side, order[O_VOLUME], price):
        remove_order(run, n)
        counts[C_REFUSED] += 1
        return
    planned, volume, sl, tp, rule = order[O_PLANNED] != 0.0, order[O_VOLUME], order[O_SL], order[O_TP], order[O_RULE]
    grid, group = int(order[O_GRID]), group_of_order(run, n)
    if order[O_KIND] == BUY_STOP or order[O_KIND] == SELL_STOP:
        price = slipping(run, side == LONG, price)
    forget_order(run, n)
    open_position(run, ticket, side, volume, price, sl, tp, True, at_open, rule, grid)
    k = place_of(run, ticket)
    if k < 0:
        return
    if grid == NO_GRID:
        note_begun(run, group)
    if planned:
        take_up(run, k, plan)
        cancel_rest(run, plan, run.books.positions[k, P_GROUP])
    if counts[C_STALE] != 0:
        look_again(run)
    if position_event(run, bar, k, 0) != 0:  # in the bar of the fill the stop counts wherever the bar touches it
        event = run.books.events[0]
        leave_position(run, bar, k, event[E_PRICE], event[E_STOP] != 0.0, event[E_AMBIGUOUS] != 0.0)


def become_limit(run: Run, bar: int, n: int) -> None:
    """A stop-limit order becomes a limit order, which waits from the next bar on."""
    order = run.books.orders[n]
    order[O_KIND] = float(BUY_LIMIT if order[O_KIND] == BUY_STOP_LIMIT else SELL_LIMIT)
    order[O_PRICE], order[O_STOP_LIMIT], order[O_LIVE] = order[O_STOP_LIMIT], 0.0, float(bar + 1)
    run.books.counts[C_STALE] = 1


def leave_position(run: Run, bar: int, k: int, price: float, stopped: bool, ambiguous: bool) -> None:
    """Close a position at its stop or its target."""
    held = run.books.positions[k]
    stand_inside(run, bar, price, held[P_SIDE] != LONG)
    if stopped:
        price = slipping(run, held[P_SIDE] != LONG, price)
    close_position(run, k, price, held[P_STOP_BY] if stopped else float(BY_TP), held[P_VOLUME], ambiguous)


def stop_out(run: Run, bar: int, price: float) -> None:
    """The account is ruined: all waiting orders are deleted and all positions closed, as in MetaTrader's tester."""
    stand_inside(run, bar, price, run.books.counts[C_RUIN_SIDE] != 1)
    drop_orders(run)
    while run.books.counts[C_POSITIONS] > 0 and run.books.counts[C_STATUS] == FINE:
        held = run.books.positions[0]
        closing = run.books.quote[Q_BID] if held[P_SIDE] == LONG else run.books.quote[Q_ASK]
        close_position(run, 0, closing, float(BY_STOP_OUT), held[P_VOLUME], False)


def drop_orders(run: Run) -> None:
    """Delete all waiting orders for want of money."""
    run.books.counts[C_UNFILLED] += run.books.counts[C_ORDERS]
    run.books.counts[C_REFUSED] += run.books.counts[C_ORDERS]
    run.books.counts[C_ORDERS] = 0
    run.books.counts[C_STALE] = 1
