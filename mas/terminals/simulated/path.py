"""What is known of the inside of bars: for each bar the steps that the price takes in it, and in what order.

Without finer data a bar is one step, of which open, high and low are known but not what came first. Finer data make
steps of two kinds: an exact one goes straight from its open to its close (a tick goes nowhere), so that nothing in it
is ambiguous; one that is not exact is again a small bar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mas import fills
from mas.fills import ENTERED, HELD, LONG, NOTHING, TARGETED
from mas.terminals.simulated.book import Position
from mas.terminals.simulated.market import Market, Quotes

Course = Callable[[int], "Path | None"]
"""Gives the path of a bar; None where the data say nothing of its inside."""


class Step(NamedTuple):
    """One side's prices in a step."""

    opening: float
    high: float
    low: float
    close: float


class Path:
    """The steps of one bar; or of many bars of which no more than that is known, each being one step.

    Args: bids, asks: prices per step. exact: whether the steps are. known: where this path is only a model, the same
        bar in the steps that the data vouch for, and `unit`: for each step of the model the step of `known` it is in.
        traded: which steps lie in a trade session, None if all do.
    """

    __slots__ = ("_traded", "asks", "bids", "exact", "known", "unit")

    def __init__(
        self,
        bids: Quotes,
        asks: Quotes,
        exact: bool = False,
        known: Path | None = None,
        unit: Sequence[int] | None = None,
        traded: NDArray[np.bool_] | None = None,
    ) -> None:
        self.bids, self.asks, self.exact = bids, asks, exact
        self.known, self.unit = known, unit
        self._traded = None if traded is None or traded.all() else np.flatnonzero(traded)

    def __len__(self) -> int:
        return len(self.bids.open)

    def next_traded(self, step: int) -> int:
        """The first step from `step` on that lies in a trade session; the number of steps if none does."""
        if self._traded is None:
            return step
        place = int(self._traded.searchsorted(step))
        return int(self._traded[place]) if place < len(self._traded) else len(self)

    def quotes(self, asks: bool) -> Quotes:
        """One side of the market."""
        return self.asks if asks else self.bids

    def gap(self, step: int) -> float:
        """From bid to ask at the start of a step."""
        return self.asks.open[step] - self.bids.open[step]

    def step(self, quotes: Quotes, step: int) -> Step:
        return Step(quotes.open[step], quotes.high[step], quotes.low[step], quotes.close[step])


def whole_bars(market: Market) -> Path:
    """The bars of a market, each a single step."""
    return Path(market.bids, market.asks, traded=market.traded)


class Entered(NamedTuple):
    """How a waiting order came to fill inside a step."""

    step: int
    falling: bool
    """The price was coming down."""


def stop_first(position: Position, step: Step, entered: Entered | None) -> tuple[int, float, bool]:
    """What a step does to a position if the stop is presumed wherever it may be (EXECUTION rules 11 and 14)."""
    standing = HELD if entered is None else ENTERED
    levels = position.sl, position.tp
    return fills.leave(position.side, *step[:3], *levels, standing, position.fill_at_open)


def target_first(position: Position, step: Step, entered: Entered | None) -> tuple[int, float, bool]:
    """The same if the target is presumed wherever it may be: the other end of what can have happened.

    In the step of a waiting order's fill the price may have reached the target after it, and the stop before it. The
    stop was certainly reached after the fill if the price was on its way there, or if it ends beyond it.
    """
    side, (_, high, low, close) = position.side, step
    kind, price, ambiguous = stop_first(position, step, entered)
    if entered is None:
        return (kind, price, False) if not ambiguous else fills.leave(side, *step[:3], 0.0, position.tp, HELD, True)
    if fills.target_hit(side, high, low, position.tp):
        return TARGETED, position.tp, False
    on_its_way = entered.falling == (side == LONG)
    if position.fill_at_open or on_its_way or fills.stop_hit(side, close, close, position.sl):
        return kind, price, False
    return NOTHING, 0.0, False


def depends(position: Position, step: Step, entered: Entered | None) -> bool:
    """Whether what a step does to a position depends on what came first in it."""
    return stop_first(position, step, entered)[0] != target_first(position, step, entered)[0]
