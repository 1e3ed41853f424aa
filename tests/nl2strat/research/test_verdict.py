"""The verdict: its rules, and how often it is wrong on noise and on an edge that is known."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from mas.results import Backtest, Band
from nl2strat.library.tried import Tried
from nl2strat.lookahead import LookAhead
from nl2strat.research.checks import TITLES, Check, NotRun
from nl2strat.research.periods import daily_returns
from nl2strat.research.robustness import of_walk_forward
from nl2strat.research.verdict import verdict_of
from tests.backtests import a_backtest, a_trade, by_profits, some_bars
from tests.nl2strat.research.cases import best_of, judged, outcome_of, quiet_bars, traded

STRONG, WEAK = 6.0, 2.5
"""Mean of daily results whose standard deviation is 25: true Sharpe ratios of 4.6 and 1.9 a year."""


def levels(seeds: int, variants: int, mean: float) -> Counter[str]:
    """How often each verdict falls on the best of so many variants."""
    random = np.random.default_rng(41)
    return Counter(best_of(variants, mean, random).verdict.level for _ in range(seeds))


def test_noise_rarely_survives_and_an_edge_mostly_does() -> None:
    """The short form of the slow test below."""
    noise, edge = levels(15, 20, 0.0), levels(15, 1, STRONG)
    assert noise["survives"] == 0
    assert noise["noise"] >= 10
    assert edge["survives"] >= 13
    assert edge["noise"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("variants", [1, 20, 200])
def test_how_often_noise_survives(variants: int) -> None:
    """At most 5 % of the best of many attempts without any skill; most are called what they are."""
    found = levels(200, variants, 0.0)
    assert found["survives"] <= 10
    assert found["noise"] + found["loses"] >= 150


@pytest.mark.slow
@pytest.mark.parametrize(("variants", "least"), [(1, 180), (20, 150)])
def test_how_often_an_edge_survives(variants: int, least: int) -> None:
    """Two years of a strong edge are seen, also as the best of twenty; it is hardly ever called noise."""
    found = levels(200, variants, STRONG)
    assert found["survives"] >= least
    assert found["noise"] <= 10


@pytest.mark.slow
def test_a_weak_edge_is_not_proven_by_two_years() -> None:
    """Neither sure to survive, nor mostly called noise: after one try the verdict leaves it open or lets it pass."""
    found = levels(200, 1, WEAK)
    assert found["not_proven"] + found["survives"] >= 140
    assert found["survives"] <= 150


def test_no_trades_leave_nothing_to_judge() -> None:
    """Sentences, no traceback; every check says why it was not run."""
    found = judged(a_backtest(some_bars(50)))
    assert found.verdict.level == "nothing"
    assert found.verdict.text == "Nothing to judge: there were no trades."
    json.dumps(found.as_json(), allow_nan=False)


@pytest.mark.parametrize(
    ("profits", "level"),
    [
        ([5.0], "not_proven"), ([-5.0], "loses"), ([5.0, 5.0], "not_proven"), ([3.0] * 60, "not_proven"),
        ([1.0, -1.0] * 40, "loses"), ([0.0] * 40, "loses"),
    ],
)  # fmt: skip
def test_odd_trades_get_a_sentence(profits: list[float], level: str) -> None:
    """One trade, all wins, results that never change, results that cancel out."""
    found = judged(by_profits(*profits))
    assert found.verdict.level == level
    assert found.verdict.text.endswith(".")
    assert "money will" not in found.verdict.text
    json.dumps(found.as_json(), allow_nan=False)


def test_a_lost_account_gets_a_sentence() -> None:
    """Equity below 0 has no returns; the trades themselves are looked at."""
    found = judged(by_profits(*[-400.0, 100.0] * 40))
    assert found.verdict.level == "loses"


def test_results_that_are_no_numbers_get_a_sentence() -> None:
    """Nothing is computed of them."""
    found = judged(by_profits(*[5.0] * 30, float("nan"), 5.0))
    assert found.verdict.level == "not_proven"
    assert "no number" in found.verdict.text
    json.dumps(found.as_json(), allow_nan=False)


def test_few_trades_prove_nothing_however_good() -> None:
    """29 wins out of 29 are too few; the reason is the first sentence."""
    found = judged(traded(np.random.default_rng(1).normal(50, 5, 29)))
    assert found.verdict.text.startswith("Not proven: 29 trades cannot tell skill from luck.")


def test_the_number_of_variants_is_said_and_decides() -> None:
    """The same run is sure enough as a first try, and ordinary as the best of thousands."""
    run = traded(np.random.default_rng(3).normal(3.2, 25, 500))
    first, many = judged(run), judged(run, Tried(5000, 5000, 1.0))
    one, other = (next(c for c in found.checks if c.name == "deflated_sharpe") for found in (first, many))
    assert "the first variant you have tried on EURUSD in this period" in one.text
    assert "You have tried 5,000 variants" in other.text
    assert one.values["deflated_sharpe"] > 0.95 > other.values["deflated_sharpe"]
    assert many.verdict.level in ("noise", "not_proven")
    assert one.values["sharpe"] == pytest.approx(outcome_of(run).metrics["sharpe"], rel=1e-5)


def test_a_walk_forward_is_one_try() -> None:
    """Its choices were made on earlier bars: its Sharpe ratio is tested against luck as that of a single try."""
    run = traded(np.random.default_rng(3).normal(3.2, 25, 500))
    found = of_walk_forward(outcome_of(run))
    check = next(c for c in found.checks if c.name == "deflated_sharpe")
    assert check.values["variants"] == 1
    assert "made on earlier bars" in check.text
    assert "could not be tested" not in found.verdict.text
    assert set(TITLES) <= {one.name for one in found.not_run}


def test_variants_that_are_alike_count_less() -> None:
    """Their Sharpe ratios vary less than luck would have them; those that cost much vary more, which is no luck."""
    run = traded(np.random.default_rng(3).normal(3.2, 25, 500))

    def by_luck(variance: float | None, known: int = 50) -> float:
        checks = judged(run, Tried(50, known, variance)).checks
        return float(next(c for c in checks if c.name == "deflated_sharpe").values["expected_by_luck"])

    theory = by_luck(None)
    assert by_luck(0.01) < 0.5 * theory
    assert by_luck(100.0) == theory
    assert by_luck(0.01, known=5) == theory


def test_the_last_part_is_compared() -> None:
    """An edge that has gone in the last 30 % is a doubt, with the difference and its uncertainty."""
    net = np.random.default_rng(5).normal(8, 20, 500)
    net[350:] -= 12
    found = judged(traded(net))
    check = next(c for c in found.checks if c.name == "out_of_sample")
    assert check.stand == "doubt"
    assert check.values["change_low"] < check.values["change"] < check.values["change_high"] < 0
    assert found.verdict.level != "survives"


def test_costs_and_bars_raise_doubts() -> None:
    """A profit that a wider spread takes, or that depends on what came first inside bars."""
    bars = quiet_bars()
    trades = [a_trade(bars, 24 * day + 9, 24 * day + 15, 0.8 + 0.1 * (day % 3)) for day in range(400)]
    run = replace(a_backtest(bars, trades), band=Band(-50.0, 700.0, 90))
    by_name = {check.name: check for check in judged(run).checks}
    assert by_name["costs"].reason.startswith("A spread twice as wide would take all of the profit")
    assert by_name["inside_bars"].stand == "doubt"
    assert "between -50.00 and 700.00 USD" in by_name["inside_bars"].text


def test_worthless_figures_are_never_believed() -> None:
    """A look into the future, made-up prices, a stop-out."""
    good = traded(np.random.default_rng(6).normal(8, 20, 500))
    assert judged(good).verdict.level == "survives"
    assert judged(good, lookahead=LookAhead(False, (5,), "entries change")).verdict.level == "not_proven"
    made_up: Backtest = replace(good, bars=replace(good.bars, synthetic=True))
    assert "nothing is proven about any market" in judged(made_up).verdict.text
    trades = (good.trades[0]._replace(exit_reason="stop_out"), *good.trades[1:])
    assert judged(replace(good, trades=trades)).verdict.level == "not_proven"


def test_the_rules_of_the_verdict() -> None:
    """In their order; nothing survives without a test of luck."""
    luck, doubt = Check("deflated_sharpe", "", "", "luck", "L."), Check("delay", "", "", "doubt", "D.")
    rule = Check("permutation", "", "", "luck", "R.")
    fine, other = Check("deflated_sharpe", "", "", "good"), Check("costs", "", "", "good")
    later = [NotRun("x", "", "")]
    assert verdict_of(0, 0.0, "USD", [luck], later).level == "nothing"
    assert verdict_of(50, -1.0, "USD", [luck], later).level == "loses"
    assert verdict_of(29, 1.0, "USD", [fine], later).level == "not_proven"
    noise = verdict_of(50, 1.0, "USD", [luck, doubt, fine], later)
    assert noise.text == "This is noise: luck alone explains the result. L. D."
    market = verdict_of(50, 1.0, "USD", [rule, fine], later)
    assert market.text == "This is noise: the rule does no better than entries at other times. R."
    assert verdict_of(50, 1.0, "USD", [rule, luck], later).head == noise.head
    assert verdict_of(50, 1.0, "USD", [doubt, fine], later).text == "Not proven. D."
    assert verdict_of(50, 1.0, "USD", [other], later).reasons == ("It could not be tested against luck.",)
    unsure = Check("deflated_sharpe", "", "", "doubt", "U.")
    assert verdict_of(50, 1.0, "USD", [unsure], later).reasons == ("U.",), "it was tested, and is not sure"
    made_up = Check("synthetic", "", "", "doubt", "S.")
    assert verdict_of(50, 1.0, "USD", [unsure, doubt, doubt, made_up], later).reasons == ("S.", "U.", "D.")
    passed = verdict_of(50, 1.0, "USD", [fine, other], later)
    assert passed.text.startswith("Survives the 2 checks that were run. 1 more were not run. It is no promise")


def test_the_same_run_gets_the_same_words() -> None:
    """To the last digit."""
    one, other = (judged(traded(np.random.default_rng(9).normal(2, 20, 300))) for _ in range(2))
    assert one == other


def test_daily_returns_are_those_of_the_metrics() -> None:
    """They give the Sharpe ratio of the report; less than 30 days give none."""
    run = traded(np.random.default_rng(2).normal(1, 25, 300))
    found = daily_returns(run)
    assert found is not None
    returns, per_year = found
    assert returns.mean() / returns.std(ddof=1) * per_year**0.5 == pytest.approx(outcome_of(run).metrics["sharpe"])
    assert daily_returns(a_backtest(some_bars(100))) is None
