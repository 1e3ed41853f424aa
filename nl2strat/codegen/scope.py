"""What an expression needs in order to be known: nothing, the bars, or what the strategy has traded."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum

from nl2strat.codegen.code import Atom, Code, Infix
from nl2strat.codegen.names import RULE_NAME, RUNTIME, free
from nl2strat.errors import LanguageErrors, Problem
from nl2strat.language import ast
from nl2strat.language.printer import print_expr, print_number


class Kind(IntEnum):
    """Ordered: an expression is of the highest kind among its parts."""

    CONSTANT = 0
    ARRAY = 1
    POSITION = 2
    """The open position, or the account."""


class Scope:
    """The inputs and lets of a program, and how expressions over them are classified."""

    def __init__(self, program: ast.Program) -> None:
        self.lets = {item.name: item.value for item in program.lets}
        self._kinds: dict[str, Kind] = {}
        self._profitable: dict[str, bool] = {}
        self.attributes: dict[str, str] = {}
        reserved = set(RUNTIME)
        for item in program.inputs:
            name = f"{item.name}_" if RULE_NAME.fullmatch(item.name) else item.name
            self.attributes[item.name] = free(name, reserved)
            reserved.add(self.attributes[item.name])

    def kind(self, expr: ast.Expr) -> Kind:
        """Which of the three an expression is; lets are looked through."""
        match expr:
            case ast.PositionValue() | ast.AccountValue() | ast.AccountFlag() | ast.Flag("flat"):
                return Kind.POSITION
            case ast.Name(name) if name in self.lets:
                if name not in self._kinds:  # once for each let: lets of lets would double the work every time
                    self._kinds[name] = self.kind(self.lets[name])
                return self._kinds[name]
            case ast.Price() | ast.Flag():
                return Kind.ARRAY
        inner = max((self.kind(child) for child in ast.children(expr)), default=Kind.CONSTANT)  # type: ignore[arg-type]
        return max(inner, Kind.ARRAY) if isinstance(expr, ast.Call) else inner

    def expanded(self, expr: ast.Expr) -> ast.Expr:
        """A let's value in place of its name."""
        while isinstance(expr, ast.Name) and expr.id in self.lets:
            expr = self.lets[expr.id]
        return expr

    def mentions_profit(self, expr: ast.Expr) -> bool:
        """Whether the open profit takes part, which makes `%` a percent of the entry price."""
        if isinstance(expr, ast.Name) and expr.id in self.lets:
            if expr.id not in self._profitable:
                self._profitable[expr.id] = self.mentions_profit(self.lets[expr.id])
            return self._profitable[expr.id]
        return expr == ast.PositionValue("profit") or any(self.mentions_profit(c) for c in ast.children(expr))  # type: ignore[arg-type]

    def count(self, count: ast.Count) -> Code:
        """A number or an input as code."""
        if isinstance(count, ast.Number):
            return number(count.value)
        value = self.expanded(count)
        if isinstance(value, ast.Number):
            return number(value.value)
        if isinstance(value, ast.Name):
            return Atom(f"self.{self.attributes[value.id]}", name=value.id)
        raise refuse(count, "only a number or an input can stand here")

    def scaled(self, count: ast.Count, unit: str) -> Code:
        """`30 * pip`; a factor of one is left out."""
        amount = self.count(count)
        return Atom(unit) if amount.text == "1" else Infix("*", (amount, Atom(unit)))

    def share(self, count: ast.Count) -> Code:
        """A percentage as a ratio: 2% is 0.02."""
        if isinstance(count, ast.Number):
            return number(count.value / 100)
        return Infix("/", (self.count(count), Atom("100")))


def number(value: Decimal) -> Code:
    return Atom(print_number(value))


def refuse(expr: ast.Expr, why: str) -> LanguageErrors:
    """The error for something that cannot be said in Python yet; the checker should have found it."""
    at = expr.at
    problem = Problem("R501", f"`{print_expr(expr)}`: {why}", at.line, at.column, at.width)
    return LanguageErrors([problem])
