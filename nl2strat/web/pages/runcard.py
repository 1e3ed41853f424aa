"""One deployment: how it is doing, what it has open, its log, and the commands to it.

Built once; `update` changes what has changed, so that nothing jumps under the pointer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from mas.errors import MasError
from nl2strat.web import trading
from nl2strat.web.pages.comparing import Parity
from nl2strat.web.pages.parts import Tag, button, refill, tag, tone
from nl2strat.web.pages.runlog import LINES, RunLog
from nl2strat.web.pages.runwords import TONES, amount, money_of, place_of, stands, state_of, when
from nl2strat.web.words import say, say_of

if TYPE_CHECKING:
    from nl2strat.web.pages.asking import Question
    from nl2strat.web.services import Services
    from nl2strat.web.trading import CommandName

Run = Mapping[str, Any]


class RunCard:
    """Args: run: as `watching.seen` has it. question: asks before what cannot be undone. look: has the page look again
    at once."""

    def __init__(self, services: Services, run: Run, question: Question, look: Callable[[], Awaitable[Any]]) -> None:
        self._services, self._question, self._look = services, question, look
        self._run: Run = {}
        self._log_size = -1
        self._rows: Any = None
        with tag("article", classes="card run", id=f"run-{run['run']}", aria_label=_named(run)) as self.box:
            self._head(run)
            with tag("div", classes="run-body"):
                with tag("div", classes="run-facts"):
                    self._figures = _figures()
                    self._words = tag("p", classes="run-words")
                    self._positions = tag("div", classes="run-positions scroll")
                    self._buttons()
                    self._answer = tag("p", classes="run-answer", role="status", aria_live="polite")
                    self._parity = Parity(services, run["run"])
                self._log = RunLog()

    async def update(self, run: Run) -> None:
        """Show how it is doing now."""
        before, self._run = self._run, run
        if not before:
            await self._parity.recall()
        self._state.set_text(state_of(run))
        self._state.classes(remove="good open bad")
        self._state.classes(add=TONES.get(run["state"], ""))
        doing = run["doing"]
        self._set_figure("today", amount(doing.get("result_today"), sign=True), tone(doing.get("result_today")))
        self._set_figure("equity", amount(doing.get("equity")))
        self._set_figure("open", str(doing.get("open_positions", "\N{EN DASH}")))
        self._set_figure("closed", str(doing.get("closed", "\N{EN DASH}")))
        self._set_figure("bar", when(doing.get("bar_time")))
        self._words.set_text(stands(run))
        self._show_positions(doing.get("positions") or [])
        self._offer(before, run)
        await self._read_log(run)

    def delete(self) -> None:
        """Take it off the page."""
        self.box.delete()

    # ------------------------------------------------------------- its parts

    def _head(self, run: Run) -> None:
        words, kind = money_of(run)
        with tag("div", classes="card-head run-head"):
            with tag("div", classes="run-title"):
                tag("h3", run["strategy"])
                tag("span", f"{run['symbol']} {run['timeframe']}", "muted")
                tag("span", words, f"badge {kind}")
                tag("span", place_of(run), "muted")
                if run["guards"]:
                    guards = run["guards"].removesuffix("+")
                    changed = run["guards"] != guards
                    text = say("limits {name}, changed", name=guards) if changed else say("limits {name}", name=guards)
                    tag("span", text, "muted")
            with tag("div", classes="run-title"):
                tag("span", say("run {id}", id=run["run"]), "muted")
                self._state = tag("span", classes="state", role="status")

    def _buttons(self) -> None:
        with tag("div", classes="run-buttons", role="group", aria_label=say("Commands")):
            self._pause = button(say("Pause"), self._pressed_pause)
            self._close = button(say("Close all"), self._pressed_close)
            self._stop = button(say_of("run", "Stop"), self._pressed_stop)

    def _set_figure(self, name: str, text: str, classes: str = "") -> None:
        figure = self._figures[name]
        figure.set_text(text)
        figure.classes(remove="gain loss")
        if classes:
            figure.classes(add=classes)

    def _show_positions(self, rows: list[Mapping[str, Any]]) -> None:
        if rows != self._rows:
            self._rows = rows
            refill(self._positions, lambda: _positions(rows))

    def _offer(self, before: Run, run: Run) -> None:
        """What can be told to it now."""
        if before and (before["alive"], before["state"], before["can_go_on"]) == (
            run["alive"], run["state"], run["can_go_on"],
        ):  # fmt: skip
            return
        alive = bool(run["alive"])
        left = run["doing"].get("open_positions") or run["doing"].get("waiting_orders")
        self._pause.set_text(say("Unpause") if run["state"] == "paused" else say("Pause"))
        self._pause.set(disabled=not alive)
        self._close.set(disabled=not (alive or (left and run["state"] != "finished")))
        self._stop.set_text(say_of("run", "Stop") if alive or not run["can_go_on"] else say("Resume"))
        self._stop.set(disabled=not (alive or run["can_go_on"]))

    async def _read_log(self, run: Run) -> None:
        if run["log_size"] == self._log_size:
            return
        self._log_size = run["log_size"]
        self._log.show(await self._services.do(trading.log_of, self._services.library, run["run"], LINES))

    # ------------------------------------------------------------- commands

    async def _pressed_pause(self) -> None:
        await self._told("resume" if self._run["state"] == "paused" else "pause")

    def _pressed_close(self) -> None:
        words = say(
            "Everything of {name} is closed at the market, and it takes no new entries until you unpause it.",
            name=self._run["strategy"],
        )
        self._ask(say("Close all?"), words, say("Close all"), "flatten")

    async def _pressed_stop(self) -> None:
        if not self._run["alive"]:
            await self._go_on()
            return
        left = int(self._run["doing"].get("open_positions") or 0)
        if not left:
            await self._told("stop")
            return
        words = say("{n} positions stay open with their stops; nobody looks after them until it is resumed.", n=left)
        self._ask(say("Stop?"), words, say_of("run", "Stop"), "stop")

    def _ask(self, title: str, words: str, do: str, name: CommandName) -> None:
        if self._run["live"]:
            words = f"{say('This is REAL money.')} {words}"

        async def act() -> None:
            await self._tell(name)

        self._question.ask(title, f"{words}", do, act)

    async def _told(self, name: CommandName) -> None:
        try:
            await self._tell(name)
        except MasError as error:
            self._say(str(error), wrong=True)

    async def _tell(self, name: CommandName) -> None:
        """Raises: MasError: it could not be told, or not done."""
        await self._services.do(trading.command, self._services.library, self._run["run"], name)
        told = {
            "pause": say("Told to pause."), "resume": say("Told to go on."), "flatten": say("Told to close all."),
            "stop": say("Told to stop."),
        }  # fmt: skip
        self._say(told.get(name, ""))
        await self._look()

    async def _go_on(self) -> None:
        self._stop.set(disabled=True)
        self._say(say("Resuming: it says so once it has looked at its market."))
        try:
            await self._services.do(trading.go_on, self._services.library, self._run["run"])
            self._say(say("It goes on where it was."))
        except MasError as error:
            self._say(str(error), wrong=True)
        finally:
            self._stop.set(disabled=False)
            await self._look()

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self._answer.set_text(text)
        self._answer.classes(add="run-error") if wrong else self._answer.classes(remove="run-error")


def _named(run: Run) -> str:
    return f"{run['strategy']} {run['symbol']} {run['timeframe']}, {run['run']}"


def _figures() -> dict[str, Tag]:
    names = {
        "today": say("Today"), "equity": say("Equity"), "open": say_of("positions", "Open"),
        "closed": say("Closed trades"), "bar": say("Last bar"),
    }  # fmt: skip
    found = {}
    with tag("dl", classes="run-figures"):
        for key, name in names.items():
            with tag("div"):
                tag("dt", name)
                found[key] = tag("dd", "\N{EN DASH}", key)
    return found


def _positions(rows: list[Mapping[str, Any]]) -> None:
    """What is open."""
    if not rows:
        tag("p", say("Nothing is open."), "muted")
        return
    with tag("table", classes="plain-table"):
        with tag("thead"), tag("tr"):
            for name in (say("Side"), say("Lots"), say("Entry"), say("Stop"), say("Target"), say("Profit")):
                tag("th", name, "" if name == say("Side") else "num", scope="col")
        with tag("tbody"):
            for row in rows:
                long = row["side"] == "long"
                with tag("tr"):
                    side = f"\N{BLACK UP-POINTING TRIANGLE} {say('Long')}" if long else (
                        f"\N{BLACK DOWN-POINTING TRIANGLE} {say('Short')}"
                    )  # fmt: skip
                    tag("td", side, str(row["side"]))
                    for key in ("volume", "entry", "sl", "tp"):
                        tag("td", f"{row[key]:.10g}" if row[key] else "\N{EN DASH}", "num")
                    tag("td", amount(row["profit"], sign=True), f"num {tone(row['profit'])}")
