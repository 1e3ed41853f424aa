"""What has happened to a strategy's own orders and positions, derived from what a terminal shows of them.

Only what carries the run's magic number, or belongs to a position that does, is seen; it is told once, by the number of
the deal. A terminal shows things late and in any order: a deal may be there before its position, a position before its
deal, an order gone before the history knows why. So nothing is concluded from what is missing: a position is open once
its deal is there and closed once the closing deal is, an order has ended once the history says so.

A look asks for the deals since shortly before the last one, and once a day for those of a day before: what it costs
depends on what is new, not on how long the run has lasted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mas import constants as mt5
from mas.fills import LONG, SHORT
from mas.terminals.structs import OrderSendResult, TradeDeal, TradeOrder, TradePosition
from mas.trading.inputs import Closed, Ended, Event, Input, Moved, Observation, Opened, Outcome

Ask = Callable[..., Any]
"""Calls a function of the terminal by its name; raises where that fails."""

_UNFILLED = (mt5.ORDER_STATE_CANCELED, mt5.ORDER_STATE_REJECTED, mt5.ORDER_STATE_EXPIRED)
_TRADES = (mt5.DEAL_TYPE_BUY, mt5.DEAL_TYPE_SELL)
_DAY = 86_400
_OVERLAP = 3_600
"""Seconds of the server's clock that a look goes back behind the one before: what has happened shows by then."""
_FAR = 2**31 - 1


@dataclass(slots=True)
class _Position:
    side: int
    volume: float
    levels: tuple[float, float]
    """Stop and target as the session knows them."""


@dataclass(slots=True)
class _Order:
    levels: tuple[float, float, float]
    """Price, stop and target as the session knows them."""


