"""Delimited text -> Table: encoding, delimiter, header and dialect are found by looking at the content.

pyarrow reads the numbers (a million rows in about a second); Python looks at single lines only to say what is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

from mas.data.arrow import floats_of, one_chunk
from mas.data.dialects import Dialect, fields_in, recognise, says_utc
from mas.data.stamps import parse_stamps
from mas.data.table import PRICES, Table
from mas.dataclass import dataclass
from mas.errors import DataError

_DELIMITERS = ("\t", ";", ",", "|")
_LOOK = 30  # lines looked at to find the layout
_NOTHING = frozenset({"", "nan", "null", "none", "na", "n/a", "-"})


@dataclass(frozen=True)
class Layout:
    """How the text is laid out."""

    delimiter: str
    decimal: str
    width: int  # fields in a line
    skip: int  # lines before the first row, the header included
    header: tuple[str, ...]  # () if there is none
    dialect: Dialect
    above: int  # lines above header and table that are neither


def read_text(raw: bytes, name: str) -> Table:
    """The table in a text file.

    Raises: DataError: it is no table of bars or ticks, or a line cannot be read; the message names the line.
    """
    data = decode(raw, name)
    layout = _layout(data, name)
    fields = _fields(layout, name)
    where = _line_namer(data, layout.skip)
    arrow, cut = _parse(data, layout, fields, name, where)
    numbers = {f: floats_of(arrow.column(f"c{i}")) for f, i in fields.items() if f not in ("date", "time", "symbol")}
    stamps = parse_stamps(_stamp_texts(arrow, fields), lambda row: f"{name}, {where(row)}")
    table = Table(
        name=name,
        dialect=layout.dialect.name,
        time_ms=stamps.time_ms,
        columns=numbers,
        where=where,
        offset=stamps.offset,
        zone=layout.dialect.zone,
        zone_source="dialect" if layout.dialect.zone else "",
        symbol=_single_symbol(arrow, fields, name),
        cut=cut,
        notes=[layout.dialect.note] if layout.dialect.note else [],
    )
    if layout.above:
        table.notes.append(f"lines above the table left out: {layout.above}")
    stamp_column = layout.header[fields.get("time", fields.get("date", 0))] if layout.header else ""
    if says_utc(stamp_column):
        table.zone, table.zone_source = "UTC", "dialect"
    return table


def decode(raw: bytes, name: str) -> bytes:
    """The file as UTF-8 without a byte order mark; MetaTrader 5 writes UTF-16.

    Raises: DataError: it is no text.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _as_utf8(raw, "utf-16", name)
    if raw[:3] == b"\xef\xbb\xbf":
        return raw[3:]
    head = raw[:400]
    if head[1::2].count(0) > len(head) // 4 and not head[0::2].count(0):
        return _as_utf8(raw, "utf-16-le", name)
    if b"\0" in raw or sum(byte < 9 or 13 < byte < 32 for byte in head) > len(head) // 50:
        raise DataError(f"{name} is no text: give bars as CSV (MetaTrader, HistData, Dukascopy, plain) or Parquet")
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1").encode()  # only names and notes have letters beyond ASCII
    return raw


def _as_utf8(raw: bytes, encoding: str, name: str) -> bytes:
    try:
        return raw.decode(encoding).lstrip("\ufeff").encode()
    except UnicodeDecodeError:
        raise DataError(f"{name} begins like UTF-16 text but is not: export it again as UTF-8 or ANSI") from None


def _layout(data: bytes, name: str) -> Layout:
    lines = [line.decode("utf-8", "replace") for line in data[:20_000].splitlines()[:_LOOK]]
    filled = [i for i, line in enumerate(lines) if line.strip()]
    if not filled:
        raise DataError(f"{name} is empty")
    delimiter, width = _delimiter([lines[i] for i in filled])
    if width < 3:
        raise DataError(
            f"{name} is no table of bars: its lines are not divided into time, open, high, low, close by tab, comma, ;"
        )
    start = next(i for i in filled if len(_split(lines[i], delimiter)) == width)
    header = _header([_split(lines[i], delimiter) for i in filled if i >= start])
    below = [i for i in filled if i >= start][len(header) :]
    if not below:
        raise DataError(f"{name} has no rows below its header")
    dialect = recognise(lines[start].strip().replace('"', ""))
    if dialect is None or bool(header) == bool(dialect.columns):
        raise DataError(
            f"{name}, line {start + 1}: neither a header nor a known format: name the columns in a first line like "
            '"time,open,high,low,close,volume"'
        )
    rows = [_split(lines[i], delimiter) for i in below]
    comma = delimiter != "," and any(re.fullmatch(r"-?\d+,\d+", field) for row in rows for field in row[1:])
    above = sum(i < start for i in filled)
    names = _named(header)
    return Layout(delimiter, "," if comma else ".", width, below[0], names, dialect, above)


def _header(rows: list[list[str]]) -> list[list[str]]:
    """The leading rows without any number: none, one, or yfinance's three."""
    numbered = (i for i, row in enumerate(rows) if any(_is_number(field) for field in row))
    return rows[: next(numbered, len(rows))]


def _named(header: list[list[str]]) -> tuple[str, ...]:
    """One name per column: the first row's, but for the time, which yfinance names in its third row."""
    if not header:
        return ()
    names = list(header[0])
    for row in header[1:]:
        for field, i in fields_in(row).items():
            if field in ("date", "time") and row[i]:
                names[i] = row[i]
    return tuple(names)


