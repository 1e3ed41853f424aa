"""What a clause is given: a price, a distance from one, a share, an amount of money."""

from __future__ import annotations

from decimal import Decimal

from nl2strat.language import ast
from nl2strat.language.inference import value
from nl2strat.language.intervals import Reasoner
from nl2strat.language.scope import Scope, Where
from nl2strat.language.unlikely import doubt_distance

MOST_LOTS = 10_000
MOST_MONEY = 10**9


class Measures:
    """Checks what clauses and rules are given; problems go to the scope."""

    def __init__(self, scope: Scope, reasoner: Reasoner) -> None:
        self.scope, self.reasoner = scope, reasoner

    def level(self, expr: ast.Expr, what: str) -> bool:
        """Refuses what is not a price; says whether it is one."""
        before = len(self.scope.problems)
        found = value(expr, self.scope, Where("in a price level"))
        if found.kind != "unknown" and not found.is_price and not found.is_plain:
            hint = "write a price: close - 20 pips, lowest(low, 10)"
            if found.is_distance:
                hint = "leave out at to give it as a distance, or write a price: close - 20 pips"
            self.scope.refuse("T307", expr, f"{what} must be a price, and this is {found.a_name}", hint)
        elif found.is_plain and self.reasoner.bounds(expr).high <= 0:
            self.scope.refuse("V411", expr, f"{what} must be above zero")
        return len(self.scope.problems) == before

    def distance(
        self, expr: ast.Expr, clause: str, where: Where, percent: float = 10_000, *, signed: bool = False
    ) -> bool:
        """Refuses what is not a price distance above zero (`signed`: of any sign); says whether it is one."""
        before = len(self.scope.problems)
        found = value(expr, self.scope, where)
        if found.kind != "unknown" and not found.is_distance and not found.is_plain:
            message = f'"{clause}" needs a price distance, and this is {found.a_name}'
            self.scope.refuse("T307", expr, message, _hint(clause, found.name))
        elif not signed and self.reasoner.bounds(expr).high <= 0:
            self.scope.refuse("V411", expr, f'the distance of "{clause}" must be above zero')
        elif found.is_plain:
            doubt_distance(expr, found, self.scope)
        for node in ast.walk(expr):
            if isinstance(node, ast.Quantity) and len(self.scope.problems) == before:
                limit = percent if node.unit == "%" else 1_000_000
                self.scope.between(node.amount, f"what {clause} is given", 0, limit, above=not signed)
        return len(self.scope.problems) == before

    def part(self, part: ast.Take | ast.Reduce) -> None:
        """A share of a position in percent, or so many lots of it."""
        if part.lots:
            self.lots(part.share)
        else:
            self.scope.between(part.share, "a share", 0, 100, above=True)

    def lots(self, amount: ast.Count) -> None:
        self.scope.between(amount, "the lots", 0, MOST_LOTS, above=True)

    def money(self, amount: ast.Count, what: str) -> None:
        self.scope.between(amount, what, 0, MOST_MONEY, above=True)

    def default(self, amount: ast.Count) -> Decimal:
        """What a number or an input is worth where nobody turns it; 0 for a name that is neither."""
        if isinstance(amount, ast.Number):
            return amount.value
        return self.scope.inputs[amount.id].default if amount.id in self.scope.inputs else Decimal(0)


def _hint(clause: str, name: str) -> str:
    if name == "price" and clause in ("stop", "target", "take", "trail"):
        return f"put at before a price: {clause} at PRICE"
    if name == "ratio":
        return f"write the percent in the clause itself: {clause} 2%"
    return "for example 30 pips, 1% or 2 * atr(14)"
