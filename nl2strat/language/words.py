"""The words of the language, read off the grammar: which are reserved, and what to call a terminal in a message."""

from __future__ import annotations

import keyword
import re
from functools import cache

from nl2strat.language.grammar import grammar_text

PHRASES: dict[str, str] = {
    "_NL": "the end of the line",
    "$END": "the end of the text",
    "_SP": "a blank",
    "_EQ": "=",
    "_COMMA": "a comma",
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": 'a text in quotes ("...")',
    "SYMBOL": "a symbol such as EURUSD",
    "TIMEFRAME": "a timeframe such as H1",
    "RANGE": "a range such as 7..28",
    "CMP": "a comparison (>, <, >=, <=, ==, !=)",
    "CROSS": '"crosses above", "crosses below" or "crosses through"',
    "ADD": "+ or -",
    "MUL": "* or /",
    "UNIT": "a unit (pips, points, percent, R)",
    "SIDE": '"long" or "short"',
    "EXIT_SIDE": '"long", "short" or "all"',
    "BASE": '"balance" or "equity"',
    "DEFINITIONS": '"textbook" or "metatrader"',
    "BARS_SINCE_ENTRY": '"bars since entry"',
}
"""What a terminal is called in a message, where its own word will not do."""

_TERMINAL = re.compile(r"^(_?[A-Z][A-Z0-9_]*):(.*(?:\n +\|.*)*)", re.MULTILINE)
_NOT_WORDS = re.compile(r"\[[^\]]*\]|\\.|\{[^}]*\}")


@cache
def terminal_words() -> dict[str, tuple[str, ...]]:
    """The literal words in each named terminal: `CROSS` gives crosses, above, below, through."""
    return {
        name: tuple(re.findall(r"[A-Za-z][A-Za-z0-9]+|\bR\b", _NOT_WORDS.sub(" ", pattern)))
        for name, pattern in _TERMINAL.findall(grammar_text())
    }


@cache
def keywords() -> frozenset[str]:
    """Every lower-case word the grammar spells."""
    rules = "\n".join(line.split("//")[0] for line in grammar_text().splitlines())
    quoted = set(re.findall(r'"([a-z]+)"', rules))
    return frozenset(quoted | {w for words in terminal_words().values() for w in words if w.islower()})


@cache
def reserved_words() -> frozenset[str]:
    """Words that may not name an input or a `let`: the language's own, and Python's, which generated code needs."""
    return keywords() | {word for word in keyword.kwlist if word.islower()}


def spelled(terminal: str) -> str:
    """The word operators of a terminal as a writer spells them: `_FOR` is "for"."""
    return PHRASES.get(terminal) or f'"{" ".join(terminal_words().get(terminal, (terminal.lower(),)))}"'
