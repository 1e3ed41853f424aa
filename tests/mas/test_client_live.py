"""The live side of the client on a terminal moved by hand, with a clock that only the test moves: nothing sleeps."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import UTC, datetime

import pytest

import mas
from mas.client.live_trades import trades_of_deals
from mas.errors import BrokerError, ParameterError
from mas.live import CtrlC, LiveLoop
from mas.terminals.structs import TradeDeal
from tests.fake_terminal import NOW
from tests.mas.live_terminal import START, LiveTerminal, connection_to

BARS = {"symbol": "EURUSD", "timeframe": "H1"}


class Live(mas):
    """Records every callback; `stepped` moves the clock and lets the loop do what is due."""

    def __init__(self, terminal=None):
        super().__init__()
        self.now, self.seen, self.started = 0.0, [], 0
        self.terminal = terminal or LiveTerminal()
        self._connection = connection_to(self.terminal)
        self._loop = LiveLoop(self._deliver, clock=lambda: self.now, start=self.start)

    def start(self, run):
        self.started += 1

    def stepped(self, seconds=1.0):
        self.now += seconds
        self.seen.clear()
        self.pause = self._loop.step()
        return self.seen[:]

    def receive_bars(self, symbol, data, is_end):
        self.seen.append(("bar", symbol, data["time"], data["close"], data.get("missed", False), is_end))

    def receive_ticks(self, symbol, data, is_end):
        self.seen.append(("tick", symbol, data["time"].microsecond // 1000, data["bid"], is_end))

    def receive_order_status(self, order_id, status_data):
        self.seen.append(("status", order_id, status_data["retcode"], status_data.get("action")))

    def receive_order_execution(self, order_id, execution_data):
        self.seen.append(("execution", order_id, execution_data["price"], execution_data["type"]))


@pytest.fixture
def client():
    made = Live()
    yield made
    made.shutdown_mt5()
    made._ctrl_c.release()


def bar(n, close, missed=False):
    time = datetime.fromtimestamp(START + 3600 * n, UTC).replace(tzinfo=None)
    return ("bar", "EURUSD", time, close, missed, False)


def test_a_live_bar_is_pushed_once_when_it_is_complete(client):
    """Q17: the forming bar and those before the subscription are not pushed; nothing comes twice."""
    client.subscribe_bars(BARS)
    assert client.stepped() == []
    client.terminal.bar(1.15)
    assert client.stepped() == [bar(2, 1.1)]
    assert client.stepped() == []
    client.terminal.bar()
    assert client.stepped() == [bar(3, 1.15)]
    assert client.started == 1


def test_unfinished_bars_are_a_switch(client):
    """With `unfinished` the forming bar is pushed whenever it has changed, marked as such."""
    client.subscribe_bars({**BARS, "unfinished": True})
    assert [seen[2].hour for seen in client.stepped()] == [bar(2, 0)[2].hour]
    assert client.stepped() == []


def test_missed_bars_come_in_order_and_are_marked(client, caplog):
    """After a disconnect every bar that completed meanwhile is delivered, oldest first; then all is as before."""
    client.subscribe_bars(BARS)
    client.stepped()
    client.terminal.up = False
    client.terminal.lose()
    with caplog.at_level(logging.WARNING, "mas"):
        assert client.stepped() == []
        assert client.stepped() == []
    assert caplog.text.count("does not answer") == 1
    for n in range(7):
        client.terminal.bar(1.1 + n / 1000)
    client.terminal.up = True
    seen = client.stepped()
    assert [s[2] for s in seen] == [bar(n, 0)[2] for n in range(2, 9)]
    assert all(s[4] for s in seen)
    client.terminal.bar()
    assert [s[4] for s in client.stepped()] == [False]


def test_each_subscription_has_its_interval(client):
    """`interval_ms`: what is not due is not asked for, and the loop knows how long it may rest."""
    client.subscribe_bars({**BARS, "interval_ms": 5000})
    client.stepped(0)
    assert client.pause == 5.0
    asked = len(client.terminal.calls)
    client.stepped(2)
    assert (client.pause, len(client.terminal.calls)) == (3.0, asked)


def test_every_tick_is_pushed_once(client):
    """Also several of the same millisecond; those before the subscription are not pushed."""
    client.terminal.quote(1.1, NOW * 1000)
    client.subscribe_ticks({"symbol": "EURUSD"})
    assert client.stepped() == []
    client.terminal.quote(1.101, NOW * 1000)
    client.terminal.quote(1.102, NOW * 1000 + 5)
    assert client.stepped() == [("tick", "EURUSD", 0, 1.101, False), ("tick", "EURUSD", 5, 1.102, False)]
    client.terminal.quote(1.103, NOW * 1000 + 5)
    assert client.stepped() == [("tick", "EURUSD", 5, 1.103, False)]
    assert client.stepped() == []


@pytest.mark.parametrize(
    "stop",
    [
        lambda c: c.unsubscribe_bars({**BARS, "from": "2024-01-01"}), lambda c: c.stop_all_subscriptions(),
        lambda c: c.shutdown_mt5(),
    ],
)  # fmt: skip
def test_a_stopped_subscription_ends_the_loop(client, stop):
    """Extra keys are ignored; the thread has nothing left to wait for and ends; a new subscription starts another."""
    client.subscribe_bars(BARS)
    client.stepped()
    stop(client)
    client.terminal.bar()
    assert (client.stepped(), client.pause) == ([], None)
    client._connection = connection_to(client.terminal)
    client.subscribe_bars(BARS)
    assert client.started == 2


def test_unsubscribing_what_is_not_subscribed_does_nothing(client):
    """Other symbols stay subscribed; ticks and bars are apart; a missing key is named."""
    client.subscribe_bars(BARS)
    client.unsubscribe_bars({"symbol": "GBPUSD", "timeframe": "H1"})
    client.unsubscribe_ticks({"symbol": "EURUSD"})
    client.stepped()
    client.terminal.bar()
    assert len(client.stepped()) == 1
    with pytest.raises(ParameterError, match="timeframe"):
        client.unsubscribe_bars({"symbol": "EURUSD"})


def test_a_callback_may_unsubscribe(client):
    """Nothing more of that subscription comes, even where more was there already."""
    client.receive_bars = lambda symbol, data, is_end: (client.seen.append(data), client.stop_all_subscriptions())
    client.subscribe_bars(BARS)
    client.stepped()
    for _ in range(3):
        client.terminal.bar()
    assert len(client.stepped()) == 1
    assert client.pause is None


@pytest.mark.parametrize("tolerant", [False, True])
def test_an_exception_in_a_live_callback(client, caplog, tolerant):
    """It is logged with callback and bar time; strict: all subscriptions end; tolerant: the next bar comes."""

    def fail(symbol, data, is_end):
        client.seen.append(data)
        raise RuntimeError("no such luck")

    client.receive_bars = fail
    client.subscribe_bars({**BARS, "tolerant": tolerant})
    client.stepped()
    for _ in range(2):
        client.terminal.bar()
        client.stepped()
    assert "receive_bars failed on the bar of" in caplog.text
    assert (len(client.seen), client.pause is None) == ((1, False) if tolerant else (0, True))


def test_a_real_order_is_answered_then_pushed(client):
    """The id comes at once; status and execution follow from the loop; the id closes the position."""
    params = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, "backtest_toggle": False}
    order_id = client.send_order(params)
    assert (order_id, client.seen) == ("100", [])
    assert client.stepped() == [("status", "100", 10009, None), ("execution", "100", 1.1, "buy")]
    assert client.send_order({**params, "order_type": "sell", "order_id": order_id}) == "101"
    assert client.terminal.requests[-1]["position"] == 100
    assert client.pause is None


def test_a_waiting_order_is_watched_until_it_fills(client):
    """Its execution is pushed with the price of its deal, once."""
    client.subscribe_bars(BARS)
    order_id = client.send_order({
        "symbol": "EURUSD", "order_type": "buy_limit", "price": 1.05, "volume": 0.1, "backtest_toggle": False,
    })  # fmt: skip
    assert client.stepped() == [("status", "300", 10009, None)]
    assert client.stepped() == []
    client.terminal.fill(300, 1.0499)
    assert client.stepped() == [("execution", order_id, 1.0499, "buy_limit")]
    assert client.stepped() == []


def test_a_waiting_order_can_be_changed_and_cancelled(client):
    """Ids as text or number; the status carries the action."""
    order_id = client.send_order({
        "symbol": "EURUSD", "order_type": "sell_limit", "price": 1.2, "volume": 0.1, "backtest_toggle": False,
    })  # fmt: skip
    client.stepped()
    assert client.modify_order({"order_id": order_id, "price": 1.21}) is True
    assert client.cancel_order({"order_id": int(order_id)}) is True
    assert client.stepped() == [("status", "300", 10009, "modify"), ("status", "300", 10009, "cancel")]
    client.terminal.answers = [10013]
    assert client.cancel_order({"order_id": order_id}) is False


def test_a_refusal_of_the_broker_is_false_and_says_why(client, caplog):
    """The code is MetaTrader's; the status is pushed too; no execution follows."""
    client.terminal.answers = [10019]
    answer = client.send_order({"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, "backtest_toggle": False})
    assert (bool(answer), answer.code) == (False, 10019)
    assert client.stepped() == [("status", "", 10019, None)]
    assert "order refused (10019)" in caplog.text


@pytest.mark.parametrize("key", ["order_id", "position"])
def test_a_simulated_id_never_reaches_a_real_terminal(client, key):
    """BT1 is another world's order."""
    params = {"symbol": "EURUSD", "order_type": "sell", "volume": 0.1, "backtest_toggle": False, key: "BT1"}
    assert client.send_order(params).code == 10013
    assert client.terminal.requests == []


def test_a_replay_beside_a_live_account_stays_simulated(client, monkeypatch, tmp_path):
    """Connected or not, orders and questions inside a replay are the simulation's; a real order there is refused."""
    monkeypatch.setenv("MAS_STORE", str(tmp_path))
    monkeypatch.delenv("MAS_DATA", raising=False)
    client.terminal.rows.clear()
    for _ in range(20):
        client.terminal.bar()
    answers = []

    def handle(symbol, data, is_end):
        params = {"symbol": symbol, "order_type": "buy", "volume": 0.1}
        answers.append(
            (client.send_order({**params, "backtest_toggle": False}).code, client.get_account_info()["balance"])
        )

    client.receive_bars = handle
    client.subscribe_bars({**BARS, "backtest_toggle": True, "captital": 500})
    assert set(answers) == {(10013, 500.0)}
    assert len(answers) == 19  # the terminal's history, without the bar that is forming
    assert client.terminal.requests == []
    assert client.get_account_info()["balance"] == 1000.0


def test_live_without_a_terminal_fails_clearly():
    """A subscription raises; both name what is missing."""
    for subscribe in (mas.MAS().subscribe_bars, mas.MAS().subscribe_ticks):
        with pytest.raises(BrokerError, match="no MetaTrader 5 terminal is connected"):
            subscribe(BARS)


def test_queries_answer_from_the_real_terminal(client):
    """Our symbol names, the documented keys, the market book from the highest price to the lowest."""
    assert client.get_version() == {"version": 500, "build": 4755, "release_date": "24 Jan 2025"}
    assert client.get_symbols_total() == 4
    names = [item["name"] for item in client.get_symbols({"group": "*USD*"})]
    assert "EURUSD" in names
    assert client.get_market_book({"symbol": "EURUSD"}) == []
    assert client.subscribe_market_book({"symbol": "EURUSD"}) is True
    book = client.get_market_book({"symbol": "EURUSD"})
    assert [(level["type"], level["price"]) for level in book] == [(1, 1.1003), (1, 1.1001), (2, 1.0999), (2, 1.0998)]
    assert client.unsubscribe_market_book({"symbol": "EURUSD"}) is True
    assert client.unsubscribe_market_book({"symbol": "EURUSD"}) is False
    assert client.get_account_info()["free_margin"] == client.get_account_info()["margin_free"]
    assert (client.get_orders_total(), client.get_history_orders_total({})) == (0, 0)
    table = client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "H1", "count": 2})
    assert table["time"].iloc[-1] == bar(2, 0)[2]


