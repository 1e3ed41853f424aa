"""Several symbols on one clock and one account: what must hold whatever happens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mas
from mas.backtest import replay_on
from mas.bars import Bars
from mas.client import MAS
from mas.replay import Replay
from mas.results import ClosedTrade
from mas.terminals.simulated.terms import AccountTerms
from tests.mas.portfolios import EUR, GBP, GOLD, QUIET, Reading, order, rising, row, run, without
from tests.mas.scenarios import flat, market
from tests.mas.test_invariants import Erratic, walk


class Independent(Erratic):
    """One erratic trader for each symbol, none of which knows of the other."""

    symbols = (EUR, "USDJPY")

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.traders = {symbol: Lone(seed + i) for i, symbol in enumerate(self.symbols)}
        for trader in self.traders.values():
            trader.client = self

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        self.traders[symbol].receive_bars(symbol, data, is_end)


class Lone(Erratic):
    """Sends its orders through another client, if it has one; names of orders are its own."""

    symbols = ()

    def __init__(self, seed: int) -> None:
        super().__init__(seed, calls=2)
        self.client: MAS | None = None
        self.names: dict[int, str] = {}

    def _through(self, name: str, *args: Any, **keys: Any) -> Any:
        return getattr(self.client, name)(*args, **keys) if self.client else getattr(MAS, name)(self, *args, **keys)

    def send_order(self, params: dict[str, Any]) -> Any:
        if isinstance(params.get("order_id"), int):  # one of its own names, not what the library asks for
            params = {**params, "order_id": self._named(f"BT{params['order_id']}")}
        params["volume"] = min(params["volume"], 2.0)
        answer = self._through("send_order", params)
        if not answer:
            return answer
        self.names[len(self.names) + 1] = str(answer)
        return f"BT{len(self.names)}"

    def _named(self, order_id: str) -> str:
        return self.names.get(int(order_id[2:]), "BT999999")

    def manage(self, order_id: str, **plan: Any) -> None:
        self._through("manage", self._named(order_id), **plan)

    def entry_side(self, *args: Any, **keys: Any) -> Any:
        keys["trades_per_day"] = None  # that limit is the strategy's, not the symbol's
        return self._through("entry_side", *args, **keys)

    def close_trade(self, trade: Any, reason: str = "signal") -> Any:
        return self._through("close_trade", trade, reason)

    def modify_order(self, params: dict[str, Any]) -> Any:
        return self._through("modify_order", {**params, "order_id": self._named(params["order_id"])})

    def cancel_order(self, params: dict[str, Any]) -> Any:
        return self._through("cancel_order", {"order_id": self._named(params["order_id"])})

    def modify_position_sltp(self, params: dict[str, Any]) -> Any:
        return self._through("modify_position_sltp", {**params, "position_id": self._named(params["position_id"])})


def nervous(seed: int, symbol: str, share: float) -> Bars:
    bars = walk(seed, symbol=symbol)
    gone = np.flatnonzero(np.random.default_rng(seed + 7).random(len(bars)) > share)
    return without(bars, *(hour for hour in gone if hour > 1))


def facts(trade: ClosedTrade) -> tuple[Any, ...]:
    return (trade.symbol, trade.side, trade.volume, trade.entry_time, trade.exit_time, trade.entry_price,
            trade.exit_price, trade.profit, trade.exit_reason, trade.sl, trade.tp, trade.ambiguous)  # fmt: skip


RICH = {"deposit": 1e9}


@QUIET
@given(st.integers(0, 10_000), st.floats(0.6, 1.0))
def test_independent_symbols_trade_what_each_would_alone(seed: int, share: float) -> None:
    """Where the account never binds; with bars missing here and there."""
    bars = [nervous(seed + i, symbol, share) for i, symbol in enumerate(Independent.symbols)]
    together = replay_on(Independent(seed), bars[0], others=bars[1:], **RICH).result()
    for i, own in enumerate(bars):
        alone = replay_on(Lone(seed + i), own, **RICH).result()
        mine = [facts(t) for t in together.trades if t.symbol == own.symbol]
        assert mine == [facts(t) for t in alone.trades]


class Mixing(Erratic):
    """Trades whatever symbol comes to its mind, with an account that binds."""

    symbols = (EUR, "USDJPY")
    others = (GBP,)

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        chosen = self.random.choice((EUR, "USDJPY", GBP))
        if self.bid(chosen) > 0.0:
            super().receive_bars(chosen, {**data, "close": self.bid(chosen)}, is_end)


def mixed(seed: int, share: float) -> list[Bars]:
    names = (EUR, "USDJPY", GBP)
    return [
        replace(nervous(seed + i, "USDJPY" if n == "USDJPY" else EUR, share), symbol=n) for i, n in enumerate(names)
    ]


@QUIET
@given(st.integers(0, 10_000), st.floats(0.6, 1.0), st.sampled_from(("all", "worst")))
def test_money_adds_up_over_all_symbols(seed: int, share: float, stop_out: str) -> None:
    """Balance is the deposit and all deals; nothing is left open; deals are in the order of time; curves end there."""
    bars = mixed(seed, share)
    account = AccountTerms(stop_out=stop_out, swaps=True)
    replay = replay_on(Mixing(seed), bars[0], others=bars[1:], account=account, commission=3.5, leverage=30)
    result, book = replay.result(), replay.exchange.book
    assert book.balance == pytest.approx(sum(d.profit + d.commission + d.swap for d in book.deals), abs=1e-6)
    assert (
        result.balance[-1] == result.equity[-1] == pytest.approx(10_000 + sum(t.net for t in result.trades), abs=1e-6)
    )
    assert (len(book.positions), len(book.orders)) == (0, 0)
    times = [d.time for d in book.deals if d.comment != "end_of_data"]  # a symbol ends when another one's bar opens
    assert times == sorted(times)
    tickets = [order.ticket for order in book.history]
    assert sorted(tickets) == list(range(1, len(tickets) + 1))
    for trade in result.trades:
        assert (result.bars.time[trade.entry_bar], result.bars.time[trade.exit_bar]) == (
            trade.entry_time,
            trade.exit_time,
        )


@QUIET
@given(st.integers(0, 10_000), st.integers(20, 110))
def test_the_future_changes_no_past_trade(seed: int, hour: int) -> None:
    """What closed before all data is cut is the same, whatever comes."""
    bars = mixed(seed, 1.0)
    whole, part = (replay_on(Mixing(seed), one[0], others=one[1:]).result() for one in (bars, [b[:hour] for b in bars]))
    before = [t for t in part.trades if t.exit_bar < hour - 1]
    assert before == [t for t in whole.trades if t.exit_bar < hour - 1]
    np.testing.assert_allclose(part.equity[: hour - 1], whole.equity[: hour - 1], rtol=1e-12)


@QUIET
@given(st.integers(0, 10_000), st.floats(0.6, 1.0))
def test_moments_that_are_left_out_change_nothing(seed: int, share: float) -> None:
    """A strategy that is called now and then does the same if every moment is looked at."""
    bars, results = mixed(seed, share), []
    for every in (False, True):
        replay = replay_on(Seldom(seed), bars[0], others=bars[1:], leverage=30, kind=_Every if every else Replay)
        results.append(replay.result())
    assert results[0].trades == results[1].trades
    np.testing.assert_array_equal(results[0].equity, results[1].equity)


class Seldom(Mixing):
    """Woken by a signal at a tenth of its bars."""

    def signals(self, bars: Bars) -> dict[str, Any]:
        return {"enter": mas.series.Condition(np.random.default_rng(len(bars)).random(len(bars)) < 0.1)}

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        if self.signal("enter"):
            super().receive_bars(symbol, data, is_end)


class _Every(Replay):
    """Wants to see every bar."""

    def next_decision(self, bar: int) -> int:
        return bar


def test_the_band_covers_all_symbols():
    """GBPUSD has both levels in one bar: 30 more if the target came first."""
    both = market([*flat(1.3, 2), (1.3, 1.305, 1.295, 1.3), *flat(1.3, 2)], symbol=GBP)
    script = {(GBP, 0): order(GBP, sl=1.297, tp=1.303)}
    result, _ = run(script, market(flat(1.1, 5)), both)
    assert result.trades[0].exit_reason == "sl"
    assert result.band is not None
    assert (result.band.worst, result.band.best, result.band.trades_depending) == (-30.0, 30.0, 1)
    assert result.ambiguous == 1


def test_a_moment_without_a_bar_of_the_main_symbol_shows_its_last_price_and_says_so():
    result, _ = run({}, without(rising(EUR, 1.1), 3), rising(GBP, 1.3))
    assert len(result.bars) == len(result.equity) == 8
    assert result.bars.open.values[3] == result.bars.close.values[2]
    assert "EURUSD has none" in result.notes[0]


def test_what_happens_in_one_symbol_is_pushed_while_another_is_handled():
    """The fill of gold is told when EURUSD is handled next; the status of an order at once."""

    class Told(Reading):
        def __init__(self, script: Any) -> None:
            super().__init__(script)
            self.told: list[Any] = []

        def receive_order_status(self, order_id: str, status_data: dict[str, Any]) -> None:
            self.told.append(("status", order_id, len(self.called)))

        def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
            self.told.append((execution_data["symbol"], execution_data["type"], len(self.called)))

    gold = market([(1900.0, 1910.0, 1890.0, 1905.0)] * 8, symbol=GOLD)
    script = {(EUR, 1): order(GOLD, volume=1.0, tp=1909.0)}
    result, client = run(script, rising(EUR, 1.1), gold, kind=Told)
    assert client.told == [("status", "BT1", 2), (GOLD, "buy", 2), (GOLD, "sell", 2)]
    assert row(result.trades[0])[4:] == (2, 1909.0, "tp")
