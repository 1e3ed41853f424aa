"""Deployment on a broker's account, through the command line, mt5linux and a served terminal."""

from __future__ import annotations

import time

import pytest

from mas import constants as mt5
from mas.terminals.connection import Connection
from mas.trading.journal import Journal
from tests.nl2strat.deploy.brokers import LOGIN
from tests.nl2strat.deploy.conftest import PROGRAM, SHORT
from tests.nl2strat.deploy.paper_runs import write_bars
from tests.nl2strat.deploy.soak import minutes

QUICK = ("--interval", "0.01", "--quiet")


def test_a_demo_account_makes_the_trades_of_a_backtest(user, broker_at):
    broker, address = broker_at()
    code, told = user.does("deploy", user.approved(), "--on", address, *QUICK)
    assert (code, told["state"]) == (0, "stopped")
    row = user.library().run(told["run"])
    assert (row.account, row.server, row.live) == (LOGIN, "Broker-Demo", False)
    deals = broker.mine(row.magic)
    assert len(deals) > 5
    assert all(deal.comment.startswith(f"n2-{row.id}-") or deal.entry == mt5.DEAL_ENTRY_OUT for deal in deals)
    assert told["figures"]["closed"] == sum(deal.entry == mt5.DEAL_ENTRY_OUT for deal in deals)


def test_a_real_account_wants_to_be_named(user, broker_at):
    broker, address = broker_at(real=True)
    file = user.approved()

    def refused(*options):
        code, told = user.fails("deploy", file, "--on", address, *QUICK, *options)
        assert code == 2
        return told

    assert f"account {LOGIN} on Broker-Demo is real" in refused()
    assert "Say --live and --account" in refused("--account", str(LOGIN))
    assert "type its number with --account" in refused("--live")
    assert f"logged in to account {LOGIN}" in refused("--live", "--account", "51234568")
    assert broker.sent == []
    assert {run["state"] for run in user.does("status", "--all")[1]["runs"]} == {"failed"}

    code, told = user.does("deploy", file, "--on", address, *QUICK, "--live", "--account", str(LOGIN))
    assert (code, told["state"]) == (0, "stopped")
    assert broker.sent
    assert user.library().run(told["run"]).live
    again = refused()
    assert f"run {told['run']}, which would go on, is on the real account" in again


def test_the_typed_number_counts_on_a_demo_account_too(user, broker_at):
    broker, address = broker_at()
    code, told = user.fails("deploy", user.approved(), "--on", address, "--account", "7", *QUICK)
    assert code == 2
    assert "not to 7" in told
    assert broker.sent == []


def test_a_run_stays_on_its_account(user, broker_at):
    broker, address = broker_at()
    broker.at_look[8] = lambda: user.tell_all("stop")
    _, told = user.does("deploy", user.approved(), "--on", address, *QUICK)
    broker.account["login"] = 7
    assert f"not to {LOGIN}" in user.fails("resume", told["run"], "--quiet")[1]
    broker.account.update(login=LOGIN, server="Elsewhere")
    assert "belongs to Broker-Demo" in user.fails("resume", told["run"], "--quiet")[1]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("trade_contract_size", 1000.0, "contract size was 100000.0, is 1000.0"),
        ("digits", 3, "digits was 5, is 3"),
        ("volume_min", 0.1, "volume min was 0.01, is 0.1"),
    ],
)
def test_a_symbol_with_another_contract_is_refused(user, broker_at, field, value, told):
    broker, address = broker_at()
    broker.symbol[field] = value
    code, text = user.fails("deploy", user.approved(), "--on", address, *QUICK)
    assert code == 2
    assert told in text
    assert broker.sent == []


def test_a_terminal_that_would_not_send_orders_is_told_before_anything_begins(user, broker_at):
    broker, address = broker_at()
    broker.allowed = False
    code, told = user.fails("deploy", user.approved(), "--on", address, *QUICK)
    assert code == 4
    assert "would not carry out orders" in told
    assert "Algo Trading" in told


def test_what_is_open_under_its_number_is_not_touched(user, broker_at):
    broker, address = broker_at()
    file = user.approved()
    broker.at_look[20] = lambda: user.tell_all("stop")
    magic = user.library().run(user.does("deploy", file, "--on", address, *QUICK)[1]["run"]).magic
    buy = {"action": 1, "symbol": "EURUSD", "volume": 0.3, "type": 0, "type_filling": 0}
    foreign = broker.paper.order_send({**buy, "magic": 1})
    mine = broker.paper.order_send({**buy, "magic": magic})
    sent = len(broker.sent)
    code, told = user.fails("deploy", file, "--on", address, *QUICK, "--fresh")
    assert code == 4
    assert f"(tickets {mine.order})" in told
    assert mine.order != foreign.order
    assert len(broker.sent) == sent
    code, told = user.fails("deploy", file, "--on", address, *QUICK)  # the one before goes on, not the one that failed
    assert "nl2strat kill --release" not in told
    assert str(mine.order) in told


def test_a_terminal_that_goes_and_comes_back(user, broker_at):
    broker, address = broker_at()
    file = user.approved()

    def goes():
        broker.up = False

    broker.at_look[30] = goes
    initialize, tries = broker.initialize, []

    def counted(*args, **which):
        tries.append(1)
        if len(tries) == 3:
            broker.up = True
        return initialize(*args, **which)

    broker.initialize = counted
    code, told = user.does("deploy", file, "--on", address, *QUICK)
    assert (code, told["state"]) == (0, "stopped")
    assert len(tries) == 3
    assert told["figures"]["closed"] > 3


