"""The probability of backtest overfitting, against a plain reference and its known properties."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from nl2strat.research.cscv import halves, overfitting
from nl2strat.research.periods import compared


def slow_probability(results: np.ndarray, slices: int) -> float:
    """The paper's steps one by one: split, choose, rank, logit."""
    rows = len(results) // slices
    parts = [results[i * rows : (i + 1) * rows] for i in range(slices)]
    below = 0.0
    ways = list(combinations(range(slices), slices // 2))
    for way in ways:
        inside = np.concatenate([parts[i] for i in way])
        outside = np.concatenate([parts[i] for i in range(slices) if i not in way])
        best = int(np.argmax(inside.mean(axis=0) / inside.std(axis=0)))
        after = outside.mean(axis=0) / outside.std(axis=0)
        rank = sorted(after).index(after[best]) + 1
        logit = math.log(rank / (len(after) + 1 - rank))
        below += 1.0 if logit < 0 else 0.5 if logit == 0 else 0.0
    return below / len(ways)


def test_it_is_the_papers_procedure() -> None:
    """Equal to the slow way on small random sets, with and without a variant that is good."""
    random = np.random.default_rng(1)
    for edge in (0.0, 0.1, 0.5):
        results = random.normal(size=(48, 7))
        results[:, 3] += edge
        found = overfitting(results, 8)
        assert found is not None
        assert found.probability == pytest.approx(slow_probability(results, 8))
        assert len(found.logits) == math.comb(8, 4)


def test_noise_has_about_one_half() -> None:
    """On average over many sets of variants without any skill."""
    random = np.random.default_rng(2)
    found = [overfitting(random.normal(size=(160, 20)), 10) for _ in range(60)]
    assert np.mean([one.probability for one in found if one]) == pytest.approx(0.5, abs=0.1)
    assert np.mean([one.slope for one in found if one]) < 0


def test_a_variant_that_dominates_has_about_none() -> None:
    """What is best everywhere is best in every half."""
    results = np.random.default_rng(3).normal(size=(160, 20))
    results[:, 4] += 1.0
    found = overfitting(results)
    assert found is not None
    assert found.probability == 0.0
    assert found.losing == 0.0


def test_variants_that_lucked_in_one_half_have_all() -> None:
    """Each variant is good in one slice and bad in all others: whatever is chosen disappoints."""
    results = np.random.default_rng(4).normal(0, 0.01, size=(16 * 6, 16))
    for variant in range(16):
        results[variant * 6 : variant * 6 + 6, variant] += 5.0
        results[:, variant] -= 0.3125
    found = overfitting(results)
    assert found is not None
    assert found.probability > 0.95


@pytest.mark.parametrize(
    "results",
    [
        np.zeros((5, 3)), np.zeros((160, 1)), np.zeros((160, 4)), np.ones((160, 1)).repeat(3, axis=1),
        np.full((160, 3), np.nan),
    ],
)  # fmt: skip
def test_nothing_to_choose_from(results: np.ndarray) -> None:
    """Too short, a single variant, variants that do the same, and no numbers: None."""
    assert overfitting(results) is None


def test_variants_that_never_traded_are_no_trouble() -> None:
    """A column of zeros among others has a Sharpe ratio of 0."""
    results = np.random.default_rng(5).normal(size=(160, 5))
    results[:, 1] = 0.0
    found = overfitting(results)
    assert found is not None
    assert np.isfinite(found.logits).all()
    assert halves(4).sum(axis=1).tolist() == [2.0] * 6


def test_two_parts_are_compared_by_welch() -> None:
    """A worked example (NIST/Welch): means, degrees of freedom and t by the textbook formula."""
    one = np.array([27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4])
    other = np.array([27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4])
    found = compared(one, other)
    assert found is not None
    assert found.change / found.error == pytest.approx(2.46, abs=5e-3)
    assert found.freedom == pytest.approx(24.99, abs=0.05)
    assert 2 * (1 - found.p_worse) == pytest.approx(0.021, abs=5e-4)
    low, high = found.interval()
    assert low < found.change < high
    assert low > 0


def test_too_few_trades_are_not_compared() -> None:
    """One trade in a part has no variance; parts that never vary have no doubt."""
    assert compared(np.array([1.0]), np.array([1.0, 2.0])) is None
    same = compared(np.ones(5), np.ones(5))
    assert same is not None
    assert same.p_worse == 1.0
    assert same.interval() == (0.0, 0.0)
