"""Automatic inputs: every number that a user may want to turn gets a name and a range, so that it can be swept.

`with_inputs` gives the canonical form of a program: `rsi(14) < 30` becomes `rsi(rsi_length) < rsi_low` with
`input rsi_length = 14 in 7..28 step 1`. It trades the same. `inlined` is the way back, for prose. What is the same
number in the same role (the stop of the long and of the short, the length of both Bollinger bands) is one input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from nl2strat.language import ast
from nl2strat.language.functions import FUNCTIONS, Param, lookup
from nl2strat.language.words import reserved_words

_FINEST = Decimal("0.00000001")
_LARGEST = Decimal(999_999_999)

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))

_UNITS = {"pips": "pips", "points": "points", "%": "percent", "R": "r"}
_LOW_SIDE = {"<": "low", "<=": "low", ">": "high", ">=": "high"}
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def with_inputs(program: ast.Program) -> ast.Program:
    """The program with its turnable numbers as named inputs with ranges, after those it has; twice is once."""
    namer = _Namer(program)
    lets = tuple(replace(let, value=_expr(let.value, let.name, namer)) for let in program.lets)
    rules = tuple(_rule(rule, namer) for rule in program.rules)
    return replace(program, inputs=(*program.inputs, *namer.inputs), lets=lets, rules=rules)


def inlined(program: ast.Program) -> ast.Program:
    """The program with the default of every input in its place, and no inputs."""
    values = {item.name: item.default for item in program.inputs}

    def number(node: ast.Node) -> ast.Node:
        if not isinstance(node, ast.Name) or node.id not in values:
            return node
        value = values[node.id]
        return ast.Number(value, at=node.at) if value >= 0 else ast.Minus(ast.Number(-value), at=node.at)

    plain = cast(ast.Program, ast.transform(program, number))
    return replace(plain, inputs=())


class _Namer:
    """Gives names to numbers: the same name to the same number in the same role."""

    def __init__(self, program: ast.Program) -> None:
        self.inputs: list[ast.Input] = []
        self._given: dict[tuple[str, Decimal], str] = {}
        own = {item.name for item in program.inputs} | {item.name for item in program.lets}
        self._taken = own | set(FUNCTIONS) | reserved_words()

    def turn(self, role: str, value: Decimal, low: Decimal, high: Decimal, step: Decimal) -> ast.Name:
        key = (role, value)
        if key not in self._given:
            name = self._free(role)
            self._given[key] = name
            self.inputs.append(ast.Input(name, value, *_range(value, low, high, step)))
        return ast.Name(self._given[key])

    def length(self, role: str, value: Decimal, least: Decimal = Decimal(1)) -> ast.Name:
        """A number of bars: from half to double, in whole steps."""
        step = max(Decimal(1), _round_step(value / 10).quantize(Decimal(1), ROUND_HALF_UP))
        return self.turn(role, value, max(least, value / 2), 2 * value, step)

    def factor(self, role: str, value: Decimal, most: Decimal = _LARGEST) -> ast.Name:
        """A size or a distance: from half to double, in steps of a quarter or so."""
        low, high = sorted((value / 2, 2 * value))
        return self.turn(role, value, low, min(high, most), _round_step(abs(value) / 4))

    def level(self, role: str, value: Decimal, low: float | None, high: float | None) -> ast.Name:
        """A level of an oscillator: a tenth of its range either way, inside of it; of an open one half to double."""
        if low is None or high is None:
            return self.factor(role, value)
        bottom, top = Decimal(str(low)), Decimal(str(high))
        reach = (top - bottom) / 10
        return self.turn(role, value, max(bottom, value - reach), min(top, value + reach), _round_step(reach / 2))

    def _free(self, role: str) -> str:
        base = role[:28].rstrip("_")
        name, n = base, 2
        while name in self._taken:
            name, n = f"{base}_{n}", n + 1
        self._taken.add(name)
        return name


def _range(value: Decimal, low: Decimal, high: Decimal, step: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Low, high and step, so that the value is one of the steps and the language can write them all."""
    below, above = int((value - low) / step), int((high - value) / step)
    return _written(value - below * step), _written(value + max(above, 1 - below) * step), _written(step)


def _round_step(step: Decimal) -> Decimal:
    """The largest of 1, 2, 2.5, 5 times a power of ten that is no larger: steps that a person would choose."""
    power = Decimal(1).scaleb(step.adjusted())
    return max(_FINEST, max(power * n for n in _STEPS if power * n <= step))


def _written(value: Decimal) -> Decimal:
    """A decimal in its shortest spelling."""
    short = value.quantize(_FINEST).normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral() else short


# -------------------------------------------------------------------- expressions


