"""Stage 6g: entries with a stop, a target, a closing said between them: for one of them, or for all?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nl2strat.translate.offline.elements import Clause, Open
from nl2strat.translate.offline.sentences import Draft, Head

_NAMES = {
    "stop": "the stop",
    "target": "the target",
    "trail": "the trailing stop",
    "trail_line": "the trailing stop",
    "breakeven": "the break-even rule",
    "size": "the size",
    "takes": "the partial closing",
    "locks": "the locked profit",
    "close_after": "the closing after so many bars",
    "add": "the adding to the position",
}


def unclear(draft: Draft, opens: Sequence[Head], leaves: Sequence[Head]) -> list[str]:
    """Questions where `Buy when A. Stop 20 pips. Buy when B.` leaves open whether B has the stop too.

    No question: what is said in front of all entries, or behind all of them with nothing between; and what each of
    them says for itself. Entries of both sides share what is said, unless each has a block of its own.
    """
    said = list(_said(draft, leaves))
    entries = [h for h in opens if isinstance(h.item, Open)]
    questions: list[str] = []
    for side in ("long", "short"):
        group = [h for h in entries if h.said == side]
        places = sorted(h.place for h in group)
        if len(group) > 1 and any(places[0] < place < places[-1] for _, place in said):
            questions += _asked(said, group, side, _NAMES)
    if not questions and len(entries) > 1 and any(_is_of_each(said, entries, field) for field in _NAMES):
        questions += _asked(said, entries, "", [field for field in _NAMES if field != "size"])  # "risk 1% per trade"
    return list(dict.fromkeys(questions))


def _asked(
    said: Sequence[tuple[Clause, int]], group: Sequence[Head], side: str, fields: Iterable[str]
) -> Iterator[str]:
    """The questions about what is said of some of the entries only."""
    places = sorted(h.place for h in group)
    for field in fields:
        named = [place for clause, place in said if clause.field == field and place > places[0]]
        own = sum(any(c.field == field for c in h.clauses) for h in group)
        if named and len(_blocks(places, named)) + own < len(places):
            yield (
                f"There are {len(places)} {side} entries, and {_NAMES[field]} stands behind one of them. Is it for all "
                "of them? Then say it in front of the first; else say one for each."
            ).replace("  ", " ")


def _is_of_each(said: Sequence[tuple[Clause, int]], entries: Sequence[Head], field: str) -> bool:
    """Whether each entry has one of these in a sentence behind it, and they differ: a block for each entry."""
    places = sorted(h.place for h in entries)
    found = [(clause.value, place) for clause, place in said if clause.field == field and place > places[0]]
    return len({value for value, _ in found}) > 1 and len(_blocks(places, [place for _, place in found])) == len(places)


def _said(draft: Draft, leaves: Sequence[Head]) -> Iterator[tuple[Clause, int]]:
    """What sentences of their own say of no side in particular, with its place."""
    for clause, place in draft.clauses:
        if not clause.side and not clause.every:
            yield clause, place
    for head in leaves:
        if not head.when and not any(h.sentence == head.sentence for h in draft.heads if isinstance(h.item, Open)):
            yield from ((clause, head.place) for clause in head.clauses)


def _blocks(places: Sequence[int], named: Sequence[int]) -> set[int]:
    """The entries behind which something is named, before the next one comes."""
    return {max(place for place in places if place < one) for one in named}
