"""Is it the rule, or the market? The positions of a run, all of them moved together to another time of the same bars.

Sides, sizes, lengths and the order of the positions stay, and so does what the market did; only that the rule chose
these very bars is taken away. What the market gives to whoever holds it is in both, so that a rule which is merely long
in a rising market is no better than its own positions at other times. The bars go round: what is moved past the last
one goes on at the first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mas.dataclass import dataclass
from nl2strat.research.randomness import Random

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

MOST_MOVES, FEWEST_MOVES = 999, 99
LEAST_BARS = 100
"""Fewer bars have no other times."""


@dataclass(frozen=True)
class Moved:
    """What the positions made where they were, and at other times; account currency, before costs."""

    real: float
    elsewhere: Floats
    """Shape (moves,)."""

    @property
    def as_good(self) -> int:
        """How many of the moves made at least as much."""
        return int((self.elsewhere >= self.real).sum())

    @property
    def p(self) -> float:
        """(1 + k) / (1 + n): of n moves k were at least as good (Phipson and Smyth 2010)."""
        return (1 + self.as_good) / (1 + len(self.elsewhere))


def moves_for(trades: int, work: int) -> int:
    """How many moves a piece of work (in trades moved) allows."""
    return int(min(MOST_MOVES, max(FEWEST_MOVES, work // max(1, trades))))


def _around(places: Whole, count: int) -> tuple[Whole, NDArray[np.bool_]]:
    """Places below twice the count, counted from 0 again beyond the last; and which are."""
    beyond = places >= count
    return places - count * beyond, beyond


def moved(
    real: float, entry: Whole, end: Whole, exposure: Floats, prices: tuple[Floats, float], moves: int, random: Random
) -> Moved:
    """Moves positions by as many random numbers of bars.

    Args: real: what they made, before costs. entry, end: bars at whose open each begins and ends, shape (trades,); an
        end may be one past the last bar. exposure: what each makes if the price doubles, below 0 for a short. prices:
        opens of all bars, shape (bars,), above 0, and the last close.
    """
    opens, last = prices
    count, loop = len(opens), last / float(opens[0])
    lengths = np.maximum(end - entry, 1)

    found = np.empty(moves)
    for number, by in enumerate((1 + random.below(count - 1, moves)).tolist()):
        begin, _ = _around(entry + by, count)
        close, beyond = _around(begin + lengths, count)
        price = opens[close]
        price[beyond] *= loop  # beyond the last bar prices go on from there
        found[number] = float((exposure * (price / opens[begin] - 1.0)).sum())
    return Moved(real, found)
