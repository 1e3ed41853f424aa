"""The checks of a finished backtest in the background: begun, watched, cancelled, kept; and their card on the page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the page is not installed (nl2strat[ui])")

from nl2strat.errors import UsageError
from nl2strat.web.judging import FILE, Judged, Judging, judging_of
from nl2strat.web.services import Services
from nl2strat.web.shapes import DataSpec, RunSpec
from nl2strat.web.work import Work
from tests.nl2strat.web.browser import browsing, needs_browser
from tests.nl2strat.web.test_page_backtest import CHART, _panel

TEXT = "Buy EURUSD H1 when RSI(14) crosses below 30. Stop 30 pips. Target 30 pips."


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """With one worker at a time."""
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path))
    found = Services(tmp_path, Work(spare=0, warm=False))
    yield found
    found.work.close()
    found.library.close()


async def finished(services: Services, bars: int) -> str:
    """A backtest that is done."""
    state = await services.start(RunSpec(TEXT, data=DataSpec(bars=bars)))
    state = await services.wait(state.id)
    assert state.status == "done", state.error
    assert state.summary is not None
    assert state.summary["robustness"]["verdict"]["text"]
    return state.id


async def ended(judging: Judging, number: str) -> tuple[Judged, set[str]]:
    """How the checks ended, and what was said on the way."""
    said = set()
    while judging.state(number).status == "going":
        said.add(judging.state(number).step)
        await asyncio.sleep(0.02)
    return judging.state(number), said


def test_all_checks_run_in_the_background_and_are_kept(services: Services) -> None:
    """They say how far they are; another server finds them; no try is counted."""

    async def all_of_it() -> None:
        number = await finished(services, 400)
        services.library.take_in_tries()
        tries = len(services.library.tries("EURUSD", "H1"))
        judging = judging_of(services)
        assert judging is judging_of(services)
        assert judging.state(number) == Judged("idle")
        await judging.begin(number)
        await judging.begin(number)  # twice is once
        state, said = await ended(judging, number)
        assert state.status == "done", state.error
        assert any("random bars" in step for step in said)
        assert state.found is not None
        assert "permutation" in {check["name"] for check in state.found["checks"]}
        assert json.loads((services.runs.path(number) / FILE).read_text())["verdict"] == state.found["verdict"]
        assert Judging(services).state(number).found == state.found
        services.library.take_in_tries()
        assert len(services.library.tries("EURUSD", "H1")) == tries

    asyncio.run(all_of_it())


def test_they_can_be_cancelled(services: Services) -> None:
    """The process is gone, nothing is kept, and they can be begun again."""

    async def all_of_it() -> None:
        number = await finished(services, 6000)
        judging = Judging(services)
        await judging.begin(number)
        while not judging.state(number).step.startswith("robustness"):
            await asyncio.sleep(0.02)
            assert judging.state(number).status == "going"
        await judging.cancel(number)
        assert judging.state(number).status == "cancelled"
        assert not (services.runs.path(number) / FILE).exists()
        await judging.begin(number)
        assert judging.state(number).status == "going"
        await judging.cancel(number)

    asyncio.run(all_of_it())


def test_only_finished_backtests_are_checked(services: Services) -> None:
    """Others are refused in a sentence."""

    async def all_of_it() -> None:
        judging = Judging(services)
        with pytest.raises(UsageError, match="no backtest"):
            await judging.begin("0123456789ab")
        state = await services.start(RunSpec("nonsense", data=DataSpec(bars=100)))
        state = await services.wait(state.id)
        with pytest.raises(UsageError, match="cannot be checked: it is failed"):
            await judging.begin(state.id)

    asyncio.run(all_of_it())


@needs_browser
def test_the_card_says_the_verdict_and_checks_on_request(tmp_path: Path) -> None:
    """Verdict at once; the button begins the checks, says how far they are, and cancels them."""
    with _panel(tmp_path, 4000) as panel, browsing(patience=120) as browser:
        browser.open(panel.address)
        browser.wait(".run-button:not([disabled])")
        browser.keys("Control", "Enter")
        browser.wait(CHART)
        card = browser.text(".belief")
        assert "Can it be believed?" in card
        assert "SYNTHETIC: generated, not traded" in card
        assert "Entries at random bars" in card
        browser.click(".belief .plain-button")
        browser.until(lambda: "Checking: " in browser.text(".belief-line"), "how far the checks are")
        assert browser.text(".belief .plain-button") == "Cancel"
        browser.click(".belief .plain-button")
        browser.until(lambda: "Cancelled" in browser.text(".belief-line"), "the end of the checks")
        assert browser.text(".belief .plain-button") == "Check for self-deception"
        assert browser.log() == []
