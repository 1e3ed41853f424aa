"""The episodes in which an account was below a former high."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.timeframes import DAY

if TYPE_CHECKING:
    from mas.kpi_series import ReturnSeries

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Drawdown:
    """One fall from a high until that high is reached again. Times are epoch seconds."""

    started: int
    """When the high stood (documented: the first bar below it)."""
    lowest: int
    recovered: int | None
    """When the high was reached again, None if it never was (documented: the last bar below it)."""
    percent: float
    """Depth, below 0."""
    days: float
    """Calendar days from start to recovery or to the end of the record (documented: both end days counted)."""
    first: int
    last: int
    """The positions in the curve that are below the high, both included."""


def underwater(curve: Floats) -> Floats:
    """How far each value lies below the highest so far, as a share, 0 or below; shape of `curve`."""
    peak = np.maximum.accumulate(curve)
    share = curve / peak - 1
    share[share > -1e-12] = 0.0  # a high regained but for rounding
    return share


def drawdowns(series: ReturnSeries) -> list[Drawdown]:
    """Every episode, in order of time."""
    below = underwater(series.curve)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], below < 0, [False]))))
    return [_episode(series, below, int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def worst_drawdowns(episodes: list[Drawdown], count: int) -> list[Drawdown]:
    """The deepest, deepest first."""
    return sorted(episodes, key=lambda episode: episode.percent)[:count]


def _episode(series: ReturnSeries, below: Floats, first: int, last: int) -> Drawdown:
    time = series.curve_time
    lowest = first + int(below[first : last + 1].argmin())
    over = last + 1 < len(time)
    if series.documented:
        started, end = int(time[first]), int(time[last])
        recovered: int | None = end
        days: float = end // DAY - started // DAY + 1
    else:
        started, end = int(time[first - 1]), int(time[last + 1] if over else time[last])
        recovered = end if over else None
        days = (end - started) / DAY
    return Drawdown(started, int(time[lowest]), recovered, 100 * float(below[lowest]), days, first, last)
