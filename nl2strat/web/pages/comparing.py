"""A run beside the backtest of its bars: the button, the result in words, each difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mas.errors import MasError
from nl2strat.web import trading
from nl2strat.web.pages.parts import button, refill, tag
from nl2strat.web.pages.runwords import causes, parity_of
from nl2strat.web.watching import kept_parity
from nl2strat.web.words import say, say_known
from nl2strat.web.work import RUNNING

if TYPE_CHECKING:
    from nl2strat.web.services import Services

MOST = 40
"""Differences that are listed."""


class Parity:
    """Args: number: of the run. `recall` shows what was found last."""

    def __init__(self, services: Services, number: str) -> None:
        self._services, self._number = services, number
        with tag("div", classes="parity"):
            with tag("div", classes="parity-head"):
                tag("h4", say("Beside its backtest"))
                self._do = button(say("Compare"), self._compare, "plain-button")
            self._line = tag("p", "", "parity-line", role="status", aria_live="polite")
            self._list = tag("div")
        self._line.set_text(say("Whether each decision is one that a backtest of the same bars makes, and why if not."))

    async def recall(self) -> None:
        """The comparison that was made last, if there is one."""
        kept = await self._services.do(kept_parity, self._services.library, self._number)
        if kept is not None:
            self._show(kept)

    async def _compare(self) -> None:
        self._do.set(disabled=True)
        self._tell(say("Comparing"), "")
        try:
            self._show(await self._services.work.call(trading.parity_of, self._number, lane=RUNNING))
        except MasError as error:
            self._tell(str(error), "bad")
        finally:
            self._do.set(disabled=False)

    def _show(self, found: Mapping[str, Any]) -> None:
        try:
            words, tone = parity_of(found)
        except (KeyError, TypeError):  # of another version
            return
        self._tell(words, tone)
        refill(self._list, lambda: _differences(found))

    def _tell(self, text: str, tone: str) -> None:
        self._line.set_text(text)
        self._line.classes(remove="good open bad")
        if tone:
            self._line.classes(add=tone)


def _differences(found: Mapping[str, Any]) -> None:
    rows = found["differences"]
    if not rows:
        return
    named = causes()
    with tag("details", classes="more"):
        tag("summary", say("The differences"))
        with tag("div", classes="scroll"), tag("table", classes="plain-table"):
            with tag("thead"), tag("tr"):
                for name in (say("Bar"), say("What"), say("Run"), say("Backtest"), say("Why")):
                    tag("th", name, scope="col")
            with tag("tbody"):
                for one in rows[:MOST]:
                    with tag("tr"):
                        tag("td", str(one["bar"])[:16].replace("T", " "))
                        tag("td", f"{one['what']} {one['side']}".strip())
                        tag("td", one["run"] or "\N{EN DASH}")
                        tag("td", one["backtest"] or "\N{EN DASH}")
                        tag("td", f"{named.get(one['cause'], one['cause'])}: {say_known(one['why'])}", "why-cell")
        if len(rows) > MOST:
            tag("p", say("and {n} more", n=len(rows) - MOST), "muted")
