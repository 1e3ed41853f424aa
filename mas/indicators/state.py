"""What keeps a state from bar to bar: sequences, latches, remembered values, ratchets.

Each is one expression over whole arrays that says what a loop over the bars in time order would say. Where a
condition is unknown it counts as not true; only a sequence, which keeps nothing, is unknown where its parts are.
"""

from __future__ import annotations

import numpy as np

from mas.errors import ParameterError
from mas.indicators.events import value_when
from mas.indicators.windows import values_of
from mas.series import BoolArray, Condition, FloatArray, Series, within_bars


def then_within(first: Condition, bars: int, second: Condition) -> Condition:
    """True where `second` is, and `first` was on one of the last `bars` bars before this one."""
    return _condition(second) & within_bars(_condition(first), bars)[1]


def latch(begins: Condition, ends: Condition) -> Condition:
    """On from a bar on which `begins` is true until one on which `ends` is, that bar excluded; off before the first.

    Where both are true it is off. Never unknown.
    """
    on, off = _condition(begins).true, _condition(ends).true
    _same_length(len(on), len(off))
    latest = _latest(on | off)
    return Condition((latest >= 0) & (on & ~off)[latest])


def remember(values: Series, when: Condition) -> Series:
    """The value on the last bar on which the condition was true; NaN before the first, or where it was NaN there."""
    return value_when(when, values)


def ratchet_up(values: Series, until: Condition | None = None) -> Series:
    """The highest value so far; begins anew with a bar's value where `until` is true. NaN before the first value.

    A bar without a value changes nothing, whatever `until` says there.
    """
    return Series(_ratchet(values_of(values), until))


def ratchet_down(values: Series, until: Condition | None = None) -> Series:
    """The lowest value so far; begins anew with a bar's value where `until` is true. NaN before the first value."""
    return Series(-_ratchet(-values_of(values), until))


def running_highest(values: FloatArray, begins: BoolArray) -> FloatArray:
    """The highest value since the last bar marked as a beginning, NaN before any; NaNs inside are passed over.

    Args: values, begins: shape (bars,). The values are replaced by their ranks, and each stretch lifts its ranks above
    all of the one before, so that one running maximum serves all stretches.
    """
    known = ~np.isnan(values)
    ladder, rank = np.unique(values[known], return_inverse=True)
    step = len(ladder) + 1
    height = np.cumsum(begins) * step
    height[known] += rank + 1
    top = np.maximum.accumulate(height) % step
    result: FloatArray = np.append(np.nan, ladder)[top]
    return np.where(np.maximum.accumulate(begins), result, np.nan)


def _ratchet(values: FloatArray, until: Condition | None) -> FloatArray:
    known = ~np.isnan(values)
    begins = known & (np.cumsum(known) == 1)
    if until is not None:
        _same_length(len(values), len(_condition(until)))
        begins |= known & until.true
    return running_highest(values, begins)


def _latest(truth: BoolArray) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """For each bar the last one, this one included, that is marked; -1 before the first."""
    latest: np.ndarray[tuple[int], np.dtype[np.intp]] = np.maximum.accumulate(
        np.where(truth, np.arange(len(truth)), -1)
    )
    return latest


def _condition(condition: Condition) -> Condition:
    if not isinstance(condition, Condition):
        raise ParameterError(f"this takes a condition such as close > open, not {type(condition).__name__}")
    return condition


def _same_length(a: int, b: int) -> None:
    if a != b:
        raise ParameterError(f"{a} and {b} bars do not go together: align the other timeframe first")
