"""How large an entry is, as code."""

from __future__ import annotations

from nl2strat.codegen.code import Atom, Call, Code, literal
from nl2strat.codegen.scope import Scope
from nl2strat.language import ast

DEFAULT_LOTS = Atom("0.1")


def volume_of(rule: ast.Entry, scope: Scope) -> Code:
    """The volume of an entry in lots, over its locals `symbol`, `risk` and `entry`."""
    volume = _sized(rule, scope)
    if rule.scale is None:
        return volume
    factor, times = scope.count(rule.scale.factor), scope.count(rule.scale.times)
    values = (Atom("symbol"), volume, factor, Atom(literal(rule.scale.result)), times)
    return Call("self.scaled_volume", values, ("after", "times"), name="volume")


def within(volume: Code, at_most: Code) -> Code:
    """Whether the volume may be opened beside what is open."""
    return Call("self.within_volume", (Atom("symbol"), volume, at_most), ("at_most",))


def _sized(rule: ast.Entry, scope: Scope) -> Code:
    symbol, risk = Atom("symbol"), Atom("risk")
    waiting = rule.order is not None  # its value is counted at its own price, not at the market's
    price: tuple[Code, ...] = (Atom("entry"),) if waiting else ()
    at = ("price",) if waiting else ()
    match rule.size:
        case None:
            return DEFAULT_LOTS
        case ast.Lots(lots):
            return scope.count(lots)
        case ast.Share(percent, base):
            values: tuple[Code, ...] = (symbol, scope.count(percent), Atom(literal(base)))
            return Call("self.lots_for_share", (*values, *price), ("of", *at), name="volume")
        case ast.Money(amount):
            return Call("self.lots_for_value", (symbol, scope.count(amount), *price), at, name="volume")
        case ast.Risk(percent, base):
            values = (symbol, scope.count(percent), risk, Atom(literal(base)))
            return Call("self.lots_for_risk", (*values, *price), ("of", *at), name="volume")
        case ast.RiskMoney(amount):
            values = (symbol, scope.count(amount), risk)
            return Call("self.lots_for_money_risk", (*values, *price), at, name="volume")
