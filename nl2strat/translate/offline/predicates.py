"""Stage 5f: what is said of a subject: `is above 70`, `crosses back below`, `closes in the top quarter of its range`."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import conditions, crossings, values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.extremes import leave_out_signal_bar
from nl2strat.translate.offline.kinds import is_distance, is_price
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import count, quantity
from nl2strat.translate.offline.subjects import Subject
from nl2strat.translate.offline.vocabulary.indicators import CENTRE, EXTREMES
from nl2strat.translate.offline.vocabulary.phrases import COMPARE, CROSSING, GO, MORE_OR_LESS, MULTIPLES, UP_WORDS

_WORDS = listed("predicates")

STARTS = frozenset(
    {
        *GO,
        *CROSSING,
        "is",
        "have",
        "turn",
        "flip",
        "change",
        "touch",
        "rising",
        "falling",
        "not",
        "will",
        "exceed",
        "closes",
        "does",
        "remain",
        "start",
    }
)
_AUXILIARY = _WORDS["auxiliary"]


def starts_comparison(p: Cursor) -> bool:
    """Whether a comparison ("above", ">", "at least") stands here."""
    return COMPARE.match(p.tokens, p.i) is not None


def predicate(p: Cursor, about: Subject) -> Expr | None:
    """A predicate of the subject; remembers the subject and what it was compared with."""
    is_bar = about.is_bar
    shifted = (
        _shift(p, about.value)
        if about.said and not isinstance(about.value, (ast.Past, ast.OnTimeframe))
        else about.value
    )
    outer = p.context.subject
    p.about(about.value, None)
    if about.said and about.is_bar and outer is not None and not is_price(outer):
        p.about(about.value, None)
    return p.first_of(
        lambda q: crossings.crossing(q, about, shifted),
        lambda q: _position_in_range(q, is_bar),
        lambda q: _between(q, shifted),
        lambda q: _record(q, shifted, is_bar),
        lambda q: _by_distance(q, shifted),
        lambda q: _comparison(q, about, shifted),
        lambda q: _turning(q, about.value),
        lambda q: _state(q, about.value, shifted, is_bar),
        lambda q: _moving(q, shifted),
        lambda q: _in_definition(q),
    )


def _shift(p: Cursor, value: Expr) -> Expr:
    """The value on the bar that is spoken of."""
    bar = p.context.bar
    return ast.Past(value, number(bar)) if bar and not isinstance(value, ast.Number) else value


def _verbs(p: Cursor) -> tuple[bool, bool]:
    """Takes auxiliaries and verbs of going; (negated, with "back")."""
    negated = back = False
    while True:
        if p.accept("not"):
            negated = not negated
        elif p.accept("back", "again"):
            back = True
        elif p.at("at least", "at most", "not below") or not (
            p.accept(*_AUXILIARY) or (p.base() in GO and not p.at("reach", "close at", "hold for") and p.accept(*GO))
        ):
            break
    return negated, back


def _comparison(p: Cursor, about: Subject, subject: Expr) -> Expr | None:
    """`is above 70`, `drops below the lower band`, `>= 25`, `reaches 70`, `opens above yesterday's high`."""
    if about.is_bar and p.accept("open"):
        subject = ast.Price("open")
    elif p.accept("opened"):
        subject = ast.Price("open")
    p.skip("of", "reading", "readings", "a reading of", "value") if p.at("of", "reading") else None
    negated, back = _verbs(p)
    operator = p.match(COMPARE)
    if operator is None and p.accept("reach"):
        operator = ">="
    if operator is None and p.word() in MULTIPLES:
        operator = ">="
        p.note('"is twice" means at least twice.')
    exactly = operator is None and p.accept("at")
    if exactly:
        operator = "=="
    if operator is None:
        return None
    p.skip("back", "that of", "value of", "both", "all of", "all", "either") if not p.at("either") else None
    compared = _compared(p, about.value)
    if compared is None or (exactly and not isinstance(compared, ast.Number)):
        return None
    if isinstance(compared, ast.Quantity):
        if compared.unit != "%" or not isinstance(compared.amount, ast.Number):
            return None
        compared = compared.amount
    chained = _chain(p, operator, compared)
    targets = [compared] if chained else [compared, *_more_targets(p, compared)]
    parts = []
    for target in targets:
        target = _same_timeframe(p, about.value, leave_out_signal_bar(p, about.value, target))
        target = _same_bar(p, about.value, target)
        parts.append(ast.Compare(operator, subject, target))
    parts += chained
    p.skip("now", "right now", "at moment", "at present", "at same time", "at that time")
    if not chained and p.at("or") and (others := _alternatives(p, targets[-1])):
        either = [
            ast.Compare(operator, subject, leave_out_signal_bar(p, about.value, t)) for t in (targets[-1], *others)
        ]
        p.about(about.value, others[-1])
        return conditions.negated(conditions.any_of(either)) if negated else conditions.any_of(either)
    p.about(about.value, targets[-1])
    if back and not negated and p.context.bar == 0:
        return _soft(p, parts, operator)
    result = conditions.all_of(parts)
    return conditions.negated(result) if negated else result


def _chain(p: Cursor, operator: str, left: Expr) -> list[Expr]:
    """`EMA 9 > EMA 21 > EMA 50`: each is compared with the next."""
    parts: list[Expr] = []
    while True:
        i, context = p.i, p.context
        following = p.match(COMPARE)
        right = p.trial(values.value) if following == operator else None
        if right is None:
            p.i, p.context = i, context
            return parts
        parts.append(ast.Compare(operator, left, right))  # type: ignore[arg-type]
        left = right


def _soft(p: Cursor, parts: list[Expr], operator: str) -> Expr:
    """ "closes back above": it was not above before. As an exit that is a plain level (see assemble.py)."""
    part = parts[0]
    if operator not in (">", "<") or not isinstance(part, ast.Compare) or len(parts) > 1:
        return conditions.all_of(parts)
    cross = ast.Cross("above" if operator == ">" else "below", part.left, part.right)
    p.context = replace(p.context, soft=(*p.context.soft, cross))
    return cross


def _compared(p: Cursor, subject: Expr) -> Expr | None:
    """The other side: a value, the subject on an earlier bar ("than the bar before"), or what was compared last."""
    if p.accept("it was", "they were", "it were"):
        bars = count(p)
        if isinstance(bars, (ast.Number, ast.Name)) and p.accept(
            "bar ago", "bar earlier", "bar before", "day ago", "hour ago"
        ):
            return ast.Past(subject, bars)
        return (
            ast.Past(subject, number(1))
            if p.accept("on previous bar", "bar before", "before", "at previous bar")
            else None
        )
    earlier = not p.at(*_WORDS["compared ahead"])
    if earlier and p.accept(*_WORDS["compared"]):
        return ast.Past(subject, number(1)) if not isinstance(subject, ast.Past) else subject
    bars_first = p.i
    bars = count(p)
    if isinstance(bars, ast.Number) and p.accept("bar ago", "bar earlier", "day ago"):
        return ast.Past(subject, bars)
    p.i = bars_first
    cloud = _cloud(p)
    if cloud is not None:
        return cloud
    result = values.value(p)
    if result is not None:
        return result
    if p.context.object is not None and _ends(p):
        return p.context.object
    return None


def _ends(p: Cursor) -> bool:
    """Whether the clause is over here: what was compared may be left out."""
    return p.kind() in ("", "break") or p.base() in (";", *_WORDS["ends"])


def _cloud(p: Cursor) -> Expr | None:
    """`above the cloud` is above its top, `below the cloud` below its bottom."""
    below = COMPARE.match(p.tokens, p.i - 1)
    if not p.at("cloud", "ichimoku cloud", "kumo", "kumo cloud", "ichimoku kumo"):
        return None
    p.accept("ichimoku")
    p.accept("kumo cloud", "cloud", "kumo")
    if p.accept("("):
        _cloud_comment(p)
    return ast.Call("cloud_bottom" if below and below[0] in ("<", "<=") else "cloud_top", ())


def _cloud_comment(p: Cursor) -> None:
    """`(both spans as displayed at the current bar, that is, shifted 26 bars forward)`: what the registry does."""
    while not p.accept(")"):
        token = p.token()
        if token is None or (token.kind == "number" and token.word != "26"):
            p.questions.append("The cloud is drawn 26 bars ahead; another shift is not supported yet.")
            return
        p.i += 1


def _more_targets(p: Cursor, first: Expr) -> list[Expr]:
    """`above the 50 SMA and the 200 SMA`: further values with the same comparison."""
    found: list[Expr] = []
    if isinstance(first, (ast.Number, ast.Minus)):
        return found
    while True:
        i, context = p.i, p.context
        target = p.trial(values.value) if p.accept("and", ", and", ",") else None
        plain = target is None or isinstance(target, (ast.Number, ast.Quantity, ast.Minus))
        if (
            plain
            or p.base() in STARTS
            or starts_comparison(p)
            or is_distance(target)
            or p.at("'s", "of", "between", "in", "position")
        ):  # type: ignore[arg-type]
            p.i, p.context = i, context
            return found
        found.append(target)  # type: ignore[arg-type]


def _alternatives(p: Cursor, first: Expr) -> list[Expr]:
    """`above the 50 EMA or the 100 EMA`: one of them is enough."""
    if isinstance(first, (ast.Number, ast.Minus)):
        return []
    i, context = p.i, p.context
    target = p.trial(values.value) if p.accept("or") else None
    plain = target is None or isinstance(target, (ast.Number, ast.Quantity, ast.Minus))
    if plain or p.base() in STARTS or starts_comparison(p) or p.at("'s", "of", "between", "in"):
        p.i, p.context = i, context
        return []
    return [target]  # type: ignore[list-item]


def _same_timeframe(p: Cursor, subject: Expr, compared: Expr) -> Expr:
    """`the daily close is above the 50 EMA`: the average is a daily one too."""
    if not isinstance(subject, ast.OnTimeframe) or isinstance(
        compared, (ast.OnTimeframe, ast.Number, ast.Minus, ast.Name)
    ):
        return compared
    if any(isinstance(n, ast.OnTimeframe) for n in ast.walk(compared)):
        return compared
    return ast.OnTimeframe(compared, subject.timeframe)


def _same_bar(p: Cursor, subject: Expr, compared: Expr) -> Expr:
    """`the previous close was below the 20 SMA`: below where the average stood then."""
    if not isinstance(subject, ast.Past) or not isinstance(subject.bars, ast.Number) or p.context.bar:
        return compared
    shifted = any(isinstance(n, (ast.Past, ast.OnTimeframe)) for n in ast.walk(compared))
    if shifted or not isinstance(compared, ast.Call) or compared.function in ("highest", "lowest"):
        return compared
    p.note("An earlier bar is compared with the indicator of that bar.")
    return ast.Past(compared, subject.bars)


def _between(p: Cursor, subject: Expr) -> Expr | None:
    """`is between 40 and 60`, `is not between ...`."""
    negated, _ = _verbs(p)
    if not p.accept("between", "in between", "somewhere between", "in range", "within range of", "inside range of"):
        return None
    p.skip("from", "of")
    low = values.value(p)
    if low is None or not p.accept("and", "to", "-"):
        return None
    high = values.value(p)
    if high is None:
        return None
    if (
        not is_price(low)
        and isinstance(low, (ast.Number, ast.Minus))
        and isinstance(high, (ast.Number, ast.Minus))
        and _number(low) > _number(high)
    ):
        low, high = high, low
    inside = ast.AllOf((ast.Compare(">", subject, low), ast.Compare("<", subject, high)))
    return conditions.negated(inside) if negated else inside


def _number(value: Expr) -> ast.Decimal:
    if isinstance(value, ast.Minus):
        return -_number(value.value)
    return value.value if isinstance(value, ast.Number) else ast.Decimal(0)


def _record(p: Cursor, subject: Expr, is_bar: bool) -> Expr | None:
    """`is the lowest of the last 50 bars`, `is at its highest in 20 bars`, `makes a new 20-bar high`."""
    _verbs(p)
    makes = p.accept("make", "makes", "made", "hits", "hit", "set", "reach", "print", "post", "posts")
    p.skip("at", "on", "its", "new", "a", "for")
    if is_bar and makes:
        level = p.trial(values.value)
        inner = level.value if isinstance(level, ast.Past) else level
        if not isinstance(inner, ast.Call) or inner.function not in ("highest", "lowest"):
            return None
        top = inner.function == "highest"
        return ast.Compare(">" if top else "<", ast.Price("high" if top else "low"), ast.Past(inner, number(1)))
    top = p.accept("highest", "maximum", "largest", "biggest")
    if not top and not p.accept("lowest", "minimum", "smallest", "narrowest"):
        return None
    p.skip(*_WORDS["record filler"])
    if not p.accept("of", "in", "over", "for", "within", "during"):
        return None
    p.skip("last", "past")
    length = count(p)
    if length is None or not p.accept("bar", "period", "closes", "value", "values"):
        return None
    return ast.Compare(">=" if top else "<=", subject, ast.Call("highest" if top else "lowest", (subject, length)))


def _by_distance(p: Cursor, subject: Expr) -> Expr | None:
    """`is more than two ATRs below the 20 EMA`, `closes at least 10 pips above the high`, `is 1% above ...`."""
    negated, _ = _verbs(p)
    p.accept("by") if p.at("by") else None
    more = p.match(MORE_OR_LESS)
    p.accept("a", "full")
    distance = p.first_of(values._multiple, quantity)
    if distance is None or not is_distance(distance):
        return None
    p.skip("or more", "away from") if p.at("or more") else None
    above = p.match(
        Phrases(
            {
                "above": True,
                "over": True,
                "higher than": True,
                "below": False,
                "under": False,
                "lower than": False,
                "beneath": False,
                "more than": True,
                "less than": False,
                "underneath": False,
                "beyond": True,
            }
        )
    )
    if above is None:
        return None
    base = p.trial(lambda q: _compared(q, subject))
    if base is None or isinstance(base, (ast.Number, ast.Quantity)):
        return None
    p.about(None, base)
    kind, strict = more or ("more", False)
    if isinstance(distance, ast.Quantity) and distance.unit == "%" and isinstance(distance.amount, ast.Number):
        share = distance.amount.value / 100
        edge: Expr = ast.Arithmetic("*", base, number(str(1 + share if above else 1 - share)))
    else:
        edge = ast.Arithmetic("+" if above else "-", base, distance)
    beyond = above if kind == "more" else not above
    operator = (">" if beyond else "<") + ("" if strict else "=")
    result: Expr = ast.Compare(operator, subject, edge)  # type: ignore[arg-type]
    return conditions.negated(result) if negated else result


_PARTS = {"quarter": "0.25", "third": "0.333333333", "half": "0.5", "fifth": "0.2", "tenth": "0.1"}


def _position_in_range(p: Cursor, is_bar: bool) -> Expr | None:
    """`closes in the top quarter of its range`, `near the high: in the upper 20 % of the bar`."""
    _verbs(p)
    p.accept("closes", "close", "closing", "finish", "finishes")
    if not p.accept("in", "within", "inside", "into"):
        return None
    top = p.accept("top", "upper", "highest")
    if not top and not p.accept("bottom", "lower", "lowest"):
        return None
    share: Expr | None = None
    if p.word() in _PARTS:
        share = number(_PARTS[p.word()])
        p.i += 1
    elif (percent := quantity(p)) is not None and percent.unit == "%" and isinstance(percent.amount, ast.Number):
        share = ast.Number(percent.amount.value / 100)
    if share is None:
        return None
    if not _ends(p) and not p.accept(*_WORDS["position in range"]):
        return None
    if _PARTS["third"] == str(getattr(share, "value", "")):
        part: Expr = ast.Arithmetic("/", ast.Call("range", ()), number(3))
    else:
        part = ast.Arithmetic("*", share, ast.Call("range", ()))
    close = ast.Price("close")
    if top:
        return ast.Compare(">=", close, ast.Arithmetic("-", ast.Price("high"), part))
    return ast.Compare("<=", close, ast.Arithmetic("+", ast.Price("low"), part))


def _turning(p: Cursor, subject: Expr) -> Expr | None:
    """`turns up`, `turns negative`, `flips from down to up`, `starts rising`, `changes to green`."""
    _verbs(p)
    if not p.accept("turn", "flip", "change", "start", "reverse", "hook", "hooks", "ticks", "tick"):
        return None
    p.skip(*_WORDS["turning filler"])
    reversed_words = p.i
    if p.accept("from"):
        if p.match(UP_WORDS) is None or not p.accept("to", "into"):
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
    if name == "psar":
        return ast.Cross(side, ast.Price("close"), subject)  # type: ignore[arg-type]
    if word in ("positive", "negative", "green", "red", "bullish", "bearish") and name in CENTRE:
        return ast.Cross(side, subject, number(CENTRE[name]))  # type: ignore[arg-type]
    if word in ("up", "down", "higher", "lower", "upward", "upwards", "downward", "downwards") and not isinstance(
        subject, ast.Number
    ):
        return ast.Call("turns_up" if way > 0 else "turns_down", (subject,))
    return None


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


def _state(p: Cursor, value: Expr, subject: Expr, is_bar: bool) -> Expr | None:
    """`is positive`, `is oversold`, `is green`, `closes green`, `is bullish`, `touches the band`."""
    negated, _ = _verbs(p)
    result = p.first_of(
        lambda q: _sign(q, value, subject),
        lambda q: _extreme_zone(q, value, subject),
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
    name = inner.function if isinstance(inner, ast.Call) else "rsi"
    if name not in EXTREMES:
        if not isinstance(inner, ast.Price):
            return None
        name, subject = "rsi", ast.Call("rsi", ())
    level = EXTREMES[name][1 if over else 0]
    p.note(f'"{"overbought" if over else "oversold"}" is {name} {"above" if over else "below"} {level}.')
    limit: Expr = ast.Minus(number(-level)) if level < 0 else number(level)
    p.about(None, limit)
    return ast.Compare(">" if over else "<", subject, limit)


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


def _moving(p: Cursor, subject: Expr) -> Expr | None:
    """`is rising`, `has been falling for 3 bars`, `rises for 3 bars in a row`."""
    negated, _ = _verbs_without_going(p)
    up = p.accept(*_WORDS["moving"])
    if not up and not p.accept(*_WORDS["moving 2"]):
        return None
    if starts_comparison(p) or p.at("through", "to", "back", "by"):
        return None
    length: Expr = number(1)
    i = p.i
    if p.accept("for", "over", "in", "during"):
        p.skip("last", "at least", "past", "each of last", "previous")
        bars = count(p)
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


def _in_definition(p: Cursor) -> Expr | None:
    """`was in a squeeze`, `is not`: a condition the text defined, on the bar that is spoken of."""
    negated, _ = _verbs(p)
    p.skip("in", "a", "an", "during", "part of")
    names = [n for n, _ in p.context.definitions if n not in ("included", "such")]
    found = next((p.definition(n) for n in sorted(names, key=len, reverse=True) if p.accept(n)), None)
    if found is None and names and _ends(p) and (negated or p.base(-1) == "is"):
        found = p.definition(names[-1])
    if found is None:
        return None
    p.context = replace(p.context, used=(*p.context.used, found))
    result: Expr = ast.Past(found, number(p.context.bar)) if p.context.bar else found
    return conditions.negated(result) if negated else result


def _cloud_any(p: Cursor) -> Expr | None:
    """The cloud after a crossing verb: the word before says which edge."""
    return _cloud(p) if p.at("cloud", "ichimoku cloud", "kumo", "kumo cloud") else None
