"""Indicators that add volume up or weigh prices with it; NaN throughout where the data has no volume."""

from __future__ import annotations

import numpy as np

from mas.bars import Bars
from mas.indicators.averages import ema
from mas.indicators.talib_bridge import talib
from mas.indicators.windows import ago, bars_in, number_in, ratio, talib_window
from mas.series import FloatArray, Series


def obv(bars: Bars) -> Series:
    """On-balance volume, starting at the first bar's volume (TA-Lib OBV)."""
    return Series(talib("OBV", bars.close.values, bars.volume.values))


def ad(bars: Bars) -> Series:
    """Accumulation/distribution line (TA-Lib AD)."""
    return Series(talib("AD", *_columns(bars)))


def chaikin_osc(bars: Bars, fast: int = 3, slow: int = 10) -> Series:
    """Chaikin oscillator: EMA(fast) minus EMA(slow) of the accumulation/distribution line (TA-Lib ADOSC)."""
    quick, lazy = bars_in(fast, 2, "fast"), bars_in(slow, 2, "slow")
    return Series(talib("ADOSC", *_columns(bars), fastperiod=quick, slowperiod=lazy))


def cmf(bars: Bars, length: int = 20) -> Series:
    """Chaikin money flow, -1 to 1; NaN where `length` bars had no volume. A bar without range flows nowhere."""
    n = bars_in(length)
    high, low, close, volume = _columns(bars)
    place = np.nan_to_num(ratio((close - low) - (high - close), high - low))
    flow = talib_window("SUM", place * volume, n)
    return Series(np.clip(ratio(flow, talib_window("SUM", volume, n)), -1, 1))


def mfi(bars: Bars, length: int = 14) -> Series:
    """Money flow index, 0 to 100; first value on bar `length` (TA-Lib MFI)."""
    return Series(talib("MFI", *_columns(bars), timeperiod=bars_in(length, 2)))


def force_index(bars: Bars, length: int = 13) -> Series:
    """EMA over `length` bars of the close's change times volume; first value on bar `length` (Elder 1993)."""
    return ema((bars.close - bars.close[1]) * bars.volume, length)


def vwap(bars: Bars) -> Series:
    """Mean typical price since midnight of the data's clock, weighted with volume; NaN until a bar had volume.

    A bar whose volume is not available counts for nothing.
    """
    high, low, close, volume = _columns(bars)
    volume = np.nan_to_num(volume)
    paid = _of_the_day(bars, (high + low + close) / 3 * volume)
    return Series(ratio(paid, _of_the_day(bars, volume)))


def rolling_vwap(bars: Bars, length: int = 20) -> Series:
    """Mean typical price of the last `length` bars, weighted with volume; NaN where they had none."""
    n = bars_in(length)
    high, low, close, volume = _columns(bars)
    paid = talib_window("SUM", (high + low + close) / 3 * volume, n)
    return Series(ratio(paid, talib_window("SUM", volume, n)))


def vwap_upper(bars: Bars, deviations: float = 2) -> Series:
    """The day's VWAP plus `deviations` standard deviations of the typical price, weighted with volume."""
    return vwap(bars) + _spread_of_the_day(bars) * number_in(deviations, 0, 100, "deviations")


def vwap_lower(bars: Bars, deviations: float = 2) -> Series:
    """The day's VWAP minus `deviations` standard deviations of the typical price, weighted with volume."""
    return vwap(bars) - _spread_of_the_day(bars) * number_in(deviations, 0, 100, "deviations")


def relative_volume(bars: Bars, length: int = 20) -> Series:
    """Volume over the mean volume of the `length` bars before (TA-Lib RVOL)."""
    return Series(ratio(bars.volume.values, ago(talib_window("SMA", bars.volume.values, bars_in(length)), 1)))


def pvo(bars: Bars, fast: int = 12, slow: int = 26) -> Series:
    """Percentage volume oscillator: EMA(fast) minus EMA(slow) of volume in percent of EMA(slow) (TA-Lib PVO)."""
    quick, lazy = ema(bars.volume, bars_in(fast, 2, "fast")), ema(bars.volume, bars_in(slow, 2, "slow"))
    return Series(100 * ratio((quick - lazy).values, lazy.values))


def pvt(bars: Bars) -> Series:
    """Price volume trend: the running sum of volume times the close's percent change as a share (TA-Lib PVT)."""
    return Series(talib("PVT", bars.close.values, bars.volume.values))


def nvi(bars: Bars) -> Series:
    """Negative volume index: the price's way on bars with less volume than the one before, from 1000 (TA-Lib NVI)."""
    return Series(talib("NVI", bars.close.values, bars.volume.values))


def pvi(bars: Bars) -> Series:
    """Positive volume index: the price's way on bars with more volume than the one before, from 1000 (TA-Lib PVI)."""
    return Series(talib("PVI", bars.close.values, bars.volume.values))


def market_facilitation(bars: Bars) -> Series:
    """Market facilitation index: points of the bar's range per unit of volume (B. Williams; MetaTrader's iBWMFI)."""
    return Series(ratio((bars.high - bars.low).values / bars.point, bars.volume.values))


def williams_ad(bars: Bars) -> Series:
    """Williams' accumulation/distribution: running sum of the close's way from the true low or high (TA-Lib WAD)."""
    return Series(talib("WAD", bars.high.values, bars.low.values, bars.close.values))


def _spread_of_the_day(bars: Bars) -> Series:
    """Standard deviation of the day's typical prices, weighted with volume; measured from its open against rounding."""
    high, low, close, volume = _columns(bars)
    volume = np.nan_to_num(volume)
    first = np.maximum.accumulate(np.where(np.diff(bars.day, prepend=bars.day[:1] - 1), np.arange(len(bars)), 0))
    away = (high + low + close) / 3 - bars.open.values[first]
    total = _of_the_day(bars, volume)
    mean, square = (ratio(_of_the_day(bars, x * volume), total) for x in (away, away * away))
    return Series(np.sqrt(np.maximum(square - mean * mean, 0)))


def _of_the_day(bars: Bars, values: FloatArray) -> FloatArray:
    """Running sum that starts anew every day."""
    total = np.cumsum(values)
    first = np.flatnonzero(np.diff(bars.day, prepend=bars.day[:1] - 1))
    before = (total - values)[first] if len(first) else total
    return total - np.repeat(before, np.diff(first, append=len(bars)))


def _columns(bars: Bars) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    return bars.high.values, bars.low.values, bars.close.values, bars.volume.values
