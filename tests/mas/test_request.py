"""send_order parameters become a request with every type as the MetaTrader5 module demands it."""

from datetime import datetime

import numpy as np
import pytest

from mas import constants as mt5
from mas.errors import ParameterError
from mas.request import clean, trade_request
from mas.terminals.structs import SymbolInfo, Tick, TradePosition

INFO = SymbolInfo(
    name="EURUSD", digits=5, trade_tick_size=1e-5, volume_step=0.01, trade_exemode=mt5.SYMBOL_TRADE_EXECUTION_MARKET,
    filling_mode=mt5.SYMBOL_FILLING_IOC,
)  # fmt: skip
TICK = Tick(bid=1.1, ask=1.1002)


def build(info=INFO, **params):
    return trade_request(clean({"order_type": "buy", "volume": 0.1, **params}, "send_order"), info, TICK)


def test_a_market_order_has_the_documented_defaults():
    """Price from the side it deals at; deviation 10, magic 123456, comment; FOK only where the symbol allows it."""
    assert build() == {
        "action": 1, "symbol": "EURUSD", "type": 0, "volume": 0.1, "magic": 123_456, "deviation": 10,
        "comment": "MAS Order", "type_filling": mt5.ORDER_FILLING_IOC, "price": 1.1002,
    }  # fmt: skip
    assert build(order_type="sell")["price"] == 1.1


@pytest.mark.parametrize(
    ("mode", "flags", "filling"),
    [
        (mt5.SYMBOL_TRADE_EXECUTION_MARKET, 3, mt5.ORDER_FILLING_FOK),
        (mt5.SYMBOL_TRADE_EXECUTION_MARKET, 2, mt5.ORDER_FILLING_IOC),
        (mt5.SYMBOL_TRADE_EXECUTION_EXCHANGE, 0, mt5.ORDER_FILLING_RETURN),
        (mt5.SYMBOL_TRADE_EXECUTION_INSTANT, 0, mt5.ORDER_FILLING_FOK),
    ],
)
def test_filling_follows_the_symbol(mode, flags, filling):
    """A blind FOK is the commonest refusal (10030); what the caller gives is kept."""
    info = INFO._replace(trade_exemode=mode, filling_mode=flags)
    assert build(info)["type_filling"] == filling
    assert build(info, type_filling=1)["type_filling"] == 1
    assert build(info, order_type="buy_stop", price=1.2)["type_filling"] == mt5.ORDER_FILLING_RETURN


def test_every_type_is_the_one_the_module_takes():
    """Whole numbers and numpy numbers become float; blanks around keys go; levels lie on the grid."""
    request = build(volume=1, sl=np.float32(1.05), tp=1, **{" magic ": np.int64(7)})
    assert [type(request[key]) for key in ("volume", "sl", "tp", "magic")] == [float, float, float, int]
    assert build(sl=1.0999951, tp=1.100005)["sl"] == 1.1
    assert build(tp=1.100005)["tp"] == 1.10001


def test_a_waiting_order_carries_its_price_and_its_validity():
    """An expiration without a type makes a dated order; the module wants server seconds."""
    when = datetime(2025, 12, 31, 23, 59)
    request = build(order_type="buy_stop_limit", price=1.2, stoplimit=1.19, expiration=when)
    assert (request["action"], request["type"], request["price"], request["stoplimit"]) == (5, 6, 1.2, 1.19)
    assert (request["type_time"], request["expiration"]) == (mt5.ORDER_TIME_SPECIFIED, 1_767_225_540)
    documented = build(order_type="buy_limit", price=1.0, expiration=when, type_time=mt5.ORDER_TIME_GTC)
    assert (documented["type_time"], documented["expiration"]) == (0, 0)


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"order_type": "market"}, "order_type"), ({"order_type": ["buy"]}, "order_type"), ({"volume": ""}, "volume"),
        ({"order_type": "sell_stop"}, "price"), ({"order_type": "buy_stop_limit", "price": 1.2}, "stoplimit"),
        ({"deviation": 1.5}, "deviation"), ({"magic": "me"}, "magic"), ({"tp": []}, "tp"),
        ({"order_type": "buy_limit", "price": 1, "type_time": 2, "expiration": "later"}, "expiration"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named(params, named):
    """ParameterError with the key."""
    with pytest.raises(ParameterError, match=named):
        build(**params)


HELD = TradePosition(ticket=5, type=mt5.POSITION_TYPE_BUY, symbol="EURUSD", volume=0.2, sl=1.05, tp=1.2)


def test_the_type_decides_between_closing_a_position_and_moving_its_levels():
    """The opposite type closes it; its own type changes stop and target, and what is not given stays."""
    given = clean({"order_type": "sell", "volume": 0.1, "position": "BT5"}, "send_order")
    closing = trade_request(given, INFO, TICK, HELD)
    assert (closing["action"], closing["position"], closing["type"], closing["price"]) == (1, 5, 1, 1.1)
    moved = trade_request({**given, "order_type": "buy", "sl": 1.06}, INFO, TICK, HELD)
    assert moved == {"action": 6, "symbol": "EURUSD", "position": 5, "sl": 1.06, "tp": 1.2}
    with pytest.raises(ParameterError, match="sl or tp"):
        trade_request({**given, "order_type": "buy"}, INFO, TICK, HELD)


def test_two_positions_close_each_other():
    """position_by makes a close-by; both ids must be ids."""
    request = build(position="BT5", position_by=6, comment="pair")
    assert request == {
        "action": 10, "symbol": "EURUSD", "position": 5, "position_by": 6, "magic": 123_456, "comment": "pair"
    }  # fmt: skip
    with pytest.raises(ParameterError, match="order_id"):
        build(position_by=6)


def test_silence_about_validity_means_what_the_symbol_takes():
    """GTC, or the day where the symbol has no GTC."""
    waiting = {"order_type": "buy_limit", "price": 1.0}
    assert build(**waiting)["type_time"] == mt5.ORDER_TIME_GTC
    daily = INFO._replace(expiration_mode=mt5.SYMBOL_EXPIRATION_DAY | mt5.SYMBOL_EXPIRATION_SPECIFIED)
    assert build(daily, **waiting)["type_time"] == mt5.ORDER_TIME_DAY
    assert build(daily, **waiting, type_time=0)["type_time"] == mt5.ORDER_TIME_GTC
