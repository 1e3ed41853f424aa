"""Drafts, strategies, versions and approvals over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from nl2strat.errors import UsageError
from nl2strat.web import keeping
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
    _approvals(routes, services)
    return routes


def _strategies(routes: APIRouter, services: Services) -> None:
    library, work = services.library, services.work

    @routes.get("/strategies", summary="All strategies with their versions")
    def strategies() -> list[dict[str, Any]]:
        """By name, without texts."""
        return [keeping.strategy_object(row) for row in library.strategies()]

    @routes.get("/versions/{version}", summary="A version with its texts")
    def version(version: int) -> dict[str, Any]:
        """English, program, Python, explanation."""
        return version_of(services, version)

    @routes.post("/versions", status_code=201, summary="Keep a text as a version")
    async def keep(given: Annotated[Kept, Body()]) -> dict[str, Any]:
        """The one that has the same bytes, if there is one."""
        found: dict[str, Any] = await work.call(keeping.keep, given.text, given.options, given.note)
        return found

    @routes.get("/strategies/{name}/export", summary="A strategy as one file")
    async def export(name: str) -> dict[str, Any]:
        """With all its versions; see the import."""
        found: dict[str, Any] = await work.call(keeping.exported, name)
        return found

    @routes.post("/strategies/import", status_code=201, summary="Take a strategy from such a file")
    async def take(given: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        """Programs are checked, and classes generated anew."""
        found: dict[str, Any] = await work.call(keeping.imported, given, seconds=120)
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
