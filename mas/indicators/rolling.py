"""Windows over any series, its changes, and arithmetic on two. Some names shadow builtins: they are the language's."""

from __future__ import annotations

import numpy as np

from mas.errors import ParameterError
from mas.indicators.talib_bridge import talib
from mas.indicators.windows import ago, all_known, bars_in, ratio, talib_window, values_of
from mas.series import Condition, FloatArray, Operand, Series, for_bars

_CHUNK = 4_000_000
"""Numbers that are sorted at a time by `median`: bounds its memory."""


def highest(source: Series, length: int) -> Series:
    """The highest of the last `length` values, this bar's included (TA-Lib MAX)."""
    return Series(talib_window("MAX", values_of(source), bars_in(length)))


def lowest(source: Series, length: int) -> Series:
    """The lowest of the last `length` values, this bar's included (TA-Lib MIN)."""
    return Series(talib_window("MIN", values_of(source), bars_in(length)))


def sum(source: Series, length: int) -> Series:
    """The sum of the last `length` values (TA-Lib SUM)."""
    return Series(talib_window("SUM", values_of(source), bars_in(length)))


def median(source: Series, length: int) -> Series:
    """The median of the last `length` values; the mean of the middle two for an even length."""
    n, values = bars_in(length), values_of(source)
    result = np.full(len(values), np.nan)
    if n > len(values):
        return Series(result)
    windows = np.lib.stride_tricks.sliding_window_view(values, n)
    low, high, step = (n - 1) // 2, n // 2, _CHUNK // n + 1
    for start in range(0, len(windows), step):
        part = np.partition(windows[start : start + step], [low, high], axis=1)
        result[n - 1 + start : n - 1 + start + len(part)] = (part[:, low] + part[:, high]) / 2
    result[~all_known(values, n)] = np.nan
    return Series(result)


def midpoint(source: Series, length: int = 14) -> Series:
    """Half way between the highest and the lowest of the last `length` values (TA-Lib MIDPOINT)."""
    return Series(talib_window("MIDPOINT", values_of(source), bars_in(length)))


def stdev(source: Series, length: int = 20) -> Series:
    """Population standard deviation of the last `length` values (TA-Lib STDDEV)."""
    return Series(talib("STDDEV", values_of(source), timeperiod=bars_in(length, 2), nbdev=1.0))


def zscore(source: Series, length: int = 20) -> Series:
    """Distance from the mean of the last `length` values in population standard deviations; NaN if there is none."""
    n = bars_in(length, 2)
    return (source - Series(talib("SMA", values_of(source), timeperiod=n))) / stdev(source, n)


def percent_rank(source: Series, length: int = 100) -> Series:
    """Share of the previous `length` values at or below this one, 0 to 100; first value on bar `length`."""
    n, values = bars_in(length), values_of(source)
    reached = np.zeros(len(values))
    for bars in range(1, n + 1 if n < len(values) else 1):
        reached += (source >= source[bars]).true  # equal as decimals counts (rule 5)
    return Series(np.where(all_known(values, n + 1), reached * (100 / n), np.nan))


def correlation(a: Series, b: Series, length: int = 30) -> Series:
    """Pearson's correlation of two series over the last `length` bars, -1 to 1 (TA-Lib CORREL)."""
    first, second = values_of(a), values_of(b)
    if len(first) != len(second):
        raise ParameterError(f"{len(first)} and {len(second)} bars do not go together: align the other timeframe first")
    return Series(np.clip(talib("CORREL", first, second, timeperiod=bars_in(length, 2)), -1, 1))


def change(source: Series, length: int = 1) -> Series:
    """The value minus the value `length` bars ago."""
    values_of(source)
    return source - source[bars_in(length)]


def percent_change(source: Series, length: int = 1) -> Series:
    """The change since `length` bars ago as a share of the value then: 0.02 is 2 %."""
    return Series(ratio(change(source, length).values, ago(values_of(source), bars_in(length))))


def rising(source: Series, length: int = 1) -> Condition:
    """True where each of the last `length` steps went up."""
    values_of(source)
    return for_bars(source > source[1], bars_in(length))


def falling(source: Series, length: int = 1) -> Condition:
    """True where each of the last `length` steps went down."""
    values_of(source)
    return for_bars(source < source[1], bars_in(length))


def turns_up(source: Series) -> Condition:
    """True where the value rose on this bar and had not risen on the bar before."""
    up = rising(source)
    return up & ~up[1]


def turns_down(source: Series) -> Condition:
    """True where the value fell on this bar and had not fallen on the bar before."""
    down = falling(source)
    return down & ~down[1]


def abs(source: Operand) -> Series | float:
    """The value without its sign."""
    return source.__abs__()


def min(a: Operand, b: Operand) -> Series | float:
    """The smaller of two values, bar by bar; not available where one is not."""
    first, second = _pair(a, b)
    smaller = np.minimum(first, second)
    return Series(smaller) if isinstance(smaller, np.ndarray) else float(smaller)


def max(a: Operand, b: Operand) -> Series | float:
    """The larger of two values, bar by bar; not available where one is not."""
    first, second = _pair(a, b)
    larger = np.maximum(first, second)
    return Series(larger) if isinstance(larger, np.ndarray) else float(larger)


def _pair(a: Operand, b: Operand) -> tuple[FloatArray | float, FloatArray | float]:
    first = a.values if isinstance(a, Series) else a
    second = b.values if isinstance(b, Series) else b
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray) and len(first) != len(second):
        raise ParameterError(f"{len(first)} and {len(second)} bars do not go together: align the other timeframe first")
    return first, second
