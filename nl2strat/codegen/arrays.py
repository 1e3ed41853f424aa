"""The body of `signals`: position-free expressions as code over whole arrays of bars.

Rules ask for signals (conditions) and values by name; `lines()` then writes them all. It writes twice: the first
time only counts which indicator calls are needed more than once; those get a local variable of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from mas.dataclass import dataclass
from nl2strat.codegen.code import Atom, Call, Code, Index, Infix, Prefix, joined, literal
from nl2strat.codegen.hours import Window, allowed
from nl2strat.codegen.layout import Block
from nl2strat.codegen.names import HELPERS, RULE_NAME, Names, describe, free
from nl2strat.codegen.scope import Kind, Scope, number, refuse
from nl2strat.language import ast
from nl2strat.language.functions import FUNCTIONS

VIEWS = {"D1": "daily", "W1": "weekly", "MN1": "monthly"}
"""Local names of higher timeframes; others are called like their code, `h4`."""

CROSSES = {"above": "crosses_above", "below": "crosses_below", "through": "crosses"}

MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}


@dataclass(frozen=True)
class Wanted:
    """One entry of what `signals` returns."""

    parts: tuple[ast.Expr, ...]
    """All of them must be true; a value has one part."""
    filtered: bool = False
    """Only inside the trading hours and days."""
    needs: tuple[ast.Expr, ...] = ()
    """Values that must be available."""


class Signals:
    """Collects what the rules need from arrays, and writes it."""

    def __init__(self, scope: Scope, windows: Sequence[Window]) -> None:
        self.scope = scope
        self.windows = windows
        self.wanted: dict[str, Wanted] = {}
        self.values: dict[str, Wanted] = {}

    def condition(self, name: str, wanted: Wanted) -> str:
        """Ask for a condition; returns its key."""
        key = free(name, {*self.wanted, *self.values})
        self.wanted[key] = wanted
        return key

    def value(self, expr: ast.Expr) -> str:
        """Ask for a value; returns its key. The same value asked for twice is one entry."""
        known = next((key for key, wanted in self.values.items() if wanted.parts == (expr,)), None)
        if known is not None:
            return known
        name = describe(expr) or "value"
        name = f"{name}_value" if RULE_NAME.fullmatch(name) else name
        key = free(name, {*self.wanted, *self.values})
        self.values[key] = Wanted((expr,))
        return key

    def lines(self, indent: int) -> tuple[list[str], set[str]]:
        """The lines of the method's body, and the names they import from mas."""
        first = Writer(self.scope, self.windows, indent, frozenset())
        first.write({**self.wanted, **self.values})
        shared = frozenset(key for key, count in first.calls.items() if count > 1)
        final = Writer(self.scope, self.windows, indent, shared)
        final.write({**self.wanted, **self.values})
        return final.block.lines, final.imports


