"""Stage 5c: `a buy stop at the high of the last eight bars and a sell stop at their low`: the other end of a window."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline.cursor import Cursor

_OTHER = {"highest": "lowest", "lowest": "highest", "dc_upper": "dc_lower", "dc_lower": "dc_upper"}


def theirs(p: Cursor) -> Expr | None:
    """`their low`, of the bars whose high was named before; asks where no bars were."""
    if not p.accept("their"):
        return None
    p.skip("highest", "lowest")
    top = p.accept("high", "highs")
    if not top and not p.accept("low", "lows"):
        return None
    wanted = ("highest", "dc_upper") if top else ("lowest", "dc_lower")
    for node in (p.context.object, *(binding.node for binding in reversed(p.context.bindings))):
        for value in ast.walk(node) if isinstance(node, ast.Node) else ():
            call = value.value if isinstance(value, ast.Past) else value
            if isinstance(call, ast.Call) and call.function in _OTHER:
                name = call.function if call.function in wanted else _OTHER[call.function]
                field = ast.Price("high" if top else "low")
                arguments = tuple(field if isinstance(a, ast.Price) else a for a in call.arguments)
                found = ast.Call(name, arguments)
                return ast.Past(found, value.bars) if isinstance(value, ast.Past) else found
    p.questions.append('Of which bars is "their" high or low? Say "of the last 8 bars".')
    return ast.Price("high" if top else "low")
