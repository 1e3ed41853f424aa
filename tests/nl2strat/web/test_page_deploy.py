"""From a text to a strategy that trades, in the browser: the checklist, limits, paper, an account; what is running."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the page is not installed (nl2strat[ui])")

from mas.data import sample_bars
from nl2strat.errors import RunFailed
from nl2strat.library.store import Library
from nl2strat.web import datastore, trading
from tests.nl2strat.web.accessible import faults
from tests.nl2strat.web.browser import WIDTHS, Browser, PageServer, entered, needs_browser, serving

TEXT = (
    "Buy EURUSD H1 when RSI crosses below 40 and close is below the 50 moving average. Exit when RSI crosses above 60. "
    "Stop 50 pips."
)
BOX = ".text-box textarea"
EVIL = "<script>window.hit=1</script>"
NAME = 'input[aria-label="Your name"]'
GO = ".deploy .run-button"
BARS = 1500

pytestmark = needs_browser
_drafts: list[str] = []
"""Those that were made, the first one for the whole path."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with recorded bars in its store."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("page") / "home"
        patch.setenv("NL2STRAT_HOME", str(folder))
        file = tmp_path_factory.mktemp("upload") / "EURUSD_H1.csv"
        bars = sample_bars("EURUSD", "H1", BARS)
        lines = ["time,open,high,low,close"]
        for i, moment in enumerate(bars.time):
            prices = ",".join(f"{getattr(bars, name).values[i]:.5f}" for name in ("open", "high", "low", "close"))
            lines.append(f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime(int(moment)))},{prices}")
        file.write_text("\n".join(lines))
        assert datastore.keep(file, file.name, None, "Europe/Athens").name == "EURUSD_H1"
        yield folder
        library = Library.open(folder)
        with contextlib.suppress(RunFailed):  # the account's terminal is gone by then
            trading.kill_everything(library, "the tests are over")
        library.close()


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[PageServer]:
    with serving(home) as started:
        yield started


@pytest.fixture(scope="module")
def window(server: PageServer) -> Iterator[Browser]:
    with entered(server, patience=90) as browser:
        yield browser


@pytest.fixture
def page(window: Browser, server: PageServer) -> Iterator[Browser]:
    """Nothing may have gone wrong in the page."""
    yield window
    assert window.log() == []
    assert "Traceback" not in server.log()
    assert "never awaited" not in server.log()


def _choose(page: Browser, field: str, option: str) -> None:
    """Choose an option of a field of the form, by the name of the field."""
    place = f'[aria-label="{field}"]'
    page.until(lambda: page.all(place), field)
    shown = page.run("return arguments[0].closest('.q-field')", page.all(place)[0])
    page.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", shown)
    shown.click()
    page.wait_text(option, ".q-item").click()
    page.wait_gone(".q-menu")


def _new(page: Browser, server: PageServer, text: str = TEXT) -> None:
    """A new draft with a strategy, on the bars of the store."""
    page.open(f"{server.address}/new")
    page.paste(BOX, text)
    page.wait(".state.good")
    page.wait_text("Every word", ".checks")
    _choose(page, "Data", "EURUSD_H1")
    page.wait(".backtest .run-button:not([disabled])")
    found = re.search(r"draft=(\w+)", page.driver.current_url)
    assert found is not None
    _drafts.append(found.group(1))


def _tested(page: Browser) -> None:
    page.click(".backtest .run-button")
    page.wait("nl2-chart[data-step]")
    page.wait_text(f"{BARS:,} bars of EURUSD H1", ".checks")


def _approved(page: Browser, who: str = "Ada") -> None:
    page.type(NAME, who)
    page.click(".approve button")
    page.wait_text("Exactly this was approved by", ".checks")


def _speed(page: Browser, name: str) -> None:
    _choose(page, "Speed", name)
    time.sleep(0.5)


def _run_of(page: Browser) -> str:
    """The run that has begun."""
    line = page.wait_text("has begun", ".deploy-line", seconds=90).text
    found = re.search(r"Run (\w+)", line)
    assert found is not None
    return found.group(1)


# ------------------------------------------------------------------ the path


def _another_average(page: Browser) -> bool:
    """Choose it; a reading that comes in meanwhile closes the list, which is then opened again."""
    if "EMA" not in page.run("return document.querySelector(arguments[0]).value", BOX):
        page.click(".chip.choosable")
        with contextlib.suppress(AssertionError):
            page.wait_text("EMA", ".q-item", seconds=3).click()
            page.until(lambda: "EMA" in page.run("return document.querySelector(arguments[0]).value", BOX), "EMA", 3)
    return "EMA" in page.run("return document.querySelector(arguments[0]).value", BOX)


