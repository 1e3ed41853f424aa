"""Averages, statistics and looks over time (rule 21), as plain loops over lists. None: not available (rule 2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt
from typing import Any

from .bars import History, above, at_most, below

Values = list[float | None]


def each(function: Callable[..., float | None], *series: Sequence[float | None]) -> Values:
    """`function` bar by bar; not available where any operand is not."""
    return [None if any(v is None for v in row) else function(*row) for row in zip(*series, strict=True)]


def windows(values: Values, length: int, function: Callable[[list[float]], float | None]) -> Values:
    """`function` of the last `length` values, this one included."""
    result: Values = []
    for i in range(len(values)):
        part = values[max(0, i - length + 1) : i + 1]
        result.append(function(part) if len(part) == length and None not in part else None)  # type: ignore[arg-type]
    return result


def past(values: Values, n: int) -> Values:
    return [values[i - n] if i >= n else None for i in range(len(values))]


def smoothed(values: Values, length: int, weight: float) -> Values:
    """Exponential smoothing that starts with the simple average of the first `length` values."""
    result: Values = []
    state: float | None = None
    seen: list[float] = []
    for value in values:
        if value is None:
            result.append(None)
            continue
        if state is None:
            seen.append(value)
            if len(seen) == length:
                state = sum(seen) / length
        else:
            state = state + weight * (value - state)
        result.append(state)
    return result


def ratio(a: float, b: float, scale: float = 100.0, otherwise: float = 0.0) -> float:
    return scale * a / b if abs(b) > 1e-14 else otherwise


# --------------------------------------------------------------- averages


def sma(x: Values, length: int) -> Values:
    return windows(x, length, lambda w: sum(w) / length)


def ema(x: Values, length: int) -> Values:
    return smoothed(x, length, 2 / (length + 1))


def smma(x: Values, length: int) -> Values:
    """Wilder's average."""
    return smoothed(x, length, 1 / length)


def wma(x: Values, length: int) -> Values:
    total = length * (length + 1) / 2
    return windows(x, length, lambda w: sum((k + 1) * v for k, v in enumerate(w)) / total)


def dema(x: Values, length: int) -> Values:
    one = ema(x, length)
    return each(lambda a, b: 2 * a - b, one, ema(one, length))


def tema(x: Values, length: int) -> Values:
    one = ema(x, length)
    two = ema(one, length)
    return each(lambda a, b, c: 3 * a - 3 * b + c, one, two, ema(two, length))


def trima(x: Values, length: int) -> Values:
    """Weights that rise to the middle and fall again."""
    weights = [min(k + 1, length - k) for k in range(length)]
    return windows(x, length, lambda w: sum(a * b for a, b in zip(weights, w, strict=True)) / sum(weights))


