"""Rows as written -> rows that can be traded on: repaired where there is one way to do it, refused otherwise.

Repaired and counted: rows without any price are dropped (they say nothing), exact repetitions are dropped, rows out
of order with unique times are sorted, a high or low one point inside open or close (a rounding of the source) is
moved there. Everything else would be a guess and is a DataError that names the rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mas.data.report import DataReport
from mas.data.steps import moment
from mas.data.suspicion import day_range_bars
from mas.data.table import PRICES, Floats, Table
from mas.errors import DataError

Rows = NDArray[np.bool_]

_SHOWN = 3  # bad rows named in a message


def drop_empty(table: Table, report: DataReport) -> Table:
    """Without the rows that have no price at all: all zero, or nothing written."""
    names = [n for n in ("bid", "ask") if table.is_ticks] or PRICES
    empty = np.ones(len(table), dtype=bool)
    for name in names:
        empty &= ~(np.abs(table.columns[name]) > 0)
        if not empty.any():  # nearly always after the first
            return table
    report.empty = int(empty.sum())
    if report.empty == len(table):
        raise DataError(f"{table.name} has no row with prices")
    return table.take(~empty)


def check_prices(table: Table) -> None:
    """Refuses rows with a price that is missing, infinite, zero or negative."""
    names = [n for n in ("bid", "ask") if table.is_ticks] or PRICES
    for name in names:
        values = table.columns[name]
        if ((values > 0) & (values < np.inf)).all():
            continue
        refuse(table, np.isnan(values), f"no {name} price")
        refuse(table, ~(np.isfinite(values) & (values > 0)), f"{name} is not a price: zero, negative or infinite")


def put_in_order(table: Table, report: DataReport) -> Table:
    """Rows sorted by time, exact repetitions dropped.

    Raises: DataError: two different rows claim the same time.
    """
    steps = np.diff(table.time_ms)
    if (steps > 0).all():
        return table
    report.backward = int((steps < 0).sum())
    if report.backward:
        table = table.take(np.argsort(table.time_ms, kind="stable"))
    if report.backward and (steps <= 0).all():
        report.notes.append("the file is newest first")
        report.backward = 0
    if table.is_ticks:
        return table  # several ticks may share a millisecond
    again = np.flatnonzero(np.diff(table.time_ms) == 0) + 1
    same = np.ones(len(again), dtype=bool)
    for values in table.columns.values():
        one, other = values[again], values[again - 1]
        same &= (one == other) | (np.isnan(one) & np.isnan(other))
    if not same.all():
        _refuse_second_values(table, again[~same])
    report.duplicates = len(again)
    keep = np.ones(len(table), dtype=bool)
    keep[again] = False
    return table.take(keep)


def _refuse_second_values(table: Table, rows: NDArray[np.intp]) -> None:
    row = int(rows[0])
    time = moment(int(table.time_ms[row]) // 1000)
    others = f" ({len(rows)} such rows)" if len(rows) > 1 else ""
    hint = "; if the clocks went back there, export the data in UTC" if table.time_ms[row] // 3_600_000 % 24 < 4 else ""
    raise DataError(
        f"{table.name}, {table.where(row)}: a second row for {time} with other values than "
        f"{table.where(row - 1)}{others}: delete the wrong one{hint}"
    )


def check_ranges(table: Table, point: float, report: DataReport) -> None:
    """Refuses a high below low, open or close and a low above them; moves highs and lows that are one point off."""
    columns = table.columns
    refuse(table, columns["high"] < columns["low"], "high is below low")
    for name, beyond in (("high", np.maximum), ("low", np.minimum)):
        limit = beyond(columns["open"], columns["close"])
        short = columns[name] != beyond(columns[name], limit)
        if not short.any():
            continue
        refuse(table, short & (np.abs(columns[name] - limit) > 1.5 * point), f"open or close lies beyond the {name}")
        report.widened += int(short.sum())
        columns[name] = np.where(short, limit, columns[name])


def fill_spread(table: Table, report: DataReport) -> Floats | None:
    """The spread column in points, missing ones taken from the bar before; None if the file records none."""
    spread = table.columns.get("spread")
    if spread is None or np.isnan(spread).all():
        return None
    if not (spread != 0).any():
        report.notes.append("the spread column is always 0, so it is not used")
        return None
    refuse(table, spread < 0, "the spread is negative")
    missing = np.isnan(spread)
    report.spread_filled = int(missing.sum())
    known = np.maximum.accumulate(np.where(missing, -1, np.arange(len(spread))))
    known[known < 0] = int(np.argmin(missing))  # before the first known one: the first
    filled: Floats = spread[known]
    return filled


def choose_volume(table: Table, report: DataReport) -> Floats:
    """Tick volume if there is any, else traded volume, else not available (NaN)."""
    for name in ("tick_volume", "volume"):
        values = table.columns.get(name)
        if values is not None and (values > 0).any():
            refuse(table, values < 0, "the volume is negative")
            return values
    if "tick_volume" in table.columns or "volume" in table.columns:
        report.notes.append("the volume column is always 0: volume is not available")
    return np.full(len(table), np.nan)


def check_day_ranges(table: Table) -> None:
    """Refuses bars that hold the whole day's range and so know the future."""
    rows = day_range_bars(table.time_ms // 1000, table.columns["high"], table.columns["low"])
    if len(rows):
        time = moment(int(table.time_ms[rows[0]]) // 1000)
        raise DataError(
            f"{table.name}, {table.where(int(rows[0]))}: {len(rows)} bars, the first at {time}, carry the high and low "
            "of their whole day: they know the future, and a backtest on them would be worthless. Export the data "
            "again, or delete these rows"
        )


def refuse(table: Table, bad: Rows, what: str) -> None:
    """Raises DataError naming the first bad rows, if there are any."""
    rows = np.flatnonzero(bad)
    if not len(rows):
        return
    named = ", ".join(table.where(int(row)) for row in rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    many = "these rows" if len(rows) > 1 else "the row"
    raise DataError(f"{table.name}, {named}{more}: {what}. Correct or delete {many}: guessing a price is not an option")
