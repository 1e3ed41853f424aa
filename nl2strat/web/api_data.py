"""The local data store over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Body, File, Form, UploadFile
from pydantic import BaseModel

from nl2strat.web import datastore, uploads
from nl2strat.web.shapes import StoredData
from nl2strat.web.work import RUNNING

if TYPE_CHECKING:
    from nl2strat.web.services import Services

_PIECE = 1 << 20


class Clock(BaseModel):
    """An IANA time zone, such as Europe/Helsinki."""

    timezone: str


def router(services: Services) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.get("/data", summary="What is in the store")
    def listed() -> list[StoredData]:
        """By name."""
        return datastore.entries()

    @routes.get("/data/{name}", summary="One of them: range, gaps, what was repaired")
    def one(name: str) -> StoredData:
        """404 if there is none."""
        return datastore.entry_of(name)

    @routes.post("/data", status_code=201, summary="Import a file of bars or ticks")
    async def add(
        file: Annotated[UploadFile, File(description="CSV (MetaTrader, HistData, Dukascopy, plain) or Parquet.")],
        symbol: Annotated[str, Form()] = "",
        timezone: Annotated[str, Form(description="IANA name of the clock of the stamps.")] = "",
        separator: Annotated[str, Form(description="What stands between fields, if none of tab , ; |")] = "",
    ) -> StoredData:
        """It is read in a process of its own; the answer says what was found."""
        sent = await uploads.receive(services.home, file.filename or "data.csv", _pieces(file))
        try:
            return await import_file(services, sent.id, symbol, timezone, separator)
        finally:
            uploads.drop(services.home, sent.id)

    @routes.put("/data/{name}/timezone", summary="Say which clock the stamps show")
    async def clock(name: str, given: Annotated[Clock, Body()]) -> StoredData:
        """Where the file did not; the stamps stay as they are."""
        found: StoredData = await services.work.call(datastore.put_on_clock, name, given.timezone, lane=RUNNING)
        return found

    @routes.delete("/data/{name}", status_code=204, summary="Remove data")
    def remove(name: str) -> None:
        """Runs that used it keep their results."""
        datastore.remove(name)

    return routes


async def import_file(
    services: Services, upload: str, symbol: str = "", timezone: str = "", separator: str = "",
    tell: Callable[[str], None] | None = None,
) -> StoredData:  # fmt: skip
    """Import a file that waits (see `uploads`), in a worker. It goes on waiting; the caller lets go of it.

    Raises: Wanting, DataError, ParameterError, UsageError: see `datastore.keep`.
    """
    place, original = uploads.path_of(services.home, upload), uploads.name_of(services.home, upload)
    found: StoredData = await services.work.call(
        datastore.keep, place, original, symbol.strip() or None, timezone.strip() or None, separator or None,
        tell=tell or (lambda _: None), lane=RUNNING,
    )  # fmt: skip
    return found


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_PIECE):
        yield piece
