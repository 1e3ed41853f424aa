"""Stage 5s: a side that is held exactly while something is so: `be long while A and short while B, flat otherwise`."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.translate.offline import conditions
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Aside, Stay
from nl2strat.translate.offline.phrases import listed

_WORDS = listed("staying")


def staying(p: Cursor) -> Stay | None:
    """`stay long while A`, `be short as long as B`."""
    if p.accept(*_WORDS["long"]):
        return _while(p, "long")
    return _while(p, "short") if p.accept(*_WORDS["short"]) else None


def another(p: Cursor) -> Stay | Aside | None:
    """Behind such a rule: `... and short while B`, `... and flat otherwise`."""
    if p.accept(*_WORDS["otherwise"]):
        return Aside() if p.kind() in ("", "break") or p.at(",", ";") else None
    if p.accept("long"):
        return _while(p, "long")
    return _while(p, "short") if p.accept("short") else None


def _while(p: Cursor, side: ast.Side) -> Stay | None:
    p.skip(*_WORDS["filler"])
    if not p.accept(*_WORDS["while"]):
        return None
    found = conditions.condition(p)
    return Stay(side, found) if found is not None else None
