"""Stage 5f: what is said of a subject: `is above 70`, `crosses back below`, `closes above its open`."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline import (
    changes,
    channels,
    conditions,
    crossings,
    levels,
    related,
    runs,
    states,
    touching,
    values,
)
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.kinds import as_level, is_distance, is_price
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import count
from nl2strat.translate.offline.subjects import Subject
from nl2strat.translate.offline.vocabulary.phrases import COMPARE, CROSSING, GO, MULTIPLES

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
        lambda q: levels.position_in_range(q, is_bar),
        lambda q: levels.between(q, shifted),
        lambda q: channels.entering(q, about.value, shifted),
        lambda q: channels.inside(q, about.value, shifted),
        lambda q: levels.record(q, shifted, is_bar),
        lambda q: levels.by_distance(q, shifted, is_bar),
        lambda q: changes.changed(q, shifted),
        lambda q: levels.near(q, shifted),
        lambda q: levels.through(q, shifted),
        lambda q: levels.reaching(q, shifted),
        lambda q: _comparison(q, about, shifted),
        lambda q: states.turning(q, about.value),
        lambda q: states.state(q, about.value, shifted, is_bar),
        lambda q: states.moving(q, shifted),
        lambda q: _in_definition(q, about),
        lambda q: _has(q, is_bar),
        lambda q: related.on_top(q, about.value),
        lambda q: related.broken(q, about.value, crossings.natural_way),
    )


def _shift(p: Cursor, value: Expr) -> Expr:
    """The value on the bar that is spoken of."""
    bar = p.context.bar
    return ast.Past(value, number(bar)) if bar and not isinstance(value, ast.Number) else value


def verbs(p: Cursor) -> tuple[bool, bool]:
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
    if (about.is_bar and p.accept("open")) or p.accept("opened"):
        subject = ast.Price("open")
    p.skip("of", "reading", "readings", "a reading of", "value") if p.at("of", "reading") else None
    verb = p.i
    negated, back = verbs(p)
    was = any(token.word in ("was", "were", "stood") for token in p.tokens[verb : p.i])
    if p.base(-1) == "is" and (outdone := p.trial(lambda q: related.outdone(q, about))) is not None:
        return conditions.negated(outdone) if negated else outdone
    operator = p.match(COMPARE)
    reached = operator is None and p.accept("reach")
    if reached:
        operator = ">="  # settled below, when the level is known
    if operator is None and p.word() in MULTIPLES and p.base(-1) == "is":
        operator = ">="
        p.note('"is twice" means at least twice.')
    bare = operator is None and p.accept("higher", "lower", "greater", "smaller")
    if bare:
        operator = ">" if p.base(-1) in ("higher", "greater") else "<"
    exactly = operator is None and p.accept("at")
    if exactly:
        operator = "=="
    if operator is None:
        return None
    one_of = p.at(*related.EITHER)
    if not (bare or exactly or reached) and (twice := p.trial(related.against_both)) is not None:
        each = [same_timeframe(p, about.value, one) for one in twice]
        if one_of:
            apart = conditions.any_of([ast.Compare(operator, subject, one) for one in each])
            return conditions.negated(apart) if negated else apart
        if negated:
            p.questions.append('Not beyond both: beyond neither, or beyond one at most? Say "neither", or name each.')
        return conditions.all_of([ast.Compare(operator, subject, one) for one in each])
    p.skip("back", "that of", "value of", "both", "all of", "all", "either") if not p.at("either") else None
    if isinstance(about.value, ast.Name) or (p.word(-1) == "both" and ends(p)):
        return None
    plain = not bare or related.spare(p)
    compared = read_compared(p, about.value) if plain else level_before(p, about.value) if ends(p) else None
    if compared is None or (exactly and not isinstance(compared, ast.Number)):
        return None
    if exactly and not touching.at_the_end(about.value, compared):
        p.questions.append(touching.exact(about.value, compared))
    if reached:
        operator = touching.reached(p, about.value, compared)
    if operator is None:
        return None
    ago = trailing_ago(p, about.value, compared, both=was)
    if ago is not None:
        compared, subject = ago[0], about.value
    if about.is_bar and about.value == ast.Price("close") and _is_volume(compared):
        subject = ast.Price("volume")  # "a bar has at least double the volume of the previous bar"
    level = as_level(compared, about.value)
    if level is None:
        return None
    compared = level
    further = None if bare or exactly else p.trial(lambda q: levels.margin(q, operator, subject, compared))
    if further is not None:
        p.about(about.value, compared)
        apart = ast.Compare(further[0], subject, further[1])  # type: ignore[arg-type]
        return conditions.negated(apart) if negated else apart
    chained = _chain(p, operator, compared)
    targets = [compared] if chained else [compared, *_more_targets(p, compared)]
    parts: list[Expr] = []
    if len(targets) == 2:
        p.context = replace(p.context, pair=(targets[0], targets[1]))  # "... flat when it is below either of them"
    for target in targets:
        target = same_timeframe(p, about.value, target)
        target = related.same_bar(p, about.value, target)
        parts.append(ast.Compare(operator, subject, target))
    parts += chained
    p.skip("now", "right now", "at moment", "at present", "at same time", "at that time")
    if not chained and p.at("or") and (others := _alternatives(p, targets[-1])):
        either: list[Expr] = [ast.Compare(operator, subject, t) for t in (targets[-1], *others)]
        p.about(about.value, others[-1])
        return conditions.negated(conditions.any_of(either)) if negated else conditions.any_of(either)
    p.about(about.value, targets[-1])
    if back and not negated and p.context.bar == 0:
        return returned(p, parts[0], operator) if len(parts) == 1 else conditions.all_of(parts)
    result = conditions.all_of(parts)
    if ago is not None:
        result = ast.Past(result, ago[1])
    return conditions.negated(result) if negated else result


def _is_volume(value: Expr) -> bool:
    """Whether a value is made of volume only."""
    fields = {n.field for n in ast.walk(value) if isinstance(n, ast.Price)}
    return fields == {"volume"}


def trailing_ago(p: Cursor, subject: Expr, compared: Expr, *, both: bool) -> tuple[Expr, ast.Number | ast.Name] | None:
    """ "A was below B one bar ago": (B, 1), both sides are of that bar; None for "A is below B of one bar ago"."""
    if not isinstance(compared, ast.Past) or p.base(-1) not in ("ago", "earlier", "back", "before"):
        return None
    if p.base(-4) in ("of", "from", "at", "on") or isinstance(subject, ast.Past) or p.context.bar:
        return None
    if isinstance(subject, ast.OnTimeframe) or compared.value == subject:
        return None
    if not both:
        p.note(f"Only what is compared with is of an earlier bar: {print_expr(compared)}.")
        return None
    p.note(f"Both sides are of the bar {print_expr(compared.bars)} before the signal bar.")
    return compared.value, compared.bars


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


def returned(p: Cursor, part: Expr, operator: str) -> Expr:
    """ "closes back above": it was not above before. As an exit that is a plain level (see assemble.py)."""
    if operator not in (">", "<") or not isinstance(part, ast.Compare):
        return part
    within_bar = {ast.Price("low"), ast.Price("high")}
    if any(known in within_bar and level == part.right for known, level, _ in p.context.levels):
        return part  # "the low is below the band, but the bar closes back above it": on one bar
    cross = ast.Cross("above" if operator == ">" else "below", part.left, part.right)
    p.note('"Back above" or "back below" is a crossing as an entry, a level as an exit.')
    p.context = replace(p.context, soft=(*p.context.soft, (cross, part)))
    return cross


def read_compared(p: Cursor, subject: Expr) -> Expr | None:
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
    edge = p.first_of(_cloud, channels.edge)
    if edge is not None:
        return edge
    result = values.value(p)
    if result is not None:
        return result
    return level_before(p, subject) if ends(p) else None


def level_before(p: Cursor, subject: Expr, crossing: str = "") -> Expr | None:
    """A level that is left out ("crosses back below"): the subject's own, or a price that another price met."""
    plain = subject.value if isinstance(subject, ast.Past) else subject
    found = p.level_of(subject, crossing) or p.level_of(plain, crossing)
    if found is None:
        known = p.context.object
        found = known if known is not None and known != subject and is_price(known) and is_price(plain) else None
    if found is not None:
        p.note(f"Where a level is left out it is the one before: {print_expr(found)}.")
    return found


