"""Where the bars and ticks of a backtest come from, and the simulated account that stands without a replay."""

from __future__ import annotations

import logging
from datetime import datetime

import numpy as np
import pytest

import mas
from mas import history
from mas.errors import DataError, ParameterError
from mas.settings import settings
from mas.subscriptions import Subscription
from tests.mas.live_terminal import LiveTerminal, connection_to

ASKED = {"symbol": "EURUSD", "timeframe": "H1", "backtest_toggle": True}


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Empty folders for MAS_DATA and the store, and a way to put bars of one price into them."""

    def put(place, price, name="EURUSD_H1"):
        folder = tmp_path / place
        folder.mkdir(exist_ok=True)
        rows = [f"2024-01-01 {hour:02d}:00,{price},{price},{price},{price}" for hour in range(5)]
        (folder / f"{name}.csv").write_text("time,open,high,low,close\n" + "\n".join(rows) + "\n")

    monkeypatch.delenv("MAS_DATA", raising=False)
    monkeypatch.setenv("MAS_STORE", str(tmp_path / "store"))
    put.data = lambda: monkeypatch.setenv("MAS_DATA", str(tmp_path / "data"))
    return put


def closes(client, **changes):
    seen = []
    client.receive_bars = lambda symbol, data, is_end: seen.append(data["close"])
    client.subscribe_bars({**ASKED, **changes})
    return set(seen)


def test_the_order_of_sources(places, caplog):
    """MAS_DATA before the store, before a connected terminal, before made-up bars, which are announced."""
    client = mas.MAS()
    client._connection = connection_to(LiveTerminal())
    assert closes(client) == {1.1}
    client._connection = None
    with caplog.at_level(logging.WARNING, "mas"):
        assert len(closes(client)) > 1000
    assert "SYNTHETIC" in caplog.text
    places("store", 1.2)
    client._connection = connection_to(LiveTerminal())
    assert closes(client) == {1.2}
    places("data", 1.3)
    places.data()
    assert closes(client) == {1.3}


def test_what_the_named_data_lack_is_looked_for_further_on(places):
    """In the store, then in the terminal; nothing is made up for those who named their data."""
    places("data", 1.3, "GBPUSD_H1")
    places.data()
    client = mas.MAS()
    with pytest.raises(DataError, match="has no EURUSD_H1"):
        closes(client)
    client._connection = connection_to(LiveTerminal())
    assert closes(client) == {1.1}
    places("store", 1.2)
    assert closes(client) == {1.2}
    assert closes(client, symbol="GBPUSD") == {1.3}


def test_a_single_file_of_another_symbol_is_refused(places, tmp_path, monkeypatch):
    """Nobody's GBPUSD is played as EURUSD; a suffix, or a file that names no symbol, is as good as the name."""
    places("data", 1.3, "GBPUSD_H1")
    places("data", 1.4, "mine")
    monkeypatch.setenv("MAS_DATA", str(tmp_path / "data" / "GBPUSD_H1.csv"))
    with pytest.raises(DataError, match="data of GBPUSD, not of EURUSD"):
        closes(mas.MAS())
    assert closes(mas.MAS(), symbol="GBPUSD") == closes(mas.MAS(), symbol="GBPUSD.sml") == {1.3}
    client = mas.MAS()
    client.login({"account": "1", "password": "p", "server": "s"})
    assert [item["name"] for item in client.get_symbols()] == ["GBPUSD"]
    monkeypatch.setenv("MAS_DATA", str(tmp_path / "data" / "mine.csv"))
    assert closes(mas.MAS()) == {1.4}


def test_a_brokers_suffix_finds_the_symbols_file(places):
    """EURUSD.sml is served by EURUSD_H1; its own file comes first."""
    places("store", 1.2)
    assert closes(mas.MAS(), symbol="EURUSD.sml") == {1.2}
    places("store", 1.4, "EURUSD.sml_H1")
    assert closes(mas.MAS(), symbol="EURUSD.sml") == {1.4}


