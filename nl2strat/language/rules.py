"""The rules of a program beside its entries' clauses: exits, times, and the limits on its trading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from nl2strat.language import ast
from nl2strat.language.clauses import Clauses
from nl2strat.language.inference import condition
from nl2strat.language.intervals import Reasoner
from nl2strat.language.judge import judge
from nl2strat.language.leaves import check_clock
from nl2strat.language.measures import Measures
from nl2strat.language.scope import LONGEST, Scope, Where
from nl2strat.language.zones import zone_problem

TIMED = ast.Trade | ast.CloseAt | ast.CancelAt


class RuleChecker:
    """Checks the rules of one program; problems go to the scope."""

    def __init__(self, program: ast.Program, scope: Scope, reasoner: Reasoner) -> None:
        self.program, self.scope, self.reasoner = program, scope, reasoner
        self.entries = [rule for rule in program.rules if isinstance(rule, ast.Entry)]
        self.measures = Measures(scope, reasoner)
        self.clauses = Clauses(program, scope, reasoner)
        self.said: set[str] = set()

    def check(self, rule: ast.Rule) -> None:
        checks: dict[type[ast.Node], Callable[[Any], None]] = {
            ast.Entry: self._entry,
            ast.Exit: self._exit,
            ast.Reduce: self._reduce,
            ast.Alert: self._alert,
            ast.Trade: self._trade,
            ast.Dates: self._dates,
            ast.Only: lambda r: self._once(r, "only"),
            ast.CloseAt: self._timed,
            ast.CancelAt: self._timed,
            ast.CancelWhen: lambda r: self._condition(r.when, Where("here", flat=True, account=True)),
            ast.DailyLimit: lambda r: self._once(r, "limit", r.trades, "the trades per day"),
            ast.DailyCap: self._daily_cap,
            ast.SpreadCap: self._spread_cap,
            ast.VolumeCap: self._volume_cap,
            ast.Wait: self._wait,
            ast.Skip: lambda r: self._once(r, f"skip after {r.result}", r.entries, "the entries skipped"),
            ast.Pyramid: lambda r: self._once(r, "pyramid", r.entries, "the number of entries"),
            ast.NoReversal: lambda r: self._once(r, "no reversal"),
            ast.Hedging: lambda r: self._once(r, "allow hedging"),
            ast.OneCancelsOther: lambda r: self._once(r, "one cancels other"),
        }
        checks[type(rule)](rule)

    # --------------------------------------------------- entries, exits, reductions

    def _condition(self, expr: ast.Expr, where: Where) -> None:
        before = len(self.scope.problems)
        condition(expr, self.scope, where)
        if len(self.scope.problems) == before:
            judge(expr, self.scope, self.reasoner)

    def _entry(self, rule: ast.Entry) -> None:
        self._condition(rule.when, Where("here", flat=True, account=True))
        self.clauses.check(rule)

    def _exit(self, rule: ast.Exit | ast.Reduce) -> None:
        closed = [e for e in self.entries if rule.side in (e.side, "all") and e.symbol == rule.symbol]
        stopped = all(entry.stop is not None for entry in closed)
        place = "in an exit, which only happens when one is" if stopped else "for entries without a stop"
        self._condition(rule.when, Where(place, position=True, account=True, reward=stopped))

    def _reduce(self, rule: ast.Reduce) -> None:
        self._exit(rule)
        self.measures.part(rule)

    def _alert(self, rule: ast.Alert) -> None:
        if not rule.text.strip():
            self.scope.refuse("V415", rule, "an alert needs a text", 'write: alert "What happened" when CONDITION')
        self._condition(rule.when, Where("here", flat=True, account=True))

    # ---------------------------------------------------------------------- times

    def _trade(self, rule: ast.Trade) -> None:
        for clock in (rule.start, rule.end):
            if clock is not None:
                check_clock(clock, self.scope)
        if rule.start is not None and rule.start == rule.end:
            self.scope.refuse("V412", rule, "the window ends when it starts", "leave the line out to trade all day")
        self._zone_and_days(rule)

    def _timed(self, rule: ast.CloseAt | ast.CancelAt) -> None:
        check_clock(rule.clock, self.scope)
        self._zone_and_days(rule)

    def _zone_and_days(self, rule: TIMED) -> None:
        if rule.zone is not None and (problem := zone_problem(rule.zone)):
            self.scope.refuse("V413", rule, f'unknown time zone "{rule.zone}"', problem)
        if len(set(rule.days)) < len(rule.days):
            self.scope.refuse("V414", rule, "a weekday is named twice")

    def _dates(self, rule: ast.Dates) -> None:
        days = [self._date(text, rule) for text in (rule.first, rule.last)]
        first, last = days
        if first is not None and last is not None and first > last:
            self.scope.refuse("V418", rule, f"{rule.first} is after {rule.last}", "write the earlier date first")

    def _date(self, text: str | None, rule: ast.Dates) -> date | None:
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            message = f"there is no day {text}"
            self.scope.refuse("V418", rule, message, "dates are written year-month-day: 2024-01-31")
            return None

    # --------------------------------------------------------------------- limits

    def _once(self, rule: ast.Rule, name: str, count: ast.Count | None = None, wanted: str = "") -> None:
        if name in self.said:
            self.scope.refuse("R505", rule, f'"{name}" is said twice', "keep one of the lines")
        self.said.add(name)
        if count is not None:
            self.scope.whole(count, wanted, 1, 1000)

    def _daily_cap(self, rule: ast.DailyCap) -> None:
        self._once(rule, f"daily {rule.tally}")
        if rule.percent:
            self.scope.between(rule.amount, "the percent", 0, 100 if rule.tally == "loss" else 10_000, above=True)
        else:
            self.measures.money(rule.amount, "the money")

    def _spread_cap(self, rule: ast.SpreadCap) -> None:
        self._once(rule, "spread at most")
        for node in ast.walk(rule.distance):
            if isinstance(node, ast.Quantity) and node.unit == "%":
                message = "a spread is not counted in percent"
                self.scope.refuse("T307", node, message, "for example 2 pips, 20 points or 0.1 * atr(14)")
                return
        self.measures.distance(rule.distance, "spread at most", Where("for the spread"))

    def _volume_cap(self, rule: ast.VolumeCap) -> None:
        self._once(rule, "volume at most")
        self.measures.lots(rule.lots)

    def _wait(self, rule: ast.Wait) -> None:
        self._once(rule, f"wait after {rule.event}")
        self.scope.whole(rule.bars, "the number of bars", 1, LONGEST)
