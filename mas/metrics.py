"""The figures of a backtest, computed from its trades and its equity at every bar's close.

Definitions, titles and units are in `mas.metric_table`. Everything is an array operation: 20 000 trades over
1 000 000 bars take a fraction of a second. A figure that is not defined (no trades, no loss to divide by) is None,
so the result is always valid JSON.
"""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.dataclass import dataclass
from mas.figures import (
    Fall,
    growth_per_trade,
    largest_fall,
    line_correlation,
    longest_run,
    mean,
    percent_true,
    plain,
    ratio,
    z_score,
)
from mas.metric_table import METRICS, Metric, Value, format_hours, format_metric
from mas.timeframes import DAY
from mas.trade_columns import TradeColumns

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.results import Backtest

__all__ = [
    "METRICS",
    "CurveFigures",
    "Metric",
    "Value",
    "compute_metrics",
    "curve_figures",
    "figures",
    "format_hours",
    "format_metric",
    "last_of_each_day",
    "spread_points",
    "warnings_for",
]

Floats = NDArray[np.float64]

YEAR_SECONDS = 365.25 * DAY
LEAST_DAYS = 30
"""A shorter run is not scaled up to a year: the result would say nothing."""
LEAST_TRADES = 30
"""Below this, luck explains almost any result."""
AMBIGUOUS_SHARE = 0.05
"""Above this share of ambiguous trades the order of stop and target decides the result."""


def compute_metrics(backtest: Backtest) -> dict[str, Value]:
    """Every figure of `METRICS`, in its order; None where it is not defined.

    Args: backtest: a finished run.
    """
    ambiguous = sum(map(bool, map(attrgetter("ambiguous"), backtest.trades)))
    return figures(backtest.columns, ambiguous, backtest, curve_figures(backtest))


@dataclass(frozen=True)
class CurveFigures:
    """What the equity at every close, with the deposit before it, comes to."""

    fall: Fall
    longest: float
    """The longest time between a high and the return there, seconds."""
    last: float
    """Equity at the last close."""
    daily: Floats
    """The deposit, and the last equity of every day."""


def curve_figures(backtest: Backtest) -> CurveFigures | None:
    """The figures of a run's equity; None for one without bars."""
    if not len(backtest.equity):
        return None
    curve = np.concatenate(([backtest.deposit], backtest.equity))
    return CurveFigures(
        fall=largest_fall(curve),
        longest=_longest_drawdown(curve, _times(backtest.bars)),
        last=float(backtest.equity[-1]),
        daily=np.concatenate(([backtest.deposit], backtest.equity[last_of_each_day(backtest.bars)])),
    )


def figures(trades: TradeColumns, ambiguous: int, backtest: Backtest, curve: CurveFigures | None) -> dict[str, Value]:
    """Every figure of `METRICS` of a run whose trades and equity have been looked through already.

    Args: ambiguous: how many of the trades are. backtest: what else the run has left behind; neither its trades nor its
        curves are looked at.
    """
    found: dict[str, Value] = {
        **_results(trades, backtest.deposit),
        **_trade_counts(trades),
        **_risk(trades, backtest, curve),
        **_annual(backtest, curve),
        **_costs(trades, backtest, ambiguous),
        **_statistics(trades, backtest.deposit),
    }
    found["recovery_factor"] = ratio(found["net_profit"], found["equity_drawdown_maximal"])
    found["calmar"] = ratio(found["cagr_percent"], found["equity_drawdown_relative_percent"])
    return {key: plain(found[key]) for key in METRICS}


def warnings_for(backtest: Backtest, metrics: dict[str, Value]) -> tuple[str, ...]:
    """What a reader must know before believing the figures, the gravest first."""
    count = int(metrics["trades"] or 0)
    ambiguous = int(metrics["ambiguous_trades"] or 0)
    net, best = metrics["net_profit"] or 0.0, metrics["largest_win"] or 0.0
    stopped_out = sum(t.exit_reason == "stop_out" for t in backtest.trades)
    texts = []
    if backtest.bars.synthetic:
        texts.append(
            "SYNTHETIC data: these prices were generated, not traded; the figures say nothing about a real market."
        )
    if stopped_out:
        texts.append(f"The account ran out of margin: {_count(stopped_out, 'position')} closed by stop-out.")
    if count == 0:
        texts.append("No trades: the rules never led to a filled order on this data.")
    elif count < LEAST_TRADES:
        texts.append(
            f"Only {_count(count, 'trade')}: too few to tell skill from luck ({LEAST_TRADES} is a bare minimum)."
        )
    if count > 1 and 0 < net <= best:
        texts.append("One trade made all the profit: without the best trade the strategy loses or breaks even.")
    if count and ambiguous / count > AMBIGUOUS_SHARE:
        texts.append(
            f"{ambiguous} of {count} trades ({100 * ambiguous / count:.0f}%) had stop and target inside one bar. "
            "The stop was taken; what really came first is not known from these bars."
        )
    if backtest.refused:
        refused = _count(len(backtest.refused), "order")
        texts.append(f"{refused} refused, the first because: {backtest.refused[0].text}")
    if backtest.conflicts:
        texts.append(f"{_count(backtest.conflicts, 'bar')} had a long and a short entry at once; neither was taken.")
    if count and not metrics["spread_cost"]:
        texts.append("The spread is 0: trading costs more than this in reality.")
    return tuple(texts)


