"""Requests of a compiled run: market and waiting orders, closings, each judged as the simulated server judges it."""

from __future__ import annotations

import math

from mas.compiled.book import close_position, next_ticket, open_position, place_of
from mas.compiled.exact import clear
from mas.compiled.layout import (
    BY_REVERSE,
    C_ORDERS,
    C_POSITIONS,
    C_REFUSED,
    C_STALE,
    C_STATUS,
    C_UNFILLED,
    FINE,
    L_HEDGING,
    L_LOSS,
    L_LOSS_PERCENT,
    L_PENDING,
    L_PER_DAY,
    L_PROFIT,
    L_PROFIT_PERCENT,
    L_PYRAMID,
    L_VOLUME,
    M_ONE_CANCELS,
    M_REVERSES,
    M_TAG,
    MOST_ORDERS,
    NO_GRID,
    NONE,
    O_BAR,
    O_BEGUN,
    O_GRID,
    O_HEDGING,
    O_KIND,
    O_LIVE,
    O_LOSS,
    O_LOSS_PERCENT,
    O_PER_DAY,
    O_PLAN,
    O_PLANNED,
    O_POLICY,
    O_PRICE,
    O_PROFIT,
    O_PROFIT_PERCENT,
    O_PYRAMID,
    O_RULE,
    O_SL,
    O_STOP_LIMIT,
    O_TICKET,
    O_TP,
    O_VOLUME,
    O_VOLUME_CAP,
    P_SIDE,
    P_TICKET,
    P_VOLUME,
    Q_ASK,
    Q_BAR,
    Q_BID,
    Q_OVER,
    T_DIGITS,
    T_TICK,
    T_VOLUME_MAX,
    T_VOLUME_MIN,
    T_VOLUME_STEP,
    TOO_MANY_ORDERS,
    Floats,
    Run,
)  # fmt: skip
from mas.compiled.ledger import day_is_over, entries_open, entries_today
from mas.compiled.money import affordable, closing_quote, open_volume, slipping
from mas.compiled.waiting import group_of_order, remove_order
from mas.fills import (
    BUY_STOP_LIMIT,
    LONG,
    SELL_STOP_LIMIT,
    admits,
    buys,
    has_room,
    protects,
    round_to_tick,
    round_volume_down,
    waits,
)  # fmt: skip


def on_grid(run: Run, price: float) -> bool:
    """Whether a price is positive and a multiple of the tick size."""
    if not 0.0 < price < math.inf:
        return False
    ticks = price / run.books.terms[T_TICK]
    return abs(ticks - math.floor(ticks + 0.5)) < 1e-4


def stops_stand(run: Run, side: float, price: float, sl: float, tp: float) -> bool:
    """Whether stop and target may stand where they are, seen from a price (else 10016)."""
    if sl == 0.0 and tp == 0.0:
        return True
    if not protects(int(side), price, sl, tp):
        return False
    return (sl == 0.0 or on_grid(run, sl)) and (tp == 0.0 or on_grid(run, tp))


def levels_fit(run: Run, side: float, sl: float, tp: float) -> bool:
    """Whether a position's levels may be moved there now."""
    return stops_stand(run, side, closing_quote(run, side), sl, tp)


def asked_price(run: Run, price: float) -> float:
    """A price of a request: rounded to the tick, 0.0 where none was given."""
    if price == NONE:
        return 0.0
    if not math.isfinite(price / run.books.terms[T_TICK]):
        return math.nan
    return round_to_tick(price, run.books.terms[T_TICK], int(run.books.terms[T_DIGITS]))


def asked_volume(run: Run, volume: float) -> float:
    """The lots of a request, rounded down to the step."""
    step = run.books.terms[T_VOLUME_STEP]
    return round_volume_down(volume, step) if math.isfinite(volume / step) else volume


def volume_fits(run: Run, volume: float) -> bool:
    """Whether the lots are a multiple of the step between minimum and maximum (else 10014)."""
    terms = run.books.terms
    if not terms[T_VOLUME_MIN] - 1e-9 <= volume <= terms[T_VOLUME_MAX] + 1e-9:
        return False
    return not abs(round_volume_down(volume, terms[T_VOLUME_STEP]) - volume) > 1e-9