def test_a_lost_terminal_gives_the_documented_failure_values(client, caplog):
    """No exception: the error dict, empty lists, zeros, minus one."""
    client.terminal.up = False
    client.terminal.lose()
    assert client.get_account_info() == {"error": "Failed to retrieve account information"}
    assert (client.get_positions(), client.get_order_history(), client.get_orders_total()) == ([], [], 0)
    assert client.calc_order_profit({
        "action": "buy", "symbol": "EURUSD", "volume": 1, "price_open": 1.0, "price_close": 1.1,
    }) == -1.0  # fmt: skip
    assert (client.get_version(), client.get_symbols(), client.check_connection()) == ({}, [], False)
    assert "get_account_info" in caplog.text


def test_the_thread_ends_by_itself_and_is_no_daemon():
    """A real thread: it delivers what was put, and is gone when nothing is left."""
    done, threads = threading.Event(), []

    def deliver(callback, arguments):
        threads.append(threading.current_thread())
        done.set()
        return True

    LiveLoop(deliver).put("receive_order_status", "1", {})
    assert done.wait(10)
    threads[0].join(10)
    assert (threads[0].daemon, threads[0].is_alive()) == (False, False)


def test_ctrl_c_stops_everything_and_then_does_what_it_did(caplog):
    """The handler is there only while something is subscribed; the main thread is interrupted as usual."""
    before, stopped = signal.getsignal(signal.SIGINT), []
    watcher = CtrlC(lambda: stopped.append(True))
    watcher.watch()
    assert signal.getsignal(signal.SIGINT) == watcher.handle
    with pytest.raises(KeyboardInterrupt):
        watcher.handle(signal.SIGINT, None)
    assert (stopped, signal.getsignal(signal.SIGINT)) == ([True], before)


