"""The instructions of one class as they are written, and what they number: registers, constants, names."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mas.symbols import SymbolSpec

Times = tuple[tuple[int, str | None, tuple[str, ...]], ...]
"""Daily times: minute of the day, zone, days."""

Constant = float | str
"""A number, or the name of an input."""

LOCAL = 1_000_000
"""Registers of locals are numbered from here on until it is known how many constants stand before them."""


@dataclass
class Writer:
    """Writes the instructions of one class."""

    strategy: ast.ClassDef
    spec: SymbolSpec
    code: list[tuple[int, ...]] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    extra: list[str | Times] = field(default_factory=list)
    preset: dict[int, Constant] = field(default_factory=dict)
    used: int = 0
    wakes_open: bool = False
    groups: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    reductions: list[str] = field(default_factory=list)
    inputs: set[str] = field(default_factory=set)

    def constant(self, value: Constant) -> int:
        """The register of a number or an input."""
        same = [n for n, c in enumerate(self.constants) if c == value and type(c) is type(value)]
        if same:
            return same[0]
        self.constants.append(value)
        return len(self.constants) - 1

    def room(self, count: int = 1) -> int:
        """So many fresh registers in a row; the first of them."""
        self.used += count
        return LOCAL + self.used - count

    def number(self, names: list[str], name: str) -> int:
        """The number of a name on a list, entered if it is new."""
        if name not in names:
            names.append(name)
        return names.index(name)
