"""What is done about open positions at each close, and what a plan sets up when its order has filled (`mas.management`,
`mas.books`, `mas.plans`)."""

from __future__ import annotations

import math

from mas.compiled.book import moves, note_managed, place_of, set_levels
from mas.compiled.dealing import close_at_market, levels_fit
from mas.compiled.grids import note_added, retargets, settle_targets, target_from_average
from mas.compiled.layout import (
    ASK_LOW,
    BID_HIGH,
    BY_BREAKEVEN,
    BY_LINE,
    BY_NOTHING,
    BY_PERCENT,
    BY_R,
    BY_SESSION,
    BY_SL,
    BY_TIME,
    BY_TP,
    BY_TRAILING,
    C_LATE,
    C_ORDERS,
    C_POSITIONS,
    FIXED_LINE,
    M_CANCEL_AT,
    M_CLOSE_AFTER,
    M_CLOSE_AT,
    M_EVEN_AFTER,
    M_EVEN_PLUS,
    M_GROUP,
    M_LINE,
    M_LINE_AFTER,
    M_LINE_PRICE,
    M_LOCK,
    M_LOCKS,
    M_STEP,
    M_STEPS,
    M_STOP,
    M_TARGET,
    M_TRAIL,
    M_TRAIL_AFTER,
    M_VALID,
    MOST_POSITIONS,
    NO_GRID,
    NO_LINE,
    O_BAR,
    O_PLAN,
    O_PLANNED,
    P_BAR,
    P_CLOSE_AFTER,
    P_CLOSE_AT,
    P_ENTRY,
    P_EVEN_AFTER,
    P_EVEN_PLUS,
    P_EXTREME,
    P_GRID,
    P_LINE,
    P_LINE_AFTER,
    P_LINE_PRICE,
    P_LOCK,
    P_LOCKS,
    P_RISK,
    P_SIDE,
    P_SINCE,
    P_SL,
    P_STEP,
    P_STEPPED,
    P_STEPS,
    P_STOP_BY,
    P_TICKET,
    P_TP,
    P_TRAIL,
    P_TRAIL_AFTER,
    P_VOLUME,
    T_DIGITS,
    T_TICK,
    Floats,
    Run,
)  # fmt: skip
from mas.compiled.ledger import join_group
from mas.compiled.money import closing_quote
from mas.compiled.waiting import remove_order
from mas.fills import (
    EVEN,
    LONG,
    TRAILED,
    advanced_stop,
    at_or_above,
    extreme_profit,
    managed_stop,
    protects,
    reached,
    round_to_tick,
    same,
    trailed,
)  # fmt: skip


def distance(plan: Floats, column: int, fill: float, risk: float, otherwise: float) -> float:
    """A distance of a plan in price, once the fill and 1R are known."""
    kind, amount = plan[column], plan[column + 1]
    if kind == BY_NOTHING:
        return otherwise
    if kind == BY_R:
        return float(amount * risk)
    if kind == BY_PERCENT:
        return float(amount / 100 * fill)
    return float(amount)


def anchored(run: Run, plan: Floats, side: float, fill: float, sl: float, tp: float) -> tuple[float, float]:
    """The levels measured from the real fill (rule 8), where the plan knows them as distances."""
    tick, digits = run.books.terms[T_TICK], int(run.books.terms[T_DIGITS])
    if plan[M_STOP] != BY_NOTHING:
        sl = round_to_tick(fill - side * distance(plan, M_STOP, fill, math.nan, 0.0), tick, digits)
    if plan[M_TARGET] != BY_NOTHING:
        risk = abs(fill - sl) if sl != 0.0 else math.nan
        tp = round_to_tick(fill + side * distance(plan, M_TARGET, fill, risk, 0.0), tick, digits)
    return sl, tp


