"""Stage 5f: comparisons that lean on what else is spoken of: both of two, the same bar, the one on top."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import predicates, values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.kinds import is_price
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.subjects import Subject, subject


def outdone(p: Cursor, about: Subject) -> Expr | None:
    """`the upper band has been exceeded by the close`: the close is above it."""
    above = p.accept(*listed("predicates")["exceeded by"])
    if not above and not p.accept(*listed("predicates")["undercut by"]):
        return None
    by = values.value(p)
    if by is None or isinstance(by, (ast.Number, ast.Quantity)):
        return None
    p.about(by, about.value)
    return ast.Compare(">" if above else "<", by, predicates.same_timeframe(p, by, about.value))


EITHER = ("either of them", "either of 2", "either one", "any of them", "one of them")
"""Words for one of the two at least."""


def against_both(p: Cursor) -> tuple[Expr, Expr] | None:
    """`the close is above both (of them)`, `below either of them`: the two that were compared with last."""
    if not p.accept(
        *EITHER, "both of them", "both of these", "both average", "both line", "both", "2 average", "2 line"
    ):
        return None
    crossed = next(
        ((one, other) for one, other, _ in reversed(p.context.levels) if is_price(one) and is_price(other)), None
    )
    pair = p.context.pair or crossed
    return pair if pair is not None and predicates.ends(p) else None


def same_bar(p: Cursor, subject: Expr, compared: Expr) -> Expr:
    """`the previous close was below the 20 SMA`: below where the average stood then; `yesterday's ... its open`."""
    day = subject.function if isinstance(subject, ast.Call) else ""
    if day.startswith("yesterday_") and isinstance(compared, ast.Price) and p.word(-2) in ("its", "their"):
        return ast.Call(f"yesterday_{compared.field}", ())
    if not isinstance(subject, ast.Past) or not isinstance(subject.bars, ast.Number) or p.context.bar:
        return compared
    shifted = any(isinstance(n, (ast.Past, ast.OnTimeframe)) for n in ast.walk(compared))
    if shifted or not isinstance(compared, ast.Call) or compared.function in ("highest", "lowest"):
        return compared
    p.note("An earlier bar is compared with the indicator of that bar.")
    return ast.Past(compared, subject.bars)


def on_top(p: Cursor, value: Expr) -> Expr | None:
    """`with the 10 EMA on top`: above the other one of the two whose difference was spoken of."""
    predicates.verbs(p)
    top = p.accept("on top", "higher one", "upper one", "higher 1", "upper 1")
    pair = p.context.pair
    if not top or pair is None or value not in pair or p.at("of"):
        return None
    return ast.Compare(">", value, pair[1 if value == pair[0] else 0])


def was_not(p: Cursor) -> Expr | None:
    """`... and the previous close was not`, `... and was not on the previous bar`: what was compared, denied then."""
    if p.word(-1) not in ("and", "but") or not p.accept(*listed("predicates")["was not"]) or not predicates.ends(p):
        return None
    said = next((b.node for b in reversed(p.context.bindings) if isinstance(b.node, (ast.Compare, ast.AllOf))), None)
    if said is None or isinstance(said, ast.AllOf) or any(isinstance(n, ast.Past) for n in ast.walk(said)):
        p.questions.append("What was not so on the previous bar? Say it in full.")
        return said
    return ast.Negation(ast.Past(said, number(1)))


def broken(p: Cursor, value: Expr, way_of: Callable[[Expr], str | None]) -> Expr | None:
    """`when the low of the last 20 bars is broken`: a close beyond it."""
    if not p.accept("is broken", "is breached", "is violated", "get broken", "is taken out"):
        return None
    way = way_of(value)
    if way is None:
        return None
    said = "above" if p.accept("to upside", "upwards", "upward") else "below" if p.accept(*_DOWN) else way
    if not predicates.ends(p) or said != way:
        return None
    p.note("A break means that a bar closes beyond the level.")
    p.about(ast.Price("close"), value)
    return ast.Cross(way, ast.Price("close"), value)  # type: ignore[arg-type]


_DOWN = ("to downside", "downwards", "downward")


def spare(p: Cursor) -> bool:
    """`close if rsi higher 50`: a number at the end of a clause, without "than"; "the higher one" is none."""
    over = p.kind(1) in ("", "break", "mark") or p.base(1) in ("and", "or")
    return p.kind() == "number" and p.word() != "1" and over


def likewise(p: Cursor) -> Expr | None:
    """`... and so is the open`: the comparison before, of another thing ("so" is dropped as filler)."""
    if p.word(-1) != "and" or p.word() not in ("is", "are", "was", "does", "do"):
        return None
    p.i += 1
    about = p.trial(subject)
    if about is None or not predicates.ends(p):
        return None
    said = next((b.node for b in reversed(p.context.bindings) if isinstance(b.node, (ast.Compare, ast.Cross))), None)
    if said is None or about.second is not None:
        p.questions.append('What is "so" here? Say what is compared with what.')
        return said
    return replace(said, left=about.value)