def test_from_the_text_to_paper_and_the_kill(page: Browser, server: PageServer, home: Path) -> None:
    page.open(f"{server.address}/running")
    page.wait_text("Nothing is running", ".running")
    assert faults(page) == []

    _new(page, server)
    assert "open" in page.text(".check:nth-child(2)")
    page.until(lambda: _another_average(page), "another average")
    page.wait_text("exponential", ".said")
    page.wait(".backtest .run-button:not([disabled])")

    page.click(GO)
    page.wait_text("still open in the list", ".deploy-line")
    _tested(page)
    page.click(".trades tbody tr .link")
    page.wait(".why-body .clause")
    page.click(GO)
    page.wait_text("still open in the list", ".deploy-line")

    page.type(NAME, " ")
    page.click(".approve button")
    page.wait_text("Say who approves it", ".approve")
    _approved(page, EVIL)
    page.wait_text(EVIL, ".checks")
    assert page.run("return window.hit ?? null") is None, "a name is no script"
    assert page.text(".facts .hash")
    assert faults(page) == []

    _speed(page, "A bar a second")
    page.click(GO)
    number = _run_of(page)
    page.click(".deploy-after a")
    card = f"#run-{number}"
    page.wait_text("Running", f"{card} .state")
    assert "PAPER" in page.text(card)
    assert "recorded bars EURUSD_H1" in page.text(card)
    assert "limits cautious" in page.text(card)
    page.wait_text("begins on paper", f"{card} .run-log")
    page.until(lambda: re.search(r"2023-\d\d-\d\d", page.text(f"{card} .bar")), "a bar")

    page.click(f"{card} .run-buttons button:nth-child(1)")
    page.wait_text("Paused", f"{card} .state")
    page.click(f"{card} .run-buttons button:nth-child(1)")
    page.wait_text("Running", f"{card} .state")
    page.click(f"{card} .run-buttons button:nth-child(2)")
    page.wait_text("Close all?", ".dialog")
    page.click(".dialog .strong-kill")
    page.wait_text("Paused", f"{card} .state")
    page.click(f"{card} .segments button:nth-child(2)")
    page.wait_gone(f"{card} .log-info")
    page.click(f"{card} .parity-head button")
    page.wait_text("bars", f"{card} .parity-line.good")
    for width in WIDTHS:
        page.size(width)
        page.until(lambda: page.run("return document.documentElement.scrollWidth") <= width, "it fits")  # noqa: B023
        assert faults(page) == []
    page.size(1440)

    page.click(".top .kill")
    page.click(".dialog .strong-kill")
    page.wait_text("Trading is forbidden", ".top .kill")
    page.wait_text("Killed", f"#over-{number} .state")
    page.wait_text("All trading is forbidden", ".banner")
    assert not page.all(card), "what is over is below"
    page.click(".top .kill")
    page.click(".dialog .strong-kill")
    page.wait_gone(".banner")


@pytest.mark.slow
def test_a_recording_is_played_to_its_end_and_is_like_its_backtest(page: Browser, server: PageServer) -> None:
    _new(page, server)
    _tested(page)
    _approved(page)
    page.click(GO)
    number = _run_of(page)
    page.open(f"{server.address}/running")
    page.wait_text("Finished", f"#over-{number} .state", seconds=60)
    page.click(f"#over-{number} summary")
    page.click(f"#over-{number} .parity-head button")
    page.wait_text("are those of the backtest", f"#over-{number} .parity-line.good")
    page.reload()
    page.click(f"#over-{number} summary")
    page.wait_text("are those of the backtest", f"#over-{number} .parity-line.good")
    assert page.all(f"#over-{number} .run-buttons button:nth-child(3)[disabled]"), "nothing goes on with it"


