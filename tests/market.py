"""Random but repeatable bars, and ways to call any registry entry on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import mas.indicators
from mas.bars import Bars
from mas.series import Condition, FloatArray, Series
from mas.timeframes import TIMEFRAMES
from nl2strat.language.functions import Function

MONDAY = 1_262_563_200
"""2010-01-04 00:00."""


def random_bars(count: int, seed: int = 0, timeframe: str = "H1", **fields: Any) -> Bars:
    """A random walk of EURUSD from Monday midnight on, without gaps, rounded to five digits."""
    random = np.random.default_rng(seed)
    close = np.round(1.1 + random.normal(0, 5e-4, count).cumsum(), 5)
    open_ = np.concatenate(([1.1], close[:-1]))[:count]
    high = np.round(np.maximum(open_, close) + random.exponential(3e-4, count), 5)
    low = np.round(np.minimum(open_, close) - random.exponential(3e-4, count), 5)
    time = MONDAY + np.arange(count) * TIMEFRAMES[timeframe]
    volume = random.integers(1, 500, count).astype(float)
    return Bars.from_arrays("EURUSD", timeframe, time, open_, high, low, close, volume, **fields)


def default_numbers(entry: Function) -> list[float]:
    """The entry's numeric defaults; 7 where there is none."""
    return [7 if p.default is None else float(p.default) for p in entry.numbers]


def call(entry: Function, bars: Bars, numbers: Sequence[float] | None = None) -> Series | Condition:
    """The entry's function as generated code calls it; series arguments are close and open."""
    given = list(default_numbers(entry) if numbers is None else numbers)
    function = getattr(mas.indicators, entry.name)
    result: Series | Condition
    if entry.form == "bars":
        times = iter(("08:00", "16:00"))
        others = [next(times) if p.kind == "clock" else bars.close for p in entry.params if not p.is_number]
        result = function(bars, *others, *given)
    elif entry.form == "oscillator":
        result = function(bars.close, *given)
    else:
        series, rest = [bars.close, bars.open], given[:]
        arguments: list[Any] = []
        for param in entry.params:
            source = rest if param.is_number else series if param.kind == "series" else [bars.close > bars.open]
            arguments.append(source.pop(0))
        result = function(*arguments)
    return result


def as_numbers(result: Series | Condition) -> FloatArray:
    """The values; for a condition 1, 0 and NaN for true, false and unknown."""
    if isinstance(result, Series):
        return result.values
    return np.where(result.true, 1.0, np.where(result.false, 0.0, np.nan))
