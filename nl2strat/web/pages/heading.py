"""What the screen works on: its name, whether it is saved, a new one, and which keys do what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from nl2strat.web.pages.parts import button, tag
from nl2strat.web.words import say


class Heading:
    """The line above the text. `on_name` hears the name that the user gives."""

    def __init__(self, name: str, on_name: Callable[[str], Awaitable[Any]]) -> None:
        self._on_name = on_name
        with tag("div", classes="heading"):
            self._name = ui.input(value=name, placeholder=say("Draft without a name"))
            self._name.props("dense borderless maxlength=80").classes("draft-name").props["aria-label"] = say("Name")
            self._name.on("change", self._named, args=[])
            self._state = tag("span", classes="saved", role="status", aria_live="polite")
            with tag("div", classes="heading-tools"):
                tag("a", say("New"), "plain-button", href="/new", title=say("Begin a new strategy; this one is kept"))
                keys = keys_dialog()
                button("?", keys.open, "plain-button keys", aria_label=say("Keys"), title=say("Keys"),
                       aria_haspopup="dialog")  # fmt: skip
        tag("span", classes="sr rule-spoken", role="status", aria_live="polite")

    def unsaved(self) -> None:
        """Something is being typed."""
        self._says(say("Not saved yet"), "open")

    def saved(self) -> None:
        """Everything is stored."""
        self._says(say("Draft saved"), "")

    def failed(self) -> None:
        """It could not be stored; what keeps it from it is said elsewhere."""
        self._says(say("Could not be saved"), "bad")

    def _says(self, text: str, kind: str) -> None:
        self._state.set_text(text)
        self._state.classes(remove="open bad").classes(kind)

    def _named(self) -> Awaitable[Any]:
        return self._on_name(" ".join(str(self._name.value or "").split()))


def keys_dialog() -> Any:
    """The dialog with all keys."""
    ctrl = "Ctrl"
    known = (
        ((ctrl, "Enter"), say("Run the backtest")),
        (("?",), say("Show these keys")),
        (("\N{LEFTWARDS ARROW}", "\N{RIGHTWARDS ARROW}", "Home", "End"), say("Another tab, where one has the focus")),
        (("\N{UPWARDS ARROW}", "\N{DOWNWARDS ARROW}"), say("In a coloured text: from rule to rule")),
        ((ctrl, "Space"), say("In the language: complete the word")),
        ((ctrl, "Z"), say("In the language: undo")),
        (("+", "\N{MINUS SIGN}", "0"), say("In the chart: zoom in, out, show everything")),
        (("n", "p"), say("In the chart: next and previous trade")),
        (("Enter",), say("In the chart: why the bar did what it did")),
    )
    with ui.dialog() as dialog, tag("div", classes="dialog", role="document"):
        tag("h2", say("Keys"))
        with tag("dl", classes="key-list"):
            for keys, meaning in known:
                with tag("dt"):
                    for key in keys:
                        tag("kbd", key)
                tag("dd", meaning)
        with tag("div", classes="dialog-buttons"):
            button(say("Close"), dialog.close).set(autofocus=True)
    return dialog