@pytest.mark.parametrize("timeframe", ["M15", "H4", "D1", "W1", "MN1"])
def test_made_up_bars_cover_the_time_asked_for(places, timeframe):
    """So that a documented backtest from 2020 to 2024 runs as printed; the same bars every time."""
    wanted = Subscription("EURUSD", timeframe, backtest=True, start=1_577_836_800, end=1_585_699_199)
    bars = history.find_bars(wanted)
    length = max(history.TIMEFRAMES[timeframe], 3 * 86_400)
    assert bars.time[0] - wanted.start < length + 86_400
    assert wanted.end - bars.time[-1] < length + 86_400
    assert bars.synthetic
    assert (np.diff(bars.time) > 0).all()
    assert (history.find_bars(wanted).close.values == bars.close.values).all()


def test_a_date_means_the_whole_day(places):
    """Q20: as text or as a date; with a time of day it is a moment."""
    places("store", 1.2)
    seen = []
    client = mas.MAS()
    client.receive_bars = lambda symbol, data, is_end: seen.append(data["time"].hour)
    for end in ("2024-01-01", datetime(2024, 1, 1).date(), datetime(2024, 1, 1, 2), "2024-01-01 02:00:00"):
        seen.clear()
        client.subscribe_bars({**ASKED, "from": "2024-01-01", "to": end})
        assert seen[-1] == (4 if not isinstance(end, datetime) and len(str(end)) == 10 else 2)


def test_from_after_to_is_named():
    """A ParameterError instead of an empty history."""
    with pytest.raises(ParameterError, match="from"):
        mas.MAS().subscribe_bars({**ASKED, "from": "2024-02-01", "to": "2024-01-01"})


def test_costs_and_leverage_are_optional_keys(places, monkeypatch):
    """Q23: off by default; a key counts before the setting."""
    places("store", 1.2)
    monkeypatch.setattr(settings, "leverage", 50)
    margins = []
    client = mas.MAS()

    def handle(symbol, data, is_end):
        if not margins:
            client.send_order({"symbol": symbol, "order_type": "buy", "volume": 0.1})
            margins.append((client.get_account_info()["margin"], client.get_account_info()["equity"]))

    client.receive_bars = handle
    client.subscribe_bars({**ASKED, "spread": 0})
    margins, first = [], margins[0]
    client.subscribe_bars({**ASKED, "leverage": 200, "spread": 10, "commission": 3.1})
    assert (first, margins[0]) == ((240.0, 10_000.0), (60.0, 10_000 - 1 - 0.31))


def test_a_replay_cannot_be_started_inside_another(places):
    """Nor can live data be subscribed to from there."""
    places("store", 1.2)
    client = mas.MAS()
    client.receive_bars = lambda symbol, data, is_end: client.subscribe_bars(ASKED)
    with pytest.raises(ParameterError, match="replay"):
        client.subscribe_bars(ASKED)


class Recorder(mas):
    def __init__(self):
        super().__init__()
        self.seen = []

    def receive_order_status(self, order_id, status_data):
        self.seen.append(("status", order_id, status_data["retcode"]))

    def receive_order_execution(self, order_id, execution_data):
        self.seen.append(("execution", order_id, execution_data["price"], execution_data["type"]))


def test_an_order_without_a_replay_fills_at_the_newest_bar(places):
    """Both callbacks are pushed; later orders go to the same account, and close by id."""
    places("store", 1.2)
    settings.spread, before = 0.0, settings.spread
    try:
        client = Recorder()
        params = {"symbol": "EURUSD", "volume": 0.1, "backtest_toggle": True}
        assert client.send_order({**params, "order_type": "buy"}) == "BT1"
        assert client.seen == [("status", "BT1", 10009), ("execution", "BT1", 1.2, "buy")]
        assert len(client.get_positions()) == 1
        assert client.modify_position_sltp({"position_id": "BT1", "sl": 1.1}) is True
        assert client.send_order({**params, "order_type": "sell", "order_id": "BT1"}) == "BT2"
        assert client.get_positions() == []
        assert client.send_order({**params, "order_type": "buy_limit", "price": 1.1}) == "BT3"
        assert client.cancel_order({"order_id": "BT3"}) is True
        assert client.get_account_info()["balance"] == 10_000
    finally:
        settings.spread = before


