"""Stage 5b: indicators with their settings: `the 20-period EMA`, `RSI(2)`, `lower Bollinger band (30, 2)`.

A mention without settings becomes a call without arguments; `settle.py` completes it from the rest of the text, or
from the registry's defaults, when everything has been read.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.functions import FUNCTIONS
from nl2strat.translate.offline import references, values
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import plain_number
from nl2strat.translate.offline.remembered import remembered
from nl2strat.translate.offline.settings import (
    CALENDAR_WORDS,
    PERIOD_WORDS,
    Settings,
    in_parentheses,
    settings_after,
    settings_before,
)
from nl2strat.translate.offline.vocabulary.indicators import (
    AVERAGES,
    BAND_FAMILIES,
    BAND_SIDES,
    FAMILIES,
    OSCILLATORS,
    SERIES,
)

_WORDS = listed("indicators")


_ADJECTIVES = (("ema", "exponential"), ("sma", "simple"), ("wma", "weighted"), ("smma", "smoothed"))
_AVERAGE_PHRASES = Phrases.of(AVERAGES)
_SIDES = Phrases.of(BAND_SIDES)
BANDS = Phrases.of(BAND_FAMILIES)
NOT_VALUES = ("candle", "pattern", "state")
NOT_HERE = frozenset({*_WORDS["not here"]})
"""Entries whose phrases have a grammar of their own (extremes.py, predicates.py)."""


@cache
def _named() -> Phrases[str]:
    """Phrase -> registry entry, from this package's vocabulary and the registry's synonyms."""
    table: dict[str, str] = {}
    for name, function in FUNCTIONS.items():
        if function.category in NOT_VALUES or name in NOT_HERE or function.result == "bool" or name in AVERAGES:
            continue
        for phrase in function.synonyms:
            words = [w for w in phrase.replace("'s", " 's").replace("-", " ").split() if w not in ("the", "a", "an")]
            table.setdefault(" ".join(words), name)
    for extra in (OSCILLATORS, SERIES):
        for name, phrases in extra.items():
            if name in FUNCTIONS:
                table.update(dict.fromkeys(phrases, name))
    return Phrases(table)


@cache
def averages() -> Phrases[str]:
    table = {phrase: name for name, phrases in AVERAGES.items() for phrase in phrases}
    for name, function in FUNCTIONS.items():
        if function.category == "average" and function.form == "series":
            for phrase in function.synonyms:
                table.setdefault(phrase.replace("'s", " 's").replace("-", " "), name)
    return Phrases(table)


@remembered
def indicator(p: Cursor) -> Expr | None:
    """Any indicator with what is said about its settings."""
    settings = Settings([], [])
    p.skip("classic", "standard", "regular", "default")
    p.skip("its own", "their own", "its", "their")
    sized = p.trial(_sized)
    if sized is not None:
        return sized
    settings_before(p, settings)
    return p.first_of(
        lambda q: _band(q, settings), lambda q: _average(q, settings), lambda q: _named_indicator(q, settings)
    )


def _sized(p: Cursor) -> Expr | None:
    """`the fast SMA (10)`, `a slow 30-period average`: an adjective, and a length all the same."""
    if not p.accept(*sorted((*references.SHORTER, *references.LONGER, *references.MIDDLE), key=len, reverse=True)):
        return None
    settings = Settings([], [])
    if p.at("one (", "1 (", "line ("):  # "... over the slow one (forty bars)": of the kind named before
        p.i += 1
        known = [m for m in p.context.mentions if isinstance(m, ast.Call) and m.function in AVERAGES]
        if not known or not in_parentheses(p, settings) or len(settings.lengths) != 1 or settings.calendar:
            return None
        return ast.Call(known[-1].function, (*known[-1].arguments[:1], settings.lengths[0]))
    settings_before(p, settings)
    return _average(p, settings)


# ---------------------------------------------------------------- averages


def _average(p: Cursor, settings: Settings) -> Expr | None:
    """A moving average of the close, the volume, another indicator."""
    owned = p.base(-1) == "its" or (bool(settings.lengths) and _its_before(p))
    name, longer = averages().match(p.tokens, p.i), _named().match(p.tokens, p.i)
    if name is not None and longer is not None and longer[1] > name[1]:
        return None  # "average true range" is no average of true ranges
    if p.word() == "means":
        return None  # a verb
    kind = p.match(averages())
    source_in_name = None
    if kind is None:
        return None
    first_average = kind
    if kind == "" and p.at("volume", "range", "body"):  # "average volume", "average range"
        source_in_name = p.trial(values.price) or p.trial(lambda q: _named_indicator(q, Settings([], [])))
    elif p.at("volume") and p.accept("volume"):
        source_in_name = ast.Price("volume")
    p.accept("line") if not p.at("line of") else None
    if not kind and p.at("("):
        kind = first_average = p.trial(lambda q: _kind_in_brackets(q, settings)) or ""
    settings_after(p, settings, takes_source=True, average=True)
    source = settings.source or source_in_name
    if not settings.lengths or len(settings.lengths) > 1:
        return None
    of_volume = first_average == "" and p.context.subject == ast.Price("volume")  # "volume above the average of ..."
    if source is None and (owned or of_volume) and p.context.subject is not None:
        source = references.owner(p)
    if first_average == "":
        p.note('"moving average" means the simple one.' if source is None else '"average" means the simple one.')
    if kind and FUNCTIONS[kind].form != "series":  # the volume-weighted one is always of the close
        if source not in (None, ast.Price("close")):
            return None
        result: Expr = ast.Call(kind, (settings.lengths[0],))
    else:
        result = ast.Call(kind or "sma", (source or ast.Price("close"), settings.lengths[0]))
    if settings.before:
        p.note("The previous bars do not include the signal bar.")
        result = ast.Past(result, ast.Number(Decimal(1)))
    if settings.calendar:
        result = references.on_calendar(p, result, settings.calendar)
    return result


def _kind_in_brackets(p: Cursor, settings: Settings) -> str | None:
    """`moving average (50, exponential)`, `average (exponential, 50 periods)`: its kind beside its length."""
    p.accept("(")
    kind = p.match(_KINDS)
    p.accept(",")
    length = plain_number(p)
    p.skip(*PERIOD_WORDS)
    p.accept(",")
    kind = kind or p.match(_KINDS)
    if kind is None or length is None or settings.lengths or not p.accept(")"):
        return None
    settings.lengths.append(length)
    return kind


_KINDS = Phrases.of({name: (f"{word}", f"{word} one") for name, word in _ADJECTIVES})


def _its_before(p: Cursor) -> bool:
    """Whether "its" or "their" stands before the settings that were just read."""
    k = -1
    while p.kind(k) == "number" or p.base(k) in (*PERIOD_WORDS, *CALENDAR_WORDS, "own"):
        k -= 1
    return p.base(k) in ("its", "their")


# ------------------------------------------------------------------- bands


def _band(p: Cursor, settings: Settings) -> Expr | None:
    """A line of a channel: `the upper Bollinger band`, `the lower band`, `Bollinger Bands (20, 2) upper band`."""
    side = p.match(_SIDES)
    family = p.match(BANDS)
    if family is not None and side is None:
        if p.at("("):
            p.trial(lambda q: in_parentheses(q, settings))
        p.skip("'s", "'")
        side = p.match(_SIDES)
        if side is None:
            return None
    if side is None:
        return None
    if (
        not p.accept("band", "line", "channel", "one", "boundary", "edge", "rail", "channel line", "channel band")
        and family is None
    ):
        return None
    p.skip("band", "line")
    settings_after(p, settings, takes_source=False)
    if family is None:
        family = p.trial(lambda q: _of_family(q, settings))
    family = family or references.last_band_family(p)
    if family is None:
        return None
    return call(f"{family}_{side}", settings)


def _of_family(p: Cursor, settings: Settings) -> str | None:
    """`... of the Bollinger Bands (20, 2)`; "of the previous bar" is none of it."""
    if not p.accept("of"):
        return None
    settings_before(p, settings)
    family = p.match(BANDS)
    if family is not None:
        settings_after(p, settings, takes_source=False)
    elif p.accept("channel", "that channel", "same channel"):
        return references.last_band_family(p)
    return family


# ------------------------------------------------------------ everything else


def _named_indicator(p: Cursor, settings: Settings) -> Expr | None:
    name = p.match(_named())
    if name is None:
        return None
    line = p.base(-1) in ("line", "indicator")
    p.skip("line", "value", "reading", "indicator") if not line else None
    function = FUNCTIONS[name]
    if function.numbers or function.form == "oscillator":
        settings_after(p, settings, takes_source=function.form in ("oscillator", "series"))
        if name.startswith("chandelier") and settings.lengths and not settings.factors:
            p.trial(lambda q: _so_many_atr(q, settings))
    elif function.form == "series" and p.base(-1) == "of":  # "square root of" something: not of the close by default
        settings.source = p.trial(values.product)
        if settings.source is None:
            return None
    p.skip("line", "value", "reading", "'s")
    if name == "macd" and p.word(-1) == ")":
        name = "macd_hist" if p.accept("histogram") else "macd_signal" if p.accept("signal line", "signal") else name
    if name in ("stoch_k", "stoch_fast_k", "stoch_rsi_k") and p.accept("%k line", "%d line", "%k", "%d", "k", "d"):
        name = f"{name[:-1]}{'d' if 'd' in p.word(-1) or 'd' in p.word(-2)[-1:] else 'k'}"
    elif name in ("stoch_k", "stoch_d") and p.word(-1) in _LINES and not settings.lengths:
        name = _line_of_last(p, name)
    result = call(name, settings)
    if result is not None and settings.calendar:
        result = references.on_calendar(p, result, settings.calendar)
    return result


def _so_many_atr(p: Cursor, settings: Settings) -> bool | None:
    """`... of 22 bars and 3 ATR`."""
    p.accept("and", ",", "with", "and with", "at")
    amount = plain_number(p)
    if amount is None or not p.accept("atr", "times atr", "x atr", "atr multiple", "multiplier"):
        return None
    settings.factors.append(amount)
    return True


_LINES = ("%k", "%d", "k", "d")


def _line_of_last(p: Cursor, name: str) -> str:
    """`%K` alone, after a stochastic RSI or a fast stochastic was named, is a line of that one."""
    for mention in reversed(p.context.mentions):
        inner = mention.value if isinstance(mention, (ast.OnTimeframe, ast.Past)) else mention
        if isinstance(inner, ast.Call) and inner.function.startswith("stoch_"):
            return f"{inner.function[:-1]}{name[-1]}"
    return name


def call(name: str, settings: Settings) -> Expr | None:
    """The call, its settings put where the registry wants them; None if they do not fit."""
    function = FUNCTIONS[name]
    arguments: list[Expr] = []
    numbers = [q for q in function.params if q.is_number]
    pool = list(settings.lengths)
    factors = list(settings.factors)
    if not any(q.kind == "int" for q in numbers):
        factors, pool = [*pool, *factors], []
    for param in numbers:
        wanted = factors if param.kind == "float" else pool
        if not wanted and param.kind == "float" and pool:
            wanted = pool
        if not wanted:
            if pool or factors:
                if param.default is None:
                    return None
                arguments.append(ast.Number(Decimal(str(param.default)).normalize()))
                continue
            break
        arguments.append(wanted.pop(0))
    if pool or factors:
        return None
    if settings.source is not None:
        if function.form == "oscillator":
            arguments += [ast.Number(Decimal(f"{q.default:g}")) for q in numbers[len(arguments) :]]
            arguments.append(settings.source)
        elif function.form == "series":
            arguments.insert(0, settings.source)
        else:
            return None
    elif function.form == "series":
        arguments.insert(0, ast.Price("close"))
    return ast.Call(name, tuple(arguments))


def family_of(name: str) -> str:
    """The group of functions that share settings ("bb_upper" -> "bb")."""
    return FAMILIES.get(name, name)
