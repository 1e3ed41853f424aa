"""Texts with their rules in colour: cut into pieces, each with the rules that it is of. All of it is set as text."""

from __future__ import annotations

import io
import keyword
import token
import tokenize
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from nl2strat.web.pages.parts import tag
from nl2strat.web.shapes import RuleMap

COLOURS = 6
_PLAIN = ("market", "input", "let")


@dataclass(frozen=True)
class Layer:
    """A stretch of a text (characters), the rules that it is of, its CSS class, what it became."""

    start: int
    end: int
    rules: tuple[str, ...] = ()
    classes: str = ""
    title: str = ""


def colours(rules: Sequence[RuleMap]) -> dict[str, str]:
    """CSS class of each rule by its id: entries, exits and other rules have a colour each, the rest a common one."""
    own = [rule.id for rule in rules if rule.kind not in _PLAIN]
    numbered = {name: f"rule rule-{i % COLOURS + 1}" for i, name in enumerate(own)}
    return {rule.id: numbered.get(rule.id, "rule rule-0") for rule in rules}


def pieces(text: str, layers: Iterable[Layer]) -> list[tuple[str, Layer]]:
    """The text, cut wherever a layer begins or ends; a piece has the rules, title and classes of all around it.

    Of several rules the innermost layer's count.
    """
    inside = [one for one in layers if 0 <= one.start < one.end <= len(text)]
    cuts = sorted({0, len(text), *(one.start for one in inside), *(one.end for one in inside)})
    found = []
    for start, end in pairwise(cuts):
        around = sorted((o for o in inside if o.start <= start and end <= o.end), key=lambda o: o.start - o.end)
        rules = next((one.rules for one in reversed(around) if one.rules), ())
        title = next((one.title for one in reversed(around) if one.title), "")
        classes = " ".join(dict.fromkeys(name for one in around for name in one.classes.split()))
        found.append((text[start:end], Layer(start, end, rules, classes, title)))
    return found


def show(text: str, layers: Iterable[Layer]) -> None:
    """The text in elements, where the page stands now."""
    for piece, layer in pieces(text, layers):
        tag(
            "span", piece, layer.classes, data_rules=" ".join(layer.rules) or None, title=layer.title or None,
        )  # fmt: skip


def python_tokens(source: str) -> list[Layer]:
    """Keywords, strings, comments and numbers of Python, for its colours."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    kinds = {token.STRING: "code-string", token.COMMENT: "code-comment", token.NUMBER: "code-number"}
    found: list[Layer] = []
    with suppress(tokenize.TokenError, SyntaxError):
        for one in tokenize.generate_tokens(io.StringIO(source).readline):
            kind = kinds.get(one.type, "")
            if one.type == token.NAME and keyword.iskeyword(one.string):
                kind = "code-keyword"
            if kind:
                begin, end = (starts[row - 1] + column for row, column in (one.start, one.end))
                found.append(Layer(begin, end, classes=kind))
    return found
