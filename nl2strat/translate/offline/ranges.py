"""Stage 5q: the high and low of a stretch of the day: `the opening range is 9:30 to 10:00 New York time`,
`the high between 00:00 and 07:00`, `the low of the first hour of the London session`."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import spans
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Mention
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import plain_number
from nl2strat.translate.offline.vocabulary.phrases import DIRECTION

_WORDS = listed("ranges")

Window = tuple[ast.Clock, ast.Clock, str]
"""(start, end, zone; "" is the data's own clock)"""
Lines = tuple[tuple[str, Expr], ...]
"""(("range_high", its high), ("range_low", its low))"""


def definition(p: Cursor) -> Mention | None:
    """`Opening range 9:30-10:00 New York time.`, `Mark the high and low between 00:00 and 07:00.`"""
    if p.i and p.kind(-1) not in ("break", "mark"):
        return None
    found = p.first_of(_named, _measured, _stated)
    if found is None or not (p.kind() in ("", "break") or p.at(",", ";", "(", "and")):
        return None
    lines = _lines(p, found)
    p.context = replace(p.context, channels=(*p.context.channels, *lines))
    return Mention(lines[0][1])


def _named(p: Cursor) -> Window | None:
    """`Opening range: the first hour from 08:00 to 09:00`, `the range is the high and low between A and B`."""
    if not p.accept(*_WORDS["range"]):
        return None
    p.skip(*_WORDS["is"])
    p.accept(*_WORDS["both"])
    p.skip(*_WORDS["from"])
    return _window(p)


def _measured(p: Cursor) -> Window | None:
    """`take the high and low between A and B`, `mark the range from A to B`."""
    if not p.accept(*_WORDS["measure"]) or not p.accept(*_WORDS["both"], *_WORDS["range"]):
        return None
    p.skip(*_WORDS["from"])
    return _window(p)


def _stated(p: Cursor) -> Window | None:
    """`the high and low from A to B (are the range)`."""
    if not p.accept(*_WORDS["both"]) or not p.accept(*_WORDS["from"]):
        return None
    found = _window(p)
    if p.accept("is", "form", "make", "define", "set", "give"):
        return found if p.accept(*_WORDS["range"]) else None
    return found


def line(p: Cursor) -> Expr | None:
    """`the opening range high`, `the high of the opening range`, `the high of the 9:30-10:00 range`."""
    own = p.trial(_own)
    if own is not None:
        return own
    side = _side(p)
    if side:
        window = p.trial(_stretch)
        if window is not None:
            p.accept(*_WORDS["range"])
            return dict(_lines(p, window))[f"range_{side}"]
        if not p.accept("of"):
            return None
    p.accept("that", "this")
    window = p.trial(_window) if side else None
    if not p.accept(*_WORDS["range"]):
        return None
    side = side or _side(p)
    if p.accept("("):
        window = _window(p)
        if window is None or not p.accept(")"):
            return None
        p.context = replace(p.context, channels=(*p.context.channels, *_lines(p, window)))
    known = dict(_lines(p, window)) if window is not None else dict(p.context.channels)
    return known.get(f"range_{side}")


def _own(p: Cursor) -> Expr | None:
    """`above its high`, after a range was measured: no bar closes above its own high."""
    if not p.accept("its", "their"):
        return None
    way = DIRECTION.match(p.tokens, p.i - 2) if p.i > 1 else None
    side = _side(p)
    known = dict(p.context.channels).get(f"range_{side}") if side else None
    if known is None or way is None or p.at("of") or p.word(-4) in ("stop", "sl", "loss"):
        return None
    return known if way[0] == ("above" if side == "high" else "below") else None


def _side(p: Cursor) -> str:
    return "high" if p.accept(*_WORDS["high"]) else "low" if p.accept(*_WORDS["low"]) else ""


def _stretch(p: Cursor) -> Window | None:
    """`... between 00:00 and 07:00`, `... of the London session`, `... of the first hour after 08:00`."""
    return _window(p) if p.accept(*_WORDS["from"]) else None


def _window(p: Cursor) -> Window | None:
    """A stretch of the day. The first hour of one that is named in full must fit it."""
    p.skip(*_WORDS["from"])
    return p.first_of(_first_part, _clocks, spans.named_session)


def _clocks(p: Cursor) -> Window | None:
    """`08:00 to 09:00 London time`."""
    start = spans.clock(p)
    if start is None or not p.accept(*_WORDS["to"]):
        return None
    end = spans.clock(p)
    if end is None or start == end:
        return None
    return start, end, spans.zone(p) or ""


def _first_part(p: Cursor) -> Window | None:
    """`the first hour after 08:00`, `first 30 minutes of the London session`, `first hour of the day from 8 to 9`."""
    if not p.accept(*_WORDS["first"]):
        return None
    number = plain_number(p)
    length = number.value if isinstance(number, ast.Number) else 1 if number is None else None
    if length is None or length % 1 or not p.accept("hour", "minute", "h", "min"):
        return None
    minutes = int(length) * (60 if p.base(-1) in ("hour", "h") else 1)
    p.skip(*_WORDS["day"]) if not p.at("of session") else None
    p.skip("(", ",", "of trading")
    whole = p.trial(_clocks)
    if whole is None and p.accept(*_WORDS["from"], *_WORDS["after"]):
        whole = p.trial(_clocks)
        if whole is None:
            return _begins(p, minutes)
    p.accept(")")
    return whole if whole is not None and (_minutes(whole[1]) - _minutes(whole[0])) % _DAY == minutes else None


def _begins(p: Cursor, minutes: int) -> Window | None:
    """The first minutes of a session, or of the day from a time on."""
    session = p.trial(spans.named_session)
    if session is not None:
        start, _, zone = session
    else:
        clock = spans.clock(p)
        if clock is None:
            return None
        start, zone = clock, spans.zone(p) or ""
    end = (_minutes(start) + minutes) % _DAY
    return start, ast.Clock(end // 60, end % 60), zone


_DAY = 24 * 60


def _minutes(clock: ast.Clock) -> int:
    return clock.hour * 60 + clock.minute


def _lines(p: Cursor, window: Window) -> Lines:
    start, end, zone = window
    high: Expr = ast.Call("session_high", (start, end))
    low: Expr = ast.Call("session_low", (start, end))
    if zone:
        high, low = ast.InZone(high, zone), ast.InZone(low, zone)
    p.note(
        f"The range of {start.hour:02d}:{start.minute:02d} to {end.hour:02d}:{end.minute:02d} counts once it is over."
    )
    return ("range_high", high), ("range_low", low)
