"""Moving averages and fitted lines. `length` is in bars; the first value stands on bar `length` - 1 unless said."""

from __future__ import annotations

from math import isqrt

import numpy as np

from mas.bars import Bars
from mas.indicators.talib_bridge import talib
from mas.indicators.windows import bars_in, number_in, ratio, smoothed, talib_window, values_of
from mas.series import Series


def sma(source: Series, length: int) -> Series:
    """Simple moving average (TA-Lib SMA)."""
    return Series(talib_window("SMA", values_of(source), bars_in(length)))


def ema(source: Series, length: int) -> Series:
    """Exponential moving average, factor 2 / (length + 1), started from the simple average (TA-Lib EMA)."""
    return Series(talib_window("EMA", values_of(source), bars_in(length)))


def wma(source: Series, length: int) -> Series:
    """Weighted moving average, weights 1 to `length`, the newest counting most (TA-Lib WMA)."""
    return Series(talib_window("WMA", values_of(source), bars_in(length)))


def smma(source: Series, length: int) -> Series:
    """Wilder's smoothed average, factor 1 / length, started from the simple average."""
    n = bars_in(length)
    return Series(smoothed(values_of(source), 2 * n - 1, seed=n))


def dema(source: Series, length: int) -> Series:
    """Double exponential moving average (TA-Lib DEMA); first value on bar 2 * (length - 1)."""
    return Series(talib_window("DEMA", values_of(source), bars_in(length)))


def tema(source: Series, length: int) -> Series:
    """Triple exponential moving average (TA-Lib TEMA); first value on bar 3 * (length - 1)."""
    return Series(talib_window("TEMA", values_of(source), bars_in(length)))


def trima(source: Series, length: int) -> Series:
    """Triangular moving average (TA-Lib TRIMA)."""
    return Series(talib_window("TRIMA", values_of(source), bars_in(length)))


def kama(source: Series, length: int) -> Series:
    """Kaufman's adaptive moving average between 2 and 30 bars (TA-Lib KAMA); first value on bar `length`."""
    return Series(talib("KAMA", values_of(source), timeperiod=bars_in(length, 2)))


def hma(source: Series, length: int) -> Series:
    """Hull moving average: WMA over sqrt(length) of 2 * WMA(length / 2) - WMA(length), rounded down (Hull 2005)."""
    n = bars_in(length, 2)
    values = values_of(source)
    straight = 2 * talib_window("WMA", values, n // 2) - talib_window("WMA", values, n)
    return Series(talib_window("WMA", straight, isqrt(n)))


def alma(source: Series, length: int = 9, offset: float = 0.85, sigma: float = 6) -> Series:
    """Arnaud Legoux moving average: Gaussian weights around `offset` of the window, length / sigma wide."""
    n = bars_in(length)
    centre = number_in(offset, 0, 1, "offset") * (n - 1)
    width = n / number_in(sigma, 0.01, 100, "sigma")
    weights = np.exp(-((np.arange(n) - centre) ** 2) / (2 * width * width))
    values = values_of(source)
    result = np.full(len(values), np.nan)
    if len(values) >= n:
        result[n - 1 :] = np.convolve(values, weights[::-1] / weights.sum(), "valid")
    return Series(result)


def t3(source: Series, length: int = 5, factor: float = 0.7) -> Series:
    """Tillson's T3, six exponential averages in a row (TA-Lib T3); first value on bar 6 * (length - 1)."""
    n = bars_in(length, 2)
    return Series(talib("T3", values_of(source), timeperiod=n, vfactor=number_in(factor, 0, 1, "factor")))


def linreg(source: Series, length: int = 14) -> Series:
    """The end of the least-squares line through the last `length` values (TA-Lib LINEARREG)."""
    return Series(talib("LINEARREG", values_of(source), timeperiod=bars_in(length, 2)))


def linreg_slope(source: Series, length: int = 14) -> Series:
    """The rise per bar of the least-squares line through the last `length` values (TA-Lib LINEARREG_SLOPE)."""
    return Series(talib("LINEARREG_SLOPE", values_of(source), timeperiod=bars_in(length, 2)))


def vwma(bars: Bars, length: int = 20) -> Series:
    """Mean close weighted with volume; NaN where the window has no volume."""
    n = bars_in(length)
    volume = bars.volume.values
    return Series(ratio(talib_window("SUM", bars.close.values * volume, n), talib_window("SUM", volume, n)))
