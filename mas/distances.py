"""Distances that are only known once an order has filled.

A strategy plans a waiting order at its own price. When the market gaps over it the fill is another price, and with it
change what a percent of the fill is and, behind a stop at a fixed price, how much one R is. `MAS.manage` takes these
in place of a number and settles them at the fill (EXECUTION rules 8 and 14).
"""

from __future__ import annotations

from mas.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class R:
    """So many times the distance from the fill to the stop."""

    multiple: float


@dataclass(frozen=True, slots=True)
class Percent:
    """So many percent of the fill price."""

    percent: float


Distance = float | R | Percent


@dataclass(frozen=True, slots=True)
class Lots:
    """So many lots, where a number would be a percent."""

    lots: float


def settled(distance: Distance, fill: float, risk: float) -> float:
    """The distance in price, once the fill price and the distance to the stop (NaN without one) are known."""
    if isinstance(distance, R):
        return distance.multiple * risk
    if isinstance(distance, Percent):
        return distance.percent / 100 * fill
    return distance
