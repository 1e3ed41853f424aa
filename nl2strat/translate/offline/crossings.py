"""Events: `crosses above`, `breaks out above`, `is crossed upwards`, `golden cross`, `a 10/30 SMA crossover`."""

from __future__ import annotations

from decimal import Decimal

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import conditions, indicators, pairs, predicates, values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.kinds import as_level, is_price
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.subjects import Subject, subject
from nl2strat.translate.offline.vocabulary.phrases import DIRECTION

_WORDS = listed("crossings")

_AFTER_CROSS = ("with", "sl", "tp", "stop", "target", "buy", "long", "short", "sell", "then", "only", "while")
"""What may follow a cross that names no level."""

_HELPERS = (
    "is",
    "have",
    "will",
    "to",
    "does",
    "then",
    "now",
    "just",
    "which",
    "that",
    "ever",
    "also",
    "has",
    "both",
    "start",
)
_SIGNALS = {
    "macd": ("macd", "macd_signal"),
    "stoch_k": ("stoch_k", "stoch_d"),
    "stoch_rsi_k": ("stoch_rsi_k", "stoch_rsi_d"),
}


def crossing(p: Cursor, about: Subject, shifted: Expr) -> Expr | None:
    """A crossing of the subject: active, passive, or with a verb of going and "through"."""
    negated = False
    while True:
        if p.accept("not"):
            negated = not negated
        elif not p.accept(*_HELPERS):
            break
    passive = p.base(-1) == "is" and p.word() == "crossed"
    if p.base(-1) == "is" and p.word() == "broken" and not p.at("broken above", "broken below", "broken by"):
        return None  # what is broken is the level: see related.py
    if p.accept("make a cross", "makes a cross", "make a crossover", "makes a crossover", "produce a cross"):
        pass
    elif not p.accept("cross", "crossover", "break", "cut", "pierce", "breakout", "x"):
        if not (
            p.base()
            in ("go", "move", "rise", "fall", "push", "pushes", "come", "pass", "passes", "shoots", "slice", "slices")
            and p.at(*(f"{p.base()} {way}" for way in _WORDS["crossing"]))
        ):
            return None
        verb = p.base()
        p.i += 1
        p.note(f'"{verb} through" is read as a crossing.')
        way = "above" if verb in ("rise", "push", "pushes") else "below" if verb == "fall" else None
        p.skip("back")
        if p.accept("up through", "upwards through"):
            way = "above"
        elif p.accept("down through", "downwards through"):
            way = "below"
        p.accept("through")
        return _finish(p, about, shifted, way, passive=False, negated=negated)
    return _finish(p, about, shifted, None, passive=passive, negated=negated)


