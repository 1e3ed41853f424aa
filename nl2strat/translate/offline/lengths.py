"""Stage 5b: averages by their lengths alone: `SMAs of 5, 10 and 20 periods`, and later `the 5 crosses above the 10`."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline import indicators
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Mention
from nl2strat.translate.offline.kinds import is_price
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import plain_number
from nl2strat.translate.offline.vocabulary.indicators import AVERAGES

_WORDS = listed("references")
_DOES = frozenset(_WORDS["does"])
"""What comes after a line that does something."""
_BESIDE = frozenset(_WORDS["beside"])
"""What comes before a line that something is compared with."""
_NEXT = frozenset(_WORDS["after a length"])


def named_by_length(p: Cursor) -> Expr | None:
    """`the 34`, where one average of 34 bars was named before and no price or reading could be meant."""
    token = p.token()
    if token is None or token.kind != "number" or token.value is None or token.value % 1:
        return None
    known = dict.fromkeys(m for m in p.context.mentions if _has_length(m, token.value))
    if not known:
        return None
    acting, beside = p.base(1) in _DOES, p.base(-1) in _BESIDE
    subject = p.context.subject
    averaged = isinstance(subject, ast.Call) and subject.function in AVERAGES
    ends = p.kind(1) in ("", "break", "mark") or p.base(1) in _NEXT
    compared = beside and ends and subject is not None and is_price(subject)
    if not (acting and (token.definite or not beside)) and not (compared and (token.definite or averaged)):
        return None
    p.i += 1
    found = list(known)
    if len(found) > 1:
        p.questions.append(f"Which one is {token.word}: {' or '.join(print_expr(m) for m in found)}?")
    p.note(f'"{token.word}" alone is {print_expr(found[-1])}.')
    return found[-1]


def _has_length(value: Expr, length: object) -> bool:
    """Whether this is a moving average of prices with so many bars."""
    if not isinstance(value, ast.Call) or value.function not in AVERAGES or not is_price(value):
        return False
    last = value.arguments[-1]
    return isinstance(last, ast.Number) and last.value == length


def averages_listed(p: Cursor) -> Mention | None:
    """`EMAs 9, 21 and 55`, `moving averages with 5, 10 and 20 periods`, `the 9 and the 21 EMA`: several of a kind."""
    counted = p.token()
    many = counted.value if counted is not None and counted.kind == "number" and not counted.definite else None
    kind = p.trial(_counted_kind) if many is not None else p.match(indicators.averages())
    many = many if kind is not None else None
    if kind is not None:
        p.accept("of", "with", "with length", "with lengths", "with periods", "with period", ":", "of length")
    bracketed = kind is not None and p.accept("(")
    lengths = _numbers(p)
    if bracketed and not p.accept(")"):
        return None
    p.accept("period", "bar")
    if kind is None:
        kind = p.match(indicators.averages())
    if kind is None or len(lengths) < 2 or len({*lengths}) < len(lengths) or p.at("of", "/"):
        return None
    if many is not None and many != len(lengths):
        return None
    if not kind:
        p.note('"moving average" means the simple one.')
    found = [ast.Call(kind or "sma", (ast.Price("close"), n)) for n in lengths]
    for average in found:
        p.mention(average)
    p.skip("on chart", "on my chart", "on it")
    return Mention(found[0], others=tuple(found[1:]))


def _counted_kind(p: Cursor) -> str | None:
    """`three EMAs`: how many there are."""
    p.i += 1
    kind = p.match(indicators.averages())
    if kind is None or not p.word(-1).endswith("s"):
        return None
    p.accept(",", ":", "-")
    return kind


def _numbers(p: Cursor) -> list[Expr]:
    """`5, 10 and 20`, whole numbers above one."""
    found: list[Expr] = []
    while True:
        i = p.i
        amount = plain_number(p)
        if not isinstance(amount, ast.Number) or amount.value % 1 or amount.value < 2:
            p.i = i
            return found if not found or p.base(-1) not in (",", "and", "/") else []
        found.append(amount)
        p.skip("period", "bar") if p.base(1) in (",", "and") else None
        if not p.accept(", and", ",", "and", "/"):
            return found
