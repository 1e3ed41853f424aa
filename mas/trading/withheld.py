"""Waiting orders that are taken back while the entry policy would not let them fill.

A server asks nobody before an order fills, so what may not fill must not be there: once a position is open, a daily
limit is reached, or the like, such orders are removed, and placed again when they may fill. To the strategy they wait
all the time, under the tickets that they had. Where the market has meanwhile been at their price they are deleted, as a
replay deletes what it does not let fill (EXECUTION rule 6); inside the bar in which something changes nobody can say
what came first, so that a fill there can differ from a backtest's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from mas import constants as mt5
from mas import fills
from mas.terminals.retcodes import ACCEPTED
from mas.terminals.simulated.book import Order
from mas.trading.inputs import Closed, Ended, Event, Moved, Observation, Opened, Outcome

STOP_LIMITS = (fills.BUY_STOP_LIMIT, fills.SELL_STOP_LIMIT)

_PASSED = (mt5.TRADE_RETCODE_INVALID_PRICE, mt5.TRADE_RETCODE_INVALID_EXPIRATION)
"""Why an order that is placed again has become impossible."""


class Mirrored(Protocol):
    """What is asked of the mirror."""

    book: Any
    channel: Any

    def ask(self, asked: dict[str, Any], comment: str) -> Outcome:
        """Have a request carried out; what it has done is not taken over yet."""

    def observe(self, seen: Observation) -> None:
        """Take over what has been seen."""

    def drop(self, ticket: int) -> None:
        """An order is over."""


@dataclass(slots=True)
class _Taken:
    """An order that is not there."""

    covers: int
    """The first bar all of which it is away."""


class Withheld:
    """Tickets inside (the strategy's) and outside (the broker's) differ once an order has been placed again."""

    def __init__(self, mirror: Mirrored) -> None:
        self._mirror = mirror
        self._away: dict[int, _Taken] = {}
        """By the tickets inside."""
        self._outside: dict[int, int] = {}
        self._inside: dict[int, int] = {}
        """Of orders that were placed again, and of those that were taken back."""

    def has(self, ticket: int) -> bool:
        """Whether an order is away. Args: ticket: inside."""
        return ticket in self._away

    def outside(self, ticket: int) -> int:
        """The broker's ticket of an order."""
        return self._outside.get(ticket, ticket)

    def forget(self, ticket: int) -> None:
        """An order is over."""
        self._away.pop(ticket, None)

    def inwards(self, event: Event) -> Event | None:
        """An event with the strategy's ticket; None: it tells of our own taking back."""
        if isinstance(event, Opened | Closed):
            return replace(event, order=self._inside.get(event.order, event.order))
        ticket = event.order if isinstance(event, Ended) else event.ticket
        if isinstance(event, Moved) and not event.waiting:
            return event
        inside = self._inside.get(ticket, ticket)
        if inside in self._away or self._outside.get(inside, ticket) != ticket:
            return None
        return replace(event, order=inside) if isinstance(event, Ended) else replace(event, ticket=inside)

    # ------------------------------------------------------------- what is done

    def look(self, may_not: Callable[[Order], bool], bar: int, *, places: bool) -> None:
        """Take back what may not fill now, and place what may again.

        Args: bar: the next of which nothing has happened yet. places: whether entries are taken at all.
        """
        for order in list(self._mirror.book.orders.values()):
            if order.kind in STOP_LIMITS or order.ticket not in self._mirror.book.orders:
                continue
            refused = may_not(order)
            if refused and order.ticket not in self._away:
                self._take_back(order, bar)
            elif places and not refused and order.ticket in self._away:
                self._place_again(order)

    def touched(self, bar: int, low: float, high: float, spread: float) -> list[Order]:
        """The orders that would have filled in a bar throughout which they were away. Args: low, high: bids."""
        found = []
        for ticket, taken in self._away.items():
            order = self._mirror.book.orders[ticket]
            at = low if order.kind in (fills.BUY_LIMIT, fills.SELL_STOP) else high
            if taken.covers <= bar and not fills.waits(order.kind, order.price, 0.0, at, at + spread):
                found.append(order)
        return found

    def _take_back(self, order: Order, bar: int) -> None:
        ticket = self.outside(order.ticket)
        self._inside[ticket] = order.ticket
        self._away[order.ticket] = _Taken(bar)
        request = {"action": mt5.TRADE_ACTION_REMOVE, "order": ticket, "symbol": order.market.symbol}
        outcome = self._mirror.ask(request, "withheld")
        if outcome.retcode == mt5.TRADE_RETCODE_DONE:
            self._mirror.channel.note("withheld", order=order.ticket, price=order.price)
        else:  # it has filled, or the market is closed
            self._away.pop(order.ticket, None)
        self._mirror.observe(outcome.seen)

    def _place_again(self, order: Order) -> None:
        asked = {
            "action": mt5.TRADE_ACTION_PENDING, "symbol": order.market.symbol, "type": order.kind,
            "volume": order.volume, "price": order.price, "sl": order.sl, "tp": order.tp, "magic": order.magic,
            "comment": order.comment, "type_filling": order.filling, "type_time": order.time_type,
            "expiration": order.expiration,
        }  # fmt: skip
        outcome = self._mirror.ask(asked, order.comment)
        if outcome.retcode in ACCEPTED and outcome.order:
            self._away.pop(order.ticket, None)
            self._outside[order.ticket], self._inside[outcome.order] = outcome.order, order.ticket
            self._mirror.channel.note("placed again", order=order.ticket, price=order.price)
        self._mirror.observe(outcome.seen)
        if outcome.retcode in _PASSED and order.ticket in self._away:
            self._mirror.channel.note("passed while withheld", order=order.ticket, price=order.price)
            self._mirror.drop(order.ticket)
