"""The one screen: type, see what was understood, review it, backtest it. `Screen` tells the parts of each other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nicegui import ui

from mas.errors import MasError
from nl2strat.errors import UsageError
from nl2strat.source import MAX_CHARACTERS
from nl2strat.web.asking import configured
from nl2strat.web.pages.backtest import BacktestPanel
from nl2strat.web.pages.deploying import Deploying
from nl2strat.web.pages.desk import StrategyDesk
from nl2strat.web.pages.drafting import DraftReader
from nl2strat.web.pages.heading import Heading
from nl2strat.web.pages.layout import notice
from nl2strat.web.pages.parts import Tag, tag
from nl2strat.web.pages.reader import ReaderSwitch, on_page
from nl2strat.web.pages.review import Review
from nl2strat.web.pages.typing import Typing
from nl2strat.web.pages.versions_panel import VersionsPanel
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
        self._stored = True
        self._reading = asyncio.Lock()
        self._notice = notice()
        self._desk = StrategyDesk(services, draft, self._not_stored, self._changed)
        self._reader = DraftReader(services, self._desk)
        self._heading = Heading(draft.own_title, self._named)
        with _part("text", "desk"):
            self._typing = Typing(draft.text, self._typed, self._chosen, self._heading.unsaved, self._switch)
        with _part("review"):
            self._review = Review(self._edited)
            with self._review.tools:
                self._versions = VersionsPanel(services, self._desk)
        with _part("result"):
            self._panel = BacktestPanel(services, self._desk, lambda: self._deploying.tested())
            self._panel.before = self._flush
        with _part("deploy"):
            self._deploying = Deploying(services, self._desk)
        bottom_bar()

    async def begin(self) -> None:
        """Show what was there when the draft was left."""
        self._lock_text()
        self._heading.saved()
        if self._desk.draft.edited == "language":
            self._review.open("language")
        self._typing.reader.offer(await self._services.do(configured))
        await self.read()
        await self._panel.restore()

    async def read(self) -> None:
        """Read what counts now and show it everywhere; of several at once the last."""
        self._turn += 1
        turn = self._turn
        self._reader.stop()
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
                found = await self._reader.read()
            except MasError as error:
                trouble = on_page(str(error))
            except asyncio.CancelledError:
                if turn == self._turn:
                    raise
        if turn != self._turn or self._notice.is_deleted:  # a newer one, or nobody looks any more
            return
        if found is not None:
            self._typing.show(found, is_program=self._desk.draft.edited != "english")
        elif trouble:
            self._typing.failed(trouble)
        else:
            self._typing.empty()
        draft = self._desk.draft
        model = found.model if found is not None else None
        self._typing.reader.show(draft.translator, model, draft.more.get("spent") or {}, draft.instead)
        self._review.show(found, draft.program if draft.edited == "language" else None)
        self._versions.understood(found)
        await self._panel.understood(found)
        self._deploying.understood(found)

    # ------------------------------------------------------------- what the parts tell

    async def _typed(self, text: str) -> None:
        if len(text) > MAX_CHARACTERS:
            self._turn += 1
            self._too_long(text)
            return
        await self._desk.change(text=text, edited="english", reading=None, title=self._desk.draft.own_title)
        self._say_saved()
        self._lock_text()
        await self.read()

    async def _flush(self) -> None:
        await self._typing.flush()
        await self._review.editor.flush()

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
        await self._desk.change(program=program, edited="language", reading=None, title=self._desk.draft.own_title)
        self._say_saved()
        self._lock_text()
        await self.read()

    async def _back_to_text(self) -> None:
        await self._desk.change(edited="english")
        self._lock_text()
        await self.read()

    def _switch(self) -> ReaderSwitch:
        return ReaderSwitch(self._desk.draft.translator, self._by, self._again)

    async def _by(self, translator: str) -> None:
        await self._desk.change(translator=translator, reading=None)
        await self.read()

    async def _again(self) -> None:
        """Ask the model once more, where the offline reading stands in for it."""
        await self._desk.change(more={k: v for k, v in self._desk.draft.more.items() if k != "instead"})
        self._typing.reader.offer(await self._services.do(configured))
        await self.read()

    async def _named(self, name: str) -> None:
        await self._desk.change(title=name)

    def _lock_text(self) -> None:
        self._typing.locked(self._back_to_text if self._desk.draft.edited == "language" else None)

    def _not_stored(self, why: str) -> None:
        self._stored = False  # until the page is loaded anew: another tab has the draft, or the disk is full
        self._notice.set_text(why)

    def _say_saved(self) -> None:
        self._heading.saved() if self._stored else self._heading.failed()

    async def _changed(self, names: set[str]) -> None:
        """Other inputs are another program, and other data another market: read again."""
        self._say_saved()
        if names & {"inputs", "data"} and not self._reader.own:
            await self.read()


def _part(name: str, classes: str = "") -> Tag:
    """A part of the screen: a phone shows one at a time."""
    return tag("div", classes=f"part {classes}", data_part=name, id=f"part-{name}", aria_labelledby=f"to-{name}")


def bottom_bar() -> None:
    """The parts as tabs, where there is room for one of them only (see `static/keys.js`)."""
    names = {"text": say("Text"), "review": say("Review"), "result": say("Result"), "deploy": say("Deploy")}
    with ui.element("nl2-parts") as bar:
        bar.props["role"] = "tablist"
        bar.props["aria-label"] = say("Parts of the screen")
        for name, text in names.items():
            first = name == "text"
            tag("button", text, type="button", role="tab", id=f"to-{name}", data_to=name,
                aria_controls=f"part-{name}", aria_selected="true" if first else "false",
                tabindex="0" if first else "-1")  # fmt: skip


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
