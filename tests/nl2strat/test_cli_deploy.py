"""`deploy`, `resume`, `status`, `stop`, `pause`, `flatten`, `kill`, through the real command line, on paper."""

from __future__ import annotations

import time

import pytest

from nl2strat.library.store import Library
from nl2strat.library.tables import Version
from tests.lengths import every
from tests.nl2strat.deploy.conftest import PROGRAM, broker_at, user

__all__ = ["broker_at", "user"]


def deploy(user, *options):
    return ("deploy", user.approved(), "--on", "paper", "--replay", user.recording, "--quiet", *options)


def test_a_replay_makes_the_trades_of_its_backtest_and_ends(user):
    code, told = user.does(*deploy(user))
    assert (code, told["state"]) == (0, "finished")
    tested = user.does("backtest", "rising.strat", "--data", user.recording)[1]
    figures = told["figures"]  # a backtest closes what is open at its end
    assert figures["closed"] + figures["open_positions"] == len(tested["trades"]) > 6
    done = tested["trades"][: figures["closed"]]
    net = sum(trade["profit"] + trade["commission"] + trade["swap"] for trade in done)
    assert figures["balance"] == pytest.approx(10_000.0 + net)
    [run] = user.does("status", "--all")[1]["runs"]
    assert (run["state"], run["alive"], run["strategy"], run["magic"]) == ("finished", False, "Rising", run["magic"])
    assert user.does("status")[1]["runs"] == []
    kinds = {line["kind"] for line in user.log(told["run"])}
    assert kinds >= {"started", "order", "opened", "closed", "stopped"}
    assert "bar" not in kinds
    assert "its recording has ended" in user.fails("resume", told["run"])[1]


def test_only_what_was_approved_is_deployed(user):
    command = deploy(user)
    user.write("rising.strat", PROGRAM.replace("20 pips", "25 pips"))
    code, told = user.fails(*command)
    assert code == 2
    assert 'approved "input stop_pips = 20 ' in told
    assert "inputs differ: stop_pips 20 -> 25" in told
    user.write("rising.strat", PROGRAM)
    user.does("approvals", "--revoke", "1")
    assert '"Rising" is not approved' in user.fails(*command)[1]
    assert user.does("status", "--all")[1]["runs"] == []


def test_an_approval_that_was_taken_back_and_bytes_that_were_changed_do_not_go_on(user):
    run = user.does(*deploy(user))[1]["run"]
    library = Library.open()
    library.update_run(run, lambda row: setattr(row, "state", "stopped"))
    with library.session() as session:
        session.get_one(Version, 1).python += "# more"
    assert "is not what ann approved" in user.fails("resume", run)[1]
    user.does("approvals", "--revoke", "1")
    assert "was taken back" in user.fails("resume", run)[1]
    library.close()


@pytest.mark.parametrize(
    ("options", "told"),
    every(
        4,
        [
            (("--on", "paper"), "--replay FILE"),
            (("--on", "paper", "--replay", "no.csv"), "no.csv: there is no such file"),
            (("--on", "paper", "--replay", "EURUSD_H1.csv", "--quotes", "mt5"), "needs a market"),
            (("--on", "paper", "--quotes", "paper"), "give the terminal"),
            (("--on", "paper", "--quotes", "mt5", "--from", "2024-01-01"), "--from is for --replay"),
            (("--on", "paper", "--replay", "EURUSD_H1.csv", "--live"), "--live is for a broker's account"),
            (("--on", "paper", "--replay", "EURUSD_H1.csv", "--account", "7"), "--account is for a broker's account"),
            (("--on", "paper", "--replay", "EURUSD_H1.csv", "--speed", "0"), "--speed '0'"),
            (("--on", "paper", "--replay", "EURUSD_H1.csv", "--from", "soon"), "is not a date"),
            (("--on", "paper", "--replay", "EURUSD_H1.csv", "--interval", "0"), "--interval 0"),
            (("--on", "paper", "--replay", "EURUSD_H1.csv", "--guards", "nosuch"), "nosuch"),
            (("--on", "mt5", "--replay", "EURUSD_H1.csv"), "has a market of its own"),
            (("--on", "mt5", "--from", "2024-01-01"), "--from is for --on paper"),
            (("--on", "mt5", "--deposit", "5"), "--deposit is for --on paper"),
            (("--on", "moon"), "--on moon"),
            (("--on", "mt5linux://"), "--on mt5linux://"),
        ],
    ),
)
def test_options_that_do_not_go_together(user, options, told):
    code, text = user.fails("deploy", user.approved(), *options)
    assert code == 2
    assert told in text
    assert user.does("status", "--all")[1]["runs"] == []


