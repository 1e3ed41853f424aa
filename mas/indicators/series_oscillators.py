"""Oscillators of one series, the close unless another is given."""

from __future__ import annotations

import numpy as np

from mas.indicators.averages import ema, sma, wma
from mas.indicators.talib_bridge import talib, talib_all
from mas.indicators.windows import ago, bars_in, ratio, talib_window, values_of
from mas.series import TOLERANCE, FloatArray, Series


def rsi(source: Series, length: int = 14) -> Series:
    """Relative strength index, Wilder-smoothed, 0 to 100; first value on bar `length` (TA-Lib RSI)."""
    return Series(talib("RSI", values_of(source), timeperiod=bars_in(length, 2)))


def stoch_rsi_k(source: Series, length: int = 14, window: int = 14, smooth: int = 3, signal: int = 3) -> Series:
    """Where the RSI stands in its range of `window` bars, averaged over `smooth`, 0 to 100."""
    return Series(_stoch_rsi(source, length, window, smooth, signal)[0])


def stoch_rsi_d(source: Series, length: int = 14, window: int = 14, smooth: int = 3, signal: int = 3) -> Series:
    """The simple average of the stochastic RSI %K over `signal` bars, 0 to 100."""
    return Series(_stoch_rsi(source, length, window, smooth, signal)[1])


def macd(source: Series, fast: int = 12, slow: int = 26, signal: int = 9) -> Series:
    """EMA(fast) minus EMA(slow); first value on bar slow + signal - 2, where its signal line starts (TA-Lib MACD)."""
    return Series(_macd(source, fast, slow, signal)[0])


def macd_signal(source: Series, fast: int = 12, slow: int = 26, signal: int = 9) -> Series:
    """The EMA of the MACD line over `signal` bars (TA-Lib MACD)."""
    return Series(_macd(source, fast, slow, signal)[1])


def macd_hist(source: Series, fast: int = 12, slow: int = 26, signal: int = 9) -> Series:
    """The MACD line minus its signal line (TA-Lib MACD)."""
    return Series(_macd(source, fast, slow, signal)[2])


def roc(source: Series, length: int = 10) -> Series:
    """Rate of change: percent gained since `length` bars ago (TA-Lib ROC)."""
    return Series(talib("ROC", values_of(source), timeperiod=bars_in(length)))


def momentum(source: Series, length: int = 10) -> Series:
    """The value minus the value `length` bars ago (TA-Lib MOM)."""
    values_of(source)
    return source - source[bars_in(length)]


def trix(source: Series, length: int = 30) -> Series:
    """One-bar change of a triple EMA in percent; first value on bar 3 * (length - 1) + 1 (TA-Lib TRIX)."""
    return Series(talib("TRIX", values_of(source), timeperiod=bars_in(length)))


def cmo(source: Series, length: int = 14) -> Series:
    """Chande momentum oscillator, Wilder-smoothed as in TA-Lib, -100 to 100 (TA-Lib CMO)."""
    return Series(talib("CMO", values_of(source), timeperiod=bars_in(length, 2)))


def ppo(source: Series, fast: int = 12, slow: int = 26) -> Series:
    """EMA(fast) minus EMA(slow) in percent of EMA(slow) (TA-Lib PPO with exponential averages)."""
    return 100 * (apo(source, fast, slow) / ema(source, slow))


def apo(source: Series, fast: int = 12, slow: int = 26) -> Series:
    """EMA(fast) minus EMA(slow) (TA-Lib APO with exponential averages)."""
    return ema(source, bars_in(fast, 2, "fast")) - ema(source, bars_in(slow, 2, "slow"))


def tsi(source: Series, slow: int = 25, fast: int = 13) -> Series:
    """True strength index: double-smoothed change over double-smoothed size of change, -100 to 100 (Blau 1991)."""
    first, second = bars_in(slow, name="slow"), bars_in(fast, name="fast")
    step = values_of(source) - ago(source.values, 1)
    net, size = (talib_window("EMA", talib_window("EMA", x, first), second) for x in (step, np.abs(step)))
    return Series(np.clip(100 * ratio(net, size), -100, 100))


def dpo(source: Series, length: int = 20) -> Series:
    """The value minus the simple average as it was length / 2 + 1 bars ago; nothing is shifted back in time."""
    n = bars_in(length)
    return source - sma(source, n)[n // 2 + 1]


def coppock(source: Series, long: int = 14, short: int = 11, length: int = 10) -> Series:
    """Weighted average over `length` bars of two rates of change added up (Coppock 1962)."""
    return wma(roc(source, bars_in(long, name="long")) + roc(source, bars_in(short, name="short")), length)


def _stoch_rsi(source: Series, length: int, window: int, smooth: int, signal: int) -> tuple[FloatArray, ...]:
    strength = np.round(rsi(source, length).values, 9)  # an RSI that stands still differs in its last bits only
    lines = talib_all(
        "STOCH",
        strength,
        strength,
        strength,
        fastk_period=bars_in(window, name="window"),
        slowk_period=bars_in(smooth, name="smooth"),
        slowd_period=bars_in(signal, name="signal"),
    )
    return tuple(np.clip(np.round(line, 9), 0, 100) for line in lines)  # running sums leave dust where there is nothing


def _macd(source: Series, fast: int, slow: int, signal: int) -> tuple[FloatArray, ...]:
    """Line, signal, histogram. TA-Lib swaps a fast length that is the slower; turning the sign undoes it."""
    values = values_of(source)
    quick, lazy = bars_in(fast, 2, "fast"), bars_in(slow, 2, "slow")
    lines = talib_all(
        "MACD", values, fastperiod=quick, slowperiod=lazy, signalperiod=bars_in(signal, name="signal")
    )  # fmt: skip
    noise = TOLERANCE * np.abs(values)
    for line in lines:  # averages that tie are equal, whatever the last bit of a float says
        line[np.abs(line) <= noise] = 0.0
    return tuple(-line for line in lines) if quick > lazy else lines
