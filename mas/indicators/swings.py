"""What is read off proven swings: retracements of the last one, and divergence between the price and an oscillator.

A swing is that of `swing_high` and `swing_low`: it counts from the bar that proves it, `length` bars after it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mas.bars import Bars
from mas.errors import ParameterError
from mas.indicators.windows import ago, bars_in, number_in, talib_window, values_of
from mas.series import BoolArray, Condition, FloatArray, Series

Places = NDArray[np.intp]


def fib_retracement(bars: Bars, percent: float = 61.8, length: int = 5) -> Series:
    """The price at which `percent` of the last proven swing is given back.

    Measured from its end: down from the high if the swing high is the newer of the two extremes, else up from the
    low. Not available before both a swing high and a swing low are proven.
    """
    start, end = _last_swing(bars, bars_in(length))
    return Series(end + (start - end) * (number_in(percent, 0, 1000, "percent") / 100))


def fib_extension(bars: Bars, percent: float = 161.8, length: int = 5) -> Series:
    """The price at which `percent` of the last proven swing is reached, measured from its start (100: its end)."""
    start, end = _last_swing(bars, bars_in(length))
    return Series(start + (end - start) * (number_in(percent, 0, 1000, "percent") / 100))


def bullish_divergence(bars: Bars, source: Series, length: int = 5) -> Condition:
    """True on the bar that proves a swing low below the one before, while the source is higher there than then."""
    return _divergence(bars.low.values, values_of(source), bars_in(length), price=-1, oscillator=1)


def bearish_divergence(bars: Bars, source: Series, length: int = 5) -> Condition:
    """True on the bar that proves a swing high above the one before, while the source is lower there than then."""
    return _divergence(-bars.high.values, -values_of(source), bars_in(length), price=-1, oscillator=1)


def hidden_bullish_divergence(bars: Bars, source: Series, length: int = 5) -> Condition:
    """True on the bar that proves a swing low above the one before, while the source is lower there than then."""
    return _divergence(bars.low.values, values_of(source), bars_in(length), price=1, oscillator=-1)


def hidden_bearish_divergence(bars: Bars, source: Series, length: int = 5) -> Condition:
    """True on the bar that proves a swing high below the one before, while the source is higher there than then."""
    return _divergence(-bars.high.values, -values_of(source), bars_in(length), price=1, oscillator=-1)


def _proven(lows: FloatArray, n: int) -> BoolArray:
    """Bars that prove a swing low n bars before: not above the n lows before it, below the n after it."""
    after = talib_window("MIN", lows, n)
    candidate = ago(lows, n)
    result: BoolArray = (candidate < after) & (candidate <= ago(after, n + 1))
    return result


def _latest(proven: BoolArray, n: int) -> Places:
    """For each bar the place of the newest proven swing; -1 before the first."""
    places: Places = np.maximum.accumulate(np.where(proven, np.arange(len(proven)) - n, -1))
    return places


def _last_swing(bars: Bars, n: int) -> tuple[FloatArray, FloatArray]:
    """Start and end price of the swing between the newest proven extremes. On one bar: the high is the end."""
    high, low = bars.high.values, bars.low.values
    tops, bottoms = _latest(_proven(-high, n), n), _latest(_proven(low, n), n)
    known, up = (tops >= 0) & (bottoms >= 0), tops >= bottoms
    start = np.where(known, np.where(up, low[bottoms], high[tops]), np.nan)
    return start, np.where(known, np.where(up, high[tops], low[bottoms]), np.nan)


def _divergence(lows: FloatArray, source: FloatArray, n: int, price: int, oscillator: int) -> Condition:
    """At swing lows: the signs that the change of the low and of the source since the swing low before must have.

    Unknown where the source is not available at one of the two swings, and before two could be proven.
    """
    if len(lows) != len(source):
        raise ParameterError(f"{len(lows)} and {len(source)} bars do not go together: align the other timeframe first")
    shown = np.flatnonzero(_proven(lows, n))  # the bars on which swings are proven, in order
    newer, older = shown[1:] - n, shown[:-1] - n
    moved, turned = Series(lows[newer]), Series(source[newer])
    before = Series(lows[older]), Series(source[older])
    agree = [now > then if sign > 0 else now < then
             for now, then, sign in ((moved, before[0], price), (turned, before[1], oscillator))]  # fmt: skip
    both = agree[0] & agree[1]
    true, false = np.zeros(len(lows), np.bool_), np.ones(len(lows), np.bool_)
    true[shown[1:]], false[shown[1:]] = both.true, both.false
    false[: 3 * n + 1] = False
    return Condition(true, false)
