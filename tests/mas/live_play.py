"""A strategy played live on a simulated terminal: it hears of bars and fills through MetaTrader5's functions only."""

from __future__ import annotations

from typing import Any

from mas.bars import Bars
from mas.results import ClosedTrade
from mas.terminals.simulated.playing import Listener
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.trading.direct import DirectChannel
from mas.trading.inputs import Input
from mas.trading.session import LiveSession


class _Told(Listener):
    """Has the session look at its channel whenever the terminal has done something, as a quick poll would."""

    def __init__(self, live: LivePlay) -> None:
        self.live = live

    def opened(self, *what: Any) -> None:
        self.live.pump()

    def closed(self, *what: Any) -> None:
        self.live.pump()

    def ended(self, *what: Any) -> None:
        self.live.pump()


class LivePlay:
    """One run. `outside` is the broker's side; `session` knows of it what comes through its channel."""

    def __init__(self, strategy: Any, bars: Bars, history: int = 0, **settings: Any) -> None:
        self.outside = SimulatedTerminal(bars, **settings)
        self.outside.initialize()
        self.bars, self.first = bars, history
        self.outside.open_bar(history)
        magic = getattr(strategy, "magic", 123_456)
        self.channel = DirectChannel(
            self.outside, bars.symbol, bars.timeframe, magic, settle=(0.0,), clock=lambda: 0.0, pause=lambda _: None
        )
        self.session = LiveSession(strategy, self.channel)
        self.outside.listen(_Told(self))
        self._pumping = False

    def pump(self) -> None:
        """Hand over all that is new; what comes of that while it is handled comes back with its own requests."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while (item := self.channel.next(0.0)) is not None:
                self.session.take(item)
        finally:
            self._pumping = False

    def take(self, item: Input) -> None:
        """Hand over one thing by hand."""
        self._pumping = True
        try:
            self.session.take(item)
        finally:
            self._pumping = False

    def run(self, stop: int | None = None) -> LivePlay:
        """Play the bars: each opens, its predecessor is handled, and then it happens."""
        for bar in range(self.first, len(self.bars) if stop is None else stop):
            self.outside.open_bar(bar)
            self.pump()
            self.outside.play(bar)
            self.outside.market.close_bar(bar)
        return self

    def trades(self) -> list[ClosedTrade]:
        """What the session knows to have been closed."""
        return self.session.trades()
