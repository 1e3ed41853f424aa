"""Fields of a form: a name, a control, and a line below for what it means or what is wrong with it.

The line's room is always there, so that an error moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from nl2strat.web.pages.parts import Tag, button, tag

REST = 300
"""Milliseconds without a key until what is typed counts."""


class Field:
    """One field. `told` hears its value whenever the user changes it; `value` is what it says now."""

    def __init__(self, name: str, told: Callable[[Any], Any], *, help_: str = "", classes: str = "") -> None:
        self.name, self._told, self._help = name, told, help_
        self.box = tag("div", classes=f"form-field {classes}")
        with self.box:
            tag("span", name, "form-name", aria_hidden="true")
        self._control: Any = None
        self._line: Tag | None = None

    @property
    def value(self) -> Any:
        """What it says now."""
        return self._control.value

    def text(self, value: str, *, unit: str = "", hint: str = "", **props: str) -> Field:
        """As a line of text. Args: unit: stands behind it. hint: in the empty field."""
        with self.box:
            self._control = ui.input(value=value, placeholder=hint)
        return self._ready(unit, debounce=str(REST), **props)

    def number(self, value: float | None, *, unit: str = "", hint: str = "") -> Field:
        """As a number; empty is None."""
        with self.box:
            self._control = ui.number(value=value, placeholder=hint, format="%.8g")
        return self._ready(unit, debounce=str(REST))

    def choice(self, value: Any, options: Mapping[Any, str]) -> Field:
        """As one of some."""
        with self.box:
            self._control = ui.select(dict(options), value=value)
        return self._ready("", behavior="menu")

    def offer(self, options: Mapping[Any, str], value: Any) -> None:
        """Other choices."""
        self._control.set_options(dict(options), value=value)

    def set(self, value: Any) -> None:
        """Have it say something."""
        self._control.set_value(value)

    def trouble(self, text: str = "") -> None:
        """Say what is wrong with it; empty: nothing is, and the line says what it means again."""
        assert self._line is not None
        self._line.set_text(text or self._help)
        self.box.classes(add="wrong") if text else self.box.classes(remove="wrong")
        self._control.props["aria-invalid"] = "true" if text else "false"

    def explain(self, text: str) -> None:
        """What the line says as long as nothing is wrong."""
        self._help = text
        if self._line is not None and "wrong" not in self.box.classes:
            self._line.set_text(text)

    def _ready(self, unit: str, **props: str) -> Field:
        self._control.props("dense outlined options-dense").props["aria-label"] = self.name
        for key, value in props.items():
            self._control.props[key] = value
        if unit:
            self._control.props["suffix"] = unit
        self._control.on_value_change(lambda event: self._told(event.value))
        with self.box:
            self._line = tag("p", self._help, "form-line", aria_live="polite")
        return self


class Segments:
    """One of a few, as buttons beside each other. Args: told: hears which was chosen."""

    def __init__(self, label: str, options: Mapping[str, str], value: str, told: Callable[[str], Any]) -> None:
        self.value, self._told = value, told
        self._buttons: dict[str, Tag] = {}
        with tag("div", classes="segments", role="group", aria_label=label):
            for key, name in options.items():
                self._buttons[key] = button(name, lambda key=key: self.choose(key))  # type: ignore[misc]
        self._mark()

    def choose(self, key: str) -> Any:
        """Choose one of them."""
        self.value = key
        self._mark()
        return self._told(key)

    def _mark(self) -> None:
        for key, one in self._buttons.items():
            one.set(aria_pressed="true" if key == self.value else "false")


def sentences(lines: Sequence[str], classes: str = "lines") -> None:
    """A list of sentences."""
    with tag("ul", classes=classes):
        for line in lines:
            tag("li", line)
