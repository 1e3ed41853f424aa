"""From plain Python to machine code: numba compiles the functions of the kernel, and those of the rules it calls.

Each function is compiled from its own code object, the functions it calls among them, so that there is one source of
every rule. `round` is replaced by `exact_round`, which rounds as Python does; numba's own does not always. The result
is kept in the user's cache folder, in a folder named after the sources and the versions: another rule, another
folder. Nothing in it makes arrays, so that references to them need no counting (`_nrt`).
"""

from __future__ import annotations

import dis
import hashlib
import platform
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from mas import fills
from mas.compiled import (
    book,
    crossings,
    curves,
    dealing,
    entering,
    exact,
    grids,
    kernel,
    layout,
    ledger,
    machine,
    money,
    planning,
    plans,
    playing,
    reversing,
    sizes,
    waiting,
)
from mas.errors import MasError

_MODULES: tuple[ModuleType, ...] = (
    exact, fills, layout, money, waiting, grids, ledger, book, dealing, plans, playing, reversing, entering, sizes,
    planning, machine, kernel, curves, crossings,
)  # fmt: skip
ENTRY_POINTS = ("play_all", "curve_of", "crossings_of")


class NoCompiler(MasError):
    """The compiled path needs a package that is not installed."""


Functions = dict[str, Callable[..., Any]]


def plain() -> Functions:
    """The entry points as they stand, in Python: the same results, some hundred times slower."""
    return {name: value for module in _MODULES for name, value in vars(module).items() if name in ENTRY_POINTS}


@cache
def compiled() -> Functions:
    """The entry points, ready to be called; what is not in the cache yet is compiled when it is first called.

    Raises: NoCompiler: numba is not installed, or cannot be loaded.
    """
    try:
        import numba
        from numba.core import config
    except ImportError as error:
        raise NoCompiler(
            f"sweeps need numba, which cannot be loaded ({error}): pip install 'nl2strat[research]'"
        ) from error
    settings: Any = config
    before, settings.CACHE_DIR = settings.CACHE_DIR, str(cache_folder(numba.__version__))
    try:
        return _build(numba)
    finally:
        settings.CACHE_DIR = before


def cache_folder(version: str) -> Path:
    """Where the machine code of these sources is kept."""
    from platformdirs import user_cache_path

    return user_cache_path("nl2strat") / "kernel" / _fingerprint(version)


def is_built() -> bool:
    """Whether the machine code is in the cache."""
    import numba

    folder = cache_folder(numba.__version__)
    return folder.exists() and len(list(folder.rglob("*.nbc"))) >= len(ENTRY_POINTS)


def _fingerprint(version: str) -> str:
    """What the machine code depends on: the code of every function, whatever its comments say, and the versions.

    And the files of the entry points, by path and age: numba compiles anew where one of them is another.
    """
    digest = hashlib.sha256()
    for function in plain().values():
        file = Path(function.__code__.co_filename)
        about = file.stat() if file.exists() else None
        digest.update(f"{file} {about and (about.st_mtime_ns, about.st_size)}".encode())
    for module in _MODULES:
        for name, value in sorted(vars(module).items()):
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                digest.update(_code(value.__code__).encode())
            elif isinstance(value, int | float | tuple):
                digest.update(f"{name} {value}".encode())
    digest.update(_code(_build.__code__).encode())
    digest.update(f"{version} {platform.python_version()} {platform.machine()}".encode())
    return digest.hexdigest()[:16]


def _code(code: CodeType) -> str:
    constants = [_code(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts[1:]]
    return f"{code.co_name} {code.co_code.hex()} {constants} {code.co_names} {code.co_varnames}"


def _build(numba: Any) -> Functions:
    names: dict[str, Any] = {"__name__": __name__}  # a module that can be imported, which the cache asks for
    functions: dict[str, FunctionType] = {}
    for module in _MODULES:
        for name, value in vars(module).items():
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                functions[name] = value
            elif not name.startswith("__") and not isinstance(value, FunctionType):
                names[name] = value
    callers = Counter(
        step.argval
        for function in functions.values()
        for step in dis.get_instructions(function)
        if step.opname == "LOAD_GLOBAL"
    )
    for name, function in functions.items():
        own = FunctionType(function.__code__, names, name, function.__defaults__)
        if name in ENTRY_POINTS:
            names[name] = numba.njit(
                own, nogil=True, cache=True, error_model="numpy", no_cfunc_wrapper=True, _nrt=False
            )
        else:  # called by compiled code alone; what is called from one place becomes a part of it
            names[name] = numba.njit(
                own, nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True, _nrt=False,
                forceinline=callers[name] == 1,
            )  # fmt: skip
    names["round"] = names["exact_round"]
    return {name: names[name] for name in ENTRY_POINTS}