def _finish(p: Cursor, about: Subject, shifted: Expr, way: str | None, *, passive: bool, negated: bool) -> Expr | None:
    p.skip("back", "again", "out", "over to", "its way", "decisively") if not p.at("out of") else None
    returning = p.word(-1) in ("back", "again")
    breaking = p.base(-1) == "break" or p.word(-2) in ("breaks", "break", "broke")
    way = _way(p) or way
    p.skip("back", "through", "its own", "value of", "both", "up through") if not p.at("through from") else None
    p.accept("level of")
    other = p.trial(lambda q: _other(q, about, passive))
    way = way or _way(p)
    if other is not None:
        late = p.i
        if p.accept("from below", "upwards", "to upside", "upward", "from underneath"):
            way = way or "above"
        elif p.accept("from above", "downwards", "to downside", "downward"):
            way = way or "below"
        else:
            p.i = late
    if passive and p.accept("by"):
        agent = p.trial(lambda q: _agent(q))
        return _cross(p, way, agent, about.value, negated) if agent is not None else None
    if isinstance(about.value, (ast.Number, ast.Minus)):
        known = other if other is not None else p.context.object if _is_series(p.context.object) else _last_series(p)
        return _cross(p, way, known, about.value, negated) if known is not None else None
    if other is None:
        other = predicates.level_before(p, about.value, way or "")
        if other is None or not predicates.ends(p):
            return None
    other = predicates.same_timeframe(p, about.value, other)
    if way is None:
        if breaking and (about.is_bar or about.value == ast.Price("close")):
            way = natural_way(other)
        if way is None and returning:
            ways = [w for known, level, w in p.context.levels if w and (known, level) == (about.value, other)]
            way = {"above": "below", "below": "above"}[ways[-1]] if ways else None
        if way is None:
            p.questions.append("Crosses in which direction: above or below?")
            way = "above"
    said = [t.word for t in p.tokens[max(0, p.i - 12) : p.i] if t.base in ("cross", "break", "go", "move")]
    happened = bool(said) and said[-1] in ("crossed", "broke", "went", "moved")
    level = isinstance(other, ast.Past) and isinstance(other.value, ast.Price)  # "crossed above the high 3 bars ago"
    ago = predicates.trailing_ago(p, about.value, other, both=happened and not level)
    if ago is not None:
        p.about(about.value, ago[0], way)
        crossed = _cross(p, way, about.value, ago[0], negated=False)
        past = ast.Past(crossed, ago[1]) if crossed is not None else None
        return conditions.negated(past) if past is not None and negated else past
    p.about(about.value, other, way)
    del shifted
    return _cross(p, way, about.value, other, negated)


def _way(p: Cursor) -> str | None:
    if p.at("up", "down") and not p.at("up through", "down through", "up above", "down below", "up over", "down under"):
        word = p.word()
        p.i += 1
        p.accept(*(("and over", "and above", "over", "above") if word == "up" else ("and under", "below", "under")))
        p.accept("through")
        return "above" if word == "up" else "below"
    way = p.match(DIRECTION)
    if way is not None:
        p.accept("through", "of")
    return way


def _other(p: Cursor, about: Subject, passive: bool) -> Expr | None:
    if passive and p.at("by"):
        return None
    found = predicates.edge_any(p)
    if found is not None:
        return found
    result = values.value(p)
    return as_level(result, about.value) if result is not None else None


def _agent(p: Cursor) -> Expr | None:
    found = subject(p)
    return found.value if found else None


def _is_series(value: Expr | None) -> bool:
    return value is not None and not isinstance(value, (ast.Number, ast.Minus, ast.Name))


def _last_series(p: Cursor) -> Expr | None:
    if _is_series(p.context.subject):
        return p.context.subject
    return p.context.mentions[-1] if p.context.mentions else None


def natural_way(level: Expr) -> str | None:
    """A break of a high is upwards, of a low downwards."""
    names = {n.function for n in ast.walk(level) if isinstance(n, ast.Call)} | {
        n.field for n in ast.walk(level) if isinstance(n, ast.Price)
    }
    if names & {"highest", "dc_upper", "bb_upper", "kc_upper", "swing_high", "yesterday_high", "high"} and not names & {
        "low"
    }:
        return "above"
    if names & {"lowest", "dc_lower", "bb_lower", "kc_lower", "swing_low", "yesterday_low", "low"} and not names & {
        "high"
    }:
        return "below"
    return None


def _cross(p: Cursor, way: str | None, left: Expr | None, right: Expr, negated: bool) -> Expr | None:
    if left is None or way is None:
        return None
    bar = p.context.bar
    result: Expr = ast.Cross(way, _plain(left, bar), _plain(right, bar))  # type: ignore[arg-type]
    if bar:
        result = ast.Past(result, number(bar))
    return conditions.negated(result) if negated else result


def _plain(value: Expr, bar: int) -> Expr:
    """Takes off the shift that the spoken-of bar put on a value: the crossing as a whole is shifted."""
    if bar and isinstance(value, ast.Past) and isinstance(value.bars, ast.Number) and value.bars.value == bar:
        return value.value
    return value


# ------------------------------------------------------------ crossings as nouns


