"""The value of an expression at the close of one bar, straight from the AST. Nothing is looked up beyond that bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any

from nl2strat.language import ast

from . import metatrader, sessions, states
from .bars import TOLERANCE, History, Symbol, above, at_least, at_most, below, in_zone
from .indicators import FUNCTIONS

Value = float | bool | None
"""None: not available (rule 2); a number or a truth value otherwise."""

SESSIONS = {
    "session_open": sessions.session_open,
    "session_high": sessions.session_high,
    "session_low": sessions.session_low,
    "session_close": sessions.session_close,
}

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

COMPARISONS = {
    ">": above,
    "<": below,
    ">=": at_least,
    "<=": at_most,
    "==": lambda a, b: not above(a, b) and not below(a, b),
    "!=": lambda a, b: above(a, b) or below(a, b),
}


@dataclass(frozen=True)
class About:
    """What an expression may say about the account: is it flat, and the open position it is asked for."""

    flat: bool = True
    entry: float | None = None
    profit: float | None = None
    age: int | None = None
    risk: float | None = None
    average_entry: float | None = None
    percent_of: float | None = None
    """A bracket's percent is of the fill price; anywhere else 2% is the number 0.02."""
    units: Symbol | None = None
    """Whose pips and points a bracket means, if not those of the bars."""
    facts: Mapping[str, Value] = field(default_factory=dict)
    """The account values and flags, by name."""


NOTHING = About()


def all_of(values: list[Value]) -> Value:
    """Three-valued and: false if any is false, else unknown if any is unknown."""
    if any(v is not None and not v for v in values):
        return False
    return None if None in values else True


def any_of(values: list[Value]) -> Value:
    if any(v is not None and v for v in values):
        return True
    return None if None in values else False


