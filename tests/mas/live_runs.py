"""Markets, strategies and terminals for the tests of live sessions."""

from __future__ import annotations

from typing import Any

import numpy as np

import mas
from mas import constants as mt5
from mas.bars import Bars
from mas.series import Condition
from tests.mas.live_play import LivePlay

HOUR = 3600
BEGIN = 1_700_002_800 - 1_700_002_800 % 86_400
"""A midnight."""


def rising(count: int = 40, step: float = 0.001) -> Bars:
    """Bars that open where the last one closed, each `step` higher, without shadows; the spread is 10 points."""
    opens = np.round(1.1 + step * np.arange(count), 5)
    closes = np.round(opens + step, 5)
    return Bars.from_arrays(
        "EURUSD", "H1", BEGIN + HOUR * np.arange(count), opens, np.maximum(opens, closes), np.minimum(opens, closes),
        closes, np.full(count, 100.0), spread=np.full(count, 10.0),
    )  # fmt: skip


class Entering(mas):
    """Buys at the closes of the bars named in `at`; the stop follows the price at 40 pips."""

    symbol, timeframe, magic, memory = "EURUSD", "H1", 77, 30
    at: tuple[int, ...] = (3,)
    order: dict[str, Any] = {"order_type": "buy", "volume": 0.1}  # noqa: RUF012
    plan: dict[str, Any] = {"stop_distance": 0.003, "trail": 0.004}  # noqa: RUF012

    def __init__(self, **given: Any) -> None:
        super().__init__()
        vars(self).update(given)
        self.sent: list[str] = []
        self.executed: list[tuple[str, float, float]] = []
        self.seen: list[tuple[float, bool]] = []

    def signals(self, bars: Bars) -> dict[str, Any]:
        number = (bars.time - BEGIN) // HOUR
        return {"enter_long": Condition(np.isin(number, self.at)), "close": bars.close}

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        self.seen.append((self.value("close"), self.signal("enter_long")))
        if self.entry_side(symbol, long=self.signal("enter_long"), short=False) == "long":
            entry = {"symbol": symbol, "magic": self.magic, "comment": "enter_long", "backtest_toggle": False}
            order_id = self.send_order({**entry, **self.order})
            self.sent.append(order_id)
            self.manage(order_id, **self.plan)

    def receive_order_execution(self, order_id: str, data: dict[str, Any]) -> None:
        self.executed.append((order_id, data["volume"], data["price"]))


class Both(mas):
    """Buys and sells in turns, at the market and by orders that wait, with stops that follow."""

    symbol, timeframe, magic, memory = "EURUSD", "H1", 77, 10

    def signals(self, bars: Bars) -> dict[str, Any]:
        number = bars.time // HOUR
        return {
            "enter_long": Condition(number % 11 == 0), "enter_short": Condition(number % 11 == 5),
            "wait": Condition(number % 7 == 3),
        }  # fmt: skip

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        common = {"symbol": symbol, "volume": 0.1, "magic": self.magic, "backtest_toggle": False}
        side = self.entry_side(symbol, long=self.signal("enter_long"), short=self.signal("enter_short"))
        if side is not None:
            order_id = self.send_order({**common, "order_type": "buy" if side == "long" else "sell"})
            self.manage(order_id, stop_distance=0.002, target_distance=0.004, trail=0.0015)
        elif self.entry_side(symbol, long=self.signal("wait"), short=False, pending=True) == "long":
            price = self.round_price(symbol, self.ask(symbol) + 0.0005)
            order_id = self.send_order({**common, "order_type": "buy_stop", "price": price})
            self.manage(order_id, stop_distance=0.002, valid_bars=3, replaces="wait", reverses=True)


def played(strategy: Any = None, stop: int | None = None, bars: Bars | None = None, **settings: Any) -> LivePlay:
    return LivePlay(strategy or Entering(), bars or rising(), **settings).run(stop)


def held(live: LivePlay) -> Any:
    (one,) = live.session.terminal.book.positions.values()
    return one


class Shy:
    """A terminal that shows some things late: after they have been asked for so many times."""

    takes_through = False

    def __init__(self, terminal: Any) -> None:
        self._terminal, self.hides = terminal, {"deals": 0, "positions": 0, "orders": 0}
        self.refuses: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._terminal, name)

    def _late(self, what: str) -> bool:
        self.hides[what] -= 1
        return self.hides[what] >= 0

    def history_deals_get(self, *dates: Any, **which: Any) -> Any:
        return () if self._late("deals") else self._terminal.history_deals_get(*dates, **which)

    def positions_get(self, **which: Any) -> Any:
        return () if self._late("positions") else self._terminal.positions_get(**which)

    def orders_get(self, **which: Any) -> Any:
        return () if self._late("orders") else self._terminal.orders_get(**which)

    def order_send(self, request: Any) -> Any:
        return self.refuses.pop(0)(request) if self.refuses else self._terminal.order_send(request)


def shy_play(strategy: Any = None, stop: int = 4, settle: tuple[float, ...] = (0.0, 0.0, 0.0)) -> tuple[LivePlay, Shy]:
    """A run on such a terminal; it shows everything until the bar at which it stops."""
    live = LivePlay.__new__(LivePlay)
    LivePlay.__init__(live, strategy or Entering(), rising())
    shy = Shy(live.outside)
    live.channel.terminal, live.channel._settle = shy, settle
    return live.run(stop), shy


def go_on(live: LivePlay, bar: int, stop: int | None = None) -> None:
    live.first = bar
    live.run(stop)


def close_by_hand(live: LivePlay, volume: float) -> None:
    (position,) = live.outside.book.positions.values()
    answer = live.outside.order_send(
        action=mt5.TRADE_ACTION_DEAL, symbol="EURUSD", type=mt5.ORDER_TYPE_SELL, volume=volume,
        position=position.ticket, price=live.outside.market.bid, type_filling=mt5.ORDER_FILLING_IOC,
    )  # fmt: skip
    assert answer is not None
    assert answer.retcode == mt5.TRADE_RETCODE_DONE
