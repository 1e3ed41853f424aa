"""Trade requests: read, checked by `validation`, carried out on the book at the quote of the moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mas import constants as mt5
from mas import fills
from mas.fills import LONG, SHORT
from mas.terminals.simulated import netting
from mas.terminals.simulated.book import Order, exit_reason
from mas.terminals.simulated.core import API_DISABLED, INVALID_PARAMS, Core, connected
from mas.terminals.simulated.costs import slipped
from mas.terminals.simulated.funds import affordable
from mas.terminals.simulated.reading import read_request
from mas.terminals.simulated.validation import COMMENTS, DONE, Checks
from mas.terminals.structs import OrderCheckResult, OrderSendResult, TradeRequest

_DAY = 86_400
_OPEN_END = 2**62


class Trading(Core):
    """`order_check` and `order_send`: None for a field of the wrong type, else an answer with a retcode."""

    takes_through = True
    """Whether a request may say `through`: see `Checks.check`."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._checks = Checks(self.book, self.market, self._covered, lambda: self._over)

    @property
    def accepts_requests(self) -> int:
        """DONE, or the code by which every request is refused, whatever it asks."""
        return self._checks.gate

    @connected(None)
    def order_check(self, request: dict[str, Any] | None = None, /, **fields: Any) -> OrderCheckResult | None:
        """What the request would do; margin figures are those of the account after the trade."""
        read = self._read(request, fields)
        if read is None:
            return None
        code = self._checks.check(read, through=_through(request, fields), sending=False)
        book, money = self.book, self.market.money
        opens = read.action == mt5.TRADE_ACTION_DEAL and not read.position and read.volume > 0
        side = LONG if fills.buys(read.type) else SHORT
        more = money.margin(read.volume, read.price or self.market.ask, side=side) if opens else 0.0
        balance, floating, margin = (
            round(float(money), book.digits) for money in (book.balance, book.floating(), book.margin() + more)
        )
        equity = round(balance + floating, book.digits)
        level = 100.0 * equity / margin if margin else 0.0
        code, comment = (0, "Done") if code == DONE else (code, COMMENTS[code])
        free = round(equity - margin - book.dues.blocked, book.digits)
        return OrderCheckResult(code, balance, equity, floating, margin, free, level, comment, read)

    @connected(None)
    def order_send(self, request: dict[str, Any] | None = None, /, **fields: Any) -> OrderSendResult | None:
        """Carry out a trade request at the quote of the moment."""
        if not self.account.api_allowed:
            self._error = API_DISABLED
            return None
        read = self._read(request, fields)
        if read is None:
            return None
        code = self._checks.check(read, through=_through(request, fields))
        if code == DONE:
            return _ACTIONS[read.action](self, read)
        market = self.market
        quote = (market.bid, market.ask) if code == mt5.TRADE_RETCODE_REQUOTE else (0.0, 0.0)
        return OrderSendResult(code, 0, 0, 0.0, 0.0, *quote, COMMENTS[code], 0, 0, read)

    def _read(self, request: dict[str, Any] | None, fields: dict[str, Any]) -> TradeRequest | None:
        """One positional dict, or the fields as keywords; never both."""
        if request is None:
            request = fields if fields else None
        elif fields:
            self._error = INVALID_PARAMS
            return None
        read = read_request(request)
        if isinstance(read, str):
            self._error = (mt5.RES_E_INVALID_PARAMS, read)
            return None
        return read

    def _covered(self, request: TradeRequest) -> bool:
        """Whether equity covers the margin after a market order."""
        return affordable(self.book, self.market, request.type, request.volume, self._price(request.type))

    # ------------------------------------------------------------- what requests do

    def _deal(self, request: TradeRequest) -> OrderSendResult:
        book, listener = self.book, self.player.listener
        order, price = self._order(request, book.ticket()), self._price(request.type)
        if request.position:
            position = book.positions[request.position]
            book.close(position, price, exit_reason(request.comment), order=order, volume=request.volume)
            listener.closed(position, order, request.volume, price)
        else:
            inside = self.market.inside
            netting.fill(book, listener, order, price, inside=inside, fill_at_open=not inside)
        return self._answer(request, order.ticket, self._deal_of(order), price)

    def _deal_of(self, order: Order) -> int:
        """The deal that an order has just made; what a listener did since may have made more."""
        last = self.book.deals[-1]
        if last.order == order.ticket:
            return last.ticket
        return next(deal.ticket for deal in reversed(self.book.deals) if deal.order == order.ticket)

    def _pending(self, request: TradeRequest) -> OrderSendResult:
        order = self._order(request, self.book.ticket())
        if self.market.inside:
            order.live_from += 1  # the rest of a bar is not known: an order placed inside it waits for the next
        order.last_bar = self._last_bar(request.type_time, request.expiration)
        self.book.orders[order.ticket] = order
        market = self.market
        waits = fills.waits(order.kind, order.price, order.stoplimit, market.bid, market.ask)
        answer = self._answer(request, order.ticket, 0, request.price)
        if request.type_filling == mt5.ORDER_FILLING_BOC and not waits:  # book or cancel: it would execute at once
            self.book.finish(order, mt5.ORDER_STATE_CANCELED)
            self.player.listener.ended(order, mt5.TRADE_RETCODE_CANCEL)
        return answer

    def _sltp(self, request: TradeRequest) -> OrderSendResult:
        book = self.book
        position = book.positions.get(request.position) or netting.position_of(book, request.symbol)
        assert position is not None
        position.set_levels(request.sl, request.tp, request.comment or "sl")
        return self._answer(request, 0, 0, 0.0)

    def _modify(self, request: TradeRequest) -> OrderSendResult:
        order = self.book.orders[request.order]
        order.price, order.stoplimit, order.sl, order.tp = request.price, request.stoplimit, request.sl, request.tp
        order.time_type, order.expiration = request.type_time, request.expiration
        order.last_bar = self._last_bar(request.type_time, request.expiration)
        order.search_again()
        return self._answer(request, order.ticket, 0, request.price)

    def _remove(self, request: TradeRequest) -> OrderSendResult:
        order = self.book.orders[request.order]
        self.book.finish(order, mt5.ORDER_STATE_CANCELED)
        self.player.listener.ended(order, mt5.TRADE_RETCODE_CANCEL)
        return self._answer(request, order.ticket, 0, 0.0)

    def _close_by(self, request: TradeRequest) -> OrderSendResult:
        book = self.book
        first, second = book.positions[request.position], book.positions[request.position_by]
        order = self._order(request._replace(type=mt5.ORDER_TYPE_CLOSE_BY), book.ticket())
        netting.close_by(book, self.player.listener, first, second, order)
        answer = self._answer(request, order.ticket, self._deal_of(order) - 1, second.entry)
        return answer._replace(volume=order.volume)

    def _answer(self, request: TradeRequest, order: int, deal: int, price: float) -> OrderSendResult:
        market = self.market
        return OrderSendResult(
            DONE, deal, order, request.volume, price, market.bid, market.ask, COMMENTS[DONE], order, 0, request
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
        market = self.market
        return slipped(self.account.slippage, market, market.ask if kind == mt5.ORDER_TYPE_BUY else market.bid, kind)

    def _last_bar(self, time_type: int, expiration: int) -> int:
        """The last bar in which an order of that validity may fill."""
        midnight = (self.market.time // _DAY + 1) * _DAY
        daily = self.market.terms.gtc_mode != mt5.SYMBOL_ORDERS_GTC
        if time_type == mt5.ORDER_TIME_GTC:
            if not daily:
                return _OPEN_END
            expiration = midnight
        elif time_type == mt5.ORDER_TIME_DAY:
            expiration = midnight
        elif time_type == mt5.ORDER_TIME_SPECIFIED_DAY:
            expiration = (expiration // _DAY + 1) * _DAY
        if daily:
            expiration = min(expiration, midnight)
        return int(np.searchsorted(self.market.bars.time, expiration, side="left")) - 1


def _through(request: dict[str, Any] | None, fields: dict[str, Any]) -> bool:
    """Our own addition to the request, for waiting orders of the entry policy."""
    return (fields if request is None else request).get("through") is True


_ACTIONS: dict[int, Callable[[Trading, TradeRequest], OrderSendResult]] = {
    mt5.TRADE_ACTION_DEAL: Trading._deal,
    mt5.TRADE_ACTION_PENDING: Trading._pending,
    mt5.TRADE_ACTION_SLTP: Trading._sltp,
    mt5.TRADE_ACTION_MODIFY: Trading._modify,
    mt5.TRADE_ACTION_REMOVE: Trading._remove,
    mt5.TRADE_ACTION_CLOSE_BY: Trading._close_by,
}
