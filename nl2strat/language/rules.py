"""The rules of a program: each clause has the unit it needs, needs what it builds on, and can happen."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from nl2strat.language import ast
from nl2strat.language.inference import check_clock, condition, value
from nl2strat.language.intervals import Reasoner
from nl2strat.language.judge import judge
from nl2strat.language.scope import LONGEST, Scope, Where
from nl2strat.language.unlikely import doubt_distance
from nl2strat.language.zones import zone_problem


class RuleChecker:
    """Checks the rules of one program; problems go to the scope."""

    def __init__(self, program: ast.Program, scope: Scope, reasoner: Reasoner) -> None:
        self.program, self.scope, self.reasoner = program, scope, reasoner
        self.entries = [rule for rule in program.rules if isinstance(rule, ast.Entry)]
        self.once: set[type[ast.Node]] = set()

    def check(self, rule: ast.Rule) -> None:
        checks: dict[type[ast.Node], Callable[[Any], None]] = {
            ast.Entry: self._entry,
            ast.Exit: self._exit,
            ast.Trade: self._trade,
            ast.CloseAt: self._close_at,
            ast.DailyLimit: lambda r: self._once(r, "limit", r.trades, "the trades per day"),
            ast.Pyramid: lambda r: self._once(r, "pyramid", r.entries, "the number of entries"),
            ast.NoReversal: lambda r: self._once(r, "no reversal"),
        }
        checks[type(rule)](rule)

    # --------------------------------------------------------------- exits, times

    def _condition(self, expr: ast.Expr, where: Where) -> None:
        before = len(self.scope.problems)
        condition(expr, self.scope, where)
        if len(self.scope.problems) == before:
            judge(expr, self.scope, self.reasoner)

    def _exit(self, rule: ast.Exit) -> None:
        closed = [entry for entry in self.entries if rule.side in (entry.side, "all")]
        stopped = all(entry.stop is not None for entry in closed)
        place = "in an exit, which only happens when one is" if stopped else "for entries without a stop"
        self._condition(rule.when, Where(place, position=True, reward=stopped))

    def _trade(self, rule: ast.Trade) -> None:
        for clock in (rule.start, rule.end):
            if clock is not None:
                check_clock(clock, self.scope)
        if rule.start is not None and rule.start == rule.end:
            self.scope.refuse("V412", rule, "the window ends when it starts", "leave the line out to trade all day")
        self._zone_and_days(rule)

    def _close_at(self, rule: ast.CloseAt) -> None:
        check_clock(rule.clock, self.scope)
        self._zone_and_days(rule)

    def _zone_and_days(self, rule: ast.Trade | ast.CloseAt) -> None:
        if rule.zone is not None and (problem := zone_problem(rule.zone)):
            self.scope.refuse("V413", rule, f'unknown time zone "{rule.zone}"', problem)
        if len(set(rule.days)) < len(rule.days):
            self.scope.refuse("V414", rule, "a weekday is named twice")

    def _once(self, rule: ast.Rule, name: str, count: ast.Count | None = None, wanted: str = "") -> None:
        if type(rule) in self.once:
            self.scope.refuse("R505", rule, f'"{name}" is said twice', "keep one of the lines")
        self.once.add(type(rule))
        if count is not None:
            self.scope.whole(count, wanted, 1, 1000)

    # -------------------------------------------------------------------- entries

    def _entry(self, rule: ast.Entry) -> None:
        for clause in rule.twice:
            message = f'"{clause.replace("_", " ")}" is said twice in this entry'
            self.scope.refuse("R505", rule, message, "keep one of the lines")
        self._condition(rule.when, Where("here", flat=True))
        self._order(rule)
        self._stop_and_target(rule)
        self._takes(rule)
        self._trailing(rule)
        self._size(rule)
        if rule.close_after is not None:
            self.scope.whole(rule.close_after, "the number of bars", 1, LONGEST)

    def _order(self, rule: ast.Entry) -> None:
        if rule.order is not None:
            self._level(rule.order.price, "the price of an order")
            if rule.order.limit is not None:
                self._level(rule.order.limit, "the limit price of an order")
        if rule.valid is not None:
            self.scope.whole(rule.valid, "the number of bars", 1, LONGEST)
            if rule.order is None:
                hint = "place an order with: place stop at PRICE, or place limit at PRICE"
                self.scope.refuse(
                    "R504", rule, '"valid" needs an order that waits, and this one is filled at once', hint
                )

    def _stop_and_target(self, rule: ast.Entry) -> None:
        if isinstance(rule.stop, ast.Offset):
            self._distance(rule.stop.distance, "stop", Where("for the stop itself, which defines it", fill=True), 100)
        if isinstance(rule.target, ast.Offset):
            self._distance(rule.target.distance, "target", self._bracket(rule))
        below, above = ("below", "above") if rule.side == "long" else ("above", "below")
        if isinstance(rule.stop, ast.Level) and self._level(rule.stop.price, "a stop"):
            self._side(rule, rule.stop.price, "stop", below)
        if isinstance(rule.target, ast.Level) and self._level(rule.target.price, "a target"):
            self._side(rule, rule.target.price, "target", above)

    def _bracket(self, rule: ast.Entry) -> Where:
        stopped = rule.stop is not None
        return Where("here" if stopped else "in an entry without a stop", reward=stopped, fill=True)

    def _side(self, rule: ast.Entry, level: ast.Expr, name: str, side: str) -> None:
        """Refuses a stop or target that lies on the wrong side of the entry whatever the bars do."""
        entered = rule.order.limit or rule.order.price if rule.order else ast.Price("close")
        gap = self.reasoner.bounds(ast.Arithmetic("-", level, entered))
        if (gap.low >= 0) if side == "below" else (gap.high <= 0):
            message = f"the {name} of a {rule.side} must lie {side} the price of its entry, and this never does"
            self.scope.refuse("R506", level, message)

    def _takes(self, rule: ast.Entry) -> None:
        total = Decimal(0)
        for take in rule.takes:
            self.scope.between(take.share, "a share", 0, 100, above=True)
            total += self._default(take.share)
            if isinstance(take.bracket, ast.Offset):
                self._distance(take.bracket.distance, "take", self._bracket(rule))
            elif self._level(take.bracket.price, "a partial target"):
                self._side(rule, take.bracket.price, "partial target", "above" if rule.side == "long" else "below")
        if total > 100:
            self.scope.refuse("R503", rule.takes[-1], f"the shares taken add up to {total:f}%, more than the position")

    def _default(self, share: ast.Count) -> Decimal:
        if isinstance(share, ast.Number):
            return share.value
        return self.scope.inputs[share.id].default if share.id in self.scope.inputs else Decimal(0)

    def _trailing(self, rule: ast.Entry) -> None:
        where = self._bracket(rule)
        if rule.trail is not None:
            self._distance(rule.trail.distance, "trail", where, 100)
            if rule.trail.after is not None:
                self._distance(rule.trail.after, "trail ... after", where)
        if rule.breakeven is not None:
            after, plus = rule.breakeven.after, rule.breakeven.plus
            clean = self._distance(after, "breakeven after", where)
            if plus is not None and self._distance(plus, "breakeven ... plus", where) and clean:
                gap = self.reasoner.bounds(ast.Arithmetic("-", after, plus))
                if gap.high <= 0:
                    message = "the stop would move to where the price is, or beyond"
                    self.scope.refuse("R507", plus, message, "what follows plus must be less than what follows after")

    def _size(self, rule: ast.Entry) -> None:
        match rule.size:
            case ast.Lots(lots):
                self.scope.between(lots, "the lots", 0, 10_000, above=True)
            case ast.Share(percent, _):
                self.scope.between(percent, "the percent", 0, 10_000, above=True)
            case ast.Risk(percent, _):
                self.scope.between(percent, "the percent at risk", 0, 100, above=True)
                if isinstance(percent, ast.Number) and percent.value > 10:
                    message = f"{percent.value:f}% at risk in one trade: ten losses in a row leave little"
                    self.scope.warn("W906", rule.size, message)
            case ast.RiskMoney(amount):
                self.scope.between(amount, "the money at risk", 0, 10**9, above=True)
        if isinstance(rule.size, (ast.Risk, ast.RiskMoney)) and rule.stop is None:
            hint = "add a stop, for example: stop 2 * atr(14)"
            if rule.trail is not None:
                hint = "add a stop next to the trail; it may be the same distance"
            self.scope.refuse("R501", rule.size, "risk is counted to the stop, and this entry has none", hint)

    # ----------------------------------------------------------- levels, distances

    def _level(self, expr: ast.Expr, what: str) -> bool:
        """Refuses what is not a price; says whether it is one."""
        before = len(self.scope.problems)
        found = value(expr, self.scope, Where("in a price level"))
        if found.kind != "unknown" and not found.is_price and not found.is_plain:
            hint = "write a price: close - 20 pips, lowest(low, 10)"
            if found.is_distance:
                hint = "leave out at to give it as a distance, or write a price: close - 20 pips"
            self.scope.refuse("T307", expr, f"{what} must be a price, and this is {found.a_name}", hint)
        elif found.is_plain and self.reasoner.bounds(expr).high <= 0:
            self.scope.refuse("V411", expr, f"{what} must be above zero")
        return len(self.scope.problems) == before

    def _distance(self, expr: ast.Expr, clause: str, where: Where, percent: float = 10_000) -> bool:
        """Refuses what is not a price distance above zero; says whether it is one."""
        before = len(self.scope.problems)
        found = value(expr, self.scope, where)
        if found.kind != "unknown" and not found.is_distance and not found.is_plain:
            self.scope.refuse(
                "T307",
                expr,
                f'"{clause}" needs a price distance, and this is {found.a_name}',
                _hint(clause, found.name),
            )
        elif self.reasoner.bounds(expr).high <= 0:
            self.scope.refuse("V411", expr, f'the distance of "{clause}" must be above zero')
        elif found.is_plain:
            doubt_distance(expr, found, self.scope)
        for node in ast.walk(expr):
            if isinstance(node, ast.Quantity) and len(self.scope.problems) == before:
                limit = percent if node.unit == "%" else 1_000_000
                self.scope.between(node.amount, f"what {clause} is given", 0, limit, above=True)
        return len(self.scope.problems) == before


def _hint(clause: str, name: str) -> str:
    if name == "price" and clause in ("stop", "target", "take"):
        return f"put at before a price: {clause} at PRICE"
    if name == "ratio":
        return f"write the percent in the clause itself: {clause} 2%"
    return "for example 30 pips, 1% or 2 * atr(14)"
