"""What people see: one module for each part of the page. `register` makes the pages known to NiceGUI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from fastapi import FastAPI
    from fastapi.responses import RedirectResponse

_PATIENCE: dict[str, Any] = {"response_timeout": 60.0, "reconnect_timeout": 60.0}
"""Seconds: within which a busy machine builds a page, and for which a page whose network is gone is kept as it is.

Later it is loaded anew: what is not stored, such as an open dialog, is lost then.
"""


def register(app: FastAPI) -> None:
    """Add the pages. What they need of the server they get from `nl2strat.web.services.current()`."""
    from fastapi.responses import RedirectResponse
    from nicegui import ui

    from nl2strat.web.pages.data import data_page
    from nl2strat.web.pages.library import library_page
    from nl2strat.web.pages.running import running_page
    from nl2strat.web.pages.strategy import strategy_page
    from nl2strat.web.services import current

    @ui.page("/", **_PATIENCE)
    async def strategy(draft: str = "") -> None:
        await _shown("/", strategy_page(current(), draft))

    @ui.page("/running", **_PATIENCE)
    async def running() -> None:
        await _shown("/running", running_page(current()))

    @ui.page("/library", **_PATIENCE)
    async def library(strategy: str = "") -> None:
        await _shown("/library", library_page(current(), strategy))

    @ui.page("/data", **_PATIENCE)
    async def data() -> None:
        await _shown("/data", data_page(current()))

    @ui.page("/new")
    def new() -> RedirectResponse:
        return RedirectResponse(f"/?draft={current().workspace.new().id}")


async def _shown(address: str, page: Awaitable[None]) -> None:
    """A page in its frame; what keeps it from being shown stands in its place."""
    from mas.errors import MasError
    from nl2strat.web.pages.layout import frame, notice

    with frame(address):
        try:
            await page
        except MasError as error:
            notice(str(error))
