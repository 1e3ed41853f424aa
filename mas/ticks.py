"""Ticks: the quotes of one symbol, one after the other, and the ticks that MetaTrader's tester makes up inside bars."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.bars import Times
from mas.dataclass import dataclass
from mas.errors import ParameterError
from mas.series import FloatArray
from mas.symbols import SymbolSpec
from mas.zones import check_zone

if TYPE_CHECKING:
    from mas.data.report import DataReport

MOST_POINTS = 11
"""The most reference points that a generated minute has besides its open."""

_LEGS = {3: (1, 1, 1), 4: (1, 2, 1), 5: (1, 3, 1), 6: (2, 2, 2), 7: (2, 3, 2), 8: (2, 4, 2), 9: (2, 5, 2),
         10: (3, 4, 3), 11: (3, 5, 3)}  # fmt: skip
"""How many points the opening shadow, the full range and the closing shadow get; 3 + 5 + 3 is the ideal split."""

_LADDERS = {1: (1.0,), 2: (0.5, 1.0), 3: (0.5, 0.4, 1.0), 4: (0.4, 0.3, 0.8, 1.0), 5: (0.3, 0.2, 0.7, 0.6, 1.0)}
"""Where the points of a leg lie, as parts of its way: forward with small steps back. MetaTrader's own ladder is not
published; it has as many points and such steps."""


@dataclass(frozen=True, eq=False)
class Ticks:
    """Quotes of one symbol, oldest first; `time_ms` are milliseconds of the wall clock of `timezone`.

    Sliced as `ticks[a:b]`. Raises: ParameterError: columns of different lengths, or an unknown zone.
    """

    symbol: str
    time_ms: Times
    bid: FloatArray
    ask: FloatArray
    spec: SymbolSpec
    timezone: str = "UTC"
    timezone_known: bool = False
    source: str = ""
    report: DataReport | None = None

    def __post_init__(self) -> None:
        check_zone(self.timezone)
        if not len(self.time_ms) == len(self.bid) == len(self.ask):
            raise ParameterError("time, bid and ask of ticks must be of one length")

    def __len__(self) -> int:
        return len(self.time_ms)

    def __repr__(self) -> str:
        return f"Ticks({self.symbol}, {len(self)} ticks)"

    def __getitem__(self, part: slice) -> Ticks:
        if not isinstance(part, slice) or part.step not in (None, 1):
            raise ParameterError("ticks are taken as ticks[start:end]")
        return replace(self, time_ms=self.time_ms[part], bid=self.bid[part], ask=self.ask[part])

    @property
    def time(self) -> Times:
        """Whole seconds."""
        return self.time_ms // 1000


def rises(opens: FloatArray, closes: FloatArray) -> NDArray[np.bool_]:
    """Whether each bar visits its low before its high, as MetaTrader's tester has it: the rising ones do.

    A bar that closes where it opened goes the other way than the one before it; the very first one rises.
    """
    way = np.sign(closes - opens)
    at = np.arange(len(way))
    last = np.maximum.accumulate(np.where(way != 0, at, -1))
    before = np.where(last >= 0, way[last], -1.0)  # an imagined falling bar stands before the first
    rising: NDArray[np.bool_] = before * np.where((at - last) % 2 == 0, 1.0, -1.0) > 0
    return rising


def corners(
    opens: FloatArray, highs: FloatArray, lows: FloatArray, closes: FloatArray, rising: NDArray[np.bool_] | None = None
) -> FloatArray:
    """The four points of each bar in the order in which it visits them, shape (bars, 4); `rising` is from `rises`."""
    rising = rises(opens, closes) if rising is None else rising
    return np.column_stack((opens, np.where(rising, lows, highs), np.where(rising, highs, lows), closes))


def generated(points: FloatArray, volumes: FloatArray, spec: SymbolSpec) -> FloatArray:
    """The ticks that MetaTrader's tester ("every tick") makes up for bars, shape (bars, 12), NaN where there is none.

    Args: points: from `corners`. volumes: tick counts: one tick is the close, two are open and close, three or more
        are the open and at most 11 points. A count that is missing, or too small for the bar's range, is none.
    """
    ticks = np.full((len(points), 1 + MOST_POINTS), np.nan)
    counts = np.minimum(np.where(volumes >= 1.0, volumes, MOST_POINTS), MOST_POINTS).astype(np.int64)
    still = points.max(axis=1) == points.min(axis=1)
    straight = (points[:, 1:3] == points[:, [0, 3]]).all(axis=1) | (points[:, 1:3] == points[:, [3, 0]]).all(axis=1)
    counts = np.where((counts == 1) & ~still | (counts == 2) & ~straight, 3, counts)
    ticks[:, 0] = np.where(counts == 1, points[:, 3], points[:, 0])
    ticks[counts == 2, 1] = points[counts == 2, 3]
    for count, legs in _LEGS.items():
        rows = np.flatnonzero(counts == count)
        if not len(rows):
            continue
        column = 1
        for leg, size in enumerate(legs):
            start, end = points[rows, leg], points[rows, leg + 1]
            for part in _LADDERS[size]:
                place = np.rint((start + part * (end - start)) / spec.tick_size) * spec.tick_size
                ticks[rows, column] = end if part == 1.0 else np.round(place, spec.digits)
                column += 1
    return ticks
