"""A place in a text and what may stand there: each function gives every way to read on from a place.

A way is (what was read, the place after it). Readers that give all ways need no look-ahead and no order of preference:
what is wrong dies where the words stop fitting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import wraps
from typing import Any, TypeVar

from nl2strat.language import ast

T = TypeVar("T")
Ways = list[tuple[T, int]]

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_NAME = re.compile(r"\[([a-z][a-z0-9_]*)\]")
_CLOCK = re.compile(r"(\d\d):(\d\d)")
_SYMBOL = re.compile(r"[A-Za-z#][A-Za-z0-9._#]*[A-Za-z0-9_#]")
_ZONE = re.compile(r'"([^"\n]+)"|([A-Za-z_]+(?:/[A-Za-z_+-]+[0-9]*)*)')
_TIMEFRAME = re.compile(r"MN1|[MHDW]\d+")


class Text:
    """The words of an explanation with single blanks, and what has been read of them so far."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.known: dict[tuple[str, int], Any] = {}

    def at(self, place: int, literal: str) -> bool:
        return self.words.startswith(literal, place)

    def pattern(self, place: int, pattern: re.Pattern[str]) -> re.Match[str] | None:
        return pattern.match(self.words, place)


def once(read: Callable[[Text, int], Ways[T]]) -> Callable[[Text, int], Ways[T]]:
    """Reads each place of a text only once."""

    @wraps(read)
    def remembered(text: Text, place: int) -> Ways[T]:
        key = (read.__qualname__ + read.__module__, place)
        if key not in text.known:
            text.known[key] = []  # what reads itself at the same place finds nothing
            text.known[key] = distinct(read(text, place))
        found: Ways[T] = text.known[key]
        return found

    return remembered


def distinct(ways: Iterable[tuple[T, int]]) -> Ways[T]:
    """The ways, each once."""
    return list(dict.fromkeys(ways))


def follow(text: Text, ways: Iterable[tuple[T, int]], literal: str) -> Ways[T]:
    """The ways after which these words stand, and the place behind them."""
    return [(item, place + len(literal)) for item, place in ways if text.at(place, literal)]


def after(text: Text, place: int, literal: str, read: Callable[[Text, int], Ways[T]]) -> Ways[T]:
    """What is read behind these words."""
    return read(text, place + len(literal)) if text.at(place, literal) else []


def count(text: Text, place: int) -> Ways[ast.Count]:
    """`14` or `[length]`."""
    name = text.pattern(place, _NAME)
    if name:
        return [(ast.Name(name.group(1)), name.end())]
    found = text.pattern(place, _NUMBER)
    if found is None or found.group().startswith("-"):
        return []
    return [(ast.Number(Decimal(found.group())), found.end())]


def bars(text: Text, place: int) -> Ways[ast.Count]:
    """`1 bar`, `3 bars`."""
    return [way for found, end in count(text, place) for noun in (" bars", " bar")
            for way in follow(text, [(found, end)], noun)]  # fmt: skip


def clock(text: Text, place: int) -> Ways[ast.Clock]:
    """`09:30`."""
    found = text.pattern(place, _CLOCK)
    if found is None or int(found.group(1)) > 23 or int(found.group(2)) > 59:
        return []
    return [(ast.Clock(int(found.group(1)), int(found.group(2))), found.end())]


def zone_time(text: Text, place: int) -> Ways[str | None]:
    """`time of the data`, `Europe/London time`."""
    if text.at(place, "time of the data"):
        return [(None, place + len("time of the data"))]
    return follow(text, zone(text, place), " time")


def zone(text: Text, place: int) -> Ways[str | None]:
    """`Europe/London`, or in quotes."""
    found = text.pattern(place, _ZONE)
    return [(found.group(1) or found.group(2), found.end())] if found else []


def symbol(text: Text, place: int) -> Ways[str]:
    """`XAUUSD`."""
    found = text.pattern(place, _SYMBOL)
    return [(found.group(), found.end())] if found else []


def timeframe(text: Text, place: int) -> Ways[str]:
    """`H4`."""
    found = text.pattern(place, _TIMEFRAME)
    return [(found.group(), found.end())] if found else []


def maybe(text: Text, ways: Ways[T], literal: str, read: Callable[[Text, int], Ways[Any]]) -> list[tuple[T, Any, int]]:
    """Each way alone (with None), and with what follows behind these words."""
    found: list[tuple[T, Any, int]] = [(item, None, place) for item, place in ways]
    return found + [(item, more, end) for item, place in ways for more, end in after(text, place, literal, read)]


def listing(text: Text, place: int, read: Callable[[Text, int], Ways[T]], word: str) -> Ways[tuple[T, ...]]:
    """`a`, `a and b`, `a, b and c`, in every way."""
    found: Ways[tuple[T, ...]] = []
    open_lists: Ways[tuple[T, ...]] = [((item,), end) for item, end in read(text, place)]
    while open_lists:
        found += open_lists
        longer = [((*items, item), last, last_word) for items, end in open_lists
                  for last_word in (f" {word} ", ", ") for item, last in after(text, end, last_word, read)]  # fmt: skip
        found += [(items, end) for items, end, joined in longer if joined != ", "]
        open_lists = [(items, end) for items, end, joined in longer if joined == ", "]
    return distinct(found)
