"""Logging in and out, languages left aside: which terminal is opened, and how it fails."""

from __future__ import annotations

import math

import pytest

import mas
from mas.terminals.connection import Connection
from tests.mas.live_terminal import LiveTerminal

LOGIN = {"account": "7", "password": "secret", "server": "Demo"}


@pytest.fixture
def terminal(monkeypatch):
    """A scripted terminal at hand."""
    made = LiveTerminal()

    class Here(Connection):
        @classmethod
        def to(cls, address=None, login=None, **options):
            options = {"waits": (0.0,), "retry_waits": (), "lookup_waits": (0.0,), **options}
            return Connection(lambda: made, login, **options)

    monkeypatch.setenv("MAS_TERMINAL", "local")
    monkeypatch.setattr("mas.terminals.connection.Connection", Here)
    return made


def test_login_reaches_the_terminal_at_hand(terminal):
    """Account as text or number (Q5); afterwards the account is the real one."""
    client = mas.MAS()
    assert client.check_connection() is False
    assert client.login(LOGIN) is True
    assert client.check_connection() is True
    assert (client.get_account_info()["login"], client.get_account_info()["server"]) == (7, "Demo")
    (settings,) = [args[1] for name, args in terminal.calls if name == "initialize"]
    assert (settings["login"], settings["timeout"]) == (7, 60_000)


def test_a_refused_login_is_a_false_message_with_a_code(terminal):
    """Q1: never raised for wrong credentials; the password is not in the message."""
    terminal.refuse_login = True
    answer = mas.MAS().login({**LOGIN, "timeout": 3000})
    assert (bool(answer), answer.code) == (False, -6)
    assert "refused" in answer
    assert "secret" not in answer


@pytest.mark.parametrize("wrong", ["YOUR_ACCOUNT", "", None, True, -5, 1.5])
def test_a_real_login_needs_a_number(terminal, wrong):
    """Q25: the key is named, nothing reaches the terminal."""
    answer = mas.MAS().login({**LOGIN, "account": wrong})
    assert (bool(answer), answer.code) == (False, -2)
    assert "account" in answer
    assert terminal.calls == []


def test_connections_can_be_made_again_and_let_go(terminal):
    """initialize, reconnect and shutdown; the last is harmless twice; before a login there is nothing to make again."""
    client = mas.MAS()
    assert client.initialize_mt5() is False
    client.login(LOGIN)
    assert client.reconnect_mt5() is True
    terminal.up = False
    assert (client.reconnect_mt5(), client.check_connection()) == (False, False)
    terminal.up = True
    assert client.initialize_mt5() is True
    client.shutdown_mt5()
    client.shutdown_mt5()
    assert client.check_connection() is False


def test_accounts_can_be_switched(terminal):
    """The old connection is released first; a missing key is a False."""
    client = mas.MAS()
    client.login(LOGIN)
    assert client.switch_account({**LOGIN, "account": 8}) is True
    assert client.get_account_info()["login"] == 8
    assert client.switch_account({"account": 9}) is False


def test_keys_are_looked_at_before_the_connection_is_released(terminal):
    """A key that is missing or makes no sense costs nothing: the account stays logged in."""
    client = mas.MAS()
    assert client.login(LOGIN)
    for wrong in ({"account": 9}, {**LOGIN, "timeout": -1}, {**LOGIN, "timeout": math.nan}, {**LOGIN, "timeout": 0},
                  {**LOGIN, "timeout": math.inf}, {**LOGIN, "password": ["p"]}, {**LOGIN, "server": 1.5}):  # fmt: skip
        assert client.switch_account(wrong) is False
        answer = client.login(wrong)
        assert (bool(answer), answer.code) == (False, -2)
    assert client.check_connection()
    assert client.get_account_info()["login"] == 7


def test_a_password_that_is_none_is_not_printed(caplog):
    """Only of what type it was."""
    assert not mas.MAS().login({**LOGIN, "password": ["secret"]})
    assert "password must be a text, not list" in caplog.text
    assert "secret" not in caplog.text


def test_a_profile_is_one_word(terminal, tmp_path, monkeypatch):
    """Server, account, suffix and filling come from the profile; the password may be given beside its name."""
    file = tmp_path / "profiles.toml"
    file.write_text('[demo]\nserver = "Demo"\naccount = 7\nsuffix = ".sml"\nfilling = "ioc"\n')
    monkeypatch.setenv("MAS_PROFILES", str(file))
    client = mas.MAS()
    assert client.login({"profile": "demo", "password": "secret"}) is True
    assert client.get_account_info()["login"] == 7
    client._live_loop()._start = lambda run: None
    client.send_order({"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, "backtest_toggle": False})
    assert (terminal.requests[0]["symbol"], terminal.requests[0]["type_filling"]) == ("EURUSD.sml", 1)
    answer = client.login({"profile": "dmeo", "password": "secret"})
    assert (bool(answer), answer.code, "demo" in answer) == (False, -2, True)


def test_without_a_terminal_the_simulated_one_is_opened_and_said(monkeypatch, caplog):
    """Also when there is one but the simulated one is asked for."""
    for address in ("", "simulated"):
        monkeypatch.setenv("MAS_TERMINAL", address)
        client = mas.MAS()
        assert client.login({**LOGIN, "account": "YOUR_ACCOUNT"}) is True
        assert client.check_connection() is True
        assert client.get_version()["version"] == 500
    assert caplog.text.count("the simulated one is used") == 2


def test_a_terminal_that_cannot_be_reached_is_a_false_message(monkeypatch):
    """A wrong address is a wrong parameter; a server that does not answer is a lost connection."""
    monkeypatch.setenv("MAS_TERMINAL", "mt5linux://127.0.0.1:1")
    assert mas.MAS().login(LOGIN).code in (-10004, -2)
    monkeypatch.setenv("MAS_TERMINAL", "ftp://nowhere")
    answer = mas.MAS().login(LOGIN)
    assert (bool(answer), answer.code) == (False, -2)


def test_run_is_a_harmless_leftover():
    """Section 2.7: it was documented once."""
    assert mas.MAS().run() is None
