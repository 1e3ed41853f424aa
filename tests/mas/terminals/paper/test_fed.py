"""The account on paper that a real terminal feeds: its quotes, its minutes, and an account of its own."""

from __future__ import annotations

import numpy as np
import pytest

from mas import constants as mt5
from mas.errors import DataError
from mas.terminals.connection import Connection
from mas.terminals.paper import FedTerminal
from mas.terminals.simulated.history import RATES, TICKS
from mas.terminals.simulated.terms import AccountTerms, Commission
from mas.terminals.structs import SymbolInfo, Tick
from tests.mas.scenarios import MONDAY

BUY = {
    "action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1, "type": mt5.ORDER_TYPE_BUY,
    "type_filling": mt5.ORDER_FILLING_FOK, "magic": 7, "comment": "one",
}  # fmt: skip
LIMIT = {
    **BUY, "action": mt5.TRADE_ACTION_PENDING, "type": mt5.ORDER_TYPE_BUY_LIMIT, "price": 1.098,
    "type_filling": mt5.ORDER_FILLING_RETURN,
}  # fmt: skip


class Source:
    """A broker's market, tick by tick; whatever is asked about an account is an error."""

    def __init__(self):
        self.ticks, self.minutes = [], []
        self.tick(0, 1.1)

    def tick(self, seconds, bid, spread=0.0001):
        self.ticks.append((MONDAY + seconds, bid, round(bid + spread, 6)))

    def symbol_info(self, symbol):
        return SymbolInfo(
            name=symbol, digits=5, point=0.00001, trade_tick_size=0.00001, trade_contract_size=100_000.0,
            volume_min=0.01, volume_max=100.0, volume_step=0.01, trade_mode=4, trade_exemode=2, currency_base="EUR",
            currency_profit="USD", currency_margin="EUR", filling_mode=3,
        )  # fmt: skip

    def symbol_info_tick(self, symbol):
        time, bid, ask = self.ticks[-1]
        return Tick(time=time, bid=bid, ask=ask, time_msc=time * 1000)

    def copy_ticks_from(self, symbol, since, count, flags):
        rows = [(t, b, a, 0.0, 0, t * 1000, 6, 0.0) for t, b, a in self.ticks if t >= since]
        return np.array(rows[:count], TICKS)

    def copy_rates_range(self, symbol, timeframe, first, last):
        assert timeframe == mt5.TIMEFRAME_M1
        return np.array([m for m in self.minutes if first <= m[0] <= last], RATES)


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def paper(tmp_path, source):
    opened = []

    def opening(**settings):
        if opened:
            opened[-1].close()
        opened.append(FedTerminal(source, "EURUSD", tmp_path / "fed.sqlite", interval=0.0, **settings))
        assert opened[-1].initialize()
        return opened[-1]

    yield opening
    opened[-1].close()


def books(terminal):
    return (
        terminal.account_info(), terminal.positions_get(), terminal.orders_get(),
        terminal.history_orders_get(0, 2**31), terminal.history_deals_get(0, 2**31),
    )  # fmt: skip


def test_orders_fill_at_the_newest_quote(paper, source):
    terminal = paper()
    source.tick(5, 1.1010, 0.0002)
    answer = terminal.order_send(BUY)
    assert (answer.retcode, answer.price) == (mt5.TRADE_RETCODE_DONE, 1.1012)
    assert terminal.positions_get()[0].time == MONDAY + 5
    source.tick(6, 1.1050)
    assert terminal.account_info().profit == 38.0


def test_a_stop_is_reached_by_a_tick_that_has_gone_by_between_two_looks(paper, source):
    terminal = paper()
    terminal.order_send({**BUY, "sl": 1.0985, "tp": 1.11})
    source.tick(3, 1.0984)
    source.tick(4, 1.1005)
    assert terminal.positions_get() == ()
    entry, closed = terminal.history_deals_get(0, 2**31)[1:]
    assert (entry.price, closed.price, closed.reason) == (1.1001, 1.0984, mt5.DEAL_REASON_SL)


