"""What a broker may answer to a run's requests: each has an end, no order is made twice, and the run goes on."""

from __future__ import annotations

from collections import Counter

import pytest

from mas import constants as mt5
from mas.terminals.connection import Connection
from mas.trading import journaled

QUICK = ("--interval", "0.01", "--quiet")
RULE = """strategy "Each"
symbol EURUSD
timeframe H1
enter long when close > open and flat
  stop 300 pips
  close after 2 bars
end
end strategy
"""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Nothing is waited for."""
    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "waits", (0.0, 0.01))
    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "retry_waits", (0.0, 0.0, 0.0))
    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "lookup_waits", (0.0,))
    monkeypatch.setitem(journaled.JournaledChannel.__init__.__kwdefaults__, "settle", (0.0, 0.01))


def played(user, broker_at, *answers):
    """A run whose requests meet those answers. Returns: the broker, what the command told, the run's deals."""
    broker, address = broker_at(user.bars[:26])
    broker.answers = list(answers)
    code, told = user.does("deploy", user.approved("each.strat", RULE), "--on", address, *QUICK)
    assert (code, told["state"]) == (0, "stopped"), told
    deals = broker.mine(user.library().run(told["run"]).magic)
    ids = Counter(d.comment.split()[0] for d in deals if d.entry == mt5.DEAL_ENTRY_IN)
    assert max(ids.values()) == 1
    held = Counter(d.position_id for d in deals)
    assert set(held.values()) <= {1, 2}
    assert sum(count == 1 for count in held.values()) <= 1  # the last one may be open
    assert len(held) > 3
    return broker, told, deals


@pytest.mark.parametrize("code", [mt5.TRADE_RETCODE_REQUOTE, mt5.TRADE_RETCODE_PRICE_OFF])
def test_requotes_and_missing_quotes_are_tried_again(user, broker_at, code):
    broker, told, deals = played(user, broker_at, code, "", code, code)
    assert told["figures"]["refused"] == 0
    assert len(broker.sent) == len(deals) + 3


def test_another_filling_mode_is_tried(user, broker_at):
    broker, told, _ = played(user, broker_at, mt5.TRADE_RETCODE_INVALID_FILL)
    assert told["figures"]["refused"] == 0
    first, second = (request["type_filling"] for request in broker.sent[:2])
    assert first != second
    assert broker.sent[2]["type_filling"] == second


def test_an_entry_in_a_closed_market_is_refused_and_told(user, broker_at):
    _, told, _ = played(user, broker_at, mt5.TRADE_RETCODE_MARKET_CLOSED)
    assert told["figures"]["refused"] == 1
    assert any(line["kind"] == "refused" and "10018" in line["text"] for line in user.log(told["run"]))


def test_a_closing_in_a_closed_market_is_tried_until_it_is_done(user, broker_at):
    closed = mt5.TRADE_RETCODE_MARKET_CLOSED
    _, told, deals = played(user, broker_at, "", closed, closed)
    out = next(deal for deal in deals if deal.entry == mt5.DEAL_ENTRY_OUT)
    assert out.time - deals[0].time > 2 * 3600
    assert any(line["kind"] == "refused" and "10018" in line["text"] for line in user.log(told["run"]))


@pytest.mark.parametrize("answers", [("lost",), ("", "lost"), ("never", "", "never"), (10012, "", 10012)])
def test_requests_without_an_answer_are_looked_up_before_they_are_sent_again(user, broker_at, answers):
    """What was carried out is found. What was not is sent, a closing however late, an entry only in its own bar."""
    _, told, _ = played(user, broker_at, *answers)
    assert told["figures"]["refused"] <= ("lost" not in answers)


def test_a_part_that_is_filled_is_the_position(user, broker_at):
    _, _, deals = played(user, broker_at, "half")
    assert [deal.volume for deal in deals[:4]] == [0.05, 0.05, 0.1, 0.1]


def test_another_account_in_the_terminal_is_nobodys_business(user, broker_at):
    """While somebody is logged in to another account nothing is read and nothing sent; then the run goes on."""
    broker, address = broker_at(user.bars[:40])
    right, looks, sent = dict(broker.account), [], []

    def other():
        broker.account.update(login=7)
        sent.append(len(broker.sent))

    def back():
        broker.account.update(right)
        looks.append(broker.looks)
        sent.append(len(broker.sent))

    broker.at_look.update({20: other, 22: back})
    code, told = user.does("deploy", user.approved("each.strat", RULE), "--on", address, *QUICK)
    assert (code, told["state"]) == (0, "stopped")
    assert looks
    assert sent[0] == sent[1] < len(broker.sent)
    troubles = [line["text"] for line in user.log(told["run"]) if line["kind"] == "trouble"]
    assert len(troubles) == 1
    assert "logged in to account 7" in troubles[0]
    assert told["figures"]["refused"] == 0
    assert "back" in {line["kind"] for line in user.log(told["run"])}


def test_what_a_run_without_a_process_has_left_open_is_closed_from_here(user, broker_at):
    broker, address = broker_at(user.bars[:40])
    open_at = []

    def stop():
        if broker.paper.positions_get() and not open_at:
            open_at.append(broker.looks)
            user.tell_all("stop")

    broker.at_look.update(dict.fromkeys(range(5, 30), stop))
    run = user.does("deploy", user.approved("each.strat", RULE), "--on", address, *QUICK)[1]["run"]
    broker.at_look.clear()
    foreign = broker.paper.order_send({"action": 1, "symbol": "EURUSD", "volume": 0.3, "type": 0, "magic": 1})
    assert len(broker.paper.positions_get()) == 2
    assert "everything of its was closed" in user.does("flatten", run)[1]["told"]
    assert [position.ticket for position in broker.paper.positions_get()] == [foreign.order]
    broker.symbol["trade_contract_size"] = 1000.0  # no reason not to close
    assert "everything of its was closed" in user.does("kill", run)[1]["told"]
