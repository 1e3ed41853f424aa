"""Reports conditions that can never be true and those that always are, at their smallest part."""

from __future__ import annotations

from decimal import Decimal

from nl2strat.language import ast
from nl2strat.language.functions import lookup
from nl2strat.language.intervals import Reasoner
from nl2strat.language.printer import print_expr
from nl2strat.language.scope import Scope
from nl2strat.language.terms import LOWERS, RAISES

_CONDITIONS = (
    ast.Compare,
    ast.Cross,
    ast.ForBars,
    ast.WithinBars,
    ast.Negation,
    ast.AllOf,
    ast.AnyOf,
    ast.Then,
    ast.Latch,
)


def judge(expr: ast.Node, scope: Scope, reasoner: Reasoner) -> bool:
    """Refuses the innermost parts that are impossible or always true; says whether there were any."""
    found = [judge(child, scope, reasoner) for child in ast.children(expr)]
    if any(found):
        return True
    if not isinstance(expr, _CONDITIONS):
        return False
    if reasoner.impossible(expr):
        scope.refuse("V409", expr, f"this can never be true: {_short(expr)}", _hint(expr))
        return True
    if reasoner.always(expr):
        scope.refuse("V410", expr, f"this is always true: {_short(expr)}", _hint(expr) or "leave it out")
        return True
    return False


def _short(expr: ast.Expr) -> str:
    text = print_expr(expr)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _hint(expr: ast.Expr) -> str:
    if not isinstance(expr, (ast.Compare, ast.Cross)):
        times = [node for node in ast.walk(expr) if isinstance(node, ast.Price) and node.field == "time"]
        if len(times) > 1:
            return "for hours across midnight write: time >= 22:00 or time < 06:00"
        return "its parts exclude each other" if isinstance(expr, (ast.AllOf, ast.Then)) else ""
    for side in (expr.left, expr.right):
        if isinstance(side, ast.Ratchet):
            text = print_expr(ast.Past(side, ast.Number(Decimal(1))))
            return f"a ratchet includes this bar; what it was on the bar before is {text}"
    calls = [side for side in (expr.left, expr.right) if isinstance(side, ast.Call)]
    for call in calls:
        if call.function in RAISES | LOWERS:
            text = print_expr(call)
            return f"{text} includes this bar; the bars before it are {text}[1]"
    for call in calls:
        function = lookup(call.function)
        if function is not None and function.low is not None and function.high is not None:
            return f"{call.function} runs from {function.low:g} to {function.high:g}"
    return ""
