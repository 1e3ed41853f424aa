"""Stage 5h: lists of what is ruled out (`no trades on Mondays or after 15:00`), and limits in time without an owner."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from nl2strat.language import ast
from nl2strat.translate.offline import conditions, spans
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Blocked, Clause, Element, Filter, Item, Leave, Mark, Open, Rule
from nl2strat.translate.offline.phrases import Phrases, listed

_WORDS = listed("denials")
_WHEN = ("when", "if", "while", "whenever", "as long as")
_SIDES: Phrases[str] = Phrases.of({"": _WORDS["trades"], "long": _WORDS["longs"], "short": _WORDS["shorts"]})


def denied(p: Cursor) -> Filter | None:
    """`no trades when A`, `do not buy while A`, `never go short if A`: entries need that it is not so."""
    if not p.accept(*_WORDS["not"]):
        return None
    side = p.match(_SIDES)
    if side is None or not p.accept(*_WHEN):
        return None
    found = conditions.condition(p)
    ends = p.kind() in ("", "break") or p.at(",", ";", ")", "and", "or", "but")
    return Filter(side, conditions.negated(found)) if found is not None and ends else None


def also(p: Cursor, join: str) -> Item | None:
    """What "or" and "and" add to something ruled out: days, hours, a condition."""
    if join not in ("or", "nor", "and"):
        return None
    found = p.first_of(_hours, _days, _condition)
    if found is None or p.at("only", "long", "buy", "sell", "short", "exit", "close"):
        return None
    if join == "and" and not isinstance(found, Filter):
        p.questions.append(
            'Is trading ruled out in each of these times, or only where they meet? Say "no trades on Fridays or after '
            '15:00" for each, "no trades on Fridays after 15:00" where they meet.'
        )
    elif join == "and":
        p.questions.append('Is trading ruled out in each of these cases, or only when both hold? Say "or", or "both".')
    return found


def _hours(p: Cursor) -> Blocked | None:
    spec = p.trial(spans.window) or p.trial(spans.named_session)
    return Blocked((), *spec) if spec else None


def _days(p: Cursor) -> Blocked | None:
    days = p.trial(spans.on_days)
    if not days:
        return None
    spec = p.trial(spans.window)
    return Blocked(days, *spec) if spec else Blocked(days)


def _condition(p: Cursor) -> Filter | None:
    if not p.accept(*_WHEN):
        return None
    found = conditions.condition(p)
    return Filter("", conditions.negated(found)) if found is not None else None


def unclear(sentence: Sequence[Element]) -> list[str]:
    """Questions about limits in time that a sentence leaves open."""
    items = [e.item for e in sentence]
    questions = []
    acts = any(isinstance(i, (Open, Leave)) for i in items)
    for left, middle, right in zip(items, items[1:], items[2:], strict=False):
        if isinstance(middle, Mark) and middle.kind == "or" and _is_time(left) and _is_time(right):
            questions.append("Are entries allowed in either of these times, or only where both hold?")
        denied = isinstance(left, Blocked) and isinstance(middle, Mark) and middle.kind != "break"
        if denied and _is_time(right) and not acts:
            questions.append("Is the second time one with trades, or one without? Say it in a sentence of its own.")
    for left, right in pairwise(items):
        brackets = isinstance(left, Clause) and left.field in ("stop", "target", "trail", "breakeven")
        timed = isinstance(right, (Rule, Blocked)) and (_is_time(right) or isinstance(right, Blocked))
        lasting = isinstance(right, Clause) and right.field == "close_after"
        if brackets and not acts and (timed or lasting):
            questions.append(
                "Does the time limit hold for that stop or target alone, or for the trades? Say it in a sentence of "
                "its own."
            )
    return questions


def _is_time(item: Item) -> bool:
    return isinstance(item, Rule) and isinstance(item.rule, ast.Trade)
