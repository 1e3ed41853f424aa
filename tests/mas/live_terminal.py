"""A terminal whose market is moved by hand: bars and ticks come when a test says so, the connection breaks on cue."""

from __future__ import annotations

from typing import Any

import numpy as np

from mas import constants as mt5
from mas.terminals.connection import Connection
from mas.terminals.structs import BookInfo, Tick, TradeDeal, TradeOrder
from tests.fake_terminal import NOW, RATES, FakeTerminal

TICKS = np.dtype(
    [
        ("time", "<i8"), ("bid", "<f8"), ("ask", "<f8"), ("last", "<f8"), ("volume", "<u8"), ("time_msc", "<i8"),
        ("flags", "<u4"), ("volume_real", "<f8"),
    ]
)  # fmt: skip
START = NOW - NOW % 3600
"""Open of the first H1 bar."""


class LiveTerminal(FakeTerminal):
    """One account; `bar()` begins the next H1 bar, `quote()` brings a tick, `lose()` breaks the connection."""

    def __init__(self, answers: Any = ()) -> None:
        super().__init__(answers)
        self.rows: list[tuple[Any, ...]] = []
        self.ticks: list[tuple[Any, ...]] = []
        self.waiting: dict[int, TradeOrder] = {}
        self.done: list[TradeOrder] = []
        self.book: set[str] = set()
        self.deals.append(TradeDeal(ticket=1, type=mt5.DEAL_TYPE_BALANCE, profit=1000.0))
        for _ in range(3):
            self.bar()

    def bar(self, close: float = 1.1) -> None:
        self.rows.append((START + 3600 * len(self.rows), 1.1, 1.2, 1.0, close, 10, 2, 0))

    def quote(self, bid: float, msc: int) -> None:
        self.ticks.append((msc // 1000, bid, bid + 0.0002, 0.0, 0, msc, 6, 0.0))
        self.tick = Tick(time=msc // 1000, bid=bid, ask=bid + 0.0002, time_msc=msc)

    def lose(self) -> None:
        self._connected = False

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start: int, count: int, /) -> Any:
        if not self._called("copy_rates_from_pos", symbol):
            return None
        end = len(self.rows) - start
        return np.array(self.rows[max(0, end - count) : max(0, end)], dtype=RATES)

    def copy_rates_range(self, symbol: str, timeframe: int, start: int, end: int, /) -> Any:
        if not self._called("copy_rates_range", symbol):
            return None
        return np.array([row for row in self.rows if start <= row[0] <= end], dtype=RATES)

    def copy_ticks_from(self, symbol: str, start: int, count: int, flags: int, /) -> Any:
        if not self._called("copy_ticks_from", symbol):
            return None
        return np.array([tick for tick in self.ticks if tick[0] >= start][:count], dtype=TICKS)

    def copy_ticks_range(self, symbol: str, start: int, end: int, flags: int, /) -> Any:
        return np.array([tick for tick in self.ticks if start <= tick[0] <= end], dtype=TICKS)

    def version(self) -> Any:
        return (500, 4755, "24 Jan 2025") if self._called("version") else None

    def symbols_total(self) -> Any:
        return len(self.symbols) if self._called("symbols_total") else None

    def orders_total(self) -> Any:
        return len(self.waiting) if self._called("orders_total") else None

    def history_orders_total(self, *dates: Any) -> Any:
        return len(self.done) if self._called("history_orders_total") else None

    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float, /) -> Any:
        return 110.0 if self._called("order_calc_margin") else None

    def order_calc_profit(self, action: int, symbol: str, volume: float, start: float, end: float, /) -> Any:
        return round((end - start) * volume * 100_000, 2) if self._called("order_calc_profit") else None

    # ------------------------------------------------------------- market book

    def market_book_add(self, symbol: str, /) -> bool:
        self.book.add(symbol)
        return self._called("market_book_add", symbol)

    def market_book_get(self, symbol: str, /) -> Any:
        levels = [(2, 1.0999, 3), (1, 1.1003, 1), (1, 1.1001, 2), (2, 1.0998, 5)]
        found = tuple(BookInfo(kind, price, volume, float(volume)) for kind, price, volume in levels)
        return found if symbol in self.book and self._called("market_book_get", symbol) else None

    def market_book_release(self, symbol: str, /) -> bool:
        self.book.discard(symbol)
        return self._called("market_book_release", symbol)

    # ------------------------------------------------------------- orders that wait

    def orders_get(self, *, symbol: str = "", group: str = "", ticket: int = 0) -> Any:
        if not self._called("orders_get", symbol):
            return None
        return tuple(o for o in self.waiting.values() if ticket in (0, o.ticket))

    def history_orders_get(self, *dates: Any, group: str = "*", ticket: int = 0, position: int = 0) -> Any:
        if not self._called("history_orders_get", ticket):
            return None
        return tuple(o for o in self.done if ticket in (0, o.ticket))

    def history_deals_get(self, *dates: Any, ticket: int = 0, position: int = 0) -> Any:
        if not self._called("history_deals_get", ticket):
            return None
        return tuple(d for d in self.deals if ticket in (0, d.order) and position in (0, d.position_id))

    def fill(self, ticket: int, price: float) -> None:
        """A waiting order is filled."""
        order = self.waiting.pop(ticket)
        self.done.append(order._replace(state=mt5.ORDER_STATE_FILLED, time_done=NOW + 60))
        self.deals.append(
            TradeDeal(ticket=900, order=ticket, price=price, volume=order.volume_initial, symbol=order.symbol)
        )

    def _carry_out(self, request: dict[str, Any]) -> int:
        if request["action"] == mt5.TRADE_ACTION_PENDING:
            ticket = 300 + len(self.waiting)
            self.waiting[ticket] = TradeOrder(
                ticket=ticket, state=mt5.ORDER_STATE_PLACED, type=request["type"], price_open=request["price"],
                volume_initial=request["volume"], volume_current=request["volume"], symbol=request["symbol"],
                sl=request.get("sl", 0.0), tp=request.get("tp", 0.0),
            )  # fmt: skip
            return ticket
        if request["action"] in (mt5.TRADE_ACTION_REMOVE, mt5.TRADE_ACTION_MODIFY):
            if request["action"] == mt5.TRADE_ACTION_REMOVE:
                self.waiting.pop(request["order"], None)
            return int(request["order"])
        return super()._carry_out(request)


def connection_to(terminal: LiveTerminal) -> Connection:
    """A made connection that never waits."""
    connection = Connection(lambda: terminal, waits=(0.0,), retry_waits=(), lookup_waits=(0.0,))
    connection.connect()
    return connection
