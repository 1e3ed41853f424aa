"""What one backtest costs, from cold and warm, beside other engines on the same bars.

    python benchmarks/single_runs.py EURUSD_M1.parquet
    python benchmarks/single_runs.py EURUSD_M1.parquet --peers ../shared/bench/peers --peer backtesting=VENV/bin/python

Strategy A: SMA(20)/SMA(50), always in the market, reversal at the next open. B: RSI(14) below 30 and above 70, stop 20
pips, target 40 pips, one position. No spread, deposit 100 000. Cold: a whole fresh process, from the `.strat` file to
the JSON with all trades and figures (a peer: imports, data, run, its own statistics). Warm: the generated class over
bars in memory, with trades and curves, the median of repetitions in one process. All engines take turns, so that other
load on the machine falls on all of them; CPU is user plus system time of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

PROGRAMS = {
    "A": """strategy "A"
symbol EURUSD
timeframe M1

enter long when sma(close, 20) crosses above sma(close, 50)
  size 0.1 lots
end

enter short when sma(close, 20) crosses below sma(close, 50)
  size 0.1 lots
end
end strategy
""",
    "B": """strategy "B"
symbol EURUSD
timeframe M1

enter long when rsi(14) crosses below 30
  stop 20 pips
  target 40 pips
  size 0.1 lots
end

enter short when rsi(14) crosses above 70
  stop 20 pips
  target 40 pips
  size 0.1 lots
end
no reversal
end strategy
""",
}


@dataclass
class Runs:
    """What was measured of one engine."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: int = 0
    """MB, of the largest run."""
    trades: int = 0

    def line(self, name: str, first: Runs) -> str:
        """A row of the table; `first`: whom it is compared with."""
        wall, cpu = statistics.median(self.wall), statistics.median(self.cpu)
        share = cpu / statistics.median(first.cpu)
        return f"| {name} | {cpu:.2f} s | {wall:.2f} s | {self.peak} MB | {self.trades:,} | {share:.2f} |"


def environment() -> dict[str, str]:
    """Everybody's bytecode is kept, as that of an installed package is; the library is one of its own."""
    kept = Path(tempfile.gettempdir())
    return {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(kept / "nl2strat-benchmark-bytecode"),
        "NL2STRAT_HOME": str(kept / "nl2strat-benchmark-library"),
    }


def measured(command: list[str], folder: Path, runs: Runs) -> str:
    """Runs a process to its end and enters what it took. Returns: its standard output."""
    out = folder / "out.txt"
    with out.open("w", encoding="utf-8") as stream:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.DEVNULL, cwd=folder, env=environment())
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} has failed: run it by itself to see why")
    runs.wall.append(time.perf_counter() - began)
    runs.cpu.append(usage.ru_utime + usage.ru_stime)
    runs.peak = max(runs.peak, usage.ru_maxrss // 1024)
    return out.read_text(encoding="utf-8")


def ours(strategy: str, data: Path, folder: Path, runs: Runs) -> None:
    """One cold backtest of ours."""
    source = folder / f"{strategy}.strat"
    source.write_text(PROGRAMS[strategy], encoding="utf-8")
    command = [sys.executable, "-m", "nl2strat", "backtest", str(source), "--data", str(data)]
    told = measured([*command, "--spread", "0", "--deposit", "100000", "--json", "-"], folder, runs)
    runs.trades = told.count('"exit_reason"')


def peers(python: str, script: Path, strategy: str, bars: int, data: Path, folder: Path, runs: Runs) -> None:
    """One cold run of a peer."""
    task = ["--strategy", strategy, "--bars", str(bars), "--data", str(data)]
    runs.trades = json.loads(measured([python, str(script), *task], folder, runs).splitlines()[-1])["trades"]


def cold(strategy: str, bars: int, data: Path, asked: argparse.Namespace) -> None:
    """Prints the table of one strategy on so many bars."""
    found: dict[str, Runs] = {"nl2strat": Runs(), **{name: Runs() for name, _, _ in asked.peer}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        part = first_bars(data, bars, folder)
        ours(strategy, part, folder, Runs())  # fills caches: it is not counted
        for _, python, script in asked.peer:
            peers(python, script, strategy, min(bars, 1000), data, folder, Runs())
        for _ in range(asked.runs):
            ours(strategy, part, folder, found["nl2strat"])
            for peer, python, script in asked.peer:
                peers(python, script, strategy, bars, data, folder, found[peer])
    print(f"\n{strategy}, {bars:,} bars, cold, {asked.runs} runs\n")
    print("| | CPU | wall | peak | trades | CPU, times ours |\n|---|---|---|---|---|---|")
    for peer, runs in found.items():
        print(runs.line(peer, found["nl2strat"]), flush=True)


def warm(strategy: str, bars: int, data: Path, asked: argparse.Namespace) -> None:
    """Prints what the generated class takes, and the peers' runs in one process."""
    from nl2strat.backtesting import one_at_a_time, play, prepare
    from nl2strat.datafiles import choice_of
    from nl2strat.settings import Settings
    from nl2strat.source import read_source

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / f"{strategy}.strat"
        source.write_text(PROGRAMS[strategy], encoding="utf-8")
        compiled, history = prepare(read_source(str(source)), choice_of([str(data)], None))
        settings, took, sent = Settings(deposit=100_000.0, spread=0.0), [], 0
        for _ in range(asked.runs):
            began = time.process_time()
            result = play(compiled, history[:bars], settings, entries=one_at_a_time(compiled.program))
            took.append(time.process_time() - began)
            sent = result.orders_sent
        each = f", {1e6 * statistics.median(took) / sent:.0f} microseconds for each of {sent:,} orders" if sent else ""
        print(f"\n{strategy}, {bars:,} bars, warm: the class {statistics.median(took):.2f} s of CPU{each}")
        for peer, python, script in asked.peer:
            task = ["--strategy", strategy, "--bars", str(bars), "--data", str(data), "--repeat", str(asked.runs)]
            told = json.loads(measured([python, str(script), *task], folder, Runs()).splitlines()[-1])
            print(f"{peer}: {statistics.median(told['run_cpu_s'][1:] or told['run_cpu_s']):.2f} s of CPU", flush=True)


def first_bars(data: Path, bars: int, folder: Path) -> Path:
    """A file with the first bars; written by another process, as the memory of this one counts as its children's."""
    part = folder / data.name
    code = (
        "import sys; from pyarrow import parquet; source, part, bars = sys.argv[1:];"
        "parquet.write_table(parquet.read_table(source).slice(0, int(bars)), part)"
    )
    subprocess.run([sys.executable, "-c", code, str(data), str(part), str(bars)], check=True)
    return part


def main() -> None:
    """Reads the arguments and measures everything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="Parquet file of M1 bars, called like EURUSD_M1.parquet")
    parser.add_argument("--bars", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="folder with peer_NAME.py")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON", help="of its environment")
    asked: Any = parser.parse_args()
    if asked.peer and asked.peers is None:
        parser.error("--peer needs --peers, the folder of their scripts")
    pairs = [one.split("=", 1) for one in asked.peer]
    asked.peer = [(name, python, (asked.peers / f"peer_{name}.py").resolve()) for name, python in pairs]
    data = asked.data.resolve()
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pyarrow", "TA-Lib", "typer"))
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    print(f"{packages}; load {os.getloadavg()[0]:.1f}")
    for bars in asked.bars:
        for strategy in PROGRAMS:
            cold(strategy, bars, data, asked)
    for strategy in PROGRAMS:
        warm(strategy, max(asked.bars), data, asked)


if __name__ == "__main__":
    main()
