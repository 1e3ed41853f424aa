"""What must hold whatever a strategy does: money adds up, nothing is lost, and the future changes nothing."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mas import constants as mt5
from mas.answers import order_id_of
from mas.backtest import replay_on, run_backtest
from mas.bars import Bars
from mas.client import MAS
from mas.replay import Replay
from mas.results import ClosedTrade
from tests.lengths import examples
from tests.mas.scenarios import market

ORDERS = ("buy", "sell", "buy_limit", "sell_limit", "buy_stop", "sell_stop", "buy_stop_limit", "sell_stop_limit")
QUIET = settings(deadline=None, max_examples=examples(12, 40), suppress_health_check=list(HealthCheck))


def walk(seed: int, count: int = 120, symbol: str = "EURUSD") -> Bars:
    """A nervous random walk with gaps and a spread that changes."""
    generator = np.random.default_rng(seed)
    scale = 150.0 if symbol == "USDJPY" else 1.1
    closes = scale + scale * 0.002 * np.cumsum(generator.normal(size=count))
    opens = np.concatenate([[scale], closes[:-1]]) + scale * 0.002 * (generator.random(count) < 0.1)
    highs = np.maximum(opens, closes) + scale * 0.001 * generator.random(count)
    lows = np.minimum(opens, closes) - scale * 0.001 * generator.random(count)
    digits = 3 if symbol == "USDJPY" else 5
    rows = [tuple(row) for row in np.round(np.array([opens, highs, lows, closes]).T, digits)]
    return market(rows, symbol=symbol, spread=generator.integers(0, 30, count).astype(float))


class Erratic(MAS):
    """Sends whatever comes to its mind: sound orders, wrong ones, changes, closings, plans."""

    def __init__(self, seed: int, calls: int = 3) -> None:
        super().__init__()
        self.random, self.calls, self.known = random.Random(seed), calls, [1]

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        for _ in range(self.random.randint(0, self.calls)):
            self.random.choice((self.order, self.order, self.order, self.change, self.close, self.enter))(symbol, data)

    def order(self, symbol: str, data: dict[str, Any]) -> str:
        roll, unit = self.random.random, 0.002 * data["close"]
        price = data["close"] + self.random.gauss(0, 2) * unit
        params = {
            "symbol": symbol, "order_type": self.random.choice(ORDERS), "price": price,
            "volume": self.random.choice((0.1, 0.25, 2, 0, 9e9)), "stoplimit": price + self.random.gauss(0, 1) * unit,
        }  # fmt: skip
        for level in ("sl", "tp"):
            if roll() < 0.5:
                params[level] = data["close"] + self.random.gauss(0, 3) * unit
        answer = self.send_order(params)
        if answer:
            self.known.append(int(answer[2:]))
            if roll() < 0.5:
                self.plan(answer, unit)
        return answer

    def plan(self, order_id: str, unit: float) -> None:
        roll = self.random.random
        self.manage(
            order_id,
            trail=unit * roll() * 3 if roll() < 0.5 else None,
            trail_after=unit * roll() if roll() < 0.3 else None,
            break_even_after=unit * roll() if roll() < 0.3 else None,
            close_after=self.random.randint(1, 9) if roll() < 0.3 else None,
            close_at=((600, None, ()),) if roll() < 0.2 else (),
            valid_bars=self.random.randint(1, 9) if roll() < 0.3 else None,
            group=self.random.randint(1, 3) if roll() < 0.3 else None,
            replaces=self.random.choice((None, "a", "b")),
            reverses=roll() < 0.3,
        )

    def enter(self, symbol: str, data: dict[str, Any]) -> None:
        pending, long = self.random.random() < 0.5, self.random.random() < 0.5
        if self.entry_side(symbol, long=long, short=not long, pyramid=2, trades_per_day=9, pending=pending):
            self.order(symbol, data)

    def change(self, symbol: str, data: dict[str, Any]) -> None:
        known, price = order_id_of(self.random.choice(self.known)), data["close"] * self.random.gauss(1, 0.01)
        self.random.choice((
            lambda: self.modify_order({"order_id": known, "price": price}),
            lambda: self.cancel_order({"order_id": known}),
            lambda: self.modify_position_sltp({"position_id": known, "sl": price}),
        ))()  # fmt: skip

    def close(self, symbol: str, data: dict[str, Any]) -> None:
        params = {"symbol": symbol, "volume": self.random.choice((0.05, 0.1, 3))}
        kind = self.random.choice(("buy", "sell"))
        self.send_order({**params, "order_type": kind, "order_id": self.random.choice(self.known)})


SEEDS = st.integers(0, 10_000)


@QUIET
@given(SEEDS, st.sampled_from(("EURUSD", "USDJPY")), st.sampled_from((0.0, 3.5)))
def test_money_adds_up(seed: int, symbol: str, commission: float) -> None:
    """Balance is the deposit and all deals; the trades are all that the deals say; equity is marked at every close."""
    bars = walk(seed, symbol=symbol)
    replay = replay_on(Erratic(seed), bars, commission=commission)
    result, book = replay.result(), replay.terminal.book
    deals = sum(deal.profit + deal.commission for deal in book.deals)
    assert book.balance == pytest.approx(deals, abs=1e-6)
    assert (
        result.balance[-1] == result.equity[-1] == pytest.approx(10_000 + sum(t.net for t in result.trades), abs=1e-6)
    )
    assert (book.positions, book.orders) == ({}, {})
    np.testing.assert_allclose(result.equity, equity_by_hand(replay, result.trades), atol=1e-6)


def equity_by_hand(replay: Replay, trades: tuple[ClosedTrade, ...]) -> list[float]:
    """Balance after the deals up to each bar, and every open trade marked at that bar's close."""
    bars, market_ = replay.bars, replay.market
    curve = []
    for i, time in enumerate(bars.time):
        worth = sum(d.profit + d.commission for d in replay.terminal.book.deals if d.time <= time)
        for trade in trades:
            if trade.entry_bar <= i < trade.exit_bar:
                close = float(bars.close.values[i] + (market_.spread.prices[i] if trade.side == "short" else 0.0))
                profit = trade.direction * (close - trade.entry_price) * 100_000 * trade.volume
                worth += profit / close if bars.symbol == "USDJPY" else profit
        curve.append(worth)
    return curve


