"""`--intrabar` and `--modelling` on the command line, and the band in everything a backtest writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.mas.scenarios import MONDAY
from tests.nl2strat.test_cli import run_json

PROGRAM = """strategy "Once"
timeframe H1
enter long when close > 1.2
  stop 30 pips
  target 30 pips
end
end strategy
"""
WIDE = (1.1, 1.104, 1.096, 1.1)
HOURS = [(1.1, 1.1, 1.1, 1.1), (1.1, 1.21, 1.1, 1.21), (1.1, 1.104, 1.096, 1.1), *[(1.1, 1.1, 1.1, 1.1)] * 3]
MINUTES = [(1.1, 1.104, 1.1, 1.1), (1.1, 1.1, 1.096, 1.1)]


def csv(path: Path, rows: list[tuple[float, ...]], seconds: int, start: int = 0) -> str:
    lines = [f"{MONDAY + start + seconds * i}," + ",".join(f"{v:.5f}" for v in row) for i, row in enumerate(rows)]
    path.write_text("time,open,high,low,close\n" + "\n".join(lines) + "\n")
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Hours of which the third reaches stop and target, its minutes, its ticks, and minutes of another price."""
    program = tmp_path / "once.strat"
    program.write_text(PROGRAM)
    ticks = tmp_path / "EURUSD_ticks.csv"
    quotes = [1.1, 1.1035, 1.104, 1.096, 1.1]
    lines = [f"{1000 * (MONDAY + 7200 + 9 * i)},{bid:.5f},{bid + 0.0001:.5f}" for i, bid in enumerate(quotes)]
    ticks.write_text("time,bid,ask\n" + "\n".join(lines) + "\n")
    return {
        "program": str(program),
        "hours": csv(tmp_path / "EURUSD_H1.csv", HOURS, 3600),
        "minutes": csv(tmp_path / "EURUSD_M1.csv", MINUTES, 60, 7200),
        "other": csv(tmp_path / "nameless_M1.csv", [(1.2, 1.2, 1.2, 1.2), (1.2, 1.2, 1.2, 1.2)], 60, 7200),
        "ticks": str(ticks),
    }


def outcome(tmp_path: Path, files: dict[str, str], *options: str) -> tuple[int, dict[str, Any]]:
    return run_json(
        tmp_path, "backtest", files["program"], "--data", files["hours"], "--spread", "0",
        *(files.get(option, option) for option in options),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "mode", "exit"),
    [
        ((), "pessimistic", ("sl", 1.097)),
        (("--modelling", "pessimistic"), "pessimistic", ("sl", 1.097)),
        (("--intrabar", "minutes"), "ohlc", ("tp", 1.103)),
        (("--modelling", "ohlc"), "ohlc", ("tp", 1.103)),
        (("--modelling", "Open prices only"), "open", ("tp", 1.103)),
        (("--intrabar", "ticks"), "real_ticks", ("tp", 1.1035)),
    ],
)
def test_each_mode_decides_the_wide_bar(
    tmp_path: Path, files: dict[str, str], options: tuple[str, ...], mode: str, exit: tuple[str, float]
) -> None:
    """Stop first by default; minutes and ticks say otherwise, and so do the corners of a doji after a rising bar."""
    code, result = outcome(tmp_path, files, *options)
    assert (code, result["modelling"]["mode"]) == (0, mode)
    (trade,) = result["trades"]
    assert (trade["exit_reason"], trade["exit_price"]) == exit


def test_the_band_is_written_everywhere(
    tmp_path: Path, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON, terminal and page give the same worst and best case."""
    page = tmp_path / "report.html"
    _, result = outcome(tmp_path, files, "--report", str(page))
    assert result["band"] == {"worst": -30.0, "best": 30.0, "trades_depending": 1}
    shown = " ".join(capsys.readouterr().out.split())
    for text in (shown, page.read_text(encoding="utf-8")):
        assert "Net profit between -30.00 and 30.00 USD: 1 trade ends otherwise" in text
    _, settled = outcome(tmp_path, files, "--intrabar", "minutes")
    assert settled["band"] == {"worst": 30.0, "best": 30.0, "trades_depending": 0}
    assert settled["modelling"]["bars_without_finer_data"] == len(HOURS) - 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--intrabar", "other"), "the finer data are not of these bars"),
        (("--intrabar", "hours"), "not finer than H1"),
        (("--intrabar", "missing.csv"), "there is no file"),
        (("--intrabar", "minutes", "--modelling", "open"), "does not look at finer data"),
        (("--intrabar", "minutes", "--modelling", "real_ticks"), "needs recorded ticks"),
        (("--modelling", "every_tick"), "M1 bars"),
        (("--modelling", "exact"), "there is no modelling mode"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    tmp_path: Path, files: dict[str, str], options: tuple[str, ...], message: str
) -> None:
    """Exit code 2 and a message that says what is wrong."""
    code, result = outcome(tmp_path, files, *options)
    assert (code, result["status"]) == (2, "error")
    assert message in result["errors"][0]["message"]


def test_data_finer_than_the_strategy_show_the_inside_of_its_bars(tmp_path: Path, files: dict[str, str]) -> None:
    """With minutes as the data of an H1 strategy, "ohlc" and "every_tick" need no second file."""
    rows = [
        row
        for hour in HOURS
        for row in [*(MINUTES if hour == WIDE else [hour, (hour[3],) * 4]), *[(hour[3],) * 4] * 58]
    ]
    data = csv(tmp_path / "all_M1.csv", rows, 60)
    for mode in ("ohlc", "every_tick"):
        code, result = run_json(
            tmp_path, "backtest", files["program"], "--data", data, "--spread", "0", "--modelling", mode
        )
        assert (code, result["trades"][0]["exit_reason"]) == (0, "tp")
        assert result["modelling"] == {"mode": mode, "bars_without_finer_data": 0}
