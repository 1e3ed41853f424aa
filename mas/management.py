"""What is done about orders and positions at each bar close, before the strategy speaks (EXECUTION rules 4, 6, 12-15).

`Management` names the next bar close at which one of the plans (`mas.plans`) has work to do, and does it through
ordinary trade requests.
"""

from __future__ import annotations

import math

from mas import fills
from mas.books import Books
from mas.fills import LONG
from mas.plans import Held, Plan, moved_stop
from mas.schedules import Schedule, Schedules
from mas.terminals.simulated.book import Order, Position
from mas.terminals.simulated.terminal import SimulatedTerminal


class Management(Books):
    """Carries out the plans on a simulated terminal."""

    def __init__(self, terminal: SimulatedTerminal) -> None:
        super().__init__(terminal)
        self._schedules = Schedules(terminal.market.bars)

    def next_due(self, bar: int, stop: int) -> int:
        """The first bar close in [bar, stop) at which there is something to do; `stop` if none."""
        if not self.plans:
            return stop
        for held in self.held.values():
            stop = min(stop, self._due(held, bar, stop))
        for order in self.book.orders.values():
            plan = self.plans.get(order.ticket)
            if plan is not None:
                stop = min(stop, self._order_due(order, plan, bar, stop))
        return stop

    def work(self, bar: int) -> None:
        """Do what is due at the close of a bar; the clock stands at the first tick of the next one."""
        if not self.plans:
            return
        for ticket, held in list(self.held.items()):
            reason = self._time_is_up(held, bar) or self._step_target(held, bar) or self._retarget(held)
            if reason:
                self.close(ticket, reason)
            else:
                self._move_stop(ticket, held, bar)
        for held in self.held.values():
            if held.plan.extended is not None:
                held.plan.extended.moved = None
        for order in list(self.book.orders.values()):
            plan = self.plans.get(order.ticket)
            if plan is not None and self._order_due(order, plan, bar, bar + 1) == bar:
                self.remove(order.ticket)

    def close_late(self) -> None:
        """Close what the strategy has left open though the market is already beyond its new stop."""
        if not self.late:
            return
        for ticket, reason in self.late:
            if ticket in self.held:
                self.close(ticket, reason)
        self.late.clear()

    # ------------------------------------------------------------- when something is due

    def _due(self, held: Held, bar: int, stop: int) -> int:
        plan, position = held.plan, held.position
        if plan.close_after is not None:
            stop = min(stop, max(bar, held.aged(plan.close_after)))
        for schedule in plan.close_at:
            stop = min(stop, self._schedules.next(schedule, bar, stop))
        if held.stepped < len(plan.target_steps):
            stop = min(stop, max(bar, held.aged(plan.target_steps[held.stepped].bars)))
        if plan.extended is not None and plan.extended.moved is not None:
            stop = min(stop, max(bar, plan.extended.moved))
        if not held.moves:
            return stop
        if math.isnan(held.extreme) or plan.line is not None:
            return min(stop, max(bar, position.bar))
        begin = max(bar, held.scanned)
        if begin < stop:  # such a stop moves only where the price has gone further than ever since the entry
            quotes = self.market.closing(position.side)
            below, above = (0.0, held.extreme) if position.side == LONG else (held.extreme, 0.0)
            held.scanned = stop = self.market.first_touch(quotes, below, above, begin, stop)
        return stop

    def _order_due(self, order: Order, plan: Plan, bar: int, stop: int) -> int:
        """The first bar close in [bar, stop) at which a waiting order's time is up; `stop` if there is none."""
        if plan.valid_bars is not None:
            stop = min(stop, max(bar, order.bar + plan.valid_bars - 1))
        for schedule in (*plan.valid_until, *plan.cancel_at):
            stop = min(stop, self._schedules.next(schedule, max(bar, order.bar), stop))
        return stop

    def _time_is_up(self, held: Held, bar: int) -> str:
        plan, position = held.plan, held.position
        if plan.close_after is not None and bar >= held.aged(plan.close_after):
            return "time"
        for schedule in plan.close_at:
            if self._schedules.next(schedule, bar, bar + 1) == bar and self._lived_through(schedule, position, bar):
                return "session"
        return ""

    def _lived_through(self, schedule: Schedule, position: Position, bar: int) -> bool:
        """Whether a closing time that has passed by the next open came after the entry.

        Only a position opened between a bar and the next (see `mas.portfolio`) may be younger than that time.
        """
        if position.bar <= bar:
            return True
        return self._schedules.between(schedule, position.opened_at, self.market.times[bar + 1])

    # ------------------------------------------------------------- targets and stops

    def _step_target(self, held: Held, bar: int) -> str:
        """Move the target where its age puts it; "tp" if the market is there already, so that it fills now."""
        steps, position = held.plan.target_steps, held.position
        reached = sum(step.bars <= held.age(bar) for step in steps)
        if reached <= held.stepped:
            return ""
        held.stepped, tp = reached, held.target_of(steps[reached - 1])
        if math.isnan(tp):
            return ""  # it is not available: the target stays where it is
        tp = self._round(tp)
        return self._move_target(position, tp)

    def _retarget(self, held: Held) -> str:
        """Measure the target from the new average fill; "tp" if the market is there already."""
        extended, position = held.plan.extended, held.position
        if extended is None or extended.moved is None or math.isnan(extended.distance):
            return ""
        tp = self._round(extended.average + position.side * extended.distance)
        return self._move_target(position, tp)

    def _move_target(self, position: Position, tp: float) -> str:
        if fills.reached(position.side, self.market.closing_price(position.side), tp):
            return "tp"
        self.set_levels(position.ticket, position.sl, tp, position.stop_by)
        return ""

    def _move_stop(self, ticket: int, held: Held, bar: int) -> None:
        if not held.moves or held.position.bar > bar:
            return
        position, spec = held.position, self.market.spec
        side = position.side
        held.extreme = self._extreme(held, bar)
        held.scanned = bar + 1
        reason, level = moved_stop(held, spec.tick_size, spec.digits)
        if not reason:
            return
        if fills.protects(side, self.market.closing_price(side), level, 0.0):
            self.set_levels(ticket, level, position.tp, reason)
        else:  # the market has opened beyond the new stop, which fills there [10], but after exits and entries [4]
            self.late.append((ticket, reason))

    def _extreme(self, held: Held, bar: int) -> float:
        """The best price since the entry, this bar included."""
        quotes, side = self.market.closing(held.position.side), held.position.side
        best = quotes.high[bar] if side == LONG else quotes.low[bar]
        if math.isnan(held.extreme):
            return best
        return max(held.extreme, best) if side == LONG else min(held.extreme, best)
