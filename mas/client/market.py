"""Symbols, bars by position, the market book, start dates, and what an order would cost."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any

from mas import constants as mt5
from mas import history, request
from mas.client.core import NO_ACCOUNT, NO_TERMINAL, Core, told
from mas.errors import BrokerError, DataError, MasError, ParameterError
from mas.rates import rates_until
from mas.subscriptions import symbol_of, timeframe_of
from mas.terminals.structs import SymbolInfo
from mas.timeframes import builds

COLUMNS = ("time", "open", "high", "low", "close", "tick_volume", "spread", "real_volume")
"""Of the table that `get_bars_from_pos` gives."""

_SYMBOL_KEYS = (
    "name", "description", "digits", "point", "spread", "trade_contract_size", "volume_min", "volume_max",
    "volume_step", "currency_base", "currency_profit", "trade_mode",
)  # fmt: skip


class MarketMethods(Core):
    """get_bars_from_pos, the market book, get_start_date, get_symbols, order_check, calc_order_..."""

    def get_bars_from_pos(self, params: dict[str, Any]) -> Any:
        """Bars as a pandas DataFrame, oldest first; empty on failure.

        In a replay position 0 is the bar being handled: the one that has just opened is not shown.
        """
        pandas = import_module("pandas")
        try:
            given = request.clean(params, "get_bars_from_pos")
            symbol, timeframe = symbol_of(given), timeframe_of(given)
            count, start = _whole(given, "count", None, least=1), _whole(given, "start_pos", 0, least=0)
        except ParameterError as error:
            self._failed("get_bars_from_pos", str(error))
            return pandas.DataFrame(columns=list(COLUMNS))
        rates = self._rates(symbol, timeframe, start, count)
        if rates is None:
            return pandas.DataFrame(columns=list(COLUMNS))
        table = pandas.DataFrame({name: rates[name] for name in COLUMNS})
        table["time"] = pandas.to_datetime(table["time"], unit="s")
        return table.astype({"tick_volume": "int64", "spread": "int64", "real_volume": "int64"})

    def _rates(self, symbol: str, timeframe: str, start: int, count: int) -> Any:
        session = self._session
        if session is None and self._connection is None:
            return self._history_rates(symbol, timeframe, start, count)
        if session is not None and session.plays_others:
            try:
                session = session.of(symbol)
            except MasError as error:
                return self._failed("get_bars_from_pos", str(error))
        if session is None or symbol != session.bars.symbol:
            code = getattr(mt5, f"TIMEFRAME_{timeframe}")
            return self._ask("get_bars_from_pos", "copy_rates_from_pos", symbol, code, start, count)
        own: Any = getattr(session, "rates", None)
        if own is not None:
            return own(timeframe, start, count)
        if not builds(session.bars.timeframe, timeframe):
            return self._failed("get_bars_from_pos", f"{session.bars.timeframe} bars do not build {timeframe} bars")
        return rates_until(session.bars, session.bar, timeframe, start, count)

    def _history_rates(self, symbol: str, timeframe: str, start: int, count: int) -> Any:
        """The newest bars of the history: those that were played last, if they are of that symbol and fine enough."""
        try:
            desk = self._last_replay
            if desk is None and not self._simulated_open:
                raise BrokerError(NO_ACCOUNT)
            if desk is not None and desk.bars.symbol == symbol and builds(desk.bars.timeframe, timeframe):
                code = getattr(mt5, f"TIMEFRAME_{timeframe}")
                return self._ask("get_bars_from_pos", "copy_rates_from_pos", symbol, code, start, count)
            if not history.may_have(symbol):
                raise DataError(f"there is no history of {symbol}")
            bars = history.newest_bars(symbol, timeframe=timeframe)
        except MasError as error:
            return self._failed("get_bars_from_pos", str(error))
        return rates_until(bars, len(bars) - 1, timeframe, start, count)

    def get_start_date(self, to_date: str, timeframe: str, kbar_num: int) -> str:
        """The day from which a backtest up to `to_date` has that many daily bars: 7 days back for every 5 bars.

        Raises: ParameterError (a ValueError): no date, another timeframe than D1, no whole number above 0.
        """
        try:
            if timeframe != "D1":
                raise ParameterError(f'timeframe must be "D1", not {timeframe!r}')
            count = _whole({"kbar_num": kbar_num}, "kbar_num", None, least=1)
            end = _date(to_date)
            return (end - timedelta(days=7 * math.ceil(count / 5))).isoformat()
        except MasError as error:
            raise told(error) from None
        except OverflowError:
            raise told(ParameterError(f"kbar_num must be a smaller number, not {kbar_num!r}")) from None

    # ------------------------------------------------------------- market book

    def subscribe_market_book(self, params: dict[str, Any]) -> bool:
        """Begin to receive the market depth of `symbol`."""
        symbol = self._book_symbol("subscribe_market_book", params)
        if not symbol or not self._ask("subscribe_market_book", "market_book_add", symbol):
            return False
        self._books.add(symbol)
        return True

    def get_market_book(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        """The market depth of `symbol`, highest price first; empty on failure or when not subscribed."""
        symbol = self._book_symbol("get_market_book", params)
        if not symbol:
            return []
        if symbol not in self._books:
            self._failed("get_market_book", f"the market book of {symbol} is not subscribed")
            return []
        found = [level._asdict() for level in self._ask("get_market_book", "market_book_get", symbol) or ()]
        return sorted(found, key=lambda level: -level["price"])

    def unsubscribe_market_book(self, params: dict[str, Any]) -> bool:
        """Stop the market depth of `symbol`; False also when it was not subscribed."""
        symbol = self._book_symbol("unsubscribe_market_book", params)
        if symbol not in self._books:
            return False
        self._books.discard(symbol)
        return bool(self._ask("unsubscribe_market_book", "market_book_release", symbol))

    def _book_symbol(self, what: str, params: dict[str, Any]) -> str:
        try:
            symbol = symbol_of(request.clean(params, what))
            if self._connection is None:
                raise ParameterError(NO_TERMINAL)
        except ParameterError as error:
            self._failed(what, str(error))
            return ""
        return symbol

    # ------------------------------------------------------------- symbols

    def get_symbols(self, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The broker's symbols, all or by a `group` such as "*USD*"; empty on failure."""
        try:
            group = request.clean({} if params is None else params, "get_symbols").get("group") or "*"
            if not isinstance(group, str):
                raise ParameterError(f"group must be a text, not {group!r}")
        except ParameterError as error:
            self._failed("get_symbols", str(error))
            return []
        found = self._ask("get_symbols", "symbols_get", group) or ()
        return [{key: getattr(info, key) for key in _SYMBOL_KEYS} for info in found]

    def get_symbols_total(self) -> int:
        """How many symbols the broker has; 0 on failure."""
        return self._ask("get_symbols_total", "symbols_total") or 0

    # ------------------------------------------------------------- what an order would do

    def order_check(self, params: dict[str, Any]) -> dict[str, Any]:
        """What an order would do, without sending it; empty on failure."""
        try:
            given = request.clean(params, "order_check")
            symbol = symbol_of(given)
            info: SymbolInfo | None = self._ask("order_check", "symbol_info", symbol, about=symbol)
            tick = None if info is None else self._ask("order_check", "symbol_info_tick", symbol, about=symbol)
            if info is None or tick is None:
                return {}
            asked = request.trade_request(given, info, tick)
        except ParameterError as error:
            self._failed("order_check", str(error))
            return {}
        answer = self._ask("order_check", "order_check", asked, about=symbol)
        if answer is None:
            return {}
        checked: dict[str, Any] = answer._asdict()
        del checked["request"]
        if not all(math.isfinite(value) for value in checked.values() if isinstance(value, float)):
            self._failed("order_check", f"{answer.comment} ({answer.retcode})")
            return {}
        return checked

    def calc_order_margin(self, params: dict[str, Any]) -> float:
        """The margin of an order in account currency; -1.0 on failure."""
        return self._calculated("calc_order_margin", "order_calc_margin", params, ("volume", "price"))

    def calc_order_profit(self, params: dict[str, Any]) -> float:
        """The profit between two prices in account currency; -1.0 on failure (which is also a loss of one)."""
        keys = ("volume", "price_open", "price_close")
        return self._calculated("calc_order_profit", "order_calc_profit", params, keys)

    def _calculated(self, what: str, name: str, params: dict[str, Any], keys: tuple[str, ...]) -> float:
        try:
            given = request.clean(params, what)
            symbol, action = symbol_of(given), given.get("action")
            if action not in ("buy", "sell"):
                raise ParameterError(f'action must be "buy" or "sell", not {action!r}')
            kind = mt5.ORDER_TYPE_BUY if action == "buy" else mt5.ORDER_TYPE_SELL
            numbers = [_amount(given, key) for key in keys]
        except ParameterError as error:
            self._failed(what, str(error))
            return -1.0
        result = self._ask(what, name, kind, symbol, *numbers, about=symbol)
        if result is not None and not math.isfinite(result):
            self._failed(what, "the result is beyond what a number can be")
            return -1.0
        return -1.0 if result is None else float(result)


def _whole(given: dict[str, Any], key: str, default: int | None, *, least: int) -> int:
    value: Any = given.get(key, default)
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and isinstance(value, float) and value.is_integer():
        value, whole = int(value), True
    if not whole or not least <= value < 2**31:
        raise ParameterError(f"{key} must be a whole number, {least} or more, not {value!r}")
    return int(value)


def _amount(given: dict[str, Any], key: str) -> float:
    value = request.number(given, key)
    if not (math.isfinite(value) and value > 0):
        raise ParameterError(f"{key} must be a number above 0, not {given[key]!r}")
    return value


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.strptime(str(value).strip(), "%Y-%m-%d").date()
    except ValueError:
        raise ParameterError(f'to_date must look like "2024-01-31", not {value!r}') from None
