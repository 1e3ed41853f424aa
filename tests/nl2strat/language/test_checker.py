"""The checker: sense passes, nonsense is refused with a place, a code and a hint, all of it at once."""

from __future__ import annotations

import pytest
from hypothesis import assume

from nl2strat.errors import LanguageErrors, Problem
from nl2strat.language import ast
from nl2strat.language.checker import check, complete
from nl2strat.language.parser import parse_program
from nl2strat.language.printer import print_program
from tests.lengths import for_all, lengths
from tests.strategies import programs
from tests.wild import wild_programs

HEAD = 'strategy "Test"\nsymbol EURUSD\ntimeframe H1\ninput length = 14 in 7..28 step 7\ninput level = 30\n'


def program(
    entry: str = "close > open", clauses: str = "stop 30 pips", exit: str = "", lets: str = "", more: str = ""
) -> str:
    """A small program around the line under test."""
    clause_lines = "".join(f"  {line}\n" for line in clauses.split("; ") if line)
    exits = f"exit long when {exit}\n" if exit else ""
    return f"{HEAD}{lets}enter long when {entry}\n{clause_lines}end\n{exits}{more}end strategy\n"


def problems(text: str) -> tuple[Problem, ...]:
    try:
        return refusals(parse_program(text))
    except LanguageErrors as error:
        return error.problems


def refusals(tree: ast.Program) -> tuple[Problem, ...]:
    try:
        check(tree)
    except LanguageErrors as error:
        return error.problems
    return ()


CLAUSES_REFUSED = [
    ("stop 2 * rsi(14)", "T307", "2 * atr(14)"),
    ("stop at 20 pips", "T307", "leave out at"),
    ("stop low - 5 pips", "T307", "put at"),
    ("stop (close > open)", "T301", ""),
    ("stop 0 pips", "V411", ""),
    ("stop -30 pips", "V411", ""),
    ("stop 0 * atr(14)", "V411", ""),
    ("stop 150%", "V401", ""),
    ("stop 1R", "T310", ""),
    ("stop 30", "V408", "30 pips"),
    ("stop at high + 10 pips", "R506", ""),
    ("stop 30 pips; target at low - 10 pips", "R506", ""),
    ("place stop at high + 5 pips; stop at high + 10 pips", "R506", ""),
    ("stop 30 pips; stop 20 pips", "R505", ""),
    ("target 3R", "T310", "stop"),
    ("risk 1% of equity", "R501", "stop"),
    ("risk 100 money; trail 20 pips", "R501", "next to the trail"),
    ("stop 30 pips; risk 101% of equity", "V401", ""),
    ("stop 30 pips; risk 0% of equity", "V401", ""),
    ("stop 30 pips; size 0 lots", "V401", ""),
    ("trail 0 pips", "V411", ""),
    ("trail 2%  after 1R", "T310", ""),
    ("stop 20 pips; take 60% after 1R; take 50% after 2R", "R503", ""),
    ("stop 20 pips; take 0% after 1R", "V401", ""),
    ("stop 20 pips; take 50% at 30 pips", "T307", ""),
    ("stop 20 pips; breakeven after 10 pips plus 12 pips", "R507", ""),
    ("stop 20 pips; valid for 3 bars", "R504", "place"),
    ("place limit at low - 5 pips; stop 20 pips; valid for 0 bars", "V401", ""),
    ("place limit at 20 pips; stop 20 pips", "T307", ""),
    ("stop 20 pips; close after 0 bars", "V401", ""),
    ("stop 20 pips; close after 2.5 bars", "V402", ""),
    ("stop x pips", "N201", ""),
    ("stop profit", "T320", ""),
]


@pytest.mark.parametrize(("clauses", "code", "hint"), CLAUSES_REFUSED)
def test_clauses_have_units_and_what_they_build_on(clauses: str, code: str, hint: str) -> None:
    """A distance where a distance belongs, a stop where R or risk is counted, amounts above zero."""
    found = problems(program(clauses=clauses))
    assert [p.code for p in found] == [code]
    assert hint in found[0].hint


