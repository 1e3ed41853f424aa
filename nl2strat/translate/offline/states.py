"""Stage 5g: what a thing is or does by itself: turns up, is oversold, is green, touches a band, has been rising."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import atoms, conditions, predicates, runs, values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.kinds import is_price
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import count
from nl2strat.translate.offline.vocabulary.indicators import CENTRE, EXTREMES
from nl2strat.translate.offline.vocabulary.phrases import UP_WORDS

_WORDS = listed("states")


def turning(p: Cursor, subject: Expr) -> Expr | None:
    """`turns up`, `turns negative`, `flips from down to up`, `starts rising`, `changes to green`."""
    if predicates.verbs(p)[0]:
        return None
    turns = p.accept("turn", "flip", "change", "start", "reverse", "hook", "hooks", "ticks", "tick")
    if not turns and not p.at("from"):  # "goes from negative to positive"
        return None
    p.skip(*_WORDS["turning filler"])
    reversed_words = p.i
    if p.accept("from") and (p.match(UP_WORDS) is None or not p.accept("to", "into")):
        p.i = reversed_words
        return None
    p.skip("to", "in", "an", "a", "the")
    sar = p.trial(lambda q: _flip_of_sar(q, subject))
    if sar is not None:
        return sar
    if p.accept("rising", "to rise", "rise", "going up"):
        way: int | None = 1
        word = "up"
    elif p.accept("falling", "to fall", "fall", "going down"):
        way, word = -1, "down"
    else:
        word = p.word()
        way = p.match(UP_WORDS)
    if way is None:
        return None
    p.skip("below price", "above price", "again", "side") if p.at("again") else None
    inner = subject.value if isinstance(subject, (ast.Past, ast.OnTimeframe)) else subject
    name = inner.function if isinstance(inner, ast.Call) else ""
    side = "above" if way > 0 else "below"
    if name in ("supertrend", "supertrend_direction"):
        call = ast.Call("supertrend_direction", inner.arguments)  # type: ignore[union-attr]
        return ast.Cross(side, _rewrap(subject, call), number(0))  # type: ignore[arg-type]
    if name == "ha_close":
        return ast.Cross(side, subject, ast.Call("ha_open", ()))  # type: ignore[arg-type]
    if name == "psar":
        return ast.Cross(side, ast.Price("close"), subject)  # type: ignore[arg-type]
    if word in ("positive", "negative", "green", "red", "bullish", "bearish") and name in CENTRE:
        return ast.Cross(side, subject, number(CENTRE[name]))  # type: ignore[arg-type]
    if word in ("up", "down", "higher", "lower", "upward", "upwards", "downward", "downwards") and not isinstance(
        subject, ast.Number
    ):
        turn = ast.Call("turns_up" if way > 0 else "turns_down", (subject,))
        return _from_beyond(p, subject, turn)
    return None


def _from_beyond(p: Cursor, subject: Expr, turn: Expr) -> Expr | None:
    """`turns down from above 70`: it was there at the bar before."""
    i = p.i
    if not p.accept("from above", "from over", "from below", "from under"):
        return turn
    above = p.base(-1) in ("above", "over")
    level = p.trial(values.value)
    if level is None or isinstance(subject, ast.Past):
        p.i = i
        return turn
    before = ast.Past(subject, number(1))
    p.about(subject, level)
    return conditions.all_of([turn, ast.Compare(">" if above else "<", before, level)])


def _flip_of_sar(p: Cursor, subject: Expr) -> Expr | None:
    """`the SAR flips below the price`: up; `... above`: down."""
    inner = subject.value if isinstance(subject, (ast.Past, ast.OnTimeframe)) else subject
    if not isinstance(inner, ast.Call) or inner.function != "psar" or not p.accept("below", "above", "under", "over"):
        return None
    up = p.base(-1) in ("below", "under")
    p.accept("price", "bar", "close", "market", "it")
    return ast.Cross("above" if up else "below", ast.Price("close"), subject)


def _rewrap(subject: Expr, inner: Expr) -> Expr:
    if isinstance(subject, ast.OnTimeframe):
        return ast.OnTimeframe(inner, subject.timeframe)
    return ast.Past(inner, subject.bars) if isinstance(subject, ast.Past) else inner


def state(p: Cursor, value: Expr, subject: Expr, is_bar: bool) -> Expr | None:
    """`is positive`, `is oversold`, `is green`, `closes green`, `is bullish`, `touches the band`."""
    negated, _ = predicates.verbs(p)
    result = p.first_of(
        lambda q: _sign(q, value, subject),
        lambda q: _extreme_zone(q, value, subject),
        lambda q: _zone_crossed(q, value, subject),
        lambda q: _pattern(q, is_bar),
        lambda q: _colour(q, value, is_bar),
        lambda q: _touch(q, is_bar),
    )
    return conditions.negated(result) if result is not None and negated else result


def _sign(p: Cursor, value: Expr, subject: Expr) -> Expr | None:
    positive = p.accept("positive")
    if not positive and not p.accept("negative"):
        return None
    inner = value.value if isinstance(value, (ast.Past, ast.OnTimeframe)) else value
    if not isinstance(inner, ast.Call) or inner.function not in CENTRE:
        return None
    return ast.Compare(">" if positive else "<", subject, number(CENTRE[inner.function]))


def _extreme_zone(p: Cursor, value: Expr, subject: Expr) -> Expr | None:
    p.skip("in", "an", "a", "into", "territory")
    over = p.accept("overbought territory", "overbought zone", "overbought area", "overbought region", "overbought")
    if not over and not p.accept("oversold territory", "oversold zone", "oversold area", "oversold region", "oversold"):
        return None
    inner = value.value if isinstance(value, (ast.Past, ast.OnTimeframe)) else value
    name = inner.function if isinstance(inner, ast.Call) else ""
    if name not in EXTREMES:  # a price has no such zone, and which oscillator should measure it was not said
        return None
    level = EXTREMES[name][1 if over else 0]
    p.note(f'"{"overbought" if over else "oversold"}" is {name} {"above" if over else "below"} {level}.')
    limit: Expr = ast.Minus(number(-level)) if level < 0 else number(level)
    p.about(None, limit)
    return ast.Compare(">" if over else "<", subject, limit)


def _zone_crossed(p: Cursor, value: Expr, subject: Expr) -> Expr | None:
    """`leaves oversold territory`, `enters the overbought zone`: the bar on which it does."""
    leaves = p.accept(*_WORDS["leaves"])
    if not leaves and not p.accept(*_WORDS["enters"]):
        return None
    zone = p.trial(lambda q: _extreme_zone(q, value, subject))
    if not isinstance(zone, ast.Compare):
        return None
    up = (zone.operator == ">") is not leaves
    return ast.Cross("above" if up else "below", value, zone.right)


def _colour(p: Cursor, value: Expr, is_bar: bool) -> Expr | None:
    p.skip("closes", "a", "close")
    way = p.match(
        Phrases(
            {
                "green": 1,
                "bullish": 1,
                "red": -1,
                "bearish": -1,
                "up": 1,
                "down": -1,
                "white": 1,
                "black": -1,
                "bullish bar": 1,
                "green bar": 1,
                "red bar": -1,
                "bearish bar": -1,
                "up bar": 1,
                "down bar": -1,
                "higher than it open": 1,
                "lower than it open": -1,
                "higher than they open": 1,
                "lower than they open": -1,
                "above it open": 1,
                "below it open": -1,
                "in green": 1,
                "in red": -1,
            }
        )
    )
    if way is None or p.at("through", "by", "from"):
        return None
    inner = value.value if isinstance(value, (ast.Past, ast.OnTimeframe)) else value
    if isinstance(inner, ast.Call) and inner.function in ("supertrend", "supertrend_direction"):
        return ast.Compare(">" if way > 0 else "<", ast.Call("supertrend_direction", inner.arguments), number(0))
    if (
        isinstance(inner, ast.Call)
        and inner.function in ("macd_hist", "awesome", "macd")
        and p.word(-1) in ("green", "red", "bullish", "bearish")
    ):
        return ast.Compare(">" if way > 0 else "<", inner, number(0)) if p.word(-1) in ("bullish", "bearish") else None
    if not is_bar:
        return None
    result: Expr = ast.Call("green" if way > 0 else "red", ())
    return ast.Past(result, number(p.context.bar)) if p.context.bar else result


def _pattern(p: Cursor, is_bar: bool) -> Expr | None:
    """`the bar is an inside bar`, `the candle was a hammer`."""
    return atoms.pattern(p) if is_bar and p.base(-1) == "is" else None


def _touch(p: Cursor, is_bar: bool) -> Expr | None:
    """`touches the lower band`: the low reaches down to it, the high up to it."""
    wick = (
        p.context.subject
        if isinstance(p.context.subject, ast.Price) and p.context.subject.field in ("low", "high")
        else None
    )
    if not (is_bar or wick) or not p.accept("touch", "reach", "come down to", "trade at", "test", "tests"):
        return None
    level = values.value(p)
    if level is None or not is_price(level):
        return None
    p.about(None, level)
    if isinstance(wick, ast.Price):
        return ast.Compare("<=" if wick.field == "low" else ">=", wick, level)
    name = next((n.function for n in ast.walk(level) if isinstance(n, ast.Call)), "")
    field = next((n.field for n in ast.walk(level) if isinstance(n, ast.Price)), "")
    if name.endswith("lower") or name == "lowest" or field == "low":
        p.note('"touches" means that the low of the bar reaches the level.')
        return ast.Compare("<=", ast.Price("low"), level)
    if name.endswith("upper") or name == "highest" or field == "high":
        p.note('"touches" means that the high of the bar reaches the level.')
        return ast.Compare(">=", ast.Price("high"), level)
    p.note('"touches" means that the level lies between the low and the high of the bar.')
    return ast.AllOf((ast.Compare("<=", ast.Price("low"), level), ast.Compare(">=", ast.Price("high"), level)))


def moving(p: Cursor, subject: Expr) -> Expr | None:
    """`is rising`, `has been falling for 3 bars`, `rises for 3 bars in a row`."""
    negated, _ = _verbs_without_going(p)
    up = p.accept(*_WORDS["moving"])
    if not up and not p.accept(*_WORDS["moving 2"]):
        return None
    if predicates.starts_comparison(p) or p.at("through", "to", "back", "by"):
        return None
    length: Expr = number(1)
    i = p.i
    if p.accept("for", "over", "in", "during"):
        p.skip("last", "at least", "past", "each of last", "previous")
        nth = p.trial(runs.nth_in_a_row)
        bars = count(p) if nth is None else nth
        p.skip("consecutive", "straight")
        if bars is not None and p.accept("bar", "period", "day", "hour", "time"):
            length = bars
            p.skip("in a row", "in row", "running", "straight", "consecutively")
        else:
            p.i = i
    else:
        bars = count(p)
        p.skip("consecutive", "straight")
        if bars is not None and p.accept(
            "bar in a row", "bar in row", "time in a row", "times in a row", "bar running", "bar", "times in row"
        ):
            length = bars
        else:
            p.i = i
    result: Expr = ast.Call("rising" if up else "falling", (subject, length))
    return conditions.negated(result) if negated else result


def _verbs_without_going(p: Cursor) -> tuple[bool, bool]:
    negated = False
    while True:
        if p.accept("not"):
            negated = not negated
        elif not p.accept(
            "is",
            "have",
            "will",
            "still",
            "currently",
            "does",
            "start",
            "been",
            "has",
            "keeps",
            "now",
            "itself",
            "all",
            "both",
        ):
            return negated, False
