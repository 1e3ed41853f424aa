"""Stage 5e: what traders leave out: `only buy above the 200 SMA and only short below it`."""

from __future__ import annotations

from nl2strat.translate.offline import conditions, predicates
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Filter
from nl2strat.translate.offline.phrases import Phrases, listed

_WORDS = listed("elided")
_SIDES: Phrases[str] = Phrases(
    {**dict.fromkeys(_WORDS["only long"], "long"), **dict.fromkeys(_WORDS["only short"], "short")}
)


def only_side(p: Cursor) -> Filter | None:
    """A side and at once a comparison: a restriction of its entries, not an entry."""
    side = p.match(_SIDES)
    if side is None or not predicates.starts_comparison(p):
        return None
    found = conditions.condition(p)
    return Filter(side, found) if found is not None else None
