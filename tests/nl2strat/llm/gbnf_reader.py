"""A recogniser for GBNF, written for the tests from its documentation: sets of places, no tokens, no cleverness."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[A-Za-z][A-Za-z0-9-]*|[()|?*+]|\{\d+(?:,\d*)?\})')

Node = tuple[Any, ...]


class Grammar:
    """Rules by name; `accepts(text)` from `root`."""

    def __init__(self, text: str) -> None:
        self.rules: dict[str, Node] = {}
        for line in text.strip().splitlines():
            name, body = line.split(" ::= ", 1)
            assert re.fullmatch(r"[a-z0-9-]+", name), name
            tokens = _TOKEN.findall(body)
            assert not _TOKEN.sub("", body).strip(), body
            node, rest = _alternatives(tokens)
            assert not rest, (name, rest)
            self.rules[name] = node
        used = {name for rule in self.rules.values() for name in _names(rule)}
        assert used <= set(self.rules), used - set(self.rules)
        assert set(self.rules) - used == {"root"}

    def accepts(self, text: str) -> bool:
        """Whether the whole text is a sentence."""

        @cache
        def rule(name: str, place: int) -> frozenset[int]:
            return ends(self.rules[name], place)

        def ends(node: Node, place: int) -> frozenset[int]:
            kind = node[0]
            if kind == "text":
                return frozenset({place + len(node[1])} if text.startswith(node[1], place) else ())
            if kind == "class":
                fits = place < len(text) and node[1].fullmatch(text[place]) is not None
                return frozenset({place + 1} if fits else ())
            if kind == "name":
                return rule(node[1], place)
            if kind == "or":
                return frozenset().union(*(ends(part, place) for part in node[1]))
            if kind == "and":
                places = frozenset({place})
                for part in node[1]:
                    places = frozenset().union(*(ends(part, p) for p in places))
                return places
            _, inner, low, high = node
            places, found, count = frozenset({place}), set(), 0
            while places and (high is None or count <= high):
                if count >= low:
                    found |= places
                seen = places
                places = frozenset().union(*(ends(inner, p) for p in places)) - (found if count >= low else frozenset())
                count += 1
                if places == seen:
                    break
            return frozenset(found)

        return len(text) in rule("root", 0)


def _alternatives(tokens: list[str]) -> tuple[Node, list[str]]:
    parts = []
    while True:
        sequence, tokens = _sequence(tokens)
        parts.append(sequence)
        if not tokens or tokens[0] != "|":
            return (parts[0] if len(parts) == 1 else ("or", parts)), tokens
        tokens = tokens[1:]


def _sequence(tokens: list[str]) -> tuple[Node, list[str]]:
    parts: list[Node] = []
    while tokens and tokens[0] not in ("|", ")"):
        token, tokens = tokens[0], tokens[1:]
        node: Node
        if token == "(":
            node, tokens = _alternatives(tokens)
            assert tokens[0] == ")"
            tokens = tokens[1:]
        elif token.startswith('"'):
            node = ("text", json.loads(token))
        elif token.startswith("["):
            node = ("class", re.compile(token))
        else:
            assert token[0].isalpha(), token
            node = ("name", token)
        while tokens and tokens[0][0] in "?*+{":
            node, tokens = ("times", node, *_counts(tokens[0])), tokens[1:]
        parts.append(node)
    return ("and", parts), tokens


def _counts(token: str) -> tuple[int, int | None]:
    if token in "?*+":
        return {"?": (0, 1), "*": (0, None), "+": (1, None)}[token]
    low, comma, high = token[1:-1].partition(",")
    return int(low), (int(high) if high else None) if comma else int(low)


def _names(node: Node) -> Iterator[str]:
    if node[0] == "name":
        yield node[1]
    for part in node[1] if node[0] in ("or", "and") else (node[1],) if node[0] == "times" else ():
        yield from _names(part)
