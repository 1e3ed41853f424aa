"""The opposite of a rule: above for below, high for low, 70 for 30. For "do the opposite for shorts"."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, TypeVar

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.functions import FUNCTIONS

N = TypeVar("N", bound=ast.Node)

_PAIRS = (
    ("highest", "lowest"),
    ("bb_upper", "bb_lower"),
    ("kc_upper", "kc_lower"),
    ("dc_upper", "dc_lower"),
    ("plus_di", "minus_di"),
    ("aroon_up", "aroon_down"),
    ("green", "red"),
    ("turns_up", "turns_down"),
    ("rising", "falling"),
    ("upper_wick", "lower_wick"),
    ("swing_high", "swing_low"),
    ("cloud_top", "cloud_bottom"),
    ("yesterday_high", "yesterday_low"),
    ("day_high", "day_low"),
    ("r1", "s1"),
    ("r2", "s2"),
    ("r3", "s3"),
    ("fractal_up", "fractal_down"),
    ("max", "min"),
    ("three_white_soldiers", "three_black_crows"),
    ("morning_star", "evening_star"),
    ("morning_doji_star", "evening_doji_star"),
    ("hammer", "shooting_star"),
    ("piercing", "dark_cloud_cover"),
    ("three_inside_up", "three_inside_down"),
    ("three_outside_up", "three_outside_down"),
    ("ha_high", "ha_low"),
    ("dragonfly_doji", "gravestone_doji"),
    ("inverted_hammer", "hanging_man"),
    ("vortex_plus", "vortex_minus"),
    ("plus_dm", "minus_dm"),
    ("chandelier_long", "chandelier_short"),
)
_FUNCTIONS = {**dict(_PAIRS), **{b: a for a, b in _PAIRS}}
_OPERATORS = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
_DIRECTIONS = {"above": "below", "below": "above", "through": "through"}


def mirror(node: N) -> N:
    """The node with up and down exchanged."""
    result: ast.Node = node
    match node:
        case ast.Compare(operator, left, right):
            left, right = _reflected(left, right)
            swapped = operator if _of_unsigned(left, right) else _OPERATORS[operator]
            result = ast.Compare(swapped, mirror(left), mirror(right))  # type: ignore[arg-type]
        case ast.Cross(direction, left, right):
            left, right = _reflected(left, right)
            swapped = direction if _of_unsigned(left, right) else _DIRECTIONS[direction]
            result = ast.Cross(swapped, mirror(left), mirror(right))  # type: ignore[arg-type]
        case ast.Call(function, arguments):
            kept = bool(arguments) and _unsigned(arguments[0])  # a rising ADX is one for both sides
            result = ast.Call(function if kept else _function(function), tuple(mirror(a) for a in arguments))
        case ast.Price("high"):
            result = ast.Price("low")
        case ast.Price("low"):
            result = ast.Price("high")
        case ast.Arithmetic("+" | "-" as sign, left, right):
            keeps = _directed(left) == _directed(right)
            result = ast.Arithmetic(sign if keeps else "-" if sign == "+" else "+", mirror(left), mirror(right))
        case ast.Arithmetic("*", left, ast.Number(value)) if _directed(left):
            result = ast.Arithmetic("*", mirror(left), ast.Number(2 - value))
        case _:
            changes: dict[str, Any] = {}
            for item in fields(node):
                value = getattr(node, item.name)
                if isinstance(value, ast.Node):
                    changes[item.name] = mirror(value)
                elif isinstance(value, tuple) and value and all(isinstance(v, ast.Node) for v in value):
                    changes[item.name] = tuple(mirror(v) for v in value)
            result = replace(node, **changes) if changes else node
    return result  # type: ignore[return-value]


def mirrored(value: object) -> object:
    """The mirror image of a bracket, size or other clause."""
    return mirror(value) if isinstance(value, ast.Node) else value


def _function(name: str) -> str:
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    for a, b in (("bullish_", "bearish_"), ("bearish_", "bullish_")):
        if name.startswith(a) and b + name[len(a) :] in FUNCTIONS:
            return b + name[len(a) :]
    return name


def _call(value: Expr) -> ast.Call | None:
    while isinstance(value, (ast.Past, ast.OnTimeframe)):
        value = value.value
    return value if isinstance(value, ast.Call) else None


_SIGNLESS = frozenset(
    {"adx", "atr", "natr", "dx", "adxr", "true_range", "range", "body", "stdev", "bb_width", "choppiness"}
    | {"plus_di", "minus_di", "plus_dm", "minus_dm", "aroon_up", "aroon_down", "vortex_plus", "vortex_minus"}
    | {"upper_wick", "lower_wick"}
)
"""Sizes: the opposite of a strong upward half (+DI, Aroon up) is a strong downward half, not a weak one."""


def _of_unsigned(left: Expr, right: Expr) -> bool:
    """Whether a comparison is one of sizes, whose sense is the same for both sides."""
    return _unsigned(left) or (isinstance(left, (ast.Number, ast.Name)) and _unsigned(right))


def _unsigned(value: Expr) -> bool:
    """Strength, volatility, volume and time have no direction: "ADX above 20" holds for both sides."""
    call = _call(value)
    while isinstance(value, (ast.Past, ast.OnTimeframe)):
        value = value.value
    if isinstance(value, ast.Price):
        return value.field in ("volume", "time")
    if (
        call is not None
        and call.arguments
        and isinstance(call.arguments[0], ast.Price)
        and call.arguments[0].field == "volume"
    ):
        return True
    return call is not None and call.function in _SIGNLESS


def _directed(value: Expr) -> bool:
    """Whether up and down mean something for it: prices do, distances and numbers do not."""
    return any(
        isinstance(n, (ast.Price, ast.PositionValue)) or (isinstance(n, ast.Call) and n.function not in _SIGNLESS)
        for n in ast.walk(value)
    )


def _reflected(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """A level of an oscillator reflected at the middle of its range: RSI 30 becomes 70, CCI -100 becomes 100."""
    call = _call(left)
    if call is None or _unsigned(left):
        return left, right
    number = right.value if isinstance(right, ast.Minus) else right
    if not isinstance(number, ast.Number):
        return left, right
    value = -number.value if isinstance(right, ast.Minus) else number.value
    function = FUNCTIONS.get(call.function)
    low, high = (function.low, function.high) if function else (None, None)
    centre = Decimal(f"{low + high:g}") if low is not None and high is not None else Decimal(0)
    reflected = centre - value
    return left, ast.Minus(ast.Number(-reflected)) if reflected < 0 else ast.Number(reflected)
