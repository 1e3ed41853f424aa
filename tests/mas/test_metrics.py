"""The figures of a backtest against examples worked out by hand, and what must hold for any backtest."""

from __future__ import annotations

import json
import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.metrics import METRICS, compute_metrics, format_metric, warnings_for
from mas.results import Backtest, Refusal
from tests.backtests import a_backtest, a_trade, by_profits, some_bars


def test_results_of_four_trades() -> None:
    """Sums, means, counts and ratios of +100, -50, +30, -20 are what paper says."""
    m = compute_metrics(by_profits(100, -50, 30, -20))
    expected = {
        "net_profit": 60,
        "final_balance": 10_060,
        "gross_profit": 130,
        "gross_loss": -70,
        "profit_factor": 130 / 70,
        "expected_payoff": 15,
        "trades": 4,
        "win_rate_percent": 50,
        "winning_trades": 2,
        "losing_trades": 2,
        "breakeven_trades": 0,
        "average_win": 65,
        "average_loss": -35,
        "payoff_ratio": 65 / 35,
        "largest_win": 100,
        "largest_loss": -50,
        "total_return_percent": 0.6,
        "average_holding_bars": 1,
        "average_holding_hours": 1,
        "ghpr": 1.006**0.25,
    }
    assert {key: m[key] for key in expected} == pytest.approx(expected)


def test_costs_decide_what_is_a_win() -> None:
    """Commission and swap belong to a trade's result: a profit eaten by them is a loss, an exact zero is neither."""
    bars = some_bars(10)
    trades = [a_trade(bars, 0, 1, 5, commission=-7.0), a_trade(bars, 2, 3, 5, commission=-3.0, swap=-2.0)]
    m = compute_metrics(a_backtest(bars, trades))
    assert (m["winning_trades"], m["losing_trades"], m["breakeven_trades"]) == (0, 1, 1)
    assert (m["net_profit"], m["commission"], m["swap"]) == (-2, -10, -2)


def test_maximal_and_relative_drawdown_can_be_two_episodes() -> None:
    """500 of 1 000 is the deepest in percent, 1 000 of 5 000 the deepest in money (MetaTrader's two readings)."""
    bars = some_bars(6)
    equity = np.array([1000.0, 500, 5000, 4000, 6000, 6000])
    m = compute_metrics(a_backtest(bars, deposit=1000.0, equity=equity))
    assert m["equity_drawdown_maximal"] == 1000
    assert m["equity_drawdown_maximal_percent"] == 20
    assert m["equity_drawdown_relative_percent"] == 50


def test_drawdown_counts_from_the_deposit() -> None:
    """A run that only falls draws down from the deposit, in the balance as in the equity."""
    m = compute_metrics(by_profits(-100, -200))
    assert m["balance_drawdown_maximal"] == m["balance_drawdown_absolute"] == m["equity_drawdown_maximal"] == 300
    assert m["recovery_factor"] == -1


def test_longest_drawdown_runs_from_high_to_recovery() -> None:
    """High at the close of day 2, regained at the close of day 5: three days; flat at the high is no drawdown."""
    bars = some_bars(8, "D1")
    equity = np.array([100.0, 110, 105, 108, 110, 110, 110, 111])
    assert compute_metrics(a_backtest(bars, deposit=100.0, equity=equity))["longest_drawdown_days"] == 3


def test_an_unrecovered_drawdown_lasts_to_the_end() -> None:
    """The first day falls and nothing comes back: the drawdown is as long as the data."""
    equity = np.array([99.0, 98, 98, 99])
    assert compute_metrics(a_backtest(some_bars(4, "D1"), deposit=100.0, equity=equity))["longest_drawdown_days"] == 4


def test_runs_of_wins_and_losses() -> None:
    """The longest runs, and MetaTrader's Z-score for W W L W L L: N 6, R 4, P 18."""
    m = compute_metrics(by_profits(1, 1, -1, 1, -1, -1))
    assert (m["max_consecutive_wins"], m["max_consecutive_losses"]) == (2, 2)
    assert m["z_score"] == pytest.approx((6 * 3.5 - 18) / math.sqrt(18 * 12 / 5))


