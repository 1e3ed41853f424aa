"""Bars that are sound one by one but wrong together: found by counting, refused because trading on them is wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mas.data.table import Floats, Ints
from mas.timeframes import DAY

_FEWEST_DAYS = 20
_BARS_A_DAY = 6
_BLOCK = 40  # days judged together, so that a few damaged months do not hide in years of good data
_SHARE_OF_RANGE = 0.9
_SHARE_OF_DAYS = 0.5


def day_range_bars(time: Ints, high: Floats, low: Floats) -> NDArray[np.intp]:
    """Bars that carry the whole day's high and low, if some time of day does so on most days; else none.

    Some feeds write the range of the DAY into its first bar: it then knows the future, and any strategy on highs
    and lows looks brilliant. In real data one time of day spans 90 % of the day's range on 4 % of days (hourly bars)
    or 18 % (four-hour bars) at most; half of the days of a block is no accident.
    """
    day = time // DAY
    first = np.flatnonzero(np.diff(day, prepend=day[:1] - 1))
    counts = np.diff(np.append(first, len(day)))
    full = counts >= _BARS_A_DAY
    days = int(full.sum())
    if days < _FEWEST_DAYS:
        return np.empty(0, dtype=np.intp)
    blocks = max(1, days // _BLOCK)
    span = np.maximum.reduceat(high, first) - np.minimum.reduceat(low, first)
    enough = np.where(full & (span > 0), _SHARE_OF_RANGE * span, np.inf)
    wide = np.flatnonzero(high - low >= np.repeat(enough, counts))
    if not len(wide):
        return wide
    block = np.minimum((np.cumsum(full) - 1) * blocks // days, blocks - 1)  # of each day
    group = block[np.searchsorted(first, wide, side="right") - 1] * DAY + time[wide] % DAY  # block and time of day
    groups, found = np.unique(group, return_counts=True)
    suspicious = groups[found * blocks >= _SHARE_OF_DAYS * days]
    return wide[np.isin(group, suspicious)]


def flat_weekend_bars(time: Ints, high: Floats, low: Floats, volume: Floats) -> int:
    """How many bars of Saturdays and Sundays stand still, if most do: filled-in weekends, not a market; else 0."""
    still = int(_on_weekends(time[(high == low) & ~(volume > 0)]).sum())
    return still if still and 2 * still > _on_weekends(time).sum() else 0


def _on_weekends(time: Ints) -> NDArray[np.bool_]:
    weekday: Ints = (time // DAY + 4) % 7  # 0 Sunday
    weekend: NDArray[np.bool_] = (weekday == 6) | (weekday == 0)
    return weekend
