"""Where in a growing list the things of some time, or of some number, are: found without looking through all of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Chronicle(Generic[T]):
    """A list to whose end things are added, mostly in the order of their times; read up to its end when asked.

    Args: rows: the list. time: when something of it was; it does not change any more. keys: numbers that it may be
        asked for by.
    """

    def __init__(self, rows: Sequence[T], time: Callable[[T], float], *keys: Callable[[T], int]) -> None:
        self.rows, self._time, self._keys = rows, time, keys
        self._latest: list[float] = []
        """For each row the latest time up to it: these never fall, whatever the order of the rows."""
        self._found: tuple[dict[int, list[int]], ...] = tuple({} for _ in keys)

    def between(self, begin: float, end: float) -> Iterator[T]:
        """What was from one time to another, both included, in the list's order."""
        self._read()
        first = bisect_left(self._latest, begin)
        rows = (self.rows[place] for place in range(first, len(self.rows)))
        return (row for row in rows if begin <= self._time(row) <= end)

    def of(self, key: int, number: int) -> Iterator[T]:
        """What has a number, in the list's order. Args: key: which of the keys it is."""
        self._read()
        return (self.rows[place] for place in self._found[key].get(number, ()))

    def _read(self) -> None:
        done = len(self._latest)
        if done == len(self.rows):
            return
        latest = self._latest[-1] if done else float("-inf")
        for place in range(done, len(self.rows)):
            row = self.rows[place]
            latest = max(latest, self._time(row))
            self._latest.append(latest)
            for key, found in zip(self._keys, self._found, strict=True):
                found.setdefault(key(row), []).append(place)
