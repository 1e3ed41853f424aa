"""Values in the words of an explanation: numbers, prices, indicators, sums, what is remembered."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.functions import FUNCTIONS, Function, Param
from nl2strat.language.wording import FACTS, OPERATORS, PHRASES
from nl2strat.translate.explained import conditions
from nl2strat.translate.explained.text import (
    Text,
    Ways,
    after,
    bars,
    clock,
    count,
    follow,
    once,
    symbol,
    timeframe,
    zone,
)

FIELDS = ("open", "high", "low", "close", "volume", "time")
_POSITION = ("entry", "average entry", "profit", "bars since entry")
_HOLE = re.compile(r"\{(\d)\}")


@once
def value(text: Text, place: int) -> Ways[Expr]:
    """Any value."""
    return [*sums(text, place), *_ratchet(text, place), *_remember(text, place)]


@once
def sums(text: Text, place: int) -> Ways[Expr]:
    """Terms with `plus`, `minus`, `times` and `divided by` between them, from the left."""
    found = open_sums = past(text, place)
    while open_sums:
        open_sums = [
            (ast.Arithmetic(operator, left, right), end)  # type: ignore[arg-type]
            for left, middle in open_sums
            for operator, words in OPERATORS.items()
            for right, end in after(text, middle, f" {words} ", past)
        ]
        found = [*found, *open_sums]
    return found


@once
def past(text: Text, place: int) -> Ways[Expr]:
    """A unit, or what it was some bars ago."""
    units = unit(text, place)
    return [*units, *shifted(text, units)]


def shifted(text: Text, ways: Ways[Expr]) -> Ways[Expr]:
    """`... 3 bars ago`."""
    return [way for item, end in ways for number, behind in after(text, end, " ", bars)
            for way in follow(text, [(ast.Past(item, number), behind)], " ago")]  # fmt: skip


@once
def unit(text: Text, place: int) -> Ways[Expr]:
    """What stands for itself, with the place, symbol or timeframe it is of."""
    found = [
        *_numbers(text, place),
        *_facts(text, place),
        *_calls(text, place),
        *_column(text, place),
        *_grouped(text, place, value),
        *[(ast.Minus(item), end) for item, end in after(text, place, "minus ", unit)],
        *clock(text, place),
    ]
    found += placed(text, found)
    last: Ways[Expr] = [(ast.Call("value_when", (when, item)), end) for item, middle in found
            for when, end in after(text, middle, " when last ", conditions.part)]  # fmt: skip
    return [*found, *last, *placed(text, last)]


def placed(text: Text, ways: Ways[Expr]) -> Ways[Expr]:
    """`... on H4`, `... of XAUUSD`, `... in Europe/London`, one behind the other."""
    found: Ways[Expr] = []
    while ways:
        ways = [
            *[(ast.OnTimeframe(item, name), end) for item, middle in ways
              for name, end in after(text, middle, " on ", timeframe)],
            *[(ast.OfSymbol(item, name), end) for item, middle in ways
              for name, end in after(text, middle, " of ", symbol)],
            *[(ast.InZone(item, name), end) for item, middle in ways
              for name, end in after(text, middle, " in ", zone) if name],
        ]  # fmt: skip
        found += ways
    return found


def _grouped(text: Text, place: int, read: Callable[[Text, int], Ways[Expr]]) -> Ways[Expr]:
    return follow(text, after(text, place, "(", read), ")")


def _numbers(text: Text, place: int) -> Ways[Expr]:
    """`14`, `-5`, `[length]`, `20 pips`, `2%`, `1.5R`."""
    found: Ways[Expr] = []
    negative = text.at(place, "-")
    for number, end in count(text, place + negative):
        found.append((ast.Minus(number) if negative else number, end))
        for words, name in ((" pips", "pips"), (" pip", "pips"), (" points", "points"), (" point", "points"),
                            ("%", "%"), ("R", "R")):  # fmt: skip
            if text.at(end, words):
                quantity = ast.Quantity(number, name)  # type: ignore[arg-type]
                found.append((ast.Minus(quantity) if negative else quantity, end + len(words)))
    return found


def _facts(text: Text, place: int) -> Ways[Expr]:
    """What is known of the position and the account."""
    return [
        (ast.PositionValue(name) if name in _POSITION else ast.AccountValue(name), place + len(words))  # type: ignore[arg-type]
        for name, words in FACTS.items()
        if not name.startswith(("holding", "last")) and text.at(place, words)
    ]


def _column(text: Text, place: int) -> Ways[Expr]:
    return [(ast.Price(field), place + len("the " + field))  # type: ignore[arg-type]
            for field in FIELDS if text.at(place, "the " + field)]  # fmt: skip


@once
def _remember(text: Text, place: int) -> Ways[Expr]:
    """`(the high) on the last bar on which (...)`."""
    return [(ast.Remember(item, when), end) for item, middle in unit(text, place)
            for when, end in after(text, middle, " on the last bar on which ", conditions.part)]  # fmt: skip


@once
def _ratchet(text: Text, place: int) -> Ways[Expr]:
    """`the highest close since the last bar on which ...`."""
    found: Ways[Expr] = []
    for words, direction in (("the highest ", "up"), ("the lowest ", "down")):
        for item, middle in after(text, place, words, bare):
            for until, end in after(text, middle, " since the last bar on which ", conditions.part):
                found.append((ast.Ratchet(direction, item, until), end))  # type: ignore[arg-type]
            if text.at(middle, " since the first bar"):
                found.append((ast.Ratchet(direction, item), middle + len(" since the first bar")))  # type: ignore[arg-type]
    return found


@once
def bare(text: Text, place: int) -> Ways[Expr]:
    """A value that may have lost its article: `the highest high`."""
    with_article = Text("the " + text.words[place:])
    return [*[(item, place + end - 4) for item, end in unit(with_article, 0)], *unit(text, place)]


# ------------------------------------------------------------------------ calls


@once
def _calls(text: Text, place: int) -> Ways[Expr]:
    """Every call that gives a value."""
    found = _titled(text, place, "the ")
    for name, words in PHRASES.items():
        if FUNCTIONS[name].result != "bool" and not words.startswith("{"):
            found = [*found, *phrase(text, place, FUNCTIONS[name], words)]
    return [*found, *[way for way in _titled(text, place, "") if text.words[place : place + 4] in ("toda", "yest")]]


def phrase(text: Text, place: int, function: Function, words: str) -> Ways[Expr]:
    """A call with a phrase of its own: `the highest {0} of the last {1} bars`."""
    pieces = _HOLE.split(words)
    ways: Ways[dict[int, Expr]] = follow(text, [({}, place)], pieces[0])
    for hole, literal in zip(pieces[1::2], pieces[2::2], strict=True):
        index = int(hole)
        read = _argument(function, function.params[index])
        ways = [({**held, index: item}, end) for held, middle in ways for item, end in read(text, middle)]
        ways = follow(text, ways, literal)
    return [(ast.Call(function.name, tuple(held[k] for k in sorted(held))), end) for held, end in ways]


def _argument(function: Function, param: Param) -> Callable[[Text, int], Ways[Expr]]:
    if param.is_number:
        return number
    first = param.name == function.params[0].name
    return bare if function.name in ("highest", "lowest") and first else _source(param)


def _source(param: Param) -> Callable[[Text, int], Ways[Expr]]:
    if param.kind == "clock":
        return clock  # type: ignore[return-value]
    return conditions.part if param.kind == "condition" else part


def number(text: Text, place: int) -> Ways[Expr]:
    """A number that is a setting."""
    negative = text.at(place, "-")
    return [(ast.Minus(item) if negative else item, end) for item, end in count(text, place + negative)]


@once
def part(text: Text, place: int) -> Ways[Expr]:
    """A value inside something larger: what is made of several words stands in parentheses there."""
    return unit(text, place)


@cache
def _titles() -> dict[str, list[Function]]:
    """The functions that are said by their title, under its first word."""
    titles: dict[str, list[Function]] = {}
    for function in FUNCTIONS.values():
        if function.name not in PHRASES and function.result != "bool":
            titles.setdefault(function.title.split()[0], []).append(function)
    return titles


_FIRST = re.compile(r"\S+?(?=[\s.,()]|$)|\S+")


def _titled(text: Text, place: int, article: str) -> Ways[Expr]:
    """`the 14-bar relative strength index of the high`, `the MACD line (fast 12, slow 26, signal 9)`."""
    if not text.at(place, article):
        return []
    found: Ways[Expr] = []
    start = place + len(article)
    for length, begin in [(None, start), *follow(text, number(text, start), "-bar ")]:
        word = text.words[begin : begin + 60].split(" ")[0]
        for function in [f for cut in _cuts(word) for f in _titles().get(cut, ())]:
            if text.at(begin, function.title):
                found += _with_settings(text, begin + len(function.title), function, length)
    return found


def _cuts(word: str) -> list[str]:
    """The word with and without the mark behind it."""
    return list(dict.fromkeys((word, word.rstrip(".,)"), word.rstrip(".,"))))


def _with_settings(text: Text, place: int, function: Function, length: Expr | None) -> Ways[Expr]:
    numbers: Ways[tuple[Expr, ...]] = [((length,) if length is not None else (), place)]
    labels = [p.name for p in function.params if p.is_number]
    if length is None and labels and text.at(place, " ("):
        numbers = [((), place + 2)]
        for k, label in enumerate(labels):
            numbers = [((*held, item), end) for held, middle in numbers
                       for item, end in after(text, middle, f"{', ' if k else ''}{label} ", number)]  # fmt: skip
        numbers = follow(text, numbers, ")")
    sources = [p for p in function.params if not p.is_number]
    ways: Ways[tuple[tuple[Expr, ...], tuple[Expr, ...]]] = [((held, ()), end) for held, end in numbers]
    closes = list(ways)
    for k, param in enumerate(sources):
        read = _source(param)
        ways = [((held, (*given, item)), end) for (held, given), middle in ways
                for item, end in after(text, middle, " and " if k else " of ", read)]  # fmt: skip
        closes += ways
    return [(call, end) for (held, given), end in closes if (call := _built(function, held, given)) is not None]


def _built(function: Function, numbers: tuple[Expr, ...], sources: tuple[Expr, ...]) -> Expr | None:
    """The call with its arguments in the registry's order; a source that is the close goes without saying."""
    left, given = list(numbers), list(sources)
    silent = sum(not p.is_number for p in function.params) - len(given)
    arguments: list[Expr] = []
    for param in function.params:
        if param.is_number:
            if not left:
                return None
            arguments.append(left.pop(0))
        elif silent:
            silent -= 1
            if param.default is None:
                arguments.append(ast.Price("close"))
        else:
            arguments.append(given.pop(0))
    return ast.Call(function.name, tuple(arguments)) if not left and not given else None
