"""Simulated orders with no replay running: one account, whatever the symbols."""

from __future__ import annotations

import pytest

import mas


class Teller(mas.MAS):
    """Keeps what is pushed."""

    def __init__(self):
        super().__init__()
        self.pushed = []

    def receive_order_status(self, order_id, data):
        self.pushed.append(("status", order_id, data["retcode"]))

    def receive_order_execution(self, order_id, data):
        self.pushed.append(("execution", order_id, data["symbol"]))


@pytest.fixture
def client(monkeypatch):
    """Logged in to the simulated terminal, on the bundled sample."""
    monkeypatch.delenv("MAS_DATA", raising=False)
    found = Teller()
    assert found.login({"account": 1, "password": "p", "server": "s"})
    return found


def send(client, symbol, order_type, volume=0.1, **more):
    return client.send_order(
        {"symbol": symbol, "order_type": order_type, "volume": volume, "backtest_toggle": True, **more}
    )


def test_a_second_symbol_joins_the_account(client):
    """Positions of both stay open, their ids go on counting, margin and profit are those of both."""
    assert [send(client, "GBPUSD", "buy"), send(client, "EURUSD", "sell", 0.2)] == ["BT1", "BT2"]
    assert [(p["symbol"], p["volume"]) for p in client.get_positions()] == [("GBPUSD", 0.1), ("EURUSD", 0.2)]
    margins = [p["price_open"] * 100_000 * p["volume"] / 100 for p in client.get_positions()]
    info = client.get_account_info()
    assert info["margin"] == pytest.approx(sum(margins), abs=0.01)
    assert info["profit"] == pytest.approx(sum(p["profit"] for p in client.get_positions()))
    assert client.pushed == [
        ("status", "BT1", 10009), ("execution", "BT1", "GBPUSD"), ("status", "BT2", 10009),
        ("execution", "BT2", "EURUSD"),
    ]  # fmt: skip


def test_each_position_is_changed_and_closed_by_its_id(client):
    """The balance at the end is the deposit and the results of both, and the reports have both trades."""
    first, second = send(client, "GBPUSD", "buy"), send(client, "USDJPY", "sell", 0.2)
    assert client.modify_position_sltp({"position_id": second, "sl": 500.0})
    assert client.get_positions({"ticket": second})[0]["sl"] == 500.0
    assert send(client, "USDJPY", "buy", 0.2, order_id=second)
    assert [p["symbol"] for p in client.get_positions()] == ["GBPUSD"]
    assert send(client, "GBPUSD", "sell", position=first)
    assert client.get_positions() == []
    results = [deal["profit"] for deal in client.get_order_history() if deal["entry"] == 1]
    assert client.get_account_info()["balance"] == pytest.approx(10_000 + sum(results))
    assert client.generate_data_report()["data"]["general_data"]["number_of_trades"] == 2


def test_orders_of_a_second_symbol_wait_and_go(client):
    """A waiting order of the symbol that came later is found, changed and deleted."""
    send(client, "GBPUSD", "buy")
    order = send(client, "EURUSD", "buy_limit", price=0.5)
    assert client.get_orders_total() == 1
    assert client.modify_order({"order_id": order, "price": 0.6})
    assert client.get_pending_orders({"symbol": "EURUSD"})[0]["price_open"] == 0.6
    assert client.cancel_order({"order_id": order})
    assert client.get_orders_total() == 0


def test_the_account_pays_for_all_symbols(client):
    """What one position holds back is missing for another."""
    assert send(client, "EURUSD", "buy", 8.0)
    refused = send(client, "GBPUSD", "buy", 1.0)
    assert (bool(refused), refused.code) == (False, 10019)
    assert [p["symbol"] for p in client.get_positions()] == ["EURUSD"]