def test_what_happened_before_the_order_does_not_touch_its_stop(paper, source):
    terminal = paper()
    source.tick(1, 1.0980)
    source.tick(2, 1.1000)
    terminal.order_send({**BUY, "sl": 1.0985})
    source.tick(3, 1.1001)
    assert len(terminal.positions_get()) == 1


def test_a_short_is_stopped_by_the_ask(paper, source):
    terminal = paper()
    terminal.order_send({**BUY, "type": mt5.ORDER_TYPE_SELL, "sl": 1.1010})
    source.tick(2, 1.1002, 0.0009)
    assert terminal.positions_get() == ()


def test_waiting_orders_fill_and_expire(paper, source):
    terminal = paper()
    terminal.order_send(LIMIT)
    ending = {**LIMIT, "price": 1.09, "type_time": mt5.ORDER_TIME_SPECIFIED, "expiration": MONDAY + 30}
    late = terminal.order_send(ending).order
    source.tick(10, 1.0978)
    assert [p.price_open for p in terminal.positions_get()] == [1.0979]
    source.tick(40, 1.0979)
    assert terminal.orders_get() == ()
    assert terminal.history_orders_get(ticket=late)[0].state == mt5.ORDER_STATE_EXPIRED


def test_the_account_is_the_same_when_it_is_opened_again_however_it_ended(paper, source):
    settings = {"account": AccountTerms(commission=Commission(2.0), swaps=True), "deposit": 5_000.0}
    first = paper(**settings)
    chance = np.random.default_rng(4)
    price = 1.1
    for step in range(1, 400):
        price = round(price + chance.normal(0, 0.0003), 5)
        source.tick(7 * step, price)
        if step % 25 == 0:
            first.order_send({**BUY, "sl": round(price - 0.0015, 5), "tp": round(price + 0.001, 5)})
        if step % 40 == 0:
            first.order_send({**LIMIT, "price": round(price - 0.001, 5)})
        first.positions_get()
    before = books(first)
    assert len(before[4]) > 20
    assert books(paper(**settings)) == before


def test_minutes_are_caught_up_with_after_a_pause(paper, source):
    first = paper()
    first.order_send({**BUY, "sl": 1.0985})
    source.tick(50, 1.1003)
    first.positions_get()
    source.minutes = [
        (MONDAY + 60, 1.1, 1.1002, 1.0999, 1.1001, 5, 12, 0), (MONDAY + 120, 1.1001, 1.1001, 1.098, 1.0982, 5, 12, 0),
        (MONDAY + 4000, 1.0982, 1.1, 1.0982, 1.1, 5, 12, 0),
    ]  # fmt: skip
    source.ticks = [(MONDAY + 4010, 1.1, 1.1001)]
    again = paper()
    assert again.positions_get() == ()
    deal = again.history_deals_get(0, 2**31)[-1]
    assert (deal.price, deal.time) == (1.0985, MONDAY + 179)


def test_it_writes_next_to_nothing_while_nothing_is_open(paper, source, tmp_path):
    terminal = paper()
    for step in range(1, 200):
        source.tick(step, 1.1)
        terminal.account_info()
    assert terminal._file._count == 1
    terminal.order_send(BUY)
    for step in range(200, 500):
        source.tick(step, 1.1)
        terminal.account_info()
    assert terminal._file._count < 10


def test_prices_are_the_sources_and_a_connection_wraps_it(paper, source):
    terminal = paper()
    assert terminal.symbol_info_tick("EURUSD").bid == 1.1
    source.symbols_get = lambda *group: (source.symbol_info("EURUSD"),)
    source.last_error = lambda: (1, "Success")
    connection = Connection(lambda: terminal, waits=(0.0,), lookup_waits=(0.0,))
    connection.connect()
    assert connection.order_send(BUY).retcode == mt5.TRADE_RETCODE_DONE
    with pytest.raises(AttributeError):
        _ = terminal.play


def test_other_terms_are_refused(paper):
    paper(deposit=5_000.0)
    with pytest.raises(DataError, match=r"was opened for EURUSD with deposit 5000\.0"):
        paper(deposit=6_000.0)
