"""Backtests made by hand: a few trades whose figures can be worked out on paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mas.bars import Bars
from mas.results import Backtest, ClosedTrade
from mas.timeframes import TIMEFRAMES

MONDAY = 1_704_067_200
"""2024-01-01 00:00."""


def some_bars(count: int = 48, timeframe: str = "H1", start: int = MONDAY, **fields: Any) -> Bars:
    """Quiet EURUSD bars without gaps, spread 10 points."""
    time = start + TIMEFRAMES[timeframe] * np.arange(count, dtype=np.int64)
    close = 1.1 + 0.001 * np.sin(np.arange(count) / 5)
    fields.setdefault("spread", np.full(count, 10.0))
    return Bars.from_arrays("EURUSD", timeframe, time, close, close + 0.0005, close - 0.0005, close, **fields)


def a_trade(bars: Bars, entry_bar: int, exit_bar: int, profit: float, **changes: Any) -> ClosedTrade:
    """A trade of 0.1 lot; its exit price fits its profit at 10 000 per price unit."""
    side = changes.get("side", "long")
    move = profit / 10_000 * (1 if side == "long" else -1)
    fields: dict[str, Any] = {
        "symbol": bars.symbol,
        "side": side,
        "volume": 0.1,
        "entry_time": int(bars.time[entry_bar]),
        "exit_time": int(bars.time[exit_bar]),
        "entry_price": 1.1,
        "exit_price": 1.1 + move,
        "sl": 1.09,
        "tp": None,
        "profit": profit,
        "commission": 0.0,
        "swap": 0.0,
        "exit_reason": "signal",
        "entry_bar": entry_bar,
        "exit_bar": exit_bar,
        "ambiguous": False,
        "order_id": str(entry_bar),
    }
    return ClosedTrade(**{**fields, **changes})


def a_backtest(bars: Bars, trades: Sequence[ClosedTrade] = (), deposit: float = 10_000.0, **fields: Any) -> Backtest:
    """A run in which open positions never float: the equity is the balance unless `equity` is given."""
    balance = np.full(len(bars), deposit)
    for trade in trades:
        balance[trade.exit_bar :] += trade.net
    fields.setdefault("equity", balance)
    fields.setdefault("spread", "the spread column of the data")
    ambiguous = sum(trade.ambiguous for trade in trades)
    return Backtest(bars, deposit, "USD", tuple(trades), balance, ambiguous=ambiguous, **fields)


def by_profits(*profits: float, **changes: Any) -> Backtest:
    """One trade per profit, one after the other, two bars each, at hours."""
    bars = some_bars(2 * len(profits) + 2)
    return a_backtest(bars, [a_trade(bars, 2 * i, 2 * i + 1, profit, **changes) for i, profit in enumerate(profits)])
