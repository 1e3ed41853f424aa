"""The folder of a run: one process, its state, its commands, and the file that stops everything."""

import subprocess
import sys
import textwrap
import threading

import pytest

from mas.trading.inputs import Command
from nl2strat.deploy.folders import AlreadyRunning, RunFolder, kill_file, only_one
from nl2strat.errors import UsageError


def test_a_second_process_is_refused_and_a_killed_one_lets_go(tmp_path):
    folder = RunFolder(tmp_path / "r")
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                f"""
                import pathlib, time
                from nl2strat.deploy.folders import RunFolder
                with RunFolder(pathlib.Path({str(tmp_path / "r")!r})).held():
                    print("held", flush=True)
                    time.sleep(60)
                """
            ),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "held\n"
    assert folder.is_held
    with pytest.raises(AlreadyRunning, match="run r is running already"), folder.held():
        pass
    child.kill()
    child.communicate()
    assert not folder.is_held


def test_who_only_looks_is_not_taken_for_a_run(tmp_path):
    folder, stop, seen = RunFolder(tmp_path / "r"), threading.Event(), []

    def look():
        while not stop.is_set():
            seen.append(folder.is_held)

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(20):
            with folder.held():
                pass
    finally:
        stop.set()
        for looker in lookers:
            looker.join()
    assert seen


def test_one_strategy_on_one_account(tmp_path):
    with only_one(tmp_path, "rising on 51234567", "it runs"):
        with pytest.raises(AlreadyRunning, match="it runs"), only_one(tmp_path, "rising on 51234567", "it runs"):
            pass
        with only_one(tmp_path, "rising on 7", "it runs"):
            pass


def test_the_state_is_what_was_written_last_and_grows_old(tmp_path):
    folder = RunFolder(tmp_path / "r")
    assert folder.read_state() == {}
    assert not folder.is_fresh()
    folder.write_state({"state": "running", "equity": 10_000.0})
    state = folder.read_state()
    assert (state["state"], state["equity"]) == ("running", 10_000.0)
    assert folder.is_fresh()
    assert not folder.is_fresh(now=state["written"] + 60)


def test_commands_come_in_order_and_stay_until_they_are_carried_out(tmp_path):
    folder = RunFolder(tmp_path / "r")
    sent = [Command("pause", "ann", "news"), Command("resume"), Command("kill")]
    for command in sent:
        folder.command(command)
    waiting = folder.commands()
    assert list(waiting.values()) == sent
    next(iter(waiting)).unlink()
    assert list(RunFolder(tmp_path / "r").commands().values()) == sent[1:]
    with pytest.raises(UsageError, match="no command 'sell'"):
        folder.command(Command("sell"))


def test_a_command_that_cannot_be_read_kills(tmp_path):
    folder = RunFolder(tmp_path / "r")
    (folder.path / "commands" / "1.json").write_text('{"name": "pa')
    (folder.path / "commands" / "2.json").write_text('["pause"]')
    assert [c.name for c in folder.commands().values()] == ["kill", "kill"]


def test_the_kill_file_counts_for_one_run_or_for_all(tmp_path):
    folder = RunFolder(tmp_path / "runs" / "r")
    assert kill_file(tmp_path, folder.path) is None
    (tmp_path / "KILL").touch()
    assert kill_file(tmp_path, folder.path) == tmp_path / "KILL"
    (folder.path / "KILL").touch()
    assert kill_file(tmp_path, folder.path) == folder.path / "KILL"
