"""Times of the server's week: whether a moment lies in them, and when that changes next."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mas.terminals.guarded.rules import Spans, Weekend

WEEK, DAY = 7 * 1440, 86_400
NEVER = 2**62
_THURSDAY = 4 * 1440
"""1970 began on one; minutes of the week are counted from Sunday."""


class Week:
    """Minutes of the week, shape (10080,), and what holds in them."""

    def __init__(self, minutes: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        self._minutes = minutes
        self._changes = np.flatnonzero(minutes != np.roll(minutes, 1))

    @classmethod
    def of_sessions(cls, sessions: Mapping[int, Spans] | None) -> Week:
        """The minutes in sessions by weekday; all of them if there are none."""
        minutes = np.zeros(WEEK, np.bool_) if sessions is not None else np.ones(WEEK, np.bool_)
        for day, spans in (sessions or {}).items():
            for start, stop in spans:
                minutes[day * 1440 + start : day * 1440 + stop] = True
        return cls(minutes)

    @classmethod
    def of_weekend(cls, weekend: Weekend) -> Week:
        """The minutes of the weekend, which may run over Saturday midnight."""
        minutes = np.zeros(WEEK, np.bool_)
        if weekend.flat_from is not None:
            span = np.arange(weekend.flat_from, weekend.flat_from + (weekend.until - weekend.flat_from) % WEEK)
            minutes[span % WEEK] = True
        return cls(minutes)

    def holds(self, time: int) -> bool:
        """Whether a moment (epoch seconds) lies in it."""
        return bool(self._minutes[(time // 60 + _THURSDAY) % WEEK])

    def next_change(self, time: int) -> int:
        """The first moment after one at which that changes; NEVER if it does not."""
        if not len(self._changes):
            return NEVER
        minute = (time // 60 + _THURSDAY) % WEEK
        place = int(np.searchsorted(self._changes, minute, side="right"))
        change = int(self._changes[place]) if place < len(self._changes) else int(self._changes[0]) + WEEK
        return (time // 60 + change - minute) * 60


def day_of(time: int, day_starts: int) -> int:
    """The guards' day that a moment belongs to, counted from the epoch. Args: day_starts: minute of the clock."""
    return (time - 60 * day_starts) // DAY


def start_of(day: int, day_starts: int) -> int:
    """When a day begins, epoch seconds."""
    return day * DAY + 60 * day_starts
