"""Drafts, strategies, versions and approvals over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from nl2strat.errors import UsageError
from nl2strat.library import shelf
from nl2strat.library.shelf import SameName
from nl2strat.web import exchange, keeping, versions
from nl2strat.web.errors import NotFound
from nl2strat.web.keeping import Checklist
from nl2strat.web.shapes import Options
from nl2strat.web.workspace import Draft

if TYPE_CHECKING:
    from nl2strat.web.services import Services


class Kept(BaseModel):
    """A text to keep as a version."""

    text: str
    options: Options = Field(default_factory=Options)
    note: str = Field(default="", max_length=500)
    strategy_id: int | None = None
    name: str | None = None


class Named(BaseModel):
    """What a strategy is to be called."""

    name: str


class Approved(BaseModel):
    """What is approved, by whom; `python_sha256` is of the class that was read (see `/understand`)."""

    text: str
    options: Options = Field(default_factory=Options)
    who: str
    python_sha256: str


def drafts(services: Services) -> APIRouter:
    """The routes about drafts."""
    routes = APIRouter()
    workspace = services.workspace

    @routes.get("/drafts", summary="All drafts, the one changed last first")
    def listed() -> list[Draft]:
        """With their texts."""
        return workspace.all()

    @routes.post("/drafts", status_code=201, summary="A new draft")
    def new() -> Draft:
        """Empty; it is stored by the first PUT."""
        return workspace.new()

    @routes.get("/drafts/{draft}", summary="One draft")
    def one(draft: str) -> Draft:
        """An empty one if there is none of that id."""
        return workspace.open(draft)

    @routes.put("/drafts/{draft}", summary="Store a draft")
    def save(draft: str, given: Annotated[Draft, Body()]) -> Draft:
        """With the `revision` that was read; 409 if it was changed since."""
        if given.id != draft:
            raise UsageError("the id of the draft is not that of the address")
        return workspace.save(given)

    @routes.delete("/drafts/{draft}", status_code=204, summary="Let go of a draft")
    def drop(draft: str) -> None:
        """Nothing else goes with it."""
        workspace.drop(draft)

    return routes


def router(services: Services) -> APIRouter:
    """The routes about the library."""
    routes = APIRouter()
    _strategies(routes, services)
    _versions(routes, services)
    _files(routes, services)
    _approvals(routes, services)
    return routes


def _strategies(routes: APIRouter, services: Services) -> None:
    library = services.library

    @routes.get("/strategies", summary="All strategies with their versions")
    def strategies() -> list[dict[str, Any]]:
        """By name, without texts."""
        return [keeping.strategy_object(row) for row in library.strategies()]

    @routes.get("/strategies/{number}/record", summary="Everything about a strategy")
    def record(number: int) -> dict[str, Any]:
        """Versions, backtests, approvals (those taken back too) and deployments, newest first."""
        return record_object(services, number)

    @routes.put("/strategies/{number}/name", summary="Rename a strategy")
    def rename(number: int, given: Annotated[Named, Body()]) -> dict[str, Any]:
        """Its programs stay as they are, and so do approvals; 409 if another is called so."""
        return keeping.strategy_object(shelf.rename(library, number, given.name))

    @routes.post("/strategies/{number}/copy", status_code=201, summary="Copy a strategy")
    def duplicate(number: int) -> dict[str, Any]:
        """A new one that begins with its newest version."""
        return keeping.strategy_object(shelf.duplicate(library, number))

    @routes.delete("/strategies/{number}", status_code=204, summary="Put a strategy away")
    def delete(number: int) -> None:
        """It keeps everything, and can be brought back; its approvals do not count meanwhile."""
        shelf.delete(library, number)

    @routes.get("/deleted", summary="Strategies that were put away")
    def deleted() -> list[dict[str, Any]]:
        """The last first."""
        return [{"id": row.id, "name": row.formerly, "deleted": row.deleted} for row in shelf.deleted(library)]

    @routes.post("/strategies/{number}/back", summary="Bring a strategy back")
    def back(number: int) -> dict[str, Any]:
        """With a number behind its name, if another has that by now."""
        return keeping.strategy_object(shelf.bring_back(library, number))


def _versions(routes: APIRouter, services: Services) -> None:
    library, work = services.library, services.work

    @routes.get("/versions/{version}", summary="A version with its texts")
    def version(version: int) -> dict[str, Any]:
        """English, program, Python, explanation."""
        return version_of(services, version)

    @routes.post("/versions", status_code=201, summary="Keep a text as a version")
    async def keep(given: Annotated[Kept, Body()]) -> dict[str, Any]:
        """As the newest of a strategy (`strategy_id`), or the first of a new one (`name`; 409 if it is there). Without
        either it is the version that has the same bytes, if there is one."""
        found: dict[str, Any] = await work.call(
            keeping.keep, given.text, given.options, given.note, strategy_id=given.strategy_id, name=given.name
        )
        return found

    @routes.post("/versions/{version}/restore", status_code=201, summary="Make a version the newest")
    def restore(version: int) -> dict[str, Any]:
        """A new one with the same bytes; nothing is lost."""
        version_of(services, version)
        return keeping.version_object(shelf.restore(library, version), whole=True)

    @routes.get("/strategies/{number}/changes", summary="What each version changed, in words")
    async def changes(number: int) -> list[dict[str, Any]]:
        """Of the newest fifty, newest first."""
        found: list[dict[str, Any]] = await work.call(versions.changes, number)
        return found


def _files(routes: APIRouter, services: Services) -> None:
    work = services.work

    @routes.get("/strategies/{name}/export", summary="A strategy as one file")
    async def export(name: str) -> JSONResponse:
        """With all its versions; see the import."""
        found = await work.call(exchange.exported, name)
        kind = {"content-disposition": f'attachment; filename="{exchange.file_name(name)}"'}
        return JSONResponse(found, headers=kind)

    @routes.post("/strategies/import", status_code=201, summary="Take a strategy from such a file")
    async def take(
        given: Annotated[dict[str, Any], Body()],
        same_name: Annotated[
            SameName, Query(description="If there is one of its name: refuse (409), take a new name, or add versions.")
        ] = "refuse",
    ) -> dict[str, Any]:
        """Programs are checked, and classes generated anew; all of it is taken, or nothing."""
        found: dict[str, Any] = await work.call(exchange.imported, given, same_name, seconds=120)
        return found


def _approvals(routes: APIRouter, services: Services) -> None:
    library, work = services.library, services.work

    @routes.post("/checklist", summary="Whether a strategy may be deployed")
    async def checklist(given: Annotated[Kept, Body()]) -> Checklist:
        """Understood in full, backtested on enough bars, approved byte for byte."""
        found: Checklist = await work.call(keeping.checklist, given.text, given.options)
        return found

    @routes.get("/approvals", summary="The approvals that count, newest first")
    def approvals() -> list[dict[str, Any]]:
        """Those that were not taken back."""
        return [keeping.approval_object(row) for row in library.approvals()]

    @routes.post("/approvals", status_code=201, summary="Approve a strategy")
    async def approve(given: Annotated[Approved, Body()]) -> dict[str, Any]:
        """Exactly the bytes whose hash is given, on the strength of their newest backtest on real data."""
        found: dict[str, Any] = await work.call(
            keeping.approve, given.text, given.options, given.who, given.python_sha256
        )
        return found

    @routes.delete("/approvals/{number}", summary="Take an approval back")
    def revoke(number: int) -> dict[str, Any]:
        """What runs on it does not go on once it has ended."""
        try:
            return keeping.approval_object(library.revoke(number))
        except UsageError as error:
            raise NotFound(str(error)) from None


def version_of(services: Services, number: int) -> dict[str, Any]:
    """A version with its texts. Raises: NotFound."""
    try:
        return keeping.version_object(services.library.version(number), whole=True)
    except UsageError as error:
        raise NotFound(str(error)) from None


def record_object(services: Services, number: int) -> dict[str, Any]:
    """Everything about a strategy, as plain data. Raises: NotThere."""
    found = shelf.record(services.library, number)
    run_columns = ("id", "created", "ended", "terminal", "live", "account", "symbol", "timeframe", "state", "reason")
    try_columns = ("id", "created", "symbol", "timeframe", "first", "last", "bars", "source", "synthetic", "trades",
                   "net", "python_sha256")  # fmt: skip
    return {
        **keeping.strategy_object(found.strategy),
        "backtests": [{name: getattr(row, name) for name in try_columns} for row in found.tries],
        "approvals": [keeping.approval_object(row) for row in found.approvals],
        "deployments": [
            {**{name: getattr(row, name) for name in run_columns}, "version": row.version.number} for row in found.runs
        ],
    }
