"""Stage 5e: `the first close above the 50 EMA`: the bar on which a state begins, which as an exit is the state itself.

An exit on "the first close below" comes at the first such bar of the trade, so that the state is all that it asks for.
"""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.phrases import listed

_WORDS = listed("atoms")
_KINDS = frozenset(_WORDS["first"])
_LATER = _WORDS["first ahead"]
_OF_ALL = ("is", "was", "must", "has", "have", "should", "needs")


def began(p: Cursor, first: int, said: int, condition: Expr) -> Expr:
    """The condition, or the bar on which it begins to hold if the words before it say "the first".

    first, said: where the words of the condition begin, those that introduce it included and not.
    """
    k = next((k for k in range(max(0, first - 1), said) if p.tokens[k].word == "first"), None)
    if k is None or k + 1 >= p.i or p.tokens[k + 1].base not in _KINDS:
        return condition
    if k + 2 < len(p.tokens) and p.tokens[k + 2].word in _OF_ALL:
        return condition  # "first the close must be above": first of all
    event = _beginning(condition)
    if event is None or p.at(*_LATER):
        _ask_since_when(p)
        return condition
    p.note('"The first" is the bar on which it becomes true, after one on which it was not; as an exit, any such bar.')
    p.context = replace(p.context, soft=(*p.context.soft, (event, condition)))
    return event


def _ask_since_when(p: Cursor) -> None:
    """`the first close above the 20 EMA after RSI was below 30`: what was, was so on any of the bars before."""
    clause: list[str] = []
    while p.kind(len(clause)) not in ("", "break", "mark"):
        clause.append(p.word(len(clause)))
    if clause[:1] in (["after"], ["since"]) and {"was", "were", "been", "had"} & {*clause}:
        p.questions.append('The first one after that: within how many bars? Say "... within 10 bars after ...".')


def _beginning(condition: Expr) -> Expr | None:
    """The event that a state begins; None where it is an event already, or of more than one bar."""
    match condition:
        case ast.OnTimeframe(inner, timeframe):
            event = _beginning(inner)
            return ast.OnTimeframe(event, timeframe) if event is not None else None
        case ast.Compare(">" | "<" as operator, left, right) if not _of_itself(left, right):
            return ast.Cross("above" if operator == ">" else "below", left, right)
        case ast.Compare() | ast.Call("green" | "red", ()) | ast.AllOf():
            pass
        case _:
            return None
    if any(isinstance(n, (ast.Cross, ast.ForBars, ast.WithinBars)) for n in ast.walk(condition)):
        return None
    return ast.AllOf((condition, ast.Negation(ast.Past(condition, number(1)))))


def _of_itself(left: Expr, right: Expr) -> bool:
    """`higher than the close before`: two values of one series do not cross."""
    return isinstance(right, ast.Past) and right.value == left
