"""How many decimals prices really have, whatever they were written with."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mas.data.table import Floats

MOST_DIGITS = 8
_AT_ONCE = 16_384
"""Prices looked at together: what is worked out of them stays in the processor's cache."""


def observed_digits(prices: Iterable[Floats], *, single: bool = False) -> int | None:
    """The fewest decimals that write all prices exactly; None if that takes more than 8 (computed, not quoted).

    Args: single: the prices were stored as 32-bit floats and are exact to about seven digits only.
    """
    digits = 0
    for values in prices:
        for part in (values[:1000], values):  # the first thousand usually decide: the whole is looked at once
            while digits <= MOST_DIGITS and not _fits(part, digits, single):
                digits += 1
    return digits if digits <= MOST_DIGITS else None


def _fits(values: Floats, digits: int, single: bool) -> bool:
    return all(
        _part_fits(values[start : start + _AT_ONCE], digits, single) for start in range(0, len(values), _AT_ONCE)
    )


def _part_fits(values: Floats, digits: int, single: bool) -> bool:
    scaled = values * 10.0**digits
    allowed = 1e-6 + np.abs(scaled) * (1.2e-7 if single else 1e-13)
    return bool((np.abs(scaled - np.rint(scaled)) <= allowed).all())


def on_grid(values: Floats, digits: int) -> Floats:
    """The floats nearest to the decimals, so that equal prices are equal bit for bit."""
    scale = 10.0**digits  # exact up to 1e22, so the division below is rounded once
    snapped: Floats = values * scale
    np.rint(snapped, out=snapped)
    snapped /= scale
    return snapped
