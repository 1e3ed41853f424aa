"""How many bars the signals of a program depend on: what a live run must look at when a bar has closed.

A function depends on the bars of its length, or on all that came before with a weight that fades away: then on as many
as it takes for the weight of the rest to be far below what comparisons tell apart. What waits for an event, adds up
since the beginning or remembers may depend on every bar there was. So may what has a length that is an input without
a range, since that may be changed in the file.
"""

from __future__ import annotations

import math
from functools import singledispatchmethod
from typing import Any

from mas.timeframes import DAY, TIMEFRAMES
from nl2strat.language import ast
from nl2strat.language.functions import FUNCTIONS, Function

LONGEST = 50_000
"""Bars: a program that depends on more may as well look at all."""

FINITE = frozenset((
    "sma", "wma", "trima", "hma", "alma", "linreg", "linreg_slope", "vwma", "highest", "lowest", "sum", "median",
    "midpoint", "stdev", "zscore", "percent_rank", "correlation", "change", "percent_change", "rising", "falling",
    "variance", "mean_deviation", "percentile", "beta", "r_squared", "linreg_error", "linreg_angle", "linreg_start",
    "linreg_forecast", "linreg_osc", "bars_since_highest", "bars_since_lowest", "abs", "min", "max", "sqrt", "ln",
    "roc", "momentum", "dpo", "coppock", "stoch_k", "stoch_d", "stoch_fast_k", "stoch_fast_d", "williams_r", "cci",
    "ultimate", "bop", "awesome", "accelerator", "intraday_momentum", "qstick", "vigor", "vigor_signal", "cmo_sums",
    "bb_upper", "bb_middle", "bb_lower", "bb_width", "bb_percent", "dc_upper", "dc_middle", "dc_lower", "env_upper",
    "env_lower", "error_upper", "error_lower", "accel_upper", "accel_middle", "accel_lower", "true_range",
    "average_range", "average_body", "ulcer_index", "choppiness", "aroon_up", "aroon_down", "aroon_osc",
    "vortex_plus", "vortex_minus", "tenkan", "kijun", "senkou_a", "senkou_b", "cloud_top", "cloud_bottom",
    "efficiency_ratio", "vhf", "cmf", "mfi", "rolling_vwap", "relative_volume", "market_facilitation", "body",
    "range", "upper_wick", "lower_wick", "gap", "green", "red", "inside_bar", "outside_bar", "bullish_pin_bar",
    "bearish_pin_bar", "median_price", "typical_price", "weighted_price", "average_price", "count", "hour",
    "day_of_month", "month",
))  # fmt: skip
"""Functions that look at the bars of their warm-up and at no other."""

EXPONENTIAL = frozenset((
    "ema", "dema", "tema", "zlema", "t3", "macd", "macd_signal", "macd_hist", "trix", "ppo", "apo", "tsi",
    "kc_middle", "bull_power", "bear_power", "force_index", "smi", "smi_signal", "pvo", "mass_index",
    "chaikin_volatility", "ha_open", "ha_high", "ha_low", "ha_close", "ha_green", "ha_red",
))  # fmt: skip
"""Functions made of exponential averages: what came before counts ever less."""

SMOOTHED = frozenset((
    "smma", "rsi", "adx", "adxr", "dx", "plus_di", "minus_di", "plus_dm", "minus_dm", "atr", "natr", "kc_upper",
    "kc_lower", "chandelier_long", "chandelier_short", "stoch_rsi_k", "stoch_rsi_d", "cmo", "relative_volatility",
    "alligator_jaw", "alligator_teeth", "alligator_lips", "kdj_k", "kdj_d", "kdj_j",
))  # fmt: skip
"""Functions made of Wilder's averages, in which it takes twice as long."""

_EXPONENTIAL, _SMOOTHED, _LEAST = 16, 32, 80
"""So many times its warm-up, and so many bars at least, until what came before weighs less than 1e-13."""

_PERIODS = {"week": 7 * DAY, "last_week": 7 * DAY, "month": 31 * DAY, "last_month": 31 * DAY}
_DAILY = ("day_", "yesterday_", "camarilla_", "woodie_", "fib_r", "fib_s", "session_", "vwap")
_PIVOTS = frozenset(("pivot", "r1", "r2", "r3", "s1", "s2", "s3"))
_SPANS = 5
"""Days, weeks or months of bars in which the last that has ended lies whole, whatever is missing of some."""


def memory_of(program: ast.Program) -> int | None:
    """How many bars its signals depend on; None: on all. Args: program: checked, its timeframe known."""
    if program.timeframe is None:
        return None
    need = _Need(program).of_program()
    return math.ceil(need) + 2 if need <= LONGEST else None


