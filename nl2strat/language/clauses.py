"""The clauses of an entry: each has the unit it needs, needs what it builds on, and can happen."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.intervals import Reasoner
from nl2strat.language.leaves import check_clock
from nl2strat.language.measures import Measures
from nl2strat.language.pips import prices_of
from nl2strat.language.scaling import check_add, check_scale
from nl2strat.language.scope import LONGEST, Scope, Where
from nl2strat.language.zones import zone_problem


class Clauses:
    """Checks the clauses of the entries of one program."""

    def __init__(self, program: ast.Program, scope: Scope, reasoner: Reasoner) -> None:
        self.program, self.scope, self.reasoner = program, scope, reasoner
        self.measures = Measures(scope, reasoner)

    def check(self, rule: ast.Entry) -> None:
        """Everything of an entry but its condition."""
        for clause in rule.twice:
            message = f'"{clause.replace("_", " ")}" is said twice in this entry'
            self.scope.refuse("R505", rule, message, "keep one of the lines")
        with prices_of(self.scope, rule.symbol):
            self._order(rule)
            self._stop_and_target(rule)
            self._target_steps(rule)
            self._takes(rule)
            self._trailing(rule)
            self._locks(rule)
            check_add(rule, self.program, self.measures, self._bracket(rule))
        self._size(rule)
        check_scale(rule, self.measures)
        if rule.close_after is not None:
            self.scope.whole(rule.close_after, "the number of bars", 1, LONGEST)

    # ----------------------------------------------------------------- the order

    def _order(self, rule: ast.Entry) -> None:
        if rule.order is not None:
            self.measures.level(rule.order.price, "the price of an order")
            if rule.order.limit is not None:
                self.measures.level(rule.order.limit, "the limit price of an order")
        if rule.valid is not None:
            self.scope.whole(rule.valid, "the number of bars", 1, LONGEST)
        if rule.valid_until is not None:
            check_clock(rule.valid_until.clock, self.scope)
            if rule.valid_until.zone is not None and (problem := zone_problem(rule.valid_until.zone)):
                message = f'unknown time zone "{rule.valid_until.zone}"'
                self.scope.refuse("V413", rule.valid_until, message, problem)
        if rule.order is None and (rule.valid is not None or rule.valid_until is not None):
            hint = "place an order with: place stop at PRICE, or place limit at PRICE"
            self.scope.refuse("R504", rule, '"valid" needs an order that waits, and this one is filled at once', hint)

    # ------------------------------------------------------------ stop and targets

    def _stop_and_target(self, rule: ast.Entry) -> None:
        measures = self.measures
        if isinstance(rule.stop, ast.Offset):
            where = Where("for the stop itself, which defines it", fill=True)
            measures.distance(rule.stop.distance, "stop", where, 100)
        if isinstance(rule.target, ast.Offset):
            measures.distance(rule.target.distance, "target", self._bracket(rule))
        below, above = ("below", "above") if rule.side == "long" else ("above", "below")
        if isinstance(rule.stop, ast.Level) and measures.level(rule.stop.price, "a stop"):
            self._side(rule, rule.stop.price, "stop", below)
        if isinstance(rule.target, ast.Level) and measures.level(rule.target.price, "a target"):
            self._side(rule, rule.target.price, "target", above)

    def _bracket(self, rule: ast.Entry) -> Where:
        stopped = rule.stop is not None
        return Where("here" if stopped else "in an entry without a stop", reward=stopped, fill=True)

    def _side(self, rule: ast.Entry, level: ast.Expr, name: str, side: str) -> None:
        """Refuses a stop or target that lies on the wrong side of the entry whatever the bars do."""
        entered: ast.Expr = ast.Price("close")
        if rule.symbol is not None:
            entered = ast.OfSymbol(entered, rule.symbol)
        if rule.order is not None and name != "trailing stop":
            entered = rule.order.limit or rule.order.price
        gap = self.reasoner.bounds(ast.Arithmetic("-", level, entered))
        if (gap.low >= 0) if side == "below" else (gap.high <= 0):
            message = f"the {name} of a {rule.side} must lie {side} the price of its entry, and this never does"
            if name == "trailing stop":
                message = f"the {name} of a {rule.side} must lie {side} the price, and this never does"
            self.scope.refuse("R506", level, message)

    def _target_steps(self, rule: ast.Entry) -> None:
        for step in rule.target_steps:
            self.scope.whole(step.bars, "the number of bars", 1, LONGEST)
            if isinstance(step.bracket, ast.Offset):
                self.measures.distance(step.bracket.distance, "target", self._bracket(rule), signed=True)
            else:
                self.measures.level(step.bracket.price, "a target")
        ages = [self.measures.default(step.bars) for step in rule.target_steps]
        for before, after, step in zip(ages, ages[1:], rule.target_steps[1:], strict=False):
            if after <= before:
                message = f"this target takes over after {after:f} bars, no later than the one above it"
                self.scope.refuse("V419", step, message, "write the steps in the order of their bars")
        if rule.close_after is not None and ages and ages[-1] >= self.measures.default(rule.close_after) > 0:
            message = "the position is closed before this target takes over"
            self.scope.warn("W908", rule.target_steps[-1], message, "close later, or take the step out")

    def _takes(self, rule: ast.Entry) -> None:
        for take in rule.takes:
            self.measures.part(take)
            if isinstance(take.bracket, ast.Offset):
                self.measures.distance(take.bracket.distance, "take", self._bracket(rule))
            elif self.measures.level(take.bracket.price, "a partial target"):
                self._side(rule, take.bracket.price, "partial target", "above" if rule.side == "long" else "below")
        total = sum(self.measures.default(take.share) for take in rule.takes if not take.lots)
        if total > 100 and len(rule.takes) > 1:
            self.scope.refuse("R503", rule.takes[-1], f"the shares taken add up to {total:f}%, more than the position")
        lots = sum(self.measures.default(take.share) for take in rule.takes if take.lots)
        sized = isinstance(rule.size, ast.Lots) and rule.scale is None
        if lots > 0 and sized and lots > self.measures.default(rule.size.lots):  # type: ignore[union-attr]
            message = f"the parts taken add up to {lots:f} lots, more than the position"
            self.scope.refuse("R503", rule.takes[-1], message)

    # ------------------------------------------------------------------ trailing

    def _trailing(self, rule: ast.Entry) -> None:
        where = self._bracket(rule)
        if rule.trail is not None:
            self.measures.distance(rule.trail.distance, "trail", where, 100)
            if rule.trail.after is not None:
                self.measures.distance(rule.trail.after, "trail ... after", where)
        if rule.trail_line is not None:
            if self.measures.level(rule.trail_line.price, "a trailing stop"):
                self._side(rule, rule.trail_line.price, "trailing stop", "below" if rule.side == "long" else "above")
            if rule.trail_line.after is not None:
                self.measures.distance(rule.trail_line.after, "trail ... after", where)
        if rule.breakeven is not None:
            after, plus = rule.breakeven.after, rule.breakeven.plus
            clean = self.measures.distance(after, "breakeven after", where)
            if plus is not None and self.measures.distance(plus, "breakeven ... plus", where) and clean:
                self._less(plus, after, "what follows plus must be less than what follows after")

    def _locks(self, rule: ast.Entry) -> None:
        where = self._bracket(rule)
        for lock in rule.locks:
            clean = self.measures.distance(lock.after, "lock ... after", where)
            if self.measures.distance(lock.profit, "lock", where) and clean:
                self._less(lock.profit, lock.after, "what is locked must be less than what follows after")

    def _less(self, secured: ast.Expr, reached: ast.Expr, hint: str) -> None:
        """Refuses a stop that would move to where the price is when it moves, or beyond."""
        if self.reasoner.bounds(ast.Arithmetic("-", reached, secured)).high <= 0:
            self.scope.refuse("R507", secured, "the stop would move to where the price is, or beyond", hint)

    # ---------------------------------------------------------------------- size

    def _size(self, rule: ast.Entry) -> None:
        match rule.size:
            case ast.Lots(lots):
                self.measures.lots(lots)
            case ast.Share(percent, _):
                self.scope.between(percent, "the percent", 0, 10_000, above=True)
            case ast.Money(amount):
                self.measures.money(amount, "the money")
            case ast.Risk(percent, _):
                self.scope.between(percent, "the percent at risk", 0, 100, above=True)
                if isinstance(percent, ast.Number) and percent.value > 10:
                    message = f"{percent.value:f}% at risk in one trade: ten losses in a row leave little"
                    self.scope.warn("W906", rule.size, message)
            case ast.RiskMoney(amount):
                self.measures.money(amount, "the money at risk")
        if isinstance(rule.size, (ast.Risk, ast.RiskMoney)) and rule.stop is None:
            hint = "add a stop, for example: stop 2 * atr(14)"
            if rule.trail is not None or rule.trail_line is not None:
                hint = "add a stop next to the trail; it may be the same distance"
            self.scope.refuse("R501", rule.size, "risk is counted to the stop, and this entry has none", hint)
