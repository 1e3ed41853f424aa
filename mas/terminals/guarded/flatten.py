"""Closing positions and removing orders on a guard's behalf, whatever else is forbidden."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from mas import constants as mt5
from mas.errors import BrokerError
from mas.fills import LONG
from mas.request import filling
from mas.terminals.guarded.exposure import side_of
from mas.terminals.retcodes import ACCEPTED
from mas.terminals.structs import OrderSendResult, TradeOrder, TradePosition

Send = Callable[[dict[str, Any]], OrderSendResult | None]
_GONE = (mt5.TRADE_RETCODE_POSITION_CLOSED, mt5.TRADE_RETCODE_INVALID_ORDER)
_DEVIATION = 1000
"""Points: getting out is worth more than the price."""


class Done(NamedTuple):
    """What came of it."""

    closed: int = 0
    removed: int = 0
    failed: tuple[str, ...] = ()
    """Why something is still there."""

    @property
    def text(self) -> str:
        parts = [(self.closed, "position", "closed"), (self.removed, "order", "removed")]
        return ", ".join(f"{n} {what}{'s' if n > 1 else ''} {verb}" for n, what, verb in parts if n)


def clear(
    terminal: Any, send: Send, positions: Iterable[TradePosition], orders: Iterable[TradeOrder], comment: str
) -> Done:
    """Remove those orders, then close those positions at the market.

    Args: terminal: for quotes and terms. send: carries a request out.
    """
    failed: list[str] = []
    removed = closed = 0
    for order in orders:
        why = _try(terminal, send, {"action": mt5.TRADE_ACTION_REMOVE, "order": order.ticket}, f"order {order.ticket}")
        removed, failed = removed + (why == ""), failed + ([why] if why else [])
    for position in positions:
        try:
            request = _closing(terminal, position, comment)
        except BrokerError as error:
            failed.append(f"position {position.ticket}: {error}")
            continue
        why = _try(terminal, send, request, f"position {position.ticket}")
        closed, failed = closed + (why == ""), failed + ([why] if why else [])
    return Done(closed, removed, tuple(failed))


def _closing(terminal: Any, position: TradePosition, comment: str) -> dict[str, Any]:
    info, tick = terminal.symbol_info(position.symbol), terminal.symbol_info_tick(position.symbol)
    long = side_of(position) == LONG
    request: dict[str, Any] = {
        "action": mt5.TRADE_ACTION_DEAL, "symbol": position.symbol, "position": position.ticket,
        "type": mt5.ORDER_TYPE_SELL if long else mt5.ORDER_TYPE_BUY, "volume": position.volume,
        "magic": position.magic, "deviation": _DEVIATION, "comment": comment,
    }  # fmt: skip
    if tick is not None:
        request["price"] = tick.bid if long else tick.ask
    if info is not None:
        request["type_filling"] = filling({}, info, market=True)
    return request


def _try(terminal: Any, send: Send, request: dict[str, Any], what: str) -> str:
    """Send it. Returns: "" if it is done, else why not."""
    try:
        answer = send(request)
    except BrokerError as error:
        return f"{what}: {error}"
    if answer is None:
        return f"{what}: {terminal.last_error()[1]}"
    if answer.retcode in ACCEPTED or answer.retcode in _GONE:
        return ""
    return f"{what}: {answer.comment} ({answer.retcode})"
