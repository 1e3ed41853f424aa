"""The documented queries about account, positions, orders and history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mas import request
from mas.answers import CodedText, ticket_of
from mas.client.core import Core
from mas.errors import ParameterError
from mas.live import moment
from mas.messages import translated
from mas.subscriptions import last_second

NO_ACCOUNT_INFO = "Failed to retrieve account information"
"""The documented text."""
NO_ACCOUNT_INFO_CODE = "NO_ACCOUNT_INFO"
"""Stands beside the text, which may be translated."""

FAR = 2**31 - 1
"""A moment that no server's clock will show: the end of what has no end."""
_EPOCH = 946_684_800
"""2000-01-01, the documented default of `from`."""


class AccountMethods(Core):
    """get_account_info, get_positions, get_pending_orders, get_orders_total and the three history functions."""

    def get_account_info(self) -> dict[str, Any]:
        """The account as a dict, or a dict with the single key `error` (a text that has a `code`)."""
        info = self._ask("get_account_info", "account_info")
        if info is None:
            return {"error": CodedText(translated(NO_ACCOUNT_INFO), NO_ACCOUNT_INFO_CODE)}
        found = {**info._asdict(), "free_margin": info.margin_free}
        if self._connection is None or self._session is not None:
            found |= {"login": self._account_number, "server": self._server}
        return found

    def get_positions(self, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The open positions, filtered by `symbol`, else `group`, else `ticket`."""
        return [_position(item) for item in self._found("get_positions", "positions_get", params)]

    def get_pending_orders(self, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The waiting orders, filtered like positions."""
        return [_order(item) for item in self._found("get_pending_orders", "orders_get", params)]

    def get_orders_total(self) -> int:
        """How many orders are waiting; 0 on failure."""
        return self._ask("get_orders_total", "orders_total") or 0

    def get_order_history(self, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Deals, filtered by `symbol`, `from` and `to`, or one by its `ticket`, or those of a `position`."""
        return [_deal(item) for item in self._past("get_order_history", "history_deals_get", params)]

    def get_history_orders(self, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Orders that were filled, cancelled or refused; filters as in `get_order_history`."""
        return [_order(item) for item in self._past("get_history_orders", "history_orders_get", params)]

    def get_history_orders_total(self, params: dict[str, Any] | None = None) -> int:
        """How many orders ended between `from` and `to`; 0 on failure."""
        try:
            span = self._span(request.clean({} if params is None else params, "get_history_orders_total"))
        except ParameterError as error:
            self._failed("get_history_orders_total", str(error))
            return 0
        return self._ask("get_history_orders_total", "history_orders_total", *span) or 0

    # ------------------------------------------------------------- inside

    def _found(self, what: str, name: str, params: dict[str, Any] | None) -> tuple[Any, ...]:
        try:
            which = _filter(request.clean({} if params is None else params, what))
        except ParameterError as error:
            self._failed(what, str(error))
            return ()
        return self._ask(what, name, **which) or ()

    def _past(self, what: str, name: str, params: dict[str, Any] | None) -> tuple[Any, ...]:
        try:
            given = request.clean({} if params is None else params, what)
            if given.get("position") is not None:
                return self._ask(what, name, position=ticket_of(given["position"])) or ()
            ticket = None if given.get("ticket") is None else ticket_of(given["ticket"])
            span, symbol = self._span(given), given.get("symbol")
            if symbol is not None and not isinstance(symbol, str):
                raise ParameterError(f"symbol must be a text, not {symbol!r}")
        except ParameterError as error:
            self._failed(what, str(error))
            return ()
        if ticket is not None and name == "history_orders_get":
            return self._ask(what, name, ticket=ticket) or ()
        found = self._ask(what, name, *span) or ()
        if ticket is not None:  # MetaTrader's own filter takes the number of the order, the documentation's the deal's
            return tuple(item for item in found if item.ticket == ticket)
        return tuple(item for item in found if item.symbol and symbol in (None, "", item.symbol))

    def _span(self, given: dict[str, Any]) -> tuple[int, int]:
        """`from` and `to` as seconds; without `to` a day beyond now, since the server's clock may be ahead of ours.

        In a simulation, whose clock may stand anywhere, all there is.
        """
        start = _EPOCH if given.get("from") is None else request.epoch_seconds(given["from"], "from")
        if given.get("to") is not None:
            return start, last_second(given["to"])
        if self._connection is None or self._session is not None:
            return start, FAR
        return start, int((datetime.now(UTC) + timedelta(days=1)).timestamp())


def _filter(given: dict[str, Any]) -> dict[str, Any]:
    """The one filter that counts: symbol before group before ticket."""
    for key in ("symbol", "group"):
        value = given.get(key)
        if value is not None and not isinstance(value, str):
            raise ParameterError(f"{key} must be a text, not {value!r}")
        if value:
            return {key: value}
    return {"ticket": ticket_of(given["ticket"])} if given.get("ticket") is not None else {}


def _position(item: Any) -> dict[str, Any]:
    found: dict[str, Any] = item._asdict()
    return found | {"time": moment(item.time), "time_update": moment(item.time_update)}


def _order(item: Any) -> dict[str, Any]:
    found: dict[str, Any] = item._asdict()
    for key in ("time_setup", "time_done", "time_expiration"):
        found[key] = moment(found[key]) if found[key] else None
    return found


def _deal(item: Any) -> dict[str, Any]:
    found: dict[str, Any] = item._asdict()
    return found | {"time": moment(item.time)}
