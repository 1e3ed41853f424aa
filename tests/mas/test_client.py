"""The documented client API in a backtest: login, subscriptions, ids, failures, callbacks."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mas
from mas.answers import Failure, order_id_of, ticket_of
from mas.errors import DataError, MasError, ParameterError
from tests.mas.scenarios import MONDAY, Scripted, flat, market, order, play

LOGIN = {"account": "YOUR_ACCOUNT", "password": "YOUR_PASSWORD", "server": "YOUR_SERVER"}


def test_the_module_stands_as_a_base_class():
    """`import mas; class X(mas)` and `from mas.mas import MAS` give the same class; super().__init__() works."""
    from mas.mas import MAS

    class Mine(mas):
        def __init__(self, toggle):
            super().__init__()
            self.toggle = toggle

    assert Mine.__mro__[1] is MAS is mas.MAS
    assert Mine(True).toggle is True


def test_importing_mas_loads_nothing_heavy():
    """numpy, pandas, TA-Lib, pyarrow and the client come on first use."""
    heavy = ("numpy", "pandas", "talib", "pyarrow", "mas.client")
    code = f"import mas, sys; print([m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_public_names_are_found_and_others_are_not():
    """Constants, indicators and helpers; `__all__` lists them; a typing error is an AttributeError."""
    assert mas.mt5.ORDER_TIME_GTC == 0
    assert {"MAS", "ema", "crosses_above", "session", "run_backtest"} <= set(mas.__all__)
    with pytest.raises(AttributeError, match="emma"):
        mas.emma  # noqa: B018


def test_strategies_may_use_short_attribute_names():
    """Everything of its own begins with an underscore; documented strategies set the rest."""
    assert all(name.startswith("_") for name in vars(mas.MAS()))


def test_login_succeeds_without_a_terminal_and_its_failure_is_false():
    """Q1: a message that is false, with a stable code; unknown keys are ignored."""
    client = mas.MAS()
    assert client.login({**LOGIN, "token": "x", "account ": 5}) is True
    answer = client.login({"account": 1, "password": "p"})
    assert (bool(answer), answer.code, str(answer)) == (False, -2, "login needs the key server")


def test_order_ids_are_texts_and_accepted_in_every_form():
    """Q4; the answer of a failed order is no id, and says why it is none."""
    assert [ticket_of(i) for i in ("BT7", "7", 7)] == [7, 7, 7]
    assert order_id_of(7) == "BT7"
    for wrong in ("", "BTx", None, True, -1, 1.5):
        with pytest.raises(ParameterError, match="order_id"):
            ticket_of(wrong)
    with pytest.raises(ParameterError, match="No money"):
        ticket_of(Failure("No money", 10019))


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Ten daily bars of EURUSD in a MAS_DATA folder."""
    time = np.array([MONDAY + 86_400 * n for n in range(10)], dtype="int64").astype("datetime64[s]")
    close = [1.1 + n / 1000 for n in range(10)]
    columns = dict.fromkeys(("open", "high", "low", "close"), close)
    schema = {"symbol": "EURUSD", "timeframe": "D1", "timezone": "UTC", "digits": "5"}
    table = pa.table({"time": time, **columns, "spread": [5] * 10}).replace_schema_metadata(schema)
    pq.write_table(table, tmp_path / "EURUSD_D1.parquet")
    monkeypatch.setenv("MAS_DATA", str(tmp_path))
    return tmp_path


def subscribe(client, **changes):
    params = {"symbol": "EURUSD", "timeframe": "D1", "from": "2024-01-02", "to": "2024-01-05", "backtest_toggle": True}
    client.subscribe_bars({**params, **changes})
    return client


