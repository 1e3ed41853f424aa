"""Is a value a price, a distance between prices, or neither? Enough to tell "stop 2 ATR" from "stop at the low"."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.functions import FUNCTIONS

PRICE_FUNCTIONS = frozenset(
    [
        "sma",
        "ema",
        "wma",
        "smma",
        "dema",
        "tema",
        "trima",
        "kama",
        "hma",
        "vwma",
        "alma",
        "linreg",
        "highest",
        "lowest",
        "bb_upper",
        "bb_middle",
        "bb_lower",
        "kc_upper",
        "kc_middle",
        "kc_lower",
        "dc_upper",
        "dc_middle",
        "dc_lower",
        "psar",
        "supertrend",
        "tenkan",
        "kijun",
        "senkou_a",
        "senkou_b",
        "vwap",
        "ha_open",
        "ha_high",
        "ha_low",
        "ha_close",
        "median_price",
        "typical_price",
        "weighted_price",
        "day_open",
        "yesterday_high",
        "yesterday_low",
        "yesterday_close",
        "yesterday_open",
        "pivot",
        "r1",
        "r2",
        "r3",
        "s1",
        "s2",
        "s3",
        "swing_high",
        "swing_low",
        "session_high",
        "session_low",
        "session_open",
        "session_close",
        "chandelier_long",
        "chandelier_short",
    ]
)
DISTANCE_FUNCTIONS = frozenset(
    ["atr", "true_range", "body", "range", "upper_wick", "lower_wick", "stdev", "bb_width_price"]
)
SERIES_FUNCTIONS = frozenset(
    ["sma", "ema", "wma", "smma", "dema", "tema", "trima", "kama", "hma", "alma", "linreg", "highest", "lowest"]
)


def is_price(value: Expr) -> bool:
    """Whether the value is a price of the market."""
    match value:
        case ast.Price(field):
            return field in ("open", "high", "low", "close")
        case ast.Call(function, arguments) if function in SERIES_FUNCTIONS:
            return bool(arguments) and is_price(arguments[0])
        case ast.Call(function, _):
            return function in PRICE_FUNCTIONS
        case ast.Past(inner, _) | ast.OnTimeframe(inner, _) | ast.InZone(inner, _):
            return is_price(inner)
        case ast.Arithmetic("/", ast.Arithmetic("+", left, right), ast.Number(parts)) if is_price(right):
            return is_price(left) and parts == 2  # the middle of the two
        case ast.Arithmetic("+" | "-", left, right):
            return is_price(left) and not is_price(right)
        case ast.Arithmetic("*" | "/", left, right):
            return is_price(left) and isinstance(right, ast.Number)
        case ast.PositionValue("entry"):
            return True
        case _:
            return False


def is_ratio(value: Expr) -> bool:
    """Whether the value is a share, of which 1 % is 0.01."""
    match value:
        case ast.Call(function, arguments) if function in SERIES_FUNCTIONS:
            return bool(arguments) and is_ratio(arguments[0])
        case ast.Call(function, _):
            return function in FUNCTIONS and FUNCTIONS[function].result == "ratio"
        case ast.Past(inner, _) | ast.OnTimeframe(inner, _) | ast.InZone(inner, _):
            return is_ratio(inner)
        case _:
            return False


def as_level(value: Expr, subject: Expr) -> Expr | None:
    """A percentage as a level of the subject: 30 of the RSI, 0.01 of a share; None for a distance, which is none.

    What is a distance itself is compared with distances.
    """
    if not isinstance(value, ast.Quantity):
        return value
    if is_distance(subject):  # "the range is smaller than 50 pips"; a percentage of what would have to be said
        return value if value.unit in ("pips", "points") else None
    if value.unit != "%" or not isinstance(value.amount, ast.Number):
        return None
    return ast.Number(value.amount.value / 100) if is_ratio(subject) else value.amount


def is_distance(value: Expr) -> bool:
    """Whether the value is a distance: pips, percent, R, ATR multiples, differences of prices."""
    match value:
        case ast.Quantity():
            return True
        case ast.Call(function, arguments) if function in SERIES_FUNCTIONS:
            return bool(arguments) and is_distance(arguments[0])
        case ast.Call("abs", (inner,)):
            return is_distance(inner)
        case ast.Call(function, _):
            return function in DISTANCE_FUNCTIONS
        case ast.Past(inner, _) | ast.OnTimeframe(inner, _):
            return is_distance(inner)
        case ast.Arithmetic("*", left, right):
            return (is_distance(left) and not is_price(right)) or (is_distance(right) and not is_price(left))
        case ast.Arithmetic("/", left, _):
            return is_distance(left)
        case ast.Arithmetic("+", left, right):
            return is_distance(left) and is_distance(right)
        case ast.Arithmetic("-", left, right):
            return (is_price(left) and is_price(right)) or (is_distance(left) and is_distance(right))
        case _:
            return False
