"""The clauses of an entry that are carried out after its order is sent, as arguments of `self.manage`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from mas.dataclass import dataclass
from nl2strat.codegen.code import Atom, Call, Code, Infix, Prefix, Row, literal
from nl2strat.codegen.policy import Policy, daily
from nl2strat.codegen.position import Scalars
from nl2strat.codegen.scope import Kind, Scope, refuse
from nl2strat.language import ast


@dataclass
class Plan:
    """The arguments of `self.manage` in order, those that are used."""

    items: list[tuple[str, Code]] = field(default_factory=list)

    def add(self, key: str, value: Code | None) -> None:
        if value is not None:
            self.items.append((key, value))

    @property
    def codes(self) -> list[Code]:
        return [code for _, code in self.items]


class Clauses:
    """Writes the plan of one entry rule."""

    def __init__(self, rule: ast.Entry, name: str, scope: Scope, scalars: Scalars, policy: Policy) -> None:
        self.rule = rule
        self.name = name
        self.scope = scope
        self.scalars = scalars
        self.policy = policy

    def plan(self, target_distance: Code | None) -> Plan:
        """Args: target_distance: what a waiting order's target keeps from the fill."""
        rule, plan = self.rule, Plan()
        if rule.takes:
            plan.add("group", Atom(literal(self.name)))
        if rule.order is not None:
            self._waiting(plan, target_distance)
        plan.add("target_steps", Atom("steps") if rule.takes and rule.target_steps else self.target_steps())
        self._stops(plan)
        if rule.close_after is not None:
            plan.add("close_after", self.scope.count(rule.close_after))
        if self.policy.close_at:
            plan.add("close_at", Atom("close_at"))
        if rule.add is not None:
            self._add(plan, rule.add)
        return plan

    def _add(self, plan: Plan, add: ast.Add) -> None:
        """Further orders of the entry; a target that is a distance is measured from the average of all fills."""
        if self.policy.cancel_at and self.rule.order is None:
            plan.add("cancel_at", Atom("cancel_at"))
        arguments = [self.scope.count(add.times), self._planned(add.every), Atom(literal(add.way))]
        keywords = ["every", "way"]
        if add.factor is not None:
            arguments.append(self.scope.count(add.factor))
            keywords.append("factor")
        plan.add("add", Call(self.uses("Adds"), tuple(arguments), tuple(keywords)))
        if isinstance(self.rule.target, ast.Offset):
            plan.add("average_target", self._planned(self.rule.target.distance))

    def _waiting(self, plan: Plan, target_distance: Code | None) -> None:
        """What a waiting order needs: how long it waits, and distances to set again from the real fill."""
        rule = self.rule
        if isinstance(rule.stop, ast.Offset):
            plan.add("stop_distance", self.at_fill(rule.stop.distance) or Atom("risk"))
        elif rule.stop is None and rule.trail is not None and rule.trail.after is None:
            plan.add("stop_distance", self.at_fill(rule.trail.distance) or Atom("risk"))
        plan.add("target_distance", target_distance)
        if rule.valid is not None:
            plan.add("valid_bars", self.scope.count(rule.valid))
        if rule.valid_until is not None:
            self.uses("clock")
            plan.add("valid_until", Row((daily(rule.valid_until.clock, rule.valid_until.zone),)))
        plan.add("replaces", Atom(literal(self.name)))
        if self.policy.reversal:
            plan.add("reverses", Atom("True"))
        if self.policy.cancel_at:
            plan.add("cancel_at", Atom("cancel_at"))
        if self.policy.one_cancels_other:
            plan.add("one_cancels_other", Atom("True"))

    def target_steps(self) -> Row | None:
        """Where the target is from which age on: for the part of the entry that no `take` claims."""
        steps = [Row((self.scope.count(step.bars), self._stepped(step.bracket))) for step in self.rule.target_steps]
        return Row(tuple(steps)) if steps else None

    def _stepped(self, bracket: ast.Bracket) -> Code:
        if isinstance(bracket, ast.Level):
            return self._followed(bracket.price)
        return self._planned(bracket.distance)

    def _stops(self, plan: Plan) -> None:
        """What moves the stop."""
        rule = self.rule
        if rule.trail is not None:
            plan.add("trail", self._planned(rule.trail.distance))
            plan.add("trail_after", self._planned_if(rule.trail.after))
        if rule.trail_line is not None:
            plan.add("trail_line", self._followed(rule.trail_line.price))
            plan.add("trail_line_after", self._planned_if(rule.trail_line.after))
        if rule.breakeven is not None:
            plan.add("break_even_after", self._planned(rule.breakeven.after))
            plan.add("break_even_plus", self._planned_if(rule.breakeven.plus))
        locks = [Row((self._planned(lock.profit), self._planned(lock.after))) for lock in rule.locks]
        plan.add("locks", Row(tuple(locks)) if locks else None)

    def _followed(self, price: ast.Expr) -> Code:
        """The name of a price that is looked up at each bar close, or the price itself where it is fixed."""
        kind = self.scope.kind(price)
        if kind is Kind.POSITION:
            raise refuse(price, "a price that is followed cannot depend on the position; use a distance")
        if kind is Kind.CONSTANT:
            return self.scalars.number(price)
        return Atom(literal(self.scalars.signals.value(price)))

    # ---------------------------------------------------------------- distances

    def _planned_if(self, expr: ast.Expr | None) -> Code | None:
        return None if expr is None else self._planned(expr)

    def _planned(self, expr: ast.Expr) -> Code:
        return self.at_fill(expr) or self.scalars.number(expr, percent_of="entry")

    def target_distance(self, target: Code | None, bracket: ast.Bracket | None) -> Code | None:
        """The distance that a waiting order's target keeps from the real fill; None for a target at a price."""
        if self.rule.order is None or target is None or not isinstance(bracket, ast.Offset):
            return None
        ends = (target, Atom("entry")) if self.rule.side == "long" else (Atom("entry"), target)
        return self.at_fill(bracket.distance) or Infix("-", ends)

    def at_fill(self, distance: ast.Expr) -> Code | None:
        """`Percent(1)`, `R(2)`: what a waiting order only knows once it has filled; None for any other distance."""
        if self.rule.order is None:
            return None
        expanded = self.scope.expanded(distance)
        units = {node.unit for node in ast.walk(expanded) if isinstance(node, ast.Quantity)}
        if not (units & {"%", "R"} if self._risk_varies() else units & {"%"}):
            return None
        negative = isinstance(expanded, ast.Minus) and isinstance(expanded.value, ast.Quantity)
        quantity = expanded.value if negative else expanded  # type: ignore[union-attr]
        if not isinstance(quantity, ast.Quantity):
            raise refuse(distance, "with a waiting order, write % or R alone: how much it is depends on the fill")
        amount = self.scope.count(quantity.amount)
        unit = self.uses("Percent" if quantity.unit == "%" else "R")
        return Call(unit, (Prefix("-", amount) if negative else amount,))

    def _risk_varies(self) -> bool:
        """Whether 1R depends on where a waiting order fills: the stop is at a price, or a percent of the fill."""
        stop = self.rule.stop
        if stop is None and self.rule.trail is not None:
            stop = ast.Offset(self.rule.trail.distance)
        distance = self.scope.expanded(stop.distance) if isinstance(stop, ast.Offset) else None
        return isinstance(stop, ast.Level) or (isinstance(distance, ast.Quantity) and distance.unit == "%")

    def uses(self, name: str) -> str:
        """A name to be imported from mas."""
        self.scalars.imports.add(name)
        return name


def times_of(rules: Sequence[ast.CloseAt | ast.CancelAt]) -> Sequence[str]:
    """The daily times of a program's rules, each as a row."""
    return [daily(rule.clock, rule.zone, rule.days).text for rule in rules]
