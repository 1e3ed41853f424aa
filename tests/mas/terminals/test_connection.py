"""Our connection, through the real mt5linux client, against a served terminal."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime

import numpy as np
import pytest

from mas import constants as mt5
from mas.errors import ConnectionLost, ParameterError, Rejected
from mas.profiles import Profile
from mas.terminals import opening
from mas.terminals.connection import Connection
from mas.terminals.link import Login
from mas.terminals.opening import open_terminal
from mas.terminals.structs import SymbolInfo, Tick, TradeRequest
from tests.fake_terminal import NOW, RATES, FakeTerminal
from tests.mt5linux_server import Mt5LinuxServer, serving

QUICK = {"waits": (0.0, 0.01, 0.01), "retry_waits": (0.0,), "lookup_waits": (0.0,)}
BUY = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "price": 1.1002, "magic": 5, "comment": "x"}


@pytest.fixture
def fake():
    return FakeTerminal()


@pytest.fixture
def server(fake):
    with serving(fake) as running:
        yield running


@pytest.fixture
def connection(server):
    made = Connection.to(server.address, Login(7, "secret", "Demo"), **QUICK)
    made.connect()
    yield made
    made.shutdown()


# ----------------------------------------------------------------- the client by itself


def test_the_client_drives_a_served_object_as_if_it_were_the_module(server):
    """mt5linux, untouched, gets tuples with names, record arrays, last_error and TypeErrors from the served object."""
    from mt5linux import MetaTrader5

    client = MetaTrader5(host="127.0.0.1", port=server.port)
    assert client.symbol_info_tick("EURUSD.sml") is None
    assert client.last_error() == (-10004, "No IPC connection")
    assert client.initialize(login=7, password="p", server="Demo") is True
    assert client.symbol_info_tick("EURUSD.sml").ask == 1.1002
    rates = client.copy_rates_from_pos("EURUSD.sml", mt5.TIMEFRAME_H1, 0, 3)
    assert rates.dtype == RATES
    assert rates["time"][2] == NOW + 7200
    sent = client.order_send({**BUY, "symbol": "EURUSD.sml"})
    assert (sent.retcode, sent.request.symbol) == (mt5.TRADE_RETCODE_DONE, "EURUSD.sml")
    with pytest.raises(TypeError, match="positional-only"):
        client.symbol_info_tick(symbol="EURUSD.sml")
    client._MetaTrader5__conn.close()


# ----------------------------------------------------------------- the module as if it were here


def test_a_remote_terminal_has_the_surface_of_the_module(server):
    """Own tuples, whole arrays, failure values, constants and calling rules, each call in one round trip."""
    terminal = open_terminal(server.address)
    assert terminal.symbols_get() is None
    assert terminal.symbol_select("EURUSD.sml") is False
    assert terminal.last_error() == (-10004, "No IPC connection")
    assert terminal.initialize() is True
    assert terminal.symbol_info_tick("EURUSD.sml") == Tick(time=NOW, bid=1.1, ask=1.1002)
    assert [info.name for info in terminal.symbols_get()] == ["EURUSD.sml", "GBPUSD.sml", "XAUUSD.sml", "#AAPL"]
    assert isinstance(terminal.symbol_info("#AAPL"), SymbolInfo)
    assert terminal.orders_get() == ()
    assert terminal.TIMEFRAME_H1 == mt5.TIMEFRAME_H1
    with pytest.raises(TypeError, match="symbol"):
        terminal.symbol_info_tick(symbol="EURUSD.sml")
    with pytest.raises(AttributeError, match="no 'order_sent'"):
        terminal.order_sent({})
    terminal.close()


def test_dates_and_numpy_numbers_reach_the_terminal(server, fake):
    """Whole seconds, moments with a zone and numpy's numbers arrive as plain numbers, NaN as NaN."""
    terminal = open_terminal(server.address)
    terminal.initialize()
    for date in (NOW, datetime.fromtimestamp(NOW, UTC), np.int64(NOW)):
        assert terminal.copy_rates_from("EURUSD.sml", 1, date, 1)["time"][0] == NOW
    request = {**BUY, "volume": np.float64(0.1), "magic": np.int64(3), "sl": float("nan")}
    assert terminal.order_check(request).request == TradeRequest(
        **{**BUY, "magic": 3, "sl": pytest.approx(np.nan, nan_ok=True)}
    )
    rates = terminal.copy_rates_from_pos("EURUSD.sml", 1, 0, 2)
    rates["close"][0] = 2.0
    assert rates.dtype.itemsize == 60
    with pytest.raises(TypeError, match="takes no object"):
        terminal.symbol_info(object())
    terminal.close()


