"""Which clock the stamps of stored data show, where the file did not say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from nicegui import ui

from mas.errors import MasError
from nl2strat.web import datastore
from nl2strat.web.pages.parts import button, tag
from nl2strat.web.shapes import StoredData
from nl2strat.web.words import say
from nl2strat.web.work import RUNNING

if TYPE_CHECKING:
    from nl2strat.web.services import Services

USUAL = {
    "Europe/Helsinki": "Europe/Helsinki (most brokers' servers)", "UTC": "UTC", "America/New_York": "America/New_York",
    "Etc/GMT+5": "Etc/GMT+5 (HistData)", "Europe/London": "Europe/London", "Asia/Tokyo": "Asia/Tokyo",
}  # fmt: skip
"""Offered first; any other zone can be typed."""


class ClockField:
    """A choice beside a sentence that says what hangs on it."""

    def __init__(self, services: Services, entry: StoredData, on_set: Callable[[str], Awaitable[Any]]) -> None:
        self._services, self._entry, self._on_set = services, entry, on_set
        with tag("div", classes="clock"):
            tag("p", say("The file does not say which clock its times show. Rules about sessions need to know."))
            with tag("div", classes="clock-form"):
                options = {code: say(text) for code, text in USUAL.items()}
                self._zone = ui.select(options, with_input=True, new_value_mode="add-unique", value=None)
                self._zone.props("dense outlined options-dense behavior=menu").props["aria-label"] = say("Time zone")
                self._zone.props["placeholder"] = say("Time zone")
                button(say("Set the clock"), self._set)
            self._answer = tag("p", "", "run-error", role="alert")

    async def _set(self) -> None:
        zone = str(self._zone.value or "").strip()
        if not zone:
            self._answer.set_text(say("Choose a zone first, or type one such as Europe/Berlin."))
            return
        try:
            await self._services.work.call(datastore.put_on_clock, self._entry.name, zone, lane=RUNNING)
        except MasError as error:
            self._answer.set_text(str(error))
            return
        await self._on_set(self._entry.name)
