"""From plain Python to machine code: numba compiles the functions of the kernel, and those of the rules it calls.

Each function is compiled from its own code object, the functions it calls among them, so that there is one source of
every rule. `round` is replaced by `exact_round`, which rounds as Python does; numba's own does not always. The result
is kept in the user's cache folder, in a folder named after the functions, the versions and the processor: another rule,
another folder. Nothing in it makes arrays, so that references to them need no counting (`_nrt`).
"""

from __future__ import annotations

import dis
import hashlib
import logging
import platform
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
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
from mas.compiled.machine_code import (
    COUNT,
    NUMBER,
    POINTER,
    SIGNATURES,
    Array,
    Code,
    Functions,
    handed_over,
    keep,
    kept,
    loaded,
    processor,
)
from mas.errors import MasError

log = logging.getLogger("mas")

_MODULES: tuple[ModuleType, ...] = (
    exact, fills, layout, money, waiting, grids, ledger, book, dealing, plans, playing, reversing, entering, sizes,
    planning, machine, kernel, curves, crossings,
)  # fmt: skip


class NoCompiler(MasError):
    """The compiled path needs a package that is not installed, or not in a version that it knows."""


def plain() -> Functions:
    """The functions of `SIGNATURES` as they stand, in Python: the same results, some hundred times slower."""
    return {name: value for module in _MODULES for name, value in vars(module).items() if name in SIGNATURES}


_LOCK = threading.Lock()
_loaded: Functions = {}


def compiled(before: Callable[[], None] = lambda: None) -> Functions:
    """The functions of `SIGNATURES` as machine code: from the cache, else compiled now, which takes a minute.

    Args: before: called once if they are to be compiled.
    Raises: NoCompiler: numba is not installed, or cannot be loaded.
    """
    with _LOCK:
        if not _loaded:
            folder = cache_folder()
            codes = kept(folder)
            if codes is None:
                before()
                codes = _compile()
                try:
                    keep(codes, folder)
                except OSError as error:
                    log.warning("the compiled kernel is not kept: %s: %s", folder, error.strerror or error)
            _loaded.update(loaded(codes))
        return _loaded


def is_built() -> bool:
    """Whether the machine code is in the cache."""
    try:
        return bool(_loaded) or kept(cache_folder()) is not None
    except NoCompiler:
        return False


@cache
def cache_folder() -> Path:
    """Where the machine code of these functions is kept. Raises: NoCompiler: numba is not installed."""
    from platformdirs import user_cache_path

    return user_cache_path("nl2strat") / "kernel" / _fingerprint()


# ------------------------------------------------------------------ what it depends on


def _fingerprint() -> str:
    """The code of every function, whatever its comments say, what it reads, the versions and the processor."""
    from importlib.metadata import PackageNotFoundError, version

    digest = hashlib.sha256()
    for module in _MODULES:
        for name, value in sorted(vars(module).items()):
            if _is_own(value, module):
                digest.update(f"{_code(value.__code__, value.__doc__)} {value.__defaults__}".encode())
            elif isinstance(value, int | float | tuple):
                digest.update(f"{name} {value}".encode())
    digest.update(f"{layout.BOOKS} {layout.Run._fields} {SIGNATURES}".encode())
    digest.update("".join(map(_code, (_compile.__code__, _build.__code__, _for_any_number.__code__))).encode())
    try:
        digest.update(f"{version('numba')} {version('llvmlite')} {platform.python_version()} {processor()}".encode())
    except (PackageNotFoundError, ImportError) as error:
        raise _without_numba(error) from error
    return digest.hexdigest()[:16]


def _code(code: CodeType, about: str | None = None) -> str:
    constants = [_code(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts if one != about]
    return f"{code.co_name} {code.co_code.hex()} {constants} {code.co_names} {code.co_varnames}"


def _is_own(value: Any, module: ModuleType) -> bool:
    return isinstance(value, FunctionType) and value.__module__ == module.__name__


def _without_numba(error: Exception) -> NoCompiler:
    return NoCompiler(f"sweeps need numba, which cannot be loaded ({error}): pip install 'nl2strat[research]'")


# ------------------------------------------------------------------ compiling


def _compile() -> dict[str, Code]:
    """Raises: NoCompiler: there is no numba, or one that compiles to other code than is known here."""
    try:
        import numba
        from numba.core import config
    except ImportError as error:
        raise _without_numba(error) from error
    if getattr(config, "DISABLE_JIT", 0):
        raise NoCompiler("sweeps need numba, which is told not to compile; unset NUMBA_DISABLE_JIT")
    codes = {}
    for name, function in _build(numba).items():
        function.compile(tuple(_type_of(kind, numba) for kind in SIGNATURES[name]))
        (made,) = function.overloads.values()
        _, _, (file, bitcode) = made.library.serialize_using_object_code()
        _check(name, made, bitcode, numba)
        codes[name] = Code(made.fndesc.llvm_func_name, file)
    return codes


def _type_of(kind: Any, numba: Any) -> Any:
    """numba's type of an argument."""
    if isinstance(kind, Array):
        return numba.types.Array(numba.from_dtype(kind.dtype), kind.dims, "C")
    if isinstance(kind, tuple):
        return numba.types.NamedTuple([_type_of(one, numba) for one in kind], layout.Run)
    return numba.types.float64 if kind is float else numba.from_dtype(kind)


def _check(name: str, made: Any, bitcode: bytes, numba: Any) -> None:
    """Whether a function can be called as `machine_code` calls it, and without numba."""
    from llvmlite import binding, ir

    known = {POINTER: ir.PointerType, NUMBER: ir.DoubleType, COUNT: ir.IntType}
    convention = made.target_context.call_conv.get_function_type(made.fndesc.restype, made.fndesc.argtypes)
    expected = handed_over(SIGNATURES[name])
    fits = len(convention.args) == len(expected) and all(
        isinstance(theirs, known[ours]) for theirs, ours in zip(convention.args, expected, strict=True)
    )
    called = [one.name for one in binding.parse_bitcode(bitcode).functions if one.is_declaration]
    foreign = [one for one in called if not one.startswith("llvm.") and one not in _OF_C]
    if not fits or foreign:
        what = f"calls {', '.join(foreign)}" if foreign else "is called in a way"
        raise NoCompiler(f"numba {numba.__version__} makes machine code that {what} that is not known here")


_OF_C = {"memset", "memcpy", "memmove", "pow", "exp2", "floor", "copysign", "fabs"}
"""What machine code may call: it is in every process."""


def _build(numba: Any) -> dict[str, Any]:
    """The functions of `SIGNATURES`, to be compiled by numba."""
    names: dict[str, Any] = {"__name__": __name__}
    functions: dict[str, FunctionType] = {}
    for module in _MODULES:
        for name, value in vars(module).items():
            if _is_own(value, module):
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
        names[name] = numba.njit(  # what is called from one place becomes a part of it
            own, nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True, _nrt=False,
            forceinline=callers[name] == 1,
        )  # fmt: skip
        names[name].get_call_template = partial(_for_any_number, numba, names[name].get_call_template)
    names["round"] = names["exact_round"]
    return {name: names[name] for name in SIGNATURES}


def _for_any_number(numba: Any, template: Callable[..., Any], given: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """What a call of a function is to: one for all numbers of a type. Else numba compiles one for each constant that is
    handed over, which is a third of all its work."""
    plain = numba.types.unliteral
    return template([plain(one) for one in given], {name: plain(one) for name, one in named.items()})