def test_wrong_input_is_said_where_it_is_and_nothing_typed_is_lost(page: Browser, server: PageServer) -> None:
    if not _drafts:
        _new(page, server)
        _tested(page)
        _approved(page)
    page.open(f"{server.address}/?draft={_drafts[0]}")
    page.wait_text("Exactly this was approved", ".checks")
    loss = 'input[aria-label="Loss in a day, at most"]'
    page.type(loss, "150")
    page.wait_text("up to 100", ".limits .wrong")
    page.click(GO)
    page.wait_text("Not begun", ".deploy-line.run-error")
    page.type(loss, "3")
    page.wait_gone(".limits .wrong")
    begin = 'input[aria-label="From"][placeholder]'
    page.type(begin, "soon")
    time.sleep(0.6)
    page.click(GO)
    page.wait_text("is not a date", ".places .wrong")
    page.reload()
    page.wait_text("Exactly this was approved", ".checks")
    page.until(
        lambda: page.run("return document.querySelector(arguments[0])?.value", begin) == "soon", "what was typed"
    )
    assert page.run("return document.querySelector(arguments[0]).value", loss) == "3"

    page.click(".places .segments button:nth-child(3)")
    terminal = 'input[aria-label="Terminal"]'
    page.type(terminal, f"mt5linux://{EVIL}")
    page.click(GO)
    page.wait_text("Look at its account first", ".places .wrong")
    page.click(".place-grid > .plain-button")
    page.wait_text("mt5linux://host:port", ".places .wrong")
    assert page.run("return window.hit ?? null") is None


@pytest.mark.slow
def test_a_process_that_has_died_is_said_and_goes_on(page: Browser, server: PageServer, home: Path) -> None:
    _new(page, server, TEXT.replace("50 pips", "60 pips"))
    _tested(page)
    _approved(page)
    _speed(page, "A bar a second")
    page.click(GO)
    number = _run_of(page)
    page.open(f"{server.address}/running")
    card = f"#run-{number}"
    page.wait_text("Running", f"{card} .state")
    library = Library.open(home)
    try:
        pid = int(trading.run_object(library, library.run(number))["doing"]["pid"])
    finally:
        library.close()
    os.kill(pid, signal.SIGKILL)
    page.wait_text("Its process has died", f"{card} .state")
    page.wait_text("goes on exactly where it was", card)
    page.click(f"{card} .run-buttons button:nth-child(3)")
    page.wait_text("Running", f"{card} .state", seconds=60)
    page.wait_text("goes on", f"{card} .run-log")
    page.click(f"{card} .run-buttons button:nth-child(3)")
    ends = f".dialog .strong-kill, #over-{number} .state"
    end = page.until(lambda: next((e for e in page.all(ends) if e.is_displayed()), None), "its end, or a question")
    if end.tag_name == "button":  # it has opened something meanwhile
        end.click()
    page.wait_text("Stopped", f"#over-{number} .state")

    page.driver.back()
    page.wait_text("Exactly this was approved", ".checks")
    page.click(GO)
    page.wait_text("was stopped before its end", ".deploy-line")
    page.click(".deploy-after button:nth-child(2)")
    assert _run_of(page) != number, "another one, as was chosen"


@pytest.mark.slow
def test_an_account_says_whose_money_it_is_and_its_number_is_typed(
    page: Browser, server: PageServer, tmp_path: Path
) -> None:
    pytest.importorskip("rpyc", reason="an mt5linux server needs it")
    from tests.mt5linux_server import serving as terminal_served
    from tests.nl2strat.deploy.brokers import LOGIN, Broker

    _new(page, server, TEXT.replace("50 pips", "70 pips"))
    _tested(page)
    _approved(page)
    page.click(".places .segments button:nth-child(3)")
    terminal, number, look = (
        'input[aria-label="Terminal"]',
        'input[aria-label^="Type the account"]',
        ".place-grid button",
    )
    page.type(terminal, "mt5linux://127.0.0.1:1")
    page.click(look)
    page.wait(".places .wrong", seconds=60)
    assert not page.text(".account-said")
    broker = Broker(sample_bars("EURUSD", "H1", BARS)[:400], tmp_path, real=True)
    with terminal_served(broker) as terminal_server:
        page.type(terminal, terminal_server.address)
        page.click(look)
        page.wait_text("REAL money", ".account-said", seconds=60)
        page.wait_text("Trade with REAL money", GO)
        assert faults(page) == []
        page.click(GO)
        page.wait_text("Type the number of the account", ".places .wrong")
        page.type(number, "123")
        page.click(GO)
        page.wait_text("another account than 123", ".places .wrong")
        assert not broker.sent
        page.type(number, str(LOGIN))
        page.click(GO)
        run = _run_of(page)
        page.click(".deploy-after a")
        page.wait_text("REAL money", f"#run-{run}")
        page.wait_text(f"account {LOGIN}", f"#run-{run}")
        page.click(f"#run-{run} .run-buttons button:nth-child(2)")
        page.wait_text("This is REAL money", ".dialog")
        page.click(".dialog .strong-kill")
        page.wait_text("Paused", f"#run-{run} .state")
        page.click(f"#run-{run} .run-buttons button:nth-child(3)")
        page.wait_text("Stopped", f"#over-{run} .state", seconds=60)
    broker.close()
