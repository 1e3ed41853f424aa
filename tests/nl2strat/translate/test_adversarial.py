"""Texts that are out to do harm are refused, or become nothing but the strategy that stands in them."""

from __future__ import annotations

import ast as python
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nl2strat.codegen import render, verify
from nl2strat.errors import NotUnderstood
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program
from nl2strat.language.printer import print_program
from nl2strat.translate.offline import translate
from tests.lengths import every

SECONDS = 2.0
"""CPU time of one text at most."""

LARGE = {
    "{mega}": "Buy when RSI crosses above 30 and close is above open or " * 18_000,
    "{page}": "Buy when RSI crosses 30, stop 50, target 100, exit after 5. " * 130,
    "{words}": "stop 50 " * 900,
    "{parentheses}": "(" * 80,
    "{not}": "not " * 120,
    "{2 x}": "2 x " * 400,
    "{close}": "close " * 400,
    "{deep}": "Buy when " + "(" * 3_000 + "RSI crosses above 30" + ")" * 3_000,
}


def texts() -> Iterator[tuple[str, str, str | None]]:
    """(kind, text, the rule it must be if it runs; None: any)."""
    kind = ""
    for line in (Path(__file__).parent / "adversarial.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("# "):
            text, _, rule = line.partition(" => ")
            yield kind, text, rule or None


PLAIN = """strategy "Plain"
symbol EURUSD
timeframe H1

enter long when close > open
end
end strategy
"""

TEXTS = list(texts())


def real(text: str) -> str:
    """The text itself: escapes as characters, and what is large written out."""
    plain = text.encode("ascii").decode("unicode_escape")
    for short, long in LARGE.items():
        plain = plain.replace(short, long)
    return plain


def rules_of(program: str) -> list[str]:
    head = ("strategy", "assume", "symbol", "timeframe", "end")
    return [line.strip() for line in program.splitlines() if line and not line.startswith(head)]


@pytest.mark.parametrize(("kind", "text", "rule"), TEXTS)
def test_a_hostile_text_is_refused_or_harmless(kind: str, text: str, rule: str | None) -> None:
    """In two seconds it is a question, or a program that says only what the text says about trading."""
    began = time.process_time()
    found = outcome(real(text))

    assert time.process_time() - began < SECONDS
    assert found == rule


def outcome(text: str) -> str | None:
    """The rules that a text became, on one line; None if it was asked about."""
    try:
        reading = translate(text, symbol="EURUSD", timeframe="H1")
    except NotUnderstood as asked:
        return None if asked.questions else "refused without a word"
    return "; ".join(rules_of(print_program(reading.program)))


@pytest.mark.parametrize(("kind", "text", "rule"), [row for row in TEXTS if row[2]])
def test_what_runs_all_the_same_is_clean_code(kind: str, text: str, rule: str) -> None:
    """Of a strange text that can be run, nothing reaches the code but the strategy; and all of it can be seen."""
    given = real(text)
    program = check(translate(given, symbol="EURUSD", timeframe="H1").program).program
    code = render(program, english=given)
    verify(code)
    tree = python.parse(code)
    assert [type(node).__name__ for node in tree.body if not isinstance(node, python.Expr | python.Assign)] == [
        type(node).__name__
        for node in python.parse(render(program, english="")).body
        if not isinstance(node, python.Expr | python.Assign)
    ]
    assert code.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "english",
    [
        '"""\nimport os\nos.system("id")\n"""',
        "'''; raise SystemExit; '''",
        'ends in a quote "',
        "ends in a backslash \\",
        'both \\"""',
        "# coding: rot13\nimport os",
        "\u202eimport os\u202c \x00 \x1b[31m \u2028 \ud800",
        "{{ 7 * 7 }} {% raw %} {0.__class__} %s ${x}",
        "\\N{LATIN SMALL LETTER A}\\x41\\u0041",
    ],
)
def test_the_text_cannot_leave_its_quotes(english: str) -> None:
    """Whatever was written, the class made for a program differs in its strings alone."""
    program = check(parse_program(PLAIN)).program

    code = render(program, english=english)
    verify(code)
    assert shape(code) == shape(render(program, english="Buy."))
    assert "\x00" not in code


def shape(code: str) -> str:
    """The syntax tree with every string emptied."""
    tree = python.parse(code)
    for node in python.walk(tree):
        if isinstance(node, python.Constant) and isinstance(node.value, str):
            node.value = ""
    return python.dump(tree)


@pytest.mark.parametrize(
    "text",
    every(4, [text for _, text, _ in TEXTS if not any(odd in text for odd in ("{", "\\u0000", "\\ud800"))][::6]),
)
def test_the_command_refuses_in_words_or_writes_clean_code(text: str, tmp_path: Path) -> None:
    """`compile` ends with a status and no traceback, and leaves nothing behind but its result."""
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "nl2strat", "compile", "-", "--json", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        command, input=real(text).encode(), capture_output=True, cwd=tmp_path, env=environment, timeout=60, check=False
    )

    assert b"Traceback" not in done.stderr + done.stdout
    result = json.loads(out.read_text(encoding="utf-8"))
    assert (done.returncode, result["status"]) in {(0, "ok"), (2, "error"), (3, "needs_clarification")}
    assert {path.name for path in tmp_path.iterdir()} <= {"out.json"} | (
        {path.name for path in tmp_path.glob("*.py")} if done.returncode == 0 else set()
    )


def test_the_table_is_large() -> None:
    """There are the sixty texts that were promised, and some of them run."""
    assert len(TEXTS) >= 60
    assert sum(rule is not None for _, _, rule in TEXTS) >= 5
