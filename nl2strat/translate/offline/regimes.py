"""Stage 5v: trends that a text defines both ways, and sides that it allows one way each.

`The H4 trend is up when A and down when B`; `above the 200 EMA only longs, below it only shorts`.
"""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import atoms, conditions, predicates
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Definition, Filter
from nl2strat.translate.offline.phrases import Phrases, essential, listed
from nl2strat.translate.offline.times import timeframe_adjective

_WORDS = listed("regimes")
_WAYS: Phrases[str] = Phrases.of({"up": _WORDS["up"], "down": _WORDS["down"]})
_SIDES: Phrases[ast.Side] = Phrases.of({"long": _WORDS["only long"], "short": _WORDS["only short"]})
_OPPOSITE = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


def definition(p: Cursor) -> Definition | None:
    """`The trend is up when A and down when B`, `we are in an uptrend when A`, `call it an uptrend when A`."""
    p.accept(*_WORDS["define"])
    p.trial(timeframe_adjective)
    if not p.accept(*_WORDS["trend"]):
        return None
    first = _way(p)
    if first is None:
        return None
    i, context = p.i, p.context
    p.accept(",", ";")
    p.accept("and", "but", "while")
    p.skip(*_WORDS["again"])
    second = p.trial(_way)
    if second is None or second == first:
        p.i, p.context = i, context
    return Definition(_WORDS[f"names {first}"][0] if f"names {first}" in _WORDS else first)


def _way(p: Cursor) -> str | None:
    """`up when A`: the condition gets the names of that way."""
    way = p.match(_WAYS)
    names = _WORDS[f"names {way}"] if way else ()
    if way is None and p.word() in _WORDS["states"]:
        way = p.word()
        names = (f"market is {way}", f"trend is {way}", f"it is {way}", f"price is {way}", f"{way} market", way)
        p.i += 1
    if way is None or not p.accept(*_WORDS["when"]):
        return None
    found = conditions.condition(p)
    if found is None:
        return None
    for name in names:
        p.define(" ".join(essential(name)), found)
    return way


def one_side(p: Cursor) -> Filter | None:
    """`above it only longs, below it only shorts`: each side has its condition, and one is the other way round."""
    if p.context.other_side is not None:
        side, found = p.context.other_side
        again = p.trial(_half)
        p.context = replace(p.context, other_side=None)
        return Filter(side, found) if again is not None else None
    half = _half(p)
    if half is None:
        return None
    i = p.i
    p.skip(",", ";", "and", "but")
    if p.kind() == "break":
        p.i += 1
    other = p.trial(_half)
    p.i = i
    if other is None or not _opposed(half, other):
        return None
    p.context = replace(p.context, other_side=other)
    return Filter(*half)


def _half(p: Cursor) -> tuple[ast.Side, Expr] | None:
    p.skip("if", "when", "while", "as long as", "whenever")
    of_price = predicates.starts_comparison(p)  # "above it" is the price, whatever was spoken of last
    found = p.trial(atoms.of_price) if of_price else conditions.condition(p)
    if found is None:
        return None
    p.skip(",", ":", "then", "-", "->", "=")
    side = p.match(_SIDES)
    ends = p.kind() in ("", "break") or p.at(",", ";", "and", "but", ")")
    return (side, found) if side is not None and ends else None


def _opposed(one: tuple[str, Expr], other: tuple[str, Expr]) -> bool:
    """Whether the sides differ and the conditions are one comparison both ways."""
    match one[1], other[1]:
        case ast.Compare(operator, left, right), ast.Compare(against, same, level):
            mirrored = _OPPOSITE.get(operator, "")[:1] == against[:1]
            return mirrored and one[0] != other[0] and (left, right) == (same, level)
        case _:
            return False
