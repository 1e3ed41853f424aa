"""The command line as a user meets it: results, JSON, exit codes, and errors without tracebacks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nl2strat.cli import main

CROSS = "Buy when the 10-period SMA crosses above the 30-period SMA. Sell when it crosses back below."
PROGRAM = """strategy "Cross"
enter long when sma(close, 10) crosses above sma(close, 30)
  stop 30 pips
end
exit long when sma(close, 10) crosses below sma(close, 30)
end strategy
"""


@pytest.fixture
def bars_file(tmp_path: Path) -> Path:
    """A plain CSV of EURUSD H1 bars made by the bundled generator."""
    from mas.data import sample_bars

    bars = sample_bars("EURUSD", "H1", 900)
    lines = ["time,open,high,low,close,tick_volume"]
    for i in range(len(bars)):
        moment = int(bars.time[i])
        prices = ",".join(f"{column.values[i]:.5f}" for column in (bars.open, bars.high, bars.low, bars.close))
        lines.append(f"{moment},{prices},{int(bars.volume.values[i])}")
    file = tmp_path / "EURUSD_H1.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def run_json(tmp_path: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Runs a command with --json; returns its exit code and the object."""
    out = tmp_path / "out.json"
    code = main([*arguments, "--json", str(out)])
    return code, json.loads(out.read_text(encoding="utf-8"))


def test_backtest_of_english_writes_the_contract_object(tmp_path: Path, bars_file: Path) -> None:
    """English and bars give status ok, trades with all keys, assumptions and metrics."""
    code, result = run_json(tmp_path, "backtest", CROSS, "--data", str(bars_file))

    assert (code, result["status"]) == (0, "ok")
    assert {"name", "symbol", "timeframe", "dsl", "python", "explanation"} <= set(result["strategy"])
    assert {"bars", "from", "to", "spread"} <= set(result["data"])
    assert result["trades"]
    assert {
        "side", "volume", "entry_time", "entry_price", "exit_time", "exit_price", "sl", "tp", "profit", "commission",
        "swap", "exit_reason",
    } <= set(result["trades"][0])  # fmt: skip
    assert any("closes" in text for text in result["assumptions"])
    assert len(result["trades"]) == result["metrics"]["trades"]


def test_english_program_and_python_trade_alike(tmp_path: Path, bars_file: Path) -> None:
    """The three kinds of source are one strategy: the same trades from each."""
    _, english = run_json(tmp_path, "backtest", CROSS, "--data", str(bars_file))
    program = tmp_path / "cross.strat"
    program.write_text(english["strategy"]["dsl"])
    python = tmp_path / "cross.py"
    assert main(["compile", str(program), "-o", str(python)]) == 0

    _, from_program = run_json(tmp_path, "backtest", str(program), "--data", str(bars_file))
    _, from_python = run_json(tmp_path, "backtest", str(python), "--data", str(bars_file))

    assert english["trades"] == from_program["trades"] == from_python["trades"]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, bars_file: Path) -> None:
    """JSON and report of a run do not change from run to run."""
    outputs = []
    for _ in range(2):
        out, report = tmp_path / "o.json", tmp_path / "r.html"
        assert main(["backtest", CROSS, "--data", str(bars_file), "--json", str(out), "--report", str(report)]) == 0
        outputs.append((out.read_bytes(), report.read_bytes()))

    assert outputs[0] == outputs[1]


def test_what_is_not_understood_is_pointed_at(tmp_path: Path, bars_file: Path) -> None:
    """Words nobody can account for stop the run with exit code 3, their place, and no trades."""
    text = "Buy when the frobnicator is above 30. Sell after 10 bars."
    code, result = run_json(tmp_path, "backtest", text, "--data", str(bars_file))

    assert (code, result["status"]) == (3, "needs_clarification")
    assert "trades" not in result
    assert any("frobnicator" in text[s["start"] : s["end"]] for s in result["not_understood"])


