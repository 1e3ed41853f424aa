"""Trade requests: checked by `validation`, carried out on the book at the quote of the moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mas import constants as mt5
from mas.terminals.simulated import validation
from mas.terminals.simulated.book import Order, exit_reason
from mas.terminals.simulated.core import Core, connected
from mas.terminals.simulated.playing import affordable
from mas.terminals.simulated.validation import DONE, PLACED
from mas.terminals.structs import OrderCheckResult, OrderSendResult, TradeRequest


class Trading(Core):
    """`order_check` and `order_send`: None for a field of the wrong type, else an answer with a retcode."""

    @connected(None)
    def order_check(self, request: dict[str, Any], /) -> OrderCheckResult | None:
        """What the request would do; margin figures are those of the account after the trade."""
        read = validation.read_request(request)
        if isinstance(read, str):
            self._error = (mt5.RES_E_INVALID_PARAMS, read)
            return None
        code = self._check(read, request)
        book, money = self.book, self.market.money
        opens = read.action == mt5.TRADE_ACTION_DEAL and not read.position
        more = money.margin(read.volume, read.price or self.market.ask) if opens else 0.0
        equity, margin = book.balance + book.floating(), book.margin() + more
        level = 100.0 * equity / margin if margin else 0.0
        code = 0 if code in (DONE, PLACED) else code
        comment = "Done" if code == 0 else validation.COMMENTS[code]
        return OrderCheckResult(
            code, book.balance, equity, book.floating(), margin, equity - margin, level, comment, read
        )

    @connected(None)
    def order_send(self, request: dict[str, Any], /) -> OrderSendResult | None:
        """Carry out a trade request at the quote of the moment."""
        read = validation.read_request(request)
        if isinstance(read, str):
            self._error = (mt5.RES_E_INVALID_PARAMS, read)
            return None
        code = self._check(read, request)
        if code not in (DONE, PLACED):
            return OrderSendResult(code, comment=validation.COMMENTS[code], request=read)
        return _ACTIONS[read.action](self, read)

    def _check(self, request: TradeRequest, raw: dict[str, Any]) -> int:
        """DONE or PLACED, or the code of the first check that fails."""
        if request.action not in _ACTIONS:
            return mt5.TRADE_RETCODE_INVALID
        if self._over:
            return mt5.TRADE_RETCODE_MARKET_CLOSED
        book, market, action = self.book, self.market, request.action
        if action == mt5.TRADE_ACTION_SLTP:
            return validation.check_levels(book.positions.get(request.position), request.sl, request.tp)
        if action == mt5.TRADE_ACTION_MODIFY:
            return validation.check_modification(book.orders.get(request.order), request)
        if action == mt5.TRADE_ACTION_REMOVE:
            return DONE if request.order in book.orders else mt5.TRADE_RETCODE_INVALID_ORDER
        if action == mt5.TRADE_ACTION_DEAL and request.position:
            return validation.check_closing(book.positions.get(request.position), request)
        if request.symbol != market.symbol:
            return mt5.TRADE_RETCODE_INVALID
        if action == mt5.TRADE_ACTION_PENDING:
            if request.type not in validation.PENDING:
                return mt5.TRADE_RETCODE_INVALID_ORDER
            code = validation.check_pending(market, request, through=raw.get("through") is True)
            return PLACED if code == DONE else code
        if request.type not in (mt5.ORDER_TYPE_BUY, mt5.ORDER_TYPE_SELL):
            return mt5.TRADE_RETCODE_INVALID_ORDER
        code = validation.check_market_entry(market, request)
        if code == DONE and not affordable(book, self._order(request, 0), self._price(request.type)):
            return mt5.TRADE_RETCODE_NO_MONEY
        return code

    def _deal(self, request: TradeRequest) -> OrderSendResult:
        order, price = self._order(request, self.book.ticket()), self._price(request.type)
        if request.position:
            position = self.book.positions[request.position]
            self.book.close(position, price, exit_reason(request.comment), order=order, volume=request.volume)
            self.player.listener.closed(position, order, request.volume, price)
        else:
            inside = self.market.inside
            opened = self.book.open(order, price, inside=inside, fill_at_open=not inside)
            self.player.listener.opened(opened, order)
        return self._answer(DONE, request, order.ticket, self.book.deals[-1].ticket, price)

    def _pending(self, request: TradeRequest) -> OrderSendResult:
        order = self._order(request, self.book.ticket())
        if self.market.inside:
            order.live_from += 1  # the rest of a bar is not known: an order placed inside it waits for the next
        order.last_bar = self._last_bar(request.type_time, request.expiration)
        self.book.orders[order.ticket] = order
        return self._answer(DONE, request, order.ticket, 0, request.price)

    def _sltp(self, request: TradeRequest) -> OrderSendResult:
        position = self.book.positions[request.position]
        position.set_levels(request.sl, request.tp, request.comment or "sl")
        return self._answer(DONE, request, 0, 0, 0.0)

    def _modify(self, request: TradeRequest) -> OrderSendResult:
        order = self.book.orders[request.order]
        order.price, order.stoplimit, order.sl, order.tp = request.price, request.stoplimit, request.sl, request.tp
        order.time_type, order.expiration = request.type_time, request.expiration
        order.last_bar = self._last_bar(request.type_time, request.expiration)
        order.search_again()
        return self._answer(DONE, request, order.ticket, 0, request.price)

    def _remove(self, request: TradeRequest) -> OrderSendResult:
        order = self.book.orders[request.order]
        self.book.finish(order, mt5.ORDER_STATE_CANCELED)
        self.player.listener.ended(order, mt5.TRADE_RETCODE_CANCEL)
        return self._answer(DONE, request, order.ticket, 0, 0.0)

    def _answer(self, code: int, request: TradeRequest, order: int, deal: int, price: float) -> OrderSendResult:
        market = self.market
        comment = validation.COMMENTS[code]
        return OrderSendResult(
            code, deal, order, request.volume, price, market.bid, market.ask, comment, order, 0, request
        )

    def _order(self, request: TradeRequest, ticket: int) -> Order:
        market = self.market
        return Order(
            ticket=ticket, kind=request.type, market=market, volume=request.volume, price=request.price,
            stoplimit=request.stoplimit, sl=request.sl, tp=request.tp, magic=request.magic, comment=request.comment,
            filling=request.type_filling, time_type=request.type_time, expiration=request.expiration,
            set_at=market.time, bar=market.bar, live_from=market.bar,
        )  # fmt: skip

    def _price(self, kind: int) -> float:
        return self.market.ask if kind == mt5.ORDER_TYPE_BUY else self.market.bid

    def _last_bar(self, time_type: int, expiration: int) -> int:
        """The last bar in which an order of that validity may fill."""
        day = 86_400
        if time_type == mt5.ORDER_TIME_GTC:
            return 2**62
        if time_type == mt5.ORDER_TIME_DAY:
            expiration = (self.market.time // day + 1) * day
        elif time_type == mt5.ORDER_TIME_SPECIFIED_DAY:
            expiration = (expiration // day + 1) * day
        return int(np.searchsorted(self.market.bars.time, expiration, side="left")) - 1


_ACTIONS: dict[int, Callable[[Trading, TradeRequest], OrderSendResult]] = {
    mt5.TRADE_ACTION_DEAL: Trading._deal,
    mt5.TRADE_ACTION_PENDING: Trading._pending,
    mt5.TRADE_ACTION_SLTP: Trading._sltp,
    mt5.TRADE_ACTION_MODIFY: Trading._modify,
    mt5.TRADE_ACTION_REMOVE: Trading._remove,
}
