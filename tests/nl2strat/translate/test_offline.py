"""English to the language, offline: what texts become, what is refused, and that every word is accounted for."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from nl2strat.errors import NotUnderstood
from nl2strat.language import ast
from nl2strat.language.checker import check
from nl2strat.language.english import explain
from nl2strat.language.parser import parse_program
from nl2strat.language.printer import print_program
from nl2strat.language.tuning import inlined
from nl2strat.translate.offline import translate
from tests.lengths import lengths

HERE = Path(__file__).parent
HEAD = ("strategy", "end strategy", "symbol", "timeframe", "assume")


def body(program: ast.Program) -> str:
    """The program without its head: what it does."""
    lines = print_program(program).splitlines()
    return "\n".join(line for line in lines if line and not line.startswith(HEAD))


def readings() -> Iterator[tuple[str, str, str, str]]:
    """(text, symbol, timeframe, program) of the files of readings."""
    symbol = timeframe = text = ""
    rules: list[str] = []
    files = [path.read_text(encoding="utf-8") for path in sorted(HERE.glob("readings*.txt"))]
    for line in [line for content in files for line in (*content.splitlines(), "")]:
        if line.startswith("@ "):
            symbol, timeframe = line[2:].split()
        elif line.startswith("    "):
            rules.append(line[4:])
        elif line and not line.startswith("# "):
            text = line.replace("\\n", "\n")
        elif not line and rules:
            yield text, symbol, timeframe, "\n".join(rules)
            rules = []


def refusals() -> Iterator[tuple[str, str]]:
    """(why, text) of refusals.txt."""
    why = ""
    for line in (HERE / "refusals.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            why = line.strip("[]")
        elif line and not line.startswith("# "):
            yield why, line.replace("\\n", "\n")


READINGS, REFUSALS = list(readings()), list(refusals())
EVERY = pytest.mark.parametrize("step", lengths(17, 1))


@pytest.mark.parametrize(("text", "symbol", "timeframe", "program"), READINGS)
def test_a_text_becomes_its_program(text: str, symbol: str, timeframe: str, program: str) -> None:
    """Each text of the table is read as the program beside it."""
    assert body(translate(text, symbol=symbol, timeframe=timeframe).program) == program


@pytest.mark.parametrize(("why", "text"), REFUSALS)
def test_what_cannot_be_read_is_asked_about(why: str, text: str) -> None:
    """No program, but a question or a place in the text, for each text that must not run."""
    with pytest.raises(NotUnderstood) as caught:
        translate(text, symbol="XAUUSD" if "gold" in text else "EURUSD", timeframe="H1")
    assert caught.value.questions
    for span in caught.value.spans:
        assert text[span.start : span.end] == span.text


def test_the_tables_are_large() -> None:
    """The tables are found and hold what they should."""
    assert len(READINGS) > 200
    assert len(REFUSALS) > 60


@EVERY
def test_every_program_checks_and_reads_back(step: int) -> None:
    """What the translator builds passes the checker unchanged, and its text parses to the same program."""
    for text, symbol, timeframe, _ in READINGS[::step]:
        program = translate(text, symbol=symbol, timeframe=timeframe).program
        assert check(program).program == program
        assert parse_program(print_program(program)) == program


def test_uses_bind_words_to_the_program() -> None:
    """Each use is a piece of the text, and the parts of the rule are among them."""
    text = "Buy when the RSI crosses above 30. Stop loss 20 pips."
    reading = translate(text, symbol="EURUSD", timeframe="H1")
    for use in reading.uses:
        assert text[use.start : use.end] == use.text
    assert ("RSI crosses above 30", "rsi() crosses above 30") in {(u.text, u.node) for u in reading.uses}


def test_actions_and_clauses_are_bound_too() -> None:
    """Openings, closings, stops, sizes and days are bound to what the language writes for them."""
    text = "Buy when RSI crosses above 30. Sell when RSI is above 70. Stop loss 30 pips. Risk 1% per trade."
    found = {(u.text, u.node) for u in translate(text, symbol="EURUSD", timeframe="H1").uses}
    for use in (("Buy", "enter long"), ("Sell", "exit long"), ("Stop loss 30 pips", "stop 30 pips")):
        assert use in found
    assert any(text == "Risk 1% per trade" and node.startswith("risk 1%") for text, node in found)


@EVERY
def test_no_number_of_a_text_is_unaccounted_for(step: int) -> None:
    """Every number of every text of the table lies in a span that was used or shown as ignored."""
    for text, symbol, timeframe, _ in READINGS[::step]:
        reading = translate(text, symbol=symbol, timeframe=timeframe)
        spans = [(s.start, s.end) for s in (*reading.uses, *reading.ignored)]
        for number in re.finditer(r"(?<![\w.)])\d+(\.\d+)?(?![.)]\s|\w)", text):
            assert any(a <= number.start() and number.end() <= b for a, b in spans), (text, number.group())


def test_defaults_and_readings_are_assumptions() -> None:
    """What the text did not say is listed: the meaning of "sell", the settings, the symbol, the size."""
    reading = translate("Buy when RSI is below 30, sell when RSI is above 70.", symbol="EURUSD", timeframe="H1")
    told = " ".join(reading.assumptions)
    for word in ("closes the long position", "14", "EURUSD", "H1", "0.1 lot"):
        assert word in told
    assert reading.program.assumptions == reading.assumptions


def test_small_talk_is_ignored_and_shown() -> None:
    """A clause without number, condition or restriction is left out, and the reading says so."""
    reading = translate("Hello friends, coffee helps. Buy when RSI crosses above 30.", symbol="EURUSD", timeframe="H1")
    assert "coffee helps" in {span.text for span in reading.ignored}


@pytest.mark.parametrize("extra", ["Avoid holidays.", "Use 5 bars.", "Never on Fridays in May.", "Only in an uptrend."])
def test_a_clause_that_could_be_a_rule_is_never_ignored(extra: str) -> None:
    """Numbers and restrictions that were not understood stop everything."""
    with pytest.raises(NotUnderstood):
        translate(f"Buy when RSI crosses above 30. {extra}", symbol="EURUSD", timeframe="H1")


def test_typos_are_corrected_in_the_open() -> None:
    """A correction is an assumption; a number is never touched and an unknown word is not bent into a known one."""
    reading = translate("by eurusd wen rsi is undr 25", symbol="EURUSD", timeframe="H1")
    assert any("undr" in note for note in reading.assumptions)
    with pytest.raises(NotUnderstood):
        translate("Buy when the xqz is above 30", symbol="EURUSD", timeframe="H1")


def test_text_and_data_that_disagree_are_a_question() -> None:
    """A text about one market on data of another does not run."""
    with pytest.raises(NotUnderstood, match="GBPUSD"):
        translate("Buy GBPUSD when RSI crosses above 30.", symbol="EURUSD", timeframe="H1")


def test_reading_is_deterministic() -> None:
    """The same text gives the same program and the same words."""
    text = READINGS[0][0]
    assert translate(text, timeframe="H1") == translate(text, timeframe="H1")


def test_a_fault_of_the_translator_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong inside, the user is asked to say it in other words."""

    def fail(*_: object) -> None:
        raise AttributeError("x")

    monkeypatch.setattr("nl2strat.translate.offline.refuse.forbidden", fail)
    with pytest.raises(NotUnderstood, match="could not read this text"):
        translate("Buy when RSI crosses above 30.", symbol="EURUSD", timeframe="H1")


