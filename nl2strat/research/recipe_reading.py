"""What is read off the syntax of a generated class, and how it is said that something of it cannot be run."""

from __future__ import annotations

import ast


class NotCompiled(Exception):
    """Something that the kernel does not run; the text names it."""


def name_of(node: ast.expr) -> str:
    if not isinstance(node, ast.Name):
        raise NotCompiled(f"assigning to `{ast.unparse(node)}`")
    return node.id


def called(node: ast.expr) -> str:
    """The name of the function that is called; empty for anything else."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def method(node: ast.Call) -> str:
    """The name of the method of `self` that is called; empty for anything else."""
    function = node.func
    own = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "self"
    return function.attr if own and isinstance(function, ast.Attribute) else ""


def is_word(node: ast.expr, word: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == word


def is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def daily(row: ast.expr) -> tuple[int, str | None, tuple[str, ...]]:
    """A daily time, `(clock("17:00"), "Europe/London", ("fri",))`."""
    from mas.bars import clock

    match row:
        case ast.Tuple(elts=[ast.Call(args=[ast.Constant(value=str() as text)]), zone, days]):
            return clock(text), ast.literal_eval(zone), tuple(ast.literal_eval(days))
    raise NotCompiled(f"the daily time `{ast.unparse(row)}`")
