"""The rules of the grammar file as a reader can take them in: `stop <bracket>` instead of `"stop" _SP bracket _NL`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from lark import Lark

from nl2strat.language.grammar import grammar_text
from nl2strat.language.words import PHRASES, terminal_words

_RULE = re.compile(r"^([?!]?)([a-z_]+):((?:.*)(?:\n +\|.*)*)", re.MULTILINE)
_TOKEN = re.compile(r'"[^"]*"|->|[A-Za-z_]\w*|[()|?*+]')

LONG_CHOICES = ("TIMEFRAME", "DEFINITIONS")
"""Choices of words that are named rather than spelled out in every rule."""


READS: dict[str, str] = {
    "expr": "expression",
    **dict.fromkeys(("or_expr", "and_expr", "not_expr", "comparison"), "condition"),
    **dict.fromkeys(("sum", "product", "unary", "scaled", "zoned", "primary", "series"), "value"),
}
"""What a rule is called for a reader: the steps of binding strength are conditions and values to them."""


@dataclass(frozen=True)
class Way:
    """One way to say a rule: the tokens of its alternative, and the name that it bears in the parse tree."""

    rule: str
    name: str
    tokens: tuple[str, ...]

    @property
    def is_line(self) -> bool:
        """Whether it ends the line it stands on."""
        return self.tokens[-1] == "_NL" or self.tokens[-2:] == ("_NL", "?")


@cache
def ways() -> tuple[Way, ...]:
    """Every alternative of every rule, in the order of the file."""
    found = []
    for _, rule, right in _RULE.findall(re.sub(r"//.*", "", grammar_text())):
        for tokens in _alternatives(_TOKEN.findall(right)):
            alias = tokens[tokens.index("->") + 1] if "->" in tokens else rule
            kept = tokens[: tokens.index("->")] if "->" in tokens else tokens
            found.append(Way(rule, alias, tuple(kept)))
    return tuple(found)


@cache
def names() -> tuple[str, ...]:
    """The names that nodes of a parse tree can bear, in the order of the file: what a reference has to explain."""
    grammar = Lark(grammar_text())  # by Earley: its rules are the same, and no table is built that nobody needs
    found: dict[str, None] = {}
    for rule in grammar.rules:
        name = str(rule.alias or rule.origin.name)
        kept = [symbol for symbol in rule.expansion if not getattr(symbol, "filter_out", False)]
        passed_on = rule.options.expand1 and len(kept) == 1 and not rule.alias
        if not name.startswith("_") and not passed_on:
            found[name] = None
    return tuple(found)


def syntax(name: str) -> str:
    """How the node of that name is written; one line for each way, and for what takes several lines.

    Several rules may share a name (`number`); the first in the file is shown.
    """
    own = [way for way in ways() if way.name == name]
    shown = list(dict.fromkeys(_shown(way.tokens) for way in own if way.rule == own[0].rule))
    words = all("<" not in line for line in shown)
    return " | ".join(line.strip("()") for line in shown) if words else "\n".join(shown)


def choices() -> dict[str, tuple[str, ...]]:
    """The rules that only choose among others, as a reader calls them: what may stand for a <count>, a <part>."""
    found: dict[str, dict[str, None]] = {}
    for way in ways():
        if way.rule not in names() and way.rule not in READS:
            found.setdefault(way.rule.replace("_", " "), {})[_shown(way.tokens)] = None
    return {rule: tuple(lines) for rule, lines in found.items()}


def _alternatives(tokens: list[str]) -> list[list[str]]:
    """Split at the bars that stand in no parentheses."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        if token == "|" and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _shown(tokens: tuple[str, ...]) -> str:
    text, position = _sequence(list(tokens), 0)
    assert position == len(tokens)
    text = re.sub(r" *\n *", "\n", text).strip()
    lines = [re.sub(r" {2,}", " ", line).strip() for line in text.split("\n")]
    inner = lines[0].startswith("enter ")
    return "\n".join(f"  {line}" if inner and line.startswith("<") else line for line in lines)


def _sequence(tokens: list[str], at: int) -> tuple[str, int]:
    """The text of the tokens from a place to the end of their group, and where that is."""
    parts: list[str] = []
    while at < len(tokens) and tokens[at] != ")":
        token = tokens[at]
        if token == "(":
            inner, at = _sequence(tokens, at + 1)
            text, at = _repeated(inner, tokens, at + 1, group=True)
        elif token == "|":
            text, at = " | ", at + 1
        else:
            text, at = _repeated(_one(token), tokens, at + 1, group=False, line=_is_line(token))
        parts.append(text)
    return "".join(parts), at


def _repeated(text: str, tokens: list[str], at: int, *, group: bool, line: bool = False) -> tuple[str, int]:
    sign = tokens[at] if at < len(tokens) and tokens[at] in "?*+" else ""
    if line:
        text = f"{text} ...\n" if sign in ("*", "+") else f"{text}\n"
    elif sign == "*" and "\n" in text:
        text = "(" + re.sub(r" *\n", "", text) + ") ...\n"
    elif sign == "?" and not group and text.startswith("<"):
        text = f" [{text}]"
    elif sign == "?" and text.strip():
        lead = " " if text.startswith(" ") else ""
        inner = text.strip()
        inner = inner[1:-1] if re.fullmatch(r"\([^()]*\)", inner) else inner
        text = f"{lead}[{inner}]" + (" " if text.endswith(" ") else "")
    elif sign in ("*", "+") and sign:
        lead = " " if text.startswith(" ") else ""
        text = f"{lead}[{text.strip()}] ..."
    elif group and " | " in text:
        text = f"({text})"
    return text, at + bool(sign)


def _is_line(token: str) -> bool:
    """Whether a rule is a statement: it stands on a line of its own, whichever way it is said."""
    own = [way for way in ways() if way.rule == token]
    return bool(own) and all(way.is_line or (len(way.tokens) == 1 and _is_line(way.tokens[0])) for way in own)


def _one(token: str) -> str:
    """One token as a reader sees it."""
    if token.startswith('"'):
        word = token[1:-1]
        return f'"{word}"' if word in ("[", "]", "(", ")") else word
    if token.islower():
        return f"<{READS.get(token, token).replace('_', ' ')}>"
    if token == "_NL":
        return "\n"
    if token == "_SP":
        return " "
    fixed = {"_EQ": " = ", "_COMMA": ", ", "CMP": " <cmp> ", "ADD": " (+ | -) ", "MUL": " (* | /) "}
    if token in fixed:
        return fixed[token]
    if token in ("CROSS", "RATCHET", "UNIT", "WAY"):
        words = terminal_words()[token]
        first = words[:1] if token in ("CROSS", "RATCHET") else ()
        rest = f"({' | '.join(words[len(first) :])})"
        return f" {' '.join((*first, rest))} ".lstrip("" if token in ("CROSS", "UNIT", "WAY") else " ")
    if token == "_ENTRIES":
        return " (entry | entries)"
    if token.startswith("_"):
        lead = "" if token in ("_NOT", "_REMEMBER") else " "
        return f"{lead}{' '.join(terminal_words()[token])} "
    words = terminal_words().get(token, ())
    quoted = re.findall(r'"([^"]+)"', PHRASES.get(token, ""))
    said = {word for word in " ".join(quoted).split() if len(word) > 1}
    if quoted and token not in LONG_CHOICES and said <= set(words):
        return f"({' | '.join(quoted)})" if len(quoted) > 1 else quoted[0]
    return f"<{token.lower()}>"
