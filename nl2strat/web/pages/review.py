"""What a strategy is, three times: in English, in the language (to be edited), in Python; a rule has one colour."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from nicegui import background_tasks, ui

from nl2strat.web.pages.marked import Layer, colours, python_tokens, show
from nl2strat.web.pages.parts import Tag, button, refill, tag
from nl2strat.web.shapes import Range, RuleMap, Understood
from nl2strat.web.words import say, say_known

PAUSE = 0.45
"""Seconds without a key until the language is checked."""


class Review:
    """Args: on_program: hears the language after the user has edited it, once the keys rest."""

    def __init__(self, on_program: Callable[[str], Awaitable[Any]]) -> None:
        self._on_program = on_program
        self._program = self._python = ""
        self._waiting: asyncio.Task[None] | None = None
        self._tabs: dict[str, tuple[Tag, Tag]] = {}
        with tag("section", classes="card review", aria_label=say("Review")):
            with tag("div", classes="card-head"):
                tag("h2", say("Review"))
                with tag("div", classes="segments", role="tablist", aria_label=say("Review")):
                    names = {"english": say("English"), "language": say("Language"), "python": "Python"}
                    heads = {name: self._head(name, text) for name, text in names.items()}
            bodies = {name: tag("div", classes="review-body", role="tabpanel", id=f"review-{name}",
                                aria_labelledby=f"tab-{name}") for name in heads}  # fmt: skip
        self._tabs = {name: (heads[name], bodies[name]) for name in heads}
        with bodies["language"]:
            self._editor = ui.codemirror(on_change=lambda event: self._typed(event.value or ""), line_wrapping=True)
            self._editor.props["aria-label"] = say("Language")
            self._problems = tag("ul", classes="problems", role="status", aria_live="polite")
        self.open("english")
        self.show(None)

    def open(self, name: str) -> None:
        """Turn to a tab."""
        for one, (head, body) in self._tabs.items():
            head.set(aria_selected="true" if one == name else "false", aria_pressed="true" if one == name else "false")
            body.set_visibility(one == name)

    def show(self, found: Understood | None, program: str | None = None) -> None:
        """What was read last. Args: program: as the user has written it, where that is what was read."""
        whole = found if found is not None and found.status == "understood" else None
        self._say_problems(found)
        rules = whole.rules if whole else ()
        self._python = whole.python if whole else ""
        refill(self._tabs["english"][1], lambda: self._text(whole.english if whole else "", rules, "english"))
        refill(self._tabs["python"][1], lambda: self._code(rules))
        wanted = program if program is not None else whole.dsl if whole else ""
        if wanted != self._program and self._waiting is None:
            self._program = wanted
            self._editor.set_value(wanted)
        self._editor.decorations = self._decorations(found)

    # ------------------------------------------------------------- inside

    def _head(self, name: str, text: str) -> Tag:
        return button(text, lambda: self.open(name), role="tab", id=f"tab-{name}", aria_controls=f"review-{name}")

    def _text(self, text: str, rules: tuple[RuleMap, ...], where: str) -> None:
        if not text:
            tag("p", say("Once the strategy is understood, this says what it does."), "empty")
            return
        with tag("p", classes="said"):
            show(text, _layers(rules, where))

    def _code(self, rules: tuple[RuleMap, ...]) -> None:
        if not self._python:
            tag("p", say("Once the strategy is understood, its Python class is here."), "empty")
            return
        with tag("div", classes="code-tools"):
            button(say("Copy"), self._copy)
            button(say("Download"), lambda: ui.download.content(self._python.encode(), "strategy.py"))
        with tag("pre", classes="code", tabindex="0", aria_label="Python"):
            show(self._python, [*_layers(rules, "python"), *python_tokens(self._python)])

    def _copy(self) -> None:
        ui.clipboard.write(self._python)
        ui.notify(say("Copied"))

    def _typed(self, text: str) -> None:
        if text == self._program:
            return
        self._program = text
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = background_tasks.create(self._rest(text))

    async def _rest(self, text: str) -> None:
        await asyncio.sleep(PAUSE)
        self._waiting = None
        with self._problems:
            await self._on_program(text)

    def _decorations(self, found: Understood | None) -> list[dict[str, Any]]:
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

    def _say_problems(self, found: Understood | None) -> None:
        self._problems.clear()
        with self._problems:
            for one in found.problems if found else ():
                place = say("Line {line}, column {column}", line=one.line, column=one.column)
                with tag("li"):
                    button(place, partial(self._editor.reveal_line, one.line or 1), "link")
                    tag("span", f" {say_known(one.message)} ")
                    tag("span", one.hint, "muted")


def _layers(rules: tuple[RuleMap, ...], where: str) -> list[Layer]:
    """Where the rules stand in one of the texts."""
    by_rule = colours(rules)
    found = []
    for rule in rules:
        places: tuple[Range, ...] = getattr(rule, where)
        found += [Layer(one.start, one.end, (rule.id,), by_rule[rule.id], rule.title) for one in places]
    return found
