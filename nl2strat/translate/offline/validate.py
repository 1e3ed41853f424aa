"""Stage 7b: impossible numbers, contradictions, timeframes that do not fit, and the language's own checker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from nl2strat.errors import LanguageErrors
from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline import durations
from nl2strat.translate.offline.vocabulary.markets import SECONDS

_UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def seconds_of(timeframe: str) -> int:
    """Length of a timeframe in seconds."""
    letters = timeframe.rstrip("0123456789")
    return SECONDS[letters] * int(timeframe[len(letters) :] or 1)


def plain_symbol(symbol: str) -> str:
    """`EURUSD.sml` -> `EURUSD`."""
    return symbol.upper().replace("/", "").split(".")[0]


def in_bars(rules: Sequence[ast.Rule], timeframe: str | None) -> list[ast.Rule]:
    """Holding times said in hours or days, as bars of the timeframe."""
    result: list[ast.Rule] = []
    for rule in durations.in_bars(rules, seconds_of(timeframe) if timeframe else 3600):
        if isinstance(rule, ast.Entry) and isinstance(rule.close_after, tuple):
            bars, unit = rule.close_after
            if unit in _UNIT_SECONDS and isinstance(bars, ast.Number):
                length = bars.value * _UNIT_SECONDS[unit] / (seconds_of(timeframe) if timeframe else 3600)
                bars = ast.Number(length if length % 1 else length.quantize(Decimal(1)))
            rule = replace(rule, close_after=bars)
        result.append(rule)
    return result


def timeframes(
    rules: Sequence[ast.Rule], timeframe: str | None, periods: Sequence[str]
) -> tuple[tuple[ast.Rule, ...], list[str]]:
    """Asks where a timeframe is shorter than the strategy's, or a length in days stands on an intraday chart."""
    questions = []
    base = seconds_of(timeframe) if timeframe else 0
    for rule in rules:
        for node in ast.walk(rule):
            if isinstance(node, ast.OnTimeframe) and seconds_of(node.timeframe) <= base:
                questions.append(
                    f"{node.timeframe} is not above {timeframe}, on which the strategy runs. Which one is meant?"
                )
    del periods
    return tuple(rules), questions


def problems(rules: Sequence[ast.Rule], inputs: Sequence[ast.Input]) -> list[str]:
    """Numbers that cannot be, and conditions that contradict themselves."""
    known = {i.name: i.default for i in inputs}
    found: list[str] = []
    for rule in [durations.without_steps(rule) for rule in rules]:
        for node in ast.walk(rule):
            if isinstance(node, ast.Compare | ast.Cross):
                found += _range(node)
            elif isinstance(node, ast.Call):
                found += _settings(node, known)
            elif isinstance(node, ast.Quantity):
                found += _quantity(node, known)
            elif isinstance(node, ast.AllOf):
                found += _contradiction(node)
            elif isinstance(node, (ast.ForBars, ast.WithinBars)) and _value(node.bars, known) < 1:
                found.append("A number of bars has to be at least 1.")
        if isinstance(rule, ast.Entry):
            found += _entry(rule, known)
    return list(dict.fromkeys(found))


def _value(count: object, known: dict[str, Decimal]) -> Decimal:
    if isinstance(count, ast.Number):
        return count.value
    if isinstance(count, ast.Name):
        return known.get(count.id, Decimal(1))
    return -_value(count.value, known) if isinstance(count, ast.Minus) else Decimal(1)


def _constant(value: Expr) -> Decimal | None:
    if isinstance(value, ast.Number):
        return value.value
    return -value.value.value if isinstance(value, ast.Minus) and isinstance(value.value, ast.Number) else None


def _range(node: ast.Compare | ast.Cross) -> list[str]:
    """A level an oscillator never reaches."""
    inner = node.left
    while isinstance(inner, (ast.Past, ast.OnTimeframe)):
        inner = inner.value
    level = _constant(node.right)
    function = FUNCTIONS.get(inner.function) if isinstance(inner, ast.Call) else None
    if level is None or function is None:
        return []
    low, high = function.low, function.high
    outside = (low is not None and level < Decimal(f"{low:g}")) or (high is not None and level > Decimal(f"{high:g}"))
    if not outside:
        return []
    limits = (
        f"{low:g} to {high:g}"
        if low is not None and high is not None
        else f"{low:g} and more"
        if low is not None
        else f"at most {high:g}"
    )
    return [f"{function.title} is {limits}: it never reaches {level}. Which level is meant?"]


def _settings(node: ast.Call, known: dict[str, Decimal]) -> list[str]:
    function = FUNCTIONS.get(node.function)
    if function is None or function.form == "condition":
        return []
    arguments = node.arguments[1:] if function.form == "series" else node.arguments
    found = []
    for param, argument in zip(function.numbers, arguments, strict=False):
        if not isinstance(argument, (ast.Number, ast.Name, ast.Minus)):
            continue
        value = _value(argument, known)
        if param.kind == "int" and value % 1:
            found.append(f"{function.title}: {param.name} {value} is not a whole number of bars.")
        elif (
            (param.low is not None and value < Decimal(f"{param.low:g}"))
            or (param.high is not None and value > Decimal(f"{param.high:g}"))
            or (value <= 0 and param.kind == "int" and param.name != "shift")
        ):
            found.append(f"{function.title}: {param.name} {value} is impossible. What should it be?")
    return found