def test_it_can_be_stopped_while_the_terminal_is_gone(user, broker_at, monkeypatch):
    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "waits", (0.0, 0.01))
    broker, address = broker_at()

    def goes():
        broker.up = False
        user.tell_all("stop")

    broker.at_look[15] = goes
    code, told = user.does("deploy", user.approved(), "--on", address, *QUICK)
    assert (code, told["state"]) == (0, "stopped")
    assert "out of reach" in told["reason"]
    kinds = [line["kind"] for line in user.log(told["run"])]
    assert "trouble" in kinds
    assert kinds[-1] == "stopped"


def test_nobody_at_the_address_may_be_tried_again(user):
    code, told = user.fails("deploy", user.approved(), "--on", "mt5linux://127.0.0.1:9", *QUICK)
    assert code == 4
    assert "nothing answers" in told


PROFILE = """[demo]
server = "Broker-Demo"
account = 51234567
"""


def test_a_profile_must_be_of_the_terminal_and_account_that_are_named(user, broker_at, monkeypatch):
    monkeypatch.setenv("NL2STRAT_PASSWORD", "pass-1234")
    broker, address = broker_at(password="pass-1234")
    file = user.approved()
    place = user.folder / "profiles.toml"
    place.write_text(PROFILE + 'terminal = "mt5linux://127.0.0.1:9"\n')
    deploy = ("deploy", file, "--on", address, "--profile", "demo", *QUICK)
    assert "is of the terminal mt5linux://127.0.0.1:9" in user.fails(*deploy)[1]
    place.write_text(PROFILE)
    assert "the profile demo is of account 51234567" in user.fails(*deploy, "--account", "7")[1]
    broker.at_look[5] = lambda: user.tell_all("stop")
    assert user.does(*deploy)[1]["state"] == "stopped"


def test_paper_on_the_quotes_of_a_terminal_sends_it_nothing(user, broker_at):
    bars = minutes(1)[: SHORT // 2]
    user.recording = str(write_bars(bars, user.folder / "EURUSD_M1.csv"))
    file = user.approved(program=PROGRAM.replace("H1", "M1").replace("20 pips", "4 pips").replace("30 pips", "5 pips"))
    broker, address = broker_at(bars)
    code, told = user.does("deploy", file, "--on", "paper", "--quotes", address, *QUICK)
    assert (code, told["state"]) == (0, "stopped")
    assert told["figures"]["closed"] > 0
    assert broker.sent == []


def test_a_new_version_has_the_number_of_the_one_before_and_others_have_others(user, broker_at):
    _, address = broker_at(by_itself=False)
    from nl2strat.deploy.choosing import Wanted, begin
    from nl2strat.deploy.terminals import Place
    from nl2strat.pipeline import Market, compile_strategy
    from nl2strat.source import read_source

    def begun(name, program):
        file = user.approved(name, program)
        return begin(user.library(), compile_strategy(read_source(file), Market()), Wanted(Place(address)))

    first = begun("a.strat", PROGRAM)
    second = begun("b.strat", PROGRAM.replace("20 pips", "25 pips"))
    assert first.id != second.id
    assert first.magic == second.magic
    other = begun("c.strat", PROGRAM.replace("Rising", "Other"))
    assert other.magic != first.magic


def test_two_strategies_on_one_account_do_not_see_each_other(user, broker_at):
    """Two processes, one account; then a third, for a strategy that runs already."""
    broker, address = broker_at(user.bars[:60], by_itself=False)
    falling = PROGRAM.replace("Rising", "Falling").replace("enter long", "enter short").replace("above", "below")
    files = user.approved(), user.approved("falling.strat", falling)
    # before the market moves, each process has to be there
    begun = [user.does("deploy", file, "--on", address, *QUICK, "--background")[1] for file in files]
    assert "is running on account" in user.fails("deploy", files[0], "--on", address, *QUICK, "--fresh")[1]
    broker.clients, broker.by_itself = 2, True
    try:
        until = time.monotonic() + 60.0
        while any(user.folder_of(told["run"]).is_held for told in begun):
            assert time.monotonic() < until, "they do not end"
            time.sleep(0.05)
    finally:
        user.tell_all("stop")
    rows = [user.library().run(told["run"]) for told in begun]
    assert [row.state for row in rows] == ["stopped", "stopped"], [row.reason for row in rows]
    assert rows[0].magic != rows[1].magic
    for row, side in zip(rows, (1, -1), strict=True):
        journal = Journal(user.folder_of(row.id).journal)
        told = [e.data for e in journal.entries() if e.kind in ("input", "outcome")]
        journal.close()
        seen = [data.get("outcome", data) for data in told]
        events = [event for one in seen for event in one.get("seen", one).get("events", ())]
        opened = [event for event in events if event["kind"] == "opened"]
        entries = [d for d in broker.mine(row.magic) if d.entry == mt5.DEAL_ENTRY_IN]
        assert sorted(event["deal"] for event in opened) == sorted(deal.ticket for deal in entries)
        assert {event["side"] for event in opened} == {side}