def test_a_position_with_the_same_direction_and_levels_is_changed(places):
    """`position` with the same type and `sl` moves the stop of that position; with the opposite type it closes it."""
    places("store", 1.2)
    client = Recorder()
    params = {"symbol": "EURUSD", "volume": 0.1, "backtest_toggle": True}
    client.send_order({**params, "order_type": "buy"})
    assert client.send_order({**params, "order_type": "buy", "position": 1, "sl": 1.1})
    assert [(p["sl"], p["volume"]) for p in client.get_positions()] == [(1.1, 0.1)]
    assert client.send_order({**params, "order_type": "sell", "position": 1, "volume": 0.04})
    assert [p["volume"] for p in client.get_positions()] == [0.06]


def test_no_history_for_an_order_is_a_false_answer(places):
    """MAS_DATA without that symbol: the reason in the text, a code, nothing raised."""
    places("data", 1.2)
    places.data()
    answer = mas.MAS().send_order({"symbol": "GBPUSD", "order_type": "buy", "volume": 0.1, "backtest_toggle": True})
    assert (bool(answer), answer.code, "GBPUSD" in answer) == (False, 10021, True)


class Ticker(mas):
    """Buys at tick 0 and sells at tick 2."""

    def __init__(self):
        super().__init__()
        self.seen, self.tables = [], []

    def receive_ticks(self, symbol, data, is_end):
        self.seen.append((data["time"], data["bid"], data["ask"], is_end))
        self.tables.append(self.get_bars_from_pos({"symbol": symbol, "timeframe": "M1", "count": 9}))
        params = {"symbol": symbol, "volume": 0.1}
        if len(self.seen) == 1:
            self.order_id = self.send_order({**params, "order_type": "buy"})
        elif len(self.seen) == 3:
            self.send_order({**params, "order_type": "sell", "order_id": self.order_id})
        if is_end:
            self.report = self.generate_data_report()


@pytest.fixture
def tick_file(tmp_path, monkeypatch):
    rows = ["time,bid,ask"]
    rows += [f"2024-01-01 00:00:{n * 20:02d}.250,{1.1 + n / 1000:.5f},{1.1001 + n / 1000:.5f}" for n in range(3)]
    rows += ["2024-01-01 00:01:00.500,1.10300,1.10310", "2024-01-01 00:01:00.500,1.10400,1.10410"]
    (tmp_path / "EURUSD_TICKS_2024.csv").write_text("\n".join(rows) + "\n")
    monkeypatch.setenv("MAS_DATA", str(tmp_path))


TICKS = {"symbol": "EURUSD", "from": "2024-01-01 00:00:00", "to": "2024-01-01 01:00:00", "backtest_toggle": True}


def test_ticks_are_replayed_one_by_one(tick_file):
    """Milliseconds kept; orders fill at the next tick; bars by position are made of the ticks so far."""
    client = Ticker()
    client.subscribe_ticks(TICKS)
    assert client.seen[0] == (datetime(2024, 1, 1, 0, 0, 0, 250_000), 1.1, 1.1001, False)
    assert [s[3] for s in client.seen] == [False] * 4 + [True]
    (trade,) = client._last_replay.trades()
    assert (round(trade.entry_price, 5), round(trade.exit_price, 5)) == (1.1011, 1.103)
    assert client.report["data"]["general_data"] == {"total_profit_loss": 19.0, "number_of_trades": 1}
    assert [len(t) for t in client.tables] == [1, 1, 1, 2, 2]
    assert client.tables[-1]["close"].tolist() == [1.102, 1.104]


def test_tick_files_that_follow_one_another_are_one(tick_file, tmp_path):
    """In order of their times, whatever their names; two of the same time are refused."""
    (tmp_path / "EURUSD_TICKS_2023.csv").write_text("time,bid,ask\n2024-01-01 00:02:00.000,1.2,1.2001\n")
    client = Ticker()
    client.subscribe_ticks(TICKS)
    assert [s[1] for s in client.seen] == [1.1, 1.101, 1.102, 1.103, 1.104, 1.2]
    (tmp_path / "EURUSD_TICKS_more.csv").write_text("time,bid,ask\n2024-01-01 00:00:30.000,1.2,1.2001\n")
    with pytest.raises(DataError, match=r"_2024.csv and EURUSD_TICKS_more.csv both have ticks of 2024-01-01"):
        Ticker().subscribe_ticks(TICKS)


