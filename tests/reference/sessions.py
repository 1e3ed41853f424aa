"""Prices of a part of the day: session_open, session_high, session_low, session_close; by the data's clock or another.

The day of bar i is the day on which it opens. A session that wraps midnight belongs to the day on which it ends.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from .bars import History, in_zone

Values = list[Any]


def session_open(bars: History, start: float, zone: str | None = None) -> Values:
    """The open of the first bar of the day that opens at `start` (minutes) or later."""
    opens = _opens(bars, zone)
    result: Values = []
    for i, opened in enumerate(opens):
        day = [k for k in range(i + 1) if opens[k].date() == opened.date() and _minute(opens[k]) >= start]
        result.append(bars.open[day[0]] if day else None)
    return result


def session_high(bars: History, start: float, end: float, zone: str | None = None) -> Values:
    return [max(bars.high[k] for k in inside) if inside else None for inside in _sessions(bars, start, end, zone)]


def session_low(bars: History, start: float, end: float, zone: str | None = None) -> Values:
    return [min(bars.low[k] for k in inside) if inside else None for inside in _sessions(bars, start, end, zone)]


def session_close(bars: History, start: float, end: float, zone: str | None = None) -> Values:
    return [bars.close[inside[-1]] if inside else None for inside in _sessions(bars, start, end, zone)]


def _sessions(bars: History, start: float, end: float, zone: str | None) -> list[list[int]]:
    """For each bar the bars of its day's session, empty until the session is over."""
    opens = _opens(bars, zone)
    result = []
    for i, opened in enumerate(opens):
        midnight = datetime.combine(opened.date(), time())
        begins = midnight + timedelta(minutes=start, days=-1 if start > end else 0)
        ends = midnight + timedelta(minutes=end)
        is_over = in_zone(bars.ends(i), bars.zone, zone) >= ends
        result.append([k for k in range(i + 1) if begins <= opens[k] < ends] if is_over else [])
    return result


def _opens(bars: History, zone: str | None) -> list[datetime]:
    return [in_zone(t, bars.zone, zone) for t in bars.time]


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute
