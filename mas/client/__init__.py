"""class MAS: the documented client API. Strategies subclass it (`import mas; class Mine(mas)`) and override callbacks.

Failures are answered the way the documentation has it (see `mas.answers`) and logged; a wrong argument where no
failure value is documented raises a ParameterError that names it.

session   login, language, connection            data     subscriptions, replay and live
account   account, positions, orders, history     market   symbols, bars by position, book, what an order would do
orders    placing, changing, cancelling           reports  the three reports
"""

from __future__ import annotations

from typing import Any

from mas.beside import refuse_another
from mas.client.account import AccountMethods
from mas.client.data import DataMethods
from mas.client.market import MarketMethods
from mas.client.orders import OrderMethods
from mas.client.reports import ReportMethods
from mas.client.session import SessionMethods

refuse_another()


class MAS(OrderMethods, DataMethods, SessionMethods, AccountMethods, MarketMethods, ReportMethods):
    """A trading client."""

    wake_while_open = False
    """For classes with `signals`: call `receive_bars` at every close while a position is open."""

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        """A bar has closed; `is_end` with the last of a replay.

        Live bars that completed while the terminal was out of reach have the key `missed`.
        """

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        """A tick has come."""

    def receive_order_status(self, order_id: str, status_data: dict[str, Any]) -> None:
        """The trade server has answered a request."""

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        """An order has been filled."""


__all__ = ["MAS"]
