"""Price levels: of the day and the day before, floor pivots, swings. A day runs from midnight of the data's clock.

"Today" is the day in which the bar opens, so that a daily bar's yesterday is the bar before it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mas.bars import Bars
from mas.indicators.windows import ago, bars_in, talib_window
from mas.series import FloatArray, Series


def day_open(bars: Bars) -> Series:
    """The open of the first bar of this bar's day."""
    first, place = _days(bars)
    return Series(bars.open.values[first][place])


def day_high(bars: Bars) -> Series:
    """The highest high of this bar's day up to and with this bar."""
    return _so_far(bars, bars.high.values, np.maximum.accumulate)


def day_low(bars: Bars) -> Series:
    """The lowest low of this bar's day up to and with this bar."""
    return _so_far(bars, bars.low.values, np.minimum.accumulate)


def yesterday_open(bars: Bars) -> Series:
    """The open of the last day with bars before this bar's day."""
    first, place = _days(bars)
    return _yesterday(bars.open.values[first], place)


def yesterday_high(bars: Bars) -> Series:
    """The high of the last day with bars before this bar's day."""
    first, place = _days(bars)
    return _yesterday(np.maximum.reduceat(bars.high.values, first) if len(first) else bars.high.values, place)


def yesterday_low(bars: Bars) -> Series:
    """The low of the last day with bars before this bar's day."""
    first, place = _days(bars)
    return _yesterday(np.minimum.reduceat(bars.low.values, first) if len(first) else bars.low.values, place)


def yesterday_close(bars: Bars) -> Series:
    """The close of the last day with bars before this bar's day."""
    first, place = _days(bars)
    return _yesterday(bars.close.values[np.append(first[1:], len(bars))[: len(first)] - 1], place)


def pivot(bars: Bars) -> Series:
    """Floor pivot P = (high + low + close) / 3 of the day before."""
    return (yesterday_high(bars) + yesterday_low(bars) + yesterday_close(bars)) / 3


def r1(bars: Bars) -> Series:
    """First resistance, 2 * P - low of the day before."""
    return pivot(bars) * 2 - yesterday_low(bars)


def r2(bars: Bars) -> Series:
    """Second resistance, P + high - low of the day before."""
    return pivot(bars) + (yesterday_high(bars) - yesterday_low(bars))


def r3(bars: Bars) -> Series:
    """Third resistance, high + 2 * (P - low) of the day before."""
    return yesterday_high(bars) + (pivot(bars) - yesterday_low(bars)) * 2


def s1(bars: Bars) -> Series:
    """First support, 2 * P - high of the day before."""
    return pivot(bars) * 2 - yesterday_high(bars)


def s2(bars: Bars) -> Series:
    """Second support, P - (high - low) of the day before."""
    return pivot(bars) - (yesterday_high(bars) - yesterday_low(bars))


def s3(bars: Bars) -> Series:
    """Third support, low - 2 * (high - P) of the day before."""
    return yesterday_low(bars) - (yesterday_high(bars) - pivot(bars)) * 2


def swing_high(bars: Bars, length: int = 5) -> Series:
    """The newest high that is not below the `length` highs before it and above the `length` highs after it.

    It counts from the bar that proves it, `length` bars later, until a newer one is proven.
    """
    return Series(_swing(bars.high.values, bars_in(length)))


def swing_low(bars: Bars, length: int = 5) -> Series:
    """The newest low that is not above the `length` lows before it and below the `length` lows after it."""
    return Series(-_swing(-bars.low.values, bars_in(length)))


def fractal_up(bars: Bars) -> Series:
    """The last up fractal: a swing high over two bars on each side (Williams; MetaTrader's iFractals)."""
    return swing_high(bars, 2)


def fractal_down(bars: Bars) -> Series:
    """The last down fractal: a swing low over two bars on each side (Williams; MetaTrader's iFractals)."""
    return swing_low(bars, 2)


def _days(bars: Bars) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first bar of each day, and for each bar the number of its day."""
    starts = np.diff(bars.day, prepend=bars.day[:1] - 1) != 0
    return np.flatnonzero(starts), np.cumsum(starts) - 1


def _yesterday(daily: FloatArray, place: NDArray[np.intp]) -> Series:
    return Series(ago(daily, 1)[place])


def _so_far(bars: Bars, values: FloatArray, extreme: Callable[[FloatArray], FloatArray]) -> Series:
    first, _ = _days(bars)
    parts = [extreme(day) for day in np.split(values, first[1:])]
    return Series(np.concatenate(parts))


def _swing(values: FloatArray, n: int) -> FloatArray:
    """The last value proven to be a peak, on every bar."""
    after = talib_window("MAX", values, n)  # the n values up to this bar: those after the candidate
    candidate = ago(values, n)
    before = ago(after, n + 1)  # the n values before the candidate
    proven = (candidate > after) & (candidate >= before)
    latest = np.maximum.accumulate(np.where(proven, np.arange(len(values)), -1))
    return np.where(latest >= 0, candidate[latest], np.nan)
