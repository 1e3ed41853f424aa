"""One strategy of the library: its versions, backtests, approvals and deployments."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import ui

from mas.errors import MasError
from nl2strat.library import shelf
from nl2strat.library.names import NotThere
from nl2strat.web import shelves
from nl2strat.web.pages.asking import Question
from nl2strat.web.pages.moving_files import export_link
from nl2strat.web.pages.parts import Tag, button, money, refill, tag, tone
from nl2strat.web.pages.telling import moment, moment_tag, period
from nl2strat.web.pages.versions import VersionList
from nl2strat.web.words import say, say_known

if TYPE_CHECKING:
    from nl2strat.library.tables import Approval, Run, Strategy, Version
    from nl2strat.web.services import Services
    from nl2strat.web.shelves import Dossier, Tried

MOST = 100
"""Backtests that are listed."""


async def record_page(services: Services, number: int) -> None:
    """The page's main part."""
    try:
        found = await services.do(shelves.dossier, services, number)
    except NotThere as error:
        with tag("section", classes="card"), tag("div", classes="empty"):
            tag("strong", str(error))
            tag("a", say("All strategies"), "plain-button", href="/library")
        return
    page = RecordPage(services, found)
    await page.refresh()


class RecordPage:
    """Args: found: the strategy as it is now."""

    def __init__(self, services: Services, found: Dossier) -> None:
        self._services, self._number = services, found.strategy.id
        self._question = Question()
        tag("a", say("All strategies"), "back", href="/library")
        self._said = tag("div", classes="library-said", role="status", aria_live="polite")
        with tag("section", classes="card record-head"):
            with tag("div", classes="card-head"):
                self._name = tag("h1", found.strategy.name, "record-name")
                with tag("div", classes="row-tools"):
                    button(say("Open"), self._open, "plain-button main-button")
                    button(say("Rename"), self._begin_renaming)
                    button(say("Duplicate"), self._duplicate)
                    self._export = tag("span")
                    button(say("Delete"), self._delete)
            self._renaming = tag("form", classes="rename")
            with self._renaming:
                self._field = ui.input(value=found.strategy.name)
                self._field.props("dense outlined").props["aria-label"] = say("Name")
                tag("button", say("Rename"), "plain-button main-button", type="submit")
                button(say("Cancel"), lambda: self._renaming.set_visibility(False))
                self._wrong = tag("p", "", "run-error", role="alert")
            self._renaming.on("submit.prevent", self._rename, args=[])
            self._renaming.set_visibility(False)
            self._words = tag("p", "", "record-words")
        with tag("section", classes="card", aria_label=say("Versions")):
            _head(say("Versions"))
            self._versions = VersionList(services, self._restore)
        self._backtests = _section(say("Backtests"))
        self._approvals = _section(say("Approvals"))
        self._deployments = _section(say("Deployments"))

    async def refresh(self) -> None:
        """Look again."""
        found = await self._services.do(shelves.dossier, self._services, self._number)
        name = found.strategy.name
        self._name.set_text(name)
        self._words.set_text(found.newest.english or found.newest.explanation)
        refill(self._export, lambda: export_link(name))
        refill(self._backtests, lambda: self._fill_backtests(found))
        refill(self._approvals, lambda: self._fill_approvals(found))
        refill(self._deployments, lambda: _fill_deployments(found.deployments))
        await self._versions.show(self._number)

    # ------------------------------------------------------------- what is seen

    def _fill_backtests(self, found: Dossier) -> None:
        if not found.backtests:
            tag(
                "p",
                say("None yet. Each backtest of a version is counted here, those of the command line too."),
                "muted",
            )
            return
        heads = (say("When"), say("Version"), say("Market"), say("Period"), say("Trades"), say("Net"))
        with _table(heads, "record-table"):
            for one in found.backtests[:MOST]:
                with tag("tr"):
                    with tag("td"):
                        moment_tag(one.row.created)
                    tag("td", str(one.version) if one.version else say("not kept"), "" if one.version else "muted")
                    _market(one)
                    tag("td", period(one.row.first, one.row.last))
                    tag("td", f"{one.row.trades:,}", "num")
                    tag("td", money(one.row.net, sign=True), f"num {tone(one.row.net)}")
                    with tag("td", classes="row-tools"):
                        if one.run is not None:
                            button(say("Open again"), partial(self._open_backtest, one, found))
        if len(found.backtests) > MOST:
            tag("p", say("The newest {n} of {of}.", n=MOST, of=f"{len(found.backtests):,}"), "muted small")

    def _fill_approvals(self, found: Dossier) -> None:
        if not found.approvals:
            tag("p", say("None. A strategy is approved where it is deployed, once it was backtested on your own data."),
                "muted")  # fmt: skip
            return
        heads = (say("When"), say("Who"), say("Version"), say("Fingerprint of the code"), say("Backtest"), say("State"))
        with _table(heads, "record-table"):
            for one in found.approvals:
                with tag("tr", classes="" if one.revoked is None else "muted"):
                    with tag("td"):
                        moment_tag(one.created)
                    tag("td", one.who, "approval-who")
                    tag("td", str(one.version.number))
                    with tag("td"):
                        tag("code", one.python_sha256[:12], title=one.python_sha256)
                    backtest = one.backtest
                    bars = say("{n} bars", n=f"{backtest.bars:,}")
                    tag("td", f"{backtest.symbol} {backtest.timeframe}, {bars}, {money(backtest.net, sign=True)}")
                    back = one.revoked
                    tag("td", say("Counts") if back is None else say("Taken back {when}", when=moment(back)))
                    with tag("td", classes="row-tools"):
                        if back is None:
                            button(say("Revoke"), partial(self._revoke, one))

    # ------------------------------------------------------------- what is done

    async def _open(self) -> None:
        await self._go(partial(shelves.open_strategy, self._services, self._number))

    async def _open_backtest(self, one: Tried, found: Dossier) -> None:
        await self._go(lambda: self._services.do(shelves.open_backtest, self._services, one, found))

    async def _go(self, find: Any) -> None:
        try:
            ui.navigate.to(f"/?draft={await find()}")
        except MasError as error:
            self._trouble(error)

    def _begin_renaming(self) -> None:
        self._wrong.set_text("")
        self._field.set_value(self._name.text)
        self._renaming.set_visibility(True)
        self._field.run_method("focus")

    async def _rename(self) -> None:
        try:
            await self._services.do(shelf.rename, self._services.library, self._number, str(self._field.value or ""))
        except MasError as error:
            self._wrong.set_text(str(error))
            return
        self._renaming.set_visibility(False)
        await self.refresh()

    async def _duplicate(self) -> None:
        try:
            copy: Strategy = await self._services.do(shelf.duplicate, self._services.library, self._number)
        except MasError as error:
            self._trouble(error)
            return
        ui.navigate.to(f"/library?strategy={copy.id}")

    async def _delete(self) -> None:
        try:
            gone: Strategy = await self._services.do(shelf.delete, self._services.library, self._number)
        except MasError as error:
            self._trouble(error)
            return
        name = gone.formerly

        def build() -> None:
            tag("span", say("{name} is deleted.", name=name))
            button(say("Undo"), self._bring_back)
            tag("a", say("All strategies"), "plain-button", href="/library")

        refill(self._said, build)

    async def _bring_back(self) -> None:
        back: Strategy = await self._services.do(shelf.bring_back, self._services.library, self._number)
        self._tell(say("{name} is back, with everything it had.", name=back.name))
        await self.refresh()

    async def _restore(self, version: Version) -> None:
        try:
            made: Version = await self._services.do(shelf.restore, self._services.library, version.id)
        except MasError as error:
            self._trouble(error)
            return
        self._tell(say("Version {n} is what version {old} was; nothing else has changed.", n=made.number,
                       old=version.number))  # fmt: skip
        await self.refresh()

    def _revoke(self, one: Approval) -> None:
        async def revoke() -> None:
            await self._services.do(self._services.library.revoke, one.id)
            await self.refresh()

        words = say(
            "Version {n} can then not be deployed until somebody approves it again. What runs on it goes on until it "
            "ends, and does not begin again.", n=one.version.number,
        )  # fmt: skip
        self._question.ask(say("Take the approval of {who} back?", who=one.who), words, say("Revoke"), revoke)

    def _tell(self, text: str) -> None:
        refill(self._said, lambda: tag("span", text))

    def _trouble(self, error: MasError) -> None:
        refill(self._said, lambda: tag("span", str(error), "run-error"))