def test_text_cannot_become_code(server):
    """A symbol name with quotes and calls in it arrives as that name."""
    terminal = open_terminal(server.address)
    terminal.initialize()
    assert terminal.symbol_info('x"); import os #') is None
    assert terminal.last_error()[0] == mt5.RES_E_NOT_FOUND
    terminal.close()


# ----------------------------------------------------------------- connecting


def test_symbols_go_by_our_names_both_ways(connection, fake):
    """EURUSD is asked for, EURUSD.sml is sent, and what comes back says EURUSD again."""
    assert connection.symbol_info("EURUSD").name == "EURUSD"
    result = connection.order_send(BUY)
    assert fake.requests[-1]["symbol"] == "EURUSD.sml"
    assert (result.retcode, result.request.symbol) == (mt5.TRADE_RETCODE_DONE, "EURUSD")
    assert [p.symbol for p in connection.positions_get(symbol="EURUSD")] == ["EURUSD"]
    assert len(connection.copy_rates_from_pos("GBPUSD", mt5.TIMEFRAME_H1, 0, 5)) == 5
    assert connection.order_check(BUY).request.symbol == "EURUSD"


def test_the_login_reaches_the_terminal(connection, fake):
    """Account, password, server and time-out are handed to initialize."""
    assert fake.calls[0] == (
        "initialize", ("", {"timeout": 60_000, "login": 7, "password": "secret", "server": "Demo"})
    )  # fmt: skip


def test_an_account_that_initialize_left_alone_is_logged_in_to(server, fake):
    """A terminal that stays with its own account is told to log in."""
    made = Connection.to(server.address, Login(8, "secret", "Demo"), **QUICK)
    made.connect()
    assert made.account_info().login == 8
    made.shutdown()


def test_a_wrong_password_is_not_tried_again(server, fake):
    """A refused login raises at once, with what to check: brokers lock accounts that knock too often."""
    fake.refuse_login = True
    with pytest.raises(Rejected, match=r"initialize: -6 Terminal: Authorization failed.*lock") as caught:
        Connection.to(server.address, Login(7, "wrong", "Demo"), **QUICK).connect()
    assert caught.value.retcode == mt5.RES_E_AUTH_FAILED
    assert [name for name, _ in fake.calls] == ["initialize"]
    assert "wrong" not in repr(Login(7, "wrong", "Demo"))


def test_a_starting_terminal_gets_time(server, fake):
    """initialize that times out is tried two more times, then the error says what to look at."""
    fake.up = False
    with pytest.raises(ConnectionLost, match=r"-10005 IPC timeout.*close its dialogs"):
        Connection.to(server.address, **QUICK).connect()
    assert len(fake.calls) == 3


def test_a_failed_call_quotes_last_error(connection):
    """None becomes an error with the function, code and text that the terminal gave for that very call."""
    with pytest.raises(Rejected, match="symbol_info: -4 Terminal: Not found"):
        connection._link.ask("symbol_info", "NOPE")
    with pytest.raises(ParameterError, match=r"no symbol EURUSB: did you mean EURUSD\.sml"):
        connection.symbol_info("EURUSB")


def test_errors_belong_to_the_thread_that_made_them(connection):
    """Two threads that fail differently at the same time each see their own error."""
    seen: dict[str, set[str]] = {"A": set(), "B": set()}

    def fail(name: str) -> None:
        for _ in range(30):
            try:
                connection._link.ask("symbol_info", name) if name == "A" else connection._link.ask(
                    "positions_get", ticket=1
                )
            except Rejected as error:
                seen[name].add(str(error))

    threads = [threading.Thread(target=fail, args=(name,)) for name in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen["A"]) == 1
    assert not seen["B"]


def test_a_lost_terminal_is_found_again(fake):
    """After the server was restarted on its port the next call goes through, and the gap is counted."""
    first = Mt5LinuxServer(fake)
    made = Connection.to(first.address, Login(7, "secret", "Demo"), **QUICK)
    made.connect()
    first.stop()
    second = Mt5LinuxServer(fake, port=first.port)
    assert made.symbol_info_tick("EURUSD").bid == 1.1
    assert made.reconnects == 1
    made.shutdown()
    second.stop()


def test_a_terminal_that_stays_away_is_given_up(connection, server):
    """When nothing answers any more the error says so after the last attempt, and troubles() does without waiting."""
    server.stop()
    with pytest.raises(ConnectionLost, match="gave up after 3 attempts: nothing answers at mt5linux://"):
        connection.account_info()
    assert not connection.is_connected()


def test_a_closed_connection_stays_closed(connection, fake):
    """After shutdown nothing is reconnected behind the user's back."""
    connection.shutdown()
    before = len(fake.calls)
    with pytest.raises(ConnectionLost, match="call login"):
        connection.account_info()
    assert len(fake.calls) == before


