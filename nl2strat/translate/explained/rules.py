"""Sentences about exits, limits and the whole strategy in the words of an explanation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from nl2strat.language import ast
from nl2strat.language.english import DAYS
from nl2strat.translate.explained.clauses import part_of
from nl2strat.translate.explained.conditions import condition
from nl2strat.translate.explained.text import (
    Text,
    Ways,
    after,
    bars,
    clock,
    count,
    follow,
    listing,
    symbol,
    zone_time,
)
from nl2strat.translate.explained.values import value

Rules = tuple[ast.Rule, ...]

POLICIES = (
    "Trades nothing",
    "Holds one position at a time in each symbol",
    "Holds one position at a time",
    "Holds one position each way at a time in each symbol",
    "Holds one position each way at a time",
    "An opposite signal closes the position and opens the other one",
)
"""What follows from the other rules: checked, never read."""

_FIXED: dict[str, ast.Rule] = {
    "An opposite signal is ignored while a position is open": ast.NoReversal(),
    "An opposite signal opens a position beside the one that is open": ast.Hedging(),
    "When a waiting order fills, the other waiting orders of its symbol are deleted": ast.OneCancelsOther(),
    "Takes long entries only": ast.Only("long"),
    "Takes short entries only": ast.Only("short"),
}
_EVENTS = {"an entry": "entry", "an exit": "exit", "a loss": "loss", "a win": "win", "a stopped trade": "stop"}
_ALERT = re.compile(r'Says "([^"\n]{0,120})" when ')
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def rule(text: Text, place: int) -> Ways[Rules]:
    """A sentence that is one rule (or several of one kind), without its full stop."""
    return [way for read in _RULES for way in read(text, place)]


def _one(ways: Ways[Any]) -> Ways[Rules]:
    return [((item,), end) for item, end in ways]


def _fixed(text: Text, place: int) -> Ways[Rules]:
    return _one([(item, place + len(words)) for words, item in _FIXED.items() if text.at(place, words)])


# ---------------------------------------------------------------- what a condition does


def _exit(text: Text, place: int) -> Ways[Rules]:
    return _one([
        (ast.Exit(side, when, name), end)  # type: ignore[arg-type]
        for (side, name), middle in after(text, place, "Closes ", _position)
        for when, end in after(text, middle, " at the next open when ", condition)
    ])  # fmt: skip


def _position(text: Text, place: int) -> Ways[tuple[str, str | None]]:
    """`any position`, `a long position in XAUUSD`."""
    found: Ways[tuple[str, str | None]] = []
    for words, side in (("any position", "all"), ("a long position", "long"), ("a short position", "short")):
        if text.at(place, words):
            end = place + len(words)
            found += [((side, None), end), *[((side, name), last) for name, last in after(text, end, " in ", symbol)]]
    return found


def _reduce(text: Text, place: int) -> Ways[Rules]:
    return _one([
        (ast.Reduce(side, share, when, lots, name), end)  # type: ignore[arg-type]
        for (share, lots), start in part_of(text, place, "Closes ")
        for (side, name), middle in _position(text, start)
        for when, end in after(text, middle, " at the next open, once, when ", condition)
    ])  # fmt: skip


def _alert(text: Text, place: int) -> Ways[Rules]:
    found = text.pattern(place, _ALERT)
    if found is None:
        return []
    return _one([(ast.Alert(found.group(1), when), end) for when, end in condition(text, found.end())])


def _cancel(text: Text, place: int) -> Ways[Rules]:
    found: Ways[Any] = []
    for side, words in ((None, "all waiting orders"), ("long", "all waiting long orders"),
                        ("short", "all waiting short orders")):  # fmt: skip
        ways = after(text, place, f"Deletes {words} at the next open when ", condition)
        found += [(ast.CancelWhen(side, when), end) for when, end in ways]  # type: ignore[arg-type]
    return _one(found)


# ------------------------------------------------------------------------------ times


def _closing(text: Text, place: int) -> Ways[Rules]:
    found: Ways[Any] = []
    for words, kind in (("Closes everything at ", ast.CloseAt), ("Deletes all waiting orders at ", ast.CancelAt)):
        found += [(kind(time, zone, days), end) for time, middle in after(text, place, words, clock)
                  for zone, last in follow(text, after(text, middle, " (", zone_time), ")")
                  for days, end in _maybe_days(text, last)]  # fmt: skip
    return _one(found)


def _maybe_days(text: Text, place: int) -> Ways[tuple[Any, ...]]:
    return [((), place), *after(text, place, " on ", _days)]


def _days(text: Text, place: int) -> Ways[tuple[Any, ...]]:
    return listing(text, place, _day, "and")


def _day(text: Text, place: int) -> Ways[str]:
    return [(code, place + len(name)) for code, name in DAYS.items() if text.at(place, name)]


def _windows(text: Text, place: int) -> Ways[Rules]:
    def windows(text: Text, place: int) -> Ways[Rules]:
        return listing(text, place, _window, "or")

    return after(text, place, "Enters only ", windows)


def _window(text: Text, place: int) -> Ways[ast.Rule]:
    """`from 08:00 until before 17:00 (Europe/London time) on Monday`, `on Monday and Friday`."""
    found: Ways[ast.Rule] = [(ast.Trade(days=days), end) for days, end in after(text, place, "on ", _days)]
    for start, middle in after(text, place, "from ", clock):
        for last, then in after(text, middle, " until before ", clock):
            for zone, behind in follow(text, after(text, then, " (", zone_time), ")"):
                found += [(ast.Trade(start, last, zone, days), end) for days, end in _maybe_days(text, behind)]
    return found


def _dates(text: Text, place: int) -> Ways[Rules]:
    def spans(text: Text, place: int) -> Ways[Rules]:
        return listing(text, place, _span, "or")

    return after(text, place, "Enters only on days ", spans)


def _span(text: Text, place: int) -> Ways[ast.Rule]:
    """`from 2024-01-01 up to 2024-06-30`, `up to ...`, `from ... on`."""
    found: Ways[ast.Rule] = [(ast.Dates(None, last), end) for last, end in after(text, place, "up to ", _date)]
    for first, middle in after(text, place, "from ", _date):
        found += [(ast.Dates(first, last), end) for last, end in after(text, middle, " up to ", _date)]
        found += follow(text, [(ast.Dates(first, None), middle)], " on")
    return found


def _date(text: Text, place: int) -> Ways[str]:
    found = text.pattern(place, _DATE)
    return [(found.group(), found.end())] if found else []


# ----------------------------------------------------------------------------- limits


def _limits(text: Text, place: int) -> Ways[Rules]:
    trades = after(text, place, "Enters at most ", count)
    lots = after(text, place, "Holds at most ", count)
    held = after(text, place, "Holds up to ", count)
    cap = after(text, place, "Enters only while the spread is at most ", value)
    return _one([
        *[(ast.DailyLimit(item), end) for item, end in _counted(text, trades, " trades a day", " trade a day")],
        *[(ast.VolumeCap(item), end) for item, end in _counted(text, lots, " lots of a symbol", " lot of a symbol")],
        *[(ast.Pyramid(item), end)
          for item, end in _counted(text, held, " positions the same way", " position the same way")],
        *[(ast.SpreadCap(item), end) for item, end in cap],
        *_daily_cap(text, place),
    ])  # fmt: skip


def _counted(text: Text, ways: Ways[Any], *nouns: str) -> Ways[Any]:
    return [way for noun in nouns for way in follow(text, ways, noun)]


def _daily_cap(text: Text, place: int) -> Ways[ast.Rule]:
    found: Ways[ast.Rule] = []
    for tally, done in (("loss", "lost"), ("profit", "made")):
        amounts = after(text, place, f"Enters no more on a day whose closed trades have {done} ", count)
        for percent, words in ((True, "% of the balance at its start"), (False, " of the account's currency")):
            found += [(ast.DailyCap(tally, item, percent), end)  # type: ignore[arg-type]
                      for item, end in follow(text, amounts, words)]  # fmt: skip
    return found


def _pauses(text: Text, place: int) -> Ways[Rules]:
    """`After a loss it enters nothing for 10 bars`, `After a win the next 2 entries are skipped`."""
    found: Ways[Any] = []
    for words, event in _EVENTS.items():
        found += [(ast.Wait(number, event), end)  # type: ignore[arg-type]
                  for number, end in after(text, place, f"After {words} it enters nothing for ", bars)]  # fmt: skip
    for result in ("loss", "win"):
        words = f"After a {result} the next "
        if text.at(place, f"{words}entry is skipped"):
            found.append((ast.Skip(_NUMBER_ONE, result), place + len(f"{words}entry is skipped")))
        skipped = follow(text, after(text, place, words, count), " entries are skipped")
        found += [(ast.Skip(number, result), end) for number, end in skipped]
    return _one(found)


_NUMBER_ONE = count(Text("1"), 0)[0][0]

_RULES: tuple[Callable[[Text, int], Ways[Rules]], ...] = (
    _fixed,
    _exit,
    _reduce,
    _alert,
    _cancel,
    _closing,
    _dates,
    _windows,
    _limits,
    _pauses,
)