class Tracker:
    """Knows what a session knows, and finds what is new.

    Args: since: server time from which the history is looked through. earlier: deals that are no news. settle: seconds
        for which a level must have been another one before that is believed: right after a change of our own a terminal
        may still show what was there before.
    """

    def __init__(
        self, ask: Ask, symbol: str, magic: int, since: int, earlier: Iterable[int] = (), *, settle: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._ask, self.symbol, self.magic = ask, symbol, magic
        self._settle, self._clock = settle, clock
        self._reached = self._looked = since
        """The server's clock as it was last seen, and as it was known before the last look."""
        self._wide = since - _DAY
        """Where the last look at a whole day began: the next one like it begins a day later."""
        self._earlier, self._told = frozenset(earlier), dict[int, int]()
        """Deals that are no news, and those that have been told, with their times."""
        self._open: dict[int, _Position] = {}
        self._waiting: dict[int, _Order] = {}
        self._ours: dict[int, int] = {}
        """Identifiers of the positions that are open or have been lately, and when something of them was last told."""
        self._tickets: dict[int, int] = {}
        """Of what is open, by the identifiers of the positions."""
        self._odd: dict[tuple[int, bool], tuple[tuple[float, ...], float]] = {}
        """Levels that are others than known, and since when."""

    # ------------------------------------------------------------- what is asked

    def ticket_of(self, identifier: int) -> int:
        """The ticket that a position goes by now."""
        return self._tickets.get(identifier, identifier)

    def has_told(self, deal: int) -> bool:
        """Whether a deal has been reported."""
        return deal in self._told or deal in self._earlier

    def reached(self, time: int) -> None:
        """The server's clock shows this."""
        self._reached = max(self._reached, time)

    def find(self) -> tuple[Event, ...]:
        """What is new, in the order in which it has happened. Raises: BrokerError: the terminal does not say."""
        before = self._reached
        begin, wide = self._begin(before)
        deals = self._ask("history_deals_get", begin, _FAR)
        positions = {p.identifier: p for p in self._ask("positions_get", symbol=self.symbol)}
        orders = {o.ticket: o for o in self._ask("orders_get", symbol=self.symbol)}
        known = {identifier: ticket for identifier, ticket in self._tickets.items() if identifier in self._open}
        self._tickets = known | {identifier: p.ticket for identifier, p in positions.items()}
        news = [d for d in deals if d.symbol == self.symbol and d.type in _TRADES and not self.has_told(d.ticket)]
        found: list[tuple[int, Event]] = []
        for deal in sorted(news, key=lambda d: (d.time_msc, d.ticket)):
            found += [(deal.time_msc, event) for event in self._events_of(deal, positions)]
        found += [(order.time_done_msc, event) for order, event in self._ended(orders)]
        found.sort(key=lambda item: item[0])
        events = [event for _, event in found]
        for event in events:
            self._note(event)
        moved = [*self._moved_orders(orders), *self._moved_positions(positions)]
        for event in moved:
            self._note(event)
        self._looked = before
        if wide:
            self._wide = begin
            self._forget(begin - _DAY)
        return (*events, *moved)

    def _begin(self, now: int) -> tuple[int, bool]:
        """From when on deals are asked for, and whether that is the look back of a day.

        Everything that could not be seen by the last look that was answered is younger than what the server's clock
        showed before it.
        """
        if now - self._wide >= 2 * _DAY:
            return min(self._looked - _DAY, now - _DAY), True
        return self._looked - _OVERLAP, False

    def _forget(self, before: int) -> None:
        """Nothing that old is ever asked for again."""
        self._told = {deal: time for deal, time in self._told.items() if time >= before}
        self._ours = {
            identifier: time for identifier, time in self._ours.items() if time >= before or identifier in self._open
        }  # fmt: skip

    # ------------------------------------------------------------- what is told

    def recall(self, item: Input | Outcome) -> None:
        """The session knows this from before."""
        seen = getattr(item, "seen", item)
        if isinstance(seen, Observation):
            self._looked, self._reached = max(self._looked, seen.time), max(self._reached, seen.time)
            for event in seen.events:
                self._note(event)

    def accepted(self, request: Mapping[str, Any], answer: OrderSendResult) -> None:
        """A request has been carried out: what it has set is no news."""
        self.recall_request(request, answer.order)

    def recall_request(self, request: Mapping[str, Any], order: int) -> None:
        """A request was carried out, now or before. Args: order: its ticket, if it made one."""
        action, levels = request["action"], (float(request.get("sl") or 0.0), float(request.get("tp") or 0.0))
        if action == mt5.TRADE_ACTION_PENDING and order:
            self._waiting.setdefault(order, _Order((float(request["price"]), *levels)))
        elif action == mt5.TRADE_ACTION_MODIFY and request["order"] in self._waiting:
            self._waiting[request["order"]].levels = (float(request["price"]), *levels)
        elif action == mt5.TRADE_ACTION_SLTP and request["position"] in self._open:
            self._open[request["position"]].levels = levels

    # ------------------------------------------------------------- inside

    def _note(self, event: Event) -> None:
        """The session knows of an event."""
        if isinstance(event, Opened | Closed):
            self._told[event.deal] = self._ours[event.position] = event.time
        if isinstance(event, Opened):
            held = self._open.get(event.position)
            if held is None:
                self._open[event.position] = _Position(event.side, event.volume, (event.sl, event.tp))
            else:
                held.volume, held.levels = round(held.volume + event.volume, 8), (event.sl, event.tp)
        elif isinstance(event, Closed):
            left = self._open.get(event.position)
            if left is not None:
                left.volume = round(left.volume - event.volume, 8)
                if left.volume <= 1e-9:
                    del self._open[event.position]
        elif isinstance(event, Ended):
            self._waiting.pop(event.order, None)
        elif event.waiting and event.ticket in self._waiting:
            self._waiting[event.ticket].levels = (event.price, event.sl, event.tp)
        elif not event.waiting and event.ticket in self._open:
            self._open[event.ticket].levels = (event.sl, event.tp)

    def _events_of(self, deal: TradeDeal, positions: Mapping[int, TradePosition]) -> Iterable[Event]:
        ours = deal.magic == self.magic
        if not ours and deal.position_id not in self._ours:
            return
        if deal.reason == mt5.DEAL_REASON_ROLLOVER:  # closed and opened again by the server: it is the same position
            self._told[deal.ticket] = deal.time
            return
        closing = deal.volume
        if deal.entry == mt5.DEAL_ENTRY_INOUT:
            held = self._open.get(deal.position_id)
            closing = min(deal.volume, held.volume if held is not None else 0.0)
        if deal.entry != mt5.DEAL_ENTRY_IN and closing > 0.0 and deal.position_id in self._ours:
            yield _closed(deal, closing)
        opening = round(deal.volume - closing, 8) if deal.entry == mt5.DEAL_ENTRY_INOUT else deal.volume
        if ours and deal.entry in (mt5.DEAL_ENTRY_IN, mt5.DEAL_ENTRY_INOUT) and opening > 1e-9:
            self._ours[deal.position_id] = deal.time
            yield self._opened(deal, opening, positions.get(deal.position_id))

    def _opened(self, deal: TradeDeal, volume: float, position: TradePosition | None) -> Opened:
        levels = (position.sl, position.tp) if position is not None else self._asked(deal.order)
        side = LONG if deal.type == mt5.DEAL_TYPE_BUY else SHORT
        split = deal.entry == mt5.DEAL_ENTRY_INOUT  # its costs are told with what it has closed
        costs = (0.0, 0.0) if split else (deal.commission, deal.fee)
        return Opened(
            deal.order, deal.position_id, side, volume, deal.price, *levels, deal.time, deal.ticket, *costs
        )  # fmt: skip

    def _asked(self, order: int) -> tuple[float, float]:
        """Stop and target that an order was sent with; its position does not show yet, or no more."""
        for found in self._ask("history_orders_get", ticket=order):
            return found.sl, found.tp
        known = self._waiting.get(order)
        return (0.0, 0.0) if known is None else known.levels[1:]

    def _ended(self, there: Mapping[int, TradeOrder]) -> Iterable[tuple[TradeOrder, Ended]]:
        """Waiting orders that are gone without having filled."""
        for ticket in [ticket for ticket in self._waiting if ticket not in there]:
            for order in self._ask("history_orders_get", ticket=ticket):
                if order.state in _UNFILLED:
                    yield order, Ended(ticket, order.state, order.time_done)
                elif order.state == mt5.ORDER_STATE_FILLED:
                    del self._waiting[ticket]  # its deal tells, now or later

    def _moved_orders(self, orders: Mapping[int, TradeOrder]) -> Iterable[Moved]:
        for ticket, known in list(self._waiting.items()):
            order = orders.get(ticket)
            if order is not None and self._differs((ticket, True), known.levels, _levels(order)):
                yield Moved(ticket, True, *_levels(order))

    def _moved_positions(self, positions: Mapping[int, TradePosition]) -> Iterable[Moved]:
        for identifier, known in list(self._open.items()):
            position = positions.get(identifier)
            if position is None:
                continue
            if self._differs((identifier, False), known.levels, (position.sl, position.tp)):
                yield Moved(identifier, False, position.price_open, position.sl, position.tp)

    def _differs(self, key: tuple[int, bool], known: tuple[float, ...], shown: tuple[float, ...]) -> bool:
        """Whether levels are others than known, and have been for long enough."""
        if all(abs(a - b) <= 1e-9 * max(abs(a), abs(b)) for a, b in zip(known, shown, strict=True)):
            self._odd.pop(key, None)
            return False
        before, since = self._odd.get(key, ((), 0.0))
        if before != shown:
            since = self._clock()
            self._odd[key] = shown, since
        if self._clock() - since < self._settle:
            return False
        del self._odd[key]
        return True


def _levels(order: TradeOrder) -> tuple[float, float, float]:
    return order.price_open, order.sl, order.tp


def _closed(deal: TradeDeal, volume: float) -> Closed:
    return Closed(
        deal.position_id, deal.order, volume, deal.price, deal.time, deal.ticket, deal.reason, deal.profit,
        deal.commission, deal.swap, deal.fee,
    )  # fmt: skip


def earlier_deals(ask: Ask, symbol: str, magic: int, since: int) -> tuple[int, ...]:
    """The deals of a magic number that are there already, or belong to its positions."""
    deals = [d for d in ask("history_deals_get", since - _DAY, _FAR) if d.symbol == symbol and d.type in _TRADES]
    ours = {d.position_id for d in deals if d.magic == magic}
    return tuple(d.ticket for d in deals if d.position_id in ours)
