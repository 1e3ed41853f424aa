"""A figure over two inputs, as a heat map: in the terminal, and for a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from nl2strat.errors import UsageError
from nl2strat.research.plateau import surface
from nl2strat.research.space import Key, Space

if TYPE_CHECKING:
    from rich.text import Text

MOST_CELLS = 40
"""Values of an input across a heat map in the terminal."""
MOST_COLUMNS, MOST_ROWS = 60, 200
"""Of the table in a report; of more values every second, third ... is shown."""
_SHADES = "·░▒▓█"

Tone = Literal["up", "down", ""]
Cells = list[list[float | None]]


def heat_inputs(space: Space, wanted: str | None = None) -> tuple[str, str] | None:
    """The two inputs of the heat map: those named, else the two with most values; None with one input alone.

    Raises: UsageError: not two of the inputs that are turned.
    """
    names = [axis.name for axis in space.axes]
    if wanted is None:
        longest = sorted(space.axes, key=lambda axis: -len(axis.values))[:2]
        chosen = [name for name in names if name in {axis.name for axis in longest}]
        return (chosen[0], chosen[1]) if len(chosen) == 2 else None
    given = [name.strip() for name in wanted.split(",")]
    if len(names) < 2:
        raise UsageError(f"--heat {wanted}: a heat map takes two inputs, and only {names[0]} is turned; leave it out")
    if len(given) != 2 or given[0] == given[1] or not set(given) <= set(names):
        raise UsageError(f"--heat {wanted}: name two of the inputs that are turned, like --heat {','.join(names[:2])}")
    return given[0], given[1]


class Shading:
    """Which tone a value has, and how deep: green is good and red is not, from the least value to the farthest.

    Args: less_is_better: of the figure; then it is red. middle: the value that is neither good nor bad.
    """

    def __init__(self, rows: Cells, *, less_is_better: bool = False, middle: float = 0.0) -> None:
        apart = [cell - middle for row in rows for cell in row if cell is not None]
        sizes, signs = [abs(one) for one in apart], {one > 0 for one in apart if one}
        self._middle = middle
        self._low = min(sizes, default=0.0) if len(signs) == 1 else 0.0  # all of one tone: all of its depth is used
        self._high, self._less = max(sizes, default=0.0), less_is_better

    def tone(self, value: float) -> Tone:
        """Of a value."""
        return "" if value == self._middle else "up" if (value > self._middle) is not self._less else "down"

    def depth(self, value: float) -> float:
        """From 0 to 1."""
        apart, width = abs(value - self._middle), self._high - self._low
        return (apart - self._low) / width if width > 0 else 1.0 if apart else 0.0


def middle_of(figure: str) -> float:
    """The value of a figure at which nothing was won or lost."""
    return 1.0 if figure == "profit_factor" else 0.0


def heat_text(
    space: Space, goals: Mapping[Key, float | None], names: tuple[str, str], title: str, *,
    less_is_better: bool = False, middle: float = 0.0,
) -> Text:  # fmt: skip
    """The heat map as coloured blocks."""
    from rich.text import Text

    across, down, rows = surface(space, goals, names)
    shading = Shading(rows, less_is_better=less_is_better, middle=middle)
    text = Text(f"{title}: {names[0]} across, {names[1]} down\n")
    margin = max(len(f"{value:g}") for value in down)
    step = -(-len(across) // MOST_CELLS)
    for value, row in zip(down, rows, strict=True):
        text.append(f"{value:>{margin}g} ")
        for cell in row[::step]:
            shade = " " if cell is None else _SHADES[min(4, round(4 * shading.depth(cell)))]
            style = "" if cell is None else {"up": "green", "down": "red", "": ""}[shading.tone(cell)]
            text.append(2 * shade, style=style)
        text.append("\n")
    return text.append(f"{'':{margin}} {across[0]:g} … {across[-1]:g}")


def heat_object(
    space: Space, goals: Mapping[Key, float | None], names: tuple[str, str], shown: Callable[[float], str], *,
    less_is_better: bool = False, middle: float = 0.0,
) -> dict[str, Any]:  # fmt: skip
    """The heat map for the template: values across, and rows of cells with a tone and a depth in percent.

    Args: shown: a value in words.
    """
    across, down, rows = surface(space, goals, names)
    shading = Shading(rows, less_is_better=less_is_better, middle=middle)
    steps = -(-len(across) // MOST_COLUMNS), -(-len(down) // MOST_ROWS)

    def cell(value: float | None) -> dict[str, Any]:
        if value is None:
            return {"text": "", "tone": "empty", "heat": 0}
        heat = round(8 + 47 * shading.depth(value) ** 0.7) if shading.tone(value) else 0
        return {"text": shown(value), "tone": shading.tone(value), "heat": heat}

    def row(value: float, cells: Sequence[float | None]) -> dict[str, Any]:
        return {"name": f"{value:g}", "cells": [cell(one) for one in cells[:: steps[0]]]}

    pairs = list(zip(down, rows, strict=True))[:: steps[1]]
    return {
        "across": names[0], "down": names[1], "columns": [f"{value:g}" for value in across[:: steps[0]]],
        "rows": [row(value, cells) for value, cells in pairs],
        "others": [axis.name for axis in space.axes if axis.name not in names],
        "skipped": max(steps) > 1,
    }  # fmt: skip