def test_a_script_is_told_that_there_is_no_volume(tmp_path, monkeypatch, caplog):
    """It would compare with nan and never trade; bars with volume say nothing."""
    for symbol, column in (("EURUSD", ""), ("GBPUSD", ",tick_volume")):
        rows = [f"2024-01-01 {hour:02d}:00,1.1,1.2,1.0,1.1{',5' if column else ''}" for hour in range(4)]
        (tmp_path / f"{symbol}_H1.csv").write_text(f"time,open,high,low,close{column}\n" + "\n".join(rows) + "\n")
    monkeypatch.setenv("MAS_DATA", str(tmp_path))
    for symbol in ("EURUSD", "GBPUSD"):
        mas.MAS().subscribe_bars({"symbol": symbol, "timeframe": "H1", "backtest_toggle": True})
    said = [record.getMessage() for record in caplog.records if "no volume" in record.getMessage()]
    assert said == [
        "the data of EURUSD have no volume (in 4 of 4 bars): receive_bars gives nan there, and no comparison with it "
        "is true"
    ]


def test_keys_that_have_no_effect_are_named(tick_file, caplog):
    """With the key that may be meant; the subscription goes on."""
    client = Ticker()
    client.subscribe_ticks({**TICKS, "comission": 7, "note": "mine"})
    assert len(client.seen) == 5
    assert "subscribe_ticks: the key 'comission' is not known and has no effect; is 'commission' meant?" in caplog.text
    assert "subscribe_ticks: the key 'note' is not known and has no effect" in caplog.text
    caplog.clear()
    Ticker().subscribe_ticks({**TICKS, "timeframe": "M1", "captital": 5000})
    assert "no effect" not in caplog.text


def test_reports_after_ticks_draw_minute_bars(tick_file, tmp_path, monkeypatch):
    """The chart is of M1 bars made of the ticks."""
    monkeypatch.setattr(settings, "reports", tmp_path)
    client = Ticker()
    client.subscribe_ticks(TICKS)
    assert client.generate_trade_chart() == client.generate_kpi_report() == {"status": True}
    assert len(client._last_replay.report_bars()) == 2


def test_ticks_of_another_time_or_symbol_are_refused(tick_file, tmp_path, monkeypatch):
    """With the time that the file has; a single file says whose ticks it holds."""
    wanted = {"symbol": "EURUSD", "backtest_toggle": True}
    with pytest.raises(DataError, match="between from and to: it has those from 2024-01-01 to 2024-01-01"):
        Ticker().subscribe_ticks({**wanted, "from": "2025-01-01", "to": "2025-01-02"})
    file = tmp_path / "GBPUSD_TICKS.csv"
    file.write_text("time,bid,ask\n2024-01-01 00:00:00.250,1.3,1.3001\n2024-01-01 00:00:01.250,1.3,1.3001\n")
    monkeypatch.setenv("MAS_DATA", str(file))
    with pytest.raises(DataError, match="data of GBPUSD, not of EURUSD"):
        Ticker().subscribe_ticks(wanted)


def test_trades_only_where_there_are_none_is_said(tick_file):
    """Quotes are no trades; other modes and flags are named."""
    with pytest.raises(DataError, match="trades"):
        Ticker().subscribe_ticks({**TICKS, "mode": "trade"})
    with pytest.raises(ParameterError, match="mode"):
        Ticker().subscribe_ticks({**TICKS, "mode": "some"})
    with pytest.raises(ParameterError, match="flags"):
        Ticker().subscribe_ticks({**TICKS, "flags": 77})


def test_without_ticks_four_are_made_of_each_minute(places, caplog):
    """And that is said."""
    client = Ticker()
    client.subscribe_ticks(TICKS)
    assert len(client.seen) == 60 * 4 + 1  # the last is the first of the minute that `to` names
    assert "four are made" in caplog.text
