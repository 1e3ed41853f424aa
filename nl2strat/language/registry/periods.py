"""Prices of the week and the month, this one and the last; the day's move and gap."""

from __future__ import annotations

from collections.abc import Callable

from nl2strat.language.registry.entry import Function, Type, none


def _entry(
    name: str, title: str, definition: str, said: tuple[str, ...], result: Type = "price",
    lookback: Callable[..., int] = none,
) -> Function:  # fmt: skip
    return Function(name, title, "bars", (), result, definition, "textbook", "level", said, lookback)


def _period(word: str) -> tuple[Function, ...]:
    """The seven prices of "week" or "month"."""
    begins = "on Sunday" if word == "week" else "on the first"
    this = f"this bar's {word}, which begins {begins}"
    return (
        _entry(f"{word}_open", f"this {word}'s open", f"the open of the first bar of {this}", (f"this {word}'s open",)),
        _entry(f"{word}_high", f"this {word}'s high so far", f"the highest high of {this}, up to and with this bar",
               (f"this {word}'s high", f"this {word}'s high so far")),
        _entry(f"{word}_low", f"this {word}'s low so far", f"the lowest low of {this}, up to and with this bar",
               (f"this {word}'s low", f"this {word}'s low so far")),
        *(
            _entry(f"last_{word}_{price}", f"last {word}'s {price}",
                   f"the {price} of the last {word} with bars before {this}", (f"{price} of the {word} before",),
                   lookback=lambda: 1)
            for price in ("open", "high", "low", "close")
        ),
    )  # fmt: skip


ENTRIES: tuple[Function, ...] = (
    *_period("week"),
    *_period("month"),
    _entry("day_change", "today's change", "the close's move since yesterday's close as a share of it (0.02 is 2 %)",
           ("today's change", "change since yesterday's close"), "ratio", lambda: 1),
    _entry("day_gap", "today's opening gap", "today's open minus yesterday's close as a share of it (0.02 is 2 %)",
           ("today's opening gap", "today's gap"), "ratio", lambda: 1),
)  # fmt: skip
