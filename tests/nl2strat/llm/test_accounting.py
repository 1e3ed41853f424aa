"""No number of a text may be lost, none of a program may come from nowhere."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from nl2strat.language import ast
from nl2strat.language.checker import check
from nl2strat.language.english import explain
from nl2strat.language.parser import parse_program
from nl2strat.translate.llm.accounting import account
from nl2strat.translate.llm.numbers import numbers_of, readable


def program(body: str = "", *, head: str = "", when: str = "close > open") -> str:
    return f'strategy "x"\n{head}enter long when {when}\n{body}end\nend strategy\n'


GOOD = [
    ("Buy green bars, stop 30 pips", program("stop 30 pips\n")),
    ("Buy green bars, stop 30 pips", program("stop 300 points\n")),
    ("Buy green bars, stop 300 points", program("stop 30 pips\n")),
    ("Buy green bars, stop thirty pips", program("stop 30 pips\n")),
    ("Buy green bars, stop two and a half ATR", program("stop 2.5 * atr(14)\n")),
    ("Buy green bars, stop 1,5 % (Kaufe)", program("stop 1.5%\n")),
    ("Buy 2% above yesterday's close", program(when="close > 1.02 * yesterday_close()")),
    ("Buy green bars on the 4-hour chart", program(head="timeframe H4\n")),
    ("Buy green bars on a 15 minute chart", program(head="timeframe M15\n")),
    ("Buy green bars on the daily chart", program(head="timeframe D1\n")),
    ("Buy green bars on H4", program(head="timeframe H4\n")),
    ("Buy green bars, out after 2 hours", program("close after 8 bars\n", head='assume "M15"\ntimeframe M15\n')),
    ("Buy green bars of gold", program(head="symbol XAUUSD\n")),
    ("Buy green bars of EUR/USD", program(head="symbol EURUSD\n")),
    ("Buy green bars, reward 1:3, stop 20 pips", program("stop 20 pips\ntarget 3R\n")),
    ("Buy green bars, risk half a percent, stop 20 pips", program("stop 20 pips\nrisk 0.5% of balance\n")),
    ("Buy green bars, take half at 1R, stop 20 pips", program("stop 20 pips\ntake 50% after 1R\n")),
    ("Buy green bars worth 10k", program("size 10000 money\n")),
    ("Buy green bars after 9am", program(when="close > open and time > 09:00")),
    ("Buy green bars from 8 to 17h", program(when="close > open and time > 08:00 and time < 17:00")),
    ("Buy green bars from 8 to 5pm", program(when="close > open and time > 08:00 and time < 17:00")),
    ("Buy 1/2 lot on green bars", program("size 0.5 lots\n")),
    ("Buy the 5/20 cross", program(when="sma(close, 5) > sma(close, 20)")),
    ("Kaufe fuer 10.000 Euro", program("size 10000 money\n")),
    ("Kaufe nach 9.30 Uhr", program(when="time > 09:30")),
    ("1. Buy green bars\n2. Stop 20 pips", program("stop 20 pips\n")),
    ("Buy one lot on green bars", program("size 1 lots\n")),
    ("Buy when RSI is over 50", program(when="rsi(14) > 50")),
    ("Buy when RSI is oversold", program(when="rsi(14) < 30")),
    ("Buy when the MACD line is over zero", program(when="macd(12, 26) > 0")),
    ("Buy green bars above the previous high", program(when="close > high[1]")),
    ("Buy green bars in 2023", program().replace("end str", "trade from 2023-01-01 until 2023-12-31\nend str")),
    ("اشتر عند ٣٠ نقطة stop ٣٠ pips", program("stop 30 pips\n")),
    ("Kaufe, Stopp dreissig Pips", program("stop 30 pips\n", head='assume "dreissig is read as 30 pips"\n')),
    ("Buy green bars, step 3 of my plan", program(head='assume "not used: 3, it numbers the plan"\n')),
]  # fmt: skip

LOST = [
    ("Buy green bars, stop 30 pips", program(), "30"),
    ("Buy green bars, stop 30 pips, target 60 pips", program("stop 30 pips\n"), "60"),
    ("Buy green bars, stop 30 pips", program("stop 30 points\n"), "30"),
    ("Buy green bars, stop 30 pips", program("stop 3 pips\n"), "30"),
    ("Buy green bars on the 4-hour chart", program(head="timeframe H1\n"), "4"),
    ("Buy when the 50 EMA is over the 200 EMA", program(when="ema(close, 50) > ema(close, 100)"), "200"),
    ("Buy green bars before 16:30", program(when="close > open and time < 16:00"), "16:30"),
    ("Buy green bars, stop 1,5 %", program("stop 15%\n"), "1,5"),
]

UNFOUNDED = [
    ("Buy green bars", program("stop 30 pips\n"), "30 pips"),
    ("Buy green bars", program("target 3R\nstop 1%\n"), "3R"),
    ("Buy green bars", program(head="symbol EURUSD\n"), "EURUSD"),
    ("Buy green bars", program(head="timeframe H1\n"), "H1"),
    ("Buy green bars", program(when="close > sma(close, 50) on D1"), "50"),
    ("Buy green bars", program(when="rsi(9) < 30"), "9"),
    ("Buy green bars", program(when="rsi(14) < 35"), "35"),
    ("Buy green bars", program(head="input n = 14 in 7..28 step 7\n", when="rsi(n) > 50"), "14"),
    ("Buy green bars", program(when="close > open and time > 09:00"), "09:00"),
    ("Buy green bars", program().replace("end strategy", "limit 3 trades per day\nend strategy"), "3"),
    ("Buy green bars", program().replace("end strategy", "trade from 2020-01-01\nend strategy"), "2020-01-01"),
]


@pytest.mark.parametrize(("text", "source"), GOOD)
def test_everything_is_accounted_for(text: str, source: str) -> None:
    text = readable(text)
    found = account(text, parse_program(source))
    assert not found.lost
    assert not found.unfounded


@pytest.mark.parametrize(("text", "source", "number"), LOST)
def test_a_lost_number_is_pointed_at(text: str, source: str, number: str) -> None:
    assert number in [said.text for said in account(text, parse_program(source)).lost]


@pytest.mark.parametrize(("text", "source", "number"), UNFOUNDED)
def test_a_number_from_nowhere_is_pointed_at(text: str, source: str, number: str) -> None:
    found = account(text, parse_program(source))
    assert number in [stated.text for stated in found.unfounded]
    assert all(problem.line >= 1 and problem.hint for problem in found.problems())


@pytest.mark.parametrize(("text", "source", "number"), UNFOUNDED)
def test_an_assumption_that_names_it_is_enough(text: str, source: str, number: str) -> None:
    ranges = {"14": "14, 7, 28", "3R": "3R and 1%", "50": "50 on D1", "9": "9 and 30", "2020-01-01": "2020-01-01"}
    line = f'strategy "x"\nassume "presumed: {ranges.get(number, number)}"\n'
    found = account(text, parse_program(source.replace('strategy "x"\n', line, 1)))
    assert number not in [stated.text for stated in found.unfounded]


def test_a_list_of_numbers_excuses_nothing() -> None:
    line = f'assume "presumed: {", ".join(map(str, range(25, 40)))}"\n'
    found = account("Buy green bars", parse_program(program("stop 30 pips\n", head=line)))
    assert [stated.text for stated in found.unfounded] == ["30 pips"]


@pytest.mark.parametrize(
    "text", ["Buy green bars, stop 30 pips", "Buy green bars, risk 2%", "Buy green bars, target 3R"]
)
def test_a_number_with_a_unit_cannot_be_excused(text: str) -> None:
    number = text.split()[-2] if text.endswith("pips") else text.split()[-1].rstrip("%R")
    found = account(text, parse_program(program(head=f'assume "not used: {number} of the text"\n')))
    assert [said.text for said in found.lost] == [number]


def test_a_line_that_excuses_everything_excuses_nothing() -> None:
    text = "Buy green bars " + " ".join(map(str, range(31, 39)))
    line = f'assume "not used: {", ".join(map(str, range(31, 39)))}"\n'
    assert len(account(text, parse_program(program(head=line))).lost) == 8


def test_what_the_data_says_needs_no_words() -> None:
    found = account("Buy green bars", parse_program(program(head="symbol EURUSD\ntimeframe H1\n")), "EURUSD", "H1")
    assert found.is_clean


def test_places_are_those_of_the_text() -> None:
    text = readable("Achète à ٣٠, stop 1,5 %, cible\u00a060 pips")
    assert len(text) == len("Achète à ٣٠, stop 1,5 %, cible\u00a060 pips")
    assert [text[said.start : said.end] for said in numbers_of(text)] == ["30", "1,5", "60"]


def test_a_number_word_of_another_language_is_no_number() -> None:
    assert all(said.soft for said in numbers_of("Ten sygnał kupna nad six mois dla pozycji"))
    assert Decimal(10) in {value for said in numbers_of("Buy at ten pips") for _, value in said.facts}


EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.strat"))


@pytest.mark.parametrize("path", EXAMPLES[::4], ids=lambda path: path.stem)
def test_what_our_own_english_says_of_a_program_accounts_for_it(path: Path) -> None:
    program = replace(parse_program(path.read_text(encoding="utf-8")), name="x")
    text = readable(explain(check(program).program))
    assert account(text, program).is_clean


@pytest.mark.parametrize("path", EXAMPLES[::4], ids=lambda path: path.stem)
def test_a_number_changed_behind_its_back_is_found(path: Path) -> None:
    program = replace(parse_program(path.read_text(encoding="utf-8")), name="x")
    text = readable(explain(check(program).program))

    def changed(node: ast.Node) -> ast.Node:
        return replace(node, value=node.value + Decimal("7.77")) if isinstance(node, ast.Number) else node

    rules = tuple(ast.transform(rule, changed) for rule in program.rules)
    lets = tuple(ast.transform(let, changed) for let in program.lets)
    other = replace(program, rules=rules, lets=lets)
    assert account(text, other).is_clean == (other == program)
