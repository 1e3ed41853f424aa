"""The windows of a walk-forward: stretches to choose on, each followed by one to prove the choice on.

Lengths are counted by the calendar of the data (years, months, weeks, days) or in bars. All boundaries are counted from
the first bar, so that months of different lengths do not shift them.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from mas.bars import Bars

_SPAN = re.compile(r"\s*(\d+)\s*(bars?|b|years?|y|months?|m|weeks?|w|days?|d)\s*", re.IGNORECASE)
LEAST_BARS = 2
MOST_WINDOWS = 10_000
CLOSED = 4 * 86_400
"""Seconds that a market may be closed at the end of the data, if it is closed so long elsewhere in them (weekends,
holidays): no window is short for that."""


@dataclass(frozen=True)
class Span:
    """A length: so many of a unit."""

    count: int
    unit: str
    """ "y", "m", "w", "d" (calendar) or "b" (bars)."""

    def after(self, origin: int, times: int) -> int:
        """The moment that is `times` of this length after another (epoch seconds); calendar units only."""
        start = datetime.fromtimestamp(origin, UTC)
        if self.unit in "wd":
            days = self.count * times * (7 if self.unit == "w" else 1)
            return int((start + timedelta(days=days)).timestamp())
        months = start.month - 1 + self.count * times * (12 if self.unit == "y" else 1)
        year, month = start.year + months // 12, months % 12 + 1
        day = min(start.day, monthrange(year, month)[1])
        return int(start.replace(year=year, month=month, day=day).timestamp())


def span_of(text: str, option: str) -> Span:
    """What `12m`, `90d`, `26w`, `2y` or `5000 bars` means. Raises: UsageError."""
    match = _SPAN.fullmatch(text)
    if match is None or not int(match[1]):
        raise UsageError(
            f"{option} {text!r} is no length; write 12m (months), 90d (days), 26w (weeks), 2y (years) or 5000b (bars)"
        )
    count, unit = int(match[1]), match[2][0].lower()
    if count > 1_000_000_000 or (unit != "b" and count > 10_000):
        raise UsageError(f"{option} {text!r} is longer than any data")
    return Span(count, unit)


@dataclass(frozen=True)
class WalkWindow:
    """One step: bars to choose on, and the bars after them. Positions (start, stop)."""

    number: int
    train: tuple[int, int]
    test: tuple[int, int]
    short: bool
    """The data end before the test would: it is shorter than the others."""


@dataclass(frozen=True)
class Windows:
    """All steps, and what was left out, in sentences."""

    steps: tuple[WalkWindow, ...]
    notes: tuple[str, ...]


def windows_of(bars: Bars, train: Span, test: Span, *, anchored: bool) -> Windows:
    """The windows of the data, each test beginning where the one before has ended.

    Args: anchored: every training begins at the first bar, instead of moving on with the tests.
    Raises: UsageError: units of bars and of the calendar mixed, no room for one window, or far too many.
    """
    if (train.unit == "b") != (test.unit == "b"):
        raise UsageError("--train and --test must both be counted in bars, or both by the calendar")
    steps, notes = [], []
    closed = int(np.diff(bars.time).max(initial=0))
    for number in range(MOST_WINDOWS + 1):
        edges = _edges(bars, train, test, number, closed)
        begin, split, end, short = edges
        if split >= len(bars):
            break
        if number == MOST_WINDOWS:
            raise UsageError(f"--test is so short that there are more than {MOST_WINDOWS:,} windows; make it longer")
        begin = 0 if anchored else begin
        if split - begin < LEAST_BARS or end - split < LEAST_BARS:
            notes.append(f"window {number + 1} is left out: it has too few bars ({split - begin} and {end - split})")
            continue
        steps.append(WalkWindow(number + 1, (begin, split), (split, end), short))
    if not steps:
        raise UsageError(_no_room(bars, train, test, notes))
    if steps[-1].short:
        notes.append(f"the last window is short: the data end {_day(bars, len(bars) - 1)}")
    return Windows(tuple(steps), tuple(notes))


def _edges(bars: Bars, train: Span, test: Span, number: int, closed: int) -> tuple[int, int, int, bool]:
    """Positions at which a window's training begins, its test begins and ends, and whether the data end sooner.

    Args: closed: the longest time between two bars.
    """
    if train.unit == "b":
        begin = number * test.count
        split = begin + train.count
        end = split + test.count
        return begin, split, min(end, len(bars)), end > len(bars)
    origin = _midnight(int(bars.time[0]))
    moments = (test.after(origin, number), *(train.after(test.after(origin, number + n), 1) for n in (0, 1)))
    begin, split, end = (int(np.searchsorted(bars.time, moment)) for moment in moments)
    missing = moments[2] - int(bars.decision_time[-1])
    return begin, split, end, missing > min(CLOSED, closed)


def _midnight(moment: int) -> int:
    return moment - moment % 86_400


def _no_room(bars: Bars, train: Span, test: Span, notes: list[str]) -> str:
    period = f"the data have {len(bars):,} bars from {_day(bars, 0)} to {_day(bars, len(bars) - 1)}"
    if notes:
        return f"every window has too few bars; {period}: make --train and --test longer"
    unit = {"b": "bars", "m": "months", "d": "days", "w": "weeks", "y": "years"}[train.unit]
    return f"--train {train.count} {unit} leaves nothing to test on: {period}; make it shorter"


def _day(bars: Bars, place: int) -> str:
    return str(bars.time[place].astype("datetime64[s]"))[:10]