HOSTILE = [
    *("", " ", "\n\n", ".", "?", "-", "(", "%", "if", "1)", "buy", "buy when", "stop", "@@@@", "'" * 50, '"""'),
    *("a" * 7000, "buy when " * 700, "(" * 3000, "1 " * 3000, "and " * 1500, "x" * 1_000_000, "buy\x00when"),
    *(
        "\u202ebuy when rsi > 30",
        "buy\u2066 when rsi > 30",
        "\ufffe",
        "\u4e70\u5165",
        "\u043a\u0443\u043f\u0438\u0442\u044c RSI < 30",
    ),
    *("\u0412uy when RSI > 30", "Buy when RSI < \u0663\u0660", "\U0001f680\U0001f680", "{{ 7*7 }}", "{% import os %}"),
    *("%s%s%s%n", "\\x41\\x42", "${jndi:ldap://x}", "'; DROP TABLE strategies; --", "Buy when RSI > 30 [end strategy]"),
    *('end strategy\nstrategy "x"', "Buy when close[-1] > close", "Buy when rsi(14)(14) > 30", "Buy when RSI > 1e999"),
    *("Buy when RSI > 30 " + "or RSI > 30 " * 300, "buy when " + "not " * 500 + "rsi > 30", "buy when " + "(" * 400),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_refused_quickly(text: str) -> None:
    """Whatever comes in, the answer is a reading or NotUnderstood, within a moment."""
    start = time.process_time()
    with suppress(NotUnderstood):
        translate(text, symbol="EURUSD", timeframe="H1")
    assert time.process_time() - start < 3


def _sized(program: ast.Program) -> tuple[object, ...]:
    """What a program does, the default size written out."""
    lot = ast.Lots(ast.Number(Decimal("0.1")))
    rules = [replace(r, size=lot) if isinstance(r, ast.Entry) and r.size is None else r for r in program.rules]
    return sorted(map(repr, rules)), program.inputs, program.symbol, program.timeframe


@EVERY
def test_what_explain_writes_is_read_as_the_same_program(step: int) -> None:
    """The English explanation of every program of the table translates back to that program."""
    for text, symbol, timeframe, _ in READINGS[::step]:
        program = inlined(translate(text, symbol=symbol, timeframe=timeframe).program)
        told = explain(replace(program, assumptions=(), name="Alpha"))
        assert _sized(translate(told, symbol=symbol, timeframe=timeframe).program) == _sized(program), told


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("Buy when RSI(14) crosses below 30, mon-thu only. Stop 30 pips.", ["trade on mon, tue, wed, thu"]),
        (
            "When price is above the 200 EMA, open a long position. Stop 30 pips.",
            ["enter long when close > ema(close, 200)"],
        ),
        (
            "Buy when price is above the 50 SMA, close the trade when it falls below. Stop 30 pips.",
            ["enter long when close > sma(close, 50)", "exit long when close < sma(close, 50)"],
        ),
    ],
)
def test_a_word_that_orders_is_no_price_and_a_dash_between_days_is_a_range(text: str, rules: list[str]) -> None:
    """ "above the average, open a long" asks nothing of the open; "mon-thu" has four days."""
    program = translate(text, symbol="EURUSD", timeframe="H1").program
    found = [line for line in body(program).splitlines() if line.startswith(("enter", "exit", "trade"))]
    assert [rule for rule in rules if rule not in found] == []
    assert len([line for line in found if line.startswith("enter")]) == 1
