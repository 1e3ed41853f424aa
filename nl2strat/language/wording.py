"""The words for expressions: how a trader says `rsi(14) crosses below 30`.

One thing is said in one way, so that the English can be read back. Inputs stand in square brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from nl2strat.language import ast
from nl2strat.language.calls import complete_call
from nl2strat.language.functions import Function, lookup
from nl2strat.language.printer import print_clock, print_expr, print_number

PHRASES: dict[str, str] = {
    "highest": "the highest {0} of the last {1} bars",
    "lowest": "the lowest {0} of the last {1} bars",
    "sum": "the sum of {0} over {1} bars",
    "min": "the smaller of {0} and {1}",
    "max": "the larger of {0} and {1}",
    "abs": "the absolute value of {0}",
    "change": "the change of {0} over {1} bars",
    "percent_change": "the percent change of {0} over {1} bars",
    "correlation": "the correlation of {0} and {1} over {2} bars",
    "rising": "{0} has risen {1} bars in a row",
    "falling": "{0} has fallen {1} bars in a row",
    "turns_up": "{0} turns up",
    "turns_down": "{0} turns down",
    "bars_since": "the number of bars since {0}",
    "count": "the number of the last {1} bars on which {0}",
    "value_when": "{1} when last {0}",
    "body": "the body of the bar",
    "upper_wick": "the upper wick of the bar",
    "lower_wick": "the lower wick of the bar",
    "green": "the bar is green",
    "red": "the bar is red",
    "inside_bar": "the bar is an inside bar",
    "outside_bar": "the bar is an outside bar",
    "yesterday_open": "yesterday's open",
    "yesterday_high": "yesterday's high",
    "yesterday_low": "yesterday's low",
    "yesterday_close": "yesterday's close",
    "day_open": "today's open",
    "day_high": "today's high so far",
    "day_low": "today's low so far",
    "ha_green": "the Heikin-Ashi bar is green",
    "ha_red": "the Heikin-Ashi bar is red",
    "bb_squeeze": "the {0}-bar Bollinger bands ({1} deviations) lie inside the Keltner channel ({2} ATRs)",
    "bullish_divergence": "there is a bullish divergence of the price from {0} (swings over {1} bars)",
    "bearish_divergence": "there is a bearish divergence of the price from {0} (swings over {1} bars)",
    "hidden_bullish_divergence": "there is a hidden bullish divergence of the price from {0} (swings over {1} bars)",
    "hidden_bearish_divergence": "there is a hidden bearish divergence of the price from {0} (swings over {1} bars)",
    "fib_retracement": "the price at which {0}% of the last swing (over {1} bars) is given back",
    "fib_extension": "the price at which {0}% of the last swing (over {1} bars) is reached",
    "bars_since_highest": "the number of bars since the highest {0} of the last {1} bars",
    "bars_since_lowest": "the number of bars since the lowest {0} of the last {1} bars",
    "beta": "the beta of {0} to {1} over {2} bars",
    "sqrt": "the square root of {0}",
    "ln": "the natural logarithm of {0}",
    "day_change": "today's change since yesterday's close",
    "day_gap": "today's opening gap",
    **{f"last_{word}_{price}": f"last {word}'s {price}"
       for word in ("week", "month") for price in ("open", "high", "low", "close")},
    **{f"{word}_{price}": f"this {word}'s {price}{'' if price == 'open' else ' so far'}"
       for word in ("week", "month") for price in ("open", "high", "low")},
    "session_open": "the open of the session that starts at {0}",
    "session_high": "the high of the session from {0} until {1}",
    "session_low": "the low of the session from {0} until {1}",
    "session_close": "the close of the session from {0} until {1}",
}  # fmt: skip
"""Functions that are not said by their title with "the"; arguments by position."""

FACTS: dict[str, str] = {
    "entry": "the entry price",
    "average entry": "the average entry price",
    "profit": "the profit",
    "bars since entry": "the number of bars since entry",
    "trades open": "the number of open trades",
    "trades today": "the number of trades entered today",
    "result today": "the result of today's closed trades, in the account's currency,",
    "losses in a row": "the number of losses in a row",
    "wins in a row": "the number of wins in a row",
    "bars since exit": "the number of bars since the last exit",
    "bars since loss": "the number of bars since the last loss",
    "bars since win": "the number of bars since the last win",
    "holding long": "a long position is open",
    "holding short": "a short position is open",
    "last trade won": "the last trade was a win",
    "last trade lost": "the last trade was a loss",
}
"""Positions and the account; `result today` closes its own parenthesis with a comma."""

DENIED: dict[str, str] = {
    "holding long": "no long position is open",
    "holding short": "no short position is open",
    "last trade won": "the last trade was not a win",
    "last trade lost": "the last trade was not a loss",
}

COMPARED = {
    ">": "is above",
    "<": "is below",
    ">=": "is at or above",
    "<=": "is at or below",
    "==": "equals",
    "!=": "does not equal",
}
TIMED = {
    ">": "is after",
    "<": "is before",
    ">=": "is at or after",
    "<=": "is at or before",
    "==": "is",
    "!=": "is not",
}
COUNTED = {
    ">": "is more than",
    "<": "is less than",
    ">=": "is at least",
    "<=": "is at most",
    "==": "is",
    "!=": "is not",
}
OPERATORS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}


def say(expr: ast.Expr) -> str:
    """An expression in words, to stand in a sentence: `the close is above the 20-bar simple moving average`."""
    return _SAY[type(expr)](expr)


def say_number(count: ast.Count) -> str:
    """A number, or the input in its place: `14`, `[length]`."""
    if isinstance(count, ast.Name):
        return f"[{count.id}]"
    return print_number(count.value) if isinstance(count, ast.Number) else print_expr(count)


def say_bars(count: ast.Count) -> str:
    """`1 bar`, `3 bars`."""
    return f"{say_number(count)} {'bar' if isinstance(count, ast.Number) and count.value == 1 else 'bars'}"


def say_zone(zone: str | None) -> str:
    """`Europe/London time`; without a zone the clock is the data's."""
    return "time of the data" if zone is None else f"{zone} time"


