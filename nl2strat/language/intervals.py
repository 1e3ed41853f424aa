"""Conditions that can never be true, or never false, found by arithmetic on what is known about their parts.

A comparison becomes `sum of terms in an interval`: `close > open + 30 pips` is `close - open - 30 pip > 0`. Terms have
ranges (an RSI runs from 0 to 100, a pip is positive), and some pairs an order (a low is never above a high, the highest
of 20 bars never below this bar's). A condition is impossible if every way to make it true asks something empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from itertools import islice
from math import inf

from mas.dataclass import dataclass
from nl2strat.language import ast, chains, meanings
from nl2strat.language.functions import lookup
from nl2strat.language.printer import print_expr
from nl2strat.language.terms import (
    CONSTRAINTS,
    EVERYTHING,
    KEEPS_RANGE,
    NOT_NEGATIVE,
    NOT_POSITIVE,
    ONE,
    OPPOSITE,
    POSITIVE,
    ZERO,
    Interval,
    Linear,
    Steps,
    Term,
    never_below,
    scaled,
    shifted,
    subtract,
    times,
)  # fmt: skip

MAX_WAYS = 64
"""Alternatives looked at; a condition with more is not judged."""


@dataclass
class Facts:
    """What one way of making a condition true asks: intervals of sums, and truths of whole conditions."""

    sums: dict[tuple[tuple[Term, float], ...], Interval] = field(default_factory=dict)
    truths: dict[str, bool] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)
    """The weekday by each clock."""


@dataclass(frozen=True)
class Ask:
    """One requirement: a sum lies in an interval, or a condition that is not looked into is true or false."""

    sum: tuple[tuple[Term, float], ...] = ()
    interval: Interval = EVERYTHING
    text: str = ""
    truth: bool = True
    day: str = ""
    clock: str = ""


class Reasoner:
    """Judges conditions of one program; knows its inputs and looks into its lets."""

    def __init__(self, inputs: Mapping[str, ast.Input], lets: dict[str, ast.Expr]) -> None:
        self.inputs, self.lets = inputs, lets
        # Lets of lets double with every line unless each is worked out once.
        self._known_ways: dict[tuple[str, bool, Steps], list[tuple[Ask, ...]]] = {}
        self._known_sums: dict[tuple[str, Steps], Linear] = {}
        self._known_domains: dict[ast.Expr, Interval] = {}

    def impossible(self, expr: ast.Expr) -> bool:
        return self._empty(expr, True)

    def always(self, expr: ast.Expr) -> bool:
        return self._empty(expr, False)

    def bounds(self, expr: ast.Expr) -> Interval:
        """Between which values an expression lies."""
        linear = self._linear(expr, ())
        constant = linear.pop(ONE, 0.0)
        return self._range(linear).plus(Interval(constant, constant))

    def _empty(self, expr: ast.Expr, truth: bool) -> bool:
        return all(self._contradictory(way) for way in self._ways(expr, truth, ()))

    # -------------------------------------------------------- ways to be true

    def _ways(self, expr: ast.Expr, truth: bool, steps: Steps) -> list[tuple[Ask, ...]]:
        """The alternatives under which `expr` has that truth, each a conjunction; too many count as anything goes."""
        ways = list(islice(self._every_way(expr, truth, steps), MAX_WAYS + 1))
        return ways if len(ways) <= MAX_WAYS else [()]

    def _every_way(self, expr: ast.Expr, truth: bool, steps: Steps) -> Iterator[tuple[Ask, ...]]:
        match expr:
            case ast.Name(id) if id in self.lets:
                key = (id, truth, steps)
                if key not in self._known_ways:
                    self._known_ways[key] = self._ways(self.lets[id], truth, steps)
                yield from self._known_ways[key]
            case ast.Negation(inner):
                yield from self._ways(inner, not truth, steps)
            case ast.AllOf(parts):
                yield from self._together(parts, truth, steps) if truth else self._either(parts, truth, steps)
            case ast.AnyOf(parts):
                yield from self._either(parts, truth, steps) if truth else self._together(parts, truth, steps)
            case ast.Call(name, arguments) if (meant := meanings.meaning(name, arguments, truth)) is not None:
                itself = Ask(text=f"{print_expr(expr)} {steps}", truth=truth)
                for way in self._ways(meant, truth, steps):
                    yield (itself, *way)
            case ast.Compare(operator, left, right):
                yield from self._compared(operator if truth else OPPOSITE[operator], left, right, steps)
            case ast.Cross():
                yield from self._crossed(expr, truth, steps)
            case ast.ForBars(inner, _) if truth:
                yield from self._ways(inner, True, steps)
            case ast.WithinBars(inner, _) if not truth:
                yield from self._ways(inner, False, steps)
            case ast.Past(inner, ast.Number(bars)):
                yield from self._ways(inner, truth, shifted(steps, int(bars)))
            case ast.OnTimeframe(inner, timeframe):
                yield from self._ways(inner, truth, (*steps, ("on", timeframe)))
            case ast.OfSymbol(inner, symbol):
                yield from self._ways(inner, truth, (*steps, ("of", symbol)))
            case ast.Then() | ast.Latch():
                yield from self._remembered(expr, truth, steps)
            case ast.Flag("flat") | ast.AccountFlag():
                yield from self._known_of_trades(expr, truth)
            case ast.Flag(name) | ast.InZone(ast.Flag(name)) if truth and not steps:
                yield (Ask(text=print_expr(expr), day=name, clock=_clock(expr)),)
            case ast.Flag() | ast.InZone(ast.Flag()) if not steps:
                yield (Ask(text=print_expr(expr), truth=False),)
            case _:
                yield (Ask(text=f"{print_expr(expr)} {steps}", truth=truth),)

    def _remembered(self, expr: ast.Then | ast.Latch, truth: bool, steps: Steps) -> Iterator[tuple[Ask, ...]]:
        """A state is what it is, and this bar's part of it is known: what has just ended cannot be on."""
        itself = Ask(text=f"{print_expr(expr)} {steps}", truth=truth)
        if isinstance(expr, ast.Then):
            if truth and self._empty(expr.first, True):
                return
            others = self._ways(expr.second, True, steps) if truth else [()]
        elif truth:
            others = self._ways(expr.ends, False, steps)
        else:
            others = [*self._ways(expr.begins, False, steps), *self._ways(expr.ends, True, steps)]
        for other in others:
            yield (itself, *other)

    def _known_of_trades(self, expr: ast.Flag | ast.AccountFlag, truth: bool) -> Iterator[tuple[Ask, ...]]:
        """Facts about trades by their numbers: flat is no trade open, a last trade won is at least one win in a row."""
        name = {"last trade won": "wins in a row", "last trade lost": "losses in a row"}.get(expr.name, "trades open")
        some = truth == (expr.name != "flat")
        counts = self._compared(">" if some else "<=", ast.AccountValue(name), ZERO, ())  # type: ignore[arg-type]
        if not expr.name.startswith("holding"):
            yield from counts
            return
        for way in counts if truth else ((),):
            yield (Ask(text=expr.name, truth=truth), *way)

    def _either(self, parts: Iterable[ast.Expr], truth: bool, steps: Steps) -> Iterator[tuple[Ask, ...]]:
        for part in parts:
            yield from self._ways(part, truth, steps)

    def _together(self, parts: Iterable[ast.Expr], truth: bool, steps: Steps) -> Iterator[tuple[Ask, ...]]:
        ways: list[tuple[Ask, ...]] = [()]
        for part in parts:
            further = self._ways(part, truth, steps)
            if len(ways) * len(further) > MAX_WAYS:
                continue  # what is left out only makes the rest easier to satisfy
            ways = [(*way, *more) for way in ways for more in further]
        yield from ways

    def _compared(self, operator: str, left: ast.Expr, right: ast.Expr, steps: Steps) -> Iterator[tuple[Ask, ...]]:
        if operator == "!=":
            yield from self._compared("<", left, right, steps)
            yield from self._compared(">", left, right, steps)
            return
        linear = subtract(self._linear(left, steps), self._linear(right, steps))
        constant = linear.pop(ONE, 0.0)
        if not linear and any(isinstance(node, ast.Name) for side in (left, right) for node in ast.walk(side)):
            yield ()  # a switch: an input compared with a number may be turned either way
            return
        interval = CONSTRAINTS[operator].plus(Interval(-constant, -constant))
        yield (Ask(*scaled(linear, interval)),)

    def _crossed(self, expr: ast.Cross, truth: bool, steps: Steps) -> Iterator[tuple[Ask, ...]]:
        before = shifted(steps, 1)
        if expr.direction == "through":
            one, other = (ast.Cross(way, expr.left, expr.right) for way in ("above", "below"))
            both: tuple[ast.Expr, ...] = (one, other)
            yield from self._either(both, True, steps) if truth else self._together(both, False, steps)
            return
        now, then = (">", "<=") if expr.direction == "above" else ("<", ">=")
        if truth:
            for first in self._compared(now, expr.left, expr.right, steps):
                for second in self._compared(then, expr.left, expr.right, before):
                    yield (*first, *second)
        else:
            yield from self._compared(OPPOSITE[now], expr.left, expr.right, steps)
            yield from self._compared(OPPOSITE[then], expr.left, expr.right, before)

    # ------------------------------------------------------------ contradictions

    def _contradictory(self, way: Iterable[Ask]) -> bool:
        facts = Facts()
        for ask in way:
            if ask.text:
                if facts.truths.setdefault(ask.text, ask.truth) != ask.truth:
                    return True
                if ask.day and facts.days.setdefault(ask.clock, ask.day) != ask.day:
                    return True
                continue
            known = facts.sums.get(ask.sum)
            if known is None:
                known = self._range(dict(ask.sum))
            facts.sums[ask.sum] = known.meet(ask.interval.whole() if _is_count(ask.sum) else ask.interval)
            if facts.sums[ask.sum].is_empty:
                return True
        return _both_rows(facts) or chains.excluded(facts.sums, lambda term: self._domain(term.expr))

    def _range(self, linear: Linear) -> Interval:
        """Where a sum can lie: pairs of known order first, then each term by its own range."""
        left = dict(linear)
        total = Interval(0, 0)
        for high in list(left):
            for low in list(left):
                if high in left and low in left and left[high] > 0 > left[low]:
                    if never_below(high, low):
                        sign, paid = NOT_NEGATIVE, min(left[high], -left[low])
                    elif never_below(low, high):
                        sign, paid = NOT_POSITIVE, min(left[high], -left[low])
                    else:
                        continue
                    total = total.plus(sign)
                    left[high] -= paid
                    left[low] += paid
        for term, factor in left.items():
            if factor:
                total = total.plus(self._domain(term.expr).times(factor))
        return total

    def _domain(self, expr: ast.Expr) -> Interval:
        if expr not in self._known_domains:
            self._known_domains[expr] = self._own_range(expr)
        return self._known_domains[expr]

    def _own_range(self, expr: ast.Expr) -> Interval:
        match expr:
            case ast.Price(field="volume") | ast.PositionValue(name="bars since entry"):
                return NOT_NEGATIVE
            case ast.Price(field="time"):
                return Interval(0, 1440, high_open=True)
            case ast.Price() | ast.PositionValue(name="entry" | "average entry") | ast.Quantity():
                return POSITIVE
            case ast.AccountValue(name):
                since = Interval(-1, inf) if name.startswith("bars since") else NOT_NEGATIVE
                return EVERYTHING if name == "result today" else since
            case ast.Remember(value) | ast.Ratchet(value=value):
                return self.bounds(value)
            case ast.InZone(value):
                return self._domain(value)
            case ast.Name(id) if id in self.inputs:
                found = self.inputs[id]
                low = found.default if found.low is None else min(found.low, found.default)
                high = found.default if found.high is None else max(found.high, found.default)
                return Interval(float(low), float(high))
            case ast.Call(name, arguments):
                function = lookup(name)
                if function is None:
                    return EVERYTHING
                if function.low is None and function.high is None and name in KEEPS_RANGE and arguments:
                    return self.bounds(arguments[0])
                if function.has_clock:
                    return POSITIVE
                if name == "count" and len(arguments) == 2 and isinstance(arguments[1], ast.Number):
                    return Interval(0, float(arguments[1].value))
                low_end = -inf if function.low is None else function.low
                return Interval(low_end, inf if function.high is None else function.high)
        return EVERYTHING

    # -------------------------------------------------------------- linear forms

    def _linear(self, expr: ast.Expr, steps: Steps) -> Linear:
        """An expression as a sum of terms with factors; the constant stands with the term ONE."""
        match expr:
            case ast.Number(value):
                return {ONE: float(value)}
            case ast.Clock(hour, minute):
                return {ONE: 60.0 * hour + minute}
            case ast.Name(id) if id in self.lets:
                if (id, steps) not in self._known_sums:
                    self._known_sums[id, steps] = self._linear(self.lets[id], steps)
                return dict(self._known_sums[id, steps])
            case ast.Name(id) if id in self.inputs and self.inputs[id].low is None:
                return {ONE: float(self.inputs[id].default)}
            case ast.Quantity(ast.Number(value), unit):
                # A pip is what it is on every bar and timeframe, but not on every symbol.
                symbol = tuple(step for step in steps if step[0] == "of")
                return {Term(ast.Quantity(ast.Number(Decimal(1)), unit), symbol): float(value)}
            case ast.Minus(inner):
                return times(self._linear(inner, steps), -1)
            case ast.Arithmetic(operator, left, right):
                return self._arithmetic(operator, left, right, expr, steps)
            case ast.Past(inner, ast.Number(bars)):
                return self._linear(inner, shifted(steps, int(bars)))
            case ast.OnTimeframe(inner, timeframe):
                return self._linear(inner, (*steps, ("on", timeframe)))
            case ast.OfSymbol(inner, symbol):
                return self._linear(inner, (*steps, ("of", symbol)))
            case ast.Call(name, arguments) if (parts := meanings.difference(name, arguments)) is not None:
                return self._linear(parts, steps)
        return {Term(expr, steps): 1.0}

    def _arithmetic(self, operator: str, left: ast.Expr, right: ast.Expr, whole: ast.Expr, steps: Steps) -> Linear:
        first, second = self._linear(left, steps), self._linear(right, steps)
        if operator == "+":
            return subtract(first, times(second, -1))
        if operator == "-":
            return subtract(first, second)
        if set(second) == {ONE} and (operator == "*" or second[ONE]):
            return times(first, second[ONE] if operator == "*" else 1 / second[ONE])
        if operator == "*" and set(first) == {ONE}:
            return times(second, first[ONE])
        return {Term(whole, steps): 1.0}


def _clock(expr: ast.Expr) -> str:
    """Whose clock a weekday is read from."""
    return expr.zone if isinstance(expr, ast.InZone) else ""


def _is_count(total: tuple[tuple[Term, float], ...]) -> bool:
    """Whether a sum is one number of trades or bars."""
    match total:
        case ((Term(ast.AccountValue(name)), _),):
            return name != "result today"
        case ((Term(ast.PositionValue("bars since entry")), _),):
            return True
    return False


def _both_rows(facts: Facts) -> bool:
    """Whether both a row of wins and one of losses are asked for: each trade ends one of them."""
    rows = {
        total[0][0].expr.name
        for total, known in facts.sums.items()
        if len(total) == 1 and isinstance(total[0][0].expr, ast.AccountValue) and known.meet(NOT_POSITIVE).is_empty
    }
    return {"losses in a row", "wins in a row"} <= rows
