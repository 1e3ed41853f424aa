"""Calls of registry functions: their arguments checked, their results typed, their omitted arguments filled in."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from nl2strat.language import ast
from nl2strat.language.functions import Function, Param, lookup, suggest
from nl2strat.language.leaves import check_clock
from nl2strat.language.scope import Scope
from nl2strat.language.types import OF_RESULT, PRICE, UNKNOWN, VOLUME, Type, comparable, difference_of, same_as

TAKES_NUMBERS = frozenset({"min", "max"})
"""Functions of two series of which one may be a fixed value: `max(atr(14), 20 pips)`."""

TypeOf = Callable[[ast.Expr], Type]


def call_type(call: ast.Call, scope: Scope, type_of: TypeOf) -> Type:
    """The type of a call; what is wrong with it goes to the scope."""
    function = lookup(call.function)
    if function is None:
        for argument in call.arguments:
            type_of(argument)
        _refuse_unknown(call, scope)
        return UNKNOWN
    if not _right_count(call, function, scope) or _swapped(call, function, scope):
        return UNKNOWN
    sources = [_argument(call, function, param, argument, scope, type_of)
               for param, argument in zip(function.params, call.arguments, strict=False)]  # fmt: skip
    _check_order(call, function, scope)
    if function.has_clock:
        _check_session(call, scope)
    return _result(call, function.by(scope.definitions), [found for found in sources if found is not None], scope)


def _refuse_unknown(call: ast.Call, scope: Scope) -> None:
    name = call.function
    if name in scope.inputs or name in scope.lets:
        scope.used.add(name)
        scope.refuse("N202", call, f'"{name}" is not a function', f"write it without parentheses: {name}")
        return
    if name in ("not", "and", "or"):
        scope.refuse("N202", call, f'"{name}" is not a function', f"put a blank before the parenthesis: {name} (...)")
        return
    near = suggest(name)
    hint = f'did you mean "{near}"?' if near else "the language reference lists the functions"
    scope.refuse("N202", call, f'unknown function "{name}"', hint)


def _right_count(call: ast.Call, function: Function, scope: Scope) -> bool:
    given, most = len(call.arguments), len(function.params)
    if function.required <= given <= most:
        return True
    wanted = f"{most}" if function.required == most else f"{function.required} to {most}"
    noun = "argument" if wanted == "1" else "arguments"
    if most == 0:
        wanted, noun = "no", "arguments"
    message = f"{function.name} takes {wanted} {noun}, not {given}"
    scope.refuse("N206", call, message, f"it is written {function.signature}")
    return False


def _swapped(call: ast.Call, function: Function, scope: Scope) -> bool:
    """`rsi(close, 14)` and `ema(20, close)`: the right arguments in the order of another language."""
    wanted = [param.is_number for param in function.params[: len(call.arguments)]]
    given = [isinstance(argument, ast.Number) for argument in call.arguments]
    if wanted == given or sorted(wanted) != sorted(given):
        return False
    if any(isinstance(argument, ast.Name) and argument.id in scope.inputs for argument in call.arguments):
        return False
    scope.refuse(
        "T306", call, f"the arguments of {function.name} are in another order", f"it is written {function.signature}"
    )
    return True


def _argument(
    call: ast.Call, function: Function, param: Param, argument: ast.Expr, scope: Scope, type_of: TypeOf
) -> Type | None:
    """Checks one argument; gives the type of a series."""
    called = f'"{param.name}" of {function.name}'
    if param.is_number:
        _number(function, param, argument, called, scope, type_of)
        return None
    if param.kind == "clock" and isinstance(argument, ast.Clock):
        check_clock(argument, scope)
        return None
    found = type_of(argument)
    if param.kind == "clock":
        message = f"{called} must be a time of day such as 09:30, not {found.a_name}"
        scope.refuse("T306", argument, message, f"it is written {function.signature}")
        return None
    if param.kind == "condition":
        if found.kind not in ("bool", "unknown"):
            hint = f"write {function.name}(close > open, ...)" if function.required > 1 else ""
            scope.refuse("T306", argument, f"{called} must be a condition, not {found.a_name}", hint)
        return None
    fixed = found.constant is not None or isinstance(argument, ast.Quantity)
    if found.kind in ("bool", "time") or (fixed and function.name not in TAKES_NUMBERS):
        what = "a fixed value" if fixed else f"{found.a_name}"
        message = f"{called} must be something that changes from bar to bar, such as close, not {what}"
        scope.refuse("T306", argument, message, f"it is written {function.signature}")
        return UNKNOWN
    return found


def _number(function: Function, param: Param, argument: ast.Expr, called: str, scope: Scope, type_of: TypeOf) -> None:
    low = -1e9 if param.low is None else param.low
    high = 1e9 if param.high is None else param.high
    if isinstance(argument, ast.Minus) and isinstance(argument.value, ast.Number) and low >= 0:
        scope.refuse("V401", argument, f"{called} must be at least {low:g}")
        return
    if not isinstance(argument, (ast.Number, ast.Name)):
        found = type_of(argument)
        if found.kind != "unknown":
            message = f"{called} must be a number or an input, not {found.a_name}"
            scope.refuse("T306", argument, message, f"it is written {function.signature}")
        return
    if isinstance(argument, ast.Name) and argument.id not in scope.inputs:
        scope.number(argument, called)
    elif param.kind == "int":
        scope.whole(argument, called, int(low), int(high))
    else:
        scope.between(argument, called, low, high)


def _check_order(call: ast.Call, function: Function, scope: Scope) -> None:
    """A fast average that is not faster than the slow one is a slip."""
    values = {
        param.name: argument.value
        for param, argument in zip(function.params, call.arguments, strict=False)
        if isinstance(argument, ast.Number)
    }
    for param in function.numbers:
        if param.name in ("fast", "slow") and param.name not in values and param.default is not None:
            values[param.name] = Decimal(str(param.default))
    if "fast" in values and "slow" in values and values["fast"] >= values["slow"]:
        scope.refuse("V406", call, f"the fast length of {function.name} must be below the slow one")


def _check_session(call: ast.Call, scope: Scope) -> None:
    """A session has a length, and bars short enough to lie in it."""
    if len(call.arguments) == 2 and call.arguments[0] == call.arguments[1]:
        scope.refuse("V412", call, "the session ends when it starts", "give it a start and another end")
    if scope.timeframe in ("D1", "W1", "MN1"):
        message = f"a session is a part of a day, and {scope.timeframe} bars are no shorter than one"
        scope.refuse("V417", call, message, "use a timeframe below D1")


def _result(call: ast.Call, function: Function, sources: list[Type], scope: Scope) -> Type:
    if function.result not in ("same", "difference"):
        return OF_RESULT[function.result]
    if not sources:
        default = next((p.default for p in function.params if p.kind == "series"), "close")
        sources = [VOLUME if default == "volume" else PRICE]
    if len(sources) == 2 and function.name in TAKES_NUMBERS:
        if not comparable(*sources):
            names = f"{sources[0].a_name} and {sources[1].a_name}"
            scope.refuse("T302", call, f"{function.name} cannot compare {names}")
            return UNKNOWN
        if all(source.constant is not None for source in sources):
            scope.refuse("T306", call, f"{function.name} of two fixed values is a fixed value: write it as a number")
            return UNKNOWN
        sources = [source for source in sources if not source.is_plain] or sources
    if function.result == "difference":
        return difference_of(sources[0])
    if function.name == "sum" and sources[0].kind == "price" and sources[0].weight:
        return Type("price", None)
    return same_as(sources[0])


# ------------------------------------------------------------------ completing


def complete_call(call: ast.Call) -> ast.Call:
    """The call with its omitted numbers at their defaults; a trailing source that is the default is left out."""
    function = lookup(call.function)
    if function is None or not function.required <= len(call.arguments) <= len(function.params):
        return call
    arguments = list(call.arguments)
    for param in function.params[len(arguments) :]:
        if not param.is_number:
            break
        arguments.append(_default(param))
    last = function.params[-1] if function.params else None
    if (
        last is not None
        and last.kind == "series"
        and last.default is not None
        and len(arguments) == len(function.params)
    ):
        given = arguments[-1]
        if isinstance(given, ast.Price) and given.field == last.default:
            arguments.pop()
    return ast.Call(call.function, tuple(arguments), at=call.at)


def _default(param: Param) -> ast.Number:
    value = Decimal(repr(param.default)).normalize()
    return ast.Number(value.quantize(Decimal(1)) if value == value.to_integral() else value)
