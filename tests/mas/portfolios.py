"""Scripts, bars and runs for tests of several symbols on one clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings

import mas
from mas.backtest import run_backtest
from mas.bars import Bars
from mas.client import MAS
from mas.results import Backtest, ClosedTrade
from tests.lengths import examples
from tests.mas.scenarios import MONDAY, market

HOUR = 3600
EUR, GBP, GOLD = "EURUSD", "GBPUSD", "XAUUSD"
QUIET = settings(deadline=None, max_examples=examples(8, 30), suppress_health_check=list(HealthCheck))


class Both(MAS):
    """Does what a script says at (symbol, hour) and records who was called."""

    symbols: tuple[str, ...] = (EUR, GBP)
    others: tuple[str, ...] = ()

    def __init__(self, script: Mapping[tuple[str, int], Callable[..., Any]] | None = None) -> None:
        super().__init__()
        self.script = script or {}
        self.called: list[tuple[str, int, bool]] = []
        self.answers: list[Any] = []

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        hour = round((data["time"] - mas.live.moment(MONDAY)).total_seconds() / HOUR)
        self.called.append((symbol, hour, is_end))
        if (symbol, hour) in self.script:
            self.answers.append(self.script[symbol, hour](self))


class Reading(Both):
    """Its rules run on the first symbol only; gold is read and traded explicitly."""

    symbols = (EUR,)
    others = (GOLD,)


def order(symbol: str, kind: str = "buy", volume: float = 0.1, plan: dict[str, Any] | None = None, **keys: Any) -> Any:
    def step(client: Both) -> Any:
        answer = client.send_order({"symbol": symbol, "order_type": kind, "volume": volume, **keys})
        if plan is not None:
            client.manage(answer, **plan)
        return answer

    return step


def close(symbol: str) -> Any:
    return lambda client: [client.close_trade(trade) for trade in client.trades(symbol)]


def without(bars: Bars, *hours: int) -> Bars:
    """The bars, some of them missing."""
    keep = ~np.isin((bars.time - MONDAY) // HOUR, hours)
    columns = (getattr(bars, name).values[keep] for name in ("open", "high", "low", "close"))
    return Bars.from_arrays(bars.symbol, bars.timeframe, bars.time[keep], *columns, spread=bars.spread[keep])


def rising(symbol: str, start: float, count: int = 8, **fields: Any) -> Bars:
    rows = [(start + n / 1000, start + n / 1000 + 0.0009, start + n / 1000 - 0.0005, start + n / 1000 + 0.0005)
            for n in range(count)]  # fmt: skip
    return market(rows, symbol=symbol, **fields)


def run(script: Any, *bars: Bars, kind: type[Both] = Both, **settings: Any) -> tuple[Backtest, Both]:
    client = kind(script)
    return run_backtest(client, bars[0], others=bars[1:], **settings), client


def row(trade: ClosedTrade) -> tuple[Any, ...]:
    hours = ((trade.entry_time - MONDAY) // HOUR, (trade.exit_time - MONDAY) // HOUR)
    return (trade.symbol, trade.side, hours[0], round(trade.entry_price, 6), hours[1], round(trade.exit_price, 6),
            trade.exit_reason)  # fmt: skip
