"""The file of an account on paper that a real terminal feeds: all that the account was told and asked, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Column, Integer, MetaData, String, Table, select
from sqlalchemy.exc import IntegrityError

from mas.records import RecordError, RecordFile

OPENED, STEP, REQUEST = "opened", "step", "request"
"""What the account was opened with (the first row), a stretch of the market that it has lived through, and a request
that it accepted."""

_TABLES = MetaData()
_ROWS = Table(
    "told", _TABLES, Column("number", Integer, primary_key=True), Column("kind", String, nullable=False),
    Column("data", String, nullable=False),
)  # fmt: skip
_VERSION = 1
_AT_ONCE = 5_000
_INSERT = f"INSERT INTO {_ROWS.name} (number, kind, data) VALUES (?, ?, ?)"


class Row(NamedTuple):
    """One thing that the account was told or asked."""

    kind: str
    data: Mapping[str, Any]


class FedFile:
    """One account. Raises: DataError: it is something else. RecordError: it cannot be used."""

    def __init__(self, path: Path | str) -> None:
        self._file = RecordFile(path, _TABLES, "an account on paper that is fed live", _VERSION)
        self._count = 0

    def rows(self) -> Iterator[Row]:
        """Everything, in order; to be read to its end before anything is written."""
        self._count = 0
        while True:
            wanted = select(_ROWS).where(_ROWS.c.number > self._count).order_by(_ROWS.c.number).limit(_AT_ONCE)
            with self._file.reading() as connection:
                found = connection.execute(wanted).all()
            for number, kind, data in found:
                self._count = number
                yield Row(kind, json.loads(data))
            if len(found) < _AT_ONCE:
                return

    def write(self, kind: str, data: Mapping[str, Any], *, durable: bool) -> None:
        """Write one row. Raises: RecordError: it may not be there; `rows` says whether it is."""
        try:
            with self._file.writing(durable) as connection:
                connection.exec_driver_sql(_INSERT, (self._count + 1, kind, json.dumps(dict(data))))
        except RecordError as error:
            if isinstance(error.__cause__, IntegrityError):
                raise RecordError(f"another process trades on the account {self._file.path}: end one of them") from None
            raise
        self._count += 1

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
