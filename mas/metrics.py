"""The figures of a backtest, computed from its trades and its equity at every bar's close.

Definitions, titles and units are in `mas.metric_table`. Everything is an array operation: 20 000 trades over
1 000 000 bars take a fraction of a second. A figure that is not defined (no trades, no loss to divide by) is None,
so the result is always valid JSON.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.metric_table import METRICS, Metric, Value, format_hours, format_metric
from mas.timeframes import DAY

if TYPE_CHECKING:
    from mas.results import Backtest

__all__ = [
    "METRICS",
    "Metric",
    "Value",
    "compute_metrics",
    "format_hours",
    "format_metric",
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
ZERO_MONEY = 1e-7
"""A net result closer to 0 than this is rounding of floats, not a win."""


def compute_metrics(backtest: Backtest) -> dict[str, Value]:
    """Every figure of `METRICS`, in its order; None where it is not defined.

    Args: backtest: a finished run.
    """
    trades = _Trades.of(backtest)
    found: dict[str, Value] = {
        **_results(trades, backtest.deposit),
        **_trade_counts(trades),
        **_risk(trades, backtest),
        **_annual(backtest),
        **_costs(trades, backtest),
        **_statistics(trades, backtest.deposit),
    }
    found["recovery_factor"] = _ratio(found["net_profit"], found["equity_drawdown_maximal"])
    found["calmar"] = _ratio(found["cagr_percent"], found["equity_drawdown_relative_percent"])
    return {key: _plain(found[key]) for key in METRICS}


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


# ---------------------------------------------------------------- the trades as arrays


@dataclass(frozen=True)
class _Trades:
    """Columns of the closed trades in order of their exits; shape (trades,)."""

    net: Floats
    profit: Floats
    commission: Floats
    swap: Floats
    long: NDArray[np.bool_]
    volume: Floats
    entry_bar: NDArray[np.int64]
    exit_bar: NDArray[np.int64]
    seconds: Floats
    move: Floats
    """Price profit per unit: exit - entry for a long, entry - exit for a short."""

    def __len__(self) -> int:
        return len(self.net)

    @classmethod
    def of(cls, backtest: Backtest) -> _Trades:
        rows = sorted(backtest.trades, key=lambda t: t.exit_bar)  # stable: ties keep the order of the deals
        profit, commission, swap, volume, entry, exit_ = (
            np.array([getattr(t, name) for t in rows], dtype=np.float64)
            for name in ("profit", "commission", "swap", "volume", "entry_price", "exit_price")
        )
        entry_bar, exit_bar, entry_time, exit_time = (
            np.array([getattr(t, name) for t in rows], dtype=np.int64)
            for name in ("entry_bar", "exit_bar", "entry_time", "exit_time")
        )
        net = profit + commission + swap
        net[np.abs(net) < ZERO_MONEY] = 0.0
        long = np.array([t.side == "long" for t in rows], dtype=bool)
        move = np.where(long, exit_ - entry, entry - exit_)
        seconds = (exit_time - entry_time).astype(np.float64)
        return cls(net, profit, commission, swap, long, volume, entry_bar, exit_bar, seconds, move)


def _results(trades: _Trades, deposit: float) -> dict[str, Value]:
    net = trades.net
    total = float(net.sum())
    gross_profit, gross_loss = float(net[net > 0].sum()), float(net[net < 0].sum())
    return {
        "net_profit": total,
        "final_balance": deposit + total,
        "gross_profit": gross_profit,
        "gross_loss": gross_loss,
        "profit_factor": _ratio(gross_profit, -gross_loss),
        "expected_payoff": _mean(net),
    }


def _trade_counts(trades: _Trades) -> dict[str, Value]:
    net, long = trades.net, trades.long
    wins, losses = net[net > 0], net[net < 0]
    average_win, average_loss = _mean(wins), _mean(losses)
    hours = _mean(trades.seconds)
    return {
        "trades": len(trades),
        "win_rate_percent": _share(net > 0),
        "winning_trades": len(wins),
        "losing_trades": len(losses),
        "breakeven_trades": len(net) - len(wins) - len(losses),
        "average_win": average_win,
        "average_loss": average_loss,
        "payoff_ratio": _ratio(average_win, None if average_loss is None else -average_loss),
        "largest_win": float(wins.max()) if len(wins) else None,
        "largest_loss": float(losses.min()) if len(losses) else None,
        "max_consecutive_wins": _longest_run(net > 0),
        "max_consecutive_losses": _longest_run(net < 0),
        "long_trades": int(long.sum()),
        "long_win_rate_percent": _share(net[long] > 0),
        "short_trades": int((~long).sum()),
        "short_win_rate_percent": _share(net[~long] > 0),
        "average_holding_bars": _mean((trades.exit_bar - trades.entry_bar).astype(np.float64)),
        "average_holding_hours": None if hours is None else hours / 3600,
    }


# ---------------------------------------------------------------- risk


def _risk(trades: _Trades, backtest: Backtest) -> dict[str, Value]:
    equity = np.concatenate(([backtest.deposit], backtest.equity))
    balance = backtest.deposit + np.concatenate(([0.0], np.cumsum(trades.net)))
    return {
        **_drawdown("equity", equity),
        **_drawdown("balance", balance),
        "balance_drawdown_absolute": max(0.0, backtest.deposit - float(balance.min())),
        "longest_drawdown_days": _longest_drawdown(equity, _times(backtest)) / DAY,
        "exposure_percent": _exposure(trades, len(backtest.bars)),
    }


def _drawdown(name: str, curve: Floats) -> dict[str, Value]:
    """Maximal (money, and its percent) and relative (percent) drawdown of a curve that starts with the deposit."""
    peak = np.maximum.accumulate(curve)
    fall = peak - curve
    deepest = int(fall.argmax())
    return {
        f"{name}_drawdown_maximal": float(fall[deepest]),
        f"{name}_drawdown_maximal_percent": 100 * float(fall[deepest] / peak[deepest]),
        f"{name}_drawdown_relative_percent": 100 * float((fall / peak).max()),
    }


def _longest_drawdown(curve: Floats, times: Floats) -> float:
    """Seconds between a high of `curve` and its return there (or the end); 0 if it never falls."""
    at_peak = curve >= np.maximum.accumulate(curve)
    last_peak = np.maximum.accumulate(np.where(at_peak, np.arange(len(curve)), 0))
    under = times[1:] - times[last_peak[:-1]]  # from the last high to this bar, which may be the one that regains it
    return float(np.where(at_peak[:-1] & at_peak[1:], 0.0, under).max(initial=0.0))


def _times(backtest: Backtest) -> Floats:
    """The moments of the equity curve: the first bar's open (the deposit), then every bar's close."""
    bars = backtest.bars
    return np.concatenate((bars.time[:1], bars.decision_time)).astype(np.float64)


def _exposure(trades: _Trades, bars: int) -> float | None:
    """Percent of bars with a position open, overlapping positions counted once."""
    if not bars:
        return None
    steps = np.zeros(bars + 1, dtype=np.int64)
    np.add.at(steps, np.minimum(trades.entry_bar, bars), 1)
    np.add.at(steps, np.minimum(np.maximum(trades.exit_bar, trades.entry_bar + 1), bars), -1)
    return 100 * float((np.cumsum(steps)[:-1] > 0).mean())


def _annual(backtest: Backtest) -> dict[str, Value]:
    """Growth, volatility, Sharpe and Sortino from the last equity of every day, scaled by the data's own calendar."""
    keys = ("total_return_percent", "cagr_percent", "volatility_percent", "sharpe", "sortino")
    undefined: dict[str, Value] = dict.fromkeys(keys)
    if not len(backtest.equity):
        return undefined
    times = _times(backtest)
    years = float(times[-1] - times[0]) / YEAR_SECONDS
    growth = float(backtest.equity[-1]) / backtest.deposit
    undefined["total_return_percent"] = 100 * (growth - 1)
    equity = np.concatenate(([backtest.deposit], backtest.equity[_last_of_each_day(backtest)]))
    if years * YEAR_SECONDS < LEAST_DAYS * DAY or equity.min() <= 0:  # a lost account has no returns any more
        return undefined
    returns = equity[1:] / equity[:-1] - 1
    scale = math.sqrt(len(returns) / years)
    mean = float(returns.mean())
    deviation = float(returns.std(ddof=1)) if len(returns) > 1 else None
    downside = math.sqrt(float((np.minimum(returns, 0.0) ** 2).mean()))
    sharpe, sortino = _ratio(mean, deviation), _ratio(mean, downside)
    return {
        "total_return_percent": 100 * (growth - 1),
        "cagr_percent": 100 * (growth ** (1 / years) - 1),
        "volatility_percent": None if deviation is None else 100 * deviation * scale,
        "sharpe": None if sharpe is None else sharpe * scale,
        "sortino": None if sortino is None else sortino * scale,
    }


