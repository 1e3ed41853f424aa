"""Plain HTML elements for the parts of the page that need tables, lists and headings of their own.

All text is set as text: nothing that a user wrote is ever read as HTML, as a property or as a script.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement


class Tag(TextElement):
    """One element: a tag, its text, its attributes."""

    def set(self, **attributes: str | bool | None) -> Tag:
        """Set attributes (`aria_label` is aria-label); None and False take one away."""
        for name, value in attributes.items():
            key = name.rstrip("_").replace("_", "-")
            if value is None or value is False:
                self.props.pop(key, None)
            else:
                self.props[key] = "" if value is True else value
        return self


def tag(name: str, text: str = "", classes: str = "", **attributes: str | bool | None) -> Tag:
    """A new element where the page stands now. Args: attributes: see `Tag.set`; `class_` is not among them."""
    element = Tag(tag=name, text=text)
    element.classes(classes)
    return element.set(**attributes)


def button(text: str, act: Callable[[], Any], classes: str = "plain-button", **attributes: str | bool | None) -> Tag:
    """A button of the browser's own, so that keys and names work everywhere."""
    element = tag("button", text, classes, type="button", **attributes)
    element.on("click", lambda: act(), args=[])
    return element


def money(value: float, currency: str = "", *, sign: bool = False) -> str:
    """`1,234.50 USD` with a typographic minus; with `sign` also a plus."""
    text = f"{abs(value):,.2f}"
    mark = "\N{MINUS SIGN}" if value < 0 and text.strip("0.,") else "+" if sign and value > 0 else ""
    return f"{mark}{text} {currency}".rstrip()


def tone(value: float | None) -> str:
    """CSS class of a result: the sign says the same."""
    return "" if not value else "gain" if value > 0 else "loss"


def refill(box: ui.element, build: Callable[[], Any]) -> None:
    """Replace what an element holds, unless nobody sees it any more: the page was left meanwhile."""
    if box.is_deleted:
        return
    box.clear()
    with box:
        build()
