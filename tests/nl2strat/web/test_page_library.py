"""The library and the data of one's own, as their users see them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the page is not installed (nl2strat[ui])")

from mas.data import sample_bars
from tests.nl2strat.web.accessible import faults
from tests.nl2strat.web.browser import WIDTHS, Browser, PageServer, entered, needs_browser, serving

TEXT = "Buy EURUSD H1 when RSI(14) crosses below 30. Stop 50 pips. Target 100 pips."
OTHER = TEXT.replace("50 pips", "40 pips")
BOX = ".text-box textarea"
SCRIPT = "<script>window.harm = 1</script><img src=x onerror='window.harm = 1'>"


def market(bars: int = 1200, symbol: str = "EURUSD") -> str:
    """A file of hourly bars with a gap; the stamps do not say whose clock they show."""
    made = sample_bars(symbol, "H1", bars)
    lines = ["time,open,high,low,close,volume"]
    for i in range(bars):
        if not 500 < i < 530:
            stamp = time.strftime("%Y-%m-%d %H:%M", time.gmtime(int(made.time[i])))
            prices = ",".join(f"{getattr(made, name).values[i]:.5f}" for name in ("open", "high", "low", "close"))
            lines.append(f"{stamp},{prices},100")
    return "\n".join(lines)


# ------------------------------------------------------------------ in the browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    with serving(tmp_path_factory.mktemp("library")) as started:
        yield started


@pytest.fixture(scope="module")
def window(server: PageServer) -> Iterator[Browser]:
    with entered(server, patience=60) as browser:
        yield browser


@pytest.fixture
def page(server: PageServer, window: Browser) -> Iterator[Browser]:
    """Nothing may have gone wrong in the page, and nobody's script may have run."""
    yield window
    assert window.run("return window.harm ?? 0") == 0
    assert window.log() == []
    assert "Traceback" not in server.log()


def _connected(page: Browser) -> None:
    """Until the page has its line to the server: what is typed or clicked before that reaches nobody."""
    page.until(lambda: page.run("return window.socket?.connected === true"), "the page's line to the server")


def _panel(page: Browser) -> None:
    _connected(page)
    page.click(".versions-button")
    page.wait(".drawer")


def _write(page: Browser, text: str) -> None:
    page.wait(BOX)
    _connected(page)
    page.paste(BOX, text)
    page.wait_text(text.split(". ")[1], ".marked")
    page.wait(".state.good")
    for number, what in zip(re.findall(r"RSI.(\d+)|Stop (\d+)", text), ("-bar relative", " pips from"), strict=True):
        page.wait_text("".join(number) + what, ".said")


def _keep(page: Browser) -> None:
    _panel(page)
    page.wait(".keep-button:not([disabled])")
    page.click(".keep-button")
    page.wait_text("Kept as version", ".keep-said")


def _choose(page: Browser, file: Path, *, within: str = "nl2-upload") -> None:
    page.until(lambda: page.all(f"{within} input"), "the field for a file")[0].send_keys(str(file))


def _value(page: Browser) -> str:
    return str(page.run("return document.querySelector(arguments[0])?.value ?? ''", BOX))


