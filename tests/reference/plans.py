"""What an entry is to be: its levels, parts, steps and adds, as known once the fill price is (rule 8)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from nl2strat.language import ast

from .bars import History, Symbol, at_least, at_most
from .evaluate import About, Evaluator


@dataclass
class Plan:
    """The levels and distances of an entry, in price."""

    sl: float | None
    takes: list[tuple[ast.Take, Decimal, float]]
    """What is taken: lots, or a share of the whole; and where."""
    target: float | None
    risk: float | None
    rest: bool = True
    """Whether the takes leave anything."""
    target_distance: float | None = None
    trail: float | None = None
    trail_after: float | None = None
    line_after: float | None = None
    breakeven: list[tuple[float, float]] = field(default_factory=list)
    locks: list[tuple[float, float]] = field(default_factory=list)
    """(from which profit on, to which profit the stop moves), as `breakeven`."""
    steps: list[tuple[int, float | ast.Expr]] = field(default_factory=list)
    """(from which age on, the distance of the target or the price it is taken from)."""
    every: float | None = None


class Refused(Exception):
    """The retcode MetaTrader 5 gives."""


class Planner:
    """Makes plans: values come from the bars that decide, ticks and pips from the symbol that is traded."""

    def __init__(self, values: Evaluator, spec: Symbol) -> None:
        self.values = values
        self.spec = spec

    def value(self, expr: ast.Expr, i: int, about: About | None = None) -> float:
        result = self.values.at(expr, i, replace(about or About(), units=self.spec))
        assert result is not None
        return float(result)

    def tick(self, price: float) -> float:
        """Rule 8: the nearest tick, half-ticks away from zero."""
        size = Decimal(repr(self.spec.tick))
        steps = (Decimal(repr(round(price, 10))) / size).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return float(steps * size)

    def plan(self, rule: ast.Entry, i: int, fill: float) -> Plan:
        """Rule 8: distances from the fill price with the indicator values of signal bar i."""
        sign = sign_of(rule)
        about = About(percent_of=fill)

        def level(part: ast.Bracket, direction: int) -> float:
            if isinstance(part, ast.Level):
                return self.tick(self.value(part.price, i))
            return self.tick(fill + direction * self.value(part.distance, i, about))

        def distance(expr: ast.Expr) -> float:
            return self.value(expr, i, about)

        def perhaps(expr: ast.Expr | None) -> float | None:
            return None if expr is None else distance(expr)

        sl = level(rule.stop, -sign) if rule.stop is not None else None
        if rule.stop is None and rule.trail and rule.trail.after is None:  # rule 12
            sl = self.tick(fill - sign * distance(rule.trail.distance))
        about = replace(about, risk=sign * (fill - sl) if sl is not None else None)
        takes = [(take, amount(self.values, take), level(take.bracket, sign)) for take in rule.takes]
        plan = Plan(sl, takes, level(rule.target, sign) if rule.target is not None else None, about.risk)
        plan.rest = sum(share for take, share, _ in takes if not take.lots) < 1
        if isinstance(rule.target, ast.Offset):
            plan.target_distance = distance(rule.target.distance)
        if rule.trail:
            plan.trail, plan.trail_after = distance(rule.trail.distance), perhaps(rule.trail.after)
        if rule.trail_line:
            plan.line_after = perhaps(rule.trail_line.after)
        if rule.breakeven:
            plan.breakeven.append((distance(rule.breakeven.after), perhaps(rule.breakeven.plus) or 0.0))
        plan.locks += [(distance(lock.after), distance(lock.profit)) for lock in rule.locks]
        for step in rule.target_steps:
            where = distance(step.bracket.distance) if isinstance(step.bracket, ast.Offset) else step.bracket.price
            plan.steps.append((int(self.values.number(step.bars)), where))
        if rule.add:
            plan.every = distance(rule.add.every)
        return plan

    def known(self, rule: ast.Entry, i: int) -> bool:
        """Rule 2 for orders: an entry needs its stop, target and sizes just as its condition."""
        brackets = [rule.stop, *(take.bracket for take in rule.takes)]
        if sum(amount(self.values, take) for take in rule.takes if not take.lots) < 1:
            brackets.append(rule.target)  # else nothing is left for it
        brackets += [step.bracket for step in rule.target_steps if isinstance(step.bracket, ast.Offset)]
        needed = [p.distance if isinstance(p, ast.Offset) else p.price for p in brackets if p is not None]
        for lock in rule.locks:
            needed += [lock.profit, lock.after]
        if rule.trail:
            needed += [rule.trail.distance, rule.trail.after]
        if rule.trail_line:
            needed.append(rule.trail_line.after)
        if rule.breakeven:
            needed += [rule.breakeven.after, rule.breakeven.plus]
        if rule.order:
            needed += [rule.order.price, rule.order.limit]
        if rule.add:
            needed.append(rule.add.every)
        probe = About(risk=1.0, percent_of=1.0)
        return all(self.values.at(e, i, probe) is not None for e in needed if e is not None)

    def parts(self, plan: Plan, volume: Decimal) -> list[tuple[Decimal, float | None, bool]]:
        """Rule 16: (volume, target, whether it is the rest); each part rounded down to the step."""
        left = volume
        cut: list[tuple[Decimal, float | None, bool]] = []
        for take, wanted, tp in plan.takes:
            part = min(left, down_to(wanted if take.lots else volume * wanted, Decimal(self.spec.step)))
            if (take.lots and part < Decimal(self.spec.minimum)) or wanted == 0:
                continue
            left -= part
            cut.append((part, tp, False))
        if plan.rest:
            cut.append((left, plan.target, True))
        else:  # the shares are everything: the last one takes what the others' rounding left
            cut[-1] = (cut[-1][0] + left, cut[-1][1], False)
        return [part for part in cut if part[0] > 0]


def check_sides(plan: Plan, sign: int, price: float) -> None:
    """Rule 8: a stop (or target) below zero, or on the wrong side of the price at which the position would close."""
    if plan.sl is not None and at_least(sign * plan.sl, sign * price):
        raise Refused("10016")
    targets = [tp for _, share, tp in plan.takes if share > 0]
    if plan.rest and plan.target is not None:
        targets.append(plan.target)
    if any(tp < 0 or at_most(sign * tp, sign * price) for tp in targets) or (plan.sl is not None and plan.sl < 0):
        raise Refused("10016")


def amount(values: Evaluator, take: ast.Take) -> Decimal:
    """The lots of a part, or its share of the whole."""
    number = Decimal(str(values.number(take.share)))
    return number if take.lots else number / 100


def sign_of(rule: ast.Entry) -> int:
    return 1 if rule.side == "long" else -1


def down_to(volume: Decimal, step: Decimal) -> Decimal:
    return (volume / step).quantize(Decimal(1), rounding=ROUND_DOWN) * step


def quote(bars: History, j: int, column: list[float], sign: int) -> float:
    """Rule 1: a buy (sign 1) deals at the ask, a sell at the bid."""
    return column[j] + (bars.spread[j] if sign > 0 else 0.0)
