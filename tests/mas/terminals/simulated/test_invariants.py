"""What must hold whatever is sent: 200 random requests on random bars, hedging and netting, plain and costly terms."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mas import constants as mt5
from mas.backtest import replay_on
from mas.fills import LONG
from mas.symbols import symbol_spec
from mas.terminals.simulated import SimulatedTerminal
from mas.terminals.simulated.terms import AccountTerms, Commission, SymbolTerms
from mas.terminals.structs import TradeDeal
from tests.mas.test_invariants import Erratic, walk

ORDERS = 200
FINAL = {
    mt5.ORDER_STATE_FILLED, mt5.ORDER_STATE_CANCELED, mt5.ORDER_STATE_REJECTED, mt5.ORDER_STATE_EXPIRED
}  # fmt: skip


class Trader:
    """Sends random requests: sound ones, hopeless ones, changes, closings."""

    def __init__(self, terminal: SimulatedTerminal, seed: int) -> None:
        self.terminal, self.random = terminal, random.Random(seed)

    def act(self) -> None:
        choices = (self.deal, self.deal, self.wait, self.wait, self.close, self.close_by, self.move, self.change)
        request = self.random.choice(choices)()
        before = self.state()
        answer = self.terminal.order_send(request)
        assert answer is not None, (request, self.terminal.last_error())
        if answer.retcode != mt5.TRADE_RETCODE_DONE:
            assert self.state() == before, "a refusal changes nothing"
            assert self.terminal.order_check(request) is not None

    def state(self) -> tuple[Any, ...]:
        terminal = self.terminal
        return terminal.account_info(), terminal.positions_get(), terminal.orders_get(), len(terminal.book.deals)

    def near(self) -> float:
        return round(self.terminal.market.bid * self.random.gauss(1.0, 0.004), 5)

    def level(self) -> float:
        return self.near() if self.random.random() < 0.4 else 0.0

    def lots(self) -> float:
        return self.random.choice((0.01, 0.1, 0.25, 1.0, 3.0, 0.015, 0.0))

    def ticket(self, of: dict[int, Any]) -> int:
        return self.random.choice([*of, 999])

    def deal(self) -> dict[str, Any]:
        return {
            "action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "type": self.random.choice((0, 1)),
            "volume": self.lots(), "sl": self.level(), "tp": self.level(), "magic": self.random.randint(0, 3),
        }  # fmt: skip

    def wait(self) -> dict[str, Any]:
        return {
            **self.deal(), "action": mt5.TRADE_ACTION_PENDING, "type": self.random.randint(2, 7), "price": self.near(),
            "stoplimit": self.near(), "type_filling": mt5.ORDER_FILLING_RETURN, "type_time": self.random.randint(0, 3),
            "expiration": self.terminal.market.time + self.random.randint(-1, 30) * 3600,
        }  # fmt: skip

    def close(self) -> dict[str, Any]:
        return {**self.deal(), "position": self.ticket(self.terminal.book.positions)}

    def close_by(self) -> dict[str, Any]:
        first, second = (self.ticket(self.terminal.book.positions) for _ in range(2))
        return {"action": mt5.TRADE_ACTION_CLOSE_BY, "position": first, "position_by": second}

    def move(self) -> dict[str, Any]:
        ticket = self.ticket(self.terminal.book.positions)
        return {"action": mt5.TRADE_ACTION_SLTP, "position": ticket, "sl": self.level(), "tp": self.level()}

    def change(self) -> dict[str, Any]:
        action = self.random.choice((mt5.TRADE_ACTION_MODIFY, mt5.TRADE_ACTION_REMOVE))
        return {"action": action, "order": self.ticket(self.terminal.book.orders), "price": self.near()}


def played(
    seed: int, account: AccountTerms, terms: SymbolTerms | None = None, **changes: Any
) -> SimulatedTerminal:  # fmt: skip
    """A terminal after 200 random requests; the invariants are looked at all along."""
    bars = walk(seed)
    spec = replace(symbol_spec("EURUSD"), swap_long=-7.0, swap_short=1.5, **changes)
    terminal = SimulatedTerminal(replace(bars, spec=spec), deposit=20_000.0, account=account, terms=terms)
    terminal.initialize()
    trader = Trader(terminal, seed)
    for _ in range(ORDERS // 2):
        bar = terminal.market.bar + 1
        terminal.open_bar(bar)
        for _ in range(2):
            trader.act()
        check(terminal)
        if terminal.next_touch(bar, bar + 1) == bar:
            terminal.play(bar)
            check(terminal)
    return terminal


def check(terminal: SimulatedTerminal) -> None:
    """Everything that must add up at any moment."""
    book, account = terminal.book, terminal.account_info()
    assert account is not None
    positions, orders = terminal.positions_get() or (), terminal.orders_get() or ()
    cash = math.fsum(d.profit + d.commission + d.swap + d.fee for d in book.deals)
    assert book.balance == pytest.approx(cash, abs=1e-6)
    assert account.profit == pytest.approx(sum(p.profit + p.swap for p in positions), abs=0.01 * len(positions) + 0.01)
    assert account.equity == pytest.approx(account.balance + account.profit, abs=0.011)
    free = account.equity - account.margin - account.commission_blocked
    assert account.margin_free == pytest.approx(free, abs=0.011)
    if not terminal.market.terms.settlement_price:  # what is bought far below that needs none
        assert (account.margin == 0.0) == (not positions)
    volumes = volume_by_position(book.deals)
    assert {p.identifier: (1 - 2 * p.type) * p.volume for p in positions} == pytest.approx(volumes)
    if terminal.account.netting:
        assert len(positions) <= 1
    assert not ({order.ticket for order in orders} & {order.ticket for order in book.history})


def volume_by_position(deals: list[TradeDeal]) -> dict[int, float]:
    """Signed lots that the deals leave open."""
    volumes: dict[int, float] = defaultdict(float)
    for deal in deals:
        if deal.type in (mt5.DEAL_TYPE_BUY, mt5.DEAL_TYPE_SELL):
            volumes[deal.position_id] += deal.volume if deal.type == mt5.DEAL_TYPE_BUY else -deal.volume
    return {position: round(lots, 8) for position, lots in volumes.items() if abs(lots) > 1e-9}


ACCOUNTS = (
    AccountTerms(),
    AccountTerms(netting=True),
    AccountTerms(commission=Commission(3.5, on="in"), swaps=True, stop_out="worst", slippage=2.0),
    AccountTerms(netting=True, commission=Commission(0.005, per="percent", on="out", least=0.1), swaps=True),
)


@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.sampled_from(ACCOUNTS), st.booleans())
def test_nothing_is_lost_whatever_is_sent(seed: int, account: AccountTerms, legs: bool) -> None:
    """Money, margin, volumes and ids agree after every request and every bar, and at the end all is closed."""
    terminal = played(seed, account, SymbolTerms(hedged_use_leg=legs))
    book = terminal.book
    terminal.close_all("end_of_data")
    check(terminal)
    assert (book.positions, book.orders, volume_by_position(book.deals)) == ({}, {}, {})
    tickets = [order.ticket for order in book.history]
    assert sorted(tickets) == list(range(1, len(tickets) + 1)), "no order lost, none twice"
    assert {order.state for order in book.history} <= FINAL
    assert [deal.ticket for deal in book.deals] == list(range(1, len(book.deals) + 1))
    assert [deal.time for deal in book.deals] == sorted(deal.time for deal in book.deals)
    filled = {order.ticket: order for order in book.history if order.state == mt5.ORDER_STATE_FILLED}
    assert {deal.order for deal in book.deals[1:]} == set(filled)
    for deal in book.deals[1:]:
        order = filled[deal.order]
        assert deal.position_id in (order.position, order.position_by)
    opened = {deal.position_id for deal in book.deals[1:] if deal.entry == mt5.DEAL_ENTRY_IN}
    assert {deal.position_id for deal in book.deals[1:]} == opened
    trades = math.fsum(trade.net for _, trade in book.closed)
    assert book.balance == pytest.approx(20_000.0 + trades, abs=1e-6)
    assert sum(amount for _, amount in book.swaps) == pytest.approx(0.0, abs=1e-6)


class Netted(Erratic):
    """Asks for nothing that a netting account cannot keep apart: neither several entries nor parts of one."""

    def entry_side(self, symbol: str, *args: Any, **policy: Any) -> Any:
        return super().entry_side(symbol, *args, **{**policy, "pyramid": 1})

    def manage(self, order_id: str, **plan: Any) -> None:
        super().manage(order_id, **{**plan, "group": None})


def erratic(seed: int, account: AccountTerms) -> Erratic:
    return Netted(seed) if account.netting else Erratic(seed)


EXCHANGE = SymbolTerms(
    chart_mode=mt5.SYMBOL_CHART_MODE_LAST, execution=mt5.SYMBOL_TRADE_EXECUTION_EXCHANGE,
    sessions=dict.fromkeys(range(1, 6), ((60, 300), (420, 1380))), margin_initial=900.0, settlement_price=1.1,
)  # fmt: skip
BROKERS: tuple[tuple[AccountTerms, SymbolTerms, dict[str, Any]], ...] = (
    (
        AccountTerms(netting=True, swaps=True, fee=Commission(0.4, per="deal", on="in")),
        SymbolTerms(swap_days=(1, 1, 2, 0, 1, 1, 1)), {"swap_mode": "REOPEN_CURRENT"},
    ),
    (
        AccountTerms(swaps=True, commission=Commission(3.0, charged="day", tiers=((2.0, 1.5),)), gaps="level"),
        SymbolTerms(), {"swap_mode": "REOPEN_BID"},
    ),
    (
        AccountTerms(commission=Commission(2.0, charged="month", currency="points", on="out"), stop_out="worst"),
        EXCHANGE, {"calc_mode": "EXCH_FUTURES_FORTS", "currency_margin": "USD"},
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=9, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.sampled_from(range(len(BROKERS))))
def test_nothing_is_lost_at_unusual_brokers(seed: int, number: int) -> None:
    """Reopened positions, blocked commission, exchange symbols with sessions: it all adds up, and every row too."""
    account, terms, changes = BROKERS[number]
    terminal = played(seed, account, terms, **changes)
    terminal.close_all("end_of_data")
    check(terminal)
    book = terminal.book
    assert (book.positions, book.dues.blocked, volume_by_position(book.deals)) == ({}, 0.0, {})
    assert len(book.deals) > 20
    trades = math.fsum(trade.net for _, trade in book.closed)
    assert book.balance == pytest.approx(20_000.0 + trades, abs=1e-6)
    assert sum(amount for _, amount in book.swaps) == pytest.approx(0.0, abs=1e-6)
    assert [deal.time for deal in book.deals] == sorted(deal.time for deal in book.deals)


@settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.sampled_from(range(len(BROKERS))))
def test_a_strategy_at_unusual_brokers(seed: int, number: int) -> None:
    """A whole replay there: the curves end where the trades say."""
    account, terms, changes = BROKERS[number]
    bars = walk(seed)
    spec = replace(symbol_spec("EURUSD"), swap_long=-7.0, swap_short=1.5, **changes)
    result = replay_on(erratic(seed, account), replace(bars, spec=spec), account=account, terms=terms).result()
    assert len(result.trades) > 0
    assert result.balance[-1] == pytest.approx(result.equity[-1], abs=1e-6)
    assert result.balance[-1] == pytest.approx(10_000 + result.net, abs=1e-6)


@settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.booleans())
def test_the_same_seed_gives_the_same_account(seed: int, netting: bool) -> None:
    """Nothing depends on time, hashing or what ran before."""
    first, second = (played(seed, AccountTerms(netting=netting)).book for _ in range(2))
    assert (first.deals, first.balance) == (second.deals, second.balance)


@settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.sampled_from(ACCOUNTS))
def test_a_strategy_on_any_account(seed: int, account: AccountTerms) -> None:
    """A whole replay: curves, deals and trades agree, whatever the broker charges."""
    terms = SymbolTerms(filling_mode=mt5.SYMBOL_FILLING_IOC)
    replay = replay_on(erratic(seed, account), walk(seed), account=account, terms=terms)
    assert not any(refusal.retcode == mt5.TRADE_RETCODE_INVALID_FILL for refusal in replay.refused)
    result, book = replay.result(), replay.terminal.book
    assert result.balance[-1] == pytest.approx(result.equity[-1], abs=1e-6)
    assert result.balance[-1] == pytest.approx(10_000 + result.net, abs=1e-6)
    assert book.balance == pytest.approx(math.fsum(d.profit + d.commission + d.swap for d in book.deals), abs=1e-6)


@settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_a_netting_account_holds_what_the_hedges_leave(seed: int) -> None:
    """Market orders alone: the net volume of both kinds of account is the same."""
    nets = []
    for netting in (False, True):
        terminal = SimulatedTerminal(walk(seed), deposit=1e7, account=AccountTerms(netting=netting))
        terminal.initialize()
        generator = random.Random(seed)
        for bar in range(60):
            terminal.open_bar(bar)
            kind, lots = generator.choice((0, 1)), generator.choice((0.1, 0.2, 0.5))
            request = {"action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "type": kind, "volume": lots}
            answer = terminal.order_send(request)
            assert answer is not None
            assert answer.retcode == mt5.TRADE_RETCODE_DONE
        nets.append(sum((1 if p.side == LONG else -1) * p.volume for p in terminal.book.positions.values()))
    assert nets[0] == pytest.approx(nets[1])
