"""The frame that every page stands in: header, navigation, colours, language, and the switch that stops everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from nicegui import ui

from mas.errors import MasError
from nl2strat.web import services, trading
from nl2strat.web.pages.chart import SCRIPT
from nl2strat.web.pages.parts import Tag, button, tag
from nl2strat.web.words import NAMES, TAGS, choose, language, say

STYLES = ("style", "writing", "review", "backtest", "figures", "belief", "tables", "chart", "trading", "library")
"""Sheets of every page, in the order in which they count; colours and what is shared is in the first."""
_LINKS = "".join(f'<link rel="stylesheet" href="/static/{name}.css">' for name in STYLES)
_HEAD = f"""
<meta name="viewport" content="width=device-width, initial-scale=1">
{_LINKS}
<script>document.documentElement.dataset.theme = localStorage.getItem("theme") || "";</script>
<script type="module" src="/static/{SCRIPT}"></script><script type="module" src="/static/page.js"></script>
<script type="module" src="/static/upload.js"></script>
"""
LOOK = 5.0
"""Seconds between two looks at whether trading is forbidden."""


PLACES = {"/": "Strategy", "/running": "Running", "/library": "Library", "/data": "Data"}
"""The pages by their address, in the order of the navigation."""


@contextmanager
def frame(here: str) -> Iterator[None]:
    """The frame; what is made inside is the page's main part. Args: here: the address, one of `PLACES`."""
    title = say(PLACES[here])
    ui.add_head_html(_HEAD)
    ui.page_title(f"{title} \N{MIDDLE DOT} nl2strat")
    ui.run_javascript(f"document.documentElement.lang = '{TAGS[language()]}'")
    with tag("header", classes="top"):
        tag("a", "nl2strat", "brand", href="/")
        with tag("nav", aria_label=say("Main")):
            for address, name in PLACES.items():
                at = address == here
                tag("a", say(name), "here" if at else "", href=address, aria_current="page" if at else None)
        with tag("div", classes="top-tools"):
            _languages()
            tag("button", "\N{FIRST QUARTER MOON}", "plain-button theme", type="button",
                aria_label=say("Dark or light"), title=say("Dark or light"))  # fmt: skip
            KillSwitch()
    with tag("main", classes="page"):
        yield


def _languages() -> None:
    with tag("div", classes="languages", role="group", aria_label=say("Language")):
        short = {"en": "EN", "zh-tw": "繁", "zh-cn": "简"}
        for code, name in NAMES.items():
            button(short.get(code, name), partial(_speak, code), "plain-button", title=name, aria_label=name,
                   lang=TAGS[code], aria_pressed="true" if code == language() else "false")  # fmt: skip


async def _speak(code: str) -> None:
    shared = services.current()
    await shared.do(choose, code, shared.home)
    ui.run_javascript("location.reload()")


class KillSwitch:
    """Forbids all trading and closes everything, after asking; and says while it is so."""

    def __init__(self) -> None:
        self._services = services.current()
        self._killed: bool | None = None
        self._switch = button(say("Stop all trading"), self._ask, "plain-button kill", aria_haspopup="dialog")
        with ui.dialog() as self._dialog, tag("div", classes="dialog", role="document"):
            self._title = tag("h2")
            self._words = tag("p")
            self._answer = tag("p", classes="run-error", role="alert")
            with tag("div", classes="dialog-buttons"):
                button(say("Cancel"), self._dialog.close).set(autofocus=True)
                self._do = button("", self._act, "plain-button kill strong-kill")
        ui.timer(LOOK, self._look, immediate=True)

    async def _look(self) -> None:
        killed = await self._services.do(trading.is_killed, self._services.library)
        if killed == self._killed:
            return
        self._killed = killed
        self._switch.set_text(say("Trading is forbidden") if killed else say("Stop all trading"))
        self._switch.classes(add="on") if killed else self._switch.classes(remove="on")

    def _ask(self) -> None:
        if self._killed:
            self._title.set_text(say("Let trading begin again?"))
            self._words.set_text(say("Strategies that were stopped stay so until each is resumed."))
            self._do.set_text(say("Let it begin again"))
        else:
            self._title.set_text(say("Stop all trading?"))
            self._words.set_text(
                say("Every running strategy closes its positions and ends. Nothing trades until you allow it again.")
            )
            self._do.set_text(say("Close everything and stop"))
        self._answer.set_text("")
        self._dialog.open()

    async def _act(self) -> None:
        act: Any = trading.release if self._killed else trading.kill_everything
        self._do.set(disabled=True)
        try:
            told = await self._services.do(act, self._services.library)
        except MasError as error:
            self._answer.set_text(str(error))
            return
        finally:
            self._do.set(disabled=False)
            await self._look()
        self._dialog.close()
        ui.notify("; ".join(told) or say("Done: nothing was running."))


def notice(text: str = "") -> Tag:
    """A line that says what went wrong with the page itself."""
    return tag("p", text, "notice run-error", role="alert")
