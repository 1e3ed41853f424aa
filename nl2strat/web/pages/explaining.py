"""Why a bar did or did not trade, in words: each rule taken apart with the values it saw, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nl2strat.web.pages.parts import button, refill, tag
from nl2strat.web.pages.selecting import Row
from nl2strat.web.words import say

Json = Mapping[str, Any]

MARKS = {True: ("\N{CHECK MARK}", "gain"), False: ("\N{MULTIPLICATION X}", "loss"), None: ("?", "muted")}


class Explanation:
    """The panel beside the chart. `on_bar` hears which bar is asked for next."""

    def __init__(self, on_bar: Callable[[int], Any]) -> None:
        self._on_bar = on_bar
        with tag("section", classes="card why", aria_label=say("Why")):
            with tag("div", classes="card-head"):
                tag("h3", say("Why"))
                self._moves = tag("div", classes="why-moves")
            self._body = tag("div", classes="why-body", aria_live="polite", tabindex="0", role="region",
                             aria_label=say("Explanation of the bar"))  # fmt: skip
        self.teach()

    def teach(self) -> None:
        """Nothing is chosen: say what could be."""
        self._moves.clear()

        def build() -> None:
            with tag("div", classes="empty"):
                tag("strong", say("Choose a bar or a trade"))
                tag("p", say("Each rule is then shown with the numbers it saw, and why it acted or did not."))

        refill(self._body, build)

    def busy(self, bar: int, trade: Row | None) -> None:
        """A bar is being looked at; what was shown stays, paler."""
        refill(self._moves, lambda: self._buttons(bar, trade))
        self._body.classes(add="stale").set(aria_busy="true")

    def trouble(self, text: str) -> None:
        """It could not be explained."""
        self._ready()
        refill(self._body, lambda: tag("p", text, "run-error"))

    def show(self, why: Json) -> None:
        """Args: why: `nl2strat.why.Why` as a dict."""
        self._ready()
        refill(self._body, lambda: _contents(why))

    def _ready(self) -> None:
        self._body.classes(remove="stale").set(aria_busy=None)

    def _buttons(self, bar: int, trade: Row | None) -> None:
        if trade is not None:
            for text, filled in ((say("Entry"), int(trade["entry_bar"])), (say("Exit"), int(trade["exit_bar"]))):
                decided = max(0, filled - 1)
                button(text, lambda b=decided: self._on_bar(b), aria_pressed="true" if decided == bar else "false")  # type: ignore[misc]
        back, on = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
        button(back, lambda: self._on_bar(bar - 1), aria_label=say("The bar before"), disabled=bar <= 0)
        button(on, lambda: self._on_bar(bar + 1), aria_label=say("The bar after"))


def _contents(why: Json) -> None:
    with tag("div"):
        tag("p", say("Bar of {time}, decided at its close {close}", time=why["time"], close=why["decided"]), "why-time")
        tag("p", "  ".join(f"{name[0].upper()} {value:g}" for name, value in why["prices"].items()), "why-prices")
    with tag("div"):
        tag("h4", say("What came of it"))
        with tag("ul", classes="why-outcome"):
            for line in why["outcome"]:
                tag("li", str(line))
    with tag("div"):
        tag("h4", say("Position"))
        for line in why["position"]:
            tag("p", str(line))
    for rule in why["rules"]:
        with tag("div", classes="why-rule"):
            tag("h4", str(rule["title"]))
            for clause in rule["clauses"]:
                _clause(clause)
    if why["gates"]:
        with tag("div", classes="why-rule"):
            tag("h4", say("Allowed at this time"))
            for clause in why["gates"]:
                _clause(clause)


def _clause(clause: Json) -> None:
    mark, kind = MARKS[clause["truth"]]
    said = {True: say("true"), False: say("false"), None: say("not available")}[clause["truth"]]
    depth = int(clause.get("depth", 0))
    line = tag("div", classes="clause deep" if depth else "clause")
    if depth:
        line.style(f"--depth: {depth}")
    with line:
        with tag("span", "", f"clause-mark {kind}"):
            tag("span", mark, aria_hidden="true")
            tag("span", said, "sr")
        tag("code", str(clause["text"]))
        values = [f"{text} = {_number(value)}" for text, value in clause["values"].items()]
        if values:
            tag("div", "\n".join(values), "clause-values")


def _number(value: Any) -> str:
    return say("not available") if value is None else f"{value:.6g}" if isinstance(value, int | float) else str(value)
