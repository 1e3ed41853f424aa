"""The grammar file in the forms that engines other than Lark take, made mechanically from the one file.

`gbnf()`: for llama.cpp and for XGrammar's EBNF. Neither has a lexer: each terminal becomes a rule of characters.
`plain_lark()`: for endpoints that take Lark, without what only shapes our tree (`?rule`, `!rule`, `-> alias`).

Both walk the grammar's own syntax tree, not the rules that Lark compiles (those are left-recursive, which llama.cpp
refuses). Rule names become `[a-z0-9-]` (llama.cpp refuses underscores); terminals get the suffix `-t`.
"""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from nl2strat.language.grammar import grammar_text

_parser: Any = importlib.import_module("re._parser")  # the stdlib's own reader of regexes has no public name


class NotConvertible(ValueError):
    """The grammar uses something that has no counterpart in the other form."""


def gbnf(grammar: str | None = None) -> str:
    """The grammar (the shipped one, if none is given) as GBNF, whose start rule is `root`.

    Raises: NotConvertible: a construct outside what the grammar's header allows itself.
    """
    return _gbnf(grammar if grammar is not None else grammar_text())


def plain_lark(grammar: str | None = None) -> str:
    """The grammar as plain Lark: the same sentences, fewer characters, nothing but rules and terminals."""
    return _plain_lark(grammar if grammar is not None else grammar_text())


@cache
def _gbnf(grammar: str) -> str:
    lines = []
    for name, body in _definitions(grammar):
        target = "root" if name == "start" else _name(name)
        lines.append(f"{target} ::= {_expansions(body)}")
    return "\n".join(lines) + "\n"


@cache
def _plain_lark(grammar: str) -> str:
    lines = [re.sub(r"\s*//.*", "", line) if not _holds_regex(line) else line for line in grammar.splitlines()]
    bare = (re.sub(r"\s*->\s*[a-z_]+\s*$", "", line) for line in lines)
    shown = (re.sub(r"^[?!]([a-z])", r"\1", line) for line in bare if line.strip())
    return "\n".join(shown) + "\n"


def _holds_regex(line: str) -> bool:
    """Two slashes in a regex are no comment."""
    return re.match(r"\s*_?[A-Z][A-Z0-9_]*:\s*/", line) is not None


# ---------------------------------------------------------------- the grammar's own syntax


def _definitions(grammar: str) -> Iterator[tuple[str, Any]]:
    """The name of each rule and terminal without `?` and `!`, and its body as a tree."""
    for item in _reader().parse(grammar).children:
        if item.data not in ("rule", "token"):
            raise NotConvertible(f"%{item.data} has no counterpart in GBNF")
        name, parameters, *rest = item.children
        body = rest[-1]
        if any(parameters.children) or len(rest) > 1:
            raise NotConvertible(f"{name}: templates and priorities have no counterpart in GBNF")
        yield str(name).lstrip("?!"), body


@cache
def _reader() -> Any:
    import lark

    folder = os.path.join(os.path.dirname(lark.__file__), "grammars")
    return lark.Lark.open(os.path.join(folder, "lark.lark"), parser="lalr")


def _name(name: str) -> str:
    """A rule's or a terminal's name in GBNF."""
    plain = name.lower().strip("_").replace("_", "-")
    return f"{plain}-t" if name.lstrip("_")[:1].isupper() else plain


def _expansions(node: Any) -> str:
    """A rule's right side."""
    if node.data == "expansions":
        return " | ".join(_expansions(child) for child in node.children)
    if node.data == "alias":
        return _expansions(node.children[0])
    if node.data == "expansion":
        return " ".join(_expression(child) for child in node.children)
    return _expression(node)


def _expression(node: Any) -> str:
    """An atom with its `?`, `*` or `+`."""
    if node.data != "expr":
        return _atom(node)
    atom, *operators = node.children
    operator = next((str(o) for o in operators if o is not None), "")
    if operator.isdigit():
        raise NotConvertible("the repetition ~ has no counterpart that all engines read")
    return _atom(atom) + operator


def _atom(node: Any) -> str:
    if node.data == "name":
        return _name(str(node.children[0]))
    if node.data == "literal":
        return _literal(str(node.children[0]))
    if node.data == "maybe":
        return f"({_expansions(node.children[0])})?"
    if node.data in ("expansions", "alias", "expansion", "expr"):
        return f"({_expansions(node)})"
    raise NotConvertible(f"{node.data} has no counterpart in GBNF")


def _literal(text: str) -> str:
    if text.startswith("/"):
        body, _, flags = text[1:].rpartition("/")
        if flags:
            raise NotConvertible(f"the flags of {text}")
        return _regex(body.replace("\\/", "/"))
    if text.endswith("i"):
        raise NotConvertible(f"{text}: letters of either case")
    return json.dumps(json.loads(text), ensure_ascii=True)


# ----------------------------------------------------------------------- regular expressions


def _regex(pattern: str) -> str:
    return _sequence(_parser.parse(pattern))


def _sequence(items: Iterable[Any]) -> str:
    """A regex's parts, neighbouring characters as one literal."""
    parts: list[str] = []
    letters = ""
    for operator, argument in items:
        if str(operator) == "LITERAL":
            letters += chr(argument)
            continue
        if letters:
            parts.append(json.dumps(letters))
            letters = ""
        parts.append(_part(str(operator), argument))
    if letters:
        parts.append(json.dumps(letters))
    return " ".join(parts) or '""'


def _part(operator: str, argument: Any) -> str:
    if operator == "IN":
        return _class(argument)
    if operator == "NOT_LITERAL":
        return f"[^{_in_class(argument)}]"
    if operator == "SUBPATTERN":
        return f"({_sequence(argument[3])})"
    if operator == "BRANCH":
        return "(" + " | ".join(_sequence(branch) for branch in argument[1]) + ")"
    if operator == "MAX_REPEAT":
        low, high, body = argument
        inner = _sequence(body)
        return (inner if _is_single(inner) else f"({inner})") + _times(low, high)
    raise NotConvertible(f"the regex construct {operator}")


def _is_single(text: str) -> bool:
    """One class or one group, to which a count may be attached as it is."""
    return re.fullmatch(r"\[(\\.|[^\]\\])*\]|\([^()]*\)", text) is not None


def _times(low: int, high: Any) -> str:
    if high == _parser.MAXREPEAT:
        return {0: "*", 1: "+"}.get(low, f"{{{low},}}")
    if (low, high) == (0, 1):
        return "?"
    return f"{{{low}}}" if low == high else f"{{{low},{high}}}"


def _class(items: Iterable[Any]) -> str:
    parts = []
    for operator, argument in items:
        if str(operator) == "NEGATE":
            parts.append("^")
        elif str(operator) == "LITERAL":
            parts.append(_in_class(argument))
        elif str(operator) == "RANGE":
            parts.append(f"{_in_class(argument[0])}-{_in_class(argument[1])}")
        else:
            raise NotConvertible(f"the class item {operator}")
    return f"[{''.join(parts)}]"


def _in_class(code: int) -> str:
    """A character inside a class; what could be read as more than itself in hexadecimal."""
    named = {9: "\\t", 10: "\\n", 13: "\\r"}
    if code in named:
        return named[code]
    character = chr(code)
    return character if character.isalnum() or character in " #.," else f"\\x{code:02X}"
