"""Bad input to every documented function: the documented failure value and a line in the log, or a ParameterError that
names the key; the account stays as it was, in a replay and on a real terminal alike."""

from __future__ import annotations

import inspect
import logging
import math
from typing import Any

import pytest

import mas
from mas.answers import Failure
from mas.errors import DataError, MasError, ParameterError
from tests.mas.live_terminal import LiveTerminal, connection_to
from tests.mas.scenarios import flat, market, order, play

NAN, INF = math.nan, math.inf

ORDER = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
LIMIT = {**ORDER, "order_type": "buy_limit", "price": 1.0}
STOP_LIMIT = {**LIMIT, "order_type": "buy_stop_limit", "price": 1.2, "stoplimit": 1.15}
MARGIN = {"action": "buy", "symbol": "EURUSD", "volume": 0.1, "price": 1.1}
PROFIT = {"action": "buy", "symbol": "EURUSD", "volume": 0.1, "price_open": 1.1, "price_close": 1.2}
POSITION = {"symbol": "EURUSD", "timeframe": "H1", "count": 3}

NO_DICT = (None, 5, "EURUSD", [("symbol", "EURUSD")], NAN)
NO_TEXT = (None, 5, "", "  ", ["EURUSD"], NAN)
HUGE = 10**400
"""More than a float holds."""
NO_NUMBER = (None, "x", "", [], {}, True, NAN, INF, -INF, HUGE, 1e308, -1e308, 1 + 1j)
NO_VOLUME = (*NO_NUMBER, 0, -0.1, 1e9)
NO_ID = (None, "", "x", "BTx", 1.5, -1, True, NAN, [], "BT", 999_999, "BT999999", HUGE, "BT" + 30 * "9")
NO_DATE = ("soon", "", [], {}, True, NAN, INF, HUGE, 1e308, "2024-13-01", 1j)


def changed(params: dict[str, Any], key: str, values: tuple[Any, ...]) -> list[Any]:
    """The parameters with each of the values under the key, and without the key."""
    without = {name: value for name, value in params.items() if name != key}
    return [{**params, key: value} for value in values] + [without]


ORDERS = [
    *NO_DICT, {},
    *changed(ORDER, "symbol", (*NO_TEXT, "NOSUCH")), *changed(ORDER, "order_type", (*NO_TEXT, "bye", "BUY")),
    *changed(ORDER, "volume", NO_VOLUME), *changed(LIMIT, "price", (*NO_NUMBER, -1.0, 0.0, 1.3)),
    *changed(STOP_LIMIT, "stoplimit", (*NO_NUMBER, -1.0)),
    *[{**ORDER, key: value} for key in ("sl", "tp") for value in (*NO_NUMBER[1:], -1.0)],
    {**ORDER, "sl": 1.3}, {**ORDER, "tp": 1.0},
    *[{**ORDER, key: value} for key in ("magic", "deviation", "type_filling")
      for value in ("x", -1, 1.5, NAN, INF, [], b"x", 1j)],
    *[{**ORDER, "order_id": value} for value in NO_ID if value is not None],
    *[{**ORDER, "position": value} for value in ("x", 1.5, -1, NAN, [], 999_999, HUGE)],
    {**ORDER, "position_by": 999_999}, {**ORDER, "position": 1, "position_by": "x"},
    *[{**LIMIT, "expiration": value} for value in (*NO_DATE, "2001-01-01", -1)],
    {**LIMIT, "type_time": "x"}, {**LIMIT, "type_time": 99},
    *[{**ORDER, "backtest_toggle": value} for value in ("yes", 1, 0, [])],
    {**ORDER, "order_id": Failure("No money", 10019)},
]  # fmt: skip

