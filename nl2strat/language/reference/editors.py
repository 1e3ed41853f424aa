"""Colours for editors: a TextMate grammar and rules for CodeMirror, both of one table of token classes.

The table is read off the grammar (words, operators, units, timeframes) and the registry (functions). Its patterns are
tried in order at each place of a text; nothing in them looks back, so that CodeMirror's simple mode can use them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.words import keywords, terminal_words

OPERATORS = ("_NOT", "_OR", "_AND", "CROSS")
"""Terminals of the grammar whose words are operators."""

UNITS = ("UNIT", "_LOTS", "_MONEY")
"""Terminals whose words are units of numbers."""


@dataclass(frozen=True)
class TokenClass:
    """A class of tokens: name, TextMate scope, pattern; the names of the groups if it is several tokens at once."""

    name: str
    scope: str
    pattern: str
    groups: tuple[str, ...] = ()


SCOPES: dict[str, str] = {
    "comment": "comment.line.number-sign.nl2strat",
    "string": "string.quoted.double.nl2strat",
    "keyword": "keyword.control.nl2strat",
    "operator": "keyword.operator.nl2strat",
    "unit": "keyword.other.unit.nl2strat",
    "number": "constant.numeric.nl2strat",
    "timeframe": "constant.language.timeframe.nl2strat",
    "symbol": "entity.name.type.symbol.nl2strat",
    "function": "support.function.nl2strat",
    "name": "variable.other.nl2strat",
    "punctuation": "punctuation.nl2strat",
}
"""Token class -> the scope that colour themes know."""


@cache
def token_classes() -> tuple[TokenClass, ...]:
    """The classes in the order in which they are tried. Blanks belong to none."""
    word = _either(sorted(keywords() - operator_words() - unit_words()))
    operator, unit = _either(sorted(operator_words())), _either(sorted(unit_words()))
    account = _either(sorted(terminal_words()["BASE"]))
    patterns = (
        ("string", r'"[^"\n]*"?'),
        ("keyword symbol", rf"\b(of|in|symbol)([ \t]+)(?!(?:{account})\b)(#?[A-Za-z][A-Za-z0-9._#]+)"),
        ("comment", r"#.*"),
        ("timeframe", rf"\b(?:{_either(terminal_words()['TIMEFRAME'])})\b"),
        ("number", rf"\b\d+(?:-\d\d-\d\d|:\d\d|(?:\.\d+)?(?:R\b|[ \t]*%|[ \t]+(?:{unit})\b)?)"),
        ("function", rf"\b(?:{_either(sorted(FUNCTIONS))})(?=\()"),
        ("operator", rf"\b(?:{operator})\b|[<>=!]=|[<>=+\-*/]"),
        ("unit", rf"\b(?:{unit})\b|%"),
        ("keyword", rf"\b(?:{word})\b"),
        ("symbol", r"\b[A-Z][A-Za-z0-9._#]+"),
        ("name", rf"\b(?!(?:{word}|{operator}|{unit})\b)[a-z][a-z0-9_]*\b"),
        ("punctuation", r"\.\.|[()\[\],.:]"),
    )
    return tuple(_class(name, pattern) for name, pattern in patterns)


@cache
def operator_words() -> frozenset[str]:
    return frozenset(word for terminal in OPERATORS for word in terminal_words()[terminal])


@cache
def unit_words() -> frozenset[str]:
    return frozenset(word for terminal in UNITS for word in terminal_words()[terminal])


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """Each token's class and text, as an editor would find them; what no class takes has the class ""."""
    tried = [(one, re.compile(one.pattern)) for one in token_classes()]
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        one, found = next(((c, m) for c, p in tried if (m := p.match(text, at)) and m.end() > at), (None, None))
        if one is None or found is None:
            yield "", text[at]
            at += 1
            continue
        if one.groups:
            yield from ((name, found[i]) for i, name in enumerate(one.groups, 1) if name)
        else:
            yield one.name, found.group()
        at = found.end()


def text_mate() -> str:
    """The TextMate grammar as JSON, for editors such as Visual Studio Code and Sublime Text."""
    document = {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "nl2strat",
        "scopeName": "source.nl2strat",
        "fileTypes": ["strat"],
        "patterns": [_text_mate(one) for one in token_classes()],
    }
    return json.dumps(document, indent=2) + "\n"


def code_mirror() -> str:
    """The rules of a CodeMirror simple mode as JSON: `regex` and `token` (a list where a rule takes several tokens)."""
    rules = [{"regex": one.pattern, "token": _code_mirror(one)} for one in token_classes()]
    document = {"name": "nl2strat", "start": rules, "languageData": {"commentTokens": {"line": "#"}}}
    return json.dumps(document, indent=2) + "\n"


def _text_mate(one: TokenClass) -> dict[str, object]:
    if not one.groups:
        return {"name": one.scope, "match": one.pattern}
    captures = {str(i): {"name": SCOPES[name]} for i, name in enumerate(one.groups, 1) if name}
    return {"match": one.pattern, "captures": captures}


def _code_mirror(one: TokenClass) -> object:
    return [name or None for name in one.groups] if one.groups else one.name


def _class(name: str, pattern: str) -> TokenClass:
    if " " not in name:
        return TokenClass(name, SCOPES[name], pattern)
    first, last = name.split()
    return TokenClass(name, "", pattern, (first, "", last))


def _either(words: tuple[str, ...] | list[str]) -> str:
    """A choice of words, the longest first so that none hides another."""
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))
