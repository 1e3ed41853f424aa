"""SQLite files that must survive whatever happens to the process: the journal of a run, the account on paper.

They are written ahead (WAL), in order, one transaction a write. A *durable* write is on the disk when it returns. One
that is not is safe from the end of the process, and reaches the disk with the next durable one at the latest: after a
power cut the end of the file may be missing, but never something before what is there.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, create_engine, event, insert, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from mas.errors import DataError, MasError, ParameterError

_PATIENCE = 5.0
"""Seconds that a write waits for another process to let go of the file."""
_ABOUT = Table("about", MetaData(), Column("name", String, primary_key=True), Column("value", String))
_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full: make room",
    sqlite3.SQLITE_BUSY: "another process holds it: end that one",
    sqlite3.SQLITE_LOCKED: "another process holds it: end that one",
    sqlite3.SQLITE_READONLY: "it may not be written: look at its permissions",
    sqlite3.SQLITE_IOERR: "the disk does not work: look at its state and its free room",
    sqlite3.SQLITE_CORRUPT: "it is damaged: keep a copy, and begin a new one",
    sqlite3.SQLITE_NOTADB: "it is no SQLite file",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: look at the folder and its permissions",
    sqlite3.SQLITE_TOOBIG: "a row is too large",
}
"""By SQLite's primary result code: what is wrong, and what to do."""


class RecordError(MasError):
    """A file that must be kept cannot be written or read; nothing may go on as if it had been."""


class RecordFile:
    """One such file, of one kind and one version of its tables.

    Args: tables: what is in it. kind: what it is, in words ("a journal"). version: of the tables.
        look: only look at a file that is there, as long as others write it.
    Raises: RecordError: it cannot be opened. DataError: it is something else, or of another version. ParameterError:
        there is no such file to look at.
    """

    def __init__(self, path: Path | str, tables: MetaData, kind: str, version: int, *, look: bool = False) -> None:
        self.path, self._kind = Path(path), kind
        if look and not self.path.is_file():
            raise ParameterError(f"there is no file {self.path}")
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._durable: bool | None = None
        self._looks = False
        options = {"check_same_thread": False, "timeout": _PATIENCE}
        self._engine = create_engine(f"sqlite:///{self.path}", poolclass=StaticPool, connect_args=options)
        event.listen(self._engine, "connect", _on_connect)
        event.listen(self._engine, "begin", self._begin)
        try:
            with self.reading() if look else self.writing() as connection:
                found = _about(connection)
                if found is None and not look:
                    _ABOUT.create(connection)
                    tables.create_all(connection)
                    rows = [{"name": "kind", "value": kind}, {"name": "version", "value": str(version)}]
                    connection.execute(insert(_ABOUT), rows)
                elif found != {"kind": kind, "version": str(version)}:
                    raise DataError(_other(self.path, kind, version, found or {}))
        except MasError:
            self.close()
            raise

    @contextmanager
    def writing(self, durable: bool = True) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, undone if that is left by an exception.

        Raises: RecordError: it could not be written.
        """
        with self._lock, self._told("written"):
            connection = self._connected()
            if self._durable is not durable:  # a setting of the connection, which has no transaction now
                driver: Any = connection.connection.driver_connection
                driver.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            with connection.begin():
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A look at the file as it is at one moment. Raises: RecordError: it cannot be read."""
        with self._lock, self._told("read"):
            connection = self._connected()
            self._looks = True
            try:
                with connection.begin():
                    yield connection
            finally:
                self._looks = False

    def close(self) -> None:
        """Let go of the file; harmless if that has been done."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._engine.dispose()

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection, self._durable = self._engine.connect(), None
        return self._connection

    def _begin(self, connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if self._looks else "BEGIN IMMEDIATE")

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Errors of the database as ours."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
            reason = _REASONS.get(code, str(cause))
            raise RecordError(f"{self._kind}, {self.path}, cannot be {what}: {reason}") from error


def _on_connect(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy says when a transaction begins, not the driver
    connection.execute("PRAGMA journal_mode=WAL")


def _about(connection: Connection) -> dict[str, str] | None:
    """What the file says it is; None if there is nothing in it."""
    if not inspect(connection).get_table_names():
        return None
    if not inspect(connection).has_table(_ABOUT.name):
        return {}
    return dict(connection.execute(select(_ABOUT.c.name, _ABOUT.c.value)).all())


def _other(path: Path, kind: str, version: int, found: dict[str, str]) -> str:
    if found.get("kind") != kind:
        return f"{path} is not {kind}, but {found.get('kind', 'something else')}"
    newer = found.get("version", "0").isdecimal() and int(found["version"]) > version
    hint = "update this program" if newer else "begin a new one"
    return f"{path} is {kind} of version {found.get('version')}, and this program knows version {version}: {hint}"