def _expr(expr: Any, context: str, namer: _Namer) -> Any:
    """The expression with its numbers named; `context` is what its bare numbers are about."""
    match expr:
        case ast.Call():
            return _call(expr, context, namer)
        case ast.Compare(operator, left, right) if operator in _LOW_SIDE:
            sides = (_LOW_SIDE[operator], _LOW_SIDE[_MIRROR[operator]])
            return _levels(expr, left, right, sides, context, namer)
        case ast.Cross(direction, left, right):
            side = "high" if direction == "above" else "low"
            return _levels(expr, left, right, (side, "low" if side == "high" else "high"), context, namer)
        case ast.Quantity(ast.Number(value), unit) if value:
            return replace(expr, amount=namer.factor(_role(context, _UNITS[unit]), value))
        case ast.Arithmetic("*", ast.Number(value), right) if value not in (0, 1):
            return replace(expr, left=namer.factor(_role(context, "factor"), value), right=_expr(right, context, namer))
        case ast.Arithmetic("*", left, ast.Number(value)) if value not in (0, 1):
            return replace(expr, left=_expr(left, context, namer), right=namer.factor(_role(context, "factor"), value))
        case ast.ForBars(condition, ast.Number(value)) if value > 1:
            return replace(expr, condition=_expr(condition, context, namer), bars=namer.length("run_bars", value))
        case ast.WithinBars(condition, ast.Number(value)) if value > 1:
            return replace(expr, condition=_expr(condition, context, namer), bars=namer.length("within_bars", value))
        case ast.Then(first, ast.Number(value), second) if value > 1:
            parts = {"first": _expr(first, context, namer), "second": _expr(second, context, namer)}
            return replace(expr, bars=namer.length("then_bars", value), **parts)
    return _inside(expr, lambda part: _expr(part, context, namer))


def _inside(node: Any, change: Callable[[Any], Any]) -> Any:
    """The node with its direct sub-expressions changed."""
    changes: dict[str, Any] = {}
    for item in fields(node):
        value = getattr(node, item.name)
        if isinstance(value, ast.Node) and item.name != "at":
            changes[item.name] = change(value)
        elif isinstance(value, tuple):
            changes[item.name] = tuple(change(part) if isinstance(part, ast.Node) else part for part in value)
    return replace(node, **changes) if changes else node


def _call(call: ast.Call, context: str, namer: _Namer) -> ast.Call:
    function = lookup(call.function)
    if function is None:
        return call
    arguments: list[Any] = []
    for param, argument in zip(function.params, call.arguments, strict=False):
        if param.is_number and isinstance(argument, ast.Number):
            argument = _argument(call.function, param, argument.value, namer)
        elif not param.is_number and isinstance(argument, ast.Node):
            argument = _expr(argument, context, namer)
        arguments.append(argument)
    return replace(call, arguments=tuple(arguments))


def _argument(function: str, param: Param, value: Decimal, namer: _Namer) -> ast.Expr:
    role = f"{_family(function)}_{param.name}"
    if value <= 0:
        return ast.Number(value)
    if param.kind == "int":
        if value == 1:
            return ast.Number(value)  # the bar before: nothing to turn
        least = Decimal(str(param.low if param.low is not None else 1))
        return namer.length(role, value, least)
    return namer.factor(role, value, Decimal(str(param.high)) if param.high is not None else _LARGEST)


def _family(function: str) -> str:
    """What the outputs of one indicator are called together: `bb` for its three lines, `macd` for its three."""
    head = function.rsplit("_", 1)[0]
    mine = FUNCTIONS[function].params
    relatives = [n for n, f in FUNCTIONS.items() if n != function and n.rsplit("_", 1)[0] == head and f.params == mine]
    if head in FUNCTIONS and FUNCTIONS[head].params == mine:
        return head
    return head if relatives and head != function else function


def _levels(expr: Any, left: Any, right: Any, sides: tuple[str, str], context: str, namer: _Namer) -> Any:
    """A comparison with a fixed level, or of two values."""
    for measured in (left, right):
        if isinstance(measured, ast.PositionValue | ast.AccountValue):
            context = measured.name.replace(" ", "_")
    return replace(
        expr,
        left=_level(left, right, sides[1], context, namer) or _expr(left, context, namer),
        right=_level(right, left, sides[0], context, namer) or _expr(right, context, namer),
    )