class Evaluator:
    """Evaluates a program's expressions over one history; `others`: what `of SYMBOL` means."""

    def __init__(self, program: ast.Program, bars: History, others: Mapping[str, History] | None = None) -> None:
        self.program = program
        self.bars = bars
        self.others = others or {}
        self.names: dict[str, ast.Expr] = {let.name: let.value for let in program.lets}
        self.names |= {
            i.name: ast.Number(i.default) if i.default >= 0 else ast.Minus(ast.Number(-i.default))
            for i in program.inputs
        }
        self.columns: dict[tuple[Any, ...], list[Any]] = {}

    def true(self, condition: ast.Expr, i: int, about: About = NOTHING) -> bool:
        """Rule 2: a condition that needs what is not available is false."""
        return self.at(condition, i, about) is True

    def number(self, expr: ast.Expr) -> float:
        """A constant: a count, a share, the argument of an indicator."""
        value = self.at(expr, 0)
        assert isinstance(value, float)
        return int(value) if value == int(value) else value

    def at(self, expr: ast.Expr, i: int, about: About = NOTHING, bars: History | None = None) -> Value:
        """The value at the close of bar i of `bars` (the base timeframe unless `on` or `of` says otherwise)."""
        bars = bars or self.bars
        if i < 0:
            return None

        def here(e: ast.Expr) -> Value:
            return self.at(e, i, about, bars)

        match expr:
            case ast.Number(value):
                return float(value)
            case ast.Name(name):
                return here(self.names[name])
            case ast.Quantity(amount, unit):
                return self._quantity(here(amount), unit, about, bars)
            case ast.Clock(hour, minute):
                return float(hour * 60 + minute)
            case ast.Flag("flat"):
                return about.flat
            case ast.Price("time") | ast.Flag():
                return _by_clock(expr, i, bars, None)
            case ast.Price(column):
                return float(getattr(bars, column)[i])
            case ast.PositionValue(name):
                known = getattr(about, {"bars since entry": "age", "average entry": "average_entry"}.get(name, name))
                return None if known is None else float(known)
            case ast.AccountValue(name) | ast.AccountFlag(name):
                return about.facts[name]
            case ast.Call():
                return self._column(expr, bars)[i]
            case ast.InZone(ast.Call() as call, zone):
                return self._column(call, bars, zone)[i]
            case ast.InZone(value, zone):
                return _by_clock(value, i, bars, zone)
            case ast.Latch() | ast.Remember() | ast.Ratchet():
                return self._state(expr, bars)[i]
            case ast.Past(value, count):
                return self.at(value, i - int(self.number(count)), about, bars)
            case ast.OnTimeframe(value, timeframe):
                higher, known = bars.on(timeframe)
                return None if known[i] is None else self.at(value, known[i], about, higher)
            case ast.OfSymbol(value, name):
                other = self.others[name]
                last = other.last_ended(bars.ends(i))
                return None if last is None else self.at(value, last, replace(about, units=None), other)
            case ast.Minus(value):
                number = here(value)
                return None if number is None else -number
            case ast.Arithmetic(operator, left, right):
                return _arithmetic(operator, here(left), here(right))
            case ast.Compare(operator, left, right):
                if about.entry is not None and any(isinstance(node, ast.PositionValue) for node in ast.walk(expr)):
                    about = replace(about, percent_of=about.entry)
                else:
                    about = replace(about, units=None)
                return _compare(operator, *(self.at(e, i, about, bars) for e in (left, right)))
            case ast.Cross(direction, left, right):
                before = [self.at(e, i - 1, about, bars) for e in (left, right)]
                return _cross(direction, here(left), here(right), *before)
            case _:
                return self._condition(expr, i, lambda e, k: self.at(e, k, about, bars))

    def _condition(self, expr: ast.Expr, i: int, at: Callable[[ast.Expr, int], Value]) -> Value:
        """What is made of other conditions; `at(e, k)` is the truth of one of them at the close of bar k."""
        match expr:
            case ast.ForBars(condition, count):
                return all_of([at(condition, i - k) for k in range(int(self.number(count)))])
            case ast.WithinBars(condition, count):
                return any_of([at(condition, i - k) for k in range(int(self.number(count)))])
            case ast.Then(first, count, second):
                before = any_of([at(first, i - k) for k in range(1, int(self.number(count)) + 1)])
                return all_of([at(second, i), before])
            case ast.Negation(condition):
                truth = at(condition, i)
                return None if truth is None else not truth
            case ast.AllOf(conditions):
                return all_of([at(c, i) for c in conditions])
            case ast.AnyOf(conditions):
                return any_of([at(c, i) for c in conditions])
        raise NotImplementedError(type(expr).__name__)

    def _quantity(self, amount: Value, unit: str, about: About, bars: History) -> Value:
        if amount is None:
            return None
        if unit == "R":
            return None if about.risk is None else amount * about.risk
        if unit == "%":
            return amount / 100 * (1.0 if about.percent_of is None else about.percent_of)
        spec = about.units or bars.symbol
        return amount * (spec.pip if unit == "pips" else spec.point)

    def _column(self, call: ast.Call, bars: History, zone: str | None = None) -> list[Any]:
        """An indicator over the whole history; each of its values knows the past only."""
        key = (id(call), id(bars), zone)
        if key not in self.columns:
            self.columns[key] = self._compute(call, bars, zone)
        return self.columns[key]

    def _state(self, expr: ast.Latch | ast.Remember | ast.Ratchet, bars: History) -> list[Any]:
        """What keeps a state, over the whole history."""
        key = (id(expr), id(bars))
        if key not in self.columns:
            match expr:
                case ast.Latch(begins, ends):
                    self.columns[key] = states.latch(self._series(begins, bars), self._series(ends, bars))
                case ast.Remember(value, when):
                    self.columns[key] = states.remember(self._series(value, bars), self._series(when, bars))
                case ast.Ratchet(direction, value, until):
                    anew = self._series(until, bars) if until is not None else [False] * len(bars)
                    better = max if direction == "up" else min
                    self.columns[key] = states.ratchet(better, self._series(value, bars), anew)
        return self.columns[key]

    def _series(self, expr: ast.Expr, bars: History) -> list[Any]:
        return [self.at(expr, i, NOTHING, bars) for i in range(len(bars))]

    def _compute(self, call: ast.Call, bars: History, zone: str | None) -> list[Any]:
        def series(expr: ast.Expr) -> list[Any]:
            return self._series(expr, bars)

        if call.function in SESSIONS:
            return SESSIONS[call.function](bars, *(self.number(expr) for expr in call.arguments), zone)
        defined = metatrader.FUNCTIONS if self.program.definitions == "metatrader" else FUNCTIONS
        function = defined[call.function]
        written = list(call.arguments)
        if function.bars:
            first: list[Any] = [bars, *(series(expr) for expr in written[: function.series])]
            written = written[function.series :]
        elif function.source:
            numbers = len(signature(function.call).parameters) - 1
            ends_with_series = len(written) > numbers or (bool(written) and not self._constant(written[-1]))
            first = [series(written.pop())] if ends_with_series else [list(bars.close)]
        else:
            first = [series(expr) for expr in written[: function.series]]
            written = written[function.series :]
        return function.call(*first, *(self.number(expr) for expr in written))

    def _constant(self, expr: ast.Expr) -> bool:
        if isinstance(expr, ast.Name):
            return self._constant(self.names[expr.id])
        if isinstance(expr, (ast.Price, ast.Call)):
            return False
        return all(self._constant(child) for child in ast.children(expr))


def _by_clock(expr: ast.Expr, i: int, bars: History, zone: str | None) -> Value:
    """The decision time or its weekday, by the data's clock or another zone's."""
    end = in_zone(bars.ends(i), bars.zone, zone)
    if isinstance(expr, ast.Flag):
        return WEEKDAYS[end.weekday()] == expr.name
    assert expr == ast.Price("time")
    return float(end.hour * 60 + end.minute)


def _arithmetic(operator: str, a: Value, b: Value) -> Value:
    if a is None or b is None:
        return None
    if operator == "+":
        return a + b
    if operator == "-":
        return 0.0 if abs(a - b) <= TOLERANCE * max(abs(a), abs(b)) else a - b  # rule 5: what ties differs by nothing
    if operator == "*":
        return a * b
    return a / b if b else None


def _cross(direction: str, a: Value, b: Value, a_before: Value, b_before: Value) -> Value:
    """Rule 5: `a[i-1] <= b[i-1] and a[i] > b[i]`; what is not above now has not crossed, whatever came before."""
    up = all_of([_compare("<=", a_before, b_before), _compare(">", a, b)])
    down = all_of([_compare(">=", a_before, b_before), _compare("<", a, b)])
    return {"above": up, "below": down, "through": any_of([up, down])}[direction]


def _compare(operator: str, a: Value, b: Value) -> Value:
    return None if a is None or b is None else COMPARISONS[operator](a, b)
