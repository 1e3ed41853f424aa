"""The HTTP API under /api/v1: what the page can do, for programs. Described by /api/v1/openapi.json."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from nl2strat import __version__
from nl2strat.web.shapes import Options, Understood

if TYPE_CHECKING:
    from fastapi import FastAPI

    from nl2strat.web.services import Services

DESCRIPTION = """\
Strategies in plain English: read, reviewed, backtested, approved and deployed.

Programs come with `Authorization: Bearer TOKEN`; the token is in the address that `nl2strat ui` prints. All answers are
JSON; an error is `{"status": "error", "errors": [{"message", "line", "column", "hint"}]}`, or for a text that leaves
something open `{"status": "needs_clarification", "questions": [...], "not_understood": [...]}`. Times are epoch seconds
of the data's own clock unless they are text.
"""

TAGS = [
    {"name": "reading", "description": "From a text to a program, its English and its Python."},
    {"name": "runs", "description": "Backtests: start, watch, cancel; chart windows, trades, why a bar did what."},
    {"name": "drafts", "description": "What is being worked on in the page's tabs."},
    {"name": "library", "description": "Strategies, versions, approvals."},
    {"name": "deployments", "description": "Approved strategies at work, on paper or on an account."},
    {"name": "data", "description": "Imported market data."},
]

EXAMPLE = "Buy when the 20 EMA crosses above the 50 EMA. Exit when it crosses back below. Stop 50 pips."


class Text(BaseModel):
    """A text and how it is to be read."""

    text: str = Field(description="English, a program or a generated file (see `options.kind`).", examples=[EXAMPLE])
    options: Options = Field(default_factory=Options)


class Program(BaseModel):
    """A program of the strategy language."""

    dsl: str = Field(examples=['strategy "Dip"\nenter long when rsi(14) < 30\nend\nend strategy\n'])
    options: Options = Field(default_factory=Options)


def add_to(app: FastAPI, services: Services) -> None:
    """Add all routes."""
    from nl2strat.web import api_data, api_library, api_runs, api_trading, uploads

    app.include_router(_general(), prefix="/api/v1")
    app.include_router(_reading(services), prefix="/api/v1", tags=["reading"])
    app.include_router(api_runs.router(services), prefix="/api/v1", tags=["runs"])
    app.include_router(api_library.drafts(services), prefix="/api/v1", tags=["drafts"])
    app.include_router(api_library.router(services), prefix="/api/v1", tags=["library"])
    app.include_router(api_trading.router(services), prefix="/api/v1", tags=["deployments"])
    app.include_router(api_data.router(services), prefix="/api/v1", tags=["data"])
    app.include_router(uploads.router(services), prefix="/api/v1", tags=["data"])


def _general() -> APIRouter:
    router = APIRouter()

    @router.get("/health", summary="Whether the server answers")
    async def health() -> dict[str, str]:
        """Needs no session; says nothing but that it is there, and of which version."""
        return {"status": "ok", "version": __version__}

    return router


def _reading(services: Services) -> APIRouter:
    router = APIRouter()

    @router.post("/understand", summary="Read a text")
    async def understand(given: Annotated[Text, Body()]) -> Understood:
        """What was understood, assumed and asked; the program, its English and its Python; where each rule stands in
        the four. A text that leaves something open is an answer (`status`: "question"), and so are errors of a program
        ("error")."""
        return await services.understand(given.text, given.options)

    @router.post("/check", summary="Check a program of the language")
    async def check(given: Annotated[Program, Body()]) -> Understood:
        """All problems with their line and column, or the program's English and Python."""
        from dataclasses import replace

        return await services.understand(given.dsl, replace(given.options, kind="language", reading=None))

    @router.get("/language", summary="What the language knows")
    async def language() -> dict[str, Any]:
        """Functions with signature and definition, and keywords: for completion in an editor."""
        return await asyncio.to_thread(vocabulary)

    @router.get("/examples", summary="Texts to begin with")
    async def examples() -> list[dict[str, str]]:
        """A title and the English of each."""
        return [{"title": title, "text": text} for title, text in EXAMPLES]

    return router


def vocabulary() -> dict[str, Any]:
    """The functions and keywords of the language."""
    from nl2strat.highlight import keywords
    from nl2strat.language.functions import FUNCTIONS

    return {
        "functions": [
            {"name": f.name, "title": f.title, "signature": f.signature, "definition": f.definition,
             "category": f.category}
            for f in FUNCTIONS.values()
        ],
        "keywords": list(keywords()),
    }  # fmt: skip


EXAMPLES = (
    ("Moving average cross", EXAMPLE),
    ("RSI dip in an uptrend",
     "Buy when RSI(14) crosses below 30 and the close is above the 200 SMA. Exit when RSI is above 55. "
     "Stop 2 ATR, risk 1% per trade."),
    ("Donchian breakout, both ways",
     "Buy when the close breaks above the highest high of the last 20 bars. Sell short when the close breaks below the "
     "lowest low of the last 20 bars. Stop 2 ATR, trail 3 ATR."),
    ("London breakout",
     "Buy when the close breaks above the highest high of the last 8 bars. Trade only from 08:00 to 11:00 London time. "
     "Stop 25 pips, target 50 pips. At most one trade per day. Close everything at 16:00."),
    ("MACD with a trend filter",
     "Buy when the MACD crosses above its signal line and the close is above the 100 EMA. "
     "Exit when the MACD crosses below its signal line. Stop 40 pips, target 2R."),
    ("Bollinger reversion",
     "Buy when the close crosses below the lower Bollinger band (20, 2). Exit when the close is above the middle band. "
     "Stop 3 ATR."),
)  # fmt: skip
"""Title and text; all are understood without a question."""
