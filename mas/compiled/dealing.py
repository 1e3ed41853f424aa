"""Requests of a compiled run: market and waiting orders, closings, each judged as the simulated server judges it."""

from __future__ import annotations

import math

from mas.compiled.book import close_position, next_ticket, open_position, place_of
from mas.compiled.exact import clear, copy_numbers
from mas.compiled.layout import (
    BY_REVERSE,
    C_ORDERS,
    C_POSITIONS,
    C_REFUSED,
    C_STALE,
    C_STATUS,
    C_UNFILLED,
    FINE,
    M_GROUP,
    M_ONE_CANCELS,
    M_REVERSES,
    M_TAG,
    MOST_ORDERS,
    NONE,
    O_BAR,
    O_HEDGING,
    O_KIND,
    O_PER_DAY,
    O_PLAN,
    O_PLANNED,
    O_POLICY,
    O_PRICE,
    O_PYRAMID,
    O_RULE,
    O_SL,
    O_TICKET,
    O_TP,
    O_VOLUME,
    ORDER,
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
from mas.compiled.ledger import entries_open, entries_today
from mas.compiled.money import affordable, closing_quote
from mas.fills import LONG, admits, buys, protects, round_to_tick, round_volume_down


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
    price = run.books.quote[Q_ASK] if side == LONG else run.books.quote[Q_BID]
    if not stops_stand(run, side, closing_quote(run, side), sl, tp) or not affordable(run, side, volume, price):
        counts[C_REFUSED] += 1
        return 0.0
    ticket = next_ticket(run)
    open_position(run, ticket, side, volume, price, sl, tp, False, True, rule)
    return ticket


def close_at_market(run: Run, k: int, reason: float, volume: float) -> None:
    """Close lots of a position at the quote of the moment; the last tick takes no orders."""
    if run.books.quote[Q_OVER] == 0.0:
        next_ticket(run)
        close_position(run, k, closing_quote(run, run.books.positions[k, P_SIDE]), reason, volume, False)


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
    run: Run, kind: int, volume: float, price: float, sl: float, tp: float, rule: float, policy: Floats
) -> float:
    """Place a waiting order. Args: policy: is it one, pyramid, most a day (NONE: no limit), hedging.

    Returns: its ticket, 0.0 if it was refused.
    """
    counts = run.books.counts
    volume, price = asked_volume(run, volume), asked_price(run, price)
    sl, tp = asked_price(run, sl), asked_price(run, tp)
    if not volume_fits(run, volume):
        counts[C_REFUSED] += 1
        return 0.0
    if run.books.quote[Q_OVER] != 0.0:
        counts[C_UNFILLED] += 1
        return 0.0
    if not on_grid(run, price) or not stops_stand(run, 1.0 if buys(kind) else -1.0, price, sl, tp):
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
    order[O_POLICY], order[O_PYRAMID], order[O_PER_DAY], order[O_HEDGING] = policy[0], policy[1], policy[2], policy[3]
    counts[C_ORDERS] = n + 1
    counts[C_STALE] = 1
    return float(order[O_TICKET])


def forget_order(run: Run, n: int) -> None:
    """Take an order off the list."""
    for j in range(n, run.books.counts[C_ORDERS] - 1):
        copy_numbers(run.books.orders[j + 1], 0, run.books.orders[j], 0, ORDER)
    run.books.counts[C_ORDERS] -= 1
    run.books.counts[C_STALE] = 1


def remove_order(run: Run, n: int) -> None:
    """Delete a waiting order, which ends without a fill."""
    forget_order(run, n)
    run.books.counts[C_UNFILLED] += 1


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
        if (all_of_them or own) and group_of_order(run, n) != group:
            remove_order(run, n)
        else:
            n += 1


def group_of_order(run: Run, n: int) -> float:
    """What counts as one entry: the parts of a group, or the order alone."""
    group = run.books.orders[n, O_PLAN + M_GROUP]
    return float(group if run.books.orders[n, O_PLANNED] != 0.0 and group != 0.0 else run.books.orders[n, O_TICKET])


def may_fill(run: Run, n: int) -> bool:
    """Whether the entry policy lets a waiting order fill now (rule 6)."""
    order = run.books.orders[n]
    if order[O_POLICY] == 0.0:
        return True
    group, side = group_of_order(run, n), 1.0 if buys(int(order[O_KIND])) else -1.0
    if order[O_PER_DAY] != NONE and entries_today(run, group) >= order[O_PER_DAY]:
        return False
    opposite = 0 if order[O_HEDGING] != 0.0 else entries_open(run, -side, 0.0)
    return admits(entries_open(run, side, group), opposite, order[O_PYRAMID], order[O_PLAN + M_REVERSES] != 0.0)


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