FAILURES: dict[str, tuple[Any, list[Any]]] = {
    "modify_order": (
        False,
        [*NO_DICT, {}, *changed({"order_id": "BT1", "price": 1.05}, "order_id", NO_ID),
         *changed({"order_id": "BT2", "price": 1.05}, "price", (*NO_NUMBER, -1.0)),
         *[{"order_id": "BT2", "price": 1.05, key: value} for key in ("sl", "tp")
           for value in (*NO_NUMBER[1:], -1.0)],
         *[{"order_id": "BT2", "price": 1.05, "expiration": value} for value in NO_DATE]],
    ),
    "cancel_order": (False, [*NO_DICT, {}, *({"order_id": value} for value in NO_ID), {"order_id": "BT1"}]),
    "modify_position_sltp": (
        False,
        [*NO_DICT, {}, {"position_id": "BT1"}, *changed({"position_id": 1, "sl": 1.0}, "position_id", NO_ID),
         *({"position_id": 1, "sl": value} for value in (*NO_NUMBER[1:], -1.0, 1.3)),
         *({"position_id": 1, "tp": value} for value in (*NO_NUMBER[1:], -1.0, 0.9))],
    ),
    "order_check": (
        {},
        [*NO_DICT, {}, *changed(ORDER, "symbol", (*NO_TEXT, "NOSUCH")),
         *changed(ORDER, "order_type", (*NO_TEXT, "bye")),
         *changed(ORDER, "volume", (None, "x", [], True, INF, HUGE, 1e308)),
         *({**ORDER, key: value} for key in ("sl", "tp") for value in ("x", [], True, HUGE)),
         *changed(LIMIT, "price", (None, "x", [], True, HUGE))],
    ),
    "calc_order_margin": (
        -1.0,
        [*NO_DICT, {}, *changed(MARGIN, "action", (*NO_TEXT, "hold", "buy_limit")),
         *changed(MARGIN, "symbol", (*NO_TEXT, "NOSUCH")), *changed(MARGIN, "volume", (*NO_NUMBER, 0, -1)),
         *changed(MARGIN, "price", (*NO_NUMBER, 0, -1))],
    ),
    "calc_order_profit": (
        -1.0,
        [*NO_DICT, {}, *changed(PROFIT, "action", (*NO_TEXT, "hold")), *changed(PROFIT, "symbol", (*NO_TEXT, "NOSUCH")),
         *changed(PROFIT, "volume", (*NO_NUMBER, 0)), *changed(PROFIT, "price_open", (*NO_NUMBER, 0)),
         *changed(PROFIT, "price_close", (*NO_NUMBER, -1))],
    ),
    "get_positions": (
        [], [5, "EURUSD", {"symbol": 5}, {"group": []}, *({"ticket": v} for v in ("x", 1.5, True, -1, NAN, [], 1j))],
    ),
    "get_pending_orders": (
        [], [5, "x", {"symbol": 5}, {"group": 1.0}, *({"ticket": v} for v in ("x", 1.5, True, -1, NAN, [], 1j))],
    ),
    "get_order_history": (
        [],
        [*NO_DICT[1:], *({key: value} for key in ("from", "to") for value in NO_DATE), {"symbol": 5}, {"symbol": []},
         *({key: value} for key in ("ticket", "position") for value in ("x", 1.5, True, -1, NAN, []))],
    ),
    "get_history_orders": (
        [],
        [*NO_DICT[1:], *({key: value} for key in ("from", "to") for value in NO_DATE), {"symbol": 5}, {"symbol": []},
         *({key: value} for key in ("ticket", "position") for value in ("x", 1.5, True, -1, NAN, []))],
    ),
    "get_history_orders_total": (
        0, [*NO_DICT[1:], *({key: value} for key in ("from", "to") for value in NO_DATE)],
    ),
    "get_symbols": ([], [5, "x", {"group": 5}, {"group": ["*"]}]),
    "subscribe_market_book": (False, [*NO_DICT, {}, *({"symbol": value} for value in NO_TEXT)]),
    "get_market_book": ([], [*NO_DICT, {}, *({"symbol": value} for value in NO_TEXT), {"symbol": "EURUSD"}]),
    "unsubscribe_market_book": (False, [*NO_DICT, {}, *({"symbol": value} for value in NO_TEXT)]),
    "switch_account": (False, [*NO_DICT, {}, {"account": 1}, {"account": 1, "password": "x"}]),
}  # fmt: skip
"""The documented failure value, and what must lead to it."""

CASES = [(name, value, params) for name, (value, table) in FAILURES.items() for params in table]


def state(client):
    """All that an order could have changed."""
    return client.get_account_info(), client.get_positions(), client.get_pending_orders(), client.get_history_orders()


def in_replay(call):
    """The answer inside a replay with a position (BT1) and a waiting order (BT2); whether the account is the same."""
    heard = []

    def ask(client):
        before = state(client)
        heard.append((call(client), state(client) == before))

    script = {0: order("buy", sl=1.0, tp=1.2), 1: order("buy_limit", price=1.05), 2: ask}
    play(market(flat(1.1, 5)), script)
    return heard[0]


