"""`read_bars` and `read_ticks`: a file of any known kind -> checked bars, or the checked quotes it has.

What the file does not say is taken from its name, then from the prices; the report says which. Where symbol or
time zone are said several times, the caller's argument wins over the file's metadata, and that over the file name.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import numpy as np

from mas.bars import Bars
from mas.data.clean import (
    check_day_ranges,
    check_prices,
    check_ranges,
    choose_volume,
    drop_empty,
    fill_spread,
    put_in_order,
)
from mas.data.digits import observed_digits, on_grid
from mas.data.names import symbol_in, timeframe_in
from mas.data.parquet import read_parquet
from mas.data.report import DataReport
from mas.data.resample import resample
from mas.data.steps import count_gaps, infer_timeframe
from mas.data.suspicion import flat_weekend_bars
from mas.data.table import PRICES, Ints, Table
from mas.data.text import read_text
from mas.data.ticks import bars_from_ticks, carry_quotes, check_sides
from mas.data.zoned import zone_called, zone_of_offsets
from mas.errors import DataError
from mas.series import Series
from mas.symbols import SymbolSpec, symbol_spec
from mas.ticks import Ticks
from mas.timeframes import DAY, TIMEFRAMES, bar_start, check_timeframe
from mas.zones import check_zone, convert

DEFAULT_SYMBOL = "EURUSD"
"""What data without any name is taken for; `report.symbol_source` then is "default"."""

_ARCHIVES = {
    b"PK\x03\x04": "a ZIP archive (or a spreadsheet)",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
}
_FEW_ROWS = 30  # fewer prices than this can all end in 0 by chance


def read_bars(
    path: str | Path, symbol: str | None = None, timezone: str | None = None, timeframe: str | None = None
) -> Bars:
    """The bars in a CSV or Parquet file; its kind is recognised by its content.

    Args: symbol: overrides what the file says. timezone: IANA name of the clock that the stamps show; overrides what
    the file says. timeframe: what to deliver; finer bars are put together, coarser ones refused.
    Returns: bars whose `report` says how the file was read and what was repaired.
    Raises: DataError: the file cannot be read or is damaged; the message names the row and what to do.
    ParameterError: an argument is no symbol, zone or timeframe.
    """
    if timeframe is not None:
        check_timeframe(timeframe)
    table, file = _table(path, timezone)
    bars = _bars(table, file, symbol, timezone, timeframe, _report(table))
    return bars if timeframe in (None, bars.timeframe) else resample(bars, timeframe)


def read_ticks(path: str | Path, symbol: str | None = None, timezone: str | None = None) -> Ticks:
    """The ticks (time, bid, ask) in a CSV or Parquet file, by time; those of one millisecond as they stand in it.

    Args: symbol, timezone: override what the file says, as in `read_bars`.
    Raises: DataError: the file cannot be read, is damaged, or has bars instead; the message says what to do.
    """
    table, file = _table(path, timezone)
    if not table.is_ticks:
        raise DataError(f"{file.name} has bars, not ticks: a tick file has the columns time, bid and ask")
    return _ticks(table, file, symbol, timezone)


def read_finer(path: str | Path, symbol: str | None = None, timezone: str | None = None) -> Bars | Ticks:
    """Whatever a file has: its ticks as ticks, or its bars. Raises: as `read_bars` and `read_ticks`."""
    table, file = _table(path, timezone)
    if table.is_ticks:
        return _ticks(table, file, symbol, timezone)
    return _bars(table, file, symbol, timezone, None, _report(table))


def _table(path: str | Path, timezone: str | None) -> tuple[Table, Path]:
    if timezone is not None:
        check_zone(timezone)
    file = Path(path).expanduser()
    raw = _content(file)
    table = (read_parquet if raw[:4] == b"PAR1" else read_text)(raw, file.name)
    if not len(table):
        raise DataError(f"{file.name} has no rows below its header")
    return table, file


def _report(table: Table) -> DataReport:
    return DataReport(source=table.name, dialect=table.dialect, rows=len(table), cut=table.cut, notes=table.notes)


def _ticks(table: Table, file: Path, symbol: str | None, timezone: str | None) -> Ticks:
    report = _report(table)
    table = carry_quotes(drop_empty(table, report))
    check_prices(table)
    spec = _spec(table, file, symbol, report)
    zone, known = _to_wall_clock(table, timezone, report)
    table = put_in_order(table, report)
    check_sides(table, report)
    bid = table.columns["bid"]
    return Ticks(
        symbol=spec.name,
        time_ms=table.time_ms,
        bid=bid,
        ask=np.maximum(table.columns["ask"], bid),  # a crossed quote counts as one without a spread
        spec=spec,
        timezone=zone,
        timezone_known=known,
        source=file.name,
        report=report,
    )


def _content(file: Path) -> bytes:
    """The bytes of the file.

    Raises: DataError: there is none, or it cannot be data; the message says what to do.
    """
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        near = difflib.get_close_matches(file.name, _siblings(file), n=1)
        raise DataError(f"there is no file {file}" + (f': did you mean "{near[0]}"?' if near else "")) from None
    except IsADirectoryError:
        inside = ", ".join(sorted(_siblings(file / "x"))[:3])
        raise DataError(f"{file} is a folder: name a file in it" + (f" ({inside} ...)" if inside else "")) from None
    except PermissionError:
        if file.is_dir():  # what Windows says of a folder
            raise DataError(f"{file} is a folder: name a file in it") from None
        raise DataError(f"{file} may not be read: ask for permission or copy it") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{file} cannot be read: {error}") from None
    kind = next((kind for start, kind in _ARCHIVES.items() if raw.startswith(start)), None)
    if kind:
        raise DataError(f"{file.name} is {kind}: unpack it and give the CSV or Parquet file inside")
    if not raw[:1000].strip():
        raise DataError(f"{file.name} is empty")
    return raw


def _siblings(file: Path) -> list[str]:
    try:
        return [entry.name for entry in file.parent.iterdir() if entry.is_file()]
    except OSError:
        return []


def _bars(
    table: Table, file: Path, symbol: str | None, timezone: str | None, timeframe: str | None, report: DataReport
) -> Bars:
    table = drop_empty(table, report)
    if table.is_ticks:
        table = carry_quotes(table)
    check_prices(table)
    spec = _spec(table, file, symbol, report)
    zone, known = _to_wall_clock(table, timezone, report)
    table = put_in_order(table, report)
    if table.is_ticks:
        table = bars_from_ticks(table, spec.point, report)
    check_ranges(table, spec.point, report)
    time = _open_times(table)
    frame = _timeframe(table, file, time, timeframe, report)
    check_day_ranges(table)
    volume, spread = choose_volume(table, report), fill_spread(table, report)
    _describe(table, file, time, frame, volume, report)
    return Bars(
        symbol=spec.name,
        timeframe=frame,
        time=time,
        open=Series(table.columns["open"]),
        high=Series(table.columns["high"]),
        low=Series(table.columns["low"]),
        close=Series(table.columns["close"]),
        volume=Series(volume),
        spread=spread,
        spec=spec,
        timezone=zone,
        timezone_known=known,
        source=file.name,
        report=report,
    )


def _spec(table: Table, file: Path, symbol: str | None, report: DataReport) -> SymbolSpec:
    """The symbol and its specification; prices are put on the grid of their digits (changes the table in place)."""
    sources = (("argument", symbol), ("metadata", table.symbol), ("file name", symbol_in(file.stem)))
    report.symbol_source, name = next(((s, n) for s, n in sources if n), ("default", DEFAULT_SYMBOL))
    prices = ("bid", "ask") if table.is_ticks else PRICES
    digits = table.digits
    report.digits_source = "metadata" if digits is not None else "prices"
    if digits is None or not 0 <= digits <= 8:
        digits = observed_digits((table.columns[n] for n in prices), single=table.single)
        usual = symbol_spec(name).digits
        if digits is None or (digits < usual and len(table) < _FEW_ROWS):
            report.digits_source = "library"
            if digits is None:
                report.notes.append("the prices have more than 8 decimals: they were computed, not quoted")
                return symbol_spec(name)
            digits = usual
    for n in prices:
        table.columns[n] = on_grid(table.columns[n], digits)
    return symbol_spec(name, digits, table.point)


def _to_wall_clock(table: Table, timezone: str | None, report: DataReport) -> tuple[str, bool]:
    """The zone of the stamps and whether that is certain.

    Stamps with an offset are moments: they are put on the clock of the zone asked for, of the one that the file
    names, or of one that has these offsets (changes the table in place). Plain stamps show a wall clock, and the
    argument says whose.
    """
    named = zone_called(table.zone) if table.zone else None
    if table.zone and named is None and timezone is None:
        report.notes.append(f'the file calls its time zone "{table.zone}", which is no zone known here')
    report.timezone_source = "argument" if timezone else table.zone_source if named else "assumed"
    if table.offset is None:
        return (timezone, True) if timezone else named or ("UTC", False)
    seconds = table.time_ms // 1000
    if timezone or named:
        zone = timezone or (named[0] if named else "UTC")
        wall = convert(seconds - table.offset * 60, "UTC", zone)
    else:
        report.timezone_source = "stamps"
        zone, wall = zone_of_offsets(seconds, table.offset)
    table.time_ms = wall * 1000 + table.time_ms % 1000
    return zone, True


def _open_times(table: Table) -> Ints:
    """Open times in seconds; bars start on whole minutes."""
    off = table.time_ms % 60_000 != 0
    if off.any():
        row = int(np.argmax(off))
        raise DataError(
            f"{table.name}, {table.where(row)}: bars start on whole minutes, but this time has seconds. Closing times? "
            "Export opening times. Ticks? Then the file needs the columns time, bid and ask"
        )
    return table.time_ms // 1000


def _timeframe(table: Table, file: Path, time: Ints, wanted: str | None, report: DataReport) -> str:
    if table.from_ticks:
        report.timeframe_source = "ticks"
        return "M1"
    named = timeframe_in(file.stem)
    said = table.timeframe if table.timeframe in TIMEFRAMES else None
    frame, by_hint = infer_timeframe(time, said or named or (wanted if len(time) == 1 else None), table.name)
    if by_hint:
        report.timeframe_source = "metadata" if said else "file name" if named else "argument"
    for source, hint in (("metadata", said), ("name", named)):
        if hint and hint != frame:
            report.notes.append(f"its {source} says {hint}, but the bars are {frame} bars")
    return frame


def _describe(table: Table, file: Path, time: Ints, frame: str, volume: object, report: DataReport) -> None:
    """Counts the gaps and notes what is unusual but sound."""
    report.bars = len(time)
    count_gaps(time, frame, report)
    if "ASK" in file.stem.upper().replace("-", "_").split("_"):
        report.notes.append("by its name the file has ask prices; they are used as bids")
    starts = bar_start(time, frame)
    late = int((starts != time).sum())
    if late * 2 > len(time) and frame not in ("W1", "MN1"):
        report.notes.append(
            f"the {frame} bars are not counted from midnight: the first begins at {_clock(int(time[0]))}"
        )
    still = flat_weekend_bars(time, table.columns["high"], table.columns["low"], np.asarray(volume))
    if still and frame not in ("W1", "MN1"):
        report.notes.append(f"{still:,} bars on Saturdays and Sundays never move: the weekends seem to be filled in")


def _clock(seconds: int) -> str:
    """The time of day as 22:00."""
    return f"{seconds % DAY // 3600:02d}:{seconds % 3600 // 60:02d}"
