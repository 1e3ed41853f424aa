"""The local data store over HTTP."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, File, Form, UploadFile

from nl2strat.errors import UsageError
from nl2strat.web import datastore, tasks
from nl2strat.web.shapes import StoredData
from nl2strat.web.work import RUNNING

if TYPE_CHECKING:
    from nl2strat.web.services import Services

_PIECE = 1 << 20


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
    ) -> StoredData:
        """It is read in a process of its own; the answer says what was found."""
        folder = Path(tempfile.mkdtemp(prefix="nl2strat-"))
        place = folder / "upload"
        with place.open("wb") as target:
            while piece := await file.read(_PIECE):
                target.write(piece)
        return await import_file(services, place, file.filename or "data.csv", symbol, timezone)

    @routes.delete("/data/{name}", status_code=204, summary="Remove data")
    def remove(name: str) -> None:
        """Runs that used it keep their results."""
        datastore.remove(name)

    return routes


async def import_file(
    services: Services, place: Path, original: str, symbol: str = "", timezone: str = ""
) -> StoredData:
    """Import an uploaded file, which lies alone in a folder that goes with it. Raises: DataError, UsageError."""
    if not place.is_file():
        raise UsageError("there is no file to import")
    found: StoredData = await services.work.call(
        tasks.import_data, str(place), original, symbol.strip() or None, timezone.strip() or None, lane=RUNNING
    )
    return found
