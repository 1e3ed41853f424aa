"""Entries that are added to: further orders at every so much from the first fill, which share its stop and its target.

An order that adds belongs to the entry. It waits as long as something of the entry is open; what is filled is measured
from together: a target that is a distance lies that far from the average fill.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import field

from mas import fills
from mas.dataclass import dataclass
from mas.distances import Distance
from mas.errors import ParameterError
from mas.sums import in_order
from mas.symbols import SymbolSpec


@dataclass(frozen=True, slots=True)
class Adds:
    """`Adds(5, every=0.002, way="against", factor=1.5)`: so many orders, each so far from the one before.

    "against" the position they are limit orders (a grid), "ahead" of it stop orders. `factor`: each is that many times
    as large as the one before.
    """

    times: float
    every: Distance
    way: str
    factor: float = 1.0

    def __post_init__(self) -> None:
        if self.way not in ("against", "ahead"):
            raise ParameterError(f'adds go "against" or "ahead", not {self.way!r}')
        if not (0 <= self.times <= 1000 and self.factor > 0):
            raise ParameterError("adds need a number of times from 0 to 1000 and a factor above 0")


@dataclass(slots=True)
class Extended:
    """An entry with adds, as all its positions know it."""

    since: int
    """Bar of the first fill, from which its age counts."""
    side: int
    stop: float
    """Of all its positions; 0.0 if there is none."""
    target: float
    """Price fixed for all its positions; 0.0 if there is none."""
    distance: float = math.nan
    """How far from the average fill the target lies; NaN if it is no distance."""
    filled: list[tuple[float, float]] = field(default_factory=list)
    """(price, lots) of every fill."""
    moved: int | None = None
    """The bar of a fill after which the target has not been moved yet."""

    @property
    def average(self) -> float:
        """The fills' mean price, weighted by volume."""
        return in_order(price * lots for price, lots in self.filled) / in_order(lots for _, lots in self.filled)

    def levels(self, every: float, adds: Adds, spec: SymbolSpec) -> Iterator[tuple[str, float, float]]:
        """(order type, price, lots) of each order that adds.

        Those beyond the stop are left out, as none could fill; and those whose volume is below the minimum.
        """
        price, lots = self.filled[0]
        buying = "buy" if self.side == fills.LONG else "sell"
        kind = f"{buying}_limit" if adds.way == "against" else f"{buying}_stop"
        against = adds.way == "against"
        for k in range(1, int(adds.times) + 1 if every > 0.0 else 0):
            level = fills.added_price(
                self.side, price, against, k, every, self.stop, spec.tick_size, spec.digits
            )  # fmt: skip
            if level == 0.0:
                return
            volume = fills.added_volume(lots, adds.factor, k, spec.volume_step, spec.volume_min)
            if volume > 0.0:
                yield kind, level, volume
