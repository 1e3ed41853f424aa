"""One strategy as one file: taken from here, and taken in, never over another of its name without a word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mas.errors import MasError
from nl2strat.errors import LanguageErrors
from nl2strat.library.names import NameTaken
from nl2strat.web import exchange, uploads
from nl2strat.web.pages.parts import Tag, button, refill, tag
from nl2strat.web.pages.uploading import Upload
from nl2strat.web.words import say, say_known

if TYPE_CHECKING:
    from nl2strat.web.services import Services

SECONDS = 120.0
"""Longest time to check all versions of a file."""


def export_link(name: str) -> Tag:
    """A download of a strategy with all its versions."""
    link = tag("a", "", "plain-button export", href=f"/api/v1/strategies/{quote(name, safe='')}/export", download=True)
    with link:
        tag("span", "\N{DOWNWARDS ARROW}", aria_hidden="true")
        tag("span", say("Export"))
    return link


class StrategyImport:
    """Args: on_done: hears the name of the strategy that has come."""

    def __init__(self, services: Services, on_done: Callable[[str], Awaitable[Any]]) -> None:
        self._services, self._on_done = services, on_done
        self._waiting = ""
        with tag("section", classes="card import strategy-import", aria_label=say("Import a strategy")):
            with tag("div", classes="card-head"):
                tag("h2", say("Import a strategy"))
            limit = say(
                "A file that was exported here or elsewhere, up to {mb} MB. Its programs are checked like typed ones.",
                mb=f"{exchange.LARGEST / 1e6:g}",
            )  # fmt: skip
            self._upload = Upload(
                say("Choose a strategy's file"), ".json", exchange.LARGEST, limit, self._sent, self._refused
            )
            self._says = tag("p", "", "small muted", role="status", aria_live="polite")
            self._trouble = tag("div", classes="run-error", role="alert")
            self._ask = tag("div", classes="import-ask")

    def _refused(self, message: str) -> None:
        self._ask.clear()
        self._complain([message])

    async def _sent(self, number: str, _: str) -> None:
        self._ask.clear()
        self._waiting = number
        await self._take("refuse")

    async def _take(self, same_name: str) -> None:
        home = self._services.home
        self._trouble.clear()
        self._says.set_text(say("Checking every version"))
        try:
            path, name = uploads.path_of(home, self._waiting), uploads.name_of(home, self._waiting)
            found = await self._services.work.call(exchange.imported_file, str(path), name, same_name, seconds=SECONDS)
        except NameTaken as taken:
            refill(self._ask, partial(self._question, taken.name, taken.free))
            return
        except LanguageErrors as wrong:
            self._complain([_located(problem) for problem in wrong.problems[:5]])
            return
        except MasError as error:
            self._complain([str(error)])
            return
        finally:
            self._says.set_text("")
        self._let_go()
        if self._ask.is_deleted:
            return
        with self._ask:
            await self._on_done(str(found["strategy"]))

    def _question(self, name: str, free: str) -> None:
        with tag("div", classes="asked"):
            tag("p", say("There is a strategy called {name} already. Nothing was changed.", name=name))
            with tag("div", classes="row-tools"):
                button(say("Import as {name}", name=free), lambda: self._answer("new"), "plain-button main-button")
                button(say("Add its versions to the one that is there"), lambda: self._answer("add"))
                button(say("Cancel"), self._let_go)

    async def _answer(self, same_name: str) -> None:
        await self._take(same_name)

    def _let_go(self) -> None:
        uploads.drop(self._services.home, self._waiting)
        self._waiting = ""
        self._ask.clear()

    def _complain(self, messages: list[str]) -> None:
        def build() -> None:
            for message in messages:
                tag("p", message)

        refill(self._trouble, build)


def _located(problem: Any) -> str:
    place = say("Line {line}, column {column}", line=problem.line, column=problem.column)
    return f"{place}: {say_known(problem.message)}"
