"""Statistics over windows: spread, fitted lines, where an extreme lies; and two functions of one value."""

from __future__ import annotations

import numpy as np

from mas.errors import ParameterError
from mas.indicators.talib_bridge import by_runs, talib
from mas.indicators.windows import ago, bars_in, number_in, talib_window, values_of
from mas.series import FloatArray, Series


def variance(source: Series, length: int = 20) -> Series:
    """Population variance of the last `length` values, in squared units (TA-Lib VAR)."""
    return Series(talib("VAR", values_of(source), timeperiod=bars_in(length, 2), nbdev=1.0))


def mean_deviation(source: Series, length: int = 14) -> Series:
    """Mean distance of the last `length` values from their mean (TA-Lib AVGDEV)."""
    return Series(talib("AVGDEV", values_of(source), timeperiod=bars_in(length, 2)))


def percentile(source: Series, length: int = 100, percent: float = 50) -> Series:
    """The smallest of the last `length` values that at least `percent` of them do not exceed (TA-Lib PERCENTILE)."""
    share = number_in(percent, 0, 100, "percent")
    return Series(talib("PERCENTILE", values_of(source), timeperiod=bars_in(length, 2), percentile=share))


def beta(a: Series, b: Series, length: int = 20) -> Series:
    """How the one-bar returns of `a` move with those of `b`: slope of the fitted line; first value on bar `length`."""
    first, second = values_of(a), values_of(b)
    if len(first) != len(second):
        raise ParameterError(f"{len(first)} and {len(second)} bars do not go together: align the other timeframe first")
    return Series(talib("BETA", second, first, timeperiod=bars_in(length, 2)))


def r_squared(source: Series, length: int = 14) -> Series:
    """How much of the last `length` values the straight line through them explains, 0 to 1."""
    return Series(_explained(values_of(source), bars_in(length, 2)))


def linreg_error(source: Series, length: int = 14) -> Series:
    """Standard error of the straight line through the last `length` values, with length - 2 degrees of freedom."""
    n, values = bars_in(length, 3), values_of(source)
    spread = talib("VAR", values, timeperiod=n, nbdev=1.0)
    return Series(np.sqrt(np.maximum(spread * (1 - _explained(values, n)) * n / (n - 2), 0)))


def linreg_angle(source: Series, length: int = 14) -> Series:
    """The angle of the least-squares line in degrees, one bar being one unit of price wide (TA-Lib LINEARREG_ANGLE)."""
    return Series(talib("LINEARREG_ANGLE", values_of(source), timeperiod=bars_in(length, 2)))


def linreg_start(source: Series, length: int = 14) -> Series:
    """Where the least-squares line through the last `length` values begins (TA-Lib LINEARREG_INTERCEPT)."""
    return Series(talib("LINEARREG_INTERCEPT", values_of(source), timeperiod=bars_in(length, 2)))


def linreg_forecast(source: Series, length: int = 14) -> Series:
    """Where the least-squares line through the last `length` values points one bar ahead (TA-Lib TSF)."""
    return Series(talib("TSF", values_of(source), timeperiod=bars_in(length, 2)))


def linreg_osc(source: Series, length: int = 5) -> Series:
    """The value minus the forecast made on the bar before, in percent of the value (TA-Lib FOSC)."""
    return Series(talib("FOSC", values_of(source), timeperiod=bars_in(length, 2)))


def efficiency_ratio(source: Series, length: int = 10) -> Series:
    """Kaufman's efficiency: the net move of `length` bars over the sum of their moves, 0 to 1; 0 without any move."""
    n, values = bars_in(length), values_of(source)
    net, walked = (abs(source - source[n]), talib_window("SUM", abs(source - source[1]).values, n))
    with np.errstate(all="ignore"):
        share = np.where(walked > 0, net.values / walked, np.where(np.isnan(walked), np.nan, 0.0))
    return Series(np.where(np.isnan(values), np.nan, np.clip(share, 0, 1)))


def bars_since_highest(source: Series, length: int = 20) -> Series:
    """How many bars ago the highest of the last `length` values was; the newest of several."""
    return _bars_since("MAX", source, length)


def bars_since_lowest(source: Series, length: int = 20) -> Series:
    """How many bars ago the lowest of the last `length` values was; the newest of several."""
    return _bars_since("MIN", source, length)


def sqrt(source: Series) -> Series:
    """The square root; not available for a negative value (TA-Lib SQRT)."""
    with np.errstate(invalid="ignore"):
        return Series(np.sqrt(values_of(source)))


def ln(source: Series) -> Series:
    """The natural logarithm; not available for zero and below (TA-Lib LN)."""
    values = values_of(source)
    return Series(np.log(np.where(values > 0, values, np.nan)))


def _explained(values: FloatArray, n: int) -> FloatArray:
    """The squared correlation with the number of the bar."""

    def of_a_run(run: FloatArray) -> FloatArray:
        return talib("CORREL", run - run[:1], np.arange(float(len(run))), timeperiod=n)

    found = by_runs(of_a_run, values)[0]
    return np.clip(found * found, 0, 1)


def _bars_since(name: str, source: Series, length: int) -> Series:
    """From the oldest bar of the window to the newest, so that the newest of equal extremes stays."""
    n, values = bars_in(length, 2), values_of(source)
    extremes, ages = talib_window(name, values, n), np.full(len(values), np.nan)
    for bars in range(min(n, len(values)) - 1, -1, -1):
        ages[ago(values, bars) == extremes] = bars
    return Series(ages)