@pytest.mark.parametrize("params", ORDERS, ids=repr)
def test_a_bad_order_in_a_replay(params, caplog):
    """A false message with MetaTrader's code, a line in the log, nothing sent."""
    with caplog.at_level(logging.WARNING, "mas"):
        answer, untouched = in_replay(lambda c: c.send_order(params))
    assert isinstance(answer, Failure)
    assert (bool(answer), len(answer) > 0, untouched) == (False, True, True)
    assert 10000 < answer.code < 11000 or answer.code < 0
    assert caplog.text


@pytest.mark.parametrize(
    "params", [p for p in ORDERS if not (isinstance(p, dict) and p.get("backtest_toggle") == 0)], ids=repr
)
def test_a_bad_order_on_a_real_terminal(params):
    """Whatever our own checks find never reaches the terminal; what is the broker's to judge does not raise."""
    client = mas.MAS()
    terminal = LiveTerminal()
    client._connection = connection_to(terminal)
    client._live_loop()._start = lambda run: None
    terminal.answers = [10013] * 9
    real = {**params, "backtest_toggle": params.get("backtest_toggle", False)} if isinstance(params, dict) else params
    answer = client.send_order(real)
    assert isinstance(answer, Failure)
    assert not answer
    assert terminal.waiting == {}


@pytest.mark.parametrize(("name", "value", "params"), CASES, ids=lambda x: repr(x)[:60])
def test_the_documented_failure_values(name, value, params, caplog):
    """In a replay: that value, a line in the log that names the function, the account untouched."""
    if name == "switch_account":
        caplog.set_level(logging.ERROR, "mas")
        assert getattr(mas.MAS(), name)(params) is False
        assert "login" in caplog.text
        return
    with caplog.at_level(logging.WARNING, "mas"):
        answer, untouched = in_replay(lambda c: getattr(c, name)(params))
    assert (answer, untouched) == (value, True)
    assert type(answer) is type(value)
    assert name in caplog.text or name == "unsubscribe_market_book"


@pytest.mark.parametrize(
    "params",
    [*NO_DICT, {}, *changed(POSITION, "symbol", (*NO_TEXT, "NOSUCH")),
     *changed(POSITION, "timeframe", (None, 5, "", "H9", [])),
     *changed(POSITION, "count", (None, 0, -1, "x", True, NAN, INF, 1.5, 2**40, HUGE, [])),
     *({**POSITION, "start_pos": value} for value in (-1, "x", True, NAN, 1.5, HUGE))],
    ids=repr,
)  # fmt: skip
def test_bars_that_cannot_be_are_an_empty_table(params, caplog):
    """With the documented columns; a reason in the log."""
    answer, _ = in_replay(lambda c: c.get_bars_from_pos(params))
    assert (len(answer), list(answer)[:2]) == (0, ["time", "open"])
    assert "get_bars_from_pos" in caplog.text


