"""Where a list of conditions ends: what follows is no part of it."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import schedule
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import listed

_WORDS = listed("conditions")


def limits(p: Cursor) -> bool:
    """Whether "at most two entries per day" or "close at 18:00" stands here, which compares nothing."""
    if p.at("close at", "close by") and p.kind(2) == "clock":
        return True
    if not p.at("at most", "no more than", "not more than", "maximum", "max", "only", "never more than", "up to"):
        return False
    i, context, asked = p.i, p.context, len(p.questions)
    found = schedule.daily_limit(p)
    p.i, p.context = i, context
    del p.questions[asked:]
    return found is not None


def in_any_case(p: Cursor, part: Expr) -> bool:
    """Whether this is no part of a list: "when A, and at 17:00 in any case"."""
    timed = isinstance(part, ast.Compare) and part.operator == "==" and isinstance(part.right, ast.Clock)
    return timed and p.at(*_WORDS["in any case"])
