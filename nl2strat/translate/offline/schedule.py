"""Stage 5h: when trading is allowed and when it ends: hours, sessions, weekdays, closing times, daily limits."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.elements import AtTime, Blocked, Clause, Item, Rule
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import count
from nl2strat.translate.offline.spans import WEEKDAYS, clock, hour_said, named_session, on_days, window, zone
from nl2strat.translate.offline.vocabulary.actions import LEAVE

_WORDS = listed("schedule")

_TRADING = _WORDS["trading"]
_NOT = _WORDS["not"]


def schedule(p: Cursor) -> Item | None:
    """Any restriction in time."""
    return p.first_of(
        daily_limit,
        _no_after,
        _outside,
        _hours,
        _blocked_days,
        _closed_on,
        _allowed_days,
        _close_at,
        _at_clock,
        held_bars,
    )


def allowed(p: Cursor) -> Item | None:
    """`Entries are allowed from 9 am to 5 pm`, where "entries" alone would open something."""
    return first if p.at(*_WORDS["allowed"]) and (first := _hours(p)) is not None else None


# -------------------------------------------------------------- hours and days


def _intro(p: Cursor) -> bool:
    found = False
    while p.accept(*_TRADING):
        found = True
        p.skip("position", ":", "=", "is", "are", "allowed", "will", "only", "be", "run", "runs", "opened", "open")
    return found


def _hours(p: Cursor) -> Item | None:
    """`trade only between 08:00 and 17:00`, `from 9am to 5pm`, `during the London session`, `before noon`."""
    _intro(p)
    p.skip("only", "just")
    p.skip(*_WORDS["part of day"])
    spec = p.trial(named_session) or p.trial(window)
    if spec is None:
        return None
    start, end, where = spec
    p.skip("session", "each day", "every day", "daily", "only", "of day", "inclusive", "o'clock")
    p.skip(*_WORDS["part of day"])
    days = p.trial(on_days) or ()
    p.skip("only")
    return Rule(ast.Trade(start, end, where, days))  # type: ignore[arg-type]


def _no_after(p: Cursor) -> Item | None:
    """`no new trades after 20:00`, `not before 9:00`, `no entries between 12:00 and 14:00`."""
    if not _denial(p):
        return None
    p.skip(*_WORDS["no after filler"])
    midnight = ast.Clock(0, 0)
    if p.accept("outside of", "outside"):  # nothing outside a session is trading inside it
        inside = p.trial(named_session) or p.trial(window)
        return Rule(ast.Trade(*inside)) if inside else None
    hours: tuple[ast.Clock, ast.Clock, str | None] | None = None
    if p.accept("after", "later than", "past", "from") and (start := hour_said(p)) is not None:
        hours = start, midnight, zone(p) or None
    elif p.accept("before", "earlier than", "until") and (end := hour_said(p)) is not None:
        hours = midnight, end, zone(p) or None
    else:
        hours = p.trial(window) or p.trial(named_session)
    if hours is None:
        return None
    days = p.trial(on_days) if p.at("on", "every", "each", "any") else None
    return Blocked(days or (), *hours)


def _outside(p: Cursor) -> Item | None:
    """`outside the hours of 12:00 to 14:00`: the hours that are ruled out."""
    _intro(p)
    if not p.accept("outside hours of", "outside hours", "outside of", "outside", "not during", "not within"):
        return None
    spec = p.trial(window) or p.trial(named_session)
    return Blocked((), *spec) if spec else None


_EXCEPT = ("except", "apart from", "with exception of", "other than", "excluding", "exclude", "without", "not", "never")
"""After a denial these take it back: `no trades except after 18:00` allows what it names."""


def _denial(p: Cursor) -> bool:
    found = p.accept(*_NOT)
    while found and not p.at(*_EXCEPT) and p.accept(*_NOT):
        pass
    return bool(found)


def _allowed_days(p: Cursor) -> Item | None:
    _intro(p)
    days = p.trial(on_days)
    if days is None:
        return None
    p.skip("only", "of week")
    if p.at("at", "'s", "after", "before", "evening", "afternoon", "night", "open"):
        return None
    if LEAVE.match(p.tokens, p.i):
        return None  # "on Fridays exit when A" says when to exit, not when to enter
    spec = p.trial(window) or p.trial(named_session)
    start, end, where = spec or (None, None, None)
    return Rule(ast.Trade(start, end, where, days))  # type: ignore[arg-type]


def _blocked_days(p: Cursor) -> Item | None:
    """`not on Fridays`, `no trades on Mondays and Fridays`, `skip Wednesdays`."""
    if p.word() in ("without", "excluding") and p.base(1) in ("every", "each"):
        return None  # "without every day except Friday" says nothing
    off = p.trial(_days_off)
    if off:
        return Blocked(off)
    named = p.word() == "no" and WEEKDAYS.match(p.tokens, p.i + 1) is not None
    p.i += named
    if not named and not _denial(p):
        return None
    p.skip(*_WORDS["blocked days filler"])
    days = p.trial(on_days)
    if not days:
        return None
    spec = p.trial(window) or p.trial(named_session)
    if spec and len(days) > 1 and p.kind(-1) in ("clock", "number"):
        p.questions.append("Are the hours ruled out on all of these days, or on the last one only?")
    return Blocked(days, *spec) if spec else Blocked(days)


def _days_off(p: Cursor) -> tuple[str, ...] | None:
    """`Mondays off`, `Fridays are excluded`."""
    days = p.trial(on_days)
    p.skip("is", "are")
    return days if days and p.accept(*_WORDS["off"]) else None


# ---------------------------------------------------------------- closing times


def _closed_on(p: Cursor) -> Item | None:
    """`on Fridays close everything at 20:00`: the day in front of the closing."""
    starts = p.kind(-1) in ("", "break", "mark") or p.base(-1) == "and"
    days = p.trial(on_days) if starts else None
    p.skip(",", "i", "we", "always", "then")
    if days is None or not (p.match(LEAVE) is not None or p.accept(*_WORDS["close at"])):
        return None
    p.skip("open", "position", "trade", "still open")
    p.accept("at", "by", "no later than", "before")
    when = clock(p)
    return Rule(ast.CloseAt(when, zone(p) or None, days)) if when is not None else None  # type: ignore[arg-type]


def _close_at(p: Cursor) -> Item | None:
    """`everything is closed on Friday at 21:00`, `flat by 22:00`, `close all on Friday 20:00`."""
    said = p.accept(*_WORDS["close at"])
    if not said:
        return None
    when = clock(p)
    where = zone(p) if when else None
    days = p.trial(on_days) or ()
    when = when or (clock(p) if p.accept("at") or days else None)
    return Rule(ast.CloseAt(when, where or None, days)) if when is not None else None  # type: ignore[arg-type]


def _at_clock(p: Cursor) -> Item | None:
    """`at 09:00`, `every day at 09:00`, `on Friday at 20:00`, `at 5pm New York time`."""
    p.skip(*_WORDS["at clock filler"])
    before = p.trial(on_days)
    days = before or ()
    if not p.accept(*_WORDS["at clock"]) and not (days and p.kind() == "clock"):
        return None
    when = clock(p)
    if when is None:
        return None
    where = zone(p)
    after = None if days else p.trial(on_days)
    days = days or after or ()
    p.skip(*_WORDS["at clock filler 2"])
    return AtTime(when, where or None, days)


def moment(p: Cursor) -> ast.CloseAt | None:
    """`on Friday at 21:00`, `at 17:00`: when what is open is closed."""
    found = _at_clock(p)
    return ast.CloseAt(found.clock, found.zone, found.days) if isinstance(found, AtTime) else None  # type: ignore[arg-type]


def held_bars(p: Cursor) -> Item | None:
    """`after 15 bars`, `hold for 10 bars`, `time stop: 24 bars`, `maximum holding time of 10 bars`."""
    said = p.accept(*_WORDS["held bars"])
    p.skip(
        ":", "=", "of", "is", "for", "after", "exactly", "at most", "no more than", "no longer than", "max"
    ) if said else None
    later = not said and p.trial(_later)
    if later:
        return Clause("close_after", later)
    if not said and not p.accept(*_WORDS["held bars 2"]):
        return None
    at_once = not said and p.base(-1) in ("once", "in")
    p.skip("exactly", "at most", "maximum of", "full")
    bars = count(p)
    if bars is None:
        return None
    unit = p.base()
    if not p.accept("bar", "period", "hour", "day", "minute", "week"):
        return None
    follows = p.accept(*_WORDS["held bars 3"])
    if at_once and not follows:
        return None
    if p.at(*_WORDS["held bars ahead"]):
        return None
    return Clause("close_after", (bars, unit))


def _later(p: Cursor) -> tuple[ast.Number | ast.Name, str] | None:
    """`... six bars later`, `ten bars after entry`."""
    bars = count(p)
    unit = p.base()
    if bars is None or not p.accept("bar", "period", "hour", "day"):
        return None
    return (
        (bars, unit)
        if p.accept("later", "after entry", "after opening", "after that", "afterwards", "after buying")
        else None
    )


def daily_limit(p: Cursor) -> Item | None:
    """`no more than two trades a day`, `max 3 trades per day`, `one trade per day`, `limit 2 trades per day`."""
    p.skip(*_WORDS["daily limit filler"]) if not p.at("trade is") else None
    p.accept(*_WORDS["daily limit"])
    if p.accept("once", "twice"):
        trades = number(1 if p.word(-1) == "once" else 2)
    elif (found := count(p)) is not None:
        trades = found  # type: ignore[assignment]
        announced = p.at("per day") and p.base(-2) in (":", "to", "at", "of", "than", "most")
        if not p.accept(*_WORDS["daily limit 2"]) and not announced:
            return None
        p.skip(*_WORDS["daily limit filler 2"])
    else:
        return None
    if not p.accept(*_WORDS["daily limit 3"]):
        return None
    p.skip("maximum", "max", "only", "at most")
    if isinstance(trades, ast.Number) and trades.value <= 0:
        p.questions.append("A limit of zero trades a day never trades. How many?")
    return Rule(ast.DailyLimit(trades))
