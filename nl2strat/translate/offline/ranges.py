"""Stage 5q: the high and low of a stretch of the day: `the opening range is 9:30 to 10:00 New York time`."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import schedule
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Definition
from nl2strat.translate.offline.phrases import listed

_WORDS = listed("ranges")


def definition(p: Cursor) -> Definition | None:
    """`Opening range 9:30-10:00 New York time.`"""
    if not p.accept(*_WORDS["range"]):
        return None
    p.skip(*_WORDS["is"])
    lines = _lines(p)
    if lines is None or p.kind() not in ("", "break"):
        return None
    p.context = replace(p.context, channels=(*p.context.channels, *lines))
    return Definition("range")


def line(p: Cursor) -> Expr | None:
    """`the opening range high`, `the high of the opening range`, `the high of the 9:30-10:00 range`."""
    side = "high" if p.accept("high of") else "low" if p.accept("low of") else ""
    lines = p.trial(_lines) if side else None
    if not p.accept(*_WORDS["range"]):
        return None
    if not side:
        side = "high" if p.accept("high") else "low" if p.accept("low") else ""
    if p.accept("("):
        lines = _lines(p)
        if lines is None or not p.accept(")"):
            return None
        p.context = replace(p.context, channels=(*p.context.channels, *lines))
    known = dict(lines or p.context.channels)
    return known.get(f"range_{side}")


def _lines(p: Cursor) -> tuple[tuple[str, Expr], ...] | None:
    """High and low from one time of day until another."""
    start = schedule.clock(p)
    if start is None or not p.accept(*_WORDS["to"]):
        return None
    end = schedule.clock(p)
    if end is None:
        return None
    zone = schedule.zone(p)
    high: Expr = ast.Call("session_high", (start, end))
    low: Expr = ast.Call("session_low", (start, end))
    if zone:
        high, low = ast.InZone(high, zone), ast.InZone(low, zone)
    return ("range_high", high), ("range_low", low)