def listed(items: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f" {word} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


# ---------------------------------------------------------------------- leaves


def _quantity(expr: ast.Quantity) -> str:
    amount = say_number(expr.amount)
    if expr.unit in ("%", "R"):
        return f"{amount}{expr.unit}"
    one = isinstance(expr.amount, ast.Number) and expr.amount.value == 1
    return f"{amount} {expr.unit[:-1] if one else expr.unit}"


def _flag(expr: ast.Flag) -> str:
    return "no position is open" if expr.name == "flat" else f"it is {expr.name.capitalize()}"


def _in_zone(expr: ast.InZone) -> str:
    """`the time in Europe/London`, `it is Monday in Europe/London`."""
    zone = expr.zone if re.fullmatch(r"[A-Za-z_]+(/[A-Za-z_+-]+[0-9]*)*", expr.zone) else f'"{expr.zone}"'
    return f"{_with_place(expr.value)} in {zone}"


def _with_place(expr: ast.Expr) -> str:
    """What a place or a symbol is put behind: in parentheses if the words could be read apart."""
    text = say(expr)
    simple = isinstance(expr, (ast.Price, ast.Flag, ast.Quantity)) or (
        isinstance(expr, ast.Call) and " of " not in text and not _ends_with_a_source(expr, text)
    )
    session = isinstance(expr, ast.Call) and expr.function.startswith("session_")
    return text if simple or session else f"({text})"


def _call(expr: ast.Call) -> str:
    expr = complete_call(expr)
    function = lookup(expr.function)
    if function is None or not function.required <= len(expr.arguments) <= len(function.params):
        return print_expr(expr)
    if function.name in PHRASES:
        return PHRASES[function.name].format(*_arguments(function, expr))
    if function.result == "bool":
        return f"there is {'an' if function.title[0] in 'aeiou' else 'a'} {function.title} pattern"
    return _titled(function, expr)


def _arguments(function: Function, expr: ast.Call) -> list[str]:
    """The arguments in words; a column of the bar loses its article where the phrase has one already.

    What is followed by "when last" stands in parentheses if its last words could have that to themselves.
    """
    said = [_inner(argument) for argument in expr.arguments]
    if function.name == "value_when":
        value = expr.arguments[1]
        if isinstance(value, ast.Minus) or _ends_with_a_source(value, said[1]):
            said[1] = f"({said[1]})"
    if function.name in ("highest", "lowest", "bars_since_highest", "bars_since_lowest"):
        said[0] = said[0].removeprefix("the ")
    return said


def _titled(function: Function, expr: ast.Call) -> str:
    """`the 14-bar relative strength index of the high`, `the MACD line (fast 12, slow 26, signal 9)`."""
    numbers: list[tuple[str, ast.Expr]] = []
    sources: list[tuple[str, ast.Expr]] = []
    for param, argument in zip(function.params, expr.arguments, strict=False):
        (numbers if param.is_number else sources).append((param.name, argument))
    name = function.title
    if len(function.numbers) == 1 and len(numbers) == 1 and function.numbers[0].kind == "int":
        name = f"{_inner(numbers[0][1])}-bar {name}"
    elif numbers:
        name += f" ({', '.join(f'{label} {_inner(argument)}' for label, argument in numbers)})"
    the = "" if name.startswith(("today", "yesterday")) else "the "
    of = [_inner(source) for _, source in sources if source != ast.Price("close")]
    return f"{the}{name}{' of ' + ' and '.join(of) if of else ''}"


# ------------------------------------------------------------------- operators


def _inner(expr: ast.Expr) -> str:
    """A part of something larger: in parentheses if it is made of several words that could be read apart."""
    loose = (ast.Arithmetic, ast.AllOf, ast.AnyOf, ast.ForBars, ast.WithinBars, ast.Negation, ast.Past, *_STATES)
    text = say(expr)
    return f"({text})" if isinstance(expr, loose) or _ends_with_a_comparison(expr, text) else text


def _ends_with_a_comparison(expr: ast.Expr, text: str) -> bool:
    """`the number of bars since the close is above the open`: what follows could be said of the open."""
    compared = (ast.Compare, ast.Cross)
    return isinstance(expr, ast.Call) and any(
        isinstance(argument, compared) and text.endswith(say(argument)) for argument in expr.arguments
    )


def _arithmetic(expr: ast.Arithmetic) -> str:
    """Sums are read from the left; everything else that is nested stands in parentheses."""
    plain = (ast.Past,)
    left, right = (say(s) if isinstance(s, plain) else _inner(s) for s in (expr.left, expr.right))
    same = expr.operator in "+-" and isinstance(expr.left, ast.Arithmetic) and expr.left.operator in "+-"
    return f"{say(expr.left) if same else left} {OPERATORS[expr.operator]} {right}"


def _past(expr: ast.Past) -> str:
    value = _inner(expr.value)
    if isinstance(expr.value, (ast.Compare, ast.Cross)):
        value = f"({value})"
    return f"{value} {say_bars(expr.bars)} ago"


def _compare(expr: ast.Compare) -> str:
    words = COMPARED
    if any(isinstance(side, ast.Clock) for side in (expr.left, expr.right)):
        words = TIMED
    elif _is_count(expr.left):
        words = COUNTED
    return f"{_operand(expr.left)} {words[expr.operator]} {_operand(expr.right)}"


def _operand(expr: ast.Expr) -> str:
    """A side of a comparison: what has words of its own for a comparison or a state stands in parentheses."""
    return f"({say(expr)})" if isinstance(expr, (*_STATES, *_CONDITIONS)) else say(expr)


def _is_count(expr: ast.Expr) -> bool:
    if isinstance(expr, ast.PositionValue):
        return expr.name == "bars since entry"
    if isinstance(expr, ast.AccountValue):
        return expr.name != "result today"
    return isinstance(expr, ast.Call) and expr.function.startswith(("count", "bars_since"))


def _cross(expr: ast.Cross) -> str:
    return f"{_operand(expr.left)} crosses {expr.direction} {_operand(expr.right)}"


def _joined(word: str) -> Callable[[Any], str]:
    def join(expr: ast.AllOf | ast.AnyOf) -> str:
        loose = (ast.AllOf, ast.AnyOf, ast.ForBars, *_STATES)
        parts = [f"({say(part)})" if isinstance(part, loose) else say(part) for part in expr.conditions]
        return f" {word} ".join(parts)

    return join


def _held(expr: ast.ForBars) -> str:
    return f"{_inner(expr.condition)} for {say_bars(expr.bars)} in a row"


def _recent(expr: ast.WithinBars) -> str:
    return f"{_inner(expr.condition)} within the last {say_bars(expr.bars)}"


def _negation(expr: ast.Negation) -> str:
    match expr.condition:
        case ast.Flag("flat"):
            return "a position is open"
        case ast.Flag(name):
            return f"it is not {name.capitalize()}"
        case ast.InZone(ast.Flag(name)) if name != "flat":
            return say(expr.condition).replace("it is", "it is not", 1)
        case ast.AccountFlag(name):
            return DENIED[name]
    return f"it is not true that {_inner(expr.condition)}"


def _then(expr: ast.Then) -> str:
    """In the order in which it happens; a chain is read from the left."""
    first = say(expr.first) if isinstance(expr.first, ast.Then) else _inner(expr.first)
    return f"{first} and then, within {say_bars(expr.bars)}, {_inner(expr.second)}"


def _latch(expr: ast.Latch) -> str:
    return f"the state that begins when {_inner(expr.begins)} and ends when {_inner(expr.ends)} is on"


def _remember(expr: ast.Remember) -> str:
    return f"{_inner(expr.value)} on the last bar on which {_inner(expr.when)}"


def _ratchet(expr: ast.Ratchet) -> str:
    extreme = "highest" if expr.direction == "up" else "lowest"
    since = "the first bar" if expr.until is None else f"the last bar on which {_inner(expr.until)}"
    return f"the {extreme} {_inner(expr.value).removeprefix('the ')} since {since}"


def _of(expr: ast.OfSymbol) -> str:
    inner = say(expr.value) if isinstance(expr.value, ast.OnTimeframe) else _with_place(expr.value)
    return f"{inner} of {expr.symbol}"


def _on(expr: ast.OnTimeframe) -> str:
    """`the 14-bar relative strength index on H4`; what ends with a source of its own stands in parentheses."""
    text = say(expr.value)
    simple = isinstance(expr.value, (ast.Price, ast.Call)) and not _ends_with_a_source(expr.value, text)
    return f"{text if simple else f'({text})'} on {expr.timeframe}"


def _ends_with_a_source(expr: ast.Expr, text: str) -> bool:
    """`the 20-bar simple moving average of the high`: what follows could be said of the high alone."""
    numbers = (ast.Number, ast.Name, ast.Minus, ast.Clock)
    return isinstance(expr, ast.Call) and any(
        not isinstance(argument, numbers) and text.endswith(_inner(argument)) for argument in expr.arguments
    )


_STATES = (ast.Then, ast.Latch, ast.Remember, ast.Ratchet)
_CONDITIONS = (ast.Compare, ast.Cross, ast.ForBars, ast.WithinBars, ast.Negation, ast.AllOf, ast.AnyOf)

_SAY: dict[type[ast.Node], Callable[[Any], str]] = {
    ast.Number: say_number,
    ast.Name: lambda e: f"[{e.id}]",
    ast.Quantity: _quantity,
    ast.Clock: print_clock,
    ast.Price: lambda e: f"the {e.field}",
    ast.Flag: _flag,
    ast.PositionValue: lambda e: FACTS[e.name],
    ast.AccountValue: lambda e: FACTS[e.name],
    ast.AccountFlag: lambda e: FACTS[e.name],
    ast.Call: _call,
    ast.Past: _past,
    ast.OnTimeframe: _on,
    ast.OfSymbol: _of,
    ast.InZone: _in_zone,
    ast.Then: _then,
    ast.Latch: _latch,
    ast.Remember: _remember,
    ast.Ratchet: _ratchet,
    ast.Minus: lambda e: f"minus {_inner(e.value)}" if not isinstance(e.value, ast.Number) else f"-{say(e.value)}",
    ast.Arithmetic: _arithmetic,
    ast.Compare: _compare,
    ast.Cross: _cross,
    ast.ForBars: _held,
    ast.WithinBars: _recent,
    ast.Negation: _negation,
    ast.AllOf: _joined("and"),
    ast.AnyOf: _joined("or"),
}
