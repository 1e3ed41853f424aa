"""Stage 5d: two averages named at once: `10/30 SMA`, `EMA(9, 21)`; and the way of a cross that names none."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import indicators
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.quantities import plain_number

_SIDES = {"long": "above", "buy": "above", "short": "below", "sell": "below"}


def pair(p: Cursor) -> tuple[Expr, Expr] | None:
    """`50/200`, `10 and 30`, `9 x 21`."""
    fast = plain_number(p)
    if fast is None:
        return None
    p.skip("period", "bar", "day")
    if not p.accept("/", "and", "x", "by", "over", "-", ",", "&"):
        return None
    slow = plain_number(p)
    return (fast, slow) if slow is not None else None


def average_pair(p: Cursor) -> tuple[Expr, Expr] | None:
    """`10/30 SMA`, `SMA 10/30`, `EMA(10, 30)`, `EMA 10 / EMA 30`, `EMA(9)/EMA(21)`: two averages of the close, the
    shorter one first."""
    kind = p.match(indicators.averages())
    lengths = p.trial(lambda q: _named_twice(q, kind)) if kind is not None else None
    if lengths is None:
        bracketed = kind is not None and p.accept("(")
        lengths = p.trial(pair)
        if lengths is None or (bracketed and not p.accept(")")):
            return None
    p.accept("period", "bar", "day")
    kind = kind if kind is not None else p.match(indicators.averages())
    if kind is None:
        return None
    if not kind:
        p.note('"moving average" means the simple one.')
    first, second = (ast.Call(kind or "sma", (ast.Price("close"), n)) for n in lengths)
    return first, second


def _named_twice(p: Cursor, kind: str | None) -> tuple[Expr, Expr] | None:
    """The rest of `EMA 10 / EMA 30`, `EMA(9) and EMA(21)`."""
    first = _length(p)
    if first is None or not p.accept("/", "x", "and") or p.match(indicators.averages()) != kind:
        return None
    second = _length(p)
    return (first, second) if second is not None else None


def _length(p: Cursor) -> Expr | None:
    """`10`, `(10)`."""
    bracketed = p.accept("(")
    found = plain_number(p)
    return None if bracketed and not p.accept(")") else found


def way_of_action(p: Cursor) -> str | None:
    """The way of a cross that names none, by what it opens: `long on the 10/30 cross`, `10/30 cross, long only`."""
    before = p.i - 1
    while before >= 0 and p.tokens[before].kind != "break":
        base = p.tokens[before].base
        if base in ("exit", "close", "closes", "leave", "cover", "until", "out", "no", "not", "flat"):
            return None
        if base in _SIDES:
            return _said_way(p, _SIDES[base])
        before -= 1
    sides = set()
    after = p.i
    while after < len(p.tokens) and p.tokens[after].kind != "break":
        sides.add(_SIDES.get(p.tokens[after].base, ""))
        after += 1
    sides.discard("")
    return _said_way(p, sides.pop()) if len(sides) == 1 else None


def _said_way(p: Cursor, way: str) -> str:
    p.note(f"A cross that opens a {'long' if way == 'above' else 'short'} position goes {way}.")
    return way