def deal(ticket, order, kind, entry, volume, price, profit=0.0, position=1, **fields):
    return TradeDeal(
        ticket=ticket, order=order, time=NOW + ticket, time_msc=(NOW + ticket) * 1000, type=kind, entry=entry,
        position_id=position, volume=volume, price=price, profit=profit, symbol="EURUSD", **fields,
    )  # fmt: skip


def test_deals_become_trades():
    """Parts, averaged entries, a reversal on a netting account; costs are shared out, deposits are no trades."""
    deals = [
        deal(0, 0, 2, 0, 0.0, 0.0, 1000.0, position=0),
        deal(1, 1, 0, 0, 0.1, 1.10, commission=-1.0), deal(2, 2, 0, 0, 0.1, 1.12, commission=-1.0),
        deal(3, 3, 1, 1, 0.1, 1.13, 20.0, reason=5), deal(4, 4, 1, 2, 0.3, 1.10, -10.0),
        deal(5, 5, 0, 1, 0.2, 1.09, 20.0),
    ]  # fmt: skip
    trades = trades_of_deals(deals)
    assert [(t.side, t.volume, round(t.entry_price, 5), t.exit_price, t.net, t.exit_reason) for t in trades] == [
        ("long", 0.1, 1.11, 1.13, 19.0, "tp"), ("long", 0.1, 1.11, 1.1, -11.0, "signal"),
        ("short", 0.2, 1.1, 1.09, 20.0, "signal"),
    ]  # fmt: skip


