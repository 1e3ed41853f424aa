"""What a strategy says is to happen after an order (`mas.planning`)."""

from __future__ import annotations

import math

from mas.compiled.book import place_of
from mas.compiled.dealing import remove_others, waiting_order
from mas.compiled.exact import clear, copy_numbers
from mas.compiled.grids import new_grid
from mas.compiled.layout import (
    C_ORDERS,
    C_STATUS,
    M_ADD_AGAINST,
    M_ADD_EVERY,
    M_ADD_FACTOR,
    M_ADDS,
    M_AVERAGE,
    M_CANCEL_AT,
    M_CLOSE_AFTER,
    M_CLOSE_AT,
    M_GROUP,
    M_LINE,
    M_TAG,
    M_VALID,
    NO_GRID,
    NO_LINE,
    NONE,
    NOT_ALLOWED,
    O_GRID,
    O_PLAN,
    O_PLANNED,
    O_TICKET,
    P_ENTRY,
    P_RISK,
    P_SIDE,
    P_SL,
    P_TAG,
    P_TP,
    P_VOLUME,
    PLAN_FIELDS,
    T_DIGITS,
    T_TICK,
    T_VOLUME_MIN,
    T_VOLUME_STEP,
    X_GROUP,
    Floats,
    Run,
)  # fmt: skip
from mas.compiled.plans import distance, take_up
from mas.fills import BUY_LIMIT, BUY_STOP, LONG, SELL_LIMIT, SELL_STOP, added_price, added_volume


def plan(run: Run, bar: int, ticket: float, given: Floats, policy: Floats) -> None:
    """Say what happens after an order."""
    if given[M_ADDS] != NONE and not (0.0 <= given[M_ADDS] <= 1000.0 and given[M_ADD_FACTOR] > 0.0):
        run.books.counts[C_STATUS] = NOT_ALLOWED  # the class says what is wrong with them
        return
    if ticket == 0.0:
        return
    if given[M_GROUP] != 0.0:
        given[M_GROUP] = -(float(bar) * 64.0 + given[M_GROUP])
    for column in (M_CLOSE_AFTER, M_VALID):
        if given[column] != NONE:
            given[column] = float(max(1, int(given[column])))
        else:
            given[column] = 0.0
    k = place_of(run, ticket)
    if k >= 0:
        take_up(run, k, given)
        if given[M_ADDS] != NONE:
            add_orders(run, k, given, policy)
        return
    n = place_of_order(run, ticket)
    if n >= 0:
        order = run.books.orders[n]
        order[O_PLANNED] = 1.0
        copy_numbers(given, 0, order, O_PLAN, PLAN_FIELDS)
        if given[M_TAG] != 0.0:
            remove_others(run, given[M_TAG], given[M_GROUP] if given[M_GROUP] != 0.0 else ticket, False)


def place_of_order(run: Run, ticket: float) -> int:
    """Where a waiting order stands on the list; -1 if it is gone."""
    for n in range(run.books.counts[C_ORDERS]):
        if run.books.orders[n, O_TICKET] == ticket:
            return n
    return -1


def add_orders(run: Run, k: int, given: Floats, policy: Floats) -> None:
    """Place the orders that add to an entry; they have its stop, its closing times, and what ends with it."""
    held, terms = run.books.positions[k], run.books.terms
    side, first, lots, rule = int(held[P_SIDE]), held[P_ENTRY], held[P_VOLUME], held[P_TAG]
    away = distance(given, M_AVERAGE, first, held[P_RISK], math.nan)
    every = distance(given, M_ADD_EVERY, first, held[P_RISK], 0.0)
    grid = new_grid(run, k, away)
    if grid == NO_GRID or not every > 0.0:
        return
    stop, target = held[P_SL], held[P_TP] if away != away else 0.0
    against, tick, digits = given[M_ADD_AGAINST] != 0.0, terms[T_TICK], int(terms[T_DIGITS])
    kind = adding_kind(side, against)
    for turn in range(1, int(given[M_ADDS]) + 1):
        price = added_price(side, first, against, turn, every, stop, tick, digits)
        if price == 0.0:
            break
        volume = added_volume(lots, given[M_ADD_FACTOR], turn, terms[T_VOLUME_STEP], terms[T_VOLUME_MIN])
        if volume == 0.0:
            continue
        ticket = waiting_order(
            run, kind, volume, price, NONE, stop if stop != 0.0 else NONE, target if target != 0.0 else NONE, rule,
            policy,
        )  # fmt: skip
        n = place_of_order(run, ticket)
        if n >= 0:
            follow(run, n, grid, given)


def adding_kind(side: int, against: bool) -> int:
    """The type of the orders that add to an entry."""
    if against:
        return BUY_LIMIT if side == LONG else SELL_LIMIT
    return BUY_STOP if side == LONG else SELL_STOP


def follow(run: Run, n: int, grid: int, given: Floats) -> None:
    """Give an order that adds to an entry what it has of the entry's plan."""
    order = run.books.orders[n]
    order[O_GRID], order[O_PLANNED] = float(grid), 1.0
    clear(order[O_PLAN : O_PLAN + PLAN_FIELDS])
    order[O_PLAN + M_GROUP], order[O_PLAN + M_LINE] = run.books.grids[grid, X_GROUP], float(NO_LINE)
    order[O_PLAN + M_CLOSE_AFTER], order[O_PLAN + M_CLOSE_AT] = given[M_CLOSE_AFTER], given[M_CLOSE_AT]
    order[O_PLAN + M_CANCEL_AT] = given[M_CANCEL_AT]
