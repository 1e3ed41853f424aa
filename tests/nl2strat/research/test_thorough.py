"""The checks that run a strategy again: random entries, costs, delays, inputs, variants."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mas.bars import Bars
from mas.compiled.building import plain
from nl2strat.backtesting import play, run
from nl2strat.errors import UsageError
from nl2strat.pipeline import Compiled, Market, compile_strategy
from nl2strat.research import thorough
from nl2strat.research.evaluating import Evaluator
from nl2strat.research.inputs import Input
from nl2strat.research.permutation import NotPermutable, RandomEntries, permuted
from nl2strat.research.replays import by_kernel, replay_of, rules_by_side
from nl2strat.research.sensitivity import dearer, delayed, neighbours, sized_by
from nl2strat.research.variants import variants_of
from nl2strat.settings import Settings
from nl2strat.source import Kind, Source
from tests.nl2strat.research.cases import FAST_CROSS, compiled, run_on, walk

IN_THE_MORNING = """\
strategy "Morning"
symbol EURUSD
timeframe H1

enter long when rsi(3) < 30
  stop 30 pips
  target 30 pips
  size 0.1 lots
end

enter short when rsi(3) > 80
  stop 30 pips
  target 30 pips
  size 0.1 lots
end

trade between 08:00 and 12:00
no reversal
end strategy
"""


def play_on(bars: Bars, strategy_of: Compiled) -> Any:
    """What `permuted` wants: runs an instance on these bars."""
    return lambda strategy: replay_of(play(strategy_of, bars, Settings(), strategy=strategy))


@pytest.fixture
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few runs as make sense."""
    monkeypatch.setattr(thorough, "RUNS", (20, 20))
    monkeypatch.setattr(thorough, "VARIANTS", (6, 6))


# ------------------------------------------------------------- random entries


