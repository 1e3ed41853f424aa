"""The simulated terminal against the published surface of the MetaTrader5 module (shared/reference)."""

from __future__ import annotations

import inspect
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mas import constants as mt5
from mas.terminals import structs
from mas.terminals.simulated import SimulatedTerminal
from mas.terminals.simulated.history import RATES, TICKS
from tests.mas.scenarios import MONDAY, flat, market

BUY = {"action": 1, "symbol": "EURUSD", "type": 0, "volume": 0.1, "price": 1.1}
LIMIT = {**BUY, "action": 5, "type": 2, "price": 1.05}
KINDS = {"i32": int, "i64": int, "u32": int, "u64": int, "f8": float, "str": str, "bool": bool}
NO_KEYWORDS: dict[str, dict[str, Any]] = {
    "symbol_info": {"symbol": "EURUSD"}, "symbol_info_tick": {"symbol": "EURUSD"},
    "symbol_select": {"symbol": "EURUSD"},
    "market_book_add": {"symbol": "EURUSD"}, "market_book_get": {"symbol": "EURUSD"},
    "market_book_release": {"symbol": "EURUSD"}, "history_orders_total": {"date_from": 0, "date_to": 1},
    "history_deals_total": {"date_from": 0, "date_to": 1}, "order_calc_margin": {"action": 0},
    "order_calc_profit": {"action": 0}, "copy_rates_from": {"symbol": "EURUSD"},
    "copy_rates_from_pos": {"symbol": "EURUSD"}, "copy_rates_range": {"symbol": "EURUSD"},
    "copy_ticks_from": {"symbol": "EURUSD"}, "copy_ticks_range": {"symbol": "EURUSD"},
}  # fmt: skip


SURFACE = Path(__file__).parents[5] / "shared" / "reference" / "mt5_constants.json"

pytestmark = pytest.mark.skipif(not SURFACE.is_file(), reason="the module's surface is described in ../shared only")


@cache
def published() -> dict[str, Any]:
    surface: dict[str, Any] = json.loads(SURFACE.read_text())
    return surface


def opened() -> Any:
    """At the first tick of bar 3, with a position, a closed one and a waiting order."""
    terminal: Any = SimulatedTerminal(market(flat(1.1, 6), spread=np.full(6, 10.0)))
    terminal.initialize()
    terminal.open_bar(3)
    terminal.order_send(BUY)
    terminal.order_send({**BUY, "type": 1, "position": 1})
    terminal.order_send({**BUY, "sl": 1.0})
    terminal.order_send(LIMIT)
    return terminal


def test_all_constants_are_there_with_their_values() -> None:
    """All 223, under `mas.constants` and on the terminal itself; what only the platform has agrees too."""
    constants = {name: value for group in published()["constants"].values() for name, value in group.items()}
    assert len(constants) == published()["_about"]["constant_count"] == 223
    assert constants == {name: getattr(mt5, name, None) for name in constants}
    assert constants == {name: getattr(SimulatedTerminal, name, None) for name in constants}
    platform = published()["platform_values_absent_from_package"]
    for key, prefix in (("FILLING", "FILLING"), ("EXPIRATION", "EXPIRATION"), ("ORDER", "ORDER")):
        flags = next(value for name, value in platform.items() if name.startswith(f"SYMBOL_{key}_flags"))
        assert flags == {name: getattr(mt5, f"SYMBOL_{prefix}_{name}") for name in flags}
    assert platform["TRADE_RETCODE_HEDGE_PROHIBITED"] == mt5.TRADE_RETCODE_HEDGE_PROHIBITED


def test_every_function_is_there_and_called_the_same_way() -> None:
    """35 functions; what the module takes by position only raises TypeError for a keyword."""
    functions = published()["functions"]
    assert len(functions) == 35
    assert [name for name in functions if not callable(getattr(SimulatedTerminal, name, None))] == []
    terminal = opened()
    positional = {name for name, entry in functions.items() if entry["calling"].startswith("positional only")}
    assert positional == set(NO_KEYWORDS)
    for name, keywords in NO_KEYWORDS.items():
        with pytest.raises(TypeError):
            getattr(terminal, name)(**keywords)
    for name in ("positions_get", "orders_get"):
        with pytest.raises(TypeError):
            getattr(terminal, name)("EURUSD")
    for name, entry in functions.items():
        if entry["calling"] == "no arguments":
            assert list(inspect.signature(getattr(terminal, name)).parameters) == []


def test_every_tuple_has_its_fields_in_order_and_their_types() -> None:
    """Names, order, defaults and the values that the terminal really gives; `_asdict` as in the module."""
    terminal = opened()
    terminal.market_book_add("EURUSD")
    position, order = terminal.positions_get()[0], terminal.orders_get()[0]
    given = {
        "Tick": [terminal.symbol_info_tick("EURUSD")],
        "AccountInfo": [terminal.account_info()],
        "TerminalInfo": [terminal.terminal_info()],
        "SymbolInfo": [terminal.symbol_info("EURUSD")],
        "TradeRequest": [terminal.order_send(BUY).request],
        "OrderCheckResult": [terminal.order_check(BUY)],
        "OrderSendResult": [terminal.order_send(BUY), terminal.order_send({**BUY, "volume": 0.0})],
        "TradeOrder": [order, *terminal.history_orders_get(0, 2**31)],
        "TradePosition": [position],
        "TradeDeal": list(terminal.history_deals_get(0, 2**31)),
        "BookInfo": list(terminal.market_book_get("EURUSD")),
    }
    assert set(given) == set(published()["named_tuples"])
    for name, entry in published()["named_tuples"].items():
        for value in [getattr(structs, name)(), *given[name]]:
            assert list(value._asdict()) == entry["fields"]
            assert len(value) == entry["field_count"]
            wrong = {
                field: type(value._asdict()[field])
                for field, kind in entry["types"].items()
                if kind in KINDS and type(value._asdict()[field]) is not KINDS[kind]
            }
            assert wrong == {}, name


