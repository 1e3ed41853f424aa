"""Plain numbers: copying them, and rounding to decimals exactly as Python's `round` does it.

Python rounds the exact value of the float, halves to even, and gives the float nearest to that decimal. A product with
a power of ten is inexact, so its error is worked out (Dekker's product) and decides where the product is a half. The
quotient of two whole numbers that floats hold exactly is the float nearest to it. All operations are ones that numba
compiles to the same numbers.
"""

from __future__ import annotations

import math

from mas.compiled.layout import Floats

LARGEST = 4503599627370496.0
"""2 ** 52: beyond it a float has no halves left."""

_SPLITTER = 134217729.0  # 2 ** 27 + 1

POWERS = (1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12)


def exact_round(x: float, digits: float) -> float:
    """`round(x, digits)` for 0 to 12 digits; what is too large to have them is given back as it is.

    That is what Python gives as well wherever the float nearest to the decimal is the number itself, which holds from
    2 ** 52 / 10 ** digits on up to half an ulp; callers refuse such numbers (`too_large`).
    """
    power = POWERS[int(digits)]
    product = x * power
    if not abs(product) < LARGEST:
        return x
    upper = _SPLITTER * x
    high = upper - (upper - x)
    low = x - high
    upper = _SPLITTER * power
    power_high = upper - (upper - power)
    power_low = power - power_high
    error = ((high * power_high - product) + high * power_low + low * power_high) + low * power_low
    whole = math.floor(product)
    part = product - whole
    up = part > 0.5 or (part == 0.5 and (error > 0.0 or (error == 0.0 and whole % 2 != 0)))
    return math.copysign((whole + 1 if up else whole) / power, x)


def too_large(x: float, digits: float) -> bool:
    """Whether a number is beyond what `exact_round` rounds."""
    return not abs(x * POWERS[int(digits)]) < LARGEST


def copy_numbers(source: Floats, first: int, target: Floats, at: int, count: int) -> None:
    """Copy so many numbers. (A loop: numba takes a minute to compile the assignment of a slice.)"""
    for n in range(count):
        target[at + n] = source[first + n]


def clear(target: Floats) -> None:
    """Make all numbers 0."""
    for n in range(target.shape[0]):
        target[n] = 0.0
