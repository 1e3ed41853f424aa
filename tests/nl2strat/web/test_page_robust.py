"""The whole page when things go wrong: reloads, restarts, a cut network, two tabs, hostile text, passwords, long runs.

One server and one browser for the module.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nicegui", reason="the page is not installed (nl2strat[ui])")

from nl2strat.library.store import Library
from nl2strat.web.pages.metrics import YEARS
from nl2strat.web.shapes import DataSpec
from nl2strat.web.workspace import Draft, Workspace
from tests.nl2strat.web.browser import Browser, PageServer, browsing, needs_browser, serving

TEXT = "Buy EURUSD H1 when the 20 EMA crosses above the 50 EMA. Stop 2 ATR(14). Sell when RSI(14) is above 70."
BOX = ".text-box textarea"
CHART = "nl2-chart[data-step]"
READY = ".run-card .run-button:not([disabled])"
BEAT = 250.0
"""Milliseconds within which the page draws and the server answers, whatever runs."""
LONG = 1_000_000
"""Bars of a backtest that does not end at once."""
EVIL = "<script>window.hit=1</script><img src=x onerror='window.hit=1'><svg onload='window.hit=1'>{{ 7*7 }}"


class Draughts:
    """Drafts that are in the library before the page is opened, by the number of bars to play."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def make(self, bars: int, **data: Any) -> str:
        library = Library.open(self.home)
        try:
            workspace = Workspace(library)
            draft = Draft(workspace.new().id, text=TEXT, data=DataSpec(bars=bars, **data))
            return workspace.save(draft).id
        finally:
            library.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    with serving(tmp_path_factory.mktemp("robust")) as started:
        yield started


@pytest.fixture(scope="module")
def window(server: PageServer) -> Iterator[Browser]:
    with browsing(patience=90) as browser:
        browser.open(entrance(server))
        browser.wait(BOX)
        yield browser


def entrance(server: PageServer) -> str:
    """The printed address."""
    found = re.search(r"http://\S+", server.log())
    assert found is not None
    return found.group().replace("localhost", "127.0.0.1").replace("0.0.0.0", "127.0.0.1")


def opened(page: Browser, server: PageServer, draft: str) -> None:
    page.open(f"{server.address}/?draft={draft}")
    page.wait(READY)


def begin(page: Browser) -> None:
    """Begin a backtest that will not be over soon."""
    page.click(READY)
    page.wait_text("Cancel", ".run-card .run-button")
    page.until(lambda: progress(page) > 0, "progress", 300)


@contextlib.contextmanager
def held(server: PageServer) -> Iterator[None]:
    """Meanwhile the backtest stands still, however fast the machine is."""
    worker = busiest_child(server)
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


def busiest_child(server: PageServer) -> int:
    """The worker that has used most of the processor: the one with the backtest."""
    assert server.process is not None
    parents, used = dict[int, int](), dict[int, int]()
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()  # from the state on, see proc(5)
            number = int(file.parent.name)
            parents[number], used[number] = int(fields[1]), int(fields[11]) + int(fields[12])
    workers = [n for n, parent in parents.items() if parents.get(parent) == server.process.pid]  # forked by its child
    return max(workers, key=lambda number: used[number])


def progress(page: Browser) -> float:
    """The part of the running backtest that is done, as the page shows it; 0 to 1."""
    return float(page.run("return document.querySelector('.run-line progress').value"))


def cut(page: Browser, *, off: bool) -> None:
    """Take the network away, and the line that is open; or give it back."""
    page._devtools("Network.enable")
    page._devtools(
        "Network.emulateNetworkConditions", offline=off, latency=0, downloadThroughput=-1, uploadThroughput=-1
    )
    if off:
        page.run("window.socket.io.engine.close()")


# ------------------------------------------------------------------ a run and what befalls it