CLAUSES_ALLOWED = [
    "stop 30 pips; target 60 pips",
    "stop 300 points; target 3R; trail 1.5 * atr(14) after 1R; risk 1% of equity",
    "stop 1.5%; target 4%; breakeven after 1R plus 2 pips",
    "stop at lowest(low, 10) - 5 pips; target at highest(high, 50)[1]",
    "stop 0.0030; target 2R",
    "stop length pips; target 2R; close after length bars",
    "stop 2 * atr(14); take 50% after 1R; take 25% after 2R; target 3R",
    "place stop at high + 2 pips; valid for 5 bars; stop at low - 2 pips",
    "place limit at low - 10 pips; stop 20 pips; risk 50 money",
    "place stop at high + 2 pips limit high + 1 pips; stop 20 pips",
    "stop at max(low - 10 pips, close - 30 pips)",
    "stop 20 pips; size 25% of equity",
    "trail 20 pips",
]


@pytest.mark.parametrize("clauses", CLAUSES_ALLOWED)
def test_brackets_of_every_kind_pass(clauses: str) -> None:
    """Stops, targets, trailing, partial exits, sizes and orders as the issues list them."""
    assert problems(program(clauses=clauses)) == ()


@pytest.mark.parametrize(
    ("exit", "code"),
    [
        ("profit > 30 pips or bars since entry >= 48", None),
        ("profit > 2R and profit < 5%", None),
        ("close < entry - 20 pips", None),
        ("not profit > 30 pips", None),
        ("profit > entry", "T302"),
        ("profit > 30 pips for 3 bars", "T320"),
        ("(profit)[1] > 30 pips", "T320"),
        ("close crosses below entry", "T320"),
        ("flat", "T320"),
    ],
)
def test_the_position_is_spoken_of_directly_in_exits(exit: str, code: str | None) -> None:
    """Entry price, profit and age may be compared in an exit, but have no history."""
    assert [p.code for p in problems(program(exit=exit))] == ([code] if code else [])


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ('trade between 08:00 and 17:00 in "Europe/London" on mon, tue\n', None),
        ("trade between 22:00 and 06:00\n", None),
        ("trade between 08:00 and 08:00\n", "V412"),
        ("trade between 08:00 and 24:30\n", "V403"),
        ('trade between 08:00 and 17:00 in "London"\n', "V413"),
        ('close at 17:00 in "Nowhere/Land"\n', "V413"),
        ("trade on mon, mon\n", "V414"),
        ("close at 99:00\n", "V403"),
        ("limit 0 trades per day\n", "V401"),
        ("limit 2 trades per day\nlimit 3 trades per day\n", "R505"),
        ("pyramid 2.5\n", "V402"),
        ("pyramid 3\nno reversal\n", None),
    ],
)
def test_times_and_limits(more: str, code: str | None) -> None:
    """Clocks, zones, days and counts exist and are said once."""
    assert [p.code for p in problems(program(more=more))] == ([code] if code else [])


@pytest.mark.parametrize(
    ("lets", "code"),
    [
        ("let trend = ema(close, 20)\nlet up = close > trend\n", None),
        ("let a = b\nlet b = close\n", "N205"),
        ("let a = a\n", "N205"),
        ("let length = close\n", "N203"),
        ("let ema = close\n", "N204"),
        ("let stop = close\n", "N204"),
        ("let lambda = close\n", "N204"),
        ("let a = (close > b) on D1\n", "N201"),
        ("let b = close\nlet a = (close > b) on D1\n", "T322"),
        ("let b = close on D1\nlet a = close > b\n", None),
        ("let a = flat\n", "T320"),
        ("let a = profit\n", "T320"),
        ("let a = rsi(14) > 130\n", "V409"),
    ],
)
def test_names(lets: str, code: str | None) -> None:
    """A name is new, is not a word of the language, and is known only below its line."""
    assert [p.code for p in problems(program(lets=lets))] == ([code] if code else [])


@pytest.mark.parametrize("range_", ["9..3", "7..9", "1..9 step 0", "1..9 step 20"])
def test_input_ranges(range_: str) -> None:
    """The range of an input runs upwards, holds its default and is wider than its step."""
    assert [p.code for p in problems(program().replace("= 30\n", f"= 30\ninput a = 5 in {range_}\n"))] == ["V416"]


def test_all_problems_are_reported_at_once_in_order() -> None:
    """One pass finds the problems of every line."""
    found = problems(program("rsii(14) > 3", "stop 2 * rsi(14); target 0 pips; risk 200% of equity", "colse > open"))
    assert [(p.line, p.code) for p in found] == [(6, "N202"), (7, "T307"), (8, "V411"), (9, "V401"), (11, "N201")]


