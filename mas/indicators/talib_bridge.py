"""The one door to TA-Lib: loaded when first needed, without pandas and polars, and careful with NaN.

`import talib` imports pandas and polars if they are installed, which costs more than a whole backtest, only to
accept their series. We pass numpy arrays, so its extension module is loaded by itself, with those two invisible to
this thread while it does so, and so is the package, in which it would look for everything that it imports. `talib`
itself stays unimported: a later `import talib` by the user works as usual and shares the extension module.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec
from threading import Lock, get_ident
from types import ModuleType
from typing import Any

import numpy as np

from mas.errors import MasError
from mas.series import FloatArray

_HEAVY = ("pandas", "polars", "talib")


def talib(name: str, *inputs: FloatArray, **options: float) -> FloatArray:
    """TA-Lib's function of that name on arrays of one length; NaN where it is not available.

    TA-Lib carries an inner NaN on for ever. Here each run of bars on which all inputs are available is computed by
    itself, so a gap costs a new warm-up and no more.
    """
    return talib_all(name, *inputs, **options)[0]


def talib_all(name: str, *inputs: FloatArray, **options: float) -> tuple[FloatArray, ...]:
    """As `talib`, for functions with several outputs."""
    return by_runs(partial(getattr(_extension(), name), **options), *inputs)


def by_runs(function: Callable[..., Any], *inputs: FloatArray) -> tuple[FloatArray, ...]:
    """The function's outputs on each run of bars with all inputs available, NaN between the runs."""
    runs = _runs(inputs)
    if runs is None:
        return _outputs(function(*inputs))
    results = tuple(np.full(len(inputs[0]), np.nan) for _ in _outputs(function(*(x[:0] for x in inputs))))
    for start, end in runs:
        for result, part in zip(results, _outputs(function(*(x[start:end] for x in inputs))), strict=True):
            result[start:end] = part
    return results


def _runs(inputs: Sequence[FloatArray]) -> list[tuple[int, int]] | None:
    """Start and end of each run of bars with all inputs available; None if that is all of them."""
    missing = np.isnan(inputs[0])
    for values in inputs[1:]:
        missing |= np.isnan(values)
    if not missing.any():
        return None
    edges = np.flatnonzero(np.diff(missing, prepend=True, append=True))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _outputs(result: Any) -> tuple[FloatArray, ...]:
    return result if isinstance(result, tuple) else (result,)


# ------------------------------------------------------------------ loading


_LOADING = Lock()


def _extension() -> ModuleType:
    """TA-Lib's extension module, initialised; by one thread, while others wait."""
    with _LOADING:
        return _loaded()


@cache
def _loaded() -> ModuleType:
    if "talib" in sys.modules:
        return importlib.import_module("talib._ta_lib")
    package = find_spec("talib")
    if package is None:
        raise MasError('indicators need TA-Lib, which is not installed: run "pip install TA-Lib"')
    spec = PathFinder.find_spec("talib._ta_lib", package.submodule_search_locations)
    if spec is None or spec.loader is None:
        return importlib.import_module("talib._ta_lib")
    with _invisible(_HEAVY):
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    module._ta_initialize()
    return module


class _Curtain:
    """An import finder that knows nothing of some packages, for the thread that put it up."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names, self.thread = names, get_ident()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name in self.names and get_ident() == self.thread:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


@contextmanager
def _invisible(names: Sequence[str]) -> Iterator[None]:
    """Packages that are not loaded yet cannot be imported by this thread inside the block."""
    curtain = _Curtain(names)
    sys.meta_path.insert(0, curtain)
    try:
        yield
    finally:
        sys.meta_path.remove(curtain)
