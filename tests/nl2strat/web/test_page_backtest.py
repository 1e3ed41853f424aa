"""The backtest panel in a real browser: run, look, turn, explain, cancel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.lengths import every
from tests.nl2strat.web.browser import Browser, browsing, free_port, needs_browser

TEXT = (
    "Buy EURUSD H1 when the 20 EMA crosses above the 50 EMA and RSI(14) is above 50. "
    "Sell short when the 20 EMA crosses below the 50 EMA. Stop 2 ATR(14), target 3R. Risk 1% per trade."
)
CHART = "nl2-chart[data-step]"


class Panel:
    """A server with the panel for one strategy."""

    def __init__(self, home: Path, bars: int) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "tests.nl2strat.web.panel_server", str(self.port), TEXT, str(bars)]
        self._log = (home / "panel.log").open("wb")
        environment = {**os.environ, "NL2STRAT_HOME": str(home)}
        self._process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=self._log)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def asked(self, path: str) -> Any:
        """What the API says."""
        with urllib.request.urlopen(self.address + path, timeout=20) as answer:
            return json.load(answer)

    def end(self) -> None:
        self._process.kill()
        self._process.wait(10)
        self._log.close()


@contextmanager
def _panel(home: Path, bars: int) -> Iterator[Panel]:
    panel = Panel(home, bars)
    try:
        limit = time.monotonic() + 60
        while True:
            try:
                panel.asked("api/v1/runs")
                break
            except OSError:
                assert time.monotonic() < limit, (home / "panel.log").read_text()
                time.sleep(0.1)
        yield panel
    finally:
        panel.end()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Panel, Browser]]:
    """A panel that has run once, and a browser that looks at it."""
    with _panel(tmp_path_factory.mktemp("panel"), 6000) as panel, browsing(patience=90) as browser:
        browser.open(panel.address)
        browser.wait(".run-button:not([disabled])")
        assert "No backtest yet" in browser.text(".backtest"), "the empty state teaches"
        browser.keys("Control", "Enter")
        browser.wait(CHART)
        yield panel, browser


@pytest.fixture
def page(finished: tuple[Panel, Browser]) -> Iterator[Browser]:
    """The finished run, freshly loaded; nothing may have gone wrong in the page."""
    panel, browser = finished
    browser.size(1440, 900)
    browser.open(panel.address)
    browser.wait(CHART)
    yield browser
    assert browser.log() == []


def _view(browser: Browser) -> tuple[float, float]:
    low, high = browser.run("const c = document.querySelector('nl2-chart'); return [c.from, c.to]")
    return float(low), float(high)


def _settled(browser: Browser) -> Any:
    """Once the window that the view wants is there."""
    return browser.until(
        lambda: browser.run(
            "const c = document.querySelector('nl2-chart'), w = c.windows.near;"
            "const fine = w && w.step <= Math.max(1, 4 * (c.to - c.from) / c.plot);"
            "return fine && !c.windows.asked && w.start <= Math.max(0, c.from) && w.end >= Math.min(c.count, c.to) && w"
        ),
        "the window of the view",
    )


def _cells(browser: Browser, css: str) -> list[str]:
    return [
        str(text)
        for text in browser.run("return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)", css)
    ]


@needs_browser
def test_everything_of_a_run_is_shown(finished: tuple[Panel, Browser], page: Browser) -> None:
    panel, _ = finished
    run = panel.asked("api/v1/runs")[0]
    summary = panel.asked(f"api/v1/runs/{run['id']}")["summary"]
    tiles = page.text(".tiles")
    assert f"{summary['trade_count']}" in tiles
    assert f"{abs(summary['net']):,.2f}" in tiles
    assert "SYNTHETIC" in page.text(".doubts")
    assert len(_cells(page, ".metric")) == len(summary["figures"])
    assert len(_cells(page, ".month")) == 13 * len(summary["months"])
    for name in ("report.html", "trades.csv", "strategy.py"):
        assert page.wait(f'a[href="/api/v1/runs/{run["id"]}/{name}"]').get_attribute("download") is not None
    with urllib.request.urlopen(f"{panel.address}api/v1/runs/{run['id']}/trades.csv") as answer:
        assert len(answer.read().splitlines()) == summary["trade_count"] + 1


@needs_browser
def test_a_definition_appears_on_focus(page: Browser) -> None:
    shown = "return getComputedStyle(document.querySelector('.tile .definition')).visibility"
    assert page.run(shown) == "hidden"
    page.mouse(".tile", 0.5, 0.5).perform()
    page.until(lambda: page.run(shown) == "visible", "the definition")


@needs_browser
def test_zooming_fetches_what_the_screen_shows(page: Browser) -> None:
    page.click('[data-act="all"]')
    whole = _settled(page)
    assert _view(page) == (0, whole["bars"])
    assert whole["step"] > 1
    assert len(whole["time"]) <= 2 * page.run("return document.querySelector('.chart-box').clientWidth")
    drawn = "return document.querySelector('.chart-box canvas').toDataURL().length"
    before = page.run(drawn)
    page.run("document.querySelector('nl2-chart').show(3000, 3200)")
    at_once = page.run("const c = document.querySelector('nl2-chart'); c.draw(); return c.dataset.step")
    assert int(at_once) == whole["step"], "the old picture is there until the new one is"
    assert page.run(drawn) > before / 10
    near = _settled(page)
    assert near["step"] == 1
    assert near["start"] <= 3000
    assert near["end"] >= 3200


@needs_browser
def test_wheel_drag_and_keys_move_the_view(page: Browser) -> None:
    page.run("document.querySelector('nl2-chart').show(2000, 2400)")
    start = _view(page)
    page.mouse(".chart-box", 0.6, 0.3).click_and_hold().move_by_offset(-200, 0).release().perform()
    moved = _view(page)
    assert moved[0] > start[0] + 50
    assert moved[1] - moved[0] == pytest.approx(start[1] - start[0])
    page.run("document.querySelector('.chart-box').focus()")
    page.keys("ArrowUp")
    closer = _view(page)
    assert closer[1] - closer[0] < moved[1] - moved[0]
    page.keys("ArrowLeft")
    assert _view(page)[0] < closer[0]
    page.keys("End")
    assert _view(page)[1] >= 6000
    page.keys("0")
    assert _view(page) == (0, 6000)
    page.run(
        "document.querySelector('.chart-box').dispatchEvent(new WheelEvent('wheel', {deltaY: -100, bubbles: true, "
        "clientX: 400, clientY: 400}))"
    )
    assert _view(page)[1] - _view(page)[0] < 6000


@needs_browser
def test_fingers_move_and_pinch(page: Browser) -> None:
    page.size(390, 844)
    page.run(
        "const c = document.querySelector('nl2-chart'); c.show(2000, 2200); c.box.scrollIntoView({block: 'center'})"
    )
    start = _view(page)
    page.run(
        """
        const box = document.querySelector('.chart-box'), r = box.getBoundingClientRect(), y = r.top + 100;
        const touch = (type, id, x) => box.dispatchEvent(new PointerEvent(type, {pointerId: id, pointerType: 'touch', clientX: r.left + x, clientY: y, bubbles: true}));
        touch('pointerdown', 11, 100); touch('pointerdown', 12, 140);
        for (const wide of [10, 20, 30, 40]) { touch('pointermove', 11, 100 - wide); touch('pointermove', 12, 140 + wide); }
        touch('pointerup', 11, 60); touch('pointerup', 12, 180);
        """  # noqa: E501
    )
    pinched = _view(page)
    assert pinched[1] - pinched[0] < (start[1] - start[0]) / 2


@needs_browser
def test_the_crosshair_reads_values_and_moves_nothing(page: Browser) -> None:
    page.run("const c = document.querySelector('nl2-chart'); c.show(2000, 2200)")
    _settled(page)
    place = "return document.querySelector('.chart-box').getBoundingClientRect().top + scrollY"
    before = page.run(place)
    page.mouse(".chart-box", 0.3, 0.2).perform()
    first = page.text(".chart-read")
    page.mouse(".chart-box", 0.6, 0.4).perform()
    page.until(lambda: page.text(".chart-read") != first, "other values")
    said = page.text(".chart-read")
    for name in ("ema(close, 20)", "rsi(14)", "Equity", "Drawdown"):
        assert name in said
    assert page.run(place) == before


@needs_browser
def test_a_trade_in_the_table_leads_to_the_chart_and_to_why(finished: tuple[Panel, Browser], page: Browser) -> None:
    panel, _ = finished
    rows = panel.asked(f"api/v1/runs/{panel.asked('api/v1/runs')[0]['id']}/trades?size=500")["rows"]
    page.click(".trades th.net button")
    best = max(rows, key=lambda row: row["net"])
    page.until(lambda: _cells(page, ".trades tbody th")[:1] == [str(best["number"])], "the best trade first")
    page.click(".trades tbody tr:first-child td.net")
    page.until(lambda: _view(page)[0] < best["entry_bar"] and best["exit_bar"] < _view(page)[1], "the trade in view")
    page.wait_text("What came of it", ".why")
    why = page.text(".why")
    assert "enter long" in why
    assert best["entry_time"].replace("T", " ")[:16] in why, "it was opened at the bar after the one explained"
    chosen = "return document.querySelector('nl2-chart').selected.number"
    assert page.run(chosen) == best["number"]
    page.run("document.querySelector('.chart-box').focus()")
    page.keys("n")
    page.until(lambda: page.run(chosen) != best["number"], "the next trade")


@needs_browser
def test_a_bar_is_explained_from_the_keyboard(page: Browser) -> None:
    page.run("const c = document.querySelector('nl2-chart'); c.show(2000, 2200); c.box.focus()")
    _settled(page)
    page.keys("Shift", "ArrowRight")
    page.until(lambda: page.text("nl2-chart [aria-live]"), "the values, spoken")
    page.keys("Enter")
    page.wait_text("What came of it", ".why")
    before = page.text(".why-time")
    page.click('.why-moves [aria-label="The bar after"]')
    page.until(lambda: page.text(".why-time") not in ("", before), "the bar after")


@needs_browser
def test_trades_are_filtered_and_turned(page: Browser) -> None:
    assert len(_cells(page, ".trades tbody tr")) == 20
    page.click('.pager [aria-label="Later page"]')
    page.until(lambda: _cells(page, ".trades tbody th")[:1] == ["21"], "the second page")
    page.click(".filters .segments:nth-child(1) button:nth-child(3)")
    page.until(lambda: set(_cells(page, ".trades td.side")) == {"▼ Short"}, "only shorts")
    page.click(".filters .segments:nth-child(2) button:nth-child(2)")
    page.until(lambda: all(text.startswith("+") for text in _cells(page, ".trades td.net")), "only those that won")
    assert "of 1" in page.text(".pager")


@needs_browser
def test_a_slider_runs_again_and_the_view_stays(finished: tuple[Panel, Browser], page: Browser) -> None:
    panel, _ = finished
    page.run("document.querySelector('nl2-chart').show(2000, 2200)")
    view, before = _view(page), panel.asked("api/v1/runs")[0]
    slider = page.wait('.q-slider[aria-label="target r"], [aria-label="target r"]')
    page.run("(arguments[0].querySelector('[tabindex]') ?? arguments[0]).focus()", slider)
    page.keys("ArrowRight", times=5)
    page.until(lambda: panel.asked("api/v1/runs")[0]["id"] != before["id"], "another run")
    page.until(lambda: panel.asked("api/v1/runs")[0]["status"] == "done", "its end")
    newest = panel.asked("api/v1/runs")[0]
    assert len(panel.asked("api/v1/runs")) == 2, "five moves, one run: once they rest"
    asked = panel.asked(f"api/v1/runs/{newest['id']}")["spec"]["options"]["inputs"]
    assert list(asked) == ["target_r"]
    page.until(lambda: newest["id"] in page.wait("nl2-chart").get_attribute("source"), "the new run in the chart")
    page.until(lambda: f"{abs(newest['net']):,.2f}" in page.text(".tiles"), "the new result")
    assert _view(page) == view
    page.reload()
    page.wait(CHART)
    assert page.wait(".input-value.changed").text == f"{asked['target_r']:g}", "kept over a reload"


@needs_browser
def test_wrong_input_is_said_beside_the_button_and_the_results_stay(page: Browser) -> None:
    for name, day in (("From", "2023-09-01"), ("To", "2023-03-01")):
        field = page.wait(f'input[aria-label="{name}"]')
        page.run(
            "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))",
            field, day,
        )  # fmt: skip
    time.sleep(0.5)
    page.click(".run-button")
    error = page.wait(".run-error")
    assert "2023-09-01" in error.text
    assert page.all(CHART)
    for name in ("From", "To"):
        field = page.wait(f'input[aria-label="{name}"]')
        page.run("arguments[0].value = ''; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))", field)
    time.sleep(0.5)
    page.click(".run-button")
    page.wait_gone(".run-error")


@needs_browser
@pytest.mark.parametrize("dark", every(2, [False, True]))
def test_it_is_accessible_and_fits_every_screen(page: Browser, *, dark: bool) -> None:
    from tests.nl2strat.web.accessible import faults

    page.prefer(dark=dark)
    page.click(".trades tbody tr:nth-child(2) td.net")
    page.wait_text("What came of it", ".why")
    page.click(".setup-more summary")
    for width in (1440, 1024, 390):
        page.size(width)
        page.until(lambda: page.run("return document.querySelector('.chart-box').clientWidth") < width, "the layout")  # noqa: B023
        assert page.run("return document.documentElement.scrollWidth") <= width
        assert faults(page) == []
    page.prefer(dark=False)


@pytest.mark.slow
@needs_browser
def test_a_long_run_shows_progress_is_cancelled_and_never_holds_the_page(tmp_path: Path) -> None:
    with _panel(tmp_path, 1_000_000) as panel, browsing(patience=60) as browser:
        browser.open(panel.address)
        browser.click(".run-button:not([disabled])")
        browser.wait_text("Cancel", ".run-button")
        slowest = 0.0
        for _ in range(20):
            began = time.monotonic()
            panel.asked("api/v1/runs")
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.1)
        assert slowest < 1.0, "the server answers while a million bars are played"
        browser.wait_text("1,000,000", ".run-line")
        browser.reload()
        browser.wait_text("Cancel", ".run-button")
        browser.click(".run-button")
        browser.wait_text("Cancelled", ".run-line")
        assert panel.asked("api/v1/runs")[0]["status"] == "cancelled"
        assert browser.log() == []
