"""Indicators as MetaTrader 5 draws them: the same names and arguments as mas.indicators, MetaTrader's definitions.

    from mas.metatrader import atr, ema, rsi

What MetaTrader itself draws, and what is read off that (the ATR in percent, DX, ADXR), follows the sources of its
example indicators. Everything else is not its own and comes from mas.indicators unchanged, whatever it is built from.
Differences that decide trades: averages start from the first value, the ATR and the MACD's signal are simple averages,
the ADX smooths each bar's quotient, the stochastic divides sums, momentum is a quotient.

Where MetaTrader shows 0 while it warms up, values here are not available.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mas.bars import Bars
from mas.indicators.talib_bridge import talib_all
from mas.indicators.windows import ago, all_known, bars_in, number_in, ratio, smoothed, talib_window, values_of
from mas.series import TOLERANCE, FloatArray, Series


def __getattr__(name: str) -> Any:
    """What MetaTrader does not draw differently."""
    import mas.indicators

    return getattr(mas.indicators, name)


# ------------------------------------------------------------------ averages and what is made of them


def ema(source: Series, length: int) -> Series:
    """Exponential average, factor 2 / (length + 1), started from the first value (MODE_EMA)."""
    return Series(smoothed(values_of(source), bars_in(length)))


def dema(source: Series, length: int) -> Series:
    """2 * EMA - EMA of the EMA, the second starting `length` - 1 bars after the first (iDEMA)."""
    first, second, _ = _chain(source, length)
    return Series(2 * first - second)


def tema(source: Series, length: int) -> Series:
    """3 * EMA - 3 * EMA of the EMA + EMA of that, each starting `length` - 1 bars later (iTEMA)."""
    first, second, third = _chain(source, length)
    return Series(3 * first - 3 * second + third)


def trix(source: Series, length: int = 30) -> Series:
    """One-bar change of the triple EMA as a fraction of it, not in percent (iTriX)."""
    third = _chain(source, length)[2]
    before = ago(third, 1)
    return Series(ratio(third - before, before))


def macd(source: Series, fast: int = 12, slow: int = 26, signal: int = 9) -> Series:
    """EMA(fast) minus EMA(slow), from the first value on (iMACD)."""
    return Series(_macd(source, fast, slow, signal)[0])


def macd_signal(source: Series, fast: int = 12, slow: int = 26, signal: int = 9) -> Series:
    """The simple average of the MACD line over `signal` bars (iMACD)."""
    return Series(_macd(source, fast, slow, signal)[1])


def macd_hist(source: Series, fast: int = 12, slow: int = 26, signal: int = 9) -> Series:
    """The MACD line minus its signal line (iOsMA)."""
    return Series(_macd(source, fast, slow, signal)[2])


def bull_power(bars: Bars, length: int = 13) -> Series:
    """The high minus EMA(close, length) (iBullsPower)."""
    return bars.high - ema(bars.close, length)


def bear_power(bars: Bars, length: int = 13) -> Series:
    """The low minus EMA(close, length) (iBearsPower)."""
    return bars.low - ema(bars.close, length)


def force_index(bars: Bars, length: int = 13) -> Series:
    """Volume times the one-bar change of the simple average of the close; first value on bar `length` (iForce)."""
    average = Series(talib_window("SMA", bars.close.values, bars_in(length)))
    return (average - average[1]) * bars.volume


# ------------------------------------------------------------------ oscillators


def rsi(source: Series, length: int = 14) -> Series:
    """Wilder's RSI, 50 where nothing has moved at all (iRSI)."""
    n = bars_in(length, 2)
    step = values_of(source) - ago(source.values, 1)
    gains, losses = (smoothed(np.maximum(x, 0), 2 * n - 1, seed=n) for x in (step, -step))
    result = 100 * ratio(gains, gains + losses)
    result[(gains == 0) & (losses == 0)] = 50
    return Series(result)


