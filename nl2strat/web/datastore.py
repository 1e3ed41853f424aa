"""The local data store: market data that was imported, one Parquet file and what was found in it, by name.

    <data folder>/data/EURUSD_H1.parquet, EURUSD_H1.json

Names are made here and nothing else is ever looked up, so that no name leads out of the folder.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mas.errors import DataError
from nl2strat.errors import UsageError
from nl2strat.library.places import data_folder
from nl2strat.web.errors import NotFound
from nl2strat.web.shapes import Gap, StoredData

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.ticks import Ticks

_UNDIVIDED = "its lines are not divided into"
"""What `mas.data` says of a text whose separator it does not know."""
_MARKS = (b" ", b"~", b"^", b"#", b"/", b"!", b"*", b"\x1f")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._#-]{0,63}")
GAPS = 50
"""Gaps that are kept, the longest."""


class Wanting(DataError):
    """The file leaves something open that its sender knows. `wants`: names of arguments of `keep`."""

    def __init__(self, message: str, wants: tuple[str, ...]) -> None:
        super().__init__(message)
        self.wants = wants


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


def keep(
    path: Path, original: str, symbol: str | None = None, timezone: str | None = None, separator: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> StoredData:  # fmt: skip
    """Read a file of bars or ticks, of any kind that is known, and keep it. The file itself stays.

    Args: original: its name as the user knows it: symbol and timeframe may stand in it. separator: what stands between
    the fields, where that is none of tab, comma, semicolon and bar. tell: told what is being done.
    Raises: Wanting: something has to be said about it first. DataError: unreadable or damaged; the message names the
    line. ParameterError: no such symbol or zone.
    """
    from mas.bars import Bars
    from mas.data import read_finer

    tell("reading the file")
    with _named(path, original) as file:
        if separator:
            _divided(file, separator)
        try:
            data = read_finer(file, symbol=symbol or None, timezone=timezone or None)
        except DataError as error:
            if _UNDIVIDED in str(error) and not separator and _is_divided(file):
                raise Wanting(str(error), ("separator",)) from None
            raise
    if data.report is not None and data.report.symbol_source == "default":
        raise Wanting(f"{original}: neither the file nor its name says which symbol it is of; say which", ("symbol",))
    tell("saving")
    name = _free(f"{data.symbol}_{data.timeframe if isinstance(data, Bars) else 'ticks'}", original)
    return _store(name, data, original)


def put_on_clock(name: str, timezone: str) -> StoredData:
    """Say which clock the stamps of stored data show, where the file did not; the stamps stay as they are.

    Raises: NotFound. ParameterError: no such zone. UsageError: the file itself says which.
    """
    from mas.data import read_finer

    entry = entry_of(name)
    if entry.timezone_known:
        raise UsageError(f"{name} is on the clock of {entry.timezone}: the file says so itself")
    data = read_finer(path_of(name), timezone=timezone)
    found = replace(entry, timezone=data.timezone, timezone_known=True)
    part = _file(name, "parquet").with_suffix(".part")
    _write(data, part)
    part.replace(_file(name, "parquet"))
    _note(found)
    return found


# ------------------------------------------------------------------ inside


def _store(name: str, data: Bars | Ticks, original: str) -> StoredData:
    target = _file(name, "parquet")
    part = target.with_suffix(".part")
    _write(data, part)
    entry = _entry(name, data, original, part.stat().st_size)
    part.replace(target)
    _note(entry)
    return entry


def _note(entry: StoredData) -> None:
    note = _file(entry.name, "json")
    note.with_suffix(".part").write_text(json.dumps(asdict(entry)), encoding="utf-8")
    note.with_suffix(".part").replace(note)


@contextmanager
def _named(path: Path, original: str) -> Iterator[Path]:
    """The file under the name that the user knows, for as long as it is read; then it is where it was."""
    folder = Path(tempfile.mkdtemp(dir=path.parent))
    named = folder / _harmless(original)
    path.replace(named)
    try:
        yield named
    finally:
        named.replace(path)
        shutil.rmtree(folder, ignore_errors=True)


def _is_divided(file: Path) -> bool:
    """Whether the first lines look like a table with a separator that is not known."""
    with file.open("rb") as stream:
        lines = [line for line in stream.read(4000).splitlines()[:10] if line.strip()]
    widths = [{len(line.split(mark)) for line in lines[:-1] or lines} for mark in _MARKS]
    return any(len(each) == 1 and each.pop() >= 3 for each in widths)


def _divided(file: Path, separator: str) -> None:
    """Put tabs where a file has another separator, several blanks counting as one. Raises: UsageError."""
    if len(separator) != 1 or separator.isalnum() or separator in '.-+\r\n"':
        raise UsageError(f"{separator[:10]!r} cannot stand between fields; give one character such as ~ or a blank")
    raw = file.read_bytes()
    pattern = re.escape(separator.encode()) + (b"+" if separator == " " else b"")
    file.write_bytes(re.sub(pattern, b"\t", raw))


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
