"""Random numbers that are the same on every machine and with every version of numpy, and that cost no import.

SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): number i of a stream
is a hash of seed + i. numpy's own generators may change between versions, and a report must not.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Words = NDArray[np.uint64]

_STEP = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def seed_of(*parts: object) -> int:
    """A seed that depends on everything given: arrays by their bytes, anything else by how it is written."""
    digest = hashlib.sha256()
    for part in parts:
        content = np.ascontiguousarray(part).tobytes() if isinstance(part, np.ndarray) else str(part).encode()
        digest.update(len(content).to_bytes(8, "little") + content)
    return int.from_bytes(digest.digest()[:8], "little")


class Random:
    """A stream of numbers from a seed; each call goes on where the last one ended."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def words(self, count: int) -> Words:
        """64 random bits each, shape (count,)."""
        index = np.arange(1, count + 1, dtype=np.uint64)
        with np.errstate(over="ignore"):
            z = np.uint64(self._state) + index * np.uint64(_STEP)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        self._state = (self._state + count * _STEP) & _MASK
        return z ^ (z >> np.uint64(31))

    def floats(self, count: int) -> Floats:
        """Evenly spread over 0 <= x < 1."""
        return (self.words(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, limit: int, count: int) -> Whole:
        """Whole numbers 0 ... limit - 1, evenly spread."""
        return np.minimum((self.floats(count) * limit).astype(np.int64), limit - 1)

    def orders(self, length: int, count: int) -> Whole:
        """Permutations of 0 ... length - 1, shape (count, length)."""
        bits = np.uint64(max(1, (length - 1).bit_length()))
        low = (np.uint64(1) << bits) - np.uint64(1)
        keys = self.words(length * count).reshape(count, length) & ~low | np.arange(length, dtype=np.uint64)
        keys.sort(axis=1)  # of random keys; the place rides along in the lowest bits
        return (keys & low).astype(np.int64)

    def chosen(self, length: int, count: int) -> Whole:
        """Some of 0 ... length - 1 without repeats, in order; all of them if more are asked for."""
        if count >= length:
            return np.arange(length, dtype=np.int64)
        if not count:
            return np.zeros(0, dtype=np.int64)
        return np.sort(np.argpartition(self.words(length), count - 1)[:count])
