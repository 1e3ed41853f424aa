"""The KPI figures: the documented ones against QuantStats, the sound ones against plain loops."""

from __future__ import annotations

import math
import statistics
from itertools import groupby
from typing import Any

import numpy as np
import pytest

from mas.bars import Bars
from mas.drawdowns import drawdowns
from mas.kpi import kpi_figures, return_series
from mas.kpi_calendar import months_before
from mas.kpi_table import DOCUMENTED_LABELS, KPIS, OWN_GROUP, format_kpi
from mas.results import ClosedTrade
from tests.backtests import MONDAY, a_trade, some_bars

DAY = 86_400

QUANTSTATS = """
Risk-Free Rate | 0.0%
Time in Market | 51.0%
Cumulative Return | -29.77%
CAGR﹪ | -4.78%
Sharpe | -0.54
Prob. Sharpe Ratio | 10.92%
Smart Sharpe | -0.52
Sortino | -0.74
Smart Sortino | -0.71
Sortino/√2 | -0.52
Smart Sortino/√2 | -0.5
Omega | 0.87
Max Drawdown | -34.31%
Longest DD Days | 1776
Volatility (ann.) | 11.41%
Calmar | -0.14
Skew | 0.0
Kurtosis | 18.78
Expected Daily | -0.03%
Expected Monthly | -0.59%
Expected Yearly | -6.82%
Kelly Criterion | -7.03%
Risk of Ruin | 0.0%
Daily Value-at-Risk | -1.21%
Expected Shortfall (cVaR) | -1.21%
Max Consecutive Wins | 7
Max Consecutive Losses | 9
Gain/Pain Ratio | -0.13
Gain/Pain (1M) | -0.45
Payoff Ratio | 0.94
Profit Factor | 0.87
Common Sense Ratio | 0.78
CPC Index | 0.4
Tail Ratio | 0.89
Outlier Win Ratio | 8.66
Outlier Loss Ratio | 2.75
MTD | 0.0%
3M | -13.14%
6M | -20.18%
YTD | -20.67%
1Y | -23.06%
3Y (ann.) | -4.68%
5Y (ann.) | -5.49%
10Y (ann.) | -4.78%
All-time (ann.) | -4.78%
Best Day | 7.34%
Worst Day | -6.66%
Best Month | 4.82%
Worst Month | -10.75%
Best Year | 10.42%
Worst Year | -20.67%
Avg. Drawdown | -7.74%
Avg. Drawdown Days | 360
Recovery Factor | -0.93
Ulcer Index | 0.15
Serenity Index | -0.06
Avg. Up Month | 1.99%
Avg. Down Month | -3.19%
Win Days | 48.11%
Win Month | 46.34%
Win Quarter | 50.0%
Win Year | 20.0%
"""
"""What QuantStats 0.0.62 (pandas 2.1.4) prints for the returns of `alternating()`, computed once. Its recovery factor
is printed without the sign that the documented definition gives it."""


