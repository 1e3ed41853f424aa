"""What a page owes to people who cannot see it well, or at all: names, labels, contrast. Judged in the browser."""

from __future__ import annotations

from pathlib import Path

from tests.nl2strat.web.browser import Browser

_SCRIPT = Path(__file__).with_suffix(".js")


def faults(browser: Browser) -> list[str]:
    """Everything wrong with the page as it is now, a line each: empty where nothing is.

    Controls without a name, hidden focus, ids used twice, headings of tables without a scope, text of too little
    contrast (WCAG AA; disabled controls aside).
    """
    found: list[str] = browser.run(_SCRIPT.read_text(encoding="utf-8"))
    return found
