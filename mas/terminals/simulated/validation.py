"""What a trade request must be to be accepted, and MetaTrader's return code where it is not.

The checks are made in the order of the table in reference mt5.md, section 4: the first that fails gives the code. What
a single number must be is in `limits`; here is what has to be looked at for each kind of request, and when.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from mas import constants as mt5
from mas import fills
from mas.fills import LONG, SHORT
from mas.terminals.simulated import limits
from mas.terminals.simulated.book import Book, Order, Position
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.netting import position_of
from mas.terminals.structs import TradeRequest

DONE, PLACED = mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_PLACED

COMMENTS = {
    mt5.TRADE_RETCODE_REQUOTE: "Requote",
    mt5.TRADE_RETCODE_CANCEL: "Request canceled",
    mt5.TRADE_RETCODE_PLACED: "Request placed",
    mt5.TRADE_RETCODE_DONE: "Request executed",
    mt5.TRADE_RETCODE_INVALID: "Invalid request",
    mt5.TRADE_RETCODE_INVALID_VOLUME: "Invalid volume",
    mt5.TRADE_RETCODE_INVALID_PRICE: "Invalid price",
    mt5.TRADE_RETCODE_INVALID_STOPS: "Invalid stops",
    mt5.TRADE_RETCODE_TRADE_DISABLED: "Trade disabled",
    mt5.TRADE_RETCODE_MARKET_CLOSED: "Market closed",
    mt5.TRADE_RETCODE_NO_MONEY: "No money",
    mt5.TRADE_RETCODE_PRICE_OFF: "No prices",
    mt5.TRADE_RETCODE_INVALID_EXPIRATION: "Invalid expiration",
    mt5.TRADE_RETCODE_NO_CHANGES: "No changes",
    mt5.TRADE_RETCODE_SERVER_DISABLES_AT: "AutoTrading disabled by server",
    mt5.TRADE_RETCODE_CLIENT_DISABLES_AT: "AutoTrading disabled by client",
    mt5.TRADE_RETCODE_FROZEN: "Order or position frozen",
    mt5.TRADE_RETCODE_INVALID_FILL: "Unsupported filling mode",
    mt5.TRADE_RETCODE_CONNECTION: "No connection",
    mt5.TRADE_RETCODE_LIMIT_ORDERS: "Orders limit reached",
    mt5.TRADE_RETCODE_LIMIT_VOLUME: "Volume limit reached",
    mt5.TRADE_RETCODE_INVALID_ORDER: "Invalid order",
    mt5.TRADE_RETCODE_POSITION_CLOSED: "Position doesn't exist",
    mt5.TRADE_RETCODE_INVALID_CLOSE_VOLUME: "Close volume exceeds the position volume",
    mt5.TRADE_RETCODE_LIMIT_POSITIONS: "Positions limit reached",
    mt5.TRADE_RETCODE_LONG_ONLY: "Only long positions allowed",
    mt5.TRADE_RETCODE_SHORT_ONLY: "Only short positions allowed",
    mt5.TRADE_RETCODE_CLOSE_ONLY: "Only position closing allowed",
    mt5.TRADE_RETCODE_FIFO_CLOSE: "Position closing only by FIFO rule",
    mt5.TRADE_RETCODE_HEDGE_PROHIBITED: "Opposite positions prohibited",
}
"""The trade server's words for its return codes."""

_AFFORDABLE = Callable[[TradeRequest], bool]


