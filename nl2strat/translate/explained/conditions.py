"""Conditions in the words of an explanation."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.functions import FUNCTIONS, Function
from nl2strat.language.wording import COMPARED, COUNTED, DENIED, FACTS, PHRASES, TIMED
from nl2strat.translate.explained import values
from nl2strat.translate.explained.text import Text, Ways, after, bars, distinct, follow, once

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@once
def condition(text: Text, place: int) -> Ways[Expr]:
    """Any condition."""
    return distinct([*_joined(text, place, "and"), *_joined(text, place, "or"), *_then(text, place)])


def _joined(text: Text, place: int, word: str) -> Ways[Expr]:
    """`a`, `a and b and c`."""
    lists: Ways[tuple[Expr, ...]] = [((item,), end) for item, end in lasting(text, place)]
    found: Ways[Expr] = [(items[0], end) for items, end in lists]
    kind = ast.AllOf if word == "and" else ast.AnyOf
    while lists:
        lists = [((*items, item), end) for items, middle in lists
                 for item, end in after(text, middle, f" {word} ", lasting)]  # fmt: skip
        found += [(kind(items), end) for items, end in lists]
    return found


def _then(text: Text, place: int) -> Ways[Expr]:
    """`a and then, within 5 bars, b`, a chain from the left."""
    found: Ways[Expr] = []
    chains: Ways[Expr] = lasting(text, place)
    while chains:
        chains = [
            (ast.Then(first, number, second), end)
            for first, middle in chains
            for number, comma in after(text, middle, " and then, within ", bars)
            for second, end in after(text, comma, ", ", lasting)
        ]
        found += chains
    return found


@once
def lasting(text: Text, place: int) -> Ways[Expr]:
    """A single condition, for how long, how lately, or how long ago."""
    simple = part(text, place)
    found = list(simple)
    for item, middle in simple:
        for number, end in after(text, middle, " for ", bars):
            found += follow(text, [(ast.ForBars(item, number), end)], " in a row")
        found += [(ast.WithinBars(item, number), end)
                  for number, end in after(text, middle, " within the last ", bars)]  # fmt: skip
    return [*found, *values.shifted(text, simple)]


@once
def part(text: Text, place: int) -> Ways[Expr]:
    """A condition that needs no parentheses inside another."""
    plain = [
        *_facts(text, place),
        *_calls(text, place),
        *_names(text, place),
        *follow(text, after(text, place, "(", condition), ")"),
    ]
    denied = after(text, place, "it is not true that ", part)
    return [
        *plain,
        *values.placed(text, plain),
        *_denied_days(text, place),
        *[(ast.Negation(item), end) for item, end in denied],
        *_latch(text, place),
        *_compared(text, place),
    ]


def _names(text: Text, place: int) -> Ways[Expr]:
    return [(item, end) for item, end in values.number(text, place) if isinstance(item, ast.Name)]


def _facts(text: Text, place: int) -> Ways[Expr]:
    """Weekdays and what is known of the trading so far."""
    found: Ways[Expr] = []
    for words, item in _said().items():
        if text.at(place, words):
            found.append((item, place + len(words)))
    return found


@cache
def _said() -> dict[str, Expr]:
    said: dict[str, Expr] = {"no position is open": ast.Flag("flat"), "a position is open": _not(ast.Flag("flat"))}
    for day in _WEEKDAYS:
        said[f"it is {day.capitalize()}"] = ast.Flag(day)  # type: ignore[arg-type]
    for name, denied in DENIED.items():
        said[FACTS[name]] = ast.AccountFlag(name)  # type: ignore[arg-type]
        said[denied] = _not(ast.AccountFlag(name))  # type: ignore[arg-type]
    return said


def _not(item: Expr) -> Expr:
    return ast.Negation(item)


def _denied_days(text: Text, place: int) -> Ways[Expr]:
    """`it is not Monday`, `it is not Monday in Asia/Tokyo`."""
    found: Ways[Expr] = []
    for day in _WEEKDAYS:
        words = f"it is not {day.capitalize()}"
        if text.at(place, words):
            plain: Ways[Expr] = [(ast.Flag(day), place + len(words))]  # type: ignore[arg-type]
            found += [(ast.Negation(item), end) for item, end in [*plain, *values.placed(text, plain)]]
    return found


def _latch(text: Text, place: int) -> Ways[Expr]:
    """`the state that begins when a and ends when b is on`."""
    ways = [(ast.Latch(begins, ends), end)
            for begins, middle in after(text, place, "the state that begins when ", part)
            for ends, end in after(text, middle, " and ends when ", part)]  # fmt: skip
    return follow(text, ways, " is on")


@cache
def _comparisons() -> tuple[tuple[str, Callable[[Expr, Expr], Expr]], ...]:
    """Words between two values -> what they make of them."""
    found: dict[tuple[str, str], Callable[[Expr, Expr], Expr]] = {}
    for table in (COMPARED, TIMED, COUNTED):
        for operator, words in table.items():
            found[words, operator] = lambda a, b, o=operator: ast.Compare(o, a, b)  # type: ignore[misc]
    for direction in ("above", "below", "through"):
        found[f"crosses {direction}", ""] = lambda a, b, d=direction: ast.Cross(d, a, b)  # type: ignore[misc]
    return tuple((words, make) for (words, _), make in found.items())


@once
def _compared(text: Text, place: int) -> Ways[Expr]:
    """`a is above b`, `a crosses below b`; a side that is itself compared stands in parentheses."""
    return [
        (make(left, right), end)
        for left, middle in [*values.sums(text, place), *_grouped_side(text, place)]
        for words, make in _comparisons()
        for right, end in after(text, middle, f" {words} ", _right)
    ]


def _right(text: Text, place: int) -> Ways[Expr]:
    return [*values.sums(text, place), *_grouped_side(text, place)]


def _grouped_side(text: Text, place: int) -> Ways[Expr]:
    return follow(text, after(text, place, "(", condition), ")")


# ------------------------------------------------------------------------ calls


@once
def _calls(text: Text, place: int) -> Ways[Expr]:
    """Patterns, and what a value does: `there is a hammer pattern`, `the close has risen 3 bars in a row`."""
    found: Ways[Expr] = []
    for article in ("there is a ", "there is an "):
        if text.at(place, article):
            start = place + len(article)
            for function in _patterns():
                if text.at(start, f"{function.title} pattern"):
                    end = start + len(f"{function.title} pattern")
                    found.append((ast.Call(function.name, ()), end))
    for name, words in PHRASES.items():
        if FUNCTIONS[name].result != "bool":
            continue
        if words.startswith("{0}"):
            found += _predicate(text, place, FUNCTIONS[name], words[3:])
        else:
            found += values.phrase(text, place, FUNCTIONS[name], words)
    return found


@cache
def _patterns() -> tuple[Function, ...]:
    return tuple(f for f in FUNCTIONS.values() if f.result == "bool" and f.name not in PHRASES)


def _predicate(text: Text, place: int, function: Function, words: str) -> Ways[Expr]:
    before, _, behind = words.partition("{1}")
    ways = [((item,), end) for item, end in follow(text, values.part(text, place), before)]
    if "{1}" not in words:
        return [(ast.Call(function.name, held), end) for held, end in ways]
    longer = [((held[0], number), end) for held, middle in ways for number, end in values.number(text, middle)]
    return [(ast.Call(function.name, held), end) for held, end in follow(text, longer, behind)]
