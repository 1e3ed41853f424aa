"""Sums of floats that are the same wherever they are worked out.

From Python 3.12 on `sum` makes up for what is lost in rounding; the kernel of sweeps, and Python before that, add from
left to right. A last bit can decide how many lots are bought, so what decides is added from left to right everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add


def in_order(numbers: Iterable[float]) -> float:
    """The numbers added one after another; 0.0 for none."""
    return reduce(add, numbers, 0.0)
