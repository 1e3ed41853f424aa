"""Keeping what is on the one screen as a version, and the versions there are: the review's button and its panel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nicegui import ui

from mas.errors import MasError
from nl2strat.library import shelf
from nl2strat.library.names import NameTaken, NotThere, free_name
from nl2strat.web import keeping, shelves
from nl2strat.web.origins import as_json, is_kept, origin_of
from nl2strat.web.pages.backtest import Desk
from nl2strat.web.pages.fields import Field
from nl2strat.web.pages.parts import button, refill, tag
from nl2strat.web.pages.versions import VersionList
from nl2strat.web.words import say

if TYPE_CHECKING:
    from nl2strat.library.tables import Version
    from nl2strat.web.services import Services
    from nl2strat.web.shapes import Understood


class VersionsPanel:
    """The button stands where this is made. Tell it what was read (`understood`)."""

    def __init__(self, services: Services, desk: Desk) -> None:
        self._services, self._desk = services, desk
        self._found: Understood | None = None
        self._version: Version | None = None
        self._name: Field | None = None
        button(say("Versions"), self.open, "plain-button versions-button", aria_haspopup="dialog")
        with ui.dialog().props("position=right full-height") as self._dialog:
            self._build()

    def _build(self) -> None:
        with tag("div", classes="drawer", role="document"):
            with tag("div", classes="card-head"):
                tag("h2", say("Versions"))
                button(say("Close"), self._dialog.close)
            with tag("form", classes="keep-form") as form:
                self._state = tag("p", "", "keep-state")
                self._naming = tag("div")
                self._note = Field(say("What is new (you need not say)"), lambda _: None).text("", maxlength="500")
                with tag("div", classes="row-tools"):
                    self._keep = tag("button", say("Keep as a version"), "plain-button main-button keep-button",
                                     type="submit")  # fmt: skip
                    self._more = tag("span")
                self._said = tag("p", "", "keep-said", role="status", aria_live="polite")
                self._trouble = tag("p", "", "run-error", role="alert")
            form.on("submit.prevent", self.keep, args=[])
            self._list_box = tag("div")
            with self._list_box:
                self._list = VersionList(self._services, self._restore)

    def understood(self, found: Understood | None) -> None:
        """What was read last; None: nothing, or it is no strategy as it is."""
        self._found = found if found is not None and found.status == "understood" else None
        if self._dialog.value:
            self._say_state()

    async def open(self) -> None:
        """Show the panel as things are now."""
        self._said.set_text("")
        self._trouble.set_text("")
        self._dialog.open()
        try:
            await self._refresh()
        except MasError as error:  # the library cannot be read now: opening the panel again asks it again
            self._tell("", str(error))

    # ------------------------------------------------------------- keeping

    async def keep(self) -> None:
        """Have what is on the screen as the newest version."""
        draft = self._desk.draft
        self._tell("")
        self._keep.set(disabled=True)
        before = self._version
        name = None if before is not None or self._name is None else str(self._name.value or "")
        try:
            kept = await self._services.work.call(
                keeping.keep, draft.source, replace(draft.options, choices=False), str(self._note.value or ""),
                strategy_id=before.strategy_id if before is not None else None, name=name,
                origin=as_json(origin_of(draft)),
            )  # fmt: skip
        except NameTaken as taken:
            self._wrong_name(taken)
            return
        except NotThere as error:
            await self._desk.change(version_id=None)
            await self._refresh()
            self._tell("", f"{error}. {say('Or keep this as a new strategy.')}")
            return
        except MasError as error:
            self._tell("", str(error))
            return
        finally:
            self._keep.set(disabled=self._found is None)
        await self._kept(int(kept["id"]), before)

    async def _kept(self, number: int, before: Version | None) -> None:
        await self._desk.change(version_id=number)
        self._note.set("")
        await self._refresh()
        made = self._version
        if made is None:
            return
        said = say("Kept as version {n}.", n=made.number)
        if before is not None and made.id == before.id:
            said = say("This is version {n} already; there is nothing new to keep.", n=made.number)
        elif before is not None and made.number > before.number + 1:
            said += " " + say("Others were kept meanwhile, in another tab: they are below.")
        self._tell(said)

    def _wrong_name(self, taken: NameTaken) -> None:
        if self._name is not None:
            self._name.trouble(say("There is a strategy called {name} already.", name=taken.name))
        refill(self._more, lambda: button(say("Add to {name} as its newest version", name=taken.name), self._join))

    async def _join(self) -> None:
        """Keep it in the strategy of the name that was typed."""
        name = str(self._name.value or "").strip() if self._name is not None else ""
        rows = await self._services.do(self._services.library.strategies)
        found = next((row for row in rows if row.name == name), None)
        if found is None:
            await self.keep()
            return
        await self._desk.change(version_id=found.versions[-1].id)
        await self._refresh()
        await self.keep()

    # ------------------------------------------------------------- restoring

    async def _restore(self, version: Version) -> None:
        """Bring a version back, into the library and onto the screen; what was there and not kept stays a draft."""
        draft = self._desk.draft
        self._tell("")
        try:
            origin = await shelves.origin_to_open(self._services, version)
            made: Version = await self._services.do(shelf.restore, self._services.library, version.id)
            if self._version is None or not is_kept(draft, self._version):
                aside = replace(draft, id=self._services.workspace.new().id, revision=0)
                await self._services.do(self._services.workspace.save, aside)
        except MasError as error:
            self._tell("", str(error))
            return
        await self._desk.change(**vars(origin), version_id=made.id)
        ui.run_javascript("location.reload()")

    # ------------------------------------------------------------- what is seen

    async def _refresh(self) -> None:
        draft = self._desk.draft
        self._version = await self._services.do(_version_of, self._services, draft.version_id)
        version = self._version
        if self._naming.is_deleted:  # the page was left meanwhile
            return
        self._more.clear()
        self._list_box.set_visibility(version is not None)
        self._say_state()
        if version is not None:
            self._naming.clear()
            self._name = None
            await self._list.show(version.strategy_id, version.id)
        elif self._name is None:
            await self._ask_name()

    def _say_state(self) -> None:
        """Whether what is on the screen is kept; and whether it can be."""
        version = self._version
        self._keep.set(disabled=self._found is None)
        if self._found is None:
            self._state.set_text(say("Once the strategy is understood in full, it can be kept."))
        elif version is None:
            self._state.set_text(say("Not in the library yet. Kept, it has a name, versions, and can be approved."))
        else:
            changed = not is_kept(self._desk.draft, version)
            text = "Changed since version {n} of {name}." if changed else "This is version {n} of {name}."
            self._state.set_text(say(text, n=version.number, name=version.strategy.name))

    async def _ask_name(self) -> None:
        taken = {row.name for row in await self._services.do(self._services.library.strategies)}
        draft = self._desk.draft
        name = self._found.name if self._found is not None else draft.title

        def build() -> None:
            self._name = Field(say("Name"), lambda _: None, classes="wide").text(free_name(name, taken))

        refill(self._naming, build)

    def _tell(self, said: str, trouble: str = "") -> None:
        self._said.set_text(said)
        self._trouble.set_text(trouble)


def _version_of(services: Services, number: int | None) -> Version | None:
    """The version of an id, if its strategy is there."""
    if number is None:
        return None
    try:
        found = services.library.version(number)
    except MasError:
        return None
    return None if found.strategy.deleted is not None else found
