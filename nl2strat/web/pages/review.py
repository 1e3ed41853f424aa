"""What a strategy is, three times: in English, in the language (to be edited), in Python; a rule has one colour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from nl2strat.web.pages.editor import Editor
from nl2strat.web.pages.marked import Layer, colours, python_tokens, show
from nl2strat.web.pages.parts import Tag, button, refill, tag
from nl2strat.web.shapes import Range, RuleMap, Understood
from nl2strat.web.words import say, say_known


class Review:
    """Args: on_program: hears the language after the user has edited it, once the keys rest."""

    def __init__(self, on_program: Callable[[str], Awaitable[Any]]) -> None:
        self._python = ""
        self._tabs: dict[str, tuple[Tag, Tag]] = {}
        with tag("section", classes="card review", aria_label=say("Review")):
            with tag("div", classes="card-head"):
                tag("h2", say("Review"))
                with tag("div", classes="segments", role="tablist", aria_label=say("Review")):
                    names = {"english": say("English"), "language": say("Language"), "python": "Python"}
                    heads = {name: self._head(name, text) for name, text in names.items()}
                self.tools = tag("div", classes="review-tools")
            bodies = {name: tag("div", classes="review-body", role="tabpanel", id=f"review-{name}",
                                aria_labelledby=f"tab-{name}") for name in heads}  # fmt: skip
        self._tabs = {name: (heads[name], bodies[name]) for name in heads}
        with bodies["language"]:
            self.editor = Editor(on_program)
        self.open("english")
        self.show(None)

    def open(self, name: str) -> None:
        """Turn to a tab."""
        for one, (head, body) in self._tabs.items():
            head.set(aria_selected="true" if one == name else "false", tabindex="0" if one == name else "-1")
            body.set_visibility(one == name)

    def show(self, found: Understood | None, program: str | None = None) -> None:
        """What was read last. Args: program: as the user has written it, where that is what was read."""
        whole = found if found is not None and found.status == "understood" else None
        rules = whole.rules if whole else ()
        self._python = whole.python if whole else ""
        refill(self._tabs["english"][1], lambda: self._said(whole))
        refill(self._tabs["python"][1], lambda: self._code(rules))
        self.editor.show(found, program if program is not None else whole.dsl if whole else "")

    # ------------------------------------------------------------- inside

    def _head(self, name: str, text: str) -> Tag:
        return button(text, lambda: self.open(name), role="tab", id=f"tab-{name}", aria_controls=f"review-{name}")

    def _said(self, whole: Understood | None) -> None:
        if whole is None:
            tag("p", say("Once the strategy is understood, this says what it does."), "empty")
            return
        with tag("p", classes="said", tabindex="0", data_walk=True, aria_label=say("English; arrows walk the rules")):
            show(whole.english, _layers(whole.rules, "english"))
        if whole.courtesy:
            mark, _, translated = whole.courtesy.partition("\n")
            with tag("section", classes="courtesy", aria_label=say("Translation")):
                tag("p", say_known(mark), "muted")
                if translated:
                    tag("p", translated, "said", dir="auto")

    def _code(self, rules: tuple[RuleMap, ...]) -> None:
        if not self._python:
            tag("p", say("Once the strategy is understood, its Python class is here."), "empty")
            return
        with tag("div", classes="code-tools"):
            button(say("Copy"), self._copy)
            button(say("Download"), lambda: ui.download.content(self._python.encode(), "strategy.py"))
        with tag("pre", classes="code", tabindex="0", data_walk=True, aria_label=say("Python; arrows walk the rules")):
            show(self._python, [*_layers(rules, "python"), *python_tokens(self._python)])

    def _copy(self) -> None:
        ui.clipboard.write(self._python)
        ui.notify(say("Copied"))


def _layers(rules: tuple[RuleMap, ...], where: str) -> list[Layer]:
    """Where the rules stand in one of the texts."""
    by_rule = colours(rules)
    found = []
    for rule in rules:
        places: tuple[Range, ...] = getattr(rule, where)
        found += [Layer(one.start, one.end, (rule.id,), by_rule[rule.id], rule.title) for one in places]
    return found