def market_order(run: Run, side: float, volume: float, sl: float, tp: float, rule: float) -> float:
    """Open a position at the market. Returns: its ticket, 0.0 if the order was refused."""
    counts = run.books.counts
    volume, sl, tp = asked_volume(run, volume), asked_price(run, sl), asked_price(run, tp)
    if not volume_fits(run, volume):
        counts[C_REFUSED] += 1
        return 0.0
    if run.books.quote[Q_OVER] != 0.0:
        counts[C_UNFILLED] += 1
        return 0.0
    price = slipping(run, side == LONG, run.books.quote[Q_ASK] if side == LONG else run.books.quote[Q_BID])
    if not stops_stand(run, side, closing_quote(run, side), sl, tp) or not affordable(run, side, volume, price):
        counts[C_REFUSED] += 1
        return 0.0
    ticket = next_ticket(run)
    open_position(run, ticket, side, volume, price, sl, tp, False, True, rule, NO_GRID)
    return ticket


def close_at_market(run: Run, k: int, reason: float, volume: float) -> None:
    """Close lots of a position at the quote of the moment; the last tick takes no orders."""
    if run.books.quote[Q_OVER] == 0.0:
        next_ticket(run)
        side = run.books.positions[k, P_SIDE]
        close_position(run, k, slipping(run, side != LONG, closing_quote(run, side)), reason, volume, False)


def close_by_order(run: Run, ticket: float, reason: float, volume: float) -> None:
    """The strategy closes a position: an order that finds no tick any more is counted."""
    if run.books.quote[Q_OVER] != 0.0:
        run.books.counts[C_UNFILLED] += 1
        return
    k = place_of(run, ticket)
    if k >= 0:
        close_at_market(run, k, reason, min(volume, run.books.positions[k, P_VOLUME]))


def close_side(run: Run, side: float, reason: float) -> None:
    """Close every position of a side by orders of the strategy, oldest first."""
    k = 0
    while k < run.books.counts[C_POSITIONS] and run.books.counts[C_STATUS] == FINE:
        if run.books.positions[k, P_SIDE] != side:
            k += 1
            continue
        before = run.books.counts[C_POSITIONS]
        close_by_order(run, run.books.positions[k, P_TICKET], reason, run.books.positions[k, P_VOLUME])
        if run.books.counts[C_POSITIONS] == before:
            k += 1


# ------------------------------------------------------------- waiting orders


def waiting_order(
    run: Run, kind: int, volume: float, price: float, limit: float, sl: float, tp: float, rule: float, policy: Floats
) -> float:
    """Place a waiting order. Args: limit: of a stop-limit order the price of its limit order. policy: L_... columns.

    Returns: its ticket, 0.0 if it was refused.
    """
    counts = run.books.counts
    volume, price = asked_volume(run, volume), asked_price(run, price)
    sl, tp, limit = asked_price(run, sl), asked_price(run, tp), asked_price(run, limit)
    if not volume_fits(run, volume):
        counts[C_REFUSED] += 1
        return 0.0
    if run.books.quote[Q_OVER] != 0.0:
        counts[C_UNFILLED] += 1
        return 0.0
    if not may_wait(run, kind, price, limit, sl, tp, policy[L_PENDING] != 0.0):
        counts[C_REFUSED] += 1
        return 0.0
    n = counts[C_ORDERS]
    if n >= MOST_ORDERS:
        counts[C_STATUS] = TOO_MANY_ORDERS
        return 0.0
    order = run.books.orders[n]
    clear(order)
    order[O_TICKET], order[O_KIND], order[O_VOLUME], order[O_PRICE] = next_ticket(run), float(kind), volume, price
    order[O_SL], order[O_TP], order[O_BAR], order[O_RULE] = sl, tp, run.books.quote[Q_BAR], rule
    order[O_LIVE], order[O_STOP_LIMIT], order[O_GRID] = order[O_BAR], limit, float(NO_GRID)
    order[O_POLICY], order[O_PYRAMID], order[O_PER_DAY] = policy[L_PENDING], policy[L_PYRAMID], policy[L_PER_DAY]
    order[O_HEDGING], order[O_LOSS], order[O_LOSS_PERCENT] = policy[L_HEDGING], policy[L_LOSS], policy[L_LOSS_PERCENT]
    order[O_PROFIT], order[O_PROFIT_PERCENT] = policy[L_PROFIT], policy[L_PROFIT_PERCENT]
    order[O_VOLUME_CAP] = policy[L_VOLUME]
    counts[C_ORDERS] = n + 1
    counts[C_STALE] = 1
    return float(order[O_TICKET])


