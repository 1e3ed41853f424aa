"""Stage 6f: what a text says against itself: a stop on the wrong side, a stop that it also says there is none."""

from __future__ import annotations

from collections.abc import Sequence

from nl2strat.language import ast
from nl2strat.translate.offline.elements import Clause, Open
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.sentences import Draft
from nl2strat.translate.offline.tokens import Token

_NO_TRADES = Phrases.of({True: listed("talk")["no trades"]})
_ABOVE = frozenset({"above", "over", "higher"})
_BELOW = frozenset({"below", "under", "underneath", "beneath", "lower"})


def beyond(tokens: Sequence[Token]) -> str:
    """ "above" or "below" if the words of a bracket put its distance on that side of the entry."""
    said = {token.word for token in tokens}
    above, below = bool(said & _ABOVE), bool(said & _BELOW)
    return "" if above == below else "above" if above else "below"


def wrong_side(draft: Draft, side: str, clause: Clause) -> list[str]:
    """A question if a stop or target stands on the wrong side of an entry, and no other side could be meant."""
    if clause.field not in ("stop", "target") or not clause.beyond:
        return []
    sides = {head.said for head in draft.heads if isinstance(head.item, Open)}
    rightly = "below" if (side == "long") == (clause.field == "stop") else "above"
    if clause.beyond == rightly or (len(sides) > 1 and not clause.side):
        return []
    return [f"The {clause.field} of a {side} position stands {rightly} its entry, not {clause.beyond}. Which is meant?"]


def denied_brackets(draft: Draft, entries: Sequence[ast.Entry]) -> list[str]:
    """Questions if the text says that there is no stop or no target, and names one."""
    denied = {policy.name for policy, _ in draft.policies}
    return [
        f'The text says "{name}" and names a {field}. Which holds?'
        for name, field in (("no stop", "stop"), ("no target", "target"))
        if name in denied and any(getattr(entry, field) is not None for entry in entries)
    ]


def only_alerts(tokens: Sequence[Token], rules: Sequence[ast.Rule]) -> list[str]:
    """A question if a text asks for alerts and no trades ("notify me ..., do not trade"), and opens positions."""
    if not all(any(isinstance(rule, kind) for rule in rules) for kind in (ast.Alert, ast.Entry)):
        return []
    if not any(_NO_TRADES.match(tokens, i) for i in range(len(tokens))):
        return []
    return ['The text says "do not trade" and also when to open a position. Are alerts meant, or trades, or both?']


def only_twice(tokens: Sequence[Token], rules: Sequence[ast.Rule]) -> list[str]:
    """A question if two times of trading are each the only one ("only before 12:00 and only after 15:00")."""
    times = [rule for rule in rules if isinstance(rule, ast.Trade) and rule.start is not None]
    if len(times) < 2 or sum(token.word == "only" for token in tokens) < 2:
        return []
    return ["Two times of trading are each said to be the only one. Are entries allowed in both?"]
