"""When something last happened and how often, and the calendar of decisions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mas.bars import Bars
from mas.errors import ParameterError
from mas.indicators.windows import bars_in, talib_window, values_of
from mas.series import Condition, Series


def bars_since(condition: Condition) -> Series:
    """How many bars ago the condition was last true: 0 on such a bar, NaN before the first."""
    latest = _latest(condition)
    return Series(np.where(latest >= 0, np.arange(len(latest)) - latest, np.nan))


def count(condition: Condition, length: int) -> Series:
    """On how many of the last `length` bars the condition was true; NaN where it is unknown on one of them."""
    _latest(condition)
    hits = np.where(condition.unknown, np.nan, condition.true)
    return Series(talib_window("SUM", hits, bars_in(length)))


def value_when(condition: Condition, source: Series) -> Series:
    """The value of the series on the last bar on which the condition was true, NaN before the first."""
    values, latest = values_of(source), _latest(condition)
    if len(values) != len(latest):
        raise ParameterError(
            f"{len(latest)} and {len(values)} bars do not go together: align the other timeframe first"
        )
    return Series(np.where(latest >= 0, values[latest], np.nan))


def hour(bars: Bars) -> Series:
    """The hour of the decision time by the data's clock, 0 to 23."""
    return Series(bars.decision_time % 86_400 // 3_600)


def day_of_month(bars: Bars) -> Series:
    """The day of the decision time by the data's clock, 1 to 31."""
    days = bars.decision_time.astype("datetime64[s]").astype("datetime64[D]")
    return Series((days - days.astype("datetime64[M]")).astype(np.int64) + 1)


def month(bars: Bars) -> Series:
    """The month of the decision time by the data's clock, 1 to 12."""
    return Series(bars.decision_time.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12 + 1)


def _latest(condition: Condition) -> NDArray[np.intp]:
    """For each bar the last bar, this one included, on which the condition was true; -1 before the first."""
    if not isinstance(condition, Condition):
        raise ParameterError(f"this takes a condition such as close > open, not {type(condition).__name__}")
    return np.maximum.accumulate(np.where(condition.true, np.arange(len(condition)), -1))
