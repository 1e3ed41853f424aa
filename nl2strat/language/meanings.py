"""What conditions with a name say about prices, so that contradictions between a name and a comparison are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Literal

from nl2strat.language import ast

Arguments = tuple[ast.Expr, ...]
Operator = Literal[">", "<", ">=", "<="]


def _moves(operator: Operator) -> Callable[[Arguments], ast.Expr]:
    return lambda arguments: ast.Compare(operator, arguments[0], _earlier(arguments[0]))


def _earlier(value: ast.Expr, bars: int = 1) -> ast.Expr:
    return ast.Past(value, ast.Number(Decimal(bars)))


def _turns(now: Operator, before: Operator) -> Callable[[Arguments], ast.Expr]:
    def meant(arguments: Arguments) -> ast.Expr:
        value = arguments[0]
        return ast.AllOf(
            (
                ast.Compare(now, value, _earlier(value)),
                ast.Compare(before, _earlier(value), _earlier(value, 2)),
            )
        )

    return meant


def _bars(upper: Operator, lower: Operator) -> ast.Expr:
    """High and low against those of the bar before."""
    high, low = ast.Price("high"), ast.Price("low")
    return ast.AllOf((ast.Compare(upper, high, _earlier(high)), ast.Compare(lower, low, _earlier(low))))


_GREEN = ast.Compare(">", ast.Price("close"), ast.Price("open"))
_RED = ast.Compare("<", ast.Price("close"), ast.Price("open"))

_SAYS: Mapping[str, Callable[[Arguments], ast.Expr]] = {
    "green": lambda _: _GREEN,
    "red": lambda _: _RED,
    "ha_green": lambda _: ast.Compare(">", ast.Call("ha_close", ()), ast.Call("ha_open", ())),
    "ha_red": lambda _: ast.Compare("<", ast.Call("ha_close", ()), ast.Call("ha_open", ())),
    "inside_bar": lambda _: _bars("<", ">"),
    "outside_bar": lambda _: _bars(">", "<"),
    "turns_up": _turns(">", "<="),
    "turns_down": _turns("<", ">="),
}
"""Exactly what the condition says: it is false where that is."""

_IMPLIES: Mapping[str, Callable[[Arguments], ast.Expr]] = {
    "rising": _moves(">"),
    "falling": _moves("<"),
    **dict.fromkeys(("bullish_engulfing", "piercing", "morning_star", "bullish_marubozu"), lambda _: _GREEN),
    **dict.fromkeys(("bearish_engulfing", "dark_cloud_cover", "evening_star", "bearish_marubozu"), lambda _: _RED),
}
"""What holds wherever the condition is true; where it is false nothing follows."""


def meaning(name: str, arguments: Arguments, truth: bool) -> ast.Expr | None:
    """What follows for prices and values when the condition has that truth, as a condition of the same truth."""
    said = _SAYS.get(name)
    if said is None and (truth or (name in ("rising", "falling") and arguments[1:] == (ast.Number(Decimal(1)),))):
        said = _IMPLIES.get(name)
    return said(arguments) if said is not None else None


def difference(name: str, arguments: Arguments) -> ast.Expr | None:
    """What a function takes from what, for those that are the difference of two values."""
    match name:
        case "macd_hist":
            return ast.Arithmetic("-", ast.Call("macd", arguments), ast.Call("macd_signal", arguments))
        case "range":
            return ast.Arithmetic("-", ast.Price("high"), ast.Price("low"))
        case "gap":
            return ast.Arithmetic("-", ast.Price("open"), _earlier(ast.Price("close")))
    return None
