"""`nl2strat backtest` with several symbols: files for each, a folder, what is missing, results, look-ahead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mas.backtest import run_backtest
from mas.bars import Bars
from nl2strat.backtesting import prepare, run
from nl2strat.cli import main
from nl2strat.datafiles import choice_of
from nl2strat.settings import Settings
from nl2strat.source import read_source
from tests.mas.test_invariants import walk

STRATEGY = """
from mas import MAS as mas, crosses_above, crosses_below, sma


class Pairs(mas):
    symbol = "EURUSD"
    symbols = ("EURUSD", "GBPUSD")
    others = ("XAUUSD",)

    def signals(self, bars):
        gold = bars.of("XAUUSD")
        fast, slow = sma(bars.close, 3), sma(bars.close, 8)
        return {
            "enter_long": crosses_above(fast, slow),
            "enter_short": crosses_below(fast, slow),
            "hedge": gold.align(gold.close > sma(gold.close, 2)),
        }

    def receive_bars(self, symbol, data, is_end):
        side = self.entry_side(symbol, long=self.signal("enter_long"), short=self.signal("enter_short"))
        if side:
            self.send_order({"symbol": symbol, "order_type": "buy" if side == "long" else "sell", "volume": 0.1})
            if self.signal("hedge") and not self.trades("XAUUSD"):
                self.send_order({"symbol": "XAUUSD", "order_type": "buy", "volume": 0.01})
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of three symbols with bars missing here and there, and the strategy."""
    monkeypatch.chdir(tmp_path)
    for seed, symbol in enumerate(("EURUSD", "GBPUSD", "XAUUSD")):
        bars = walk(seed, 400)
        keep = np.random.default_rng(seed).random(400) < 0.9
        lines = [
            f"{np.datetime64(int(bars.time[i]), 's')},"
            + ",".join(f"{getattr(bars, name).values[i]:.5f}" for name in ("open", "high", "low", "close"))
            for i in np.flatnonzero(keep)
        ]
        (tmp_path / f"{symbol}_H1.csv").write_text("time,open,high,low,close\n" + "\n".join(lines) + "\n")
    (tmp_path / "pairs.py").write_text(STRATEGY)
    return tmp_path


@pytest.fixture
def backtest(folder: Path) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Runs the command; gives the exit code and the JSON object."""

    def played(*arguments: str, report: bool = False) -> tuple[int, dict[str, Any]]:
        more = ("--report", "report.html") if report else ()
        code = main(["backtest", "pairs.py", "--trust", *arguments, "--json", "out.json", *more])
        return code, json.loads((folder / "out.json").read_text(encoding="utf-8"))

    return played


FILES = ("--data", "EURUSD=EURUSD_H1.csv", "--data", "GBPUSD=GBPUSD_H1.csv", "--data", "XAUUSD=XAUUSD_H1.csv")


def test_each_symbol_has_its_file_and_each_trade_its_symbol(backtest) -> None:
    code, result = backtest(*FILES)
    assert (code, result["status"]) == (0, "ok")
    assert {trade["symbol"] for trade in result["trades"]} == {"EURUSD", "GBPUSD", "XAUUSD"}
    assert result["strategy"]["symbols"] == ["EURUSD", "GBPUSD", "XAUUSD"]
    net = sum(trade["profit"] for trade in result["trades"])
    assert result["metrics"]["net_profit"] == pytest.approx(net)
    assert result["metrics"]["spread_cost"] > 0
    assert result["lookahead"].startswith("Look-ahead: none.")


OTHERWISE = (
    ("--data", "XAUUSD=XAUUSD_H1.csv", "--data", "GBPUSD=GBPUSD_H1.csv", "--data", "EURUSD=EURUSD_H1.csv"),
    ("--data", "EURUSD_H1.csv", "--data", "GBPUSD=GBPUSD_H1.csv", "--data", "XAUUSD=XAUUSD_H1.csv"),
    ("--data", "."),
)


def test_the_files_may_be_given_in_any_order_the_main_one_plainly_or_as_a_folder(backtest) -> None:
    trades = backtest(*FILES)[1]["trades"]
    for arguments in OTHERWISE:
        assert backtest(*arguments)[1]["trades"] == trades, arguments


def test_a_symbol_without_data_is_named_with_the_option(backtest) -> None:
    """Exit code 2."""
    code, result = backtest(*FILES[:4])
    assert (code, result["status"]) == (2, "error")
    assert "--data XAUUSD=FILE" in result["errors"][0]["message"]


def test_files_that_cannot_be_told_apart_are_refused(backtest) -> None:
    for arguments in (("--data", "EURUSD_H1.csv", "--data", "GBPUSD_H1.csv"), FILES[:2] * 2):
        code, result = backtest(*arguments)
        assert code == 2
        assert "--data" in result["errors"][0]["message"]


def test_a_folder_without_the_main_symbol_says_so(backtest, folder: Path) -> None:
    (folder / "EURUSD_H1.csv").unlink()
    code, result = backtest("--data", ".")
    assert code == 2
    assert "EURUSD_H1.csv" in result["errors"][0]["message"]


def test_the_report_shows_the_symbol_of_each_trade(backtest, folder: Path, capsys) -> None:
    """Of several symbols; the terminal sums up each."""
    backtest(*FILES, report=True)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert ">Symbol</button>" in page
    assert "EURUSD, GBPUSD, XAUUSD are played on one clock" in page
    assert re.search(r"Symbols\s+EURUSD \d+ \(.*GBPUSD \d+ \(", capsys.readouterr().out)


def test_the_command_runs_what_the_library_runs(folder: Path) -> None:
    """The same bars given to `run_backtest` by hand make the same trades."""
    compiled, bars = prepare(read_source("pairs.py"), choice_of([FILES[i] for i in (1, 3, 5)]), trust=True)
    outcome = run(compiled, bars, Settings())
    others = tuple(bars.siblings.values())
    alone = Bars.from_arrays(
        bars.symbol, bars.timeframe, bars.time, *(getattr(bars, c).values for c in ("open", "high", "low", "close")),
        spec=bars.spec,
    )  # fmt: skip
    assert run_backtest(compiled.new(), alone, others=others).trades == outcome.backtest.trades


def test_a_class_that_looks_ahead_in_another_symbol_is_found_out(folder: Path) -> None:
    """Its hedge depends on where gold ends: the data of all symbols are cut at the same moment."""
    honest = "gold.align(gold.close > sma(gold.close, 2))"
    (folder / "pairs.py").write_text(
        STRATEGY.replace(honest, "bars.close > bars.siblings['XAUUSD'].close.values[-1]").replace(
            'if self.signal("hedge") and', 'if self.signal("hedge") and symbol == "EURUSD" and'
        )
    )
    compiled, bars = prepare(read_source("pairs.py"), choice_of(["."]), trust=True)
    assert run(compiled, bars, Settings()).lookahead.clean is False
