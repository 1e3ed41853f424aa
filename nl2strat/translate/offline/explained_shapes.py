"""Stage 5d: a candle pattern and, right behind its name, what the text means by it.

`a shooting star, that is, a bar whose upper wick is at least twice its body`: the text says itself what it calls so,
and the library's pattern of that name is not asked for besides.
"""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.functions import FUNCTIONS
from nl2strat.translate.offline import atoms, wicks
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import listed

_WORDS = listed("atoms")
_SHAPE = frozenset({"upper_wick", "lower_wick", "body"})


def explained(p: Cursor, part: Expr) -> Expr | None:
    """The explanation in place of the pattern; a question where it may as well be a further condition."""
    plain = part.value if isinstance(part, ast.Past) else part
    if not isinstance(plain, ast.Call) or plain.arguments or not _is_pattern(plain.function):
        return None
    bracketed = p.accept("(")
    apposed = not bracketed and p.at(*_WORDS["apposed"]) and p.accept(",")
    if not bracketed and not apposed and not p.accept(*_WORDS["explained"]):
        return None
    p.skip(*_WORDS["explained filler"])
    found = p.trial(wicks.measured) or p.trial(atoms.atom)
    if found is None or (bracketed and not p.accept(")")):
        return None
    name = plain.function.replace("_", " ")
    called = {n.function for n in ast.walk(found) if isinstance(n, ast.Call)}
    if called - _SHAPE - {"range", "green", "red"}:
        return None  # "a hammer (RSI below 30)" is a condition of its own
    if not called & _SHAPE:
        p.questions.append(f'Is that what a {name} is, or is it asked besides? Say "a {name} that ..." for the latter.')
    p.note(f"What a {name} is the text says itself.")
    return ast.Past(found, part.bars) if isinstance(part, ast.Past) else found


def _is_pattern(name: str) -> bool:
    """Whether this is a pattern of candles, whose shape may be told."""
    function = FUNCTIONS.get(name)
    return function is not None and function.category == "pattern" and name not in ("green", "red")
