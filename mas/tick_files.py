"""Files of recorded ticks: SYMBOL_TICKS, or several that follow one another (SYMBOL_TICKS_201405, _201406 ...)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from mas import history
from mas.errors import DataError
from mas.subscriptions import TICKS
from mas.symbols import canonical_symbol
from mas.ticks import Ticks


def tick_files(symbol: str, folder: Path | None) -> list[Path]:
    """All files of a symbol's ticks in a folder; those of EURUSD do for EURUSD.sml where that has none of its own."""
    if folder is None:
        return []
    for name in dict.fromkeys((symbol, canonical_symbol(symbol))):
        start = f"{name}_{TICKS}".upper()
        found = [path for stem, path in history.files_of(folder).items() if stem.startswith(start)]
        if found:
            return found
    return []


def read_tick_files(paths: Sequence[Path], symbol: str) -> Ticks:
    """The ticks of all files as one.

    Raises: DataError: a file cannot be read, or two have ticks of the same time or of different zones.
    """
    from mas.data import read_ticks

    parts = [(path, read_ticks(path, symbol=symbol)) for path in paths]
    parts.sort(key=lambda part: int(part[1].time_ms[0]))
    for (before, earlier), (after, later) in pairwise(parts):
        if earlier.time_ms[-1] > later.time_ms[0]:
            raise DataError(f"{before.name} and {after.name} both have ticks of {_first_day(later)}: leave one of them")
        if (earlier.timezone, earlier.timezone_known) != (later.timezone, later.timezone_known):
            raise DataError(f"{before.name} and {after.name} are in different time zones")
    ticks = [part for _, part in parts]
    if len(ticks) == 1:
        return ticks[0]
    time_ms, bid, ask = (np.concatenate([getattr(part, name) for part in ticks]) for name in ("time_ms", "bid", "ask"))
    source = f"{ticks[0].source} ... {ticks[-1].source} ({len(ticks)} files)"
    return replace(ticks[0], time_ms=time_ms, bid=bid, ask=ask, source=source)


def _first_day(ticks: Ticks) -> str:
    """The day on which ticks begin."""
    return str(history.day_of(int(ticks.time[0])))