def crossover_noun(p: Cursor) -> Expr | None:
    """`golden cross`, `a bullish crossover of the 10 and 30 EMA`, `MACD bullish cross`, `break of the 20-day high`."""
    return p.first_of(_golden, _pair_cross, _cross_of, _break_of, _called, _once_more)


def _golden(p: Cursor) -> Expr | None:
    """`50/200 golden cross`: the simple 50 average crosses the simple 200, unless the text says otherwise."""
    named = p.trial(pairs.average_pair)
    lengths = p.trial(pairs.pair) if named is None else None
    kind = p.match(indicators.averages()) if lengths or (named is None and p.at("sma", "ema")) else None
    if p.accept("golden cross", "golden crossover", "golden x"):
        way = "above"
    elif p.accept("death cross", "death crossover", "death x", "dead cross"):
        way = "below"
    else:
        return None
    if named is not None:
        p.about(*named)
        return ast.Cross(way, *named)  # type: ignore[arg-type]
    if lengths is None and p.at("("):
        i = p.i
        p.i += 1
        lengths = p.trial(pairs.pair)
        kind = kind or p.match(indicators.averages())
        if lengths is None or not p.accept(")"):
            p.i, lengths = i, None
    if lengths is None and p.accept("of"):
        lengths = p.trial(pairs.pair)
        if lengths is None:
            return None
        p.accept("period", "bar", "day")
        kind = p.match(indicators.averages())
    if lengths is None:
        known = _last_two(p)
        if known:
            p.about(*known)
            return ast.Cross(way, *known)  # type: ignore[arg-type]
        p.note("A golden or death cross is that of the 50 and 200 averages.")
        lengths = number(50), number(200)
    if not kind:
        p.note('"moving average" means the simple one.')
    p.accept("form")
    fast, slow = (ast.Call(kind or "sma", (ast.Price("close"), n)) for n in lengths)
    for one in (fast, slow):
        p.mention(one)
    p.about(fast, slow)
    return ast.Cross(way, fast, slow)  # type: ignore[arg-type]


def _last_two(p: Cursor) -> tuple[Expr, Expr] | None:
    averages = [
        m
        for m in dict.fromkeys(p.context.mentions)
        if isinstance(m, ast.Call) and len(m.arguments) == 2 and isinstance(m.arguments[1], ast.Number)
    ]
    if len(averages) != 2:
        return None
    fast, slow = sorted(averages, key=_length)
    return fast, slow


def _length(average: ast.Call) -> Decimal:
    length = average.arguments[-1]
    return length.value if isinstance(length, ast.Number) else Decimal(0)


def _pair_cross(p: Cursor) -> Expr | None:
    """`10/30 SMA cross up`, `9/21 EMA bullish crossover`, `MACD bullish crossover`, `stochastic bearish cross`."""
    way = "above" if p.accept("bullish", "upward") else "below" if p.accept("bearish", "downward") else None
    left: Expr | None
    right: Expr | None
    averages = p.trial(pairs.average_pair)
    if averages is not None:
        left, right = averages
    else:
        one = p.trial(indicators.indicator)
        if not isinstance(one, ast.Call) or one.function not in _SIGNALS:
            return None
        names = _SIGNALS[one.function]
        left, right = ast.Call(names[0], one.arguments), ast.Call(names[1], one.arguments)
    way = way or ("above" if p.accept("bullish", "upward") else "below" if p.accept("bearish", "downward") else None)
    if not p.accept(*_WORDS["pair cross"]):
        return None
    if way is None:
        way = (
            "above"
            if p.accept("up", "to upside", "upwards", "over")
            else "below"
            if p.accept("down", "dn", "to downside", "downwards", "under")
            else None
        )
    if p.base(-1) in ("over", "under") and (p.at("its", "signal", "signal line", "line") or p.ahead(values.value)):
        return None  # "the MACD crosses over its signal line", "%K crosses over %D"
    directed = p.base(-1) in ("up", "upside", "upwards", "down", "dn", "downside", "downwards")
    if way is None and (p.kind() in ("", "break", "mark") or p.base() in _AFTER_CROSS):
        way = pairs.way_of_action(p)
    if way is None or (p.at("above", "below") and not directed):
        return None
    p.accept("form", "happens", "signal")
    for value in (left, right):
        p.mention(value)
    p.about(left, right)
    return ast.Cross(way, left, right)  # type: ignore[arg-type]


