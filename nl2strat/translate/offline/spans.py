"""Stage 5h: stretches of time: times of day, zones, hours of sessions and windows, weekdays."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.vocabulary.markets import DAYS, SERVER_TIME, SESSIONS, ZONES

_WORDS = listed("schedule")

_SESSION = Phrases(
    {
        **{f"{name} session": spec for name, spec in SESSIONS.items()},
        **{f"{name} trading session": spec for name, spec in SESSIONS.items()},
        **{f"{name} hours": spec for name, spec in SESSIONS.items()},
        **{f"{name} trading hours": spec for name, spec in SESSIONS.items()},
        **{f"{name} market hours": spec for name, spec in SESSIONS.items()},
        **{f"{name} hour": spec for name, spec in SESSIONS.items()},
    }
)
_ZONE = Phrases({**ZONES, **dict.fromkeys(SERVER_TIME, "")})
WEEKDAYS = Phrases({**DAYS, **{f"{name}s": code for name, code in DAYS.items() if name.endswith("day")}})
_ALL_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def clock(p: Cursor) -> ast.Clock | None:
    """`09:30`, `5pm`, `noon`, `17h00`; a bare hour only where a clock must stand."""
    if p.accept("noon", "midday", "12 noon"):
        return ast.Clock(12, 0)
    if p.accept("midnight"):
        return ast.Clock(0, 0)
    if p.at(*_WORDS["end of day"]) and _closes_before(p):
        p.accept(*_WORDS["end of day"])
        p.note("The end of the day is midnight by the data's clock: the first open from then on.")
        return ast.Clock(0, 0)
    token = p.token()
    if token is not None and token.kind == "clock" and token.value is not None:
        p.i += 1
        if token.value >= 24 * 60:
            if token.value == 24 * 60 and token.word.startswith("24"):
                return ast.Clock(0, 0)
            p.questions.append(f'"{token.word}" is not a time of day.')
            return ast.Clock(0, 0)
        return ast.Clock(int(token.value) // 60, int(token.value) % 60)
    return None


_CLOSING = frozenset(_WORDS["closing words"])


def _closes_before(p: Cursor) -> bool:
    """Whether the clause says to close; "at the end of the day" is a figure of speech elsewhere."""
    k = -1
    while p.kind(k) not in ("", "break") and p.word(k) not in (";", ":"):
        if p.base(k) in _CLOSING and p.base(k + 1) != "short":
            return True
        if p.base(k) in ("buy", "long", "short", "enter", "when", "if"):
            return False
        k -= 1
    return False


def _hour(p: Cursor) -> ast.Clock | None:
    """A clock, or a bare hour ("between 8 and 17", "0800")."""
    found = clock(p)
    if found is not None:
        return found
    token = p.token()
    if (
        token is None
        or token.kind != "number"
        or token.value is None
        or token.value % 1
        or p.base(1) in ("pip", "%", "bar", "point", "atr")
    ):
        return None
    digits = token.word
    if len(digits) == 4:
        hour, minute = int(digits[:2]), int(digits[2:])
    else:
        hour, minute = int(token.value), 0
    if hour > 24 or minute > 59:
        return None
    p.i += 1
    p.skip("o'clock", "h", "hours", "hundred hours")
    return ast.Clock(hour % 24, minute)


def hour_said(p: Cursor) -> ast.Clock | None:
    """`09:30`, and bare hours with the part of the day: `9 in the morning`, `7 in the evening`, `before 9`."""
    found = _hour(p)
    if found is None:
        return None
    if found.hour < 12 and p.accept("in afternoon", "in evening", "at night"):
        return ast.Clock(found.hour + 12, found.minute)
    p.accept("in morning", "in afternoon", "in evening")
    return found


def zone(p: Cursor) -> str | None:
    """`New York time`, `(London)`, `UTC`; "" is the data's own clock."""
    i = p.i
    bracket = p.accept("(")
    p.skip("in", ",")
    found = p.trial(_iana) or p.match(_ZONE)
    if found is None or (bracket and not p.accept(")")):
        p.i = i
        return None
    return found


def _iana(p: Cursor) -> str | None:
    """`Europe/London time`, `America/New_York`."""
    region, city = p.word(), p.word(2)
    if p.word(1) != "/":
        return None
    name = next((z for z in ZONES.values() if z.lower() == f"{region}/{city}"), None)
    if name is not None:
        p.i += 3
        p.accept("time")
    return name


def named_session(p: Cursor) -> tuple[ast.Clock, ast.Clock, str] | None:
    p.skip("during", "in", "within", "while in", "inside", "the", "for", "throughout", "to", "while")
    p.skip("regular", "main")
    spec = p.match(_SESSION)
    if spec is None:
        return None
    p.accept("is open", "is active")
    name = spec[2].split("/")[1].replace("_", " ")
    p.note(f"The {name} session is {spec[0]}-{spec[1]} {name} time.")
    return _clock(spec[0]), _clock(spec[1]), spec[2]


def _clock(text: str) -> ast.Clock:
    return ast.Clock(int(text[:2]), int(text[3:]))


def _in_hours(p: Cursor) -> bool:
    """`8-17h`, `8h to 17h`: hours by their letter."""
    first = 1 + (p.word(1) == "h")
    joined = p.word(first) in ("-", "to", "until") and p.kind(first + 1) == "number"
    return p.kind() == "number" and joined and p.word(first + 2) in ("h", "hrs", "hours", "o'clock")


def window(p: Cursor) -> tuple[ast.Clock, ast.Clock, str | None] | None:
    ranged = p.accept(*_WORDS["window"])
    start = _hour(p) if ranged or p.kind() == "clock" or _in_hours(p) else None
    if start is not None and p.accept("until before", "and", "to", "until", "-", "till", "through", "up to"):
        end = _hour(p)
        if end is None:
            return None
        where = zone(p)
        return start, end, where or None
    if ranged:
        return None
    if p.accept("before", "until", "up to") and (end := clock(p)) is not None:
        p.note(f"Before {end.hour:02d}:{end.minute:02d} means from midnight on.")
        return ast.Clock(0, 0), end, zone(p) or None
    if p.accept("after", "from", "not before", "since") and (start := clock(p)) is not None:
        where = zone(p)
        p.accept("on", "onwards", "onward")
        return start, ast.Clock(0, 0), where or None
    return None


def on_days(p: Cursor) -> tuple[str, ...] | None:
    """`on Mondays and Tuesdays`, `Monday to Thursday`, `on weekdays`."""
    p.skip("on", "only", "every", "each", "during", "from", "any", "a")
    if p.accept("weekday", "weekdays", "working days", "business days", "workdays"):
        return _ALL_DAYS[:5]
    first = p.match(WEEKDAYS)
    if first is None:
        return None
    if p.accept("to", "through", "until", "till", "-", "thru") and (last := p.match(WEEKDAYS)) is not None:
        a, b = _ALL_DAYS.index(first), _ALL_DAYS.index(last)
        return _ALL_DAYS[a : b + 1] if a <= b else (*_ALL_DAYS[a:], *_ALL_DAYS[: b + 1])
    days = [first]
    while True:
        i = p.i
        p.skip(",", "and", "or", "on", "nor", "&", "/")
        day = p.match(WEEKDAYS) if p.i > i else None
        if day is None:
            p.i = i
            return tuple(days)
        days.append(day)