def ends(p: Cursor) -> bool:
    """Whether the clause is over here: what was compared may be left out."""
    return p.kind() in ("", "break") or p.base() in (";", *_WORDS["ends"]) or p.at("at any time", "any time")


def _cloud(p: Cursor) -> Expr | None:
    """`above the cloud` is above its top, `below the cloud` below its bottom."""
    below = COMPARE.match(p.tokens, p.i - (2 if p.word(-1) == "both" else 1))
    spans = p.word() == "spans" or p.word(1) == "spans"  # both of them: the edge that is farther
    if spans and p.accept("senkou spans", "leading spans", "cloud spans", "ichimoku spans", "spans"):
        return ast.Call("cloud_bottom" if below and below[0] in ("<", "<=") else "cloud_top", ())
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
        if p.word(1) == "close" and (p.base(2) in _CLOSING or (p.word(2) in ("at", "by") and p.kind(3) == "clock")):
            return found  # "..., close at 18:00" and "..., close when A" say what to do
        target = p.trial(values.value) if p.accept("and", ", and", ",") else None
        if target is None or is_distance(target) or not _stands_alone(p, target):
            p.i, p.context = i, context
            return found
        found.append(target)


_CLOSING = ("when", "if", "once", "whenever", "everything", "all", "it")


def _stands_alone(p: Cursor, target: Expr) -> bool:
    """Whether a further value is another target, not the subject of the next condition."""
    plain = isinstance(target, (ast.Number, ast.Quantity, ast.Minus, ast.Name))
    return not (plain or p.base() in STARTS or starts_comparison(p) or p.at("'s", "of", "between", "in", "position"))


