"""Stage 5w: what lies between two lines: bands, the cloud, the range of so many bars.

`Take the high and the low of the last 48 bars` names both for "that high"; `back inside the bands`, `above that range`.
"""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import conditions, extremes, indicators, predicates, references, values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.elements import Mention
from nl2strat.translate.offline.kinds import is_price
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.settings import Settings, settings_after, settings_before
from nl2strat.translate.offline.vocabulary.phrases import DIRECTION

_WORDS = listed("channels")
_PARTS = tuple((part, _WORDS[part]) for part in ("top", "bottom", "middle"))

Lines = tuple[Expr, Expr]
"""(lower, upper)"""


def measured(p: Cursor) -> Mention | None:
    """`Mark the high and low of the last 48 bars.`, `The range is the highest high and lowest low of 20 bars.`"""
    if p.i and p.kind(-1) not in ("break", "mark"):
        return None
    if p.accept(*_WORDS["is"]):
        lines = _high_and_low(p)
    elif p.accept(*_WORDS["measure"]):
        lines = p.first_of(_high_and_low, _range_of)
    else:
        return None
    if lines is None or not (p.kind() in ("", "break") or p.at(",", ";")):
        return None
    _keep(p, lines)
    return Mention(lines[1])


def _keep(p: Cursor, lines: Lines) -> None:
    named = (("range_low", lines[0]), ("range_high", lines[1]))
    p.context = replace(p.context, channels=(*p.context.channels, *named))


def _high_and_low(p: Cursor) -> Lines | None:
    """`the highest high and the lowest low of the previous 20 bars`, in either order."""
    window: extremes.Window | None = None
    said: list[bool] = []
    for k in range(2):
        if k and not p.accept("and", "&", "to", "/"):
            return None
        if p.accept("highest high", "highest price", "high"):
            said.append(True)
        elif p.accept("lowest low", "lowest price", "low"):
            said.append(False)
        else:
            return None
        window = p.trial(extremes.window_after) or window
    return _lines(window) if window is not None and said[0] != said[1] else None


def _range_of(p: Cursor) -> Lines | None:
    """`the range of the previous 24 bars`."""
    window = p.trial(extremes.window_after) if p.accept(*_WORDS["range"]) else None
    return _lines(window) if window is not None else None


def _lines(window: extremes.Window) -> Lines | None:
    length, unit, excluded = window
    if unit is not None:
        return None
    found: list[Expr] = []
    for function, field in (("lowest", "low"), ("highest", "high")):
        line: Expr = ast.Call(function, (ast.Price(field), length))  # type: ignore[arg-type]
        found.append(ast.Past(line, number(1)) if excluded else line)
    return found[0], found[1]


# --------------------------------------------------------------- what refers to it


def _range(p: Cursor) -> Lines | None:
    """`the range of the previous 24 bars`, `that range`."""
    measured_here = p.trial(_range_of)
    if measured_here is not None:
        _keep(p, measured_here)
        return measured_here
    p.accept(*references.POINTERS)
    known = dict(p.context.channels)
    if "range_low" not in known or not p.accept(*_WORDS["range"], "channel") or p.at("of", "high", "low"):
        return None
    return known["range_low"], known["range_high"]


def _bands(p: Cursor) -> Lines | None:
    """`the Bollinger Bands (20, 2)`, `both bands`, `the Keltner channel`."""
    settings = Settings([], [])
    settings_before(p, settings)
    family = p.match(indicators.BANDS)
    if family is not None:
        settings_after(p, settings, takes_source=False)
    elif not settings.lengths and p.accept(*_WORDS["bands"]) and p.word(-1) != "band":
        family = references.last_band_family(p)
    if p.at(*_WORDS["one line"]):
        return None  # "the Donchian high" is one of the two
    lower, upper = (indicators.call(f"{family}_{side}", settings) if family else None for side in ("lower", "upper"))
    if lower is None or upper is None:
        return None
    p.mention(upper)
    return lower, upper


def _cloud(p: Cursor) -> Lines | None:
    p.accept("ichimoku")
    if not p.accept("kumo cloud", "cloud", "kumo"):
        return None
    return ast.Call("cloud_bottom", ()), ast.Call("cloud_top", ())


def edge(p: Cursor) -> Expr | None:
    """The far side, of `above the bands`, `below that range`: the word in front says which."""
    k = -1 if p.word(-1) != "both" else -2
    way = DIRECTION.match(p.tokens, p.i + k) if p.i + k >= 0 else None
    if way is None or way[1] != 1:
        return None
    lines = p.first_of(_range, _bands)
    if lines is None:
        return None
    p.context = replace(p.context, space=lines)
    return lines[1] if way[0] == "above" else lines[0]


def line(p: Cursor) -> Expr | None:
    """`that high`, `the top of the range`, `the middle of that box`."""
    if p.accept(*references.POINTERS):
        return _pointed(p)
    part = next((name for name, phrases in _PARTS if p.accept(*phrases)), None)
    lines = p.trial(_range) if part is not None else None
    if lines is None:
        return None
    if part == "middle":
        return ast.Arithmetic("/", ast.Arithmetic("+", lines[1], lines[0]), number(2))
    return lines[1] if part == "top" else lines[0]


