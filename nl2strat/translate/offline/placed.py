"""Stage 5x: the bar that a named bar is: "the low of the hammer", where the hammer was the bar before."""

from __future__ import annotations

from collections.abc import Callable

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline.cursor import Cursor


def names(p: Cursor) -> tuple[str, ...]:
    """The names of bars that the text defined ("a strong bar is a bar whose ...")."""
    return tuple(name for name, _ in p.context.definitions if name not in ("included", "such"))


_OF_SHAPE = ("hammer", "doji", "pin", "inside", "outside", "star", "engulfing", "marubozu")
_OF_THREE = ("soldiers", "crows", "star", "three", "3", "third", "inside", "outside")


def is_spoken_of(p: Cursor, first: int) -> bool:
    """Whether the bar that the words from `first` up to here name by its shape or place is named elsewhere too.

    "The low of the hammer" is no bar where the text has no hammer, nor "the third bar" where nothing has three.
    """
    said = {t.base for t in p.tokens[first : p.i]}
    others = [t.base for t in (*p.tokens[:first], *p.tokens[p.i :])]
    if "third" in said and not any(word in _OF_THREE for word in others):
        return False
    return all(any(other.startswith(word[:5]) for other in others) for word in _OF_SHAPE if word in said)


def bar_of(p: Cursor, first: int) -> int:
    """How many bars ago the bar is that the words from `first` up to here name; 0 for the signal bar.

    It is where the last condition that spoke of it had it: `the bar before was a hammer`.
    """
    words = {t.base for t in p.tokens[first : p.i]}
    defined = next((v for n, v in reversed(p.context.definitions) if n in _phrases(p, first)), None)

    def is_it(node: Expr) -> bool:
        if defined is not None:
            return node == defined
        if not isinstance(node, ast.Call) or node.arguments:
            return False
        return bool(words & set(node.function.split("_")) - _GENERAL)

    for binding in reversed(p.context.bindings):
        if binding.first < first and not isinstance(binding.node, str):
            found = _shift(binding.node, is_it)
            if found is not None:
                return found
    return 0


_GENERAL = {"bar", "up", "down", "range", "3", "time", "three", "two"}
"""Words in the names of conditions that name no bar."""


def _phrases(p: Cursor, first: int) -> tuple[str, ...]:
    said = [t.base for t in p.tokens[first : p.i]]
    return " ".join(said), " ".join(w for w in said if w not in ("'s", "bar"))


def _shift(node: Expr, is_it: Callable[[Expr], bool], bars: int = 0) -> int | None:
    """Where in a condition the named bar is; None if it is not in it, or if its bar is not known beforehand."""
    if is_it(node):
        return bars
    if isinstance(node, ast.Past) and isinstance(node.bars, ast.Number):
        return _shift(node.value, is_it, bars + int(node.bars.value))
    if isinstance(node, (ast.AllOf, ast.AnyOf)):
        found = [_shift(part, is_it, bars) for part in node.conditions]
        return next((shift for shift in found if shift is not None), None)
    return None
