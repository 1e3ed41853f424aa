"""The first bar that touches a price, found by blocks, is the one that is found bar by bar."""

from __future__ import annotations

import numpy as np
import pytest

from mas.compiled import layout as k
from mas.compiled.kernel import first_outside, next_touch
from mas.compiled.market import Table, new_run

NUMBERS = np.random.default_rng(11)


def walk(bars: int) -> Table:
    """Prices that wander, with bars that reach a little way."""
    bid = 1.0 + np.cumsum(NUMBERS.normal(0, 0.001, bars))
    reach = NUMBERS.uniform(0, 0.002, (2, bars))
    rows = [bid, bid + reach[0], bid - reach[1], bid, bid, bid + reach[0], bid - reach[1], bid, np.zeros(bars)]
    return Table(np.array(rows), np.zeros(k.TERMS), 1.0)


@pytest.mark.parametrize("bars", [1, 63, 64, 65, 300])
def test_by_blocks_as_bar_by_bar(bars: int) -> None:
    table = walk(bars)
    run = new_run(table, np.zeros((1, 1)), np.empty((8, k.ROW)))
    lows, highs = table.prices[k.BID_LOW], table.prices[k.BID_HIGH]
    found = set()
    for _ in range(200):
        start, stop = sorted(NUMBERS.integers(0, bars + 1, 2).tolist())
        floor = NUMBERS.choice([-np.inf, NUMBERS.choice(lows), NUMBERS.uniform(lows.min(), highs.max())])
        roof = NUMBERS.choice([np.inf, NUMBERS.choice(highs), NUMBERS.uniform(lows.min(), highs.max())])
        outside = [bar for bar in range(start, stop) if not (lows[bar] > floor and highs[bar] < roof)]
        expected = outside[0] if outside else stop
        one = first_outside(run, k.BID_LOW, k.BID_HIGH, k.BID_LOWEST, k.BID_HIGHEST, floor, roof, start, stop)
        assert one == expected
        found.add(one - start)
    assert bars < 64 or len(found) > 5


def test_of_bid_and_ask_the_earlier_one() -> None:
    table = walk(200)
    run = new_run(table, np.zeros((1, 1)), np.empty((8, k.ROW)))
    run.books.counts[k.C_STALE] = 0
    bid, ask = table.prices[k.BID_LOW, 100:].min(), table.prices[k.ASK_HIGH, 100:].max()
    levels = run.books.account
    levels[[k.A_BID_FLOOR, k.A_BID_ROOF, k.A_ASK_FLOOR, k.A_ASK_ROOF]] = bid, np.inf, -np.inf, ask
    expected = min(np.argmax(table.prices[k.BID_LOW, 100:] <= bid), np.argmax(table.prices[k.ASK_HIGH, 100:] >= ask))
    assert next_touch(run, 100, 200) == 100 + expected
    levels[[k.A_BID_FLOOR, k.A_ASK_ROOF]] = -np.inf, np.inf
    assert next_touch(run, 100, 200) == 200
