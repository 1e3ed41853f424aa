"""What a single bar looks like, mean prices of a bar, and Heikin-Ashi bars."""

from __future__ import annotations

import numpy as np

from mas.bars import Bars
from mas.indicators.windows import smoothed
from mas.series import Condition, FloatArray, Series


def body(bars: Bars) -> Series:
    """Distance between open and close."""
    return abs(bars.close - bars.open)


def range(bars: Bars) -> Series:
    """High minus low."""
    return bars.high - bars.low


def upper_wick(bars: Bars) -> Series:
    """High minus the larger of open and close."""
    return bars.high - Series(np.maximum(bars.open.values, bars.close.values))


def lower_wick(bars: Bars) -> Series:
    """The smaller of open and close minus low."""
    return Series(np.minimum(bars.open.values, bars.close.values)) - bars.low


def gap(bars: Bars) -> Series:
    """The open minus the previous close; negative for a gap down."""
    return bars.open - bars.close[1]


def green(bars: Bars) -> Condition:
    """True where the bar closes above its open."""
    return bars.close > bars.open


def red(bars: Bars) -> Condition:
    """True where the bar closes below its open."""
    return bars.close < bars.open


def inside_bar(bars: Bars) -> Condition:
    """True where the high is below the previous high and the low above the previous low."""
    return (bars.high < bars.high[1]) & (bars.low > bars.low[1])


def outside_bar(bars: Bars) -> Condition:
    """True where the high is above the previous high and the low below the previous low."""
    return (bars.high > bars.high[1]) & (bars.low < bars.low[1])


def bullish_pin_bar(bars: Bars) -> Condition:
    """True where the lower wick is at least two thirds of a bar that has a range."""
    return (lower_wick(bars) >= range(bars) * (2 / 3)) & (range(bars) > 0)


def bearish_pin_bar(bars: Bars) -> Condition:
    """True where the upper wick is at least two thirds of a bar that has a range."""
    return (upper_wick(bars) >= range(bars) * (2 / 3)) & (range(bars) > 0)


def median_price(bars: Bars) -> Series:
    """(high + low) / 2."""
    return (bars.high + bars.low) / 2


def typical_price(bars: Bars) -> Series:
    """(high + low + close) / 3."""
    return (bars.high + bars.low + bars.close) / 3


def weighted_price(bars: Bars) -> Series:
    """(high + low + 2 * close) / 4."""
    return (bars.high + bars.low + bars.close * 2) / 4


def average_price(bars: Bars) -> Series:
    """(open + high + low + close) / 4."""
    return (bars.open + bars.high + bars.low + bars.close) / 4


def ha_open(bars: Bars) -> Series:
    """Heikin-Ashi open: mean of the previous Heikin-Ashi open and close; the first is (open + close) / 2."""
    return Series(_heikin_ashi(bars)[0])


def ha_high(bars: Bars) -> Series:
    """Heikin-Ashi high: the highest of high, Heikin-Ashi open and close."""
    return Series(np.maximum(bars.high.values, np.maximum(*_heikin_ashi(bars))))


def ha_low(bars: Bars) -> Series:
    """Heikin-Ashi low: the lowest of low, Heikin-Ashi open and close."""
    return Series(np.minimum(bars.low.values, np.minimum(*_heikin_ashi(bars))))


def ha_close(bars: Bars) -> Series:
    """Heikin-Ashi close: (open + high + low + close) / 4."""
    return average_price(bars)


def ha_green(bars: Bars) -> Condition:
    """True where the Heikin-Ashi bar closes above its open."""
    return ha_close(bars) > ha_open(bars)


def ha_red(bars: Bars) -> Condition:
    """True where the Heikin-Ashi bar closes below its open."""
    return ha_close(bars) < ha_open(bars)


def _heikin_ashi(bars: Bars) -> tuple[FloatArray, FloatArray]:
    """Opens and closes. Halving towards the previous close is exponential smoothing over three bars."""
    closes = ha_close(bars).values
    start = (bars.open.values[:1] + bars.close.values[:1]) / 2
    return smoothed(np.concatenate((start, closes[:-1])), 3), closes
