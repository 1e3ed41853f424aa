"""Bars of a coarser timeframe, built from midnight of the data's time zone."""

from __future__ import annotations

from dataclasses import fields, replace

from mas.bars import Bars
from mas.errors import DataError
from mas.timeframes import TIMEFRAMES, builds, check_timeframe


def resample(bars: Bars, timeframe: str) -> Bars:
    """The same market in coarser bars: first open, highest high, lowest low, last close, sum of the volumes.

    The spread is the first bar's, because an entry fills at the open (EXECUTION rules 1 and 3). The last bar may be
    unfinished, as it is in the file.
    Raises: DataError: the timeframe is finer, or not made of whole bars. ParameterError: it is none.
    """
    if check_timeframe(timeframe) == bars.timeframe:
        return bars
    if TIMEFRAMES[timeframe] < TIMEFRAMES[bars.timeframe]:
        raise DataError(f"{bars.source or 'the data'} has {bars.timeframe} bars: {timeframe} bars need finer data")
    if not builds(bars.timeframe, timeframe):
        raise DataError(f"{timeframe} bars cannot be put together from whole {bars.timeframe} bars: use M1 or H1 data")
    higher = bars.on(timeframe)
    whole = Bars(**{f.name: getattr(higher, f.name) for f in fields(Bars)})
    return replace(whole, report=bars.report)
