"""The value or truth of any expression at one bar close, straight from the AST: what "why" shows.

It calls the same functions of `mas` that a generated class calls, over the bars up to that close. What is about the
open position or the account is asked from the one who knows: a `Situation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from nl2strat.language import ast
from nl2strat.language.functions import FUNCTIONS, Function

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.series import Condition, Series
    from mas.symbols import SymbolSpec

Value = float | bool | None
"""None: not available."""

_TOLERANT = {">": "above", "<": "below", ">=": "at_least", "<=": "at_most", "==": "equal", "!=": "differ"}


@dataclass(frozen=True)
class Situation:
    """What is known of the position and the account at the decision, by the names of the language."""

    facts: Mapping[str, Value] = field(default_factory=dict)
    risk: float | None = None
    """1R as a price distance."""
    spec: SymbolSpec | None = None
    """Of the symbol that a rule trades, where that is not the strategy's own: its pips stand beside its prices."""

    @property
    def entry(self) -> float | None:
        entry = self.facts.get("entry")
        return None if entry is None else float(entry)


class Evaluator:
    """Values of a program's expressions at the close of the last of some bars.

    Args: program: checked. bars: up to and including the bar in question.
    """

    def __init__(self, program: ast.Program, bars: Bars) -> None:
        self.bars = bars
        self.lets = {let.name: let.value for let in program.lets}
        self._metatrader = program.definitions == "metatrader"
        self._named: dict[str, ast.Expr] = dict(self.lets)
        for item in program.inputs:
            number = ast.Number(abs(item.default))
            self._named[item.name] = number if item.default >= 0 else ast.Minus(number)
        self._arrays: dict[tuple[int, ast.Expr], Any] = {}

    def at(self, expr: ast.Expr, situation: Situation | None = None) -> Value:
        """The number or truth at the close of the last bar; None where it is not available."""
        situation = situation or Situation()
        match expr:
            case ast.Name(name):
                return self.at(self._named[name], situation)
            case ast.PositionValue(name) | ast.AccountValue(name) | ast.AccountFlag(name):
                return situation.facts.get(name)
            case ast.Flag("flat"):
                return situation.facts.get("flat")
            case ast.Quantity(amount, "R"):
                size = self.at(amount)
                return None if situation.risk is None or size is None else size * situation.risk
            case ast.Quantity(amount, "pips" | "points" as unit) if situation.spec is not None:
                size = self.at(amount)
                return None if size is None else size * _unit(situation.spec, unit)
        if not self._personal(expr):
            return _last(self._array(expr, self.bars))
        return self._combined(expr, situation)

    def _personal(self, expr: ast.Expr) -> bool:
        """Whether the position or the account takes part."""
        kinds = (ast.PositionValue, ast.AccountValue, ast.AccountFlag)
        for node in ast.walk(expr):
            if isinstance(node, kinds) or node == ast.Flag("flat"):
                return True
            if isinstance(node, ast.Quantity) and node.unit == "R":
                return True
            if isinstance(node, ast.Name) and self._personal(self._named[node.id]):
                return True
        return False

    def _combined(self, expr: ast.Expr, situation: Situation) -> Value:
        match expr:
            case ast.Negation(condition):
                truth = self.at(condition, situation)
                return None if truth is None else not truth
            case ast.AllOf(conditions):
                return _kleene([self.at(part, situation) for part in conditions], False)
            case ast.AnyOf(conditions):
                return _kleene([self.at(part, situation) for part in conditions], True)
            case ast.Compare(operator, left, right):
                sides = [self._compared(side, expr, situation) for side in (left, right)]
                return None if None in sides else _compared(operator, sides[0], sides[1])
            case ast.Minus(value):
                number = self.at(value, situation)
                return None if number is None else -number
            case ast.Arithmetic(operator, left, right):
                a, b = self.at(left, situation), self.at(right, situation)
                return None if a is None or b is None else _calculated(operator, float(a), float(b))
        return None

    def _compared(self, side: ast.Expr, whole: ast.Compare, situation: Situation) -> Value:
        """A percent beside the open profit is a percent of the entry price."""
        about_profit = ast.PositionValue("profit") in (whole.left, whole.right)
        if about_profit and isinstance(side, ast.Quantity) and side.unit == "%":
            share, entry = self.at(side.amount), situation.entry
            return None if share is None or entry is None else share / 100 * entry
        return self.at(side, situation)

    # ------------------------------------------------------------- arrays

    def _array(self, expr: ast.Expr, bars: Bars) -> Any:
        """A series, a condition or a number over the bars."""
        key = (id(bars), expr)
        if key not in self._arrays:
            self._arrays[key] = self._computed(expr, bars)
        return self._arrays[key]

    def _computed(self, expr: ast.Expr, bars: Bars) -> Any:
        import mas

        def here(part: ast.Expr) -> Any:
            return self._array(part, bars)

        match expr:
            case ast.Number(value):
                return float(value)
            case ast.Name(name):
                return here(self._named[name])
            case ast.Quantity(amount, unit):
                return here(amount) * {"pips": bars.pip, "points": bars.point, "%": 0.01}[unit]
            case ast.Clock(hour, minute):
                return hour * 60 + minute
            case ast.Price("time"):
                return bars.clock
            case ast.Price(column):
                return getattr(bars, column)
            case ast.Flag(day):
                return mas.on_days(bars, day[:3])
            case ast.InZone(value, zone):
                return self._in_zone(value, zone, bars)
            case ast.Call():
                return self._call(expr, bars)
            case ast.Past(value, count):
                shifted = here(value)
                return shifted if isinstance(shifted, float | int) else shifted[int(here(count))]
            case ast.OnTimeframe(value, timeframe):
                return _aligned(bars.on(timeframe), value, self)
            case ast.OfSymbol(value, symbol):
                return _aligned(bars.of(symbol), value, self)
            case ast.Minus(value):
                return -here(value)
            case ast.Arithmetic(operator, left, right):
                return _calculated(operator, here(left), here(right))
            case ast.Compare(operator, left, right):
                return _compared(operator, here(left), here(right))
            case ast.Negation(condition):
                return ~here(condition)
        return self._over_time(expr, bars)

    def _over_time(self, expr: ast.Expr, bars: Bars) -> Any:
        """What looks at several bars, and what joins conditions."""
        import mas

        def here(part: ast.Expr) -> Any:
            return self._array(part, bars)

        match expr:
            case ast.Cross(direction, left, right):
                name = "crosses" if direction == "through" else f"crosses_{direction}"
                return getattr(mas, name)(here(left), here(right))
            case ast.ForBars(condition, count):
                return mas.for_bars(here(condition), int(here(count)))
            case ast.WithinBars(condition, count):
                return mas.within_bars(here(condition), int(here(count)))
            case ast.Then(first, count, second):
                return mas.then_within(here(first), int(here(count)), here(second))
            case ast.Latch(begins, ends):
                return mas.latch(here(begins), here(ends))
            case ast.Remember(value, when):
                return mas.remember(here(value), here(when))
            case ast.Ratchet(direction, value, until):
                ratchet = mas.ratchet_up if direction == "up" else mas.ratchet_down
                return ratchet(here(value), None if until is None else here(until))
            case ast.AllOf(conditions):
                return _joined([here(part) for part in conditions], lambda a, b: a & b)
            case ast.AnyOf(conditions):
                return _joined([here(part) for part in conditions], lambda a, b: a | b)
        raise TypeError(f"no reading of {type(expr).__name__}")

    def _call(self, call: ast.Call, bars: Bars, **more: Any) -> Any:
        module = import_module("mas.metatrader" if self._metatrader else "mas.indicators")

        function = FUNCTIONS[call.function]
        given = [self._argument(function, n, argument, bars) for n, argument in enumerate(call.arguments)]
        if function.form == "bars":
            given = [bars, *given]
        elif function.form == "oscillator":
            has_source = len(given) > len(function.numbers)
            given = [given[-1], *given[:-1]] if has_source else [bars.close, *given]
        return getattr(module, call.function)(*given, **more)

    def _argument(self, function: Function, place: int, argument: ast.Expr, bars: Bars) -> Any:
        if isinstance(argument, ast.Clock):
            return f"{argument.hour:02d}:{argument.minute:02d}"
        value = self._array(argument, bars)
        whole = place < len(function.params) and function.params[place].kind == "int"
        return int(value) if whole else value

    def _in_zone(self, value: ast.Expr, zone: str, bars: Bars) -> Any:
        import mas

        if isinstance(value, ast.Call):
            return self._call(value, bars, zone=zone)
        if isinstance(value, ast.Flag):
            return mas.on_days(bars, value.name[:3], zone=zone)
        return bars.clock_in(zone)


