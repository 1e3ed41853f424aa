"""How good the neighbours are: a configuration on a plateau survives what one on a peak does not."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from statistics import median

from nl2strat.research.space import Key, Space


def plateau_scores(space: Space, goals: Mapping[Key, float | None]) -> dict[Key, float | None]:
    """Of each configuration the median of its own figure and those of all its neighbours, one step away on any axes.

    None where fewer than half of the neighbours that there could be have a figure.
    """
    return {key: _score(space, key, goals) for key in goals}


def _score(space: Space, key: Key, goals: Mapping[Key, float | None]) -> float | None:
    ranges = [
        range(max(place - 1, 0), min(place + 2, len(axis.values))) for place, axis in zip(key, space.axes, strict=True)
    ]
    near = product(*ranges) if len(ranges) <= 6 else (other for _, _, other in space.neighbours(key))
    around = [goals.get(other) for other in near if space.fits(other)]
    known = [goal for goal in around if goal is not None]
    return median(known) if known and 2 * len(known) >= len(around) else None


def surface(
    space: Space, goals: Mapping[Key, float | None], names: tuple[str, str]
) -> tuple[tuple[float, ...], tuple[float, ...], list[list[float | None]]]:
    """The figure over two inputs: values across, values down, and rows of the median over all other inputs."""
    places = [next(n for n, axis in enumerate(space.axes) if axis.name == name) for name in names]
    across, down = (space.axes[place].values for place in places)
    cells: dict[tuple[int, int], list[float]] = {}
    for key, goal in goals.items():
        if goal is not None:
            cells.setdefault((key[places[0]], key[places[1]]), []).append(goal)
    rows = [[median(cells[x, y]) if (x, y) in cells else None for x in range(len(across))] for y in range(len(down))]
    return across, down, rows
