"""The functions of the MetaTrader5 module on a simulated account.

Same names, arguments, tuples, return codes and failure values as the module (package 5.0.6231): data calls give None
when they fail and an empty tuple when there is nothing, boolean calls give False, and `last_error` says why. What is
not in the module (`open_bar`, `play`, ...) moves the clock and belongs to whoever plays the bars.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from mas import constants as mt5
from mas import fills
from mas.bars import Bars
from mas.terminals.simulated import validation
from mas.terminals.simulated.book import Book, Order, as_trade_order, as_trade_position, exit_reason
from mas.terminals.simulated.book import server_order as closing_order
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.money import Money
from mas.terminals.simulated.playing import STOP_OUT_LEVEL, Listener, Player, affordable
from mas.terminals.simulated.symbols import symbol_info_of
from mas.terminals.simulated.validation import DONE, PLACED
from mas.terminals.structs import (
    AccountInfo,
    OrderCheckResult,
    OrderSendResult,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeDeal,
    TradeOrder,
    TradePosition,
    TradeRequest,
)

P = ParamSpec("P")
R = TypeVar("R")

SUCCESS = (mt5.RES_S_OK, "Success")
NOT_CONNECTED = (mt5.RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection")
NOT_FOUND = (mt5.RES_E_NOT_FOUND, "Terminal: Not found")
INVALID_PARAMS = (mt5.RES_E_INVALID_PARAMS, "Terminal: Invalid params")

RATES = np.dtype(
    [
        ("time", "<i8"), ("open", "<f8"), ("high", "<f8"), ("low", "<f8"), ("close", "<f8"),
        ("tick_volume", "<u8"), ("spread", "<i4"), ("real_volume", "<u8"),
    ]
)  # fmt: skip
"""The records of copy_rates_...: 60 bytes, packed."""


def connected(
    failure: Any,
) -> Callable[[Callable[Concatenate[SimulatedTerminal, P], R]], Callable[Concatenate[SimulatedTerminal, P], R]]:
    """Reset `last_error` before a call, and answer `failure` if the terminal has not been initialised."""

    def wrap(call: Callable[Concatenate[SimulatedTerminal, P], R]) -> Callable[Concatenate[SimulatedTerminal, P], R]:
        @wraps(call)
        def guarded(self: SimulatedTerminal, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if not self._connected:
                self._error = NOT_CONNECTED
                return failure  # type: ignore[no-any-return]
            self._error = SUCCESS
            return call(self, *args, **kwargs)

        return guarded

    return wrap


class SimulatedTerminal:
    """A hedging account on one symbol's bars.

    Args: deposit: account currency. leverage: 100 for 1:100. spread: points, None for the data's own. commission:
        account currency per lot, charged on the entry and on the exit.
    """

    def __init__(
        self, bars: Bars, *, deposit: float = 10_000.0, leverage: int = 100, spread: float | None = None,
        commission: float = 0.0, currency: str = "USD",
    ) -> None:  # fmt: skip
        self.currency, self.leverage = currency, leverage
        self.market = Market(bars, Money(bars.spec, currency, leverage), spread)
        self.book = Book(deposit, commission)
        self.player = Player(self.book, self.market)
        self.login_number, self.server = 0, "Simulated"
        self._connected = False
        self._error: tuple[int, str] = SUCCESS
        self.static_symbol_info = symbol_info_of(self.market)
        self._over = False
        if len(bars):
            self.book.deposit_at(self.market.times[0])

    # ------------------------------------------------------------- the clock (not in the MetaTrader5 module)

    def listen(self, listener: Listener) -> None:
        """Tell that listener what happens."""
        self.player.listener = listener

    def open_bar(self, bar: int) -> None:
        """Go to the first tick of a bar; orders whose time is up are gone by then."""
        self.market.open_bar(bar)
        for order in [o for o in self.book.orders.values() if o.last_bar < bar]:
            self.book.finish(order, mt5.ORDER_STATE_EXPIRED)
            self.player.listener.ended(order, mt5.TRADE_RETCODE_CANCEL)

    def end(self) -> None:
        """Go to the last tick there is: from now on every order is refused."""
        self.market.close_bar(len(self.market) - 1)
        self._over = True

    def next_touch(self, start: int, stop: int) -> int:
        """The first bar in [start, stop) that may touch a level; `stop` if none does."""
        return self.player.next_touch(start, stop)

    def play(self, bar: int) -> None:
        """Let a bar happen, from its first tick to its last."""
        self.player.play(bar)

    def close_all(self, reason: str) -> None:
        """Close everything at the quote of the moment, and delete what waits."""
        for order in list(self.book.orders.values()):
            self.book.finish(order, mt5.ORDER_STATE_CANCELED)
            self.player.listener.ended(order, mt5.TRADE_RETCODE_CANCEL)
        for position in list(self.book.positions.values()):
            price, volume = self.market.closing_price(position.side), position.volume
            order = closing_order(position, self.book.ticket(), reason, mt5.ORDER_REASON_CLIENT)
            self.book.close(position, price, reason, order=order)
            self.player.listener.closed(position, order, volume, price)

    # ------------------------------------------------------------- connection

    def initialize(self, path: str = "", /, **settings: Any) -> bool:
        """Always succeeds; `login`, `server` are taken note of."""
        self._connected, self._error = True, SUCCESS
        if settings.get("login"):
            self.login(settings["login"], server=settings.get("server", self.server))
        return True

    @connected(False)
    def login(self, login: int, /, password: str = "", server: str = "", timeout: int = 60_000) -> bool:
        """Take note of the account number and server."""
        self.login_number, self.server = int(login), server or self.server
        return True

    def shutdown(self) -> bool:
        self._connected, self._error = False, SUCCESS
        return True

    def last_error(self) -> tuple[int, str]:
        return self._error

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

    def quote(self) -> Tick:
        """The quote of the moment (not in the MetaTrader5 module)."""
        market = self.market
        flags = mt5.TICK_FLAG_BID | mt5.TICK_FLAG_ASK
        return Tick(market.time, market.bid, market.ask, 0.0, 0, market.time * 1000, flags, 0.0)

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

    # ------------------------------------------------------------- trading

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
            order.bar += 1  # the rest of a bar is not known: an order placed inside it waits for the next
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
            set_at=market.time, bar=market.bar,
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

    # ------------------------------------------------------------- helpers

    def _knows(self, symbol: str) -> bool:
        if symbol == self.market.symbol:
            return True
        self._error = NOT_FOUND
        return False

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


_ACTIONS: dict[int, Callable[[SimulatedTerminal, TradeRequest], OrderSendResult]] = {
    mt5.TRADE_ACTION_DEAL: SimulatedTerminal._deal,
    mt5.TRADE_ACTION_PENDING: SimulatedTerminal._pending,
    mt5.TRADE_ACTION_SLTP: SimulatedTerminal._sltp,
    mt5.TRADE_ACTION_MODIFY: SimulatedTerminal._modify,
    mt5.TRADE_ACTION_REMOVE: SimulatedTerminal._remove,
}


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
