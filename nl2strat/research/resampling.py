"""What the same trades could have come to: drawn again with repeats (bootstrap), and in another order (Monte Carlo).

Stationary bootstrap: Politis and Romano, "The Stationary Bootstrap", Journal of the American Statistical Association
89(428), 1994: blocks of trades in a row whose lengths are geometric with mean n^(1/3), drawn with repeats and wrapped
around at the end, so that runs of wins and losses stay together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mas.dataclass import dataclass
from nl2strat.research.randomness import Random

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

MOST_UNITS = 1000
"""More trades than this are resampled in groups of neighbours, so that a report does not wait for it."""
MOST_DRAWS = 1000
FEWEST_DRAWS = 100


@dataclass(frozen=True)
class Units:
    """Trades, or groups of trades in a row, as far as sums and falls of the balance need them; shape (units,) each."""

    total: Floats
    """Net result."""
    low: Floats
    """Lowest sum on the way, from the unit's beginning (0 or less)."""
    high: Floats
    """Highest sum on the way (0 or more)."""
    fall: Floats
    """Largest fall inside the unit."""
    size: int
    """Trades in each (the last may have fewer)."""


@dataclass(frozen=True)
class Spread:
    """Totals and largest falls of the balance of many draws, shape (draws,) each, account currency."""

    totals: Floats
    falls: Floats
    group: int
    """Trades that were kept together as one."""

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Between what that share of the totals lies (percentiles, as many below as above)."""
        tail = 50.0 * (1.0 - confidence)
        low, high = percentiles(self.totals, tail, 100.0 - tail)
        return low, high

    def falls_at(self, *percents: float) -> tuple[float, ...]:
        """Percentiles of the falls."""
        return percentiles(self.falls, *percents)

    @property
    def losing(self) -> float:
        """Share of draws that make nothing."""
        return float((self.totals <= 0.0).mean())


def percentiles(values: Floats, *percents: float) -> tuple[float, ...]:
    """Below which value those percents of the values lie, between two of them in proportion.

    The numbers are `np.percentile`'s, which loads masked arrays for them: that takes longer than all the draws.
    """
    ordered = np.sort(values)
    found = []
    for percent in percents:
        place = percent / 100.0 * (len(ordered) - 1)
        low = int(place)
        below, above = float(ordered[low]), float(ordered[min(low + 1, len(ordered) - 1)])
        part = place - low
        step = above - below
        found.append(below + step * part if part < 0.5 else above - step * (1.0 - part))
    return tuple(found)


def units_of(net: Floats, most: int = MOST_UNITS) -> Units:
    """Each trade as a unit, or groups of neighbours where there are more than `most`. Args: net: shape (trades,)."""
    size = max(1, -(-len(net) // most))
    padded = np.zeros(-(-len(net) // size) * size)
    padded[: len(net)] = net
    sums = np.concatenate((np.zeros((len(padded) // size, 1)), np.cumsum(padded.reshape(-1, size), axis=1)), axis=1)
    fall = (np.maximum.accumulate(sums, axis=1) - sums).max(axis=1)
    return Units(sums[:, -1], sums.min(axis=1), sums.max(axis=1), fall, size)


def draws_for(units: Units, work: int) -> int:
    """How many draws a piece of work (in units drawn) allows."""
    return int(min(MOST_DRAWS, max(FEWEST_DRAWS, work // max(1, len(units.total)))))


def largest_falls(units: Units, places: Whole) -> tuple[Floats, Floats]:
    """Sum and largest fall of a balance that takes the units in these orders.

    Args: places: shape (draws, units drawn). Returns: shape (draws,) each.
    """
    sums = np.cumsum(units.total[places], axis=1)
    before = np.concatenate((np.zeros((len(sums), 1)), sums[:, :-1]), axis=1)
    if units.size == 1:
        peak = np.maximum(np.maximum.accumulate(sums, axis=1), 0.0)
        return sums[:, -1], (peak - sums).max(axis=1)
    peak = np.maximum.accumulate(np.maximum(before + units.high[places], 0.0), axis=1)
    earlier = np.concatenate((np.zeros((len(sums), 1)), peak[:, :-1]), axis=1)
    fall = np.maximum(earlier - (before + units.low[places]), units.fall[places])
    return sums[:, -1], fall.max(axis=1)


def bootstrapped(units: Units, draws: int, random: Random) -> Spread:
    """As many trades as there were, drawn in blocks with repeats."""
    totals, falls = largest_falls(units, stationary_places(len(units.total), draws, random))
    return Spread(totals, falls, units.size)


def reordered(units: Units, draws: int, random: Random) -> Spread:
    """The same trades, each once, in a random order: the total stays, the falls do not."""
    totals, falls = largest_falls(units, random.orders(len(units.total), draws))
    return Spread(totals, falls, units.size)


def stationary_places(length: int, draws: int, random: Random, block: float | None = None) -> Whole:
    """Which of 0 ... length - 1 to take, shape (draws, length). Args: block: mean length; None is length^(1/3)."""
    block = max(1.0, length ** (1.0 / 3.0)) if block is None else block
    position = np.arange(length, dtype=np.int64)
    begins = random.floats(draws * length).reshape(draws, length) < 1.0 / block
    begins[:, 0] = True
    shifts = np.zeros(draws * length, dtype=np.int64)  # from a place to the trade that is taken there
    where = np.flatnonzero(begins)
    shifts[where] = random.below(length, len(where)) - where % length
    blocks = np.maximum.accumulate(np.where(begins.ravel(), np.arange(draws * length), 0))
    return (shifts[blocks].reshape(draws, length) + position) % length