def may_wait(run: Run, kind: int, price: float, limit: float, sl: float, tp: float, through: bool) -> bool:
    """Whether prices and levels of a waiting order may be so (else 10015, 10016).

    Args: through: its price may have been passed already; it then fills at the first tick (rule 14).
    """
    stop_limit = kind in (BUY_STOP_LIMIT, SELL_STOP_LIMIT)
    if not on_grid(run, price) or (stop_limit and not on_grid(run, limit)):
        return False
    if not through and not waits(kind, price, limit, run.books.quote[Q_BID], run.books.quote[Q_ASK]):
        return False
    return stops_stand(run, 1.0 if buys(kind) else -1.0, limit if stop_limit else price, sl, tp)


def remove_side(run: Run, side: float) -> None:
    """Delete the waiting orders of a side (0.0: all); the last tick takes no requests."""
    if run.books.quote[Q_OVER] != 0.0:
        return
    n = 0
    while n < run.books.counts[C_ORDERS]:
        if side == 0.0 or (side == LONG) == buys(int(run.books.orders[n, O_KIND])):
            remove_order(run, n)
        else:
            n += 1


def remove_others(run: Run, tag: float, group: float, all_of_them: bool) -> None:
    """Delete the waiting orders of a rule (or all) that are not of a group."""
    n = 0
    while n < run.books.counts[C_ORDERS]:
        order = run.books.orders[n]
        own = order[O_PLANNED] != 0.0 and order[O_PLAN + M_TAG] == tag
        spared = all_of_them and order[O_GRID] != NO_GRID  # what adds to an entry
        if (all_of_them or own) and not spared and group_of_order(run, n) != group:
            remove_order(run, n)
        else:
            n += 1


def may_fill(run: Run, n: int) -> bool:
    """Whether the entry policy lets a waiting order fill now (rule 6)."""
    order = run.books.orders[n]
    if order[O_POLICY] == 0.0 or order[O_GRID] != NO_GRID:
        return True
    group, side = group_of_order(run, n), 1.0 if buys(int(order[O_KIND])) else -1.0
    if order[O_PER_DAY] != NONE and entries_today(run, group) >= order[O_PER_DAY]:
        return False
    opposite = 0 if order[O_HEDGING] != 0.0 else entries_open(run, -side, 0.0)
    return admits(entries_open(run, side, group), opposite, order[O_PYRAMID], order[O_PLAN + M_REVERSES] != 0.0)


def limit_reached(run: Run, n: int) -> bool:
    """Whether a limit forbids a waiting order to fill now (see `mas.books`)."""
    order = run.books.orders[n]
    adds, group, lots = order[O_GRID] != NO_GRID, group_of_order(run, n), order[O_VOLUME]
    if order[O_BEGUN] != 0.0 and not adds:
        return False
    if day_is_over(run, order[O_LOSS], order[O_LOSS_PERCENT], order[O_PROFIT], order[O_PROFIT_PERCENT]):
        return True
    if order[O_VOLUME_CAP] == NONE:
        return False
    for j in range(run.books.counts[C_ORDERS]):
        if j != n and not adds and group_of_order(run, j) == group:
            lots += run.books.orders[j, O_VOLUME]
    side = 1.0 if buys(int(order[O_KIND])) else -1.0
    held = open_volume(run, side if order[O_PLAN + M_REVERSES] != 0.0 else 0.0)
    return not has_room(lots, held, order[O_VOLUME_CAP])


def drop_entry(run: Run, n: int) -> None:
    """Delete a waiting order that a limit forbids to fill, and the other parts of its entry."""
    group, adds = group_of_order(run, n), run.books.orders[n, O_GRID] != NO_GRID
    remove_order(run, n)
    k = 0
    while k < run.books.counts[C_ORDERS] and not adds:
        if group_of_order(run, k) == group:
            remove_order(run, k)
        else:
            k += 1


def reverse_for(run: Run, n: int) -> None:
    """Close what a waiting order that is about to fill reverses."""
    order = run.books.orders[n]
    if order[O_PLAN + M_REVERSES] == 0.0:
        return
    side, k = -1.0 if buys(int(order[O_KIND])) else 1.0, 0
    while k < run.books.counts[C_POSITIONS] and run.books.counts[C_STATUS] == FINE:
        if run.books.positions[k, P_SIDE] == side:
            close_at_market(run, k, float(BY_REVERSE), run.books.positions[k, P_VOLUME])
        else:
            k += 1


def cancel_rest(run: Run, plan: Floats, group: float) -> None:
    """A waiting order has filled: the others go if one cancels the other."""
    if plan[M_ONE_CANCELS] != 0.0:
        remove_others(run, 0.0, group, True)
