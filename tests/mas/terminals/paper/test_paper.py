"""The account on paper: what it does to orders, what it remembers, and how its clock moves."""

from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy.exc

from mas import constants as mt5
from mas.errors import ConnectionLost, DataError, ParameterError
from mas.terminals.connection import Connection
from mas.terminals.link import Login
from mas.terminals.paper import PaperTerminal
from mas.terminals.simulated.terms import AccountTerms, Commission
from mas.terminals.troubles import OutcomeUnknown
from tests.mas.scenarios import MONDAY, flat, market

HOUR = 3600
WAVES = [(1.1, 1.102, 1.098, 1.1 + (n % 3 - 1) / 1000) for n in range(12)]
BUY = {
    "action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1, "type": mt5.ORDER_TYPE_BUY,
    "type_filling": mt5.ORDER_FILLING_FOK, "magic": 7, "comment": "one",
}  # fmt: skip


@pytest.fixture
def paper(tmp_path):
    """Opens an account over bars, as often as the test likes."""
    opened = []

    def opening(bars=None, **settings):
        settings.setdefault("file", tmp_path / "account.sqlite")
        terminal = PaperTerminal(market(WAVES) if bars is None else bars, **settings)
        assert terminal.initialize()
        opened.append(terminal)
        return terminal

    yield opening
    for terminal in opened:
        terminal.close()


def books(terminal):
    """Everything that the account shows."""
    return (
        terminal.account_info(), terminal.positions_get(), terminal.orders_get(),
        terminal.history_orders_get(0, 2**31), terminal.history_deals_get(0, 2**31),
    )  # fmt: skip


def test_the_clock_moves_by_advance_alone_and_orders_fill_at_the_first_tick_of_the_bar(paper):
    terminal = paper(market(WAVES, spread=np.full(12, 10.0)))
    assert terminal.advance()
    assert terminal.advance()
    assert (terminal.time, terminal.steps) == (MONDAY + HOUR, True)
    answer = terminal.order_send(BUY)
    assert (answer.retcode, answer.price) == (mt5.TRADE_RETCODE_DONE, 1.1001)
    assert len(terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_H1, 0, 10)) == 2


def test_levels_are_reached_in_the_bar_that_opens_with_the_order(paper):
    terminal = paper()
    terminal.advance()
    assert terminal.order_send({**BUY, "sl": 1.0985}).retcode == mt5.TRADE_RETCODE_DONE
    assert len(terminal.positions_get()) == 1
    terminal.advance()
    assert terminal.positions_get() == ()
    assert [deal.comment for deal in terminal.history_deals_get(0, 2**31)] == ["", "one", "sl 1.0985"]


def test_a_bar_stops_where_something_happens_so_that_one_can_act_there(paper):
    rows = [*flat(1.1), (1.1, 1.1, 1.09, 1.095), *flat(1.095, 3)]
    first = paper(market(rows))
    first.advance()
    pending = {**BUY, "action": mt5.TRADE_ACTION_PENDING, "type": mt5.ORDER_TYPE_BUY_LIMIT}
    for price in (1.098, 1.094):
        assert first.order_send({**pending, "price": price}).retcode == mt5.TRADE_RETCODE_DONE
    first.advance()
    first.advance()
    assert (len(first.positions_get()), len(first.orders_get()), first.time) == (1, 1, MONDAY + HOUR)
    (other,) = first.orders_get()
    first.order_send({"action": mt5.TRADE_ACTION_REMOVE, "order": other.ticket})
    before = books(first)
    first.close()
    again = paper(market(rows))
    assert books(again) == before
    again.advance()
    assert (len(again.positions_get()), again.time) == (1, MONDAY + 2 * HOUR)


def test_the_terms_of_the_account_are_those_of_a_backtest(paper):
    terms = AccountTerms(netting=True, swaps=True, commission=Commission(3.0))
    terminal = paper(deposit=5_000.0, leverage=30, account=terms)
    terminal.advance()
    terminal.order_send(BUY)
    terminal.order_send(BUY)
    (position,) = terminal.positions_get()
    info = terminal.account_info()
    assert position.volume == 0.2
    assert (info.balance, info.leverage) == (4_999.4, 30)
    assert info.margin_mode == mt5.ACCOUNT_MARGIN_MODE_RETAIL_NETTING
    for _ in range(3):
        terminal.advance()


def test_it_ends_with_the_recording(paper):
    terminal = paper()
    assert sum(iter(terminal.advance, False)) == 13
    assert terminal.over
    assert not terminal.advance()
    assert terminal.order_send(BUY).retcode == mt5.TRADE_RETCODE_MARKET_CLOSED


