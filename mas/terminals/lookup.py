"""Was that trade request carried out? Asked when no answer came: nothing is sent twice before it is looked up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mas import constants as mt5
from mas.terminals.structs import OrderSendResult, TradeOrder, TradeRequest

Ask = Callable[..., Any]

_DAY = 86_400
_SLACK = 60  # seconds that the last quote may be younger than the order

_RETCODES = {
    mt5.ORDER_STATE_FILLED: mt5.TRADE_RETCODE_DONE,
    mt5.ORDER_STATE_PARTIAL: mt5.TRADE_RETCODE_DONE_PARTIAL,
    mt5.ORDER_STATE_CANCELED: mt5.TRADE_RETCODE_CANCEL,
    mt5.ORDER_STATE_EXPIRED: mt5.TRADE_RETCODE_CANCEL,
    mt5.ORDER_STATE_REJECTED: mt5.TRADE_RETCODE_REJECT,
}
"""What the server would have answered, by the state of the order; other states: placed."""


def result_of(ask: Ask, request: Mapping[str, Any], since: int, known: Iterable[int]) -> OrderSendResult | None:
    """The answer that a request would have got, put together from the order it left behind; None if there is none.

    Args: ask: calls a function of the terminal. since: server time of a quote before the request was sent.
        known: tickets of orders that other requests made.
    """
    order = _order_of(ask, request, since, frozenset(known))
    if order is None:
        return None
    deals = ask("history_deals_get", ticket=order.ticket)
    return OrderSendResult(
        retcode=_RETCODES.get(order.state, mt5.TRADE_RETCODE_PLACED),
        deal=deals[-1].ticket if deals else 0,
        order=order.ticket,
        volume=order.volume_initial - order.volume_current,
        price=deals[-1].price if deals else order.price_open,
        comment="found after a lost answer",
        request=TradeRequest(**request),
    )


def _order_of(ask: Ask, request: Mapping[str, Any], since: int, known: frozenset[int]) -> TradeOrder | None:
    """The newest order that the request describes: same symbol, type, magic, volume, comment and position."""
    future = max(since, int(time.time())) + 2 * _DAY  # server clocks are ahead of ours by hours
    past = ask("history_orders_get", since - _SLACK, future, group=request["symbol"])
    waiting = ask("orders_get", symbol=request["symbol"])
    same = [o for o in (*past, *waiting) if o.ticket not in known and _is_of(o, request, since - _SLACK)]
    return max(same, key=lambda o: (o.time_setup_msc, o.ticket), default=None)


def _is_of(order: TradeOrder, request: Mapping[str, Any], since: int) -> bool:
    position = request.get("position", 0)
    return (
        order.symbol == request["symbol"]
        and order.time_setup >= since
        and order.type == request.get("type", 0)
        and order.magic == request.get("magic", 0)
        and abs(order.volume_initial - request.get("volume", 0.0)) < 1e-9
        and (not position or order.position_id == position)
        and str(request.get("comment", "")).startswith(order.comment)  # brokers cut comments
    )