def _alternatives(p: Cursor, first: Expr) -> list[Expr]:
    """`above the 50 EMA or the 100 EMA`: one of them is enough."""
    if isinstance(first, (ast.Number, ast.Minus)):
        return []
    i, context = p.i, p.context
    target = p.trial(values.value) if p.accept("or") else None
    if target is None or not _stands_alone(p, target):
        p.i, p.context = i, context
        return []
    return [target]


def same_timeframe(p: Cursor, subject: Expr, compared: Expr) -> Expr:
    """`the daily close is above the 50 EMA`: the average is a daily one too."""
    if not isinstance(subject, ast.OnTimeframe) or isinstance(
        compared, (ast.OnTimeframe, ast.Number, ast.Minus, ast.Name)
    ):
        return compared
    if any(isinstance(n, ast.OnTimeframe) for n in ast.walk(compared)):
        return compared
    return ast.OnTimeframe(compared, subject.timeframe)


def _in_definition(p: Cursor, about: Subject) -> Expr | None:
    """`was in a squeeze`, `is not`: a condition the text defined, on the bar that is spoken of."""
    negated, _ = verbs(p)
    p.skip("in", "a", "an", "during", "part of")
    names = [n for n, _ in p.context.definitions if n not in ("included", "such")]
    found = next((p.definition(n) for n in sorted(names, key=len, reverse=True) if p.accept(n)), None)
    if found is None and names and ends(p) and (negated or p.base(-1) == "is"):
        found = p.definition(names[-1])
    if found is None or not (about.is_bar or is_price(about.value) or _speaks_of(found, about.value)):
        return None  # "RSI is bullish", where the text says when the market is
    p.context = replace(p.context, used=(*p.context.used, found))
    result: Expr = ast.Past(found, number(p.context.bar)) if p.context.bar else found
    return conditions.negated(result) if negated else result


def _speaks_of(condition: Expr, value: Expr) -> bool:
    """Whether the condition is about the value, with whatever settings."""
    name = value.function if isinstance(value, ast.Call) else None
    return name is not None and any(isinstance(n, ast.Call) and n.function == name for n in ast.walk(condition))


def _has(p: Cursor, is_bar: bool) -> Expr | None:
    """`the bar has a lower high and a higher low`, `makes a higher high than the bar before`."""
    if not is_bar or p.context.bar or not p.accept("have", "make", "makes", "made"):
        return None
    return runs.one_bar(p)


def edge_any(p: Cursor) -> Expr | None:
    """The cloud, bands or a range after a crossing verb: the word before says which edge."""
    return p.first_of(_cloud, channels.edge)
