"""Prices of a part of the day, such as an opening range; the only entries whose arguments are times of day."""

from __future__ import annotations

from nl2strat.language.registry.entry import Function, Param, none

_START, _END = Param("start", "clock"), Param("end", "clock")


def _entry(name: str, title: str, definition: str, params: tuple[Param, ...] = (_START, _END)) -> Function:
    return Function(name, title, "bars", params, "price", definition, "textbook", "level", (name,), none)


_KNOWN = "known from `end` on until the day is over; a session across midnight belongs to the day on which it ends"

ENTRIES: tuple[Function, ...] = (
    _entry(
        "session_open",
        "open of the session",
        "the open of the day's first bar that opens at or after `start`, from that bar on",
        (_START,),
    ),
    _entry(
        "session_high",
        "high of the session",
        f"the highest high of the day's bars that open from `start` until before `end`, {_KNOWN}",
    ),
    _entry(
        "session_low",
        "low of the session",
        f"the lowest low of the day's bars that open from `start` until before `end`, {_KNOWN}",
    ),
    _entry(
        "session_close",
        "close of the session",
        f"the close of the day's last bar that opens from `start` until before `end`, {_KNOWN}",
    ),
)
