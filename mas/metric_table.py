"""What every figure of a backtest means: one definition per key, and how its value is written.

Figures named as MetaTrader's tester names them follow the tester; where a definition departs from it, it says so.
"""

from __future__ import annotations

from typing import Literal

from mas.dataclass import dataclass

Unit = Literal["money", "percent", "ratio", "count", "bars", "hours", "days"]
Value = float | int | None


@dataclass(frozen=True)
class Metric:
    """One figure. `definition`: a sentence or two with the formula. `signed`: above 0 is good, below is bad."""

    group: str
    key: str
    title: str
    unit: Unit
    definition: str
    signed: bool = False


_TABLE = (
    Metric(
        "Result",
        "net_profit",
        "Net profit",
        "money",
        "Sum of the net results of all trades. The net result of a trade is its price profit plus commission and swap.",
        signed=True,
    ),
    Metric(
        "Result",
        "total_return_percent",
        "Total return",
        "percent",
        "Equity at the last bar over the deposit, minus 1.",
        signed=True,
    ),
    Metric(
        "Result",
        "cagr_percent",
        "Annual growth (CAGR)",
        "percent",
        "(Last equity / deposit) ^ (1 / years) - 1, with years of 365.25 calendar days. Not given below 30 days.",
        signed=True,
    ),
    Metric(
        "Result",
        "final_balance",
        "Final balance",
        "money",
        "Deposit plus net profit.",
    ),
    Metric(
        "Result",
        "gross_profit",
        "Gross profit",
        "money",
        "Sum of the net results above 0.",
    ),
    Metric(
        "Result",
        "gross_loss",
        "Gross loss",
        "money",
        "Sum of the net results below 0. (MetaTrader also puts the entry commissions of winning trades here.)",
    ),
    Metric(
        "Result",
        "profit_factor",
        "Profit factor",
        "ratio",
        "Gross profit / |gross loss|. Above 1 the trades made money; not defined without a loss.",
    ),
    Metric(
        "Result",
        "expected_payoff",
        "Expected payoff",
        "money",
        "Net profit / number of trades: what an average trade made.",
        signed=True,
    ),
    Metric(
        "Risk",
        "equity_drawdown_maximal",
        "Equity drawdown, maximal",
        "money",
        "Largest fall of the equity from a high to a later low, in money (MetaTrader: maximal). Equity is taken "
        "at each bar's close, so a fall that had recovered by the close is not seen.",
    ),
    Metric(
        "Risk",
        "equity_drawdown_maximal_percent",
        "... in percent of its peak",
        "percent",
        "The maximal equity drawdown as a share of the high it fell from.",
    ),
    Metric(
        "Risk",
        "equity_drawdown_relative_percent",
        "Equity drawdown, relative",
        "percent",
        "Largest fall of the equity in percent of the high it fell from (MetaTrader: relative); it can be another"
        " episode than the maximal one.",
    ),
    Metric(
        "Risk",
        "balance_drawdown_maximal",
        "Balance drawdown, maximal",
        "money",
        "Largest fall of the balance (closed trades only) from a high to a later low, in money.",
    ),
    Metric(
        "Risk",
        "balance_drawdown_maximal_percent",
        "... in percent of its peak",
        "percent",
        "The maximal balance drawdown as a share of the high it fell from.",
    ),
    Metric(
        "Risk",
        "balance_drawdown_relative_percent",
        "Balance drawdown, relative",
        "percent",
        "Largest fall of the balance in percent of the high it fell from.",
    ),
    Metric(
        "Risk",
        "balance_drawdown_absolute",
        "Balance drawdown, absolute",
        "money",
        "Deposit minus the lowest balance after any trade, at least 0.",
    ),
    Metric(
        "Risk",
        "longest_drawdown_days",
        "Longest drawdown",
        "days",
        "Longest time that the equity stayed below a former high, in calendar days (to the last bar if it never "
        "came back).",
    ),
    Metric(
        "Risk",
        "recovery_factor",
        "Recovery factor",
        "ratio",
        "Net profit / maximal equity drawdown in money, as MetaTrader's reports compute it.",
        signed=True,
    ),
    Metric(
        "Risk",
        "volatility_percent",
        "Volatility, annual",
        "percent",
        "Sample standard deviation of the daily equity returns x sqrt(days per year in the data). A day's equity "
        "is that of its last bar; days without bars are not counted. Not given below 30 days.",
    ),
    Metric(
        "Risk",
        "sharpe",
        "Sharpe ratio",
        "ratio",
        "Mean / sample standard deviation of the daily equity returns x sqrt(days per year in the data); risk-"
        "free rate 0. (MetaTrader's own figure skips idle bars and comes out far higher.)",
        signed=True,
    ),
    Metric(
        "Risk",
        "sortino",
        "Sortino ratio",
        "ratio",
        "Mean daily return / sqrt(mean of min(return, 0) squared) x sqrt(days per year in the data); target 0.",
        signed=True,
    ),
    Metric(
        "Risk",
        "calmar",
        "Calmar ratio",
        "ratio",
        "Annual growth / relative equity drawdown, over the whole period.",
        signed=True,
    ),
    Metric(
        "Trades",
        "trades",
        "Trades",
        "count",
        "Closed positions; each part of a partial exit counts, as in MetaTrader.",
    ),
    Metric(
        "Trades",
        "win_rate_percent",
        "Win rate",
        "percent",
        "Trades with a net result above 0, of all trades.",
    ),
    Metric(
        "Trades",
        "winning_trades",
        "Winning trades",
        "count",
        "Trades with a net result above 0. The net result of a trade is its price profit plus commission and swap.",
    ),
    Metric(
        "Trades",
        "losing_trades",
        "Losing trades",
        "count",
        "Trades with a net result below 0.",
    ),
    Metric(
        "Trades",
        "breakeven_trades",
        "Break-even trades",
        "count",
        "Trades with a net result of exactly 0.",
    ),
    Metric(
        "Trades",
        "average_win",
        "Average win",
        "money",
        "Mean net result of the winning trades.",
    ),
    Metric(
        "Trades",
        "average_loss",
        "Average loss",
        "money",
        "Mean net result of the losing trades.",
    ),
    Metric(
        "Trades",
        "payoff_ratio",
        "Payoff ratio",
        "ratio",
        "Average win / |average loss|.",
    ),
    Metric(
        "Trades",
        "largest_win",
        "Largest win",
        "money",
        "Highest net result above 0 of one trade.",
    ),
    Metric(
        "Trades",
        "largest_loss",
        "Largest loss",
        "money",
        "Lowest net result below 0 of one trade.",
    ),
    Metric(
        "Trades",
        "max_consecutive_wins",
        "Most wins in a row",
        "count",
        "Longest run of winning trades, in order of their exits.",
    ),
    Metric(
        "Trades",
        "max_consecutive_losses",
        "Most losses in a row",
        "count",
        "Longest run of losing trades, in order of exits.",
    ),
    Metric(
        "Trades",
        "long_trades",
        "Long trades",
        "count",
        "Trades that bought first.",
    ),
    Metric(
        "Trades",
        "long_win_rate_percent",
        "Long win rate",
        "percent",
        "Winning long trades of all long trades.",
    ),
    Metric(
        "Trades",
        "short_trades",
        "Short trades",
        "count",
        "Trades that sold first.",
    ),
    Metric(
        "Trades",
        "short_win_rate_percent",
        "Short win rate",
        "percent",
        "Winning short trades of all short trades.",
    ),
    Metric(
        "Trades",
        "average_holding_bars",
        "Average holding, bars",
        "bars",
        "Mean of exit bar - entry bar; 0 is within one bar.",
    ),
    Metric(
        "Trades",
        "average_holding_hours",
        "Average holding, time",
        "hours",
        "Mean time from entry to exit, weekends included (MetaTrader leaves Saturdays and Sundays out).",
    ),
    Metric(
        "Trades",
        "exposure_percent",
        "Time in the market",
        "percent",
        "Bars with a position, of all bars: from the bar of the entry to the bar before the exit, at least one.",
    ),
    Metric(
        "Costs and execution",
        "spread_cost",
        "Spread paid (estimate)",
        "money",
        "Spread at the bar where each trade dealt at the ask (a long's entry, a short's exit) x the trade's value"
        " per point. It is already inside the results, not in addition to them.",
    ),
    Metric(
        "Costs and execution",
        "commission",
        "Commission",
        "money",
        "Sum of the commissions of all trades; costs are below 0.",
    ),
    Metric(
        "Costs and execution",
        "swap",
        "Swap",
        "money",
        "Sum of the overnight financing of all trades; costs are below 0.",
        signed=True,
    ),
    Metric(
        "Costs and execution",
        "ambiguous_trades",
        "Ambiguous trades",
        "count",
        "Trades whose stop and target both lay inside one bar. The order of the two is not known from such bars; "
        "the stop is taken first.",
    ),
    Metric(
        "Costs and execution",
        "conflicts",
        "Conflicting signals",
        "count",
        "Bars with a long and a short entry at once: neither is taken.",
    ),
    Metric(
        "Costs and execution",
        "refused_orders",
        "Refused orders",
        "count",
        "Orders the simulated terminal refused, as MetaTrader 5 would.",
    ),
    Metric(
        "Costs and execution",
        "unfilled_orders",
        "Unfilled orders",
        "count",
        "Orders that were never filled: cancelled, expired or left over.",
    ),
    Metric(
        "Statistics",
        "z_score",
        "Z-score of runs",
        "ratio",
        "(N (R - 0.5) - P) / sqrt(P (P - N) / (N - 1)) with P = 2 x wins x losses, R = runs of wins and losses, N"
        " = trades (MetaTrader). Below -2 wins and losses cluster, above 2 they alternate, more than chance "
        "explains.",
    ),
    Metric(
        "Statistics",
        "lr_correlation",
        "Linear correlation",
        "ratio",
        "Correlation of the balance after each trade with the number of the trade: 1 is a straight line up.",
        signed=True,
    ),
    Metric(
        "Statistics",
        "ahpr",
        "Average growth per trade",
        "ratio",
        "AHPR: mean of balance after / balance before each trade; 1 is no growth.",
    ),
    Metric(
        "Statistics",
        "ghpr",
        "Geometric growth per trade",
        "ratio",
        "GHPR: (final balance / deposit) ^ (1 / trades); 1 is no growth.",
    ),
)

METRICS: dict[str, Metric] = {metric.key: metric for metric in _TABLE}
"""Key -> definition, in the order in which reports show them."""


def format_metric(key: str, value: Value, currency: str = "") -> str:
    """A value as people read it: `1,234.50 USD`, `12.3%`, `1.42`; `n/a` where it is not defined."""
    if value is None:
        return "n/a"
    unit = METRICS[key].unit
    if unit == "count":
        return f"{value:,.0f}"
    if unit == "money":
        return f"{value + 0.0:,.2f} {currency}".rstrip()
    if unit == "percent":
        return f"{value:.2f}%"
    if unit == "hours":
        return format_hours(float(value))
    if unit == "ratio":
        return f"{value:.4f}" if key in ("ahpr", "ghpr") else f"{value:.2f}"
    return f"{value:,.{0 if value >= 10 else 1}f} {unit}"


def format_hours(hours: float) -> str:
    """A length of time in its two largest units: `3 d 4 h`, `5 h 20 min`, `45 min`."""
    minutes = round(hours * 60)
    days, rest = divmod(minutes, 1440)
    if days:
        return f"{days} d {rest // 60} h"
    return f"{rest // 60} h {rest % 60} min" if rest >= 60 else f"{rest} min"
