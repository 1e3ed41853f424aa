"""What trades now: every deployment with its state, its log and the commands to it; below, what is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nicegui import ui

from nl2strat.web.pages.asking import Question
from nl2strat.web.pages.parts import Tag, button, tag
from nl2strat.web.pages.runcard import RunCard
from nl2strat.web.pages.runwords import TONES, amount, money_of, place_of, state_of, when
from nl2strat.web.watching import Overview, overview
from nl2strat.web.words import say

if TYPE_CHECKING:
    from nl2strat.web.services import Services

LOOK = 2.0
"""Seconds between two looks at the runs."""
STEP = 20
"""Runs that are over, shown at once."""


class RunningPage:
    """The lists; `look` brings them up to date."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._cards: dict[str, RunCard] = {}
        self._over: dict[str, _Over] = {}
        self._most = STEP
        self._looking = False
        self._question = Question()
        with tag("section", classes="running", aria_label=say("At work")):
            self._forbidden = tag("p", say(
                "All trading is forbidden. Allow it again at the top of the page; then resume each run."
            ), "banner", role="alert")  # fmt: skip
            self._forbidden.set_visibility(False)
            tag("h2", say("At work"))
            self._at_work = tag("div", classes="runs")
            self._empty = _nothing()
        with tag("section", classes="running", aria_label=say("Over")) as self._below:
            tag("h2", say("Over"))
            self._list = tag("div", classes="runs-over")
            self._more = button(say("Show more"), self._show_more, "plain-button")
        self._below.set_visibility(False)

    async def look(self) -> None:
        """Show how everything is now; a look that takes long is not overtaken by the next."""
        if self._looking:
            return
        self._looking = True
        try:
            await self._show(await self._services.do(overview, self._services.library, self._most))
        finally:
            self._looking = False

    async def _show(self, found: Overview) -> None:
        self._forbidden.set_visibility(found.killed)
        await _bring_up_to_date(self._cards, self._at_work, found.at_work, self._card)
        self._empty.set_visibility(not self._cards)
        await _bring_up_to_date(self._over, self._list, found.over, self._over_row)
        self._below.set_visibility(bool(found.over_count))
        self._more.set_visibility(found.over_count > len(found.over))

    def _card(self, run: Mapping[str, Any]) -> RunCard:
        return RunCard(self._services, run, self._question, self.look)

    def _over_row(self, run: Mapping[str, Any]) -> _Over:
        return _Over(run, self._card)

    async def _show_more(self) -> None:
        self._most += STEP
        await self.look()


class _Over:
    """A run that is over: one line, with everything about it below once it is opened."""

    def __init__(self, run: Mapping[str, Any], card: Any) -> None:
        self._run, self._make = run, card
        self._card: RunCard | None = None
        words, kind = money_of(run)
        with tag("details", classes="over", id=f"over-{run['run']}") as self.box:
            with tag("summary"):
                tag("strong", run["strategy"])
                tag("span", f"{run['symbol']} {run['timeframe']}", "muted")
                tag("span", words, f"badge {kind}")
                tag("span", place_of(run), "muted over-place")
                self._state = tag("span", classes="state")
                self._figures = tag("span", classes="muted over-figures")
            self._body: Tag = tag("div")
        self.box.on("toggle", self._open, args=[])

    async def update(self, run: Mapping[str, Any]) -> None:
        """Show how it ended."""
        self._run = run
        self._state.set_text(state_of(run))
        self._state.classes(add=TONES.get(run["state"], ""))
        doing = run["doing"]
        equity, bar = amount(doing.get("equity")), when(doing.get("bar_time"))
        words = say("{n} trades, equity {equity}, last bar {bar}", n=doing.get("closed", 0), equity=equity, bar=bar)
        self._figures.set_text(words)
        if self._card is not None:
            await self._card.update(run)

    async def _open(self) -> None:
        if self._card is None:
            with self._body:
                self._card = self._make(self._run)
            await self._card.update(self._run)

    def delete(self) -> None:
        """Take it off the page."""
        self.box.delete()


async def _bring_up_to_date(shown: dict[str, Any], box: Tag, runs: Any, make: Any) -> None:
    """Cards for the runs, in their order; those that are there already stay and are only told."""
    numbers = [run["run"] for run in runs]
    for number in set(shown) - set(numbers):
        shown.pop(number).delete()
    for place, run in enumerate(runs):
        if run["run"] not in shown:
            with box:
                shown[run["run"]] = make(run)
            shown[run["run"]].box.move(box, place)
        await shown[run["run"]].update(run)


def _nothing() -> Tag:
    with tag("div", classes="card empty running-empty") as box:
        tag("strong", say("Nothing is running"))
        tag("p", say("Write a strategy, backtest it on your own bars, approve it under Deploy, press Run on paper."))
        tag("a", say("To the strategy"), "plain-button", href="/")
    return box


async def running_page(services: Services) -> None:
    """The page's main part."""
    tag("h1", say("Running"), "sr")
    page = RunningPage(services)
    await page.look()
    ui.timer(LOOK, page.look)
    ui.run_javascript("if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView()")
