"""What a condition is about: a value, "it", or the bar itself ("a daily candle", "price", "the previous bar")."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline import values
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.kinds import is_price
from nl2strat.translate.offline.pairs import average_pair
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.times import timeframe_code
from nl2strat.translate.offline.vocabulary.phrases import COMPARE, DIRECTION

_WORDS = listed("subjects")

_CLOSE = ast.Price("close")
_THIS = _WORDS["this"]
_BARS = ("bar", "day", "day 's bar", "one", "session")


@dataclass(frozen=True)
class Subject:
    """`is_bar`: it closes and opens itself. `bar` and `timeframe`: which bar, of which timeframe, is spoken of."""

    value: Expr
    is_bar: bool = False
    timeframe: str | None = None
    bar: int = 0
    said: bool = True
    second: Expr | None = None
    """The other one, for "both are below 20"."""
    neither: bool = False
    """Whether it is said of both that they are not so."""
    either: bool = False
    """Whether it is enough that one of the two is so."""


def subject(p: Cursor) -> Subject | None:
    """The subject of a clause."""
    return p.first_of(_both, _joint, _pronoun, _bar, _value)


def _joint(p: Cursor) -> Subject | None:
    """`both the RSI and %K are below 20`, `%K and %D are ...`, `neither the RSI nor %K is ...`."""
    neither = p.accept("neither")
    both = not neither and p.accept("both")
    two = p.trial(average_pair)  # "the 10 and the 20 EMA are above ..."
    first = p.trial(values.value) if two is None else two[0]
    if not _is_series(first) or (two is None and not p.accept("nor" if neither else "and")):
        return None
    second = p.trial(values.value) if two is None else two[1]
    if not _is_series(second) or second == first:
        return None
    first, second = _of_one(p, first, second)
    plural = both or neither or p.word() in ("are", "were", "both") or p.at("have both")
    if not plural or p.word() not in _PLURAL:
        return None
    assert first is not None
    assert second is not None
    p.context = replace(p.context, pair=(first, second))
    return Subject(first, second=second, neither=neither)


def _of_one(p: Cursor, first: Expr | None, second: Expr | None) -> tuple[Expr | None, Expr | None]:
    """`%K and %D of the stochastic (5, 3, 3)`: two lines of it, with its settings."""
    i = p.i
    whole = p.trial(values.value) if p.accept("of") else None
    lines = [v for v in (first, second) if isinstance(v, ast.Call) and not v.arguments]
    if len(lines) == 2 and isinstance(whole, ast.Call) and whole.function[:6] == "stoch_" == lines[0].function[:6]:
        return replace(lines[0], arguments=whole.arguments), replace(lines[1], arguments=whole.arguments)
    p.i = i
    return first, second


_PLURAL = ("are", "were", "both", "have", "is", "was", "has", "rise", "fall", "cross", "turn", "close", "closes")
_SINGULAR = (*_PLURAL, "falls", "rises", "drops", "crosses", "turns", "goes", "moves", "climbs", "breaks", "dips")


def _is_series(value: Expr | None) -> bool:
    return isinstance(value, (ast.Call, ast.Price, ast.Past, ast.OnTimeframe))


def _both(p: Cursor) -> Subject | None:
    """`both are below 20`: the two things just compared."""
    first, second = p.context.pair or (p.context.subject, p.context.object)
    if isinstance(second, (ast.Number, ast.Minus)) and len(said := {one for one, _, _ in p.context.levels}) == 2:
        first, second = sorted(said, key=[one for one, _, _ in p.context.levels].index)  # the only two compared so far
    if first is None or second is None or isinstance(second, (ast.Number, ast.Minus)):
        return None
    if isinstance(second, ast.Past) and second.value == first:
        return None
    if (
        p.word() == "they"
        and p.word(1) in ("are", "were", "have")
        and (p.word(2) == "both" or p.context.pair is not None)
    ):
        p.i += 1  # "they are both between 40 and 60"
        return Subject(first, second=second)
    if p.accept(*_WORDS["either"]) and p.word() in _SINGULAR:
        return Subject(first, second=second, either=True)
    if not p.accept("both lines", "both of them", "both", "they both", "both average", "both values"):
        return None
    if p.base() not in ("is", "have", "rise", "fall", "rising", "falling") and COMPARE.match(p.tokens, p.i) is None:
        return None
    compared = next(((one, two) for one, two, _ in reversed(p.context.levels[-1:]) if _is_series(two)), None)
    if compared is not None and {*compared} != {first, second} and _is_series(compared[0]):
        p.questions.append(f'Which two are "both": {print_expr(first)} and {print_expr(second)}? Name them there.')
    return Subject(first, second=second)


def _pronoun(p: Cursor) -> Subject | None:
    if not p.accept("it", "they", "this", "he") or p.at("bar", "one") or "both" in (p.word(), p.word(1)):
        return None
    p.accept("'s")
    known = p.context.subject
    if known is not None and not is_price(known) and _level_follows(p):
        p.note(f'"it" is {print_expr(known)}.')
        return Subject(known)
    if p.at("closes", "close", "open", "closing") or known is None:
        return Subject(_CLOSE, is_bar=True)
    crossed = next((one for one, _, way in reversed(p.context.levels) if way), known)
    if crossed != known and "back" in (p.base(1), p.base(2)):
        p.questions.append(f'What crosses back: {print_expr(crossed)} or {print_expr(known)}? Say it instead of "it".')
    return Subject(known)


def _level_follows(p: Cursor) -> bool:
    """`closes above 95`, and nothing that makes another thing of the number: a level of what was spoken of before."""
    k = 1 if p.at("closes", "close") else 0
    k += p.base(k) in ("back", "again")
    way = DIRECTION.match(p.tokens, p.i + k) if k else None
    if way is None:
        return False
    k += way[1]
    return p.kind(k) == "number" and (p.kind(k + 1) not in ("word", "number") or p.base(k + 1) in _JOINTS)


_JOINTS = ("and", "or", "then", "again", "for", "on", "at", "sell", "exit", "close", "buy")


def _bar(p: Cursor) -> Subject | None:
    """A bar as such: `a bar`, `the last completed daily candle`, `the bar before`, `price`, `the market`."""
    if p.accept("market", "price action", "pair", "instrument"):
        return None if p.at("is closed", "open") else Subject(_CLOSE, is_bar=True)
    if p.accept("price", "prices", "current price"):
        return None if p.at("of", "'s") else Subject(_CLOSE, is_bar=True)
    bar = 0
    if p.accept(*_WORDS["day before"]):
        daily = _on_daily_bars(p)
        known = p.word() in _DID
        return Subject(_CLOSE, is_bar=True, bar=int(daily), timeframe=None if daily else "D1") if known else None
    if p.accept("bar before that", "1 before that", "bar before previous 1", "bar before previous bar"):
        return Subject(_CLOSE, is_bar=True, bar=2)
    if p.accept(*_WORDS["bar"]):
        return Subject(_CLOSE, is_bar=True, bar=1)
    p.skip(*_THIS) if not p.at("that is") else None
    if p.accept("previous", "prior", "last"):
        bar = 1 if p.base(-1) == "previous" or (p.at("bar") and not _after_run(p)) else 0
    p.skip("completed", "closed")
    timeframe = p.trial(timeframe_code)
    p.skip("bullish engulfing")
    if not p.accept(*_BARS):
        return None
    if bar and timeframe is None and p.base(-1) == "day" and not _on_daily_bars(p):
        timeframe = "D1"  # on shorter bars the day before is not the bar before
    if p.at("'s", "ago", "high", "low", "of", "body", "range", "size", "wick", "shadow", "upper", "lower", "volume"):
        return None
    if bar and p.word(-2) == "last":
        p.note('"the last bar" is the one before the signal bar.')
    p.accept("on chart")
    return Subject(_CLOSE, is_bar=True, bar=bar if not (timeframe and bar) else 0, timeframe=timeframe)


_DID = ("closed", "was", "finished", "ended", "opened", "closes", "is")


def _on_daily_bars(p: Cursor) -> bool:
    """Whether the bars are daily, so that the day before is the bar before."""
    said = any(t.word in ("daily", "d1") for t in p.tokens)
    return p.timeframe == "D1" or (p.timeframe is None and said)


def _after_run(p: Cursor) -> bool:
    """Whether the last bar is the last of several in a row, which is the signal bar."""
    for token in reversed(p.tokens[: p.i]):
        if token.kind == "break":
            return False
        if token.word in ("row", "consecutive", "successive", "running", "straight"):
            return True
    return False


def _value(p: Cursor) -> Subject | None:
    spoken = p.context.subject
    its = p.word() == "its" and p.base(1) in ("open", "high", "low", "close", "closes")
    result = values.value(p)
    if its and isinstance(result, ast.Price) and isinstance(spoken, ast.Past) and isinstance(spoken.value, ast.Price):
        return Subject(ast.Past(result, spoken.bars))  # "the low of the previous bar is ... and its close is ..."
    if result is None or isinstance(result, ast.Quantity):
        return None
    return Subject(result, is_bar=isinstance(result, ast.Price) and result.field == "close")
