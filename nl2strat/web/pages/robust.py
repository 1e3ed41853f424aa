"""Can a backtest be believed? The verdict with what was checked, and a button for the checks that take time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nicegui import ui

from mas.errors import MasError
from nl2strat.research.checks import lines_of
from nl2strat.web.judging import Judged, judging_of
from nl2strat.web.pages.parts import refill, tag
from nl2strat.web.words import say, say_known

if TYPE_CHECKING:
    from nl2strat.web.services import Services

LOOK = 0.3
"""Seconds between two looks at checks that are going on."""
STANDS = {"good": "passes", "doubt": "doubt", "luck": "luck", "note": "to know"}


class Belief:
    """A card of the results: shows one finished backtest at a time."""

    def __init__(self, services: Services) -> None:
        self._judging = judging_of(services)
        self._run: str | None = None
        self._quick: Mapping[str, Any] = {}
        with tag("section", classes="card belief", aria_label=say("Can it be believed?")):
            with tag("div", classes="card-head"):
                tag("h3", say("Can it be believed?"))
                self._button = tag("button", say("Check for self-deception"), "plain-button", type="button")
                self._button.on("click", self._press, args=[])
            self._line = tag("p", "", "belief-line muted", role="status", aria_live="polite")
            self._found = tag("div")
        self._timer = ui.timer(LOOK, self._look, active=False)

    def show(self, number: str, summary: Mapping[str, Any]) -> None:
        """Args: number: of the backtest. summary: what is known of it, the quick checks among it."""
        self._run, self._quick = number, summary.get("robustness") or {}
        self._refresh(self._judging.state(number))

    # ------------------------------------------------------------- inside

    async def _press(self) -> None:
        number = self._run
        if number is None:
            return
        try:
            if self._judging.state(number).status == "going":
                await self._judging.cancel(number)
            else:
                await self._judging.begin(number)
        except MasError as error:
            self._line.set_text(str(error))
            return
        if number == self._run:
            self._refresh(self._judging.state(number))

    def _look(self) -> None:
        if self._run is None:
            return
        state = self._judging.state(self._run)
        if state.status == "going":
            self._line.set_text(_words(state))
        else:
            self._refresh(state)

    def _refresh(self, state: Judged) -> None:
        going = state.status == "going"
        self._timer.active = going
        again = say("Check again") if state.status == "done" else say("Check for self-deception")
        self._button.set_text(say("Cancel") if going else again)
        self._line.set_text(_words(state))
        found = state.found or self._quick
        refill(self._found, lambda: _show(found))


def _words(state: Judged) -> str:
    if state.status == "going":
        step = state.step.removeprefix("robustness: ")
        return say("Checking: {step}", step=say_known(step)) if step else say("Checking")
    if state.status == "failed":
        return say("The checks were stopped: {why}", why=state.error)
    if state.status == "cancelled":
        return say("Cancelled. What is shown is of the run itself.")
    return ""


def _show(found: Mapping[str, Any]) -> None:
    """Verdict, checks, and what was not run."""
    if not found:
        tag("p", say("This backtest was made before results were checked; run it again."), "muted")
        return
    verdict = found["verdict"]
    with tag("p", classes=f"verdict {verdict['level']}"):
        tag("strong", say_known(str(verdict["head"])))
        for reason in verdict["reasons"]:
            tag("span", f" {say_known(str(reason))}")
    box = tag("div", classes="scroll", tabindex="0", role="region", aria_label=say("Checks"))
    with box, tag("table", classes="checks"):
        with tag("thead"), tag("tr"):
            for title in (say("Check"), say("Says"), say("What was found")):
                tag("th", title, scope="col")
        with tag("tbody"):
            for check in found["checks"]:
                with tag("tr"):
                    tag("th", say_known(str(check["title"])), scope="row")
                    tag("td", say_known(STANDS[check["stand"]]), f"stand {check['stand']}")
                    tag("td", say_known(str(check["text"])))
    if found["not_run"]:
        tag("h4", say("Not run"))
        with tag("ul", classes="lines"):
            for line in lines_of(
                (say_known(str(one["title"])), say_known(str(one["how"]))) for one in found["not_run"]
            ):
                tag("li", line)
