"""Strategies that are approved and run on paper, on a recording, through the functions behind the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mas.bars import Bars
from nl2strat.backtesting import prepare
from nl2strat.backtesting import run as backtest
from nl2strat.datafiles import DataChoice
from nl2strat.deploy.approval import approve, basis
from nl2strat.deploy.beginning import Wanted, begin, carry_out
from nl2strat.deploy.terminals import Place
from nl2strat.library.store import Library
from nl2strat.library.tables import Run
from nl2strat.library.tries import record_of
from nl2strat.settings import Settings
from nl2strat.source import read_source


def write_bars(bars: Bars, path: Path) -> Path:
    """A file of bars with their spreads, as exact as they are."""
    rows = ["time,open,high,low,close,tick_volume,spread"]
    spreads = bars.spread if bars.spread is not None else [bars.spec.spread] * len(bars)
    columns = (bars.open.values, bars.high.values, bars.low.values, bars.close.values, bars.volume.values, spreads)
    for time, *values in zip(bars.time, *columns, strict=True):
        rows.append(",".join([str(time), *(repr(float(value)) for value in values)]))
    path.write_text("\n".join(rows) + "\n")
    return path


def begun(library: Library, program: str, recording: Path, symbol: str | None = None, **options: Any) -> Run:
    """A run on paper of a program that has been approved, which has not been carried out yet."""
    source = read_source(program)
    compiled, bars = prepare(source, DataChoice(str(recording), symbol=symbol))
    library.note_try(record_of(backtest(compiled, bars, Settings())))
    approve(library, compiled, basis(library, compiled), "tester")
    wanted = {"replay": str(recording), "speed": None, **options}
    return begin(library, compiled, Wanted(Place("paper"), wanted))


def finished(library: Library, run: Run) -> Run:
    """The run, carried out to the end of its recording."""
    return carry_out(library, run, wait=0.05)
