"""Stage 5d: what came before or after a condition: `A followed by B`, `B within 5 bars after A`, `B, preceded by A`."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import atoms, conditions
from nl2strat.translate.offline.cursor import Binding, Cursor, number
from nl2strat.translate.offline.phrases import listed

_WORDS = listed("conditions")
_CLOSES = ("close", "candle", "bar", "green", "red", "bullish", "bearish")
"""How a condition begins that is said of one bar."""


def followed(p: Cursor, part: Expr) -> Expr | None:
    """`A and then B within 5 bars`, `A followed within 5 bars by B`, `B within 5 bars after A`."""
    after = p.trial(_after_event)
    if after is not None:
        window, earlier = after
        return conditions.all_of([part, ast.Past(ast.WithinBars(earlier, window), number(1))])  # type: ignore[arg-type]
    if not p.accept(*_WORDS["followed"]):
        return None
    inside = p.base(-1) == "within"
    p.skip(",")
    bars = p.trial(_span) if inside or p.accept("within", "in") else None
    p.skip("later", "by", ",", "of that")
    placed = bars is None
    if placed:  # "... followed by a close above the high of the hammer": that of the bar before
        p.context = replace(p.context, bindings=(*p.context.bindings, Binding(p.i - 1, p.i, ast.Past(part, number(1)))))
    said = p.i
    second = p.trial(atoms.atom)
    if second is None:
        return None
    if bars is None:
        p.accept(",")
        bars = (
            p.trial(_span)
            if p.accept("within", "no later than", "at most", "in next", "not more than", "no more than", "in")
            else None
        )
        p.skip("later", "of that", "after that", "of each other", "afterwards", "after")
    if placed and bars is not None and any(isinstance(n, ast.Past) for n in ast.walk(second)):
        p.questions.append('Of which bar is the level? Say "within 5 bars by ..." in front of it.')
    closes = isinstance(part, ast.ForBars) or (isinstance(part, ast.Compare) and part.left == ast.Price("close"))
    if bars is None and (_is_bar_event(second) or (closes and p.tokens[said].word in _CLOSES)):
        length = second.bars if isinstance(second, ast.ForBars) else number(1)
        return conditions.all_of([second, ast.Past(part, length)])
    if bars is None and ends_it(part, second):
        return conditions.all_of([second, ast.Past(part, number(1))])
    if bars is None:
        p.questions.append('One after the other: within how many bars? Say "... within 5 bars".')
        bars = number(1)
    return conditions.all_of([second, ast.Past(ast.WithinBars(part, bars), number(1))])  # type: ignore[arg-type]


_AGAINST = {">": ("<", "<="), ">=": ("<", "<="), "<": (">", ">="), "<=": (">", ">=")}
_CROSSES = {"above": "<", "below": ">"}


_GREEN, _RED = ast.Call("green", ()), ast.Call("red", ())
_COLOURS = ((_GREEN, _RED), (_RED, _GREEN))


def ends_it(before: Expr, now: Expr) -> bool:
    """`has been above 70 for two bars and then falls below 70`: the one ends the other, so it is on the next bar."""
    lasting = before.condition if isinstance(before, ast.ForBars) else before
    if isinstance(now, ast.AllOf) and isinstance(before, ast.ForBars):
        now = now.conditions[0]  # "the first green one": green, and not green before
    if (lasting, now) in _COLOURS:
        return True
    if not isinstance(lasting, ast.Compare) or not isinstance(now, (ast.Compare, ast.Cross)):
        return False
    if (lasting.left, lasting.right) != (now.left, now.right):
        return False
    if isinstance(now, ast.Cross):
        return lasting.operator[:1] == _CROSSES[now.direction]
    return now.operator in _AGAINST.get(lasting.operator, ())


def _is_bar_event(value: Expr) -> bool:
    """A pattern or a comparison of prices: it follows on the very next bar."""
    inner = value.condition if isinstance(value, ast.ForBars) else value
    if isinstance(inner, ast.AllOf):
        return all(_is_bar_event(part) for part in inner.conditions)
    if isinstance(inner, ast.Compare):
        return all(isinstance(n, (ast.Compare, ast.Price, ast.Past, ast.Number)) for n in ast.walk(inner))
    return isinstance(inner, ast.Call) and not inner.arguments


def _span(p: Cursor) -> Expr | None:
    p.skip("next", "following", "at most", "no more than")
    return conditions.so_many_bars(p)


def _after_event(p: Cursor) -> tuple[Expr, Expr] | None:
    """`within 5 bars after A`, `no more than 3 bars after A`."""
    if not p.accept("within", "no more than", "at most", "no later than", "not more than", ", within"):
        return None
    bars = p.trial(_span)
    if bars is None or not p.accept("after", "of", "following", "from"):
        return None
    earlier = p.trial(atoms.atom)
    return (bars, earlier) if earlier is not None else None


def preceded(p: Cursor, part: Expr) -> Expr | None:
    """`preceded by a close below it`: what held on the bar before the first bar of it."""
    p.accept(",")
    if not p.accept(*_WORDS["preceded"]):
        return None
    before = p.trial(atoms.atom)
    if before is None:
        return None
    before = conditions.modified(p, before)
    if any(isinstance(n, (ast.Past, ast.WithinBars)) for n in ast.walk(before)):  # these name their own bars
        return conditions.all_of([part, before])
    length = part.bars if isinstance(part, ast.ForBars) else number(1)
    return conditions.all_of([part, ast.Past(before, length)])