def alternating(count: int = 1300) -> tuple[Bars, list[ClosedTrade]]:
    """Weekdays from 2020 on; a position of 0.1 lot every 50 bars, long twice and short once, filled at opens."""
    random = np.random.RandomState(11)  # its stream is frozen for ever, and the figures below depend on it
    days = [day for day in range(18_262, 18_262 + 2 * count) if (day + 3) % 7 < 5][:count]
    close = np.round(1.1 * np.exp(np.cumsum(random.standard_t(4, count) * 0.002)), 5)
    open_ = np.concatenate(([1.1], close[:-1]))
    time = np.array(days) * DAY
    bars = Bars.from_arrays(
        "EURUSD", "D1", time, open_, np.maximum(open_, close) + 0.001, np.minimum(open_, close) - 0.001, close
    )
    trades = []
    for entry in range(1, count - 51, 100):
        side = "long" if (entry // 100) % 3 else "short"
        sign = 1 if side == "long" else -1
        profit = round(sign * (open_[entry + 50] - open_[entry]) * 10_000, 8)
        prices = {"entry_price": float(open_[entry]), "exit_price": float(open_[entry + 50])}
        trades.append(a_trade(bars, entry, entry + 50, profit, side=side, commission=-0.62, **prices))
    return bars, trades


def plain_returns(bars: Bars, trades: list[ClosedTrade], deposit: float, *, documented: bool) -> list[float]:
    """Bar after bar, position after position: what `mas.kpi_series` does with arrays."""
    close, equity, returns = bars.close.values, deposit, []
    for i in range(len(bars)):
        profit = 0.0
        for trade in trades:
            if not trade.entry_bar <= i <= trade.exit_bar:
                continue
            start = trade.entry_price if i == trade.entry_bar else close[i - 1]
            end = trade.exit_price if i == trade.exit_bar and not documented else close[i]
            profit += trade.direction * (end - start) * trade.volume * 100_000
            if i == trade.exit_bar and not documented:
                profit += trade.commission + trade.swap
        returns.append(profit / equity)
        equity += profit
    return returns


@pytest.mark.parametrize("documented", [True, False])
def test_returns_are_those_of_a_plain_loop(documented: bool) -> None:
    """Entry bar from the fill, exit bar to its close or to its fill, costs or none: value for value."""
    bars, trades = alternating()
    series = return_series(trades, bars, 3000, documented=documented)
    assert series.returns == pytest.approx(plain_returns(bars, trades, 3000, documented=documented), abs=1e-12)
    end = 3000 + sum(trade.net for trade in trades)
    assert (3000 * np.prod(1 + series.returns) == pytest.approx(end)) is not documented


def test_the_documented_table_is_that_of_quantstats() -> None:
    """All 62 rows as the documented table prints them, flaws included, labels and order too."""
    bars, trades = alternating()
    figures = kpi_figures(trades, bars, 3000, documented=True)
    expected = dict(line.split(" | ") for line in QUANTSTATS.strip().split("\n"))
    written = {
        KPIS[key].label: format_kpi(key, value, documented=True)
        for key, value in figures.items()
        if KPIS[key].group != OWN_GROUP
    }
    assert written == expected
    assert tuple(written) == tuple(expected) == DOCUMENTED_LABELS
    assert len(written) == 62


def naive(bars: Bars, trades: list[ClosedTrade], deposit: float) -> dict[str, Any]:
    """The sound figures by the schoolbook, from a plain list of daily returns."""
    r = plain_returns(bars, trades, deposit, documented=False)
    n, years = len(r), (bars.time[-1] + DAY - bars.time[0]) / DAY / 365.25
    mean, deviation = statistics.mean(r), statistics.stdev(r)
    ups, downs = [x for x in r if x > 0], [x for x in r if x < 0]
    equity, peak, falls = 1.0, 1.0, []
    for x in r:
        equity *= 1 + x
        peak = max(peak, equity)
        falls.append(equity / peak - 1)
    at_risk = mean - 1.6448536269514722 * deviation
    dates = bars.time.astype("datetime64[s]").astype("datetime64[D]").astype(str)
    months, whole_years = (
        [
            math.prod(1 + x for _, x in group) - 1
            for _, group in groupby(zip(dates, r, strict=True), lambda p, k=k: p[0][:k])
        ]
        for k in (7, 4)
    )
    up_months, down_months = [m for m in months if m > 0], [m for m in months if m < 0]
    skew = n / ((n - 1) * (n - 2)) * sum(((x - mean) / deviation) ** 3 for x in r)
    fourth = sum(((x - mean) / deviation) ** 4 for x in r)
    kurtosis = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * fourth - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    s, payoff, won = (
        mean / deviation,
        statistics.mean(ups) / -statistics.mean(downs),
        len(ups) / (len(ups) + len(downs)),
    )
    error = math.sqrt((1 - skew * s + (kurtosis + 2) / 4 * s**2) / (n - 1))
    below = statistics.NormalDist(statistics.mean(falls), statistics.stdev(falls)).inv_cdf(0.05)
    worst = [fall for fall in falls if fall <= below]
    ulcer = math.sqrt(sum(fall**2 for fall in falls) / n)
    pitfall = -(statistics.mean(worst) if worst else below) / deviation
    return {
        "cumulative_return": 100 * (equity - 1),
        "cagr": 100 * (equity ** (1 / years) - 1),
        "all_time": 100 * (equity ** (1 / years) - 1),
        "sharpe": mean / deviation * math.sqrt(n / years),
        "prob_sharpe": 100 * statistics.NormalDist().cdf(s / error),
        "sortino": mean / math.sqrt(sum(x**2 for x in downs) / n) * math.sqrt(n / years),
        "omega": sum(ups) / -sum(downs),
        "max_drawdown": 100 * min(falls),
        "volatility": 100 * deviation * math.sqrt(n / years),
        "calmar": (equity ** (1 / years) - 1) / -min(falls),
        "skew": skew,
        "kurtosis": kurtosis,
        "expected_daily": 100 * (equity ** (1 / n) - 1),
        "expected_monthly": 100 * (equity ** (1 / len(months)) - 1),
        "expected_yearly": 100 * (equity ** (1 / len(whole_years)) - 1),
        "kelly": 100 * (won - (1 - won) / payoff),
        "var": 100 * at_risk,
        "cvar": 100 * statistics.mean(x for x in r if x <= at_risk),
        "max_wins": max(len(list(run)) for up, run in groupby(r, lambda x: x > 0) if up),
        "max_losses": max(len(list(run)) for down, run in groupby(r, lambda x: x < 0) if down),
        "gain_pain": sum(r) / -sum(downs),
        "payoff": payoff,
        "cpc": sum(ups) / -sum(downs) * won * payoff,
        "best_day": 100 * max(r),
        "worst_month": 100 * min(months),
        "best_year": 100 * max(whole_years),
        "ulcer": ulcer,
        "serenity": sum(r) / (ulcer * pitfall),
        "average_up_month": 100 * statistics.mean(up_months),
        "average_down_month": 100 * statistics.mean(down_months),
        "win_days": 100 * won,
        "win_months": 100 * len(up_months) / (len(up_months) + len(down_months)),
    }


def test_the_sound_figures_are_those_of_the_schoolbook() -> None:
    """True growth per year, true tail mean, costs, exits at the fill: each against a plain computation."""
    bars, trades = alternating()
    figures = kpi_figures(trades, bars, 3000)
    expected = naive(bars, trades, 3000)
    assert {key: figures[key] for key in expected} == pytest.approx(expected, rel=1e-9)


def test_trades_are_counted_and_their_holding_time_is_given() -> None:
    """Net profit, trade count and holding time, which the documentation promises; an open position is no trade yet."""
    bars, trades = alternating()
    open_still = a_trade(bars, 1290, 1299, 7.0, exit_reason="end_of_data")
    figures = kpi_figures([*trades, open_still], bars, 3000)
    assert figures["net_profit"] == pytest.approx(sum(trade.net for trade in trades))
    assert figures["trades"] == 13
    assert figures["average_holding"] == pytest.approx(70 * 24)
    assert figures["costs"] == pytest.approx(-13 * 0.62)
    without = kpi_figures(trades, bars, 3000)["cumulative_return"]
    assert figures["cumulative_return"] == pytest.approx((without or 0) + 100 * 7.0 / 3000)


def test_equity_that_is_known_is_used() -> None:
    """Where a run recorded its equity, the returns come from it, by day."""
    bars = some_bars(48)
    equity = np.linspace(10_010, 10_480, 48)
    series = return_series([], bars, 10_000, equity=equity)
    assert series.returns == pytest.approx([equity[23] / 10_000 - 1, equity[47] / equity[23] - 1])
    assert series.time.tolist() == [MONDAY, MONDAY + DAY]
    assert series.per_year == pytest.approx(365.25)


def test_drawdowns_run_from_high_to_recovery() -> None:
    """A fall starts at the high it falls from and ends where that is reached again; the last one may stay open."""
    bars = some_bars(6, "D1")
    series = return_series([], bars, 100, equity=np.array([110, 99, 104.5, 110, 120, 108.0]))
    first, second = drawdowns(series)
    assert (first.percent, first.days) == (pytest.approx(-10), 3)
    assert first.recovered == MONDAY + 4 * DAY
    assert (second.percent, second.recovered, second.days) == (pytest.approx(-10), None, 1)


def test_documented_drawdowns_count_both_end_days() -> None:
    """The documented length runs from the first bar below the high to the last one, both counted."""
    bars = some_bars(4, "D1")
    close = np.array([1.1, 1.09, 1.095, 1.12])
    flat = Bars.from_arrays("EURUSD", "D1", bars.time, close, close, close, close)
    trade = a_trade(flat, 0, 3, 200.0, entry_price=1.1, exit_price=1.12)
    (fall,) = drawdowns(return_series([trade], flat, 1000, documented=True))
    assert (fall.days, fall.started, fall.recovered) == (2, MONDAY + DAY, MONDAY + 2 * DAY)
    assert fall.percent == pytest.approx(-10)


def test_a_short_record_is_not_scaled_up() -> None:
    """Below 30 days there is no growth per year and no Sharpe ratio; spans longer than the record are left out."""
    bars = some_bars(20, "D1")
    figures = kpi_figures([a_trade(bars, 2, 5, 50.0)], bars, 10_000)
    unknown = ("cagr", "sharpe", "sortino", "volatility", "calmar", "months_3", "year_1", "years_3", "all_time")
    assert {key: figures[key] for key in unknown} == dict.fromkeys(unknown)
    assert figures["mtd"] == figures["ytd"] == figures["cumulative_return"] == pytest.approx(0.5)


@pytest.mark.parametrize("documented", [True, False])
@pytest.mark.parametrize(
    ("count", "profits"), [(1, ()), (2, ()), (400, (-20_000.0, 500.0)), (400, (10.0,)), (40, (0.0,))]
)
def test_odd_runs_have_figures_too(count: int, profits: tuple[float, ...], documented: bool) -> None:
    """One bar, no trades, a lost account, a single trade: numbers or None, never NaN, and a table all the same."""
    bars = some_bars(count, "D1")
    trades = [a_trade(bars, 10 * i, 10 * i + 5, profit) for i, profit in enumerate(profits)]
    figures = kpi_figures(trades, bars, 10_000, documented=documented)
    assert list(figures) == list(KPIS)
    assert all(value is None or math.isfinite(value) for value in figures.values())
    assert all(format_kpi(key, value, "USD", documented=documented) for key, value in figures.items())


def test_trades_of_another_symbol_count_at_their_exit() -> None:
    """These bars say nothing about them, so their result is booked whole, when they close."""
    bars = some_bars(10, "D1")
    trades = [a_trade(bars, 2, 5, 100.0, symbol="XAUUSD", commission=-1.0)]
    series = return_series(trades, bars, 10_000)
    assert series.returns.tolist() == pytest.approx([0, 0, 0, 0, 0, 0.0099, 0, 0, 0, 0])


def test_months_before_keep_the_day_or_take_the_last() -> None:
    """Three months before the end of May is the end of February."""

    def moment(day: str) -> int:
        return int(np.datetime64(day, "s").astype(np.int64))

    assert months_before(moment("2024-05-31"), 3) == moment("2024-02-29")
    assert months_before(moment("2024-01-15T06:00"), 35) == moment("2021-02-15T06:00")
