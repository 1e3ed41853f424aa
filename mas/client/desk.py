"""A simulated account without a replay: each symbol stands at the close of the newest bar of its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mas.bars import Bars
from mas.joining import converters
from mas.replay import Replay
from mas.subscriptions import CAPITAL, simulated_account
from mas.terminals.simulated.joint import Exchange, JointBook
from mas.terminals.simulated.terminal import SimulatedTerminal

if TYPE_CHECKING:
    from mas.client import MAS


class Desk(Replay):
    """One symbol of such an account; orders sent to it fill at once.

    Args: beside: bars of other symbols, whose rates may convert its money into the account's.
    """

    plays_others = False

    def __init__(self, strategy: MAS, bars: Bars, deposit: float = CAPITAL, beside: Sequence[Bars] = ()) -> None:
        settings = simulated_account(deposit)
        terminal = SimulatedTerminal(bars, others=converters(bars, beside, settings["currency"]), **settings)
        super().__init__(strategy, terminal)
        terminal.initialize()
        self.bar = len(bars) - 1
        self.market.close_bar(self.bar)
        self._desks: list[Desk] = [self]
        """All of the account, in the order in which they came to it; the first is asked for the others."""
        self._book: JointBook | None = None
        self._pushing = False

    @property
    def lanes(self) -> Sequence[Replay]:
        return self._desks

    def desk(self, symbol: str) -> Desk | None:
        """The desk of a symbol on this account."""
        return next((desk for desk in self._desks if desk.bars.symbol == symbol), None)

    def join(self, desk: Desk) -> None:
        """Take one more symbol, of which nothing has been traded, into the account."""
        if self._book is None:
            self._book = JointBook(self.terminal.book)
            self.exchange = Exchange(self.terminal, self._book)
            self.exchange.admit(self.terminal)
        assert isinstance(self.exchange, Exchange)
        self.exchange.admit(desk.terminal)
        desk.exchange, desk._desks = self.exchange, self._desks
        desk.pushes, desk.refused, desk.alerts = self.pushes, self.refused, self.alerts
        books, own = self.management, desk.management
        own.plans, own.fills, own.ledger = books.plans, books.fills, books.ledger
        self._desks.append(desk)

    def deliver(self) -> None:
        """Push what has happened; a callback that sends another order leaves its pushes to the one that runs."""
        if self._pushing:
            return
        self._pushing = True
        try:
            self.push()
        finally:
            self._pushing = False
