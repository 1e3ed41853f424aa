"""What a configuration of a sweep costs, and which programs the kernel runs.

    nl2strat warmup
    python benchmarks/sweep.py EURUSD_M1.parquet
    python benchmarks/sweep.py EURUSD_M1.parquet --pairs 1000 --jobs 2
    python benchmarks/sweep.py EURUSD_M1.parquet --programs examples/*.strat

Warm: the kernel alone, then with signals from the cache, trades and all figures, median of repetitions in one process.
Sweep: a whole fresh `nl2strat sweep` process with the machine code in the cache, strategy A over pairs of lengths;
CPU is user plus system time, memory the peak of the process. The machine may be busy: compare CPU times of one run.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from mas.compiled.market import play
from nl2strat import backtesting
from nl2strat.datafiles import DataChoice
from nl2strat.errors import Nl2StratError
from nl2strat.research.evaluating import Evaluator
from nl2strat.research.inputs import configuration
from nl2strat.research.recipe import NotCompiled, recipe_of
from nl2strat.settings import Settings
from nl2strat.source import read_source

CROSSING = """strategy "A"
symbol EURUSD
timeframe M1

input fast = 20 in 5..50 step 5
input slow = 50 in 40..240 step 20

enter long when sma(close, fast) crosses above sma(close, slow)
  size 0.1 lots
end

enter short when sma(close, fast) crosses below sma(close, slow)
  size 0.1 lots
end
end strategy
"""
BRACKETS = """strategy "B"
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
"""


def warm(name: str, program: str, data: str, spread: float, repeat: int) -> str:
    """The kernel on bars in memory."""
    evaluator = _evaluator(program, data, spread)
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
    alone = _median(
        lambda: play(kernel.functions, kernel.table, wake, known, np.zeros((0, len(wake))), nothing,
                     kernel.recipe.code, registers), repeat,
    )  # fmt: skip
    whole = _median(lambda: evaluator.evaluate({}), repeat)
    times = f"kernel {alone * 1e3:.1f} ms, with signals and figures {whole * 1e3:.1f} ms"
    return f"{name}, spread {spread:g}: {len(outcome.trades):,} trades, {times}"


def sweep(data: str, pairs: int, jobs: int) -> str:
    """A whole process over so many pairs of lengths."""
    side = max(2, round(math.sqrt(pairs)))
    ranges = f"fast=5..{4 + side}:1", f"slow=60..{59 + math.ceil(pairs / side)}:1"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "a.strat"
        source.write_text(CROSSING)
        command = [sys.executable, "-m", "nl2strat", "sweep", str(source), "--data", data, "--spread", "0", "--deposit",
                   "100000", "--jobs", str(jobs), "-o", str(Path(folder) / "r.parquet")]  # fmt: skip
        for one in ranges:
            command += ["--input", one]
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    if status:
        raise SystemExit("the sweep has failed")
    count = side * math.ceil(pairs / side)
    cpu = usage.ru_utime + usage.ru_stime
    return (
        f"sweep of {count:,} pairs, {jobs} threads: {wall:.2f} s wall, {cpu:.2f} s CPU, "
        f"{usage.ru_maxrss / 1024:.0f} MiB, {count / wall:.1f} configurations a second"
    )


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


def _evaluator(program: str, data: str, spread: float) -> Evaluator:
    with tempfile.NamedTemporaryFile("w", suffix=".strat") as file:
        file.write(program)
        file.flush()
        compiled, bars = backtesting.prepare(read_source(file.name), DataChoice(data))
    return Evaluator(compiled, bars, Settings(spread=spread, deposit=100_000.0))


def _median(work: object, repeat: int) -> float:
    """CPU seconds."""
    times = []
    for _ in range(repeat):
        began = time.process_time()
        work()  # type: ignore[operator]
        times.append(time.process_time() - began)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--programs", nargs="*", default=[])
    given = parser.parse_args()
    for name, program in (("A", CROSSING), ("B", BRACKETS)):
        for spread in (0.0, 2.0):
            print(warm(name, program, given.data, spread, given.repeat), flush=True)
    print(sweep(given.data, given.pairs, given.jobs), flush=True)
    if given.programs:
        print(f"of {len(given.programs)} programs:\n{share(given.programs)}")


if __name__ == "__main__":
    main()