def test_minutes_show_an_hour_as_it_grows_and_fill_its_stops_there(paper):
    minutes = market([(1.1, 1.1, 1.1, 1.1)] * 30 + [(1.1, 1.1, 1.095, 1.096)] + flat(1.099, 89), timeframe="M1")
    terminal = paper(minutes)
    terminal.advance()
    terminal.order_send({**BUY, "sl": 1.0975})
    terminal.play_until(MONDAY + 31 * 60)
    hour = terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_H1, 0, 5)
    assert [tuple(row)[:5] for row in hour] == [(MONDAY, 1.1, 1.1, 1.095, 1.099)]
    assert terminal.positions_get() == ()
    assert terminal.history_deals_get(0, 2**31)[-1].time == MONDAY + 30 * 60
    terminal.play_until(MONDAY + 61 * 60)
    assert list(terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_H1, 0, 5)["time"]) == [MONDAY, MONDAY + HOUR]


def test_an_account_that_is_opened_again_is_the_one_it_was(paper):
    first = paper(spread=10.0, account=AccountTerms(swaps=True))
    for step in range(8):
        first.advance()
        if step % 2:
            first.order_send({**BUY, "sl": 1.0985 if step == 3 else 0.0})
    waiting = first.order_send({**BUY, "action": mt5.TRADE_ACTION_PENDING, "type": mt5.ORDER_TYPE_BUY_LIMIT,
                                "price": 1.09, "type_filling": mt5.ORDER_FILLING_RETURN})  # fmt: skip
    first.order_send({"action": mt5.TRADE_ACTION_REMOVE, "order": waiting.order})
    first.advance()
    before, moment = books(first), first.time
    first.close()
    again = paper(spread=10.0, account=AccountTerms(swaps=True))
    assert (books(again), again.time) == (before, moment)
    assert again.order_send(BUY).order > waiting.order


def test_what_was_refused_is_not_remembered(paper):
    first = paper()
    first.advance()
    assert first.order_send({**BUY, "volume": 0.001}).retcode == mt5.TRADE_RETCODE_INVALID_VOLUME
    assert first.order_send({**BUY, "volume": 1}) is None
    assert first.last_error() == (mt5.RES_E_INVALID_PARAMS, 'Invalid "volume" argument')
    first.close()
    assert paper().history_orders_get(0, 2**31) == ()


def test_an_account_of_other_bars_or_other_terms_is_refused(paper):
    paper(spread=10.0).close()
    with pytest.raises(DataError, match=r"was opened with spread 10\.0, not 12\.0"):
        paper(spread=12.0)
    with pytest.raises(DataError, match="was opened with EURUSD H1 bars 12 from"):
        paper(market(WAVES[:-1]), spread=10.0)


