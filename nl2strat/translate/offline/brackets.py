"""Stage 5g: stops, targets, managing.trailing, break-even, managing.partial exits."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import aims, managing, opposed, values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.elements import Clause
from nl2strat.translate.offline.kinds import is_distance, is_price
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import plain_number, quantity
from nl2strat.translate.offline.remembered import remembered
from nl2strat.translate.offline.vocabulary.phrases import MULTIPLES, RISK_NOUNS

_WORDS = listed("brackets")

_STOP = Phrases.of({"": _WORDS["stop"]})
_TARGET = Phrases.of({"": _WORDS["target"]})
SET = _WORDS["set"]
_EQUALS = _WORDS["equals"]
_ENTRY = _WORDS["entry"]


def clause(p: Cursor) -> Clause | None:
    """Any clause about how a trade ends or is protected."""
    if p.word() in p.inputs and p.word(1) in ("=", ":") and p.kind(2) == "number":
        return None  # "sl = 40", among the parameters
    side = side_before(p, *_PROTECTIONS)
    first = p.i
    result = p.first_of(
        _no_more,
        managing.trailing,
        managing.break_even,
        managing.partial,
        aims.risked,
        aims.aimed_at,
        aims.taken,
        _stop_after_distance,
        _target_after_distance,
        _stop,
        _target,
        aims.ratio,
        _reach,
    )
    if result is None:
        return None
    beyond = opposed.beyond(p.tokens[first : p.i]) if isinstance(result.value, ast.Offset) else ""
    every = p.tokens[first].word in ("both", "each", "all")
    p.accept(*_IS_MET)  # "exit when a stop of 40 pips is hit": what a stop does anyway
    return Clause(result.field, result.value, side or result.side or side_after(p), beyond, every)


_IS_MET = tuple(
    f"{be} {met}" for be in ("is", "are", "get") for met in ("hit", "reach", "touch", "triggered", "achieved")
)
_PROTECTIONS = ("stop", "sl", "target", "tp", "take profit", "stop loss", "trail", "trailing")


def side_before(p: Cursor, *nouns: str) -> str:
    """`for longs, ...`, `long stop: ...`, in front of one of the nouns."""
    i = p.i
    announced = p.accept("for", "on", "in case of")
    side = ""
    if p.accept("long position", "long trade", "long") or (announced and p.accept("buy")):
        side = "long"
    elif p.accept("short position", "short trade", "short") or (announced and p.accept("sell")):
        side = "short"
    p.skip("side")
    p.skip(",", ":", "the", "'s") if announced else p.skip("'s")
    if side and not announced and p.word(-1) in ("longs", "shorts"):
        p.skip("have", "get", "gets", "use", "with")
        if p.kind() == "number":
            return side
    if side and p.at(*nouns):
        return side
    p.i = i
    return ""


def side_after(p: Cursor) -> str:
    """`... for longs`, `... on shorts`."""
    i = p.i
    if p.accept("for", "on"):
        if p.accept("long position", "long trade", "long side", "long", "buy trade", "buy", "buy order"):
            return "long"
        if p.accept("short position", "short trade", "short side", "short", "sell trade", "sell", "sell order"):
            return "short"
    p.i = i
    return ""


def another(p: Cursor, first: Clause) -> Clause | None:
    """The second half of `stop 20 pips for longs, 30 pips for shorts`, `0.2 lots for longs and 0.1 for shorts`."""
    side = side_after(p)
    p.skip("=", ":", "is", "of", "use") if side else None
    value = _alike(p, first)
    side = side or side_after(p)
    if value is None or not side or side == first.side:
        return None
    return Clause(first.field, value, side)


def _alike(p: Cursor, first: Clause) -> object | None:
    """A stop, target or size in the unit of the first one if it names none."""
    if first.field in ("stop", "target"):
        bracket = _bracket(p, first.field)
        match bracket, first.value:
            case ast.Offset(ast.Number() as bare), ast.Offset(ast.Quantity(_, unit)):
                return ast.Offset(ast.Quantity(bare, unit))
            case _:
                return bracket
    amount = plain_number(p)
    match first.value:
        case ast.Lots() if amount is not None:
            p.accept("lot")
            return None if p.at("%", "percent", "mini", "micro") else ast.Lots(amount)
        case ast.Risk(_, base) if amount is not None:
            p.accept("%", "percent")
            return ast.Risk(amount, base)
        case _:
            return None


def _no_more(p: Cursor) -> Clause | None:
    return None


# ------------------------------------------------------------ stop and target


def _stop(p: Cursor) -> Clause | None:
    """`stop loss 30 pips`, `place the stop 5 pips below the low of the candle`, `SL = 25 pips`."""
    p.skip(*SET)
    if p.match(_STOP) is None or p.at("to break even", "to breakeven", "to entry", "and reverse", "trading"):
        return None
    p.skip("for trade", "on it", "order", "on trade") if p.at("for trade", "on it", "on trade") else None
    side = _side_of_noun(p)
    p.skip(*_EQUALS)
    _dash(p)
    other_end = p.trial(_other_end) if not side else None
    if other_end is not None:
        return other_end
    bracket = _bracket(p, "stop")
    return Clause("stop", bracket, side) if bracket is not None else None


def _other_end(p: Cursor) -> Clause | None:
    """`at the other end of the bar`, `at the opposite side of the range`: the low for a long, the high for a short."""
    p.accept("at", "on")
    if not p.accept(*_WORDS["other end"]):
        return None
    lines = dict(p.context.channels)
    if p.accept(*(f"of {range_}" for range_ in _WORDS["measured"])):
        if not {"range_low", "range_high"} <= set(lines):
            return None
        low, high = lines["range_low"], lines["range_high"]
    else:
        shift = p.trial(values.of_bar)
        if shift is None:
            return None
        low, high = (ast.Past(ast.Price(f), number(shift)) if shift else ast.Price(f) for f in ("low", "high"))
    ends = (("long", low), ("short", high))
    return Clause("several", tuple(Clause("stop", ast.Level(level), side, every=True) for side, level in ends))


def _side_of_noun(p: Cursor) -> str:
    """`stop for longs: ...`: the side between the noun and its value."""
    i = p.i
    side = side_after(p)
    if side and not p.at(":", "=", "is", "at", "of", "goes", "-"):
        p.i, side = i, ""
    return side


def _target(p: Cursor) -> Clause | None:
    """`take profit 60 pips`, `target: 1.5 times the distance from entry to stop`, `take profit at the upper band`."""
    p.skip(*SET)
    if p.match(_TARGET) is None:
        return None
    if p.base(-1) == "profit" and p.word(-2) not in ("take", "target") and not p.at("=", ":", "at", "target"):
        return None
    p.skip("target") if p.at("target") else None
    p.accept("after") if p.base(-1) in ("profit", "profits") else None
    side = _side_of_noun(p)
    p.skip(*_EQUALS)
    _dash(p)
    ratio = p.trial(aims.ratio)
    if ratio is not None:
        return replace(ratio, side=side)
    bracket = _bracket(p, "target")
    if p.at("of position", "of trade", "of it", "of lot"):
        return None  # "targets: 60% of the position at 25 pips" is a part of it
    return Clause("target", bracket, side) if bracket is not None else None


def _dash(p: Cursor) -> None:
    """A dash between a label and its value; a minus is glued to its number."""
    following = p.token(1)
    if p.at("-") and following is not None and not following.glued:
        p.i += 1


def _stop_after_distance(p: Cursor) -> Clause | None:
    """`a 30 pip stop loss`, `2 atr sl`, `a stop loss` after its distance."""
    p.skip(*SET)
    distance = read_distance(p)
    if distance is None or p.at("trailing"):
        return None
    p.skip("hard", "protective", "initial", "fixed", "of", "wide", "away", "as", "for", "my", *_IS_MY) if not p.at(
        "for break"
    ) else None
    if p.match(_STOP) is None or p.at("to break"):
        return None
    p.skip("below entry", "above entry", "from entry")
    return Clause("stop", ast.Offset(distance))


def _target_after_distance(p: Cursor) -> Clause | None:
    """`a 60 pip take profit`, `3R tp`, `two ATR target`."""
    p.skip(*SET)
    distance = p.trial(read_distance) or p.trial(_bare_distance)
    if distance is None:
        return None
    p.skip("of", "as", "for", "my", "fixed", *_IS_MY) if not p.at("of profit", "for break") else None
    if p.match(_TARGET) is None or (p.at(",") and p.base(-1) == "profit" and p.word(-2) != "take"):
        return None
    return Clause("target", ast.Offset(distance))


_IS_MY = tuple(f"{verb} {whose}".strip() for verb in ("is", "will is") for whose in ("my", "your", "our", ""))


def _bare_distance(p: Cursor) -> Expr | None:
    """`60 is your target`: a number whose unit is that of the stop (units.py)."""
    amount = plain_number(p)
    return amount if amount is not None and p.at(*_IS_MY) else None


def _reach(p: Cursor) -> Clause | None:
    """`take profit when the trade is up 2%`, `exit at 40 pips profit`."""
    first = p.i
    if not p.accept(*_WORDS["reach"]) and not (p.base(-1) == "or" and (p.at(*_RESULT) or p.accept(*_OCCASIONS))):
        return None
    loss = p.trial(_loss)
    if loss is not None:
        return Clause("stop", ast.Offset(loss))
    profit = p.trial(managing.profit_reached)
    said = {t.base for t in p.tokens[first : p.i]} | {t.word for t in p.tokens[first : p.i]}
    if profit is None or not said & _GAIN:
        return None
    return Clause("target", ast.Offset(profit))


_RESULT = ("gain of", "gains", "gain", "loses", "lose", "makes", "is up", "is down", "profit of", "loss of")
_OCCASIONS = ("once", "when", "if", "as soon as", "at", "with")
_GAIN = frozenset({"profit", "gain", "gains", "up", "ahead", "favour", "favor", "green", "r", "makes", "made"})
"""What shows that the result of the trade is meant, not an indicator."""


def _loss(p: Cursor) -> Expr | None:
    """`it is 30 pips down`, `a loss of 1%`, `the loss reaches 20 pips`."""
    p.skip("trade", "it", "position", "i", "we", "is", "am", "are", "have", "open")
    if p.accept("loss of", "loss reach", "loss is", "loss exceed", "down", "loses", "lose", "losing"):
        p.skip("at least", "more than", "by")
        return read_distance(p)
    distance = read_distance(p)
    return (
        distance
        if distance is not None
        and p.accept("in loss", "down", "of loss", "loss", "against me", "under water", "in red")
        else None
    )


@remembered
def read_distance(p: Cursor) -> Expr | None:
    """A distance: `30 pips`, `2 ATR`, `1.5 x ATR(14)`, `twice the risk`, `risk_mult * ATR(14)`, `1%`."""
    result = p.first_of(values.product, quantity)
    if result is None or not is_distance(result):
        return None
    return result


def _bracket(p: Cursor, what: str) -> ast.Offset | ast.Level | None:
    """A distance from the fill, or a price level; asks when a bare number could be either."""
    i = p.i
    said = p.i
    p.skip("exactly", "just", "a distance of", "about", "somewhere", "max", "fixed", "distance of", "away")
    if any(t.word in ("about", "somewhere", "max") for t in p.tokens[said : p.i]):
        p.note(f"A {what} of about or at most so much is taken to be just that.")
    if p.accept("at") or p.accept("the"):
        pass
    ratio = p.trial(lambda q: aims.ratio_number(q)) if p.kind(1) == "mark" and p.word(1) == ":" else None
    if ratio is not None and what == "target":
        return ast.Offset(ast.Quantity(ratio, "R"))
    one_r = risk_multiple(p)
    if one_r is not None and what == "target":
        return ast.Offset(one_r)
    away = p.trial(_from_entry)
    if away is not None:
        return ast.Offset(away)
    near = p.trial(_beyond)
    if near is not None:
        return ast.Level(near)
    value = p.trial(values.value)
    if value is None:
        p.i = i
        return None
    if is_distance(value):
        p.skip(*_WORDS["bracket filler"]) if not p.at(
            "below low", "under low", "above high", "below lower", "below it is"
        ) else None
        return ast.Offset(value)
    if is_price(value):
        p.skip(*_WORDS["at entry"])
        return ast.Level(value)
    if isinstance(value, ast.Number):
        if value.value % 1 and value.value.as_tuple().exponent <= -2:  # type: ignore[operator]
            return ast.Level(value)
        if p.at("lot", "dollar"):
            return None
        return ast.Offset(value)
    if isinstance(value, ast.Minus):
        p.questions.append(f"A negative {what} is impossible: a distance has to be above zero. What should it be?")
        return ast.Offset(value)
    return None


def price_of(p: Cursor) -> Expr | None:
    """A price by what it is of: an average, a band, a high; not a number."""
    value = values.value(p)
    return value if value is not None and is_price(value) and not isinstance(value, ast.Number) else None


def risk_multiple(p: Cursor) -> ast.Quantity | None:
    """`twice the risk`, `1.5 times that risk`, `3 to 1`, `2x`, `the same distance as the stop`, `risk times 2`."""
    i = p.i
    if p.accept(*_WORDS["risk multiple"]):
        p.skip("as stop", "as stop loss", "away")
        return ast.Quantity(number(1), "R")
    p.skip("to")
    if p.word() in MULTIPLES:
        factor: Expr | None = number(MULTIPLES[p.word()])
        p.i += 1
    else:
        factor = plain_number(p)
        if isinstance(factor, ast.Number) and p.accept(": 1", "to 1"):
            return ast.Quantity(factor, "R")
        if not p.accept("times", "x", "*"):
            factor = None if not p.at("to 1") else factor
    if isinstance(factor, (ast.Number, ast.Name)):
        p.skip(*_WORDS["risk multiple filler"])
        for noun in sorted(RISK_NOUNS, key=len, reverse=True):
            if p.accept(noun):
                p.skip("is", "away", "distance", "taken", "was", "in pips")
                return ast.Quantity(factor, "R")
    p.i = i
    if p.accept("risk") and p.accept("times", "*", "x"):
        factor = plain_number(p)
        if factor is not None:
            return ast.Quantity(factor, "R")
    p.i = i
    return None


def _from_entry(p: Cursor) -> Expr | None:
    """`2 ATR below the entry price`, `30 pips from entry`."""
    distance = p.first_of(values.multiple, quantity, read_distance)
    if distance is None or not is_distance(distance):
        return None
    if not p.accept("below", "above", "under", "over", "from", "away from", "beyond", "off", "beneath", "behind", "of"):
        return None
    spoken_of = any(t.base == "entry" for t in p.tokens[max(0, p.i - 16) : p.i])
    return distance if p.accept(*_ENTRY) or (spoken_of and p.accept("it")) else None


def _beyond(p: Cursor) -> Expr | None:
    """`below the low of the signal bar`, `under the lower band`: at that very price, an assumption."""
    if not p.accept(*_WORDS["beyond"]):
        return None
    said = p.base(-1)
    value = p.trial(values.value)
    if value is None or not is_price(value):
        return None
    if said != "on":
        p.note("A stop below or above a level, with no distance, stands at that level.")
    return value


# ------------------------------------------------------- what starts at a profit


# ------------------------------------------------------------- managing.partial exits
