"""Stage 5e: single conditions: a subject with a predicate, a pattern with a name, a run of bars, a group."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.functions import FUNCTIONS
from nl2strat.translate.offline import (
    clocks,
    conditions,
    counted,
    crossings,
    facts,
    firsts,
    flatness,
    heikin,
    levels,
    placed,
    predicates,
    related,
    runs,
    values,
)
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.kinds import is_price
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.remembered import remembered
from nl2strat.translate.offline.subjects import Subject, subject
from nl2strat.translate.offline.times import condition_suffix
from nl2strat.translate.offline.vocabulary.indicators import CENTRE
from nl2strat.translate.offline.vocabulary.patterns import APPEARS, PATTERN_NOUNS, PATTERNS
from nl2strat.translate.offline.vocabulary.phrases import COMPARE
from nl2strat.translate.offline.vocabulary.words import UNITS

_WORDS = listed("atoms")
_NEXT = frozenset({*_WORDS["next"]})


@remembered
def atom(p: Cursor) -> Expr | None:
    """One condition, bound to its words."""
    first = p.i
    p.skip(*_WORDS["atom filler"]) if not p.at(*_WORDS["atom ahead"]) else None
    p.skip("any") if not p.at("any of", "any one of") else None
    if p.word() == "next" and p.base(1) in _NEXT:  # "exit on the next close below ..." is the first one to come
        p.i += 1
    said = p.i
    result = p.first_of(
        defined,
        related.likewise,
        related.was_not,
        counted.counted,
        _group,
        _either,
        _neither,
        _both,
        _negation,
        crossings.crossover_noun,
        runs.run_of_bars,
        runs.one_bar,
        flatness.market_state,
        facts.fact,
        facts.of_market,
        clocks.time_of_day,
        bar_that,
        lambda q: facts.continued(q, clause),
        pattern,
        levels.new_high,
        lambda q: facts.continued(q, elliptic, silent=True),
    )
    if result is not None:
        result = firsts.began(p, first, said, result)
        p.bind(first, result)
    return result


def _group(p: Cursor) -> Expr | None:
    """`(A or B)`."""
    if not p.accept("("):
        return None
    result = conditions.condition(p)
    if result is None or not p.accept(")"):
        return None
    timeframe = p.trial(condition_suffix)
    return ast.OnTimeframe(result, timeframe) if timeframe else result


def _either(p: Cursor) -> Expr | None:
    """`either A or B`."""
    if not p.accept("either"):
        return None
    p.skip("of", ":")
    parts = []
    while (part := p.trial(atom)) is not None:
        parts.append(conditions.modified(p, part))
        i = p.i
        p.accept(",")
        if not p.accept("or if", "or when", "or"):
            p.i = i
            break
    subjects = tuple(dict.fromkeys(c.left for c in parts if isinstance(c, (ast.Compare, ast.Cross))))
    if len(subjects) == 2:  # "... when both are above 60"
        p.context = replace(p.context, pair=subjects)
    if len(parts) > 1:
        p.context = replace(p.context, listed=tuple(parts))  # "... when neither is true"
    return conditions.any_of(parts) if len(parts) > 1 else None


def _both(p: Cursor) -> Expr | None:
    """`both A and B`."""
    if (p.word() == "both" and not lists_conditions(p)) or not p.accept("both", "all of"):
        return None
    first = p.trial(atom)
    if first is None or not p.accept("and", "and if", "and when"):
        return None
    second = p.trial(atom)
    return conditions.all_of([first, second]) if second is not None else None


def lists_conditions(p: Cursor) -> bool:
    """Whether "both" here introduces two conditions; "both are above 80" is about two things, see subjects.py."""
    compared = COMPARE.match(p.tokens, p.i + 1) is not None
    return not compared and p.base(1) not in (*predicates.STARTS, "rise", "fall", "cross", "close")


def _neither(p: Cursor) -> Expr | None:
    """`neither A nor B`."""
    if not p.accept("neither"):
        return None
    first = p.trial(atom)
    if first is None or not p.accept("nor", "or"):
        return None
    second = p.trial(atom)
    return conditions.negated(conditions.any_of([first, second])) if second is not None else None


def _negation(p: Cursor) -> Expr | None:
    """`not A`, `no bearish engulfing`."""
    if not p.accept("not", "no", "it is not case that", "it is not true that"):
        return None
    if p.base(-1) == "no" and (p.at("position", "open position", "trade", "order", "open trade")):
        return None
    p.accept("that")
    result = p.trial(atom)
    return conditions.negated(result) if result is not None else None


# ------------------------------------------------------------ clauses


def clause(p: Cursor) -> Expr | None:
    """A subject with its predicate: `the RSI drops below 30`, `a daily candle closed above its 20-day average`."""
    before = p.context
    such = p.context.such if p.at("it") else None
    about = p.trial(subject)
    if about is None:
        return None
    p.context = replace(p.context, timeframe=about.timeframe, bar=about.bar)
    i = p.i
    each = p.trial(lambda q: _respectively(q, about)) if about.second is not None else None
    result = each or p.trial(lambda q: predicates.predicate(q, about))
    if each is None and result is not None and about.second is not None:
        p.i = i
        second = replace(about, value=about.second)
        other = p.trial(lambda q: predicates.predicate(q, second))
        result = _of_both(result, other, about) if other is not None else None
        p.about(about.value, about.second)
    p.context = replace(p.context, timeframe=before.timeframe, bar=before.bar)
    if result is None:
        return None
    if such is not None and about.is_bar:
        return conditions.all_of([such, result])
    suffix = None if about.timeframe else p.trial(condition_suffix)
    timeframe = about.timeframe or suffix
    return ast.OnTimeframe(result, timeframe) if timeframe else result


def of_price(p: Cursor) -> Expr | None:
    """`long above the 200 SMA`, `short below it`: only a price can stand above a price, so the close is meant."""
    if not predicates.starts_comparison(p):
        return None
    found = predicates.predicate(p, Subject(ast.Price("close"), is_bar=True, said=False))
    if not isinstance(found, ast.Compare) or not is_price(found.right) or isinstance(found.right, ast.Price):
        return None
    p.note("Above or below a price, with nothing named that is, means the close.")
    return found


def _respectively(p: Cursor, about: Subject) -> Expr | None:
    """`%K and RSI are below 20 and 30 respectively`: each is compared with its own."""
    if predicates.verbs(p)[0]:
        return None
    operator = p.match(COMPARE)
    left = p.trial(values.value) if operator else None
    if operator is None or left is None or about.second is None or not p.accept("and"):
        return None
    other = p.match(COMPARE) or operator
    right = p.trial(values.value)
    if right is None or not p.accept("respectively", ", respectively"):
        return None
    return _of_both(ast.Compare(operator, about.value, left), ast.Compare(other, about.second, right), about)


def _of_both(first: Expr, second: Expr, about: Subject) -> Expr:
    """What is said of two things at once."""
    if about.neither:
        return conditions.negated(conditions.any_of([first, second]))
    return conditions.any_of([first, second]) if about.either else conditions.all_of([first, second])


_COLOURED = ("supertrend", "supertrend_direction", "macd", "macd_hist", "awesome", "psar")


def elliptic(p: Cursor) -> Expr | None:
    """A predicate without a subject: `... and below 70`, `crosses back under it`, `is rising`."""
    known = p.context.subject
    if p.base(-1) in ("buy", "sell", "trade", "long", "short") and p.base() in ("fall", "rise", "pull", "pullback"):
        return None  # "buy dips" says what is bought
    if "both" in (p.word(-1), p.word(), p.word(1)):
        return None  # said of two things, and only one is known
    nearest = p.context.object
    if (
        p.word() == "which"
        and p.word(1) in ("is", "was")
        and isinstance(nearest, ast.Call)
        and COMPARE.match(p.tokens, p.i + 2)
    ):
        p.i += 1  # "the 5 EMA is above the 10 EMA, which is above the 20 EMA"
        return predicates.predicate(p, Subject(nearest))
    p.skip("still", "yet")
    signed = p.at("positive", "negative") and isinstance(known, ast.Call) and known.function in CENTRE
    if not (p.base() in predicates.STARTS or predicates.starts_comparison(p) or signed):
        return None
    own = "its" in [p.word(k) for k in range(5)]  # "below its average": of what was spoken of
    if known is None or not (is_price(known) or own):
        i, context = p.i, p.context
        found = p.trial(of_price)
        right = found.right if isinstance(found, ast.Compare) else None
        itself = isinstance(right, ast.Past) and right.value == ast.Price("close")
        if known is None or (found is not None and not itself):
            return found
        p.i, p.context = i, context  # "greater than the bar before" is of what is spoken of
    is_bar = p.base() in ("closes", "close", "closing", "open", "finish", "finishes") and p.base(1) != "of"
    coloured = p.at("is green", "is red", "is bullish", "is bearish", "is not green", "is not red")
    is_bar = is_bar or (coloured and not (isinstance(known, ast.Call) and known.function in _COLOURED))
    if is_bar and known is not None and not is_price(known):
        found = p.trial(_of_level)
        if found is not None:
            return found
    if is_bar or known == ast.Price("close"):
        return predicates.predicate(p, Subject(ast.Price("close"), is_bar=True, said=False))
    return predicates.predicate(p, Subject(known, is_bar=False, said=False))


def _of_level(p: Cursor) -> Expr | None:
    """`the RSI closes below 5 ... it closes above 95`: a bare number is a level of what was spoken of, no price."""
    known = p.context.subject
    if known is None:
        return None
    match predicates.predicate(p, Subject(known, is_bar=False, said=False)):
        case ast.Compare(_, left, ast.Number() | ast.Minus(ast.Number())) as found if left == known:
            return found
        case ast.Cross(_, left, ast.Number() | ast.Minus(ast.Number())) as found if left == known:
            return found
    return None


# ---------------------------------------------------------- named conditions


@cache
def _patterns() -> Phrases[str]:
    """Phrase -> condition of the registry. Numbers in names are digits, as in the tokens."""
    digits = {word: str(value) for word, value in UNITS.items()}
    skip = ("green", "red", "inside_bar", "outside_bar", "rising", "falling", "turns_up", "turns_down")
    table: dict[str, str] = {}
    for name, function in FUNCTIONS.items():
        if function.result != "bool" or function.required or name in skip:
            continue
        for phrase in function.synonyms:
            words = [digits.get(w, w) for w in phrase.replace("'s", " 's").replace("-", " ").split()]
            table.setdefault(
                " ".join("bar" if w in ("candle", "candlestick") else w for w in words if w not in ("a", "the")), name
            )
    for name, phrases in PATTERNS.items():
        table.update(dict.fromkeys(phrases, name))
    return Phrases(table)


def pattern(p: Cursor) -> Expr | None:
    """`a bullish engulfing candle that closes above the 50 SMA`, `a green bar`, `two crows`."""
    p.skip("a", "an", "ta lib", "talib", "new")
    if p.at(*placed.names(p)):
        return None  # the text says itself what it calls so
    heikin_candle = p.trial(heikin.candle)
    if heikin_candle is not None:
        return heikin_candle
    earlier = 1 if p.accept("previous", "prior") else 0
    smoothed = p.accept("heikin ashi", "ha", "heiken ashi")
    name = p.match(_patterns())
    if name is None:
        return None
    p.skip(*_WORDS["pattern filler"]) if p.at("( ta") or p.at("( talib", "as defined by ta", "as in ta lib") else None
    bare_colour = name in ("green", "red") and p.base(-1) != "bar"
    if not p.accept(*sorted(PATTERN_NOUNS, key=len, reverse=True)) and bare_colour:
        return None
    if p.at("( ta", "( as", "( talib"):
        _annotation(p)
    result: Expr = heikin.colour(name) if smoothed else ast.Call(name, ())
    if result is None:
        return None
    if smoothed and name not in ("green", "red"):
        return None
    if earlier or p.context.bar:
        result = ast.Past(result, ast.Number(Decimal(earlier or p.context.bar)))
    p.context = replace(p.context, subject=ast.Price("close"))
    return _appearing(p, result)


def _annotation(p: Cursor) -> None:
    """`(TA-Lib's definition)`."""
    p.accept(*_WORDS["annotation"])


def _appearing(p: Cursor, result: Expr) -> Expr | None:
    """What may follow a pattern: that it appears, where it closes, which bar it is on."""
    i = p.i
    p.skip("have", "has", "is") if p.at("have", "has") else None
    if (
        p.accept(*sorted(APPEARS, key=len, reverse=True))
        and not predicates.starts_comparison(p)
        and not p.at("in top", "in bottom", "in upper", "in lower")
    ):
        p.skip("on chart")
    else:
        p.i = i
    extra = p.first_of(_relative)
    return conditions.all_of([result, extra]) if extra is not None else result


def _relative(p: Cursor) -> Expr | None:
    """`that closes above the 50 SMA`, `whose body is larger than 10 pips`, `with a close above ...`."""
    if p.accept("whose", "with its", "where its"):
        return p.trial(clause)
    if p.accept("with"):
        p.skip("a", "an")
        return p.first_of(runs.one_bar, clause)
    if p.accept("at", "on"):
        return p.trial(levels.new_high)
    said = p.accept("that", "which", "and it", "and", "where it")
    if not said and not p.at("close", "closes", "closing", "open"):
        return None
    if p.base(-1) == "and" and not p.at("closes", "close above", "close below"):
        return None
    return predicates.predicate(p, Subject(ast.Price("close"), is_bar=True))


def defined(p: Cursor) -> Expr | None:
    """A condition the text defined: `in a squeeze`, `such a bar closes ...`, `the setup is there`."""
    p.skip("in", "during", "we is in", "market is in", "price is in", "it is in", "there is")
    such = p.accept("such a", "such an", "such", "that", "this") and p.accept(
        "bar", "day", "setup", "condition", "signal", "situation", "spike", "pattern", "case"
    )
    such = such or p.accept("that is case", "this is case", "that is so", "this is so", "that is true", "this is true")
    names = sorted((n for n, _ in p.context.definitions if n != "included"), key=len, reverse=True)
    found = (
        p.definition("such") if such else next((p.definition(n) for n in names if n != "such" and p.accept(n)), None)
    )
    if found is None:
        return None
    p.accept("bar") if not such else None
    p.accept("is on", "is active", "is true", "is there", "is present", "holds", "is met", "is given", "form")
    plain = found
    if p.context.bar:
        found = ast.Past(found, ast.Number(Decimal(p.context.bar)))
    such_bar = found if such else p.context.such
    p.context = replace(p.context, subject=ast.Price("close"), such=such_bar, used=(*p.context.used, plain))
    extra = p.trial(_relative)
    return conditions.all_of([found, extra]) if extra is not None else found


def bar_that(p: Cursor) -> Expr | None:
    """`a bar whose range is larger than 20 pips`, `a candle that closes in the top third of its range`."""
    p.skip("any", "some", "first", "next")
    if not p.accept("bar", "day"):
        return None
    if not p.at("whose", "that", "which", "with", "where"):
        return None
    p.context = replace(p.context, subject=ast.Price("close"))
    return p.trial(_relative)


# ------------------------------------------------------------- runs of bars
