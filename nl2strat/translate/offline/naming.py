"""A name for the strategy: its heading, else what it looks at."""

from __future__ import annotations

from collections.abc import Sequence

from nl2strat.language import ast
from nl2strat.language.functions import FUNCTIONS
from nl2strat.translate.offline.elements import Element, Title
from nl2strat.translate.offline.tokens import Token


def name_of(tokens: Sequence[Token], elements: Sequence[Element], rules: Sequence[ast.Rule]) -> str:
    """At most 60 characters, letters, digits and blanks."""
    for element in elements:
        if isinstance(element.item, Title):
            return element.item.text[:60]
    del tokens
    entries = [r for r in rules if isinstance(r, ast.Entry)]
    names: list[str] = []
    for entry in entries:
        for node in ast.walk(entry.when):
            if isinstance(node, ast.Call) and node.function in FUNCTIONS:
                title = FUNCTIONS[node.function].title
                if title not in names:
                    names.append(title)
    sides = " and ".join(dict.fromkeys(e.side for e in entries))
    subject = " and ".join(names[:2]) or "price"
    clean = "".join(c for c in f"{subject[:1].upper()}{subject[1:]}, {sides}" if c.isalnum() or c in " ,+-%")
    return clean[:60].strip()
