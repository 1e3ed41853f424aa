"""Backtests by id: their windows, their trades, what an ended server leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nl2strat.errors import UsageError
from nl2strat.web.errors import NotFound
from nl2strat.web.runs import KEPT, Runs
from nl2strat.web.shapes import Costs, DataSpec, Options, RunSpec, Step

BARS = 1000
SPEC = RunSpec("Buy.", Options(inputs={"a": 1.5}), DataSpec("EURUSD_H1", start="2024-01-01"), Costs(deposit=500.0))


def trade(number: int, entry: int, exit_: int, net: float) -> dict[str, Any]:
    side = "long" if number % 2 else "short"
    places = {"entry_bar": entry, "exit_bar": exit_}
    return {"number": number, "side": side, **places, "net": net, "exit_reason": "tp", "sl": None}


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def finished(runs: Runs) -> str:
    """A run whose bar i has the close i, the high i + 0.5, the low i - 0.5."""
    state = runs.begin(SPEC, "ab" * 8)
    folder = runs.path(state.id)
    close = np.arange(BARS, dtype=np.float64)
    columns = {"open": close - 0.25, "high": close + 0.5, "low": close - 0.5, "close": close}
    equity = 1000.0 + np.where(np.arange(BARS) == 500, -400.0, 0.0)
    columns |= {"equity": equity, "balance": np.full(BARS, 1000.0), "drawdown": (equity - 1000.0) / 10.0}
    line = close.copy()
    line[:10] = np.nan
    for name, values in {**columns, "time": np.arange(BARS) * 3600, "indicator-0": line}.items():
        np.save(folder / f"{name}.npy", values)
    rows = [trade(1, 10, 20, 5.0), trade(2, 30, 400, -3.0), trade(3, 600, 700, 1.0)]
    (folder / "trades.json").write_text(json.dumps(rows))
    lines = [{"label": "rsi(14)", "pane": "rsi", "file": "indicator-0.npy"}]
    runs.end(state.id, "done", summary={"digits": 5, "indicators": lines, "currency": "USD"})
    return state.id


def test_all_bars_in_a_few_candles(runs: Runs) -> None:
    window = runs.window(finished(runs), 0, None, 100)
    assert (window["step"], window["start"], window["end"], len(window["time"])) == (16, 0, BARS, 63)
    assert window["open"][1] == 15.75
    assert window["high"][1] == 31.5
    assert window["low"][1] == 15.5
    assert window["close"][1] == 31
    assert window["close"][-1] == BARS - 1
    assert window["time"][1] == 16 * 3600
    assert min(window["equity"]) == 600
    assert min(window["equity_high"]) == 1000
    assert min(window["drawdown"]) == -40
    assert window["lines"][0]["values"][0] == 15
    assert [row["number"] for row in window["trades"]] == [1, 2, 3]


def test_a_close_look_is_every_bar(runs: Runs) -> None:
    window = runs.window(finished(runs), 5, 35, 100)
    assert (window["step"], window["start"], window["end"]) == (1, 5, 35)
    assert window["lines"][0]["values"][:6] == [None] * 5 + [10.0]
    assert [row["number"] for row in window["trades"]] == [1, 2]
    json.dumps(window, allow_nan=False)


def test_candles_stay_what_they_are_when_the_view_moves(runs: Runs) -> None:
    number = finished(runs)
    one, other = runs.window(number, 100, 500, 60), runs.window(number, 113, 513, 60)
    assert one["step"] == other["step"] == 8
    candles = [dict(zip(w["time"], zip(w["open"], w["high"], strict=True), strict=True)) for w in (one, other)]
    common = set(candles[0]) & set(candles[1])
    assert len(common) > 40
    assert all(candles[0][time] == candles[1][time] for time in common)


@pytest.mark.parametrize(
    ("start", "end", "width"), [(-5, 10, 100), (0, 10**9, 1), (999, 999, 50), (5000, 6000, 50), (7, 3, 9)]
)
def test_any_view_is_some_bars(runs: Runs, start: int, end: int, width: int) -> None:
    window = runs.window(finished(runs), start, end, width)
    assert 0 <= window["start"] < window["end"] <= BARS
    assert 1 <= len(window["time"]) <= 2 * max(10, width)


def test_trades_are_sorted_and_filtered(runs: Runs) -> None:
    number = finished(runs)
    found = runs.trades(number, sort="net", down=True, size=2)
    assert [row["net"] for row in found["rows"]] == [5.0, 1.0]
    assert (found["count"], found["of"], found["net"], found["pages"]) == (3, 3, 3.0, 2)
    assert [row["number"] for row in runs.trades(number, result="lost")["rows"]] == [2]
    assert [row["number"] for row in runs.trades(number, side="long")["rows"]] == [1, 3]
    assert runs.trades(number, reason="sl")["rows"] == []
    assert runs.trades(number, page=99)["page"] == 0
    with pytest.raises(UsageError, match="cannot be sorted"):
        runs.trades(number, sort="__class__")


def test_moments_and_bars(runs: Runs) -> None:
    number = finished(runs)
    assert runs.bar_at(number, 3600 * 7 + 59) == 7
    assert runs.time_of(number, 7) == 3600 * 7
    with pytest.raises(UsageError, match="no bar 1000"):
        runs.time_of(number, BARS)


def test_a_run_is_read_back_as_it_was(runs: Runs, tmp_path: Path) -> None:
    number = finished(runs)
    assert Runs(tmp_path).get(number) == runs.get(number)
    assert Runs(tmp_path).get(number).spec == SPEC


def test_what_ran_when_the_server_ended_is_interrupted(runs: Runs, tmp_path: Path) -> None:
    state = runs.begin(SPEC)
    runs.tell(state.id, Step("testing", 5, 10))
    assert runs.get(state.id).step.done == 5
    done = finished(runs)
    later = Runs(tmp_path)
    assert later.recover() == [state.id]
    assert later.get(done).status == "done"
    found = later.get(state.id)
    assert found.status == "interrupted"
    assert found.error is not None
    assert "run it again" in found.error["errors"][0]["message"]
    with pytest.raises(UsageError, match="interrupted"):
        later.window(state.id)


def test_old_results_make_room_and_running_ones_stay(runs: Runs) -> None:
    states = [runs.begin(SPEC) for _ in range(KEPT + 5)]
    assert len(runs.all()) == KEPT + 5
    for state in states:
        runs.end(state.id, "cancelled")
    runs.begin(SPEC)
    assert len(runs.all()) == KEPT


def test_damaged_files_are_said(runs: Runs) -> None:
    number = finished(runs)
    (runs.path(number) / "close.npy").write_bytes(b"not an array")
    with pytest.raises(UsageError, match="damaged"):
        runs.window(number)
    (runs.path(number) / "run.json").write_text("{")
    with pytest.raises(NotFound):
        runs.get(number)
    assert runs.all() == []