def _quantity(node: ast.Quantity, known: dict[str, Decimal]) -> list[str]:
    value = _value(node.amount, known)
    return [] if value > 0 else [f"{value} {node.unit} is impossible as a distance: it has to be above zero."]


def _entry(rule: ast.Entry, known: dict[str, Decimal]) -> list[str]:
    found = []
    if rule.size is not None:
        amount = next(iter(ast.children(rule.size)))
        value = _value(amount, known)
        if value <= 0 or (not isinstance(rule.size, (ast.Lots, ast.RiskMoney, ast.Money)) and value > 100):
            found.append(f"A size of {value} is impossible.")
        if isinstance(rule.size, (ast.Risk, ast.RiskMoney)) and rule.stop is None and rule.trail is None:
            found.append("Sizing by risk needs a stop loss: where is the stop?")
    needs_stop = any(isinstance(n, ast.Quantity) and n.unit == "R" for n in ast.walk(rule))
    if needs_stop and rule.stop is None:
        found.append("A target in multiples of the risk needs a stop loss: where is the stop?")
    for name in ("stop", "target"):
        bracket = getattr(rule, name)
        if (
            isinstance(bracket, ast.Offset)
            and isinstance(bracket.distance, ast.Quantity)
            and bracket.distance.unit == "%"
            and name == "stop"
            and _value(bracket.distance.amount, known) >= 100
        ):
            found.append("A stop 100% away can never be hit. What should it be?")
        if isinstance(bracket, ast.Offset) and _constant(bracket.distance) is not None:
            found.append(f"A {name} of {_constant(bracket.distance)}: pips, points, percent or a price?")
    if rule.close_after is not None and (_value(rule.close_after, known) < 1 or _value(rule.close_after, known) % 1):
        found.append("A holding time has to be a whole number of bars, at least 1.")
    if rule.valid is not None and (_value(rule.valid, known) < 1 or _value(rule.valid, known) % 1):
        found.append("An order has to be valid for a whole number of bars, at least 1.")
    found += _wrong_side(rule)
    return found


def _wrong_side(rule: ast.Entry) -> list[str]:
    """A stop of a short below the signal bar's low, and the like."""
    found = []
    for name in ("stop", "target"):
        bracket = getattr(rule, name)
        if not isinstance(bracket, ast.Level):
            continue
        fields = {n.field for n in ast.walk(bracket.price) if isinstance(n, ast.Price)}
        names = {n.function for n in ast.walk(bracket.price) if isinstance(n, ast.Call)}
        if {"highest", "lowest"} <= names:
            continue  # between the two
        low = (fields == {"low"} or "lowest" in names) and not isinstance(bracket.price, ast.Past)
        high = (fields == {"high"} or "highest" in names) and not isinstance(bracket.price, ast.Past)
        above = rule.side == "short" if name == "stop" else rule.side == "long"
        if (low and above) or (high and not above):
            found.append(
                f"The {name} at {print_expr(bracket.price)} is on the wrong side of a {rule.side} entry. "
                "Where should it be?"
            )
    return found


def _contradiction(node: ast.AllOf) -> list[str]:
    """Comparisons of one value with numbers that leave nothing over."""
    limits: dict[Expr, tuple[Decimal | None, Decimal | None]] = {}
    seen: set[tuple[str, Expr, Expr]] = set()
    for part in node.conditions:
        if not isinstance(part, ast.Compare):
            continue
        if (_OPPOSITE.get(part.operator, ""), part.left, part.right) in seen:
            return [f"{print_expr(node)} can never be true. Which of them is meant?"]
        seen.add((part.operator, part.left, part.right))
        level = _constant(part.right)
        if level is None:
            continue
        low, high = limits.get(part.left, (None, None))
        if part.operator in (">", ">=", "=="):
            low = level if low is None else max(low, level)
        if part.operator in ("<", "<=", "=="):
            high = level if high is None else min(high, level)
        limits[part.left] = low, high
        if (
            low is not None
            and high is not None
            and low >= high
            and not (low == high and part.operator in (">=", "<=", "=="))
        ):
            return [f"{print_expr(part.left)} cannot be above {low} and below {high} at once. Which of them is meant?"]
    return []


_OPPOSITE = {">": "<", "<": ">"}


def checked(program: ast.Program) -> tuple[ast.Program, list[str]]:
    """The program as the language's checker completes it, or its complaints."""
    try:
        from nl2strat.language.checker import check
    except ImportError:
        return program, []
    try:
        return check(program).program, []
    except LanguageErrors as error:
        return program, [problem.message + (f" {problem.hint}" if problem.hint else "") for problem in error.problems]
