"""Direction and strength of a trend, and the stops that follow it."""

from __future__ import annotations

import numpy as np

from mas.bars import Bars
from mas.indicators.bands import atr, true_range
from mas.indicators.talib_bridge import talib, talib_all
from mas.indicators.windows import ago, bars_in, number_in, ratio, talib_window
from mas.series import FloatArray, Series


def adx(bars: Bars, length: int = 14) -> Series:
    """Average directional index, 0 to 100; first value on bar 2 * length - 1 (TA-Lib ADX)."""
    return Series(talib("ADX", *_prices(bars), timeperiod=bars_in(length, 2)))


def adxr(bars: Bars, length: int = 14) -> Series:
    """Mean of the ADX and the ADX length - 1 bars ago; first value on bar 3 * length - 2 (TA-Lib ADXR)."""
    return Series(talib("ADXR", *_prices(bars), timeperiod=bars_in(length, 2)))


def dx(bars: Bars, length: int = 14) -> Series:
    """Directional movement index, 0 to 100; first value on bar `length` (TA-Lib DX)."""
    return Series(talib("DX", *_prices(bars), timeperiod=bars_in(length, 2)))


def plus_di(bars: Bars, length: int = 14) -> Series:
    """+DI, 0 to 100; first value on bar `length` (TA-Lib PLUS_DI)."""
    return Series(talib("PLUS_DI", *_prices(bars), timeperiod=bars_in(length, 2)))


def minus_di(bars: Bars, length: int = 14) -> Series:
    """-DI, 0 to 100; first value on bar `length` (TA-Lib MINUS_DI)."""
    return Series(talib("MINUS_DI", *_prices(bars), timeperiod=bars_in(length, 2)))


def aroon_up(bars: Bars, length: int = 14) -> Series:
    """100 when this bar made the highest high of length + 1 bars, 0 when it is `length` bars old (TA-Lib AROON)."""
    return Series(_aroon(bars, length)[1])


def aroon_down(bars: Bars, length: int = 14) -> Series:
    """100 when this bar made the lowest low of length + 1 bars, 0 when it is `length` bars old (TA-Lib AROON)."""
    return Series(_aroon(bars, length)[0])


def aroon_osc(bars: Bars, length: int = 14) -> Series:
    """Aroon up minus Aroon down, -100 to 100 (TA-Lib AROONOSC)."""
    down, up = _aroon(bars, length)
    return Series(up) - Series(down)


def vortex_plus(bars: Bars, length: int = 14) -> Series:
    """Sum of |high - previous low| over sum of true range, `length` bars (Botes and Siepman 2010)."""
    return _vortex(bars, bars.high.values - ago(bars.low.values, 1), length)


def vortex_minus(bars: Bars, length: int = 14) -> Series:
    """Sum of |low - previous high| over sum of true range, `length` bars (Botes and Siepman 2010)."""
    return _vortex(bars, bars.low.values - ago(bars.high.values, 1), length)


def psar(bars: Bars, step: float = 0.02, maximum: float = 0.2) -> Series:
    """Parabolic SAR; first value on bar 1 (TA-Lib SAR)."""
    limits = {"acceleration": number_in(step, 0, 1, "step"), "maximum": number_in(maximum, 0, 1, "maximum")}
    return Series(talib("SAR", bars.high.values, bars.low.values, **limits))


def psar_sides(
    bars: Bars, long_step: float = 0.02, long_maximum: float = 0.2, short_step: float = 0.02, short_maximum: float = 0.2
) -> Series:
    """Parabolic SAR with another pace for longs than for shorts; first value on bar 1 (TA-Lib SAREXT)."""
    pace = {
        "accelerationinitlong": number_in(long_step, 0, 1, "long_step"), "accelerationlong": long_step,
        "accelerationmaxlong": number_in(long_maximum, 0, 1, "long_maximum"),
        "accelerationinitshort": number_in(short_step, 0, 1, "short_step"), "accelerationshort": short_step,
        "accelerationmaxshort": number_in(short_maximum, 0, 1, "short_maximum"),
    }  # fmt: skip
    return Series(np.abs(talib("SAREXT", bars.high.values, bars.low.values, **pace)))  # below zero while short


def supertrend(bars: Bars, length: int = 10, multiplier: float = 3) -> Series:
    """The SuperTrend line: below the price in an uptrend, above it in a downtrend.

    Median price -/+ multiplier * ATR(length); a band only moves towards the price until a close breaks it. The line
    starts as a downtrend on bar `length` (as TradingView's does). Source: O. Seban.
    """
    return Series(_supertrend(bars, length, multiplier)[0])


def supertrend_direction(bars: Bars, length: int = 10, multiplier: float = 3) -> Series:
    """1 while SuperTrend is up, -1 while it is down."""
    return Series(_supertrend(bars, length, multiplier)[1])


def _supertrend(bars: Bars, length: int, multiplier: float) -> tuple[FloatArray, FloatArray]:
    """Line and direction. A recursion with branches: plain Python over lists, about half a second per million bars."""
    offset = number_in(multiplier, 0, 100, "multiplier") * atr(bars, length).values
    middle, size = (bars.high.values + bars.low.values) / 2, len(bars)
    start = bars_in(length)
    line, direction = np.full(size, np.nan), np.full(size, np.nan)
    if start >= size:
        return line, direction
    bounds = zip((middle - offset)[start:].tolist(), (middle + offset)[start:].tolist(), strict=True)
    closes = bars.close.values[start - 1 :].tolist()
    floors, signs = [], []
    floor, ceiling, sign = -np.inf, np.inf, -1.0
    for (lower, upper), before, close in zip(bounds, closes, closes[1:], strict=False):
        if lower > floor or before < floor:
            floor = lower
        if upper < ceiling or before > ceiling:
            ceiling = upper
        if sign < 0 and close > ceiling:
            sign = 1.0
        elif sign > 0 and close < floor:
            sign = -1.0
        floors.append(floor if sign > 0 else ceiling)
        signs.append(sign)
    line[start:], direction[start:] = floors, signs
    return line, direction


def _aroon(bars: Bars, length: int) -> tuple[FloatArray, ...]:
    """Down and up."""
    return talib_all("AROON", bars.high.values, bars.low.values, timeperiod=bars_in(length, 2))


def _vortex(bars: Bars, movement: FloatArray, length: int) -> Series:
    n = bars_in(length)
    return Series(ratio(talib_window("SUM", np.abs(movement), n), talib_window("SUM", true_range(bars).values, n)))


def _prices(bars: Bars) -> tuple[FloatArray, FloatArray, FloatArray]:
    return bars.high.values, bars.low.values, bars.close.values
