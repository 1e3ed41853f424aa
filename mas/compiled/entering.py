"""Which entry may be taken at a close, and what holds it back (`mas.entry_policy`, `mas.limits`)."""

from __future__ import annotations

import math

from mas.compiled.dealing import close_side
from mas.compiled.layout import (
    BY_REVERSE,
    C_AT_ENTRY,
    C_AT_EXIT,
    C_AT_LOSS,
    C_AT_STOP,
    C_AT_WIN,
    C_CONFLICTS,
    C_FINISHED_LOSS,
    C_FINISHED_WIN,
    L_HEDGING,
    L_LONG,
    L_LOSS,
    L_LOSS_PERCENT,
    L_PENDING,
    L_PER_DAY,
    L_PROFIT,
    L_PROFIT_PERCENT,
    L_PYRAMID,
    L_REVERSAL,
    L_SHORT,
    L_SKIPS,
    L_SPREAD,
    L_VOLUME,
    L_WAITS,
    MOST_SKIPS,
    MOST_WAITS,
    NONE,
    Q_ASK,
    Q_BID,
    Q_ENTERING,
    Q_OVER,
    Q_REVERSING,
    T_VOLUME_STEP,
    Floats,
    Run,
)  # fmt: skip
from mas.compiled.ledger import day_is_over, entries_open, entries_today
from mas.compiled.money import open_volume
from mas.compiled.reversing import begin_reversal
from mas.fills import CONFLICT, LONG, SHORT, entry, has_room, round_volume_down, spread_exceeds


def entry_side(run: Run, bar: int, policy: Floats) -> float:
    """Which entry may be taken now: 1.0 long, -1.0 short, 0.0 none; the opposite positions are closed for it."""
    long, short = policy[L_LONG] != 0.0, policy[L_SHORT] != 0.0
    if not (long or short):
        return 0.0
    run.books.quote[Q_ENTERING] = 1.0 if long else -1.0
    hedging, pending = policy[L_HEDGING] != 0.0, policy[L_PENDING] != 0.0
    reversal = policy[L_REVERSAL] != 0.0 or hedging
    limit = -1.0 if policy[L_PER_DAY] == NONE or pending else policy[L_PER_DAY]
    filled = entries_today(run, 0.0) if limit >= 0 else 0
    longs, shorts = entries_open(run, 1.0, 0.0), entries_open(run, -1.0, 0.0)
    decision = entry(long, short, longs, shorts, policy[L_PYRAMID], reversal, filled, limit)  # type: ignore[arg-type]
    if decision == CONFLICT:
        run.books.counts[C_CONFLICTS] += 1
    if decision != LONG and decision != SHORT:
        return 0.0
    if held_back(run, bar, policy):
        return 0.0
    reverses = not pending and not hedging
    run.books.quote[Q_REVERSING] = 0.0
    if reverses and policy[L_VOLUME] != NONE:
        begin_reversal(run, float(decision))
    elif reverses:
        close_side(run, float(-decision), float(BY_REVERSE))
    return float(decision)


def held_back(run: Run, bar: int, policy: Floats) -> bool:
    """Whether a limit holds the entry back (see `mas.limits`)."""
    return (
        must_wait(run, bar, policy) or over_today(run, policy) or too_wide(run, policy[L_SPREAD]) or skips(run, policy)
    )


def too_wide(run: Run, most: float) -> bool:
    """Whether the spread is wider than it may be."""
    return most != NONE and spread_exceeds(run.books.quote[Q_BID], run.books.quote[Q_ASK], most)


def must_wait(run: Run, bar: int, policy: Floats) -> bool:
    """Whether too few bars have passed since something has happened."""
    counts = run.books.counts
    places = (counts[C_AT_ENTRY], counts[C_AT_EXIT], counts[C_AT_LOSS], counts[C_AT_WIN], counts[C_AT_STOP])
    for n in range(MOST_WAITS):
        event, bars = policy[L_WAITS + 2 * n], policy[L_WAITS + 2 * n + 1]
        if event == NONE:
            break
        for place in range(5):
            if place == int(event) and places[place] >= 0 and bar - places[place] < bars:
                return True
    return False


def over_today(run: Run, policy: Floats) -> bool:
    """Whether the day has lost or won as much as it may."""
    return day_is_over(run, policy[L_LOSS], policy[L_LOSS_PERCENT], policy[L_PROFIT], policy[L_PROFIT_PERCENT])


def skips(run: Run, policy: Floats) -> bool:
    """Whether the entry that would be sent now is passed over, which is counted down."""
    if run.books.quote[Q_OVER] != 0.0:
        return False
    passed = False
    for n in range(MOST_SKIPS):
        result, entries = policy[L_SKIPS + 2 * n], policy[L_SKIPS + 2 * n + 1]
        if result == NONE:
            break
        count = float(run.books.counts[C_FINISHED_LOSS] if result == 0.0 else run.books.counts[C_FINISHED_WIN])
        if count != run.books.skipping[n, 0]:
            run.books.skipping[n, 1] = entries
        if run.books.skipping[n, 1] >= 1:
            passed = True
            run.books.skipping[n, 1] -= 1.0
        run.books.skipping[n, 0] = count
    return passed


def within_volume(run: Run, volume: float, most: float) -> bool:
    """Whether so many lots may be opened beside what stays open; what the entry reverses is closed if so."""
    side, terms = run.books.quote[Q_REVERSING], run.books.terms
    run.books.quote[Q_REVERSING] = 0.0
    lots = round_volume_down(volume, terms[T_VOLUME_STEP]) if math.isfinite(volume) else volume
    if not has_room(lots, open_volume(run, side), most):
        return False
    if side != 0.0:
        close_side(run, -side, float(BY_REVERSE))
    return True