def test_growth_uses_calendar_years() -> None:
    """Doubling over 731 daily bars is 2^(365.25/731) - 1 a year."""
    equity = np.linspace(10_000, 20_000, 731)
    m = compute_metrics(a_backtest(some_bars(731, "D1"), equity=equity))
    assert m["cagr_percent"] == pytest.approx(100 * (2 ** (365.25 / 731) - 1))
    assert m["calmar"] is None
    assert m["sortino"] is None


def test_sharpe_is_daily_and_annualised_by_the_data() -> None:
    """Hourly bars are sampled at each day's last bar, and the year has as many days as the data shows."""
    days = 100
    daily = 10_000 * np.cumprod(1 + 0.01 * np.sin(np.arange(days)))
    equity = np.repeat(daily, 24)
    equity[::24] += 500  # what happens inside a day does not count
    m = compute_metrics(a_backtest(some_bars(24 * days), equity=equity))
    returns = np.diff(np.concatenate(([10_000], daily))) / np.concatenate(([10_000], daily[:-1]))
    year = math.sqrt(days / (days / 365.25))
    assert m["sharpe"] == pytest.approx(returns.mean() / returns.std(ddof=1) * year)
    assert m["sortino"] == pytest.approx(returns.mean() / math.sqrt((np.minimum(returns, 0) ** 2).mean()) * year)
    assert m["volatility_percent"] == pytest.approx(100 * returns.std(ddof=1) * year)


def test_a_short_run_is_not_scaled_to_a_year() -> None:
    """Below 30 days there is a return but no annual figure."""
    m = compute_metrics(by_profits(10, -5))
    assert m["total_return_percent"] is not None
    assert [m[key] for key in ("cagr_percent", "sharpe", "sortino", "volatility_percent", "calmar")] == [None] * 5


def test_exposure_counts_overlapping_positions_once() -> None:
    """Bars 2-4 and 4-6 with a position, of 20: entry bar to the bar before the exit, and at least one bar."""
    bars = some_bars(20)
    trades = [a_trade(bars, 2, 5, 1), a_trade(bars, 4, 7, 1), a_trade(bars, 10, 10, 1)]
    assert compute_metrics(a_backtest(bars, trades))["exposure_percent"] == 30


def test_spread_cost_from_the_trades_own_value() -> None:
    """10 points on 0.1 lot EURUSD is 1 USD a trade, also for one that closed where it opened."""
    bars = some_bars(10)
    trades = [a_trade(bars, 0, 1, 20), a_trade(bars, 2, 3, -30, side="short"), a_trade(bars, 4, 5, 0)]
    assert compute_metrics(a_backtest(bars, trades))["spread_cost"] == pytest.approx(3)
    charged = a_backtest(bars, trades, spread_points=np.full(10, 20.0))
    assert compute_metrics(charged)["spread_cost"] == pytest.approx(6)


def test_sides_are_counted_apart() -> None:
    """Long and short trades with their own win rates."""
    bars = some_bars(10)
    trades = [a_trade(bars, 0, 1, 1), a_trade(bars, 2, 3, -1), a_trade(bars, 4, 5, 2, side="short")]
    m = compute_metrics(a_backtest(bars, trades))
    assert (m["long_trades"], m["long_win_rate_percent"], m["short_trades"], m["short_win_rate_percent"]) == (
        2, 50, 1, 100,
    )  # fmt: skip


def test_no_trades_leave_figures_undefined() -> None:
    """Without trades every mean and ratio is None, never NaN, and counts are 0."""
    m = compute_metrics(a_backtest(some_bars(2000)))
    json.dumps(m, allow_nan=False)
    undefined = ("win_rate_percent", "profit_factor", "average_win", "expected_payoff", "sharpe", "ahpr", "z_score")
    assert [m[key] for key in undefined] == [None] * len(undefined)
    assert (m["trades"], m["net_profit"], m["total_return_percent"], m["exposure_percent"]) == (0, 0, 0, 0)


