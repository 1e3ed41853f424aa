"""Stage 6d: restrictions: filters, hours and weekdays."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.translate.offline.conditions import all_of
from nl2strat.translate.offline.elements import Blocked
from nl2strat.translate.offline.sentences import Draft


def filtered(draft: Draft, entries: list[ast.Entry]) -> list[ast.Entry]:
    """Entries with the filters and "only when flat" added."""
    flat = any(p.name == "flat" for p, _ in draft.policies)
    result = []
    for entry in entries:
        parts = [entry.when]
        parts += [f.condition for f in draft.filters if f.side in ("", entry.side)]
        if flat:
            parts.append(ast.Flag("flat"))
        result.append(replace(entry, when=all_of(parts)))
    for item in draft.filters:
        if item.side and not any(e.side == item.side for e in entries):
            draft.questions.append(f"A filter for the {item.side} side, but no {item.side} entry. What should open it?")
    return result


def schedule(draft: Draft) -> list[ast.Rule]:
    """Hours and weekdays in which entries are allowed: what the text allows less what it forbids."""
    allowed = _intersected(draft, list(dict.fromkeys(r for r in draft.rules if isinstance(r, ast.Trade))))
    windows = [b for b in draft.blocked if b.start is not None]
    days = tuple(d for d in _WEEK if not any(d in b.days for b in draft.blocked if b.start is None))
    if not windows:
        return [*_on_days(allowed, days)] if len(days) < len(_WEEK) else [*allowed]
    zones = {b.zone for b in windows} | {t.zone for t in allowed if t.start}
    if len(zones) > 1 or any(_minutes(t.start) >= _minutes(t.end, 1440) for t in allowed if t.start):
        draft.questions.append("Which hours are allowed in all? Say them as one window, like between 08:00 and 17:00.")
        return []
    return [*_cut(allowed, windows, days, zones.pop())]


_WEEK: tuple[ast.Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Interval = tuple[int, int]


def _on_days(allowed: list[ast.Trade], days: tuple[ast.Day, ...]) -> list[ast.Trade]:
    if not allowed:
        return [ast.Trade(days=days)]
    return [replace(t, days=tuple(d for d in (t.days or _WEEK) if d in days)) for t in allowed]


def _cut(
    allowed: list[ast.Trade], windows: list[Blocked], days: tuple[ast.Day, ...], zone: str | None
) -> list[ast.Trade]:
    """For every weekday the allowed minutes less the blocked ones; days that are alike share a line."""
    alike: dict[tuple[Interval, ...], list[ast.Day]] = {}
    for day in days:
        free = [(_minutes(t.start), _minutes(t.end, 1440)) for t in allowed if not t.days or day in t.days]
        free = free or ([] if allowed else [(0, 1440)])
        for window in windows:
            if not window.days or day in window.days:
                free = _without(free, _minutes(window.start), _minutes(window.end, 1440))
        alike.setdefault(tuple(free), []).append(day)
    rules = []
    for intervals, same in alike.items():
        named = tuple(same) if len(same) < len(_WEEK) else ()
        for start, end in intervals:
            whole = (start, end) == (0, 1440)
            rules.append(ast.Trade(days=named) if whole else ast.Trade(_clock(start), _clock(end), zone, named))
    return rules


def _without(free: list[Interval], start: int, end: int) -> list[Interval]:
    """The intervals less one blocked window, which may wrap midnight."""
    if start >= end:
        return _without(_without(free, start, 1440), 0, end)
    pieces = [piece for a, b in free for piece in ((a, min(b, start)), (max(a, end), b))]
    return [(a, b) for a, b in pieces if a < b]


def _minutes(clock: ast.Clock | None, midnight: int = 0) -> int:
    """Minutes after midnight; `midnight` is what 00:00 counts, 1440 as an end."""
    return (clock.hour * 60 + clock.minute or midnight) if clock else midnight


def _clock(minutes: int) -> ast.Clock:
    return ast.Clock(minutes // 60 % 24, minutes % 60)


def _overlap(one: ast.Trade, other: ast.Trade) -> bool:
    """Whether two windows have minutes of one day in common, so that it matters whether they add up or meet."""
    if one.zone != other.zone or not set(one.days or _WEEK) & set(other.days or _WEEK):
        return False
    a, b = ((_minutes(t.start), _minutes(t.end, 1440)) for t in (one, other))
    return all(start < end for start, end in (a, b)) and max(a[0], b[0]) < min(a[1], b[1])


def _intersected(draft: Draft, trades: list[ast.Trade]) -> list[ast.Trade]:
    """Hours in one place and days in another hold together; two windows of hours widen each other."""
    hours = [t for t in trades if t.start is not None]
    if any(_overlap(one, other) for i, one in enumerate(hours) for other in hours[:i]):
        draft.questions.append("Two times of trading overlap. Are entries allowed in either, or only where both hold?")
    days = [t for t in trades if t.start is None]
    if not hours or not days or all(t.days for t in hours):
        return trades
    if len(days) > 1:
        draft.questions.append("Several lists of weekdays: which days are meant?")
    return [replace(t, days=t.days or days[0].days) for t in hours]
