"""Stage 5m: what is said of an indicator or of all distances apart from where they stand: `where the ATR has a period
of 20`, `(ATR length 20)`, `all distances are in pips`."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.translate.offline import indicators
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Aside, Item, Mention
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import plain_number
from nl2strat.translate.offline.settings import Settings

_WORDS = listed("said_apart")


def said_apart(p: Cursor) -> Item | None:
    """Either of them."""
    return p.first_of(_length, _unit)


def _length(p: Cursor) -> Mention | None:
    """`using ATR(20)`, `(ATR period 20)`, `the ATR period is 20`: the settings of an indicator named elsewhere.

    "Use the Supertrend with a period of 7." is a heading: what follows is about it.
    """
    begins = p.i == 0 or p.kind(-1) == "break"
    opened = p.accept("(")
    p.skip(*_WORDS["introduction"])
    value = p.first_of(_spoken_length, indicators.indicator) if not begins else p.trial(_spoken_length)
    if not isinstance(value, ast.Call) or not any(isinstance(a, ast.Number) for a in value.arguments):
        return None
    p.skip(*_WORDS["everywhere"])
    if (opened and not p.accept(")")) or not (opened or p.kind() in ("", "break") or p.at(",", ";", ")")):
        return None
    p.mention(value)
    if p.context.subject is None:  # named ahead of all rules: "it" is about it
        p.context = replace(p.context, subject=value)
    return Mention(value, settles=True)


def _spoken_length(p: Cursor) -> ast.Call | None:
    """`ATR period = 20`, `the ATR has a period of 20`, `the ATR is taken over 20 bars`."""
    named = p.trial(indicators.indicator)
    if not isinstance(named, ast.Call) or any(isinstance(a, (ast.Number, ast.Name)) for a in named.arguments):
        return None
    p.skip("have", "is", "use", "with")
    length = p.accept("period", "length", "lookback", "setting")
    p.skip(*_WORDS["equals"])
    amount = plain_number(p)
    unit = amount is not None and p.accept("period", "bar")
    if amount is None or not (length or unit):
        return None
    source = [a for a in named.arguments if not isinstance(a, ast.Number)]
    settings = Settings([amount], [], source[0] if source and source[0] != ast.Price("close") else None)
    found = indicators.call(named.function, settings)
    return found if isinstance(found, ast.Call) else None


def _unit(p: Cursor) -> Aside | None:
    """`pips: stop 30, target 90`, `sl 25, tp 50 (pips)`, `all distances are in pips`."""
    begins = p.i == 0 or p.kind(-1) in ("break", "mark") or p.at("(")
    opened = p.accept("(")
    said = p.accept(*_WORDS["all distances"])
    linked = p.accept("in", "is in", "are in", "measured in", "given in")
    unit = "pips" if p.accept("pip") else "points" if p.accept("point") else None
    if unit is None or not begins or (opened and not p.accept(")")):
        return None
    ends = p.kind() in ("", "break") or p.at(",", ";")
    if not (opened or ((said or linked) and ends) or p.accept(":")):
        return None
    if p.context.unit not in (None, unit):
        p.questions.append("Are the distances in pips or in points? The text says both.")
    p.context = replace(p.context, unit=unit)
    return Aside()
