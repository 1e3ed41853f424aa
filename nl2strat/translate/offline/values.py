"""Stage 5a: phrases that have a value: prices, sums, quantities, values of earlier bars.

Loosest first: value (sums) > product > postfix (earlier bars, other timeframes) > primary.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import (
    channels,
    coloured,
    extremes,
    indicators,
    lengths,
    named,
    placed,
    ranges,
    references,
    theirs,
)
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.kinds import is_distance
from nl2strat.translate.offline.phrases import Phrases
from nl2strat.translate.offline.quantities import count, plain_number, quantity
from nl2strat.translate.offline.remembered import remembered
from nl2strat.translate.offline.times import timeframe_adjective, timeframe_suffix
from nl2strat.translate.offline.vocabulary.phrases import EARLIER_BAR, MULTIPLES, PREVIOUS, RISK_NOUNS, THIS_BAR

_RISK_NOUNS = tuple(sorted(RISK_NOUNS, key=len, reverse=True))
_THIS_BAR = tuple(sorted(THIS_BAR, key=len, reverse=True))
_THIS_BAR_LONG = tuple(phrase for phrase in _THIS_BAR if " " in phrase)
_THIS_BARS = tuple(f"{phrase} 's" for phrase in _THIS_BAR)
_ORDER_WORDS = ("stop", "target", "take", "sl", "tp", "trailing", "trail", "profit", "limit")


def value(p: Cursor) -> Expr | None:
    """A sum: `the lowest low of the last 10 bars minus 5 pips`, `the 20 EMA plus 2 ATR`."""
    left = p.trial(product)
    while left is not None:
        i, context = p.i, p.context
        p.accept(",") if p.at(", less", ", minus", ", plus") else None
        sign = "+" if p.accept("+", "plus") else "-" if p.accept("-", "minus", "less") else None
        right = p.trial(product) if sign else None
        if right is None or p.base() in _ORDER_WORDS or (sign == "+" and _joins(left, right)):
            p.i, p.context = i, context
            break
        left = ast.Arithmetic(sign, left, right)  # type: ignore[arg-type]
    return left


def _joins(left: Expr, right: Expr) -> bool:
    """Whether a plus stands for "and": `rsi above 75 + close below ema 20`."""
    return isinstance(left, ast.Number) and isinstance(right, (ast.Price, ast.Call))


@remembered
def product(p: Cursor) -> Expr | None:
    left = p.first_of(_offset, multiple, _postfix)
    while left is not None:
        i, context = p.i, p.context
        divides = p.accept("/", "divided by")
        crossing = p.at("x")
        right = p.trial(_postfix) if divides or p.accept("*", "times", "x", "multiplied by") else None
        if right is None or (crossing and not isinstance(right, (ast.Number, ast.Name))):
            p.i, p.context = i, context
            break
        left = ast.Arithmetic("/" if divides else "*", left, right)
    return left


def multiple(p: Cursor) -> Expr | None:
    """`twice the ATR`, `1.5 times that risk`, `2 ATR`, `half its range`."""
    thirds = p.at("2 third of", "third of", "1 third of")
    factor = number(2 if p.base() == "2" else 1) if thirds else _factor(p)
    if factor is None:
        return None
    p.skip("2", "1", "third") if thirds else None
    p.skip(
        "of", "that", "this", "its", "my", "same", "whole", "full", "initial", "amount of", "total", "entire"
    ) if p.at("of", "that", "this", "its", "my", "same") else None
    if p.accept(*_RISK_NOUNS):
        return ast.Quantity(factor, "R") if not thirds else None
    unit = p.trial(_multiple_of_atr) or p.trial(_postfix)
    if unit is None or (not _explicit_factor(p, factor) and not is_distance(unit)):
        return None
    if thirds:
        whole = unit if factor == number(1) else ast.Arithmetic("*", factor, unit)
        return ast.Arithmetic("/", whole, number(3))
    return ast.Arithmetic("*", factor, unit)


def _multiple_of_atr(p: Cursor) -> Expr | None:
    """The `2 ATR` of `twice 2 ATR`: two of them, not the ATR of two bars."""
    factor = p.trial(plain_number)
    if not isinstance(factor, ast.Number) or not p.at("atr", "average true range"):
        return None
    if factor.value > 3 and not factor.value % 1:
        return None  # "2 times 14 ATR": a length
    unit = p.trial(_postfix)
    return ast.Arithmetic("*", factor, unit) if unit is not None else None


def _explicit_factor(p: Cursor, factor: Expr) -> bool:
    return isinstance(factor, ast.Number)


def _factor(p: Cursor) -> ast.Number | ast.Name | None:
    """A factor in front of what it multiplies: "twice", "1.5 times", "2 x", or a number right before an ATR."""
    word = p.word()
    if word in MULTIPLES and p.base(1) not in ("ema", "exponential", "top", "bottom", "smoothed"):
        p.i += 1
        return number(MULTIPLES[word])
    if word == "one" and p.word(1) in ("half", "quarter"):
        p.i += 2
        return number(MULTIPLES[p.word(-1)])
    if p.accept("three quarters of", "3 quarters of"):
        return number("0.75")
    first = p.token()
    factor = plain_number(p)
    if factor is None:
        return None
    if (
        isinstance(factor, ast.Number)
        and p.accept("% of", "percent of")
        and not p.at("equity", "balance", "account", "capital", "position", "my", "risk")
    ):
        return ast.Number(factor.value / 100)
    if p.accept("times", "x", "*", "multiplied by"):
        return factor
    p.accept("or more") if p.at("or more atr") else None
    if isinstance(factor, ast.Number) and p.at("atr", "average true range", "daily atr", "standard deviation"):
        length = 4 if first is not None and first.definite else 7  # "5 ATR" are five of them, "the 5 ATR" is of 5 bars
        return factor if factor.value < length or factor.value % 1 else None
    if isinstance(factor, ast.Name) and p.at("atr", "average true range"):
        return factor
    return None


def _offset(p: Cursor) -> Expr | None:
    """`2 pips above its high`, `1 ATR below the 20 EMA`, `0.5% under the close`: a price moved by a distance."""
    distance = p.first_of(multiple, quantity)
    if distance is None or not is_distance(distance):
        return None
    p.skip("or more", "away")
    sign = "+" if p.accept("above", "over", "higher than", "beyond", "from above", "north of") else None
    sign = sign or ("-" if p.accept("below", "under", "beneath", "lower than", "underneath", "south of") else None)
    if sign is None:
        return None
    base = p.trial(_postfix)
    if base is None:
        return None
    if isinstance(distance, ast.Quantity) and distance.unit == "%" and isinstance(distance.amount, ast.Number):
        share = distance.amount.value / 100
        return ast.Arithmetic("*", base, number(str(1 + share if sign == "+" else 1 - share)))
    return ast.Arithmetic(sign, base, distance)  # type: ignore[arg-type]


@remembered
def _postfix(p: Cursor) -> Expr | None:
    """A primary on an earlier bar or another timeframe."""
    first = p.i
    adjective = p.trial(timeframe_adjective)
    earlier = _earlier_adjective(p)
    adjective = adjective or p.trial(timeframe_adjective)
    result = p.trial(_primary)
    if result is None:
        return None
    if isinstance(result, (ast.Number, ast.Quantity, ast.Minus, ast.Name)):
        return None if earlier or adjective else result
    shifted = p.trial(of_bar)
    adjective = adjective or p.trial(timeframe_suffix)
    shifted = shifted if shifted is not None else p.trial(of_bar)
    plain = result
    bars = earlier + (shifted or 0) + (p.context.bar if shifted is None and not earlier else 0)
    if bars:
        result = ast.Past(result, number(bars))
    if adjective:
        result = ast.OnTimeframe(result, adjective)
    p.bind(first, result)
    if not isinstance(plain, ast.Price):
        p.mention(ast.OnTimeframe(plain, adjective) if adjective else plain)
    return result


def _earlier_adjective(p: Cursor) -> int:
    """`the previous high`, `yesterday's close`, `the mother bar's high`; not "the previous 20 bars"."""
    i = p.i
    if p.timeframe == "D1" and p.accept("today 's"):
        return 0
    if p.word() == "current" and p.base(1) in ("range", "body", "rsi", "atr", "volume", "high", "low", "open"):
        p.i += 1
        return 0
    if p.at("its", "their") and p.base(1) in PREVIOUS:
        p.i += 1
    bars = p.match(EARLIER_BAR)
    if bars is not None:
        if p.accept("'s", "'"):
            return bars
        p.i = i
        if p.at("mother bar") or p.at("yesterday"):
            p.match(EARLIER_BAR)
            return bars
    if (
        p.base() in PREVIOUS
        and p.kind(1) == "word"
        and p.base(1) not in ("bar", "day", "trade", "session", "hour", "week", "month", "swing", "pivot", "fractal")
    ):
        p.i += 1
        return 1
    if p.base() in PREVIOUS and p.kind(1) == "number":
        p.i += 1
        if p.ahead(indicators.indicator) and p.base(1) not in ("bar", "day", "period", "hour", "close", "closes"):
            return 1  # "the previous 20 EMA"
    p.i = i
    names = placed.names(p)
    named = p.accept(*(f"{name} 's" for name in names)) or p.accept(*_THIS_BARS)
    if named and placed.is_spoken_of(p, i):
        return placed.bar_of(p, i)
    p.i = i
    return 0


def of_bar(p: Cursor) -> int | None:
    """`... of the previous bar`, `... three bars ago`, `... before it`; 0 for `... of the signal bar`."""
    ago = p.trial(_ago)
    if ago is not None:
        return ago
    if p.accept("before it", "before that", "before"):
        return 1 if p.kind() != "clock" and not p.at("buy", "sell", "noon", "midday", "midnight") else None
    if p.accept("[") and (bars := plain_number(p)) is not None and p.accept("]"):
        return int(bars.value) if isinstance(bars, ast.Number) else None
    if not p.accept("of", "on", "from", "at", "in"):
        return None
    own = p.base(-1) == "of"
    p.skip("that", "its") if p.at("that mother", "its mother") else None
    earlier = p.match(EARLIER_BAR)
    if earlier is not None:
        # "... below it on the previous bar" is about the whole condition
        return earlier if own or p.base() in ("is", "have", "cross", "above", "below", "closes", ">", "<") else None
    ago = p.trial(_ago_bar)
    if ago is None and own:
        ago = p.trial(coloured.bar_of)
    if ago is not None:
        return ago
    first = p.i
    names = placed.names(p) if own else ()
    if p.accept(*names) or p.accept(*(_THIS_BAR if own else _THIS_BAR_LONG)):
        if p.at("that", "which", "whose", "where", "with") or not placed.is_spoken_of(p, first):
            return None
        return placed.bar_of(p, first)
    return None


def _ago(p: Cursor) -> int | None:
    """`3 bars ago`, `two candles earlier`."""
    bars = count(p)
    if not isinstance(bars, ast.Number) or not p.accept("bar", "period", "day", "hour"):
        return None
    return int(bars.value) if p.accept("ago", "earlier", "back", "before") else None


def _ago_bar(p: Cursor) -> int | None:
    """`of the bar 2 bars ago`."""
    p.accept("bar")
    return p.trial(_ago)


def _primary(p: Cursor) -> Expr | None:
    return p.first_of(
        _group,
        ranges.line,
        channels.line,
        _difference,
        named.named_value,
        references.signal_line,
        theirs.theirs,
        extremes.extreme,
        references.line_of_stochastic_rsi,
        indicators.indicator,
        references.reference,
        lengths.named_by_length,
        price,
        quantity,
        _level,
    )


def _difference(p: Cursor) -> Expr | None:
    """`the difference between A and B` is A less B; the distance between them has no sign."""
    if not p.accept("difference between", "difference of", "distance between", "gap between"):
        return None
    unsigned = p.word(-2) != "difference"
    first = value(p)
    second = value(p) if first is not None and p.accept("and", "to") else None
    if first is None or second is None or isinstance(first, (ast.Quantity, ast.Number)):
        return None
    p.context = replace(p.context, pair=(first, second))  # "... with the 10 EMA on top"
    less = ast.Arithmetic("-", first, second)
    p.note("A difference is the first less the second." if not unsigned else "A distance counts on either side.")
    return ast.Call("abs", (less,)) if unsigned else less


def _group(p: Cursor) -> Expr | None:
    if not p.accept("("):
        return None
    result = value(p)
    return result if result is not None and p.accept(")") else None


def _level(p: Cursor) -> Expr | None:
    """A plain number, as a level: `30`, `-90`, `the level of forty`, `the zero line`, `the 50 level`."""
    named = p.word() in p.inputs
    p.skip() if named else p.skip(
        "level of", "level at", "level", "value of", "reading of", "mark of", "line at", "threshold of"
    )
    negative = (p.at("-") and p.kind(1) == "number") or (p.at("minus") and p.kind(1) == "number")
    if negative or p.at("+"):
        p.i += 1
    result = plain_number(p)
    if result is None:
        return None
    p.skip("level", "line", "mark", "threshold", "centerline")
    if p.at("%", "percent") and isinstance(result, ast.Number):
        p.i += 1
    return ast.Minus(result) if negative and not (isinstance(result, ast.Number) and not result.value) else result


PRICES = {
    "close": "close",
    "closing price": "close",
    "closing": "close",
    "price": "close",
    "close price": "close",
    "market": "close",
    "closing level": "close",
    "market price": "close",
    "opening price": "open",
    "open price": "open",
    "high": "high",
    "high price": "high",
    "low": "low",
    "low price": "low",
    "volume": "volume",
    "tick volume": "volume",
    "trading volume": "volume",
    "highs": "high",
    "lows": "low",
    "current price": "close",
    "rate": "close",
    "quote": "close",
    "spot": "close",
    "closing value": "close",
    "spot price": "close",
    "last price": "close",
}


_PRICES: Phrases[str] = Phrases(PRICES)


def price(p: Cursor) -> Expr | None:
    """A column of the bar: `the close`, `its high`, `price`, `tick volume`."""
    p.skip("its", "their", "own")
    p.accept("current", "present") if _PRICES.match(p.tokens, p.i + 1) else None
    p.accept("bar 's", "bar")
    if p.at("open", "close") and _is_ordered(p):
        return None
    field = p.match(_PRICES)
    if field is None:
        return ast.Price("open") if p.accept("open") else None
    if p.accept("of") and not p.trial(_bar_or_market):
        p.i -= 1
    return ast.Price(field)  # type: ignore[arg-type]


_HELD = ("long", "short", "buy", "sell", "position", "trade", "all", "any", "everything", "it", "out", "half", "my")


def _is_ordered(p: Cursor) -> bool:
    """Whether "open" or "close" is what to do here, not a price: "open a long position", "close the trade"."""
    after = 2 if p.word(1) in ("a", "an", "the", "new", "another", "one") else 1
    after += p.word(after) in ("new", "small", "single")
    return p.word(after) in _HELD


def _bar_or_market(p: Cursor) -> bool | None:
    """ "of gold": the market is noted; "of the previous bar" is left to the postfix."""
    symbol = references.market(p)
    if symbol is None:
        return None
    p.context = replace(p.context, market=(*p.context.market, symbol))
    return True


def decimal(value: Decimal) -> ast.Number:
    return ast.Number(value)
