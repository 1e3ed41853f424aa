"""Stage 7: what could only be decided at the end: settings said elsewhere, defaults, timeframes, lengths in days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, TypeVar

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline.indicators import family_of

N = TypeVar("N", bound=ast.Node)


def rewrite(node: N, change: Callable[[ast.Node], ast.Node]) -> N:
    """The tree with `change` applied to every node, children first."""
    changes: dict[str, Any] = {}
    for item in fields(node):
        value = getattr(node, item.name)
        if isinstance(value, ast.Node):
            changes[item.name] = rewrite(value, change)
        elif isinstance(value, tuple) and any(isinstance(v, ast.Node) for v in value):
            changes[item.name] = tuple(rewrite(v, change) if isinstance(v, ast.Node) else v for v in value)
    fresh = replace(node, **changes) if changes else node
    return change(fresh)  # type: ignore[return-value]


_SIGNS = {"above": ">", "below": "<", "through": ">"}


class Settler:
    """Completes the calls of a program and takes superfluous timeframes off."""

    def __init__(
        self,
        mentions: Sequence[Expr],
        definitions: dict[str, Expr],
        timeframe: str | None,
        included: Sequence[Expr] = (),
    ) -> None:
        self.timeframe = timeframe
        self.included = tuple(included)
        self.definitions = definitions
        self.notes: list[str] = []
        self.questions: list[str] = []
        self._said: dict[str, list[ast.Call]] = {}
        for mention in mentions:
            for node in ast.walk(mention):
                if isinstance(node, ast.Call) and _numbers(node):
                    calls = self._said.setdefault(family_of(node.function), [])
                    if not calls or _numbers(calls[-1]) != _numbers(node):
                        calls.append(node)

    def settle(self, node: N) -> N:
        """The node as it goes into the program."""
        return rewrite(node, self._change)

    def _change(self, node: ast.Node) -> ast.Node:
        match node:
            case ast.Call():
                return self._call(node)
            case ast.OnTimeframe(value, timeframe):
                return self._on(value, timeframe)
            case ast.Past(ast.Past(value, ast.Number(first)), ast.Number(second)):
                return ast.Past(value, ast.Number(first + second))
            case ast.Past(ast.Arithmetic(operator, left, right), bars) if isinstance(right, (ast.Quantity, ast.Number)):
                return ast.Arithmetic(operator, ast.Past(left, bars), right)
            case ast.Past(ast.Number() as value, _):
                return value
            case ast.Compare(operator, left, right):
                return ast.Compare(operator, left, self._beyond(operator, left, right))
            case ast.Cross(direction, left, right):
                return ast.Cross(direction, left, self._beyond(_SIGNS[direction], left, right))
            case _:
                return node

    def _beyond(self, operator: str, left: Expr, right: Expr) -> Expr:
        """A close cannot exceed the highest high that includes its own bar: then the window means the bars before."""
        match left, right:
            case ast.OnTimeframe(inner, a), ast.OnTimeframe(window, b) if a == b:
                return ast.OnTimeframe(self._beyond(operator, inner, window), b)
            case _:
                pass
        if not isinstance(right, ast.Call) or not isinstance(left, ast.Price) or right in self.included:
            return right
        top = right.function in ("highest", "dc_upper")
        if not top and right.function not in ("lowest", "dc_lower"):
            return right
        own = bool(right.arguments) and right.arguments[0] == left
        reached = operator in ((">",) if own else (">", ">=")) if top else operator in (("<",) if own else ("<", "<="))
        if not reached:
            return right
        self.notes.append("A window that is broken leaves out the bar that breaks it.")
        return ast.Past(right, ast.Number(Decimal(1)))

    def _on(self, value: Expr, timeframe: str) -> Expr:
        if timeframe == self.timeframe:
            return value
        inner = rewrite(value, lambda n: n.value if isinstance(n, ast.OnTimeframe) and n.timeframe == timeframe else n)
        return ast.OnTimeframe(inner, timeframe)

    def _call(self, call: ast.Call) -> Expr:
        if call.function in self.definitions and not call.arguments:
            return self.settle(self.definitions[call.function])
        function = FUNCTIONS.get(call.function)
        if function is None or function.form == "condition":
            return call
        given = _numbers(call)
        params = function.numbers
        if len(given) >= len(params):
            return call
        if not given:
            said = self._elsewhere(call.function, len(params))
            if said is not None:
                shown = ", ".join(print_expr(s) for s in said)
                self.notes.append(f"{function.title}: {shown}, as named elsewhere in the text.")
                return ast.Call(call.function, _with_numbers(call, said, function.form))
        defaults = [p.default for p in params[len(given) :]]
        if any(d is None for d in defaults):
            self.questions.append(f"How many bars for the {function.title}?")
            return call
        numbers = [*given, *(ast.Number(Decimal(f"{d:g}")) for d in defaults)]
        shown = ", ".join(f"{d:g}" for d in defaults)
        self.notes.append(f"{function.title}: {shown} where the text is silent.")
        return ast.Call(call.function, _with_numbers(call, numbers, function.form))

    def _elsewhere(self, name: str, wanted: int) -> list[Expr] | None:
        """The settings that another mention of the family has, if the text knows only one set of them."""
        known = self._said.get(family_of(name), [])
        sets = list(dict.fromkeys(tuple(_numbers(c)) for c in known if len(_numbers(c)) <= wanted))
        if len(sets) > 1:
            self.questions.append(f"Which settings for the {FUNCTIONS[name].title}? The text names several.")
        if not sets:
            return None
        numbers = list(sets[-1])
        defaults = [p.default for p in FUNCTIONS[name].numbers[len(numbers) :]]
        return [*numbers, *(ast.Number(Decimal(f"{d:g}")) for d in defaults if d is not None)]


def _numbers(call: ast.Call) -> list[Expr]:
    """The numeric arguments that were said."""
    function = FUNCTIONS.get(call.function)
    if function is None or function.form == "condition":
        return []
    arguments = call.arguments[1:] if function.form == "series" else call.arguments
    return [a for a in arguments if isinstance(a, (ast.Number, ast.Name, ast.Minus))]


def _with_numbers(call: ast.Call, numbers: Sequence[Expr], form: str) -> tuple[Expr, ...]:
    rest = [a for a in call.arguments if not isinstance(a, (ast.Number, ast.Name, ast.Minus))]
    return (*rest, *numbers) if form == "series" else (*numbers, *rest)
