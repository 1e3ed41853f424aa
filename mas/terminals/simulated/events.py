"""What a bar may do to the book, and in what order it is presumed to do it.

First what the bar's open is already beyond (EXECUTION rule 10); then the price visits one end of the bar, then the
other. The end with a position's stop comes first (rule 11), else the one whose level is nearer to the open (rule 14);
on the way to an end the nearer level is met first.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from mas.terminals.simulated.book import Order, Position, Touchable
from mas.terminals.simulated.market import Market


class Rank(IntEnum):
    """Who comes first at one price."""

    STOP, TARGET, RUIN, ORDER = range(4)


class Event(NamedTuple):
    """Something that a bar does, with its place in the order of things."""

    at_open: bool
    stop: bool
    end: int
    """The end of the bar it lies at: -1 the low, +1 the high."""
    distance: float
    """From the bar's open, as a decimal: two levels equally far from it tie, whatever the last bit says."""
    rank: int
    ticket: int
    what: Position | Order | Ruin
    price: float
    ambiguous: bool = False


class Ruin(Touchable):
    """The price at which one side's positions have eaten up the margin: one more level to watch.

    With the name of a guard, the last price at which that guard's limit of the equity still holds; it comes first.
    """

    __slots__ = ("guard", "market", "price", "side", "ticket")

    def __init__(self, market: Market, side: int, price: float, guard: str = "") -> None:
        super().__init__()
        self.market, self.side, self.price, self.guard = market, side, price, guard
        self.ticket = -1 if guard else 0


def presumed_first(events: list[Event], far_order: bool = False) -> Event:
    """Of all that a bar does, what is presumed to happen first (see the top of this module).

    Args: far_order: of orders at both ends those at the farther one: the other thing that can have happened.
    """
    at_open = [event for event in events if event.at_open]
    if at_open:
        return min(at_open, key=lambda event: (event.rank, event.ticket))
    nearest = min(events, key=lambda event: (event.distance, event.rank, event.ticket))
    if far_order and {e.end for e in events if e.rank == Rank.ORDER} == {-1, 1}:
        nearest = min((e for e in events if e.end != nearest.end), key=lambda event: event.distance)
    ends = {event.end for event in events if event.stop} or {nearest.end}
    return min((e for e in events if e.end in ends), key=lambda event: (event.distance, event.rank, event.ticket))
