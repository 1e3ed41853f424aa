"""One run from its first bar to its last: which bars are visited, and in what order things are done at each close.

The order is that of `mas.replay`: what the bar does; then, at the first tick of the next, plans, the strategy, and what
the plans have left open.
"""

from __future__ import annotations

import math

from mas.compiled.book import close_position
from mas.compiled.layout import (
    A_ASK_FLOOR,
    A_ASK_ROOF,
    A_BID_FLOOR,
    A_BID_ROOF,
    ASK_CLOSE,
    ASK_HIGH,
    ASK_HIGHEST,
    ASK_LOW,
    ASK_LOWEST,
    ASK_OPEN,
    BID_CLOSE,
    BID_HIGH,
    BID_HIGHEST,
    BID_LOW,
    BID_LOWEST,
    BID_OPEN,
    BLOCK,
    BY_END,
    C_LATE,
    C_MANAGED,
    C_ORDERS,
    C_POSITIONS,
    C_STALE,
    C_STATUS,
    C_UNFILLED,
    DAY,
    FINE,
    P_SIDE,
    P_VOLUME,
    Q_ASK,
    Q_BAR,
    Q_BID,
    Q_INSIDE,
    Q_OVER,
    Flags,
    Floats,
    Run,
    Whole,
)  # fmt: skip
from mas.compiled.machine import decide
from mas.compiled.money import closing_quote
from mas.compiled.plans import close_late, manage
from mas.compiled.playing import look_again, play_bar

AHEAD, READ = 64, 7
"""Wakings that are looked ahead at a time; a place of the scratch."""


def next_touch(run: Run, bar: int, stop: int) -> int:
    """The first bar in [bar, stop) that may do something to the books; `stop` if none does."""
    if run.books.counts[C_STALE] != 0:
        look_again(run)
    account = run.books.account
    low, high = account[A_BID_FLOOR], account[A_BID_ROOF]
    if low > -math.inf or high < math.inf:
        stop = first_outside(run, BID_LOW, BID_HIGH, BID_LOWEST, BID_HIGHEST, low, high, bar, stop)
    low, high = account[A_ASK_FLOOR], account[A_ASK_ROOF]
    if low > -math.inf or high < math.inf:
        stop = first_outside(run, ASK_LOW, ASK_HIGH, ASK_LOWEST, ASK_HIGHEST, low, high, bar, stop)
    return stop


def first_outside(
    run: Run, lows: int, highs: int, lowest: int, highest: int, floor: float, roof: float, bar: int, stop: int
) -> int:
    """The first bar in [bar, stop) that does not lie between two prices; `stop` if all do.

    Whole blocks are passed over by their extremes. Args: lows, highs, lowest, highest: rows of prices and of blocks.
    """
    least, most, low, high = run.blocks[lowest], run.blocks[highest], run.prices[lows], run.prices[highs]
    while bar < stop:
        block = bar // BLOCK
        end = min((block + 1) * BLOCK, stop)
        if least[block] > floor and most[block] < roof:
            bar = end
        while bar < end and low[bar] > floor and high[bar] < roof:
            bar += 1
        if bar < end:
            return bar
    return stop


def play_all(run: Run, wake: Whole, conditions: Flags, values: Floats, code: Whole, r: Floats) -> None:
    """Play all bars.

    Args: wake: the closes at which the strategy may want something, the last among them, in order; conditions, values:
        what it knows there, shape (names, len(wake)). code, r: its instructions and registers.
    """
    counts = run.books.counts
    last, bar, place, ahead = run.prices[BID_OPEN].shape[0] - 1, 0, 0, 0
    while bar <= last and counts[C_STATUS] == FINE:
        while wake[place] < bar:
            place += 1
        if place >= ahead:
            ahead = read_ahead(run, wake, place)
        woken = wake[place]
        if counts[C_POSITIONS] == 0 and counts[C_ORDERS] == 0:
            bar = woken
        else:
            close = bar if counts[C_MANAGED] != 0 or counts[C_ORDERS] != 0 else woken
            touched = next_touch(run, bar, close + 1)
            bar = min(touched, close)
            if touched <= close:
                play_bar(run, bar)
        is_end = bar == last
        stand(run, bar, is_end)
        if not is_end and (counts[C_MANAGED] != 0 or counts[C_ORDERS] != 0):
            manage(run, bar)
        if bar == woken:
            decide(run, bar, place, conditions, values, code, r)
        if not is_end and counts[C_LATE] > 0:
            close_late(run)
        bar += 1
    if counts[C_STATUS] == FINE:
        close_all(run)


def read_ahead(run: Run, wake: Whole, place: int) -> int:
    """Look at what the next wakings will ask for; gives back how many of all have been looked at.

    Memory answers many questions at once as fast as one, and each bar that is far from the last is a question: asked
    one by one they took a third of a run. What is read here stands in the processor's cache when it is needed.
    """
    ahead, total = min(place + AHEAD, wake.shape[0] - 1), 0.0
    for n in range(place, ahead):
        bar = wake[n] + 1
        total += run.prices[BID_OPEN, bar] + run.prices[ASK_OPEN, bar] + run.prices[DAY, bar]
    run.books.scratch[READ] = total  # for nothing but that it is not left out
    return place + AHEAD


def stand(run: Run, bar: int, is_end: bool) -> None:
    """Set the clock to where a bar's close is handled: the next one's first tick, or the last tick there is."""
    quote = run.books.quote
    if is_end:
        quote[Q_BAR], quote[Q_INSIDE], quote[Q_OVER] = float(bar), 1.0, 1.0
        quote[Q_BID], quote[Q_ASK] = run.prices[BID_CLOSE, bar], run.prices[ASK_CLOSE, bar]
    else:
        quote[Q_BAR], quote[Q_INSIDE] = float(bar + 1), 0.0
        quote[Q_BID], quote[Q_ASK] = run.prices[BID_OPEN, bar + 1], run.prices[ASK_OPEN, bar + 1]


def close_all(run: Run) -> None:
    """Close everything at the last quote, and delete what waits."""
    run.books.counts[C_UNFILLED] += run.books.counts[C_ORDERS]
    run.books.counts[C_ORDERS] = 0
    while run.books.counts[C_POSITIONS] > 0 and run.books.counts[C_STATUS] == FINE:
        held = run.books.positions[0]
        close_position(run, 0, closing_quote(run, held[P_SIDE]), float(BY_END), held[P_VOLUME], False)