class Checks:
    """Judges requests.

    Args: market: the one that is traded. affordable: whether equity covers the margin after a market order. closed:
        whether there is no market left to trade on.
    """

    def __init__(self, book: Book, market: Market, affordable: _AFFORDABLE, closed: Callable[[], bool]) -> None:
        self.book, self.market, self.terms = book, market, market.terms
        self.whole = book
        """With the account's other symbols (see `joint`)."""
        self._affordable, self._closed = affordable, closed
        self.gate = _gate(book, market)
        """DONE, or why no request at all is accepted."""
        self._by_action: dict[int, Callable[[TradeRequest], int]] = {
            mt5.TRADE_ACTION_DEAL: self._deal,
            mt5.TRADE_ACTION_PENDING: self._pending,
            mt5.TRADE_ACTION_SLTP: self._sltp,
            mt5.TRADE_ACTION_MODIFY: self._modify,
            mt5.TRADE_ACTION_REMOVE: self._remove,
            mt5.TRADE_ACTION_CLOSE_BY: self._close_by,
        }
        self._through = self._sending = False

    def check(self, request: TradeRequest, *, through: bool = False, sending: bool = True) -> int:
        """DONE, or the code of the first check that fails.

        Args: through: a waiting order's price may already have been passed; it then fills at the first tick (EXECUTION
            rule 14). sending: False for `order_check`, which looks neither at sessions nor at deviation.
        """
        if self.gate != DONE:
            return self.gate
        action = self._by_action.get(request.action)
        if action is None:
            return mt5.TRADE_RETCODE_INVALID
        self._through, self._sending = through, sending
        return action(request)

    # ------------------------------------------------------------- orders that deal at once

    def _deal(self, r: TradeRequest) -> int:
        if r.position:
            return self._closing(r)
        market, terms, book = self.market, self.terms, self.book
        if r.symbol != market.symbol:
            return mt5.TRADE_RETCODE_INVALID
        if r.type not in (mt5.ORDER_TYPE_BUY, mt5.ORDER_TYPE_SELL) or not limits.order_allowed(terms, r):
            return mt5.TRADE_RETCODE_INVALID_ORDER
        side = LONG if r.type == mt5.ORDER_TYPE_BUY else SHORT
        held = position_of(book, market.symbol) if book.terms.netting else None
        reduces = held is not None and held.side != side and r.volume <= held.volume + 1e-9
        whole = reduces and held is not None and math.isclose(r.volume, held.volume, abs_tol=1e-9)
        code = (not whole and limits.check_volume(market, r.volume)) or self._fill_and_quote(r)
        if code:
            return code
        if not reduces and (code := limits.check_trade_mode(terms, side)):
            return code
        code = limits.check_deal_price(market, r) or limits.check_stops(
            market, side, market.closing_price(side), r.sl, r.tp
        )
        if code:
            return code
        if reduces:
            return self._frozen(held) or self._requoted(r) or DONE
        return self._entry_limits(r, side, held) or self._requoted(r) or DONE

    def _entry_limits(self, r: TradeRequest, side: int, held: Position | None) -> int:
        """0, or why no more may be opened that way."""
        book, account = self.book, self.book.terms
        if not account.hedging_allowed and any(p.side != side for p in book.positions.values() if not account.netting):
            return mt5.TRADE_RETCODE_HEDGE_PROHIBITED
        if self.terms.volume_limit and limits.beyond_volume_limit(book, self.market, side, r.volume):
            return mt5.TRADE_RETCODE_LIMIT_VOLUME
        if account.limit_positions and held is None and self._positions() >= account.limit_positions:
            return mt5.TRADE_RETCODE_LIMIT_POSITIONS
        return 0 if self._affordable(r) else mt5.TRADE_RETCODE_NO_MONEY

    def _closing(self, r: TradeRequest) -> int:
        position = self.book.positions.get(r.position)
        market = self.market
        if position is None:
            known = r.type in (mt5.ORDER_TYPE_BUY, mt5.ORDER_TYPE_SELL)
            return (
                (not known and mt5.TRADE_RETCODE_INVALID_ORDER)
                or self._fill_and_quote(r)
                or mt5.TRADE_RETCODE_POSITION_CLOSED
            )
        opposite = mt5.ORDER_TYPE_SELL if position.side == LONG else mt5.ORDER_TYPE_BUY
        if r.type != opposite or r.symbol not in ("", market.symbol):
            return mt5.TRADE_RETCODE_INVALID
        more = r.volume > position.volume + 1e-9
        whole = math.isclose(r.volume, position.volume, abs_tol=1e-9)
        return (
            (not whole and limits.check_volume(market, r.volume))
            or self._fill_and_quote(r)
            or limits.check_deal_price(market, r)
            or self._frozen(position)
            or (more and mt5.TRADE_RETCODE_INVALID_CLOSE_VOLUME)
            or (self.book.terms.fifo_close and not self._is_oldest(position) and mt5.TRADE_RETCODE_FIFO_CLOSE)
            or self._requoted(r)
            or DONE
        )

    def _close_by(self, r: TradeRequest) -> int:
        first, second = self.book.positions.get(r.position), self.book.positions.get(r.position_by)
        if self.book.terms.netting or not r.position or not r.position_by or r.position == r.position_by:
            return mt5.TRADE_RETCODE_INVALID
        if not self.terms.order_mode & mt5.SYMBOL_ORDER_CLOSEBY:
            return mt5.TRADE_RETCODE_INVALID_ORDER
        if code := self._open_market():
            return code
        if first is None or second is None:
            return mt5.TRADE_RETCODE_POSITION_CLOSED
        if first.side == second.side or first.market is not second.market:
            return mt5.TRADE_RETCODE_INVALID
        return self._frozen(first) or self._frozen(second) or DONE

    # ------------------------------------------------------------- waiting orders

    def _pending(self, r: TradeRequest) -> int:
        market, terms, book = self.market, self.terms, self.book
        if r.symbol != market.symbol:
            return mt5.TRADE_RETCODE_INVALID
        if r.type not in limits.PENDING or not limits.order_allowed(terms, r):
            return mt5.TRADE_RETCODE_INVALID_ORDER
        code = (
            limits.check_volume(market, r.volume)
            or limits.check_pending_filling(terms, r)
            or limits.check_expiration(market, r.type_time, r.expiration)
            or self._open_market()
        )
        side = LONG if fills.buys(r.type) else SHORT
        code = code or limits.check_trade_mode(terms, side)
        code = code or limits.check_waiting(market, r.type, r.price, r.stoplimit, r.sl, r.tp, self._through)
        if code:
            return code
        account = book.terms
        if account.limit_orders and len(self.whole.orders) >= account.limit_orders:
            return mt5.TRADE_RETCODE_LIMIT_ORDERS
        if terms.volume_limit and limits.beyond_volume_limit(book, market, side, r.volume):
            return mt5.TRADE_RETCODE_LIMIT_VOLUME
        if account.limit_positions and not account.netting and self._positions() >= account.limit_positions:
            return mt5.TRADE_RETCODE_LIMIT_POSITIONS
        return DONE

    def _modify(self, r: TradeRequest) -> int:
        order = self.book.orders.get(r.order)
        if order is None:
            return mt5.TRADE_RETCODE_INVALID_ORDER
        wanted = (r.price, r.stoplimit, r.sl, r.tp)
        kept = wanted == (order.price, order.stoplimit, order.sl, order.tp)
        kept = kept and (r.type_time, r.expiration) == (order.time_type, order.expiration)
        return (
            limits.check_expiration(order.market, r.type_time, r.expiration)
            or self._open_market()
            or limits.check_waiting(order.market, order.kind, *wanted)
            or self._frozen_order(order)
            or (kept and mt5.TRADE_RETCODE_NO_CHANGES)
            or DONE
        )

    def _remove(self, r: TradeRequest) -> int:
        order = self.book.orders.get(r.order)
        if order is None:
            return mt5.TRADE_RETCODE_INVALID_ORDER
        return self._open_market() or self._frozen_order(order) or DONE

    # ------------------------------------------------------------- stop and target of a position

    def _sltp(self, r: TradeRequest) -> int:
        book = self.book
        position = book.positions.get(r.position)
        if position is None and not r.position and book.terms.netting:
            position = position_of(book, r.symbol)
        if position is None:
            return mt5.TRADE_RETCODE_POSITION_CLOSED
        market, side = position.market, position.side
        return (
            self._open_market()
            or limits.check_stops(market, side, market.closing_price(side), r.sl, r.tp)
            or self._frozen(position)
            or (
                fills.same(r.sl, position.sl) and fills.same(r.tp, position.tp) and mt5.TRADE_RETCODE_NO_CHANGES
            )
            or DONE
        )  # fmt: skip

    # ------------------------------------------------------------- shared; each 0 if there is nothing to say

    def _fill_and_quote(self, r: TradeRequest) -> int:
        return limits.check_filling(self.terms, r.type_filling) or self._open_market()

    def _open_market(self) -> int:
        market = self.market
        if not market.selected or market.bar < 0:
            return mt5.TRADE_RETCODE_PRICE_OFF
        if self._sending and (self._closed() or not market.is_traded):
            return mt5.TRADE_RETCODE_MARKET_CLOSED
        return 0

    def _frozen(self, position: Position | None) -> int:
        if not self.market.spec.freeze_level or position is None:
            return 0
        price = position.market.closing_price(position.side)
        near = limits.inside_freeze(self.market, price, position.sl, position.tp)
        return mt5.TRADE_RETCODE_FROZEN if near else 0

    def _frozen_order(self, order: Order) -> int:
        quote = self.market.ask if fills.buys(order.kind) else self.market.bid
        return mt5.TRADE_RETCODE_FROZEN if limits.inside_freeze(self.market, quote, order.price) else 0

    def _requoted(self, r: TradeRequest) -> int:
        return mt5.TRADE_RETCODE_REQUOTE if self._sending and limits.has_moved(self.market, r) else 0

    def _positions(self) -> int:
        book = self.whole
        return len(book.positions) + (0 if book.terms.netting else len(book.orders))

    def _is_oldest(self, position: Position) -> bool:
        others = (p.identifier for p in self.book.positions.values() if p.market is position.market)
        return position.identifier == min(others)


def _gate(book: Book, market: Market) -> int:
    """DONE, or why no request at all is accepted."""
    account = book.terms
    if not account.connected:
        return mt5.TRADE_RETCODE_CONNECTION
    if not account.autotrading:
        return mt5.TRADE_RETCODE_CLIENT_DISABLES_AT
    if not account.trade_expert:
        return mt5.TRADE_RETCODE_SERVER_DISABLES_AT
    if not account.trade_allowed or market.terms.trade_mode == mt5.SYMBOL_TRADE_MODE_DISABLED:
        return mt5.TRADE_RETCODE_TRADE_DISABLED
    return DONE