def take_up(run: Run, k: int, plan: Floats) -> None:
    """Right after the fill: levels measured from it, and a trailing stop's start where there is no other [12]."""
    held = run.books.positions[k]
    side, entry = held[P_SIDE], held[P_ENTRY]
    if held[P_GRID] != NO_GRID:
        note_added(run, k)
    sl, tp = anchored(run, plan, side, entry, held[P_SL], held[P_TP])
    risk = held[P_RISK] = abs(entry - sl) if sl != 0.0 else math.nan
    held[P_TRAIL] = distance(plan, M_TRAIL, entry, risk, math.nan)
    held[P_TRAIL_AFTER] = distance(plan, M_TRAIL_AFTER, entry, risk, -math.inf)
    held[P_LINE_AFTER] = distance(plan, M_LINE_AFTER, entry, risk, -math.inf)
    held[P_EVEN_AFTER] = distance(plan, M_EVEN_AFTER, entry, risk, math.nan)
    held[P_EVEN_PLUS] = distance(plan, M_EVEN_PLUS, entry, risk, 0.0)
    held[P_LINE], held[P_LINE_PRICE] = plan[M_LINE], plan[M_LINE_PRICE]
    held[P_CLOSE_AFTER], held[P_CLOSE_AT], held[P_LOCKS] = plan[M_CLOSE_AFTER], plan[M_CLOSE_AT], plan[M_LOCKS]
    for n in range(int(plan[M_LOCKS])):
        held[P_LOCK + 2 * n] = distance(plan, M_LOCK + 4 * n, entry, risk, math.nan)
        held[P_LOCK + 2 * n + 1] = distance(plan, M_LOCK + 4 * n + 2, entry, risk, math.nan)
    held[P_STEPS] = plan[M_STEPS]
    for n in range(int(plan[M_STEPS])):
        at, step = P_STEP + 3 * n, M_STEP + 3 * n
        is_price = plan[step + 1] == BY_LINE
        held[at] = plan[step]
        held[at + 1] = math.nan if is_price else distance(plan, step + 1, entry, risk, math.nan)
        held[at + 2] = plan[step + 2] if is_price else float(NO_LINE)
    start = 0.0
    if held[P_TRAIL] > 0.0 and held[P_TRAIL_AFTER] == -math.inf:
        tick, digits = run.books.terms[T_TICK], int(run.books.terms[T_DIGITS])
        start = round_to_tick(trailed(int(side), entry, held[P_TRAIL]), tick, digits)
    by = float(BY_TRAILING) if start != 0.0 and (sl == 0.0 or same(sl, start)) else float(BY_SL)
    sl = sl if sl != 0.0 else start
    if same(sl, held[P_SL]) and same(tp, held[P_TP]):
        held[P_STOP_BY] = by
    elif levels_fit(run, side, sl, tp):
        set_levels(run, k, sl, tp, by)
    elif held[P_SL] == 0.0:
        be_late(run, held[P_TICKET], by)
    if plan[M_GROUP] != 0.0:
        join_group(run, k, plan[M_GROUP])
    note_managed(run)


def be_late(run: Run, ticket: float, by: float) -> None:
    """Have a position closed once the strategy has spoken."""
    n = run.books.counts[C_LATE]
    if n < MOST_POSITIONS:
        run.books.late[n, 0], run.books.late[n, 1] = ticket, by
        run.books.counts[C_LATE] = n + 1


def manage(run: Run, bar: int) -> None:
    """What is due at the close of a bar; the clock stands at the first tick of the next one."""
    k = 0
    while k < run.books.counts[C_POSITIONS]:
        held = run.books.positions[k]
        before = run.books.counts[C_POSITIONS]
        if held[P_CLOSE_AFTER] > 0.0 and bar >= held[P_SINCE] + held[P_CLOSE_AFTER] - 1.0:
            close_at_market(run, k, float(BY_TIME), held[P_VOLUME])
        elif held[P_CLOSE_AT] >= 0.0 and run.extra[int(held[P_CLOSE_AT]), bar] != 0.0 and held[P_BAR] <= bar:
            close_at_market(run, k, float(BY_SESSION), held[P_VOLUME])
        elif step_target(run, k, bar) or retarget(run, k):
            close_at_market(run, k, float(BY_TP), held[P_VOLUME])
        else:
            move_stop(run, k, bar)
        if run.books.counts[C_POSITIONS] == before:
            k += 1
    settle_targets(run)
    n = 0
    while n < run.books.counts[C_ORDERS]:
        if order_is_over(run, n, bar):
            remove_order(run, n)
        else:
            n += 1
    note_managed(run)


def step_target(run: Run, k: int, bar: int) -> bool:
    """Move the target where its age puts it; whether the market is there already, so that it fills now."""
    held, age, passed = run.books.positions[k], bar - run.books.positions[k, P_SINCE] + 1.0, 0
    for n in range(int(held[P_STEPS])):
        if held[P_STEP + 3 * n] <= age:
            passed += 1
    if passed <= held[P_STEPPED]:
        return False
    held[P_STEPPED] = float(passed)
    at = P_STEP + 3 * (passed - 1)
    if held[at + 2] == NO_LINE:
        return move_target(run, k, held[P_ENTRY] + held[P_SIDE] * held[at + 1])
    return move_target(run, k, run.extra[int(held[at + 2]), bar])


def retarget(run: Run, k: int) -> bool:
    """Measure the target from a new average fill; whether the market is there already."""
    return retargets(run, k) and move_target(run, k, target_from_average(run, k))


