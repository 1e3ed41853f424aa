"""On which bars a strategy with `signals` is called: those on which one of them is true, as far as it matters then."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mas.fills import LONG, SHORT
from mas.series import Condition, Series
from mas.terminals.simulated.holdings import Position
from mas.terminals.simulated.market import numbers

EXITS = ("exit_", "reduce_")
"""Signals whose names begin so matter only while a position is open; a flat strategy is not woken for them."""

_FEW = 100_000
"""So many bars are kept as a list, which is quicker to search, and takes several times the memory."""

_ENTRY = re.compile(r"enter_(long|short)(_\d+)?")

Flags = NDArray[np.bool_]


class OneAtATime(NamedTuple):
    """What somebody who knows a class says of it: it holds one position at a time and enters at the market; the signals
    `enter_long`, `enter_short_2` ... only make it ask `entry_side`, and do nothing when that answers None."""

    reverses: bool
    """An entry against the position is taken."""


class Wakes:
    """The bars, from a strategy's signals. Args: entries: what is known of it, if anything is.

    Of a strategy that holds one position at a time an entry the same way is never taken while that is open, nor one the
    other way if it does not reverse; both at once are counted as a conflict, so that it has to be called.
    """

    def __init__(self, signals: Mapping[str, Condition | Series], count: int, entries: OneAtATime | None) -> None:
        long, short, leaving, other = (np.zeros(count, bool) for _ in range(4))
        for name, array in signals.items():
            if isinstance(array, Condition):
                entry = _ENTRY.fullmatch(name)
                if entry is None:
                    kind = leaving if name.startswith(EXITS) else other
                else:
                    kind = long if entry[1] == "long" else short
                kind |= array.true
        self.flat: Sequence[int] = _bars(long | short | other)
        """While nothing is open."""
        other |= leaving
        self.held: Sequence[int] = _bars(long | short | other)
        """While something is."""
        self._by_side: dict[int, Sequence[int]] = {}
        if entries is not None:
            other |= long & short
            self._by_side = {
                LONG: _bars(other | short if entries.reverses else other),
                SHORT: _bars(other | long if entries.reverses else other),
            }

    def during(self, positions: Mapping[int, Position]) -> Sequence[int]:
        """The bars that matter while these positions are open."""
        if not positions:
            return self.flat
        if not self._by_side:
            return self.held
        if len(positions) == 1:
            (position,) = positions.values()
            return self._by_side[position.side]
        sides = {position.side for position in positions.values()}
        return self._by_side[sides.pop()] if len(sides) == 1 else self.held


def _bars(true: Flags) -> Sequence[int]:
    found = np.flatnonzero(true)
    return found.tolist() if len(found) <= _FEW else numbers(found)
