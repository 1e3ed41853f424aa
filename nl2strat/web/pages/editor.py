"""The editor of the strategy language: completion from the registry, errors where they stand and in a list."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import Any

from nicegui import background_tasks, ui

from nl2strat.web.pages.marked import colours
from nl2strat.web.pages.parts import button, tag
from nl2strat.web.shapes import ProblemAt, Understood
from nl2strat.web.words import say, say_known

PAUSE = 0.45
"""Seconds without a key until the language is checked."""
WORDS = "/api/v1/language"
"""Where the editor gets what it completes."""


class Editor:
    """Args: on_program: hears the language after the user has edited it, once the keys rest."""

    def __init__(self, on_program: Callable[[str], Awaitable[Any]]) -> None:
        self._on_program = on_program
        self._program = ""
        self._waiting: asyncio.Task[None] | None = None
        self._turns = count(1)
        with tag("div", classes="editor"):
            self._box = ui.codemirror(on_change=lambda event: self._typed(event.value or ""), line_wrapping=True)
            self._help = ui.element("nl2-editor-help")
            self._help.props["source"] = WORDS
            self._help.props["label"] = say("Language")
        tag("p", say("Ctrl-Space completes: functions, words of the language, names of your own."), "editor-hint")
        self._problems = tag("ul", classes="problems", role="status", aria_live="polite")

    def show(self, found: Understood | None, wanted: str) -> None:
        """What was read last, and the program to stand here; what is being typed meanwhile stays."""
        problems = found.problems if found else ()
        self._list(problems)
        if wanted != self._program and self._waiting is None:
            self._program = wanted
            self._box.set_value(wanted)
        self._box.decorations = self._marks(found)
        self._help.props["problems"] = json.dumps(
            [{"line": one.line, "message": say_known(one.message)} for one in problems if one.line is not None]
        )

    def _typed(self, text: str) -> None:
        if text == self._program:
            return
        self._program = text
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = background_tasks.create(self._rest(text))

    async def flush(self) -> None:
        """Have what is still being typed checked now."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
            await self._on_program(self._program)

    async def _rest(self, text: str) -> None:
        await asyncio.sleep(PAUSE)
        self._waiting = None
        with self._problems:
            await self._on_program(text)

    def _marks(self, found: Understood | None) -> list[dict[str, Any]]:
        """The rules' colours and the errors, in the editor."""
        if found is None or self._program not in (found.dsl, found.text):
            return []
        by_rule = colours(found.rules)
        marks: list[dict[str, Any]] = [
            {"kind": "mark", "from": place.start, "to": place.end, "class": by_rule[rule.id],
             "attributes": {"data-rules": rule.id}}
            for rule in found.rules for place in rule.dsl if self._program == found.dsl and place.start < place.end
        ]  # fmt: skip
        return marks + [
            {"kind": "mark", "from": one.start, "to": one.end, "class": "lost", "attributes": {"title": one.message}}
            for one in found.problems
            if one.start is not None and one.end is not None and one.start < one.end <= len(self._program)
        ]

    def _list(self, problems: tuple[ProblemAt, ...]) -> None:
        self._problems.clear()
        with self._problems:
            for one in problems:
                place = say("Line {line}, column {column}", line=one.line, column=one.column)
                with tag("li"):
                    button(place, partial(self._go, one.line or 1, one.column or 1), "link")
                    tag("span", f" {say_known(one.message)} ")
                    tag("span", one.hint, "muted")

    def _go(self, line: int, column: int) -> None:
        self._help.props["goto"] = json.dumps({"line": line, "column": column, "turn": next(self._turns)})