def _unit(spec: SymbolSpec, unit: str) -> float:
    return spec.pip if unit == "pips" else spec.point


def _aligned(view: Any, value: ast.Expr, evaluator: Evaluator) -> Any:
    found = evaluator._array(value, view)
    return found if isinstance(found, float | int) else view.align(found)


def _joined(parts: list[Any], join: Any) -> Any:
    result = parts[0]
    for part in parts[1:]:
        result = join(result, part)
    return result


def _last(array: Series | Condition | float) -> Value:
    """The newest value or truth."""
    from mas.series import Condition

    if isinstance(array, float | int):
        return float(array)
    if isinstance(array, Condition):
        if array.true[-1]:
            return True
        return False if array.false[-1] else None
    number = float(array.values[-1])
    return None if number != number else number


def _kleene(parts: list[Value], decides: bool) -> Value:
    """`any` of the parts if True decides, `all` of them if False does; unknown parts leave it open."""
    if any(part is not None and bool(part) is decides for part in parts):
        return decides
    return None if None in parts else not decides


def _compared(operator: str, left: Any, right: Any) -> Any:
    import mas

    if isinstance(left, float | int) and isinstance(right, float | int):
        return bool(getattr(mas, _TOLERANT[operator])(left, right))
    return {
        ">": lambda: left > right,
        "<": lambda: left < right,
        ">=": lambda: left >= right,
        "<=": lambda: left <= right,
        "==": lambda: left == right,
        "!=": lambda: left != right,
    }[operator]()


def _calculated(operator: str, left: Any, right: Any) -> Any:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if isinstance(right, float | int) and not right:
        return left * float("nan")
    return left / right
