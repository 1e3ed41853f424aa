"""When entries are allowed: trading hours, days and dates, as one condition over the bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nl2strat.codegen.code import Atom, Call, Code, joined, literal
from nl2strat.language import ast

Window = ast.Trade | ast.Dates


def allowed(windows: Sequence[Window], uses: Callable[[str], str]) -> Code:
    """Within any of the hours, and within any of the dates. Args: uses: told of each name imported from mas."""
    hours = [_hours(window, uses) for window in windows if isinstance(window, ast.Trade)]
    dates = [_dates(window, uses) for window in windows if isinstance(window, ast.Dates)]
    return joined("&", [joined("|", group) for group in (hours, dates) if group])


def _hours(window: ast.Trade, uses: Callable[[str], str]) -> Code:
    if window.start is None or window.end is None:
        return Call(uses("on_days"), (Atom("bars"), *(Atom(literal(day)) for day in window.days)))
    arguments: list[Code] = [Atom("bars"), _time(window.start), _time(window.end)]
    keywords: list[str] = []
    if window.zone is not None:
        arguments.append(Atom(literal(window.zone)))
        keywords.append("zone")
    if window.days:
        arguments.append(Atom(days_tuple(window.days)))
        keywords.append("days")
    return Call(uses("session"), tuple(arguments), tuple(keywords), name="hours")


def _dates(window: ast.Dates, uses: Callable[[str], str]) -> Code:
    first, last = (Atom("None" if day is None else literal(day)) for day in (window.first, window.last))
    return Call(uses("on_dates"), (Atom("bars"), first, last), name="dates")


def _time(clock: ast.Clock) -> Code:
    return Atom(f'"{clock.hour:02d}:{clock.minute:02d}"')


def days_tuple(days: Sequence[str]) -> str:
    """`("mon",)`, `("mon", "tue")`, `()`."""
    inner = ", ".join(literal(day) for day in days)
    return f"({inner},)" if len(days) == 1 else f"({inner})"