def _level(level: Any, measured: Any, side: str, context: str, namer: _Namer) -> ast.Name | None:
    """An input for a fixed number that something is compared with; None for anything else, and for zero lines."""
    value = _fixed(level)
    if value is None or value == 0:
        return None
    function = lookup(measured.function) if isinstance(measured, ast.Call) else None
    if function is not None:
        return namer.level(f"{function.name}_{side}", value, function.low, function.high)
    if isinstance(measured, ast.PositionValue | ast.AccountValue):
        whole = measured.name not in ("profit", "result today") and value == value.to_integral() and value > 0
        return namer.length(f"{context}_level", value) if whole else namer.factor(f"{context}_level", value)
    return namer.factor(_role(context, "level"), value)


def _fixed(expr: Any) -> Decimal | None:
    match expr:
        case ast.Number(value):
            return value
        case ast.Minus(ast.Number(value)):
            return -value
    return None


def _role(context: str, word: str) -> str:
    return f"{context}_{word}" if context else word


# --------------------------------------------------------------------------- rules


def _rule(rule: ast.Rule, namer: _Namer) -> ast.Rule:
    match rule:
        case ast.Entry():
            return _entry(rule, namer)
        case ast.Exit() | ast.Alert() | ast.CancelWhen():
            return replace(rule, when=_expr(rule.when, "", namer))
        case ast.Reduce():
            return replace(rule, when=_expr(rule.when, "", namer))
        case ast.DailyLimit(ast.Number(value)):
            return replace(rule, trades=namer.length("trades_per_day", value))
        case ast.DailyCap(tally, ast.Number(value), percent):
            role = f"daily_{tally}_{'percent' if percent else 'money'}"
            return replace(rule, amount=namer.factor(role, value))
        case ast.SpreadCap(distance):
            return replace(rule, distance=_expr(distance, "most_spread", namer))
        case ast.VolumeCap(ast.Number(value)):
            return replace(rule, lots=namer.factor("most_lots", value))
        case ast.Wait(ast.Number(value), event):
            return replace(rule, bars=namer.length(f"wait_after_{event}", value))
        case ast.Pyramid(ast.Number(value)) if value > 1:
            return replace(rule, entries=namer.length("most_entries", value))
    return rule


def _entry(rule: ast.Entry, namer: _Namer) -> ast.Entry:
    def named(part: Any, context: str) -> Any:
        return None if part is None else _inside(part, lambda expr: _expr(expr, context, namer))

    changes: dict[str, Any] = {
        "when": _expr(rule.when, "", namer),
        "order": named(rule.order, "order"),
        "stop": named(rule.stop, "stop"),
        "target": named(rule.target, "target"),
        "trail_line": named(rule.trail_line, "trail"),
        "takes": tuple(replace(take, bracket=named(take.bracket, "take")) for take in rule.takes),
        "target_steps": tuple(replace(s, bracket=named(s.bracket, "target_step")) for s in rule.target_steps),
        "trail": _pair(rule.trail, ("distance", "after"), "trail", namer),
        "breakeven": _pair(rule.breakeven, ("plus", "after"), "breakeven", namer),
        "locks": tuple(_pair(lock, ("profit", "after"), "lock", namer) for lock in rule.locks),
        "size": _size(rule.size, namer),
    }
    for field, role in (("valid", "valid_bars"), ("close_after", "close_after_bars")):
        count = getattr(rule, field)
        if isinstance(count, ast.Number) and count.value > 1:
            changes[field] = namer.length(role, count.value)
    if rule.add is not None:
        every = _expr(rule.add.every, "add_every", namer)
        times = rule.add.times
        if isinstance(times, ast.Number) and times.value > 1:
            times = namer.length("add_times", times.value)
        changes["add"] = replace(rule.add, every=every, times=times)
    return replace(rule, **changes)


def _pair(clause: Any, names: tuple[str, str], word: str, namer: _Namer) -> Any:
    """A clause of a distance and of the profit after which it acts."""
    if clause is None:
        return None
    first, after = (getattr(clause, name) for name in names)
    changes = {names[0]: first, names[1]: after}
    if first is not None:
        changes[names[0]] = _expr(first, word if names[0] != "plus" else f"{word}_plus", namer)
    if after is not None:
        changes[names[1]] = _expr(after, f"{word}_after", namer)
    return replace(clause, **changes)


def _size(size: ast.Size | None, namer: _Namer) -> ast.Size | None:
    match size:
        case ast.Lots(ast.Number(value)):
            return replace(size, lots=namer.factor("lots", value))
        case ast.Share(ast.Number(value)):
            return replace(size, percent=namer.factor("size_percent", value))
        case ast.Money(ast.Number(value)):
            return replace(size, amount=namer.factor("size_money", value))
        case ast.Risk(ast.Number(value)):
            return replace(size, percent=namer.factor("risk_percent", value, Decimal(100)))
        case ast.RiskMoney(ast.Number(value)):
            return replace(size, amount=namer.factor("risk_money", value))
    return size
