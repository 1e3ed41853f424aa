"""The simulated terminal as somebody who knows the MetaTrader5 module would use it."""

from __future__ import annotations

import numpy as np
import pytest

from mas import constants as mt5
from mas.terminals.simulated import SimulatedTerminal
from mas.terminals.simulated.history import RATES
from mas.terminals.structs import TradeRequest
from tests.mas.scenarios import MONDAY, flat, market

BUY = {"action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "type": mt5.ORDER_TYPE_BUY, "volume": 0.1, "price": 1.1}
LIMIT = {**BUY, "action": mt5.TRADE_ACTION_PENDING, "type": mt5.ORDER_TYPE_BUY_LIMIT, "price": 1.09}


@pytest.fixture
def terminal():
    """At the first tick of bar 1 of a flat market with a spread of 10 points."""
    terminal = SimulatedTerminal(market(flat(1.1, 6), spread=np.full(6, 10.0)))
    terminal.initialize()
    terminal.open_bar(1)
    return terminal


def test_not_connected_means_failure_and_an_error_code():
    """None from data calls, False from boolean ones, -10004; initialize resets it."""
    terminal = SimulatedTerminal(market(flat(1.1, 3)))
    assert (terminal.account_info(), terminal.positions_get(), terminal.order_send(BUY)) == (None, None, None)
    assert (terminal.symbol_select("EURUSD"), terminal.last_error()) == (False, (-10004, "No IPC connection"))
    assert (terminal.initialize(), terminal.last_error()) == (True, (1, "Success"))
    assert (terminal.shutdown(), terminal.positions_total()) == (True, None)


def test_unknown_symbols_are_not_found(terminal):
    """None and -4."""
    assert (terminal.symbol_info("GBPUSD"), terminal.last_error()) == (None, (-4, "Terminal: Not found"))
    assert terminal.symbol_info_tick("EURUSD")[1:3] == (1.1, 1.1001)
    info = terminal.symbol_info("EURUSD")
    assert (info.bid, info.ask, info.spread, info.point, info.trade_contract_size) == (1.1, 1.1001, 10, 1e-5, 100_000)


def test_calls_are_positional_where_the_module_is(terminal):
    """A keyword raises TypeError, and positions_get takes nothing else."""
    with pytest.raises(TypeError):
        terminal.symbol_info(symbol="EURUSD")
    with pytest.raises(TypeError):
        terminal.positions_get("EURUSD")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("volume", 1), ("volume", np.float32(0.1)), ("price", "1.1"), ("sl", None), ("magic", -1), ("magic", 1.0),
        ("deviation", np.int64(1)), ("symbol", b"EURUSD"), ("comment", "x" * 30), ("type", 2**64),
    ],
)  # fmt: skip
def test_a_field_of_the_wrong_type_fails_the_call(terminal, field, value):
    """None and -2 with the module's own text; numpy.float64 is a float."""
    assert terminal.order_send({**BUY, field: value}) is None
    assert terminal.last_error() == (-2, f'Invalid "{field}" argument')
    assert terminal.order_send({**BUY, "volume": np.float64(0.1), "unknown": 5}).retcode == 10009


def test_a_market_order_makes_order_deal_and_position(terminal):
    """Ids belong together; the answer carries the quote and the request."""
    answer = terminal.order_send({**BUY, "sl": 1.09, "tp": 1.12, "magic": 7, "comment": "mine"})
    assert (answer.retcode, answer.order, answer.volume, answer.price) == (10009, 1, 0.1, 1.1001)
    assert (answer.bid, answer.ask, answer.comment, type(answer.request)) == (
        1.1,
        1.1001,
        "Request executed",
        TradeRequest,
    )
    (position,) = terminal.positions_get(symbol="EURUSD")
    assert (position.ticket, position.identifier, position.type, position.magic) == (1, 1, 0, 7)
    assert (position.price_open, position.price_current, position.profit, position.sl) == (1.1001, 1.1, -1.0, 1.09)
    deposit, deal = terminal.history_deals_get(0, MONDAY + 10**9)
    assert (deposit.type, deposit.profit) == (mt5.DEAL_TYPE_BALANCE, 10_000)
    assert (deal.ticket, deal.order, deal.position_id, deal.entry) == (answer.deal, 1, 1, mt5.DEAL_ENTRY_IN)
    (order,) = terminal.history_orders_get(ticket=1)
    assert (order.state, order.volume_current, order.position_id) == (mt5.ORDER_STATE_FILLED, 0.0, 1)
    assert (terminal.history_deals_total(0, 2e9), terminal.positions_total(), terminal.orders_total()) == (2, 1, 0)