def test_a_lost_account_has_no_ratios() -> None:
    """When the equity reaches 0 there are no returns to annualise, and the loss is still reported."""
    equity = np.linspace(10_000, -50, 2000)
    m = compute_metrics(a_backtest(some_bars(2000), equity=equity))
    assert m["sharpe"] is None
    assert m["cagr_percent"] is None
    assert m["equity_drawdown_relative_percent"] == pytest.approx(100.5)


@given(st.lists(st.floats(-500, 500).map(lambda x: round(x, 2)), max_size=40), st.booleans())
def test_invariants(profits: list[float], short: bool) -> None:
    """For any trades: every key, valid JSON, parts add up, drawdowns within bounds."""
    m = compute_metrics(by_profits(*profits, side="short" if short else "long"))
    assert list(m) == list(METRICS)
    json.dumps(m, allow_nan=False)
    number = {key: value for key, value in m.items() if value is not None}
    assert number["winning_trades"] + number["losing_trades"] + number["breakeven_trades"] == len(profits)
    assert number["gross_profit"] + number["gross_loss"] == pytest.approx(number["net_profit"], abs=1e-6)
    assert number["long_trades"] + number["short_trades"] == number["trades"]
    assert number["balance_drawdown_maximal"] == pytest.approx(number["equity_drawdown_maximal"], abs=1e-6)
    assert 0 <= number["exposure_percent"] <= 100
    assert max(0.0, -number["net_profit"]) <= number["balance_drawdown_maximal"] + 1e-6
    for key, value in m.items():
        assert format_metric(key, value, "USD")


@pytest.mark.parametrize(
    ("backtest", "words"),
    [
        (by_profits(), "No trades"),
        (by_profits(1, -2, 3), "Only 3 trades"),
        (by_profits(100, -30, -20), "One trade made all the profit"),
        (by_profits(*[1, -1] * 20, ambiguous=True), "40 of 40 trades (100%)"),
        (by_profits(1, exit_reason="stop_out"), "ran out of margin"),
        (a_backtest(some_bars(9, synthetic=True)), "SYNTHETIC"),
        (a_backtest(some_bars(9), refused=(Refusal(0, "not enough money", 10019),)), "1 order refused"),
        (a_backtest(some_bars(9), conflicts=2), "2 bars had a long and a short entry"),
        (a_backtest(some_bars(9, spread=np.zeros(9)), [a_trade(some_bars(9), 1, 2, 5)]), "The spread is 0"),
    ],
)
def test_warnings(backtest: Backtest, words: str) -> None:
    """Each reason for doubt is named."""
    texts = warnings_for(backtest, compute_metrics(backtest))
    assert any(words in text for text in texts), texts


def test_a_sound_run_has_no_warning() -> None:
    """Forty ordinary trades on real data raise nothing."""
    backtest = by_profits(*[3, -1] * 20)
    assert warnings_for(backtest, compute_metrics(backtest)) == ()


def test_fast_on_a_large_run() -> None:
    """20 000 trades over 1 000 000 bars take well under a second of CPU."""
    bars = some_bars(1_000_000, "M1")
    trades = [a_trade(bars, 50 * i, 50 * i + 20, (-1) ** i * 10.0) for i in range(20_000)]
    backtest = a_backtest(bars[:10], trades[:0])
    equity = np.linspace(10_000, 12_000, len(bars))
    backtest = Backtest(bars, 10_000.0, "USD", tuple(trades), equity, equity)
    began = time.process_time()
    compute_metrics(backtest)
    assert time.process_time() - began < 0.6


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("net_profit", -1234.5, "-1,234.50 USD"),
        ("trades", 1200, "1,200"),
        ("win_rate_percent", 33.333, "33.33%"),
        ("average_holding_hours", 76.5, "3 d 4 h"),
        ("average_holding_hours", 1.25, "1 h 15 min"),
        ("longest_drawdown_days", 214.3, "214 days"),
        ("profit_factor", None, "n/a"),
    ],
)
def test_figures_as_people_read_them(key: str, value: float | None, text: str) -> None:
    """Units, thousands and undefined values."""
    assert format_metric(key, value, "USD") == text
