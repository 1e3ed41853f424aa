"""kill -9 at every step of an order's way, and at any time: the account ends as if nothing had happened."""

from __future__ import annotations

import random
import signal
from itertools import count

import pytest

from tests.mas.trading.crashing import STEPS, faults, one_life, source, trace

BARS = 110


@pytest.fixture(scope="module")
def code():
    return source()


@pytest.fixture(scope="module")
def undisturbed(code, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    assert one_life(folder, code, BARS) == 0
    books = trace(folder, BARS)
    assert len(books["made"]) > 20
    assert faults(books) == []
    return books


def test_a_run_that_is_killed_at_every_step_of_an_orders_way_makes_the_same_trades(code, undisturbed, tmp_path):
    """Each process dies at one step; the steps of lookups come after one that has left a request without an outcome."""
    lives = [(step, number) for step, number in zip(STEPS[:8], (3, 2, 4, 2, 3, 2, 9, 7), strict=True)]
    lives += [("after intent", 2), ("before lookup", 1), ("after send", 2), ("after lookup", 1)]
    for step, number in lives:
        assert one_life(tmp_path, code, BARS, step, number) == -signal.SIGKILL, step
    assert one_life(tmp_path, code, BARS) == 0
    books = trace(tmp_path, BARS)
    assert faults(books) == []
    assert books == undisturbed


def test_a_run_that_is_killed_at_any_time_makes_the_same_trades(code, undisturbed, tmp_path):
    chance = random.Random(6)
    for _ in range(4):
        one_life(tmp_path, code, BARS, seconds=chance.uniform(0.05, 0.5))
    assert one_life(tmp_path, code, BARS) == 0
    books = trace(tmp_path, BARS)
    assert faults(books) == []
    assert books == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_kills_at_random_times_each(code, undisturbed, tmp_path, seed):
    """Runs that are killed until they come to their end, one after the other, until a hundred processes have died."""
    chance, killed, runs = random.Random(seed), 0, count()  # a run may end before it is killed once
    while killed < 100:
        folder = tmp_path / str(next(runs))
        folder.mkdir()
        while one_life(folder, code, BARS, seconds=chance.uniform(0.03, 0.35)):
            killed += 1
        books = trace(folder, BARS)
        assert faults(books) == []
        assert books == undisturbed