def hma(x: Values, length: int) -> Values:
    """Hull: WMA(2*WMA(n/2) - WMA(n), sqrt(n)), the parts rounded down."""
    fast, slow = wma(x, length // 2), wma(x, length)
    return wma(each(lambda a, b: 2 * a - b, fast, slow), int(sqrt(length)))


def vwma(bars: History, length: int = 20) -> Values:
    money = [c * v for c, v in zip(bars.close, bars.volume, strict=True)]
    return each(lambda a, b: a / b if b else None, total(money, length), total(list(bars.volume), length))


def linreg(x: Values, length: int = 14) -> Values:
    """The end point of the least-squares line through the last values."""

    def end(w: list[float]) -> float:
        mean_t, mean_x = (length - 1) / 2, sum(w) / length
        slope = sum((k - mean_t) * v for k, v in enumerate(w)) / sum((k - mean_t) ** 2 for k in range(length))
        return mean_x + slope * (length - 1 - mean_t)

    return windows(x, length, end)


def stdev(x: Values, length: int = 20) -> Values:
    """Population standard deviation, as TA-Lib."""

    def deviation(w: list[float]) -> float:
        mean = sum(w) / length
        return sqrt(sum((v - mean) ** 2 for v in w) / length)

    return windows(x, length, deviation)


def highest(x: Values, length: int) -> Values:
    return windows(x, length, max)


def lowest(x: Values, length: int) -> Values:
    return windows(x, length, min)


def total(x: Values, length: int) -> Values:
    return windows(x, length, sum)


def median(x: Values, length: int) -> Values:
    def middle(w: list[float]) -> float:
        ranked = sorted(w)
        return (ranked[(length - 1) // 2] + ranked[length // 2]) / 2

    return windows(x, length, middle)


def midpoint(x: Values, length: int = 14) -> Values:
    return windows(x, length, lambda w: (max(w) + min(w)) / 2)


def zscore(x: Values, length: int = 20) -> Values:
    return each(lambda v, m, s: (v - m) / s if s > 1e-12 else None, x, sma(x, length), stdev(x, length))


def percent_rank(x: Values, length: int = 100) -> Values:
    return windows(x, length + 1, lambda w: 100 * sum(at_most(v, w[-1]) for v in w[:-1]) / length)


def kama(x: Values, length: int) -> Values:
    """Kaufman, as TA-Lib: starts from the value before; smoothing between 2 and 30 bars by the efficiency ratio."""
    result: Values = [None] * len(x)
    first = next((i for i, v in enumerate(x) if v is not None), len(x))
    state: float | None = None
    for i in range(first + length, len(x)):
        travel = sum(abs(b - a) for a, b in pairwise(x[i - length : i + 1]))  # type: ignore[operator]
        net = abs(x[i] - x[i - length])  # type: ignore[operator]
        efficiency = 1.0 if travel <= net else net / travel
        weight = (efficiency * (2 / 3 - 2 / 31) + 2 / 31) ** 2
        state = x[i - 1] if state is None else state
        state = state + weight * (x[i] - state)  # type: ignore[operator]
        result[i] = state
    return result


# ------------------------------------------------------ over time, conditions


def change(x: Values, n: int = 1) -> Values:
    return each(lambda a, b: a - b, x, past(x, n))


def percent_change(x: Values, n: int = 1) -> Values:
    """A ratio: 0.02 is 2 %."""
    return each(lambda a, b: ratio(a - b, b, 1.0), x, past(x, n))


def rising(x: Values, n: int = 1) -> list[Any]:
    """Each of the last n steps goes up; one that does not is enough to know that they do not."""
    return _all_of_last(n, each(above, x, past(x, 1)))


def falling(x: Values, n: int = 1) -> list[Any]:
    return _all_of_last(n, each(below, x, past(x, 1)))


def _all_of_last(n: int, steps: list[Any]) -> list[Any]:
    result: list[Any] = []
    for i in range(len(steps)):
        part = steps[max(0, i - n + 1) : i + 1]
        result.append(False if False in part else None if None in part or len(part) < n else True)
    return result


def turns_up(x: Values) -> list[Any]:
    return _turns(rising(x))


def turns_down(x: Values) -> list[Any]:
    return _turns(falling(x))


def _turns(going: list[Any]) -> list[Any]:
    """Goes on this bar and did not on the bar before; false as soon as it does not go."""
    return [False if now is False else None if None in (now, before) else not before
            for now, before in zip(going, past(going, 1), strict=True)]  # fmt: skip


def count(condition: list[Any], length: int) -> Values:
    return windows(condition, length, lambda w: float(sum(map(bool, w))))


def bars_since(condition: list[Any]) -> Values:
    result: Values = []
    for i, value in enumerate(condition):
        before = result[i - 1] if i else None
        result.append(0.0 if value else None if before is None else before + 1)
    return result


def value_when(condition: list[Any], x: Values) -> Values:
    result: Values = []
    for i, value in enumerate(condition):
        result.append(x[i] if value else result[i - 1] if i else None)
    return result


def absolute(x: Values) -> Values:
    return each(abs, x)


def smaller(x: Values, y: Values) -> Values:
    return each(min, x, y)


def larger(x: Values, y: Values) -> Values:
    return each(max, x, y)
