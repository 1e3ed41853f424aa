"""Stage 5e: the clock as a condition: `the time is between 09:00 and 12:00`, `it is Monday`."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import spans
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import Phrases
from nl2strat.translate.offline.vocabulary.markets import DAYS, FLAGS


def time_of_day(p: Cursor) -> Expr | None:
    """`the time is between 09:00 and 12:00`, `it is after 10:00`, `it is Monday`."""
    p.skip("current time", "time of day", "time", "clock", "hour", "it", "is", "server time", "day")
    time = ast.Price("time")
    flag = p.match(_NAMES)
    if flag is not None:
        return _or_another(p, ast.Flag(FLAGS[flag]))
    if p.accept("between"):
        start = spans.clock(p)
        if start is None or not p.accept("and") or (end := spans.clock(p)) is None:
            return None
        return ast.AllOf((ast.Compare(">=", time, start), ast.Compare("<", time, end)))
    for words, operator in (
        (("at or after", "not before", "from"), ">="),
        (("after", "later than", "past"), ">"),
        (("before", "earlier than"), "<"),
        (("at", "reach", "reaches", "strikes", "shows", "show", "turns"), "=="),
    ):
        if p.accept(*words):
            at = spans.clock(p)
            return ast.Compare(operator, time, at) if at is not None else None  # type: ignore[arg-type]
    return None


_NAMES = Phrases({name: code for name, code in DAYS.items() if len(name) > 4})


def _or_another(p: Cursor, first: Expr) -> Expr:
    """`it is Monday or Tuesday`: either day."""
    days = [first]
    while True:
        i = p.i
        flag = p.match(_NAMES) if p.accept(", or", "or", ",") else None
        if flag is None or (p.base(-2) == "," and p.word() != "or" and p.word(1) != "or"):
            p.i = i
            return days[0] if len(days) == 1 else ast.AnyOf(tuple(days))
        days.append(ast.Flag(FLAGS[flag]))
