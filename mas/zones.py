"""Wall clocks of time zones for whole arrays of times, daylight saving included.

An offset is looked up once per calendar day and remembered; only on the few days on which the clocks change is it
looked up for every time of that day. Times are int64 seconds; a wall clock is written as if it were UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from numpy.typing import NDArray

from mas.errors import ParameterError

Times = NDArray[np.int64]

_DAY = 86_400
_EPOCH = datetime(1970, 1, 1)


def check_zone(name: str) -> str:
    """`name` itself if it is an IANA time zone ("Europe/London", "UTC").

    Raises: ParameterError: it is not; the message proposes a similar name.
    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = get_close_matches(str(name), available_timezones(), n=1, cutoff=0.6)
        hint = f': did you mean "{near[0]}"?' if near else ', give an IANA name like "Europe/London"'
        raise ParameterError(f'unknown time zone "{name}"{hint}') from None
    return name


def convert(wall: Times, source: str, target: str) -> Times:
    """The wall clock of zone `target` at the moments when that of zone `source` shows `wall`.

    An hour that the clocks repeat in autumn is read as its first run; one that they skip in spring as if they had not.
    """
    if check_zone(source) == check_zone(target):
        return wall
    utc = wall - _offsets(wall, source, _offset_of_wall)
    return utc + _offsets(utc, target, _offset_of_utc)


def _offsets(times: Times, zone: str, offset: Callable[[str, int], int]) -> Times:
    """Seconds that the zone's clock is ahead of UTC at each time."""
    if zone in ("UTC", "Etc/UTC"):
        return np.zeros_like(times)
    days, where = np.unique(times // _DAY, return_inverse=True)
    at_start = np.array([offset(zone, int(day) * _DAY) for day in days], dtype=np.int64)
    at_end = np.array([offset(zone, int(day + 1) * _DAY) for day in days], dtype=np.int64)
    result: Times = at_start[where]
    for i in np.flatnonzero((at_start != at_end)[where]):
        result[i] = offset(zone, int(times[i]))
    return result


@lru_cache(maxsize=65_536)
def _offset_of_wall(zone: str, wall: int) -> int:
    moment = (_EPOCH + timedelta(seconds=wall)).replace(tzinfo=ZoneInfo(zone))
    return _seconds(moment.utcoffset())


@lru_cache(maxsize=65_536)
def _offset_of_utc(zone: str, utc: int) -> int:
    moment = (_EPOCH + timedelta(seconds=utc)).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    return _seconds(moment.utcoffset())


def _seconds(offset: timedelta | None) -> int:
    return int(offset.total_seconds()) if offset else 0
