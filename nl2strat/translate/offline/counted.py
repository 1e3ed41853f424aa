"""Stage 5t: so many of several conditions: `at least two of these three are true: A, B, C`; `none of them is true`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import atoms, conditions, predicates
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import plain_number
from nl2strat.translate.offline.vocabulary.actions import OPEN

_WORDS = listed("counted")
_HOW_MANY: Phrases[str] = Phrases.of(
    {name: _WORDS[name] for name in ("at least", "more", "at most", "fewer", "exactly")}
)
_OF = ("of", "out")
_MOST = 6
"""More conditions than anybody lists; the ways to choose among them grow fast."""


def counted(p: Cursor) -> Expr | None:
    """A condition that counts conditions: those that follow a colon, or those that were listed before."""
    wanted = _wanted(p)
    if wanted is None:
        return None
    how, number = wanted
    found = p.trial(_list)
    parts: Sequence[Expr] = found or ()
    if not parts and (p.accept(*_WORDS["them"]) or p.word(-1) not in _OF):
        parts = p.context.listed
        p.skip(*_WORDS["nouns"])
        if p.accept(*_WORDS["fail"]):
            parts = [conditions.negated(part) for part in parts]
        p.skip(*_WORDS["true"])
        if not (predicates.ends(p) or p.at("and", "or", "then") or OPEN.match(p.tokens, p.i)):
            return None  # "either of them is above 70" is about two things, see subjects.py
    if not 1 < len(parts) <= _MOST:
        return None
    p.context = replace(p.context, listed=tuple(parts) if found else p.context.listed)
    return _chosen(how, len(parts) if number is None else number, parts)


def _wanted(p: Cursor) -> tuple[str, int | None] | None:
    """How many: ("at least", 2); all are (.., None). None if nothing is counted here."""
    if p.accept(*_WORDS["all"]) or (p.kind(1) == "number" and p.accept("all")):
        return "at least", None
    if p.accept(*_WORDS["none"]):
        return "at most", 0
    if p.context.listed and p.at("neither is", "neither hold", "neither of them is", "none is", "none hold"):
        p.i += 1
        p.accept("of them")
        return "at most", 0
    if p.accept(*_WORDS["any"]):
        return "at least", 1
    how = p.match(_HOW_MANY) or "at least"
    amount = ast.Number(Decimal(1)) if p.accept("one") else plain_number(p)
    if not isinstance(amount, ast.Number) or amount.value % 1:
        return None
    if not p.accept("of", "out of") and not (p.context.listed and p.at(*_WORDS["true"], *_WORDS["nouns"])):
        return None
    return how, int(amount.value)


def _list(p: Cursor) -> tuple[Expr, ...] | None:
    """`these three conditions are true: A, B, or C`; `(all) three hold: ...`."""
    if not p.accept(*_WORDS["these"]) and not (p.word(-1) == "all" and p.kind() == "number"):
        return None
    amount = p.trial(plain_number)
    p.skip(*_WORDS["nouns"])
    p.skip(*_WORDS["true"])
    if not p.accept(":", "-"):
        return None
    parts: list[Expr] = []
    while (part := p.trial(atoms.atom)) is not None:
        parts.append(conditions.modified(p, part))
        i = p.i
        p.accept(",", ";")
        p.accept("and", "or", "and or", "or if", "and if")
        if p.i == i:
            break
    if p.base(-1) in (",", ";", "and", "or"):
        p.i = i
    if isinstance(amount, ast.Number) and amount.value != len(parts):
        p.questions.append(f"The text speaks of {amount.value} conditions and lists {len(parts)}. Which are they?")
    return tuple(parts) or None


def _chosen(how: str, number: int, parts: Sequence[Expr]) -> Expr | None:
    """The condition, in and, or and not."""
    match how:
        case "at least":
            return _at_least(number, parts)
        case "more":
            return _at_least(number + 1, parts)
        case "at most" if number < len(parts):
            return conditions.negated(_at_least(number + 1, parts) or parts[0])
        case "fewer" if 0 < number <= len(parts):
            return conditions.negated(_at_least(number, parts) or parts[0])
        case "exactly" if number < len(parts):
            least, more = _at_least(number, parts), _at_least(number + 1, parts)
            return conditions.all_of([least, conditions.negated(more)]) if least and more else None
        case "exactly":
            return _at_least(number, parts)
        case _:
            return None


def _at_least(number: int, parts: Sequence[Expr]) -> Expr | None:
    if not 0 < number <= len(parts):
        return None
    return conditions.any_of([conditions.all_of(chosen) for chosen in combinations(parts, number)])
