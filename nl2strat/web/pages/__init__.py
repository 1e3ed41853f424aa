"""What people see: one module for each part of the page. `register` makes the pages known to NiceGUI."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.responses import RedirectResponse


def register(app: FastAPI) -> None:
    """Add the pages. What they need of the server they get from `nl2strat.web.services.current()`."""
    from fastapi.responses import RedirectResponse
    from nicegui import ui

    from mas.errors import MasError
    from nl2strat.web.pages.layout import frame, notice
    from nl2strat.web.pages.strategy import strategy_page
    from nl2strat.web.services import current
    from nl2strat.web.words import say

    @ui.page("/", response_timeout=60)
    async def strategy(draft: str = "") -> None:
        with frame(say("Strategy")):
            try:
                await strategy_page(current(), draft)
            except MasError as error:
                notice(str(error))

    @ui.page("/new")
    def new() -> RedirectResponse:
        return RedirectResponse(f"/?draft={current().workspace.new().id}")
