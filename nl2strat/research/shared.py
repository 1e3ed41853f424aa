"""Signals of many configurations: what does not depend on the inputs that are turned is computed once.

A strategy's `signals` is run with the indicators it calls replaced by ones that remember: a call with the same
arguments gives the same array. What is kept is bounded by the memory that it takes, the oldest use going first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from types import FunctionType
from typing import Any

from mas.bars import Bars
from mas.series import Condition, Series

MEMORY = 128 * 2**20
"""Bytes that are kept at most."""


class Indicators:
    """The results of indicators, by what they were called with; used by several threads."""

    def __init__(self, most: int = MEMORY) -> None:
        self._most, self._used = most, 0
        self._kept: OrderedDict[Hashable, tuple[Any, tuple[Any, ...], int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """Bytes that are kept now."""
        return self._used

    def signals(self, strategy: Any, bars: Bars) -> dict[str, Condition | Series]:
        """What a strategy's `signals` gives."""
        method = type(strategy).signals
        names = {
            name: self._remembering(name, value) if callable(value) and not isinstance(value, type) else value
            for name, value in method.__globals__.items()
        }
        own = FunctionType(method.__code__, names, method.__name__, method.__defaults__, method.__closure__)
        found: dict[str, Condition | Series] = own(strategy, bars)
        return found

    def _remembering(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def remembered(*arguments: Any, **words: Any) -> Any:
            key = (name, *map(_key, arguments), *((word, _key(value)) for word, value in words.items()))
            with self._lock:
                kept = self._kept.get(key)
                if kept is not None:
                    self._kept.move_to_end(key)
                    return kept[0]
            result = function(*arguments, **words)
            self._keep(key, result, (*arguments, *words.values()))
            return result

        return remembered

    def _keep(self, key: Hashable, result: Any, arguments: tuple[Any, ...]) -> None:
        """Arguments are kept with their result: what tells them apart is where they lie in memory."""
        size = _bytes(result)
        if not size or size > self._most:
            return
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = (result, arguments, size)
            self._used += size
            while self._used > self._most:
                _, (_, _, gone) = self._kept.popitem(last=False)
                self._used -= gone


def _key(value: Any) -> Hashable:
    return ("at", id(value)) if isinstance(value, Series | Condition | Bars) else (type(value).__name__, repr(value))


def _bytes(result: Any) -> int:
    if isinstance(result, Series):
        return result.values.nbytes
    return result.true.nbytes + result.false.nbytes if isinstance(result, Condition) else 0
