"""How much CPU the offline translation of a text costs, warm: the texts of the repository's readings.

    python benchmarks/translate.py

Each text is read once to warm up and three times to measure; its figure is the smallest of the three (CPU seconds of
this process, so that other load on the machine does not count as ours). Goal: 50 ms for every text.
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
from contextlib import suppress
from pathlib import Path

from nl2strat.errors import NotUnderstood
from nl2strat.translate.offline import translate

sys.path.insert(0, str(Path(__file__).parent))

from accuracy import TABLES, Item, items

GOAL = 0.05
RUNS = 3


def cpu_seconds(item: Item) -> float:
    """The smallest CPU time of one translation."""
    best = float("inf")
    for _ in range(RUNS + 1):  # the first one warms up and is never the smallest by more than chance
        began = time.process_time()
        with suppress(NotUnderstood):
            translate(item.text, symbol=item.symbol, timeframe=item.timeframe)
        best = min(best, time.process_time() - began)
    return best


def main() -> None:
    """Prints the figures, and the slowest texts."""
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    texts = [item for name in ("readings", "held_out", "refusals") for item in items(TABLES / f"{name}.txt")]
    times = sorted(((cpu_seconds(item), item.text) for item in texts), reverse=True)
    figures = [seconds for seconds, _ in times]
    over = sum(seconds > GOAL for seconds in figures)
    print(f"{len(times)} texts: median {statistics.median(figures) * 1000:.1f} ms, "
          f"largest {figures[0] * 1000:.1f} ms CPU; {over} above the goal of {GOAL * 1000:.0f} ms")  # fmt: skip
    for seconds, text in times[:5]:
        print(f"  {seconds * 1000:6.1f} ms  {len(text.split())} words: {text[:80]!r}")


if __name__ == "__main__":
    main()
