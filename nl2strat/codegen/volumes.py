"""How large an entry is, as code."""

from __future__ import annotations

from nl2strat.codegen.code import Atom, Call, Code, Infix, literal
from nl2strat.codegen.scope import Scope
from nl2strat.language import ast

DEFAULT_LOTS = Atom("0.1")


def factor_of(scale: ast.ScaleSize, scope: Scope) -> Code:
    """How many times larger the runs of losses or wins make an entry; held by the local `size_factor`."""
    values = (scope.count(scale.factor), Atom(literal(scale.result)), scope.count(scale.times))
    return Call("self.size_factor", values, ("after", "times"))


def volume_of(rule: ast.Entry, scope: Scope) -> Code:
    """The volume of an entry in lots, over its locals `symbol`, `risk`, `entry` and `size_factor`."""
    symbol, risk = Atom("symbol"), Atom("risk")
    waiting = rule.order is not None  # its value is counted at its own price, not at the market's
    price: tuple[Code, ...] = (Atom("entry"),) if waiting else ()
    at = ("price",) if waiting else ()

    def scaled(amount: Code) -> Code:
        if rule.scale is None:
            return amount
        return Atom("size_factor") if amount.text == "1" else Infix("*", (amount, Atom("size_factor")), name="volume")

    match rule.size:
        case None:
            return scaled(DEFAULT_LOTS)
        case ast.Lots(lots):
            return scaled(scope.count(lots))
        case ast.Share(percent, base):
            values: tuple[Code, ...] = (symbol, scaled(scope.count(percent)), Atom(literal(base)))
            return Call("self.lots_for_share", (*values, *price), ("of", *at), name="volume")
        case ast.Money(amount):
            return Call("self.lots_for_value", (symbol, scaled(scope.count(amount)), *price), at, name="volume")
        case ast.Risk(percent, base):
            values = (symbol, scaled(scope.count(percent)), risk, Atom(literal(base)))
            return Call("self.lots_for_risk", (*values, *price), ("of", *at), name="volume")
        case ast.RiskMoney(amount):
            values = (symbol, scaled(scope.count(amount)), risk)
            return Call("self.lots_for_money_risk", (*values, *price), at, name="volume")


def within(volume: Code, at_most: Code) -> Code:
    """Whether the volume may be opened beside what is open."""
    return Call("self.within_volume", (Atom("symbol"), volume, at_most), ("at_most",))
