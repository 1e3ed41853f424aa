"""The questions of the MetaTrader5 module: account, symbols, prices, orders, positions, history."""

from __future__ import annotations

import math
from fnmatch import fnmatchcase
from typing import Any

from mas import constants as mt5
from mas import fills
from mas.terminals.simulated.book import Order, as_trade_order, as_trade_position
from mas.terminals.simulated.chronicle import Chronicle
from mas.terminals.simulated.core import CALL_FAILED, INVALID_PARAMS, NOT_FOUND, Core, connected
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.prices import seconds
from mas.terminals.simulated.symbols import symbol_info_of
from mas.terminals.structs import AccountInfo, SymbolInfo, TerminalInfo, Tick, TradeDeal, TradeOrder, TradePosition


class Queries(Core):
    """Data calls give None when they fail and an empty tuple when there is nothing."""

    _deals: Chronicle[TradeDeal] | None = None
    _orders: Chronicle[Order] | None = None

    # ------------------------------------------------------------- terminal and account

    @connected(None)
    def version(self) -> tuple[int, int, str] | None:
        return (500, 5833, "1 Jan 2026")

    @connected(None)
    def terminal_info(self) -> TerminalInfo | None:
        account = self.account
        return TerminalInfo(
            connected=account.connected, trade_allowed=account.autotrading, tradeapi_disabled=not account.api_allowed,
            build=5833, maxbars=100_000_000, company="nl2strat", name="Simulated terminal", language="English",
        )  # fmt: skip

    @connected(None)
    def account_info(self) -> AccountInfo | None:
        book, terms = self.book, self.account
        floating = float(book.floating())
        margin, equity = round(float(book.margin()), book.digits), round(book.balance + floating, book.digits)
        mode = mt5.ACCOUNT_MARGIN_MODE_RETAIL_NETTING if terms.netting else mt5.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING
        return AccountInfo(
            login=self.login_number, trade_mode=mt5.ACCOUNT_TRADE_MODE_DEMO, leverage=self.leverage,
            limit_orders=terms.limit_orders, margin_so_mode=terms.margin_so_mode, trade_allowed=terms.trade_allowed,
            trade_expert=terms.trade_expert, margin_mode=mode, currency_digits=book.digits, fifo_close=terms.fifo_close,
            balance=round(float(book.balance), book.digits), profit=round(floating, book.digits), equity=equity,
            margin=margin, margin_free=round(equity - margin - book.dues.blocked, book.digits),
            commission_blocked=round(book.dues.blocked, book.digits),
            margin_level=100.0 * equity / margin if margin else 0.0, margin_so_call=terms.margin_so_call,
            margin_so_so=terms.margin_so_so, assets=round(float(book.assets()), book.digits),
            name="Simulated account", server=self.server, currency=self.currency, company="nl2strat",
        )  # fmt: skip

    # ------------------------------------------------------------- symbols and prices

    @connected(None)
    def symbols_total(self) -> int | None:
        return len(self._markets)

    @connected(None)
    def symbols_get(self, group: str = "*") -> tuple[SymbolInfo, ...] | None:
        if not isinstance(group, str):
            self._error = INVALID_PARAMS
            return None
        return tuple(self._live_symbol_info(name) for name in self._markets if _in_group(name, group))

    @connected(None)
    def symbol_info(self, symbol: str, /) -> SymbolInfo | None:
        return None if self._market(symbol) is None else self._live_symbol_info(symbol)

    @connected(None)
    def symbol_info_tick(self, symbol: str, /) -> Tick | None:
        market = self._market(symbol)
        if market is not None and not market.selected:
            self._error = NOT_FOUND
            return None
        return None if market is None else self.quote(market)

    @connected(False)
    def symbol_select(self, symbol: str, enable: bool = True, /) -> bool:
        """Put a symbol into the Market Watch, or take it out: not while something of it is open or waiting."""
        market = self._market(symbol)
        if market is None:
            return False
        used: list[Market] = [p.market for p in self.book.positions.values()]
        used += [order.market for order in self.book.orders.values()]
        if not enable and market in used:
            self._error = CALL_FAILED
            return False
        market.selected = bool(enable)
        return True

    # ------------------------------------------------------------- orders, positions, history

    @connected(None)
    def positions_total(self) -> int | None:
        return len(self.book.positions)

    @connected(None)
    def positions_get(
        self, *, symbol: str | None = None, group: str | None = None, ticket: int | None = None
    ) -> tuple[TradePosition, ...] | None:
        """The open positions; of several filters the ticket counts first, then the symbol."""
        positions = self.book.positions
        if ticket is not None:
            found = [positions[ticket]] if ticket in positions else []
        else:
            found = [p for p in positions.values() if _matches(p.market.symbol, symbol, group)]
        return tuple(as_trade_position(p, self.book.digits) for p in found)

    @connected(None)
    def orders_total(self) -> int | None:
        return len(self.book.orders)

    @connected(None)
    def orders_get(
        self, *, symbol: str | None = None, group: str | None = None, ticket: int | None = None
    ) -> tuple[TradeOrder, ...] | None:
        """The waiting orders; filters as in `positions_get`."""
        orders = self.book.orders
        if ticket is not None:
            found = [orders[ticket]] if ticket in orders else []
        else:
            found = [o for o in orders.values() if _matches(o.market.symbol, symbol, group)]
        return tuple(map(as_trade_order, found))

    @connected(None)
    def history_orders_get(
        self, date_from: Any = None, date_to: Any = None, /, *, group: str | None = None, ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[TradeOrder, ...] | None:  # fmt: skip
        """Finished orders between two dates, or by order ticket, or by position."""
        if ticket is not None:
            return tuple(map(as_trade_order, self._finished().of(0, ticket)))
        if position is not None:
            return tuple(as_trade_order(o) for o in self.book.history if o.position == position)
        span = self._span(date_from, date_to)
        if span is None:
            return None
        found = (o for o in self._finished().between(*span) if _matches(o.market.symbol, None, group))
        return tuple(map(as_trade_order, found))

    @connected(None)
    def history_deals_get(
        self, date_from: Any = None, date_to: Any = None, /, *, group: str | None = None, ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[TradeDeal, ...] | None:  # fmt: skip
        """Deals between two dates, or of an order, or of a position."""
        deals = self._dealt()
        if ticket is not None:
            return tuple(deals.of(0, ticket))
        if position is not None:
            return tuple(deals.of(1, position))
        span = self._span(date_from, date_to)
        if span is None:
            return None
        return tuple(d for d in deals.between(*span) if _matches(d.symbol, None, group))

    @connected(None)
    def history_orders_total(self, date_from: Any, date_to: Any, /) -> int | None:
        span = self._span(date_from, date_to)
        return None if span is None else sum(1 for _ in self._finished().between(*span))

    @connected(None)
    def history_deals_total(self, date_from: Any, date_to: Any, /) -> int | None:
        span = self._span(date_from, date_to)
        return None if span is None else sum(1 for _ in self._dealt().between(*span))

    @connected(None)
    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float, /) -> float | None:
        market = self._market(symbol)
        if market is None:
            return None
        if action not in range(mt5.ORDER_TYPE_CLOSE_BY) or not _positive(volume, price):
            self._error = INVALID_PARAMS
            return None
        side = fills.LONG if fills.buys(action) else fills.SHORT
        return round(float(market.money.margin(volume, price, side=side)), self.book.digits)

    @connected(None)
    def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float, /
    ) -> float | None:
        market = self._market(symbol)
        if market is None:
            return None
        if action not in (0, 1) or not _positive(volume, price_open, price_close):
            self._error = INVALID_PARAMS
            return None
        side = fills.LONG if action == mt5.ORDER_TYPE_BUY else fills.SHORT
        return round(float(market.money.profit(side, volume, price_open, price_close)), self.book.digits)

    # ------------------------------------------------------------- helpers

    def _live_symbol_info(self, symbol: str) -> SymbolInfo:
        market = self._market(symbol)
        assert market is not None
        if symbol not in self._infos:
            self._infos[symbol] = symbol_info_of(market)
        spread = round((market.ask - market.bid) / market.spec.point)
        return self._infos[symbol]._replace(
            time=market.time, bid=market.bid, ask=market.ask, last=self.quote(market).last, spread=spread,
            select=market.selected, visible=market.selected,
        )  # fmt: skip

    def _dealt(self) -> Chronicle[TradeDeal]:
        """The deals, by time, order and position."""
        if self._deals is None or self._deals.rows is not self.book.deals:
            self._deals = Chronicle(self.book.deals, lambda d: d.time, lambda d: d.order, lambda d: d.position_id)
        return self._deals

    def _finished(self) -> Chronicle[Order]:
        """The finished orders, by time and ticket."""
        if self._orders is None or self._orders.rows is not self.book.history:
            self._orders = Chronicle(self.book.history, lambda o: o.done_at, lambda o: o.ticket)
        return self._orders

    def _span(self, date_from: Any, date_to: Any) -> tuple[float, float] | None:
        span = (seconds(date_from), seconds(date_to))
        if math.isnan(sum(span)):
            self._error = INVALID_PARAMS
            return None
        return span


def _positive(*numbers: Any) -> bool:
    return all(isinstance(n, int | float) and 0.0 < n < math.inf for n in numbers)


def _matches(name: str, symbol: str | None, group: str | None) -> bool:
    if symbol is not None:
        return name == symbol
    return group is None or _in_group(name, group)


def _in_group(name: str, group: str) -> bool:
    """MetaTrader's masks, applied left to right: `*,!*EUR*`."""
    inside = False
    for mask in group.split(","):
        mask = mask.strip()
        if fnmatchcase(name, mask.removeprefix("!")):
            inside = not mask.startswith("!")
    return inside
