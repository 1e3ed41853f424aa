"""A simulated account without a replay: it stands at the close of the newest bar that the history has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.bars import Bars
from mas.replay import Replay
from mas.subscriptions import CAPITAL, simulated_account
from mas.terminals.simulated.terminal import SimulatedTerminal

if TYPE_CHECKING:
    from mas.client import MAS


class Desk(Replay):
    """Orders sent to it fill at once; what they push is delivered before `send_order` returns."""

    plays_others = False

    def __init__(self, strategy: MAS, bars: Bars, deposit: float = CAPITAL) -> None:
        terminal = SimulatedTerminal(bars, **simulated_account(deposit))
        super().__init__(strategy, terminal)
        terminal.initialize()
        self.bar = len(bars) - 1
        self.market.close_bar(self.bar)
        self._pushing = False

    def deliver(self) -> None:
        """Push what has happened; a callback that sends another order leaves its pushes to the one that runs."""
        if self._pushing:
            return
        self._pushing = True
        try:
            self.push()
        finally:
            self._pushing = False
