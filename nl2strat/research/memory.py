"""Where the threads of a search have their memory from."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_ARENA_MAX = -8
"""M_ARENA_MAX of malloc.h."""


def share_a_heap() -> None:
    """Have all threads ask for memory in one place, where the system's library can be told (glibc); before any begins.

    It would give each a heap of its own, out of which arrays that are kept for others fall piece by piece: pages are
    given back and asked for again, a twentieth of the work of two threads.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
