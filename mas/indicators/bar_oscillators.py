"""Oscillators of whole bars."""

from __future__ import annotations

import numpy as np

from mas.bars import Bars
from mas.indicators.averages import ema, sma
from mas.indicators.talib_bridge import talib, talib_all
from mas.indicators.windows import ago, bars_in, ratio, talib_window
from mas.series import FloatArray, Series


def stoch_k(bars: Bars, length: int = 14, smooth: int = 3, signal: int = 3) -> Series:
    """Stochastic %K: the close in the range of `length` bars, averaged over `smooth`, 0 to 100 (TA-Lib STOCH).

    As TA-Lib's it starts with its %D, on bar length + smooth + signal - 3.
    """
    return Series(_stochastic(bars, length, smooth, signal)[0])


def stoch_d(bars: Bars, length: int = 14, smooth: int = 3, signal: int = 3) -> Series:
    """Stochastic %D: the simple average of %K over `signal` bars, 0 to 100 (TA-Lib STOCH)."""
    return Series(_stochastic(bars, length, smooth, signal)[1])


def stoch_fast_k(bars: Bars, length: int = 14, signal: int = 3) -> Series:
    """Fast %K: the close in the range of `length` bars, 0 to 100; starts with its %D (TA-Lib STOCHF)."""
    return Series(_stochastic(bars, length, 1, signal)[0])


def stoch_fast_d(bars: Bars, length: int = 14, signal: int = 3) -> Series:
    """Fast %D: the simple average of fast %K over `signal` bars, 0 to 100 (TA-Lib STOCHF)."""
    return Series(_stochastic(bars, length, 1, signal)[1])


def williams_r(bars: Bars, length: int = 14) -> Series:
    """Williams %R, -100 (at the low of `length` bars) to 0 (at the high) (TA-Lib WILLR)."""
    return Series(talib("WILLR", *_prices(bars), timeperiod=bars_in(length, 2)))


def cci(bars: Bars, length: int = 14) -> Series:
    """Commodity channel index of the typical price (TA-Lib CCI)."""
    return Series(talib("CCI", *_prices(bars), timeperiod=bars_in(length, 2)))


def ultimate(bars: Bars, short: int = 7, medium: int = 14, long: int = 28) -> Series:
    """Ultimate oscillator, 0 to 100; first value on the bar of the longest length (TA-Lib ULTOSC)."""
    return Series(
        talib(
            "ULTOSC",
            *_prices(bars),
            timeperiod1=bars_in(short, name="short"),
            timeperiod2=bars_in(medium, name="medium"),
            timeperiod3=bars_in(long, name="long"),
        )
    )


def bop(bars: Bars) -> Series:
    """Balance of power, (close - open) / (high - low), -1 to 1; 0 for a bar without range (TA-Lib BOP)."""
    return Series(talib("BOP", bars.open.values, *_prices(bars)))


def awesome(bars: Bars, fast: int = 5, slow: int = 34) -> Series:
    """Awesome oscillator: SMA(fast) minus SMA(slow) of the median price (Williams 1998)."""
    middle = (bars.high + bars.low) / 2
    return sma(middle, bars_in(fast, name="fast")) - sma(middle, bars_in(slow, name="slow"))


def accelerator(bars: Bars, fast: int = 5, slow: int = 34, signal: int = 5) -> Series:
    """The awesome oscillator minus its simple average over `signal` bars (Williams 1998)."""
    oscillator = awesome(bars, fast, slow)
    return oscillator - sma(oscillator, bars_in(signal, name="signal"))


def demarker(bars: Bars, length: int = 14) -> Series:
    """DeMarker: rising highs over rising highs plus falling lows, 0 to 1; NaN where neither moved (MetaTrader)."""
    n = bars_in(length)
    up = np.maximum(bars.high.values - ago(bars.high.values, 1), 0)
    down = np.maximum(ago(bars.low.values, 1) - bars.low.values, 0)
    rises, falls = talib_window("SMA", up, n), talib_window("SMA", down, n)
    return Series(ratio(rises, rises + falls))


def bull_power(bars: Bars, length: int = 13) -> Series:
    """The high minus EMA(close, length) (Elder 1993)."""
    return bars.high - ema(bars.close, length)


def bear_power(bars: Bars, length: int = 13) -> Series:
    """The low minus EMA(close, length) (Elder 1993)."""
    return bars.low - ema(bars.close, length)


def _prices(bars: Bars) -> tuple[FloatArray, FloatArray, FloatArray]:
    return bars.high.values, bars.low.values, bars.close.values


def _stochastic(bars: Bars, length: int, smooth: int, signal: int) -> tuple[FloatArray, ...]:
    lines = talib_all(
        "STOCH",
        *_prices(bars),
        fastk_period=bars_in(length),
        slowk_period=bars_in(smooth, name="smooth"),
        slowd_period=bars_in(signal, name="signal"),
    )
    return tuple(np.round(line, 9) for line in lines)  # running sums leave dust where there is nothing
