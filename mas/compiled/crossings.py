"""Where one series crosses another, both ways in one pass: what `mas.series` says, without its intermediate arrays."""

from __future__ import annotations

from mas.compiled.layout import Flags, Floats
from mas.series import TOLERANCE


def crossings_of(a: Floats, b: Floats, over: Flags, not_over: Flags, under: Flags, not_under: Flags) -> None:
    """Fill in where `crosses_above(a, b)` and `crosses_below(a, b)` are true, and where false; all of shape (bars,).

    Args: b: of shape (bars,), or one number, of shape (1,), that stands on every bar.
    """
    step = 1 if b.shape[0] == a.shape[0] else 0
    was_above, was_not_above, was_below, was_not_below = False, False, False, False
    for n in range(a.shape[0]):
        x, y = a[n], b[n * step]
        gap, margin = x - y, TOLERANCE * max(abs(x), abs(y))
        above, not_above, below, not_below = gap > margin, gap <= margin, -gap > margin, -gap <= margin
        over[n], not_over[n] = above and was_not_above, not_above or was_above
        under[n], not_under[n] = below and was_not_below, not_below or was_below
        was_above, was_not_above, was_below, was_not_below = above, not_above, below, not_below
