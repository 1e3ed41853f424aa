"""Backtest in one click: what to run on, progress, and everything that came of it. `Results` shows, this runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from nicegui import ui

from mas.errors import MasError
from nl2strat.web.pages.inputs import Sliders
from nl2strat.web.pages.parts import refill, tag
from nl2strat.web.pages.results import Results
from nl2strat.web.pages.setup import Setup
from nl2strat.web.words import say, say_known

if TYPE_CHECKING:
    from nl2strat.web.runs import RunState
    from nl2strat.web.services import Services
    from nl2strat.web.shapes import InputValue, Step, Understood
    from nl2strat.web.workspace import Draft

LOOK, LATER = 0.12, 0.5
"""Seconds between two looks at a running backtest: of the first ones, and of the others.

Each that shows something new has the browser go through the whole page, which a busy machine cannot do all the time.
"""
_FIRST = 20
"""So many looks follow each other closely."""


class Desk(Protocol):
    """What the panel needs of the page that it is part of: the draft, and a way to change it."""

    @property
    def draft(self) -> Draft:
        """As it is now."""

    def change(self, **changes: Any) -> Awaitable[Any]:
        """Change fields of the draft and store it. Changes may be asked for while others are being stored."""


class BacktestPanel:
    """The part of the page about backtests.

    Tell it what was read (`understood`) and, once, to show what there is already (`restore`).
    """

    def __init__(self, services: Services, desk: Desk, on_end: Callable[[], Any] = lambda: None) -> None:
        """Args: on_end: told that a backtest is done."""
        self._services, self._desk, self._on_end = services, desk, on_end
        self.before: Callable[[], Awaitable[Any]] = _nothing
        """Awaited before each run: what is still being typed counts too."""
        self._ready = False
        self._run: str | None = None
        self._looks = 0
        self._shown: Step | None = None
        with tag("section", classes="backtest", aria_label=say("Backtest")):
            with tag("section", classes="card run-card"):
                with tag("div", classes="card-head"):
                    tag("h3", say("Backtest"))
                    self._links = tag("div", classes="filters", role="group", aria_label=say("Download"))
                with tag("div", classes="setup"):
                    self._setup = Setup(desk.draft.data, desk.draft.costs, self._changed)
                    self._go = tag("button", "", "plain-button run-button", type="button", disabled=True)
                    self._go.on("click", self._press, args=[])
                    with self._go:
                        self._go_text = tag("span", say("Run"))
                        self._go_keys = tag("kbd", "Ctrl \N{RETURN SYMBOL}", aria_hidden="true")
                    self._line()
                    self._setup.costs_fields()
            self._sliders = Sliders(self._turned)
            self._sliders.card.set_visibility(False)
            self._results = Results(services)
        ui.keyboard(self._key, ignore=[])
        self._timer = ui.timer(LOOK, self._look, active=False)

    # ------------------------------------------------------------- what the page tells

    async def understood(self, found: Understood | None) -> None:
        """What was read last; None: nothing, or it cannot run as it is."""
        self._ready = found is not None and found.status == "understood"
        self._go.set(disabled=not self._ready and self._run is None)
        self._idle_text()
        if self._ready and found is not None:
            self._sliders.show(await self._own_inputs(found), self._desk.draft.inputs)

    async def _own_inputs(self, found: Understood) -> tuple[InputValue, ...]:
        """The inputs with the strategy's own values: what was read has those in it that were turned."""
        draft = self._desk.draft
        if not draft.inputs:
            return found.inputs
        try:
            options = replace(draft.options, inputs={}, choices=False)
            return (await self._services.understand(draft.source, options)).inputs or found.inputs
        except MasError:
            return found.inputs

    async def restore(self) -> None:
        """Show the draft's last backtest, or go on watching it; and what data there is."""
        await self.offer_data()
        number = self._desk.draft.last_run
        if not number:
            return
        try:
            state = await self._services.do(self._services.runs.get, number)
        except MasError:
            return  # it made room for newer ones
        if state.status == "running":
            self._watch(state.id)
        else:
            await self._ended(state)

    async def offer_data(self) -> None:
        """Look again at what data there is."""
        from nl2strat.web.datastore import entries

        self._setup.offer(await self._services.do(entries))

    async def run(self) -> None:
        """Backtest the draft as it is now, in place of what is running."""
        await self.before()
        if not self._ready:
            return
        if self._run is not None:
            before, self._run = self._run, None
            await self._services.cancel(before)
        self._say(say("Starting"))
        try:
            now = replace(self._desk.draft, data=self._setup.data, costs=self._setup.costs)
            state = await self._services.start(now.spec, draft=now.id)
        except MasError as error:
            self._trouble([(str(error), "")])
            return
        self._watch(state.id)
        await self._desk.change(last_run=state.id)

    # ------------------------------------------------------------- inside

    def _line(self) -> None:
        """Progress: its room is always there."""
        with tag("div", classes="run-line", role="status", aria_live="polite"):
            with tag("div"):
                self._text = tag("span")
                self._hint = tag("span", classes="run-hint")
            self._count = tag("span")
            self._bar = tag("progress", classes="idle", max="1", aria_label=say("Progress of the backtest"))

    async def _press(self) -> None:
        if self._run is None:
            await self.run()
        else:
            await self._services.cancel(self._run)

    async def _key(self, event: Any) -> None:
        if event.action.keydown and not event.action.repeat and event.modifiers.ctrl and event.key.enter:
            await self.run()

    async def _changed(self) -> None:
        await self._desk.change(data=self._setup.data, costs=self._setup.costs)

    async def _turned(self, inputs: dict[str, float]) -> None:
        await self._desk.change(inputs=inputs)
        await self.run()

    def _watch(self, number: str) -> None:
        self._run = number
        self._go_text.set_text(say("Cancel"))
        self._go_keys.set_visibility(False)
        self._go.set(disabled=False)
        self._results.going()
        self._looks, self._shown, self._timer.interval = 0, None, LOOK
        self._timer.activate()

    async def _look(self) -> None:
        """How far it is; or its end."""
        number = self._run
        if number is None:
            return
        state = await self._services.do(self._services.runs.get, number)
        if number != self._run:
            return  # another one has begun meanwhile
        if state.status == "running":
            self._show_step(state.step)
            return
        await self._ended(state)

    def _show_step(self, step: Step) -> None:
        self._looks += 1
        if self._looks > _FIRST:
            self._timer.interval = LATER
        if step == self._shown:
            return
        self._shown = step
        self._say(_words(step.text))
        self._count.set_text(f"{step.done:,} / {step.total:,} {say('bars')}" if step.total else "")
        self._bar.classes(remove="idle").set(value=f"{step.done / step.total:.3f}" if step.total else None)

    async def _ended(self, state: RunState) -> None:
        self._run = None
        self._timer.deactivate()
        self._go_text.set_text(say("Run"))
        self._go_keys.set_visibility(True)
        self._go.set(disabled=not self._ready)
        self._bar.classes(add="idle").set(value=None)
        self._count.set_text("")
        if state.status == "done":
            data = (state.summary or {}).get("data", {})
            period = f"{str(data.get('from', ''))[:10]} \N{EN DASH} {str(data.get('to', ''))[:10]}"
            counted = f"{data.get('bars', 0):,}"
            self._say(say("{n} bars of {what}, {period}", n=counted, what=_market(state), period=period))
            await self._results.show(state)
            refill(self._links, lambda: _downloads(state.id))
            self._on_end()
            return
        self._results.stays()
        if state.status == "cancelled":
            self._say(say("Cancelled. What is shown below, if anything, is of an earlier run."))
            return
        errors = (state.error or {}).get("errors") or [{"message": say("The backtest failed."), "hint": ""}]
        self._trouble([(str(one.get("message", "")), str(one.get("hint") or "")) for one in errors])

    def _say(self, text: str) -> None:
        self._text.set_text(text)
        self._text.classes(remove="run-error")
        self._hint.set_text("")

    def _trouble(self, problems: list[tuple[str, str]]) -> None:
        self._text.set_text(" ".join(message for message, _ in problems))
        self._text.classes(add="run-error")
        self._hint.set_text(" ".join(f" {hint}" for _, hint in problems if hint))

    def _idle_text(self) -> None:
        if self._run is not None or self._results.there:
            return
        if not self._ready:
            self._say(say("The strategy has to be understood first: write it above."))
        else:
            self._say(say("Ready. Made-up bars show how it works; import your own to know whether it does."))


async def _nothing() -> None:
    return


def _downloads(number: str) -> None:
    files = {"report.html": say("Report"), "trades.csv": say("Trades (CSV)"), "strategy.py": say("Strategy (.py)")}
    for name, text in files.items():
        with tag("a", "", "plain-button", href=f"/api/v1/runs/{number}/{name}", download=True):
            tag("span", "\N{DOWNWARDS ARROW}", aria_hidden="true")
            tag("span", text)


def _words(text: str) -> str:
    known = say_known(text)
    return known[:1].upper() + known[1:]


def _market(state: RunState) -> str:
    strategy = (state.summary or {}).get("strategy", {})
    return f"{strategy.get('symbol', '')} {strategy.get('timeframe', '')}"


__all__ = ["BacktestPanel", "Desk"]
