"""Automatic inputs: each turnable number has a name and a range, and the program trades as before."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mas.backtest import run_backtest
from mas.data import sample_bars
from nl2strat.codegen import load, render
from nl2strat.language import ast
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program
from nl2strat.language.printer import print_program
from nl2strat.language.tuning import inlined, with_inputs
from tests.lengths import for_all, lengths
from tests.nl2strat.codegen.programs import PROGRAMS
from tests.strategies import checked_programs

RSI = """strategy "RSI"
symbol EURUSD
timeframe H1
enter long when rsi(14) crosses below 30 and close > bb_lower(20, 2)
  stop 30 pips
  target 2R
  risk 1% of equity
end
enter short when rsi(14) crosses above 70 and close < bb_upper(20, 2)
  stop 30 pips
  target at lowest(low, 50)
end
exit all when bars since entry >= 12 or roc(1) < 0
end strategy
"""


def read(text: str) -> ast.Program:
    return check(parse_program(text)).program


def inputs_of(text: str) -> list[str]:
    lines = print_program(with_inputs(read(text))).splitlines()
    return [line.removeprefix("input ") for line in lines if line.startswith("input ")]


def test_every_number_in_its_role_is_one_input() -> None:
    """The length of both bands, the stop of both sides: turned together. Zero lines and looks back are no inputs."""
    assert inputs_of(RSI) == [
        "rsi_length = 14 in 7..28 step 1",
        "rsi_low = 30 in 20..40 step 5",
        "bb_length = 20 in 10..40 step 2",
        "bb_deviations = 2 in 1..4 step 0.5",
        "stop_pips = 30 in 15..60 step 5",
        "target_r = 2 in 1..4 step 0.5",
        "risk_percent = 1 in 0.5..2 step 0.25",
        "rsi_high = 70 in 60..80 step 5",
        "lowest_length = 50 in 25..100 step 5",
        "bars_since_entry_level = 12 in 6..24 step 1",
    ]


def test_what_has_a_name_keeps_it() -> None:
    text = RSI.replace(
        "enter long", "input rsi_length = 9 in 5..20\nlet stop_pips = 1 * atr(rsi_length)\nenter long", 1
    )
    text = text.replace("target 2R", "target stop_pips")
    names = [line.split(" = ")[0] for line in inputs_of(text)]
    assert names[:3] == ["rsi_length", "rsi_length_2", "rsi_low"]
    assert "stop_pips_2" in names


@pytest.mark.parametrize("path", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_it_trades_as_before(path) -> None:  # type: ignore[no-untyped-def]
    program = read(path.read_text(encoding="utf-8"))
    bars = sample_bars(program.symbol, program.timeframe, 1200)
    before, after = (run_backtest(load(render(p))(), bars, band=False) for p in (program, with_inputs(program)))
    assert before.trades == after.trades


def any_program_has_a_canonical_form(program: ast.Program) -> None:
    tuned = with_inputs(program)
    assert read(print_program(tuned)) == tuned
    assert with_inputs(tuned) == tuned
    assert inlined(tuned) == inlined(program)
    for item in tuned.inputs[len(program.inputs) :]:
        assert item.low is not None
        assert item.high is not None
        assert item.step is not None
        assert item.low <= item.default <= item.high
        assert (item.default - item.low) % item.step == Decimal(0)


@pytest.mark.parametrize("examples", lengths(12, 40))
def test_any_program_has_a_canonical_form(examples: int) -> None:
    """It checks, prints, parses; twice is once; its numbers put back are the numbers there were."""
    for_all(examples, any_program_has_a_canonical_form, checked_programs())
