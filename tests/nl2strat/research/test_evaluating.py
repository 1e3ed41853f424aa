"""One configuration through the evaluator is the backtest with those values."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from nl2strat import backtesting
from nl2strat.datafiles import DataChoice
from nl2strat.errors import UsageError
from nl2strat.research.evaluating import Evaluator
from nl2strat.research.inputs import Input
from nl2strat.settings import Settings
from nl2strat.source import read_source

PROGRAM = """strategy "crossing"
symbol EURUSD
timeframe H1

input fast = 5 in 5..20 step 5
input slow = 20 in 20..60 step 20

enter long when sma(close, fast) crosses above sma(close, slow)
  stop 30 pips
  target 45 pips
end

enter short when sma(close, fast) crosses below sma(close, slow)
  stop 30 pips
  target 45 pips
end
end strategy
"""


@pytest.fixture(scope="module")
def evaluator(tmp_path_factory: pytest.TempPathFactory) -> Evaluator:
    source = tmp_path_factory.mktemp("program") / "crossing.strat"
    source.write_text(PROGRAM)
    compiled, bars = backtesting.prepare(read_source(str(source)), DataChoice())
    return Evaluator(compiled, bars[:6000], Settings())


def plain(evaluator: Evaluator, **values: int) -> object:
    strategy = evaluator.compiled.new()
    for name, value in values.items():
        setattr(strategy, name, value)
    return backtesting.play(evaluator.compiled, evaluator.bars, evaluator.settings, strategy=strategy)


def test_it_is_the_backtest(evaluator: Evaluator) -> None:
    outcome, backtest = evaluator.evaluate({"fast": 10.0}), plain(evaluator, fast=10)
    rows = backtest.trades  # type: ignore[attr-defined]
    assert len(outcome.trades) == len(rows) > 20
    assert outcome.trades.net.tolist() == pytest.approx([trade.net for trade in rows])
    assert outcome.trades.reasons == [trade.exit_reason for trade in rows]
    assert outcome.trades.entry_bar.tolist() == [trade.entry_bar for trade in rows]
    assert outcome.values["fast"] == 10
    assert outcome.values["slow"] == 20
    assert outcome.metrics["net_profit"] == pytest.approx(float(outcome.trades.net.sum()))
    curve = evaluator.equity(outcome, len(evaluator.bars))
    assert np.array_equal(curve, backtest.equity)  # type: ignore[attr-defined]
    assert evaluator.equity(outcome, 7)[-1] == curve[-1]


def test_a_part_is_warm_from_its_first_bar(evaluator: Evaluator) -> None:
    whole, part = evaluator.evaluate({}), evaluator.evaluate({}, 3000, 5000)
    assert part.trades.entry_bar.min() >= 3000
    assert part.trades.exit_bar.max() < 5000
    own = set(zip(whole.trades.entry_bar.tolist(), whole.trades.side.tolist(), strict=True))
    ours = list(zip(part.trades.entry_bar.tolist(), part.trades.side.tolist(), strict=True))
    assert own.issuperset(ours[2:])
    assert min(part.trades.entry_bar) < 3000 + 80  # cold, the averages alone would need 20 bars and a crossing more


def test_it_travels(evaluator: Evaluator) -> None:
    again = pickle.loads(pickle.dumps(evaluator))
    assert again.evaluate({"fast": 10}).metrics == evaluator.evaluate({"fast": 10}).metrics


def test_ranges_are_decimals(evaluator: Evaluator) -> None:
    assert [item.name for item in evaluator.inputs][:2] == ["fast", "slow"]
    assert evaluator.inputs[0].values == (5, 10, 15, 20)


@pytest.mark.parametrize(
    ("low", "high", "step"), [(5.0, 50.0, 5.0), (0.1, 0.7, 0.15), (-1.0, 1.0, 0.1), (2.0, 2.0, 1.0)]
)
def test_an_input_has_its_values_and_no_others(low: float, high: float, step: float) -> None:
    item = Input("x", low, low, high, step)
    assert all(map(item.has, item.values))
    others = {round(low + n * step / 3, 10) for n in range(-6, 60)} - set(item.values)
    assert others
    assert not any(map(item.has, others))
    assert Input("x", 3.0).has(3.0)
    assert not Input("x", 3.0).has(4.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"fsat": 3}, r"no input fsat: did you mean fast\?"),
        ({"fast": float("nan")}, "fast"),
        ({"fast": True}, "fast"),
    ],
)
def test_wrong_values_are_named(evaluator: Evaluator, values: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        evaluator.evaluate(values)


def test_wrong_parts_are_named(evaluator: Evaluator) -> None:
    with pytest.raises(UsageError, match="no bars from 10 to 10"):
        evaluator.evaluate({}, 10, 10)
