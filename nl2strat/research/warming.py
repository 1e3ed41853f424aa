"""The kernel's machine code, made once and kept in the user's cache folder."""

from __future__ import annotations

import time
from collections.abc import Callable

from mas.compiled.building import compiled

NOTE = "compiling the kernel, once for this version (a minute or two; nl2strat warmup does it ahead)"


def warm_up(tell: Callable[[str], None] = lambda _: None) -> float:
    """Have the kernel compiled, or loaded from the cache.

    Args: tell: called once if it is to be compiled.
    Returns: seconds that it has taken.
    Raises: NoCompiler: numba is not installed.
    """
    begun = time.perf_counter()
    compiled(lambda: tell(NOTE))
    return time.perf_counter() - begun
