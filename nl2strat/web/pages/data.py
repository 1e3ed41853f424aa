"""Market data of one's own: what is there, with its gaps and repairs, and files to import."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nicegui import ui

from nl2strat.web import datastore
from nl2strat.web.pages.asking import Question
from nl2strat.web.pages.clocks import ClockField
from nl2strat.web.pages.importing import DataImport
from nl2strat.web.pages.parts import button, refill, tag
from nl2strat.web.pages.telling import moment_tag, period, size, stamp
from nl2strat.web.shapes import DataSpec, StoredData
from nl2strat.web.words import say, say_known

if TYPE_CHECKING:
    from nl2strat.web.services import Services

SHOWN = 8
"""Gaps that are shown at first."""


async def data_page(services: Services) -> None:
    """The page's main part."""
    tag("h1", say("Data"), "sr")
    page = DataPage(services)
    await page.refresh()


class DataPage:
    """The import above what is in the store."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._question = Question()
        DataImport(services, self._imported)
        self._done = tag("p", "", "library-said", role="status", aria_live="polite")
        with tag("section", classes="card", aria_label=say("What is there")):
            with tag("div", classes="card-head"):
                tag("h2", say("What is there"))
                self._count = tag("span", "", "muted small")
            self._list = tag("div", classes="stored-list")

    async def refresh(self, newest: str = "") -> None:
        """Look again. Args: newest: the name of what has just come, to be opened."""
        entries = await self._services.do(datastore.entries)
        total = sum(entry.size for entry in entries)
        self._count.set_text(say("{n} files, {size}", n=len(entries), size=size(total)) if entries else "")
        refill(self._list, lambda: self._fill(entries, newest))

    def _fill(self, entries: list[StoredData], newest: str) -> None:
        if not entries:
            _nothing()
        for entry in entries:
            self._entry(entry, is_open=entry.name == newest)

    async def _imported(self, entry: StoredData, replaced: bool) -> None:
        counted = f"{entry.bars:,}"
        kind = say("ticks") if entry.kind == "ticks" else say("bars")
        said = say("{name} is there: {n} {kind}.", name=entry.name, n=counted, kind=kind)
        again = say("It took the place of what the same file gave before.") if replaced else ""
        self._done.set_text(f"{said} {again}".rstrip())
        await self.refresh(entry.name)

    # ------------------------------------------------------------- one of them

    def _entry(self, entry: StoredData, *, is_open: bool) -> None:
        with tag("article", classes="stored", aria_label=entry.name, data_name=entry.name):
            with tag("div", classes="stored-head"):
                tag("h3", entry.name)
                with tag("div", classes="row-tools"):
                    button(say("Use in a backtest"), partial(self._use, entry))
                    button(say("Remove"), partial(self._ask, entry), aria_label=say("Remove {name}", name=entry.name))
            with tag("dl", classes="kept-facts"):
                self._facts(entry)
            if not entry.timezone_known:
                ClockField(self._services, entry, self.refresh)
            for note in entry.notes:
                tag("p", say_known(note), "stored-note")
            if entry.gaps:
                _gaps(entry, is_open=is_open)

    def _facts(self, entry: StoredData) -> None:
        kind = say("Ticks") if entry.kind == "ticks" else say("Bars")
        clock = entry.timezone if entry.timezone_known else say("not known, taken as UTC")
        facts = {
            say("Symbol"): entry.symbol, say("Timeframe"): entry.timeframe or "\N{EN DASH}", kind: f"{entry.bars:,}",
            say("From"): stamp(entry.first), say("To"): stamp(entry.last), say("Clock"): clock,
            say("Size"): size(entry.size), say("File"): entry.source,
        }  # fmt: skip
        for name, value in facts.items():
            with tag("div"):
                tag("dt", name)
                tag("dd", value)
        if entry.imported:
            with tag("div"):
                tag("dt", say("Imported"))
                with tag("dd"):
                    moment_tag(entry.imported)

    async def _use(self, entry: StoredData) -> None:
        """Have the strategy that was worked on last run on it."""
        workspace = self._services.workspace
        drafts = await self._services.do(workspace.all)
        draft = drafts[0] if drafts else workspace.new()
        await self._services.do(workspace.save, replace(draft, data=DataSpec(entry.name)))
        ui.navigate.to(f"/?draft={draft.id}")

    def _ask(self, entry: StoredData) -> None:
        async def remove() -> None:
            await self._services.do(datastore.remove, entry.name)
            self._done.set_text(say("{name} is removed.", name=entry.name))
            await self.refresh()

        words = say(
            "{n} bars of {period} go from this machine. Finished backtests keep their results; the file that you "
            "imported is not touched.",
            n=f"{entry.bars:,}", period=period(entry.first, entry.last),
        )  # fmt: skip
        self._question.ask(say("Remove {name}?", name=entry.name), words, say("Remove"), remove)


def _gaps(entry: StoredData, *, is_open: bool) -> None:
    """The longest gaps, in the order of how much is missing."""
    longest = sorted(entry.gaps, key=lambda gap: (-gap.missing, gap.after))
    with tag("details", classes="gaps", open=is_open and len(longest) <= SHOWN):
        tag("summary", say("The longest gaps ({n})", n=len(longest)))
        with tag("div", classes="scroll"), tag("table", classes="kept-table"):
            with tag("thead"), tag("tr"):
                for name in (say("After"), say("Until"), say("Bars missing")):
                    tag("th", name, scope="col")
            with tag("tbody"):
                for gap in longest:
                    with tag("tr"):
                        tag("td", stamp(gap.after))
                        tag("td", stamp(gap.before))
                        tag("td", f"{gap.missing:,}", "num")


def _nothing() -> None:
    with tag("div", classes="empty"):
        tag("strong", say("No data of your own yet"))
        tag(
            "span",
            say("Until you import a file, backtests run on made-up bars: they show how it works, not whether."),
        )
        tag("span", say("In MetaTrader: View, Symbols, Bars: choose the symbol and timeframe, request, export bars."))
        tag("span", say("Put symbol and timeframe in the file's name, such as EURUSD_H1.csv, and nothing is asked."))
