"""The questions of the MetaTrader5 module: account, symbols, prices, orders, positions, history."""

from __future__ import annotations

import math
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mas import constants as mt5
from mas import fills
from mas.terminals.simulated.book import as_trade_order, as_trade_position
from mas.terminals.simulated.core import INVALID_PARAMS, Core, connected
from mas.terminals.simulated.playing import STOP_OUT_LEVEL
from mas.terminals.structs import AccountInfo, SymbolInfo, TerminalInfo, Tick, TradeDeal, TradeOrder, TradePosition

RATES = np.dtype(
    [
        ("time", "<i8"), ("open", "<f8"), ("high", "<f8"), ("low", "<f8"), ("close", "<f8"),
        ("tick_volume", "<u8"), ("spread", "<i4"), ("real_volume", "<u8"),
    ]
)  # fmt: skip
"""The records of copy_rates_...: 60 bytes, packed."""


class Queries(Core):
    """Data calls give None when they fail and an empty tuple when there is nothing."""

    # ------------------------------------------------------------- terminal and account

    @connected(None)
    def version(self) -> tuple[int, int, str] | None:
        return (500, 5833, "1 Jan 2026")

    @connected(None)
    def terminal_info(self) -> TerminalInfo | None:
        return TerminalInfo(
            connected=True, trade_allowed=True, build=5833, maxbars=100_000_000, company="nl2strat",
            name="Simulated terminal", language="English",
        )  # fmt: skip

    @connected(None)
    def account_info(self) -> AccountInfo | None:
        book = self.book
        floating = book.floating()
        margin, equity = round(book.margin(), book.digits), round(book.balance + floating, book.digits)
        return AccountInfo(
            login=self.login_number, trade_mode=mt5.ACCOUNT_TRADE_MODE_DEMO, leverage=self.leverage, trade_allowed=True,
            trade_expert=True, margin_mode=mt5.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING, currency_digits=book.digits,
            balance=round(book.balance, book.digits), profit=round(floating, book.digits), equity=equity, margin=margin,
            margin_free=round(equity - margin, book.digits), margin_level=100.0 * equity / margin if margin else 0.0,
            margin_so_call=100.0, margin_so_so=100.0 * STOP_OUT_LEVEL, name="Simulated account", server=self.server,
            currency=self.currency, company="nl2strat",
        )  # fmt: skip

    # ------------------------------------------------------------- symbols and prices

    @connected(None)
    def symbols_total(self) -> int | None:
        return 1

    @connected(None)
    def symbols_get(self, group: str = "*") -> tuple[SymbolInfo, ...] | None:
        info = self._live_symbol_info()
        return (info,) if _in_group(info.name, group) else ()

    @connected(None)
    def symbol_info(self, symbol: str, /) -> SymbolInfo | None:
        return self._live_symbol_info() if self._knows(symbol) else None

    @connected(None)
    def symbol_info_tick(self, symbol: str, /) -> Tick | None:
        return self.quote() if self._knows(symbol) else None

    @connected(False)
    def symbol_select(self, symbol: str, enable: bool = True, /) -> bool:
        return self._knows(symbol)

    @connected(None)
    def copy_rates_from_pos(
        self, symbol: str, timeframe: int, start_pos: int, count: int, /
    ) -> NDArray[np.void] | None:
        """Bars up to the clock: 0 is the one that is forming, of which nothing but the past is shown."""
        if not self._knows(symbol):
            return None
        code = getattr(mt5, f"TIMEFRAME_{self.market.bars.timeframe}")
        if timeframe != code or start_pos < 0 or count <= 0:
            self._error = INVALID_PARAMS
            return None
        end = self.market.bar + 1 - start_pos
        return self._rates(max(0, end - count), max(0, end))

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
        history = self.book.history
        if ticket is not None:
            return tuple(as_trade_order(o) for o in history if o.ticket == ticket)
        if position is not None:
            return tuple(as_trade_order(o) for o in history if o.position == position)
        span = self._span(date_from, date_to)
        if span is None:
            return None
        found = (o for o in history if span[0] <= o.done_at <= span[1] and _matches(o.market.symbol, None, group))
        return tuple(map(as_trade_order, found))

    @connected(None)
    def history_deals_get(
        self, date_from: Any = None, date_to: Any = None, /, *, group: str | None = None, ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[TradeDeal, ...] | None:  # fmt: skip
        """Deals between two dates, or of an order, or of a position."""
        deals = self.book.deals
        if ticket is not None:
            return tuple(d for d in deals if d.order == ticket)
        if position is not None:
            return tuple(d for d in deals if d.position_id == position)
        span = self._span(date_from, date_to)
        if span is None:
            return None
        return tuple(d for d in deals if span[0] <= d.time <= span[1] and _matches(d.symbol, None, group))

    @connected(None)
    def history_orders_total(self, date_from: Any, date_to: Any, /) -> int | None:
        span = self._span(date_from, date_to)
        return None if span is None else sum(span[0] <= o.done_at <= span[1] for o in self.book.history)

    @connected(None)
    def history_deals_total(self, date_from: Any, date_to: Any, /) -> int | None:
        span = self._span(date_from, date_to)
        return None if span is None else sum(span[0] <= d.time <= span[1] for d in self.book.deals)

    @connected(None)
    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float, /) -> float | None:
        if not self._knows(symbol):
            return None
        if action not in (0, 1) or not volume > 0 or not price > 0:
            self._error = INVALID_PARAMS
            return None
        return round(self.market.money.margin(volume, price), self.book.digits)

    @connected(None)
    def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float, /
    ) -> float | None:
        if not self._knows(symbol):
            return None
        if action not in (0, 1) or not volume > 0 or not price_open > 0 or not price_close > 0:
            self._error = INVALID_PARAMS
            return None
        side = fills.LONG if action == mt5.ORDER_TYPE_BUY else fills.SHORT
        return round(self.market.money.profit(side, volume, price_open, price_close), self.book.digits)

    # ------------------------------------------------------------- helpers

    def _live_symbol_info(self) -> SymbolInfo:
        market = self.market
        spread = round((market.ask - market.bid) / market.spec.point)
        return self.static_symbol_info._replace(time=market.time, bid=market.bid, ask=market.ask, spread=spread)

    def _rates(self, start: int, end: int) -> NDArray[np.void]:
        market, bars = self.market, self.market.bars
        rates = np.zeros(end - start, dtype=RATES)
        rates["time"] = bars.time[start:end]
        for name in ("open", "high", "low", "close"):
            rates[name] = getattr(bars, name).values[start:end]
        rates["tick_volume"] = np.nan_to_num(bars.volume.values[start:end])
        rates["spread"] = np.rint(market.spread.prices[start:end] / market.spec.point)
        if end == market.bar + 1 and not market.inside:  # the forming bar has had one tick so far
            for name in ("high", "low", "close"):
                rates[name][-1] = market.bid
            rates["tick_volume"][-1] = 1
        return rates

    def _span(self, date_from: Any, date_to: Any) -> tuple[float, float] | None:
        span = (_seconds(date_from), _seconds(date_to))
        if math.isnan(sum(span)):
            self._error = INVALID_PARAMS
            return None
        return span


def _seconds(moment: Any) -> float:
    """Epoch seconds of a number or a datetime; NaN for anything else."""
    if hasattr(moment, "timestamp"):
        return float(moment.timestamp())
    return float(moment) if isinstance(moment, int | float) else math.nan


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
