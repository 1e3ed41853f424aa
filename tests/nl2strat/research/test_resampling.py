"""Bootstrap and Monte Carlo of trades, against slow plain references."""

from __future__ import annotations

import numpy as np
import pytest

from nl2strat.research.randomness import Random, seed_of
from nl2strat.research.resampling import (
    bootstrapped,
    draws_for,
    largest_falls,
    percentiles,
    reordered,
    stationary_places,
    units_of,
)


def slow_fall(net: list[float]) -> float:
    """The largest fall of a running sum that begins at 0."""
    total = peak = fall = 0.0
    for amount in net:
        total += amount
        peak = max(peak, total)
        fall = max(fall, peak - total)
    return fall


def test_the_stream_is_splitmix64() -> None:
    """Its published test vector, and the same numbers however they are asked for."""
    assert [int(x) for x in Random(1234567).words(3)] == [
        6457827717110365317, 3203168211198807973, 9817491932198370423,
    ]  # fmt: skip
    whole, parts = Random(9).words(10), Random(9)
    assert np.array_equal(whole, np.concatenate((parts.words(4), parts.words(6))))


def test_random_numbers_are_even() -> None:
    """Means and shares are what they should be; permutations have each number once."""
    random = Random(3)
    assert random.floats(100_000).mean() == pytest.approx(0.5, abs=0.005)
    counts = np.bincount(random.below(7, 70_000), minlength=7)
    assert counts.min() > 9_500
    orders = random.orders(50, 2000)
    assert (np.sort(orders, axis=1) == np.arange(50)).all()
    assert orders[:, 0].mean() == pytest.approx(24.5, abs=1.2)
    chosen = random.chosen(30, 10)
    assert len(set(chosen.tolist())) == 10
    assert (np.diff(chosen) > 0).all()
    assert random.chosen(3, 10).tolist() == [0, 1, 2]


def test_seeds_depend_on_content_alone() -> None:
    """The same content, the same seed; no two parts flow together."""
    assert seed_of(np.arange(3), "a") == seed_of(np.arange(3), "a")
    assert seed_of("ab", "c") != seed_of("a", "bc")


@pytest.mark.parametrize("most", [1000, 7, 1])
def test_falls_are_those_of_the_slow_way(most: int) -> None:
    """Alone or in groups: same sum, same largest fall of the balance."""
    net = np.random.default_rng(2).normal(size=103)
    units = units_of(net, most)
    totals, falls = largest_falls(units, np.arange(len(units.total))[None, :])
    assert totals[0] == pytest.approx(net.sum())
    assert falls[0] == pytest.approx(slow_fall(net.tolist()))


def test_another_order_changes_falls_and_not_the_total() -> None:
    """Each draw is a permutation; its falls are the slow ones."""
    net = np.random.default_rng(4).normal(1.0, 5.0, 40)
    units = units_of(net)
    orders = Random(8).orders(40, 30)
    totals, falls = largest_falls(units, orders)
    assert totals == pytest.approx(np.full(30, net.sum()))
    assert falls == pytest.approx(np.array([slow_fall(net[order].tolist()) for order in orders]))
    assert reordered(units, 200, Random(1)).falls.std() > 0


def test_blocks_have_the_mean_length_asked_for() -> None:
    """Neighbours stay together with probability 1 - 1/length; all trades are drawn equally often."""
    places = stationary_places(500, 400, Random(5), block=10.0)
    together = ((np.diff(places, axis=1) % 500) == 1).mean()
    assert together == pytest.approx(0.9, abs=0.005)
    counts = np.bincount(places.ravel(), minlength=500)
    assert counts.mean() == 400
    assert counts.min() > 200


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Of independent results with mean 1: about 95 % of the intervals hold the true total."""
    random, hits = np.random.default_rng(11), 0
    for number in range(300):
        net = random.normal(1.0, 4.0, 120)
        low, high = bootstrapped(units_of(net), 300, Random(number)).interval()
        hits += low <= 120.0 <= high
    assert 0.89 < hits / 300 < 0.985


def test_the_interval_is_wider_where_results_cluster() -> None:
    """Wins that come in runs make the total less sure; drawing single trades would not see it."""
    runs = np.repeat(np.random.default_rng(12).normal(size=60), 5)
    units = units_of(runs)
    width = float(np.ptp(bootstrapped(units, 600, Random(1)).interval()))
    single = np.sort(runs[Random(1).below(300, 300 * 600).reshape(600, 300)].sum(axis=1))
    assert width > 1.3 * float(single[int(0.975 * 600)] - single[int(0.025 * 600)])


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Nothing but the seed decides."""
    units = units_of(np.random.default_rng(1).normal(size=50))
    one, other = (bootstrapped(units, 100, Random(77)) for _ in range(2))
    assert one.totals.tobytes() == other.totals.tobytes()
    assert draws_for(units, 10_000_000) == 1000
    assert draws_for(units, 1) == 100


@pytest.mark.parametrize("net", [[5.0], [1.0, 1.0, 1.0], [-1.0, -1.0]])
def test_odd_trades_can_be_drawn(net: list[float]) -> None:
    """One trade, all wins, all losses."""
    units = units_of(np.array(net))
    spread = bootstrapped(units, 100, Random(1))
    assert spread.interval() == (sum(net), sum(net))
    assert spread.losing == (1.0 if sum(net) < 0 else 0.0)


@pytest.mark.parametrize("count", [1, 2, 3, 10, 999, 1000])
def test_percentiles_are_those_of_numpy(count: int) -> None:
    """To the last bit, ties included."""
    random = np.random.default_rng(count)
    for values in (random.normal(size=count), np.round(random.normal(size=count), 1) * 1e5):
        percents = (0.0, 2.5, 5.0, 50.0, 95.0, 97.5, 100.0, *random.uniform(0, 100, 20))
        assert percentiles(values, *percents) == tuple(np.percentile(values, percents))
