"""Programs and sources the code generator's tests share."""

from __future__ import annotations

from pathlib import Path

from nl2strat.codegen import render
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program

GOLDEN = Path(__file__).parents[2] / "golden"
PROGRAMS = sorted(GOLDEN.glob("*.strat"))

ENGLISH = "Buy when it's \"cheap\"; sell when it isn't. {{ 7 * 7 }}\nStop: 2 ATR \\ 30 pips."
"""Text with everything that must not get out of its quotes."""


def compiled(rules: str, *, head: str = "", english: str = "", name: str = "A test") -> str:
    """The Python of a program given by its rules, with what stands before them."""
    text = f'strategy "{name}"\nsymbol EURUSD\ntimeframe H1\n{head}{rules}\nend strategy\n'
    return render(check(parse_program(text)).program, english=english)


def section(source: str, start: str, end: str = "\n\n") -> str:
    """The part of a source from a piece of text up to another."""
    begin = source.index(start)
    return source[begin : source.index(end, begin)]
