"""What has become of a request whose answer nobody has: it is looked for, and never sent again before that.

A request that makes an order is known by the id with which its comment begins. Brokers cut comments and write over
them: then it is the one order of the run's magic number that nobody else has made and that looks the same. A request
that changes something has been carried out if what it asks for is so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from mas import constants as mt5
from mas.errors import MasError
from mas.terminals.structs import OrderSendResult, TradeDeal, TradeOrder, TradePosition
from mas.terminals.troubles import OutcomeUnknown
from mas.trading.journal import Intent

Ask = Callable[..., Any]
"""Calls a function of the terminal by its name; raises where that fails."""

LONGEST = 29
"""Characters of a comment that a terminal takes."""

_ID = re.compile(r"n2-[0-9a-z]+-[0-9a-z]+")
_SLACK = 60  # seconds that the quote seen last may be younger than the order
_FAR = 2**31 - 1
_CREATING = (mt5.TRADE_ACTION_DEAL, mt5.TRADE_ACTION_PENDING, mt5.TRADE_ACTION_CLOSE_BY)
_SERVER = (mt5.ORDER_REASON_SL, mt5.ORDER_REASON_TP, mt5.ORDER_REASON_SO, mt5.DEAL_REASON_ROLLOVER)
"""Reasons (the same numbers for orders and deals) of what the server does by itself."""
_RETCODES = {
    mt5.ORDER_STATE_FILLED: mt5.TRADE_RETCODE_DONE,
    mt5.ORDER_STATE_REJECTED: mt5.TRADE_RETCODE_REJECT,
    mt5.ORDER_STATE_EXPIRED: mt5.TRADE_RETCODE_CANCEL,
    mt5.ORDER_STATE_CANCELED: mt5.TRADE_RETCODE_CANCEL,
}
"""What the server would have answered, by the final state of an order."""
_MODIFIED = {
    "price": "price_open", "stoplimit": "price_stoplimit", "sl": "sl", "tp": "tp", "expiration": "time_expiration",
}  # fmt: skip
"""What a modification sets: the names in requests and in orders."""
_FOUND = "found after a lost answer"


class UnknownPositions(MasError):
    """There is something under the run's magic number that the run has not made, or that it does not know of.

    `tickets`: of positions and orders.
    """

    def __init__(self, tickets: Collection[int], magic: int) -> None:
        self.tickets = tuple(sorted(tickets))
        listed = ", ".join(map(str, self.tickets))
        super().__init__(
            f"under the magic number {magic} the account has what this run knows nothing of (tickets {listed}). It "
            "does not trade until that is settled: close them, or say that they are to be left alone"
        )


def wire_comment(run: str, number: int, comment: str) -> str:
    """The comment that the broker sees: an id that no other request has, and as much of the strategy's as there is
    room for."""
    own = "".join(sign for sign in comment if sign.isascii() and sign.isprintable())
    return f"n2-{run}-{number:05x} {own}"[:LONGEST].rstrip()


def id_of(wire: str) -> str:
    """The id with which a comment begins."""
    return wire.partition(" ")[0]


def creates(request: Mapping[str, Any]) -> bool:
    """Whether a request makes an order, so that carrying it out twice does something else than once."""
    return request.get("action") in _CREATING


class Lookup:
    """Looks for requests of one symbol. Args: known: orders that are accounted for."""

    def __init__(self, ask: Ask, symbol: str, known: Collection[int]) -> None:
        self._ask, self._symbol, self._known = ask, symbol, known

    def answer(self, intent: Intent) -> OrderSendResult | None:
        """What the server has or would have answered; None: nothing is to be seen of it now.

        An order that the server is still busy with is answered by 10008.

        Raises: OutcomeUnknown: several orders may be it. BrokerError: the terminal does not say.
        """
        if creates(intent.request):
            return self._made(intent)
        if not self._is_so(intent.request):
            return None
        return OrderSendResult(mt5.TRADE_RETCODE_DONE, order=intent.request.get("order", 0), comment=_FOUND)

    # ------------------------------------------------------------- requests that make an order

    def _made(self, intent: Intent) -> OrderSendResult | None:
        since, request = intent.server_time - _SLACK, intent.request
        orders = [*self._ask("orders_get", symbol=self._symbol), *self._ask("history_orders_get", since, _FAR)]
        order = self._the_one(intent, [o for o in orders if self._is_new(o.ticket, o)], _same_order, since)
        deals = [d for d in self._ask("history_deals_get", since, _FAR) if self._is_new(d.order, d)]
        if order is not None:
            return self._of_order(order, request, [d for d in deals if d.order == order.ticket])
        deal = self._the_one(intent, deals, _same_deal, since)
        if deal is not None:  # its order does not show yet
            return self._of_deals(deal.order, [d for d in deals if d.order == deal.order])
        positions = [p for p in self._ask("positions_get", symbol=self._symbol) if self._is_new(p.identifier, p)]
        position = self._the_one(intent, positions, _same_position, since)
        if position is not None:  # nor does its deal
            volume, price = position.volume, position.price_open
            return OrderSendResult(mt5.TRADE_RETCODE_DONE, 0, position.identifier, volume, price, comment=_FOUND)
        return None

    def _is_new(self, order: int, item: Any) -> bool:
        return item.symbol == self._symbol and order not in self._known

    def _the_one(self, intent: Intent, items: Iterable[Any], same: Callable[..., bool], since: int) -> Any:
        """The item that a request has made; None if there is none. Raises: OutcomeUnknown: it may be one of several."""
        request, mine, named, alike = intent.request, id_of(intent.wire), [], []
        magic = request.get("magic", 0)
        for item in items:
            if item.comment.startswith(mine):
                named.append(item)
            elif (
                item.magic == magic and same(item, intent.request, since) and _may_have_been(item.comment, intent.wire)
            ):
                alike.append(item)
        if named or not alike:
            return named[0] if named else None
        numbers = {getattr(item, "order", item.ticket) for item in alike}
        if len(numbers) > 1:
            raise OutcomeUnknown(
                f"a trade request has no answer, and the orders {', '.join(map(str, sorted(numbers)))} look like it: "
                "see which of them are this strategy's, and close the others"
            )
        return alike[0]

    def _of_order(self, order: TradeOrder, request: Mapping[str, Any], deals: list[TradeDeal]) -> OrderSendResult:
        if deals and order.state == mt5.ORDER_STATE_FILLED:
            return self._of_deals(order.ticket, deals)
        waits = request["action"] == mt5.TRADE_ACTION_PENDING and order.state not in _RETCODES
        code = mt5.TRADE_RETCODE_DONE if waits else _RETCODES.get(order.state, mt5.TRADE_RETCODE_PLACED)
        volume = order.volume_initial if waits else sum(d.volume for d in deals)
        if code == mt5.TRADE_RETCODE_CANCEL and volume:
            code = mt5.TRADE_RETCODE_DONE_PARTIAL  # the rest of it was cancelled
        if request["action"] == mt5.TRADE_ACTION_PENDING:
            code = mt5.TRADE_RETCODE_DONE  # it was accepted; what has become of it since is told as an event
        price = deals[-1].price if deals else order.price_open
        deal = deals[-1].ticket if deals else 0
        return OrderSendResult(code, deal, order.ticket, round(volume, 8), price, comment=_FOUND)

    @staticmethod
    def _of_deals(order: int, deals: list[TradeDeal]) -> OrderSendResult:
        volume, last = round(sum(d.volume for d in deals), 8), deals[-1]
        return OrderSendResult(mt5.TRADE_RETCODE_DONE, last.ticket, order, volume, last.price, comment=_FOUND)

    # ------------------------------------------------------------- requests that change something

    def _is_so(self, request: Mapping[str, Any]) -> bool:
        """Whether what a request asks for is so. What it is about may be gone: then sending it again does no harm."""
        action = request.get("action")
        if action == mt5.TRADE_ACTION_SLTP:
            positions = self._ask("positions_get", symbol=self._symbol)
            return any(_has(p, request, "sl", "tp") for p in positions if p.identifier == request["position"])
        waiting = [o for o in self._ask("orders_get", symbol=self._symbol) if o.ticket == request["order"]]
        if action == mt5.TRADE_ACTION_REMOVE:
            ended = self._ask("history_orders_get", ticket=request["order"])
            return not waiting and any(o.state == mt5.ORDER_STATE_CANCELED for o in ended)
        same = (_near(getattr(o, shown), request.get(name)) for o in waiting for name, shown in _MODIFIED.items())
        return bool(waiting) and all(same)


def unknown(ask: Ask, symbol: str, magic: int, known: Collection[int], left_alone: Collection[int] = ()) -> set[int]:
    """Positions and waiting orders of a magic number (tickets) that come from no order that is known."""
    held = [p for p in ask("positions_get", symbol=symbol) if p.magic == magic]
    waiting = [o for o in ask("orders_get", symbol=symbol) if o.magic == magic]
    strange = {p.ticket for p in held if p.identifier not in known and p.ticket not in known}
    strange |= {o.ticket for o in waiting if o.ticket not in known}
    return strange - set(left_alone)


def _same_order(order: TradeOrder, request: Mapping[str, Any], since: int) -> bool:
    """Whether an order looks like what a request makes."""
    closes_by = request["action"] == mt5.TRADE_ACTION_CLOSE_BY
    kind = mt5.ORDER_TYPE_CLOSE_BY if closes_by else request.get("type", 0)
    position = request.get("position", 0)
    return (
        order.type == kind
        and order.time_setup >= since
        and order.reason not in _SERVER
        and (closes_by or _near(order.volume_initial, request.get("volume")))
        and (not position or order.position_id == position)
    )


def _same_deal(deal: TradeDeal, request: Mapping[str, Any], since: int) -> bool:
    position = request.get("position", 0)
    return (
        request["action"] == mt5.TRADE_ACTION_DEAL
        and deal.type == request.get("type", 0)
        and deal.time >= since
        and deal.reason not in _SERVER
        and deal.volume <= request["volume"] + 1e-9
        and (not position or deal.position_id == position)
    )


def _same_position(position: TradePosition, request: Mapping[str, Any], since: int) -> bool:
    opens = request["action"] == mt5.TRADE_ACTION_DEAL and not request.get("position")
    same = position.type == request.get("type", 0) and position.volume <= request.get("volume", 0.0) + 1e-9
    return bool(opens and same and position.time >= since)


def _may_have_been(comment: str, wire: str) -> bool:
    """Whether a broker may have made this of a comment: cut off, or written over; not another request's."""
    return wire.startswith(comment) or not _ID.match(comment)


def _has(item: Any, request: Mapping[str, Any], *names: str) -> bool:
    return all(_near(getattr(item, name), request.get(name)) for name in names)


def _near(shown: float, asked: Any) -> bool:
    wanted = float(asked or 0.0)
    return abs(shown - wanted) <= 1e-9 * max(1.0, abs(wanted))
