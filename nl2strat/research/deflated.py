"""How much a Sharpe ratio is worth: how sure it is that it is above 0, and after how many attempts it was found.

Probabilistic Sharpe ratio and minimum track record length: Bailey and López de Prado, "The Sharpe Ratio Efficient
Frontier", Journal of Risk 15(2), 2012. Deflated Sharpe ratio: the same authors, "The Deflated Sharpe Ratio", Journal of
Portfolio Management 40(5), 2014. Every Sharpe ratio here is per return, not per year; kurtosis of a normal is 3.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mas.dataclass import dataclass
from nl2strat.research.distributions import normal_cdf, normal_quantile

Floats = NDArray[np.float64]

EULER = 0.5772156649015329
LEAST_RETURNS = 5
"""Fewer have no skewness or kurtosis worth the name."""


@dataclass(frozen=True)
class Moments:
    """What a Sharpe ratio's uncertainty depends on."""

    count: int
    sharpe: float
    skewness: float = 0.0
    kurtosis: float = 3.0

    @property
    def error(self) -> float:
        """Standard error of the Sharpe ratio: sqrt((1 - g3 SR + (g4 - 1)/4 SR^2) / (T - 1))."""
        spread = 1.0 - self.skewness * self.sharpe + 0.25 * (self.kurtosis - 1.0) * self.sharpe**2
        return math.sqrt(max(spread, 1e-12) / (self.count - 1))


def moments_of(returns: Floats) -> Moments | None:
    """Of returns, shape (n,); None for fewer than `LEAST_RETURNS`, for constant ones, and if one is no number."""
    if len(returns) < LEAST_RETURNS or not np.isfinite(returns).all():
        return None
    mean, deviation = float(returns.mean()), float(returns.std(ddof=1))
    if deviation <= 1e-12 * max(abs(mean), 1e-300) or deviation == 0.0:
        return None
    apart = (returns - mean) / float(returns.std())
    return Moments(len(returns), mean / deviation, float((apart**3).mean()), float((apart**4).mean()))


def probabilistic_sharpe(moments: Moments, benchmark: float = 0.0) -> float:
    """PSR: the probability that the true Sharpe ratio is above a benchmark, Z((SR - SR*) / error)."""
    return normal_cdf((moments.sharpe - benchmark) / moments.error)


def least_track_record(moments: Moments, benchmark: float = 0.0, confidence: float = 0.95) -> float | None:
    """MinTRL: how many returns it takes until the PSR reaches a confidence; None if the ratio is not above it."""
    if moments.sharpe <= benchmark:
        return None
    variance = moments.error**2 * (moments.count - 1)
    return 1.0 + variance * (normal_quantile(confidence) / (moments.sharpe - benchmark)) ** 2


def expected_maximum(trials: float) -> float:
    """About how large the largest of so many independent standard normal numbers is: (1 - g) Z^-1[1 - 1/N] +
    g Z^-1[1 - 1/(N e)] with Euler's constant g; 0 for a single one."""
    if trials <= 1:
        return 0.0
    return (1.0 - EULER) * normal_quantile(1.0 - 1.0 / trials) + EULER * normal_quantile(1.0 - 1.0 / (trials * math.e))


def best_by_luck(trials: float, variance: float) -> float:
    """SR0: the Sharpe ratio that the best of so many attempts without any skill is expected to show.

    Args: variance: of the Sharpe ratios across the attempts.
    """
    return math.sqrt(max(variance, 0.0)) * expected_maximum(trials)


def deflated_sharpe(moments: Moments, trials: float, variance: float) -> float:
    """DSR: the PSR against what the best of so many attempts shows by luck."""
    return probabilistic_sharpe(moments, best_by_luck(trials, variance))
