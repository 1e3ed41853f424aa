"""The frame that every page stands in: header, navigation, and the page's own part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from nl2strat.web.words import TAGS, language, say


@contextmanager
def frame(title: str) -> Iterator[None]:
    """The frame; what is made inside is the page's main part."""
    ui.add_head_html('<link rel="stylesheet" href="/static/style.css">')
    ui.page_title(f"{title} \N{MIDDLE DOT} nl2strat")
    ui.run_javascript(f"document.documentElement.lang = '{TAGS[language()]}'")
    with ui.header(), ui.element("nav").props(f'aria-label="{say("Main")}"'):
        ui.label("nl2strat")
    with ui.element("main"):
        yield
