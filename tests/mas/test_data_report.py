"""The documented data report: the 13 documented trades to the last digit, its exact structure, its odd cases."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest

from mas.data_report import data_report
from mas.results import ClosedTrade
from tests.backtests import a_trade, some_bars

ALTERNATOR = """
2020-01-03 1.11709 2020-03-13 1.11830
2020-05-22 1.09469 2020-07-31 1.18461
2020-10-09 1.17585 2020-12-18 1.22664
2021-03-02 1.20484 2021-05-11 1.21277
2021-07-20 1.17975 2021-09-28 1.16956
2021-12-07 1.12841 2022-02-15 1.13045
2022-04-26 1.07110 2022-07-05 1.04199
2022-09-13 1.01218 2022-11-22 1.02401
2023-02-01 1.08619 2023-04-12 1.09099
2023-06-21 1.09147 2023-08-30 1.08726
2023-11-08 1.07006 2024-01-19 1.08747
2024-03-29 1.07883 2024-06-07 1.08910
2024-08-16 1.09718 2024-10-25 1.08267
"""
"""The documented "every 50 bars" run: entry, price, exit, price."""


def seconds(day: str) -> int:
    """Midnight of an ISO day."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def alternator(side: str = "short", cost: float = 0.62) -> list[ClosedTrade]:
    """The 13 trades, 0.1 lot each."""
    trades = []
    for number, line in enumerate(ALTERNATOR.split("\n")[1:-1]):
        entry, bought, leave, sold = line.split()
        move = (float(sold) - float(bought)) * (1 if side == "long" else -1)
        trades.append(
            ClosedTrade(
                "EURUSD", side, 0.1, seconds(entry), seconds(leave), float(bought), float(sold), None, None,
                round(move * 10_000, 8), -cost, 0.0, "signal", number * 99 + 1, number * 99 + 51, False, f"BT{number}",
            )
        )  # fmt: skip
    return trades


def test_the_documented_trades_give_the_documented_figures() -> None:
    """Every figure that the documentation's own trades support, to its last printed digit."""
    report = data_report(alternator(), 10_000)
    assert report["status"] is True
    data = report["data"]
    assert data["general_data"] == {"total_profit_loss": -1389.86, "number_of_trades": 13}
    assert data["win_loss_ratio"] == {"win_rate": 30.77, "loss_rate": 69.23}
    performance = data["performance_metrics"]
    assert performance["number_of_trades"] == 13
    assert performance["profit_loss_ratio"] == 0.29
    assert performance["profit_factor"] == 0.29
    assert performance["win_rate"] == 30.77
    assert performance["max_drawdown"] == 15.22
    assert performance["total_return_rate"] == -13.9
    assert performance["max_consecutive_losses"] == 4
    assert performance["max_single_loss"] == 899.82
    assert data["cumulative_return_line_chart"]["cumulative_return_percent"] == {
        "2020": -14.2106, "2021": -13.997, "2022": -12.4916, "2023": -12.563, "2024": -13.8986,
    }  # fmt: skip


def test_years_fit_together() -> None:
    """The account at a year's end is that of the year before plus the year's profit; falls are of the running high."""
    data = data_report(alternator(), 10_000)["data"]
    gained, account = data["annual_year_pnl_usd"]["annual_year_pnl_usd"], data["annual_pnl_usd"]["annual_pnl_usd"]
    value = 10_000.0
    for year, profit in gained.items():
        value += profit
        assert account[year] == pytest.approx(value)
    assert account["2024"] == 8610.14
    falls = data["max_drawdown_trend"]["max_drawdown_percent"]
    assert falls["2020"] == -14.21  # the high is the deposit: the account only fell
    assert falls["2021"] == -15.01  # 8578.94 - 79.92 - ... after the trade closed in May
    assert min(falls.values()) == -15.34


def test_the_structure_is_the_documented_one() -> None:
    """Every documented path is there, and nothing else; keys of years are strings."""
    report = data_report(alternator(), 10_000)
    assert list(report) == ["status", "data"]
    paths = {
        f"{part}.{key}"
        for part, content in report["data"].items()
        for key in (content if isinstance(content, dict) else [""])
    }
    figures = (
        "number_of_trades", "profit_loss_ratio", "win_rate", "max_drawdown", "total_return_rate", "cagr",
        "sharpe_ratio", "sortino_ratio", "max_consecutive_losses", "max_single_loss", "profit_factor",
    )  # fmt: skip
    assert paths == {
        "general_data.total_profit_loss", "general_data.number_of_trades",
        *(f"performance_metrics.{name}" for name in figures),
        "win_loss_ratio.win_rate", "win_loss_ratio.loss_rate",
        "cumulative_return_line_chart.cumulative_return_percent", "max_drawdown_trend.max_drawdown_percent",
        "annual_year_pnl_usd.annual_year_pnl_usd", "annual_pnl_usd.annual_pnl_usd", "data_source.",
    }  # fmt: skip
    assert all(isinstance(year, str) for year in report["data"]["annual_pnl_usd"]["annual_pnl_usd"])


