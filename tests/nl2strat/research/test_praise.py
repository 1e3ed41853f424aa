"""How often strategies are praised on made-up markets whose edge is known: see the table of docs/robustness.md."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from mas.bars import Bars
from nl2strat.backtesting import run
from nl2strat.research import thorough
from nl2strat.settings import Settings
from tests.lengths import lengths
from tests.nl2strat.research.cases import compiled

BARS, MOVE = 12_000, 8e-4
"""500 days of H1 bars; the standard deviation of a bar's move."""

HEAD = 'strategy "Praise"\nsymbol EURUSD\ntimeframe H1\n\n'
ENTRIES = (
    "ema(close, {n}) crosses above ema(close, {m})", "rsi({n}) crosses below 30", "close > highest(high, {n})[1]",
    "close crosses above close[{n}]",
)  # fmt: skip
IN_THE_MORNING = (
    HEAD + "enter long when close > open - 20 pips\n  close after 3 bars\n  size 0.1 lots\nend\n"
    "trade between 09:00 and 10:00\nend strategy\n"
)


def market(seed: int, rise: float = 0.0, morning: float = 0.0) -> Bars:
    """Moves without a memory. Args: rise, morning: mean of every move, and of those from 9 to 12, in deviations."""
    random = np.random.default_rng(seed)
    place = np.arange(BARS)
    hour, day = place % 24, place // 24
    moves = MOVE * (random.normal(size=BARS) + rise + morning * ((hour >= 9) & (hour < 12)))
    if morning:
        moves -= moves.mean()
    close = np.round(1.1 * np.exp(np.cumsum(moves)), 5)
    open_ = np.concatenate(([1.1], close[:-1]))
    high = np.round(np.maximum(open_, close) + random.exponential(2e-4, BARS), 5)
    low = np.round(np.minimum(open_, close) - random.exponential(2e-4, BARS), 5)
    time = 1_578_268_800 + (day // 5 * 7 + day % 5) * 86_400 + hour * 3600
    columns = (time.astype(np.int64), open_, high, low, close, np.full(BARS, 100.0))
    return Bars.from_arrays("EURUSD", "H1", *columns, spread=np.full(BARS, 2.0), timezone_known=True)


def long_at_random(random: np.random.Generator) -> str:
    """A strategy that buys for reasons drawn at random."""
    n = int(random.integers(3, 15))
    when = ENTRIES[random.integers(len(ENTRIES))].format(n=n, m=3 * n)
    leaving = f"  stop {random.integers(15, 60)} pips\n" if random.random() < 0.5 else ""
    leaving += f"  close after {random.integers(3, 30)} bars\n"
    return f"{HEAD}enter long when {when}\n{leaving}  size 0.1 lots\nend\nend strategy\n"


def level(program: str, bars: Bars, *, robust: bool = False) -> str:
    found = run(compiled(program), bars, Settings(), robust=robust).robustness
    assert found is not None
    return found.verdict.level


@pytest.mark.parametrize("seeds", lengths(8, 120))
def test_a_rising_market_praises_hardly_any_rule(seeds: int) -> None:
    """Holding it has a Sharpe ratio of 1 a year; whatever buys now and then is not the better for it."""
    random, rise = np.random.default_rng(12), 1.0 / np.sqrt(24 * 260)
    found = Counter(level(long_at_random(random), market(seed, rise)) for seed in range(seeds))
    assert found["survives"] <= max(1, seeds // 20)
    assert found["noise"] >= seeds // 4


@pytest.mark.slow
def test_an_edge_in_the_hours_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random entries inside these hours do as well; the verdict is not that it was luck."""
    monkeypatch.setattr(thorough, "RUNS", (39, 39))
    seeds = 12
    found = Counter(level(IN_THE_MORNING, market(seed, morning=0.2), robust=True) for seed in range(seeds))
    assert found["survives"] >= 0.6 * seeds
    assert found["noise"] == 0
