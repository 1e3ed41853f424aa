"""The checker on states, account values, other symbols, zones and sessions."""

from __future__ import annotations

import pytest

from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program
from tests.nl2strat.language.programs import HEAD, entering, problems, warnings

ALLOWED = [
    "(close > open) then within 5 bars rsi(14) crosses below 30",
    "green() then within 5 bars red() then within 3 bars green()",
    "latch from rsi(14) < 30 until rsi(14) > 50",
    "(latch from rsi(14) < 30 until rsi(14) > 50)[1] and close > open",
    "close > (remember high when green())",
    "close < (ratchet up low until red())",
    "close > (ratchet down high)[1]",
    "close of XAUUSD > 2000",
    "(close > ema(close, 20)) on H4 of XAUUSD",
    "(high - low) of XAUUSD > 5",
    "zscore(close - 1.5 * close of GBPUSD, 20) > 2",
    "ema(close of XAUUSD, 20) > close on D1 of XAUUSD",
    'time in "Europe/London" >= 08:00 and monday in "Asia/Tokyo" and tuesday in "Australia/Sydney"',
    'close > session_high(08:00, 09:00) in "Europe/London"',
    "close > session_open(09:30) and close < session_low(22:00, 02:00)",
    "losses in a row < 3 and trades today < 2 and result today > -100",
    "bars since loss > 10 or bars since exit > 5 or not last trade lost",
    "flat or holding short",
    "result today > -2 * 50",
    "bars since exit >= 0",
]


@pytest.mark.parametrize("condition", ALLOWED)
def test_sense_passes(condition: str) -> None:
    """States, account values, symbols, zones and sessions where they mean something."""
    assert problems(entering(condition)) == ()


REFUSED = [
    ("close then within 5 bars red()", "T301", "compare it"),
    ("red() then within 0 bars green()", "V401", ""),
    ("red() then within 2.5 bars green()", "V402", ""),
    ("latch from close until red()", "T301", ""),
    ("latch from green() until green()", "V409", "another condition"),
    ("close > (remember red() when green())", "T301", ""),
    ("close > (remember 3 when green())", "T304", ""),
    ("close > (remember high when close)", "T301", ""),
    ("(ratchet up time) > 09:00", "T304", ""),
    ("close > (ratchet up 30 pips)", "T304", ""),
    ("close > (ratchet up low until high)", "T301", ""),
    ("(close of XAUUSD > 3) on H4", "T323", "of XAUUSD"),
    ("(close of XAUUSD) of GBPUSD > 3", "T323", "keep the one"),
    ("3 of XAUUSD < close", "T304", "leave out"),
    ("(time > 09:00) of XAUUSD", "T321", 'take it out of "of XAUUSD"'),
    ("monday of XAUUSD", "T321", ""),
    ("flat of XAUUSD", "T320", ""),
    ("(trades open) of XAUUSD > 1", "T320", ""),
    ("own of XAUUSD > 1", "T322", "let own = (...) of XAUUSD"),
    ("(own > 1) on H4 of XAUUSD", "T322", "let own = (...) on H4 of XAUUSD"),
    ('close in "UTC" > 3', "T324", "time in"),
    ('(time > 09:00) in "UTC"', "T324", ""),
    ('flat in "UTC"', "T324", ""),
    ('time in "London" > 09:00', "V413", "Europe/London"),
    ('(time in "UTC" > 09:00) on D1', "T321", ""),
    ("session_high(08:00, 08:00) > close", "V412", ""),
    ("session_high(08:00) > close", "N206", "session_high(start, end)"),
    ("session_high(8, 10:00) > close", "T306", "session_high(start, end)"),
    ("session_open(25:00) > close", "V403", ""),
    ("(trades open)[1] > 2", "T320", "directly"),
    ("trades today > 2 for 3 bars", "T320", ""),
    ("losses in a row crosses above 2", "T320", ""),
    ("highest(losses in a row, 3) > 2", "T320", ""),
    ("holding long within 3 bars", "T320", ""),
    ("(holding long) on H4", "T320", ""),
    ("latch from last trade won until red()", "T320", ""),
    ("average entry > close", "T320", "in an exit"),
    ("result today > 2%", "T302", "plain number"),
    ("result today > close", "T302", "plain number"),
    ("losses in a row > 20 pips", "T302", ""),
    ("losses in a row + result today > 3", "T305", ""),
    ("(atr(14) > 2000) of USDJPY", "V408", "pips"),
]


