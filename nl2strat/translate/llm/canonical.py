"""One normal form for programs that differ only in how they are written, so that readings can be compared.

Names, titles, assumptions and the order of rules go; inputs stand as their defaults and definitions as what they mean;
omitted arguments and the usual size are filled in; `and`, `or`, `+`, `*` are sorted; `a < b` is `b > a`.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from nl2strat.language import ast
from nl2strat.language.checker import complete
from nl2strat.language.printer import print_expr, print_rule

_MIRRORED = {"<": ">", "<=": ">="}


def normal(program: ast.Program, symbol: str, timeframe: str) -> ast.Program:
    """The normal form; symbol and timeframe stand where the program leaves them open."""
    whole = spelled_out(program, symbol, timeframe)
    return replace(whole, rules=tuple(sorted(map(ordered, whole.rules), key=print_rule)))


def spelled_out(program: ast.Program, symbol: str, timeframe: str) -> ast.Program:
    """Half the way: nothing named, nothing left out, but each rule as it was written and where it was written."""
    values: dict[str, ast.Node] = {item.name: _number(item.default) for item in program.inputs}
    for let in program.lets:
        values[let.name] = cast(ast.Node, ast.transform(let.value, lambda node: _valued(node, values)))
    inlined = [cast(ast.Rule, ast.transform(rule, lambda node: _valued(node, values))) for rule in program.rules]
    whole = complete(replace(program, rules=tuple(inlined), inputs=(), lets=(), assumptions=(), name=""))
    return replace(
        whole,
        symbol=whole.symbol or symbol,
        timeframe=whole.timeframe or timeframe,
        account=tuple(sorted(whole.account, key=lambda setting: setting.name)),
    )


def ordered(rule: ast.Rule) -> ast.Rule:
    """A rule with everything that may stand either way round in one order."""
    return cast(ast.Rule, ast.transform(rule, _ordered))


def _number(value: Decimal) -> ast.Node:
    number = ast.Number(abs(value).normalize())
    return ast.Minus(number) if value < 0 else number


def _valued(node: ast.Node, values: dict[str, ast.Node]) -> ast.Node:
    return values.get(node.id, node) if isinstance(node, ast.Name) else node


def _ordered(node: ast.Node) -> ast.Node:
    match node:
        case ast.Number(value):
            return replace(node, value=value.normalize())
        case ast.Compare(operator, left, right) if operator in _MIRRORED:
            mirrored = cast(Any, _MIRRORED[operator])
            return ast.Compare(mirrored, right, left)
        case ast.Compare(operator, left, right) if operator in ("==", "!="):
            return ast.Compare(operator, *_sorted((left, right)))
        case ast.Cross("below", left, right):
            return ast.Cross("above", right, left)
        case ast.Cross("through", left, right):
            return ast.Cross("through", *_sorted((left, right)))
        case ast.AllOf(conditions):
            return ast.AllOf(_sorted(_flat(ast.AllOf, conditions)))
        case ast.AnyOf(conditions):
            return ast.AnyOf(_sorted(_flat(ast.AnyOf, conditions)))
        case ast.Arithmetic(operator, left, right) if operator in ("+", "*"):
            return ast.Arithmetic(operator, *_sorted((left, right)))
        case ast.Entry(size=None):
            return replace(node, size=ast.Lots(ast.Number(Decimal("0.1"))))
    return node


def _flat(kind: type[ast.AllOf] | type[ast.AnyOf], conditions: tuple[ast.Expr, ...]) -> tuple[ast.Expr, ...]:
    """`a and (b and c)` is `a and b and c`; a condition said twice counts once."""
    parts: list[ast.Expr] = []
    for condition in conditions:
        if isinstance(condition, kind):
            parts += condition.conditions
        else:
            parts.append(condition)
    return tuple(dict.fromkeys(parts))


def _sorted(parts: tuple[ast.Expr, ...]) -> Any:
    return tuple(sorted(parts, key=print_expr))
