"""Bars up to the one being handled, as the records of copy_rates_...: what a replay lets its strategy see."""

from __future__ import annotations

from typing import Any

import numpy as np

from mas.bars import Bars
from mas.terminals.simulated.history import RATES
from mas.timeframes import DAY, TIMEFRAMES, bar_start

_LONGEST_MONTH = 31 * DAY


def rates_until(bars: Bars, bar: int, timeframe: str, start: int, count: int, *, ticks: bool = False) -> Any:
    """`count` bars of the timeframe, counted back from `start`; 0 is the one that holds the bar being handled.

    Args: bars: of the replay. bar: the one being handled; nothing after it is looked at. ticks: each bar is one tick.
    """
    seconds = _LONGEST_MONTH if timeframe == "MN1" else TIMEFRAMES[timeframe]
    most = bar + 1 if ticks else (start + count + 1) * max(1, seconds // bars.seconds)
    seen = slice(max(0, bar + 1 - most), bar + 1)
    opens = bar_start(bars.time[seen], timeframe)
    first = np.flatnonzero(np.diff(opens, prepend=opens[:1] - 1))
    last = np.append(first[1:], len(opens)) - 1
    rates = np.zeros(len(first), RATES)
    rates["time"] = opens[first]
    rates["open"], rates["close"] = bars.open.values[seen][first], bars.close.values[seen][last]
    rates["high"] = np.maximum.reduceat(bars.high.values[seen], first)
    rates["low"] = np.minimum.reduceat(bars.low.values[seen], first)
    rates["tick_volume"] = np.add.reduceat(np.nan_to_num(bars.volume.values[seen]), first)
    spread = np.full(len(bars), float(bars.spec.spread)) if bars.spread is None else bars.spread
    rates["spread"] = np.rint(spread[seen][first])
    end = max(0, len(rates) - start)
    return rates[max(0, end - count) : end]
