"""Many random and mutated programs through parsing and checking: an answer or located errors, never another exception.

    python -m benchmarks.fuzz_language [--count 200000] [--seed 1]

Prints how many texts of each kind ended how, the time it took, and each failure once, as small as it can be made. The
texts are those of `tests/fuzz.py`: grown from the grammar, grafted onto examples, or examples with damage. The exit
code is 1 if anything failed.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzz import Tally, smallest, texts

PIECE = 5_000


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--count", type=int, default=200_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    tally, began, used = Tally(), time.perf_counter(), time.process_time()
    for number, (kind, text) in enumerate(texts(given.seed, given.count), start=1):
        tally.add(kind, text)
        if number % PIECE == 0:
            print(f"{number:,} texts, {len(tally.failures)} failures, {time.process_time() - used:,.0f} s", flush=True)
    print(f"{given.count:,} texts in {time.perf_counter() - began:,.0f} s ({time.process_time() - used:,.0f} s of CPU)")
    for outcome, count in sorted(tally.outcomes.items()):
        print(f"  {count:8,}  {outcome}")
    for outcome, text in tally.failures.items():
        print(f"\nFAILED: {outcome}\n{smallest(text, outcome)}")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
