"""Walk-forward of a strategy on two symbols: warm signals of each, nothing of the future, one account."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from mas.bars import Bars
from mas.data import sample_bars
from mas.series import Condition
from nl2strat.pipeline import Compiled, compile_strategy
from nl2strat.pipeline import Market as Known
from nl2strat.research.bench import LocalBench
from nl2strat.research.evaluating import Evaluator
from nl2strat.research.markets import Market
from nl2strat.research.studies import Search
from nl2strat.research.walk_forward import Walked, walk_forward
from nl2strat.research.walked import outcome_of
from nl2strat.research.windows import span_of, windows_of
from nl2strat.settings import Settings
from nl2strat.source import Kind, Source
from tests.nl2strat.research.searches import PROGRAMS, search_of

COUNT = 600
TRAIN, TEST = "300b", "100b"


@cache
def both() -> Compiled:
    """The crossing on two symbols, entered only where the first of them is above its average."""
    text = PROGRAMS["crossing"].replace("symbol EURUSD", "symbol EURUSD, GBPUSD")
    text = text.replace("sma(close, slow)\n", "sma(close, slow) and close of EURUSD > sma(close, 30) of EURUSD\n", 1)
    return compile_strategy(Source(text, Kind.LANGUAGE, "both"), Known())


@cache
def bars() -> Bars:
    """Two symbols; the second has other hours, so that positions in the two are not the same."""
    first, second = (sample_bars(symbol, "H1", COUNT) for symbol in ("EURUSD", "GBPUSD"))
    kept = np.arange(COUNT) % 7 != 3
    columns = (getattr(second, name).values[kept] for name in ("open", "high", "low", "close"))
    thin = Bars.from_arrays("GBPUSD", "H1", second.time[kept], *columns, spec=second.spec)
    return first.beside(thin)


def walked_on(data: Bars) -> tuple[Evaluator, Walked]:
    """A walk over a small grid."""
    evaluator = Evaluator(both(), data, Settings())
    steps = windows_of(data, span_of(TRAIN, "--train"), span_of(TEST, "--test"), anchored=False)
    space, plan, _ = search_of((Market("here", None, evaluator),), inputs=("fast=3..9:3",), grid=True)
    with LocalBench((evaluator,), workers=1) as bench:
        return evaluator, walk_forward(evaluator, steps, lambda window: Search(space, plan, window, bench, {}))


@cache
def usual() -> tuple[Evaluator, Walked]:
    """One walk that several tests look at."""
    return walked_on(bars())


def test_the_pieces_are_one_account_on_one_clock() -> None:
    """Trades of both symbols, at the bars of the joined clock; equity and figures are those of the pieces."""
    _, walked = usual()
    joined, pieces = walked.joined, [step.test for step in walked.steps if step.test is not None]
    assert len(pieces) == 3
    assert joined.symbols == ("EURUSD", "GBPUSD")
    assert {trade.symbol for trade in joined.trades} == {"EURUSD", "GBPUSD"}
    assert len(joined.trades) == sum(len(piece.trades) for piece in pieces)
    for trade in joined.trades:
        assert joined.bars.time[trade.entry_bar] == trade.entry_time
        assert joined.bars.time[trade.exit_bar] == trade.exit_time
    assert (np.diff(joined.bars.time) > 0).all()
    assert np.array_equal(joined.equity, np.concatenate([piece.equity for piece in pieces]))
    assert joined.equity[-1] == pytest.approx(10_000 + sum(piece.net for piece in pieces))
    assert walked.figures["spread_cost"] == pytest.approx(
        sum(float(step.figures["spread_cost"] or 0.0) for step in walked.steps)
    )
    for part, symbol in zip(joined.played, joined.symbols, strict=True):
        assert part.bars.symbol == symbol
        assert len(part.bars) == len(part.spread_points)
    assert outcome_of(walked, usual()[0]).spread_source


def test_signals_are_those_of_a_run_from_the_first_bar() -> None:
    """Of each symbol, at every bar of a window: nothing warms up again there, and nothing is shifted."""
    evaluator, _ = usual()
    whole, (start, stop) = evaluator.bars, (300, 400)
    strategy = evaluator.strategy({})
    evaluator._warm(strategy, start, stop)
    part = whole[start:stop]
    every = {one.symbol: replace(one, siblings={}) for one in (whole, *whole.siblings.values())}
    for symbol, own in ((part.symbol, part), *part.siblings.items()):
        lane = every[symbol].beside(*every.values())
        full = evaluator.strategy({}).signals(lane)
        first = int(np.searchsorted(lane.time, own.time[0]))
        found = strategy.signals(replace(own, siblings={}))
        assert found.keys() == full.keys()
        assert any(isinstance(array, Condition) and array.true.any() for array in found.values())
        for name, array in found.items():
            assert isinstance(array, Condition)
            expected = full[name].true[first : first + len(own)]
            assert np.array_equal(array.true, expected), (symbol, name)


def test_the_other_symbol_s_future_changes_no_choice() -> None:
    """Its bars after the second window's training: everything up to there is the same."""
    plain = bars()
    other = plain.siblings["GBPUSD"]
    late = other.time >= plain.time[400]
    factor = np.where(late, 1.0 + 0.01 * np.sin(np.arange(len(other)) / 5.0), 1.0)
    columns = [np.round(getattr(other, name).values * factor, 5) for name in ("open", "high", "low", "close")]
    shaken = Bars.from_arrays("GBPUSD", "H1", other.time, *columns, spec=other.spec)
    _, before = usual()
    _, after = walked_on(replace(plain, siblings={}).beside(shaken))
    for number in (0, 1):
        assert before.steps[number].found == after.steps[number].found
        assert before.steps[number].chosen == after.steps[number].chosen
    first, second = before.steps[0].test, after.steps[0].test
    assert first is not None
    assert second is not None
    assert first.trades == second.trades
    assert before.joined.trades != after.joined.trades