def test_growth_and_ratios_follow_from_the_trades() -> None:
    """Annual growth over 4.81 years; Sharpe and Sortino against a plain loop."""
    trades = alternator()
    performance = data_report(trades, 10_000)["data"]["performance_metrics"]
    years = (trades[-1].exit_time - trades[0].entry_time) / 86_400 / 365.25
    assert performance["cagr"] == round(100 * ((1 - 0.138986) ** (1 / years) - 1), 2)
    balance, returns = 10_000.0, []
    for trade in trades:
        returns.append(trade.net / balance)
        balance += trade.net
    mean = sum(returns) / 13
    deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / 12)
    downside = math.sqrt(sum(min(r, 0) ** 2 for r in returns) / 13)
    assert performance["sharpe_ratio"] == round(mean / deviation * math.sqrt(13 / years), 2)
    assert performance["sortino_ratio"] == round(mean / downside * math.sqrt(13 / years), 2)


def test_the_source_holds_every_trade() -> None:
    """`data_source` is JSON text with one record per trade."""
    records = json.loads(data_report(alternator(), 10_000)["data"]["data_source"])
    assert len(records) == 13
    first = records[0]
    assert (first["order_id"], first["direction"], first["volume"]) == ("BT0", "short", 0.1)
    assert (first["entry_time"], first["exit_price"]) == ("2020-01-03T00:00:00", 1.1183)
    assert (first["profit"], first["commission"], first["net_profit"]) == (-12.1, -0.62, -12.72)


@pytest.mark.parametrize("reasons", [[], ["end_of_data"]])
def test_nothing_closed_is_an_error(reasons: list[str]) -> None:
    """Without a closed trade there is no data: the documented text, a code that no language changes."""
    bars = some_bars(20)
    trades = [a_trade(bars, 1, 19, 5.0, exit_reason=reason) for reason in reasons]
    report = data_report(trades, 10_000)
    assert report == {"status": False, "error": "Missing trade data for KPI generation", "code": "NO_TRADES"}
    assert report.get("data") is None


def figures(*profits: float) -> dict[str, Any]:
    """Performance of one trade per profit, at hours."""
    bars = some_bars(2 * len(profits) + 2)
    trades = [a_trade(bars, 2 * i, 2 * i + 1, profit) for i, profit in enumerate(profits)]
    performance: dict[str, Any] = data_report(trades, 1000)["data"]["performance_metrics"]
    return performance


def test_only_wins() -> None:
    """Without a loss the ratios are infinite, as documented, and nothing has fallen."""
    found = figures(10, 20)
    assert found["profit_factor"] == found["profit_loss_ratio"] == math.inf
    assert (found["max_drawdown"], found["max_single_loss"], found["max_consecutive_losses"]) == (0, 0, 0)
    assert found["cagr"] == 3.0  # three hours are not scaled up to a year


def test_one_trade_and_a_lost_account() -> None:
    """Figures that need more than one trade, or an account that still exists, are 0; growth of nothing is -100 %."""
    assert figures(-10)["sharpe_ratio"] == 0
    lost = figures(-1500, 10)
    assert (lost["cagr"], lost["sharpe_ratio"], lost["total_return_rate"]) == (-100, 0, -149)


def test_years_without_an_exit_are_carried_on() -> None:
    """A year in which nothing closed repeats the account and gains nothing."""
    bars = some_bars(1000, "D1")
    trades = [a_trade(bars, 1, 10, 100.0), a_trade(bars, 11, 900, -50.0)]
    data = data_report(trades, 10_000)["data"]
    assert data["annual_pnl_usd"]["annual_pnl_usd"] == {"2024": 10_100, "2025": 10_100, "2026": 10_050}
    assert data["annual_year_pnl_usd"]["annual_year_pnl_usd"]["2025"] == 0
    assert data["max_drawdown_trend"]["max_drawdown_percent"] == {"2024": 0, "2025": 0, "2026": -0.5}
