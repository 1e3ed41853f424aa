"""From Lark's parse tree to expressions: one method per grammar rule or alias, named like it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lark import Token, Transformer, v_args
from lark.tree import Meta

from nl2strat.language import ast

_CLOCK = ((1, 2), (2,))
"""How many digits an hour and a minute may have: 9:05 is a time, 9:5 is a slip."""


def place(meta: Meta) -> ast.Place:
    if meta.empty:
        return ast.NOWHERE
    width = meta.end_column - meta.column if meta.end_line == meta.line else 1
    return ast.Place(meta.line, meta.column, max(1, width))


def token_place(token: Token) -> ast.Place:
    return ast.Place(token.line or 1, token.column or 1, len(token))


def decimal(text: str) -> Decimal:
    """A decimal in its shortest spelling, so that 0.10 and 0.1 are one number."""
    value = Decimal(text).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral() else value


def string(token: Token) -> str:
    return str(token)[1:-1]


@v_args(meta=True)
class Expressions(Transformer[Token, Any]):
    """Builds expressions bottom-up. Meaning is checked later, on the finished program."""

    def sequence(self, meta: Meta, parts: Sequence[Any]) -> Any:
        result = parts[0]
        for bars, second in zip(parts[1::2], parts[2::2], strict=True):
            result = ast.Then(result, bars, second, at=place(meta))
        return result

    def latch(self, meta: Meta, parts: Sequence[Any]) -> ast.Latch:
        return ast.Latch(*parts, at=place(meta))

    def remember(self, meta: Meta, parts: Sequence[Any]) -> ast.Remember:
        return ast.Remember(*parts, at=place(meta))

    def ratchet(self, meta: Meta, parts: Sequence[Any]) -> ast.Ratchet:
        direction = str(parts[0]).split()[1]
        return ast.Ratchet(direction, *parts[1:], at=place(meta))  # type: ignore[arg-type]

    def or_expr(self, meta: Meta, parts: Sequence[Any]) -> ast.AnyOf:
        return ast.AnyOf(tuple(parts), at=place(meta))

    def and_expr(self, meta: Meta, parts: Sequence[Any]) -> ast.AllOf:
        return ast.AllOf(tuple(parts), at=place(meta))

    def negation(self, meta: Meta, parts: Sequence[Any]) -> ast.Negation:
        return ast.Negation(parts[0], at=place(meta))

    def for_bars(self, meta: Meta, parts: Sequence[Any]) -> ast.ForBars:
        return ast.ForBars(parts[0], parts[1], at=place(meta))

    def within_bars(self, meta: Meta, parts: Sequence[Any]) -> ast.WithinBars:
        return ast.WithinBars(parts[0], parts[1], at=place(meta))

    def compare(self, meta: Meta, parts: Sequence[Any]) -> ast.Compare:
        return ast.Compare(str(parts[1]).strip(), parts[0], parts[2], at=place(meta))  # type: ignore[arg-type]

    def cross(self, meta: Meta, parts: Sequence[Any]) -> ast.Cross:
        direction = str(parts[1]).split()[1]
        return ast.Cross(direction, parts[0], parts[2], at=place(meta))  # type: ignore[arg-type]

    def sum(self, meta: Meta, parts: Sequence[Any]) -> Any:
        return _fold(parts, meta)

    def product(self, meta: Meta, parts: Sequence[Any]) -> Any:
        return _fold(parts, meta)

    def minus(self, meta: Meta, parts: Sequence[Any]) -> ast.Minus:
        return ast.Minus(parts[0], at=place(meta))

    def on_timeframe(self, meta: Meta, parts: Sequence[Any]) -> ast.OnTimeframe:
        return ast.OnTimeframe(parts[0], str(parts[1]), at=place(meta))

    def of_symbol(self, meta: Meta, parts: Sequence[Any]) -> ast.OfSymbol:
        return ast.OfSymbol(parts[0], str(parts[1]), at=place(meta))

    def in_zone(self, meta: Meta, parts: Sequence[Any]) -> ast.InZone:
        return ast.InZone(parts[0], string(parts[1]), at=place(meta))

    def past(self, meta: Meta, parts: Sequence[Any]) -> ast.Past:
        return ast.Past(parts[0], parts[1], at=place(meta))

    def group(self, meta: Meta, parts: Sequence[Any]) -> Any:
        return parts[0]

    def call(self, meta: Meta, parts: Sequence[Any]) -> ast.Call:
        return ast.Call(str(parts[0]), tuple(parts[1:]), at=place(meta))

    def name(self, meta: Meta, parts: Sequence[Token]) -> ast.Name:
        return ast.Name(str(parts[0]), at=place(meta))

    def price(self, meta: Meta, parts: Sequence[Token]) -> ast.Price:
        return ast.Price(str(parts[0]), at=place(meta))  # type: ignore[arg-type]

    def flag(self, meta: Meta, parts: Sequence[Token]) -> ast.Flag:
        return ast.Flag(str(parts[0]), at=place(meta))  # type: ignore[arg-type]

    def position(self, meta: Meta, parts: Sequence[Token]) -> ast.PositionValue:
        return ast.PositionValue(_words(parts[0]), at=place(meta))

    def account_value(self, meta: Meta, parts: Sequence[Token]) -> ast.AccountValue:
        return ast.AccountValue(_words(parts[0]), at=place(meta))

    def account_flag(self, meta: Meta, parts: Sequence[Token]) -> ast.AccountFlag:
        return ast.AccountFlag(_words(parts[0]), at=place(meta))

    def clock(self, meta: Meta, parts: Sequence[Token]) -> ast.Clock:
        # An hour like 9.5 or a minute of one digit is refused by the checker, with its place, not here.
        hour, minute = (
            int(p) if p.isdigit() and len(p) in digits else 99 for p, digits in zip(parts, _CLOCK, strict=True)
        )
        return ast.Clock(hour, minute, at=place(meta))

    def number(self, meta: Meta, parts: Sequence[Token]) -> ast.Number:
        return ast.Number(decimal(parts[0]), at=place(meta))

    def minus_number(self, meta: Meta, parts: Sequence[Token]) -> ast.Minus:
        return ast.Minus(ast.Number(decimal(parts[0])), at=place(meta))

    def number_unit(self, meta: Meta, parts: Sequence[Token]) -> ast.Quantity:
        return ast.Quantity(ast.Number(decimal(parts[0])), _unit(parts[1]), at=place(meta))

    def name_unit(self, meta: Meta, parts: Sequence[Token]) -> ast.Quantity:
        return ast.Quantity(ast.Name(str(parts[0])), _unit(parts[1]), at=place(meta))

    def number_percent(self, meta: Meta, parts: Sequence[Token]) -> ast.Quantity:
        return ast.Quantity(ast.Number(decimal(parts[0])), "%", at=place(meta))

    def number_r(self, meta: Meta, parts: Sequence[Token]) -> ast.Quantity:
        return ast.Quantity(ast.Number(decimal(parts[0])), "R", at=place(meta))

    def share_number(self, meta: Meta, parts: Sequence[Token]) -> ast.Number:
        return ast.Number(decimal(parts[0]), at=place(meta))

    def share_name(self, meta: Meta, parts: Sequence[Token]) -> ast.Name:
        return ast.Name(str(parts[0]), at=place(meta))

    def lots(self, meta: Meta, parts: Sequence[Any]) -> ast.Lots:
        return ast.Lots(parts[0], at=place(meta))


def _words(token: Token) -> Any:
    """The words of a value, one blank between them."""
    return " ".join(str(token).split())


def _unit(token: Token) -> Any:
    word = str(token).strip()
    return "%" if word == "percent" else word


def _fold(parts: Sequence[Any], meta: Meta) -> Any:
    """`a - b + c` is `(a - b) + c`."""
    result = parts[0]
    for operator, right in zip(parts[1::2], parts[2::2], strict=True):
        result = ast.Arithmetic(str(operator).strip(), result, right, at=place(meta))  # type: ignore[arg-type]
    return result
