"""The file of an account on paper: what it was opened with, every request it accepted, and where its clock stood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from mas.errors import DataError
from mas.records import RecordError, RecordFile
from mas.terminals.paper.tape import Place

_TABLES = MetaData()
_OPENED = Table("opened_with", _TABLES, Column("name", String, primary_key=True), Column("value", String))
_REQUESTS = Table(
    "requests", _TABLES, Column("number", Integer, primary_key=True), Column("moment", Integer, nullable=False),
    Column("stops", Integer, nullable=False), Column("request", String, nullable=False),
)  # fmt: skip
_CLOCK = Table(
    "clock", _TABLES, Column("id", Integer, primary_key=True), Column("moment", Integer, nullable=False),
    Column("stops", Integer, nullable=False),
)  # fmt: skip
_VERSION = 1
_STAND = f"UPDATE {_CLOCK.name} SET moment = ?, stops = ?"  # as text: it is written with every bar


class Accepted(NamedTuple):
    """A request, and where the tape stood when it was carried out."""

    place: Place
    request: dict[str, Any]


class AccountFile:
    """One account.

    Args: facts: what it is opened with (bars, terms), as texts; another opening must agree.
    Raises: DataError: it was opened with something else, or is no such file. RecordError: it cannot be used.
    """

    def __init__(self, path: Path | str, facts: Mapping[str, str]) -> None:
        self._file = RecordFile(path, _TABLES, "an account on paper", _VERSION)
        with self._file.writing() as connection:
            known = dict(connection.execute(select(_OPENED.c.name, _OPENED.c.value)).all())
            if not known:
                connection.execute(insert(_OPENED), [{"name": n, "value": v} for n, v in facts.items()])
                connection.execute(insert(_CLOCK), [{"id": 1, "moment": -1, "stops": 0}])
        if known and known != dict(facts):
            self._file.close()
            raise DataError(_disagreement(path, known, facts))
        self._count = 0

    def read(self) -> tuple[list[Accepted], Place]:
        """The requests in the order in which they were accepted, and how far the tape had been played last."""
        with self._file.reading() as connection:
            columns = _REQUESTS.c.moment, _REQUESTS.c.stops, _REQUESTS.c.request
            rows = connection.execute(select(*columns).order_by(_REQUESTS.c.number)).all()
            moment, stops = connection.execute(select(_CLOCK.c.moment, _CLOCK.c.stops)).one()
        requests = [Accepted(Place(at, stop), json.loads(request)) for at, stop, request in rows]
        self._count = len(requests)
        return requests, max([Place(moment, stops), *(request.place for request in requests[-1:])])

    def keep(self, place: Place, request: Mapping[str, Any]) -> None:
        """Write down a request that was accepted; it is on the disk when this returns.

        Raises: RecordError: it may not be; `read` says whether it is.
        """
        row = {"number": self._count + 1, **place._asdict(), "request": json.dumps(dict(request))}
        try:
            with self._file.writing() as connection:
                connection.execute(insert(_REQUESTS), row)
                connection.execute(update(_CLOCK), place._asdict())
        except RecordError as error:
            if isinstance(error.__cause__, IntegrityError):
                raise RecordError(f"another process trades on the account {self._file.path}: end one of them") from None
            raise
        self._count += 1

    def stand(self, place: Place) -> None:
        """Write down how far the tape has been played; a power cut may take it back to the latest request."""
        with self._file.writing(durable=False) as connection:
            connection.exec_driver_sql(_STAND, tuple(place))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _disagreement(path: Path | str, known: Mapping[str, str], facts: Mapping[str, str]) -> str:
    names = [name for name in (*known, *facts) if known.get(name) != facts.get(name)]
    first = names[0]
    return (
        f"the account {path} was opened with {first} {known.get(first, 'not set')}, not {facts.get(first, 'not set')}: "
        "open it as before, or begin another account"
    )
