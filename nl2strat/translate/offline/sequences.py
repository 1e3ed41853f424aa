"""Stage 5u: one thing after another, over several sentences: `First A. Then, within ten bars, B. Now buy`."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import atoms, conditions
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.elements import Aside, Element, When
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import count

_WORDS = listed("sequences")


def sequence(p: Cursor) -> When | None:
    """`First A, then B within 10 bars`; the bars may stand in front of B or behind it, and each step in a sentence."""
    if (p.kind(-1) not in ("", "break") and p.word(-1) != ":") or not p.accept(*_WORDS["first"]):
        return None
    p.skip(",", ":", *_WORDS["when"])
    begin = p.i
    steps = p.trial(_step)
    done = any(token.base in ("then", "follow") for token in p.tokens[begin : p.i])
    while steps is not None and (following := p.trial(_following)) is not None:
        window, step = following
        if window is None:
            p.questions.append('One after the other: within how many bars? Say "then within 5 bars ...".')
            window = number(1)
        steps, done = after(steps, window, step), True
    return When(steps, "") if steps is not None and done else None


def after(earlier: Expr, window: Expr, now: Expr) -> Expr:
    """What is so now, and was preceded by the other in the bars before."""
    past = ast.Past(ast.WithinBars(earlier, window), number(1))  # type: ignore[arg-type]
    return conditions.all_of([now, past])


def _step(p: Cursor) -> Expr | None:
    """One condition, without its window."""
    found = p.trial(atoms.atom)
    return conditions.modified(p, found) if found is not None else None


def _following(p: Cursor) -> tuple[Expr | None, Expr] | None:
    """The next step with its window."""
    if p.kind() == "break":
        p.i += 1
    p.skip(",", ";", "and")
    if not p.accept(*_WORDS["then"]):
        return None
    p.skip(",", ":")
    window = p.trial(_window)
    p.skip(",", *_WORDS["when"])
    found = p.trial(atoms.atom)
    if found is None or (window is None and p.at(",") and p.base(1) not in ("within", "then", "and")):
        return None
    window = window or p.trial(_window)
    return window, conditions.modified(p, found)


def _window(p: Cursor) -> Expr | None:
    """`within the next ten bars`, `no later than 5 bars after that`."""
    p.accept(",")
    if not p.accept(*_WORDS["within"]):
        return None
    bars = count(p)
    if bars is None or not p.accept("bar", "period"):
        return None
    p.skip(*_WORDS["of that"])
    return bars


def without_awaited(sentence: list[Element]) -> list[Element]:
    """The sentence without the A of `after A, buy when B within the next 5 bars`, which is in the condition of B."""
    said = [e for e in sentence if isinstance(e.item, When)]
    if len(said) != 2:
        return sentence
    first, last = (e.item.condition for e in said if isinstance(e.item, When))
    parts = last.conditions if isinstance(last, ast.AllOf) else ()
    before = [p.value.condition for p in parts if isinstance(p, ast.Past) and isinstance(p.value, ast.WithinBars)]
    return [replace(e, item=Aside()) if e is said[0] and first in before else e for e in sentence]


def within_next(p: Cursor, part: Expr) -> Expr | None:
    """`... within the next 5 bars`, of what the sentence before stated: `Wait for A. Then buy when B within ...`."""
    p.accept(",")
    if not p.accept(*_WORDS["within next"]):
        return None
    bars = count(p)
    earlier = p.context.awaited
    if bars is None or earlier is None or earlier == part or not p.accept("bar", "period"):
        return None
    p.skip(*_WORDS["of that"])
    p.context = replace(p.context, used=(*p.context.used, earlier))
    return after(earlier, bars, part)
