"""The books of a strategy: its plans and positions, what the terminal reports of them, and which order may fill.

`Management` builds on them: it carries the plans out at each bar close.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

from mas import constants as mt5
from mas import fills, limits
from mas.adds import Extended
from mas.distances import Distance, settled
from mas.fills import LONG, SHORT
from mas.ledger import Finished, Ledger
from mas.plans import NO_PLAN, Held, Plan, Policy
from mas.request import filling
from mas.results import ClosedTrade
from mas.sums import in_order
from mas.terminals.simulated.book import Order, Position
from mas.terminals.simulated.playing import Listener
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.structs import OrderSendResult

_DAY = 86_400


class Books(Listener):
    """Kept on one symbol of a simulated terminal; the entry policy asks them."""

    def __init__(self, terminal: SimulatedTerminal) -> None:
        self.terminal, self.market, self.book = terminal, terminal.market, terminal.book
        self.filling = filling({}, terminal.static_symbol_info, market=True)
        """How market orders of this symbol are filled."""
        self.plans: dict[int, Plan] = {}
        self.held: dict[int, Held] = {}
        self.fills: list[tuple[int, int]] = []
        """(time, ticket) of every entry, in order."""
        self._begun: set[Hashable] = set()
        """Entries of several parts of which something has filled."""
        self.ledger = Ledger()
        """Of all symbols of a run together."""
        self.late: list[tuple[int, str]] = []
        """Positions to close once the strategy has spoken: their new stop is already behind the market."""

    # ------------------------------------------------------------- plans

    def plan(self, ticket: int) -> Plan:
        """The plan of an order, made when first asked for."""
        return self.plans.setdefault(ticket, Plan())

    def adopt(self, ticket: int) -> None:
        """An order's plan has been set: act on what it says at once."""
        plan = self.plans[ticket]
        held = self.held.get(ticket)
        if held is not None:
            self._take_up(held, plan)
        elif plan.tag is not None:
            self._replace(ticket, plan)

    def group_of(self, ticket: int) -> Hashable:
        """What counts as one entry: the parts of a group, or the order alone."""
        plan = self.plans.get(ticket)
        return ticket if plan is None or plan.group is None else plan.group

    def entries(self, side: int, but: Hashable = None) -> int:
        """How many entries are open on a side, a group counting once and one group not at all."""
        if not self.held:
            return 0
        if but is None and not self.plans:  # each order is an entry by itself
            return sum([held.position.side == side for held in self.held.values()])
        groups = {self.group_of(t) for t, h in self.held.items() if h.position.side == side}
        return len(groups - {but})

    def entries_by_side(self) -> tuple[int, int]:
        """How many entries are open long and short."""
        if len(self.held) == 1:
            (held,) = self.held.values()
            return (1, 0) if held.position.side == LONG else (0, 1)
        return (self.entries(LONG), self.entries(SHORT)) if self.held else (0, 0)

    def open_volume(self, side: int = 0) -> float:
        """Lots open on a side, or (0) on both."""
        return in_order(h.position.volume for h in self.held.values() if side in (0, h.position.side))

    def average_entry(self, side: int) -> float:
        """Fill price of all positions open on a side, weighted by their volumes; NaN without one."""
        held = [h.position for h in self.held.values() if h.position.side == side]
        lots = in_order(p.volume for p in held)
        return in_order(p.entry * p.volume for p in held) / lots if lots else math.nan

    def filled_on(self, day: int, but: Hashable = None) -> int:
        """How many entries have filled on a day (days since the epoch, the data's clock)."""
        groups: set[Hashable] = set()
        for time, ticket in reversed(self.fills):
            when = time // _DAY
            if when < day:
                break
            if when == day:
                groups.add(self.group_of(ticket))
        return len(groups - {but})

    # ------------------------------------------------------------- what the terminal reports

    def admits(self, order: Order, price: float) -> bool:
        plan = self.plans.get(order.ticket)
        if plan is None:
            return True
        side = LONG if fills.buys(order.kind) else SHORT
        order.sl, order.tp = self._anchored(plan, side, price, order.sl, order.tp)
        policy = plan.policy
        if policy is None:
            return True
        return self._has_room(order, plan, policy, side) and not self._held_back(order, plan, policy, side)

    def _has_room(self, order: Order, plan: Plan, policy: Policy, side: int) -> bool:
        """Whether the entry policy lets an order fill now (rule 6); what adds to an entry does not count for itself."""
        if plan.adds:
            return True
        group = self.group_of(order.ticket)
        limit = policy.trades_per_day
        if limit is not None and self.filled_on(self.market.time // _DAY, but=group) >= limit:
            return False
        same, opposite = self.entries(side, but=group), 0 if policy.hedging else self.entries(-side)
        return fills.admits(same, opposite, policy.pyramid, plan.reverses)

    def _held_back(self, order: Order, plan: Plan, policy: Policy, side: int) -> bool:
        """Whether a limit forbids an order to fill now, which is counted; the other parts of its entry go with it."""
        reason, entry = self._limit_reached(order, plan, policy, side)
        if not reason:
            return False
        self.ledger.held_back[reason] += 1
        for part in entry:
            if part is not order:
                self.remove(part.ticket)
        return True

    def _limit_reached(self, order: Order, plan: Plan, policy: Policy, side: int) -> tuple[str, list[Order]]:
        """The limit that forbids an order to fill now, "" if none does, and all waiting parts of its entry."""
        group = self.group_of(order.ticket)
        if not plan.adds and group in self._begun:
            return "", []  # another part of the entry has filled: all of it is taken
        entry = [
            o for o in self.book.orders.values() if o is order or (not plan.adds and self.group_of(o.ticket) == group)
        ]
        held = self.open_volume(side if plan.reverses else 0)
        return limits.at_fill(policy.limits, self, in_order(part.volume for part in entry), held), entry

    def opening(self, order: Order) -> None:
        plan = self.plans.get(order.ticket)
        if plan is not None and plan.reverses:
            side = LONG if fills.buys(order.kind) else SHORT
            for ticket, held in list(self.held.items()):
                if held.position.side == -side:
                    self.close(ticket, "reverse")

    def opened(self, position: Position, order: Order) -> None:
        ticket = position.ticket
        plan = self.plans.get(ticket)
        held = self.hold(position, begins=plan is None or not plan.adds)
        if plan is not None:
            self._take_up(held, plan)
            if plan.one_cancels_other and order.kind > mt5.ORDER_TYPE_SELL:
                self._cancel_others(ticket)

    def hold(self, position: Position, *, begins: bool = True) -> Held:
        """Take note of a position that has just been made. Args: begins: an entry, and adds to none."""
        ticket, market = position.ticket, self.market
        risk = abs(position.entry - position.sl) if position.sl else math.nan
        held = self.held[ticket] = Held(position, risk, NO_PLAN)
        if begins:
            self.fills.append((market.time, ticket))
            if self.plans:
                self._begun.add(self.group_of(ticket))
            self.ledger.opened(market.symbol, position.bar, market.time)
        return held

    def closed(self, position: Position, order: Order, volume: float, price: float) -> None:
        if position.ticket not in self.book.positions:
            self.held.pop(position.ticket, None)
        self.settle_closed(position.ticket)

    def gone(self, position: Position, trade: ClosedTrade) -> None:
        """A whole position has been closed."""
        ticket = position.ticket
        del self.held[ticket]
        if self.plans:
            self.settle_closed(ticket, trade)
        else:
            self.ledger.ended(trade, ticket, self.newest)

    def settle_closed(self, ticket: int, trade: ClosedTrade | None = None) -> None:
        """Account for what has just been closed of a position. Args: trade: its row, if that is known."""
        if trade is None:
            trade = next(row for number, row in reversed(self.book.closed) if number == ticket)
        if not self.plans and ticket not in self.held:  # nothing is a part of anything else
            self.ledger.ended(trade, ticket, self.newest)
        elif self._settled(ticket, trade) is not None:
            self._drop_adds(ticket)

    @property
    def newest(self) -> int:
        """The bar that something happening now belongs to."""
        return self.market.bar

    def _settled(self, ticket: int, trade: ClosedTrade) -> Finished | None:
        """Enter what has just been closed into the ledger. Returns: its entry, if nothing of that is open any more."""
        entry, day = self.group_of(ticket), self.market.time // _DAY
        remains = bool(self.held) and any(self.group_of(other) == entry for other in self.held)
        return self.ledger.closed(trade, entry, self.newest, day, remains=remains)

    def _take_up(self, held: Held, plan: Plan) -> None:
        """Right after the fill: levels measured from it, and a trailing stop's start where there is no other [12]."""
        held.plan, held.scanned = plan, 0
        position = held.position
        if plan.adds and plan.extended is not None:
            plan.extended.filled.append((position.entry, position.volume))
            plan.extended.moved = position.bar
        sl, tp = self._anchored(plan, position.side, position.entry, position.sl, position.tp)
        held.risk = abs(position.entry - sl) if sl else math.nan
        held.settle()
        start = self._round(fills.trailed(position.side, position.entry, held.trail)) if held.trails_at_once else 0.0
        by = "trailing" if start and (sl == 0.0 or fills.same(sl, start)) else "sl"
        sl = sl or start
        if fills.same(sl, position.sl) and fills.same(tp, position.tp):
            position.stop_by = by  # the order came with the level at which its trailing stop starts
        elif self.set_levels(position.ticket, sl, tp, by) == mt5.TRADE_RETCODE_INVALID_STOPS and position.sl == 0.0:
            self.late.append((position.ticket, by))

    def _anchored(self, plan: Plan, side: int, fill: float, sl: float, tp: float) -> tuple[float, float]:
        """The levels measured from the real fill (rule 8), where the plan knows them as distances."""
        if plan.stop_distance is not None:
            sl = self._round(fill - side * settled(plan.stop_distance, fill, math.nan))
        if plan.target_distance is not None:
            risk = abs(fill - sl) if sl else math.nan
            tp = self._round(fill + side * settled(plan.target_distance, fill, risk))
        return sl, tp

    # ------------------------------------------------------------- orders that go together

    def _replace(self, ticket: int, plan: Plan) -> None:
        """A new signal of the same rule replaces its waiting order; parts of one group stand together (rule 14)."""
        for order in list(self.book.orders.values()):
            other = self.plans.get(order.ticket)
            if other is None or other.tag != plan.tag or order.ticket == ticket:
                continue
            if self.group_of(order.ticket) != self.group_of(ticket):
                self.remove(order.ticket)

    def _cancel_others(self, ticket: int) -> None:
        """A waiting order has filled: the others go, but not its own parts and what adds to entries."""
        group = self.group_of(ticket)
        for order in list(self.book.orders.values()):
            plan = self.plans.get(order.ticket)
            if plan is None or not (plan.adds or self.group_of(order.ticket) == group):
                self.remove(order.ticket)

    def extend(self, ticket: int, target: Distance | None) -> Extended:
        """Make a filled order the first of an entry that is added to. Args: target: if it is a distance."""
        held = self.held[ticket]
        if held.plan is NO_PLAN:
            held.plan = Plan()
        position = held.position
        distance = math.nan if target is None else settled(target, position.entry, held.risk)
        extended = held.plan.extended = Extended(position.bar, position.side, position.sl, position.tp, distance)
        extended.filled.append((position.entry, position.volume))
        return extended

    def _drop_adds(self, ticket: int) -> None:
        """An entry is over: what still waits to add to it goes."""
        plan = self.plans.get(ticket)
        if plan is None or plan.extended is None:
            return
        for order in list(self.book.orders.values()):
            other = self.plans.get(order.ticket)
            if other is not None and other.extended is plan.extended:
                self.remove(order.ticket)

    # ------------------------------------------------------------- requests

    def send(self, request: dict[str, Any]) -> OrderSendResult | None:
        """Send a trade request of the strategy's, its positions by the tickets that the strategy knows."""
        return self.terminal.order_send(request)

    def close(self, ticket: int, reason: str, volume: float = 0.0) -> int:
        """Close a position at the market; the comment says why. Returns the retcode."""
        position = self.held[ticket].position
        answer = self.send(
            {
                "action": mt5.TRADE_ACTION_DEAL,
                "symbol": position.market.symbol,
                "type": mt5.ORDER_TYPE_SELL if position.side == LONG else mt5.ORDER_TYPE_BUY,
                "volume": volume or position.volume,
                "price": position.market.closing_price(position.side),
                "position": ticket,
                "magic": position.magic,
                "type_filling": self.filling,
                "comment": reason,
            }
        )
        return answer.retcode if answer is not None else mt5.TRADE_RETCODE_ERROR

    def remove(self, ticket: int) -> None:
        """Delete a waiting order."""
        self.send({"action": mt5.TRADE_ACTION_REMOVE, "order": ticket})

    def set_levels(self, ticket: int, sl: float, tp: float, comment: str) -> int:
        """Move a position's levels; the comment says who did, for the exit reason. Returns the retcode."""
        request = {"action": mt5.TRADE_ACTION_SLTP, "position": ticket, "sl": sl, "tp": tp, "comment": comment}
        answer = self.send(request)
        return answer.retcode if answer is not None else mt5.TRADE_RETCODE_ERROR

    def _round(self, price: float) -> float:
        return fills.round_to_tick(price, self.market.spec.tick_size, self.market.spec.digits)
