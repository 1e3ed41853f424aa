"""Sentences about an entry in the words of an explanation: the entry itself and each of its clauses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.explained.conditions import condition
from nl2strat.translate.explained.text import (
    Text,
    Ways,
    after,
    bars,
    clock,
    count,
    follow,
    maybe,
    symbol,
    zone_time,
)
from nl2strat.translate.explained.values import value

ONCE = ", once the profit has reached "
_SECOND_R = ", R being the distance of the stop"


@dataclass(frozen=True)
class Part:
    """A field of the entry and its value; `field` "" says nothing that is not the default."""

    field: str
    value: Any = None


def entry(text: Text, place: int) -> Ways[ast.Entry]:
    """`Buys at the next open when ...`, `Places a buy stop order at ... when ...`."""
    found: Ways[ast.Entry] = []
    for words, side in (("Buys", "long"), ("Sells short", "short")):
        if text.at(place, words):
            for name, middle in _maybe_symbol(text, place + len(words), " "):
                found += [(ast.Entry(side, when, symbol=name), end)  # type: ignore[arg-type]
                          for when, end in after(text, middle, " at the next open when ", condition)]  # fmt: skip
    for words, side in (("Places a buy ", "long"), ("Places a sell ", "short")):
        for kind, order in (("stop-limit", "stop"), ("stop", "stop"), ("limit", "limit")):
            if text.at(place, f"{words}{kind} order"):
                for name, middle in _maybe_symbol(text, place + len(f"{words}{kind} order"), " in "):
                    found += _order(text, middle, side, order, name)
    return found


def _maybe_symbol(text: Text, place: int, words: str) -> Ways[str | None]:
    return [(None, place), *after(text, place, words, symbol)]


def _order(text: Text, place: int, side: Any, kind: Any, name: str | None) -> Ways[ast.Entry]:
    prices = maybe(text, after(text, place, " at ", value), " with its limit at ", value)
    return [(ast.Entry(side, when, order=ast.Pending(kind, price, limit), symbol=name), end)
            for price, limit, middle in prices
            for when, end in after(text, middle, " when ", condition)]  # fmt: skip


def clause(text: Text, place: int) -> Ways[tuple[Part, ...]]:
    """A sentence about the entry before it, without its full stop."""
    return [way for read in _CLAUSES for way in read(text, place)]


def with_part(rule: ast.Entry, part: Part) -> ast.Entry | None:
    """The entry with that part; None if it has another already."""
    if not part.field:
        return rule
    held = getattr(rule, part.field)
    if not isinstance(held, tuple) and held is not None:
        return None
    changes: dict[str, Any] = {part.field: (*held, part.value) if isinstance(held, tuple) else part.value}
    return replace(rule, **changes)


# --------------------------------------------------------------------- brackets


def _said(field: str, ways: Ways[Any]) -> Ways[tuple[Part, ...]]:
    return [((Part(field, item),), end) for item, end in ways]


def _bracket(text: Text, place: int, words: str, base: str) -> Ways[ast.Bracket]:
    levels: Ways[ast.Bracket] = [(ast.Level(price), end) for price, end in after(text, place, f"{words}at ", value)]
    offsets: Ways[ast.Bracket] = [
        (ast.Offset(distance), end)
        for distance, end in follow(text, after(text, place, words, value), f" from the {base}")
    ]
    return [*levels, *offsets]


def _stop_and_target(text: Text, place: int) -> Ways[tuple[Part, ...]]:
    stops = _bracket(text, place, "The stop loss is ", "entry price")
    targets = [way for base in ("entry price", "average entry price")
               for way in _bracket(text, place, "The target is ", base)]  # fmt: skip
    found = [*_said("stop", stops), *_said("target", targets)]
    return [*found, *follow(text, found, _SECOND_R)]


def _none(text: Text, place: int) -> Ways[tuple[Part, ...]]:
    """What is said of an entry that has none of it."""
    return [((Part(""),), place + len(words))
            for words in ("There is no stop loss and no target", "There is no stop loss", "It waits until it is filled",
                          "All of them share its stop", "Trades 0.1 lot, the default")
            if text.at(place, words)]  # fmt: skip


def _target_step(text: Text, place: int) -> Ways[tuple[Part, ...]]:
    return _said("target_steps", [
        (ast.TargetStep(bracket, number), end)
        for number, middle in after(text, place, "After ", bars)
        for bracket, end in _bracket(text, middle, " the target is ", "entry price")
    ])  # fmt: skip


def part_of(text: Text, place: int, words: str) -> Ways[tuple[ast.Count, bool]]:
    """`Closes 50% of`, `Closes 0.2 lot of`: (how much, whether in lots)."""
    shares = after(text, place, words, count)
    return [
        *[((share, False), end) for share, end in follow(text, shares, "% of ")],
        *[((share, True), end) for noun in (" lots of ", " lot of ") for share, end in follow(text, shares, noun)],
    ]


def _take(text: Text, place: int) -> Ways[tuple[Part, ...]]:
    found: Ways[Any] = []
    for (share, lots), middle in follow(text, part_of(text, place, "Closes "), "the position"):
        found += [(ast.Take(share, ast.Offset(distance), lots), end)
                  for distance, end in after(text, middle, " at a profit of ", value)]  # fmt: skip
        found += [(ast.Take(share, ast.Level(price), lots), end) for price, end in after(text, middle, " at ", value)]
    return _said("takes", found)


# ------------------------------------------------------------------- moving stops


def _moving(text: Text, place: int) -> Ways[tuple[Part, ...]]:
    """Stops that follow, and those that are moved once."""
    trail = maybe(text, after(text, place, "The stop trails the best price at a distance of ", value), ONCE, value)
    ends = " at each close and never moves back"
    line = maybe(text, follow(text, after(text, place, "The stop follows ", value), ends), ONCE, value)
    lock = after(text, place, "The stop locks in a profit of ", value)
    words = "The stop moves to the entry price"
    plus: Ways[Expr | None] = [(None, place + len(words))] if text.at(place, words) else []
    plus += after(text, place, f"{words} plus ", value)  # type: ignore[arg-type]
    then = ONCE.removeprefix(",")
    return [
        *_said("trail", [(ast.Trail(distance, reached), end) for distance, reached, end in trail]),
        *_said("trail_line", [(ast.TrailLine(price, reached), end) for price, reached, end in line]),
        *_said("locks", [(ast.Lock(profit, reached), end) for profit, middle in lock
                         for reached, end in after(text, middle, then, value)]),
        *_said("breakeven", [(ast.Breakeven(reached, more), end) for more, middle in plus
                             for reached, end in after(text, middle, then, value)]),
    ]  # fmt: skip


# ---------------------------------------------------------------- sizes and lives


def _size(text: Text, place: int) -> Ways[tuple[Part, ...]]:
    found: Ways[Any] = []
    for number, middle in after(text, place, "Trades ", count):
        found += [(ast.Lots(number), end) for noun in (" lots", " lot")
                  for _, end in follow(text, [(None, middle)], noun)]  # fmt: skip
    for words, kind, money, behind in (
        ("The position is worth ", ast.Share, ast.Money, ""),
        ("Risks ", ast.Risk, ast.RiskMoney, " to the stop"),
    ):
        for number, middle in after(text, place, words, count):
            for base in ("balance", "equity"):
                found += [(kind(number, base), end)
                          for _, end in follow(text, [(None, middle)], f"% of the {base}{behind}")]  # fmt: skip
            found += [(money(number), end)
                      for _, end in follow(text, [(None, middle)], f" of the account's currency{behind}")]  # fmt: skip
    return _said("size", found)


def _scale(text: Text, place: int) -> Ways[tuple[Part, ...]]:
    return _said("scale", [
        (ast.ScaleSize(factor, result, times), end)
        for factor, middle in after(text, place, "The size is multiplied by ", count)
        for result in ("loss", "win")
        for times, last in after(text, middle, f" for each {result} in a row, at most ", count)
        for noun in (" times", " time")
        for _, end in follow(text, [(None, last)], noun)
    ])  # fmt: skip


_ORDERS = re.compile(r" further (?:buy|sell) (limit|stop) orders?, one every ")


def _add(text: Text, place: int) -> Ways[tuple[Part, ...]]:
    found: Ways[Any] = []
    for times, middle in after(text, place, "Adds ", count):
        orders = text.pattern(middle, _ORDERS)
        if orders is None:
            continue
        way, words = ("against", "against") if orders.group(1) == "limit" else ("ahead", "ahead of")
        for every, last in follow(text, value(text, orders.end()), f" {words} the position from its first fill, each "):
            found += [(ast.Add(times, every, way), end)  # type: ignore[arg-type]
                      for _, end in follow(text, [(None, last)], "of the same size")]  # fmt: skip
            factors = follow(text, count(text, last), " times the size of the one before")
            found += [(ast.Add(times, every, way, factor), end) for factor, end in factors]  # type: ignore[arg-type]
    return _said("add", found)


def _life(text: Text, place: int) -> Ways[tuple[Part, ...]]:
    """`It is valid for 3 bars, at most until 12:00 (Europe/London time)`, `Closes after 12 bars`."""
    found = _said("valid", after(text, place, "It is valid for ", bars))
    found += [((*parts, *until), end) for parts, middle in list(found)
              for until, end in after(text, middle, ", at most until ", _until)]  # fmt: skip
    found += after(text, place, "It is valid until ", _until)
    return [*found, *_said("close_after", after(text, place, "Closes after ", bars))]


def _until(text: Text, place: int) -> Ways[tuple[Part, ...]]:
    return _said("valid_until", [
        (ast.ValidUntil(time, zone), end) for time, middle in clock(text, place)
        for zone, end in follow(text, after(text, middle, " (", zone_time), ")")
    ])  # fmt: skip


_CLAUSES: tuple[Callable[[Text, int], Ways[tuple[Part, ...]]], ...] = (
    _stop_and_target,
    _none,
    _target_step,
    _take,
    _moving,
    _size,
    _scale,
    _add,
    _life,
)
