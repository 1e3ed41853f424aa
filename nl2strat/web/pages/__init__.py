"""What people see: one module for each part of the page. `register` makes the pages known to NiceGUI."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI


def register(app: FastAPI) -> None:
    """Add the pages. What they need of the server they get from `nl2strat.web.services.current()`."""
    from nicegui import ui

    from nl2strat.web.pages.layout import frame

    @ui.page("/")
    def strategy() -> None:
        with frame("Strategy"):
            ui.label("nl2strat")