def test_closing_wakes_a_thread_that_waits_to_reconnect(fake):
    """Ctrl-C during a long pause between two attempts ends at once."""
    made = Connection(lambda: fake, waits=(0.0, 60.0))
    made.connect()
    fake.up = False
    caught: list[Exception] = []

    def ask() -> None:
        try:
            made.account_info()
        except ConnectionLost as error:
            caught.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while sum(name == "initialize" for name, _ in fake.calls) < 2:
        pass
    made.shutdown()
    thread.join(5)
    assert not thread.is_alive()
    assert "call login" in str(caught[0])


def test_an_interruption_ends_the_attempts_and_the_next_call_tries_again(fake):
    """Ctrl-C while a lost terminal is looked for: the waiting thread gives up; the connection itself stays wanted."""
    made = Connection(lambda: fake, waits=(0.0, 60.0))
    made.connect()
    fake.up = False
    caught: list[Exception] = []

    def ask() -> None:
        try:
            made.account_info()
        except ConnectionLost as error:
            caught.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while sum(name == "initialize" for name, _ in fake.calls) < 2:
        pass
    made.interrupt()
    thread.join(5)
    assert not thread.is_alive()
    assert "interrupted" in str(caught[0])
    fake.up = True
    assert made.account_info().login == 7


def test_what_keeps_orders_from_going_through_is_told_beforehand(connection, fake):
    """Each switch that is off is one sentence with what to press; none when all is well."""
    assert connection.troubles() == ()
    fake.terminal = fake.terminal._replace(trade_allowed=False, connected=False, tradeapi_disabled=True)
    fake.account = fake.account._replace(trade_allowed=False, trade_expert=False)
    told = connection.troubles()
    assert len(told) == 5
    assert any("Press Algo Trading" in sentence for sentence in told)
    assert not connection.is_connected()
    fake.terminal = fake.terminal._replace(connected=True)
    assert connection.is_connected()


def test_a_profile_is_one_word(server, fake, monkeypatch):
    """A profile holds all that a connection needs; the password comes from the keyring."""
    monkeypatch.setattr("mas.terminals.connection.password_of", lambda profile: "from the keyring")
    profile = Profile("demo", "Demo", 7, terminal=server.address, symbols={"GOLD": "XAUUSD.sml"})
    made = Connection.of_profile(profile, **QUICK)
    made.connect()
    assert fake.calls[0][1][1]["password"] == "from the keyring"
    assert made.symbol_info("GOLD").name == "GOLD"
    made.shutdown()


# ----------------------------------------------------------------- nothing there


def test_without_any_terminal_the_error_says_what_to_install(monkeypatch):
    """No package and no address: both ways out are named."""
    monkeypatch.delenv(opening.ADDRESS_VARIABLE, raising=False)
    monkeypatch.setitem(__import__("sys").modules, "MetaTrader5", None)
    with pytest.raises(ConnectionLost, match=r"pip install MetaTrader5.*mt5linux.*MAS_TERMINAL=mt5linux://"):
        open_terminal()


def test_the_address_may_come_from_the_environment(monkeypatch, server):
    """MAS_TERMINAL stands in where no address is given."""
    monkeypatch.setenv(opening.ADDRESS_VARIABLE, server.address)
    assert opening.address_at_hand() == server.address
    open_terminal().close()


def test_nobody_at_the_address():
    """A refused connection names the address and the command that starts a server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ConnectionLost, match=rf"nothing answers at mt5linux://127.0.0.1:{port}.*python -m mt5linux"):
        open_terminal(f"mt5linux://127.0.0.1:{port}")


def test_a_server_without_the_package():
    """A server whose Python lacks MetaTrader5 is told apart from one that is down."""
    with serving(None) as server, pytest.raises(ConnectionLost, match="has no MetaTrader5 package"):
        open_terminal(server.address)


def test_something_else_at_the_address():
    """What does not speak this rpyc, such as another main version of it, is named with the remedy."""

    def answer() -> None:
        for _ in range(2):  # the knock, then the client
            peer, _address = listener.accept()
            with peer:
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(ConnectionLost, match="same main version of rpyc"):
            open_terminal(f"mt5linux://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()


@pytest.mark.parametrize("address", ["http://host", "mt5linux://", "mt5linux://h:port", "mt5linux://h:1/x", "remote"])
def test_addresses_that_are_none(address):
    """A malformed address is answered with the two forms there are."""
    with pytest.raises(ParameterError, match='"local" or "mt5linux://host:18812"'):
        open_terminal(address)