def mfi(bars: Bars, length: int = 14) -> Series:
    """Money flow index, 100 where no flow was negative (iMFI)."""
    n = bars_in(length, 2)
    price = (bars.high + bars.low + bars.close) / 3
    flow = price * bars.volume
    known = ~np.isnan((flow + price[1]).values)
    rises, falls = (
        talib_window("SUM", np.where(known, np.where(moved.true, flow.values, 0), np.nan), n)
        for moved in (price > price[1], price < price[1])
    )
    return Series(np.where(falls <= TOLERANCE * rises, np.where(np.isnan(falls), np.nan, 100.0),
                           100 * ratio(rises, rises + falls)))  # fmt: skip


def stoch_k(bars: Bars, length: int = 14, smooth: int = 3, signal: int = 3) -> Series:
    """%K: close minus lowest over highest minus lowest, each summed over `smooth`; 100 without range (iStochastic).

    First value on bar length + smooth - 2: it does not wait for its %D.
    """
    return Series(_stochastic(bars, length, smooth, signal)[0])


def stoch_d(bars: Bars, length: int = 14, smooth: int = 3, signal: int = 3) -> Series:
    """%D: the simple average of %K over `signal` bars (iStochastic)."""
    return Series(_stochastic(bars, length, smooth, signal)[1])


def stoch_fast_k(bars: Bars, length: int = 14, signal: int = 3) -> Series:
    """Fast %K: %K with a slowing of 1 (iStochastic)."""
    return Series(_stochastic(bars, length, 1, signal)[0])


def stoch_fast_d(bars: Bars, length: int = 14, signal: int = 3) -> Series:
    """Fast %D: the simple average of the fast %K over `signal` bars (iStochastic)."""
    return Series(_stochastic(bars, length, 1, signal)[1])


def momentum(source: Series, length: int = 10) -> Series:
    """100 times the value over the value `length` bars ago (iMomentum)."""
    values = values_of(source)
    return Series(100 * ratio(values, ago(values, bars_in(length))))


def williams_r(bars: Bars, length: int = 14) -> Series:
    """Williams %R, which repeats its value where `length` bars have no range (iWPR)."""
    high, low = _extremes(bars, bars_in(length, 2))
    place = -100 * ratio(high - bars.close.values, high - low)
    latest = np.maximum.accumulate(np.where(np.isnan(place), -1, np.arange(len(place))))
    return Series(np.where(latest >= 0, place[latest], np.nan))


# ------------------------------------------------------------------ range and direction


def atr(bars: Bars, length: int = 14) -> Series:
    """The simple average of the true range; first value on bar `length` (iATR)."""
    return Series(talib_window("SMA", _true_range(bars), bars_in(length)))


def natr(bars: Bars, length: int = 14) -> Series:
    """The ATR in percent of the close."""
    return Series(100 * ratio(atr(bars, length).values, bars.close.values))


def plus_di(bars: Bars, length: int = 14) -> Series:
    """+DI: each bar's upward movement in percent of its true range, smoothed from 0 (iADX); from bar `length` on."""
    n = bars_in(length, 2)
    return Series(_from(_directions(bars, n)[0], n))


def minus_di(bars: Bars, length: int = 14) -> Series:
    """-DI: each bar's downward movement in percent of its true range, smoothed from 0 (iADX); from bar `length` on."""
    n = bars_in(length, 2)
    return Series(_from(_directions(bars, n)[1], n))


def dx(bars: Bars, length: int = 14) -> Series:
    """The difference of +DI and -DI in percent of their sum; from bar `length` on."""
    n = bars_in(length, 2)
    return Series(_from(_directions(bars, n)[2], n))


def adx(bars: Bars, length: int = 14) -> Series:
    """The exponential average of DX, started from 0 (iADX); from bar 2 * length - 1 on."""
    n = bars_in(length, 2)
    return Series(_from(smoothed(_directions(bars, n)[2], n), 2 * n - 1))


def adxr(bars: Bars, length: int = 14) -> Series:
    """Mean of the ADX and the ADX length - 1 bars ago; from bar 3 * length - 2 on."""
    strength = adx(bars, length)
    return (strength + strength[bars_in(length, 2) - 1]) / 2