@pytest.mark.parametrize(("condition", "code", "hint"), REFUSED)
def test_nonsense_is_refused_with_a_hint(condition: str, code: str, hint: str) -> None:
    """Each misuse has its code, a place on its line and says what to do."""
    found = problems(entering(condition, head=f"{HEAD}let own = close - open\n"))
    assert [p.code for p in found] == [code]
    assert all(p.line == 5 and p.column >= 16 and p.length >= 1 for p in found)
    assert hint in found[0].hint


IMPOSSIBLE = [
    ("losses in a row < 0", "V409"),
    ("trades today >= 0", "V410"),
    ("trades open < 1 and trades open > 0", "V409"),
    ("flat and trades open > 0", "V409"),
    ("flat and holding long", "V409"),
    ("last trade won and last trade lost", "V409"),
    ("last trade won and losses in a row > 0", "V409"),
    ("losses in a row > 0 and wins in a row >= 2", "V409"),
    ("latch from rsi(14) > 130 until red()", "V409"),
    ("(latch from green() until red()) and red()", "V409"),
    ("rsi(14) > 130 then within 3 bars red()", "V409"),
    ("red() then within 3 bars rsi(14) < 0", "V409"),
    ("(green() then within 3 bars rsi(14) > 70) and rsi(14) < 60", "V409"),
    ("(remember rsi(14) when red()) > 130", "V409"),
    ("(ratchet up rsi(14)) < 0", "V409"),
    ("close > (ratchet up high until red())", "V409"),
    ("low < (ratchet down low)", "V409"),
    ("close <= (ratchet up high until red())", "V410"),
    ("(rsi(14) > 130) of XAUUSD", "V409"),
    ("rsi(14) of XAUUSD > 70 and rsi(14) of XAUUSD < 60", "V409"),
    ("rsi(14) of XAUUSD > 70 and rsi(14) < 60", None),
    ('monday in "Asia/Tokyo" and friday in "Asia/Tokyo"', "V409"),
    ('monday in "Asia/Tokyo" and sunday', None),
    ("session_high(08:00, 09:00) < 0", "V409"),
    ("(latch from green() until red()) and not red()", None),
    ("losses in a row > 0 and wins in a row == 0", None),
]


@pytest.mark.parametrize(("condition", "code"), IMPOSSIBLE)
def test_what_cannot_happen_is_found(condition: str, code: str | None) -> None:
    """Ranges and exclusions are known through states, trades, symbols and zones."""
    assert [p.code for p in problems(entering(condition))] == ([code] if code else [])


def test_a_ratchet_includes_its_bar() -> None:
    """The usual slip with an extreme says what was meant."""
    (problem,) = problems(entering("close > (ratchet up high)"))
    assert "(ratchet up high)[1]" in problem.hint


def test_pips_are_those_of_the_symbol_spoken_of() -> None:
    """A plain number is judged as a distance of its own symbol; what cannot be known is left alone."""
    assert problems(entering("close of XAUUSD - open of XAUUSD > 20")) == ()
    assert [p.code for p in problems(entering("close - open > 20"))] == ["V408"]
    assert problems(entering("(close - open > 5) of USDJPY")) == ()
    assert problems(entering("gold > 20", head=f"{HEAD}let gold = close of XAUUSD - open of XAUUSD\n")) == ()


def test_sessions_need_bars_shorter_than_a_day() -> None:
    """A part of a day cannot be seen on daily bars."""
    text = entering("close > session_high(08:00, 09:00)").replace("timeframe H1", "timeframe D1")
    assert [p.code for p in problems(text)] == ["V417"]


def test_the_own_symbol_need_not_be_named() -> None:
    """Naming it is odd, not wrong."""
    assert warnings(entering("close of EURUSD > open")) == ["W907"]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("exit long when close > average entry + 20 pips", None),
        ("exit long when losses in a row > 2 or profit > 30 pips", None),
        ("exit long when flat", "T320"),
        ("reduce long by 50% when profit > 1R", None),
        ("reduce long by 50% when bars since entry >= 10 and average entry > close", None),
        ('alert "x" when flat and result today < -100', None),
        ('alert "x" when profit > 30 pips', "T320"),
        ('alert "x" when close', "T301"),
        ('alert "x" when rsi(14) > 130', "V409"),
        ('alert " " when close > open', "V415"),
    ],
)
def test_what_each_rule_may_ask(rule: str, code: str | None) -> None:
    """Positions in exits and reductions, the account in every rule, nothing about positions in an alert."""
    assert [p.code for p in problems(entering(more=rule))] == ([code] if code else [])


def test_alerts_alone_are_a_program() -> None:
    """Nothing is entered, and nothing needs to be."""
    text = f'{HEAD}alert "up" when close > open\nend strategy\n'
    assert check(parse_program(text)).warnings == ()
    assert warnings(text.replace("end strategy", "exit long when red()\nend strategy")) == ["W902"]
