"""Stage 5p: what is risked and what is aimed at: `risking 2 ATR`, `to make 60 pips`, `a 1:2 risk-reward ratio`."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.translate.offline import brackets
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Clause
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import plain_number

_WORDS = listed("brackets")


def risked(p: Cursor) -> Clause | None:
    """`risking 2 ATR`, `risk 30 pips per trade`: how far the stop is; a share or money is a size (sizing.py)."""
    if not p.accept(*_WORDS["risking"]):
        return None
    p.skip("no more than", "not more than", "at most", "maximum of", "up to", "only", "always", ":", "=", "is", "of")
    distance = brackets.read_distance(p)
    if distance is None or (isinstance(distance, ast.Quantity) and distance.unit in ("%", "R")):
        return None
    p.skip("per trade", "on each trade", "on every trade", "each trade", "every trade", "each time")
    return Clause("stop", ast.Offset(distance))


def aimed_at(p: Cursor) -> Clause | None:
    """`aiming for a reward of three times the risk`, `... to make 60 pips` behind a risk."""
    unit = p.base(-1)
    aims = p.accept(*_WORDS["aim"])
    if not (aims or unit in ("pip", "atr", "risk", "risked", ",")) or not p.accept(*_WORDS["aimed at"]):
        return None
    if not aims and p.base(-1) in ("for", "at"):
        return None
    p.skip(*_WORDS["aimed at"])
    distance = p.trial(brackets.risk_multiple) or p.trial(brackets.read_distance)
    bare = p.trial(plain_number) if distance is None and unit == "pip" else None  # "risk 30 pips to make 60"
    distance = ast.Quantity(bare, "pips") if bare is not None else distance
    if distance is None:
        return None
    p.skip("of profit", "profit", "in profit", "reward", "gain", "of reward", "of gain")
    return Clause("target", ast.Offset(distance))


def taken(p: Cursor) -> Clause | None:
    """`take 25 pips profit`: all of the position."""
    if not p.accept("take", "book", "bank", "pocket", "cash in"):
        return None
    distance = brackets.read_distance(p)
    if distance is None or not p.accept("profit", "of profit", "in profit") or p.at("on", "when", "if"):
        return None
    return Clause("target", ast.Offset(distance))


def ratio(p: Cursor) -> Clause | None:
    """`risk reward 1:2`, `reward-to-risk of 2`, `a 1:3 risk to reward ratio`: the target in stops."""
    p.skip(*brackets.SET)
    named = _ratio_name(p)
    if named:
        p.skip("of", "is", "=", ":", "at")
    ratio = ratio_number(p)
    if ratio is None:
        return None
    if not named:
        named = _ratio_name(p)
        if not named:
            return None
    p.accept("ratio")
    p.accept("target", "take profit")
    return Clause("target", ast.Offset(ast.Quantity(ratio, "R")))


def _ratio_name(p: Cursor) -> str:
    if p.accept(*_WORDS["ratio name"]):
        return "risk"
    if p.accept(*_WORDS["ratio name 2"]):
        return "reward"
    return ""


def ratio_number(p: Cursor) -> ast.Number | None:
    token = p.token()
    if (
        token is not None and token.kind == "clock" and token.value is not None
    ):  # "1:2" never lexes as a clock, "1:20" might
        return None
    first = plain_number(p)
    if not isinstance(first, ast.Number):
        return None
    if p.accept(":", "to", "/"):
        second = plain_number(p)
        if not isinstance(second, ast.Number) or not first.value or not second.value:
            return None
        big, small = max(first.value, second.value), min(first.value, second.value)
        return ast.Number((big / small).normalize() if small == 1 else big / small)
    return first
