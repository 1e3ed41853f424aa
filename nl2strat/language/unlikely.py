"""Numbers that fit the types but are hardly meant: an oscillator against a price, five added to a EURUSD price."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.functions import lookup
from nl2strat.language.scope import Scope
from nl2strat.language.types import Type

WIDE = 50
"""From this span on, an oscillator's levels are whole numbers in practice."""

FAR = 1000
"""Pips: a plain number that is further from a currency pair's price than this was meant in pips or points."""


def doubt(expr: ast.Compare | ast.Cross | ast.Arithmetic, left: Type, right: Type, scope: Scope) -> None:
    """Refuses a number that must be a slip, whichever side it stands on."""
    for one, other, its, number in ((expr.left, expr.right, left, right), (expr.right, expr.left, right, left)):
        if number.constant is None or not number.is_plain:
            continue
        if its.kind == "price" and scope.is_foreign(expr):
            continue  # another symbol moves by other amounts
        if isinstance(expr, ast.Arithmetic):
            if expr.operator in "+-" and its.kind == "price":
                doubt_distance(other, number, scope)
        elif its.is_distance and not its.is_price:
            doubt_distance(other, number, scope)
        else:
            _doubt_level(one, other, number.constant, scope)


def doubt_distance(expr: ast.Expr, number: Type, scope: Scope) -> None:
    """A price distance written as a plain number."""
    if number.constant is None or scope.pip is None or abs(number.constant) < FAR * scope.pip:
        return
    message = f"{number.constant:g} in units of the price is far more than this symbol moves"
    scope.refuse("V408", expr, message, f"say the unit: {number.constant:g} pips, or {number.constant:g} points")


def _doubt_level(value: ast.Expr, level: ast.Expr, number: float, scope: Scope) -> None:
    function = lookup(value.function) if isinstance(value, ast.Call) else None
    if function is None or function.low is None or function.high is None:
        return
    if function.low < 0 or function.high - function.low < WIDE:
        return  # around a zero line small numbers make sense
    if 0 < abs(number) < 2 and number != 1:
        low, high = function.low, function.high
        hint = f"compare it with a level in that range, such as {low + 0.7 * (high - low):g}"
        scope.refuse("V407", level, f"{function.name} runs from {low:g} to {high:g}; {number:g} is hardly meant", hint)
