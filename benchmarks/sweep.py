"""What a configuration of a sweep costs, beside other engines on the same bars, and which programs the kernel runs.

    nl2strat warmup
    python benchmarks/sweep.py EURUSD_M1.parquet
    python benchmarks/sweep.py EURUSD_M1.parquet --peers ../shared/bench/peers --floor VENV/bin/python \
        --peer vectorbt=VENV/bin/python --peer vectorbt:rust=VENV/bin/python
    python benchmarks/sweep.py EURUSD_M1.parquet --pairs 1000 --jobs 1 2 --skip-warm
    python benchmarks/sweep.py EURUSD_M1.parquet --programs examples/*.strat --skip-warm --skip-sweep

Warm: strategies A and B (see `single_runs.py`) over bars in memory, the kernel alone and with signals, trades and all
figures, repeated in one process; of a peer its run without its statistics (its CPU in steps of 10 ms). Sweep: a whole
fresh process with the machine code in its cache, A over pairs of lengths (5 to 50 by 5, 60 to 240 by 20; for more than
100 pairs in smaller steps), figures of each in a file. Peers run their own 100 pairs, the same. NAME:VARIANT is a
variant of the peer's script; the floor is `limit_numba.py`, a loop written by hand for the one strategy. CPU is user
plus system time, memory the peak of the process. The engines take turns, so that other load falls on all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from single_runs import PROGRAMS, Runs, measured

from mas.compiled.market import play
from nl2strat import backtesting
from nl2strat.datafiles import DataChoice
from nl2strat.errors import Nl2StratError
from nl2strat.research.evaluating import Evaluator
from nl2strat.research.inputs import configuration
from nl2strat.research.recipe import NotCompiled, recipe_of
from nl2strat.research.shared import Indicators
from nl2strat.settings import Settings
from nl2strat.source import read_source

CROSSING = PROGRAMS["A"].replace("20)", "fast)").replace("50)", "slow)").replace(
    "timeframe M1\n", "timeframe M1\n\ninput fast = 20 in 5..50 step 5\ninput slow = 60 in 60..240 step 20\n"
)  # fmt: skip
SAME = {100: ("fast=5..50:5", "slow=60..240:20"), 1000: ("fast=5..54:1", "slow=60..250:10")}
"""Ranges of so many pairs; those of 100 are the peers'."""


@dataclass(frozen=True)
class Peer:
    """Another engine. `script` reads --strategy, --bars, --data, --repeat, --variant and prints a line of JSON."""

    name: str
    python: str
    script: Path
    variant: str

    def run(self, strategy: str, data: Path, bars: int, runs: Runs, *more: str) -> dict[str, Any]:
        """One process. Returns: what it has printed."""
        task = ["--strategy", strategy, "--bars", str(bars), "--data", str(data), "--variant", self.variant, *more]
        with tempfile.TemporaryDirectory() as folder:
            told: dict[str, Any] = json.loads(
                measured([self.python, str(self.script), *task], Path(folder), runs).splitlines()[-1]
            )
        return told


# ------------------------------------------------------------------ warm


def warm(strategy: str, data: Path, bars: int, asked: argparse.Namespace) -> None:
    """Prints what a run costs once everything is in memory."""
    print(f"\n{strategy}, {bars:,} bars, warm, {asked.repeat} times\n")
    print("| | CPU, median | clock, smallest | trades |\n|---|---|---|---|")
    for spread in (0.0, 2.0):
        evaluator = evaluator_of(PROGRAMS[strategy], data, spread)
        for what, (cpu, clock), trades in warm_times(evaluator, asked.repeat):
            print(f"| nl2strat, spread {spread:g}, {what} | {_ms(cpu)} | {_ms(clock)} | {trades:,} |", flush=True)
    for peer in asked.engines:
        told = peer.run(strategy, data, bars, Runs(), "--repeat", str(asked.repeat + 1))
        cpu, clock = statistics.median(told["run_cpu_s"][1:]), min(told["run_s"][1:])
        versions = " ".join(f"{name} {number}" for name, number in told["versions"].items())
        print(f"| {peer.name} ({versions}) | {_ms(cpu)} | {_ms(clock)} | {told['trades']:,} |", flush=True)


def warm_times(evaluator: Evaluator, repeat: int) -> list[tuple[str, tuple[float, float], int]]:
    """What was run (the kernel alone; an evaluation with everything), what it took, and how many trades there are."""
    evaluator.make_ready(print)
    kernel = evaluator._kernel
    assert kernel is not None, evaluator.notice
    values = configuration(evaluator.inputs, {})
    strategy, count = evaluator.strategy(values), len(evaluator.bars)
    outcome = evaluator.evaluate({})
    found = kernel._indicators.signals(strategy, evaluator.bars)
    flags = [found[n].true for n in kernel.recipe.conditions]
    wake = kernel._wake(flags, count)
    known = np.array([flag[wake] for flag in flags])
    nothing, registers = np.zeros((1, 1)), kernel.recipe.registers_for(values)

    def alone() -> None:
        play(kernel.functions, kernel.table, wake, known, np.zeros((0, len(wake))), nothing, kernel.recipe.code,
             registers)  # fmt: skip

    def whole() -> None:
        kernel._indicators = Indicators(crossings=kernel.functions["crossings_of"])  # nothing is known yet
        evaluator.evaluate({})

    trades = len(outcome.trades)
    return [("kernel alone", _took(alone, repeat), trades), ("all", _took(whole, repeat), trades)]


