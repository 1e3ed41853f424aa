"""How much of the grammar some texts use: every expansion of every rule, and every word of every choice of words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

from lark import Lark, Token
from lark.visitors import Visitor

from nl2strat.language.engine import _TrustedLexer
from nl2strat.language.grammar import grammar_text

BLANKS = re.compile(r"\[ (?:\t|\\t)\]\{\d+,\d+\}")
"""A stretch of blanks in the pattern of a terminal."""


class Coverage:
    """Parses texts and keeps what they used. An expansion is one way to build a rule, its helpers included."""

    def __init__(self) -> None:
        self.parser = Lark(
            grammar_text(), parser="lalr", keep_all_tokens=True, _plugins={"ContextualLexer": _TrustedLexer}
        )
        self.expansions = {str(rule) for rule in self.parser.rules}
        self.words = {f"{t.name} {word}" for t in self.parser.terminals for word in spellings(t.pattern.to_regexp())}
        self.used: set[str] = set()
        for rule, build in list(self.parser._callbacks.items()):
            self.parser._callbacks[rule] = self._noting(str(rule), build)

    def _noting(self, rule, build):  # type: ignore[no-untyped-def]
        def noted(children):  # type: ignore[no-untyped-def]
            self.used.add(rule)
            return build(children)

        return noted

    def read(self, texts: Iterable[str]) -> None:
        """Parses each text; every one must parse."""
        for text in texts:
            _Words(self.used).visit(self.parser.parse(text))

    def missing(self) -> set[str]:
        """The expansions and words that no text has used so far."""
        return (self.expansions | self.words) - self.used


class _Words(Visitor[Token]):
    """Notes the spelling of each token, one blank between its words."""

    def __init__(self, used: set[str]) -> None:
        self.used = used

    def __default__(self, tree):  # type: ignore[no-untyped-def]
        self.used.update(f"{t.type} {' '.join(t.split())}" for t in tree.children if isinstance(t, Token))


def spellings(pattern: str) -> list[str]:
    """The words a terminal may be: `(above|below)` is two. Patterns of endless choice (names, numbers) have none."""
    plain = BLANKS.sub(" ", pattern).replace("(?:", "(").replace("\\", "")
    if re.search(r"[\[?{]", plain):
        return []
    parts = re.split(r"\(([^()]*)\)", plain) if "(" in plain else ["", plain]
    choices = [part.split("|") if k % 2 else [part] for k, part in enumerate(parts)]
    return [" ".join("".join(chosen).split()) for chosen in product(*choices)]