def _results(trades: TradeColumns, deposit: float) -> dict[str, Value]:
    net = trades.net
    total = float(net.sum())
    gross_profit, gross_loss = float(net[net > 0].sum()), float(net[net < 0].sum())
    return {
        "net_profit": total,
        "final_balance": deposit + total,
        "gross_profit": gross_profit,
        "gross_loss": gross_loss,
        "profit_factor": ratio(gross_profit, -gross_loss),
        "expected_payoff": mean(net),
    }


def _trade_counts(trades: TradeColumns) -> dict[str, Value]:
    net, long = trades.net, trades.long
    won, lost = net > 0, net < 0
    wins, losses = net[won], net[lost]
    average_win, average_loss = mean(wins), mean(losses)
    hours = mean(trades.seconds)
    return {
        "trades": len(trades),
        "win_rate_percent": percent_true(won),
        "winning_trades": len(wins),
        "losing_trades": len(losses),
        "breakeven_trades": len(net) - len(wins) - len(losses),
        "average_win": average_win,
        "average_loss": average_loss,
        "payoff_ratio": ratio(average_win, None if average_loss is None else -average_loss),
        "largest_win": float(wins.max()) if len(wins) else None,
        "largest_loss": float(losses.min()) if len(losses) else None,
        "max_consecutive_wins": longest_run(won),
        "max_consecutive_losses": longest_run(lost),
        "long_trades": int(long.sum()),
        "long_win_rate_percent": percent_true(won[long]),
        "short_trades": int((~long).sum()),
        "short_win_rate_percent": percent_true(won[~long]),
        "average_holding_bars": mean((trades.exit_bar - trades.entry_bar).astype(np.float64)),
        "average_holding_hours": None if hours is None else hours / 3600,
    }


# ---------------------------------------------------------------- risk


def _risk(trades: TradeColumns, backtest: Backtest, curve: CurveFigures | None) -> dict[str, Value]:
    balance = backtest.deposit + np.concatenate(([0.0], np.cumsum(trades.net)))
    return {
        **_drawdown("equity", Fall(0.0, 0.0, 0.0, 0.0) if curve is None else curve.fall),
        **_drawdown("balance", largest_fall(balance)),
        "balance_drawdown_absolute": max(0.0, backtest.deposit - float(balance.min())),
        "longest_drawdown_days": 0.0 if curve is None else curve.longest / DAY,
        "exposure_percent": _exposure(trades, len(backtest.bars)),
    }


def _drawdown(name: str, fall: Fall) -> dict[str, Value]:
    """Maximal (money, and its percent) and relative (percent) drawdown of a curve that starts with the deposit."""
    return {
        f"{name}_drawdown_maximal": fall.money,
        f"{name}_drawdown_maximal_percent": fall.money_percent,
        f"{name}_drawdown_relative_percent": fall.percent,
    }


def _longest_drawdown(curve: Floats, times: Floats) -> float:
    """Seconds between a high of `curve` and its return there (or the end); 0 if it never falls."""
    peaks = np.flatnonzero(curve >= np.maximum.accumulate(curve))
    under = np.diff(times[peaks])[np.diff(peaks) > 1]  # from each high to the bar that regains it
    return float(max(under.max(initial=0.0), times[-1] - times[peaks[-1]]))


def _times(bars: Bars) -> Floats:
    """The moments of the equity curve: the first bar's open (the deposit), then every bar's close."""
    return np.concatenate((bars.time[:1], bars.decision_time)).astype(np.float64)