BARS = {"symbol": "EURUSD", "timeframe": "H1", "backtest_toggle": True}
SUBSCRIPTIONS = [
    *(("dict", params) for params in NO_DICT), ("symbol", {"timeframe": "H1", "backtest_toggle": True}),
    *(("symbol", {**BARS, "symbol": value}) for value in (None, 5, "", "  ", [5], [], NAN)),
    *(("from", {**BARS, "from": value}) for value in NO_DATE), *(("to", {**BARS, "to": value}) for value in NO_DATE),
    *(("captital", {**BARS, "captital": value}) for value in ("x", 0, -1, True, False, NAN, INF, [], HUGE)),
    *(("backtest_toggle", {**BARS, "backtest_toggle": value}) for value in (1, 0, "True", None, [])),
    *(("interval_ms", {**BARS, "interval_ms": value}) for value in (0, -1, "x", NAN, INF, True, [], HUGE)),
    *((key, {**BARS, key: value}) for key in ("spread", "commission", "leverage")
      for value in (-1, "x", NAN, True, HUGE)),
    ("tolerant", {**BARS, "tolerant": 1}), ("differ", {**BARS, "captital": 1, "capital": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("named", "params"), SUBSCRIPTIONS, ids=repr)
@pytest.mark.parametrize("function", ["subscribe_bars", "subscribe_ticks"])
def test_a_bad_subscription_raises_and_names_the_key(function, named, params):
    """No failure value is documented; the error is a ValueError too."""
    with pytest.raises(ParameterError, match=named) as caught:
        getattr(mas.MAS(), function)(params)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "params", [*NO_DICT, {}, *({"timeframe": "H1", "symbol": value} for value in NO_TEXT)], ids=repr
)
@pytest.mark.parametrize("function", ["unsubscribe_bars", "unsubscribe_ticks"])
def test_what_cannot_be_unsubscribed_is_named(function, params):
    """No failure value is documented; extra keys are ignored, and what is not subscribed is no error."""
    with pytest.raises(ParameterError, match=r"symbol|timeframe|dict"):
        getattr(mas.MAS(), function)(params)
    assert getattr(mas.MAS(), function)({**BARS, "from": "soon", "interval_ms": -1}) is None


@pytest.mark.parametrize(
    ("named", "change"),
    [*(("mode", {"mode": value}) for value in (None, 5, "", "ALL", "trades", [])),
     *(("flags", {"flags": value}) for value in ("x", 5, True, NAN, []))],
    ids=repr,
)  # fmt: skip
def test_the_keys_of_ticks_alone(named, change):
    """`mode` and `flags`."""
    with pytest.raises(ParameterError, match=named):
        mas.MAS().subscribe_ticks({**BARS, **change})


@pytest.mark.parametrize(
    ("arguments", "named"),
    [*(((value, "D1", 5), "to_date") for value in (None, 5, "", "soon", "2024-13-01", [], NAN)),
     *((("2024-01-31", value, 5), "timeframe") for value in (None, 5, "", "H1", "d1", [])),
     *((("2024-01-31", "D1", value), "kbar_num")
       for value in (None, 0, -1, "x", True, NAN, INF, 1.5, [], HUGE, 2**30))],
    ids=repr,
)  # fmt: skip
def test_a_start_date_that_cannot_be(arguments, named):
    """A ValueError that names the argument."""
    with pytest.raises(ValueError, match=named):
        mas.MAS().get_start_date(*arguments)


@pytest.mark.parametrize("code", [None, 5, "", "de", "EN-US", [], NAN, b"en"])
def test_a_bad_language_changes_nothing(code, caplog):
    """A line in the log; nothing raised."""
    assert mas.MAS().set_lang(code) is None
    assert "set_lang" in caplog.text


def test_every_documented_function_with_parameters_is_in_a_table():
    """Whatever takes an argument gets bad ones above; the others cannot."""
    takes = {
        name for name, function in vars_of(mas.MAS).items()
        if not name.startswith(("_", "receive_")) and len(inspect.signature(function).parameters) > 1
    }  # fmt: skip
    tested = {*FAILURES, "send_order", "get_bars_from_pos", "subscribe_bars", "subscribe_ticks", "unsubscribe_bars",
              "unsubscribe_ticks", "get_start_date", "set_lang", "login"}  # fmt: skip
    assert {name for name in takes if vars_of(mas.MAS)[name].__module__.startswith("mas.client.")} == tested


def vars_of(kind):
    """The functions of a class and those it inherits."""
    return {name: getattr(kind, name) for name in dir(kind) if inspect.isfunction(getattr(kind, name))}


@pytest.mark.parametrize("timeframe", [None, 5, "", "H5", "h1", "1h", []])
def test_a_bad_timeframe_is_named(timeframe):
    """In subscribing and unsubscribing."""
    for function in ("subscribe_bars", "unsubscribe_bars"):
        with pytest.raises(ParameterError, match="timeframe"):
            getattr(mas.MAS(), function)({**BARS, "timeframe": timeframe})


def test_a_symbol_without_history_is_an_error(tmp_path, monkeypatch):
    """Loud, since `is_end`, and with it every report, would never come."""
    monkeypatch.setenv("MAS_DATA", str(tmp_path))
    for function in ("subscribe_bars", "subscribe_ticks"):
        with pytest.raises(DataError, match="NOSUCH"):
            getattr(mas.MAS(), function)({**BARS, "symbol": "NOSUCH"})


LOGIN = {"account": 1, "password": "p", "server": "s"}


@pytest.mark.parametrize(
    "params",
    [*NO_DICT, {}, *({**LOGIN, key: None} for key in LOGIN), {"profile": "none"}, {"profile": 5}, {"profile": ""},
     *({**LOGIN, "timeout": value} for value in ("x", [], True, HUGE))],
    ids=repr,
)  # fmt: skip
def test_a_bad_login_is_a_false_message(params, tmp_path, monkeypatch, caplog):
    """Never raised."""
    monkeypatch.setenv("MAS_PROFILES", str(tmp_path / "profiles.toml"))
    monkeypatch.delenv("MAS_TERMINAL", raising=False)
    answer = mas.MAS().login(params)
    assert (bool(answer), answer.code) == (False, -2)
    assert "login" in caplog.text


def test_every_error_of_the_library_is_one_of_its_own():
    """A caller needs one except clause."""
    assert issubclass(ParameterError, MasError)
    assert issubclass(DataError, MasError)
