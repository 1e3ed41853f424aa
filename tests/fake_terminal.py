"""A broker's terminal in miniature, with the MetaTrader5 module's surface, that misbehaves to order.

`answers` holds what the next trade requests shall meet: a return code, "lost" (carried out, the answer never comes),
"nothing" (neither), or a field name to complain about. With none left, requests are carried out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mas import constants as mt5
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

RATES = np.dtype(
    [
        ("time", "<i8"), ("open", "<f8"), ("high", "<f8"), ("low", "<f8"), ("close", "<f8"),
        ("tick_volume", "<u8"), ("spread", "<i4"), ("real_volume", "<u8"),
    ]
)  # fmt: skip
NOW = 1_700_000_000
SUCCESS = (mt5.RES_S_OK, "Success")


def listed(name: str, base: str = "", profit: str = "", **fields: Any) -> SymbolInfo:
    """A symbol as a broker lists it, five digits, market execution."""
    usual = {
        "trade_mode": 4, "visible": True, "point": 0.00001, "digits": 5, "trade_tick_size": 0.00001,
        "trade_exemode": mt5.SYMBOL_TRADE_EXECUTION_MARKET, "trade_stops_level": 20, "volume_step": 0.01,
    }  # fmt: skip
    return SymbolInfo(**{"name": name, "currency_base": base, "currency_profit": profit, **usual, **fields})


SYMBOLS = (
    listed("EURUSD.sml", "EUR", "USD"),
    listed("GBPUSD.sml", "GBP", "USD"),
    listed("XAUUSD.sml", "XAU", "USD"),
    listed("#AAPL"),
)


class FakeTerminal:
    """One account, four symbols, one quote."""

    def __init__(self, answers: Iterable[Any] = (), symbols: Iterable[SymbolInfo] = SYMBOLS) -> None:
        self.answers = list(answers)
        self.symbols = {info.name: info for info in symbols}
        self.account = AccountInfo(login=7, server="Demo", balance=1000.0, trade_allowed=True, trade_expert=True)
        self.terminal = TerminalInfo(connected=True, trade_allowed=True, build=5000)
        self.tick = Tick(time=NOW, bid=1.1, ask=1.1002)
        self.requests: list[dict[str, Any]] = []
        self.calls: list[tuple[str, Any]] = []
        self.orders: dict[int, TradeOrder] = {}
        self.deals: list[TradeDeal] = []
        self.refuse_login = False
        self.up = True
        self._connected = False
        self._error = SUCCESS

    def _fails(self, code: int, text: str, value: Any = None) -> Any:
        self._error = (code, text)
        return value

    def _called(self, name: str, *args: Any) -> bool:
        """Note a call; whether the connection stands."""
        self.calls.append((name, args))
        self._error = SUCCESS if self._connected and self.up else (mt5.RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection")
        return self._connected and self.up

    def last_error(self) -> tuple[int, str]:
        return self._error

    def initialize(self, path: str = "", **settings: Any) -> bool:
        self.calls.append(("initialize", (path, settings)))
        self._error = SUCCESS
        if not self.up:
            return self._fails(mt5.RES_E_INTERNAL_FAIL_TIMEOUT, "IPC timeout", False)
        if self.refuse_login:
            return self._fails(mt5.RES_E_AUTH_FAILED, "Terminal: Authorization failed", False)
        self._connected = True
        return True

    def login(self, login: int, *, password: str = "", server: str = "", timeout: int = 0) -> bool:
        self.account = self.account._replace(login=login, server=server)
        return self._called("login", login)

    def shutdown(self) -> bool:
        self._connected = False
        return True

    def terminal_info(self) -> TerminalInfo | None:
        return self.terminal if self._called("terminal_info") else None

    def account_info(self) -> AccountInfo | None:
        return self.account if self._called("account_info") else None

    def symbols_get(self, group: str = "*") -> tuple[SymbolInfo, ...] | None:
        return tuple(self.symbols.values()) if self._called("symbols_get", group) else None

    def symbol_info(self, symbol: str, /) -> SymbolInfo | None:
        if not self._called("symbol_info", symbol):
            return None
        return self.symbols.get(symbol) or self._fails(mt5.RES_E_NOT_FOUND, "Terminal: Not found")

    def symbol_info_tick(self, symbol: str, /) -> Tick | None:
        if not self._called("symbol_info_tick", symbol):
            return None
        return self.tick if symbol in self.symbols else self._fails(mt5.RES_E_NOT_FOUND, "Terminal: Not found")

    def symbol_select(self, symbol: str, enable: bool = True, /) -> bool:
        return self._called("symbol_select", symbol, enable)

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start: int, count: int, /) -> Any:
        if not self._called("copy_rates_from_pos", symbol):
            return None
        rows = [(NOW + 3600 * k, 1.1, 1.2, 1.0, 1.15, 10, 2, 0) for k in range(count)]
        return np.array(rows, dtype=RATES)

    def copy_rates_from(self, symbol: str, timeframe: int, date_from: Any, count: int, /) -> Any:
        seconds = date_from if isinstance(date_from, int | float) else date_from.timestamp()
        return np.array([(seconds, 1.1, 1.2, 1.0, 1.15, 10, 2, 0)], dtype=RATES)

    def positions_get(self, *, symbol: str = "", group: str = "", ticket: int = 0) -> tuple[TradePosition, ...] | None:
        if not self._called("positions_get", symbol, ticket):
            return None
        held = [TradePosition(ticket=t, symbol=o.symbol, type=o.type) for t, o in self.orders.items()]
        return tuple(p for p in held if symbol in ("", p.symbol) and ticket in (0, p.ticket))

    def orders_get(self, *, symbol: str = "", group: str = "", ticket: int = 0) -> tuple[TradeOrder, ...] | None:
        return () if self._called("orders_get", symbol) else None

    def history_orders_get(self, date_from: Any, date_to: Any, *, group: str = "*") -> tuple[TradeOrder, ...] | None:
        return tuple(self.orders.values()) if self._called("history_orders_get", date_from, date_to) else None

    def history_deals_get(self, *, ticket: int = 0) -> tuple[TradeDeal, ...] | None:
        return tuple(d for d in self.deals if d.order == ticket) if self._called("history_deals_get", ticket) else None

    def order_check(self, request: dict[str, Any], /) -> OrderCheckResult | None:
        return OrderCheckResult(request=TradeRequest(**request)) if self._called("order_check", request) else None

    def order_send(self, request: dict[str, Any], /) -> OrderSendResult | None:
        if not self._called("order_send", request):
            return None
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else mt5.TRADE_RETCODE_DONE
        if isinstance(answer, str) and answer not in ("lost", "nothing"):
            return self._fails(mt5.RES_E_INVALID_PARAMS, f'Invalid "{answer}" argument')
        order = self._carry_out(request) if answer in ("lost", mt5.TRADE_RETCODE_DONE) else 0
        if isinstance(answer, str):
            self._connected = False
            return self._fails(mt5.RES_E_INTERNAL_FAIL_RECEIVE, "IPC recv failed")
        deal = self.deals[-1].ticket if order else 0
        return OrderSendResult(answer, deal, order, request.get("volume", 0.0), 1.1, request=TradeRequest(**request))

    def _carry_out(self, request: dict[str, Any]) -> int:
        if request["action"] != mt5.TRADE_ACTION_DEAL:
            return 0
        ticket = 100 + len(self.orders)
        self.orders[ticket] = TradeOrder(
            ticket=ticket, time_setup=NOW, time_setup_msc=NOW * 1000, state=mt5.ORDER_STATE_FILLED,
            type=request["type"], magic=request.get("magic", 0), volume_initial=request["volume"],
            symbol=request["symbol"], comment=request.get("comment", ""), position_id=request.get("position", ticket),
        )  # fmt: skip
        self.deals.append(TradeDeal(ticket=500 + ticket, order=ticket, price=1.1002, symbol=request["symbol"]))
        return ticket
