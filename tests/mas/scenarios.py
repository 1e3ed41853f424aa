"""Small hand-made markets, and strategies that do what a script says: for tests whose figures are made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mas.backtest import run_backtest
from mas.bars import Bars
from mas.client import MAS
from mas.results import Backtest, ClosedTrade
from mas.timeframes import TIMEFRAMES

MONDAY = 1_704_067_200
"""2024-01-01 00:00."""

Row = tuple[float, float, float, float]


def market(rows: Sequence[Row], symbol: str = "EURUSD", timeframe: str = "H1", **fields: Any) -> Bars:
    """Bars from (open, high, low, close) rows, without spread unless given."""
    time = MONDAY + TIMEFRAMES[timeframe] * np.arange(len(rows), dtype=np.int64)
    columns = np.array(rows, dtype=float).T
    fields.setdefault("spread", np.zeros(len(rows)))
    return Bars.from_arrays(symbol, timeframe, fields.pop("time", time), *columns, **fields)


def flat(price: float, count: int = 1) -> list[Row]:
    """Bars in which nothing happens."""
    return [(price, price, price, price)] * count


def minutes(rows: Sequence[Row], hour: int = 1, **fields: Any) -> Bars:
    """One minute each, from the start of an hour of Monday."""
    return market(rows, timeframe="M1", time=MONDAY + 3600 * hour + 60 * np.arange(len(rows)), **fields)


WIDE = [*flat(1.1), (1.1, 1.104, 1.096, 1.1), *flat(1.1, 2)]
"""Bar 1 reaches 40 pips both ways."""


class Scripted(MAS):
    """Calls `script[i](self)` when bar i has closed, and records every callback."""

    def __init__(self, script: Mapping[int, Callable[[Scripted], Any]]) -> None:
        super().__init__()
        self.script, self.index = script, -1
        self.answers: list[Any] = []
        self.seen: list[tuple[Any, ...]] = []

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        self.index += 1
        self.seen.append(("bar", self.index, is_end))
        if self.index in self.script:
            self.answers.append(self.script[self.index](self))

    def receive_order_status(self, order_id: str, status_data: dict[str, Any]) -> None:
        self.seen.append(("status", order_id, status_data["retcode"], status_data.get("action")))

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        self.seen.append(("execution", order_id, execution_data["price"], execution_data["type"]))


def order(kind: str, volume: float = 0.1, plan: Mapping[str, Any] | None = None, **keys: Any) -> Callable[..., Any]:
    """A script step that sends an order, and manages it if a plan is given."""

    def step(client: Scripted) -> Any:
        answer = client.send_order({"symbol": "EURUSD", "order_type": kind, "volume": volume, **keys})
        if plan is not None:
            client.manage(answer, **plan)
        return answer

    return step


BOTH = {0: order("buy", sl=1.097, tp=1.103)}
"""Buys, with a stop and a target 30 pips away."""


def waiting(kind: str, price: float, plan: Mapping[str, Any] | None = None, **keys: Any) -> Callable[..., Any]:
    """A script step that places a waiting order the way generated strategies do: under the entry policy."""
    policy = {name: keys.pop(name) for name in ("pyramid", "reversal", "trades_per_day") if name in keys}

    def step(client: Scripted) -> Any:
        long = kind.startswith("buy")
        if client.entry_side("EURUSD", long=long, short=not long, pending=True, **policy) is None:
            return None
        return order(kind, price=price, plan=plan or {}, **keys)(client)

    return step


def close_all(client: Scripted) -> None:
    """A script step that closes everything by a signal."""
    for trade in client.trades("EURUSD"):
        client.close_trade(trade, "signal")


def play(bars: Bars, script: Mapping[int, Callable[..., Any]], **settings: Any) -> tuple[Backtest, Scripted]:
    client = Scripted(script)
    return run_backtest(client, bars, **settings), client


def summary(trade: ClosedTrade) -> tuple[str, int, float, int, float, str]:
    """(side, entry bar, entry, exit bar, exit, reason)"""
    return (
        trade.side, trade.entry_bar, round(trade.entry_price, 6), trade.exit_bar, round(trade.exit_price, 6),
        trade.exit_reason,
    )  # fmt: skip


def trades_of(bars: Bars, script: Mapping[int, Callable[..., Any]], **settings: Any) -> list[Any]:
    return [summary(trade) for trade in play(bars, script, **settings)[0].trades]
