"""A page with nothing but the backtest panel, for one strategy: `python -m tests.nl2strat.web.panel_server PORT TEXT`.

The server's own services, API and style; no guard and no login, which tests of the whole page are about.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from nicegui import ui
from starlette.staticfiles import StaticFiles

import nl2strat.web
from nl2strat.web import api, errors
from nl2strat.web.pages.backtest import BacktestPanel
from nl2strat.web.pages.chart import SCRIPT
from nl2strat.web.pages.layout import STYLES
from nl2strat.web.services import Services
from nl2strat.web.shapes import DataSpec
from nl2strat.web.work import Work
from nl2strat.web.workspace import Draft

STATIC = Path(nl2strat.web.__file__).parent / "static"
DRAFT = "00000000000000f2"


class OneDesk:
    """A draft in the library, without a page around it."""

    def __init__(self, services: Services, draft: Draft) -> None:
        self._services, self.draft = services, draft
        self._storing = asyncio.Lock()

    async def change(self, **changes: Any) -> None:
        """Change fields of the draft and store it."""
        async with self._storing:
            self.draft = await self._services.do(self._services.workspace.save, replace(self.draft, **changes))


def main(port: int, text: str, bars: int) -> None:
    """Serve until killed."""
    services = Services(work=Work(spare=1))

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        services.begin()
        yield
        await services.end()

    app = FastAPI(lifespan=life)
    app.mount("/static", StaticFiles(directory=STATIC))

    api.add_to(app, services)
    errors.install(app)

    @ui.page("/", response_timeout=30)
    async def page() -> None:
        ui.run_javascript("document.documentElement.lang = 'en'")
        for name in (f"{sheet}.css" for sheet in STYLES):
            if (STATIC / name).exists():
                ui.add_head_html(f'<link rel="stylesheet" href="/static/{name}">')
        if extra := os.environ.get("PANEL_STYLE"):
            ui.add_head_html(f"<style>{extra}</style>")
        ui.add_head_html(f'<script type="module" src="/static/{SCRIPT}"></script>')
        draft = await services.do(services.workspace.open, DRAFT)
        if not draft.text:
            draft = replace(draft, text=text, data=DataSpec(bars=bars))
        panel = BacktestPanel(services, OneDesk(services, draft))
        await panel.understood(await services.understand(draft.source, draft.options))
        await panel.restore()

    ui.run_with(app, tailwind=False, dark=None, language="en-US", show_welcome_message=False)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
