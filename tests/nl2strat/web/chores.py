"""Work for worker processes, some of it bad."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from nl2strat.errors import LanguageErrors, NotUnderstood, Problem, Span
from nl2strat.web.workspace import Conflict


def double(value: int) -> int:
    return 2 * value


def pid() -> int:
    return os.getpid()


def variable(name: str) -> str | None:
    return os.environ.get(name)


def count(to: int, tell: Callable[[Any], None] = lambda _: None) -> str:
    for i in range(to):
        tell(i)
    return "counted"


def sleep(seconds: float, tell: Callable[[Any], None] = lambda _: None) -> None:
    tell(os.getpid())
    time.sleep(seconds)


def spin() -> None:
    while True:
        pass


def eat() -> int:
    import numpy as np

    return len(np.ones(1 << 40, dtype=np.uint8))


def die() -> None:
    os._exit(3)


def ask() -> None:
    raise NotUnderstood(("Which?",), (Span(3, 6, "foo"),), ("Size: 0.1 lot.",), notes=("a note",))


def refuse() -> None:
    raise LanguageErrors([Problem("S101", "no such word", 2, 5, 3, "a hint")], "line\nline")


def conflict() -> None:
    raise Conflict("changed elsewhere")


def fault() -> None:
    raise KeyError("a mistake of ours")


def unpicklable() -> Any:
    return lambda: None
