"""What a statement or clause is called when a message or the account points at it: its first line in the language."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.printer import print_expr, print_rule


def fragment_of(node: ast.Node) -> str:
    """A rule's first line; a clause by its kind; empty for what has no name of its own."""
    if isinstance(node, ast.Entry):
        return f"enter {node.side}"
    if isinstance(node, ast.Exit):
        return f"exit {node.side}"
    if _is_rule(node):
        return print_rule(node).splitlines()[0]  # type: ignore[arg-type]
    if isinstance(node, ast.Offset):
        return print_expr(node.distance)
    if isinstance(node, ast.Level):
        return f"at {print_expr(node.price)}"
    return ""


def _is_rule(node: ast.Node) -> bool:
    return isinstance(node, ast.Rule.__args__)  # type: ignore[attr-defined]
