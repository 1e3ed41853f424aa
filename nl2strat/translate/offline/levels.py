"""Stage 5f: where a thing stands: between two values, so far from one, at its highest, in the top of its range."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline import channels, conditions, extremes, predicates, values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.kinds import as_level, is_distance, is_price
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import count, quantity
from nl2strat.translate.offline.vocabulary.phrases import MORE_OR_LESS

_WORDS = listed("levels")


def between(p: Cursor, subject: Expr) -> Expr | None:
    """`is between 40 and 60`, `is not between ...`."""
    negated, _ = predicates.verbs(p)
    if not p.accept("between", "in between", "somewhere between", "in range", "within range of", "inside range of"):
        return None
    p.skip("from", "of")
    lines = p.trial(channels.two_lines)
    low = lines[0] if lines is not None else values.value(p)
    if low is None or (lines is None and not p.accept("and", "to", "-")):
        return None
    high = lines[1] if lines is not None else values.value(p)
    low, high = as_level(low, subject), as_level(high, subject) if high is not None else None
    if low is None or high is None:
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


def _number(value: Expr) -> Decimal:
    if isinstance(value, ast.Minus):
        return -_number(value.value)
    return value.value if isinstance(value, ast.Number) else Decimal(0)


def record(p: Cursor, subject: Expr, is_bar: bool) -> Expr | None:
    """`is the lowest of the last 50 bars`, `is at its highest in 20 bars`, `makes a new 20-bar high`."""
    of_closes = p.word(-1) in ("close", "closes")
    if predicates.verbs(p)[0]:
        return None
    makes = p.accept("make", "makes", "made", "hits", "hit", "set", "reach", "print", "post", "posts")
    new = p.at("new") or p.at("at new", "on new")
    p.skip("at", "on", "its", "new", "a", "for")
    if (makes and not is_bar) or (new and not makes and p.kind() == "number"):
        return _new_extreme(p, subject)
    if is_bar and makes:
        level = p.trial(values.value)
        inner = level.value if isinstance(level, ast.Past) else level
        if not isinstance(inner, ast.Call) or inner.function not in ("highest", "lowest"):
            return None
        top = inner.function == "highest"
        if of_closes:
            p.note("A new high or low of the close is one among the closes.")
            before = ast.Past(ast.Call(inner.function, (subject, *inner.arguments[1:])), number(1))
            return ast.Compare(">" if top else "<", subject, before)
        return ast.Compare(">" if top else "<", ast.Price("high" if top else "low"), ast.Past(inner, number(1)))
    top = p.accept("highest", "maximum", "largest", "biggest")
    if not top and not p.accept("lowest", "minimum", "smallest", "narrowest"):
        return None
    field = subject.field if isinstance(subject, ast.Price) else ""
    p.accept(field) if field in ("high", "low") else None  # "whose low is the lowest low of the last 20 bars"
    p.skip(*_WORDS["record filler"])
    if not p.accept("of", "in", "over", "for", "within", "during"):
        return None
    p.skip("last", "past")
    length = count(p)
    if length is None or not p.accept("bar", "period", "closes", "value", "values"):
        return None
    return ast.Compare(">=" if top else "<=", subject, ast.Call("highest" if top else "lowest", (subject, length)))


def _new_extreme(p: Cursor, subject: Expr) -> Expr | None:
    """`the RSI makes a new 10-bar high`."""
    length = count(p)
    if length is None or not p.accept("bar", "period") or not p.accept("high", "low"):
        return None
    top = p.base(-1) == "high"
    before = ast.Past(ast.Call("highest" if top else "lowest", (subject, length)), number(1))
    return ast.Compare(">" if top else "<", subject, before)


def new_high(p: Cursor) -> Expr | None:
    """`a new 55-bar high`, `(exit on) a 10-bar low`, `(a hammer at) the 20-bar low`: the bar makes it."""
    p.skip("new", "fresh", "another")
    found = p.trial(extremes.extreme)
    inner = found.value if isinstance(found, (ast.Past, ast.OnTimeframe)) else found
    if not isinstance(inner, ast.Call) or inner.function not in ("highest", "lowest"):
        return None
    top = inner.function == "highest"
    if inner.arguments[0] not in (ast.Price("high" if top else "low"), ast.Price("close")) or not (
        predicates.ends(p) or p.at(":", "->")
    ):
        return None
    level = found if isinstance(found, ast.OnTimeframe) else ast.Past(inner, number(1))
    p.note(f"A new {'high' if top else 'low'} is one beyond those of the bars before: {print_expr(level)}.")
    return ast.Compare(">" if top else "<", inner.arguments[0], level)


def by_distance(p: Cursor, subject: Expr, is_bar: bool = False) -> Expr | None:
    """`is more than two ATRs below the 20 EMA`, `closes at least 10 pips above the high`, `is 1% above ...`."""
    if is_bar and p.accept("open"):
        subject = ast.Price("open")
    negated, _ = predicates.verbs(p)
    p.accept("by") if p.at("by") else None
    more = p.match(MORE_OR_LESS)
    p.accept("a", "full")
    distance = p.first_of(values.multiple, quantity)
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
    base = p.trial(lambda q: predicates.read_compared(q, subject))
    if base is None or isinstance(base, (ast.Number, ast.Quantity)):
        return None
    p.about(None, base)
    distance = _deviations_of(distance, base)
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


def _deviations_of(distance: Expr, base: Expr) -> Expr:
    """ "two standard deviations below its 50-bar average": those of the values that are averaged."""
    match distance, base:
        case ast.Arithmetic("*", factor, ast.Call("stdev", (_,))), ast.Call(_, (source, ast.Number() as length)):
            return ast.Arithmetic("*", factor, ast.Call("stdev", (source, length)))
        case _:
            return distance


def reaching(p: Cursor, subject: Expr) -> Expr | None:
    """`gets to 55 or higher`, `reads 40 or less`, `is 0.5 or more`; and `falls to 30`, `climbs to 70`."""
    first = p.i
    negated, _ = predicates.verbs(p)
    said = p.tokens[first : p.i]
    p.skip("at", "reach", "touch")
    level = p.trial(lambda q: predicates.read_compared(q, subject)) if p.i > first else None
    level = as_level(level, subject) if level is not None else None
    if level is None or is_distance(level):
        return None
    beyond = p.match(_BEYOND)
    if beyond is not None and (p.at("than") or p.trial(values.value) is not None):
        return None  # "at the 20 EMA or above the 50 EMA"
    if beyond is None and isinstance(level, (ast.Number, ast.Minus)) and any(t.word == "to" for t in said):
        bases = {t.base for t in said}
        beyond = ">=" if "rise" in bases else "<=" if "fall" in bases else None
    if beyond is None:
        return None
    p.about(subject, level)
    result = ast.Compare(beyond, subject, predicates.same_timeframe(p, subject, level))
    return conditions.negated(result) if negated else result


_BEYOND: Phrases[Literal[">=", "<="]] = Phrases.of({">=": _WORDS["or more"], "<=": _WORDS["or less"]})


def near(p: Cursor, subject: Expr) -> Expr | None:
    """`is within 5 pips of the 20 EMA`, `closes no more than 1 ATR away from the high`: on either side of it."""
    negated, _ = predicates.verbs(p)
    if not p.accept("within", "no more than", "at most", "not more than", "less than", "closer than"):
        return None
    strict = p.base(-1) == "than" and p.word(-2) in ("less", "closer")
    distance = p.first_of(values.multiple, quantity)
    if distance is None or not is_distance(distance):
        return None
    if not p.accept("of", "from", "away from", "to", "distance of", "distance from", "off"):
        return None
    base = p.trial(values.value)
    if base is None or not is_price(base) or not is_price(subject):
        return None
    base = predicates.same_timeframe(p, subject, base)
    p.about(None, base)
    if isinstance(distance, ast.Quantity) and distance.unit == "%" and isinstance(distance.amount, ast.Number):
        share = distance.amount.value / 100
        low: Expr = ast.Arithmetic("*", base, number(str(1 - share)))
        high: Expr = ast.Arithmetic("*", base, number(str(1 + share)))
    else:
        low, high = ast.Arithmetic("-", base, distance), ast.Arithmetic("+", base, distance)
    inside = ast.AllOf(
        (
            ast.Compare(">" if strict else ">=", subject, low),
            ast.Compare("<" if strict else "<=", subject, high),
        )
    )
    return conditions.negated(inside) if negated else inside


def margin(p: Cursor, operator: str, subject: Expr, target: Expr) -> tuple[str, Expr] | None:
    """`... above -DI by at least 10 points`, `... by 1 ATR or more`: the comparison with the margin in it."""
    if operator not in (">", "<", ">=", "<=") or not p.accept("by"):
        return None
    more = p.match(MORE_OR_LESS)
    amount = _margin_of(p, is_price(target))
    if amount is None:
        return None
    kind, strict = more or ("more", False)
    if p.accept("or more"):
        kind, strict = "more", False
    elif not more:
        p.note('"By so much" means at least so much.')
    if kind != "more":
        return None  # "above it by less than 5 pips" has two ends
    way = operator[0]
    del subject
    return way + ("" if strict else "="), ast.Arithmetic("+" if way == ">" else "-", target, amount)


def _margin_of(p: Cursor, prices: bool) -> Expr | None:
    """A distance for prices, a plain number for readings of an indicator."""
    if prices:
        distance = p.first_of(values.multiple, quantity)
        percent = isinstance(distance, ast.Quantity) and distance.unit == "%"
        return distance if distance is not None and is_distance(distance) and not percent else None
    amount = count(p) if p.kind() == "number" else None
    p.skip("point") if amount is not None else None
    return None if p.at("pip", "%", "percent", "atr") else amount


def through(p: Cursor, subject: Expr) -> Expr | None:
    """`goes from below 40 to above 40`: a crossing, if both levels are the same."""
    if predicates.verbs(p)[0]:
        return None
    if not p.accept("from below", "from under", "from above", "from over"):
        return None
    up = p.base(-1) in ("below", "under")
    first = p.trial(values.value)
    if first is None or not p.accept(*(("to above", "to over") if up else ("to below", "to under"))):
        return None
    second = p.trial(lambda q: predicates.read_compared(q, subject)) if not predicates.ends(p) else first
    if second is None or second != first:
        return None
    p.about(subject, first, "above" if up else "below")
    return ast.Cross("above" if up else "below", subject, first)


def also_placed(p: Cursor, part: Expr) -> Expr | None:
    """`closes below its open in the lowest quarter of its range`: both are said of the bar."""
    if not p.at("in top", "in upper", "in highest", "in bottom", "in lower", "in lowest"):
        return None
    placed = position_in_range(p, is_bar=True)
    return conditions.all_of([part, placed]) if placed is not None else None


_PARTS = {"quarter": "0.25", "third": "0.333333333", "half": "0.5", "fifth": "0.2", "tenth": "0.1"}


def position_in_range(p: Cursor, is_bar: bool) -> Expr | None:
    """`closes in the top quarter of its range`, `near the high: in the upper 20 % of the bar`."""
    if predicates.verbs(p)[0]:
        return None
    p.accept("closes", "close", "closing", "finish", "finishes")
    if not p.accept("in", "within", "inside", "into"):
        return None
    p.accept("its")
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
    if not (predicates.ends(p) or p.at(":", "->")) and not p.accept(*_WORDS["position in range"]):
        return None
    if _PARTS["third"] == str(getattr(share, "value", "")):
        part: Expr = ast.Arithmetic("/", ast.Call("range", ()), number(3))
    else:
        part = ast.Arithmetic("*", share, ast.Call("range", ()))
    close = ast.Price("close")
    if top:
        return ast.Compare(">=", close, ast.Arithmetic("-", ast.Price("high"), part))
    return ast.Compare("<=", close, ast.Arithmetic("+", ast.Price("low"), part))
