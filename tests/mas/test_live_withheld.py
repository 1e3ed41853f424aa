"""Waiting orders that may not fill are not at the broker's: a live session then makes the trades of a backtest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mas
from mas import constants as mt5
from mas.backtest import replay_on
from mas.plans import Limits
from mas.results import ClosedTrade
from mas.series import Condition
from mas.trading.inputs import Command
from nl2strat.codegen.load import load
from tests.lengths import every
from tests.mas.live_play import LivePlay
from tests.mas.live_runs import go_on
from tests.mas.trading.crashing import source
from tests.mas.trading.runs import walk


class Waiting(mas):
    """Enters at the market now and then, and has limit orders wait beside that."""

    symbol, timeframe, magic, memory = "EURUSD", "H1", 77, 30
    policy: dict[str, Any] = {}  # noqa: RUF012

    def signals(self, bars: Any) -> dict[str, Any]:
        number = bars.time // 3600
        return {
            "enter_long": Condition(number % 19 == 3), "enter_short": Condition(number % 19 == 12),
            "below": Condition(number % 4 == 1), "above": Condition(number % 6 == 2),
        }  # fmt: skip

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        common = {"symbol": symbol, "volume": 0.1}
        side = self.entry_side(symbol, self.signal("enter_long"), self.signal("enter_short"), **self.policy)
        if side is not None:
            order_id = self.send_order({**common, "order_type": "buy" if side == "long" else "sell"})
            self.manage(order_id, stop_distance=0.0021, target_distance=0.0033)
        for name, way, kind in (("below", True, "buy_limit"), ("above", False, "sell_stop")):
            if self.signal(name) and self.entry_side(symbol, way, not way, pending=True, **self.policy):
                price = self.round_price(symbol, self.ask(symbol) - 0.0007)
                order_id = self.send_order({**common, "order_type": kind, "price": price})
                self.manage(
                    order_id, stop_distance=0.0018, target_distance=0.0025, replaces=name, valid_bars=6,
                    reverses=self.policy.get("reversal", True),
                )  # fmt: skip


POLICIES: dict[str, dict[str, Any]] = {
    "one at a time": {}, "no reversal": {"reversal": False}, "two a day": {"trades_per_day": 2},
    "a day's loss": {"limits": Limits(daily_loss=20.0)}, "pyramid": {"pyramid": 2},
    "volume": {"limits": Limits(volume_at_most=0.1), "hedging": True},
}  # fmt: skip


def rows(trades: list[ClosedTrade]) -> list[tuple[Any, ...]]:
    return [
        (t.side, t.volume, t.entry_time, t.entry_price, t.exit_time, t.exit_price, t.exit_reason, t.profit)
        for t in trades
        if t.exit_reason != "end_of_data"
    ]


def notes_of(live: LivePlay) -> list[str]:
    found: list[str] = []
    live.channel.note = lambda kind, **data: found.append(kind)  # type: ignore[method-assign]
    return found


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("seed", every(2, [1, 2]))
def test_it_makes_the_trades_of_the_backtest(policy: str, seed: int) -> None:
    kind = type("Policed", (Waiting,), {"policy": POLICIES[policy]})
    bars = walk(500, seed)
    expected = replay_on(kind(), bars)
    live = LivePlay(kind(), bars)
    notes: list[tuple[str, int]] = []
    live.channel.note = lambda kind, **data: notes.append((kind, live.outside.market.time))  # type: ignore[method-assign]
    live.run()
    ours, theirs = rows(live.trades()), rows(expected.trades())
    assert len(theirs) > 15
    assert "withheld" in {name for name, _ in notes}
    inside = {time for name, time in notes if name in ("placed again", "not admitted")}
    differ = set(ours) ^ set(theirs)
    if differ:  # two things in one bar: the order that the second would fill was placed again after the first
        assert min(row[2] for row in differ) in inside
    assert sum(row[6] == "limit" for row in ours) == [name for name, _ in notes].count("not admitted")


@pytest.mark.parametrize("seed", every(3, [1, 2, 3]))
def test_a_program_makes_the_trades_of_the_backtest_though_its_orders_wait_beside_positions(seed: int) -> None:
    bars, kind = walk(600, seed), load(source())
    live = LivePlay(kind(toggle=False), bars)
    notes = notes_of(live)
    live.run()
    assert rows(live.trades()) == rows(replay_on(kind(), bars).trades())
    assert len(live.trades()) > 70
    assert "withheld" in notes
    assert "not admitted" not in notes


def one_waiting(stop: int) -> tuple[LivePlay, list[str]]:
    """Long from bar 3, with a buy limit below that waits; falling from bar 8 on."""

    class Two(mas):
        symbol, timeframe, magic, memory = "EURUSD", "H1", 77, 30

        def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
            session = self._session
            assert session is not None
            if session.bar == 2 and self.entry_side(symbol, long=True, short=False, pending=True):
                self.order = self.send_order(
                    {"symbol": symbol, "order_type": "buy_limit", "volume": 0.1, "price": 1.096}
                )
                self.manage(self.order, stop_distance=0.01, replaces="below")
            if session.bar == 3 and self.entry_side(symbol, long=True, short=False):
                self.manage(self.send_order({"symbol": symbol, "order_type": "buy", "volume": 0.1}), close_after=4)

    from tests.mas.scenarios import flat, market

    rows_ = [*flat(1.1, 14), (1.1, 1.1, 1.0955, 1.097), *flat(1.097, 4)]
    live = LivePlay(Two(), market(rows_, spread=np.full(len(rows_), 10.0)))
    notes = notes_of(live)
    return live.run(stop), notes


def test_an_order_is_taken_back_and_placed_again() -> None:
    live, notes = one_waiting(5)
    assert notes == ["withheld"]
    assert not live.outside.book.orders
    (order,) = live.session.terminal.book.orders.values()
    go_on(live, 5, 12)
    assert notes == ["withheld", "placed again"]
    (there,) = live.outside.book.orders.values()
    assert there.ticket != order.ticket
    assert (there.price, there.sl, there.volume, there.magic) == (1.096, order.sl, 0.1, 77)
    assert list(live.session.terminal.book.orders) == [order.ticket]
    go_on(live, 12, 16)
    (position,) = live.session.terminal.book.positions.values()
    assert (position.ticket, position.identifier, position.entry) == (order.ticket, there.ticket, 1.096)
    assert not live.session.terminal.book.orders


def test_what_the_strategy_does_to_an_order_that_is_away() -> None:
    live, notes = one_waiting(5)
    session, strategy = live.session, live.session.strategy
    strategy._session = session
    assert strategy.modify_order({"order_id": strategy.order, "price": 1.0965})
    assert [o.price for o in session.terminal.book.orders.values()] == [1.0965]
    go_on(live, 5, 12)
    assert [o.price for o in live.outside.book.orders.values()] == [1.0965]
    strategy._session = session
    assert strategy.modify_order({"order_id": strategy.order, "price": 1.094})
    assert [o.price for o in live.outside.book.orders.values()] == [1.094]
    assert strategy.cancel_order({"order_id": strategy.order})
    assert not live.outside.book.orders
    again, notes = one_waiting(5)
    again.session.strategy._session = again.session
    assert again.session.strategy.cancel_order({"order_id": again.session.strategy.order})
    go_on(again, 5, 14)
    assert notes == ["withheld"]
    assert not again.outside.book.orders


def test_nothing_is_placed_again_while_the_run_is_paused_or_flattened() -> None:
    live, notes = one_waiting(5)
    live.take(Command("pause"))
    go_on(live, 5, 12)
    assert notes == ["withheld"]
    live.take(Command("resume"))
    go_on(live, 12, 13)
    assert notes == ["withheld", "placed again"]
    other, notes = one_waiting(5)
    other.take(Command("flatten"))
    go_on(other, 5, 14)
    assert notes == ["withheld"]
    assert not other.outside.book.orders
    assert not other.outside.book.positions


@pytest.mark.parametrize("refusals", [0, 1])
def test_what_fills_all_the_same_is_closed_and_if_that_is_refused_again(refusals: int) -> None:
    """It has filled before it could be taken back; the closing is a market order, with the filling of one."""
    live, notes = one_waiting(4)
    live.session.terminal.withheld.look = lambda *given, **more: None  # type: ignore[method-assign, assignment]
    go_on(live, 4, 5)
    real, closings = live.outside.order_send, []

    def order_send(request: dict[str, Any]) -> Any:
        if request.get("comment") == "limit":
            closings.append(request["type_filling"])
            if len(closings) <= refusals:
                return real({**request, "type_filling": 77})
        return real(request)

    live.channel.terminal = type("Refusing", (), {"order_send": staticmethod(order_send), "takes_through": False})()
    live.channel.terminal.__class__.__getattr__ = lambda self, name: getattr(live.outside, name)
    ticket = next(iter(live.outside.book.orders))
    live.outside.book.orders[ticket].price = 1.1005  # the market comes down to it at once
    live.session.terminal.book.orders[ticket].price = 1.1005
    live.outside.play(5)
    go_on(live, 6, 7)
    assert "not admitted" in notes
    assert len(closings) == 1 + refusals
    assert set(closings) == {mt5.ORDER_FILLING_FOK}
    assert [t.exit_reason for t in live.trades()] == ["limit"]
    assert len(live.outside.book.positions) == 1
