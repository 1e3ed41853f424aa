"""Prices of the week and the month, this one and the last, and how far the day has moved from the day before.

Weeks begin on Sunday and months on the first, as MetaTrader's W1 and MN1 bars. A bar belongs to the one it opens in.
"""

from __future__ import annotations

import numpy as np

from mas.bars import Bars
from mas.indicators.levels import day_open, yesterday_close
from mas.indicators.state import running_highest
from mas.indicators.windows import ago, ratio
from mas.series import BoolArray, FloatArray, Series
from mas.timeframes import bar_start


def week_open(bars: Bars) -> Series:
    """The open of the first bar of this bar's week."""
    return Series(_opened(bars, "W1"))


def week_high(bars: Bars) -> Series:
    """The highest high of this bar's week up to and with this bar."""
    return Series(running_highest(bars.high.values, _begins(bars, "W1")))


def week_low(bars: Bars) -> Series:
    """The lowest low of this bar's week up to and with this bar."""
    return Series(-running_highest(-bars.low.values, _begins(bars, "W1")))


def last_week_open(bars: Bars) -> Series:
    """The open of the last week with bars before this bar's week."""
    return Series(_before(_opened(bars, "W1"), bars, "W1"))


def last_week_high(bars: Bars) -> Series:
    """The high of the last week with bars before this bar's week."""
    return Series(_before(week_high(bars).values, bars, "W1"))


def last_week_low(bars: Bars) -> Series:
    """The low of the last week with bars before this bar's week."""
    return Series(_before(week_low(bars).values, bars, "W1"))


def last_week_close(bars: Bars) -> Series:
    """The close of the last week with bars before this bar's week."""
    return Series(_before(bars.close.values, bars, "W1"))


def month_open(bars: Bars) -> Series:
    """The open of the first bar of this bar's month."""
    return Series(_opened(bars, "MN1"))


def month_high(bars: Bars) -> Series:
    """The highest high of this bar's month up to and with this bar."""
    return Series(running_highest(bars.high.values, _begins(bars, "MN1")))


def month_low(bars: Bars) -> Series:
    """The lowest low of this bar's month up to and with this bar."""
    return Series(-running_highest(-bars.low.values, _begins(bars, "MN1")))


def last_month_open(bars: Bars) -> Series:
    """The open of the last month with bars before this bar's month."""
    return Series(_before(_opened(bars, "MN1"), bars, "MN1"))


def last_month_high(bars: Bars) -> Series:
    """The high of the last month with bars before this bar's month."""
    return Series(_before(month_high(bars).values, bars, "MN1"))


def last_month_low(bars: Bars) -> Series:
    """The low of the last month with bars before this bar's month."""
    return Series(_before(month_low(bars).values, bars, "MN1"))


def last_month_close(bars: Bars) -> Series:
    """The close of the last month with bars before this bar's month."""
    return Series(_before(bars.close.values, bars, "MN1"))


def day_change(bars: Bars) -> Series:
    """The close's move since yesterday's close, as a share of it: 0.02 is 2 %."""
    before = yesterday_close(bars)
    return Series(ratio((bars.close - before).values, before.values))


def day_gap(bars: Bars) -> Series:
    """How far today opened from yesterday's close, as a share of it: 0.02 is 2 %."""
    before = yesterday_close(bars)
    return Series(ratio((day_open(bars) - before).values, before.values))


def _begins(bars: Bars, period: str) -> BoolArray:
    """The first bar of each period."""
    starts = bar_start(bars.time, period)
    result: BoolArray = np.diff(starts, prepend=starts[:1] - 1) != 0
    return result


def _opened(bars: Bars, period: str) -> FloatArray:
    first = np.maximum.accumulate(np.where(_begins(bars, period), np.arange(len(bars)), 0))
    return bars.open.values[first]


def _before(values: FloatArray, bars: Bars, period: str) -> FloatArray:
    """For each bar the value on the last bar before its period."""
    begins = _begins(bars, period)
    first = np.maximum.accumulate(np.where(begins, np.arange(len(bars)), 0))
    return ago(values, 1)[first]
