"""What goes wrong around a run: disk, clocks, data, the strategy itself. Each has an end that is told, nothing is lost.

What goes wrong at the terminal is in tests/mas/trading and tests/mas/terminals; docs/reliability.md has the whole list.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from mas.bars import Bars
from mas.records import RecordError
from mas.trading.journal import INTENT, Journal
from nl2strat.deploy.beginning import carry_out
from nl2strat.deploy.folders import RunFolder
from nl2strat.library.store import Library
from tests.nl2strat.deploy.conftest import PROGRAM
from tests.nl2strat.deploy.paper_runs import begun, write_bars
from tests.nl2strat.deploy.test_kills import trades


def made(user, **options):
    """A run on paper that has not begun, and its library and folder."""
    library = user.library()
    run = begun(library, user.write("rising.strat", PROGRAM), user.recording, **options)
    return library, run, RunFolder(library.folder / run.folder)


def quiet(user):
    """What an undisturbed run comes to."""
    library, run, folder = made(user)
    assert carry_out(library, run, wait=0.05).state == "finished"
    return trades(folder.path, user.recording)


def test_a_full_disk_ends_the_run_and_with_room_it_goes_on(user):
    """A process that may write no file beyond 400 kB: its journal is full in the middle of the run."""
    expected = quiet(user)
    library, run, folder = made(user)
    library.close()
    code = (
        "import resource, signal, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000)); "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from nl2strat.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, "resume", run.id, "--quiet"], capture_output=True, text=True, timeout=120,
        cwd=user.home, env=dict(os.environ),
    )  # fmt: skip
    assert child.returncode == 4, child.stderr
    assert "disk" in child.stderr
    assert "Traceback" not in child.stderr
    assert library.run(run.id).state == "failed"
    assert 1 < len(trades(folder.path, user.recording)) < len(expected)
    assert carry_out(library, run, wait=0.05).state == "finished"
    assert trades(folder.path, user.recording) == expected


def test_what_cannot_be_written_before_it_leaves_does_not_leave(user, monkeypatch):
    library, run, folder = made(user)
    append = Journal.append

    def full(self, kind, data, *, durable=True):
        if kind == INTENT and data["number"] == 5:
            raise RecordError("journal: it cannot be written: the disk is full: make room")
        append(self, kind, data, durable=durable)

    monkeypatch.setattr(Journal, "append", full)
    ended = carry_out(library, run, wait=0.05)
    assert (ended.state, "the disk is full" in ended.reason) == ("failed", True)
    state = folder.read_state()
    assert (state["state"], state["reason"]) == ("failed", ended.reason)
    monkeypatch.undo()
    before = len(trades(folder.path, user.recording))
    monkeypatch.setenv("NL2STRAT_HOME", str(user.home))
    assert carry_out(library, run, wait=0.05).state == "finished"
    assert len(trades(folder.path, user.recording)) > before


def test_state_and_log_that_cannot_be_written_stop_nothing(user, monkeypatch, capsys):
    library, run, _ = made(user)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunFolder, "write_state", full)
    monkeypatch.setattr("nl2strat.deploy.logs._File.format", full)
    assert carry_out(library, run, wait=0.05).state == "finished"
    said = capsys.readouterr().err
    assert said.count("cannot be written") == 1
    assert "Traceback" not in said


def test_what_guards_have_to_remember_must_be_written(user, monkeypatch):
    rules = user.folder / "guards.toml"
    rules.write_text("[daily_loss]\namount = 10\n")
    library, run, folder = made(user, guards=str(rules))
    (folder.path / "guards.tmp").mkdir()
    ended = carry_out(library, run, wait=0.05)
    assert ended.state == "failed"
    assert "the disk" in ended.reason


def test_a_clock_that_jumps_changes_nothing(user, monkeypatch):
    """The machine's clock is set back and forth by hours all the time; the run goes by the server's."""
    expected = quiet(user)
    real, jumps = time.time, iter(range(10**9))

    def jumping():
        return real() + 3600.0 * ((next(jumps) * 7919) % 25 - 12)

    monkeypatch.setattr("time.time", jumping)
    library, run, folder = made(user)
    assert carry_out(library, run, wait=0.05).state == "finished"
    assert trades(folder.path, user.recording) == expected


def test_an_hour_that_is_missing_when_the_clocks_change_is_no_missed_bar(user):
    bars = user.bars
    later = bars.time + np.where(np.arange(len(bars)) >= 100, 3600, 0)
    columns = (bars.open.values, bars.high.values, bars.low.values, bars.close.values, bars.volume.values)
    spring = Bars.from_arrays("EURUSD", "H1", later, *columns, spread=np.full(len(bars), 10.0))
    user.recording = str(write_bars(spring, user.folder / "spring.csv"))
    code, told = user.does(
        "deploy", user.approved(), "--on", "paper", "--replay", user.recording, "--quiet"
    )  # fmt: skip
    assert code == 0
    tested = user.does("backtest", "rising.strat", "--data", user.recording)[1]
    figures = told["figures"]
    assert figures["closed"] + figures["open_positions"] == len(tested["trades"])
    assert figures["held_back"] == {}
    assert "missed" not in {line["kind"] for line in user.log(told["run"])}


def test_a_strategy_that_fails_ends_its_run_with_a_traceback_in_the_log(user, monkeypatch):
    library, run, _ = made(user)

    def broken(self, item):
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr("mas.trading.session.LiveSession._close_bar", broken)
    ended = carry_out(library, run, wait=0.05)
    assert (ended.state, "nothing to divide by" in ended.reason) == ("failed", True)
    lines = user.log(run.id)
    assert any("ZeroDivisionError" in line.get("traceback", "") for line in lines)
    assert lines[-1]["kind"] == "failed"


@pytest.mark.parametrize("text", ["{", "[]", '{"halts": 3}'])
def test_guards_that_have_forgotten_do_not_begin_anew(user, text):
    library, run, folder = made(user)
    (folder.path / "guards.json").write_text(text)
    with pytest.raises(Exception, match="guards"):
        carry_out(library, run, wait=0.05)


def test_a_library_that_cannot_be_told_is_no_reason_to_say_nothing(user, monkeypatch):
    from nl2strat.errors import RunFailed, UsageError

    library, run, _ = made(user)
    update = Library.update_run

    def full(self, number, change):
        if run_is_over:
            raise UsageError("library.sqlite: the library cannot be used: the disk is full")
        return update(self, number, change)

    run_is_over = False
    monkeypatch.setattr(Library, "update_run", full)
    end = carry_out.__globals__["_entered"]

    def entered(*args):
        nonlocal run_is_over
        run_is_over = True
        return end(*args)

    monkeypatch.setitem(carry_out.__globals__, "_entered", entered)
    with pytest.raises(RunFailed, match=r"has ended \(finished: .*the disk is full"):
        carry_out(library, run, wait=0.05)


def test_files_of_a_run_are_whole_json_at_any_time(user):
    library, run, folder = made(user)
    assert carry_out(library, run, wait=0.05).state == "finished"
    assert json.loads((folder.path / "state.json").read_text())["state"] == "finished"
    assert not list(folder.path.glob("*.tmp"))
