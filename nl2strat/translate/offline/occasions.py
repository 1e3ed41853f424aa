"""Stage 6a: one time of day for two openings: `at 14:00, if A, buy; if not, sell short`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from nl2strat.language import ast
from nl2strat.language.ast import Expr

_OPPOSITE = {">": ("<", "<="), "<": (">", ">="), ">=": ("<", "<="), "<=": (">", ">=")}


class Opening(Protocol):
    """An opening with what stood before and behind it."""

    front: list[Expr]
    back: list[Expr]


def at_one_time(opens: Sequence[Opening]) -> None:
    """Gives the time of day of an opening to the next one if that asks the opposite of the same thing."""
    for first, second in pairwise(opens):
        times = [part for part in _parts(first) if is_time(part)]
        asked = [part for part in _parts(first) if part not in times]
        other = _parts(second)
        if times and not any(is_time(part) for part in other) and _opposed(asked, other):
            second.front = [*times, *second.front]


def _parts(opening: Opening) -> list[Expr]:
    found = [*opening.front, *opening.back]
    return [part for c in found for part in (c.conditions if isinstance(c, ast.AllOf) else (c,))]


def _opposed(asked: Sequence[Expr], other: Sequence[Expr]) -> bool:
    """Whether each compares the same two things, the other way round."""
    if not asked or len(asked) != len(other):
        return False
    return all(
        isinstance(a, ast.Compare)
        and isinstance(b, ast.Compare)
        and (a.left, a.right) == (b.left, b.right)
        and b.operator in _OPPOSITE.get(a.operator, ())
        for a, b in zip(asked, other, strict=True)
    )


def is_time(condition: Expr) -> bool:
    """Whether this only says when: a time of day, a weekday."""
    clocks = (ast.Clock, ast.Flag, ast.InZone, ast.Compare, ast.AnyOf)
    nodes = list(ast.walk(condition))
    said = all(isinstance(n, clocks) or (isinstance(n, ast.Price) and n.field == "time") for n in nodes)
    return said and not any(isinstance(n, ast.Flag) and n.name == "flat" for n in nodes)