def test_a_file_that_is_no_account_is_left_alone(paper, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("buy low, sell high " * 100)
    with pytest.raises(Exception, match="no SQLite file"):
        paper(file=file)
    assert file.read_text().startswith("buy low")


def test_another_account_number_is_refused(paper):
    terminal = paper()
    assert not terminal.initialize(login=5)
    assert terminal.last_error()[0] == mt5.RES_E_AUTH_FAILED


def test_functions_that_the_terminal_does_not_have_are_no_attributes(paper):
    terminal = paper()
    assert terminal.TRADE_ACTION_DEAL == mt5.TRADE_ACTION_DEAL
    for name in ("play", "open_bar", "Buy", "market", "nonsense"):
        with pytest.raises(AttributeError, match=name):
            getattr(terminal, name)


def test_a_connection_wraps_it(paper):
    terminal = paper()
    connection = Connection(lambda: terminal, Login(1_000_001), waits=(0.0,), lookup_waits=(0.0,))
    connection.connect()
    terminal.advance()
    assert connection.troubles() == ()
    answer = connection.order_send(BUY)
    assert connection.positions_get(symbol="EURUSD")[0].ticket == answer.order


# ------------------------------------------------------------- the wall clock


class Wall:
    """A wall clock that goes when somebody sleeps."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_with_a_speed_the_clock_follows_the_wall_clock_and_skips_what_has_no_bars(paper):
    rows = flat(1.1, 6)
    times = MONDAY + HOUR * np.array([0, 1, 2, 60, 61, 62], dtype=np.int64)
    wall = Wall()
    terminal = paper(market(rows, time=times), speed=360.0, clock=wall, sleep=wall.sleep)
    shown = []
    for _ in range(12):
        shown.append((terminal.symbol_info_tick("EURUSD").time - MONDAY) // HOUR)
        terminal.wait(5.0)
    assert shown == [0, 0, 1, 1, 2, 2, 60, 60, 61, 61, 62, 62]
    wall.now += 1_000.0
    assert terminal.account_info() is not None
    assert terminal.over


def test_the_clock_stands_still_while_the_account_is_closed(paper):
    wall = Wall()
    first = paper(speed=3600.0, clock=wall, sleep=wall.sleep)
    first.wait(1.0)
    first.wait(1.0)
    before = first.time
    first.close()
    wall.now += 500.0
    again = paper(speed=3600.0, clock=wall, sleep=wall.sleep)
    assert again.symbol_info_tick("EURUSD").time == before
    again.wait(1.0)
    assert again.time == before + HOUR


def test_a_clock_that_is_held_stands_still_until_somebody_waits(paper):
    wall = Wall()
    first = paper(speed=3600.0, clock=wall, sleep=wall.sleep)
    first.hold()
    wall.now += 500.0
    assert first.account_info() is not None
    assert first.time == MONDAY
    assert not len(first.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_H1, 0, 1))
    shown = []
    for _ in range(3):
        first.wait(0.5)
        shown.append((first.time - MONDAY) // HOUR)
    assert shown == [0, 0, 1]
    first.close()
    again = paper(speed=3600.0, clock=wall, sleep=wall.sleep)
    again.hold()
    wall.now += 500.0
    assert again.symbol_info_tick("EURUSD").time == MONDAY + HOUR
    again.wait(1.0)
    assert again.time == MONDAY + 2 * HOUR


def test_a_speed_that_is_none_is_refused(paper):
    with pytest.raises(ParameterError, match="speed"):
        paper(speed=0.0)


def test_it_can_be_played_to_where_others_have_seen_it(paper):
    terminal = paper()
    terminal.play_until(MONDAY + 5 * HOUR + 10)
    assert terminal.time == MONDAY + 5 * HOUR


# ------------------------------------------------------------- several symbols


def test_several_symbols_trade_on_one_account(paper):
    euro, pound = market(WAVES), market([(1.3, 1.301, 1.295, 1.3)] * 12, symbol="GBPUSD")
    first = paper([euro, pound])
    first.advance()
    first.order_send(BUY)
    answer = first.order_send({**BUY, "symbol": "GBPUSD", "sl": 1.297})
    assert answer.price == 1.3
    assert {p.symbol for p in first.positions_get()} == {"EURUSD", "GBPUSD"}
    first.advance()
    assert [p.symbol for p in first.positions_get()] == ["EURUSD"]
    before = books(first)
    first.close()
    assert books(paper([euro, pound])) == before


def test_bars_that_do_not_go_together_are_refused(paper):
    with pytest.raises(DataError, match="one timeframe"):
        paper([market(WAVES), market(WAVES, symbol="GBPUSD", timeframe="M5")])
    shifted = market(WAVES, symbol="GBPUSD", time=MONDAY + 1800 + HOUR * np.arange(12, dtype=np.int64))
    with pytest.raises(DataError, match="opens inside one of"):
        paper([market(WAVES), shifted])
    with pytest.raises(ParameterError, match="once only"):
        paper([market(WAVES), market(WAVES)])


# ------------------------------------------------------------- the disk


def broken(monkeypatch, terminal, code, when="before"):
    """Let the next write of a request fail, before or after it has reached the file."""
    keep = terminal._file.keep

    def failing(moment, request):
        monkeypatch.undo()
        if when == "after":
            keep(moment, request)
        error = __import__("sqlite3").OperationalError("disk")
        error.sqlite_errorcode = code
        with terminal._file._file._told("written"):
            raise sqlalchemy.exc.OperationalError("INSERT", {}, error)

    monkeypatch.setattr(terminal._file, "keep", failing)


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_a_request_that_could_not_be_written_has_no_answer_until_the_file_says_what_became_of_it(
    paper, monkeypatch, when, orders
):
    terminal = paper()
    terminal.advance()
    broken(monkeypatch, terminal, 13, when)
    assert terminal.order_send(BUY) is None
    assert terminal.last_error()[0] == mt5.RES_E_INTERNAL_FAIL_RECEIVE
    assert terminal.positions_get() is None
    assert terminal.last_error()[0] == mt5.RES_E_INTERNAL_FAIL_CONNECT
    assert terminal.initialize()
    assert len(terminal.positions_get()) == orders


def test_a_connection_looks_such_a_request_up(paper, monkeypatch):
    terminal = paper()
    connection = Connection(lambda: terminal, waits=(0.0,), lookup_waits=(0.0,))
    connection.connect()
    terminal.advance()
    broken(monkeypatch, terminal, 13, "after")
    assert connection.order_send(BUY).comment == "found after a lost answer"
    broken(monkeypatch, terminal, 13)
    with pytest.raises(OutcomeUnknown) as told:
        connection.order_send({**BUY, "volume": 0.2})
    assert isinstance(told.value, ConnectionLost)
    assert len(terminal.positions_get()) == 1


def test_two_processes_cannot_trade_on_one_account(paper):
    first, second = paper(), paper()
    first.advance()
    second.advance()
    assert first.order_send(BUY) is not None
    assert second.order_send(BUY) is None
    assert second.initialize()
    assert len(second.positions_get()) == 1