def test_a_replay_delivers_fresh_bars_up_to_and_including_the_last_day(data):
    """Documented keys, both ends of the range, `is_end` with the last bar, synchronously."""

    class Client(mas):
        bars = ()

        def receive_bars(self, symbol, data, is_end=False):
            self.bars = (*self.bars, (symbol, data, is_end))

    bars = subscribe(Client()).bars
    assert [b[1]["time"] for b in bars] == [datetime(2024, 1, day) for day in (2, 3, 4, 5)]
    assert [b[2] for b in bars] == [False, False, False, True]
    assert set(bars[0][1]) == {"time", "open", "high", "low", "close", "volume", "timeframe"}
    assert len({id(b[1]) for b in bars}) == 4


def test_the_documented_alternator_runs(data):
    """Opens and closes by order_id, capital under its documented spelling, report from `is_end`."""

    class Client(mas):
        def __init__(self):
            super().__init__()
            self.hold, self.order_id, self.report = False, None, None

        def receive_bars(self, symbol, data, is_end):
            params = {"symbol": symbol, "volume": 0.1, "backtest_toggle": True}
            if not self.hold:
                self.order_id = self.send_order({**params, "order_type": "buy"})
            else:
                self.send_order({**params, "order_type": "sell", "order_id": self.order_id})
            self.hold = not self.hold
            if is_end:
                self.report = self.generate_data_report()
                self.account = self.get_account_info()

    client = subscribe(Client(), captital=1000)
    assert client.report["data"]["general_data"] == {"total_profit_loss": 9.5, "number_of_trades": 1}
    assert (client.account["balance"], client.account["free_margin"]) == (1009.5, 898.59)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"symbol": None}, "symbol"), ({"timeframe": "H5"}, "H5"), ({"from": "soon"}, "from"), ({"to": []}, "to"),
        ({"captital": True}, "captital"), ({"capital": -5}, "capital"), ({"capital": 1, "captital": 2}, "differ"),
        ({"backtest_toggle": "yes"}, "backtest_toggle"),
    ],
)  # fmt: skip
def test_wrong_keys_of_a_subscription_are_named(data, changes, named):
    """A ParameterError, since the documentation knows no failure value."""
    with pytest.raises(ParameterError, match=named):
        subscribe(mas.MAS(), **changes)


def test_no_bars_and_no_terminal_are_said(data):
    """An empty range, an unknown symbol, live bars."""
    with pytest.raises(DataError):
        subscribe(mas.MAS(), **{"from": "2030-01-01", "to": "2031-01-01"})
    with pytest.raises(DataError, match="GBPUSD_D1"):
        subscribe(mas.MAS(), symbol="GBPUSD")
    with pytest.raises(MasError, match="terminal"):
        subscribe(mas.MAS(), backtest_toggle=False)


def test_finer_bars_serve_for_coarser_ones(data):
    """A folder with daily bars has weekly ones too; the first week is Sunday to Saturday."""

    class Client(mas):
        opens = ()

        def receive_bars(self, symbol, data, is_end):
            self.opens = (*self.opens, (data["time"].day, data["timeframe"], round(data["close"], 5)))

    client = subscribe(Client(), timeframe="W1", **{"from": None, "to": None})
    assert client.opens == ((31, "W1", 1.105), (7, "W1", 1.109))


def test_without_data_the_bars_are_synthetic_and_loudly_so(monkeypatch, caplog):
    """A documented example runs on a machine that has none."""
    monkeypatch.delenv("MAS_DATA", raising=False)
    with caplog.at_level(logging.WARNING, "mas"):
        mas.MAS().subscribe_bars({"symbol": "EURUSD", "timeframe": "D1", "backtest_toggle": True})
    assert "SYNTHETIC" in caplog.text


def test_pushes_come_after_the_callback_that_caused_them():
    """Status, then execution, in order, before the next bar; a stop that was hit is pushed at the close of its bar."""
    bars = market([*flat(1.1, 2), (1.1, 1.1, 1.098, 1.099), *flat(1.099, 2)])
    _, client = play(bars, {0: order("buy", sl=1.0985)})
    assert client.seen == [
        ("bar", 0, False), ("status", "BT1", 10009, None), ("execution", "BT1", 1.1, "buy"), ("bar", 1, False),
        ("execution", "BT2", 1.0985, "sell"), ("bar", 2, False), ("bar", 3, False), ("bar", 4, True),
    ]  # fmt: skip


