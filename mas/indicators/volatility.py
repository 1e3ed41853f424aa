"""How wide bars are, and what is drawn from that: squeezes and stops that trail at a distance."""

from __future__ import annotations

import numpy as np

from mas.bars import Bars
from mas.indicators.bands import atr, bb_lower, bb_upper, kc_lower, kc_upper
from mas.indicators.talib_bridge import talib
from mas.indicators.windows import bars_in, number_in, ratio, talib_window, values_of
from mas.series import Condition, FloatArray, Series


def average_range(bars: Bars, length: int = 14) -> Series:
    """The mean of high minus low over `length` bars (TA-Lib ADR)."""
    return Series(talib_window("SMA", (bars.high - bars.low).values, bars_in(length)))


def average_body(bars: Bars, length: int = 14) -> Series:
    """The mean distance between open and close over `length` bars."""
    return Series(talib_window("SMA", abs(bars.close - bars.open).values, bars_in(length)))


def chaikin_volatility(bars: Bars, length: int = 10, change: int = 10) -> Series:
    """Change over `change` bars, in percent, of the EMA of high minus low (TA-Lib CVI)."""
    n, back = bars_in(length, 2), bars_in(change, name="change")
    return Series(talib("CVI", bars.high.values, bars.low.values, timeperiod=n, rocperiod=back))


def mass_index(bars: Bars, length: int = 9, window: int = 25) -> Series:
    """Sum over `window` bars of the EMA of high minus low over the EMA of that EMA (TA-Lib MASSI)."""
    fast, slow = bars_in(length, 2), bars_in(window, 2, "window")
    return Series(talib("MASSI", bars.high.values, bars.low.values, fastperiod=fast, slowperiod=slow))


def relative_volatility(source: Series, length: int = 14, deviation: int = 10) -> Series:
    """Dorsey's relative volatility: an RSI of standard deviations over `deviation` bars, 0 to 100 (TA-Lib RVI)."""
    n, window = bars_in(length, 2), bars_in(deviation, 2, "deviation")
    return Series(talib("RVI", values_of(source), timeperiod=n, stddevperiod=window))


def ulcer_index(source: Series, length: int = 14) -> Series:
    """Root mean square of how far, in percent, each of `length` values lay below the highest of its own `length`.

    First value on bar 2 * (length - 1). Source: P. Martin and B. McCann, The Investor's Guide to Fidelity Funds (1989).
    """
    n, values = bars_in(length), values_of(source)
    highest = talib_window("MAX", values, n)
    fall = 100 * ratio(values - highest, highest)
    return Series(np.sqrt(talib_window("SMA", fall * fall, n)))


def bb_squeeze(bars: Bars, length: int = 20, deviations: float = 2, multiplier: float = 1.5) -> Condition:
    """True where the Bollinger bands lie inside the Keltner channel of the same length (J. Carter)."""
    upper = bb_upper(bars.close, length, deviations) < kc_upper(bars, length, multiplier)
    return upper & (bb_lower(bars.close, length, deviations) > kc_lower(bars, length, multiplier))


def atr_stop(bars: Bars, length: int = 10, multiplier: float = 1) -> Series:
    """A stop line `multiplier` times ATR(length) from the close, below it while it holds and above it after a break.

    It only moves towards the price and changes sides when a close passes it (the line of the UT Bot).
    """
    return Series(_atr_stop(bars, length, multiplier))


def atr_stop_direction(bars: Bars, length: int = 10, multiplier: float = 1) -> Series:
    """1 while the ATR stop line is below the close, -1 while it is above."""
    line = _atr_stop(bars, length, multiplier)
    return Series(np.where(np.isnan(line), np.nan, np.where(bars.close.values > line, 1.0, -1.0)))


def _atr_stop(bars: Bars, length: int, multiplier: float) -> FloatArray:
    """A recursion with branches: a plain loop. It starts below the close."""
    offsets = atr(bars, length).values * number_in(multiplier, 0, 100, "multiplier")
    start, closes = bars_in(length), bars.close.values.tolist()
    result = np.full(len(closes), np.nan)
    stop = -np.inf
    for i in range(start, len(closes)):
        close, before, offset = closes[i], closes[i - 1], offsets[i]
        if close > stop:
            stop = max(stop, close - offset) if before > stop else close - offset
        elif close < stop:
            stop = min(stop, close + offset) if before < stop else close + offset
        else:
            stop = close + offset
        result[i] = stop
    return result
