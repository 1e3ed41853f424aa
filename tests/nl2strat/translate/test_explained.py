"""What `explain` writes is read back as the program it was written from, and nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st

from nl2strat.errors import NotUnderstood
from nl2strat.language import ast
from nl2strat.language.checker import complete
from nl2strat.language.english import explain
from nl2strat.language.parser import parse_program
from nl2strat.language.printer import print_program
from nl2strat.language.tuning import inlined, with_inputs
from nl2strat.translate.explained import read_explanation
from nl2strat.translate.offline import translate
from tests.lengths import for_all, lengths
from tests.strategies import GROUPS, Options, checked_programs

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.strat"))
ONE = """Cross: trades EURUSD on H1 bars.

Buys at the next open when the 10-bar simple moving average crosses above the 40-bar simple moving average. The stop
loss is 40 pips from the entry price. Trades 0.1 lot, the default.

After a loss it enters nothing for 10 bars. Holds one position at a time."""


def canonical(program: ast.Program) -> str:
    """The program with its rules in the order of an explanation, without assumptions."""

    def place(rule: ast.Rule) -> int:
        kinds = (ast.Entry, (ast.Exit, ast.Reduce, ast.Alert), ast.Trade, ast.Dates)
        return next((k for k, kind in enumerate(kinds) if isinstance(rule, kind)), len(kinds))  # type: ignore[arg-type]

    rules = tuple(sorted(program.rules, key=place))
    return print_program(replace(complete(program), assumptions=(), rules=rules))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_comes_back(path: Path) -> None:
    program = complete(inlined(parse_program(path.read_text(encoding="utf-8"))))
    reading = translate(explain(program), symbol=program.symbol, timeframe=program.timeframe)
    assert canonical(reading.program) == canonical(program)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_with_its_list_of_inputs_comes_back(path: Path) -> None:
    """As `explain` shows it: the inputs are named at the end, and their numbers stand in the sentences."""
    program = with_inputs(complete(parse_program(path.read_text(encoding="utf-8"))))
    reading = translate(explain(program), symbol=program.symbol, timeframe=program.timeframe)
    assert canonical(reading.program) == canonical(inlined(program))


NESTED = """
    value_when(green(), sma(high, 5))
    sma(value_when(green(), high), 5)
    value_when(close > open, sma(close, 5)) + 14 pips
    value_when(close > open + 14 pips, sma(close, 5))
    bars_since(close > open)[3]
    bars_since(close > open[3])
    value_when(close > open, high) of XAUUSD
    value_when(close > open of XAUUSD, high)
    bars_since(green()) on H4
    bars_since(green() on H4)
    value_when(green(), abs(close))
    abs(value_when(green(), close))
    value_when(green(), value_when(close > open, sma(close, 5)))
    value_when(close > value_when(green(), open), sma(close, 5))
    value_when(green(), count(close > open, 5))
    value_when(green(), -close)
    -value_when(green(), close)
    count(close > open, 5)[2]
    remember value_when(green(), sma(high, 5)) when close > open
    ratchet up value_when(close > open, high) until green()
    (sma(high, 5) on H4)[2]
    sma(high on H4, 5)
    (close - 2 * (high - low)) / (open + 1)
""".strip().splitlines()


@pytest.mark.parametrize("value", [line.strip() for line in NESTED])
def test_what_could_be_read_two_ways_is_said_in_two(value: str) -> None:
    program = parse_program(f'strategy "x"\nlet v = {value}\nenter long when close > v\nend\nend strategy\n')
    found = read_explanation(explain(complete(program)))
    assert found is not None
    assert canonical(found.program) == canonical(program)


def test_no_two_values_are_said_alike() -> None:
    told = [explain(parse_program(f'strategy "x"\nlet v = {value}\nexit all when close > v\nend strategy\n'))
            for value in NESTED]  # fmt: skip
    assert len(set(told)) == len(NESTED)


def a_random_program_comes_back(program: ast.Program) -> None:
    plain = complete(inlined(program))
    found = read_explanation(explain(plain))
    assert found is not None
    # white space of any kind and length is one blank in what is read, in the text of an alert too
    assert canonical(found.program).split() == canonical(plain).split()


@pytest.mark.parametrize("examples", lengths(8, 25))
def test_a_random_program_comes_back(examples: int) -> None:
    for_all(
        examples,
        a_random_program_comes_back,
        checked_programs(Options(groups=GROUPS, others=("XAUUSD",), traded=("XAUUSD",), timeframes=("H4", "D1"))),
    )


def several_symbols_come_back(program: ast.Program, wrapped: bool) -> None:
    told = explain(program)
    found = read_explanation(told.replace(" ", "\n ") if wrapped and '"' not in told else told)
    assert found is not None
    assert canonical(found.program) == canonical(program)


@pytest.mark.parametrize("examples", lengths(4, 10))
def test_several_symbols_come_back(examples: int) -> None:
    for_all(
        examples,
        several_symbols_come_back,
        checked_programs(Options(groups=GROUPS, also=("GBPUSD", "USDJPY"), inputs=False)),
        st.booleans(),
    )


def test_every_sentence_is_bound_to_what_it_became() -> None:
    reading = translate(ONE, symbol="EURUSD", timeframe="H1")
    assert [(use.text[:12], use.node) for use in reading.uses if use.text.startswith(("The stop", "After"))] == [
        ("The stop\nlos", "stop 40 pips"),
        ("After a loss", "wait 10 bars after loss"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("crosses above", "strolls above"),
        lambda text: text.replace("After a loss it enters nothing", "After a loss it rarely enters anything"),
        lambda text: text.replace("Holds one position at a time.", "Holds one position each way at a time."),
        lambda text: text + " Unless it rains.",
        lambda text: text.replace("Trades 0.1 lot, the default.", "Trades 0.1 lot. Trades 0.2 lot."),
    ],
    ids=["verb", "rule", "policy", "more", "twice"],
)
def test_a_changed_explanation_is_no_explanation(change: Callable[[str], str]) -> None:
    assert read_explanation(change(ONE)) is None


def test_what_only_restates_a_default_may_be_missing() -> None:
    whole, short = read_explanation(ONE), read_explanation(ONE.replace(" Holds one position at a time.", ""))
    assert whole is not None
    assert short is not None
    assert whole.program == short.program


def test_an_explanation_of_another_symbol_is_a_question() -> None:
    with pytest.raises(NotUnderstood, match="EURUSD"):
        translate(ONE, symbol="GBPUSD", timeframe="H1")