def test_closing_takes_the_opposite_type_and_the_position(terminal):
    """In part, then whole; more than is open is 10038, the same type 10013, a closed position 10036."""
    terminal.order_send(BUY)
    sell = {**BUY, "type": mt5.ORDER_TYPE_SELL, "position": 1}
    codes = [terminal.order_send({**sell, **more}).retcode for more in (
        {"volume": 0.2}, {"type": 0}, {"volume": 0.035}, {"volume": 0.04}, {"volume": 0.06}, {},
    )]  # fmt: skip
    assert codes == [10038, 10013, 10014, 10009, 10009, 10036]
    assert [d.entry for d in terminal.history_deals_get(position=1)] == [0, 1, 1]
    assert terminal.account_info().balance == 10_000 - 1.0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"action": 99}, 10013), ({"symbol": "GBPUSD"}, 10013), ({"type": 9}, 10035), ({"volume": 0.001}, 10014),
        ({"volume": 0.015}, 10014), ({"volume": 101.0}, 10014), ({"volume": 0.0}, 10014), ({"sl": 1.1}, 10016),
        ({"sl": 1.090005}, 10016), ({"tp": 1.0}, 10016), ({"volume": 50.0}, 10019),
    ],
)  # fmt: skip
def test_market_orders_are_refused_with_metatraders_codes(terminal, change, code):
    """And order_check says the same; nothing happens to the account."""
    assert terminal.order_check({**BUY, **change}).retcode == code
    assert terminal.order_send({**BUY, **change}).retcode == code
    assert (terminal.positions_total(), terminal.account_info().balance) == (0, 10_000)


@pytest.mark.parametrize(
    ("kind", "price", "code"),
    [
        (mt5.ORDER_TYPE_BUY_LIMIT, 1.1, 10009), (mt5.ORDER_TYPE_BUY_LIMIT, 1.1001, 10015),
        (mt5.ORDER_TYPE_SELL_LIMIT, 1.1001, 10009), (mt5.ORDER_TYPE_SELL_LIMIT, 1.1, 10015),
        (mt5.ORDER_TYPE_BUY_STOP, 1.1002, 10009), (mt5.ORDER_TYPE_BUY_STOP, 1.1001, 10015),
        (mt5.ORDER_TYPE_SELL_STOP, 1.0999, 10009), (mt5.ORDER_TYPE_SELL_STOP, 1.1, 10015),
        (mt5.ORDER_TYPE_BUY_LIMIT, 1.090004, 10015), (mt5.ORDER_TYPE_BUY_LIMIT, 0.0, 10015),
    ],
)  # fmt: skip
def test_waiting_orders_must_stand_on_their_side_of_the_market(terminal, kind, price, code):
    """Buys against the ask, sells against the bid, on the tick grid."""
    assert terminal.order_send({**LIMIT, "type": kind, "price": price}).retcode == code


def test_waiting_orders_are_modified_and_removed(terminal):
    """The same again is 10025, an order that is gone 10035."""
    ticket = terminal.order_send({**LIMIT, "sl": 1.08}).order
    modify = {"action": mt5.TRADE_ACTION_MODIFY, "order": ticket, "price": 1.08, "sl": 1.07}
    remove = {"action": mt5.TRADE_ACTION_REMOVE, "order": ticket}
    codes = [terminal.order_send(r).retcode for r in (modify, modify, {**modify, "sl": 1.09}, remove, remove, modify)]
    assert codes == [10009, 10025, 10016, 10009, 10035, 10035]
    assert terminal.history_orders_get(ticket=ticket)[0].state == mt5.ORDER_STATE_CANCELED


