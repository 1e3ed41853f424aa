"""The journal of a run: everything that it was told, everything that it asked for, and what became of that, in order.

One SQLite file a run. An intent is on the disk before its request leaves, and an outcome before anything is done about
it; inputs are written in order and reach the disk with the next of those at the latest, so that a power cut can only
take inputs of which nothing has come yet.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, func, select
from sqlalchemy.exc import IntegrityError

from mas.errors import DataError
from mas.records import RecordError, RecordFile

RUN, START, INPUT, INTENT, OUTCOME, NOTE = "run", "start", "input", "intent", "outcome", "note"
"""The kinds of entries: what the run is (the first entry), what it began with, what it was told, a request that is
about to leave, what became of it, and what the user was told."""

_TABLES = MetaData()
_ROWS = Table(
    "journal", _TABLES, Column("seq", Integer, primary_key=True), Column("kind", String, nullable=False),
    Column("time", Float, nullable=False), Column("data", String, nullable=False),
)  # fmt: skip
_VERSION = 1
_AT_ONCE = 500
_INSERT = f"INSERT INTO {_ROWS.name} (seq, kind, time, data) VALUES (?, ?, ?, ?)"  # as text: it is run with every bar


@dataclass(frozen=True, slots=True)
class Entry:
    """One row."""

    seq: int
    """From 1 on, without gaps."""
    kind: str
    time: float
    """When it was written: epoch seconds of this machine's clock."""
    data: Mapping[str, Any]
    """INPUT: as `mas.trading.codec` has it. INTENT: an `Intent`. OUTCOME: its intent's `number`, `how` it is known and
    the `outcome`. NOTE: what was told, under the `kind` of note."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A trade request that the run is about to send."""

    number: int
    """From 1 on, without gaps."""
    wire: str
    """The comment that the broker sees, which begins with an id that no other request has."""
    request: Mapping[str, Any]
    comment: str
    """The strategy's own words."""
    server_time: int
    """The server's clock when it was last seen."""
    bar: int = 0
    """Open time of the last bar that had closed; 0 before the first."""


class Journal:
    """The journal of one run; written by one process, read by any.

    Args: facts: what the run is: they begin the journal if it is new. Without them it must be there (for those who
        only read it). clock: epoch seconds.
    Raises: RecordError: the file cannot be used. DataError: it is something else, or empty. ParameterError: it is not
        there.
    """

    def __init__(
        self, path: Path | str, facts: Mapping[str, Any] | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._file = RecordFile(path, _TABLES, "a journal", _VERSION, look=facts is None)
        self._clock, self.path = clock, self._file.path
        with self._file.reading() as connection:
            self.last: int = connection.execute(select(func.max(_ROWS.c.seq))).scalar_one() or 0
            """The number of the latest entry."""
        if not self.last:
            if facts is None:
                raise DataError(f"{path} is an empty journal: the run was never begun")
            self.append(RUN, facts)
        self.facts: Mapping[str, Any] = next(self.entries()).data
        """What the run is."""

    def append(self, kind: str, data: Mapping[str, Any], *, durable: bool = True) -> None:
        """Write one entry, in a transaction of its own.

        Args: durable: on the disk when this returns, with everything before it; else in order, and safe from the end
            of the process.
        Raises: RecordError: it could not be written: the run must not go on.
        """
        text = json.dumps(dict(data), separators=(",", ":"), allow_nan=False)
        try:
            with self._file.writing(durable) as connection:
                connection.exec_driver_sql(_INSERT, (self.last + 1, kind, self._clock(), text))
        except RecordError as error:
            if isinstance(error.__cause__, IntegrityError):
                raise RecordError(f"another process writes the journal {self.path}: end one of them") from None
            raise
        self.last += 1

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """The entries behind a number, oldest first; those that are written meanwhile as well."""
        while True:
            wanted = select(_ROWS).where(_ROWS.c.seq > after).order_by(_ROWS.c.seq).limit(_AT_ONCE)
            with self._file.reading() as connection:
                rows = connection.execute(wanted).all()
            for seq, kind, when, data in rows:
                yield Entry(seq, kind, when, json.loads(data))
                after = seq
            if len(rows) < _AT_ONCE:
                return

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