def test_another_contract_on_paper_is_refused(user):
    symbols = user.folder / "symbols.toml"
    symbols.write_text("[EURUSD]\ncontract_size = 1000\n")
    code, told = user.fails(*deploy(user, "--symbols", str(symbols)))
    assert code == 2
    assert "contract size was 100000.0, is 1000" in told


def test_options_of_a_run_that_goes_on_are_those_that_it_has(user):
    command = deploy(user)
    run = user.does(*command)[1]["run"]
    library = Library.open()
    library.update_run(run, lambda row: setattr(row, "state", "stopped"))
    assert "has other terms of the account (none, not {'deposit': 5.0})" in user.fails(*command, "--deposit", "5")[1]
    assert "has other --timezone" in user.fails(*command, "--timezone", "Europe/Athens")[1]
    code, told = user.does(*command)
    assert (code, told["run"], told["state"]) == (0, run, "finished")
    assert user.does(*command)[1]["run"] != run
    library.close()


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("stop",), "nothing is running"),
        (("status", "nosuch"), "no run 'nosuch'"),
        (("resume", "nosuch"), "no run 'nosuch'"),
        (("kill", "x", "--all"), "give one of"),
    ],
)
def test_commands_that_have_nobody_to_tell(user, command, told):
    code, text = user.fails(*command)
    assert code == 2
    assert told in text


def waits(until, seconds=30.0):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.05)


def test_a_process_of_its_own_is_told_what_to_do_and_a_second_one_is_refused(user):
    command = deploy(user, "--speed", "90000", "--background")  # 25 bars a second
    run = user.does(*command)[1]["run"]
    try:

        def state():
            [found] = user.does("status", run)[1]["runs"]
            return found

        waits(lambda: state()["doing"].get("bar_time", 0) > 0)
        assert state()["alive"]
        assert "is running already" in user.fails("resume", run, "--quiet")[1]
        assert "is running on paper already" in user.fails(*command[:-1], "--fresh")[1]
        user.does("pause", run, "--reason", "news")
        waits(lambda: state()["state"] == "paused")
        user.does("unpause", run)
        waits(lambda: state()["state"] == "running")
        user.does("kill", run, "--reason", "enough")
        waits(lambda: not state()["alive"])
        ended = state()
        assert (ended["state"], ended["doing"]["open_positions"]) == ("killed", 0)
        assert "enough" in ended["reason"]
        assert not list((user.folder_of(run).path / "commands").iterdir())
    finally:
        user.does("kill", "--all")
    code, told = user.fails(*command[:-1])
    assert code == 2
    assert "forbids all trading" in told
    (user.home / "KILL").unlink()
    assert f"run {run} was killed" in user.fails(*command[:-1])[1]
    told = user.does("kill", "--release")[1]["told"]
    assert f"run {run} may go on" in told
    assert user.does("resume", run, "--background")[0] == 0
    user.does("flatten", run)
    waits(lambda: state()["state"] == "paused")
    assert state()["doing"]["open_positions"] == 0
    user.does("stop", run)
    waits(lambda: not state()["alive"])
    assert state()["state"] == "stopped"


def test_what_keeps_a_process_of_its_own_from_beginning_is_told(user):
    guards = user.folder / "guards.toml"
    guards.write_text("")
    run = user.does(*deploy(user, "--guards", str(guards)))[1]["run"]
    library = Library.open()
    library.update_run(run, lambda row: setattr(row, "state", "stopped"))
    library.close()
    guards.unlink()
    code, told = user.fails("resume", run, "--background")
    assert code == 4
    assert "guards.toml" in told


def test_a_run_that_is_over_has_nothing_to_be_told(user):
    run = user.does(*deploy(user, "--from", "2023-01-05"))[1]["run"]
    assert "has no process" in user.fails("pause", run)[1]
    assert "is over with its recording" in user.does("flatten", run)[1]["told"]
