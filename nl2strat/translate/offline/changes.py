"""Stage 5f: by how much a thing has moved: `rises by more than 10 points in 3 bars`, `has fallen 50 pips in 5 bars`."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline import predicates, values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.kinds import is_distance, is_price
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import count, plain_number, quantity
from nl2strat.translate.offline.vocabulary.phrases import MORE_OR_LESS

_WORDS = listed("changes")


def changed(p: Cursor, subject: Expr) -> Expr | None:
    """The change over so many bars against an amount: the value now and the one so many bars ago."""
    p.skip(*_WORDS["auxiliary"])
    up = p.accept(*_WORDS["up"])
    if not up and not p.accept(*_WORDS["down"]):
        return None
    p.accept("by")
    more = p.match(MORE_OR_LESS)
    least = more is None and p.accept("at least", "minimum of", "no less than")
    amount = _amount(p, subject)
    bars = _bars(p) if amount is not None else None
    if amount is None or bars is None or (more is not None and more[0] != "more"):
        return None
    before = ast.Past(subject, bars)
    strict = more is not None and more[1] and not least
    if more is None and not least:
        p.note("A move of so much is one of at least so much.")
    p.note(f"A move over {print_expr(bars)} bars is from the value that many bars ago to the one now.")
    p.about(subject, None)
    operator = (">" if up else "<") + ("" if strict else "=")
    return ast.Compare(operator, subject, _edge(before, amount, up))  # type: ignore[arg-type]


def _edge(before: Expr, amount: Expr, up: bool) -> Expr:
    match amount:
        case ast.Quantity(ast.Number(share), "%"):
            return ast.Arithmetic("*", before, number(str(1 + share / 100 if up else 1 - share / 100)))
        case _:
            return ast.Arithmetic("+" if up else "-", before, amount)


def _amount(p: Cursor, subject: Expr) -> Expr | None:
    """A distance of a price, or points of an indicator."""
    if is_price(subject):
        found = p.first_of(values.multiple, quantity)
        return found if found is not None and is_distance(found) else None
    found = plain_number(p)
    p.accept("point", "unit")
    return found if found is not None and not p.at("pip", "%", "atr", "percent") else None


def _bars(p: Cursor) -> ast.Number | ast.Name | None:
    if not p.accept(*_WORDS["over"]):
        return None
    p.skip(*_WORDS["last"])
    if p.accept("bar"):
        return number(1)
    found = number(1) if p.accept("one", "single") else count(p)
    if not isinstance(found, (ast.Number, ast.Name)) or not p.accept("bar", "period"):
        return None
    p.skip(*_WORDS["in a row"])
    return found if predicates.ends(p) or p.at("from", ":") else None