def test_records_have_the_published_layout() -> None:
    """Packed, 60 bytes, names, types and offsets."""
    for dtype, name in ((RATES, "rates"), (TICKS, "ticks")):
        entry = published()["numpy"][name]
        places: Any = dtype.fields
        fields = [[field, places[field][0].str, places[field][1]] for field in places]
        assert (dtype.itemsize, fields) == (entry["itemsize"], [list(f) for f in entry["fields"]])
    terminal = opened()
    assert terminal.copy_rates_from("EURUSD", mt5.TIMEFRAME_H1, MONDAY, 5).dtype == RATES
    assert terminal.copy_ticks_from("EURUSD", 0, 5, mt5.COPY_TICKS_ALL).dtype == TICKS


def test_every_call_fails_as_published_without_a_connection() -> None:
    """None or False and -10004; last_error itself never fails."""
    terminal = opened()
    terminal.shutdown()
    arguments: dict[str, tuple[Any, ...]] = {
        "symbol_info": ("EURUSD",), "symbol_info_tick": ("EURUSD",), "symbol_select": ("EURUSD",), "login": (1,),
        "market_book_add": ("EURUSD",), "market_book_get": ("EURUSD",), "market_book_release": ("EURUSD",),
        "copy_rates_from": ("EURUSD", 1, 0, 1), "copy_rates_from_pos": ("EURUSD", 1, 0, 1),
        "copy_rates_range": ("EURUSD", 1, 0, 1), "copy_ticks_from": ("EURUSD", 0, 1, -1),
        "copy_ticks_range": ("EURUSD", 0, 1, -1), "history_orders_total": (0, 1), "history_orders_get": (0, 1),
        "history_deals_total": (0, 1), "history_deals_get": (0, 1), "order_check": (BUY,), "order_send": (BUY,),
        "order_calc_margin": (0, "EURUSD", 0.1, 1.1), "order_calc_profit": (0, "EURUSD", 0.1, 1.1, 1.2),
        "Buy": ("EURUSD", 0.1), "Sell": ("EURUSD", 0.1), "Close": ("EURUSD",),
    }  # fmt: skip
    for name, entry in published()["functions"].items():
        if name in ("initialize", "shutdown", "last_error"):
            continue
        failure = {"None": None, "False": False}[entry["on_failure"]]
        assert getattr(terminal, name)(*arguments.get(name, ())) is failure, name
        assert terminal.last_error() == (-10004, published()["last_error"]["-10004"]["text"])
    assert terminal.initialize() is True
    assert terminal.last_error() == (1, "Success")


def test_every_request_field_is_typed_as_published() -> None:
    """A value of the wrong type, a negative or a too large one fails the call and names the field."""
    terminal = opened()
    wrong: dict[str, list[Any]] = {
        "float": [1, "1", None, np.float32(1)],
        "int": [1.0, "1", None, np.int64(1), -1, 2**64],
        "str": [b"x", 1, None, "x" * 30],
    }
    for field, entry in published()["order_request"]["fields"].items():
        kind = entry["accepts"].split(" ")[0].strip(",")
        for value in wrong[kind]:
            if field == "expiration" and value == -1:
                continue  # signed
            assert terminal.order_send({**BUY, field: value}) is None, (field, value)
            assert terminal.last_error() == (-2, entry["error_text_when_wrong"])
    for field in ("action", "type", "type_filling", "type_time"):
        assert terminal.order_send({**BUY, field: 2**32}) is None
    assert terminal.order_send({**BUY, "comment": "x" * 29, "unknown": object()}).retcode == 10009
    assert terminal.order_send({**BUY, "volume": np.float64(0.1), "deviation": True}).retcode == 10009


def test_a_request_is_one_dict_or_keywords() -> None:
    """Not both, not a tuple, not nothing."""
    terminal = opened()
    assert terminal.order_send(**BUY).retcode == 10009
    assert terminal.order_check(**BUY).comment == "Done"
    for arguments, keywords in (((BUY,), {"volume": 0.1}), ((), {}), (((),), {})):
        assert terminal.order_send(*arguments, **keywords) is None
        assert terminal.last_error()[0] == -2
    with pytest.raises(TypeError):
        terminal.order_send(BUY, BUY)


def test_nothing_found_is_an_empty_tuple_with_success() -> None:
    """So that `None` means the call failed."""
    terminal = opened()
    for found in (
        terminal.positions_get(ticket=99), terminal.orders_get(symbol="XAUUSD"), terminal.history_orders_get(ticket=99),
        terminal.history_deals_get(position=99), terminal.symbols_get("X*"), terminal.history_deals_get(0, 1),
    ):  # fmt: skip
        assert (found, terminal.last_error()[0]) == ((), 1)
    assert (terminal.symbol_info("XAUUSD"), terminal.last_error()) == (None, (-4, "Terminal: Not found"))
    assert (terminal.history_deals_get("now", 1), terminal.last_error()[0]) == (None, -2)
