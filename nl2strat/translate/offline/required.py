"""Stage 5e: what entries require: `the close must be above X`, `above it for longs and below it for shorts`."""

from __future__ import annotations

from nl2strat.translate.offline import conditions
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Filter
from nl2strat.translate.offline.phrases import listed


def _modal_ahead(p: Cursor) -> bool:
    """Whether this clause says that something must be so."""
    for k in range(24):
        token = p.token(k)
        if token is None or token.kind == "break" or token.word in (",", ";", ":"):
            return False
        if (token.word in ("must", "should", "needs", "need") and k) or (
            token.word in ("has", "have") and p.word(k + 1) == "to"
        ):
            return True
        if token.base in ("buy", "sell", "when", "if", "enter", "exit"):
            return False
    return False


def required(p: Cursor) -> Filter | None:
    """`the close must be above the 200 SMA (for longs)`."""
    i = p.i
    modal = _modal_ahead(p)
    p.skip("for long", "for short", ",") if p.at("for long", "for short") else None
    side = "" if p.i == i else "long" if p.tokens[i + 1].base == "long" else "short"
    found = conditions.condition(p) if modal else None
    side = side or (_for_side(p) if found is not None else "")
    return Filter(side, found) if found is not None else None


def _for_side(p: Cursor) -> str:
    """`... for longs`, behind what they require."""
    side = next((s for s, phrases in _FOR_SIDES if p.accept(*phrases)), "")
    if side and p.at("when", "if", ":"):
        p.questions.append(f"Is that what {side}s require, or a rule of its own? Say it in two sentences.")
    return side


_FOR_SIDES = tuple((side, listed("required")[f"for {side}s"]) for side in ("long", "short"))


def other_required(p: Cursor, before: Filter) -> Filter | None:
    """`... (above it for longs) and below it for shorts`."""
    if not p.accept(", and", ", but", "and", "but", ",", "while"):
        return None
    found = conditions.condition(p)
    side = _for_side(p) if found is not None else ""
    return Filter(side, found) if found is not None and side and side != before.side else None