def test_a_refused_order_is_pushed_with_its_code():
    """And logged; the account is untouched."""
    _, client = play(market(flat(1.1, 3)), {0: order("buy", sl=1.2)})
    assert ("status", "", 10016, None) in client.seen


def test_a_real_order_inside_a_replay_is_not_sent(caplog):
    """A wrong flag must not trade on old bars; nor may the order fill in the simulation."""
    with caplog.at_level(logging.ERROR, "mas"):
        result, client = play(market(flat(1.1, 3)), {0: order("buy", backtest_toggle=False)})
    assert (bool(client.answers[0]), result.trades) == (False, ())
    assert "backtest_toggle=False" in caplog.text


@pytest.mark.parametrize(
    ("params", "code", "says"),
    [
        ({"order_type": "bye"}, 10013, "order_type"), ({"order_type": None}, 10013, "order_type"),
        ({"volume": None}, 10013, "volume"), ({"volume": "x"}, 10013, "volume"), ({"volume": True}, 10013, "volume"),
        ({"order_type": "buy_limit"}, 10013, "price"), ({"sl": "low"}, 10013, "sl"), ({"magic": -1}, 10013, "magic"),
        ({"symbol": "GBPUSD"}, 10013, "GBPUSD"), ({"order_id": ""}, 10013, "order_id"),
        ({"volume": 1e9}, 10014, "volume"), ({"order_type": "sell", "order_id": "BT9"}, 10036, "Position"),
    ],
)  # fmt: skip
def test_bad_orders_are_answered_with_a_code_and_a_text(params, code, says):
    """A false message that names the key; the account untouched."""
    sent = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, **params}
    result, client = play(market(flat(1.1, 3)), {0: lambda c: c.send_order(sent), 1: lambda c: c.send_order(5)})
    answer = client.answers[0]
    assert (bool(answer), answer.code, says in answer) == (False, code, True)
    assert (result.trades, result.balance[-1], client.answers[1].code) == ((), 10_000, 10013)


def test_a_position_that_is_gone_cannot_be_closed_twice():
    """10036, not a new position."""
    bars = market([*flat(1.1, 2), *flat(1.09, 3)])
    step = order("sell", order_id="BT1")
    result, client = play(bars, {0: order("buy", sl=1.095), 2: step})
    assert (client.answers[1].code, len(result.trades)) == (10036, 1)


def test_waiting_orders_can_be_seen_changed_and_cancelled():
    """modify keeps what is not given; cancel answers True once."""
    log = []

    def change(client):
        log.append([(o["ticket"], o["price_open"], o["sl"]) for o in client.get_pending_orders()])
        log.append(client.modify_order({"order_id": "BT1", "price": 1.08}))
        log.append([(o["price_open"], o["sl"], o["time_expiration"]) for o in client.get_pending_orders({"ticket": 1})])
        log.append(
            (client.cancel_order({"order_id": 1}), client.cancel_order({"order_id": 1}), client.get_orders_total())
        )

    _, client = play(market(flat(1.1, 4)), {0: order("buy_limit", price=1.09, sl=1.07), 1: change})
    assert log == [[(1, 1.09, 1.07)], True, [(1.08, 1.07, None)], (True, False, 0)]
    assert [s for s in client.seen if s[0] == "status"][1:] == [
        ("status", "BT1", 10009, "modify"), ("status", "BT1", 10009, "cancel"),
    ]  # fmt: skip


