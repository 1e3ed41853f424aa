"""What a program is in our English, said in the words of the synonym data, is that program, or is asked about."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nl2strat.backtesting import play, prepare
from nl2strat.datafiles import DataChoice
from nl2strat.errors import NotUnderstood
from nl2strat.language import ast
from nl2strat.language.checker import complete
from nl2strat.language.parser import parse_program
from nl2strat.language.printer import print_program
from nl2strat.language.tuning import inlined
from nl2strat.settings import Settings
from nl2strat.source import Kind, Source
from nl2strat.translate.llm.canonical import normal
from nl2strat.translate.offline import translate
from tests.strategies import checked_programs
from tests.varied_english import varied

PROGRAMS = {
    path.stem: program
    for path in sorted((Path(__file__).parents[3] / "examples").glob("*.strat"))
    if (program := complete(inlined(parse_program(path.read_text(encoding="utf-8"))))).definitions != "metatrader"
    and not program.account
}
"""Examples whose rules are all that there is to say."""


def outcome(program: ast.Program, text: str) -> str:
    """same, refused, or the other program that the text became."""
    market = program.symbol or "EURUSD", program.timeframe or "H1"
    try:
        found = translate(text, symbol=market[0], timeframe=market[1]).program
    except NotUnderstood:
        return "refused"
    if normal(found, *market) == normal(program, *market) or trades(found) == trades(program):
        return "same"
    return f"{text}\n{print_program(found)}"


def trades(program: ast.Program) -> list[object]:
    """What a program does on the made-up bars."""
    source = Source(print_program(program), Kind.LANGUAGE, "text")
    compiled, bars = prepare(source, DataChoice(symbol=program.symbol))
    return [
        (t.side, t.entry_time, t.entry_price, t.exit_time, t.exit_price, t.volume)
        for t in play(compiled, bars, Settings()).trades
    ]


def test_examples_in_other_words() -> None:
    found = [outcome(program, varied(program, random.Random(1))) for program in list(PROGRAMS.values())[::4]]
    wrong = [text for text in found if text not in ("same", "refused")]
    assert not wrong, wrong[0]
    assert found.count("same") > len(found) // 5


@pytest.mark.slow
def test_examples_in_many_other_words() -> None:
    chances = [random.Random(k) for k in range(100, 130)]
    wrong = [
        found
        for program in PROGRAMS.values()
        for chance in chances
        if (found := outcome(program, varied(program, chance))) not in ("same", "refused")
    ]
    assert not wrong, wrong[0]


def _random_programs_in_other_words(count: int) -> list[str]:
    """What became of so many random programs, said in other words; the same ones every time."""
    found: list[str] = []

    @settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(checked_programs(), st.integers(0, 999))
    def each(program: ast.Program, chance: int) -> None:
        plain = complete(inlined(program))
        found.append(outcome(plain, varied(plain, random.Random(chance))))

    each()
    return found


def test_random_programs_in_other_words() -> None:
    """Nothing of a program gets lost, moved or added, whichever words it is said in."""
    found = _random_programs_in_other_words(10)
    wrong = [text for text in found if text not in ("same", "refused")]
    assert not wrong, wrong[0]
    assert "same" in found


@pytest.mark.slow
def test_many_random_programs_in_other_words() -> None:
    wrong = [text for text in _random_programs_in_other_words(200) if text not in ("same", "refused")]
    assert not wrong, wrong[0]


DENIED = [
    ("No trading except between 12:00 and 13:00.", "No trading between 12:00 and 13:00."),
    ("No entries except after 18:00.", "No entries after 18:00."),
    ("No trades except on Mondays.", "No trades on Mondays."),
    ("Buy when the 20 EMA does not turn up.", "Buy when the 20 EMA turns up."),
    ("Buy when the SuperTrend does not flip to green.", "Buy when the SuperTrend flips to green."),
    ("Buy when the bar does not close in the top third of its range.",
     "Buy when the bar closes in the top third of its range."),
    ("Buy when the close is not the highest of the last 20 bars.",
     "Buy when the close is the highest of the last 20 bars."),
    ("Buy when RSI does not go from below 30 to above 30.", "Buy when RSI goes from below 30 to above 30."),
]  # fmt: skip


@pytest.mark.parametrize(("denied", "plain"), DENIED)
def test_a_denial_is_never_swallowed(denied: str, plain: str) -> None:
    """The text with the denial is another program than the text without it, or none."""
    rule = "" if plain.startswith("Buy") else " Buy when RSI crosses above 30."
    said = translate(plain + rule, symbol="EURUSD", timeframe="H1").program
    try:
        found = translate(denied + rule, symbol="EURUSD", timeframe="H1").program
    except NotUnderstood:
        return
    assert normal(found, "EURUSD", "H1") != normal(said, "EURUSD", "H1")
