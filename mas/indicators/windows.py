"""Small pieces that several families are built from: arguments, windows, recursions."""

from __future__ import annotations

import numpy as np

from mas.errors import ParameterError
from mas.indicators.talib_bridge import by_runs, talib
from mas.series import BoolArray, FloatArray, Series, whole

LONGEST = 100_000
"""The longest window TA-Lib takes."""


def bars_in(length: float, low: int = 1, name: str = "length") -> int:
    """A number of bars as an int.

    Raises: ParameterError: it is not whole, or not in `low` to 100 000.
    """
    n = whole(name, length, low)
    if n > LONGEST:
        raise ParameterError(f"{name} must be at most {LONGEST}, not {n}")
    return n


def number_in(value: float, low: float, high: float, name: str) -> float:
    """A number in low..high, both included.

    Raises: ParameterError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not low <= value <= high:
        raise ParameterError(f"{name} must be a number from {low:g} to {high:g}, not {value!r}")
    return float(value)


def values_of(source: object) -> FloatArray:
    """The numbers of a series.

    Raises: ParameterError: it is not a series (bars given where `bars.close` is meant, a plain number, ...).
    """
    if not isinstance(source, Series):
        raise ParameterError(f"this indicator takes a series such as bars.close, not {type(source).__name__}")
    return source.values


def talib_window(name: str, values: FloatArray, n: int) -> FloatArray:
    """TA-Lib's one-window functions, which refuse a window of one bar: there the value is its own result."""
    return values.copy() if n == 1 else talib(name, values, timeperiod=n)


def ago(values: FloatArray, n: int) -> FloatArray:
    """The values n bars ago."""
    result = np.full(len(values), np.nan)
    if n < len(values):
        result[n:] = values[: len(values) - n]
    return result


def all_known(values: FloatArray, n: int) -> BoolArray:
    """Whether each of the last n values is available."""
    known = np.zeros(len(values), dtype=np.bool_)
    if n <= len(values):
        missing = np.concatenate(([0], np.cumsum(np.isnan(values))))
        known[n - 1 :] = missing[n:] == missing[:-n]
    return known


def ratio(a: FloatArray, b: FloatArray) -> FloatArray:
    """a / b, NaN where b is zero."""
    with np.errstate(all="ignore"):
        result: FloatArray = np.divide(a, b)
    result[~np.isfinite(result)] = np.nan
    return result


def smoothed(values: FloatArray, n: int, seed: int = 1) -> FloatArray:
    """Exponential smoothing with factor 2 / (n + 1), started from the mean of the first `seed` values.

    TA-Lib's EMA starts from the mean of n values; with n copies of our own start in front it starts from ours.
    """

    def of_a_run(run: FloatArray) -> FloatArray:
        result = np.full(len(run), np.nan)
        if len(run) >= seed:
            padded = np.concatenate((np.full(n, run[:seed].mean()), run[seed:]))
            result[seed - 1 :] = talib("EMA", padded, timeperiod=n)[n - 1 :]
        return result

    return values.copy() if n == 1 else by_runs(of_a_run, values)[0]
