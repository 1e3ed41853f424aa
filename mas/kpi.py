"""The figures of the KPI report. What each is: `mas.kpi_table`; from which returns: `mas.kpi_series`.

A figure that is not defined (no loss to divide by, too short a record) is None.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.data_report import closed_trades
from mas.drawdowns import drawdowns, underwater
from mas.figures import largest_fall, longest_run, mean, percent_true, plain, ratio
from mas.kpi_calendar import month_start, months_before, period_numbers, returns_by, sums_by
from mas.kpi_series import DOCUMENTED_PERIODS, ReturnSeries, documented_series, sound_series
from mas.kpi_table import KPIS
from mas.metric_table import Value
from mas.timeframes import DAY
from mas.trade_columns import TradeColumns

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.results import ClosedTrade

Floats = NDArray[np.float64]

LEAST_DAYS = 30
"""A shorter record is not scaled up to a year (except by the documented definitions)."""
CONFIDENCE = 0.95


def kpi_figures(
    trades: Sequence[ClosedTrade],
    bars: Bars,
    deposit: float,
    *,
    documented: bool = False,
    equity: Floats | None = None,
) -> dict[str, Value]:
    """Every figure of `KPIS`, in its order, percents as 12.5; None where it is not defined.

    Args: trades: those of the run, one still open at the end included ("end_of_data"). bars: of the run, at least
        one. documented: the definitions of the documented table, its flaws included. equity: see `sound_series`.
    """
    series = return_series(trades, bars, deposit, documented=documented, equity=equity)
    return figures_of(series, trades)


def return_series(
    trades: Sequence[ClosedTrade],
    bars: Bars,
    deposit: float,
    *,
    documented: bool = False,
    equity: Floats | None = None,
) -> ReturnSeries:
    """The returns behind the figures; arguments as `kpi_figures`."""
    return documented_series(trades, bars, deposit) if documented else sound_series(trades, bars, deposit, equity)


def figures_of(series: ReturnSeries, trades: Sequence[ClosedTrade]) -> dict[str, Value]:
    """The figures of returns that are already worked out, and of the trades behind them."""
    with np.errstate(all="ignore"):
        found: dict[str, Value] = {
            **_of_trades(trades),
            **_growth_and_ratios(series),
            **_distribution(series),
            **_gains_and_losses(series.returns),
            **_recent(series),
            **_periods(series),
            **_drawdown_figures(series),
        }
        found["calmar"] = ratio(found["cagr"], _unsigned(found["max_drawdown"]))
        found["gain_pain_month"] = _gain_to_pain(sums_by(series, "M"))
        return {key: plain(found[key]) for key in KPIS}


# ---------------------------------------------------------------- trades


def _of_trades(trades: Sequence[ClosedTrade]) -> dict[str, Value]:
    columns = TradeColumns.of(closed_trades(trades))
    net = columns.net
    seconds = mean(columns.seconds)
    return {
        "net_profit": float(net.sum()),
        "trades": len(net),
        "trade_win_rate": percent_true(net > 0),
        "expected_payoff": mean(net),
        "trade_profit_factor": ratio(float(net[net > 0].sum()), -float(net[net < 0].sum())),
        "average_holding": None if seconds is None else seconds / 3600,
        "costs": float(columns.commission.sum() + columns.swap.sum()),
    }


# ---------------------------------------------------------------- growth, ratios, distribution


def growth_rate(returns: Floats, years: float, *, documented: bool) -> float | None:
    """Percent a year of returns compounded over `years`; None below 30 days unless documented."""
    if years <= 0 or (years * 365.25 < LEAST_DAYS and not documented):
        return None
    growth = float(np.prod(1 + returns))
    return 100 * (float(abs(growth) ** (1 / years)) - 1)


def _growth_and_ratios(series: ReturnSeries) -> dict[str, Value]:
    r = series.returns
    scale, penalty = math.sqrt(series.per_year), _dependence_penalty(r)
    deviation, downside = _deviation(r), math.sqrt(float((np.minimum(r, 0.0) ** 2).mean()))
    sharpe, sortino = ratio(float(r.mean()) * scale, deviation), ratio(float(r.mean()) * scale, downside)
    if _too_short(series):
        sharpe = sortino = deviation = None
    smart_sortino = ratio(sortino, penalty)
    in_market = percent_true(series.in_market)
    return {
        "risk_free": 0.0,
        "time_in_market": math.ceil(in_market or 0.0) if series.documented else in_market,
        "cumulative_return": 100 * (float(np.prod(1 + r)) - 1),
        "cagr": growth_rate(r, series.years, documented=series.documented),
        "sharpe": sharpe,
        "prob_sharpe": _probable_sharpe(r, documented=series.documented),
        "smart_sharpe": ratio(sharpe, penalty),
        "sortino": sortino,
        "smart_sortino": smart_sortino,
        "sortino_root2": ratio(sortino, math.sqrt(2)),
        "smart_sortino_root2": ratio(smart_sortino, math.sqrt(2)),
        "omega": ratio(float(r[r > 0].sum()), -float(r[r < 0].sum())),
        "volatility": None if deviation is None else 100 * deviation * scale,
    }


def _too_short(series: ReturnSeries) -> bool:
    return not series.documented and series.years * 365.25 < LEAST_DAYS


def _dependence_penalty(r: Floats) -> float | None:
    if len(r) < 3 or float(np.ptp(r[:-1])) == 0 or float(np.ptp(r[1:])) == 0:
        return None
    n, rho = len(r), abs(float(np.corrcoef(r[:-1], r[1:])[0, 1]))
    i = np.arange(1, n)
    return math.sqrt(1 + 2 * float(((n - i) / n * rho**i).sum()))


def _probable_sharpe(r: Floats, *, documented: bool) -> float | None:
    """Source: Bailey and López de Prado, The Sharpe Ratio Efficient Frontier (2012)."""
    s, skew, kurtosis = ratio(float(r.mean()), _deviation(r)), _skewness(r), _kurtosis(r)
    if s is None or skew is None or kurtosis is None:
        return None
    k = kurtosis - 3 if documented else kurtosis
    variance = (1 + s**2 / 2 - skew * s + k / 4 * s**2) / (len(r) - 1)
    return 100 * NormalDist().cdf(s / math.sqrt(variance)) if variance > 0 else None


def _distribution(series: ReturnSeries) -> dict[str, Value]:
    r = series.returns
    wins, losses, payoff = r > 0, r < 0, _payoff(r)
    won = ratio(int(wins.sum()), int(wins.sum() + losses.sum()))
    at_risk = _value_at_risk(r)
    tail = at_risk if series.documented else _tail_mean(r, at_risk)
    return {
        "skew": _skewness(r),
        "kurtosis": _kurtosis(r),
        "expected_daily": _geometric_mean(r),
        "expected_monthly": _geometric_mean(returns_by(series, "M")),
        "expected_yearly": _geometric_mean(returns_by(series, "Y")),
        "kelly": None if payoff is None or won is None else _percent(ratio(payoff * won - (1 - won), payoff)),
        "risk_of_ruin": _documented_ruin(won, len(r)) if series.documented else _ruin(series),
        "var": None if at_risk is None else -abs(100 * at_risk),
        "cvar": None if tail is None else -abs(100 * tail),
    }


def _documented_ruin(won: float | None, n: int) -> float | None:
    return None if won is None else 100 * ((1 - won) / (1 + won)) ** n


def _ruin(series: ReturnSeries) -> float | None:
    """First passage of a Brownian motion with the drift and variance of the daily profits through minus the capital."""
    wealth = np.cumprod(1 + series.returns)
    profits = np.diff(wealth, prepend=1.0)
    variance = float(profits.var())
    if variance == 0:
        return None
    return 100 * min(1.0, math.exp(-2 * float(profits.mean()) / variance)) if profits.mean() > 0 else 100.0


def _value_at_risk(r: Floats) -> float | None:
    deviation = _deviation(r)
    if not deviation:
        return None
    return NormalDist(float(r.mean()), deviation).inv_cdf(1 - CONFIDENCE)


def _tail_mean(r: Floats, at_risk: float | None) -> float | None:
    """Mean of what is as bad as `at_risk` or worse; `at_risk` itself where nothing was."""
    if at_risk is None:
        return None
    tail = r[r <= at_risk]
    return float(tail.mean()) if len(tail) else at_risk


def _gains_and_losses(r: Floats) -> dict[str, Value]:
    wins, losses, payoff = r > 0, r < 0, _payoff(r)
    won = ratio(int(wins.sum()), int(wins.sum() + losses.sum()))
    factor = ratio(float(r[wins].sum()), -float(r[losses].sum()))
    low, high, lowest, highest = (float(x) for x in np.quantile(r, (0.05, 0.95, 0.01, 0.99)))
    tail = ratio(abs(high), abs(low))
    return {
        "max_wins": longest_run(wins),
        "max_losses": longest_run(losses),
        "gain_pain": _gain_to_pain(r),
        "payoff": payoff,
        "profit_factor": factor,
        "common_sense": None if factor is None or tail is None else factor * tail,
        "cpc": None if factor is None or won is None or payoff is None else factor * won * payoff,
        "tail": tail,
        "outlier_win": ratio(highest, mean(r[r >= 0])),
        "outlier_loss": ratio(lowest, mean(r[losses])),
        "win_days": _percent(won),
    }


# ---------------------------------------------------------------- the calendar


def _recent(series: ReturnSeries) -> dict[str, Value]:
    last, month = int(series.time[-1]), series.time >= month_start(int(series.time[-1]))
    year = period_numbers(series.time, "Y") == period_numbers(series.time[-1:], "Y")
    spans = {"months_3": 3, "months_6": 6, "year_1": 12}
    growth = {"years_3": (36, 35), "years_5": (60, 59), "years_10": (120, 120)}
    return {
        "mtd": _compounded(series.returns[month]),
        "ytd": _compounded(series.returns[year]),
        "all_time": growth_rate(series.returns, series.years, documented=series.documented),
        **{key: _compounded(_since(series, months_before(last, n))) for key, n in spans.items()},
        **{key: _growth_since(series, pair[int(series.documented)]) for key, pair in growth.items()},
    }


def _since(series: ReturnSeries, moment: int) -> Floats:
    """The returns after a day (documented: from it on); none where the record begins later, unless documented."""
    if series.documented:
        return series.returns[series.time >= moment]
    if int(series.curve_time[0]) >= moment + DAY:
        return series.returns[:0]
    return series.returns[series.time > moment]


def _growth_since(series: ReturnSeries, months: int) -> float | None:
    moment = months_before(int(series.time[-1]), months)
    returns = _since(series, moment)
    if not len(returns):
        return None
    if not series.documented:
        return growth_rate(returns, months / 12, documented=False)
    days = (int(series.time[-1]) - int(series.time[-len(returns)])) // DAY
    return growth_rate(returns, days / DOCUMENTED_PERIODS, documented=True)


def _compounded(returns: Floats) -> float | None:
    return 100 * (float(np.prod(1 + returns)) - 1) if len(returns) else None


def _periods(series: ReturnSeries) -> dict[str, Value]:
    days, months = series.returns, returns_by(series, "M")
    quarters, years = returns_by(series, "Q"), returns_by(series, "Y")
    found: dict[str, Value] = {}
    for name, values in (("day", days), ("month", months), ("year", years)):
        found[f"best_{name}"], found[f"worst_{name}"] = 100 * float(values.max()), 100 * float(values.min())
    found["average_up_month"] = _percent(mean(months[months > 0]))
    found["average_down_month"] = _percent(mean(months[months < 0]))
    for name, values in (("win_months", months), ("win_quarters", quarters), ("win_years", years)):
        found[name] = percent_true(values[values != 0] > 0)
    return found


# ---------------------------------------------------------------- drawdowns


def _drawdown_figures(series: ReturnSeries) -> dict[str, Value]:
    below = underwater(series.curve)
    episodes = drawdowns(series)
    total, deepest = float(series.returns.sum()), float(below.min())
    below = below[1:]
    ulcer = math.sqrt(float((below**2).sum()) / max(1, len(below) - int(series.documented)))
    at_risk, deviation = _value_at_risk(below), _deviation(series.returns)
    tail = at_risk if series.documented else _tail_mean(below, at_risk)
    pitfall = ratio(None if tail is None else -tail, deviation)
    return {
        "max_drawdown": 100 * deepest,
        "longest_drawdown": max((episode.days for episode in episodes), default=0),
        "average_drawdown": mean(np.array([episode.percent for episode in episodes])),
        "average_drawdown_days": mean(np.array([episode.days for episode in episodes], dtype=np.float64)),
        "recovery_factor": ratio(total, -deepest) if series.documented else _recovery(series.curve),
        "ulcer": ulcer,
        "serenity": None if pitfall is None else ratio(total, ulcer * pitfall),
    }


def _recovery(curve: Floats) -> float | None:
    return ratio(float(curve[-1] - curve[0]), largest_fall(curve).money)


# ---------------------------------------------------------------- moments


def _deviation(values: Floats) -> float | None:
    return float(values.std(ddof=1)) if len(values) > 1 else None


def _skewness(values: Floats) -> float | None:
    n, away = len(values), values - values.mean()
    squares = float((away**2).mean())
    if n < 3 or squares == 0:
        return None
    return math.sqrt(n * (n - 1)) / (n - 2) * float((away**3).mean()) / float(squares**1.5)


def _kurtosis(values: Floats) -> float | None:
    n, away = len(values), values - values.mean()
    squares = float((away**2).mean())
    if n < 4 or squares == 0:
        return None
    excess = float((away**4).mean()) / squares**2 - 3
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6)


def _geometric_mean(returns: Floats) -> float | None:
    product = float(np.prod(1 + returns))
    return 100 * (float(product ** (1 / len(returns))) - 1) if len(returns) and product >= 0 else None


def _payoff(r: Floats) -> float | None:
    loss = mean(r[r < 0])
    return ratio(mean(r[r > 0]), None if loss is None else -loss)


def _gain_to_pain(r: Floats) -> float | None:
    return ratio(float(r.sum()), -float(r[r < 0].sum()))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _unsigned(value: Value) -> Value:
    return None if value is None else abs(value)
