"""order_send with care: what may be tried again is, what may have happened is looked up, the rest is told.

10030           the other filling modes, once each; what works is remembered per symbol
10004, 10020    fresh price, and again
10021           into Market Watch, wait for a quote, and again
10024, 10028, 10031   wait, and again
10016           levels rounded to the tick, once; then, if allowed, stops set right after the fill
10012, no answer      look the order up; never send blindly again
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from mas import constants as mt5
from mas import fills
from mas.errors import BrokerError, Rejected
from mas.terminals.link import Link
from mas.terminals.lookup import result_of
from mas.terminals.requests import plain_request
from mas.terminals.retcodes import ACCEPTED, Kind, kind_of
from mas.terminals.structs import OrderSendResult, SymbolInfo
from mas.terminals.troubles import IN_DOUBT, OutcomeUnknown, Unreachable

log = logging.getLogger("mas")

Request = dict[str, Any]

FILLINGS = (mt5.ORDER_FILLING_FOK, mt5.ORDER_FILLING_IOC, mt5.ORDER_FILLING_RETURN)
"""What is tried after 10030; BOC is left out, since it means another thing: never fill at once."""

RETRY_WAITS = (0.3, 1.0, 3.0)
"""Seconds before a request is sent again after a transient refusal."""

LOOKUP_WAITS = (0.0, 0.5, 1.0, 3.0)
"""Seconds before each look for an order whose answer got lost: it may show up late."""

_CREATING = (mt5.TRADE_ACTION_DEAL, mt5.TRADE_ACTION_PENDING)
_TRADED = (mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_DONE_PARTIAL)

UNKNOWN = (
    "no answer came to a trade request ({why}), and its order is neither waiting nor in the history yet. "
    "Look at the Trade and History tabs of the terminal before sending it again"
)

NOT_LOOKED_UP = (
    "no answer came to a trade request ({why}), and the terminal cannot be asked what became of it: it may have been "
    "carried out. Look at the Trade and History tabs of the terminal before sending it again"
)


class Sender:
    """Sends trade requests in the broker's own symbol names.

    Args: stops_after_fill: if the broker refuses stop and target within a market order, open without them and set
        them at once; a position whose stops cannot be set is closed again.
    """

    def __init__(
        self, link: Link, *, stops_after_fill: bool = False,
        retry_waits: Sequence[float] = RETRY_WAITS, lookup_waits: Sequence[float] = LOOKUP_WAITS,
    ) -> None:  # fmt: skip
        self._link = link
        self._stops_after_fill = stops_after_fill
        self._retry_waits = tuple(retry_waits)
        self._lookup_waits = tuple(lookup_waits)
        self._fillings: dict[tuple[str, int, int], int] = {}
        self._orders: set[int] = set()

    def send(self, request: Mapping[str, Any]) -> OrderSendResult:
        """The server's answer, refusals included (`retcode`).

        Raises: ParameterError: a field of the wrong type. Rejected: the terminal did not take the request, or is logged
            in to another account. ConnectionLost: it was not sent. OutcomeUnknown: it may have been.
        """
        wanted = plain_request(request)
        self._link.check_account()
        result = self._patiently(wanted)
        if result.retcode == mt5.TRADE_RETCODE_INVALID_STOPS:
            result = self._with_other_stops(wanted, result)
        return result

    def _patiently(self, request: Request) -> OrderSendResult:
        result = self._with_a_filling(request)
        for wait in self._retry_waits:
            if kind_of(result.retcode) is not Kind.TRANSIENT:
                break
            log.info("%s: %s, trying again in %g s", request.get("symbol", ""), result.comment or result.retcode, wait)
            self._link.pause(wait)
            result = self._with_a_filling(self._refreshed(request))
        return result

    # ------------------------------------------------------------- 10030

    def _with_a_filling(self, request: Request) -> OrderSendResult:
        asked = request.get("type_filling", mt5.ORDER_FILLING_FOK)
        key = (request.get("symbol", ""), request.get("action", 0), asked)
        mode = self._fillings.get(key, asked)
        result = self._once({**request, "type_filling": mode} if mode != asked else request)
        if result.retcode != mt5.TRADE_RETCODE_INVALID_FILL or request.get("action") not in _CREATING:
            return result
        for other in FILLINGS:
            if other == mode:
                continue
            result = self._once({**request, "type_filling": other})
            if result.retcode != mt5.TRADE_RETCODE_INVALID_FILL:
                self._fillings[key] = other
                log.info("%s: filling mode %d is not allowed, %d is", request.get("symbol", ""), mode, other)
                break
        return result

    # ------------------------------------------------------------- 10004, 10020, 10021

    def _refreshed(self, request: Request) -> Request:
        """The same request at the price of the moment, for a market order; the symbol is put into Market Watch."""
        symbol = request.get("symbol")
        if not symbol:
            return request
        try:
            self._link.ask("symbol_select", symbol, True)
            tick = self._link.ask("symbol_info_tick", symbol)
        except Rejected:  # still no quote: the server shall say so
            return request
        if request.get("action") != mt5.TRADE_ACTION_DEAL or not request.get("price"):
            return request
        return {**request, "price": tick.ask if request.get("type") == mt5.ORDER_TYPE_BUY else tick.bid}

    # ------------------------------------------------------------- no answer

    def _once(self, request: Request) -> OrderSendResult:
        since = self._server_time(request)
        try:
            result: OrderSendResult = self._link.ask("order_send", request)
        except Unreachable as lost:
            if lost.code in IN_DOUBT and request.get("action") in _CREATING:
                return self._looked_up(request, since, str(lost), lost=True)
            self._link.reconnect()
            result = self._link.ask("order_send", request)  # it never left, or doing it twice does no harm
        if result.retcode == mt5.TRADE_RETCODE_TIMEOUT and request.get("action") in _CREATING:
            return self._looked_up(request, since, f"{result.retcode} {result.comment}")
        return self._noted(result)

    def _server_time(self, request: Request) -> int:
        """Time of the newest quote, on the server's clock; 0 if there is none."""
        try:
            return int(self._link.ask("symbol_info_tick", request["symbol"]).time) if request.get("symbol") else 0
        except Rejected:
            return 0

    def _looked_up(self, request: Request, since: int, why: str, *, lost: bool = False) -> OrderSendResult:
        """The result that the terminal's books tell. Raises: OutcomeUnknown: they do not, or cannot be read."""
        try:
            if lost:
                self._link.reconnect()
            for wait in self._lookup_waits:
                self._link.pause(wait)
                found = result_of(self._link.ask, request, since, self._orders)
                if found is not None:
                    return self._noted(found)
        except BrokerError as error:
            raise OutcomeUnknown(NOT_LOOKED_UP.format(why=why)) from error
        raise OutcomeUnknown(UNKNOWN.format(why=why))

    def _noted(self, result: OrderSendResult) -> OrderSendResult:
        if result.order:
            self._orders.add(result.order)
        return result

    # ------------------------------------------------------------- 10016

    def _with_other_stops(self, request: Request, refused: OrderSendResult) -> OrderSendResult:
        symbol = request.get("symbol")
        if not symbol:
            return refused
        info: SymbolInfo = self._link.ask("symbol_info", symbol)
        rounded = _on_the_grid(request, info)
        if rounded != request:
            refused = self._patiently(rounded)
        market = info.trade_exemode == mt5.SYMBOL_TRADE_EXECUTION_MARKET
        entry = request.get("action") == mt5.TRADE_ACTION_DEAL and not request.get("position")
        if refused.retcode != mt5.TRADE_RETCODE_INVALID_STOPS or not (self._stops_after_fill and market and entry):
            return refused
        return self._stops_afterwards(rounded)

    def _stops_afterwards(self, request: Request) -> OrderSendResult:
        entry = self._patiently({**request, "sl": 0.0, "tp": 0.0})
        if entry.retcode not in _TRADED:
            return entry
        self._wait_for_position(entry.order)
        levels = {
            "action": mt5.TRADE_ACTION_SLTP, "symbol": request["symbol"], "position": entry.order,
            "sl": request.get("sl", 0.0), "tp": request.get("tp", 0.0),
        }  # fmt: skip
        try:
            protected = self._patiently(levels)
        except BrokerError:
            self._flatten(request, entry)
            raise
        if protected.retcode in ACCEPTED:
            return entry
        self._flatten(request, entry)
        return protected._replace(comment="stops refused after the fill; closed again", order=entry.order)

    def _wait_for_position(self, ticket: int) -> None:
        """A position may show up a little later than the answer that made it."""
        for wait in self._lookup_waits:
            self._link.pause(wait)
            if self._link.ask("positions_get", ticket=ticket):
                return

    def _flatten(self, request: Request, entry: OrderSendResult) -> None:
        """Close a position that could not be given its stop."""
        log.error("the stops of position %d were refused: closing it again", entry.order)
        opposite = mt5.ORDER_TYPE_SELL if request.get("type") == mt5.ORDER_TYPE_BUY else mt5.ORDER_TYPE_BUY
        close = {**request, "type": opposite, "position": entry.order, "volume": entry.volume, "sl": 0.0, "tp": 0.0}
        result = self._patiently(self._refreshed(close))
        if result.retcode not in ACCEPTED:
            log.critical("position %d is open WITHOUT A STOP: close it by hand", entry.order)


def _on_the_grid(request: Request, info: SymbolInfo) -> Request:
    """The request with its prices rounded to the tick."""
    prices = [key for key in ("price", "stoplimit", "sl", "tp") if request.get(key)]
    return {**request, **{k: fills.round_to_tick(request[k], info.trade_tick_size, info.digits) for k in prices}}
