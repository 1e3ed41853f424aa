"""The page in Chinese, in a real browser: the switch, what it remembers, and that every page still fits."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the page is not installed (nl2strat[ui])")

from nl2strat.library.store import Library
from nl2strat.web.shapes import DataSpec
from nl2strat.web.workspace import Draft, Workspace
from tests.nl2strat.web.browser import Browser, PageServer, entered, needs_browser, serving

TEXT = "Buy EURUSD H1 when the 20 EMA crosses above the 50 EMA. Stop 2 ATR(14). Sell when RSI(14) is above 70."
READY = ".run-card .run-button:not([disabled])"
PLACES = ("/", "/running", "/library", "/data")
WIDTHS = (1440, 390)
LANGUAGES = {
    "zh-Hant": ("繁體中文", ("策略", "執行中", "策略庫", "資料"), "回測"),
    "zh-Hans": ("简体中文", ("策略", "运行中", "策略库", "数据"), "回测"),
}
"""`lang` of the page: what the language calls itself, the navigation in it, and a word of the result."""
ENGLISH = re.compile(r"\b(the|is|are|was|not|no|has|have|with|and|or|of|to|it|in)\b")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    with serving(tmp_path_factory.mktemp("languages")) as started:
        yield started


@pytest.fixture(scope="module")
def page(server: PageServer) -> Iterator[Browser]:
    with entered(server, patience=90) as browser:
        yield browser


def a_draft(home: Path) -> str:
    """A strategy with few made-up bars to play."""
    library = Library.open(home)
    try:
        workspace = Workspace(library)
        return workspace.save(Draft(workspace.new().id, text=TEXT, data=DataSpec(bars=3000))).id
    finally:
        library.close()


def pictures(tmp_path: Path) -> Path:
    """Where they go: NL2STRAT_PICTURES to look at them."""
    return Path(os.environ.get("NL2STRAT_PICTURES") or tmp_path)


@needs_browser
def test_every_page_is_in_the_language_chosen_and_fits(page: Browser, server: PageServer, tmp_path: Path) -> None:
    draft = a_draft(server.home)
    page.open(f"{server.address}/?draft={draft}")
    page.click(READY)
    page.wait("nl2-chart[data-step]")
    for tag, (name, navigation, word) in LANGUAGES.items():
        page.size(WIDTHS[0])
        page.open(f"{server.address}/?draft={draft}")
        page.click(f".languages [lang={tag}]")
        page.until(lambda: page.run("return document.documentElement.lang") == tag, name)  # noqa: B023
        for width in WIDTHS:
            page.size(width, 900)
            for place in PLACES:
                page.open(f"{server.address}{place}" + (f"?draft={draft}" if place == "/" else ""))
                page.wait("main.page .card, main.page section")
                shown = page.run("return [...document.querySelectorAll('header nav a')].map(e => e.textContent)")
                assert tuple(shown) == navigation
                if place == "/":
                    if width < 500:
                        page.click("#to-result")
                    page.wait("nl2-chart[data-step]")
                    page.until(lambda: word in page.text(), word)  # noqa: B023
                page.picture(pictures(tmp_path) / f"{tag}-{place.strip('/') or 'strategy'}-{width}.png")
                assert page.run("return document.documentElement.scrollWidth") <= width, (tag, place, width)
                left = page.run("return [...document.querySelectorAll('button:not(.chip), h2, h3, th, dt, label')]"
                                ".filter(e => e.offsetParent && !e.lang).map(e => e.innerText.trim())")  # fmt: skip
                assert [text for text in left if ENGLISH.search(text)] == []
    page.reload()
    page.until(lambda: page.run("return document.documentElement.lang") == "zh-Hans", "it is remembered")