def _last_of_each_day(backtest: Backtest) -> NDArray[np.int64]:
    """Positions of the last bar of every day (of the data's clock); every bar where bars are longer than a day."""
    day = backtest.bars.time // DAY
    return np.append(np.flatnonzero(np.diff(day)), len(day) - 1).astype(np.int64)


# ---------------------------------------------------------------- costs and statistics


def _costs(trades: _Trades, backtest: Backtest) -> dict[str, Value]:
    return {
        "spread_cost": _spread_cost(trades, backtest),
        "commission": float(trades.commission.sum()),
        "swap": float(trades.swap.sum()),
        "ambiguous_trades": sum(bool(trade.ambiguous) for trade in backtest.trades),
        "conflicts": int(backtest.conflicts),
        "refused_orders": len(backtest.refused),
        "unfilled_orders": int(backtest.unfilled),
    }


def _spread_cost(trades: _Trades, backtest: Backtest) -> float:
    """Money lost to the spread. A trade's own profit per price unit gives its value, so no exchange rate is needed."""
    if not len(trades):
        return 0.0
    bars = backtest.bars
    moved = (np.abs(trades.move) > 0.5 * bars.point) & (trades.volume > 0)
    if not moved.any():
        return 0.0
    value = np.zeros(len(trades))
    value[moved] = trades.profit[moved] / trades.move[moved]
    per_lot = float(np.median(value[moved] / trades.volume[moved]))
    value[~moved] = per_lot * trades.volume[~moved]  # closed where it opened: the others tell what a lot is worth
    dealt_at_ask = np.where(trades.long, trades.entry_bar, trades.exit_bar)
    return float((spread_points(backtest)[dealt_at_ask] * bars.point * value).sum())


