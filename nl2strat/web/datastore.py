"""The local data store: market data that was imported, one Parquet file and what was found in it, by name.

    <data folder>/data/EURUSD_H1.parquet, EURUSD_H1.json

Names are made here and nothing else is ever looked up, so that no name leads out of the folder.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from nl2strat.errors import UsageError
from nl2strat.library.places import data_folder
from nl2strat.web.errors import NotFound
from nl2strat.web.shapes import Gap, StoredData

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.ticks import Ticks

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._#-]{0,63}")
GAPS = 50
"""Gaps that are kept, the longest."""


def folder() -> Path:
    """Where the data is; made if it is not there."""
    place = data_folder() / "data"
    place.mkdir(exist_ok=True)
    return place


def entries() -> list[StoredData]:
    """What there is, by name; what cannot be read is left out."""
    found = []
    for file in sorted(folder().glob("*.json")):
        try:
            found.append(entry_of(file.stem))
        except UsageError:
            continue
    return found


def entry_of(name: str) -> StoredData:
    """One of them. Raises: UsageError: there is none of that name."""
    file = _file(name, "json")
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
        gaps = tuple(Gap(**gap) for gap in given.pop("gaps", ()))
        return StoredData(**{**given, "notes": tuple(given.get("notes", ())), "gaps": gaps, "name": name})
    except (OSError, ValueError, TypeError):
        raise NotFound(f"there is no data called {name!r} in the store; import it first") from None


def path_of(name: str) -> Path:
    """The file of bars or ticks. Raises: UsageError: there is none of that name."""
    file = _file(name, "parquet")
    if not file.is_file():
        raise NotFound(f"there is no data called {name!r} in the store; import it first")
    return file


def remove(name: str) -> None:
    """Take data out of the store. Raises: UsageError: there is none of that name."""
    path_of(name).unlink()
    _file(name, "json").unlink(missing_ok=True)


def keep(path: Path, original: str, symbol: str | None = None, timezone: str | None = None) -> StoredData:
    """Read a file of bars or ticks, of any kind that is known, and keep it.

    Args: original: the file's name as the user knows it: symbol and timeframe may stand in it.
    Raises: DataError: unreadable or damaged. UsageError: no such symbol or zone.
    """
    from mas.bars import Bars
    from mas.data import read_finer

    named = path.with_name(_harmless(original))
    if named != path:
        shutil.move(path, named)
    data = read_finer(named, symbol=symbol or None, timezone=timezone or None)
    frame = data.timeframe if isinstance(data, Bars) else "ticks"
    name = _free(f"{data.symbol}_{frame}", original)
    target = _file(name, "parquet")
    part = target.with_suffix(".part")
    _write(data, part)
    entry = _entry(name, data, original, part.stat().st_size)
    part.replace(target)
    note = _file(name, "json")
    note.with_suffix(".part").write_text(json.dumps(asdict(entry)), encoding="utf-8")
    note.with_suffix(".part").replace(note)
    return entry


# ------------------------------------------------------------------ inside


def _file(name: str, suffix: str) -> Path:
    if not _NAME.fullmatch(name) or ".." in name:
        raise NotFound(f"{name[:80]!r} is no name of data in the store")
    return folder() / f"{name}.{suffix}"


def _harmless(name: str) -> str:
    """A file name without anything that leads elsewhere."""
    return re.sub(r"[^A-Za-z0-9._#+-]", "_", Path(name.replace("\\", "/")).name).lstrip(".")[-100:] or "data.csv"


def _free(name: str, original: str) -> str:
    """The name, or the next one with a number; the same file imported again replaces what it gave before."""
    name = re.sub(r"[^A-Za-z0-9._#-]", "_", name).lstrip("._-#") or "data"
    candidate, number = name, 1
    while _file(candidate, "parquet").exists():
        try:
            if entry_of(candidate).source == original:
                return candidate
        except UsageError:
            return candidate
        number += 1
        candidate = f"{name}-{number}"
    return candidate


def _write(data: Bars | Ticks, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    from mas.bars import Bars

    said = {"symbol": data.symbol, "digits": str(data.spec.digits), "point": repr(data.spec.point)}
    if data.timezone_known:
        said["timezone"] = data.timezone
    if isinstance(data, Bars):
        said["timeframe"] = data.timeframe
        columns = {"time": pa.array(data.time * 1000, pa.timestamp("ms"))}
        columns |= {n: pa.array(getattr(data, n).values) for n in ("open", "high", "low", "close")}
        if len(data) and data.volume.values[0] == data.volume.values[0]:
            columns["volume"] = pa.array(data.volume.values)
        if data.spread is not None:
            columns["spread"] = pa.array(data.spread)
    else:
        columns = {"time": pa.array(data.time_ms, pa.timestamp("ms"))}
        columns |= {"bid": pa.array(data.bid), "ask": pa.array(data.ask)}
    table = pa.table(columns).replace_schema_metadata(said)
    parquet.write_table(table, path, compression="zstd")


def _entry(name: str, data: Bars | Ticks, original: str, size: int) -> StoredData:
    from mas.bars import Bars

    report = data.report
    is_bars = isinstance(data, Bars)
    return StoredData(
        name, "bars" if is_bars else "ticks", data.symbol, data.timeframe if isinstance(data, Bars) else "",
        len(data), int(data.time[0]), int(data.time[-1]), data.timezone, data.timezone_known, original,
        tuple(report.lines()) if report is not None else (), tuple(_gaps(data)) if isinstance(data, Bars) else (),
        int(time.time()), size,
    )  # fmt: skip


def _gaps(bars: Bars) -> list[Gap]:
    """The longest gaps, weekends aside, in order of time."""
    import numpy as np

    step = bars.seconds
    if step >= 86_400 or len(bars) < 2:
        return []
    times = np.asarray(bars.time)
    wide = np.flatnonzero(np.diff(times) > step)
    found = []
    for i in wide:
        after, before = int(times[i]), int(times[i + 1])
        weekday = (after // 86_400 + 3) % 7
        if weekday >= 4 and before - after <= 3 * 86_400:
            continue
        found.append(Gap(after, before, (before - after) // step - 1))
    longest = sorted(found, key=lambda gap: gap.missing, reverse=True)[:GAPS]
    return sorted(longest, key=lambda gap: gap.after)