def test_dated_orders_expire(terminal):
    """At the first tick at or after their time; a time that has passed is 10022."""
    dated = {**LIMIT, "type_time": mt5.ORDER_TIME_SPECIFIED}
    assert terminal.order_send({**dated, "expiration": MONDAY}).retcode == 10022
    ticket = terminal.order_send({**dated, "expiration": MONDAY + 3 * 3600}).order
    terminal.open_bar(2)
    assert terminal.orders_total() == 1
    terminal.open_bar(3)
    assert terminal.history_orders_get(ticket=ticket)[0].state == mt5.ORDER_STATE_EXPIRED


def test_stop_levels_are_moved_by_sltp(terminal):
    """Zero removes a level; the same again is 10025, a position that is gone 10036."""
    terminal.order_send({**BUY, "sl": 1.09})
    move = {"action": mt5.TRADE_ACTION_SLTP, "position": 1, "sl": 1.095, "tp": 1.12}
    gone = {**move, "position": 9}
    codes = [terminal.order_send(r).retcode for r in (move, move, {**move, "sl": 1.1}, {**move, "sl": 0.0}, gone)]
    assert codes == [10009, 10025, 10016, 10009, 10036]
    assert terminal.positions_get(ticket=1)[0].sl == 0.0


def test_account_figures_belong_together(terminal):
    """Equity, free margin and margin level; hedged volume is charged once."""
    terminal.order_send(BUY)
    one = terminal.account_info()
    assert (one.equity, one.margin, one.margin_free) == (9_999.0, 110.01, 9_888.99)
    assert one.margin_level == pytest.approx(100 * 9_999.0 / 110.01)
    terminal.order_send({**BUY, "type": mt5.ORDER_TYPE_SELL})
    assert terminal.account_info().margin == 110.01


def test_calculations_match_the_documented_value(terminal):
    """50.00 for 0.1 lot of EURUSD over 50 pips; wrong arguments give None and -2."""
    assert terminal.order_calc_profit(0, "EURUSD", 0.1, 1.09, 1.095) == 50.0
    assert terminal.order_calc_profit(1, "EURUSD", 0.1, 1.09, 1.095) == -50.0
    assert terminal.order_calc_margin(0, "EURUSD", 0.1, 1.1) == 110.0
    assert (terminal.order_calc_margin(9, "EURUSD", 0.1, 1.1), terminal.last_error()[0]) == (None, -2)


def test_rates_stop_at_the_clock(terminal):
    """60-byte records; the newest is the bar that has just opened, with nothing but its first tick."""
    bars = market([(1.0 + n, 1.5 + n, 0.5 + n, 1.2 + n) for n in range(5)])
    other = SimulatedTerminal(bars)
    other.initialize()
    other.open_bar(2)
    rates = other.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_H1, 0, 10)
    assert (rates.dtype, RATES.itemsize, len(rates)) == (RATES, 60, 3)
    assert rates[["open", "high", "low", "close"]].tolist()[1:] == [(2.0, 2.5, 1.5, 2.2), (3.0, 3.0, 3.0, 3.0)]
    assert other.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M30, 0, 10) is None
    assert other.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_H4, 0, 10).tolist() == [(MONDAY, 1, 3, 0.5, 3, 1, 0, 0)]


@pytest.mark.parametrize(("mask", "found"), [("*", 1), ("EUR*", 1), ("*USD", 1), ("*,!*EUR*", 0), ("GBP*,EURUSD", 1)])
def test_groups_are_masks_from_left_to_right(terminal, mask, found):
    """As the documentation of symbols_get has them."""
    terminal.order_send(BUY)
    assert len(terminal.positions_get(group=mask)) == len(terminal.symbols_get(mask)) == found


def test_after_the_end_the_market_is_closed(terminal):
    """10018 for everything."""
    terminal.order_send(BUY)
    terminal.end()
    assert [terminal.order_send(r).retcode for r in (BUY, LIMIT)] == [10018, 10018]
