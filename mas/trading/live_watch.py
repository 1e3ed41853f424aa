"""The plans of a live run: what a replay may do before a fill is done after it, as a server asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas import constants as mt5
from mas import fills
from mas.fills import LONG, SHORT
from mas.plans import Plan
from mas.schedules import Schedule, Schedules
from mas.terminals.retcodes import ACCEPTED
from mas.terminals.simulated.book import Order, Position
from mas.watch import Watch

if TYPE_CHECKING:
    from mas.replay import Replay
    from mas.terminals.simulated.market import Market
    from mas.terminals.simulated.terminal import SimulatedTerminal


class LiveSchedules(Schedules):
    """Looked up in the few bars that are asked about: the market grows."""

    def __init__(self, market: Market) -> None:
        super().__init__(market.bars)
        self._market = market

    def next(self, schedule: Schedule, bar: int, stop: int) -> int:
        times = np.array(self._market.times[max(bar, 0) : stop + 1], np.int64)
        passed = self._days(schedule, times)
        due = np.flatnonzero(passed[1:] > passed[:-1])
        return min(stop, max(bar, 0) + int(due[0])) if len(due) else stop


class LiveWatch(Watch):
    """`Watch` on a mirror."""

    def __init__(self, terminal: SimulatedTerminal, replay: Replay) -> None:
        super().__init__(terminal, replay)
        self._schedules = LiveSchedules(terminal.market)

    def opened(self, position: Position, order: Order) -> None:
        super().opened(position, order)
        held = self.held.get(order.ticket)
        if held is not None and order.kind > mt5.ORDER_TYPE_SELL:
            # in a replay its levels are measured from the fill before it fills: those are the first that it has
            held.position.first_sl, held.position.first_tp = held.position.sl, held.position.tp

    def adopt(self, ticket: int) -> None:
        """An order whose price had been passed has filled before its plan was known: what its fill does is due now."""
        super().adopt(ticket)
        plan, held = self.plans[ticket], self.held.get(ticket)
        if held is None:
            if plan.one_cancels_other and self._sibling_filled(ticket, plan):
                self.remove(ticket)
            return
        if plan.reverses:
            self._close_opposite(held.position)
        if plan.one_cancels_other:
            self._cancel_others(ticket)

    def _close_opposite(self, position: Position) -> None:
        for ticket, other in list(self.held.items()):
            if other.position.side == -position.side:
                self.close(ticket, "reverse")

    def _sibling_filled(self, ticket: int, plan: Plan) -> bool:
        """Whether another order that cancels all others has filled since this close was begun to be handled."""
        group = self.group_of(ticket)
        return any(
            held.plan.one_cancels_other and held.position.bar == self.market.bar and self.group_of(other) != group
            for other, held in self.held.items()
        )

    def may_not_fill(self, order: Order) -> bool:
        """Whether the entry policy would not let a waiting order fill as things are."""
        plan = self.plans.get(order.ticket)
        if plan is None or plan.policy is None or plan.adds:
            return False
        side = LONG if fills.buys(order.kind) else SHORT
        if not self._has_room(order, plan, plan.policy, side):
            return True
        return bool(self._limit_reached(order, plan, plan.policy, side)[0])

    def close_late(self) -> None:
        """Close also what should have been closed before, and could not be."""
        mirror: Any = self.terminal
        again = list(dict.fromkeys([*mirror.not_closed, *self.late]))
        mirror.not_closed.clear()
        self.late.clear()
        for ticket, reason in again:
            if ticket in self.held and self.close(ticket, reason) not in ACCEPTED and ticket in self.held:
                mirror.not_closed.append((ticket, reason))

    def ended(self, order: Order, retcode: int) -> None:
        super().ended(order, retcode)
        self._resting = {part: resting for part, resting in self._resting.items() if resting != order.ticket}

    def _place(self, part: Position, filled: int) -> None:
        """The target of a part is no entry: it is placed also while none is taken."""
        mirror: Any = self.terminal
        before, mirror.holds_back = mirror.holds_back, str
        try:
            super()._place(part, filled)
        finally:
            mirror.holds_back = before
