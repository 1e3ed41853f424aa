"""How much CPU one offline translation costs, warm.

    python benchmarks/translate.py [TEXTS]

TEXTS: a file with one JSON object a line and the text under "text"; without it the texts of the tests are read. Each
text is translated once to warm up, then RUNS times; the smallest process time counts. Goal: 50 ms for every text.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nl2strat.errors import NotUnderstood
from nl2strat.translate.offline import translate

GOAL, RUNS = 0.050, 3
TABLE = Path(__file__).parents[1] / "tests" / "nl2strat" / "translate" / "readings.txt"


def texts(path: Path | None) -> Iterator[str]:
    """The texts of a file of JSON lines, or of the table of readings."""
    if path is not None:
        yield from (json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
        return
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#", "@")):
            yield line.replace("\\n", "\n")


def cpu_seconds(text: str) -> tuple[float, bool]:
    """Process time of one translation and whether it was read; a refusal costs as well."""
    read = False
    before = time.process_time()
    with suppress(NotUnderstood):
        translate(text, symbol="EURUSD", timeframe="H1")
        read = True
    return time.process_time() - before, read


def main() -> None:
    """Prints the distribution and the slowest text."""
    chosen = list(texts(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
    for text in chosen[:20]:
        cpu_seconds(text)
    costs = sorted((*min(cpu_seconds(text) for _ in range(RUNS)), text) for text in chosen)
    times = [cost for cost, _, _ in costs]
    read = sum(was_read for _, was_read, _ in costs)
    print(
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {len(times)} texts, {read} read"
    )
    print(
        f"median {statistics.median(times) * 1e3:.1f} ms  95 % {times[int(len(times) * 0.95)] * 1e3:.1f} ms  "
        f"slowest {times[-1] * 1e3:.1f} ms  over the goal {sum(t > GOAL for t in times)}  (goal {GOAL * 1e3:g} ms)"
    )
    print("slowest:", costs[-1][2].replace("\n", " ")[:160])


if __name__ == "__main__":
    main()
