"""Single figures that several reports share: each defined here once. One that is not defined is None, never NaN."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mas.dataclass import dataclass
from mas.metric_table import Value

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Fall:
    """How far a curve fell from a high to a later low."""

    money: float
    """The largest fall in money (MetaTrader: maximal)."""
    money_percent: float
    """That fall in percent of the high it fell from."""
    percent: float
    """The largest fall in percent of its high (MetaTrader: relative); it can be another episode."""
    percent_money: float
    """That fall in money."""


def largest_fall(curve: Floats) -> Fall:
    """The deepest falls of a curve, shape (n,), n at least 1, that begins with the deposit."""
    peak = np.maximum.accumulate(curve)
    fall = peak - curve
    share = fall / peak
    in_money, in_percent = int(fall.argmax()), int(share.argmax())
    return Fall(
        float(fall[in_money]), 100 * float(share[in_money]), 100 * float(share[in_percent]), float(fall[in_percent])
    )


def z_score(wins: Flags) -> float | None:
    """Whether wins and losses cluster (below 0) or alternate (above 0) more than chance explains.

    Source: MetaTrader: (N (R - 0.5) - P) / sqrt(P (P - N) / (N - 1)), P = 2 x wins x losses, R = runs, N = trades.
    """
    count, won = len(wins), int(wins.sum())
    product = 2 * won * (count - won)
    if count < 2 or product <= count:
        return None
    runs = 1 + int((np.diff(wins) != 0).sum())
    return (count * (runs - 0.5) - product) / math.sqrt(product * (product - count) / (count - 1))


def line_correlation(balance: Floats) -> float | None:
    """Pearson correlation of the balance with the number of the trade; None for a constant."""
    return correlation(balance, np.arange(len(balance), dtype=np.float64)) if len(balance) > 2 else None


def correlation(one: Floats, other: Floats) -> float | None:
    """Pearson correlation; None for fewer than two points or a constant."""
    if len(one) < 2 or float(np.ptp(one)) == 0 or float(np.ptp(other)) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def growth_per_trade(balance: Floats) -> tuple[float | None, float | None]:
    """AHPR and GHPR of the balances before and after every trade: the mean and the geometric mean of after / before.

    None without trades, and where the balance fell to 0 or below.
    """
    if len(balance) < 2 or balance.min() <= 0:
        return None, None
    return float((balance[1:] / balance[:-1]).mean()), float((balance[-1] / balance[0]) ** (1 / (len(balance) - 1)))


def mean(values: Floats) -> float | None:
    """The mean; None of nothing."""
    return float(values.mean()) if len(values) else None


def percent_true(flags: Flags) -> float | None:
    """The share of True in percent; None of nothing."""
    return 100 * float(flags.mean()) if len(flags) else None


def ratio(above: Value, below: Value) -> float | None:
    """The quotient; None where either is missing or the divisor is 0 or rounding of 0."""
    if above is None or below is None or abs(below) < 1e-12:
        return None
    return above / below


def longest_run(flags: Flags) -> int:
    """Length of the longest stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def plain(value: Value) -> Value:
    """The value as plain Python, without NaN, infinity or minus zero."""
    if value is None or isinstance(value, int):
        return value
    return value + 0.0 if math.isfinite(value) else None


def median(values: NDArray[np.float64]) -> float:
    """The middle one, or the mean of the two in the middle; values: at least one, none NaN.

    As `numpy.median`, which loads masked arrays for it: a fiftieth of all that a short run takes.
    """
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2.0)