def _exposure(trades: TradeColumns, bars: int) -> float | None:
    """Percent of bars with a position open, overlapping positions counted once."""
    if not bars:
        return None
    order = np.argsort(trades.entry_bar, kind="stable")
    entries = np.minimum(trades.entry_bar[order], bars)
    exits = np.minimum(np.maximum(trades.exit_bar, trades.entry_bar + 1)[order], bars)
    reached = np.maximum.accumulate(np.concatenate(([0], exits)))[:-1]  # by the trades before
    return 100 * (int(np.maximum(exits - np.maximum(entries, reached), 0).sum()) / bars)


def _annual(backtest: Backtest, curve: CurveFigures | None) -> dict[str, Value]:
    """Growth, volatility, Sharpe and Sortino from the last equity of every day, scaled by the data's own calendar."""
    keys = ("total_return_percent", "cagr_percent", "volatility_percent", "sharpe", "sortino")
    undefined: dict[str, Value] = dict.fromkeys(keys)
    if curve is None:
        return undefined
    bars = backtest.bars
    years = (float(bars.decision_time[-1]) - float(bars.time[0])) / YEAR_SECONDS
    growth = curve.last / backtest.deposit
    undefined["total_return_percent"] = 100 * (growth - 1)
    equity = curve.daily
    if years * YEAR_SECONDS < LEAST_DAYS * DAY or equity.min() <= 0:  # a lost account has no returns any more
        return undefined
    returns = equity[1:] / equity[:-1] - 1
    scale = math.sqrt(len(returns) / years)
    average = float(returns.mean())
    deviation = float(returns.std(ddof=1)) if len(returns) > 1 else None
    downside = math.sqrt(float((np.minimum(returns, 0.0) ** 2).mean()))
    sharpe, sortino = ratio(average, deviation), ratio(average, downside)
    return {
        "total_return_percent": 100 * (growth - 1),
        "cagr_percent": 100 * (growth ** (1 / years) - 1),
        "volatility_percent": None if deviation is None else 100 * deviation * scale,
        "sharpe": None if sharpe is None else sharpe * scale,
        "sortino": None if sortino is None else sortino * scale,
    }


def last_of_each_day(bars: Bars) -> NDArray[np.int64]:
    """Positions of the last bar of every day (of the data's clock); every bar where bars are longer than a day."""
    day = bars.time // DAY
    return np.append(np.flatnonzero(np.diff(day)), len(day) - 1).astype(np.int64)


# ---------------------------------------------------------------- costs and statistics


def _costs(trades: TradeColumns, backtest: Backtest, ambiguous: int) -> dict[str, Value]:
    return {
        "spread_cost": _spread_cost(trades, backtest),
        "commission": float(trades.commission.sum()),
        "swap": float(trades.swap.sum()),
        "ambiguous_trades": ambiguous,
        "conflicts": int(backtest.conflicts),
        "refused_orders": len(backtest.refused),
        "unfilled_orders": int(backtest.unfilled),
    }


def _spread_cost(trades: TradeColumns, backtest: Backtest) -> float:
    """Money lost to the spread, at the bar where each trade dealt at the ask."""
    if not backtest.played:
        dealt_at_ask = np.where(trades.long, trades.entry_bar, trades.exit_bar)
        return _spread_of(trades, backtest.bars, spread_points(backtest)[dealt_at_ask])
    cost = 0.0
    for part in backtest.played:
        own = TradeColumns.of(trade for trade in backtest.trades if trade.symbol == part.bars.symbol)
        when = np.where(own.long, own.entry_time, own.exit_time)
        bar = np.searchsorted(part.bars.time, when, side="right") - 1
        cost += _spread_of(own, part.bars, part.spread_points[bar])
    return cost


def _spread_of(trades: TradeColumns, bars: Bars, points: Floats) -> float:
    """Money lost to so many points at each trade."""
    if not points.any():
        return 0.0
    return float((points * bars.point * trades.money_per_unit(bars.point)).sum())


def spread_points(backtest: Backtest) -> Floats:
    """The spread charged at each bar, points, shape (bars,) (rule 1 of the execution contract)."""
    bars = backtest.bars
    if backtest.spread_points is not None:
        return backtest.spread_points
    typical = float(bars.spec.spread)
    if bars.spread is None:
        return np.full(len(bars), typical)
    return np.where(np.isfinite(bars.spread) & (bars.spread >= 0), bars.spread, typical)


def _statistics(trades: TradeColumns, deposit: float) -> dict[str, Value]:
    net = trades.net
    balance = deposit + np.concatenate(([0.0], np.cumsum(net)))
    ahpr, ghpr = growth_per_trade(balance)
    return {"z_score": z_score(net > 0), "lr_correlation": line_correlation(balance), "ahpr": ahpr, "ghpr": ghpr}


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