@needs_browser
def test_kept_changed_compared_restored_exported_deleted_imported(
    page: Browser, server: PageServer, tmp_path: Path
) -> None:
    page.open(f"{server.address}/library")
    page.wait_text("Nothing is kept yet", ".library")

    page.open(f"{server.address}/new")
    _write(page, TEXT)
    _keep(page)
    page.wait_text("The first one.", ".version")
    assert faults(page) == []
    page.click(".drawer .card-head .plain-button")
    page.wait_gone(".drawer")
    _write(page, OTHER)
    _panel(page)
    page.wait_text("Changed since version 1", ".keep-state")
    _type_note(page, f"tighter {SCRIPT}")
    page.click(".keep-button")
    page.wait_text("Kept as version 2", ".keep-said")
    page.wait_text("40 pips", ".version .came")
    page.wait_text(SCRIPT, ".version-note")
    page.click(".compare-button")
    page.wait_text("50 pips", ".difference .went")
    page.wait(".trades-differ tbody tr")

    page.click(".version-restore")
    page.until(lambda: _value(page) == TEXT, "the text of version 1")
    page.wait(".state.good")
    _panel(page)
    page.wait_text("This is version 3", ".keep-state")
    assert len(page.all(".drawer .version")) == 3, "nothing is lost"

    page.open(f"{server.address}/library")
    page.click(".shelf-name .link")
    page.wait(".version .changed-lines")
    assert faults(page) == []
    file = page.run(
        "const found = new XMLHttpRequest(); found.open('GET', document.querySelector('.export').href, false);"
        "found.send(); return found.responseText"
    )
    assert len(json.loads(file)["versions"]) == 3
    page.wait_text("Delete", ".record-head button:last-child").click()
    page.wait_text("is deleted", ".library-said")
    page.wait_text("Undo", ".library-said button").click()
    page.wait_text("is back", ".library-said")
    page.wait_text("Delete", ".record-head button:last-child").click()
    page.wait_text("is deleted", ".library-said")

    page.open(f"{server.address}/library")
    page.wait_text("Nothing is kept yet", ".library")
    path = tmp_path / "strategy.json"
    path.write_text(file, encoding="utf-8")
    _choose(page, path)
    page.wait_text("is imported", ".library-said")
    page.wait_text("3 versions", ".shelf")
    page.click(".shelf .row-tools .plain-button")
    page.until(lambda: _value(page) == TEXT, "its words are those that were written")

    page.open(f"{server.address}/library")
    _choose(page, path)
    page.wait_text("already. Nothing was changed", ".import-ask")
    page.wait_text("Import as", ".import-ask button").click()
    page.until(lambda: len(page.all(".shelf tbody tr")) == 2, "both")


def _type_note(page: Browser, text: str) -> None:
    field = page.wait(".keep-form .form-field:not(.wide) input")
    field.send_keys(text)
    time.sleep(0.4)  # what is typed counts once the keys rest


@needs_browser
@pytest.mark.slow
def test_wrong_files_of_strategies_are_told_where_they_are_wrong(
    page: Browser, server: PageServer, tmp_path: Path
) -> None:
    page.open(f"{server.address}/library")
    page.wait(".shelf, .empty")
    before = page.text(".shelf")
    wrong = {
        "broken.json": ('{"nl2strat": 1,\n "versions": [}', "line 2, column 15"),
        "other.json": ("[]", "no strategy exported by nl2strat"),
        "program.json": (json.dumps({"nl2strat": 1, "versions": [{"dsl": "strategy 'x'\nbuy low\n"}]}), "version 1"),
    }
    for name, (text, says) in wrong.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        _choose(page, tmp_path / name)
        page.wait_text(says, ".strategy-import .run-error")
    (tmp_path / "large.json").write_text(" " * 5_000_001, encoding="utf-8")
    _choose(page, tmp_path / "large.json")
    page.wait_text("5 MB are the most", ".strategy-import .run-error")
    assert page.text(".shelf") == before


@needs_browser
@pytest.mark.slow
def test_data_is_imported_said_and_removed(page: Browser, server: PageServer, tmp_path: Path) -> None:
    page.open(f"{server.address}/data")
    page.wait_text("No data of your own yet", ".stored-list")
    lines = market().splitlines()
    cells = lines[7].split(",")
    bad = [*lines[:7], ",".join([cells[0], "abc", *cells[2:]]), *lines[8:]]
    (tmp_path / "EURUSD_H1.csv").write_text("\n".join(bad))
    _choose(page, tmp_path / "EURUSD_H1.csv")
    page.wait_text('line 8: open "abc" is not a number', ".import .run-error")

    (tmp_path / "prices.csv").write_text(market())
    _choose(page, tmp_path / "prices.csv")
    page.wait_text("which symbol", ".import .run-error")
    page.type(".ask-form input", "EURUSD")
    time.sleep(0.4)
    page.click(".ask-form button")
    page.wait_text("EURUSD_H1", ".stored h3")
    assert "1,171" in page.text(".stored .kept-facts")
    assert "29" in page.text(".gaps tbody tr")
    assert faults(page) == []

    page.type(".clock input", "Europe/Helsinki")
    page.keys("Enter")
    page.click(".clock .plain-button")
    page.wait_gone(".clock")
    assert "Europe/Helsinki" in page.text(".stored .kept-facts")

    page.run(
        "const file = new File(['x'], 'large.csv'); Object.defineProperty(file, 'size', {value: 2e9});"
        "document.querySelector('nl2-upload').chosen(file)"
    )
    page.wait_text("1,000 MB are the most", ".import .run-error")

    page.wait_text("Use in a backtest", ".stored .plain-button").click()
    page.wait(BOX)
    page.wait_text("EURUSD_H1", ".setup")
    page.open(f"{server.address}/data")
    page.wait_text("Remove", ".stored .plain-button").click()
    page.wait_text("Remove EURUSD_H1?", ".dialog")
    page.click(".dialog .strong-kill")
    page.wait_text("No data of your own yet", ".stored-list")


