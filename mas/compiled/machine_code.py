"""The kernel's machine code in files and in memory, by llvmlite and ctypes alone.

numba has made it (`building`) and is not needed to use it: to load numba, and have it recognise what it made, takes
twenty times as long as to load the code itself. Functions are called as numba's own code calls them: a place for the
result, one for an error, then every array as the numbers that numba makes of it. No lock is held meanwhile.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mas.compiled.layout import BOOKS


class Array(NamedTuple):
    """The type of an argument: an array whose rows lie one after another."""

    dtype: np.dtype[Any]
    dims: int


FLOATS, TABLE = Array(np.dtype(np.float64), 1), Array(np.dtype(np.float64), 2)
WHOLE, CODE = Array(np.dtype(np.int64), 1), Array(np.dtype(np.int64), 2)
FLAGS, TRUTHS = Array(np.dtype(np.bool_), 1), Array(np.dtype(np.bool_), 2)
RUN = (TABLE, TABLE, TABLE, TABLE, BOOKS)
"""The fields of a `layout.Run`."""

SIGNATURES: dict[str, tuple[Any, ...]] = {
    "play_all": (RUN, WHOLE, TRUTHS, TABLE, CODE, FLOATS),
    "curve_of": (TABLE, TABLE, FLOATS, float, FLOATS, WHOLE, TABLE, FLOATS, FLOATS, FLOATS, FLOATS),
    "crossings_of": (FLOATS, FLOATS, FLAGS, FLAGS, FLAGS, FLAGS),
}
"""The functions that are called from Python, with the types of their arguments."""

POINTER, NUMBER, COUNT = ctypes.c_void_p, ctypes.c_double, ctypes.c_int64
"""As what arguments are handed over."""
_INDEX = "functions.json"


class Code(NamedTuple):
    """The machine code of one function."""

    symbol: str
    """What the linker calls it."""
    file: bytes
    """An object file."""


Functions = dict[str, Callable[..., Any]]


# ------------------------------------------------------------------ files


def keep(codes: dict[str, Code], folder: Path) -> None:
    """Write machine code where `kept` finds it; all of it or nothing. Raises: OSError: it cannot be written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=folder.name, dir=folder.parent))
    try:
        for name, code in codes.items():
            (unfinished / f"{name}.o").write_bytes(code.file)
        index = {name: [code.symbol, hashlib.sha256(code.file).hexdigest()] for name, code in codes.items()}
        (unfinished / _INDEX).write_text(json.dumps(index), encoding="utf-8")
        if folder.exists() and kept(folder) is None:
            shutil.rmtree(folder)  # what is broken
        os.rename(unfinished, folder)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if kept(folder) is None:  # else another process has been faster
            raise


def kept(folder: Path) -> dict[str, Code] | None:
    """The machine code in a folder; None if there is none, or not all of it as it was written."""
    try:
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        codes = {name: Code(index[name][0], (folder / f"{name}.o").read_bytes()) for name in SIGNATURES}
    except (OSError, ValueError, KeyError):
        return None
    whole = all(hashlib.sha256(code.file).hexdigest() == index[name][1] for name, code in codes.items())
    return codes if whole else None


# ------------------------------------------------------------------ memory


def processor() -> str:
    """What machine code is made for: name and features of this machine's processor."""
    from llvmlite import binding as llvm

    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def loaded(codes: dict[str, Code]) -> Functions:
    """The functions, ready to be called with the arguments that `SIGNATURES` says."""
    from llvmlite import binding as llvm

    with suppress(RuntimeError):  # newer ones do it by themselves, and refuse to be told
        llvm.initialize()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    for code in codes.values():
        engine.add_object_file(llvm.ObjectFileRef.from_data(code.file))
    engine.finalize_object()
    _ENGINES.append(engine)
    found: Functions = {}
    for name, signature in SIGNATURES.items():
        kind = ctypes.CFUNCTYPE(ctypes.c_int32, *handed_over(signature))
        found[name] = partial(_call, name, kind(engine.get_function_address(codes[name].symbol)), signature)
    return found


_ENGINES: list[Any] = []
"""Machine code is gone with its engine."""


def handed_over(signature: tuple[Any, ...]) -> list[type[Any]]:
    """What a function is given for arguments of these types: places for its result and its error before them."""
    return [POINTER, POINTER, *_parts(signature)]


def _parts(kind: Any) -> Iterator[type[Any]]:
    if isinstance(kind, Array):  # two that numba counts references by, size, bytes of an item, where it is, its shape
        yield from (POINTER, POINTER, COUNT, COUNT, POINTER, *([COUNT] * (2 * kind.dims)))
    elif isinstance(kind, tuple):
        for one in kind:
            yield from _parts(one)
    else:
        yield NUMBER if kind is float else POINTER


def _call(name: str, function: Callable[..., int], signature: tuple[Any, ...], *arguments: Any) -> None:
    """Raises: TypeError: an argument is not of its type. RuntimeError: the function has ended in an error."""
    result, error = ctypes.c_void_p(), ctypes.c_void_p()
    flat = [one for kind, value in zip(signature, arguments, strict=True) for one in _flat(name, kind, value)]
    if function(ctypes.addressof(result), ctypes.addressof(error), *flat):
        raise RuntimeError(f"{name}: the machine code has ended in an error")


def _flat(name: str, kind: Any, value: Any) -> Iterator[Any]:
    """An argument as it is handed over."""
    if isinstance(kind, Array):
        if value.dtype != kind.dtype or value.ndim != kind.dims or not value.flags.c_contiguous:
            raise TypeError(
                f"{name} takes {kind.dtype} of {kind.dims} dimensions, row after row, not {value.dtype} of {value.ndim}"
            )
        yield from (None, None, value.size, value.itemsize, value.ctypes.data, *value.shape, *value.strides)
    elif isinstance(kind, tuple):
        for one, part in zip(kind, value, strict=True):
            yield from _flat(name, one, part)
    elif kind is float:
        yield float(value)
    else:
        if value.dtype != kind:
            raise TypeError(f"{name} takes a record of {kind.names}, not {value.dtype}")
        yield value.__array_interface__["data"][0]
