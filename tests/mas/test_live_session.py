"""A live session: the ordinary course, other people's hands, commands, subscriptions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import mas
from mas import constants as mt5
from mas.errors import MasError, ParameterError
from mas.live import LiveLoop
from mas.records import RecordError
from mas.series import Condition
from mas.terminals.connection import Connection
from mas.trading.direct import DirectChannel
from mas.trading.inputs import BarClosed, Command, Observation
from mas.trading.past import Diverged
from mas.trading.recovery import UnknownPositions
from mas.trading.session import LiveSession
from tests.mas.live_play import LivePlay
from tests.mas.live_runs import BEGIN, HOUR, Entering, close_by_hand, go_on, held, played, rising


def test_it_enters_manages_and_tells() -> None:
    live = played(stop=10)
    position = held(live)
    outside = next(iter(live.outside.book.positions.values()))
    assert (position.entry, position.opened_at) == (1.1041, BEGIN + 4 * HOUR)
    assert (position.sl, outside.sl) == (1.105, 1.105)  # trailed: at the close of bar 8 the high was 1.109
    assert live.session.strategy.executed == [(live.session.strategy.sent[0], 0.1, 1.1041)]
    assert live.session.terminal.book.balance == 10_000.0
    assert live.session.terminal.book.equity() == pytest.approx(10_000.0 + 0.1 * 100_000 * (1.109 - 1.1041))


def test_signals_come_from_the_window_and_from_the_journal() -> None:
    live = played(stop=8)
    made: list[int] = []
    live.session.strategy.signals = lambda bars: made.append(len(bars)) or {  # type: ignore[func-returns-value]
        "enter_long": Condition(np.zeros(len(bars), bool)), "close": bars.close
    }  # fmt: skip
    live.session.memory = 3
    seen = Observation(BEGIN + 9 * HOUR, 1.109, 1.1091, 10_000.0, 10_000.0, 0.0)
    bar = BarClosed(BEGIN + 8 * HOUR, 1.108, 1.109, 1.108, 1.109, 1.0, 10.0, seen)
    live.session._market.append(BEGIN + 7 * HOUR, 1.107, 1.108, 1.107, 1.108, 1.0, 10.0)
    live.session.take(bar)
    assert made == [3]
    again = replace(bar, time=BEGIN + 9 * HOUR, signals={"enter_long": False, "close": 5.0})
    live.session.take(again)
    assert made == [3]
    assert live.session.value("close") == 5.0


def test_names_that_signals_does_not_give_are_refused() -> None:
    live = played(stop=6)
    with pytest.raises(ParameterError, match='no condition "close": it gives enter_long'):
        live.session.signal("close")
    with pytest.raises(ParameterError, match='no value "enter_long": it gives close'):
        live.session.value("enter_long")


@pytest.mark.parametrize("memory", [0, True, "all", 2.5])
def test_a_memory_that_is_no_number_of_bars_is_refused(memory: Any) -> None:
    kind = type("Odd", (Entering,), {"memory": memory})
    with pytest.raises(ParameterError, match="memory must be a number of bars above 0"):
        LivePlay(kind(), rising())


# ------------------------------------------------------------------ other people's hands


def test_what_somebody_closes_by_hand_is_closed() -> None:
    live = played(stop=8)
    close_by_hand(live, 0.04)
    assert held(live).volume == 0.06
    close_by_hand(live, 0.06)
    assert not live.session.terminal.book.positions
    assert not live.session.management.held
    assert [(t.volume, t.exit_reason) for t in live.trades()] == [(0.04, "manual"), (0.06, "manual")]
    assert live.session.management.ledger.wins == 1
    live.run()


def test_a_stop_that_somebody_moves_is_the_stop() -> None:
    live = played(stop=6)
    (position,) = live.outside.book.positions.values()
    position.set_levels(1.0975, 1.2)
    live.pump()
    assert (held(live).sl, held(live).tp) == (1.0975, 1.2)
    assert live.outside.book.positions


def test_orders_under_another_magic_number_are_not_seen() -> None:
    live = played(stop=5)
    live.outside.order_send(
        action=mt5.TRADE_ACTION_DEAL, symbol="EURUSD", type=mt5.ORDER_TYPE_BUY, volume=0.5, magic=5,
        price=live.outside.market.ask, type_filling=mt5.ORDER_FILLING_IOC,
    )  # fmt: skip
    live.pump()
    assert [p.volume for p in live.session.terminal.book.positions.values()] == [0.1]
    assert len(live.outside.book.positions) == 2


def test_something_under_its_own_number_that_was_there_before_is_refused() -> None:
    live = played(stop=8)
    with pytest.raises(ParameterError, match="under the magic number 77 there is something of EURUSD already"):
        LiveSession(Entering(), DirectChannel(live.outside, "EURUSD", "H1", 77, settle=(0.0,)))
    LiveSession(Entering(), DirectChannel(live.outside, "EURUSD", "H1", 78, settle=(0.0,)))


def test_a_stop_out_closes() -> None:
    bars = rising(step=-0.02, count=30)
    strategy = Entering(order={"order_type": "buy", "volume": 0.9}, plan={})
    live = LivePlay(strategy, bars, deposit=1500.0).run()
    assert [t.exit_reason for t in live.trades()] == ["stop_out"]
    assert not live.session.management.held


def test_positions_that_close_each_other() -> None:
    live = played(Entering(at=(3,), plan={}), stop=6)
    session = live.session
    session.strategy._session = session
    other = session.strategy.send_order(
        {"symbol": "EURUSD", "order_type": "sell", "volume": 0.04, "magic": 77, "backtest_toggle": False}
    )
    first = session.strategy.sent[0]
    assert session.strategy.send_order(
        {"symbol": "EURUSD", "order_type": "buy", "volume": 0.04, "position": first, "position_by": other}
    )
    assert [(p.side, p.volume) for p in session.terminal.book.positions.values()] == [(1, 0.06)]
    assert [(h.position.side, h.position.volume) for h in session.management.held.values()] == [(1, 0.06)]


# ------------------------------------------------------------------ what goes out, and what stops it


class Closing(Entering):
    """Closes with the verb of generated code, and with the documented one, what it has opened."""

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        held = self.trades(symbol)
        if not held:
            self.send_order({"symbol": symbol, "order_type": "buy", "volume": 0.2})
        elif held[0].volume > 0.1:
            self.reduce_trade(held[0], "half", lots=0.1)
        else:
            self.close_trade(held[0])


def test_every_request_of_a_strategy_carries_its_magic_number() -> None:
    strategy = Closing(at=tuple(range(40)))
    live = LivePlay(strategy, rising()).run()
    assert len(live.trades()) > 10
    assert {deal.magic for deal in live.outside.book.deals[1:]} == {77}
    assert {order.magic for order in live.outside.book.history} == {77}
    assert {deal.reason for deal in live.session.terminal.book.deals[1:]} == {mt5.DEAL_REASON_EXPERT}


def test_a_magic_number_that_is_given_is_the_one() -> None:
    live = played(Entering(order={"order_type": "buy", "volume": 0.1, "magic": 77, "comment": "own"}), stop=6)
    assert {deal.magic for deal in live.outside.book.deals[1:]} == {77}

    class Bare(mas):
        pass

    bare = Bare()
    given: dict[str, Any] = {"symbol": "EURUSD"}
    bare._sign(given)
    assert "magic" not in given
    signed = {"magic": 5}
    Entering()._sign(signed)
    assert signed == {"magic": 5}


def test_real_orders_go_by_their_tickets() -> None:
    live = played(stop=8)
    strategy = live.session.strategy
    (position,) = live.outside.positions_get()
    assert strategy.sent == [str(position.ticket)]
    assert [order_id for order_id, *_ in strategy.executed] == strategy.sent
    strategy._session = live.session
    assert [trade.order_id for trade in strategy.trades("EURUSD")] == strategy.sent
    strategy._session = None
    close_by_hand(live, 0.1)
    assert [trade.order_id for trade in live.trades()] == strategy.sent


@pytest.mark.parametrize("error", [Diverged("other"), RecordError("disk full"), UnknownPositions({5}, 77)])
def test_a_tolerant_strategy_does_not_swallow_what_stops_a_run(error: MasError) -> None:
    live = played(Entering(at=(3, 6)), stop=4)
    live.session.strategy._tolerant = True

    def send(request: Any, comment: str) -> Any:
        raise error

    live.channel.send = send  # type: ignore[method-assign]
    with pytest.raises(type(error)):
        go_on(live, 4, 5)
    assert live.session.terminal.doubt is error
    live.channel.send = pytest.fail  # type: ignore[method-assign, assignment]
    with pytest.raises(type(error)):
        go_on(live, 5, 8)


# ------------------------------------------------------------------ commands


def test_commands() -> None:
    live = played(Entering(at=(3, 6, 12)), stop=5)
    live.take(Command("flatten", "somebody", "enough"))
    assert not live.outside.book.positions
    live.take(Command("pause"))
    go_on(live, 5, 9)
    assert not live.outside.book.positions
    assert live.session.management.ledger.held_back["paused"] == 1
    live.take(Command("resume"))
    go_on(live, 9, 15)
    assert live.outside.book.positions
    assert not live.session.stopping
    live.take(Command("stop"))
    assert live.session.stopping
    with pytest.raises(ParameterError, match="a command must be one of pause, resume, flatten, stop, not 'dance'"):
        live.take(Command("dance"))


# ------------------------------------------------------------------ as a client subscribes


def test_a_strategy_with_signals_trades_where_it_subscribes() -> None:
    outside = LivePlay(Entering(), rising()).outside
    strategy = Entering()
    strategy._connection = Connection(lambda: outside, waits=(0.0,), retry_waits=(), lookup_waits=(0.0,))
    strategy._connection.connect()
    now = [0.0]
    strategy._loop = LiveLoop(strategy._deliver, clock=lambda: now[0], start=lambda run: None)
    strategy.subscribe_bars({"symbol": "EURUSD", "timeframe": "H1", "backtest_toggle": False})
    for bar in range(10):
        outside.open_bar(bar)
        now[0] += 1.0
        strategy._loop.step()
        outside.play(bar)
    (position,) = outside.book.positions.values()
    assert (position.magic, position.entry, position.sl) == (77, 1.1041, 1.105)
    assert strategy.executed == [("1", 0.1, 1.1041)]
    strategy._ctrl_c.release()


def test_a_strategy_that_fails_ends_its_subscription() -> None:
    outside = LivePlay(Entering(), rising()).outside
    strategy = Entering(at="nothing that can be compared", plan=None)
    strategy.signals = lambda bars: {"enter_long": 1}  # type: ignore[method-assign, assignment]
    strategy._connection = Connection(lambda: outside, waits=(0.0,), retry_waits=(), lookup_waits=(0.0,))
    strategy._connection.connect()
    strategy._loop = LiveLoop(strategy._deliver, clock=lambda: 0.0, start=lambda run: None)
    strategy.subscribe_bars({"symbol": "EURUSD", "timeframe": "H1", "backtest_toggle": False})
    outside.open_bar(1)
    strategy._loop.step()
    assert strategy._loop.subscribed == ()
    strategy._ctrl_c.release()
