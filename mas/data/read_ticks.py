"""`read_ticks`: a file of quotes of any known kind -> checked ticks; `read_finer`: whichever a file has."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mas.bars import Bars
from mas.data.clean import check_prices, drop_empty, put_in_order
from mas.data.parquet import read_parquet
from mas.data.read import file_content, read_bars, spec_of, to_wall_clock
from mas.data.report import DataReport
from mas.data.table import Table
from mas.data.text import read_text
from mas.data.ticks import carry_quotes, check_sides
from mas.errors import DataError
from mas.ticks import Ticks
from mas.zones import check_zone


def read_ticks(path: str | Path, symbol: str | None = None, timezone: str | None = None) -> Ticks:
    """The ticks (time, bid, ask) in a CSV or Parquet file, sorted by time; ties keep the order of the file.

    Args: symbol, timezone: override what the file says, as in `read_bars`.
    Raises: DataError: the file cannot be read, is damaged, or has bars instead; the message says what to do.
    """
    if timezone is not None:
        check_zone(timezone)
    file = Path(path).expanduser()
    table = _table(file)
    if not table.is_ticks:
        raise DataError(f"{file.name} has bars, not ticks: a tick file has the columns time, bid and ask")
    report = DataReport(source=file.name, dialect=table.dialect, rows=len(table), cut=table.cut, notes=table.notes)
    table = carry_quotes(drop_empty(table, report))
    check_prices(table)
    spec = spec_of(table, file, symbol, report)
    zone, known = to_wall_clock(table, timezone, report)
    table = put_in_order(table, report)
    check_sides(table, report)
    bid = table.columns["bid"]
    return Ticks(
        symbol=spec.name,
        time_ms=table.time_ms,
        bid=bid,
        ask=np.maximum(table.columns["ask"], bid),
        spec=spec,
        timezone=zone,
        timezone_known=known,
        source=file.name,
    )


def read_finer(path: str | Path, symbol: str | None = None, timezone: str | None = None) -> Bars | Ticks:
    """Whatever a file has: ticks or bars. Raises: as `read_ticks` and `read_bars`."""
    is_ticks = _table(Path(path).expanduser()).is_ticks
    return read_ticks(path, symbol, timezone) if is_ticks else read_bars(path, symbol, timezone)


def _table(file: Path) -> Table:
    raw = file_content(file)
    table = (read_parquet if raw[:4] == b"PAR1" else read_text)(raw, file.name)
    if not len(table):
        raise DataError(f"{file.name} has no rows below its header")
    return table
