"""Stage 5o: what stands in the holes of the phrases of `spoken_rules.txt`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import holes, schedule, sizing, templates
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import count
from nl2strat.translate.offline.templates import Filled, Reader

_WORDS = listed("spoken_rules")
_WORSE, _BETTER = Phrases.of({"": _WORDS["worse"]}), Phrases.of({"": _WORDS["better"]})
_GROWTH = Phrases.of({"same": listed("holes")["same size"], "double": listed("holes")["double size"]})
_GOALS = Phrases.of({"": listed("holes")["break even"]})
_SPEECH = ("buy", "sell", "short")


def _optional(phrases: str) -> Reader:
    """Reads the templates of a list; False where none stands here."""

    def read(p: Cursor) -> Any:
        found = _inner(p, phrases)
        return False if found is None else found

    return read


def _inner(p: Cursor, name: str) -> Filled | None:
    found = templates.match(p, templates.table("spoken_rules", (name,)), READERS)
    return None if found is None else found[1]


def _factor(p: Cursor) -> ast.Count | None:
    """`2`, `50%` (by half as much again), `1.5 times`."""
    found = count(p)
    if isinstance(found, ast.Number) and p.accept("%", "percent"):
        return ast.Number(1 + found.value / 100) if p.base(-3) == "by" else None
    p.accept("x")
    return found


def _growth(p: Cursor) -> ast.Count | bool | None:
    """How the size of further entries grows; False where nothing is said."""
    i = p.i
    p.accept(",")
    p.skip("with", "and", "always")
    said = p.match(_GROWTH)
    if said is not None:
        return number(2) if said == "double" else False
    factor = count(p) if p.accept("each") else None
    if factor is not None and p.at("lot"):
        p.questions.append("Further entries are the size of the first, or a multiple of it. Which multiple?")
    if factor is not None and p.accept(*listed("holes")["of the one before"]):
        return factor
    p.i = i
    return False


def _goal(p: Cursor) -> Expr | None:
    """A target: a distance, or break even."""
    if p.match(_GOALS) is not None:
        return ast.Quantity(number(0), "%")
    return holes.distance(p)


def _locked(p: Cursor) -> Expr | None:
    """A profit that is locked in: a plain distance."""
    p.accept("+")
    found = holes.distance(p)
    return found if isinstance(found, (ast.Quantity, ast.Arithmetic)) else None


def _state(p: Cursor) -> str | None:
    """The name of a state: `bearish`, `in buy mode` is none."""
    token = p.token()
    if token is None or token.kind != "word" or token.base in (*_SPEECH, "long", "flat", "open", "in", "out", "not"):
        return None
    p.i += 1
    return token.base


def _table(phrases: Phrases[str]) -> Reader:
    return lambda p: p.match(phrases)


def _up_to_the_comma(p: Cursor) -> Expr | None:
    """A condition that ends with its clause, so that "..., stay bearish" is not taken for a part of it."""
    ends = next((k for k in range(p.i, len(p.tokens)) if p.tokens[k].word in (",", ".", ";")), len(p.tokens))
    tokens, memory = p.tokens, p.memory
    p.tokens, p.memory = tokens[:ends], {}  # what is made of a cut text is not what the whole one says
    found = p.trial(holes.condition)
    p.tokens, p.memory = tokens, memory
    if p.context.subject is None:
        p.context = replace(p.context, subject=ast.Price("close"))  # "it" is the price
    return found if p.i == ends else None


def _noted(p: Cursor) -> tuple[Expr, str] | None:
    """A condition, and the words it was said in."""
    first = p.i
    found = holes.condition(p)
    return (found, " ".join(t.word for t in p.tokens[first : p.i] if t.word != '"')) if found is not None else None


def _ratio(p: Cursor) -> ast.Count | None:
    """The second number of `1:30`, which reads like a time of day, or of `1:100`."""
    token = p.token()
    if token is not None and token.kind == "clock" and token.word.startswith("1:"):
        p.i += 1
        return number(token.word[2:])
    return count(p) if p.accept("1 :") else None


def _same_span(p: Cursor) -> tuple[str, str] | None:
    """Both ends of one month or year."""
    i = p.i
    first = holes.first_day(p)
    end, p.i = p.i, i
    last = holes.last_day(p)
    return (first, last) if first and last and p.i == end and first != last else None


def _reset(p: Cursor) -> Any:
    """When the size goes back to the first one; False where nothing is said of it."""
    i = p.i
    p.skip(",", ";", "and", "then")
    found = _inner(p, "reset")
    p.i = i if found is None else p.i
    return found or False


def _base(p: Cursor) -> ast.Lots | None:
    """`0.1`, `0.1 lots`: the size that is gone back to."""
    amount = count(p)
    p.accept("lot")
    return ast.Lots(amount) if amount is not None else None


READERS: dict[str, Reader] = {
    **holes.READERS,
    "reset": _reset,
    "reached": _optional("reached"),
    "only": _optional("alert only"),
    "factor": _factor,
    "growth": _growth,
    "goal": _goal,
    "locked": _locked,
    "state": _state,
    "begins": _up_to_the_comma,
    "ends": holes.condition,
    "worse": _table(_WORSE),
    "better": _table(_BETTER),
    "twice": lambda p: number(2) if p.accept("twice") else number(3) if p.accept("thrice") else None,
    "limit": lambda p: next(iter((_inner(p, "limit") or {}).values()), None),
    "base": _base,
    "same": _same_span,
    "noted": _noted,
    "ratio": _ratio,
    "risked": sizing.risked,
    "moment": schedule.moment,
    "lapse": lambda p: _inner(p, "lapse"),
}
