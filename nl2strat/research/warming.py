"""The kernel's machine code, made once and kept in the user's cache folder."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from mas.compiled import layout as k
from mas.compiled.building import compiled, is_built
from mas.compiled.curves import CHUNK, FIGURES
from mas.compiled.market import Table, play

NOTE = "compiling the kernel, once for this version (a minute or two; nl2strat warmup does it ahead)"


def warm_up(tell: Callable[[str], None] = lambda _: None) -> float:
    """Have every part of the kernel compiled, or loaded from the cache.

    Args: tell: called once if it is to be compiled.
    Returns: seconds that it has taken.
    Raises: NoCompiler: numba is not installed.
    """
    functions = compiled()
    if not is_built():
        tell(NOTE)
    begun, bars = time.perf_counter(), 2
    terms = np.zeros(k.TERMS)
    terms[[k.T_TICK, k.T_DIGITS, k.T_VOLUME_STEP, k.T_CONTRACT, k.T_RATE]] = 1.0
    table = Table(np.ones((k.PRICES, bars)), terms, 1.0)
    played = play(
        functions, table, np.arange(bars), np.zeros((1, bars), np.bool_), np.zeros((1, bars)), np.zeros((1, 1)),
        np.zeros((0, 6), np.int64), np.zeros(1),
    )  # fmt: skip
    functions["curve_of"](
        table.prices, played.rows, table.terms, table.deposit, np.zeros(bars + 1), np.arange(bars),
        np.empty((2, CHUNK)), np.empty(len(played.rows)), np.empty(bars), np.empty(bars), np.empty(FIGURES),
    )  # fmt: skip
    functions["crossings_of"](np.ones(bars), np.ones(1), *(np.empty(bars, np.bool_) for _ in range(4)))
    return time.perf_counter() - begun