def test_errors_of_a_program_carry_line_and_column(tmp_path: Path) -> None:
    """A misspelt function is located and a name is proposed."""
    program = tmp_path / "bad.strat"
    program.write_text('strategy "x"\nenter long when rsii(14) < 30\n  stop 20 pips\nend\nend strategy\n')
    code, result = run_json(tmp_path, "check", str(program))

    assert (code, result["status"]) == (2, "error")
    error = result["errors"][0]
    assert (error["line"], error["column"]) == (2, 17)
    assert "rsi" in error["hint"]


def test_metatraders_definitions_trade_differently(tmp_path: Path, bars_file: Path) -> None:
    """A program that asks for MetaTrader's definitions of the indicators is run with them."""
    rules = 'strategy "ATR"\n{}enter long when true_range() > 1.5 * atr(14)\n  stop 20 pips\n  target 20 pips\nend\n'
    trades = []
    for line in ("", "indicators metatrader\n"):
        program = tmp_path / "atr.strat"
        program.write_text(rules.format(line) + "end strategy\n")
        code, result = run_json(tmp_path, "backtest", str(program), "--data", str(bars_file))
        assert code == 0, result
        trades.append([(trade["side"], trade["entry_time"]) for trade in result["trades"]])
    assert trades[0]
    assert trades[1]
    assert trades[0] != trades[1]


def test_other_data_than_the_text_names_is_a_question(tmp_path: Path, bars_file: Path) -> None:
    """A strategy for gold on euro bars is asked about, and --symbol decides."""
    text = "Buy gold when the RSI is below 30, sell when it is above 70."
    code, result = run_json(tmp_path, "backtest", text, "--data", str(bars_file))
    assert (code, result["status"]) == (3, "needs_clarification")

    code, result = run_json(tmp_path, "backtest", text, "--data", str(bars_file), "--symbol", "EURUSD")
    assert (code, result["strategy"]["symbol"]) == (0, "EURUSD")


