"""A month of minutes played at full speed by several strategies, one process each, and what that takes.

python -m tests.nl2strat.deploy.soak FOLDER [--days 21]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mas.bars import Bars
from mas.symbols import symbol_spec
from mas.trading.journal import INPUT, Journal
from nl2strat.library.store import Library
from tests.nl2strat.deploy.paper_runs import begun, write_bars

MONDAY = 1_700_438_400
RULES = {
    "Crossings": "enter long when close crosses above sma(close, 20)",
    "Reversals": "enter short when rsi(14) crosses above 70",
    "Breakouts": "enter long when close > highest(high, 30)[1]",
    "Fades": "enter short when cci(20) crosses above 150",
    "Trends": "enter long when ema(close, 10) crosses above ema(close, 40) and adx(14) > 20",
}
"""The entry of each strategy; all have a stop, a target and an end."""


def program(name: str, rule: str) -> str:
    """The text of a strategy on M1."""
    return (
        f'strategy "{name}"\nsymbol EURUSD\ntimeframe M1\n{rule}\n  stop 12 pips\n  target 18 pips\n'
        "  trail 10 pips after 8 pips\n  close after 90 bars\nend\nend strategy\n"
    )


def minutes(days: int, seed: int = 5) -> Bars:
    """Made-up minutes of so many trading days, without weekends."""
    time_ = np.concatenate(
        [np.arange(1440) * 60 + MONDAY + 86_400 * (day + 2 * (day // 5)) for day in range(days)]
    ).astype(np.int64)
    chance = np.random.default_rng(seed)
    close = (1.1 + np.cumsum(chance.normal(0.0, 0.00008, len(time_)))).round(5)
    opening = np.append(1.1, close[:-1])
    high = (np.maximum(opening, close) + np.abs(chance.normal(0.0, 0.00004, len(time_)))).round(5)
    low = (np.minimum(opening, close) - np.abs(chance.normal(0.0, 0.00004, len(time_)))).round(5)
    bars = Bars.from_arrays(
        "EURUSD", "M1", time_, opening, high, low, close, np.full(len(time_), 50.0), spread=np.full(len(time_), 8.0)
    )
    assert bars.spec == symbol_spec("EURUSD")
    return bars


@dataclass
class Watched:
    """What one process did: (bars handled, resident bytes) at each look, and bytes in each tenth of the journal."""

    name: str
    bars: int = 0
    missed: int = 0
    trades: int = 0
    cpu: float = 0.0
    looks: list[tuple[int, int]] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    size: int = 0
    """Bytes of the journal's file."""

    @property
    def growth(self) -> float:
        """How much more memory the second half has taken at most than it did at a third of the way, as a share."""
        warm = [memory for bars, memory in self.looks if bars >= self.bars * 0.3]
        return max(warm) / warm[0] - 1.0 if warm else float("nan")

    @property
    def bend(self) -> float:
        """How much more the costliest tenth of the run has written into the journal than the cheapest, as a share."""
        return max(self.written) / min(self.written) - 1.0

    def line(self) -> str:
        """The figures, for people."""
        last = self.looks[-1]
        return (
            f"{self.name:10} {self.bars:6} bars, {self.missed} missed, {self.trades:4} trades, "
            f"{1000 * self.cpu / self.bars:5.2f} ms CPU a bar, {last[1] / 2**20:6.1f} MB ({self.growth:+.1%}), "
            f"journal {self.size / self.bars:4.0f} bytes a bar (a tenth against another {self.bend:+.1%})"
        )


def soak(folder: Path, days: int, every: float = 0.5) -> list[Watched]:
    """Approve and carry out all strategies at once. Returns: what each took."""
    recording = write_bars(minutes(days), folder / "EURUSD_M1.csv")
    library = Library.open(folder)
    runs = []
    for name, rule in RULES.items():
        file = folder / f"{name}.strat"
        file.write_text(program(name, rule))
        runs.append(begun(library, str(file), recording))
    environment = {**os.environ, "NL2STRAT_HOME": str(folder)}
    command = [sys.executable, "-m", "nl2strat", "resume"]
    going = [subprocess.Popen([*command, run.id, "--quiet"], env=environment, cwd=folder) for run in runs]
    found = [Watched(run.version.strategy.name) for run in runs]
    places = [folder / run.folder for run in runs]
    cpus = [0.0] * len(runs)
    while any(process.poll() is None for process in going):
        for i, (process, place) in enumerate(zip(going, places, strict=True)):
            if process.poll() is None:
                cpus[i] = _cpu(process.pid) or cpus[i]
                _look(found[i], process.pid, place)
        time.sleep(every)
    assert [process.returncode for process in going] == [0] * len(going)
    for watched, place, cpu in zip(found, places, cpus, strict=True):
        _conclude(watched, place, cpu)
    library.close()
    return found


def _look(watched: Watched, pid: int, place: Path) -> None:
    try:
        state = json.loads((place / "state.json").read_text())
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return
    if pages:  # else it is just ending
        watched.looks.append((_position(state["bar_time"]), pages * 4096))


def _position(bar_time: int) -> int:
    days, seconds = divmod(bar_time - MONDAY, 86_400)
    return (days - 2 * (days // 7)) * 1440 + seconds // 60


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _conclude(watched: Watched, place: Path, cpu: float) -> None:
    journal = Journal(place / "journal.sqlite")
    watched.written = [0] * 10
    for entry in journal.entries():
        watched.written[(entry.seq - 1) * 10 // journal.last] += len(json.dumps(entry.data))
        if entry.kind == INPUT and entry.data.get("kind") == "bar":
            watched.bars += 1
            watched.missed += bool(entry.data.get("missed"))
    journal.close()
    watched.size = (place / "journal.sqlite").stat().st_size
    watched.cpu, watched.trades = cpu, json.loads((place / "state.json").read_text())["closed"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--days", type=int, default=21)
    given = parser.parse_args()
    for one in soak(given.folder.absolute(), given.days):
        print(one.line())
