"""Conditions that can never be true, or never false, found by arithmetic on what is known about their parts.

A comparison becomes `sum of terms in an interval`: `close > open + 30 pips` is `close - open - 30 pip > 0`. Terms have
ranges (an RSI runs from 0 to 100, a pip is positive), and some pairs an order (a low is never above a high, the highest
of 20 bars never below this bar's). A condition is impossible if every way to make it true asks something empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from math import inf

from nl2strat.language import ast
from nl2strat.language.functions import lookup
from nl2strat.language.printer import print_expr

MAX_WAYS = 64
"""Alternatives looked at; a condition with more is not judged."""

Steps = tuple[tuple[str, str | int], ...]
"""How a term is shifted, outermost first: (("on", "D1"), ("past", 2))."""


@dataclass(frozen=True)
class Interval:
    """Numbers from low to high; an open end is not included."""

    low: float = -inf
    high: float = inf
    low_open: bool = False
    high_open: bool = False

    def meet(self, other: Interval) -> Interval:
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, high_closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Interval(low, high, low_open, not high_closed)

    @property
    def is_empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def plus(self, other: Interval) -> Interval:
        return Interval(
            self.low + other.low, self.high + other.high,
            self.low_open or other.low_open, self.high_open or other.high_open,
        )  # fmt: skip

    def times(self, factor: float) -> Interval:
        if factor >= 0:
            return Interval(self.low * factor, self.high * factor, self.low_open, self.high_open)
        return Interval(self.high * factor, self.low * factor, self.high_open, self.low_open)


EVERYTHING, POSITIVE = Interval(), Interval(0, inf, low_open=True)
NOT_NEGATIVE, NOT_POSITIVE = Interval(0, inf), Interval(-inf, 0)

CONSTRAINTS: dict[str, Interval] = {
    ">": POSITIVE,
    "<": Interval(-inf, 0, high_open=True),
    ">=": NOT_NEGATIVE,
    "<=": NOT_POSITIVE,
    "==": Interval(0, 0),
}
"""What `left - right` must be."""

OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}

RAISES, LOWERS = frozenset({"highest", "dc_upper"}), frozenset({"lowest", "dc_lower"})

KEEPS_RANGE = frozenset({"sma", "ema", "wma", "smma", "trima", "kama", "highest", "lowest", "median", "midpoint"})
"""Functions whose result lies among the values it is made of."""


@dataclass(frozen=True)
class Term:
    expr: ast.Expr
    steps: Steps = ()

    @property
    def key(self) -> str:
        return f"{print_expr(self.expr)} {self.steps}"


Linear = dict[Term, float]
ONE = Term(ast.Number(Decimal(1)))


@dataclass
class Facts:
    """What one way of making a condition true asks: intervals of sums, and truths of whole conditions."""

    sums: dict[tuple[tuple[Term, float], ...], Interval] = field(default_factory=dict)
    truths: dict[str, bool] = field(default_factory=dict)
    day: str | None = None


@dataclass(frozen=True)
class Ask:
    """One requirement: a sum lies in an interval, or a condition that is not looked into is true or false."""

    sum: tuple[tuple[Term, float], ...] = ()
    interval: Interval = EVERYTHING
    text: str = ""
    truth: bool = True
    day: str = ""


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
            case ast.Compare(operator, left, right):
                yield from self._compared(operator if truth else OPPOSITE[operator], left, right, steps)
            case ast.Cross():
                yield from self._crossed(expr, truth, steps)
            case ast.ForBars(inner, _) if truth:
                yield from self._ways(inner, True, steps)
            case ast.WithinBars(inner, _) if not truth:
                yield from self._ways(inner, False, steps)
            case ast.Past(inner, ast.Number(bars)):
                yield from self._ways(inner, truth, _shifted(steps, int(bars)))
            case ast.OnTimeframe(inner, timeframe):
                yield from self._ways(inner, truth, (*steps, ("on", timeframe)))
            case ast.Flag(name) if name != "flat" and truth:
                yield (Ask(text=f"{name} {steps}", day=f"{name} {steps}" if not steps else ""),)
            case _:
                yield (Ask(text=f"{print_expr(expr)} {steps}", truth=truth),)

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
        linear = _subtract(self._linear(left, steps), self._linear(right, steps))
        constant = linear.pop(ONE, 0.0)
        if not linear and any(isinstance(node, ast.Name) for side in (left, right) for node in ast.walk(side)):
            yield ()  # a switch: an input compared with a number may be turned either way
            return
        interval = CONSTRAINTS[operator].plus(Interval(-constant, -constant))
        yield (Ask(*_scaled(linear, interval)),)

    def _crossed(self, expr: ast.Cross, truth: bool, steps: Steps) -> Iterator[tuple[Ask, ...]]:
        before = _shifted(steps, 1)
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
                if ask.day and facts.day not in (None, ask.day):
                    return True
                facts.day = ask.day or facts.day
                continue
            known = facts.sums.get(ask.sum)
            if known is None:
                known = self._range(dict(ask.sum))
            facts.sums[ask.sum] = known.meet(ask.interval)
            if facts.sums[ask.sum].is_empty:
                return True
        return False

    def _range(self, linear: Linear) -> Interval:
        """Where a sum can lie: pairs of known order first, then each term by its own range."""
        left = dict(linear)
        total = Interval(0, 0)
        for high in list(left):
            for low in list(left):
                if high in left and low in left and left[high] > 0 > left[low]:
                    if _never_below(high, low):
                        sign, paid = NOT_NEGATIVE, min(left[high], -left[low])
                    elif _never_below(low, high):
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
            case ast.Price() | ast.PositionValue(name="entry") | ast.Quantity():
                return POSITIVE
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
                return {Term(ast.Quantity(ast.Number(Decimal(1)), unit)): float(value)}
            case ast.Minus(inner):
                return _times(self._linear(inner, steps), -1)
            case ast.Arithmetic(operator, left, right):
                return self._arithmetic(operator, left, right, expr, steps)
            case ast.Past(inner, ast.Number(bars)):
                return self._linear(inner, _shifted(steps, int(bars)))
            case ast.OnTimeframe(inner, timeframe):
                return self._linear(inner, (*steps, ("on", timeframe)))
        return {Term(expr, steps): 1.0}

    def _arithmetic(self, operator: str, left: ast.Expr, right: ast.Expr, whole: ast.Expr, steps: Steps) -> Linear:
        first, second = self._linear(left, steps), self._linear(right, steps)
        if operator == "+":
            return _subtract(first, _times(second, -1))
        if operator == "-":
            return _subtract(first, second)
        if set(second) == {ONE} and (operator == "*" or second[ONE]):
            return _times(first, second[ONE] if operator == "*" else 1 / second[ONE])
        if operator == "*" and set(first) == {ONE}:
            return _times(second, first[ONE])
        return {Term(whole, steps): 1.0}


def _shifted(steps: Steps, bars: int) -> Steps:
    if not bars:
        return steps
    if steps and steps[-1][0] == "past":
        return (*steps[:-1], ("past", int(steps[-1][1]) + bars))
    return (*steps, ("past", bars))


def _times(linear: Linear, factor: float) -> Linear:
    return {term: value * factor for term, value in linear.items()}


def _subtract(left: Linear, right: Linear) -> Linear:
    result = dict(left)
    for term, value in right.items():
        result[term] = result.get(term, 0.0) - value
    return {term: value for term, value in result.items() if abs(value) > 1e-12}


def _scaled(linear: Linear, interval: Interval) -> tuple[tuple[tuple[Term, float], ...], Interval]:
    """One spelling of a sum: terms in order, the first with factor 1, and the interval to match."""
    terms = sorted(linear.items(), key=lambda item: item[0].key)
    if not terms:
        return (), interval
    first = terms[0][1]
    return tuple((term, round(value / first, 12)) for term, value in terms), interval.times(1 / first)


def _never_below(high: Term, low: Term) -> bool:
    """Whether the first is never below the second, at the same bar."""
    if high.steps != low.steps:
        return False
    a, b = high.expr, low.expr
    if isinstance(a, ast.Price) and isinstance(b, ast.Price):
        return (a.field == "high" and b.field in ("open", "low", "close")) or (
            b.field == "low" and a.field in ("open", "high", "close")
        )
    if isinstance(a, ast.Call) and a.function in RAISES:
        source = a.arguments[0] if a.function == "highest" and a.arguments else ast.Price("high")
        return b == source or _never_below(Term(source), Term(b))
    if isinstance(b, ast.Call) and b.function in LOWERS:
        source = b.arguments[0] if b.function == "lowest" and b.arguments else ast.Price("low")
        return a == source or _never_below(Term(a), Term(source))
    return False