@QUIET
@given(SEEDS)
def test_every_order_ends_once_and_every_fill_lies_in_its_bar(seed: int) -> None:
    """No ticket is lost or used twice; entries and exits are prices that their bars had, in time order."""
    replay = replay_on(Erratic(seed), walk(seed))
    book, bids, asks = replay.terminal.book, replay.market.bids, replay.market.asks
    tickets = [order.ticket for order in book.history]
    assert sorted(tickets) == list(range(1, len(tickets) + 1))
    assert {o.state for o in book.history} <= {
        mt5.ORDER_STATE_FILLED, mt5.ORDER_STATE_CANCELED, mt5.ORDER_STATE_REJECTED, mt5.ORDER_STATE_EXPIRED
    }  # fmt: skip
    volumes: dict[int, float] = {}
    for deal in book.deals[1:]:
        sign = 1 if deal.entry == mt5.DEAL_ENTRY_IN else -1
        volumes[deal.position_id] = round(volumes.get(deal.position_id, 0.0) + sign * deal.volume, 8)
        assert volumes[deal.position_id] >= 0
    assert set(volumes.values()) <= {0.0}
    assert [d.time for d in book.deals] == sorted(d.time for d in book.deals)
    for _, trade in book.closed:
        for bar, price, buying in (
            (trade.entry_bar, trade.entry_price, trade.side == "long"),
            (trade.exit_bar, trade.exit_price, trade.side == "short"),
        ):
            side = asks if buying else bids
            assert side.low[bar] - 1e-9 <= price <= side.high[bar] + 1e-9
        assert trade.entry_bar <= trade.exit_bar


@QUIET
@given(SEEDS, st.integers(20, 110))
def test_the_future_changes_no_past_trade(seed: int, cut: int) -> None:
    """What closed before the cut is the same, to the last digit, on data that ends there."""
    bars = walk(seed)
    whole, part = (run_backtest(Erratic(seed), b) for b in (bars, bars[:cut]))
    before = [t for t in part.trades if t.exit_bar < cut - 1]
    assert before == [t for t in whole.trades if t.exit_bar < cut - 1]
    np.testing.assert_array_equal(part.balance[: cut - 1], whole.balance[: cut - 1])


@QUIET
@given(SEEDS)
def test_the_same_run_gives_the_same_result(seed: int) -> None:
    """Nothing depends on time, hashing or what ran before."""
    first, second = (run_backtest(Erratic(seed), walk(seed)) for _ in range(2))
    assert (first.trades, first.refused, first.unfilled) == (second.trades, second.refused, second.unfilled)


@QUIET
@given(SEEDS, st.integers(1, 40))
def test_the_search_finds_every_bar_that_a_plain_loop_finds(seed: int, distance: int) -> None:
    """Chunked array search against looking at every bar, with levels that lie on extremes."""
    bars = walk(seed, 600)
    source = replay_on(MAS(), bars).market
    quotes, start = source.bids, seed % 300
    below, above = quotes.low[(start + distance) % 600], quotes.high[(start + 3 * distance) % 600]
    for low, high in ((below, 0.0), (0.0, above), (below, above)):
        touched = [i for i in range(start, 600) if (low and quotes.low[i] <= low) or (high and quotes.high[i] >= high)]
        assert source.first_touch(quotes, low, high, start, 600) == min(touched, default=600)
