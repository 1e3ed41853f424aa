"""Numbers and numbers with a unit."""

from __future__ import annotations

from decimal import Decimal

from nl2strat.language import ast
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.vocabulary.phrases import MULTIPLES, UNITS


def plain_number(p: Cursor) -> ast.Number | ast.Name | None:
    """A number, or the name of an input."""
    token = p.token()
    if token is None:
        return None
    if token.kind == "number" and token.value is not None:
        p.i += 1
        return ast.Number(token.value)
    if token.kind == "word" and token.word in p.inputs:
        p.i += 1
        return ast.Name(token.word)
    return None


def count(p: Cursor) -> ast.Number | ast.Name | None:
    """A number that counts; "a" and "one" are 1 ("a bar ago", "within one bar"), "a couple of" is refused elsewhere."""
    if p.kind() == "word" and p.word() == "a" and p.base(1) in ("bar", "day", "hour", "week"):
        p.i += 1
        return ast.Number(Decimal(1))
    return plain_number(p)


def quantity(p: Cursor) -> ast.Quantity | None:
    """`30 pips`, `2 %`, `3R`, `half a percent`. A sign makes it impossible and is kept for the refusal."""
    i = p.i
    negative = p.accept("-", "minus")
    if p.word() in MULTIPLES and p.at(*(f"{m} {u}" for m in ("half", "quarter") for u in ("percent", "pip", "r"))):
        amount: ast.Number | ast.Name | None = ast.Number(Decimal(MULTIPLES[p.word()]))
        p.i += 1
    else:
        amount = plain_number(p)
    unit = p.match(UNITS) if amount is not None else None
    if amount is None or unit is None:
        p.i = i
        return None
    if negative:
        p.questions.append(
            f"A distance of -{_text(amount)} {unit} is impossible: it has to be above zero. What should it be?"
        )
    return ast.Quantity(amount, unit)  # type: ignore[arg-type]


def _text(amount: ast.Number | ast.Name) -> str:
    return amount.id if isinstance(amount, ast.Name) else str(amount.value)
