"""How deployments are shown and told about, without a browser: their lists, their words, the account on paper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the page is not installed (nl2strat[ui])")

from nl2strat.deploy.folders import RunFolder
from nl2strat.library.store import Library
from nl2strat.web import trading
from nl2strat.web.limits import LimitError
from nl2strat.web.shapes import Costs, Options
from nl2strat.web.tasks import compiled_of
from nl2strat.web.trading import DeploySpec
from nl2strat.web.watching import last_line, overview, seen
from tests.nl2strat.deploy.conftest import PROGRAM, User, user
from tests.nl2strat.deploy.paper_runs import begun, finished

__all__ = ["user"]

LANGUAGE = Options(kind="language", choices=False)


@pytest.fixture
def library(user: User) -> Iterator[Library]:
    opened = user.library()
    yield opened
    opened.close()


def _set_state(library: Library, number: str, state: str) -> None:
    def change(row: Any) -> None:
        row.state = state

    library.update_run(number, change)


def test_a_run_that_is_over_is_below_and_cannot_go_on(user: User, library: Library) -> None:
    run = finished(library, begun(library, PROGRAM, user.folder / "EURUSD_H1.csv"))
    found = overview(library)
    assert (found.at_work, found.over_count) == ((), 1)
    one = found.over[0]
    assert (one["run"], one["state"], one["can_go_on"]) == (run.id, "finished", False)
    assert one["replay"] == "EURUSD_H1.csv"
    assert one["said"]["kind"] == "stopped"
    assert "the recording is over" in one["said"]["text"]
    assert one["log_size"] > 0
    assert overview(library, most_over=0).over_count == 1


def test_a_run_whose_process_has_died_needs_somebody(user: User, library: Library) -> None:
    run = begun(library, PROGRAM, user.folder / "EURUSD_H1.csv")
    assert seen(library, library.run(run.id))["state"] == "starting", "its process has not said anything yet"
    RunFolder(library.folder / run.folder).journal.touch()
    _set_state(library, run.id, "running")
    found = overview(library).at_work[0]
    assert (found["state"], found["can_go_on"]) == ("interrupted", True)
    _set_state(library, run.id, "stopped")
    assert overview(library).at_work == ()


def test_what_a_stopped_run_left_open_needs_somebody_until_it_is_closed(user: User, library: Library) -> None:
    run = begun(library, PROGRAM, user.folder / "EURUSD_H1.csv")
    folder = RunFolder(library.folder / run.folder)
    folder.journal.touch()
    _set_state(library, run.id, "stopped")
    folder.write_state({"state": "stopped", "open_positions": 1, "positions": [{"ticket": 1}], "waiting_orders": 0})
    assert [one["run"] for one in overview(library).at_work] == [run.id]
    told = trading.command(library, run.id, "flatten")
    assert "closed from here" in told
    assert overview(library).at_work == ()
    assert folder.read_state()["positions"] == []


def test_the_last_line_of_a_log_is_a_whole_one(tmp_path: Any) -> None:
    log = tmp_path / "log.jsonl"
    assert last_line(log) is None
    log.write_text(json.dumps({"text": "one"}) + "\n" + json.dumps({"text": "é" * 9000}) + "\n" + '{"text": "tw')
    assert last_line(log) is None, "cut off at both ends"
    log.write_text(json.dumps({"text": "one"}) + "\n" + '{"text": "tw')
    assert last_line(log) == {"text": "one"}


@pytest.mark.parametrize(
    ("account", "spec", "terms"),
    [
        ("", DeploySpec(""), {}),
        ("account deposit 50000\naccount commission 3.5", DeploySpec(""), {"deposit": 50_000.0, "commission": 3.5}),
        ("account deposit 50000", DeploySpec("", costs=Costs(deposit=700.0)), {"deposit": 700.0}),
        ("account deposit 50000", DeploySpec("", guards="prop-2-step-100k"), {"deposit": 100_000}),
        ("", DeploySpec("", guards="cautious", limits={"account.initial": 3000.0}), {"deposit": 3000}),
        (
            "", DeploySpec("", costs=Costs(commission=0.002, commission_per="percent")),
            {"commission": 0.002, "commission_per": "percent"},
        ),
        ("", DeploySpec("", costs=Costs(commission_per="percent")), {}),
        ("account spread 12", DeploySpec("", costs=Costs(spread=9.0)), {"spread": 9.0}),
        ("account spread 12", DeploySpec("", quotes="mt5"), {}),
    ],
)  # fmt: skip
def test_paper_has_the_account_that_a_backtest_has(account: str, spec: DeploySpec, terms: dict[str, Any]) -> None:
    program = PROGRAM.replace("timeframe H1\n", f"timeframe H1\n{account}\n" if account else "timeframe H1\n")
    assert trading.paper_terms(compiled_of(program, LANGUAGE), spec) == terms


def test_guards_are_presets_and_no_files(user: User, library: Library) -> None:
    user.approved()
    compiled = trading.compiled_for(PROGRAM, LANGUAGE)
    for name in ("/etc/passwd", "../guards.toml", "no-such"):
        with pytest.raises(LimitError, match="no preset"):
            trading.begin(library, compiled, DeploySpec(PROGRAM, LANGUAGE, guards=name))