@pytest.mark.slow
@needs_browser
def test_a_run_outlives_reloads_tabs_and_a_cut_network_and_after_a_restart_is_there_to_be_run_again(
    window: Browser, server: PageServer
) -> None:
    page, draft = window, Draughts(server.home).make(LONG)
    opened(page, server, draft)
    begin(page)
    with held(server):
        page.reload()
        page.wait_text("Cancel", ".run-card .run-button")
        page.wait_text(f"{LONG:,}", ".run-line")

        first = page.driver.current_window_handle
        page.driver.switch_to.new_window("tab")
        page.open(f"{server.address}/?draft={draft}")
        page.wait_text(f"{LONG:,}", ".run-line")
        page.driver.close()
        page.driver.switch_to.window(first)

        page.run("window.same = true")
        before = progress(page)
        cut(page, off=True)
        page.until(lambda: page.run("return !window.socket.connected"), "the cut")
        assert page.run("return document.querySelector(arguments[0]).value", BOX) == TEXT
        cut(page, off=False)
        page.until(lambda: page.run("return window.socket?.connected"), "the network")
    page.until(lambda: progress(page) > before, "progress after the cut")
    assert page.run("return window.same"), "what is on the page is what was there before the cut"
    page.click(".run-card .run-button")
    page.wait_text("Cancelled", ".run-line")
    page.wait(READY)
    begin(page)

    server.stop(abruptly=True)
    server.start()
    page.open(f"{server.address}/?draft={draft}")
    page.wait_text("the server ended while this backtest was running", ".run-line")
    assert page.run("return document.querySelector(arguments[0]).value", BOX) == TEXT
    page.wait(READY)
    assert "Traceback" not in server.log(), server.log()[-3000:]
    page.log()
    page.messages.clear()  # while the server was away the page has said so


@needs_browser
def test_a_run_that_fails_says_why_beside_its_button_and_the_next_one_works(
    window: Browser, server: PageServer
) -> None:
    opened(window, server, Draughts(server.home).make(500, start="2051-01-01"))
    window.click(READY)
    window.wait_text("2051", ".run-line")
    opened(window, server, Draughts(server.home).make(500))
    window.click(READY)
    window.wait(CHART)
    assert window.log() == []


# ------------------------------------------------------------------ what is typed


@pytest.mark.slow
@needs_browser
def test_a_paste_of_five_megabytes_is_refused_in_words_and_the_tab_stays_alive(
    window: Browser, server: PageServer
) -> None:
    opened(window, server, Draughts(server.home).make(500))
    window.click(BOX)
    window.keys("Control", "a")
    window.run("document.execCommand('insertText', false, 'buy '.repeat(1250000))")
    window.wait_text("fits on a page", ".reading")
    waits = window.run(BEATS, 1500)
    assert statistics.median(waits["frames"]) < BEAT
    assert statistics.median(waits["answers"]) < BEAT
    window.reload()
    window.wait(READY)
    assert window.run("return document.querySelector(arguments[0]).value", BOX) == TEXT


FILL = """
const css = 'main input:not([type=date], [type=checkbox], [type=file]), main textarea';
const fields = [...document.querySelectorAll(css)];
for (const field of fields) {
  const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set;
  set.call(field, arguments[0]);
  for (const kind of ['input', 'change', 'blur']) field.dispatchEvent(new Event(kind, {bubbles: true}));
}
return fields.length;
"""


@needs_browser
@pytest.mark.parametrize(
    "places", [("/?draft=",), pytest.param(("/library", "/data", "/running"), marks=pytest.mark.slow)]
)
def test_what_users_write_is_never_html_in_any_field_of_any_page(
    window: Browser, server: PageServer, places: tuple[str, ...]
) -> None:
    filled = 0
    for name in places:
        place = name + Draughts(server.home).make(500) if name.endswith("=") else name
        window.open(server.address + place)
        window.wait("main h1, main h2")
        if place.startswith("/?"):
            window.wait(READY)
        filled += window.run(FILL, EVIL)
        if place.startswith("/?"):
            window.wait_text("<script>", ".marked")
            window.wait(".state:not(.good)")
        window.reload()
        window.wait("main h1, main h2")
        assert window.run(
            "return [window.hit ?? null, document.querySelectorAll('main img, main script, main svg[onload]').length]"
        ) == [None, 0], place
    assert filled
    window.run("document.body.insertAdjacentHTML('beforeend', arguments[0])", EVIL)
    window.until(lambda: any("script-src-attr" in line for line in window.log()), "the policy that forbids it")
    window.until(lambda: any("/x - " in line for line in window.log()), "the picture that there is not")
    assert window.run("return window.hit ?? null") is None, "even what gets in as HTML runs no script"
    window.messages.clear()


