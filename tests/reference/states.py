"""What keeps a state from bar to bar: latch, remember, ratchet. Lists in, lists out; None: not available."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def latch(begins: list[Any], ends: list[Any]) -> list[Any]:
    """On from a bar on which the first is true until one on which the second is; the second wins."""
    result: list[Any] = []
    is_on = False
    for begin, end in zip(begins, ends, strict=True):
        is_on = False if end is True else True if begin is True else is_on
        result.append(is_on)
    return result


def remember(values: list[Any], when: list[Any]) -> list[Any]:
    """The value on the last bar on which the condition was true, unavailable if it was so there."""
    result: list[Any] = []
    kept = None
    for value, here in zip(values, when, strict=True):
        kept = value if here is True else kept
        result.append(kept)
    return result


def ratchet(better: Callable[[float, float], float], values: list[Any], anew: list[Any]) -> list[Any]:
    """The best value so far; it begins anew with the value of a bar on which the condition is true."""
    result: list[Any] = []
    best = None
    for value, again in zip(values, anew, strict=True):
        if value is not None:
            best = value if best is None or again is True else better(best, value)
        result.append(best)
    return result
