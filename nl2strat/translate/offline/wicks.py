"""Stage 5e: how long a part of a bar is: `has a long lower wick, at least twice the body`, `with a body of 10 pips`."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import values
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.kinds import is_distance
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.vocabulary.phrases import COMPARE, MULTIPLES

_WORDS = listed("atoms")
_PARTS = ("upper_wick", "lower_wick", "body")


def measured(p: Cursor) -> Expr | None:
    """A part of the bar with its measure; "long" or "small" alone says nothing that could be asked of a bar."""
    p.skip(*_WORDS["sized"])
    part = p.trial(values.product)
    if not isinstance(part, ast.Call) or part.function not in _PARTS:
        return None
    p.accept(",") if p.word(1) in _MEASURES or COMPARE.match(p.tokens, p.i + 1) else None
    p.skip("of", "that is", "which is", "is")
    operator = p.match(COMPARE)
    if operator is None and p.word() in MULTIPLES:
        operator = ">="
        p.note('"Twice" the size means at least twice.')
    right = p.trial(values.product) if operator is not None else None
    if operator is None or right is None or not is_distance(right):
        return None
    p.about(part, right)
    return ast.Compare(operator, part, right)


_MEASURES = ("of", "that", "which", "at", "more", *MULTIPLES)
