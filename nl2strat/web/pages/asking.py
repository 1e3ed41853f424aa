"""A question before something that cannot be undone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from mas.errors import MasError
from nl2strat.web.pages.parts import button, tag
from nl2strat.web.words import say


class Question:
    """One dialog for many questions. `ask` opens it; what the user agrees to is done while it stays open."""

    def __init__(self) -> None:
        self._act: Callable[[], Awaitable[Any]] | None = None
        with ui.dialog() as self._dialog, tag("div", classes="dialog", role="document"):
            self._title = tag("h2")
            self._words = tag("p")
            self._answer = tag("p", classes="run-error", role="alert")
            with tag("div", classes="dialog-buttons"):
                button(say("Cancel"), self._dialog.close).set(autofocus=True)
                self._do = button("", self._agreed, "plain-button strong-kill")

    def ask(self, title: str, words: str, do: str, act: Callable[[], Awaitable[Any]]) -> None:
        """Args: do: what the button says. act: awaited if the user agrees; its errors are said in the dialog."""
        self._act = act
        self._title.set_text(title)
        self._words.set_text(words)
        self._do.set_text(do)
        self._answer.set_text("")
        self._dialog.open()

    async def _agreed(self) -> None:
        if self._act is None:
            return
        self._do.set(disabled=True)
        try:
            await self._act()
        except MasError as error:
            self._answer.set_text(str(error))
            return
        finally:
            self._do.set(disabled=False)
        self._dialog.close()
