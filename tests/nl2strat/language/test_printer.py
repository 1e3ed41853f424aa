"""The printer: one canonical form, which reads back as the same program."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings

from nl2strat.language import ast
from nl2strat.language.engine import engine
from nl2strat.language.parser import parse, parse_program
from nl2strat.language.printer import print_answer, print_expr, print_number, print_program
from tests.wild import answers, expressions, wild_programs

CANONICAL = """\
strategy "RSI pullback in an uptrend"
symbol EURUSD
timeframe H1

input length = 14 in 7..28 step 7
input floor = 30 in 20..40 step 5

let trend = ema(close, 200)

enter long when close > trend and rsi(length) crosses below floor
  stop 2 * atr(14)
  target 3R
  trail 1.5 * atr(14) after 1R
  risk 1% of equity
end

exit long when rsi(length) crosses above 70 or bars since entry >= 48

trade between 08:00 and 17:00 on mon, tue, wed, thu
limit 3 trades per day
end strategy
"""


def expression(text: str) -> ast.Expr:
    program = parse_program(f'strategy "x"\nexit all when {text}\nend strategy\n')
    rule = program.rules[0]
    assert isinstance(rule, ast.Exit)
    return rule.when


def test_canonical_text_prints_as_itself() -> None:
    """A program that is canonical already comes back byte for byte."""
    assert print_program(parse_program(CANONICAL)) == CANONICAL


@settings(max_examples=150, deadline=None)
@given(wild_programs())
def test_programs_survive_printing_and_parsing(program: ast.Program) -> None:
    """`parse(print(x)) == x` for whatever the grammar can spell, and printing is stable."""
    text = print_program(program)
    assert parse(text) == program
    assert print_program(parse_program(text)) == text


@settings(max_examples=150, deadline=None)
@given(expressions(30))
def test_expressions_survive_printing_and_parsing(expr: ast.Expr) -> None:
    """Parentheses are kept wherever leaving them out would change the meaning."""
    assert expression(print_expr(expr)) == expr


@settings(max_examples=20, deadline=None)
@given(answers())
def test_answers_survive_printing_and_parsing(answer: ast.Answer) -> None:
    """An answer that only asks prints and reads back."""
    assert parse(print_answer(answer)) == answer


@settings(max_examples=60, deadline=None)
@given(wild_programs())
def test_what_is_printed_is_in_the_language_as_the_grammar_spells_it(program: ast.Program) -> None:
    """Canonical text needs no tidying first: the bare grammar takes it, so a model's mask does too."""
    engine().parse(print_program(program))


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("((close)) > (open)", "close > open"),
        ("(close > open) and (low < high)", "close > open and low < high"),
        ("(flat and flat) and flat", "(flat and flat) and flat"),
        ("a and (b or c)", "a and (b or c)"),
        ("(a and b) or c", "a and b or c"),
        ("not (a and b)", "not (a and b)"),
        ("not (close > open)", "not close > open"),
        ("(not a) for 3 bars", "(not a) for 3 bars"),
        ("(close > open) for 3 bars", "close > open for 3 bars"),
        ("x - (y - z) > 0", "x - (y - z) > 0"),
        ("(x - y) - z > 0", "x - y - z > 0"),
        ("(x + y) / 2 > -(x * y)", "(x + y) / 2 > -(x * y)"),
        ("(close on D1)[1] > 2", "(close on D1)[1] > 2"),
        ("close[1] on D1 > 1.50", "close[1] on D1 > 1.5"),
        ("(close + open)[n] > 30   pips", "(close + open)[n] > 30 pips"),
        ("profit >= 2 R or profit > 1.0 %", None),
        ("profit >= 2R or profit > 1%", "profit >= 2R or profit > 1%"),
        ("close  crosses\tabove ema(close,20)", "close crosses above ema(close, 20)"),
        ("time >= 9:30", "time >= 09:30"),
    ],
)
def test_parentheses_and_numbers_are_as_short_as_they_can_be(written: str, canonical: str | None) -> None:
    """Only parentheses that carry meaning remain; numbers, units and blanks have one spelling."""
    if canonical is None:
        canonical, written = "profit >= 2R or profit > 1%", written.replace(" %", "%")
    assert print_expr(expression(written)) == canonical


@pytest.mark.parametrize(
    ("value", "text"), [("0.10", "0.1"), ("1E+3", "1000"), ("100", "100"), ("0.00000001", "0.00000001"), ("-5.0", "-5")]
)
def test_numbers_are_spelled_shortest(value: str, text: str) -> None:
    """No exponent, no trailing zero."""
    assert print_number(Decimal(value)) == text
