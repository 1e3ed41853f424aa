"""Stage 6a: which entries a stop, a target or the hours hold for, where the words stand between several of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from nl2strat.translate.offline.elements import Clause

if TYPE_CHECKING:
    from nl2strat.translate.offline.sentences import Draft, Head

BRACKETS = ("stop", "target", "trail", "trail_line", "sized stop", "bracket")
_NAMES = {"trail": "trailing stop", "trail_line": "trailing stop", "sized stop": "stop", "bracket": "stop"}
_STOPS = {"stop", "sized stop", "bracket"}


def of_a_sentence(opens: Sequence[Head]) -> list[str]:
    """`long when A, short when B, 40 pip stop`: what only the last one has holds for all of the sentence."""
    last = opens[-1]
    questions: list[str] = []
    for head in opens[:-1]:
        have = {c.field for c in head.clauses}
        if not have:
            head.clauses += [c for c in last.clauses if c.field != "valid" or head.order]
        elif any(c.field == "stop" and not c.side for c in last.clauses) and not have & _STOPS:
            questions.append(_too("stop", head.said))
    return questions + _set_off(opens)


def _set_off(opens: Sequence[Head]) -> list[str]:
    """`buy when A, stop 30 pips, short when B`: a stop between two commas may be meant for both."""
    questions = []
    for head, after in pairwise(opens):
        have = {c.field for c in after.clauses}
        lacking = [field for field in head.apart if field not in have and after.said != head.said]
        if lacking and not after.clauses:
            questions.append(_too(_NAMES.get(lacking[0], lacking[0]), after.said))
    return questions


def said_between(draft: Draft, opens: Sequence[Head], clause: Clause, place: int) -> list[str]:
    """A question where a stop in a sentence of its own stands between a long and a short entry."""
    if clause.field not in BRACKETS or clause.side or clause.every or place < 0:
        return []
    again = [c for c, p in draft.clauses if c.field == clause.field and p > place]
    again += [c for head in opens if head.place > place for c in head.clauses if c.field == clause.field]
    if again:
        return []  # the other side has its own
    turned = [place for policy, place in draft.policies if policy.name == "opposite"]
    before = {head.said for head in opens if head.place < place}
    after = {head.said for head in opens if head.place > place and head.place not in turned}
    only = after - before
    return [_too(_NAMES.get(clause.field, clause.field), only.pop())] if before and only else []


def of_hours(draft: Draft, opens: Sequence[Head]) -> list[str]:
    """A note where hours that are said beside one entry hold for those of other sentences too."""
    turned = [place for policy, place in draft.policies if policy.name == "opposite" and policy.side != "exit"]
    timed = [head for head in opens if head.sentence in draft.timed and head.place not in turned]
    others = [head for head in opens if head.sentence not in draft.timed or head.place in turned]
    if not timed or not others:
        return []
    return [f"The times said with the {timed[0].said} entry hold for every entry, the {others[0].said} one too."]


def _too(field: str, side: str) -> str:
    """The question whether a bracket is the other side's too."""
    return (
        f'Does the {field} hold for the {side} position too? Say it behind both entries ("both with ..."), or say '
        f'which side it is for ("... for longs").'
    )
