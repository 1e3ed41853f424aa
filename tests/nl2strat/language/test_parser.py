"""The parser: any text gives a program or located problems in the words of the language."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st
from lark.exceptions import UnexpectedInput

from nl2strat.errors import LanguageErrors, Problem
from nl2strat.language import ast
from nl2strat.language.engine import engine
from nl2strat.language.parser import MAX_DEPTH, normalise, parse, parse_program
from nl2strat.language.printer import print_program
from nl2strat.language.source import MAX_LENGTH
from tests.lengths import every, for_all, lengths
from tests.wild import wild_programs

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
TITLE = 'strategy "x"\n'
GOOD = f"{TITLE}enter long when close > open\n  stop 30 pips\nend\nend strategy\n"


def problems(text: str) -> tuple[Problem, ...]:
    try:
        parse(text)
    except LanguageErrors as error:
        return error.problems
    return ()


def entry(condition: str = "close > open", clause: str = "stop 30 pips") -> str:
    return f"{TITLE}enter long when {condition}\n  {clause}\nend\nend strategy\n"


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        (GOOD.replace("enter", "entr"), 2, 1, 'did you mean "enter"?'),
        (GOOD.replace("long", "lng"), 2, 7, 'did you mean "long"?'),
        (GOOD.replace("strategy", "stratgy", 1), 1, 1, 'did you mean "strategy"?'),
        (entry("close crosses abve open"), 2, 23, 'did you mean "crosses above"?'),
        (entry("close crosses under open"), 2, 23, "crosses below"),
        (entry(clause="targt 3R"), 3, 3, 'did you mean "target"?'),
        (entry(clause="stop 30 pip"), 3, 11, 'did you mean "pips"?'),
        (entry(clause="stop loss 30 pips"), 3, 13, "without loss"),
        (entry(clause="take profit 60 pips"), 3, 15, "target"),
        (entry("close = open"), 2, 23, "=="),
        (entry("close > open && low < high"), 2, 30, "and"),
        (entry("RSI(14) > 30"), 2, 17, "small letters: rsi"),
        (entry("rsi 14 > 30"), 2, 21, "parentheses"),
        (entry("close is above open"), 2, 23, ">"),
        (entry("close > close[-1]"), 2, 31, "counts backwards"),
        (TITLE + "buy when close > open\nend strategy\n", 2, 1, "enter long when"),
        (TITLE + "timeframe 1h\n" + GOOD[len(TITLE) :], 2, 11, "H1"),
        (TITLE + "timeframe h1\n" + GOOD[len(TITLE) :], 2, 11, 'did you mean "H1"?'),
        (GOOD.replace("end strategy", "let x = close\nend strategy"), 5, 1, "above the first rule"),
    ],
)
def test_slips_are_located_and_put_right(text: str, line: int, column: int, hint: str) -> None:
    """A misspelt word or a habit from elsewhere is pointed at, with what to write instead."""
    found = problems(text)
    assert [(p.line, p.column) for p in found] == [(line, column)]
    assert hint in found[0].hint


CONDITION_SLIPS = [
    ("close > open then rsi(14) < 30", "A then within 5 bars B"),
    ("latch close > open until red()", "latch from CONDITION until CONDITION"),
    ("latch from red()", "latch from CONDITION until CONDITION"),
    ("remember close if red()", "remember high when CONDITION"),
    ("ratchet close until red()", "ratchet up low"),
    ("close > ratchet up low", "in parentheses"),
    ("consecutive losses > 2", "losses in a row"),
    ("losses in row > 2", "losses in a row"),
    ("open trades > 1", "trades open"),
    ("last trade was a loss", "last trade lost"),
    ("in a long position", "holding long"),
    ("bars since last loss > 3", "bars since loss"),
    ("average entry price > close", "average entry"),
    ("position is flat", "flat"),
    ("close in XAUUSD > 2000", "close of XAUUSD"),
    ("close of XAUUSD on H4 > 2", "on H4 of XAUUSD"),
    ("time in London > 09:00", 'in "Europe/London"'),
    ("holding longs", "write holding long"),
    ("losses in a rwo > 2", "losses in a row"),
    ("trades tody > 2", "trades today"),
]
CLAUSE_SLIPS = [
    ("valid till 17:00", "valid until 17:00"),
    ("target 1% after 5", "target 1% after 12 bars"),
    ("trail at psar() once 1R", "trail at psar() after 1R"),
    ("lock in 1R after 2R", "lock 1R after 2R"),
    ("move stop to 1R after 2R", "lock 1R after 2R"),
    ("add 5 every 2% against", "add 5 times every 2% against"),
    ("add 5 times every 2% against scale 1.5", 'did you mean "scaled"?'),
    ("grid 5", "add 5 times every 2% against"),
    ("scale by 2 after loss", "scale size by 2 after loss at most 4 times"),
    ("martingale 2", "scale size by 2 after loss at most 4 times"),
    ("size 1000 dollars", "size 1000 money"),
    ("take half after 1R", "take 50% after 1R"),
    ("take 0.1 lot after 1R", 'did you mean "lots"?'),
]
RULE_SLIPS = [
    ("reduce by 50% when red()", "reduce long by 50% when"),
    ("close half when red()", "reduce long by 50% when"),
    ('notify "x" when red()', 'alert "TEXT" when'),
    ("trade from 2020 until 2021", "trade from 2020-01-01 until 2023-12-31"),
    ("long only", "only long"),
    ("cancel all orders at 17:00", "cancel orders at 17:00"),
    ("daily loss limit 3%", "daily loss at most 3%"),
    ("max daily loss 3%", "daily loss at most 3%"),
    ("max spread 2 pips", "spread at most 2 pips"),
    ("volume at most 2", "volume at most 2 lots"),
    ("wait 5 bars after a loss", "wait 5 bars after loss"),
    ("cooldown 5 bars", "wait 5 bars after loss"),
    ("skip 2 trades after loss", "skip 1 entry after loss"),
    ("hedging", "allow hedging"),
    ("oco", "one cancels other"),
    ("account deposit 10000", "under the title"),
]


@pytest.mark.parametrize(("condition", "hint"), CONDITION_SLIPS)
def test_slips_in_conditions_get_a_hint(condition: str, hint: str) -> None:
    """States, trades, symbols and zones as people write them from memory."""
    (problem,) = problems(entry(condition))
    assert problem.line == 2
    assert hint in problem.hint


@pytest.mark.parametrize(("clause", "hint"), CLAUSE_SLIPS)
def test_slips_in_clauses_get_a_hint(clause: str, hint: str) -> None:
    """The same for the clauses of an entry."""
    (problem,) = problems(entry(clause=clause))
    assert problem.line == 3
    assert hint in problem.hint


@pytest.mark.parametrize(("rule", "hint"), RULE_SLIPS)
def test_slips_in_rules_get_a_hint(rule: str, hint: str) -> None:
    """And for the rules of the program."""
    (problem,) = problems(GOOD.replace("end strategy", f"{rule}\nend strategy"))
    assert problem.line == 5
    assert hint in problem.hint


@pytest.mark.parametrize(
    "rule", ["wait 5 bars after loss", "only long", "daily loss at most 3%", 'alert "x" when flat']
)
def test_rules_inside_an_open_block_show_that_it_is_open(rule: str) -> None:
    """A rule cannot stand among the clauses of an entry: its end is missing."""
    (problem,) = problems(GOOD.replace("end\n", f"{rule}\n", 1))
    assert problem.code == "S104"


def test_what_was_expected_is_said_in_words() -> None:
    """No terminal name of the grammar reaches a reader."""
    (problem,) = problems(entry("close 5"))
    assert "a comparison (>, <, >=, <=, ==, !=)" in problem.message
    assert not any(word.isupper() and len(word) > 1 for word in problem.message.replace("R)", "").split())


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        (GOOD.replace("end\nend", "end", 1), "S104", 4, '"enter long when close > open" on line 2 has no "end"'),
        (entry().replace("end\n", "exit long when close < open\n", 1), "S104", 4, "on line 2"),
        (GOOD.replace("end strategy\n", ""), "S105", 4, 'before "end strategy"'),
        (GOOD[: GOOD.index("end")], "S105", 3, "on line 2"),
        (GOOD + "and more\n", "S109", 6, "nothing may follow"),
        ("", "S105", 1, "nothing to read"),
        ("# only a comment\n", "S105", 1, "nothing to read"),
        ('question "Which symbol?"\n' + GOOD, "S110", 2, "strategy"),
        (GOOD.replace('"x"', '"x'), "S101", 1, "not closed"),
        (GOOD.replace('"x"', f'"{"x" * 121}"'), "S101", 1, "120"),
        (GOOD.replace('"x"', '"a\\b"'), "S101", 1, "backslash"),
        (entry("close > 1.123456789"), "S101", 2, "8 after"),
        (entry(f"close > {'x' * 40}"), "S101", 2, "32 characters"),
        (GOOD.replace("stop", "st\x00op"), "S103", 3, "U+0000"),
        (GOOD.replace("stop", "st\u202eop"), "S103", 3, "U+202E"),
        (GOOD.replace("enter", "symbol EURUSD\nsymbol USDJPY\nenter"), "S108", 3, "said twice"),
        ("x" * (MAX_LENGTH + 1), "S106", 1, "at most"),
        (entry("(" * 100 + "close" + ")" * 100 + " > open"), "S107", 2, "nested"),
        (entry("not " * 100 + "flat"), "S107", 2, "nested"),
        (entry("-" * 100 + "close > 1"), "S107", 2, "nested"),
        (entry("close" + " + 1" * 500 + " > 1"), "S107", 2, "nested"),
        (entry("abs(" * 100 + "close" + ")" * 100 + " > 1"), "S107", 2, "nested"),
    ],
)
def test_broken_texts_say_what_is_broken(text: str, code: str, line: int, words: str) -> None:
    """Open blocks, cut-off answers, invisible characters, hostile depth and size: each a clear problem with a place."""
    found = problems(text)
    assert [p.code for p in found] == [code]
    assert found[0].line == line
    assert words in found[0].message


def test_all_slips_of_a_text_are_reported_at_once() -> None:
    """Reading goes on after an error as if the line had been right."""
    text = (
        f"{TITLE}timeframe h1\nenter lng when close > open\n  targt 3R\nennd\nexit long when close >> 1\nend strategy\n"
    )
    assert [(p.line, p.column) for p in problems(text)] == [(2, 11), (3, 7), (4, 3), (5, 1), (6, 23)]


def test_sloppy_text_means_the_same() -> None:
    """Tabs, aligned columns, comments, empty lines, Windows line ends and curly quotes do not matter."""
    sloppy = (
        "\ufeff\r\n\r\n\r\n\r\n\r\n\r\nstrategy   “x”   # the title\r\n"
        "\tenter long   when\tclose\t\t\t>            open # " + "long comment " * 30 + "\r\n"
        "\t\t\t\t\t\t\t\t\tstop     30 pips\r\n\r\n# more\r\nend\r\nend strategy"
    )
    assert parse(sloppy) == parse(GOOD)
    assert normalise(sloppy) == GOOD.replace("  stop", "stop")


def test_places_are_those_of_the_original_text() -> None:
    """Nodes know where they stood before the text was tidied."""
    program = parse_program('\n\n  strategy    "x"\n\n# c\n\texit   all when   close  >   open\nend strategy\n')
    rule = program.rules[0]
    assert isinstance(rule, ast.Exit)
    assert isinstance(rule.when, ast.Compare)
    assert (rule.at.line, rule.at.column) == (6, 2)
    assert (rule.when.at.line, rule.when.at.column, rule.when.at.width) == (6, 20, 15)
    assert (rule.when.right.at.line, rule.when.right.at.column) == (6, 31)


def test_symbols_may_hold_a_hash() -> None:
    """`#AAPL` is a symbol of some brokers, not a comment."""
    assert parse_program(GOOD.replace("enter", "symbol #AAPL # a share\nenter")).symbol == "#AAPL"
    assert parse_program(GOOD.replace("enter", "symbol EURUSD# # c\nenter")).symbol == "EURUSD#"


def test_an_answer_may_only_ask() -> None:
    """Questions parse as an answer; where a program is needed they are a located error."""
    assert parse('question "Which symbol?"\n') == ast.Answer(("Which symbol?",))
    with pytest.raises(LanguageErrors, match="S102"):
        parse_program('question "Which symbol?"\n')


def test_a_broken_cache_is_built_anew(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stored table of the grammar is a convenience: damaged or unwritable, parsing works all the same."""
    from nl2strat.language import engine as module

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = module._cache_file()
    assert str(tmp_path) in str(path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a pickle")
    module.engine.cache_clear()
    assert parse(GOOD)
    assert len(path.read_bytes()) > 1000
    module.engine.cache_clear()
    assert parse(GOOD)
    assert isinstance(path, Path)


def test_a_parser_that_was_kept_reads_as_the_one_that_was_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All examples to the same trees, and what is wrong with the same expectations."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    engine.cache_clear()
    built = engine()
    engine.cache_clear()
    kept = engine()

    assert kept is not built
    for example in sorted(EXAMPLES.glob("*.strat")):
        text = normalise(example.read_text(encoding="utf-8"))
        assert kept.parse(text) == built.parse(text)
        surprises = []
        for parser in (built, kept):
            with pytest.raises(UnexpectedInput) as surprise:
                parser.parse(text[: len(text) // 2] + "\n+\n")
            found = vars(surprise.value)
            expected = found.get("expected") or found.get("allowed")
            surprises.append((type(surprise.value), found["line"], found["column"], expected))
        assert surprises[0] == surprises[1]
        assert surprises[0][-1]


FRAGMENTS = [
    *("strategy", "symbol", "EURUSD", "timeframe", "H1", "input", "let", "enter", "exit", "long", "when", "end"),
    *("target", "at", "after", "30 pips", "3R", "2%", "close", "rsi(14)", "crosses above", "and", "or", "not ", "stop"),
    *("(", ")", "[", "]", "1", "2.5", "-", "+", "*", "/", ">", "<=", "==", "=", "..", ",", ":", '"x"', '"', "#", "\n"),
    *(" ", "\t", "\r", "é", "💰", "\\", "'", "$", "x", "end strategy\n", "for 3 bars", "on D1", "09:30", "flat"),
]


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """A program's text with pieces cut out, doubled, swapped or put in."""
    text = print_program(draw(wild_programs()))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        piece = draw(st.one_of(st.just(""), st.just(text[start:end] * 2), st.sampled_from(FRAGMENTS)))
        text = text[:start] + piece + text[end:]
    return text


def answered(text: str) -> None:
    """Parses, or gives problems that lie within the text."""
    found = problems(text)
    assert all(p.code.startswith("S") and p.message for p in found)
    if {p.code for p in found} & {"S103", "S106"}:
        return
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in found:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1


def mutated_programs_get_an_answer(text: str) -> None:
    answered(text)


@pytest.mark.parametrize("examples", lengths(30, 80))
def test_mutated_programs_get_an_answer(examples: int) -> None:
    """Damaged programs parse or are refused with a place inside the text; nothing else is raised."""
    for_all(examples, mutated_programs_get_an_answer, mutants())


def word_salad_gets_an_answer(text: str) -> None:
    answered(text)


@pytest.mark.parametrize("examples", lengths(50, 100))
def test_word_salad_gets_an_answer(examples: int) -> None:
    """Words of the language in any order."""
    for_all(examples, word_salad_gets_an_answer, st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(" ".join))


def any_text_gets_an_answer(text: str) -> None:
    answered(text)


@pytest.mark.parametrize("examples", lengths(50, 100))
def test_any_text_gets_an_answer(examples: int) -> None:
    """Any characters at all."""
    for_all(examples, any_text_gets_an_answer, st.text(max_size=200))


ROOM = MAX_LENGTH - 200


@pytest.mark.parametrize("filler", every(2, ["(", "not ", "-", "close + ", "rsi("]))
def test_the_largest_text_allowed_is_answered_quickly(filler: str) -> None:
    """Hostile text of the full length neither recurses nor takes long."""
    assert problems(entry(filler * (ROOM // len(filler))))


def test_brackets_to_the_full_length_are_too_deep() -> None:
    assert problems(entry("(" * (ROOM // 2) + "close" + ")" * (ROOM // 2) + " > 1"))[0].code == "S107"
    assert MAX_DEPTH < 100


def test_the_engine_is_built_once() -> None:
    """The table is shared by all parses of a process."""
    assert engine() is engine()
