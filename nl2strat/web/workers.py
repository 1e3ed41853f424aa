"""The other end of `work`: what runs in a worker process, and how errors cross the line between the two.

What every call needs is imported before the first one comes; where workers are forked, by the process they come from.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Mapping
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any

from mas.errors import MasError

DONE, RAISED, FAULT, TOLD = "done", "raised", "fault", "told"
"""Kinds of messages: the result; an error a user may see; one that nobody may; a word on the way."""


def serve(line: Connection, memory: int, warm: bool, environment: Mapping[str, str]) -> None:
    """Carry out calls until the line ends.

    Args: memory: bytes of address space, where the system has such a limit. warm: be ready for a page's first call.
        environment: the server's variables now; what workers are forked from has those of its own beginning.
    """
    os.environ.clear()
    os.environ.update(environment)
    _behave(memory)
    threading.Thread(target=_follow, daemon=True).start()
    if warm:
        become_warm()
    while True:
        try:
            function, args, named, tells = line.recv()
        except (EOFError, OSError):
            return
        except Exception as error:
            line.send((FAULT, (f"{type(error).__name__}: {error}", traceback.format_exc())))
            continue
        if tells:
            named = {**named, "tell": partial(_tell, line)}
        try:
            line.send(_outcome(function, args, named))
        except Exception as error:  # what it returned cannot be sent
            line.send((FAULT, (f"{type(error).__name__}: {error}", traceback.format_exc())))


def _tell(line: Connection, value: Any) -> None:
    """A word on the way. A server that is gone hears none: what runs here is about to end, see `_follow`."""
    with contextlib.suppress(OSError):
        line.send((TOLD, value))


def _outcome(function: Any, args: Any, named: Any) -> tuple[str, Any]:
    try:
        return DONE, function(*args, **named)
    except MasError as error:
        return RAISED, taken_apart(error)
    except MemoryError:
        return RAISED, taken_apart(MasError("the memory that a backtest may use is full; try fewer bars"))
    except RecursionError:
        return RAISED, taken_apart(MasError("the text is nested too deeply; write it with fewer parentheses"))
    except Exception as error:
        return FAULT, (f"{type(error).__name__}: {error}", traceback.format_exc())


def taken_apart(error: MasError) -> tuple[str, str, str, dict[str, Any]]:
    """An error as module, class, message and fields: its constructor need not take what its fields are."""
    kind = type(error)
    return kind.__module__, kind.__qualname__, str(error), dict(error.__dict__)


def rebuilt(parts: tuple[str, str, str, dict[str, Any]]) -> MasError:
    """The error again, with its message and fields."""
    module, name, message, fields = parts
    kind = getattr(importlib.import_module(module), name, MasError)
    if not (isinstance(kind, type) and issubclass(kind, MasError)):
        kind = MasError
    error: MasError = kind.__new__(kind, message)
    error.args = (message,)
    error.__dict__.update(fields)
    return error


def _behave(memory: int) -> None:
    """Ctrl-C is for the server, the page comes first, and memory has an end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(AttributeError, OSError):
        os.nice(5)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _follow() -> None:
    """End with the server, however that ends: nobody would stop what runs here."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def become_warm() -> None:
    """Have what the first call would wait for: imports, the grammar's table, what the reader remembers."""
    with contextlib.suppress(Exception):  # the call itself will say what is wrong
        from nl2strat.demo import EXAMPLE
        from nl2strat.web import tasks
        from nl2strat.web.shapes import Options

        tasks.understand(EXAMPLE, Options(choices=False))
        importlib.import_module("nl2strat.backtesting")
        importlib.import_module("mas.metrics")
