"""Daily times at which something is closed or cancelled: the bar closes at which such a time has passed (rule 15)."""

from __future__ import annotations

from typing import Any

import numpy as np

from mas.bars import Bars, Times
from mas.zones import convert

Schedule = tuple[int, str | None, tuple[str, ...]]
"""A daily time: minute of the day, zone (None: the data's), days ("mon" ...; none: every day)."""

_DAY = 86_400
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Schedules:
    """Looks up schedules over the bars of one symbol; each is worked out once."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._due: dict[Schedule, np.ndarray[Any, np.dtype[np.intp]]] = {}

    def next(self, schedule: Schedule, bar: int, stop: int) -> int:
        """The first bar close in [bar, stop) whose next open is the first at or after such a time; `stop` if none."""
        due = self._due.get(schedule)
        if due is None:
            passed = self._days(schedule, self._bars.time)
            due = self._due[schedule] = np.flatnonzero(passed[1:] > passed[:-1])
        place = int(np.searchsorted(due, bar))
        return min(stop, int(due[place])) if place < len(due) else stop

    def between(self, schedule: Schedule, start: int, end: int) -> bool:
        """Whether such a time lies after a moment and not after another (epoch seconds of the data's clock)."""
        before, after = self._days(schedule, np.array([start, end], np.int64))
        return bool(after > before)

    def _days(self, schedule: Schedule, times: Times) -> Times:
        """The day of the latest such time at or before each moment (epoch seconds of the data's clock)."""
        minute, zone, days = schedule
        wall = times if zone is None else convert(times, self._bars.timezone, zone)
        passed: Times = (wall - 60 * minute) // _DAY
        if days:
            back = [min((n - _WEEKDAYS.index(day)) % 7 for day in days) for n in range(7)]
            passed = passed - np.array(back)[(passed + 3) % 7]  # 1970-01-01 was a Thursday
        return passed