def psar(bars: Bars, step: float = 0.02, maximum: float = 0.2) -> Series:
    """Parabolic SAR, begun as a short; first value on bar 1 (iSAR). A plain loop: it is a recursion with branches.

    The bar that is still forming shows a projection there; here every bar is a closed one.
    """
    pace, most = number_in(step, 0, 1, "step"), number_in(maximum, 0, 1, "maximum")
    highs, lows = bars.high.values.tolist(), bars.low.values.tolist()
    result = np.full(len(highs), np.nan)
    if len(highs) < 2:
        return Series(result)
    rising, speed, best, stop, turned = False, pace, lows[0], max(highs[:2]), 0
    for i in range(1, len(highs)):
        high, low = highs[i], lows[i]
        if stop > low if rising else stop < high:
            rising = not rising
            stop = min(lows[turned : i + 1]) if rising else max(highs[turned : i + 1])
            best, speed, turned = high if rising else low, pace, i
        elif high > best if rising else low < best:
            best, speed = high if rising else low, min(speed + pace, most)
        result[i] = stop
        stop += speed * (best - stop)
        stop = min(stop, low, lows[i - 1]) if rising else max(stop, high, highs[i - 1])
    return Series(result)


# ------------------------------------------------------------------ parts


def _chain(source: Series, length: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """An EMA, the EMA of it and the EMA of that, each begun `length` - 1 bars after the one before."""
    n = bars_in(length)
    first = smoothed(values_of(source), n)
    second = smoothed(np.where(all_known(first, n), first, np.nan), n)
    return first, second, smoothed(np.where(all_known(second, n), second, np.nan), n)


def _macd(source: Series, fast: int, slow: int, signal: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Line, signal, histogram."""
    line = ema(source, bars_in(fast, 2, "fast")) - ema(source, bars_in(slow, 2, "slow"))
    average = talib_window("SMA", line.values, bars_in(signal, name="signal"))
    lines = line.values, average, line.values - average
    noise = TOLERANCE * np.abs(source.values)
    for each in lines:  # what ties is equal, whatever the last bit of a float says
        each[np.abs(each) <= noise] = 0.0
    return lines


def _stochastic(bars: Bars, length: int, smooth: int, signal: int) -> tuple[FloatArray, FloatArray]:
    """%K and %D."""
    n, slowing = bars_in(length), bars_in(smooth, name="smooth")
    high, low = _extremes(bars, n)
    above, span = (talib_window("SUM", x, slowing) for x in (bars.close.values - low, high - low))
    flat = span <= TOLERANCE * bars.close.values  # running sums leave dust where there is nothing
    line = np.where(flat, 100.0, np.clip(np.round(100 * ratio(above, span), 9), 0, 100))
    line[np.isnan(span)] = np.nan
    return line, np.round(talib_window("SMA", line, bars_in(signal, name="signal")), 9)


def _directions(bars: Bars, n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """+DI, -DI and DX, all of them 0 on the first bar, from which they start."""
    up, down = bars.high - bars.high[1], bars.low[1] - bars.low
    spans = _true_range(bars)
    quotients = (np.nan_to_num(100 * ratio(np.where((x > y).true & (x > 0).true, x.values, 0), spans))
                 for x, y in ((up, down), (down, up)))  # fmt: skip
    plus, minus = (smoothed(quotient, n) for quotient in quotients)
    return plus, minus, np.nan_to_num(100 * ratio(np.abs(plus - minus), plus + minus))


def _from(values: FloatArray, bar: int) -> FloatArray:
    """The values, not available before that bar."""
    values[:bar] = np.nan
    return values


def _extremes(bars: Bars, n: int) -> tuple[FloatArray, FloatArray]:
    return talib_window("MAX", bars.high.values, n), talib_window("MIN", bars.low.values, n)


def _true_range(bars: Bars) -> FloatArray:
    return talib_all("TRANGE", bars.high.values, bars.low.values, bars.close.values)[0]
