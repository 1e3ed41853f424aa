"""The list of waiting orders of a compiled run."""

from __future__ import annotations

from mas.compiled.exact import copy_numbers
from mas.compiled.layout import C_ORDERS, C_STALE, C_UNFILLED, M_GROUP, O_BEGUN, O_PLAN, O_PLANNED, O_TICKET, ORDER, Run


def forget_order(run: Run, n: int) -> None:
    """Take an order off the list."""
    for j in range(n, run.books.counts[C_ORDERS] - 1):
        copy_numbers(run.books.orders[j + 1], 0, run.books.orders[j], 0, ORDER)
    run.books.counts[C_ORDERS] -= 1
    run.books.counts[C_STALE] = 1


def remove_order(run: Run, n: int) -> None:
    """Delete a waiting order, which ends without a fill."""
    forget_order(run, n)
    run.books.counts[C_UNFILLED] += 1


def group_of_order(run: Run, n: int) -> float:
    """What counts as one entry: the parts of a group, or the order alone."""
    group = run.books.orders[n, O_PLAN + M_GROUP]
    return float(group if run.books.orders[n, O_PLANNED] != 0.0 and group != 0.0 else run.books.orders[n, O_TICKET])


def note_begun(run: Run, group: float) -> None:
    """A part of an entry has filled: its other orders are taken as well, whatever limits have been reached since."""
    for n in range(run.books.counts[C_ORDERS]):
        if group_of_order(run, n) == group:
            run.books.orders[n, O_BEGUN] = 1.0
