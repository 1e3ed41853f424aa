"""The documented strategies, rebuilt: they run as described, the documented mistakes included."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest

from mas.settings import settings
from tests.documented.alternator import Alternator, SellFirst
from tests.documented.bband import BBand, GuardedBBand
from tests.documented.frame import main
from tests.documented.kd import CorrectedKd, Kd
from tests.documented.ma_cross import MaCross
from tests.documented.macd import GuardedMacd, Macd
from tests.documented.rsi import Rsi
from tests.mas.scenarios import MONDAY

DAYS = 700


def write_days(folder, closes, name="EURUSD_D1"):
    """Daily bars that open at the close before, as a CSV file."""
    lines = ["time,open,high,low,close"]
    opens = [closes[0], *closes[:-1]]
    for n, (o, c) in enumerate(zip(opens, closes, strict=True)):
        day = np.datetime64(MONDAY + 86_400 * n, "s").astype("datetime64[D]")
        lines.append(f"{day},{o:.5f},{max(o, c) + 0.001:.5f},{min(o, c) - 0.001:.5f},{c:.5f}")
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def days(tmp_path, monkeypatch):
    """A swinging market of daily bars, and a folder for the reports."""
    random = np.random.default_rng(5)
    wave = 1.1 + 0.012 * np.sin(np.arange(DAYS) / 8) + 0.002 * random.standard_normal(DAYS)
    write_days(tmp_path, [round(float(c), 5) for c in wave])
    monkeypatch.setenv("MAS_DATA", str(tmp_path))
    monkeypatch.setattr(settings, "reports", tmp_path / "reports")
    monkeypatch.delenv("MAS_TERMINAL", raising=False)
    return tmp_path


WHOLE = {"from": "2024-01-01", "to": "2025-12-31", "spread": 0}


@pytest.mark.parametrize("make", [MaCross, Rsi, GuardedMacd, CorrectedKd, GuardedBBand])
def test_the_five_strategies_trade_and_report(days, capsys, make):
    """Their reports come from the last bar: the data report, and two pages whose full paths are printed."""
    client, answer = main(make, **WHOLE)
    assert answer == {"status": True}
    assert client.data_report["data"]["general_data"]["number_of_trades"] > 0
    assert (client.kpi_report, client.trade_chart) == ({"status": True}, {"status": True})
    printed = capsys.readouterr().out
    for name in ("kpi_report.html", "trade_report.html"):
        path = days / "reports" / name
        assert str(path) in printed
        assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("make", [MaCross, Rsi, GuardedMacd, CorrectedKd, GuardedBBand])
def test_what_they_do_is_what_arrays_say(days, make):
    """Each trade enters and leaves at the open after the bar that decided it."""
    client, _ = main(make, **WHOLE)
    bars = client._last_replay.bars
    opens = {int(time): price for time, price in zip(bars.time, bars.open.values, strict=True)}
    trades = client._last_replay.trades()
    assert len(trades) > 0
    for trade in trades:
        assert trade.entry_price == pytest.approx(opens[trade.entry_time])
        if trade.exit_reason != "end_of_data":
            assert trade.exit_price == pytest.approx(opens[trade.exit_time])
            assert trade.profit == pytest.approx((trade.exit_price - trade.entry_price) * 10_000, abs=0.01)


@pytest.mark.parametrize("make", [Macd, BBand])
def test_a_failing_callback_is_loud(days, caplog, make):
    """Q14: as printed two strategies fail on bar 1; callback, bar and traceback are logged, and the run ends there."""
    with caplog.at_level(logging.ERROR, "mas"):
        client, answer = main(make, **WHOLE)
    assert answer["status"] is False
    assert "receive_bars failed on the bar of 2024-01-01 00:00" in caplog.text
    assert "Traceback" in caplog.text
    assert len(client.closes) == 1
    assert client.generate_data_report()["status"] is False


@pytest.mark.parametrize(("printed", "guarded"), [(Macd, GuardedMacd), (BBand, GuardedBBand)])
def test_tolerant_mode_gives_the_intended_result(days, caplog, printed, guarded):
    """Q14: the error is logged once and counted, and the trades are those of the guarded strategy."""
    with caplog.at_level(logging.WARNING, "mas"):
        client, answer = main(printed, **WHOLE, tolerant=True)
    assert answer["status"] is True
    assert client.data_report == main(guarded, **WHOLE)[0].data_report
    assert caplog.text.count("Traceback") == 1
    assert "times with" in caplog.text


def test_the_stochastic_that_never_trades_says_so(days, capsys):
    """Q15: no crash; the three reports miss trade data, and the printed `data` is None."""
    client, answer = main(Kd, **WHOLE)
    assert answer == {"status": True}
    error = "Missing trade data for KPI generation"
    for report in (client.data_report, client.kpi_report, client.trade_chart):
        assert (report["status"], report["error"], report["code"]) == (False, error, "NO_TRADES")
    assert "None" in capsys.readouterr().out


def test_one_capital_for_all_reports(days):
    """Q7: `captital` of the subscription is what every report starts from."""
    client, _ = main(MaCross, **WHOLE)
    assert client._last_replay.terminal.book.deposit == 1000
    data = client.data_report["data"]
    total, percent = data["general_data"]["total_profit_loss"], data["performance_metrics"]["total_return_rate"]
    assert percent == pytest.approx(total / 10, abs=0.01)
    assert len(json.loads(data["data_source"])) == data["general_data"]["number_of_trades"]


ROUND_TRIPS = """
1.11709 1.11830 1.09469 1.18461 1.17585 1.22664 1.20484 1.21277 1.17975 1.16956 1.12841 1.13045 1.07110 1.04199
1.01218 1.02401 1.08619 1.09099 1.09147 1.08726 1.07006 1.08747 1.07883 1.08910 1.09718 1.08267
"""


@pytest.fixture
def documented_fills(tmp_path, monkeypatch):
    """1298 days whose opens after every 50th bar are the documented fills; nothing else is known of them."""
    fills = [float(price) for price in ROUND_TRIPS.split()]
    closes = [fills[min(n // 50, 25)] for n in range(1298)]
    write_days(tmp_path, closes)
    monkeypatch.setenv("MAS_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("make", "winners", "total"), [(Alternator, 9, 1381.8), (SellFirst, 4, -1381.8)])
def test_the_alternator_makes_its_13_trades(documented_fills, make, winners, total):
    """4.6 on bars that open at the documented prices: 13 closed trades, none open, first order on the first bar."""
    client = make(True)
    client.ma = 50
    client.subscribe_bars({
        "symbol": "EURUSD", "timeframe": "D1", "from": "2024-01-01", "to": "2030-01-01", "backtest_toggle": True,
        "spread": 0,
    })  # fmt: skip
    data = client.report["data"]
    assert data["general_data"] == {"total_profit_loss": total, "number_of_trades": 13}
    assert data["win_loss_ratio"]["win_rate"] == pytest.approx(100 * winners / 13, abs=0.01)
    assert client._last_replay.trades()[0].entry_time == MONDAY + 86_400


def test_the_cost_of_the_documented_sample_is_a_setting(documented_fills):
    """0.62 per round trip of 0.1 lot: -1389.86 and the figures of the documented data report."""
    client = SellFirst(True)
    client.ma = 50
    client.subscribe_bars({
        "symbol": "EURUSD", "timeframe": "D1", "from": "2024-01-01", "to": "2030-01-01", "backtest_toggle": True,
        "spread": 0, "commission": 3.1,
    })  # fmt: skip
    data = client.report["data"]
    metrics = data["performance_metrics"]
    assert data["general_data"]["total_profit_loss"] == -1389.86
    assert (metrics["win_rate"], metrics["profit_loss_ratio"], metrics["max_drawdown"]) == (30.77, 0.29, 15.22)


def test_an_alternator_without_its_period_fails_loudly(documented_fills):
    """`ma` is 0 until it is set: the division by zero is raised, not swallowed."""
    with pytest.raises(ZeroDivisionError):
        Alternator(True).subscribe_bars({
            "symbol": "EURUSD", "timeframe": "D1", "from": "2024-01-01", "to": "2030-01-01", "backtest_toggle": True,
        })  # fmt: skip
