"""Stage 5h: what happens to an open position: trailing stops, break-even, partial exits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import brackets
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.elements import Clause
from nl2strat.translate.offline.kinds import is_distance
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import plain_number, quantity

_WORDS = listed("managing")

_TRAILING = _WORDS["trailing"]


def profit_reached(p: Cursor) -> Expr | None:
    """`the trade is 20 pips in profit`, `a profit of 1R`, `+20 pips`, `1R`, `price has moved 1R in my favour`."""
    p.skip(*_WORDS["profit reached filler"])
    p.accept("+")
    distance = brackets.read_distance(p)
    if distance is not None and not isinstance(distance, (ast.Quantity, ast.Arithmetic)):
        return None
    if distance is None:
        p.accept("a")
        distance = brackets.risk_multiple(p)
    if distance is None:
        return None
    p.skip(*_WORDS["profit reached filler 2"])
    return distance


_TRIGGER = ("once", "when", "after", "as soon as", "if", "at", "whenever", "from")


def _trigger_before(p: Cursor) -> Expr | None:
    """`Once the trade is 20 pips in profit, ...`."""
    i = p.i
    if p.accept(*_TRIGGER):
        profit = p.trial(profit_reached)
        if profit is not None:
            p.skip(",", "then", ":", "i", "we", "and", "on", "onwards", "onward")
            return profit
    p.i = i
    return None


def _trigger_after(p: Cursor) -> Expr | None:
    """`... once the trade is 20 pips in profit`."""
    i = p.i
    p.accept(",")
    p.skip(*_WORDS["trigger after filler"])
    if p.accept(*_TRIGGER):
        profit = p.trial(profit_reached)
        if profit is not None:
            return profit
    p.i = i
    return None


_FROM_THEN = ("from then on", "from there on", "after that", "afterwards", "from then", "then on")
_SINCE_WHEN = (
    "Is the stop trailed from the start, or only once the part is closed? "
    'Say "trail the stop", or "trail the rest from then on".'
)

_REST_RUNS = tuple(
    f"{let} {left} run{more}"
    for let in ("let", "leave", "keep")
    for left in ("rest", "remainder", "other half", "remaining half", "remaining position", "what is left")
    for more in (" on with", " with", " on", "")
) + tuple(f"{left} {verb}" for left in ("rest", "remainder", "other half") for verb in ("run with", "is hold with"))


def trailing(p: Cursor) -> Clause | None:
    """`a 30 pip trailing stop`, `trail the stop by 2 ATR after 1R`, `trailing stop of 1%`."""
    after = _trigger_before(p)
    rest = p.accept(*_REST_RUNS) or (p.at(*_REST_TRAILED) and p.accept(*_LEFT))
    p.skip(*brackets.SET)
    p.skip(
        "i", "we", "start", "to", "begin", "activate", "it with", "by", "with", "the", "switch to", "on"
    ) if not p.at("with stop") else None
    distance = p.trial(brackets.read_distance)
    p.skip("wide", "of")
    p.skip("it", "stop", "sl") if p.at("it trail", "it trails", "stop trails", "sl trails") else None
    if not p.accept(*_TRAILING, "trails", "stop trail", "stop loss trail", "sl trail", "stop follow"):
        return None
    said = p.i
    p.skip(*_WORDS["trailing filler"])
    rest = rest or any(token.base in _REST for token in p.tokens[said : p.i])
    later = p.accept(*_FROM_THEN)
    if distance is None:
        p.skip(*_WORDS["trailing filler 2"])
        distance = p.trial(brackets.read_distance)
        if distance is None:
            return None
        p.skip(*_WORDS["trailing filler 3"])
    after = after or _trigger_after(p)
    later = later or p.accept(*_FROM_THEN)
    if rest and after is None and p.context.profit is not None:
        if later:
            after = p.context.profit
        else:
            p.questions.append(_SINCE_WHEN)
    return Clause("trail", ast.Trail(distance, after))


_LEFT = ("rest", "remainder", "other half", "remaining half", "second half", "rest of position", "remaining position")
_REST_TRAILED = tuple(f"{left} {verb}" for left in _LEFT for verb in ("is trail", "is trailed", "trails"))
_REST = ("rest", "remainder", "remaining", "balance", "half")
"""Words for what is left once a part is closed."""


_MOVE_TO_ENTRY = Phrases.of(
    {
        "": tuple(
            f"{verb} {what} {to}"
            for verb in _WORDS["move to entry"]
            for what in (
                "stop",
                "stop loss",
                "sl",
                "it",
                "my stop",
                "the stop order",
                "my sl",
                "my stop loss",
                "your stop",
                *(
                    f"{stop} {of} {rest}"
                    for stop in ("stop", "stop loss")
                    for of in ("on", "of", "for")
                    for rest in _LEFT
                ),
            )
            for to in _WORDS["move to entry 2"]
        )
        + tuple(f"{what} {goes}" for what in ("stop", "stop loss", "sl", "it") for goes in _WORDS["move to entry 3"])
        + _WORDS["move to entry 4"]
    }
)


def break_even(p: Cursor) -> Clause | None:
    """`once the trade is 20 pips in profit, move the stop to break-even (plus 2 pips)`."""
    after = _trigger_before(p)
    p.accept("after which", "upon which", "whereupon") if p.context.profit is not None else None
    p.skip("i", "we", "use", "and", "my", "you", "then") if not p.at("move") else None
    if p.word() == "be" and (after is not None or p.word(1) in ("at", "after", "once", "+", ":", "=")):
        p.i += 1
    elif p.match(_MOVE_TO_ENTRY) is None:
        return None
    plus = p.trial(_plus)
    p.skip("rule", ":", "=", "trigger", "stop") if not p.at("= >") else None
    if after is None:
        after = p.trial(_trigger_after) or p.trial(lambda q: brackets.read_distance(q))
        p.skip("in profit", "of profit", "profit")
    plus = plus or p.trial(_plus)
    after = after or p.context.profit
    return Clause("breakeven", ast.Breakeven(after, plus)) if after is not None else None


def _plus(p: Cursor) -> Expr | None:
    if not p.accept("plus", "+", "and lock in", "and add", "with", ", plus"):
        return None
    return quantity(p)


_FIRST_TARGETS = tuple(
    f"{noun} {k} {mark}".strip()
    for noun in ("tp", "take profit", "target")
    for k in (1, 2, 3, 4)
    for mark in ("=", ":", "at", "is", "")
) + tuple(
    f"{ordinal} {noun} {mark}"
    for ordinal in ("first", "second", "third", "final", "last")
    for noun in ("target", "take profit", "tp", "profit target", "exit")
    for mark in ("=", ":", "at", "is", "is at")
)


def _numbered(p: Cursor) -> Clause | None:
    """`TP1 = 20 pips for 60% of the position`, `take profit 2: the remaining 50% at 75 pips`."""
    if not p.accept(*_FIRST_TARGETS):
        return None
    shared = p.kind() == "number" and p.at(*(f"{p.word()} {sign}" for sign in ("%", "percent")))
    distance = None if shared else p.trial(profit_reached)
    if distance is not None and not p.accept("for", "on", ",", "with", "(", ":", "-", "->"):
        return None
    p.skip("close", "exit", "take", "sell", "off", "closing", "we close", "i close", "closes")
    rest = p.trial(_rest)
    part = p.trial(share)
    if part is None and not rest:
        return None
    p.skip(*_WORDS["partial filler"])
    p.accept(")")
    if distance is None:
        distance = p.trial(_at_profit)
    if not isinstance(distance, ast.Node) or not is_distance(distance):
        return None
    _take(p, distance, part, bool(rest))
    return Clause("takes", ast.Take(number(100) if rest or part is None else part, ast.Offset(distance)))


def _take(p: Cursor, profit: Expr, part: ast.Number | ast.Name | None, rest: bool = False) -> None:
    """Remembers a part; asks when "the remaining 40%" is not what remains."""
    said = part.value if isinstance(part, ast.Number) else None
    taken = p.context.taken
    if rest and said is not None and abs(taken + said - 100) > 1:
        p.questions.append(f"The parts make {taken + said:f}% of the position in all, not 100%. Which share is meant?")
    p.context = replace(p.context, profit=profit, taken=taken + (said or 0))


def _for_share(p: Cursor) -> Clause | None:
    """`20 pips for the first half and 50 pips for the second`: a profit, and the part that it is for."""
    p.accept("take", "bank", "book", "aim for", "go for")
    distance = p.trial(brackets.read_distance)
    p.skip("of profit", "in profit", "profit", "target")
    if distance is None or not p.accept("for", "on"):
        return None
    rest = p.trial(_rest) or (p.context.taken > 0 and p.accept("second", "second one", "other one"))
    part = None if rest else p.trial(share)
    if part is None and not rest:
        return None
    p.skip("of position", "of it", "position")
    _take(p, distance, part)
    return Clause("takes", ast.Take(number(100) if part is None else part, ast.Offset(distance)))


def partial(p: Cursor) -> Clause | None:
    """`close half of the position at a profit of 1R`, `take 50% off at 30 pips`, `let the rest run to 3R`."""
    numbered = p.trial(_numbered) or p.trial(_for_share)
    if numbered is not None:
        return numbered
    after = _trigger_before(p)
    verb = p.accept(*_WORDS["partial"])
    p.skip("off", "out of", "profit on", "profits on", "the")
    rest = p.trial(_rest)
    if rest:
        part = p.trial(share)
        p.skip(
            "run",
            "runs",
            "run on",
            "go",
            "stay",
            "is closed",
            "close",
            "closes",
            "off",
            "exit",
            "with",
            "ride",
            "for target of",
            "to target of",
            "target of",
            "target at",
            "target",
            "position",
            "out",
        )
        distance = after or p.trial(_at_profit)
        if distance is None and part is None and (level := p.trial(_at_price)) is not None:
            return Clause("takes", ast.Take(number(100), ast.Level(level)))
        if not isinstance(distance, ast.Node) or not is_distance(distance):
            return None
        if part is not None:
            _take(p, distance, part, rest=True)
        return Clause("takes", ast.Take(number(100), ast.Offset(distance)))
    part = p.trial(share)
    if part is None:
        return p.trial(_lots_closed) if verb else None
    p.skip(*_WORDS["partial filler"])
    announced = p.at("at", "when", "once", "after", "as soon as")
    if not verb and not announced and p.base(-1) not in ("closes", "is", "off", "close", "exit", "position"):
        return None
    distance = after or p.trial(_at_profit)
    if distance is None:
        level = p.trial(_at_price) if verb else None
        return Clause("takes", ast.Take(part, ast.Level(level))) if level is not None else None
    _take(p, distance, part)
    return Clause("takes", ast.Take(part, ast.Offset(distance)))


def _at_price(p: Cursor) -> Expr | None:
    """`... at the middle band`: a price that is no number, and nothing that happens there."""
    p.skip("when price reach", "when it reach", "once price reach", "when price touch")
    if not p.accept("at", "reach", "touch") and p.base(-1) not in ("reach", "touch"):
        return None
    level = brackets.price_of(p)
    ends = p.kind() in ("", "break") or p.base() in (",", ";", "and", "then")
    return level if level is not None and ends else None


def _lots_closed(p: Cursor) -> Clause | None:
    """`close 0.1 lots at 25 pips profit`: a part in lots, behind its verb."""
    lots = plain_number(p)
    if lots is None or not p.accept("lot"):
        return None
    p.skip(*_WORDS["partial filler"])
    distance = p.trial(_at_profit)
    return Clause("takes", ast.Take(lots, ast.Offset(distance), lots=True)) if distance is not None else None


LAST = ("other", "last", "remaining", "final", "another", "rest of")


def more_lots(p: Cursor) -> Clause | None:
    """`..., 0.1 lots at 40 pips and the last 0.1 lots at 80 pips`, behind a part in lots."""
    p.skip(*LAST)
    return _lots_closed(p)


def _rest(p: Cursor) -> bool | None:
    p.skip("of it") if p.at("of it") else None
    return True if p.accept(*_WORDS["rest"]) else None


def share(p: Cursor) -> ast.Number | ast.Name | None:
    """`half`, `a third`, `40%` of a position, in percent."""
    if p.accept("half", "1 half", "first half", "one half"):
        return number(50)
    if p.accept(*_WORDS["share"]):
        return ast.Number(Decimal("33.33333333"))
    if p.accept(*_WORDS["share 2"]):
        return number(25)
    if p.accept("2 third", "2 thirds", "2 / 3", "two thirds"):
        return ast.Number(Decimal("66.66666667"))
    if p.accept("3 quarters", "3 / 4", "three quarters"):
        return number(75)
    if p.accept("1 / 2"):
        return number(50)
    percent = quantity(p)
    return percent.amount if percent is not None and percent.unit == "%" else None


def _at_profit(p: Cursor) -> Expr | None:
    p.skip("at", "when", "once", "after", "as soon as", "to", "until", "if", "for", "till", "up to", "as", "with", "go")
    return profit_reached(p)