def _delimiter(lines: list[str]) -> tuple[str, int]:
    """The delimiter that divides most lines alike, and into how many fields."""
    best = ("", 0, 0)
    for delimiter in _DELIMITERS:
        widths = Counter(len(_split(line, delimiter)) for line in lines)
        width, count = max(widths.items(), key=lambda item: (item[0] > 2, item[1], item[0]))
        if width > 2 and count > best[2]:
            best = (delimiter, width, count)
    return best[:2]


def _split(line: str, delimiter: str) -> list[str]:
    return [field.strip().strip('"').strip() for field in line.rstrip("\r\n").split(delimiter)]


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?\d[\d.,]*([eE][-+]?\d+)?", text))


def _fields(layout: Layout, name: str) -> dict[str, int]:
    """Field -> column, complete enough for bars or ticks."""
    columns = layout.dialect.columns[: layout.width]
    fields = fields_in(layout.header) if layout.header else {f: i for i, f in enumerate(columns) if f}
    return require_fields(fields, layout.header or columns, name)


def require_fields(fields: dict[str, int], columns: tuple[str, ...], name: str) -> dict[str, int]:
    """`fields` if they make bars (time, open, high, low, close) or ticks (time, bid, ask).

    Raises: DataError: something is missing; the message lists the columns there are.
    """
    stamped = "time" in fields or "date" in fields
    missing = [f for f in PRICES if f not in fields]
    if not missing or {"bid", "ask"} <= fields.keys():
        if stamped:
            return fields
        missing = ["time"]
    elif not stamped:
        missing = ["time", *missing]
    raise DataError(f"{name} has no column for {', '.join(missing)}; its columns are {', '.join(columns)}")


def _parse(
    data: bytes, layout: Layout, fields: dict[str, int], name: str, where: Callable[[int], str]
) -> tuple[Any, int]:
    """The used columns as an arrow table, and how many incomplete lines were left out at the end (0 or 1)."""
    import pyarrow as pa
    from pyarrow import csv

    odd: list[str] = []

    def note_odd(row: Any) -> str:
        odd.append(row.text)
        return "skip"

    text = ("date", "time", "symbol")
    options = {
        "read_options": csv.ReadOptions(
            column_names=[f"c{i}" for i in range(layout.width)], skip_rows=layout.skip, block_size=1 << 22
        ),
        "parse_options": csv.ParseOptions(delimiter=layout.delimiter, invalid_row_handler=note_odd),
    }
    types = {f"c{i}": pa.string() if f in text else pa.float64() for f, i in fields.items()}
    convert = csv.ConvertOptions(
        column_types=types,
        include_columns=list(types),
        decimal_point=layout.decimal,
        null_values=["", "NaN", "nan", "NULL", "null", "None", "NA", "N/A", "-"],
    )
    try:
        arrow = csv.read_csv(pa.py_buffer(data), convert_options=convert, **options)
    except pa.ArrowInvalid as error:
        raise _unreadable(data, layout, fields, name, error) from None
    if odd:
        last = data.rstrip().rsplit(b"\n", 1)[-1].decode("utf-8", "replace").strip()
        if len(odd) > 1 or odd[0].strip() != last or len(_split(last, layout.delimiter)) > layout.width:
            raise _odd_line(data, layout, odd[0], name)
    return arrow.combine_chunks(), len(odd)


def _odd_line(data: bytes, layout: Layout, text: str, name: str) -> DataError:
    lines = data.decode("utf-8", "replace").splitlines()
    number = next((i for i, line in enumerate(lines, 1) if i > layout.skip and line.strip() == text.strip()), 0)
    return DataError(
        f"{name}, line {number}: {len(_split(text, layout.delimiter))} fields where the other lines have "
        f"{layout.width}: complete or delete the line"
    )


def _unreadable(data: bytes, layout: Layout, fields: dict[str, int], name: str, error: Exception) -> DataError:
    """Looks for the first field that is no number; called only after pyarrow has failed."""
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        values = _split(line, layout.delimiter)
        if number <= layout.skip or len(values) != layout.width:
            continue
        for field in (f for f in fields if f not in ("date", "time", "symbol")):
            value = values[fields[field]].replace(layout.decimal, ".")
            if value.lower() not in _NOTHING and not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", value):
                return DataError(f'{name}, line {number}: {field} "{values[fields[field]]}" is not a number')
    return DataError(f"{name} cannot be read as a table: {str(error).splitlines()[0]}")


def _stamp_texts(arrow: Any, fields: dict[str, int]) -> Any:
    """One text per row with date and time in it."""
    columns = [arrow.column(f"c{fields[f]}") for f in ("date", "time") if f in fields]
    if len(columns) == 1:
        return one_chunk(columns[0])
    import pyarrow.compute as pc  # loaded only where needed: it takes a while

    return one_chunk(pc.binary_join_element_wise(*columns, " "))


def _single_symbol(arrow: Any, fields: dict[str, int], name: str) -> str:
    if "symbol" not in fields:
        return ""
    return only_symbol([str(v) for v in arrow.column(f"c{fields['symbol']}").unique().to_pylist() if v], name)


def only_symbol(names: list[str], file: str) -> str:
    """The symbol that a column of symbols names.

    Raises: DataError: there are several.
    """
    if len(names) > 1:
        raise DataError(f"{file} holds several symbols ({', '.join(names[:5])}): give one file for each")
    return names[0] if names else ""


def _line_namer(data: bytes, skip: int) -> Callable[[int], str]:
    """Row of the table -> "line N" of the file; blank lines, which the parser leaves out, are counted on demand."""

    @cache
    def numbers() -> list[int]:
        lines = enumerate(data.split(b"\n"), 1)
        return [number for number, line in lines if number > skip and line.rstrip(b"\r")]

    def name(row: int) -> str:
        return f"line {numbers()[row]}"

    return name
