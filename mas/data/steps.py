"""What the distances between stamps say: the timeframe of the bars, and where bars are missing."""

from __future__ import annotations

import numpy as np

from mas.data.report import DataReport
from mas.data.table import Ints
from mas.errors import DataError
from mas.timeframes import DAY, TIMEFRAMES, bar_start

_SATURDAY_NOON = 2 * DAY + DAY // 2  # 1970-01-03 was a Saturday


def infer_timeframe(time: Ints, hint: str | None, name: str) -> tuple[str, bool]:
    """The timeframe of bars with these stamps (sorted, unique), and whether the hint decided.

    The most common step decides if it is common; else (a thin market) a hint (metadata, file name) whose grid holds
    all stamps, else the coarsest such grid.
    Raises: DataError: no timeframe fits.
    """
    steps = np.diff(time)
    if len(steps) == 0:
        if hint:
            return hint, True
        raise DataError(f"{name} has a single bar: its timeframe cannot be seen; name the file like EURUSD_H1.csv")
    values, counts = np.unique(steps, return_counts=True)
    usual = int(values[np.argmax(counts)])
    found = _called(usual)
    common = counts.max() * 2 >= len(steps)
    if hint and (hint == found or (not common and _fits(time, hint) and values[0] >= _shortest(hint))):
        return hint, True
    if found and common:
        return found, False
    fitting = [t for t, s in TIMEFRAMES.items() if s <= usual and _fits(time, t)]
    if common or not fitting:
        raise DataError(
            f"{name}: most bars are {usual / 60:g} minutes apart, which is no timeframe of MetaTrader "
            f"({', '.join(TIMEFRAMES)}); give finer data"
        )
    return fitting[-1], False


def _called(step: int) -> str | None:
    if 28 * DAY <= step <= 31 * DAY:
        return "MN1"
    return next((name for name, seconds in TIMEFRAMES.items() if seconds == step), None)


def _fits(time: Ints, timeframe: str) -> bool:
    return bool((bar_start(time, timeframe) == time).all())


def _shortest(timeframe: str) -> int:
    return 28 * DAY if timeframe == "MN1" else TIMEFRAMES[timeframe]


def count_gaps(time: Ints, timeframe: str, report: DataReport) -> None:
    """Counts the places where bars are missing; a weekend gap is one that holds a Saturday noon."""
    steps = np.diff(time)
    length = 31 * DAY if timeframe == "MN1" else TIMEFRAMES[timeframe]
    after = np.flatnonzero(steps >= 2 * length)  # a day of 25 hours has no gap in it
    if timeframe in ("W1", "MN1"):
        weekend = np.zeros(len(after), dtype=bool)
    else:
        end, start = time[after + 1], time[after] + length
        noons = (end - _SATURDAY_NOON) // (7 * DAY) - (start - 1 - _SATURDAY_NOON) // (7 * DAY)
        weekend = noons > 0
    others = after[~weekend]
    report.weekend_gaps, report.other_gaps = int(weekend.sum()), len(others)
    if len(others):
        report.missing_bars = int((steps[others] // length - 1).sum())
        longest = others[np.argmax(steps[others])]
        report.longest_gap = int(steps[longest])
        report.longest_gap_after = moment(int(time[longest]))


def moment(seconds: int) -> str:
    """A wall-clock time as people write it."""
    return str(np.datetime64(seconds, "s")).replace("T", " ")[:16]
