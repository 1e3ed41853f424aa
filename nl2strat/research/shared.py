"""Signals of many configurations: what does not depend on the inputs that are turned is computed once.

A strategy's `signals` is run with the indicators it calls replaced by ones that remember: a call with the same
arguments gives the same array. What is kept is bounded by the memory that it takes: truths go first, which are quickly
found again, and then the series with the oldest use. Crossings are found by the kernel, above and below at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from types import FunctionType
from typing import Any

import numpy as np

from mas.bars import Bars
from mas.series import Condition, Series, crosses_above, crosses_below

MEMORY = 128 * 2**20
"""Bytes that are kept at most."""

Crossings = tuple[Condition, Condition]
"""Where a series crosses above something, and where below."""


class Indicators:
    """The results of indicators, by what they were called with; used by several threads.

    Args: most: bytes that are kept. crossings: the kernel's function of that name; numpy finds crossings without it.
    """

    def __init__(self, most: int = MEMORY, crossings: Callable[..., None] | None = None) -> None:
        self._most, self._used, self._crossings_of = most, 0, crossings
        self._series: OrderedDict[Hashable, tuple[Any, tuple[Any, ...], int]] = OrderedDict()
        self._truths: OrderedDict[Hashable, tuple[Any, tuple[Any, ...], int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """Bytes that are kept now."""
        return self._used

    def signals(self, strategy: Any, bars: Bars) -> dict[str, Condition | Series]:
        """What a strategy's `signals` gives."""
        method = type(strategy).signals
        names = {name: self._instead_of(name, value) for name, value in method.__globals__.items()}
        own = FunctionType(method.__code__, names, method.__name__, method.__defaults__, method.__closure__)
        found: dict[str, Condition | Series] = own(strategy, bars)
        return found

    def _instead_of(self, name: str, value: Any) -> Any:
        """What a name of the strategy's module stands for here."""
        if self._crossings_of is not None and (value is crosses_above or value is crosses_below):
            return self._crossing(value)
        return self._remembering(name, value) if callable(value) and not isinstance(value, type) else value

    def _remembering(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def remembered(*arguments: Any, **words: Any) -> Any:
            key = (name, *map(_key, arguments), *((word, _key(value)) for word, value in words.items()))
            return self._known(key, lambda: function(*arguments, **words), (*arguments, *words.values()))

        return remembered

    def _crossing(self, function: Callable[..., Condition]) -> Callable[[Any, Any], Condition]:
        """`crosses_above` or `crosses_below`, either of which finds both."""

        def crossing(a: Any, b: Any) -> Condition:
            series, other = (a, b) if isinstance(a, Series) else (b, a)
            if not isinstance(series, Series) or not _goes_with(other, series):
                return function(a, b)  # which says what is wrong
            key = ("crossings", _key(series), _key(other))
            both: Crossings = self._known(key, lambda: self._both(series, other), (series, other))
            return both[0 if (function is crosses_above) == (series is a) else 1]

        return crossing

    def _both(self, series: Series, other: Series | float) -> Crossings:
        assert self._crossings_of is not None
        others = other.values if isinstance(other, Series) else np.array([other], dtype=np.float64)
        over, not_over, under, not_under = (np.empty(len(series), np.bool_) for _ in range(4))
        self._crossings_of(series.values, others, over, not_over, under, not_under)
        return Condition(over, not_over), Condition(under, not_under)

    def _known(self, key: Hashable, find: Callable[[], Any], arguments: tuple[Any, ...]) -> Any:
        """What is kept under a key, else what is found now."""
        with self._lock:
            for shelf in (self._series, self._truths):
                if key in shelf:
                    shelf.move_to_end(key)
                    return shelf[key][0]
        result = find()
        self._keep(key, result, arguments)
        return result

    def _keep(self, key: Hashable, result: Any, arguments: tuple[Any, ...]) -> None:
        """Arguments are kept with their result: what tells them apart is where they lie in memory."""
        size = _bytes(result)
        if not size or size > self._most:
            return
        with self._lock:
            shelf = self._series if isinstance(result, Series) else self._truths
            if key in shelf:
                return
            shelf[key] = (result, arguments, size)
            self._used += size
            while self._used > self._most:
                _, (_, _, gone) = (self._truths or self._series).popitem(last=False)
                self._used -= gone


def _key(value: Any) -> Hashable:
    return ("at", id(value)) if isinstance(value, Series | Condition | Bars) else (type(value).__name__, repr(value))


def _goes_with(other: Any, series: Series) -> bool:
    """Whether something can be compared with a series."""
    if isinstance(other, Series):
        return len(other) == len(series)
    return isinstance(other, int | float | np.number) and not isinstance(other, bool)


def _bytes(result: Any) -> int:
    if isinstance(result, Series):
        return result.values.nbytes
    if isinstance(result, tuple):
        return sum(map(_bytes, result))
    return result.true.nbytes + result.false.nbytes if isinstance(result, Condition) else 0