@pytest.mark.parametrize(
    "arguments",
    [
        ["backtest", CROSS, "--data", "missing.csv"],
        ["backtest", CROSS, "--data", "."],
        ["backtest", CROSS, "--deposit", "-5"],
        ["backtest", CROSS, "--deposit", "nan"],
        ["backtest", CROSS, "--leverage", "0"],
        ["backtest", CROSS, "--spread", "-1"],
        ["backtest", CROSS, "--from", "yesterday"],
        ["backtest", CROSS, "--from", "2150-01-01"],
        ["backtest", CROSS, "--from", "2024-05-01", "--to", "2024-04-01"],
        ["backtest", CROSS, "--symbol", "../x"],
        ["backtest", CROSS, "--symbol", ""],
        ["backtest", CROSS, "--data", "=x.csv"],
        ["backtest", CROSS, "--report", ""],
        ["backtest", CROSS, "--timezone", "Mars/Phobos"],
        ["backtest", CROSS, "--report", "no/such/folder/report.html"],
        ["backtest", "missing.strat"],
        ["compile", CROSS, "-o", "no/such/folder/x.py"],
        ["check", ""],
        ["translate", CROSS, "--timeframe", "H7"],
        ["translate", 'strategy "x"'],
    ],
    ids=lambda a: " ".join(x for x in a if x != CROSS),
)
def test_wrong_input_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Each wrong input gives exit code 2, a message, a JSON object of status error, and no traceback."""
    monkeypatch.chdir(tmp_path)
    code, result = run_json(tmp_path, *arguments)

    printed = capsys.readouterr()
    assert (code, result["status"]) == (2, "error")
    assert result["errors"][0]["message"]
    assert "Traceback" not in printed.out + printed.err
    assert "unexpected" not in result["errors"][0]["message"]


@pytest.mark.parametrize("option", ["--report", "--json", "-o"])
def test_a_result_never_overwrites_something_else(tmp_path: Path, bars_file: Path, option: str) -> None:
    """Market data named as the place for a result by mistake is refused and keeps its bytes."""
    before = bars_file.read_bytes()
    data = [] if option == "-o" else ["--data", str(bars_file)]
    code = main(["compile" if option == "-o" else "backtest", CROSS, *data, option, str(bars_file)])

    assert code == 2
    assert bars_file.read_bytes() == before


def test_demo_runs_anywhere_and_says_synthetic(tmp_path: Path) -> None:
    """The installed command's demo prints every stage, labels its bars, and writes a report that does so too."""
    done = subprocess.run(
        [sys.executable, "-m", "nl2strat", "demo"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    for part in ("What was understood", "enter long when", "class ", "send_order", "SYNTHETIC"):
        assert part in done.stdout
    assert "SYNTHETIC" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_start_up_loads_nothing_heavy() -> None:
    """Asking for help imports no numerical library."""
    heavy = {"numpy", "pandas", "lark", "pyarrow", "rich", "plotly"}
    look = f"print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    code = f"import sys; from nl2strat.cli import main; main(['--help']); {look}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"


def test_a_command_loads_no_other() -> None:
    """Each command is built when it is asked for: a run of one does not wait for all of them."""
    look = "print(sorted(n for n in sys.modules if n.startswith('nl2strat.cli_')), file=sys.stderr)"
    code = f"import sys; from nl2strat.cli import main; main(['symbols', '--help']); {look}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "nl2strat.cli_symbols" in done.stderr
    assert "nl2strat.cli_backtest" not in done.stderr
    assert "nl2strat.cli_runs" not in done.stderr


def test_an_edited_class_is_told_apart_from_its_description(tmp_path: Path, bars_file: Path) -> None:
    """A generated file changed by hand runs as it stands, with a warning that its description may be untrue."""
    program, python = tmp_path / "cross.strat", tmp_path / "cross.py"
    program.write_text(PROGRAM)
    assert main(["compile", str(program), "-o", str(python)]) == 0
    _, generated = run_json(tmp_path, "backtest", str(python), "--data", str(bars_file))
    python.write_text(python.read_text().replace("self.stop_pips * pip", "45 * pip"))

    _, edited = run_json(tmp_path, "backtest", str(python), "--data", str(bars_file))

    assert not any("edited" in warning for warning in generated["warnings"])
    assert any("edited" in warning for warning in edited["warnings"])
    assert [t["sl"] for t in edited["trades"]] != [t["sl"] for t in generated["trades"]]


def test_a_reader_that_goes_away_costs_no_file(tmp_path: Path) -> None:
    """With the output cut off after one line the report is still written, and nothing is called a fault."""
    command = f"{sys.executable} -m nl2strat demo | head -n 1"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )

    assert "fault" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_an_unknown_clock_is_an_assumption_of_a_strategy_that_reads_it(tmp_path: Path, bars_file: Path) -> None:
    """A session strategy on data of an unstated zone lists the zone it presumes; --timezone settles it."""
    text = "Trade only between 08:00 and 17:00. " + CROSS
    _, unsaid = run_json(tmp_path, "backtest", text, "--data", str(bars_file))
    _, said = run_json(tmp_path, "backtest", text, "--data", str(bars_file), "--timezone", "Europe/London")

    assert any("UTC" in line for line in unsaid["assumptions"])
    assert not any("clock of the data" in line for line in said["assumptions"])


OWN_CLASS = """import os
import mas


class Mine(mas):
    def __init__(self):
        super().__init__()
        self.count = 0

    def receive_bars(self, symbol, data, is_end):
        self.count += 1
        if self.count == 10:
            self.send_order({"symbol": symbol, "order_type": "buy", "volume": 0.1, "backtest_toggle": True})
"""


def test_a_class_written_by_hand_runs_only_when_trusted(tmp_path: Path, bars_file: Path) -> None:
    """A file that was not generated here is refused; with --trust it runs, and says that nobody vouches for it."""
    python = tmp_path / "mine.py"
    python.write_text(OWN_CLASS)
    arguments = ("backtest", str(python), "--data", str(bars_file), "--report", str(tmp_path / "r.html"))

    refused, _ = run_json(tmp_path, *arguments)
    code, result = run_json(tmp_path, *arguments, "--trust")

    assert (refused, code) == (2, 0)
    assert [trade["side"] for trade in result["trades"]] == ["long"]
    assert any("trusted" in warning for warning in result["warnings"])
