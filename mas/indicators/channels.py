"""More lines around a price: percent envelopes, standard errors of a fitted line, acceleration bands."""

from __future__ import annotations

from mas.bars import Bars
from mas.indicators.averages import linreg, sma
from mas.indicators.statistics import linreg_error
from mas.indicators.talib_bridge import talib_all
from mas.indicators.windows import bars_in, number_in
from mas.series import FloatArray, Series


def env_upper(source: Series, length: int = 20, percent: float = 1) -> Series:
    """The simple average plus `percent` percent of it (MetaTrader's iEnvelopes)."""
    return sma(source, length) * (1 + number_in(percent, 0, 100, "percent") / 100)


def env_lower(source: Series, length: int = 20, percent: float = 1) -> Series:
    """The simple average minus `percent` percent of it (MetaTrader's iEnvelopes)."""
    return sma(source, length) * (1 - number_in(percent, 0, 100, "percent") / 100)


def error_upper(source: Series, length: int = 21, errors: float = 2) -> Series:
    """The linear regression plus `errors` standard errors of it (J. Andersen, not smoothed)."""
    return linreg(source, bars_in(length, 3)) + linreg_error(source, length) * number_in(errors, 0, 100, "errors")


def error_lower(source: Series, length: int = 21, errors: float = 2) -> Series:
    """The linear regression minus `errors` standard errors of it (J. Andersen, not smoothed)."""
    return linreg(source, bars_in(length, 3)) - linreg_error(source, length) * number_in(errors, 0, 100, "errors")


def accel_upper(bars: Bars, length: int = 20) -> Series:
    """The mean of high * (1 + 4 * (high - low) / (high + low)) over `length` bars (TA-Lib ACCBANDS)."""
    return Series(_acceleration(bars, length)[0])


def accel_middle(bars: Bars, length: int = 20) -> Series:
    """The simple average of the close between the acceleration bands (TA-Lib ACCBANDS)."""
    return Series(_acceleration(bars, length)[1])


def accel_lower(bars: Bars, length: int = 20) -> Series:
    """The mean of low * (1 - 4 * (high - low) / (high + low)) over `length` bars (TA-Lib ACCBANDS)."""
    return Series(_acceleration(bars, length)[2])


def _acceleration(bars: Bars, length: int) -> tuple[FloatArray, ...]:
    prices = bars.high.values, bars.low.values, bars.close.values
    return talib_all("ACCBANDS", *prices, timeperiod=bars_in(length, 2))
