"""Questions about a simulated account: history of orders and deals, symbols, bars by position, dates."""

from __future__ import annotations

from datetime import datetime

import pytest

import mas
from mas.errors import ParameterError
from tests.mas.scenarios import flat, market, order, play


def asked(question, script=None, bars=None):
    """What a strategy hears at bar 3."""
    heard = []
    play(bars or market(flat(1.1, 6)), {**(script or {}), 3: lambda c: heard.append(question(c))})
    return heard[0]


TRADED = {
    0: order("buy"),
    1: order("sell", order_id="BT1"),
    2: lambda c: (order("buy_limit", price=1.0)(c), c.cancel_order({"order_id": "BT3"})),
}


def test_deals_are_found_by_every_filter():
    """By symbol and time, by position, by their own number; times as datetime and as milliseconds that agree."""
    deals = asked(lambda c: c.get_order_history(), TRADED)
    assert [(d["order"], d["position_id"], d["entry"], d["type"]) for d in deals] == [(1, 1, 0, 0), (2, 1, 1, 1)]
    assert deals[0]["time"] == datetime(2024, 1, 1, 1)
    assert deals[0]["time_msc"] == 1_704_070_800_000
    found = asked(
        lambda c: [
            [d["order"] for d in c.get_order_history(params)]
            for params in (
                {"symbol": "GBPUSD"}, {"position": "BT1"}, {"ticket": deals[1]["ticket"]},
                {"from": "2024-01-01 02:00:00"}, {"to": datetime(2024, 1, 1, 1)},
                {"from": "2025-01-01", "to": "2026-01-01"},
            )
        ],
        TRADED,
    )  # fmt: skip
    assert found == [[], [1, 2], [2], [2], [1], []]


def test_finished_orders_are_found():
    """Filled and cancelled ones with MetaTrader's own states (Q9), and their number."""
    orders, one, total = asked(
        lambda c: (c.get_history_orders(), c.get_history_orders({"ticket": "BT3"}), c.get_history_orders_total({})),
        TRADED,
    )
    assert [(o["ticket"], o["state"]) for o in orders] == [(1, 4), (2, 4), (3, 2)]
    assert (total, [o["ticket"] for o in one]) == (3, [3])
    assert orders[0]["time_done"] == datetime(2024, 1, 1, 1)
    assert {"price_stoplimit", "volume_initial", "reason", "state", "time_expiration"} <= set(orders[0])


def test_positions_are_filtered_symbol_first():
    """`ticket` is ignored beside a symbol; a group has wildcards."""
    found = asked(
        lambda c: [
            len(c.get_positions(params))
            for params in (
                None, {}, {"symbol": "EURUSD", "ticket": 99}, {"group": "EUR*"}, {"ticket": 99}, {"ticket": "BT1"},
            )
        ],
        {0: order("buy")},
    )  # fmt: skip
    assert found == [1, 1, 1, 1, 0, 1]


def test_symbols_have_the_documented_keys():
    """Those of the simulated terminal, by a group."""
    symbols, total, none = asked(
        lambda c: (c.get_symbols({"group": "*USD*"}), c.get_symbols_total(), c.get_symbols({"group": "JPY*"}))
    )
    assert (symbols[0]["name"], symbols[0]["digits"], symbols[0]["trade_contract_size"]) == ("EURUSD", 5, 100_000)
    assert (total >= 1, none) == (True, [])
    assert len(symbols[0]) == 12


def test_the_account_has_both_names_of_the_free_margin():
    """Q10; enumerations are MetaTrader's own (Q9), flags are real booleans."""
    info = asked(lambda c: c.get_account_info(), {0: order("buy")})
    assert info["margin_free"] == info["free_margin"] == 10_000 - 110
    assert (info["trade_mode"], info["margin_mode"], info["trade_allowed"]) == (0, 2, True)
    assert {"margin_so_so", "commission_blocked", "company", "currency_digits", "limit_orders"} <= set(info)


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (("2025-06-30", "D1", 250), "2024-07-15"), (("2025-06-30", "D1", 1), "2025-06-23"),
        (("2024-03-01", "D1", 5), "2024-02-23"),
    ],
)  # fmt: skip
def test_a_start_date_is_counted_back(arguments, result):
    """Q12: 7 days for every 5 bars; no connection needed."""
    assert mas.MAS().get_start_date(*arguments) == result


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("2025-06-30", "H1", 250), "timeframe"), (("soon", "D1", 250), "to_date"), ((None, "D1", 5), "to_date"),
        (("2025-06-30", "D1", 0), "kbar_num"), (("2025-06-30", "D1", "x"), "kbar_num"),
        (("2025-06-30", "D1", True), "kbar_num"), (("2025-06-30", "D1", float("nan")), "kbar_num"),
        (("2025-06-30", "D1", 2_000_000_000), "kbar_num"),
    ],
)  # fmt: skip
def test_a_start_date_that_cannot_be_is_refused(arguments, named):
    """A ValueError that names the argument."""
    with pytest.raises(ParameterError, match=named):
        mas.MAS().get_start_date(*arguments)


def test_bars_by_position_at_a_higher_timeframe_end_with_the_bar_being_handled():
    """The forming H4 bar holds what the replay has shown of it; finer bars than the replay's are none."""
    rows = [(1.1 + n / 100, 1.105 + n / 100, 1.09 + n / 100, 1.1 + n / 100) for n in range(8)]
    heard = []

    def look(client):
        for timeframe in ("H4", "M5"):
            heard.append(client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": timeframe, "count": 5}))

    play(market(rows), {5: look})
    table, none = heard
    assert [round(c, 5) for c in table["close"]] == [1.13, 1.15]
    assert [round(h, 5) for h in table["high"]] == [1.135, 1.155]
    assert len(none) == 0


def test_the_market_book_needs_a_terminal():
    """False, an empty list, False."""
    client = mas.MAS()
    params = {"symbol": "EURUSD"}
    assert client.subscribe_market_book(params) is False
    assert client.get_market_book(params) == []
    assert client.unsubscribe_market_book(params) is False


def test_after_the_replay_its_account_can_still_be_asked(monkeypatch, tmp_path):
    """The reports and queries that follow `subscribe_bars` speak of the run that has just ended."""
    monkeypatch.delenv("MAS_DATA", raising=False)
    monkeypatch.setenv("MAS_STORE", str(tmp_path))
    client = mas.MAS()
    sent = []
    client.receive_bars = lambda symbol, data, is_end: (
        sent or sent.append(client.send_order({"symbol": symbol, "order_type": "buy", "volume": 0.1}))
    )
    client.subscribe_bars({
        "symbol": "EURUSD", "timeframe": "H1", "from": "2020-01-01", "to": "2020-02-01", "backtest_toggle": True,
    })  # fmt: skip
    assert sent == ["BT1"]
    assert client.get_order_history()[0]["order"] == 1
    assert client.get_account_info()["balance"] != 10_000
    assert client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "H1", "count": 2})["time"].iloc[-1].month in (
        1,
        2,
    )