def test_position_levels_can_be_moved_one_at_a_time():
    """The other stays; on the wrong side False and nothing changed; neither given False."""
    log = []

    def move(client):
        log.append([client.modify_position_sltp({"position_id": "BT1", **keys}) for keys in
                    ({"sl": 1.095}, {"tp": 1.12}, {"sl": 1.2}, {}, {"sl": 1.095})])  # fmt: skip
        log.append([(p["sl"], p["tp"], p["type"], p["volume"]) for p in client.get_positions({"symbol": "EURUSD"})])

    play(market(flat(1.1, 4)), {0: order("buy", sl=1.09), 1: move})
    assert log == [[True, True, False, False, True], [(1.095, 1.12, 0, 0.1)]]


def test_bars_by_position_never_show_the_future():
    """Position 0 is the bar being handled; the table has the documented columns."""
    tables = []

    def look(client):
        tables.append(client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "H1", "count": 3}))
        tables.append(client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "H1", "count": 9, "start_pos": 1}))
        tables.append(client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "H9", "count": 3}))

    rows = [(1.1 + n, 1.1 + n, 1.1 + n, 1.1 + n) for n in range(5)]
    play(market(rows), {3: look})
    assert [t["close"].tolist() for t in tables[:2]] == [[2.1, 3.1, 4.1], [1.1, 2.1, 3.1]]
    assert (len(tables[2]), next(iter(tables[2])), tables[0]["time"].iloc[-1].hour) == (0, "time", 3)


def test_calculations_have_their_documented_failure_values():
    """0.1 lot from 1.09 to 1.095 is 50; -1.0 and {} where something is wrong."""
    log = []

    def calculate(client):
        base = {"symbol": "EURUSD", "volume": 0.1}
        log.append(client.calc_order_profit({**base, "action": "buy", "price_open": 1.09, "price_close": 1.095}))
        log.append(client.calc_order_margin({**base, "action": "sell", "price": 1.1}))
        log.append(client.calc_order_margin({**base, "action": "hold", "price": 1.1}))
        log.append(client.order_check({**base, "order_type": "buy"})["retcode"])
        log.append(client.order_check({**base, "order_type": "buy", "sl": 1.2})["retcode"])
        log.append(client.order_check({**base, "order_type": "buy", "volume": None}))

    play(market(flat(1.1, 3)), {0: calculate})
    assert log == [50.0, 110.0, -1.0, 0, 10016, {}]


def test_a_replay_can_be_stopped_from_within():
    """`stop_all_subscriptions` ends it after the bar being handled."""
    client = Scripted({2: lambda c: c.stop_all_subscriptions()})
    mas.run_backtest(client, market(flat(1.1, 9)))
    assert client.index == 2


def test_outside_a_replay_nothing_pretends_to_work():
    """Failure values, not exceptions."""
    client = mas.MAS()
    assert client.send_order({"symbol": "EURUSD", "order_type": "buy", "volume": 0.1}).code == 10031
    assert client.get_account_info() == {"error": "Failed to retrieve account information"}
    assert (client.get_positions(), client.get_pending_orders(), client.get_orders_total()) == ([], [], 0)
    assert client.generate_data_report()["status"] is False
    assert client.modify_order({"order_id": 1, "price": 1.0}) is False


DOCUMENTED = """
login set_lang subscribe_bars receive_bars unsubscribe_bars subscribe_ticks receive_ticks unsubscribe_ticks
stop_all_subscriptions get_bars_from_pos subscribe_market_book get_market_book unsubscribe_market_book get_start_date
get_account_info get_positions get_pending_orders get_orders_total get_order_history get_history_orders
get_history_orders_total send_order modify_order cancel_order modify_position_sltp order_check calc_order_margin
calc_order_profit receive_order_status receive_order_execution initialize_mt5 check_connection reconnect_mt5
shutdown_mt5
get_symbols get_symbols_total get_version switch_account generate_data_report generate_kpi_report generate_trade_chart
"""


def test_all_41_documented_functions_are_there():
    """Each with a docstring of its own."""
    names = DOCUMENTED.split()
    assert len(names) == 41
    assert [name for name in names if not getattr(getattr(mas.MAS, name, None), "__doc__", "")] == []