@needs_browser
@pytest.mark.slow
def test_two_tabs_on_one_strategy_lose_nothing(page: Browser, server: PageServer) -> None:
    page.open(f"{server.address}/new")
    _write(page, TEXT.replace("RSI(14)", "RSI(7)"))
    _panel(page)
    page.type(".keep-form .wide input", "Both tabs")
    time.sleep(0.4)
    page.click(".keep-button")
    page.wait_text("Kept as version 1", ".keep-said")
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.open(f"{server.address}/library")
    page.wait_text("Both tabs", ".shelf .link").click()
    page.wait(".record-head")
    page.wait_text("Rename", ".record-head .row-tools button").click()
    page.type(".rename input", f"Renamed {SCRIPT}")
    page.wait(".rename [type=submit]").click()
    page.wait_text("Renamed", ".record-name")
    second = page.driver.current_window_handle

    page.driver.switch_to.window(first)
    page.click(".drawer .card-head .plain-button")
    page.wait_gone(".drawer")
    _write(page, OTHER.replace("RSI(14)", "RSI(7)"))
    _panel(page)
    page.wait_text(SCRIPT, ".keep-state")
    page.click(".keep-button")
    page.wait_text("Kept as version 2", ".keep-said")

    page.driver.switch_to.window(second)
    page.wait_text("Delete", ".record-head button:last-child").click()
    page.wait_text("is deleted", ".library-said")
    page.driver.switch_to.window(first)
    page.click(".drawer .card-head .plain-button")
    page.wait_gone(".drawer")
    _write(page, TEXT.replace("RSI(14)", "RSI(8)"))
    _panel(page)
    page.wait_text("Not in the library yet", ".keep-state")
    page.type(".keep-form .wide input", "Its own")
    time.sleep(0.4)
    page.click(".keep-button")
    page.wait_text("Kept as version 1", ".keep-said")
    page.driver.switch_to.window(second)
    page.wait_text("Undo", ".library-said button").click()
    page.wait_text("is back", ".library-said")
    page.until(lambda: len(page.all(".version")) == 2, "both versions again")
    page.driver.close()
    page.driver.switch_to.window(first)


@needs_browser
@pytest.mark.slow
def test_what_users_write_is_never_html(page: Browser, server: PageServer) -> None:
    page.open(f"{server.address}/new")
    page.paste(BOX, SCRIPT)
    page.wait_text(SCRIPT, ".marked")
    page.open(f"{server.address}/library")
    page.wait_text(SCRIPT[:30], ".draft")
    page.type(".library-search input", f"{SCRIPT} zzz")
    page.wait_text("Nothing", ".library .empty")
    page.type(".library-search input", SCRIPT)
    page.wait_text(SCRIPT[:30], ".draft")
    page.open(f"{server.address}/data")
    page.run(
        "const file = new File(['nothing'], arguments[0] + '.csv'); document.querySelector('nl2-upload').chosen(file)",
        SCRIPT,
    )
    page.wait_text("script", ".import .run-error")


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_every_width_fits_and_is_accessible(page: Browser, server: PageServer, *, dark: bool) -> None:
    page.prefer(dark=dark)
    for address in ("/library", "/data"):
        page.open(server.address + address)
        page.wait(".shelf, .stored, .empty")
        for width in WIDTHS:
            page.size(width)
            assert page.run("return document.documentElement.scrollWidth") <= width
            assert faults(page) == []
    page.size(1440)
    page.prefer(dark=False)