# ------------------------------------------------------------------ who comes in


@pytest.mark.slow
@needs_browser
def test_off_loopback_the_browser_is_asked_for_the_password_and_guessing_has_to_wait(tmp_path: Path) -> None:
    arguments = ("--host", "0.0.0.0")
    served = serving(tmp_path, arguments=arguments, NL2STRAT_UI_PASSWORD="correct horse")
    with served as server, browsing() as window:  # a browser of its own: its cookies are deleted
        window.open(server.address)
        window.type("#password", "wrong horse\n")
        window.wait_text("That is not the password", "[role=alert]")
        window.type("#password", "correct horse\n")
        window.wait(BOX)
        window.driver.delete_all_cookies()
        window.open(f"{server.address}/library")
        for number in range(5):
            window.type("#password", f"guess {number}\n")
            window.until(lambda: not window.run("return document.querySelector('#password')?.value"), "the answer")
            window.wait("[role=alert]")
        window.type("#password", "correct horse\n")
        window.wait_text("wait a minute", "[role=alert]")
        assert "correct horse" not in server.log()
    window.log()
    window.messages.clear()  # 401 and 429 are what was asked for


# ------------------------------------------------------------------ long runs

BEATS = """
const length = arguments[0], frames = [], answers = [], from = performance.now();
let last = from;
const frame = now => { frames.push(now - last); last = now; if (now - from < length) requestAnimationFrame(frame); };
requestAnimationFrame(frame);
return (async () => {
  while (performance.now() - from < length) {
    const asked = performance.now();
    await (await fetch('/api/v1/health', {cache: 'no-store'})).text();
    answers.push(performance.now() - asked);
    await new Promise(resolve => setTimeout(resolve, 40));
  }
  return {frames: frames.slice(1), answers};
})();
"""
"""For some milliseconds: how long each picture, and each answer of the server, has taken."""

ZOOMS = """
const chart = document.querySelector('nl2-chart'), frames = [];
let last = performance.now(), left = arguments[0];
return new Promise(resolve => {
  const frame = now => {
    frames.push(now - last); last = now;
    if (!left--) return resolve(frames.slice(1));
    chart.zoom(left % 40 < 20 ? 0.8 : 1.25, chart.from + (chart.to - chart.from) * 0.7);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
});
"""
"""So many steps of zooming in and out, one for each picture: how long each has taken."""


@pytest.mark.slow  # how fast a picture comes on a machine that does nothing else
@needs_browser
@pytest.mark.parametrize("bars", [20_000, 1_000_000])
def test_the_page_is_alive_during_a_run_and_zooming_is_smooth_after_it(
    window: Browser, server: PageServer, bars: int, record_property: Any
) -> None:
    page = window
    opened(page, server, Draughts(server.home).make(bars))
    page.click(READY)
    page.wait_text("Cancel", ".run-card .run-button")
    frames: list[float] = []
    answers: list[float] = []
    while page.text(".run-card .run-button").startswith("Cancel"):
        waits = page.run(BEATS, 1000)
        frames += waits["frames"]
        answers += waits["answers"]
    page.wait(CHART, seconds=300)
    page.click('[data-act="all"]')
    page.until(lambda: page.run("const w = document.querySelector('nl2-chart').windows; return !w.asked"), "the view")
    zooms = page.run(ZOOMS, 120)
    for name, found in (("frame", frames), ("answer", answers), ("zoom", zooms)):
        record_property(f"{bars} {name} ms", f"median {statistics.median(found):.0f}, worst {max(found):.0f}")
    assert statistics.median(frames) < BEAT
    assert statistics.median(answers) < BEAT
    assert statistics.median(zooms) < 100
    page.until(lambda: page.run(SETTLED), "the bars of the view")
    if bars > 500_000:
        assert len(page.all(".months tbody tr")) == YEARS, "a page of a hundred years is not slow for it"
        page.click(".backtest .scroll > .plain-button")
        page.until(lambda: len(page.all(".months tbody tr")) == 2 * YEARS, "earlier years")
    assert page.log() == []


SETTLED = """
const c = document.querySelector('nl2-chart'), w = c.windows.near;
return w && !c.windows.asked && w.start <= Math.max(0, c.from) && w.end >= Math.min(c.count, c.to);
"""
