"""Deeds in words."""

from __future__ import annotations

from nl2strat.deploy.parity.deeds import CHANGE, ENTRY, EXIT, LEVELS, ORDER, Deed


def in_words(deed: Deed | None, point: float) -> str:
    """What was done, in short; empty if nothing was."""
    if deed is None:
        return ""
    levels = "".join(
        f", {name} {number(level, point)}" for name, level in (("stop", deed.sl), ("target", deed.tp)) if level
    )
    if deed.what == ENTRY:
        return f"{deed.side} {deed.volume:g} at {number(deed.price, point)}{levels}"
    if deed.what == EXIT:
        return f"{deed.side} {deed.volume:g} closed at {number(deed.price, point)} ({deed.reason})"
    if deed.what == LEVELS:
        return f"{deed.side} moved{levels or ': no levels'}"
    if deed.what in (ORDER, CHANGE):
        verb = "" if deed.what == ORDER else " changed"
        return f"{deed.side} {deed.volume:g}{verb} at {number(deed.price, point)}{levels}"
    return f"{deed.side} at {number(deed.price, point)} deleted"


def number(price: float, point: float) -> str:
    """A price with the digits of its symbol."""
    digits = 0
    while digits < 8 and round(point * 10**digits, 6) < 1:
        digits += 1
    return f"{price:.{digits}f}"


def points(distance: float, point: float) -> str:
    """A distance, with its sign."""
    return f"{distance / point:+.1f} points"
