"""The rows of the KPI table: the 62 documented labels in their order, what each means, and how it is written.

Every row has one sound definition, used by default. Where the documented table computes something else (mas API
reference, section 2.6), `documented` says what; reproducing it is a switch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mas.metric_table import Value, format_hours

Unit = Literal["percent", "ratio", "count", "days", "money", "hours"]

OWN_GROUP = "Trades"
"""Rows the documented table lacks although its page promises them; they stand before it."""


@dataclass(frozen=True)
class Kpi:
    """One row. `signed`: above 0 is good, below is bad. `documented`: the other definition, "" where it is the same."""

    group: str
    key: str
    label: str
    unit: Unit
    definition: str
    documented: str = ""
    signed: bool = False


_T, _R, _D, _P, _W, _B, _F, _S = (
    OWN_GROUP, "Return and risk", "Distribution", "Gain and pain", "Recent periods", "Best and worst", "Drawdowns",
    "Winning periods",
)  # fmt: skip
_BARS = "from the return of each bar, 252 a year"

_ROWS = (
    Kpi(_T, "net_profit", "Net Profit", "money", "Sum of the results of all trades, costs included.", signed=True),
    Kpi(_T, "trades", "Trades", "count", "Closed trades; one still open at the end is not counted."),
    Kpi(_T, "trade_win_rate", "Winning Trades", "percent", "Trades with a net result above 0, of all trades."),
    Kpi(_T, "expected_payoff", "Expected Payoff", "money", "Mean net result of a trade.", signed=True),
    Kpi(_T, "trade_profit_factor", "Profit Factor (Trades)", "ratio", "Sum of winning over sum of losing trades."),
    Kpi(_T, "average_holding", "Avg. Holding Time", "hours", "Mean time from entry to exit."),
    Kpi(_T, "costs", "Commission and Swap", "money", "Sum over all trades; costs are below 0."),
    Kpi(_R, "risk_free", "Risk-Free Rate", "percent", "0: all ratios are of plain returns."),
    Kpi(_R, "time_in_market", "Time in Market", "percent", "Bars with a position, of all bars.",
        "Bars with a return other than 0, rounded up to a whole percent."),
    Kpi(_R, "cumulative_return", "Cumulative Return", "percent", "Last equity / capital - 1.",
        "The returns compounded, without costs.", signed=True),
    Kpi(_R, "cagr", "CAGR﹪", "percent", "(Last equity / capital) ^ (1 / years) - 1, years of 365.25 calendar days; "
        "not given below 30 days.", "With years of 252 calendar days, which understates it.", signed=True),
    Kpi(_R, "sharpe", "Sharpe", "ratio", "Mean / sample deviation of the daily returns x sqrt(days per year in the "
        "data).", _BARS, signed=True),
    Kpi(_R, "prob_sharpe", "Prob. Sharpe Ratio", "percent", "Probability that the true Sharpe ratio is above 0, given "
        "length, skew and kurtosis of the record.", "With the excess kurtosis lowered by 3 once more."),
    Kpi(_R, "smart_sharpe", "Smart Sharpe", "ratio", "Sharpe / a penalty for returns that depend on the day before: "
        "sqrt(1 + 2 x sum of (n - i) / n x rho^i), rho their lag-1 correlation without its sign.", _BARS, signed=True),
    Kpi(_R, "sortino", "Sortino", "ratio", "Mean / sqrt(sum of squared negative returns / n) x sqrt(days per year).",
        _BARS, signed=True),
    Kpi(_R, "smart_sortino", "Smart Sortino", "ratio", "Sortino / the same penalty.", _BARS, signed=True),
    Kpi(_R, "sortino_root2", "Sortino/√2", "ratio", "Comparable with a Sharpe ratio.", _BARS, signed=True),
    Kpi(_R, "smart_sortino_root2", "Smart Sortino/√2", "ratio", "Smart Sortino / sqrt 2.", _BARS, signed=True),
    Kpi(_R, "omega", "Omega", "ratio", "Sum of the positive daily returns / sum of the negative ones.", _BARS),
    Kpi(_R, "max_drawdown", "Max Drawdown", "percent", "Deepest fall of the equity below its high, at bar closes.",
        "Of the compounded returns."),
    Kpi(_R, "longest_drawdown", "Longest DD Days", "days", "From a high until it is reached again, or to the end.",
        "From the first to the last bar below it, both days counted."),
    Kpi(_D, "volatility", "Volatility (ann.)", "percent", "Sample deviation of the daily returns x sqrt(days per "
        "year).", _BARS),
    Kpi(_D, "calmar", "Calmar", "ratio", "CAGR / max drawdown.", "With its CAGR.", signed=True),
    Kpi(_D, "skew", "Skew", "ratio", "Skewness of the daily returns, bias-corrected.", _BARS),
    Kpi(_D, "kurtosis", "Kurtosis", "ratio", "Excess kurtosis of the daily returns, bias-corrected.", _BARS),
    Kpi(_D, "expected_daily", "Expected Daily", "percent", "Geometric mean of the daily returns.", _BARS, signed=True),
    Kpi(_D, "expected_monthly", "Expected Monthly", "percent", "Geometric mean by calendar month.", signed=True),
    Kpi(_D, "expected_yearly", "Expected Yearly", "percent", "Geometric mean by calendar year, begun ones whole.",
        signed=True),
    Kpi(_D, "kelly", "Kelly Criterion", "percent", "(b p - q) / b: b payoff ratio, p share of winning days, q = 1 - p.",
        _BARS, signed=True),
    Kpi(_D, "risk_of_ruin", "Risk of Ruin", "percent", "Probability of ever losing the capital with a fixed stake: "
        "exp(-2 x mean / variance) of the daily profits over the capital; certain without a gain.",
        "((1 - p) / (1 + p)) ^ n with p the share of winning days, which is always about 0."),
    Kpi(_D, "var", "Daily Value-at-Risk", "percent", "5% point of a normal with the mean and deviation of the daily "
        "returns.", _BARS),
    Kpi(_D, "cvar", "Expected Shortfall (cVaR)", "percent", "Mean of the daily returns at or below the value-at-risk.",
        "The value-at-risk once more."),
    Kpi(_P, "max_wins", "Max Consecutive Wins", "count", "Longest run of days with a gain.", _BARS),
    Kpi(_P, "max_losses", "Max Consecutive Losses", "count", "Longest run of days with a loss.", _BARS),
    Kpi(_P, "gain_pain", "Gain/Pain Ratio", "ratio", "Sum of the daily returns / sum of the negative ones.", _BARS,
        signed=True),
    Kpi(_P, "gain_pain_month", "Gain/Pain (1M)", "ratio", "The same of plain monthly sums.", signed=True),
    Kpi(_P, "payoff", "Payoff Ratio", "ratio", "Mean gain of a winning day / mean loss of a losing one.", _BARS),
    Kpi(_P, "profit_factor", "Profit Factor", "ratio", "Sum of daily gains / sum of daily losses, as Omega.", _BARS),
    Kpi(_P, "common_sense", "Common Sense Ratio", "ratio", "Profit factor x tail ratio.", _BARS),
    Kpi(_P, "cpc", "CPC Index", "ratio", "Profit factor x share of winning days x payoff ratio.", _BARS),
    Kpi(_P, "tail", "Tail Ratio", "ratio", "95% quantile / 5% quantile of the daily returns, without sign.", _BARS),
    Kpi(_P, "outlier_win", "Outlier Win Ratio", "ratio", "99% quantile / mean of the returns at or above 0.", _BARS),
    Kpi(_P, "outlier_loss", "Outlier Loss Ratio", "ratio", "1% quantile / mean of the returns below 0.", _BARS),
    Kpi(_W, "mtd", "MTD", "percent", "Since the first of the last month.", signed=True),
    Kpi(_W, "months_3", "3M", "percent", "Over the last 3 months, if there are as many.",
        "From that day on, the day included, or over what there is.", signed=True),
    Kpi(_W, "months_6", "6M", "percent", "Over the last 6 months.", "As 3M.", signed=True),
    Kpi(_W, "ytd", "YTD", "percent", "Since the first of January.", signed=True),
    Kpi(_W, "year_1", "1Y", "percent", "Over the last year.", "As 3M.", signed=True),
    Kpi(_W, "years_3", "3Y (ann.)", "percent", "Growth a year over the last 36 months, if there are as many.",
        "With its CAGR, over the last 35 months or what there is.", signed=True),
    Kpi(_W, "years_5", "5Y (ann.)", "percent", "Growth a year over the last 60 months.", "Over the last 59.",
        signed=True),
    Kpi(_W, "years_10", "10Y (ann.)", "percent", "Growth a year over the last 120 months.", "Or over what there is.",
        signed=True),
    Kpi(_W, "all_time", "All-time (ann.)", "percent", "The CAGR.", "With its CAGR.", signed=True),
    Kpi(_B, "best_day", "Best Day", "percent", "Highest daily return.", _BARS, signed=True),
    Kpi(_B, "worst_day", "Worst Day", "percent", "Lowest daily return.", _BARS, signed=True),
    Kpi(_B, "best_month", "Best Month", "percent", "Highest return of a calendar month.", signed=True),
    Kpi(_B, "worst_month", "Worst Month", "percent", "Lowest return of a calendar month.", signed=True),
    Kpi(_B, "best_year", "Best Year", "percent", "Highest return of a calendar year.", signed=True),
    Kpi(_B, "worst_year", "Worst Year", "percent", "Lowest return of a calendar year.", signed=True),
    Kpi(_F, "average_drawdown", "Avg. Drawdown", "percent", "Mean depth of all drawdowns."),
    Kpi(_F, "average_drawdown_days", "Avg. Drawdown Days", "days", "Mean length of all drawdowns.",
        "Both end days counted."),
    Kpi(_F, "recovery_factor", "Recovery Factor", "ratio", "Profit / largest fall of the equity, both in money.",
        "Sum of the returns / max drawdown in percent.", signed=True),
    Kpi(_F, "ulcer", "Ulcer Index", "ratio", "Root of the mean squared drawdown.", "Divided by n - 1."),
    Kpi(_F, "serenity", "Serenity Index", "ratio", "Sum of the returns / (ulcer x pitfall), pitfall the mean of the "
        "worst drawdowns (cVaR) over the deviation of the returns.", "Pitfall from the value-at-risk.", signed=True),
    Kpi(_S, "average_up_month", "Avg. Up Month", "percent", "Mean of the months with a gain.", signed=True),
    Kpi(_S, "average_down_month", "Avg. Down Month", "percent", "Mean of the months with a loss.", signed=True),
    Kpi(_S, "win_days", "Win Days", "percent", "Days with a gain, of those with a return.", _BARS),
    Kpi(_S, "win_months", "Win Month", "percent", "Months with a gain, of those with a return."),
    Kpi(_S, "win_quarters", "Win Quarter", "percent", "Quarters with a gain, of those with a return."),
    Kpi(_S, "win_years", "Win Year", "percent", "Years with a gain, of those with a return."),
)  # fmt: skip

KPIS: dict[str, Kpi] = {row.key: row for row in _ROWS}
"""Key -> row, in the order of the report: our own first, then the 62 documented ones."""

DOCUMENTED_LABELS: tuple[str, ...] = tuple(row.label for row in _ROWS if row.group != OWN_GROUP)


def format_kpi(key: str, value: Value, currency: str = "", *, documented: bool = False) -> str:
    """A value as the table shows it; documented rows as the documented table prints them (`121.27%`, `0.0%`, `-`)."""
    row = KPIS[key]
    if value is None:
        return "-" if documented else "n/a"
    if row.unit == "hours":
        return format_hours(float(value))
    if row.unit == "money":
        return f"{value + 0.0:,.2f} {currency}".rstrip()
    as_documented = documented and row.group != OWN_GROUP
    if row.unit in ("count", "days"):
        return f"{value:.0f}" if as_documented else f"{value:,.0f}"
    sign = "%" if row.unit == "percent" else ""
    if as_documented:
        return f"{round(float(value), 2) + 0.0}{sign}"
    return f"{value + 0.0:,.2f}{sign}"
