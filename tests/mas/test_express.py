"""The short way of ordinary orders does what the long way does, and leaves it everything else."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import mas
from mas.backtest import replay_on
from mas.data import sample_bars
from mas.express import Express
from mas.replay import Replay
from mas.terminals.simulated.book import as_trade_order
from mas.terminals.simulated.terms import AccountTerms, Commission, SymbolTerms

BARS = sample_bars("EURUSD", "H1", 450)

ACCOUNTS: dict[str, dict[str, Any]] = {
    "usual": {},
    "poor": {"deposit": 300.0},
    "with costs": {"account": AccountTerms(commission=Commission(3.5), slippage=2)},
    "charged daily": {"account": AccountTerms(commission=Commission(3.5, charged="day"))},
    "netting": {"account": AccountTerms(netting=True)},
    "few positions": {"account": AccountTerms(limit_positions=2)},
    "in order": {"account": AccountTerms(fifo_close=True)},
    "sessions": {"terms": SymbolTerms(sessions=dict.fromkeys(range(1, 6), ((540, 1020),)))},
    "longs only": {"terms": SymbolTerms(trade_mode=1)},
    "in yen": {"currency": "JPY", "deposit": 1_000_000.0},
}


class Anything(mas):  # type: ignore[valid-type,misc]
    """Sends whatever comes to its mind: ordinary orders mostly, and some of every odd kind."""

    magic = 77
    seed = 0

    def __init__(self) -> None:
        super().__init__()
        self.random = random.Random(self.seed)
        self.answers: list[tuple[str, int]] = []
        self.mine: list[str] = []

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        """One or two orders at each close."""
        for _ in range(self.random.randint(0, 2)):
            answer = self.send_order(self._order(symbol))
            self.answers.append((str(answer), getattr(answer, "code", 0)))
            if answer:
                self.mine.append(str(answer))
        if self.random.random() < 0.2:
            for trade in self.trades(symbol)[:2]:
                self.answers.append((str(self.close_trade(trade, "signal")), 0))

    def _order(self, symbol: str) -> Any:
        pick = self.random.choice
        if self.random.random() < 0.5:
            return {"symbol": symbol, "order_type": pick(["buy", "sell"]), "volume": 0.1, "comment": "a rule"}
        side = pick(["buy", "sell", "sell", "buy", "buy", "sell", "buy_limit", "hold", None, ["buy"]])
        away = pick([0.001, 0.002, 0.00201, 0.0, -0.001, 0.000013])
        price = self.ask(symbol) if side == "buy" else self.bid(symbol)
        sign = 1 if side == "buy" else -1
        order: dict[Any, Any] = {"symbol": symbol, "order_type": side, "volume": pick([0.1, 0.1, 0.25, 0.017, 0.3])}
        if self.random.random() < 0.15:
            order["volume"] = pick([0.0, 0.001, -0.1, 1, math.nan, math.inf, "0.1", None, 1e9, True])
        if self.random.random() < 0.5:
            order["sl"] = pick([price - sign * away, price - sign * away, None, math.nan, 0.0, -1.0, "1.1", 1])
        if self.random.random() < 0.5:
            order["tp"] = pick([price + sign * away, price + sign * away, None, math.inf, 0])
        if self.random.random() < 0.7:
            order["comment"] = pick(["a rule", "a rule", "tp", "", None, 5, "x" * 40, "Ünïcode", ["list"]])
        if self.random.random() < 0.4:
            order["magic"] = pick([1, 0, None, -1, 2**40, "9", True])
        if self.random.random() < 0.5:
            order["backtest_toggle"] = pick([True, True, True, None, False, 1])
        if self.mine and self.random.random() < 0.4:
            order["order_id"] = pick([*self.mine[-4:], "BT0", "BT99999", "BTx", 3, "7", None])
        if self.random.random() < 0.05:
            order[pick([" symbol", "price", "deviation", "type_filling", "position", 5])] = pick([1.1, 10, "EURUSD"])
        return order if self.random.random() < 0.98 else pick([None, [], {}, {"symbol": "GBPUSD"}])


def _run(seed: int, settings: dict[str, Any]) -> tuple[Anything, Replay]:
    strategy = type("Seeded", (Anything,), {"seed": seed})()
    return strategy, replay_on(strategy, BARS, **settings)


def _told(strategy: Anything, replay: Replay) -> list[Any]:
    """Everything that a run can be asked afterwards."""
    book = replay.terminal.book
    return [
        strategy.answers, [as_trade_order(order) for order in book.history], book.deals, book.closed, book.balance,
        book.swaps, replay.refused, replay.sent, replay.unfilled, replay.management.fills,
        replay.management.ledger.remembered(), replay.terminal.last_error(), replay.result().equity.tolist(),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ACCOUNTS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_ways_tell_the_same(name: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random orders on accounts of every kind: the same answers, deals, orders, trades and refusals."""
    short = _told(*_run(seed, ACCOUNTS[name]))
    monkeypatch.setattr("mas.replay.express_of", lambda *_: None)
    long = _told(*_run(seed, ACCOUNTS[name]))

    for one, other in zip(short, long, strict=True):
        assert repr(one) == repr(other)


def test_the_short_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compared above is not the long way with itself."""
    taken: list[str | None] = []
    send = Express.send
    monkeypatch.setattr(Express, "send", lambda self, params: taken.append(send(self, params)) or taken[-1])

    _run(1, {})

    assert sum(answer is not None for answer in taken) > 100
    assert any(answer is None for answer in taken)


@pytest.mark.parametrize("name", ["netting", "few positions", "in order", "longs only"])
def test_special_accounts_go_the_long_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where account or symbol forbid something, every order is looked at closely."""

    def never(self: Express, params: dict[str, Any]) -> None:
        raise AssertionError

    monkeypatch.setattr(Express, "send", never)

    assert _run(1, ACCOUNTS[name])[1].sent


def test_a_strategy_that_is_told_of_its_orders_goes_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are pushed with the request as it was sent."""
    told: list[str] = []

    class Listening(Anything):
        def receive_order_status(self, order_id: str, data: dict[str, Any]) -> None:
            told.append(order_id)

    replay = replay_on(Listening(), BARS)

    assert replay.express is None
    assert told
