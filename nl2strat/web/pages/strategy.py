"""The one screen: type, see what was understood, review it, backtest it. `Screen` tells the parts of each other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nicegui import ui

from mas.errors import MasError
from nl2strat.errors import UsageError
from nl2strat.source import MAX_CHARACTERS
from nl2strat.web.pages.backtest import BacktestPanel
from nl2strat.web.pages.desk import StrategyDesk
from nl2strat.web.pages.layout import notice
from nl2strat.web.pages.parts import tag
from nl2strat.web.pages.review import Review
from nl2strat.web.pages.typing import Typing
from nl2strat.web.sources import check_length
from nl2strat.web.words import say

if TYPE_CHECKING:
    from nl2strat.web.services import Services
    from nl2strat.web.shapes import Understood
    from nl2strat.web.workspace import Draft


class Screen:
    """The parts for one draft; `begin` reads what is in it."""

    def __init__(self, services: Services, draft: Draft) -> None:
        self._services = services
        self._turn = 0
        self._letting_go = False
        self._reading = asyncio.Lock()
        self._notice = notice()
        self._desk = StrategyDesk(services, draft, self._notice.set_text, self._changed)
        with tag("div", classes="desk"):
            self._typing = Typing(draft.text, self._typed, self._chosen)
        self._review = Review(self._edited)
        self._panel = BacktestPanel(services, self._desk)

    async def begin(self) -> None:
        """Show what was there when the draft was left."""
        self._lock_text()
        if self._desk.draft.edited == "language":
            self._review.open("language")
        await self.read()
        await self._panel.restore()

    async def read(self) -> None:
        """Read what counts now and show it everywhere; of several at once the last."""
        self._turn += 1
        turn = self._turn
        async with self._reading:
            if turn != self._turn:
                return
            await self._show(turn)

    async def _show(self, turn: int) -> None:
        found: Understood | None = None
        trouble = ""
        if self._desk.draft.source.strip():
            self._typing.busy()
            try:
                found = await self._understood()
            except MasError as error:
                trouble = str(error)
        if turn != self._turn:
            return
        if found is not None:
            self._typing.show(found, is_program=self._desk.draft.edited != "english")
        elif trouble:
            self._typing.failed(trouble)
        else:
            self._typing.empty()
        draft = self._desk.draft
        self._review.show(found, draft.program if draft.edited == "language" else None)
        await self._panel.understood(found)

    async def _understood(self) -> Understood:
        """What the draft says; inputs that were turned and are no longer there are let go."""
        draft = self._desk.draft
        try:
            return await self._services.understand(draft.source, draft.options)
        except UsageError:
            if not draft.inputs:
                raise
        self._letting_go = True  # this reading goes on with them gone: no other has to begin
        try:
            await self._desk.change(inputs={})
        finally:
            self._letting_go = False
        return await self._services.understand(self._desk.draft.source, self._desk.draft.options)

    # ------------------------------------------------------------- what the parts tell

    async def _typed(self, text: str) -> None:
        if len(text) > MAX_CHARACTERS:
            self._turn += 1
            self._too_long(text)
            return
        await self._desk.change(text=text, edited="english", reading=None)
        self._lock_text()
        await self.read()

    def _too_long(self, text: str) -> None:
        """Far more than a strategy: neither kept nor read."""
        try:
            check_length(text)
        except UsageError as error:
            self._typing.failed(str(error))

    async def _chosen(self, reading: str) -> None:
        await self._desk.change(reading=reading)
        await self.read()

    async def _edited(self, program: str) -> None:
        if len(program) > MAX_CHARACTERS:
            self._turn += 1
            self._too_long(program)
            return
        await self._desk.change(program=program, edited="language", reading=None)
        self._lock_text()
        await self.read()

    async def _back_to_text(self) -> None:
        await self._desk.change(edited="english")
        self._lock_text()
        await self.read()

    def _lock_text(self) -> None:
        self._typing.locked(self._back_to_text if self._desk.draft.edited == "language" else None)

    async def _changed(self, names: set[str]) -> None:
        """Other inputs are another program, and other data another market: read again."""
        if names & {"inputs", "data"} and not self._letting_go:
            await self.read()


async def strategy_page(services: Services, number: str) -> None:
    """The screen for a draft; without an id for the one changed last. Raises: UsageError: that is no id."""
    if number:
        draft = await services.do(services.workspace.open, number)
    else:
        drafts = await services.do(services.workspace.all)
        draft = drafts[0] if drafts else services.workspace.new()
    tag("h1", say("Strategy"), "sr")
    screen = Screen(services, draft)
    ui.run_javascript(f"history.replaceState(null, '', '/?draft={draft.id}')")
    try:
        await ui.context.client.connected(timeout=30.0)  # the page is seen before anything is read
    except TimeoutError:
        return  # nobody looks at it
    await screen.begin()
