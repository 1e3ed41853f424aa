"""Volatility, and the bands and channels drawn with it. Prices and distances are in the symbol's price unit."""

from __future__ import annotations

import numpy as np

from mas.bars import Bars
from mas.indicators.averages import ema
from mas.indicators.rolling import highest, lowest
from mas.indicators.talib_bridge import talib, talib_all
from mas.indicators.windows import bars_in, number_in, ratio, talib_window, values_of
from mas.series import FloatArray, Series


def bb_upper(source: Series, length: int = 20, deviations: float = 2) -> Series:
    """Simple average plus `deviations` population standard deviations (TA-Lib BBANDS)."""
    return Series(_bollinger(source, length, deviations)[0])


def bb_middle(source: Series, length: int = 20, deviations: float = 2) -> Series:
    """The simple average that the bands are drawn around (TA-Lib BBANDS)."""
    return Series(_bollinger(source, length, deviations)[1])


def bb_lower(source: Series, length: int = 20, deviations: float = 2) -> Series:
    """Simple average minus `deviations` population standard deviations (TA-Lib BBANDS)."""
    return Series(_bollinger(source, length, deviations)[2])


def bb_width(source: Series, length: int = 20, deviations: float = 2) -> Series:
    """Upper minus lower band as a share of the middle band: 0.02 is 2 %."""
    upper, middle, lower = _bollinger(source, length, deviations)
    return Series(ratio(upper - lower, middle))


def bb_percent(source: Series, length: int = 20, deviations: float = 2) -> Series:
    """%b: 0 at the lower band, 1 at the upper; NaN where the bands meet."""
    upper, _, lower = _bollinger(source, length, deviations)
    return Series(ratio(values_of(source) - lower, upper - lower))


def kc_upper(bars: Bars, length: int = 20, multiplier: float = 2) -> Series:
    """Keltner: EMA(close, length) plus `multiplier` times ATR(length); first value on bar `length`."""
    return kc_middle(bars, length) + atr(bars, length) * number_in(multiplier, 0, 100, "multiplier")


def kc_middle(bars: Bars, length: int = 20, multiplier: float = 2) -> Series:
    """Keltner: EMA(close, length); the multiplier has no part in it."""
    number_in(multiplier, 0, 100, "multiplier")
    return ema(bars.close, length)


def kc_lower(bars: Bars, length: int = 20, multiplier: float = 2) -> Series:
    """Keltner: EMA(close, length) minus `multiplier` times ATR(length); first value on bar `length`."""
    return kc_middle(bars, length) - atr(bars, length) * number_in(multiplier, 0, 100, "multiplier")


def dc_upper(bars: Bars, length: int = 20) -> Series:
    """Donchian: the highest high of the last `length` bars, this bar included."""
    return highest(bars.high, length)


def dc_middle(bars: Bars, length: int = 20) -> Series:
    """Donchian: half way between the upper and the lower channel."""
    return (dc_upper(bars, length) + dc_lower(bars, length)) / 2


def dc_lower(bars: Bars, length: int = 20) -> Series:
    """Donchian: the lowest low of the last `length` bars, this bar included."""
    return lowest(bars.low, length)


def atr(bars: Bars, length: int = 14) -> Series:
    """Average true range, Wilder-smoothed; first value on bar `length` (TA-Lib ATR)."""
    return Series(talib("ATR", *_prices(bars), timeperiod=bars_in(length)))


def natr(bars: Bars, length: int = 14) -> Series:
    """The ATR in percent of the close (TA-Lib NATR)."""
    return Series(100 * ratio(atr(bars, length).values, bars.close.values))


def true_range(bars: Bars) -> Series:
    """True range, from bar 1 on (TA-Lib TRANGE)."""
    return Series(talib("TRANGE", *_prices(bars)))


def chandelier_long(bars: Bars, length: int = 22, multiplier: float = 3) -> Series:
    """Where a long leaves: highest high of `length` bars minus `multiplier` times ATR(length) (Le Beau)."""
    return highest(bars.high, length) - atr(bars, length) * number_in(multiplier, 0, 100, "multiplier")


def chandelier_short(bars: Bars, length: int = 22, multiplier: float = 3) -> Series:
    """Where a short leaves: lowest low of `length` bars plus `multiplier` times ATR(length) (Le Beau)."""
    return lowest(bars.low, length) + atr(bars, length) * number_in(multiplier, 0, 100, "multiplier")


def choppiness(bars: Bars, length: int = 14) -> Series:
    """100 * log10(sum of true ranges / range of `length` bars) / log10(length); 100 is no progress at all (Dreiss)."""
    n = bars_in(length, 2)
    walked = talib_window("SUM", true_range(bars).values, n)
    share = ratio(walked, (dc_upper(bars, n) - dc_lower(bars, n)).values)
    with np.errstate(all="ignore"):
        # A gap before the window makes the walk longer than any path inside it: the scale still ends at 100.
        return Series(np.clip(100 * np.log10(share) / np.log10(n), 0, 100))


def _bollinger(source: Series, length: int, deviations: float) -> tuple[FloatArray, ...]:
    width = number_in(deviations, 0, 100, "deviations")
    return talib_all("BBANDS", values_of(source), timeperiod=bars_in(length, 2), nbdevup=width, nbdevdn=width)


def _prices(bars: Bars) -> tuple[FloatArray, FloatArray, FloatArray]:
    return bars.high.values, bars.low.values, bars.close.values
