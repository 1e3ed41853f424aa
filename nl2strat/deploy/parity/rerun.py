"""The backtest of a run's bars, on an account like the run's, looked at after each bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.backtest import play
from mas.replay import Replay
from mas.series import Series
from mas.terminals.simulated.terminal import SimulatedTerminal
from nl2strat.deploy.parity.deeds import BLANK, ENTRY, Deed, Picture, deeds, picture_of

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.client import MAS
    from mas.terminals.guarded.events import GuardEvent
    from mas.terminals.guarded.rules import Rules
    from mas.trading.inputs import BarClosed


@dataclass(frozen=True, slots=True)
class Step:
    """What the backtest has done from the close of one bar to that of the next."""

    deeds: list[Deed]
    picture: Picture
    signals: Mapping[str, float | bool]
    guards: Sequence[GuardEvent]
    opening: float
    """The first bid after the bar: where it acted."""
    spread: float
    """What it took as the spread there, as a price."""
    spread_inside: float
    """The same of the bar itself."""
    levels_inside: int
    """How many prices at which something would have filled lie in the bar."""
    held_back: frozenset[str]
    """Why entries were not taken, as limits are called."""


class Rerun(Replay):
    """A replay that begins to trade at a bar, visits every bar from there, and keeps what it sees.

    `first` is the bar whose close is the first to be handled; the last bar is there to be traded at its first tick.
    """

    first = 0

    def __init__(self, strategy: MAS, terminal: SimulatedTerminal) -> None:
        super().__init__(strategy, terminal)
        self.steps: list[Step] = []
        self._before = BLANK
        self._acts = 0
        self._held: dict[str, int] = {}

    def run(self) -> None:
        """Play the bars from `first` on, without the last one's close."""
        self.terminal.initialize()
        self.prepare()
        for bar in range(self.first, len(self.bars) - 1):
            if self.terminal.next_touch(bar, bar + 1) <= bar:
                self.terminal.play(bar)
            self.stand(bar, False)
            self.handle(bar, False)
            self._look()

    def _look(self) -> None:
        terminal, market, bar = self.terminal, self.market, self.bar
        after = picture_of(terminal.book, self.management.ledger)
        overseer: Any = terminal.overseer
        acts = overseer.acts if overseer is not None else []
        signals: dict[str, float | bool] = {name: bool(of[bar]) for name, of in self._conditions.items()}
        signals |= {name: float(of[bar]) for name, of in self._values.items()}
        counts = dict(self.management.ledger.held_back)
        held = [reason for reason, count in counts.items() if count != self._held.get(reason, 0)]
        self._held = counts
        done, gaps = deeds(self._before, after, terminal.book), market.spread.prices
        low, high = market.bids.low[bar], market.bids.high[bar] + float(gaps[bar])
        prices = _resting([*self._before.positions.values(), *self._before.orders.values(), *done])
        self.steps.append(
            Step(
                done, after, signals, tuple(acts[self._acts :]), market.bids.open[bar + 1], float(gaps[bar + 1]),
                float(gaps[bar]), sum(low <= price <= high for price in prices), frozenset(held),
            )
        )  # fmt: skip
        self._before, self._acts = after, len(acts)


def _resting(things: Sequence[Deed]) -> set[float]:
    """The prices at which what is open or waits would fill."""
    found: set[float] = set()
    for thing in things:
        found |= {thing.sl, thing.tp} if thing.what == ENTRY else {thing.sl, thing.tp, thing.price}
    return found


def rerun(strategy: MAS, bars: Bars, first: int, settings: Mapping[str, Any], guards: Rules | None) -> Rerun:
    """Backtest a strategy from a bar on. Returns: it, with its `steps` at each but the last bar.

    Args: settings: of `SimulatedTerminal`. Raises: whatever the strategy raises.
    """
    replay = Rerun(strategy, SimulatedTerminal(bars, **settings))
    replay.first, replay.settings = first, settings
    if guards is not None:
        from mas.terminals.guarded.overseer import oversee

        oversee(replay, guards)
    play(replay)
    return replay


def joined(history: Bars, closed: Sequence[BarClosed], following: tuple[int, float, float]) -> Bars:
    """The bars with which a run began, those that it has heard of, and one that is as yet only open.

    Args: following: open time, first bid, and spread in points of the bar after the last.
    """
    time, price, spread = following
    rows = [(b.time, b.open, b.high, b.low, b.close, b.volume, b.spread) for b in closed]
    rows.append((time, price, price, price, price, 1.0, spread))
    columns = [np.array(column, np.float64) for column in zip(*rows, strict=True)]
    spreads = history.spread if history.spread is not None else np.full(len(history), history.spec.spread)
    old = (history.open, history.high, history.low, history.close, history.volume)
    values = [Series(np.concatenate((series.values, column))) for series, column in zip(old, columns[1:6], strict=True)]
    return replace(
        history, time=np.concatenate((history.time, columns[0].astype(np.int64))), open=values[0], high=values[1],
        low=values[2], close=values[3], volume=values[4], spread=np.concatenate((spreads, columns[6])), report=None,
        siblings={},
    )  # fmt: skip