def spread_points(backtest: Backtest) -> Floats:
    """The spread charged at each bar, points, shape (bars,) (rule 1 of the execution contract)."""
    bars = backtest.bars
    if backtest.spread_points is not None:
        return backtest.spread_points
    typical = float(bars.spec.spread)
    if bars.spread is None:
        return np.full(len(bars), typical)
    return np.where(np.isfinite(bars.spread) & (bars.spread >= 0), bars.spread, typical)


def _statistics(trades: _Trades, deposit: float) -> dict[str, Value]:
    net, count = trades.net, len(trades)
    balance = deposit + np.concatenate(([0.0], np.cumsum(net)))
    alive = count > 0 and bool(balance.min() > 0)
    wins = int((net > 0).sum())
    product = 2 * wins * (count - wins)
    z_score = None
    if count > 1 and product > count:
        runs = 1 + int((np.diff(net > 0) != 0).sum())
        z_score = (count * (runs - 0.5) - product) / math.sqrt(product * (product - count) / (count - 1))
    correlation = None
    if count > 1 and float(np.ptp(balance)) > 0:
        correlation = float(np.corrcoef(balance, np.arange(count + 1))[0, 1])
    return {
        "z_score": z_score,
        "lr_correlation": correlation,
        "ahpr": float((balance[1:] / balance[:-1]).mean()) if alive else None,
        "ghpr": float((balance[-1] / deposit) ** (1 / count)) if alive else None,
    }


# ---------------------------------------------------------------- small helpers


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _share(flags: NDArray[np.bool_]) -> float | None:
    return 100 * float(flags.mean()) if len(flags) else None


def _ratio(above: Value, below: Value) -> float | None:
    """The quotient; None where either is missing or the divisor is 0 or rounding of 0."""
    if above is None or below is None or abs(below) < 1e-12:
        return None
    return above / below


def _longest_run(flags: NDArray[np.bool_]) -> int:
    """Length of the longest stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _plain(value: Value) -> Value:
    """The value as plain Python, without NaN, infinity or minus zero."""
    if value is None or isinstance(value, int):
        return value
    return value + 0.0 if math.isfinite(value) else None


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