def move_target(run: Run, k: int, wanted: float) -> bool:
    """Move a target, unless it is not known (NaN); whether the market is there already."""
    if wanted != wanted:
        return False
    held = run.books.positions[k]
    tp = round_to_tick(wanted, run.books.terms[T_TICK], int(run.books.terms[T_DIGITS]))
    if reached(int(held[P_SIDE]), closing_quote(run, held[P_SIDE]), tp):
        return True
    if levels_fit(run, held[P_SIDE], held[P_SL], tp):
        set_levels(run, k, held[P_SL], tp, held[P_STOP_BY])
    return False


def order_is_over(run: Run, n: int, bar: int) -> bool:
    """Whether a waiting order's time is up at the close of a bar."""
    order = run.books.orders[n]
    if order[O_PLANNED] == 0.0:
        return False
    valid, cancel = order[O_PLAN + M_VALID], int(order[O_PLAN + M_CANCEL_AT])
    if valid > 0.0 and bar >= order[O_BAR] + valid - 1.0:
        return True
    return cancel >= 0 and bar >= order[O_BAR] and bool(run.extra[cancel, bar] != 0.0)


def move_stop(run: Run, k: int, bar: int) -> None:
    """Take note of the bar's extreme, and move the stop where the plan wants it."""
    held = run.books.positions[k]
    if held[P_BAR] > bar or not moves(run, k):
        return
    if held[P_SIDE] == LONG:
        best = run.prices[BID_HIGH, bar]
        held[P_EXTREME] = best if held[P_EXTREME] != held[P_EXTREME] else max(held[P_EXTREME], best)
    else:
        best = run.prices[ASK_LOW, bar]
        held[P_EXTREME] = best if held[P_EXTREME] != held[P_EXTREME] else min(held[P_EXTREME], best)
    by, level = moved_stop(run, k, bar)
    if by < 0.0:
        return
    side = int(held[P_SIDE])
    if not protects(side, closing_quote(run, held[P_SIDE]), level, 0.0):
        be_late(run, held[P_TICKET], by)  # the market has opened beyond the new stop, which fills there [10]
    elif levels_fit(run, held[P_SIDE], level, held[P_TP]) and not same(level, held[P_SL]):
        set_levels(run, k, level, held[P_TP], by)


def moved_stop(run: Run, k: int, bar: int) -> tuple[float, float]:
    """Where a stop comes to lie at a bar close, the extreme being known, and by what (-1.0 if it stays)."""
    held, tick, digits = run.books.positions[k], run.books.terms[T_TICK], int(run.books.terms[T_DIGITS])
    side, entry = int(held[P_SIDE]), held[P_ENTRY]
    profit = extreme_profit(side, entry, held[P_EXTREME])
    mover, level = managed_stop(
        side, entry, held[P_EXTREME], held[P_SL], held[P_TRAIL], held[P_TRAIL_AFTER], held[P_EVEN_AFTER],
        entry + side * held[P_EVEN_PLUS], tick, digits,
    )  # fmt: skip
    by = float(BY_BREAKEVEN) if mover == EVEN else float(BY_TRAILING) if mover == TRAILED else -1.0
    if at_or_above(profit, held[P_EVEN_AFTER]):
        held[P_EVEN_AFTER] = math.nan
    left = 0
    for n in range(int(held[P_LOCKS])):
        locked, after = held[P_LOCK + 2 * n], held[P_LOCK + 2 * n + 1]
        if at_or_above(profit, after):
            raised = advanced_stop(side, entry + side * locked, level, tick, digits)
            by, level = (by, level) if raised == level else (float(BY_BREAKEVEN), raised)
        else:
            held[P_LOCK + 2 * left], held[P_LOCK + 2 * left + 1] = locked, after
            left += 1
    held[P_LOCKS] = float(left)
    if held[P_LINE] != NO_LINE and (held[P_LINE_AFTER] == -math.inf or at_or_above(profit, held[P_LINE_AFTER])):
        line = held[P_LINE_PRICE] if held[P_LINE] == FIXED_LINE else run.extra[int(held[P_LINE]), bar]
        raised = advanced_stop(side, line, level, tick, digits)
        by, level = (by, level) if raised == level else (float(BY_TRAILING), raised)
    return by, level


def close_late(run: Run) -> None:
    """Close what the strategy has left open though the market is already beyond its new stop."""
    for n in range(run.books.counts[C_LATE]):
        k = place_of(run, run.books.late[n, 0])
        if k >= 0:
            close_at_market(run, k, run.books.late[n, 1], run.books.positions[k, P_VOLUME])
    run.books.counts[C_LATE] = 0
