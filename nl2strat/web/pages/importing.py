"""Importing a file of market data: send it, read it in a worker, ask only for what neither file nor name says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from nicegui import background_tasks

from mas.errors import MasError
from nl2strat.web import datastore, uploads
from nl2strat.web.api_data import import_file
from nl2strat.web.datastore import Wanting
from nl2strat.web.guarding import UPLOAD
from nl2strat.web.pages.fields import Field
from nl2strat.web.pages.parts import button, refill, tag
from nl2strat.web.pages.uploading import Upload
from nl2strat.web.shapes import StoredData
from nl2strat.web.words import say, say_known

if TYPE_CHECKING:
    from nl2strat.web.services import Services

ENDINGS = ".csv,.txt,.tsv,.parquet"


class DataImport:
    """Args: on_done: hears what is there now, and whether it took the place of what the same file gave before."""

    def __init__(self, services: Services, on_done: Callable[[StoredData, bool], Awaitable[Any]]) -> None:
        self._services, self._on_done = services, on_done
        self._task: asyncio.Task[None] | None = None
        self._waiting = self._name = ""
        self._fields: dict[str, Field] = {}
        with tag("section", classes="card import", aria_label=say("Import a file")):
            with tag("div", classes="card-head"):
                tag("h2", say("Import a file"))
            limit = say(
                "CSV of MetaTrader, HistData, Dukascopy or with a header of its own, or Parquet; bars or ticks, up to "
                "{gb} GB. It stays on this machine.", gb=f"{UPLOAD / 1e9:g}",
            )  # fmt: skip
            self._upload = Upload(say("Choose a file"), ENDINGS, UPLOAD, limit, self._sent, self._refused)
            with tag("div", classes="import-going"):
                self._says = tag("span", role="status", aria_live="polite")
                self._bar = tag("progress", aria_label=say("Progress of the import"))
                self._stop = button(say("Cancel"), self._cancel)
            self._trouble = tag("p", "", "run-error", role="alert")
            self._ask = tag("div", classes="import-ask")
        self._idle()

    # ------------------------------------------------------------- what happens

    def _refused(self, message: str) -> None:
        self._trouble.set_text(message)
        self._ask.clear()

    async def _sent(self, number: str, name: str) -> None:
        if self._waiting:
            await self._services.do(uploads.drop, self._services.home, self._waiting)
        self._waiting, self._name = number, name
        self._ask.clear()
        self._fields = {}
        self._read()

    def _read(self) -> None:
        self._trouble.set_text("")
        self._going(True)
        self._task = background_tasks.create(self._reading())

    async def _reading(self) -> None:
        said = {name: str(field.value or "") for name, field in self._fields.items()}
        names = {entry.name for entry in await self._services.do(datastore.entries)}
        try:
            found = await import_file(self._services, self._waiting, **said, tell=self._step)
        except Wanting as wanting:
            self._idle(str(wanting))
            wants = {**dict.fromkeys(wanting.wants, ""), **said}
            refill(self._ask, lambda: self._form(wants))
            return
        except MasError as error:
            self._idle(str(error))
            return
        except asyncio.CancelledError:
            self._idle()
            return
        await self._services.do(uploads.drop, self._services.home, self._waiting)
        self._waiting = ""
        self._fields = {}
        if self._ask.is_deleted:  # nobody looks any more; what was imported is there
            return
        self._ask.clear()
        self._idle()
        with self._ask:
            await self._on_done(found, found.name in names)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # ------------------------------------------------------------- what is seen

    def _step(self, text: str) -> None:
        self._says.set_text(f"{self._name}: {say_known(text)}")

    def _going(self, on: bool) -> None:
        self._upload.set_visibility(not on)
        for part in (self._says, self._bar, self._stop):
            part.set_visibility(on)
        self._says.set_text(self._name)

    def _idle(self, trouble: str = "") -> None:
        self._task = None
        self._going(False)
        self._trouble.set_text(trouble)

    def _form(self, wants: dict[str, str]) -> None:
        """Fields for what has to be said first, with what was said before; the file is not sent again."""
        names = {"symbol": say("Symbol"), "separator": say("What stands between the fields")}
        hints = {"symbol": "EURUSD", "separator": "~"}
        with tag("div", classes="ask-form"):
            for want, said in wants.items():
                field = Field(names[want], lambda _: None, help_=_help(want))
                self._fields[want] = field.text(said, hint=hints[want])
            button(say("Import {name}", name=self._name), self._read, "plain-button main-button")


def _help(want: str) -> str:
    if want == "symbol":
        return say("As your broker writes it.")
    return say("One character; a blank for blanks.")
