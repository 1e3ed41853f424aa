"""How many variants this user has tried on the same bars, and how their Sharpe ratios vary.

It is asked at the end of every backtest, so it reads the library's file and the spool directly and opens nothing: a few
milliseconds. What has not been read (a damaged or locked file) is said by `None`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from mas.dataclass import dataclass
from nl2strat.errors import UsageError
from nl2strat.library import spool
from nl2strat.library.places import data_folder

log = logging.getLogger("nl2strat")

_MOST_WAITING = 1_000_000
"""Bytes of tries that wait; more are taken into the library first."""

_QUERY = """
select dsl_sha256, python_sha256, timeframe, json_extract(metrics, '$.sharpe'),
       case when kind = 'sweep' then json_array(settings, metrics) end
from "try" where symbol = ? and synthetic = ? and first <= ? and last >= ?
"""


@dataclass(frozen=True)
class Period:
    """The bars that a question is about; times are open times of the first and last bar.

    Tries on bars of another timeframe count too, each as a variant: the prices are the same.
    """

    symbol: str
    timeframe: str
    first: int
    last: int
    synthetic: bool


@dataclass(frozen=True)
class Tried:
    """Distinct strategies (by program, code and inputs) tried on bars of the same market, this one included."""

    variants: int
    known: int = 0
    """How many of them have a Sharpe ratio."""
    variance: float | None = None
    """Of those Sharpe ratios, per year; None for fewer than two."""


@dataclass(frozen=True)
class _Row:
    """A try, or a whole sweep in one row: `variants` of them, whose Sharpe ratios have a mean and a variance.

    `key`: program, class (empty where none was made for it), sweep, timeframe. Only rows of kind "sweep" are of many.
    """

    key: tuple[Any, ...]
    variants: int
    sharpe: float | None
    variance: float


def tried_on(period: Period, own: tuple[str, str], sharpe: float | None, folder: Path | None = None) -> Tried | None:
    """What was tried on bars that overlap with these. None: the library cannot be read.

    Args: own: SHA-256 of the program and of the class that is asked about. sharpe: its Sharpe ratio per year.
    """
    try:
        folder = folder or data_folder()
        _take_in(folder)
        rows = [*_in_library(folder / "library.sqlite", period), *_in_spool(folder, period)]
    except (OSError, ValueError, UsageError) as error:
        log.debug("the tries cannot be counted: %s", error)
        return None
    distinct = {row.key: row for row in (*rows, _Row((*own, None, period.timeframe), 1, sharpe, 0.0))}
    compiled = {(row.key[0], row.key[3]) for row in distinct.values() if row.key[1]}
    return _summed(
        row
        for (dsl, python, sweep, timeframe), row in distinct.items()
        if python or sweep is not None or (dsl, timeframe) not in compiled
    )


def _summed(rows: Iterable[_Row]) -> Tried:
    """All of them together: the variance inside sweeps, and that between rows."""
    rows = list(rows)
    known = [(row.variants, row.sharpe, row.variance) for row in rows if row.sharpe is not None]
    number = sum(count for count, _, _ in known)
    variants = sum(row.variants for row in rows)
    if number < 2:
        return Tried(variants, number)
    mean = sum(count * value for count, value, _ in known) / number
    square = sum(count * ((value - mean) ** 2 + inside) for count, value, inside in known)
    return Tried(variants, number, square / (number - 1))


def _in_library(file: Path, period: Period) -> Iterator[_Row]:
    if not file.exists():
        return
    import sqlite3

    asked = (period.symbol, period.synthetic, period.last, period.first)
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=2.0)) as connection:
            rows = connection.execute(_QUERY, asked).fetchall()
    except sqlite3.Error as error:
        raise OSError(f"{file}: {error}") from None
    for dsl, python, timeframe, sharpe, more in rows:  # most rows are one variant each, and are not taken apart
        if more is None:
            yield _row((dsl, python, None, timeframe), None, sharpe, None)
        else:
            settings, metrics = (json.loads(text) for text in json.loads(more))
            found = {"dsl_sha256": dsl, "python_sha256": python, "timeframe": timeframe}
            yield _of_record({**found, "settings": settings, "metrics": metrics})


def _take_in(folder: Path) -> None:
    """Have the library take in what waits, where that has become much to read each time."""
    waiting = folder / spool.NAME
    if waiting.exists() and waiting.stat().st_size > _MOST_WAITING:
        from nl2strat.library.store import Library

        Library.open(folder).close()


def _in_spool(folder: Path, period: Period) -> Iterator[_Row]:
    """Tries that wait to be taken in; lines of other markets are not even parsed."""
    wanted = json.dumps(period.symbol)
    for name in spool.NAMES:
        file = folder / name
        if not file.exists():
            continue
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if wanted not in line:
                    continue
                try:
                    found = json.loads(line)
                except ValueError:
                    continue  # a line that was cut off
                if _matches(found, period):
                    yield _of_record(found)


def _matches(found: Any, period: Period) -> bool:
    try:
        same = (found["symbol"], found["synthetic"]) == (period.symbol, period.synthetic)
        return same and bool(found["first"] <= period.last and found["last"] >= period.first)
    except (KeyError, TypeError):
        return False


def _of_record(found: dict[str, Any]) -> _Row:
    settings, metrics = found.get("settings") or {}, found.get("metrics") or {}
    sweep = json.dumps(settings["sweep"], sort_keys=True) if settings.get("sweep") is not None else None
    mean = metrics.get("sharpe_mean")
    sharpe = mean if mean is not None else metrics.get("sharpe")
    key = (found.get("dsl_sha256"), found.get("python_sha256"), sweep, found.get("timeframe"))
    return _row(key, settings.get("variants"), sharpe, metrics.get("sharpe_variance"))


def _row(key: tuple[Any, ...], variants: Any, sharpe: Any, variance: Any) -> _Row:
    count = variants if isinstance(variants, int) and variants >= 1 else 1
    value = float(sharpe) if isinstance(sharpe, int | float) else None
    return _Row(key, count, value, float(variance) if isinstance(variance, int | float) else 0.0)