def test_random_entries_keep_number_sides_and_hours() -> None:
    """About as many trades of each rule, inside the hours, with the strategy's own exits."""
    bars, program = walk(5, count=2500), compiled(IN_THE_MORNING)
    real = play(program, bars, Settings())
    found = permuted(program, replay_of(real), play_on(bars, program), 4, 1)
    assert found.random_trades == pytest.approx(found.trades, rel=0.15)
    counted = replay_of(real).entries
    source = RandomEntries(program, 1, {key: float(count) for key, count in counted.items()})
    other = play(program, bars, Settings(), strategy=source.strategy(0))
    assert {trade.exit_reason for trade in other.trades} <= {"sl", "tp", "end_of_data"}
    assert {trade.comment for trade in other.trades} == {"enter_long", "enter_short"}
    hours = {int(bars.time[trade.entry_bar] % 86_400 // 3600) for trade in other.trades}
    assert hours <= {8, 9, 10, 11}
    bars_of = [[t.entry_bar for t in run.trades] for run in (real, other)]
    assert bars_of[0] != bars_of[1]


def test_an_entry_rule_that_knows_something_is_seen() -> None:
    """Bars whose moves go on: crossing averages beat random entries. On a random walk p is spread over its range."""
    bars = walk(1, momentum=0.6, count=2000)
    real = play(compiled(), bars, Settings())
    found = permuted(compiled(), replay_of(real), play_on(bars, compiled()), 39, 7)
    assert found.p == pytest.approx(1 / 40)
    assert (found.as_good, found.runs) == (0, 39)


def test_it_stops_when_the_rule_is_clearly_no_better() -> None:
    """A rule that loses: the 20th random run that is as good settles it, p = h / n."""
    bars = walk(2, momentum=-0.5, count=1000)
    real = play(compiled(), bars, Settings())
    found = permuted(compiled(), replay_of(real), play_on(bars, compiled()), 99, 7)
    assert found.as_good == 20
    assert found.p == pytest.approx(20 / found.runs)
    assert found.runs < 40


def test_the_same_seed_gives_the_same_test() -> None:
    """And another seed others."""
    bars = walk(3, count=1000)
    real = play(compiled(), bars, Settings())
    runs = [permuted(compiled(), replay_of(real), play_on(bars, compiled()), 5, seed) for seed in (1, 1, 2)]
    assert runs[0].random.tolist() == runs[1].random.tolist()
    assert runs[0].random.tolist() != runs[2].random.tolist()


@pytest.mark.slow
def test_p_is_even_where_the_rule_knows_nothing() -> None:
    """Over random walks: p below 0.2 one time in five, about."""
    values = []
    for seed in range(60):
        bars = walk(100 + seed, count=1500)
        real = play(compiled(), bars, Settings())
        values.append(permuted(compiled(), replay_of(real), play_on(bars, compiled()), 39, seed).p)
    assert 0.05 <= np.mean(np.array(values) <= 0.2) <= 0.38
    assert np.mean(np.array(values) <= 0.05) <= 0.15


def test_what_cannot_be_put_elsewhere_says_why() -> None:
    """No trades, classes written by hand, entries that follow others."""
    bars = walk(4, count=300)
    quiet = play(compiled(), bars[:30], Settings())
    with pytest.raises(NotPermutable, match="no trades"):
        permuted(compiled(), replay_of(quiet), play_on(bars, compiled()), 5, 1)
    grid = compiled(IN_THE_MORNING.replace("  target 30 pips\n", "  add 2 times every 10 pips against\n", 1))
    real = play(compiled(IN_THE_MORNING), bars, Settings())
    with pytest.raises(NotPermutable, match="added to"):
        permuted(grid, replay_of(real), play_on(bars, grid), 5, 1)
    by_hand = replace(compiled(), dsl="")
    with pytest.raises(NotPermutable, match="by hand"):
        permuted(by_hand, replay_of(real), play_on(bars, by_hand), 5, 1)


def test_the_kernel_plays_other_signals_as_the_class_does() -> None:
    """Random entries, and signals that come late: the same trades of the same rules, trade by trade."""
    program, bars = compiled(IN_THE_MORNING), walk(5, count=500)
    real, evaluator = play(program, bars, Settings()), Evaluator(program, bars, Settings())
    evaluator.use(plain())
    fast, slow = by_kernel(evaluator, real), play_on(bars, program)
    assert fast is not None
    source = RandomEntries(program, 1, {key: 3.0 * count for key, count in replay_of(real).entries.items()})
    for strategy in (source.strategy(0), delayed(program), evaluator.strategy({})):
        one, other = fast(strategy), slow(strategy)
        assert len(other.net) > 5
        assert one.net.tolist() == pytest.approx(other.net.tolist())
        assert one.entries == other.entries


def test_a_side_with_several_rules_is_left_to_the_class() -> None:
    """The kernel does not say which rule a trade is from, and each is to enter as often as it did."""
    program, bars = compiled(), walk(5, count=300)
    run_ = play(program, bars, Settings())
    assert rules_by_side(run_) == {1: "enter_long", -1: "enter_short"}
    other = replace(run_, trades=(run_.trades[0]._replace(comment="enter_2"), *run_.trades))
    evaluator = Evaluator(program, bars, Settings())
    evaluator.use(plain())
    assert by_kernel(evaluator, run_) is not None
    assert by_kernel(evaluator, other) is None


# ------------------------------------------------------------- small changes


@pytest.mark.parametrize("settings", [Settings(), Settings(spread=7.0, given=frozenset({"spread"}))])
def test_spreads_are_scaled_whatever_they_come_from(settings: Settings) -> None:
    """The column, the option or the specification: the spread paid is that many times as large."""
    bars = replace(walk(6, count=800), spread=None) if settings.spread is None else walk(6, count=800)
    real = play(compiled(), bars, settings)
    nets = []
    for factor in (0.0, 1.0, 3.0):
        wide, account, finer = dearer(real, bars, settings, None, factor)
        assert finer is None
        nets.append(play(compiled(), wide, account).net)
    paid = nets[0] - nets[1]
    assert nets[1] == pytest.approx(real.net)
    assert paid > 0
    assert nets[0] - nets[2] == pytest.approx(3 * paid)


def test_recorded_ticks_keep_their_spread() -> None:
    """They bring it with them: said, not scaled in silence."""
    bars = walk(6, count=200)
    real = replace(play(compiled(), bars, Settings()), modelling="real_ticks")
    with pytest.raises(UsageError, match="recorded ticks"):
        dearer(real, bars, Settings(), None, 2.0)


def test_one_bar_late_is_one_bar_late() -> None:
    """Every entry one bar after the real one, at the next open."""
    bars = walk(7, count=900)
    real = play(compiled(), bars, Settings())
    late = play(compiled(), bars, Settings(), strategy=delayed(compiled()))
    expected = [trade.entry_bar + 1 for trade in real.trades]
    assert [trade.entry_bar for trade in late.trades][: len(expected)] == expected[: len(late.trades)]


def test_neighbours_are_a_tenth_or_a_step_away() -> None:
    """Whole steps, inside the range, and never through 0."""
    assert neighbours(Input("a", 14, 7, 28, 1)) == (13, 15)
    assert neighbours(Input("a", 100, 50, 200, 5)) == (90, 110)
    assert neighbours(Input("a", 7, 7, 28, 7)) == (14,)
    assert neighbours(Input("a", 0.5)) == (0.45, 0.55)
    assert neighbours(Input("a", 3)) == (2, 4)
    assert neighbours(Input("a", 1, 0, 3, 1)) == (2,)
    assert neighbours(Input("a", 0)) == ()
    assert neighbours(Input("a", -0.5, -1, 0, 0.1)) == (-0.6, -0.4)


def test_sizes_are_no_part_of_the_rule() -> None:
    """An input that only says how many lots is not turned."""
    program = compiled(IN_THE_MORNING).program
    assert any(name.startswith("lots") for name in sized_by(program))
    assert not {"stop_pips", "rsi_length"} & sized_by(program)


def test_variants_are_all_or_some_different_ones() -> None:
    """The strategy's own values first; none twice; the same seed, the same variants."""
    few = [Input("a", 2, 1, 3, 1), Input("b", 5)]
    assert [v["a"] for v in variants_of(few, 100, 1)] == [2, 1, 3]
    many = [Input(name, 5, 1, 1000, 1) for name in "abcdefghijklmnopqrstuvwxyz"]
    drawn = variants_of(many, 20, 3)
    assert len(drawn) == 20
    assert drawn[0] == dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 5)
    assert drawn == variants_of(many, 20, 3) != variants_of(many, 20, 4)
    assert len(variants_of([Input("a", 2)], 20, 1)) == 1


# ------------------------------------------------------------- all of it


@pytest.mark.usefixtures("fewer")
def test_all_checks_are_run_and_say_numbers() -> None:
    """On bars with an edge it survives; the JSON has everything, and is the same again."""
    told: list[str] = []
    bars = walk(1, momentum=0.7, count=1500)
    outcome = run(compiled(), bars, Settings(), told.append, robust=True)
    found = outcome.robustness
    assert found is not None
    assert found.verdict.level == "survives", found.verdict.text
    assert {"permutation", "spreads", "delay", "inputs", "overfitting"} <= {check.name for check in found.checks}
    assert found.not_run == ()
    assert any("random bars, run" in text for text in told)
    again = run(compiled(), bars, Settings(), robust=True).robustness
    assert json.dumps(found.as_json(), allow_nan=False) == json.dumps(again.as_json() if again else None)


@pytest.mark.usefixtures("fewer")
def test_noise_is_called_noise_or_not_proven() -> None:
    """Random walks: nothing survives; what loses is said to lose."""
    for seed in (11, 12):
        found = run_on(walk(seed, count=1000), robust=True).robustness
        assert found is not None
        assert found.verdict.level in ("noise", "not_proven", "loses"), found.verdict.text


@pytest.mark.usefixtures("fewer")
def test_without_trades_or_inputs_it_says_so() -> None:
    """What cannot be run is listed with its reason."""
    found = run_on(walk(1, count=12), robust=True).robustness
    assert found is not None
    assert found.verdict.level == "nothing"
    assert {one.how for one in found.not_run if one.name in thorough.TITLES} == {"there were no trades"}
    by_hand = "import mas\n\nclass Plain(mas):\n    symbol = 'EURUSD'\n    timeframe = 'H1'\n"
    by_hand += (
        "    def receive_bars(self, symbol, data, is_end):\n        if not is_end and data['time'].hour in (9, 15):\n"
    )
    by_hand += "            kind = 'buy' if data['time'].hour == 9 else 'sell'\n"
    by_hand += "            self.send_order({'symbol': symbol, 'order_type': kind, 'volume': 0.1})\n"
    hand = compile_strategy(Source(by_hand, Kind.PYTHON, "plain.py"), Market("EURUSD", "H1"), trust=True)
    own = run(hand, walk(1, count=500), Settings(), robust=True).robustness
    assert own is not None
    why = {one.name: one.how for one in own.not_run}
    assert "written by hand" in why["permutation"]
    assert "without signals" in why["delay"]
    assert "no inputs" in why["inputs"]
    assert "no inputs" in why["overfitting"]


@pytest.mark.slow
@pytest.mark.usefixtures("fewer")
def test_how_often_random_walks_survive_everything() -> None:
    """At most one in twenty of the best of four variants on a random walk."""
    survived = 0
    for seed in range(20):
        bars = walk(300 + seed, count=3000)
        programs = [FAST_CROSS.replace("fast = 5", f"fast = {fast}") for fast in (3, 4, 6, 8)]
        found = [run(compiled(text), bars, Settings()) for text in programs]
        best = max(found, key=lambda one: one.metrics["sharpe"] or -9.0)
        result = run(best.compiled, bars, Settings(), robust=True).robustness
        survived += result is not None and result.verdict.level == "survives"
    assert survived <= 2
