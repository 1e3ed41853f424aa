"""Small programs around a line under test, and the problems a text has."""

from __future__ import annotations

from nl2strat.errors import LanguageErrors, Problem
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program

HEAD = 'strategy "Test"\nsymbol EURUSD\ntimeframe H1\n'
ENTRY = "enter long when {condition}\n  {clauses}\nend\n"


def entering(condition: str = "close > open", clauses: str = "stop 30 pips", more: str = "", head: str = HEAD) -> str:
    """A program of one long entry; clauses are separated by semicolons, `more` are further rules, one on a line."""
    entry = ENTRY.format(condition=condition, clauses=clauses.replace("; ", "\n  "))
    return f"{head}{entry}{more}{'' if not more or more.endswith(chr(10)) else chr(10)}end strategy\n"


def problems(text: str) -> tuple[Problem, ...]:
    """What the parser or the checker refuses."""
    try:
        check(parse_program(text), text)
    except LanguageErrors as error:
        return error.problems
    return ()


def warnings(text: str) -> list[str]:
    """The codes of the warnings of a program that passes."""
    return [warning.code for warning in check(parse_program(text), text).warnings]
