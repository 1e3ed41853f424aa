"""The book of a mirror: what is the account's is observed, what is the strategy's is told in events."""

from __future__ import annotations

from typing import Any

from mas import constants as mt5
from mas.results import ClosedTrade
from mas.terminals.simulated.book import Book, Order, Position
from mas.terminals.simulated.costs import FREE, Cost
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.terms import AccountTerms
from mas.trading.inputs import Closed, Observation, Opened

_DAY = 86_400


class LiveBook(Book):
    """Balance, equity and margin are those of the whole account; positions, orders and deals the strategy's own."""

    def __init__(self, deposit: float, terms: AccountTerms | None = None, digits: int = 2) -> None:
        super().__init__(deposit, terms, digits)
        self._equity, self._margin = deposit, 0.0

    def see(self, seen: Observation) -> None:
        """Take over what was observed of the account."""
        self.balance, self._equity, self._margin = seen.balance, seen.equity, seen.margin
        self.changes += 1

    def called(self, identifier: int) -> Position | None:
        """The open position of an identifier."""
        return next((p for p in self.positions.values() if p.identifier == identifier), None)

    def order_id(self, ticket: int) -> str:
        """A real order goes by its ticket."""
        return str(ticket)

    # ------------------------------------------------------------- what has happened

    def admit(self, order: Order, event: Opened, *, inside: bool) -> Position:
        """Enter a position that an order has made. Args: inside: by a waiting order."""
        market: Any = order.market
        position = self.positions[order.ticket] = Position(
            ticket=order.ticket, identifier=event.position, side=event.side, market=market, volume=event.volume,
            entry=event.price, magic=order.magic, comment=order.comment, opened_at=event.time, updated_at=event.time,
            rolled=event.time // _DAY, bar=market.bar, inside=inside, fill_at_open=not inside,
            commission=event.commission + event.fee,
        )  # fmt: skip
        position.set_levels(event.sl, event.tp)
        self._enter(order, position, event)
        return position

    def enlarge(self, position: Position, order: Order, event: Opened) -> Position:
        """Enter what an order has added to a position, at the mean of the prices."""
        lots = position.volume + event.volume
        position.entry = (position.entry * position.volume + event.price * event.volume) / lots
        position.volume, position.updated_at = round(lots, 8), event.time
        position.commission += event.commission + event.fee
        if order.ticket != position.ticket:
            position.magic, position.comment = order.magic, order.comment
            position.set_levels(event.sl, event.tp)
        self._enter(order, position, event)
        return position

    def settle_trade(
        self, position: Position, order: Order, event: Closed, volume: float, reason: str
    ) -> ClosedTrade:  # fmt: skip
        """Enter what has been closed of a position, with the results that were reported."""
        whole = volume >= position.volume - 1e-9
        share = 1.0 if whole else volume / position.volume
        entry_cost = position.commission if whole else round(position.commission * share, self.digits)
        cost = event.commission + event.fee
        trade = ClosedTrade(
            position.market.symbol, "long" if position.side == 1 else "short", volume, position.opened_at, event.time,
            position.entry, event.price, position.first_sl or None, position.first_tp or None, event.profit,
            round(entry_cost + cost, self.digits), event.swap, reason, position.bar, position.market.bar, False,
            self.order_id(position.ticket), position.comment, position.inside,
        )  # fmt: skip
        self.closed.append((position.ticket, trade))
        self._deal(
            event.order, event.time, 1 if position.side == 1 else 0, mt5.DEAL_ENTRY_OUT, order.magic,
            position.identifier, event.reason, volume, event.price, Cost(event.commission, event.fee), event.swap,
            event.profit, position.market.symbol, order.comment,
        )  # fmt: skip
        self._shrink(position, position.volume if whole else volume, share, entry_cost, 0.0)
        return trade

    def _enter(self, order: Order, position: Position, event: Opened) -> None:
        self._deal(
            order.ticket, event.time, 0 if event.side == 1 else 1, mt5.DEAL_ENTRY_IN, order.magic, event.position,
            order.reason, event.volume, event.price, Cost(event.commission, event.fee), 0.0, 0.0,
            order.market.symbol, order.comment,
        )  # fmt: skip

    # ------------------------------------------------------------- sums

    def floating(self) -> float:
        """What floats in the whole account, others' positions included."""
        return self._equity - self.balance

    def equity(self) -> float:
        return self._equity

    def margin(self, market: Market | None = None, side: int = 1, more: float = 0.0, lots: float = 0.0) -> float:
        return self._margin + more

    def cost(self, market: Market, volume: float, price: float, way: str) -> Cost:
        """Nothing is known of costs before they are charged."""
        return FREE
