"""How much CPU of the server the page costs: to begin, and from the click on Run to the first chart.

    python benchmarks/page.py [bars]

A real server and a real Chromium (see tests/nl2strat/web/browser.py); counted are the server and its workers, user plus
system, the browser not. The first run of a server has a worker begun beside it, as a spare. Goal: under 1 s for 10,000
bars.
"""

from __future__ import annotations

import os
import platform
import re
import statistics
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from nl2strat.library.store import Library
from nl2strat.web.shapes import DataSpec
from nl2strat.web.workspace import Draft, Workspace
from tests.nl2strat.web.browser import Browser, PageServer, browsing, serving

TEXT = "Buy EURUSD H1 when the 20 EMA crosses above the 50 EMA. Stop 2 ATR(14). Sell when RSI(14) is above 70."
RUNS = 7
GOAL = 1.0
TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(root: int) -> float:
    """Seconds of CPU of a process and all below it, those that have ended included."""
    times: dict[int, tuple[int, float]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            times[int(entry.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / TICK)
    family = {root}
    while more := {one for one, (parent, _) in times.items() if parent in family} - family:
        family |= more
    return sum(times[one][1] for one in family if one in times)


def clicked(page: Browser, server: PageServer, draft: str) -> float:
    """From the click on Run to the chart: seconds of CPU of the server."""
    assert server.process is not None
    page.open(f"{server.address}/?draft={draft}")
    page.wait(".run-card .run-button:not([disabled])")
    time.sleep(1.0)  # what the page still does beside
    before = cpu_of(server.process.pid)
    page.click(".run-card .run-button")
    page.wait("nl2-chart[data-step]")
    return cpu_of(server.process.pid) - before


def main(bars: int) -> None:
    """Print what it took."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("nicegui", "fastapi", "uvicorn", "numpy"))
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}; {packages}")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server, browsing(patience=120) as page:
        assert server.process is not None
        print(f"the server has begun after {cpu_of(server.process.pid):.2f} s CPU, workers included as far as they are")
        found = re.search(r"token=\S+", server.log())
        page.open(f"{server.address}/?{found.group() if found else ''}")
        page.wait(".text-box textarea")
        taken = []
        for _ in range(RUNS):
            library = Library.open(Path(folder))
            draft = Workspace(library).save(Draft(Workspace(library).new().id, text=TEXT, data=DataSpec(bars=bars)))
            library.close()
            taken.append(clicked(page, server, draft.id))
        first, *others = taken
        print(f"click to chart, {bars:,} bars: first {first:.2f} s, then min {min(others):.2f} s, "
              f"median {statistics.median(others):.2f} s CPU  (goal {GOAL:g} s)")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