class _Need:
    """Bars that an expression depends on, the present one included; infinite if that is all of them."""

    def __init__(self, program: ast.Program) -> None:
        self.program = program
        self.lets = {item.name: item.value for item in program.lets}
        self.inputs = {item.name: float(item.high) for item in program.inputs if item.high is not None}
        self._known: dict[Any, float] = {}

    def of_program(self) -> float:
        nodes = (node for node in ast.walk(self.program) if isinstance(node, _LOOKING_BACK))
        return max((self.of(node, str(self.program.timeframe)) for node in nodes), default=1.0)

    def of(self, expr: Any, timeframe: str) -> float:
        key = (timeframe, expr)
        if key not in self._known:
            self._known[key] = self._of(expr, timeframe)
        return self._known[key]

    def _inner(self, expr: Any, timeframe: str) -> float:
        """What the parts of an expression depend on."""
        return max((self.of(child, timeframe) for child in ast.children(expr)), default=1.0)

    @singledispatchmethod
    def _of(self, expr: Any, timeframe: str) -> float:
        return self._inner(expr, timeframe)

    @_of.register
    def _name(self, expr: ast.Name, timeframe: str) -> float:
        return self.of(self.lets[expr.id], timeframe) if expr.id in self.lets else 1.0

    @_of.register
    def _past(self, expr: ast.Past, timeframe: str) -> float:
        return self.of(expr.value, timeframe) + self._count(expr.bars)

    @_of.register
    def _cross(self, expr: ast.Cross, timeframe: str) -> float:
        return self._inner(expr, timeframe) + 1

    @_of.register(ast.ForBars)
    @_of.register(ast.WithinBars)
    def _spanned(self, expr: ast.ForBars | ast.WithinBars, timeframe: str) -> float:
        return self.of(expr.condition, timeframe) + self._count(expr.bars)

    @_of.register
    def _then(self, expr: ast.Then, timeframe: str) -> float:
        return max(self.of(expr.first, timeframe) + self._count(expr.bars), self.of(expr.second, timeframe))

    @_of.register(ast.Latch)
    @_of.register(ast.Remember)
    @_of.register(ast.Ratchet)
    @_of.register(ast.OfSymbol)
    def _all(self, expr: Any, timeframe: str) -> float:
        return math.inf

    @_of.register
    def _higher(self, expr: ast.OnTimeframe, timeframe: str) -> float:
        inside = self.of(expr.value, expr.timeframe)
        return (inside + 2) * _bars_in(_length(expr.timeframe), timeframe)

    @_of.register
    def _call(self, expr: ast.Call, timeframe: str) -> float:
        function = FUNCTIONS[expr.function]
        parts = [a for a in expr.arguments if not self._is_fixed(a)]
        inside = max((self.of(part, timeframe) for part in parts), default=1.0)
        return inside + self._own(function, expr, timeframe)

    # ------------------------------------------------------------- functions

    def _own(self, function: Function, expr: ast.Call, timeframe: str) -> float:
        name = function.name
        if self.program.definitions == "metatrader" and function.metatrader is not None:
            return math.inf  # some of them go on with the last value where theirs is not defined
        period = _period_of(name)
        if period:
            return _SPANS * _bars_in(period, timeframe)
        fades = _EXPONENTIAL if name in EXPONENTIAL else _SMOOTHED if name in SMOOTHED else 0
        if not fades and name not in FINITE and function.category != "pattern":
            return math.inf
        numbers = [self._count(argument) for argument in expr.arguments if self._is_fixed(argument)]
        if math.inf in numbers:
            return math.inf
        warmup = function.warmup(numbers)
        return max(fades * warmup, _LEAST) if fades else warmup

    def _is_fixed(self, expr: Any) -> bool:
        """Whether it is a number, an input, or a let of one."""
        while isinstance(expr, ast.Name) and expr.id in self.lets:
            expr = self.lets[expr.id]
        return isinstance(expr, ast.Number | ast.Name)

    def _count(self, expr: Any) -> float:
        """A number; the largest that an input may be, infinite if there is none."""
        while isinstance(expr, ast.Name) and expr.id in self.lets:
            expr = self.lets[expr.id]
        if isinstance(expr, ast.Number):
            return float(expr.value)
        return self.inputs.get(expr.id, math.inf) if isinstance(expr, ast.Name) else math.inf


_LOOKING_BACK = (
    ast.Call, ast.Past, ast.Cross, ast.ForBars, ast.WithinBars, ast.Then, ast.Latch, ast.Remember, ast.Ratchet,
    ast.OnTimeframe, ast.OfSymbol,
)  # fmt: skip
"""Expressions that depend on more than the present bar."""


def _period_of(name: str) -> int:
    """Seconds of the periods that a function looks at; 0 if it does not."""
    for word, seconds in _PERIODS.items():
        if name.startswith(f"{word}_"):
            return seconds
    return DAY if name in _PIVOTS or name.startswith(_DAILY) else 0


def _length(timeframe: str) -> int:
    return 31 * DAY if timeframe == "MN1" else TIMEFRAMES[timeframe]


def _bars_in(seconds: int, timeframe: str) -> int:
    """How many bars there may be at most in a stretch of time."""
    return max(1, math.ceil(seconds / TIMEFRAMES[timeframe]))