def _cross_of(p: Cursor) -> Expr | None:
    """`a cross of the 10 EMA above the 30 EMA`, `a bullish crossover of the 10 and 30 EMAs`."""
    way = "above" if p.accept("bullish", "upward") else "below" if p.accept("bearish", "downward") else None
    if not p.accept(*_WORDS["cross of"]):
        return None
    pair = p.trial(pairs.pair)
    if pair is not None:
        p.accept("period", "bar")
        kind = p.match(indicators.averages())
        if kind is None or way is None:
            return None
        fast, slow = (ast.Call(kind or "sma", (ast.Price("close"), n)) for n in pair)
        p.mention(fast)
        p.mention(slow)
        p.about(fast, slow)
        return ast.Cross(way, fast, slow)  # type: ignore[arg-type]
    left = values.value(p)
    found = way or p.match(DIRECTION) or (None if not p.accept("and", "with") else way)
    p.accept("and", "with", "over")
    if left is None or found is None:
        return None
    right = values.value(p)
    if right is None:
        return None
    p.about(left, right)
    return ast.Cross(found, left, right)  # type: ignore[arg-type]


def _called(p: Cursor) -> Expr | None:
    """`crossover(a, b)`, `crossunder(a, b)`, as chart scripts write it."""
    way = "above" if p.accept(*_WORDS["called above"]) else "below" if p.accept(*_WORDS["called below"]) else None
    if way is None or not p.accept("("):
        return None
    left = values.value(p)
    right = values.value(p) if left is not None and p.accept(",") else None
    if left is None or right is None or not p.accept(")"):
        return None
    p.about(left, right)
    return ast.Cross(way, left, right)  # type: ignore[arg-type]


def _once_more(p: Cursor) -> Expr | None:
    """`cross up -> long, cross down -> short`: the lines that crossed before, at the start of a clause."""
    if p.i and p.kind(-1) not in ("break", "mark") and p.base(-1) not in ("and", "when", "if", "on"):
        return None
    crossed = bool(p.context.levels) and bool(p.context.levels[-1][2])
    bare = p.word() in ("upwards", "upward", "downwards", "downward")
    bare = bare or (p.word() in ("up", "down") and p.word(1) in ("=", "->", "=>"))  # "up = long, down = short"
    if not p.accept("cross", "crossover") and not (crossed and bare):
        return None
    p.accept("back")
    way = (
        "above"
        if p.accept("up", "upwards", "upward")
        else "below"
        if p.accept("down", "downwards", "downward")
        else None
    )
    first, second = p.context.subject, p.context.object
    ends = (
        p.kind() in ("", "break", "mark")
        or p.word() == "="
        or p.base() in ("buy", "sell", "long", "short", "is", "means", "go")
    )
    if way is None or not ends or not (_is_series(first) and _is_series(second)):
        return None
    assert first is not None
    assert second is not None
    p.about(first, second)
    return ast.Cross(way, first, second)  # type: ignore[arg-type]


def _break_of(p: Cursor) -> Expr | None:
    """`a break above the 20-day high`, `a breakout of the previous high`, `a break of the 50-bar low`."""
    if not p.accept("break", "breakout", "breakdown"):
        return None
    way: str | None = "below" if p.base(-1) == "breakdown" else None
    p.skip("to upside", "of") if p.at("of") else None
    way = _way(p) or way
    level = values.value(p)
    if level is None or not is_price(level):
        return None
    close = ast.Price("close")
    way = way or natural_way(level)
    if way is None:
        return None
    p.note("A break means that a bar closes beyond the level.")
    p.about(close, level)
    return ast.Cross(way, close, level)  # type: ignore[arg-type]
