"""Sums of terms and the intervals they lie in: the arithmetic under the judgement of conditions."""

from __future__ import annotations

from decimal import Decimal
from math import ceil, floor, inf, isfinite

from mas.dataclass import dataclass
from nl2strat.language import ast
from nl2strat.language.printer import print_expr

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

    def whole(self) -> Interval:
        """What of it whole numbers can reach: above 0 is from 1 on."""
        low = floor(self.low) + 1 if self.low_open and isfinite(self.low) else self.low
        high = ceil(self.high) - 1 if self.high_open and isfinite(self.high) else self.high
        return Interval(low, high)

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

BANDS = tuple(
    tuple(f"{family}_{line}" for line in ("upper", "middle", "lower")) for family in ("bb", "kc", "dc", "env", "accel")
)
"""Lines of one channel with the same settings, from the top."""

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
ZERO = ast.Number(Decimal(0))
ONE = Term(ast.Number(Decimal(1)))


def shifted(steps: Steps, bars: int) -> Steps:
    if not bars:
        return steps
    if steps and steps[-1][0] == "past":
        return (*steps[:-1], ("past", int(steps[-1][1]) + bars))
    return (*steps, ("past", bars))


def times(linear: Linear, factor: float) -> Linear:
    return {term: value * factor for term, value in linear.items()}


def subtract(left: Linear, right: Linear) -> Linear:
    result = dict(left)
    for term, value in right.items():
        result[term] = result.get(term, 0.0) - value
    return {term: value for term, value in result.items() if abs(value) > 1e-12}


def scaled(linear: Linear, interval: Interval) -> tuple[tuple[tuple[Term, float], ...], Interval]:
    """One spelling of a sum: terms in order, the first with factor 1, and the interval to match."""
    terms = sorted(linear.items(), key=lambda item: item[0].key)
    if not terms:
        return (), interval
    first = terms[0][1]
    return tuple((term, round(value / first, 12)) for term, value in terms), interval.times(1 / first)


def never_below(high: Term, low: Term) -> bool:
    """Whether the first is never below the second, at the same bar."""
    if high.steps != low.steps:
        return False
    a, b = high.expr, low.expr
    if isinstance(a, ast.Call) and isinstance(b, ast.Call) and a.arguments == b.arguments:
        for lines in BANDS:
            if a.function in lines and b.function in lines:
                return lines.index(a.function) < lines.index(b.function)
    if isinstance(a, ast.Price) and isinstance(b, ast.Price):
        return (a.field == "high" and b.field in ("open", "low", "close")) or (
            b.field == "low" and a.field in ("open", "high", "close")
        )
    if isinstance(a, ast.Ratchet) and a.direction == "up":
        return b == a.value or never_below(Term(a.value), Term(b))
    if isinstance(b, ast.Ratchet) and b.direction == "down":
        return a == b.value or never_below(Term(a), Term(b.value))
    if isinstance(a, ast.Call) and a.function in RAISES:
        source = a.arguments[0] if a.function == "highest" and a.arguments else ast.Price("high")
        return b == source or never_below(Term(source), Term(b))
    if isinstance(b, ast.Call) and b.function in LOWERS:
        source = b.arguments[0] if b.function == "lowest" and b.arguments else ast.Price("low")
        return a == source or never_below(Term(a), Term(source))
    return False
