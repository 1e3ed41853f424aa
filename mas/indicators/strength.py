"""More oscillators of whole bars: momentum inside the bars, smoothed stochastics, directional movement by itself."""

from __future__ import annotations

import numpy as np

from mas.bars import Bars
from mas.indicators.talib_bridge import talib, talib_all
from mas.indicators.windows import bars_in, ratio, talib_window, values_of
from mas.series import FloatArray, Series


def intraday_momentum(bars: Bars, length: int = 14) -> Series:
    """Intraday momentum index: the share of rising bodies in all bodies of `length` bars, 0 to 100 (TA-Lib IMI)."""
    return Series(talib("IMI", bars.open.values, bars.close.values, timeperiod=bars_in(length, 2)))


def qstick(bars: Bars, length: int = 10) -> Series:
    """The mean of close minus open over `length` bars (TA-Lib QSTICK)."""
    return Series(talib_window("SMA", (bars.close - bars.open).values, bars_in(length)))


def smi(bars: Bars, length: int = 13, slow: int = 25, fast: int = 2, signal: int = 9) -> Series:
    """Stochastic momentum index: distance from the middle of the range, double-smoothed, -100 to 100 (TA-Lib SMI).

    As TA-Lib's it starts with its signal line.
    """
    return Series(_smi(bars, length, slow, fast, signal)[0])


def smi_signal(bars: Bars, length: int = 13, slow: int = 25, fast: int = 2, signal: int = 9) -> Series:
    """The EMA of the stochastic momentum index over `signal` bars (TA-Lib SMI)."""
    return Series(_smi(bars, length, slow, fast, signal)[1])


def kdj_k(bars: Bars, length: int = 9, smooth: int = 3, signal: int = 3) -> Series:
    """KDJ's %K: the fast stochastic, Wilder-smoothed over `smooth` bars (TA-Lib KDJ)."""
    return Series(_kdj(bars, length, smooth, signal)[0])


def kdj_d(bars: Bars, length: int = 9, smooth: int = 3, signal: int = 3) -> Series:
    """KDJ's %D: its %K, Wilder-smoothed over `signal` bars (TA-Lib KDJ)."""
    return Series(_kdj(bars, length, smooth, signal)[1])


def kdj_j(bars: Bars, length: int = 9, smooth: int = 3, signal: int = 3) -> Series:
    """KDJ's %J: 3 * %K - 2 * %D, which may leave 0 to 100 (TA-Lib KDJ)."""
    return Series(_kdj(bars, length, smooth, signal)[2])


def vigor(bars: Bars, length: int = 10) -> Series:
    """Relative vigor index: close - open over high - low, each weighted 1, 2, 2, 1 and summed (MetaTrader's iRVI)."""
    n = bars_in(length)
    moves, spans = (talib_window("SUM", _weighted(x), n) for x in (bars.close - bars.open, bars.high - bars.low))
    return Series(ratio(moves, spans))


def vigor_signal(bars: Bars, length: int = 10) -> Series:
    """The relative vigor index weighted 1, 2, 2, 1 over four bars (MetaTrader's iRVI)."""
    return Series(_weighted(vigor(bars, length)) / 6)


def plus_dm(bars: Bars, length: int = 14) -> Series:
    """Upward movement, Wilder-summed over `length` bars; first value on bar length - 1 (TA-Lib PLUS_DM)."""
    return Series(talib("PLUS_DM", bars.high.values, bars.low.values, timeperiod=bars_in(length, 2)))


def minus_dm(bars: Bars, length: int = 14) -> Series:
    """Downward movement, Wilder-summed over `length` bars; first value on bar length - 1 (TA-Lib MINUS_DM)."""
    return Series(talib("MINUS_DM", bars.high.values, bars.low.values, timeperiod=bars_in(length, 2)))


def vhf(source: Series, length: int = 28) -> Series:
    """Vertical horizontal filter: range of the last `length` values over the sum of their moves (TA-Lib VHF)."""
    return Series(talib("VHF", values_of(source), timeperiod=bars_in(length, 2)))


def cmo_sums(source: Series, length: int = 14) -> Series:
    """Chande's momentum oscillator with plain sums, as he wrote it, -100 to 100 (TA-Lib CMOU)."""
    return Series(talib("CMOU", values_of(source), timeperiod=bars_in(length, 2)))


def _weighted(values: Series) -> FloatArray:
    """Four bars, the middle two counting twice; not divided."""
    return (values + values[1] * 2 + values[2] * 2 + values[3]).values


def _smi(bars: Bars, length: int, slow: int, fast: int, signal: int) -> tuple[FloatArray, ...]:
    return talib_all(
        "SMI",
        *_prices(bars),
        timeperiod=bars_in(length, 2),
        slowperiod=bars_in(slow, 2, "slow"),
        fastperiod=bars_in(fast, 2, "fast"),
        signalperiod=bars_in(signal, 2, "signal"),
    )


def _kdj(bars: Bars, length: int, smooth: int, signal: int) -> tuple[FloatArray, ...]:
    wilder = 13
    lines = talib_all(
        "KDJ",
        *_prices(bars),
        fastk_period=bars_in(length),
        slowk_period=bars_in(smooth, name="smooth"),
        slowk_matype=wilder,
        slowd_period=bars_in(signal, name="signal"),
        slowd_matype=wilder,
    )
    return tuple(np.round(line, 9) for line in lines)


def _prices(bars: Bars) -> tuple[FloatArray, FloatArray, FloatArray]:
    return bars.high.values, bars.low.values, bars.close.values
