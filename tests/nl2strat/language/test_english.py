"""English: any program as prose that says everything and says it the same way every time."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings

from nl2strat.language import ast
from nl2strat.language.english import explain, explain_clause, explain_rule, say
from nl2strat.language.parser import parse_program
from nl2strat.language.printer import print_number, print_program
from nl2strat.language.tuning import inlined
from tests.lengths import for_all, lengths
from tests.strategies import Options, programs
from tests.wild import expressions, wild_programs

PROGRAM = """\
strategy "RSI pullback in an uptrend"
symbol EURUSD
timeframe H1
input floor = 30 in 20..40 step 5
let trend = ema(close, 200)
enter long when close > trend and rsi(14) crosses below floor
  stop 2 * atr(14)
  target 3R
  trail 1.5 * atr(14) after 1R
  risk 1% of equity
end
exit long when rsi(14) crosses above 70 or bars since entry >= 48
trade between 08:00 and 17:00 in "Europe/London" on mon, tue
limit 3 trades per day
end strategy
"""

PROSE = """\
RSI pullback in an uptrend: trades EURUSD on H1 bars.

[trend] is the 200-bar exponential moving average.

Buys at the next open when the close is above [trend] and the 14-bar relative strength index crosses below 30. \
The stop loss is 2 times the 14-bar average true range from the entry price. The target is 3R from the entry price, \
R being the distance of the stop. The stop trails the best price at a distance of 1.5 times the 14-bar average true \
range, once the profit has reached 1R. Risks 1% of the equity to the stop.

Closes a long position at the next open when the 14-bar relative strength index crosses above 70 or the number of \
bars since entry is at least 48.

Enters only from 08:00 until before 17:00 (Europe/London time) on Monday and Tuesday. Enters at most 3 trades a day. \
Holds one position at a time.

Input: [floor] is 30 (from 20 to 40 in steps of 5)."""


def test_a_program_reads_as_prose() -> None:
    """The example of the design in English, paragraph by paragraph."""
    assert explain(parse_program(PROGRAM)) == PROSE


def condition(text: str) -> ast.Expr:
    rule = parse_program(f'strategy "x"\nexit all when {text}\nend strategy\n').rules[0]
    assert isinstance(rule, ast.Exit)
    return rule.when


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        ("close > open + 30 pips", "the close is above the open plus 30 pips"),
        ("close[1] <= high[3]", "the close 1 bar ago is at or below the high 3 bars ago"),
        ("close > highest(high, 20)[1]", "the close is above the highest high of the last 20 bars 1 bar ago"),
        ("(high + low) / 2 > close", "(the high plus the low) divided by 2 is above the close"),
        ("macd(12, 26, 9) crosses above 0", "the MACD line (fast 12, slow 26, signal 9) crosses above 0"),
        ("rsi(14, high) > 70", "the 14-bar relative strength index of the high is above 70"),
        ("bb_upper(20, 2) < close", "the upper Bollinger band (length 20, deviations 2) is below the close"),
        ("not flat or not monday", "a position is open or it is not Monday"),
        ("not (a and b)", "it is not true that ([a] and [b])"),
        ("a and (b or c)", "[a] and ([b] or [c])"),
        ("bullish_engulfing()", "there is a bullish engulfing pattern"),
        ("close > open for 3 bars", "the close is above the open for 3 bars in a row"),
        ("green() within 5 bars", "the bar is green within the last 5 bars"),
        ("(close > open) on D1", "(the close is above the open) on D1"),
        ("close on D1 > 1.5", "the close on D1 is above 1.5"),
        ("time >= 09:30", "the time is at or after 09:30"),
        (
            "profit > 2% and bars since entry >= 1",
            "the profit is above 2% and the number of bars since entry is at least 1",
        ),
        ("count(red(), n) >= 3", "the number of the last [n] bars on which the bar is red is at least 3"),
        ("in_neck() or rsi() > 70", "there is an in neck pattern or the 14-bar relative strength index is above 70"),
        ("rising(close, 3)", "the close has risen 3 bars in a row"),
        ("-momentum(10) > 1 points", "minus the 10-bar momentum is above 1 point"),
    ],
)
def test_expressions_are_said_as_a_trader_says_them(expr: str, words: str) -> None:
    """One phrase for each construct; parentheses where words alone would be read two ways."""
    assert say(condition(expr)) == words


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("stop 30 pips", "The stop loss is 30 pips from the entry price. Trades 0.1 lot, the default."),
        ("size 2 lots", "There is no stop loss and no target. Trades 2 lots."),
        ("stop at low\n target at high", "The stop loss is at the low. The target is at the high. Trades 0.1 lot"),
        ("stop 1%\n take 50% after 1R\n take 25% at high", "Closes 50% of the position at a profit of 1R. Closes 25%"),
        (
            "breakeven after 1R plus 2 pips",
            "The stop moves to the entry price plus 2 pips once the profit has",
        ),
        ("stop 9 pips\n risk 50 money", "Risks 50 of the account's currency to the stop."),
        ("size 10% of equity", "The position is worth 10% of the equity."),
        ("close after 1 bars", "Closes after 1 bar."),
        (
            "place stop at high\n valid for 3 bars",
            "Places a buy stop order at the high when [a]. It is valid for 3",
        ),
        (
            "place stop at high limit low",
            "Places a buy stop-limit order at the high with its limit at the low",
        ),
    ],
)
def test_clauses_are_sentences(lines: str, words: str) -> None:
    """Each clause is a sentence; what is left to a default says so."""
    program = parse_program(f'strategy "x"\nenter long when a\n {lines}\nend\nend strategy\n')
    assert words in explain(program)


def test_parts_can_be_had_alone() -> None:
    """A rule or a clause in words, for docstrings and for answers to why."""
    program = inlined(parse_program(PROGRAM))
    entry, leave = program.rules[0], program.rules[1]
    assert isinstance(entry, ast.Entry)
    assert explain_rule(entry) in PROSE
    assert explain_rule(leave) in PROSE
    assert explain_clause(entry, "size") == "Risks 1% of the equity to the stop."
    assert explain_clause(entry, "breakeven") == ""


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs(Options(depth=1)))
def test_nothing_is_left_unsaid(program: ast.Program) -> None:
    """Every number and every name of the program stands in its English."""
    text = explain(program)
    said = set(re.findall(r"[0-9]+(?:\.[0-9]+)?", text))
    for node in ast.walk(program):
        if isinstance(node, ast.Number):
            assert print_number(node.value) in said, print_program(program)
        if isinstance(node, ast.Name):
            assert f"[{node.id}]" in text


def any_program_can_be_explained(program: ast.Program) -> None:
    assert explain(program) == explain(parse_program(print_program(program)))


@pytest.mark.parametrize("examples", lengths(40, 100))
def test_any_program_can_be_explained(examples: int) -> None:
    """Explaining never fails, whatever the program, and gives the same text for the same program."""
    for_all(examples, any_program_can_be_explained, wild_programs())


def different_expressions_read_differently(one: ast.Expr, other: ast.Expr) -> None:
    if one != other:
        assert say(one) != say(other)


@pytest.mark.parametrize("examples", lengths(50, 100))
def test_different_expressions_read_differently(examples: int) -> None:
    """No two meanings share a wording, so the English can be checked against the program."""
    for_all(examples, different_expressions_read_differently, expressions(), expressions())