def _fill_deployments(rows: Any) -> None:
    if not rows:
        tag("p", say("None. An approved strategy is deployed, on paper first, from its screen."), "muted")
        return
    heads = (say("Begun"), say("Version"), say("Where"), say("Market"), say("State"))
    with _table(heads, "record-table"):
        for row in rows:
            _deployment(row)


def _deployment(row: Run) -> None:
    where = say("Paper") if row.terminal == "paper" else say("Account {n}", n=row.account)
    with tag("tr"):
        with tag("td"):
            moment_tag(row.created)
        tag("td", str(row.version.number))
        tag("td", f"{where}, {say('real money')}" if row.live else where)
        tag("td", f"{row.symbol} {row.timeframe}")
        with tag("td", classes="deployment-state"):
            tag("span", say_known(row.state))
            tag("span", row.reason, "muted small")
        with tag("td", classes="row-tools"):
            tag("a", say("Show"), "plain-button", href="/running")


def _market(one: Tried) -> None:
    with tag("td"):
        tag("span", f"{one.row.symbol} {one.row.timeframe}")
        if one.row.synthetic:
            tag("span", f" {say('made-up bars')}", "muted small")


def _table(heads: Any, classes: str) -> Tag:
    """A table with a heading for each column and one for the buttons; what is made inside are its rows."""
    with tag("div", classes="scroll"), tag("table", classes=f"kept-table {classes}"):
        with tag("thead"), tag("tr"):
            for text in heads:
                tag("th", text, "num" if text in (say("Trades"), say("Net")) else "", scope="col")
            with tag("th", scope="col"):
                tag("span", say("What to do"), "sr")
        return tag("tbody")


def _section(title: str) -> Tag:
    with tag("section", classes="card", aria_label=title):
        _head(title)
        return tag("div")


def _head(title: str) -> None:
    with tag("div", classes="card-head"):
        tag("h2", title)