def test_live_reports_are_on_the_orders_this_client_sent(client, tmp_path, monkeypatch, capsys):
    """Other trades of the account are left out; the capital is the balance before them; bars come from the terminal."""
    monkeypatch.setattr("mas.settings.settings.reports", tmp_path)
    assert client.generate_data_report()["error"] == "Missing trade data for KPI generation"
    params = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, "backtest_toggle": False}
    client.terminal.quote(1.1, START * 1000)  # the server's clock, whatever ours shows
    client.send_order(params)
    client.terminal.deals = [
        deal(1, 100, 0, 0, 0.1, 1.10, position=100), deal(2, 101, 1, 1, 0.1, 1.12, 200.0, position=100),
        deal(3, 7, 0, 0, 0.1, 1.10, position=7), deal(4, 8, 1, 1, 0.1, 1.0, -999.0, position=7),
    ]  # fmt: skip
    data = client.generate_data_report()["data"]
    assert data["general_data"] == {"total_profit_loss": 200.0, "number_of_trades": 1}
    assert data["performance_metrics"]["total_return_rate"] == 25.0  # of 1000 - 200
    assert client.generate_kpi_report() == client.generate_trade_chart() == {"status": True}
    assert str(tmp_path / "trade_report.html") in capsys.readouterr().out


def test_a_report_of_a_lost_terminal_says_so(client):
    """Not that there were no trades."""
    client.send_order({"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, "backtest_toggle": False})
    client.terminal.up = False
    client.terminal.lose()
    for report in (client.generate_data_report, client.generate_kpi_report, client.generate_trade_chart):
        answer = report()
        assert (answer["status"], answer["code"]) == (False, "NO_TRADES_READ")
        assert "the terminal did not answer" in answer["error"]


def test_simulated_orders_beside_a_live_account_are_reported(client, monkeypatch, tmp_path):
    """Sent without any subscription; once real orders are, the report is on those."""
    rows = [f"2024-01-01 0{n}:00,{1.1 + n / 100:.2f},1.2,1.0,1.1" for n in range(5)]
    (tmp_path / "EURUSD_H1.csv").write_text("\n".join(["time,open,high,low,close", *rows]) + "\n")
    monkeypatch.setenv("MAS_DATA", str(tmp_path))
    simulated = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, "backtest_toggle": True}
    order_id = client.send_order(simulated)
    assert client.send_order({**simulated, "order_type": "sell", "order_id": order_id})
    assert client.generate_data_report()["data"]["general_data"]["number_of_trades"] == 1
    client.send_order({**simulated, "backtest_toggle": False})
    assert client.generate_data_report()["code"] == "NO_TRADES"


def test_a_new_login_ends_what_was_subscribed(client, monkeypatch):
    """The feeds of the former connection are gone with it."""
    monkeypatch.setenv("MAS_TERMINAL", "simulated")
    client.subscribe_bars(BARS)
    client.login({"account": 1, "password": "p", "server": "s"})
    assert (client.stepped(), client.pause) == ([], None)
