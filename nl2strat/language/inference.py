"""The type of every expression, and the refusal of those that mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mas.timeframes import TIMEFRAMES
from nl2strat.language import ast, leaves
from nl2strat.language.calls import call_type
from nl2strat.language.functions import lookup
from nl2strat.language.pips import prices_of
from nl2strat.language.scope import Scope, Where
from nl2strat.language.types import BOOL, UNKNOWN, Type, arithmetic, comparable, negated, same_as
from nl2strat.language.unlikely import doubt
from nl2strat.language.zones import zone_problem


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


# --------------------------------------------------------------- calls, clocks, symbols


def _call(expr: ast.Call, scope: Scope, where: Where) -> Type:
    inside = where.inside(f"inside {expr.function}(...)")
    return call_type(expr, scope, lambda argument: type_of(argument, scope, inside))


def _of(expr: ast.OfSymbol, scope: Scope, where: Where) -> Type:
    if where.timeframe is not None:
        hint = f"put the timeframe inside: (...) on {where.timeframe} of {expr.symbol}"
        scope.refuse("T323", expr, f'"of {expr.symbol}" cannot stand inside "on {where.timeframe}"', hint)
    elif where.symbol is not None:
        message = f'"of {expr.symbol}" cannot stand inside "of {where.symbol}"'
        scope.refuse("T323", expr, message, "keep the one that is meant")
    elif scope.symbols == (expr.symbol,):
        scope.warn("W907", expr, f"{expr.symbol} is the strategy's own symbol", f'leave out "of {expr.symbol}"')
    with prices_of(scope, expr.symbol):
        found = type_of(expr.value, scope, where.of(expr.symbol))
    if found.constant is not None:
        scope.refuse("T304", expr, "a number is the same on every symbol", f'leave out "of {expr.symbol}"')
    return replace(found, constant=None, literal=False)


def _in_zone(expr: ast.InZone, scope: Scope, where: Where) -> Type:
    if problem := zone_problem(expr.zone):
        scope.refuse("V413", expr, f'unknown time zone "{expr.zone}"', problem)
    if not _has_clock(expr.value):
        hint = f'put it behind the time itself: time in "{expr.zone}" >= 09:30'
        scope.refuse("T324", expr, "only the time, a weekday or a session has a time zone", hint)
    return type_of(expr.value, scope, where)


def _has_clock(expr: ast.Expr) -> bool:
    match expr:
        case ast.Price(field) | ast.Flag(field):
            return field == "time" or (isinstance(expr, ast.Flag) and field != "flat")
        case ast.Call(called):
            function = lookup(called)
            return function is not None and function.has_clock
    return False


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


# ------------------------------------------------------------------ what has a memory


def _then(expr: ast.Then, scope: Scope, where: Where) -> Type:
    inside = where.inside('with "then within"')
    condition(expr.first, scope, inside)
    scope.whole(expr.bars, "a number of bars")
    condition(expr.second, scope, inside)
    return BOOL


def _latch(expr: ast.Latch, scope: Scope, where: Where) -> Type:
    inside = where.inside("in a latch")
    condition(expr.begins, scope, inside)
    condition(expr.ends, scope, inside)
    if expr.begins == expr.ends:
        message = "this begins and ends on the same condition, so it is never on"
        scope.refuse("V409", expr, message, "say another condition after until")
    return BOOL


def _remember(expr: ast.Remember, scope: Scope, where: Where) -> Type:
    found = _kept(expr.value, "remember", scope, where)
    condition(expr.when, scope, where.inside('with "remember"'))
    return found


def _ratchet(expr: ast.Ratchet, scope: Scope, where: Where) -> Type:
    found = _kept(expr.value, f"ratchet {expr.direction}", scope, where)
    if expr.until is not None:
        condition(expr.until, scope, where.inside('with "ratchet"'))
    return found


def _kept(expr: ast.Expr, word: str, scope: Scope, where: Where) -> Type:
    """The type of a value that is carried from bar to bar."""
    found = value(expr, scope, where.inside(f'with "{word}"'))
    if found.constant is not None or found.kind == "time" or isinstance(expr, ast.Quantity):
        what = "a time of day" if found.kind == "time" else "a fixed value"
        message = f'"{word}" needs something that changes from bar to bar, such as close, not {what}'
        scope.refuse("T304", expr, message)
        return UNKNOWN
    return same_as(found)


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
        where = where.inside("in a cross") if where.position or where.flat or where.account else where
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
    if "money" in kinds:
        return "an amount of money is compared with a plain number: result today < -100"
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
    ast.Number: leaves.number,
    ast.Name: leaves.name,
    ast.Quantity: leaves.quantity,
    ast.Clock: leaves.clock,
    ast.Price: leaves.price,
    ast.Flag: leaves.flag,
    ast.PositionValue: leaves.position,
    ast.AccountValue: leaves.account_value,
    ast.AccountFlag: leaves.account_flag,
    ast.Call: _call,
    ast.Past: _past,
    ast.OnTimeframe: _on,
    ast.OfSymbol: _of,
    ast.InZone: _in_zone,
    ast.Then: _then,
    ast.Latch: _latch,
    ast.Remember: _remember,
    ast.Ratchet: _ratchet,
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
