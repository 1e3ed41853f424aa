"""How much CPU the first contact costs: `nl2strat --help` and `nl2strat demo`.

    python benchmarks/startup.py

Runs each command several times as a whole process and prints the smallest and the median user+system seconds of
the finished runs (the machine's own accounting, so that other load does not count as ours). Goals: `--help` under
0.3 s, `demo` under 2 s after the first run, and no just-in-time compiler in the process.
"""

from __future__ import annotations

import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 7
GOALS = {"--help": 0.3, "demo": 2.0}


def cpu_seconds(arguments: list[str], folder: str) -> float:
    """User plus system seconds of one run of the command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "nl2strat", *arguments], check=True, capture_output=True, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def modules_of_demo(folder: str) -> set[str]:
    """Which heavy modules the demo loads."""
    code = (
        "import sys; from nl2strat.cli import main; main(['demo']);"
        "print(*sorted({'numba', 'pandas', 'openai', 'nicegui', 'plotly'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=folder)
    return set(done.stderr.split())


def main() -> None:
    """Prints one line per command."""
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    with tempfile.TemporaryDirectory() as folder:
        for command, goal in GOALS.items():
            cpu_seconds([command], folder)
            runs = [cpu_seconds([command], folder) for _ in range(RUNS)]
            print(f"{command:8} min {min(runs):.2f} s  median {statistics.median(runs):.2f} s CPU  (goal {goal:g} s)")
        print("heavy modules loaded by demo:", ", ".join(sorted(modules_of_demo(folder))) or "none")
        print("report:", Path(folder, "report.html").stat().st_size // 1024, "kB")


if __name__ == "__main__":
    main()