def test_a_mistake_in_a_let_is_reported_once() -> None:
    """What uses a broken let is not blamed as well."""
    found = problems(program("close > trend", lets="let trend = emaa(close, 20)\n"))
    assert [p.code for p in found] == ["N202"]


def test_a_problem_shows_its_place_with_a_caret() -> None:
    """The message points at the words it is about, in the text as it was written."""
    text = program().replace("stop 30 pips", "stop   2 *  rsi(14)   # twice the RSI")
    with pytest.raises(LanguageErrors) as caught:
        check(parse_program(text), text)
    shown = str(caught.value).splitlines()
    assert "stop   2 *  rsi(14)" in shown[1]
    assert shown[2].rstrip() == "  " + " " * 9 + "^" * 12


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (program(clauses=""), ["W901", "W903", "W903"]),
        (program(clauses="", exit="close < open"), ["W903", "W903"]),
        (program(more="exit short when close < open\n"), ["W902", "W903", "W903"]),
        (program("rsi(length) < level"), []),
        (program("rsi(length) < level", "stop 20 pips; risk 20% of equity"), ["W906"]),
        (program("rsi(length) < level", exit="close < open", more="exit long when close < open\n"), ["W904"]),
        (program("rsi(length) < level", lets="let a = close\n"), ["W903"]),
    ],
)
def test_oddities_are_warnings(text: str, codes: list[str]) -> None:
    """What can run but is hardly meant is said, not refused."""
    assert sorted(w.code for w in check(parse_program(text)).warnings) == codes


def test_a_program_without_entries_is_refused() -> None:
    """Nothing to enter means nothing to test."""
    assert [p.code for p in problems('strategy "x"\nexit long when close > open\nend strategy\n')] == ["R500"]


def test_defaults_are_filled_in() -> None:
    """Omitted arguments get the registry's defaults; a source that is the default is left out; twice is once."""
    text = program("rsi() > 50 and rsi(14, close) > 40 and rsi(7, open) > 30 and macd(8) > 0 and stoch_k(5) > 20")
    done = check(parse_program(text)).program
    filled = "rsi(14) > 50 and rsi(14) > 40 and rsi(7, open) > 30 and macd(8, 26, 9) > 0 and stoch_k(5, 3, 3) > 20"
    assert filled in print_program(done)
    assert complete(done) == done


def generated_programs_pass_and_stay_what_they_are(generated: ast.Program) -> None:
    found = refusals(generated)
    assert {p.code for p in found} <= {"V409", "V410", "R511"}, print_program(generated) + str(found)
    assume(not found)
    done = check(generated).program
    assert complete(done) == done
    assert parse_program(print_program(done)) == done
    assert check(done).program == done


@pytest.mark.parametrize("examples", lengths(12, 25))
def test_generated_programs_pass_and_stay_what_they_are(examples: int) -> None:
    """Programs made to mean something are refused only for conditions that cannot happen; completing is idempotent."""
    for_all(examples, generated_programs_pass_and_stay_what_they_are, programs())


def any_program_gets_an_answer(generated: ast.Program) -> None:
    assert all(p.code and p.message for p in refusals(generated))


@pytest.mark.parametrize("examples", lengths(40, 100))
def test_any_program_gets_an_answer(examples: int) -> None:
    """Whatever the grammar can spell is checked or refused with problems that have a code; nothing else is raised."""
    for_all(examples, any_program_gets_an_answer, wild_programs())


def test_a_long_and_a_short_on_one_condition_are_refused() -> None:
    """They would cancel out at each close; waiting orders of both sides are a straddle and stay allowed."""
    both = 'strategy "x"\nenter long when close > open\nend\nenter short when close > open\nend\nend strategy\n'
    waiting = both.replace("\nend\nenter", "\n  place stop at high\nend\nenter")

    with pytest.raises(LanguageErrors) as caught:
        check(parse_program(both))

    assert [problem.code for problem in caught.value.problems] == ["R508"]
    assert check(parse_program(waiting))


def test_a_size_below_zero_is_one_problem() -> None:
    """What is wrong with an amount is said of the amount, not of what might be taken from it."""
    text = """strategy "x"
symbol EURUSD
timeframe H1
input less = -5 in -7..8
enter short when close > open
  size less lots
end
end strategy
"""
    with pytest.raises(LanguageErrors) as caught:
        check(parse_program(text))
    assert [problem.code for problem in caught.value.problems] == ["V401"]
