"""Deployments over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel

from nl2strat.web import trading
from nl2strat.web.limits import Limits, fields_of
from nl2strat.web.trading import CommandName, DeploySpec
from nl2strat.web.work import RUNNING

if TYPE_CHECKING:
    from nl2strat.web.services import Services


class Reason(BaseModel):
    """Why, for the log."""

    reason: str = ""


class Terminal(BaseModel):
    """A terminal, and whose account is expected there."""

    on: str = "mt5"
    account: int | None = None
    server: str = ""
    profile: str = ""


class Guarding(BaseModel):
    """A preset of guards, and what is other than in it."""

    guards: str = ""
    limits: dict[str, float | str | None] = {}
    """By "table.key"; null does without that limit."""


class Told(BaseModel):
    """What has been done, in sentences."""

    told: list[str]


def router(services: Services) -> APIRouter:
    """The routes."""
    routes = APIRouter()
    library = services.library

    @routes.get("/deployments", summary="All runs, newest first")
    def listed() -> list[dict[str, Any]]:
        """Each with its state, positions and results, as `nl2strat status --json` has it."""
        return trading.runs(library)

    @routes.get("/deployments/{run}", summary="One run")
    def one(run: str) -> dict[str, Any]:
        """By its id."""
        return trading.run_object(library, trading.run_called(library, run))

    @routes.post("/deployments", status_code=201, summary="Put an approved strategy to work")
    async def begin(given: Annotated[DeploySpec, Body()]) -> dict[str, Any]:
        """In a process of its own that goes on when this server ends."""
        return await deploy(services, given)

    @routes.post("/deployments/{run}/resume-process", summary="Have an interrupted run go on")
    def go_on(run: str) -> dict[str, Any]:
        """Exactly where it was."""
        return trading.go_on(library, run)

    @routes.post("/deployments/{run}/commands/{command}", summary="Tell a run: pause, resume, flatten, stop, kill")
    def command(run: str, command: CommandName, given: Annotated[Reason, Body()] = Reason()) -> Told:  # noqa: B008
        """pause: no new entries. flatten: close everything and pause. stop: end the process, leaving positions with
        their stops. kill: flatten, and stop."""
        return Told(told=[trading.command(library, run, command, given.reason)])

    @routes.get("/deployments/{run}/log", summary="The newest lines of a run's log")
    def log(run: str, last: Annotated[int, Query(ge=1, le=2000)] = 200) -> list[dict[str, Any]]:
        """Oldest first."""
        return trading.log_of(library, run, last)

    @routes.get("/deployments/{run}/parity", summary="A run beside the backtest of its bars")
    async def parity(run: str) -> dict[str, Any]:
        """Each decision that differs, and why."""
        found: dict[str, Any] = await services.work.call(trading.parity_of, run, lane=RUNNING)
        return found

    @routes.post("/kill", summary="Forbid all trading and close everything")
    def kill(given: Annotated[Reason, Body()] = Reason()) -> Told:  # noqa: B008
        """Until it is released."""
        return Told(told=trading.kill_everything(library, given.reason))

    @routes.post("/release", summary="Let trading begin again")
    def release() -> Told:
        """Runs that were killed have to be resumed one by one."""
        return Told(told=trading.release(library))

    @routes.get("/killed", summary="Whether all trading is forbidden")
    def killed() -> dict[str, bool]:
        """By `POST /kill` or the command line."""
        return {"killed": trading.is_killed(library)}

    @routes.post("/terminal", summary="What a terminal says of its account: demo or real")
    async def terminal(given: Annotated[Terminal, Body()]) -> dict[str, Any]:
        """Nothing is traded."""
        return await account(services, given.on, given.account, given.server, given.profile)

    @routes.get("/guards", summary="The presets of guards")
    def guards() -> list[dict[str, Any]]:
        """With their text, and the values that `limits` of a deployment can change."""
        from mas.terminals.guarded.presets import preset_names, preset_text

        return [{"name": name, "text": preset_text(name), "limits": fields_of(name)} for name in preset_names()]

    @routes.post("/guards/check", summary="What limits mean, in sentences")
    def check(given: Annotated[Guarding, Body()]) -> Told:
        """Or what is wrong with them."""
        return Told(told=Limits(given.guards, given.limits).sentences)

    return routes


# ------------------------------------------------------------------ for the page as well


async def deploy(services: Services, spec: DeploySpec) -> dict[str, Any]:
    """See `trading.begin`; the strategy is compiled in a worker."""
    compiled = await services.work.call(trading.compiled_for, spec.text, spec.options)
    return await services.do(trading.begin, services.library, compiled, spec)


async def account(
    services: Services, on: str, number: int | None = None, server: str = "", profile: str = ""
) -> dict[str, Any]:
    """See `trading.account_at`."""
    found: dict[str, Any] = await services.work.call(
        trading.account_at, on, number, server, profile, lane=RUNNING, seconds=60
    )
    return found
