"""What becomes of real orders: their fills, pushed to `receive_order_execution`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mas import constants as mt5
from mas.live import Push, moment
from mas.terminals.structs import OrderSendResult, TradeOrder

if TYPE_CHECKING:
    from mas.client.core import Core

_ENDED = (
    mt5.ORDER_STATE_CANCELED, mt5.ORDER_STATE_REJECTED, mt5.ORDER_STATE_EXPIRED,
)  # fmt: skip


class OrderWatch:
    """Market orders are filled when they are answered; waiting ones are looked up.

    That goes on while something is subscribed or the main thread runs: a script that has ended waits for no order.
    """

    def __init__(self, client: Core) -> None:
        self._client = client
        self._waiting: dict[int, str] = {}
        self.sent: set[int] = set()
        """The orders this client has sent: what it reports on."""
        self.began: int | None = None
        """When it sent the first, by the server's clock: that of its newest quote then. None: it has not."""

    def begin(self, quoted: int) -> None:
        """An order is about to be sent. Args: quoted: the time of the quote it is sent at."""
        if self.began is None:
            self.began = quoted or int(time.time())

    def filled(self, order_id: str, answer: OrderSendResult, order_type: str) -> None:
        """A market order has been carried out; one that was only placed is looked up until its deal is there."""
        if answer.retcode == mt5.TRADE_RETCODE_PLACED:
            self.waits(answer.order, order_type)
            return
        self.sent.add(answer.order)
        data = execution(answer.price, answer.volume, answer.request.symbol, datetime.now(), order_type)
        self._client._live_loop().put("receive_order_execution", order_id, data)

    def waits(self, ticket: int, order_type: str) -> None:
        """A pending order has been placed."""
        self.sent.add(ticket)
        self._waiting[ticket] = order_type
        self._client._live_loop().wake()

    def awaits(self) -> bool:
        """Whether an order waits and can be looked up."""
        return bool(self._waiting) and self._client._connection is not None

    def poll(self) -> Iterator[Push]:
        """The fills of waiting orders since the last look. Raises: BrokerError: the terminal did not say."""
        connection = self._client._connection
        if connection is None or not self._waiting:
            return
        there = {order.ticket for order in connection.orders_get()}
        for ticket in [t for t in self._waiting if t not in there]:
            for order in connection.history_orders_get(ticket=ticket):
                order_type = self._waiting.pop(ticket, "")
                if order.state not in _ENDED:
                    yield "receive_order_execution", (str(ticket), self._execution(order, order_type))

    def _execution(self, order: TradeOrder, order_type: str) -> dict[str, Any]:
        assert self._client._connection is not None
        deals = self._client._connection.history_deals_get(ticket=order.ticket)
        volume = sum(deal.volume for deal in deals)
        if not volume:
            return execution(
                order.price_current, order.volume_initial, order.symbol, moment(order.time_done), order_type
            )
        price = sum(deal.price * deal.volume for deal in deals) / volume if len(deals) > 1 else deals[0].price
        return execution(price, volume, order.symbol, moment(order.time_done), order_type)


def execution(price: float, volume: float, symbol: str, time: datetime, order_type: str) -> dict[str, Any]:
    """The documented dict of a fill."""
    return {"price": price, "volume": volume, "symbol": symbol, "time": time, "type": order_type}
