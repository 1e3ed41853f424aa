"""Entries of a compiled run that are added to: what has filled of each, and where its target is (`mas.adds`)."""

from __future__ import annotations

from mas.compiled.exact import clear
from mas.compiled.layout import (
    C_GRIDS,
    C_ORDERS,
    C_STATUS,
    MOST_GRIDS,
    NO_GRID,
    O_GRID,
    P_BAR,
    P_ENTRY,
    P_GRID,
    P_GROUP,
    P_SIDE,
    P_SINCE,
    P_SL,
    P_TP,
    P_VOLUME,
    TOO_MANY_GRIDS,
    X_COST,
    X_DISTANCE,
    X_GROUP,
    X_LOTS,
    X_MOVED,
    X_SIDE,
    X_SINCE,
    X_STOP,
    X_TARGET,
    Run,
)  # fmt: skip
from mas.compiled.waiting import remove_order


def new_grid(run: Run, k: int, distance: float) -> int:
    """Make a position the first of an entry that is added to.

    Args: distance: how far from the average fill the target lies; NaN if it is a price.
    Returns: the place of the entry; NO_GRID if there is none left.
    """
    held = run.books.positions[k]
    for g in range(MOST_GRIDS):
        grid = run.books.grids[g]
        if grid[X_GROUP] == 0.0:
            clear(grid)
            grid[X_GROUP], grid[X_SINCE], grid[X_SIDE] = held[P_GROUP], held[P_BAR], held[P_SIDE]
            grid[X_STOP], grid[X_TARGET], grid[X_DISTANCE], grid[X_MOVED] = held[P_SL], held[P_TP], distance, -1.0
            grid[X_COST], grid[X_LOTS] = held[P_ENTRY] * held[P_VOLUME], held[P_VOLUME]
            held[P_GRID] = float(g)
            run.books.counts[C_GRIDS] += 1
            return g
    run.books.counts[C_STATUS] = TOO_MANY_GRIDS
    return NO_GRID


def note_added(run: Run, k: int) -> None:
    """A position has been added to its entry."""
    held = run.books.positions[k]
    grid = run.books.grids[int(held[P_GRID])]
    grid[X_COST] += held[P_ENTRY] * held[P_VOLUME]
    grid[X_LOTS] += held[P_VOLUME]
    grid[X_MOVED], held[P_SINCE] = held[P_BAR], grid[X_SINCE]


def retargets(run: Run, k: int) -> bool:
    """Whether a position's target must be measured from a new average fill."""
    g = int(run.books.positions[k, P_GRID])
    return g != NO_GRID and bool(run.books.grids[g, X_MOVED] >= 0.0)


def target_from_average(run: Run, k: int) -> float:
    """Where that target is, not rounded; NaN if it is no distance."""
    grid = run.books.grids[int(run.books.positions[k, P_GRID])]
    return float(grid[X_COST] / grid[X_LOTS] + run.books.positions[k, P_SIDE] * grid[X_DISTANCE])


def settle_targets(run: Run) -> None:
    """All targets have been moved."""
    if run.books.counts[C_GRIDS] > 0:
        for g in range(MOST_GRIDS):
            run.books.grids[g, X_MOVED] = -1.0


def end_grid(run: Run, group: float) -> None:
    """An entry is over: what still waits to add to it goes."""
    if run.books.counts[C_GRIDS] == 0:
        return
    for g in range(MOST_GRIDS):
        if run.books.grids[g, X_GROUP] == group:
            run.books.grids[g, X_GROUP] = 0.0
            run.books.counts[C_GRIDS] -= 1
            n = 0
            while n < run.books.counts[C_ORDERS]:
                if run.books.orders[n, O_GRID] == float(g):
                    remove_order(run, n)
                else:
                    n += 1
