"""What may be asked while nothing is played: the simulated account knows all that the history has."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import mas
from mas.answers import CodedText
from tests.mas.scenarios import MONDAY

LOGIN = {"account": "1", "password": "p", "server": "s"}
LIMIT = {"symbol": "EURUSD", "order_type": "buy_limit", "price": 1.0, "volume": 0.1, "backtest_toggle": True}


def write(folder, name, first, count=60, step=3600, price=1.1):
    """Bars that stand still, as a CSV file."""
    times = np.datetime64(int(first), "s") + np.arange(count) * np.timedelta64(step, "s")
    rows = [f"{str(time).replace('T', ' ')},{price},{price},{price},{price}" for time in times]
    (folder / f"{name}.csv").write_text("\n".join(["time,open,high,low,close", *rows]) + "\n")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MAS_DATA", str(tmp_path))
    monkeypatch.setenv("MAS_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("MAS_TERMINAL", raising=False)
    return tmp_path


def logged_in():
    client = mas.MAS()
    assert client.login(LOGIN) is True
    return client


def test_bars_of_every_symbol_that_the_history_has(folder, caplog):
    """At each timeframe that can be built, newest last; of others an empty table, and a reason in the log."""
    write(folder, "EURUSD_H1", MONDAY)
    write(folder, "USDJPY_M1", MONDAY, step=60, price=150.0)
    client = logged_in()
    bars = client.get_bars_from_pos({"symbol": "USDJPY", "timeframe": "M15", "count": 3})
    assert [str(time) for time in bars["time"].dt.time] == ["00:15:00", "00:30:00", "00:45:00"]
    assert client.get_bars_from_pos({"symbol": "USDJPY", "timeframe": "M15", "count": 1, "start_pos": 1})[
        "time"
    ].dt.minute.tolist() == [30]
    assert len(client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "H4", "count": 5})) == 5
    assert caplog.messages[1:] == []
    for wanted in ({"symbol": "EURUSD", "timeframe": "M1"}, {"symbol": "GBPUSD", "timeframe": "H1"}):
        assert len(client.get_bars_from_pos({**wanted, "count": 5})) == 0
    assert len(caplog.messages) == 3


def test_bars_need_a_login_or_a_replay(folder, caplog):
    """As every other question about an account."""
    write(folder, "EURUSD_H1", MONDAY)
    assert len(mas.MAS().get_bars_from_pos({"symbol": "EURUSD", "timeframe": "H1", "count": 5})) == 0
    assert "call login" in caplog.text


def test_what_an_order_of_another_symbol_would_cost(folder):
    """Margin, profit and check, in account currency, at the newest quote of that symbol."""
    write(folder, "EURUSD_H1", MONDAY)
    write(folder, "USDJPY_H1", MONDAY, price=150.0)
    client = logged_in()
    margin = {"action": "buy", "symbol": "USDJPY", "volume": 0.1, "price": 150.0}
    assert client.calc_order_margin(margin) == 100.0
    profit = client.calc_order_profit({**margin, "price_open": 150.0, "price_close": 153.0})
    assert profit == pytest.approx(30_000 / 153.0, 0.03)
    assert client.order_check({"symbol": "USDJPY", "order_type": "buy", "volume": 0.1})["retcode"] == 0
    assert client.calc_order_margin({**margin, "symbol": "NOSUCH"}) == -1.0
    assert client.order_check({"symbol": "!!", "order_type": "buy", "volume": 0.1}) == {}
    assert client.get_account_info()["balance"] == 10_000.0


def test_the_account_needs_no_bars_of_a_certain_symbol(folder, caplog):
    """A folder with other symbols only; an empty one is a failure, not an exception."""
    write(folder, "GBPUSD_D1", MONDAY, step=86_400)
    client = logged_in()
    assert client.get_account_info()["currency"] == "USD"
    assert [item["name"] for item in client.get_symbols()] == ["GBPUSD"]
    (folder / "GBPUSD_D1.csv").unlink()
    with caplog.at_level(logging.ERROR, "mas"):
        answer = logged_in().get_account_info()
    assert answer == {"error": "Failed to retrieve account information"}
    assert isinstance(answer["error"], CodedText)
    assert (bool(answer["error"]), answer["error"].code) == (True, "NO_ACCOUNT_INFO")
    assert "EURUSD" in caplog.text


def test_a_simulation_in_the_future_has_its_history(folder):
    """Without `to` the history goes to the end of the simulation, not to the present day."""
    write(folder, "EURUSD_H1", 2_114_726_400)
    client = logged_in()
    assert client.send_order({**LIMIT, "order_type": "buy", "price": None}) == "BT1"
    assert [deal["time"].year for deal in client.get_order_history()] == [2037]
    assert client.get_history_orders_total() == len(client.get_history_orders()) == 1
    assert client.get_order_history({"to": "2030-01-01"}) == []


def test_changes_carry_their_documented_comments(folder):
    """Defaults, or what was given; in the request that comes back with the status."""
    write(folder, "EURUSD_H1", MONDAY)
    seen = []

    class Recording(mas.MAS):
        def receive_order_status(self, order_id, status):
            seen.append((status.get("action"), status["request"]["comment"]))

    client = Recording()
    client.login(LOGIN)
    order_id = client.send_order(LIMIT)
    assert client.modify_order({"order_id": order_id, "price": 1.01})
    assert client.modify_order({"order_id": order_id, "price": 1.02, "comment": "nearer"})
    assert client.get_pending_orders()[0]["comment"] == "MAS Order"
    assert client.cancel_order({"order_id": order_id})
    assert client.cancel_order({"order_id": client.send_order(LIMIT), "comment": "enough"})
    assert [item for item in seen if item[0]] == [
        ("modify", "Modified by MAS"), ("modify", "nearer"), ("cancel", "Cancel by MAS"), ("cancel", "enough"),
    ]  # fmt: skip
