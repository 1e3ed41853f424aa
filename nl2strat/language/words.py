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
    "BARS_SINCE_EXIT": '"bars since exit", "bars since loss" or "bars since win"',
    "AVERAGE_ENTRY": '"average entry"',
    "TRADES_COUNT": '"trades open" or "trades today"',
    "RESULT_TODAY": '"result today"',
    "IN_A_ROW": '"losses in a row" or "wins in a row"',
    "HOLDING": '"holding long" or "holding short"',
    "LAST_TRADE": '"last trade won" or "last trade lost"',
    "RATCHET": '"ratchet up" or "ratchet down"',
    "RESULT": '"loss" or "win"',
    "TALLY": '"loss" or "profit"',
    "EVENT": '"entry", "exit", "loss", "win" or "stop"',
    "SETTING": '"deposit", "leverage", "commission", "spread" or "slippage"',
    "_ENTRIES": '"entry" or "entries"',
    "WAY": '"against" or "ahead"',
    "DATE": "a date such as 2024-01-31",
}
"""What a terminal is called in a message, where its own word will not do."""

FREE = frozenset((
    "account", "deposit", "leverage", "commission", "spread", "slippage", "daily", "today", "most", "up", "down",
    "average",
))  # fmt: skip
"""Words that stand only where no name can (or only before another word), so that a name may be one of them."""

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
    spelled_out = {w for words in terminal_words().values() for w in words if w.islower()}
    return frozenset(quoted | spelled_out)


@cache
def reserved_words() -> frozenset[str]:
    """Words that may not name an input or a `let`: the language's own, and Python's, which generated code needs."""
    return (keywords() - FREE) | {word for word in keyword.kwlist if word.islower()}


def spelled(terminal: str) -> str:
    """The word operators of a terminal as a writer spells them: `_FOR` is "for"."""
    return PHRASES.get(terminal) or f'"{" ".join(terminal_words().get(terminal, (terminal.lower(),)))}"'