def _pointed(p: Cursor) -> Expr | None:
    """`that high`, `this low`: of the range, else the last extreme that was named."""
    side = "high" if p.accept("high", "highest high") else "low" if p.accept("low", "lowest low") else ""
    if not side or p.at("of", "bar"):
        return None
    known = dict(p.context.channels).get(f"range_{side}")
    if known is not None:
        return known
    names = ("highest", "yesterday_high", "swing_high") if side == "high" else ("lowest", "yesterday_low", "swing_low")
    for binding in reversed(p.context.bindings):
        inner = binding.node.value if isinstance(binding.node, (ast.Past, ast.OnTimeframe)) else binding.node
        if isinstance(inner, ast.Call) and inner.function in names:
            return binding.node if not isinstance(binding.node, str) else None
    return None


def inside(p: Cursor, value: Expr, subject: Expr) -> Expr | None:
    """`is back inside the bands`, `is in the cloud`, `closes back inside the lower band`."""
    negated, back = predicates.verbs(p)
    within = p.accept(*_WORDS["inside"])
    if not (within or p.accept(*_WORDS["outside"])) or not is_price(value):
        return None
    p.skip("of")
    lines = p.first_of(_range, _cloud, _bands)
    if lines is None:
        return _one_line(p, subject, within, negated, back)
    lower, upper = (predicates.same_timeframe(p, value, one) for one in lines)
    was_out = any(level in lines or level in (lower, upper) for _, level, _ in p.context.levels)
    if back and within and not was_out:
        p.questions.append("Back inside from which side? Say what was crossed: the lower line, or the upper one.")
    p.about(value, None)
    between: Expr = ast.AllOf((ast.Compare("<", subject, upper), ast.Compare(">", subject, lower)))
    beyond: Expr = ast.AnyOf((ast.Compare(">", subject, upper), ast.Compare("<", subject, lower)))
    result = between if within else beyond
    return conditions.negated(result) if negated else result


def entering(p: Cursor, value: Expr, subject: Expr) -> Expr | None:
    """`enters the cloud (from below)`, `leaves the bands (upwards)`: inside now and not before, or the reverse."""
    predicates.verbs(p)
    leaves = p.accept(*_WORDS["leaves"])
    if not (leaves or p.accept(*_WORDS["enters"])) or not is_price(value) or p.context.bar:
        return None
    lines = p.first_of(_range, _cloud, _bands)
    if lines is None:
        return None
    below, above = p.accept(*_WORDS["from below"]), p.accept(*_WORDS["from above"])
    up, down = p.accept(*_WORDS["upwards"]), p.accept(*_WORDS["downwards"])
    lower, upper = (predicates.same_timeframe(p, value, one) for one in lines)
    inside_now: Expr = ast.AllOf((ast.Compare("<", subject, upper), ast.Compare(">", subject, lower)))
    p.about(value, None)
    one = number(1)
    if leaves:
        side: Expr = conditions.negated(inside_now)
        if up or down:
            side = ast.Compare(">=", subject, upper) if up else ast.Compare("<=", subject, lower)
        return conditions.all_of([side, ast.Past(inside_now, one)])
    was: Expr = conditions.negated(ast.Past(inside_now, one))
    if below or above or up or down:
        was = ast.Past(
            ast.Compare("<=", subject, lower) if below or up else ast.Compare(">=", subject, upper),
            one,
        )
    return conditions.all_of([inside_now, was])


def _one_line(p: Cursor, subject: Expr, within: bool, negated: bool, back: bool) -> Expr | None:
    """`closes back inside the lower band`, `closes outside the upper Keltner line`."""
    level = p.trial(values.value)
    name = level.function if isinstance(level, ast.Call) else ""
    if level is None or not name.endswith(("_upper", "_lower")) or negated:
        return None
    up = name.endswith("_lower") is within
    operator = ">" if up else "<"
    p.about(subject, level, "" if not back else "above" if up else "below")
    compared = ast.Compare(operator, subject, level)  # type: ignore[arg-type]
    return predicates.returned(p, compared, operator) if back and p.context.bar == 0 else compared


_RANKS = ("lower", "middle", "upper")


def two_lines(p: Cursor) -> Lines | None:
    """`the middle and the lower band`, `the lower Bollinger band and the middle band`: from the lower one up."""
    named = []
    for ends in (False, True):
        side = p.word()
        elided = side in _RANKS and p.word(1) == "and" and not ends
        line = None if elided else values.value(p)
        p.i += elided
        family = line.function.rpartition("_") if isinstance(line, ast.Call) else ("", "", "")
        side = family[2] if line is not None else side
        if side not in _RANKS or (not ends and not p.accept("and")):
            return None
        named.append((side, line))
    last = named[1][1]
    if not isinstance(last, ast.Call) or last.function[:3] not in ("bb_", "kc_", "dc_") or named[0][0] == named[1][0]:
        return None
    first = named[0][1] or ast.Call(f"{last.function[:2]}_{named[0][0]}", last.arguments)
    low, high = sorted(
        ((_RANKS.index(named[0][0]), first), (_RANKS.index(named[1][0]), last)), key=lambda pair: pair[0]
    )
    return low[1], high[1]
