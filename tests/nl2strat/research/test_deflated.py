"""Sharpe ratios under doubt, against the worked examples of the papers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nl2strat.research.deflated import (
    Moments,
    best_by_luck,
    deflated_sharpe,
    expected_maximum,
    least_track_record,
    moments_of,
    probabilistic_sharpe,
)
from nl2strat.research.distributions import normal_cdf, normal_quantile, t_cdf, t_quantile


def test_the_example_of_the_deflated_sharpe_ratio() -> None:
    """Bailey and López de Prado 2014: SR 2.5 a year over 1250 days, 100 trials of variance 1/2: 0.1132 and 0.9004."""
    found = Moments(1250, 2.5 / math.sqrt(250), -3.0, 10.0)
    variance = 0.5 / 250
    assert best_by_luck(100, variance) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(found, 100, variance) == pytest.approx(0.9004, abs=5e-5)
    assert deflated_sharpe(found, 46, variance) == pytest.approx(0.9505, abs=5e-5)
    assert deflated_sharpe(Moments(1250, found.sharpe), 88, variance) == pytest.approx(0.9505, abs=5e-5)


def test_the_example_of_the_probabilistic_sharpe_ratio() -> None:
    """Bailey and López de Prado 2012: 24 months with SR 0.458, skewness -2.448, kurtosis 10.164."""
    assert probabilistic_sharpe(Moments(24, 0.458)) == pytest.approx(0.982, abs=5e-4)
    assert probabilistic_sharpe(Moments(24, 0.458, -2.448, 10.164)) == pytest.approx(0.913, abs=5e-4)


@pytest.mark.parametrize(("per_year", "years"), [(250, 2.73), (52, 2.83), (12, 3.24)])
def test_the_examples_of_the_least_track_record(per_year: int, years: float) -> None:
    """The same paper: to be 95 % sure that a Sharpe ratio of 2 is above 1."""
    found = least_track_record(Moments(100, 2 / math.sqrt(per_year)), 1 / math.sqrt(per_year))
    assert found is not None
    assert found / per_year == pytest.approx(years, abs=5e-3)


def test_fat_tails_need_a_longer_record() -> None:
    """The same paper: monthly returns of a hedge fund with skewness -0.72 and kurtosis 5.78: 4.99 years."""
    found = least_track_record(Moments(100, 2 / math.sqrt(12), -0.72, 5.78), 1 / math.sqrt(12))
    assert found is not None
    assert found / 12 == pytest.approx(4.99, abs=5e-3)
    assert least_track_record(Moments(100, 0.1), 0.1) is None


def test_five_years_allow_45_trials() -> None:
    """Bailey, Borwein, López de Prado, Zhu 2014 (Pseudo-Mathematics): the best of 45 shows about 1 a year by luck."""
    assert expected_maximum(45) / math.sqrt(5) == pytest.approx(1.0, abs=1e-3)
    assert expected_maximum(1) == 0.0


def test_the_expected_maximum_is_that_of_a_simulation() -> None:
    """Of 10 and 1000 normal numbers, within the approximation's error."""
    random = np.random.default_rng(5)
    for count in (10, 1000):
        seen = random.normal(size=(4000, count)).max(axis=1).mean()
        assert expected_maximum(count) == pytest.approx(float(seen), abs=0.05)


def test_the_probability_is_that_of_a_simulation() -> None:
    """Returns without skill reach a PSR above 0.95 one time in twenty, skewed or not."""
    random = np.random.default_rng(6)
    for draw in (lambda: random.normal(size=250), lambda: random.exponential(size=250) - 1.0):
        hits = 0
        for _ in range(1500):
            found = moments_of(draw())
            assert found is not None
            hits += probabilistic_sharpe(found) > 0.95
        assert 0.03 < hits / 1500 < 0.075


def test_moments_are_those_of_numpy() -> None:
    """By their textbook formulas."""
    returns = np.random.default_rng(7).exponential(size=5000)
    found = moments_of(returns)
    assert found is not None
    assert found.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1))
    assert found.skewness == pytest.approx(2.0, abs=0.3)
    assert found.kurtosis == pytest.approx(9.0, abs=3.0)


@pytest.mark.parametrize("returns", [[], [0.1], [0.01] * 50, [0.0] * 50, [0.1, math.nan] * 20, [0.1, math.inf] * 20])
def test_returns_without_a_ratio_have_none(returns: list[float]) -> None:
    """None, one, constant ones and such that are no numbers."""
    assert moments_of(np.array(returns, dtype=np.float64)) is None


def test_the_t_distribution_is_that_of_the_tables() -> None:
    """Published quantiles; with many degrees of freedom it is the normal one."""
    for p, freedom, value in (
        (0.975, 1, 12.7062), (0.975, 5, 2.5706), (0.975, 30, 2.0423), (0.995, 10, 3.1693), (0.05, 4, -2.1318),
    ):  # fmt: skip
        assert t_quantile(p, freedom) == pytest.approx(value, abs=1e-4)
        assert t_cdf(value, freedom) == pytest.approx(p, abs=1e-5)
    assert t_quantile(0.975, 1e7) == pytest.approx(normal_quantile(0.975), abs=1e-5)
    assert normal_cdf(1.6448536) == pytest.approx(0.95)
