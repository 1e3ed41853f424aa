"""Prices of a part of the day, such as an opening range: open, high, low and close of the bars that open in it.

The day is the one in which a bar opens, by the clock of `zone` (None: the data's own). A session that starts after
it ends wraps midnight and belongs to the day on which it ends. Each price is known from the close of the bar that
settles it until the day is over, and not available otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas.bars import Bars, Times, clock
from mas.errors import ParameterError
from mas.indicators.state import running_highest
from mas.series import FloatArray, Series
from mas.zones import convert

_DAY = 86_400


def session_open(bars: Bars, start: str, zone: str | None = None) -> Series:
    """The open of the day's first bar that opens at or after `start` ("09:30"), from that bar on."""
    opens = _wall(bars.time, bars, zone)
    inside = np.flatnonzero(opens % _DAY >= 60 * clock(start))
    found = _Session(inside, opens[inside] // _DAY)
    values = bars.open.values[inside]
    first = np.maximum.accumulate(np.where(found.begins, np.arange(len(inside)), 0))
    return found.seen(values[first], opens // _DAY, np.ones(len(bars), np.bool_))


def session_high(bars: Bars, start: str, end: str, zone: str | None = None) -> Series:
    """The highest high of the bars that open at or after `start` and before `end`, once `end` has come."""
    found, day, over = _session(bars, start, end, zone)
    return found.seen(running_highest(bars.high.values[found.bars], found.begins), day, over)


def session_low(bars: Bars, start: str, end: str, zone: str | None = None) -> Series:
    """The lowest low of the bars that open at or after `start` and before `end`, once `end` has come."""
    found, day, over = _session(bars, start, end, zone)
    return found.seen(-running_highest(-bars.low.values[found.bars], found.begins), day, over)


def session_close(bars: Bars, start: str, end: str, zone: str | None = None) -> Series:
    """The close of the last bar that opens at or after `start` and before `end`, once `end` has come."""
    found, day, over = _session(bars, start, end, zone)
    return found.seen(bars.close.values[found.bars], day, over)


@dataclass(frozen=True)
class _Session:
    """The bars inside the session of some day, in order, and the day that each belongs to."""

    bars: NDArray[np.intp]
    days: Times

    @property
    def begins(self) -> NDArray[np.bool_]:
        """Which of them are the first of their day."""
        result: NDArray[np.bool_] = np.diff(self.days, prepend=self.days[:1] - 1) != 0
        return result

    def seen(self, values: FloatArray, day: Times, known: NDArray[np.bool_]) -> Series:
        """What each bar sees of its own day: the value at the day's last bar inside that is not after it.

        Args: values: one for each bar inside. day, known: for all bars, their day and whether they may look.
        """
        latest = np.searchsorted(np.maximum.accumulate(self.days), day, side="right")
        latest = np.minimum(latest, np.searchsorted(self.bars, np.arange(len(day)), side="right")) - 1
        found = (latest >= 0) & (np.append(self.days, 0)[latest] == day) & known
        return Series(np.where(found, np.append(values, np.nan)[latest], np.nan))


def _session(bars: Bars, start: str, end: str, zone: str | None) -> tuple[_Session, Times, NDArray[np.bool_]]:
    """The bars inside, the day of every bar, and whether the day's session is over when it is decided on."""
    first, last = 60 * clock(start), 60 * clock(end)
    if first == last:
        raise ParameterError(f"a session from {start} to {end} has no bars: give two different times")
    opens = _wall(bars.time, bars, zone)
    day, time = opens // _DAY, opens % _DAY
    over = _wall(bars.decision_time, bars, zone) - day * _DAY >= last
    if first < last:
        inside, belongs = (time >= first) & (time < last), day
    else:
        inside, belongs = (time >= first) | (time < last), day + (time >= first)
    chosen = np.flatnonzero(inside)
    return _Session(chosen, belongs[chosen]), day, over


def _wall(times: Times, bars: Bars, zone: str | None) -> Times:
    return times if zone is None else convert(times, bars.timezone, zone)
