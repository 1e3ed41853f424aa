"""Runs for the tests of journal and recovery: a market on paper, and a rule that trades a lot, told by its channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mas import constants as mt5
from mas.bars import Bars
from mas.terminals.paper import PaperTerminal
from mas.terminals.retcodes import ACCEPTED
from mas.trading.direct import DirectChannel
from mas.trading.inputs import BarClosed, Closed, Command, Ended, Input, Opened
from mas.trading.journal import Journal
from mas.trading.journaled import JournaledChannel
from tests.mas.scenarios import market

MAGIC = 77


def walk(count: int, seed: int = 1) -> Bars:
    """Made-up bars that move enough to reach stops and targets of some points."""
    steps = np.random.default_rng(seed).normal(0.0, 0.0006, count)
    close = (1.1 + np.cumsum(steps)).round(5)
    opening = np.append(1.1, close[:-1])
    high, low = np.maximum(opening, close) + 0.0003, np.minimum(opening, close) - 0.0003
    return market(np.column_stack([opening, high, low, close]).round(5).tolist(), spread=np.full(count, 10.0))


class Rule:
    """Opens at every third bar, long and short in turn, moves stops, places and removes orders, closes what is old.

    What it asks for depends on what it has been told, and on nothing else.
    """

    def __init__(self, channel: JournaledChannel) -> None:
        self.channel, self.bars = channel, 0
        self.open: dict[int, int] = {}
        self.waiting: list[int] = []
        self.gone: set[int] = set()
        """Orders that have filled or ended."""
        self.closed: list[tuple[Any, ...]] = []
        self.stopping = False

    def take(self, item: Input) -> None:
        if isinstance(item, Command):
            self.stopping = item.name == "stop"
            return
        self._hear(item)
        if not isinstance(item, BarClosed):
            return
        if not item.signals:
            self.channel.decided({"entry": self.bars % 3 == 0})
        self.bars += 1
        self._work(item)

    def _hear(self, item: Any) -> None:
        for event in getattr(item, "seen", item).events:
            if isinstance(event, Opened | Ended):
                self.gone.add(event.order)
            if isinstance(event, Opened):
                self.open[event.position] = self.bars
                if event.order in self.waiting:
                    self.waiting.remove(event.order)
            elif isinstance(event, Closed):
                self.open.pop(event.position, None)
                self.closed.append((event.position, event.volume, event.price, event.time, event.profit))
            elif isinstance(event, Ended) and event.order in self.waiting:
                self.waiting.remove(event.order)

    def _work(self, item: BarClosed) -> None:
        for position, since in list(self.open.items()):
            if self.bars - since >= 7:
                self._send({**self._deal(1), "position": position}, "time", position)
            elif self.bars - since == 2:
                levels = {"sl": round(item.low - 0.004, 5), "tp": 0.0}
                request = {"action": mt5.TRADE_ACTION_SLTP, "symbol": "EURUSD", "position": position, **levels}
                self._send(request, "trailing")
        if self.bars % 3 == 0:
            levels = {"sl": round(item.seen.bid - 0.0015, 5), "tp": round(item.seen.ask + 0.002, 5)}
            self._send({**self._deal(0), **levels}, "entry")
        if self.bars % 5 == 0:
            price = round(item.seen.bid - 0.001, 5)
            limit = {**self._deal(0), "action": mt5.TRADE_ACTION_PENDING, "type": mt5.ORDER_TYPE_BUY_LIMIT}
            outcome = self._send({**limit, "price": price, "type_filling": mt5.ORDER_FILLING_RETURN}, "limit")
            if outcome.retcode in ACCEPTED and outcome.order not in self.gone:
                self.waiting.append(outcome.order)
        if len(self.waiting) > 1:
            self._send({"action": mt5.TRADE_ACTION_REMOVE, "order": self.waiting[0]}, "replaced")

    def _deal(self, kind: int) -> dict[str, Any]:
        return {
            "action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1, "type": kind, "magic": MAGIC,
            "type_filling": mt5.ORDER_FILLING_FOK,
        }  # fmt: skip

    def _send(self, request: dict[str, Any], comment: str, closing: int = 0) -> Any:
        outcome = self.channel.send(request, comment)
        self._hear(outcome)
        return outcome


class Run:
    """One process's part in a run: terminal, channels, rule; made again over the same folder it goes on."""

    def __init__(
        self, folder: Path, bars: Bars, *, terminal: Any = None, journal: Journal | None = None, **options: Any
    ) -> None:
        self.paper = PaperTerminal(bars, folder / "account.sqlite")
        self.paper.initialize()
        self.terminal = terminal(self.paper) if terminal else self.paper
        self.journal = journal or Journal(folder / "journal.sqlite", {"id": "t1"})
        self.direct = DirectChannel(
            self.terminal, "EURUSD", bars.timeframe, MAGIC, settle=(0.0,), pause=self.paper.wait, late=1e9
        )
        options = {"settle": (0.0,), "pause": lambda seconds: None, **options}
        self.channel = JournaledChannel(self.direct, self.journal, **options)
        self.rule = Rule(self.channel)

    def start(self) -> None:
        if not self.paper.time or not self.paper.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_H1, 0, 1).size:
            self.paper.advance()
        self.channel.start(0)

    def go(self, bars: int = 10**9) -> None:
        """Handle what comes, until so many bars have been handled, or the recording ends."""
        while self.rule.bars < bars and not self.rule.stopping:
            item = self.channel.next(0.01)
            if item is not None:
                self.rule.take(item)
            elif self.paper.over:
                return

    def close(self) -> None:
        self.paper.close()
        self.journal.close()

    def books(self) -> tuple[Any, ...]:
        """What the account has come to."""
        deals = self.paper.history_deals_get(0, 2**31 - 1)
        orders = self.paper.history_orders_get(0, 2**31 - 1)
        return self.paper.account_info().balance, deals, orders, self.paper.positions_get(), self.paper.orders_get()