def _took(work: Callable[[], None], repeat: int) -> tuple[float, float]:
    """Seconds: the median of CPU, the smallest of the clock."""
    cpu, clock = [], []
    for _ in range(repeat):
        began, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    return statistics.median(cpu), min(clock)


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.1f} ms"


# ------------------------------------------------------------------ sweep


def sweep(data: Path, bars: int, asked: argparse.Namespace) -> None:
    """Prints what whole processes over pairs of lengths cost."""
    print(f"\nsweep of A, {bars:,} bars, whole processes, medians of {asked.runs}\n")
    print("| | pairs | wall | CPU | peak | pairs a second | trades |\n|---|---|---|---|---|---|---|")
    mine = {jobs: Runs() for jobs in asked.jobs}
    theirs = {peer: Runs() for peer in asked.engines}
    for turn in range(asked.runs):
        for jobs, runs in mine.items():
            ours(data, asked.pairs, jobs, runs)
            if turn == asked.runs - 1:
                print(_row(f"nl2strat, {jobs} {'thread' if jobs == 1 else 'threads'}", asked.pairs, runs), flush=True)
        for peer, runs in theirs.items():
            runs.trades = peer.run("C", data, bars, runs)["trades"]
            if turn == asked.runs - 1:
                print(_row(peer.name, 100, runs), flush=True)


def _row(name: str, pairs: int, runs: Runs) -> str:
    wall, cpu = statistics.median(runs.wall), statistics.median(runs.cpu)
    return f"| {name} | {pairs} | {wall:.2f} s | {cpu:.2f} s | {runs.peak} MB | {pairs / wall:.1f} | {runs.trades:,} |"


def ours(data: Path, pairs: int, jobs: int, runs: Runs) -> None:
    """One whole sweep of ours."""
    from pyarrow import compute, parquet

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, found = folder / "a.strat", folder / "found.parquet"
        source.write_text(CROSSING, encoding="utf-8")
        command = [sys.executable, "-m", "nl2strat", "sweep", str(source), "--data", str(data), "--spread", "0",
                   "--deposit", "100000", "--jobs", str(jobs), "-o", str(found)]  # fmt: skip
        for one in SAME[pairs]:
            command += ["--input", one]
        measured(command, folder, runs)
        table = parquet.read_table(found, columns=["trades"])
        assert len(table) == pairs
        runs.trades = int(compute.sum(table["trades"]).as_py())


# ------------------------------------------------------------------ programs


def share(programs: list[str]) -> str:
    """How many programs the kernel runs, and what stands in the way of the others."""
    why: Counter[str] = Counter()
    for path in programs:
        try:
            compiled, bars = backtesting.prepare(read_source(path), DataChoice())
            if bars.siblings or compiled.program.also:
                raise NotCompiled("several symbols")
            recipe_of(compiled.python, bars.spec)
            why["run by the kernel"] += 1
        except NotCompiled as reason:
            why[str(reason)] += 1
        except Nl2StratError as error:
            why[f"not understood ({type(error).__name__})"] += 1
    return "\n".join(f"  {count:4} {what}" for what, count in why.most_common())


def evaluator_of(program: str, data: Path, spread: float) -> Evaluator:
    """Ready to run a program over all bars of a file."""
    with tempfile.NamedTemporaryFile("w", suffix=".strat") as file:
        file.write(program)
        file.flush()
        compiled, bars = backtesting.prepare(read_source(file.name), DataChoice(str(data)))
    return Evaluator(compiled, bars, Settings(spread=spread, deposit=100_000.0))


def _engines(asked: argparse.Namespace) -> list[Peer]:
    engines = []
    for one in asked.peer:
        name, python = one.split("=", 1)
        script, _, variant = name.partition(":")
        engines.append(Peer(name, python, (asked.peers / f"peer_{script}.py").resolve(), variant))
    if asked.floor:
        engines.append(Peer("by hand", asked.floor, (asked.peers / "limit_numba.py").resolve(), "exact"))
    return engines


def main() -> None:
    """Reads the arguments and measures everything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="Parquet file of M1 bars, called like EURUSD_M1.parquet")
    parser.add_argument("--pairs", type=int, default=100, choices=sorted(SAME))
    parser.add_argument("--jobs", type=int, nargs="+", default=[os.cpu_count() or 1])
    parser.add_argument("--runs", type=int, default=1, help="whole processes of each")
    parser.add_argument("--repeat", type=int, default=9, help="warm runs")
    parser.add_argument("--peers", type=Path, help="folder with peer_NAME.py")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME[:VARIANT]=PYTHON")
    parser.add_argument("--floor", metavar="PYTHON", help="the hand-written loop too")
    parser.add_argument("--skip-warm", action="store_true")
    parser.add_argument("--skip-sweep", action="store_true")
    parser.add_argument("--programs", nargs="*", default=[])
    asked = parser.parse_args()
    if (asked.peer or asked.floor) and asked.peers is None:
        parser.error("--peer and --floor need --peers, the folder of their scripts")
    asked.engines, data = _engines(asked), asked.data.resolve()
    from pyarrow import parquet

    bars = parquet.ParquetFile(data).metadata.num_rows
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "pyarrow", "TA-Lib"))
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    print(f"{packages}; load {os.getloadavg()[0]:.1f}")
    if not asked.skip_sweep:  # first: the memory of this process would count as its children's
        sweep(data, bars, asked)
    for strategy in () if asked.skip_warm else PROGRAMS:
        warm(strategy, data, bars, asked)
    if asked.programs:
        print(f"\nof {len(asked.programs)} programs:\n{share(asked.programs)}")


if __name__ == "__main__":
    main()
