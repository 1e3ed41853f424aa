"""What may go wrong around the live loop: signals in awkward moments, failures nobody foresaw, long absences."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mas import constants as mt5
from mas.live import _MOST_BARS, LiveLoop
from mas.terminals.structs import OrderSendResult, TradeDeal, TradeOrder, TradeRequest
from tests.mas.test_client_live import BARS, Live

ROOT = Path(__file__).resolve().parents[2]

LIMIT = {"symbol": "EURUSD", "order_type": "buy_limit", "price": 1.05, "volume": 0.1, "backtest_toggle": False}

SCRIPT = """
import mas
from tests.mas.live_terminal import LiveTerminal, connection_to

class Client(mas):
    def receive_bars(self, symbol, data, is_end):
        print("bar", flush=True)

client = Client()
terminal = LiveTerminal()
client._connection = connection_to(terminal)
client.subscribe_bars({"symbol": "EURUSD", "timeframe": "H1", "interval_ms": 600_000})
print("main has ended", flush=True)
"""


@pytest.fixture
def client():
    made = Live()
    yield made
    made.shutdown_mt5()
    made._ctrl_c.release()


def test_ctrl_c_in_the_middle_of_a_subscription_does_not_hang(client):
    """The handler runs in the thread that holds the loop's lock just then."""
    client.subscribe_bars(BARS)
    done = threading.Event()

    def interrupted():
        with client._loop._lock:
            client._loop.clear()
        done.set()

    threading.Thread(target=interrupted, daemon=True).start()
    assert done.wait(5.0)
    assert client._loop.subscribed == ()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_ends_a_script_that_has_no_waiting_loop():
    """As the documented live examples: the main thread is over, the loop keeps the process; Ctrl-C ends it at once."""
    run = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.stdout is not None
    assert run.stdout.readline() == "main has ended\n"
    time.sleep(0.3)
    assert run.poll() is None  # the subscription keeps it alive
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=20)
    assert "Ctrl-C: all subscriptions are stopped" in said
    assert "Exception" not in said


def test_the_handler_goes_with_the_last_subscription(client):
    """Until then it stays."""
    before = signal.getsignal(signal.SIGINT)
    client.subscribe_bars(BARS)
    client.subscribe_ticks({"symbol": "EURUSD"})
    client.unsubscribe_bars(BARS)
    assert signal.getsignal(signal.SIGINT) != before
    client.unsubscribe_ticks({"symbol": "EURUSD"})
    assert signal.getsignal(signal.SIGINT) == before


def test_a_failure_nobody_foresaw_is_loud_and_the_next_subscription_works(client, caplog):
    """The thread ends with its traceback; it does not leave a client that looks alive and says nothing."""
    client.subscribe_bars(BARS)
    client.stepped()
    client.terminal.copy_rates_from_pos = lambda *_: 1 / 0
    client.now += 2
    with pytest.raises(ZeroDivisionError):
        client._loop.run()
    assert "all subscriptions have ended" in caplog.text
    del client.terminal.copy_rates_from_pos
    started = client.started
    client.subscribe_bars(BARS)
    assert client.started == started + 1
    client.stepped()
    client.terminal.bar(1.3)
    assert [item[3] for item in client.stepped()] == [1.1]


def test_more_missed_bars_than_can_be_asked_for_are_said(client, caplog):
    """What comes is the newest part, in order; that older bars are lacking is an error in the log."""
    client.subscribe_bars(BARS)
    client.stepped()
    for _ in range(_MOST_BARS + 10):
        client.terminal.bar()
    with caplog.at_level(logging.ERROR, "mas"):
        seen = client.stepped()
    assert len(seen) == _MOST_BARS - 1
    assert "were missed and are not delivered" in caplog.text


def test_waiting_orders_are_watched_without_a_subscription(client):
    """A script that sends a limit order and sleeps hears of its fill; nothing is left to do afterwards."""
    client.send_order(LIMIT)
    assert client.stepped() == [("status", "300", 10009, None)]
    assert client.pause is not None
    client.terminal.fill(300, 1.0499)
    assert client.stepped() == [("execution", "300", 1.0499, "buy_limit")]
    assert client.pause is None


def test_a_script_that_has_ended_waits_for_no_order(client, monkeypatch):
    """The documented live example ends with main, though its order waits."""
    client.send_order(LIMIT)

    class Over:
        @staticmethod
        def is_alive():
            return False

    monkeypatch.setattr("mas.live.threading.main_thread", lambda: Over)
    client.stepped()
    assert client.pause is None


def test_a_market_order_that_was_only_placed_is_executed_when_its_deals_are_there(client):
    """10008 says neither price nor volume: the execution has those of the deals, averaged."""
    answer = OrderSendResult(retcode=10008, order=500, request=TradeRequest(symbol="EURUSD"))
    client._order_watch().filled("500", answer, "buy")
    assert client.stepped() == []
    for n, (price, volume) in enumerate(((1.1, 0.1), (1.2, 0.3))):
        client.terminal.deals.append(TradeDeal(ticket=700 + n, order=500, price=price, volume=volume, symbol="EURUSD"))
    client.terminal.done.append(
        TradeOrder(ticket=500, state=mt5.ORDER_STATE_FILLED, symbol="EURUSD", volume_initial=0.4)
    )
    ((kind, order_id, price, order_type),) = client.stepped()
    assert (kind, order_id, order_type) == ("execution", "500", "buy")
    assert price == pytest.approx(1.175)


def test_a_push_from_inside_the_loop_wakes_it():
    """`put` while the loop sleeps: the push comes at once, not after the pause."""
    heard, ready = threading.Event(), threading.Event()

    class Slow:
        interval = 600.0

        def poll(self):
            ready.set()
            yield from ()

    loop = LiveLoop(lambda callback, arguments: heard.set() or True)
    loop.add(("EURUSD", "H1"), Slow())
    assert ready.wait(5.0)
    loop.put("receive_order_status", "1", {})
    assert heard.wait(5.0)
    loop.clear()
