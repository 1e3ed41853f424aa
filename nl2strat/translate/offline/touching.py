"""Stage 5g: what reaching a level, or being at it, means where the text does not say from which side."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Literal

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline import indicators
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.kinds import is_price
from nl2strat.translate.offline.quantities import plain_number
from nl2strat.translate.offline.vocabulary.indicators import CENTRE, EXTREMES


def exact(subject: Expr, level: Expr) -> str:
    """The question that `RSI is at 30` raises: a reading is hardly ever a number to the last digit."""
    name, number = print_expr(subject), print_expr(level)
    return (
        f'{name} is hardly ever {number} to the last digit. Say "at or below {number}", "at or above {number}" or '
        f'"crosses {number}" with a direction.'
    )


def at_the_end(subject: Expr, level: Expr) -> bool:
    """Whether the level is an end of the indicator's scale, where a reading often is: `Aroon Up at 100`."""
    while isinstance(subject, (ast.Past, ast.OnTimeframe)):
        subject = subject.value
    function = FUNCTIONS.get(subject.function) if isinstance(subject, ast.Call) else None
    return function is not None and _number(level) in (function.low, function.high)


def at_level(p: Cursor) -> Expr | None:
    """`exit at 50`, after a rule about an oscillator: reached from the side where the entry stood (see exits.py)."""
    spoken = p.trial(_reading) or p.trial(_line)
    if spoken is not None:
        return spoken
    level = p.trial(plain_number)
    known = p.context.subject
    over = p.kind() in ("", "break") or p.base() in (",", ";", "and", "or", ")")
    if level is None or known is None or is_price(known) or _middle(known) is None or not over:
        return None
    return _come_to(p, known, level)


def _come_to(p: Cursor, subject: Expr, level: Expr) -> ast.Compare:
    """The reading or the close at a level; from which side the exit knows (exits.py)."""
    met = ast.Compare("==", subject, level)
    p.context = replace(p.context, soft=(*p.context.soft, (met, met)))
    p.note(f'"At {print_expr(level)}" means that {print_expr(subject)} has come to it.')
    return met


def _line(p: Cursor) -> Expr | None:
    """`exit at the middle band`: a line of the channel that the entry was about."""
    p.skip("touch of", "test of")
    level = p.trial(indicators.indicator)
    over = p.kind() in ("", "break") or p.base() in (",", ";", "and", "or", ")")
    if _rank(level) is None or not over or level is None:
        return None
    return _come_to(p, ast.Price("close"), level)


_RANKS = ("lower", "middle", "upper")


def _rank(value: Expr | None) -> int | None:
    """Which line of a channel this is, from below; None if it is none."""
    if not isinstance(value, ast.Call) or value.function[:3] not in ("bb_", "kc_", "dc_"):
        return None
    side = value.function[3:]
    return _RANKS.index(side) if side in _RANKS else None


def _reading(p: Cursor) -> Expr | None:
    """`(exit at) RSI 60 or above`: of the oscillator that was spoken of, whose length the number is not."""
    known = p.context.subject
    named = p.trial(lambda q: indicators.indicator(q))
    if not isinstance(named, ast.Call) or not isinstance(known, ast.Call) or named.function != known.function:
        return None
    level = named.arguments[-1] if len(named.arguments) == 1 else None
    if _middle(known) is None or not isinstance(level, ast.Number):
        return None
    above = p.accept("or above", "or higher", "or more", "or over")
    if not above and not p.accept(*_OR_BELOW):
        over = p.kind() in ("", "break") or p.base() in (",", ";", "and", "or", ")")
        return _come_to(p, known, level) if over and p.base(-3) == "at" else None
    p.about(known, level)
    return ast.Compare(">=" if above else "<=", known, level)


_OR_BELOW = ("or below", "or lower", "or less", "or under")


def side_of(entry: Expr | None, met: ast.Compare) -> Literal[">=", "<="] | None:
    """How a level is met by a position whose entry stood below or above it; None where the entry does not say."""
    if _rank(met.right) is not None:
        return _side_of_line(entry, met.right)
    goal = _number(met.right)
    stood = [
        level
        for n in (ast.walk(entry) if entry is not None else ())
        if isinstance(n, (ast.Compare, ast.Cross)) and n.left == met.left and (level := _number(n.right)) is not None
    ]
    if goal is None or not stood or any(level == goal for level in stood):
        return None
    below = {level < goal for level in stood}
    return (">=" if below.pop() else "<=") if len(below) == 1 else None


def _side_of_line(entry: Expr | None, line: Expr) -> Literal[">=", "<="] | None:
    """How a line of a channel is met by a position that was entered at another line of it."""
    goal = _rank(line)
    family = line.function[:3] if isinstance(line, ast.Call) else ""
    stood = {
        rank
        for n in (ast.walk(entry) if entry is not None else ())
        if isinstance(n, ast.Call) and n.function[:3] == family and (rank := _rank(n)) is not None
    }
    if goal is None or len(stood) != 1 or goal in stood:
        return None
    return ">=" if stood.pop() < goal else "<="


def reached(p: Cursor, subject: Expr, level: Expr) -> Literal[">=", "<="] | None:
    """The comparison that `RSI reaches 70` stands for; None for prices that reach a price, which is a touch.

    It comes from where the subject was last said to be, else from where it stands when nothing happens. From neither:
    a question.
    """
    if is_price(subject) and is_price(level):
        return None
    goal = _number(level)
    if goal is None:
        return ">="
    known = p.level_of(subject)
    start = _number(known) if known is not None else None
    if start is None or start == goal:
        start = _middle(subject)
    if start is None or start == goal:
        p.questions.append(
            f'From which side should {print_expr(subject)} reach {goal:f}? Say "rises to" or "falls to".'
        )
        return ">="
    operator: Literal[">=", "<="] = ">=" if goal > start else "<="
    p.note(f'"Reaches {goal:f}" means {"at least" if goal > start else "at most"} that.')
    return operator


def _number(value: Expr) -> Decimal | None:
    match value:
        case ast.Number(number):
            return number
        case ast.Minus(ast.Number(number)):
            return -number
    return None


def _middle(subject: Expr) -> Decimal | None:
    """Where an indicator stands when nothing happens: between its zones, at its centre line, else at its lowest."""
    while isinstance(subject, (ast.Past, ast.OnTimeframe)):
        subject = subject.value
    if not isinstance(subject, ast.Call):
        return None
    name, function = subject.function, FUNCTIONS.get(subject.function)
    if name in EXTREMES:
        return Decimal(sum(EXTREMES[name])) / 2
    if name in CENTRE:
        return Decimal(CENTRE[name])
    return Decimal(f"{function.low:g}") if function is not None and function.low is not None else None
