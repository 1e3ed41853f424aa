"""`manage`: what is to be done about an order and its position, carried out at each bar close (rule 4)."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from mas.adds import Adds
from mas.answers import ticket_of
from mas.distances import Distance, settled
from mas.errors import ParameterError
from mas.plans import Level, TargetStep
from mas.running import Running
from mas.schedules import Schedule

if TYPE_CHECKING:
    from mas.replay import Replay

Time = tuple[int, str | None, Sequence[str]]
"""A daily time: minute of the day, zone or None, days."""


class Planning(Running):
    """The verb of generated code that says what happens after the order."""

    def manage(
        self, order_id: str, *, stop_distance: Distance | None = None, target_distance: Distance | None = None,
        target_steps: Sequence[tuple[float, Distance | str]] = (), trail: Distance | None = None,
        trail_after: Distance | None = None, trail_line: str | float | None = None,
        trail_line_after: Distance | None = None, break_even_after: Distance | None = None,
        break_even_plus: Distance | None = None, locks: Sequence[tuple[Distance, Distance]] = (),
        close_after: float | None = None, close_at: Sequence[Time] = (), valid_bars: float | None = None,
        valid_until: Sequence[Time] = (), group: Hashable = None, replaces: str | None = None,
        reverses: bool = False, cancel_at: Sequence[Time] = (), one_cancels_other: bool = False,
        add: Adds | None = None, average_target: Distance | None = None,
    ) -> None:  # fmt: skip
        """A plan for an order and its position, carried out at each bar close before `receive_bars` (rule 4).

        Args: order_id: what `send_order` returned; the answer of a refused order is ignored. Distances are price
            distances, `R` or `Percent`, measured from the real fill; where a price may stand it is the name of a value
            of `signals`, as it is at the close at which it is needed.

            target_steps: (bars, distance or name of a price): from that age on the target is there. trail_line: name of
            the price that the stop follows, once the profit has reached trail_line_after. locks: (profit, after): the
            stop moves to that profit once the other has been reached.

            close_after: bars. close_at: (minute of the day, zone or None, days) each. valid_bars, valid_until: how long
            a waiting order lives.

            group: shared by the parts of one entry. replaces: the rule's name; its older waiting orders go. reverses:
            opposite positions are closed when the waiting order fills. cancel_at: when the waiting order is deleted,
            like close_at. one_cancels_other: all other waiting orders of the symbol go when it fills.

            add: further orders of this entry, of an order that has filled. average_target: how far from the average of
            all its fills the target lies.
        """
        if not order_id:
            return
        ticket, running = ticket_of(order_id), self._running()
        session = running.owner(ticket)
        plan = session.management.plan(ticket)
        plan.stop_distance, plan.target_distance = stop_distance, target_distance
        plan.target_steps = tuple(sorted((_step(running, *step) for step in target_steps), key=lambda step: step.bars))
        plan.trail, plan.trail_after = trail, trail_after
        plan.line = None if trail_line is None else _level(running, trail_line)
        plan.line_after = trail_line_after
        plan.even_after = break_even_after
        plan.even_plus = 0.0 if break_even_plus is None else break_even_plus
        plan.locks = tuple(locks)
        plan.close_after = None if close_after is None else max(1, int(close_after))
        plan.close_at = _schedules(close_at)
        plan.valid_bars = None if valid_bars is None else max(1, int(valid_bars))
        plan.valid_until, plan.cancel_at = _schedules(valid_until), _schedules(cancel_at)
        plan.group = (
            None if group is None else (group, running.bars.symbol, running.bar)
        )  # the same rule's next entry is another group
        plan.tag, plan.reverses = replaces, reverses
        plan.one_cancels_other = one_cancels_other
        session.management.adopt(ticket)
        if add is not None and ticket in session.management.held:
            self._add(session, ticket, add, average_target)

    def _add(self, session: Replay, ticket: int, adds: Adds, distance: Distance | None) -> None:
        """Place the orders that add to an entry; they have its stop, its closing times, and what ends with it."""
        self._needs_hedging("what is added to an entry")
        books, market = session.management, session.market
        first = books.held[ticket]
        extended = books.extend(ticket, distance)
        every = settled(adds.every, first.position.entry, first.risk)
        target = extended.target if math.isnan(extended.distance) else 0.0
        for order_type, price, lots in extended.levels(every, adds, market.spec):
            order_id = self.send_order(
                {
                    "symbol": market.symbol, "order_type": order_type, "volume": lots, "price": price,
                    "sl": extended.stop or None, "tp": target or None,
                    "magic": first.position.magic, "comment": first.position.comment,
                }
            )  # fmt: skip
            if not order_id:
                continue
            plan = books.plan(ticket_of(order_id))
            plan.group, plan.adds, plan.extended = books.group_of(ticket), True, extended
            plan.close_after, plan.close_at, plan.cancel_at = (
                first.plan.close_after, first.plan.close_at, first.plan.cancel_at,
            )  # fmt: skip
            plan.policy = self._policy

    def send_order(self, params: dict[str, Any]) -> str:
        raise NotImplementedError


def _schedules(times: Sequence[Time]) -> tuple[Schedule, ...]:
    return tuple((minute, zone, tuple(days)) for minute, zone, days in times)


def _level(running: Replay, price: str | float) -> Level:
    """A fixed price, or one that is looked up at each close.

    Raises: ParameterError: `signals` gives no value of that name.
    """
    if not isinstance(price, str):
        return price
    running.value(price)
    read: Callable[[], float] = partial(running.value, price)
    return read


def _step(running: Replay, bars: float, target: Distance | str) -> TargetStep:
    if bars < 1:
        raise ParameterError(f"a target step is reached after 1 bar or more, not after {bars:g}")
    if isinstance(target, str):
        return TargetStep(int(bars), price=_level(running, target))
    return TargetStep(int(bars), distance=target)
