"""Backtests over HTTP."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Body, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from nl2strat.errors import UsageError
from nl2strat.web import tasks
from nl2strat.web.judging import judging_of
from nl2strat.web.runs import RunState
from nl2strat.web.shapes import RunSpec, Step
from nl2strat.web.work import RUNNING

if TYPE_CHECKING:
    from nl2strat.web.services import Services


class Started(BaseModel):
    """A backtest to run, and the draft that it belongs to."""

    spec: RunSpec
    draft: str | None = None


class Comparison(BaseModel):
    """Two strategies, compared on the data and the account of the second."""

    first: RunSpec
    second: RunSpec


class Moment(BaseModel):
    """A bar: by its number in the run, or a moment in it by the data's clock."""

    bar: int | None = None
    at: str | None = Field(default=None, examples=["2024-01-31 14:00"])


class RunShort(BaseModel):
    """A backtest in a list."""

    id: str
    created: int
    status: Literal["running", "done", "failed", "cancelled", "interrupted"]
    draft: str | None
    step: Step
    name: str
    symbol: str
    timeframe: str
    trades: int | None
    net: float | None


def router(services: Services) -> APIRouter:
    """The routes."""
    found = APIRouter()
    _life(found, services)
    _results(found, services)
    return found


def _life(routes: APIRouter, services: Services) -> None:
    runs = services.runs

    @routes.post("/runs", status_code=202, summary="Start a backtest")
    async def start(given: Annotated[Started, Body()]) -> RunState:
        """It runs on whoever is watching; ask `/runs/{run}` how far it is."""
        return await services.start(given.spec, given.draft)

    @routes.get("/runs", summary="All backtests, newest first")
    def listed() -> list[RunShort]:
        """Those whose results are still kept."""
        return [_short(state) for state in runs.all()]

    @routes.get("/runs/{run}", summary="A backtest: how far it is, or its summary")
    def one(run: str) -> RunState:
        """`status`: running, done, failed, cancelled, or interrupted (the server ended meanwhile; run it again)."""
        return runs.get(run)

    @routes.post("/runs/{run}/cancel", summary="Stop a backtest")
    async def cancel(run: str) -> RunState:
        """Its process is killed."""
        return await services.cancel(run)

    @routes.post("/runs/{run}/again", status_code=202, summary="The same once more")
    async def again(run: str) -> RunState:
        """As a new backtest."""
        return await services.again(run)

    @routes.delete("/runs/{run}", status_code=204, summary="Remove a backtest that has ended")
    def remove(run: str) -> None:
        """Its arrays go; the library goes on counting it."""
        runs.remove(run)


def _results(routes: APIRouter, services: Services) -> None:
    runs = services.runs

    @routes.get("/runs/{run}/window", summary="Candles, lines and trades of a stretch of bars")
    def window(
        run: str,
        start: Annotated[int, Query(description="First bar.")] = 0,
        end: Annotated[int | None, Query(description="Bar after the last.")] = None,
        width: Annotated[int, Query(description="Candles wanted at most.", ge=10, le=4000)] = 800,
    ) -> dict[str, Any]:
        """At most twice `width` candles of `step` bars each, a power of 2; see `Runs.window`."""
        return runs.window(run, start, end, width)

    @routes.get("/runs/{run}/trades", summary="A page of the trades")
    def trades(
        run: str, page: int = 0, size: Annotated[int, Query(ge=1, le=1000)] = 25, sort: str = "number",
        down: bool = False, side: str = "", result: str = "", reason: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """`rows`, `count` that match, `of` all, their `net`, `page` of `pages`."""
        return runs.trades(run, page=page, size=size, sort=sort, down=down, side=side, reason=reason, result=result)

    @routes.get("/runs/{run}/trades.csv", summary="All trades as CSV")
    def trades_csv(run: str) -> Response:
        """One row each."""
        return _file(trades_as_csv(services, run), "text/csv; charset=utf-8", "trades.csv")

    @routes.get("/runs/{run}/report.html", summary="The report, one file")
    async def report(run: str) -> Response:
        """The backtest is run again for it, which gives the same; its checks are those that the page shows."""
        state = await services.do(runs.get, run)
        judged = await services.do(judging_of(services).state, run)
        believed = judged.found or (state.summary or {}).get("robustness")
        page = await services.work.call(tasks.report, state.spec, believed, lane=RUNNING)
        return _file(page, "text/html; charset=utf-8", "report.html")

    @routes.get("/runs/{run}/strategy.py", summary="The Python of the strategy")
    def python(run: str) -> Response:
        """As it was run."""
        return _file(python_of(services, run), "text/x-python; charset=utf-8", "strategy.py")

    @routes.post("/runs/{run}/why", summary="Why a bar did what it did")
    async def why(run: str, given: Annotated[Moment, Body()]) -> dict[str, Any]:
        """Each rule taken apart with its values at that bar's close, and what came of it."""
        return await why_of(services, run, bar=given.bar, at=given.at)

    @routes.post("/diff", summary="What changed between two strategies")
    async def diff(given: Annotated[Comparison, Body()]) -> dict[str, Any]:
        """In the language, in English, and in the trades on the same bars."""
        found: dict[str, Any] = await services.work.call(tasks.diff, given.first, given.second, lane=RUNNING)
        return found


# ------------------------------------------------------------------ for the page as well


async def why_of(services: Services, run: str, *, bar: int | None = None, at: str | None = None) -> dict[str, Any]:
    """See `tasks.why`. Raises: UsageError: no such bar, or none given."""
    from nl2strat.machine import iso

    state = await services.do(services.runs.get, run)
    if bar is not None:
        at = iso(await services.do(services.runs.time_of, run, bar)).replace("T", " ")
    if not at:
        raise UsageError("say which bar: its number as `bar`, or a moment as `at`")
    found: dict[str, Any] = await services.work.call(tasks.why, state.spec, at, lane=RUNNING, seconds=300)
    return found


def trades_as_csv(services: Services, run: str) -> str:
    """All trades, one line each, with a header."""
    rows = services.runs.all_trades(run)
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return out.getvalue()


def python_of(services: Services, run: str) -> str:
    """The class that was run. Raises: UsageError: the run is not finished."""
    state = services.runs.get(run)
    if state.summary is None:
        raise UsageError(f"backtest {run} has no results: it is {state.status}")
    return str(state.summary["strategy"]["python"])


def _short(state: RunState) -> RunShort:
    summary = state.summary or {}
    strategy = summary.get("strategy", {})
    return RunShort(
        id=state.id, created=state.created, status=state.status, draft=state.draft, step=state.step,
        name=strategy.get("name", ""), symbol=strategy.get("symbol", ""), timeframe=strategy.get("timeframe", ""),
        trades=summary.get("trade_count"), net=summary.get("net"),
    )  # fmt: skip


def _file(text: str, kind: str, name: str) -> Response:
    """A download: it is never opened in the page's own place."""
    return Response(text, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
