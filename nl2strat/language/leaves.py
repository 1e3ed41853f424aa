"""The types of what has no parts: numbers, names, columns of the bar, facts about positions and the account."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.scope import Scope, Where
from nl2strat.language.types import BOOL, COUNT, DISTANCE, MONEY, PRICE, TIME, UNKNOWN, VOLUME, Type

POSITION = {"entry": PRICE, "profit": DISTANCE, "bars since entry": COUNT, "average entry": PRICE}


def number(expr: ast.Number, scope: Scope, where: Where) -> Type:
    return Type("number", constant=float(expr.value), literal=True)


def name(expr: ast.Name, scope: Scope, where: Where) -> Type:
    scope.used.add(expr.id)
    if expr.id in scope.inputs:
        return Type("number", constant=float(scope.inputs[expr.id].default))
    if expr.id in scope.lets:
        if where.timeframe is not None or where.symbol is not None:
            own = "timeframe" if where.symbol is None else "bars"
            message = f'"{expr.id}" is a let, worked out on the strategy\'s own {own}'
            what = "timeframe" if where.symbol is None else "symbol"
            hint = f"put the {what} into the let: let {expr.id} = (...) {where.elsewhere}"
            scope.refuse("T322", expr, message, hint)
            return UNKNOWN
        return scope.lets[expr.id][1]
    scope.refuse_unknown(expr)
    return UNKNOWN


def quantity(expr: ast.Quantity, scope: Scope, where: Where) -> Type:
    if isinstance(expr.amount, ast.Name) and scope.input_of(expr.amount, "an amount") is None:
        return UNKNOWN
    if expr.unit == "R":
        if not where.reward:
            message = f"R is a multiple of the risk of an open trade, which is not known {where.place}"
            hint = "give the entry a stop" if "without" in where.place else "say the distance: 30 pips, 2 * atr(14)"
            scope.refuse("T310", expr, message, hint)
            return UNKNOWN
        return DISTANCE
    if expr.unit == "%":
        amount = expr.amount.value if isinstance(expr.amount, ast.Number) else scope.inputs[expr.amount.id].default
        return DISTANCE if where.fill else Type("ratio", constant=float(amount) / 100)
    return DISTANCE


def clock(expr: ast.Clock, scope: Scope, where: Where) -> Type:
    check_clock(expr, scope)
    return TIME


def check_clock(expr: ast.Clock, scope: Scope) -> None:
    """Refuses 24:30 and what was written with too few digits."""
    if expr.hour > 23 or expr.minute > 59:
        scope.refuse("V403", expr, "a time of day runs from 00:00 to 23:59, with two digits for the minutes")


def price(expr: ast.Price, scope: Scope, where: Where) -> Type:
    if expr.field == "time":
        _refuse_moment(expr, "the time of day", scope, where)
        return TIME
    return VOLUME if expr.field == "volume" else PRICE


def flag(expr: ast.Flag, scope: Scope, where: Where) -> Type:
    if expr.name != "flat":
        _refuse_moment(expr, "the weekday", scope, where)
    elif not where.flat:
        hint = "put it directly among the conditions of an entry: enter long when flat and ..."
        scope.refuse("T320", expr, f"whether a position is open cannot be asked {where.place}", hint)
    return BOOL


def _refuse_moment(expr: ast.Expr, what: str, scope: Scope, where: Where) -> None:
    if where.symbol is not None:
        message = f"{what} is that of the decision, whatever the symbol"
        scope.refuse("T321", expr, message, f'take it out of "of {where.symbol}"')
    elif where.timeframe is not None:
        message = f"{what} is that of the decision, whatever the timeframe"
        scope.refuse("T321", expr, message, f'take it out of "on {where.timeframe}"')


def position(expr: ast.PositionValue, scope: Scope, where: Where) -> Type:
    if not where.position:
        hint = "compare it directly in an exit: exit long when profit > 30 pips"
        if expr.name == "average entry":
            hint = "compare it directly in an exit: exit long when close > average entry + 20 pips"
        scope.refuse("T320", expr, f'"{expr.name}" is about the open position, which is not known {where.place}', hint)
    return POSITION[expr.name]


def account_value(expr: ast.AccountValue, scope: Scope, where: Where) -> Type:
    hint = f"compare it directly in a rule: enter long when {expr.name} < 3 and ..."
    _refuse_account(expr, hint, scope, where)
    return MONEY if expr.name == "result today" else COUNT


def account_flag(expr: ast.AccountFlag, scope: Scope, where: Where) -> Type:
    hint = f"put it directly among the conditions of a rule: enter long when {expr.name} and ..."
    _refuse_account(expr, hint, scope, where)
    return BOOL


def _refuse_account(expr: ast.AccountValue | ast.AccountFlag, hint: str, scope: Scope, where: Where) -> None:
    if not where.account:
        message = f'"{expr.name}" is about the strategy\'s own trades, which are not known {where.place}'
        scope.refuse("T320", expr, message, hint)
