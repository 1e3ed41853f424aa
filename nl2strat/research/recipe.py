"""From a generated class to what the kernel runs: `receive_bars` and the entry methods as instructions on registers.

The class itself is translated, statement by statement, and no second reading of the program is made. Whatever has no
case here raises `NotCompiled`, which names it; the class then runs as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nl2strat.research.recipe_method import Method
from nl2strat.research.recipe_reading import NotCompiled
from nl2strat.research.recipe_writer import LOCAL, Constant, Times, Writer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mas.symbols import SymbolSpec

__all__ = ["NotCompiled", "Recipe", "recipe_of"]


@dataclass(frozen=True)
class Recipe:
    """A class as the kernel runs it."""

    code: NDArray[np.int64]
    """Instructions, shape (instructions, 6)."""
    constants: tuple[Constant, ...]
    """What stands in the first registers."""
    registers: int
    conditions: tuple[str, ...]
    """Names of `signals`, in the order in which the instructions number them."""
    values: tuple[str, ...]
    extra: tuple[str | Times, ...]
    """What is looked up at every close: values that stops follow, and sets of daily times."""
    wakes_open: bool
    """Whether the strategy has a say at every close while something is open."""
    preset: tuple[tuple[int, Constant], ...] = ()
    """(register, what stands in it from the start) of registers that no instruction changes."""

    def registers_for(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """The register file of one configuration."""
        import numpy as np

        r = np.zeros(self.registers)
        r[: len(self.constants)] = [values[c] if isinstance(c, str) else c for c in self.constants]
        for register, c in self.preset:
            r[register] = values[c] if isinstance(c, str) else c
        return r


def recipe_of(python: str, spec: SymbolSpec) -> Recipe:
    """How the kernel runs a class.

    Args: python: a generated file. spec: of the symbol that is traded.
    Raises: NotCompiled: it has something that the kernel does not run.
    """
    import numpy as np

    tree = ast.parse(python)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if len(classes) != 1:
        raise NotCompiled("a file with other than one class")
    writer = Writer(classes[0], spec)
    _write(writer)
    code = np.array([(*row, *[0] * (6 - len(row))) for row in writer.code], dtype=np.int64).reshape(-1, 6)
    # constants were numbered from the end while it was not known how many there are
    return Recipe(
        code=_settled(code, len(writer.constants)),
        constants=tuple(writer.constants),
        registers=len(writer.constants) + writer.used,
        conditions=tuple(writer.conditions),
        values=tuple(writer.values),
        extra=tuple(writer.extra),
        wakes_open=writer.wakes_open,
        preset=tuple((place - LOCAL + len(writer.constants), value) for place, value in writer.preset.items()),
    )


def _write(writer: Writer) -> None:
    """Write all instructions of the class."""
    methods = {node.name: node for node in writer.strategy.body if isinstance(node, ast.FunctionDef)}
    if "signals" not in methods or "receive_bars" not in methods:
        raise NotCompiled("a class without signals")
    for node in writer.strategy.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in ("symbols", "others"):
                raise NotCompiled("several symbols")
            if name == "wake_while_open":
                writer.wakes_open = bool(ast.literal_eval(node.value))
    for part in ast.walk(methods["__init__"]):
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
            writer.inputs.add(part.attr)
    writer.inputs -= {"toggle"}
    known = {"__init__", "signals", "receive_bars"}
    entries = {name: node for name, node in methods.items() if name not in known}
    if any(name not in known and not name.startswith("enter_") for name in methods):
        raise NotCompiled("a method of its own")
    Method(writer, entries).body(methods["receive_bars"].body)


def _settled(code: NDArray[np.int64], constants: int) -> NDArray[np.int64]:
    """The instructions with the numbers that registers of locals have behind so many constants."""
    import numpy as np

    settled: NDArray[np.int64] = np.where(code >= LOCAL, code - LOCAL + constants, code)
    return settled
