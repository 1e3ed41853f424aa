"""Buy, Sell and Close: the module's helpers in Python, quirks included.

As in the module the deviation is 10 points and no filling is named, which is FOK; a requote (10004) or a missing quote
(10021) is tried again up to ten times.
"""

from __future__ import annotations

from typing import Any

from mas import constants as mt5
from mas.terminals.simulated.queries import Queries
from mas.terminals.simulated.trading import Trading
from mas.terminals.structs import OrderSendResult, TradePosition

_DEVIATION, _TRIES = 10, 10
_AGAIN = (mt5.TRADE_RETCODE_REQUOTE, mt5.TRADE_RETCODE_PRICE_OFF)


class Shortcuts(Queries, Trading):
    """The three functions with a capital letter."""

    def Buy(  # noqa: N802 - the module's name
        self, symbol: str, volume: float, price: float | None = None, *, comment: str | None = None,
        ticket: int | None = None,
    ) -> OrderSendResult | None:  # fmt: skip
        """Buy at the market; with a ticket, close that short position."""
        return self._deal_now(mt5.ORDER_TYPE_BUY, symbol, volume, price, comment, ticket)

    def Sell(  # noqa: N802
        self, symbol: str, volume: float, price: float | None = None, *, comment: str | None = None,
        ticket: int | None = None,
    ) -> OrderSendResult | None:  # fmt: skip
        """Sell at the market; with a ticket, close that long position."""
        return self._deal_now(mt5.ORDER_TYPE_SELL, symbol, volume, price, comment, ticket)

    def Close(  # noqa: N802
        self, symbol: str, *, comment: str | None = None, ticket: int | None = None
    ) -> bool | str | None:
        """Close all positions of a symbol, or one. Returns: True, False if nothing closed, "Partially", None."""
        positions = self.positions_get(ticket=ticket) if ticket is not None else self.positions_get(symbol=symbol)
        if positions is None:
            return None
        closed = [p for p in positions if p.symbol == symbol and self._closes(p, comment)]
        if len(closed) == len(positions):
            return bool(closed)
        return "Partially" if closed else False

    def _closes(self, position: TradePosition, comment: str | None) -> bool:
        kind = mt5.ORDER_TYPE_SELL if position.type == mt5.POSITION_TYPE_BUY else mt5.ORDER_TYPE_BUY
        answer = self._deal_now(kind, position.symbol, position.volume, None, comment, position.ticket)
        return answer is not None and answer.retcode == mt5.TRADE_RETCODE_DONE

    def _deal_now(
        self, kind: int, symbol: str, volume: float, price: float | None, comment: str | None, ticket: int | None
    ) -> OrderSendResult | None:
        request: dict[str, Any] = {
            "action": mt5.TRADE_ACTION_DEAL, "symbol": symbol, "volume": volume, "type": kind, "deviation": _DEVIATION
        }  # fmt: skip
        if comment is not None:
            request["comment"] = comment
        if ticket is not None:
            request["position"] = ticket
        answer: OrderSendResult | None = None
        for _ in range(1 if price is not None else _TRIES):
            tick = self.symbol_info_tick(symbol)
            if tick is None:
                return None
            quote = tick.ask if kind == mt5.ORDER_TYPE_BUY else tick.bid
            answer = self.order_send({**request, "price": quote if price is None else price})
            if answer is None or answer.retcode not in _AGAIN:
                break
        return answer
