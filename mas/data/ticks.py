"""Quotes -> one-minute bars of the bid."""

from __future__ import annotations

import numpy as np

from mas.data.clean import refuse
from mas.data.report import DataReport
from mas.data.table import Floats, Table

_MINUTE_MS = 60_000
_MOST_CROSSED = 0.01


def bars_from_ticks(table: Table, point: float, report: DataReport) -> Table:
    """M1 bars of the bid; tick volume is the number of ticks, the spread that of the minute's first tick.

    The first tick's, because an entry fills at the open (EXECUTION rules 1 and 3). Minutes without a tick make no bar.
    Rows of the result are called by their first tick.
    """
    bid, ask = table.columns["bid"], table.columns["ask"]
    check_sides(table, report)
    minute = table.time_ms // _MINUTE_MS
    first = np.flatnonzero(np.diff(minute, prepend=minute[:1] - 1))
    last = np.append(first[1:], len(minute)) - 1
    report.notes.append(f"M1 bars of the bid were built from {len(table):,} ticks")
    bars = table.take(first)
    bars.from_ticks = True
    bars.time_ms = minute[first] * _MINUTE_MS
    bars.columns = {
        "open": bid[first],
        "high": np.maximum.reduceat(bid, first),
        "low": np.minimum.reduceat(bid, first),
        "close": bid[last],
        "tick_volume": (last - first + 1).astype(np.float64),
        "spread": np.maximum(np.rint((ask[first] - bid[first]) / point), 0.0),
    }
    return bars


def check_sides(table: Table, report: DataReport) -> None:
    """A few crossed quotes are ordinary (one side is late); many mean that the columns are not what they are called."""
    crossed = table.columns["ask"] < table.columns["bid"]
    if crossed.mean() > _MOST_CROSSED:
        refuse(table, crossed, "the ask is below the bid: are the two columns swapped?")
    if crossed.any():
        report.notes.append(f"{crossed.sum():,} ticks have the ask below the bid: their spread counts as 0")


def carry_quotes(table: Table) -> Table:
    """MetaTrader writes only the side that changed: the other keeps its last price. Starts where both are known."""
    columns = dict(table.columns)
    for name in ("bid", "ask"):
        values: Floats = columns[name]
        written = np.where(values > 0, np.arange(len(values)), -1)
        known = np.maximum.accumulate(written)
        columns[name] = np.where(known >= 0, values[known], np.nan)
    table.columns = columns
    return table.take(~np.isnan(columns["bid"] + columns["ask"]))
