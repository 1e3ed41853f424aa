"""What must hold under guards whatever a strategy does: no limit is passed, and how bars are visited is no matter."""

from __future__ import annotations

import logging
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mas.backtest import replay_on, run_backtest
from mas.bars import Bars
from mas.indicators import sma
from mas.results import Backtest
from mas.series import crosses_above
from mas.terminals.guarded.events import RELEASED
from mas.terminals.guarded.overseer import Overseer
from mas.terminals.guarded.reading import rules_of
from mas.terminals.guarded.rules import Rules
from mas.terminals.guarded.week import day_of
from mas.terminals.simulated import SimulatedTerminal
from mas.terminals.simulated.terms import AccountTerms
from tests.lengths import examples
from tests.market import random_bars
from tests.mas.terminals.simulated.test_invariants import Netted, Trader
from tests.mas.test_invariants import Erratic, walk


@pytest.fixture(autouse=True, scope="module")
def quiet():
    """Thousands of refusals are logged here; other tests read what is logged."""
    log = logging.getLogger("mas")
    before = log.level
    log.setLevel(logging.ERROR)
    yield
    log.setLevel(before)


QUIET = settings(deadline=None, max_examples=examples(8, 25), suppress_health_check=list(HealthCheck))
SEEDS = st.integers(0, 10_000)
ACCOUNTS = (AccountTerms(), AccountTerms(netting=True))


def rules(**tables: Any) -> Rules:
    return rules_of(tables, "test")


class Reckless(Trader):
    """Sends a lot, in sizes that hurt."""

    def lots(self) -> float:
        return self.random.choice((0.5, 1.0, 2.0, 5.0))

    def state(self) -> tuple[Any, ...]:
        """A refusal may be followed by what the guard does besides."""
        return ()


def overseen(
    bars: Bars, given_rules: Rules, account: AccountTerms, deposit: float, **terms: Any
) -> SimulatedTerminal:  # fmt: skip
    terminal = SimulatedTerminal(bars, deposit=deposit, account=account, leverage=500, **terms)
    terminal.initialize()
    Overseer(given_rules, terminal).take_in(terminal, terminal)
    return terminal


class Mark:
    """The floor of a daily loss and of two drawdowns, kept by hand."""

    def __init__(self, deposit: float, loss: float, drawdown: float) -> None:
        self.deposit, self.loss, self.drawdown, self.day, self.start = deposit, loss, drawdown, -1, deposit

    def morning(self, terminal: SimulatedTerminal) -> None:
        day = day_of(terminal.market.time, 0)
        if day != self.day:
            self.day, self.start = day, round(terminal.book.equity(), 2)

    @property
    def floor(self) -> float:
        return max(self.start - self.loss, self.deposit - self.drawdown)


@QUIET
@given(SEEDS, st.sampled_from(ACCOUNTS), st.sampled_from((0.0, 12.0)), st.sampled_from((300.0, 1234.56)))
def test_no_loss_limit_is_passed_by_a_cent(seed: int, account: AccountTerms, spread: float, loss: float) -> None:
    """Prices move without gaps and nothing slips: then the equity never lies below the floor, whatever a bar does."""
    bars = random_bars(150, seed, spread=None)
    given_rules = rules(daily_loss={"amount": loss, "start": "equity"}, drawdown={"amount": 2000.0})
    terminal = overseen(bars, given_rules, account, 20_000.0, spread=spread)
    trader, mark, book = Reckless(terminal, seed), Mark(20_000.0, loss, 2000.0), terminal.book
    for bar in range(len(bars)):
        terminal.open_bar(bar)
        mark.morning(terminal)
        for _ in range(2):
            trader.act()
        if terminal.next_touch(bar, bar + 1) == bar:
            terminal.play(bar)
        assert book.balance >= mark.floor - 0.005 or book.positions
        for price in (bars.low.values[bar], bars.high.values[bar]):
            gap = terminal.market.asks.open[bar] - terminal.market.bids.open[bar]
            worth = book.balance + sum(
                p.market.money.profit(p.side, p.volume, p.entry, price + (gap if p.side < 0 else 0.0))
                for p in book.positions.values()
            )
            assert worth >= mark.floor - 0.005


@QUIET
@given(SEEDS, st.sampled_from(ACCOUNTS))
def test_lots_positions_and_orders_stay_below_their_limits(seed: int, account: AccountTerms) -> None:
    """Counted after every request and every bar, whatever has filled."""
    bars = walk(seed)
    given_rules = rules(lots={"per_order": 2.0, "total": 6.0}, positions={"total": 4}, rate={"per_minute": 3})
    terminal = overseen(bars, given_rules, account, 1e6)
    trader, book = Reckless(terminal, seed), terminal.book
    for bar in range(len(bars)):
        terminal.open_bar(bar)
        for _ in range(6):
            trader.act()
            assert sum(p.volume for p in book.positions.values()) <= 6.0 + 1e-9
            assert len(book.positions) <= 4
        if terminal.next_touch(bar, bar + 1) == bar:
            terminal.play(bar)
        assert sum(p.volume for p in book.positions.values()) <= 6.0 + 1e-9
        assert len(book.positions) <= 4


