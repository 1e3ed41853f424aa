"""Generated classes at work: every golden one trades on sample bars, and nothing goes wrong on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mas.backtest import run_backtest
from mas.bars import Bars
from mas.client import MAS
from mas.data import sample_bars
from nl2strat.codegen import load, render
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program
from tests.nl2strat.codegen.programs import PROGRAMS

QUIET = {"long_conditions", "inputs_and_names"}
"""Programs whose conditions are too rare for so few bars."""


def others_of(strategy: MAS) -> list[Bars]:
    """Sample bars of the other symbols that a class names."""
    kind = type(strategy)
    named = (*getattr(kind, "symbols", ()), *getattr(kind, "others", ()))
    return [sample_bars(name, kind.timeframe, 2000) for name in named if name != kind.symbol]


@pytest.mark.parametrize("path", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_golden_programs_trade(path: Path) -> None:
    """Every construct runs: orders are sent, positions managed and closed, the account stays finite."""
    program = check(parse_program(path.read_text(encoding="utf-8"))).program
    strategy = load(render(program))()
    bars = sample_bars(strategy.symbol, strategy.timeframe, 2000)
    result = run_backtest(strategy, bars, deposit=100_000.0, others=others_of(strategy))
    assert np.isfinite(result.equity).all()
    assert path.stem in QUIET or result.trades
    assert {trade.comment.rstrip("_0123456789") for trade in result.trades} <= {"enter_long", "enter_short"}


def test_the_same_class_gives_the_same_trades() -> None:
    """A strategy keeps nothing from one run to the next."""
    program = check(parse_program((PROGRAMS[0].parent / "kitchen_sink.strat").read_text(encoding="utf-8"))).program
    kind = load(render(program))
    bars = sample_bars(kind.symbol, kind.timeframe, 1500)
    assert run_backtest(kind(), bars).trades == run_backtest(kind(), bars).trades


@pytest.mark.parametrize("name", ["sma_cross", "several_symbols", "other_symbols"])
def test_the_file_runs_as_a_script(name: str, tmp_path: Path) -> None:
    """Without an account, a terminal or data: a backtest on made-up bars, its figures printed, its reports written."""
    source = (PROGRAMS[0].parent / f"{name}.py").read_text(encoding="utf-8")
    assert 'BACKTEST_FROM = "2020-01-01"' in source
    script, reports = tmp_path / "strategy.py", tmp_path / "reports"
    script.write_text(source.replace('"2020-01-01"', '"2024-09-01"'), encoding="utf-8")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MAS_")}
    run = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path, env={**kept, "MAS_REPORTS": str(reports), "MAS_STORE": str(tmp_path / "store")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "'number_of_trades'" in run.stdout
    assert {path.name for path in reports.iterdir()} == {"kpi_report.html", "trade_report.html"}
