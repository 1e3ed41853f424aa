"""What the close of a bar does to open positions: stops that move, targets that step; and how a part is closed."""

from __future__ import annotations

from decimal import Decimal

from nl2strat.language import ast

from .bars import above, at_least
from .books import Books, Position
from .inside import Inside
from .plans import Planner, down_to, quote


class Closes(Inside):
    def at_close(self, j: int) -> None:
        """Rule 12: break-even, locks, trailing, lines, target steps; they act from the next bar on."""
        self.bid = self.bars.close[j]
        for p in self.positions:
            reached = quote(self.bars, j, self.bars.high if p.sign > 0 else self.bars.low, -p.sign)
            p.extreme = reached if p.extreme is None else p.sign * max(p.sign * p.extreme, p.sign * reached)
            profit = p.sign * (p.extreme - p.entry)
            self.lock(p, profit, p.plan.breakeven)
            if p.plan.trail is not None and (p.plan.trail_after is None or at_least(profit, p.plan.trail_after)):
                self.move(p, p.extreme - p.sign * p.plan.trail, "trailing")
            self.lock(p, profit, p.plan.locks)
            if p.rule.trail_line and (p.plan.line_after is None or at_least(profit, p.plan.line_after)):
                self.follow(p, p.rule.trail_line.price)
            self.step(p, j)

    def lock(self, position: Position, profit: float, levels: list[tuple[float, float]]) -> None:
        for after, to in levels:
            if at_least(profit, after):
                self.move(position, position.entry + position.sign * to, "breakeven")

    def move(self, position: Position, level: float, by: str) -> None:
        """A stop never moves back."""
        level = Planner(self.values, self.spec).tick(level)
        if position.sl is None or above(position.sign * level, position.sign * position.sl):
            position.sl, position.moved_by = level, by

    def follow(self, position: Position, line: ast.Expr) -> None:
        """`trail at PRICE`: where the line is at this close."""
        value = self.at_now(position, line)
        if value is not None:
            self.move(position, value, "trailing")

    def at_now(self, position: Position, expr: ast.Expr) -> float | None:
        """A price on the bars that decide, as of the close of this symbol's bar."""
        bars = position.decider.bars
        i = self.j if position.decider is self else bars.last_ended(self.bars.ends(self.j))
        return None if i is None else position.decider.values.at(expr, i)  # type: ignore[return-value]

    def step(self, position: Position, j: int) -> None:
        """`target BRACKET after N bars`: the latest step reached holds, for the part that no `take` claims."""
        age = j - position.bar + 1
        reached = sum(age >= bars for bars, _ in position.plan.steps)
        if reached <= position.step or not position.is_rest:
            return
        position.step = reached
        _, where = position.plan.steps[reached - 1]
        price = position.entry + position.sign * where if isinstance(where, float) else self.at_now(position, where)
        if price is not None:
            position.tp, position.target_is_new = Planner(self.values, self.spec).tick(price), True

    def close_before(self, sign: int) -> float:
        """What a buy or a sell would have paid at the last close before this tick."""
        now = self.bars.time[self.j] == self.time
        return quote(self.bars, self.j - 1 if now else self.j, self.bars.close, sign)

    def reduce(self, position: Position, rule: ast.Reduce, decider: Books) -> None:
        """A share of what is open of it now; what would be too small to stay goes with it."""
        amount = Decimal(str(decider.values.number(rule.share)))
        wanted = min(position.volume, amount if rule.lots else position.volume * amount / 100)
        part, least = down_to(wanted, Decimal(self.spec.step)), Decimal(self.spec.minimum)
        if part < least:
            return
        self.close_now(position, "signal", position.volume if position.volume - part < least else part)
