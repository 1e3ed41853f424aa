"""What is kept: strategies with market, last change and last result; drafts that were never kept; what was deleted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import ui

from mas.errors import MasError
from nl2strat.library import shelf
from nl2strat.web import shelves
from nl2strat.web.pages.moving_files import StrategyImport
from nl2strat.web.pages.parts import button, money, refill, tag, tone
from nl2strat.web.pages.record import record_page
from nl2strat.web.pages.telling import moment_tag
from nl2strat.web.words import say

if TYPE_CHECKING:
    from nl2strat.library.tables import Strategy
    from nl2strat.web.services import Services
    from nl2strat.web.shelves import Contents, Loose, Row

_TEXT = 140
"""Characters of a draft that are shown."""


async def library_page(services: Services, strategy: str = "") -> None:
    """The page's main part. Args: strategy: the id of the one to show; empty: the list of all."""
    if strategy.isascii() and strategy.isdigit():
        await record_page(services, int(strategy))
        return
    tag("h1", say("Library"), "sr")
    page = LibraryPage(services)
    await page.refresh()


class LibraryPage:
    """The list of all strategies."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._found: Contents | None = None
        self._wanted = ""
        with tag("div", classes="library-said", role="status", aria_live="polite") as self._said:
            pass
        with tag("section", classes="card library", aria_label=say("Strategies")):
            with tag("div", classes="card-head"):
                tag("h2", say("Strategies"))
                with tag("div", classes="library-tools"):
                    search = ui.input(
                        placeholder=say("Search names and texts"), on_change=lambda e: self._search(e.value)
                    )
                    search.props("dense outlined clearable debounce=150").classes("library-search")
                    search.props["aria-label"] = say("Search names and texts")
                    tag("a", say("New strategy"), "plain-button", href="/new")
            self._list = tag("div")
        self._drafts = tag("section", classes="card library", aria_label=say("Drafts"))
        StrategyImport(services, self._imported)
        self._deleted = tag("section", classes="card library deleted", aria_label=say("Deleted"))

    async def refresh(self) -> None:
        """Look again."""
        self._found = await self._services.do(shelves.contents, self._services)
        self._show()

    # ------------------------------------------------------------- the lists

    def _search(self, text: str | None) -> None:
        self._wanted = text or ""
        self._show()

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        rows = [
            row for row in found.rows if shelves.matches(self._wanted, row.name, row.symbol, row.timeframe, row.words)
        ]
        loose = [one for one in found.loose if shelves.matches(self._wanted, one.draft.title, one.draft.source, one.of)]
        refill(self._list, lambda: self._strategies(rows, any_at_all=bool(found.rows)))
        refill(self._drafts, lambda: self._loose(loose))
        self._drafts.set_visibility(bool(loose))
        refill(self._deleted, lambda: self._put_away(found.deleted))
        self._deleted.set_visibility(bool(found.deleted))

    def _strategies(self, rows: list[Row], *, any_at_all: bool) -> None:
        if not rows:
            _nothing(any_at_all)
            return
        heads = (say("Name"), say("Market"), say("Last change"), say("Last result"), say("Approved"))
        with tag("table", classes="kept-table shelf"):
            with tag("thead"), tag("tr"):
                for text in heads:
                    tag("th", text, scope="col")
                with tag("th", scope="col"):
                    tag("span", say("What to do"), "sr")
            with tag("tbody"):
                for row in rows:
                    self._row(row)

    def _row(self, row: Row) -> None:
        with tag("tr", data_strategy=str(row.id)):
            with tag("th", scope="row", classes="shelf-name"):
                tag("a", row.name, "link", href=f"/library?strategy={row.id}")
                versions = say("1 version") if row.versions == 1 else say("{n} versions", n=row.versions)
                tag("span", versions, "muted small")
            tag("td", f"{row.symbol} {row.timeframe}".strip(), "shelf-market")
            with tag("td", classes="shelf-change"):
                moment_tag(row.changed)
                tag("span", row.note, "muted small shelf-note")
            with tag("td", classes="shelf-result"):
                _result(row)
            approved = {"newest": say("Approved"), "older": say("An older version")}
            tag("td", approved.get(row.approved, say("Not approved")), "shelf-approved" if row.approved else "muted")
            with tag("td", classes="row-tools"):
                button(say("Open"), partial(self._open, row.id), aria_label=say("Open {name}", name=row.name))
                with tag("button", "\N{HORIZONTAL ELLIPSIS}", "plain-button", type="button", aria_haspopup="menu",
                         aria_label=say("More about {name}", name=row.name)), ui.menu():  # fmt: skip
                    ui.menu_item(say("Versions, backtests, approvals"),
                                 partial(ui.navigate.to, f"/library?strategy={row.id}"))  # fmt: skip
                    ui.menu_item(say("Duplicate"), partial(self._duplicate, row.id))
                    ui.menu_item(say("Delete"), partial(self._delete, row.id))

    def _loose(self, loose: list[Loose]) -> None:
        with tag("div", classes="card-head"):
            tag("h2", say("Drafts"))
            tag("span", say("Written, but not kept as a version. They stay until you delete them."), "muted small")
        with tag("ul", classes="draft-list"):
            for one in loose:
                draft = one.draft
                with tag("li", classes="draft", data_draft=draft.id):
                    with tag("div", classes="draft-words"):
                        tag("a", draft.title or say("Without a title"), "link", href=f"/?draft={draft.id}")
                        text = " ".join(draft.source.split())
                        if not text.startswith(draft.title) or len(text) > len(draft.title):
                            tag("span", text[:_TEXT], "muted small draft-text")
                    if one.of:
                        tag("span", say("changes to {name}", name=one.of), "library-badge")
                    if draft.updated:
                        moment_tag(draft.updated, "muted small")
                    button(say("Delete"), partial(self._drop, one),
                           aria_label=say("Delete the draft {name}", name=draft.title))  # fmt: skip

    def _put_away(self, rows: Any) -> None:
        with tag("details"):
            tag("summary", say("Deleted ({n})", n=len(rows)))
            with tag("ul", classes="draft-list"):
                for row in rows:
                    with tag("li", classes="draft"):
                        tag("span", row.formerly, "draft-words")
                        if row.deleted:
                            moment_tag(row.deleted, "muted small")
                        button(say("Bring back"), partial(self._bring_back, row.id),
                               aria_label=say("Bring back {name}", name=row.formerly))  # fmt: skip

    # ------------------------------------------------------------- what is done

    async def _open(self, number: int) -> None:
        try:
            ui.navigate.to(f"/?draft={await shelves.open_strategy(self._services, number)}")
        except MasError as error:
            self._trouble(error)

    async def _duplicate(self, number: int) -> None:
        try:
            copy: Strategy = await self._services.do(shelf.duplicate, self._services.library, number)
        except MasError as error:
            self._trouble(error)
            return
        self._tell(say("{name} is there.", name=copy.name))
        await self.refresh()

    async def _delete(self, number: int) -> None:
        try:
            gone: Strategy = await self._services.do(shelf.delete, self._services.library, number)
        except MasError as error:
            self._trouble(error)
            return
        self._tell(say("{name} is deleted.", name=gone.formerly), partial(self._bring_back, number))
        await self.refresh()

    async def _bring_back(self, number: int) -> None:
        try:
            back: Strategy = await self._services.do(shelf.bring_back, self._services.library, number)
        except MasError as error:
            self._trouble(error)
            return
        self._tell(say("{name} is back, with everything it had.", name=back.name))
        await self.refresh()

    async def _drop(self, one: Loose) -> None:
        workspace = self._services.workspace
        await self._services.do(workspace.drop, one.draft.id)

        async def back() -> None:
            await self._services.do(workspace.save, one.draft)
            self._tell(say("The draft is back."))
            await self.refresh()

        self._tell(say("The draft {name} is deleted.", name=one.draft.title), back)
        await self.refresh()

    async def _imported(self, name: str) -> None:
        self._tell(say("{name} is imported.", name=name))
        await self.refresh()

    def _tell(self, text: str, undo: Any = None) -> None:
        def build() -> None:
            tag("span", text)
            if undo is not None:
                button(say("Undo"), undo)

        refill(self._said, build)

    def _trouble(self, error: MasError) -> None:
        refill(self._said, lambda: tag("span", str(error), "run-error"))


def _result(row: Row) -> None:
    result = row.result
    if result is None:
        tag("span", say("Not backtested"), "muted")
        return
    tag("span", money(result.net, sign=True), tone(result.net))
    made_up = f" \N{MIDDLE DOT} {say('made-up bars')}" if result.synthetic else ""
    market = f"{result.symbol} {result.timeframe}"
    tag("span", say("{n} trades, {market}", n=f"{result.trades:,}", market=market) + made_up, "muted small")


def _nothing(any_at_all: bool) -> None:
    with tag("div", classes="empty"):
        if any_at_all:
            tag("strong", say("Nothing has these words in it"))
            return
        tag("strong", say("Nothing is kept yet"))
        tag("span", say("Write a strategy, press Versions beside its review and keep it: from then on it is here."))
        tag("span", say("Each version stays, with its backtests and approvals, and can be compared and restored."))
        tag("a", say("Write a strategy"), "plain-button main-button", href="/new")
