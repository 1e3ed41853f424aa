"""The type of every expression, and the refusal of those that mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mas.timeframes import TIMEFRAMES
from nl2strat.language import ast
from nl2strat.language.calls import call_type
from nl2strat.language.scope import Scope, Where
from nl2strat.language.types import (
    BOOL,
    COUNT,
    DISTANCE,
    PRICE,
    TIME,
    UNKNOWN,
    VOLUME,
    Type,
    arithmetic,
    comparable,
    negated,
)  # fmt: skip
from nl2strat.language.unlikely import doubt


def type_of(expr: ast.Expr, scope: Scope, where: Where | None = None) -> Type:
    """The type of an expression; problems go to the scope."""
    return _INFER[type(expr)](expr, scope, where or Where())


def condition(expr: ast.Expr, scope: Scope, where: Where) -> None:
    """Refuses what is not a condition."""
    found = type_of(expr, scope, where)
    if found.kind not in ("bool", "unknown"):
        hint = "compare it with something: close > open, rsi(14) < 30"
        scope.refuse("T301", expr, f"a condition is needed here, and this is {found.a_name}", hint)


def value(expr: ast.Expr, scope: Scope, where: Where) -> Type:
    """The type of what must not be a condition."""
    found = type_of(expr, scope, where)
    if found.kind == "bool":
        scope.refuse("T301", expr, "a value is needed here, and this is a condition", "use it with and, or, not")
        return UNKNOWN
    return found


# ---------------------------------------------------------------------- leaves


def _number(expr: ast.Number, scope: Scope, where: Where) -> Type:
    return Type("number", constant=float(expr.value), literal=True)


def _name(expr: ast.Name, scope: Scope, where: Where) -> Type:
    scope.used.add(expr.id)
    if expr.id in scope.inputs:
        return Type("number", constant=float(scope.inputs[expr.id].default))
    if expr.id in scope.lets:
        if where.timeframe is not None:
            message = f'"{expr.id}" is a let, worked out on the strategy\'s own timeframe'
            hint = f"put the timeframe into the let: let {expr.id} = (...) on {where.timeframe}"
            scope.refuse("T322", expr, message, hint)
            return UNKNOWN
        return scope.lets[expr.id][1]
    scope.refuse_unknown(expr)
    return UNKNOWN


def _quantity(expr: ast.Quantity, scope: Scope, where: Where) -> Type:
    if isinstance(expr.amount, ast.Name) and scope.input_of(expr.amount, "an amount") is None:
        return UNKNOWN
    if expr.unit == "R":
        if not where.reward:
            message = f"R is a multiple of the risk of an open trade, which is not known {where.place}"
            hint = "give the entry a stop" if "without" in where.place else "say the distance: 30 pips, 2 * atr(14)"
            scope.refuse("T310", expr, message, hint)
            return UNKNOWN
        return DISTANCE
    if expr.unit == "%":
        amount = expr.amount.value if isinstance(expr.amount, ast.Number) else scope.inputs[expr.amount.id].default
        return DISTANCE if where.fill else Type("ratio", constant=float(amount) / 100)
    return DISTANCE


def _clock(expr: ast.Clock, scope: Scope, where: Where) -> Type:
    check_clock(expr, scope)
    return TIME


def check_clock(clock: ast.Clock, scope: Scope) -> None:
    if clock.hour > 23 or clock.minute > 59:
        scope.refuse("V403", clock, "a time of day runs from 00:00 to 23:59, with two digits for the minutes")


def _price(expr: ast.Price, scope: Scope, where: Where) -> Type:
    if expr.field == "time":
        _refuse_moment(expr, "the time of day", scope, where)
        return TIME
    return VOLUME if expr.field == "volume" else PRICE


def _flag(expr: ast.Flag, scope: Scope, where: Where) -> Type:
    if expr.name != "flat":
        _refuse_moment(expr, "the weekday", scope, where)
    elif not where.flat:
        hint = "put it directly among the conditions of an entry: enter long when flat and ..."
        scope.refuse("T320", expr, f"whether a position is open cannot be asked {where.place}", hint)
    return BOOL


def _refuse_moment(expr: ast.Expr, what: str, scope: Scope, where: Where) -> None:
    if where.timeframe is not None:
        message = f"{what} is that of the decision, whatever the timeframe"
        scope.refuse("T321", expr, message, f'take it out of "on {where.timeframe}"')


def _position(expr: ast.PositionValue, scope: Scope, where: Where) -> Type:
    if not where.position:
        hint = "compare it directly in an exit: exit long when profit > 30 pips"
        scope.refuse("T320", expr, f'"{expr.name}" is about the open position, which is not known {where.place}', hint)
    return {"entry": PRICE, "profit": DISTANCE, "bars since entry": COUNT}[expr.name]


def _call(expr: ast.Call, scope: Scope, where: Where) -> Type:
    inside = where.inside(f"inside {expr.function}(...)")
    return call_type(expr, scope, lambda argument: type_of(argument, scope, inside))


# ------------------------------------------------------------ time and shifting


def _past(expr: ast.Past, scope: Scope, where: Where) -> Type:
    scope.whole(expr.bars, "a number of bars ago", 0)
    found = type_of(expr.value, scope, where.inside("in the past"))
    if found.constant is not None:
        scope.refuse("T304", expr, "a number has no past", "put the [...] behind what changes from bar to bar")
    return replace(found, constant=None, literal=False)


def _on(expr: ast.OnTimeframe, scope: Scope, where: Where) -> Type:
    outer = where.timeframe or scope.timeframe
    if outer is not None and TIMEFRAMES[expr.timeframe] <= TIMEFRAMES[outer]:
        if expr.timeframe == outer:
            hint = f'leave out "on {expr.timeframe}"'
        else:
            hint = f"only timeframes longer than {outer} can be looked at here"
        message = f"{expr.timeframe} is not longer than {outer}, in which this is evaluated"
        scope.refuse("V404", expr, message, hint)
    return type_of(expr.value, scope, where.on(expr.timeframe))


def _spanned(expr: ast.ForBars | ast.WithinBars, scope: Scope, where: Where) -> Type:
    scope.whole(expr.bars, "a number of bars")
    word = "for" if isinstance(expr, ast.ForBars) else "within"
    condition(expr.condition, scope, where.inside(f'with "{word} ... bars"'))
    return BOOL


# ------------------------------------------------------------------- operators


def _minus(expr: ast.Minus, scope: Scope, where: Where) -> Type:
    found = value(expr.value, scope, where)
    if found.kind == "time":
        scope.refuse("T301", expr, "a time of day cannot be negative")
        return UNKNOWN
    return negated(found)


def _arithmetic(expr: ast.Arithmetic, scope: Scope, where: Where) -> Type:
    left, right = value(expr.left, scope, where), value(expr.right, scope, where)
    if expr.operator == "/" and right.constant == 0:
        scope.refuse("V405", expr, "this divides by zero")
        return UNKNOWN
    result = arithmetic(expr.operator, left, right)
    if result is None:
        verb = {"+": "added to", "-": "subtracted from", "*": "multiplied by", "/": "divided by"}[expr.operator]
        first, second = (right, left) if expr.operator in "+-" else (left, right)
        message = f"{first.a_name} cannot be {verb} {second.a_name}"
        scope.refuse("T305", expr, message, _arithmetic_hint(left, right))
        return UNKNOWN
    doubt(expr, left, right, scope)
    return result


def _arithmetic_hint(left: Type, right: Type) -> str:
    if "time" in (left.kind, right.kind):
        return "times of day are only compared: time >= 09:30"
    if {left.kind, right.kind} == {"price", "ratio"}:
        return "a percentage of a price is written: close * 1% or close * 0.01"
    return ""


def _compare(expr: ast.Compare | ast.Cross, scope: Scope, where: Where) -> Type:
    if isinstance(expr, ast.Cross):
        where = where.inside("in a cross") if where.position or where.flat else where
    elif _speaks_of_profit(expr) and where.position:
        where = replace(where, fill=True)
    left, right = type_of(expr.left, scope, where), type_of(expr.right, scope, where)
    if "bool" in (left.kind, right.kind):
        wrong = expr.left if left.kind == "bool" else expr.right
        hint = "a condition stands for itself: write it alone, or not before it"
        scope.refuse("T301", wrong, "a condition cannot be compared", hint)
    elif not comparable(left, right):
        a, b = left.a_name, right.a_name
        message = f"{a} cannot be compared with {b}"
        scope.refuse("T302", expr, message, _comparison_hint(left, right))
    else:
        doubt(expr, left, right, scope)
    return BOOL


def _speaks_of_profit(expr: ast.Compare) -> bool:
    return any(isinstance(node, ast.PositionValue) and node.name == "profit" for node in ast.walk(expr))


def _comparison_hint(left: Type, right: Type) -> str:
    kinds = {left.kind, right.kind}
    if kinds == {"price"}:
        if "sum of prices" in (left.name, right.name):
            return "divide a sum of prices to get a price: (high + low) / 2"
        return "compare prices with prices, and differences with distances: close - open > 30 pips"
    if "time" in kinds:
        return "a time of day is written with a colon: time >= 09:30"
    if kinds == {"price", "oscillator"}:
        return "an oscillator has no price; compare it with a number: rsi(14) > 50"
    if kinds == {"price", "ratio"}:
        return "a percentage is a ratio of two prices: close / close[1] - 1 > 2%, or percent_change(close, 1) > 2%"
    if kinds == {"oscillator", "ratio"}:
        return "write the level as a plain number: rsi(14) < 30"
    return ""


def _negation(expr: ast.Negation, scope: Scope, where: Where) -> Type:
    condition(expr.condition, scope, where)
    return BOOL


def _several(expr: ast.AllOf | ast.AnyOf, scope: Scope, where: Where) -> Type:
    for part in expr.conditions:
        condition(part, scope, where)
    return BOOL


_INFER: dict[type[ast.Node], Callable[[Any, Scope, Where], Type]] = {
    ast.Number: _number,
    ast.Name: _name,
    ast.Quantity: _quantity,
    ast.Clock: _clock,
    ast.Price: _price,
    ast.Flag: _flag,
    ast.PositionValue: _position,
    ast.Call: _call,
    ast.Past: _past,
    ast.OnTimeframe: _on,
    ast.Minus: _minus,
    ast.Arithmetic: _arithmetic,
    ast.Compare: _compare,
    ast.Cross: _compare,
    ast.ForBars: _spanned,
    ast.WithinBars: _spanned,
    ast.Negation: _negation,
    ast.AllOf: _several,
    ast.AnyOf: _several,
}