class Writer:
    """One pass over everything wanted, into one block of lines."""

    def __init__(self, scope: Scope, windows: Sequence[Window], indent: int, shared: frozenset[object]) -> None:
        self.scope = scope
        self.windows = windows
        self.shared = shared
        self.block = Block(indent, Names({*FUNCTIONS, *HELPERS}))
        self.imports: set[str] = set()
        self.calls: Counter[object] = Counter()
        self._locals: dict[object, Atom] = {}
        self._flat: dict[object, Code] = {}
        self._markets: dict[str, str] = {}

    def write(self, wanted: dict[str, Wanted]) -> None:
        items = [(key, self._wanted(each)) for key, each in wanted.items()]
        self.block.mapping("return ", items)

    def _wanted(self, wanted: Wanted) -> Code:
        conditions = [self.expr(part, "bars") for part in wanted.parts]
        if wanted.filtered and self.windows:
            when = self._local("allowed", "allowed", lambda: allowed(self.windows, self._imported))
            conditions.append(when)
        if wanted.needs:
            values = tuple(self._held(value) for value in wanted.needs)
            conditions.append(Call(self._imported("available"), values, name="available"))
        if not conditions:
            conditions = [Infix(">", (Atom("bars.close"), Atom("0")))]  # true on every bar
        return joined("&", conditions)

    def _held(self, value: ast.Expr) -> Code:
        """A value that is both guarded and handed to an order gets a variable."""
        code = self.expr(value, "bars")
        if isinstance(code, Atom):
            return code
        return self._local(("bars", value), describe(value) or "value", lambda: code)

    def _local(self, key: object, name: str, make: Callable[[], Code]) -> Atom:
        if key not in self._locals:
            value = make()
            local = self.block.names.new(name, "_now") if name != "allowed" else name
            self.block.assign(local, value)
            self._locals[key] = Atom(local, name=local)
        return self._locals[key]

    def _imported(self, name: str) -> str:
        self.imports.add(name)
        return name

    def _call(self, function: str, *arguments: Code) -> Call:
        return Call(self._imported(function), arguments)

    def _time(self, clock: ast.Clock) -> Code:
        return Atom(f'"{clock.hour:02d}:{clock.minute:02d}"')

    # expressions

    def expr(self, expr: ast.Expr, view: str) -> Code:
        """The expression over the bars of a view ("bars", or a local such as "daily")."""
        local = self._locals.get((view, expr))
        if local is not None:
            return local
        code = self._written(expr, view)
        return code if isinstance(code, Atom) else replace(code, name=describe(expr) or code.name)

    def _written(self, expr: ast.Expr, view: str) -> Code:
        match expr:
            case ast.Number(value):
                return number(value)
            case ast.Name():
                return self._name(expr, view)
            case ast.Quantity(amount, unit):
                return self._quantity(expr, amount, unit, view)
            case ast.Clock():
                return self._call("clock", self._time(expr))
            case ast.Price(column):
                return Atom(f"{view}.clock" if column == "time" else f"{view}.{column}", name=column)
            case ast.Flag(name) if name != "flat":
                return self._call("on_days", Atom(view), Atom(literal(name[:3])))
            case ast.Call():
                return self._function(expr, view)
            case ast.Past(value, bars):
                return self._past(value, bars, view)
            case ast.OnTimeframe(value, timeframe):
                return self._on_timeframe(value, timeframe, view)
            case ast.Minus(value):
                return Prefix("-", self.expr(value, view))
            case ast.Arithmetic(operator, left, right):
                return Infix(operator, (self.expr(left, view), self.expr(right, view)))
            case ast.Compare():
                return self._compare(expr, view)
            case ast.Cross(direction, left, right):
                self._not_constant(expr, left, right)
                return self._call(CROSSES[direction], self.expr(left, view), self.expr(right, view))
            case ast.OfSymbol(value, symbol):
                return self._of_symbol(expr, value, symbol, view)
            case ast.InZone(value, zone):
                return self._in_zone(expr, value, zone, view)
            case ast.Then() | ast.Latch() | ast.Remember() | ast.Ratchet():
                return self._computed(expr, view, lambda: self._state(expr, view))
            case ast.ForBars(condition, bars):
                return self._call("for_bars", self.expr(condition, view), self.scope.count(bars))
            case ast.WithinBars(condition, bars):
                return self._call("within_bars", self.expr(condition, view), self.scope.count(bars))
            case ast.Negation(condition):
                return Prefix("~", self.expr(condition, view))
            case ast.AllOf(conditions):
                return joined("&", [self.expr(part, view) for part in conditions])
            case ast.AnyOf(conditions):
                return joined("|", [self.expr(part, view) for part in conditions])
        raise refuse(expr, "this is known only while trading: ask it directly in the condition of a rule")

    def _name(self, expr: ast.Name, view: str) -> Code:
        if expr.id not in self.scope.lets:
            return self.scope.count(expr)
        value = self.scope.lets[expr.id]
        name = expr.id if view == "bars" else f"{view}_{expr.id}"
        return self._let((view, expr), name, value, view)

    def _let(self, key: object, name: str, value: ast.Expr, view: str) -> Atom:
        if key not in self._locals:
            code = self.expr(value, view)
            local = self.block.names.new(name)
            self.block.assign(local, code)
            self._locals[key] = Atom(local, name=local)
        return self._locals[key]

    def _quantity(self, expr: ast.Quantity, amount: ast.Count, unit: str, view: str) -> Code:
        if unit == "R":
            raise refuse(expr, "R measures an open position or its target, not the market")
        if unit == "%":
            return self.scope.share(amount)
        return self.scope.scaled(amount, f"{self._market(view)}.{'pip' if unit == 'pips' else 'point'}")

    def _market(self, view: str) -> str:
        """The local that holds the bars, of the strategy's timeframe, of the symbol that a view shows."""
        return self._markets.get(view, "bars")

    def _function(self, expr: ast.Call, view: str) -> Code:
        return self._computed(expr, view, lambda: self._call(expr.function, *self._arguments(expr, view)))

    def _computed(self, expr: ast.Expr, view: str, make: Callable[[], Call]) -> Code:
        """A call that is worth a variable of its own where it is needed more than once."""
        key = (view, expr)
        self.calls[key] += 1
        if self.calls[key] > 1 and key in self._flat:
            return self._flat[key]
        call = make()
        self._flat[key] = call
        if key in self.shared:
            name = describe(expr) if view == "bars" else f"{view}_{describe(expr)}"
            return self._local(key, name.strip("_") or "series", lambda: call)
        return call

    def _arguments(self, expr: ast.Call, view: str) -> list[Code]:
        function = FUNCTIONS[expr.function]
        arguments = [
            self._time(argument) if isinstance(argument, ast.Clock) else self.expr(argument, view)
            for argument in expr.arguments
        ]
        if function.form == "bars":
            return [Atom(view), *arguments]
        if function.form == "oscillator":
            given = len(arguments) > len(function.numbers)
            return [arguments[-1], *arguments[:-1]] if given else [Atom(f"{view}.close"), *arguments]
        return arguments

    def _past(self, value: ast.Expr, bars: ast.Count, view: str) -> Code:
        code = self.expr(value, view)
        return code if self.scope.kind(value) is Kind.CONSTANT else Index(code, self.scope.count(bars))

    def _on_timeframe(self, value: ast.Expr, timeframe: str, view: str) -> Code:
        if self.scope.kind(value) is Kind.CONSTANT:
            return self.expr(value, view)
        name = VIEWS.get(timeframe, timeframe.lower())
        name = name if view == "bars" else f"{view}_{name}"
        call = Call(f"{view}.on", (Atom(literal(timeframe)),))
        higher = self._local((view, timeframe), name, lambda: call).text
        self._markets[higher] = self._market(view)
        return Call(f"{higher}.align", (self.expr(value, higher),))

    def _of_symbol(self, expr: ast.OfSymbol, value: ast.Expr, symbol: str, view: str) -> Code:
        name = re.sub(r"[^a-z0-9]+", "_", symbol.lower()).strip("_")
        call = Call(f"{view}.of", (Atom(literal(symbol)),))
        other = self._local((view, "of", symbol), name, lambda: call).text
        self._markets[other] = other
        if self.scope.kind(value) is Kind.CONSTANT:
            return self.expr(value, other)
        return self._computed(expr, view, lambda: Call(f"{other}.align", (self.expr(value, other),)))

    def _in_zone(self, expr: ast.Expr, value: ast.Expr, zone: str, view: str) -> Code:
        place = Atom(literal(zone))
        match value:
            case ast.Price("time"):
                return Call(f"{view}.clock_in", (place,))
            case ast.Flag(name) if name != "flat":
                return Call(self._imported("on_days"), (Atom(view), Atom(literal(name[:3])), place), ("zone",))
            case ast.Call(function) if FUNCTIONS[function].has_clock:
                arguments = (*self._arguments(value, view), place)
                return self._computed(expr, view, lambda: Call(self._imported(function), arguments, ("zone",)))
        raise refuse(expr, "only the time, a weekday or the prices of a session have a time zone")

    def _state(self, expr: ast.Expr, view: str) -> Call:
        """What keeps something from bar to bar."""
        match expr:
            case ast.Then(first, bars, second):
                code = self.expr(first, view), self.scope.count(bars), self.expr(second, view)
                return self._call("then_within", *code)
            case ast.Latch(begins, ends):
                return self._call("latch", self.expr(begins, view), self.expr(ends, view))
            case ast.Remember(value, when):
                return self._call("remember", self._varying(value, view), self.expr(when, view))
            case ast.Ratchet(direction, value, until):
                reset = () if until is None else (self.expr(until, view),)
                return self._call(f"ratchet_{direction}", self._varying(value, view), *reset)
        raise AssertionError(f"{type(expr).__name__} keeps nothing")

    def _varying(self, value: ast.Expr, view: str) -> Code:
        if self.scope.kind(value) is Kind.CONSTANT:
            raise refuse(value, "this is the same on every bar: there is nothing to remember")
        return self.expr(value, view)

    def _compare(self, expr: ast.Compare, view: str) -> Code:
        self._not_constant(expr, expr.left, expr.right)
        left, operator, right = expr.left, expr.operator, expr.right
        if self.scope.kind(left) is Kind.CONSTANT:  # `30 < rsi` reads better as `rsi > 30`
            left, operator, right = right, MIRRORED[operator], left  # type: ignore[assignment]
        return Infix(operator, (self.expr(left, view), self.expr(right, view)))

    def _not_constant(self, expr: ast.Expr, left: ast.Expr, right: ast.Expr) -> None:
        if max(self.scope.kind(left), self.scope.kind(right)) is Kind.CONSTANT:
            raise refuse(expr, "both sides are fixed numbers, so this is always or never true")
