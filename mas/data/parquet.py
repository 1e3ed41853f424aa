"""Parquet -> Table, with or without schema metadata (symbol, timeframe, timezone, digits, point)."""

from __future__ import annotations

from typing import Any

import numpy as np

from mas.data.arrow import floats_of, milliseconds_of, one_chunk
from mas.data.dialects import fields_in, says_utc
from mas.data.stamps import from_epoch, parse_stamps
from mas.data.table import Floats, Ints, Table
from mas.data.text import only_symbol, require_fields
from mas.errors import DataError


def read_parquet(raw: bytes, name: str) -> Table:
    """The table in a Parquet file; columns may have any of the names that a CSV header may have.

    Raises: DataError: not a readable Parquet file, or columns are missing.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(raw))
        schema = file.schema_arrow
        fields = _fields(schema, name)
        arrow = file.read(columns=[schema.names[i] for i in dict.fromkeys(fields.values())])
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{name} is a damaged Parquet file: {str(error).splitlines()[0]}") from None
    columns = {field: arrow.column(schema.names[i]) for field, i in fields.items()}
    stamps = columns.pop("time", None) or columns.pop("date")
    time_ms, offset, zone = _times(one_chunk(stamps), f"{name}, row ")
    symbols = columns.pop("symbol", None)
    said = {key.decode(): value.decode("utf-8", "replace") for key, value in (schema.metadata or {}).items()}
    if not zone and (said.get("timezone") or says_utc(schema.names[fields.get("time", fields.get("date", 0))])):
        zone = said.get("timezone", "UTC")
    return Table(
        name=name,
        dialect="Parquet",
        time_ms=time_ms,
        columns={field: _floats(column, field, name) for field, column in columns.items() if field != "date"},
        where=lambda row: f"row {row + 1}",
        offset=offset,
        zone=zone,
        zone_source="metadata" if zone else "",
        symbol=said.get("symbol", "") or only_symbol(_distinct(symbols), name),
        timeframe=said.get("timeframe", ""),
        digits=_number(said.get("digits"), int),
        point=_number(said.get("point"), float),
        single="float" in {str(columns[f].type) for f in ("open", "bid") if f in columns},
    )


def _fields(schema: Any, name: str) -> dict[str, int]:
    """Field -> column; a single column of time stamps is the time whatever its name."""
    fields = fields_in(schema.names)
    if "date" in fields and "time" in fields and str(schema.field(fields["date"]).type).startswith("timestamp"):
        fields["time"] = fields["date"]
    stamps = [i for i, t in enumerate(schema.types) if str(t).startswith("timestamp")]
    if "time" not in fields and "date" not in fields and len(stamps) == 1:
        fields["time"] = stamps[0]
    return require_fields(fields, tuple(schema.names), name)


def _times(column: Any, where: str) -> tuple[Ints, Ints | None, str]:
    """Milliseconds on the clock of the file, offsets if written, and the zone that the type names."""
    import pyarrow as pa

    if column.null_count:
        row = next(i for i, valid in enumerate(column.is_valid()) if not valid.as_py())
        raise DataError(f"{where}{row + 1}: no time: delete the row")
    kind = column.type
    if pa.types.is_timestamp(kind):
        moments = milliseconds_of(column)
        return moments, np.zeros_like(moments) if kind.tz else None, kind.tz or ""
    if pa.types.is_date(kind):
        days = column.cast(pa.timestamp("ms")).cast(pa.int64())
        return np.array(days.to_numpy(), dtype=np.int64), None, ""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        texts = parse_stamps(column, lambda row: f"{where}{row + 1}")
        return texts.time_ms, texts.offset, ""
    return from_epoch(floats_of(column)), None, ""


def _floats(column: Any, field: str, name: str) -> Floats:
    try:
        return floats_of(column)
    except (TypeError, ValueError):
        raise DataError(f'{name}: the column "{field}" holds {column.type}, not numbers') from None


def _distinct(column: Any) -> list[str]:
    return [] if column is None else [str(v) for v in column.unique().to_pylist() if v]


def _number(text: str | None, kind: type) -> Any:
    """Metadata written as a number, None where absent or not one."""
    try:
        return kind(text) if text else None
    except ValueError:
        return None
