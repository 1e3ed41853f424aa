"""What every node has, and the walk over a tree of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field, fields, replace
from typing import Any

from mas.dataclass import dataclass


@dataclass(frozen=True)
class Place:
    """Where a node stands in the source."""

    line: int = 1
    column: int = 1
    width: int = 1


NOWHERE = Place()


@dataclass(frozen=True, kw_only=True)
class Node:
    at: Place = field(default=NOWHERE, compare=False, repr=False)


def children(node: Node) -> Iterator[Node]:
    """The direct sub-nodes of a node, in source order of the dataclass fields."""
    for item in fields(node):
        value = getattr(node, item.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield part


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def transform(node: Node, change: Callable[[Node], Node]) -> Any:
    """The tree with `change` applied to every node, children first; what did not change is kept as it is."""
    changes: dict[str, Any] = {}
    for item in fields(node):
        old = getattr(node, item.name)
        if isinstance(old, Node):
            new: Any = transform(old, change)
        elif isinstance(old, tuple):
            new = tuple(transform(part, change) if isinstance(part, Node) else part for part in old)
        else:
            continue
        if new is not old and new != old:
            changes[item.name] = new
    return change(replace(node, **changes) if changes else node)
