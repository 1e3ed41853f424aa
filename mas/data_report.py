"""The documented `generate_data_report`: figures of the closed trades alone, as plain data.

Where the documentation's sample contradicts its own trades, the figure is the sound one (see `data_report`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mas.figures import longest_run, ratio
from mas.report import iso_times
from mas.timeframes import DAY
from mas.trade_columns import TradeColumns

if TYPE_CHECKING:
    from mas.results import ClosedTrade

Json = dict[str, Any]
Floats = NDArray[np.float64]

MISSING_TRADES = "Missing trade data for KPI generation"
"""The documented text, the same for all three reports."""
MISSING_TRADES_CODE = "NO_TRADES"
"""Stands beside the text, which may be translated."""

YEAR_SECONDS = 365.25 * DAY
LEAST_SECONDS = 30 * DAY
"""A shorter record is not scaled up to a year: its growth is given as it is."""


def missing_trades() -> Json:
    """What the reports answer when there is nothing to report."""
    return {"status": False, "error": MISSING_TRADES, "code": MISSING_TRADES_CODE}


def closed_trades(trades: Iterable[ClosedTrade]) -> list[ClosedTrade]:
    """The trades that were closed by an order; a position still open after the last bar ("end_of_data") is none."""
    return [trade for trade in trades if trade.exit_reason != "end_of_data"]


def data_report(trades: Iterable[ClosedTrade], deposit: float) -> Json:
    """The documented dict: `{"status": True, "data": {...}}`, or `status` False with `error` where nothing was closed.

    A trade counts in the year of its exit; year keys are strings from the first exit to the last, without holes.
    Numbers are rounded to 2 decimals, the cumulative percents to 4 (as the documented figures are printed); ratios
    without a loss to divide by are infinite. Annual growth is (1 + return) ^ (1 / years) - 1 from the first entry to
    the last exit, not scaled up below 30 days. Sharpe and Sortino are those of the trades' returns on the balance
    before them, times sqrt(trades per year); 0 where they are not defined.
    """
    closed = sorted(closed_trades(trades), key=lambda trade: trade.exit_time)
    if not closed:
        return missing_trades()
    columns = TradeColumns.of(closed)
    return {
        "status": True,
        "data": {
            "general_data": {
                "total_profit_loss": _rounded(columns.net.sum()),
                "number_of_trades": len(closed),
            },
            "performance_metrics": _performance(columns, deposit),
            "win_loss_ratio": _win_loss(columns.net),
            **_by_year(columns, deposit),
            "data_source": json.dumps(records(closed), allow_nan=False, ensure_ascii=False),
        },
    }


def records(trades: Sequence[ClosedTrade]) -> list[Json]:
    """One record per trade, for `data_source`: what was dealt, when, at which price, with which result."""
    entries, exits = (iso_times([getattr(t, name) for t in trades]) for name in ("entry_time", "exit_time"))
    return [
        {
            "order_id": trade.order_id,
            "symbol": trade.symbol,
            "direction": trade.side,
            "volume": trade.volume,
            "entry_time": entered,
            "entry_price": trade.entry_price,
            "exit_time": left,
            "exit_price": trade.exit_price,
            "sl": trade.sl,
            "tp": trade.tp,
            "profit": _rounded(trade.profit),
            "commission": _rounded(trade.commission),
            "swap": _rounded(trade.swap),
            "net_profit": _rounded(trade.net),
            "exit_reason": trade.exit_reason,
            "comment": trade.comment,
        }
        for trade, entered, left in zip(trades, entries, exits, strict=True)
    ]


def _performance(trades: TradeColumns, deposit: float) -> Json:
    net = trades.net
    total = float(net.sum())
    factor = _profit_factor(net)
    sharpe, sortino = _sharpe_and_sortino(trades, deposit)
    return {
        "number_of_trades": len(net),
        "profit_loss_ratio": factor,
        "win_rate": _win_loss(net)["win_rate"],
        "max_drawdown": _rounded(100 * _fall_of_closed_profit(net) / deposit),
        "total_return_rate": _rounded(100 * total / deposit),
        "cagr": _rounded(100 * _yearly_growth(1 + total / deposit, _seconds(trades))),
        "sharpe_ratio": _rounded(sharpe),
        "sortino_ratio": _rounded(sortino),
        "max_consecutive_losses": longest_run(net < 0),
        "max_single_loss": _rounded(max(0.0, -float(net.min()))),
        "profit_factor": factor,
    }


def _profit_factor(net: Floats) -> float:
    gained, lost = float(net[net > 0].sum()), -float(net[net < 0].sum())
    if lost == 0:
        return math.inf if gained > 0 else 0.0
    return _rounded(gained / lost)


def _win_loss(net: Floats) -> Json:
    rate = _rounded(100 * float((net > 0).mean()))
    return {"win_rate": rate, "loss_rate": _rounded(100 - rate)}


def _fall_of_closed_profit(net: Floats) -> float:
    """Largest fall of the cumulative profit from its high, money; the first high is the profit of the first trade."""
    profit = np.cumsum(net)
    return float((np.maximum.accumulate(profit) - profit).max())


def _seconds(trades: TradeColumns) -> float:
    return float(trades.exit_time.max() - trades.entry_time.min())


def _yearly_growth(growth: float, seconds: float) -> float:
    if growth <= 0:
        return -1.0
    return float(growth ** (1.0 if seconds < LEAST_SECONDS else YEAR_SECONDS / seconds)) - 1


def _sharpe_and_sortino(trades: TradeColumns, deposit: float) -> tuple[float, float]:
    before = deposit + np.concatenate(([0.0], np.cumsum(trades.net)[:-1]))
    if len(before) < 2 or before.min() <= 0 or _seconds(trades) <= 0:
        return 0.0, 0.0
    returns = trades.net / before
    scale = math.sqrt(len(returns) * YEAR_SECONDS / _seconds(trades))
    downside = math.sqrt(float((np.minimum(returns, 0.0) ** 2).mean()))
    sharpe, sortino = ratio(float(returns.mean()), float(returns.std(ddof=1))), ratio(float(returns.mean()), downside)
    return (sharpe or 0.0) * scale, (sortino or 0.0) * scale


def _by_year(trades: TradeColumns, deposit: float) -> Json:
    """The four yearly series, keyed as documented."""
    exit_year = trades.exit_time.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64) + 1970
    balance = deposit + np.concatenate(([0.0], np.cumsum(trades.net)))
    fall = 100 * (balance / np.maximum.accumulate(balance) - 1)
    cumulative, falls, gained, account = {}, {}, {}, {}
    for year in range(int(exit_year[0]), int(exit_year[-1]) + 1):
        first, last = np.searchsorted(exit_year, [year, year + 1])  # the year's trades are first .. last - 1
        key = str(year)
        cumulative[key] = round(float(100 * (balance[last] / deposit - 1)), 4) + 0.0
        falls[key] = _rounded(fall[first : last + 1].min())  # it begins as deep as the year before ended
        gained[key] = _rounded(balance[last] - balance[first])
        account[key] = _rounded(balance[last])
    return {
        "cumulative_return_line_chart": {"cumulative_return_percent": cumulative},
        "max_drawdown_trend": {"max_drawdown_percent": falls},
        "annual_year_pnl_usd": {"annual_year_pnl_usd": gained},
        "annual_pnl_usd": {"annual_pnl_usd": account},
    }


def _rounded(value: float) -> float:
    return round(float(value), 2) + 0.0