@QUIET
@given(SEEDS, st.sampled_from(ACCOUNTS))
def test_a_position_can_always_be_closed(seed: int, account: AccountTerms) -> None:
    """Under rules that forbid everything: closing, reducing and removing go through, and nothing else adds a lot."""
    bars = walk(seed)
    strict = rules(
        symbols={"allowed": ["XAUUSD"]}, rate={"per_day": 1}, spread={"points": 0.1}, margin={"min_level": 1e9}
    )
    free = SimulatedTerminal(bars, deposit=1e6, account=account)
    free.initialize()
    chance = random.Random(seed)
    for bar in range(20):
        free.open_bar(bar)
        for _ in range(3):
            Reckless(free, chance.randrange(10**6)).act()
        free.play(bar)
    Overseer(strict, free).take_in(free, free)
    free.open_bar(20)
    for order in list(free.book.orders.values()):
        assert free.order_send({"action": 8, "order": order.ticket}).retcode == 10009  # type: ignore[union-attr]
    for position in list(free.book.positions.values()):
        request = {
            "action": 1, "symbol": "EURUSD", "type": 1 if position.side > 0 else 0, "position": position.ticket,
            "volume": position.volume,
        }  # fmt: skip
        half = {**request, "volume": round(position.volume / 2, 2)}
        for asked in (half, {**request, "volume": round(position.volume - half["volume"], 2)}):
            assert free.order_send(asked).retcode == 10009  # type: ignore[union-attr]
    assert free.book.positions == {}
    answer = free.order_send({"action": 1, "symbol": "EURUSD", "type": 0, "volume": 0.1})
    assert answer is not None
    assert (answer.retcode, answer.comment) == (10017, "guard symbols")


RULES = (
    rules(daily_loss={"percent": 3}),
    rules(daily_loss={"percent": 2, "percent_of": "start", "start": "higher", "halt": "day"}, account={"reserve": 7.0}),
    rules(drawdown={"percent": 4, "kind": "trailing", "halt": "day"}),
    rules(drawdown={"amount": 300, "kind": "locking", "peak_at": "day", "halt": "day"}, lots={"total": 2.0}),
    rules(daily_loss={"percent": 2, "measure": "balance", "action": "refuse"}, margin={"flatten_level": 900.0}),
    rules(hours={"trade": {"mon": ["02:00-20:00"], "tue": ["00:00-13:30"]}, "outside": "flatten"}),
    rules(weekend={"flat_from": "tue 10:00", "until": "wed 07:00"}, daily_loss=[{"percent": 1, "risk": True}]),
)  # fmt: skip


def decisions(result: Backtest) -> tuple[Any, ...]:
    return result.trades, [act for act in result.guards if act.action != RELEASED], result.refused


@settings(deadline=None, max_examples=examples(15, 60), suppress_health_check=list(HealthCheck))
@given(SEEDS, st.sampled_from(RULES), st.sampled_from(ACCOUNTS))
def test_it_is_the_same_whether_bars_are_skipped_or_stepped(
    seed: int, given_rules: Rules, account: AccountTerms
) -> None:
    """Only bars that matter are visited; visiting all of them, one by one, changes no trade and no act of a guard."""
    bars = walk(seed)
    kind = Netted if account.netting else Erratic
    first = run_backtest(kind(seed), bars, guards=given_rules, account=account, band=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimulatedTerminal, "next_touch", lambda self, start, stop: min(start, stop))
        second = run_backtest(kind(seed), bars, guards=given_rules, account=account, band=False)
    assert decisions(first) == decisions(second)


class Seldom(Erratic):
    """Looks at few bars, so that the others are skipped."""

    def signals(self, bars: Bars) -> dict[str, Any]:
        return {"enter_long": crosses_above(bars.close, sma(bars.close, 5))}


@settings(deadline=None, max_examples=examples(15, 60), suppress_health_check=list(HealthCheck))
@given(SEEDS, st.sampled_from(RULES))
def test_skipped_bars_hide_nothing(seed: int, given_rules: Rules) -> None:
    bars = walk(seed, 300)
    first = run_backtest(Seldom(seed), bars, guards=given_rules, band=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimulatedTerminal, "next_touch", lambda self, start, stop: min(start, stop))
        second = run_backtest(Seldom(seed), bars, guards=given_rules, band=False)
    assert decisions(first) == decisions(second)


@QUIET
@given(SEEDS, st.integers(20, 110), st.sampled_from(RULES))
def test_the_future_changes_nothing_that_a_guard_did(seed: int, cut: int, given_rules: Rules) -> None:
    bars = walk(seed)
    whole, part = (run_backtest(Erratic(seed), b, guards=given_rules, band=False) for b in (bars, bars[:cut]))
    end = int(bars.time[cut - 1])
    assert [a for a in part.guards if a.time < end] == [a for a in whole.guards if a.time < end]


def test_without_rules_nothing_is_different() -> None:
    """Guards that forbid nothing change no trade."""
    bars = walk(5, 600)
    free, watched = (run_backtest(Erratic(5), bars, guards=g, band=False) for g in (None, rules()))
    assert (free.trades, free.refused) == (watched.trades, watched.refused)
    assert watched.guards == ()
    again = replay_on(Erratic(5), bars, guards=replace(rules(), source="other")).result()
    assert again.trades == free.trades
