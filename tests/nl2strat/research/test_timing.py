"""The same positions at other times: against a slow reference, even where a rule knows nothing, and in the verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mas.bars import Bars
from nl2strat.research.checks import Check
from nl2strat.research.randomness import Random
from nl2strat.research.robustness import settled
from nl2strat.research.timing import Moved, moved, moves_for
from tests.nl2strat.research.cases import run_on, walk

ALWAYS_LONG = """\
strategy "Long"
symbol EURUSD
timeframe H1

enter long when rsi(5) crosses above 50
  close after 20 bars
  size 0.1 lots
end
end strategy
"""


def slow(entry: int, end: int, exposure: float, opens: list[float], last: float, by: int) -> float:
    """One position moved by walking along the bars, around their end."""
    place, price = (entry + by) % len(opens), 1.0
    for _ in range(max(1, end - entry)):
        after = opens[place + 1] if place + 1 < len(opens) else last
        price *= after / opens[place]
        place = (place + 1) % len(opens)
    return exposure * (price - 1.0)


def test_moves_are_those_of_the_slow_way() -> None:
    """Longs and shorts, of one bar and of many, past the last bar too."""
    random = np.random.default_rng(3)
    opens = np.exp(np.cumsum(random.normal(0, 0.01, 60)))
    entry, length = random.integers(0, 60, 8), random.integers(0, 50, 8)
    exposure = random.normal(0, 1000, 8)
    found = moved(1.0, entry, entry + length, exposure, (opens, 1.3), 25, Random(5))
    shifts = 1 + Random(5).below(59, 25)
    expected = [
        sum(
            slow(int(e), int(e + n), float(x), opens.tolist(), 1.3, int(by))
            for e, n, x in zip(entry, length, exposure, strict=True)
        )
        for by in shifts
    ]
    assert found.elsewhere == pytest.approx(np.array(expected))
    assert 1 <= shifts.min() <= shifts.max() <= 59


def test_p_is_never_0_and_even_where_positions_know_nothing() -> None:
    """(1 + k) / (1 + n); over random walks with a drift each part of its range is met as often."""
    assert Moved(5.0, np.array([1.0, 5.0, 7.0])).p == pytest.approx(3 / 4)
    assert Moved(5.0, np.zeros(99)).p == pytest.approx(1 / 100)
    random, seen = np.random.default_rng(8), []
    for number in range(400):
        opens = np.exp(np.cumsum(random.normal(5e-4, 0.01, 400)))
        entry = np.sort(random.integers(0, 380, 30))
        end = entry + random.integers(1, 20, 30)
        real = float((opens[end] / opens[entry] - 1.0).sum())
        seen.append(moved(real, entry, end, np.ones(30), (opens, float(opens[-1])), 99, Random(number)).p)
    shares = np.histogram(seen, bins=np.linspace(0, 1.0001, 6))[0] / len(seen)
    assert shares == pytest.approx(np.full(5, 0.2), abs=0.07)


def test_a_rising_market_is_not_the_merit_of_a_rule() -> None:
    """Long at any time earns there: the Sharpe ratio is sure, the rule is not."""
    flat = walk(21, count=6000)
    rise = np.exp(1.5e-4 * np.arange(6000))
    columns = {name: np.round(getattr(flat, name).values * rise, 5) for name in ("open", "high", "low", "close")}
    spread = np.full(6000, 2.0)
    bars = Bars.from_arrays("EURUSD", "H1", flat.time, **columns, spread=spread, timezone_known=True)
    outcome = run_on(bars, ALWAYS_LONG)
    assert outcome.robustness is not None
    by_name = {check.name: check for check in outcome.robustness.checks}
    assert by_name["deflated_sharpe"].stand == "good"
    assert by_name["timing"].stand == "luck"
    assert by_name["timing"].values["elsewhere"] > 0
    assert outcome.robustness.verdict.head == "This is noise: the rule does no better than entries at other times."


def test_a_rule_that_knows_something_is_seen() -> None:
    """Moves that go on: crossing averages beat their own positions elsewhere."""
    outcome = run_on(walk(1, momentum=0.6, count=2000))
    assert outcome.robustness is not None
    check = next(one for one in outcome.robustness.checks if one.name == "timing")
    assert check.stand == "good"
    assert check.values["p"] < 0.02
    net, spread = sum(t.profit for t in outcome.backtest.trades), outcome.metrics["spread_cost"]
    assert check.values["before_costs"] == pytest.approx(net + (spread or 0.0), rel=1e-5)


def test_entries_at_random_bars_have_the_last_word() -> None:
    """Where they were run, with exits and stops played again, the short cut says nothing more."""
    quick, other = Check("timing", "", "", "luck", "T."), Check("costs", "", "", "good")
    assert settled([quick, other]) == [quick, other]
    played = Check("permutation", "", "", "good", "", {"p": 0.01, "share_of_bars": 0.1})
    assert settled([quick, played]) == [replace(quick, stand="note", reason=""), played]
    assert (moves_for(100, 60_000), moves_for(100_000, 60_000), moves_for(1, 60_000)) == (600, 99, 999)


def test_a_bet_on_hours_is_no_luck() -> None:
    """Random entries inside the hours do as well, but other hours do not: said, and judged by other times."""
    luck = Check("permutation", "", "P.", "luck", "R.", {"p": 0.6, "share_of_bars": 0.04})
    good, bad = Check("timing", "", "", "doubt", "D."), Check("timing", "", "", "luck", "T.")
    text = "P. Inside its hours the condition adds nothing: it is the hours that earn."
    assert settled([good, luck]) == [good, replace(luck, stand="note", reason="", text=text)]
    assert settled([bad, luck]) == [replace(bad, stand="note", reason=""), luck]
    always = replace(luck, values={"p": 0.6, "share_of_bars": 0.99})
    assert settled([good, always])[1] == always
