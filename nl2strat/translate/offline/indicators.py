"""Stage 5b: indicators with their settings: `the 20-period EMA`, `RSI(2)`, `lower Bollinger band (30 bars, 2 deviations)`.

A mention without settings becomes a call without arguments; `settings.py` completes it from the rest of the text, or from
the registry's defaults, when everything has been read.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.functions import FUNCTIONS
from nl2strat.translate.offline import references, values
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import plain_number
from nl2strat.translate.offline.vocabulary.indicators import (
    AVERAGES,
    BAND_FAMILIES,
    BAND_SIDES,
    FAMILIES,
    OSCILLATORS,
    SERIES,
)

_WORDS = listed("indicators")

PERIOD_WORDS = ("period", "bar", "length", "lookback", "setting", "look back")
CALENDAR_WORDS = {"day": "D1", "hour": "H1", "week": "W1", "month": "MN1", "minute": "M1"}
FACTOR_WORDS = (
    "deviation",
    "standard deviation",
    "multiplier",
    "factor",
    "multiple",
    "mult",
    "times atr",
    "atr",
    "atrs",
)

_AVERAGE_PHRASES = Phrases.of(AVERAGES)
_SIDES = Phrases.of(BAND_SIDES)
_BANDS = Phrases.of(BAND_FAMILIES)
NOT_VALUES = ("candle", "pattern", "state")
NOT_HERE = frozenset({*_WORDS["not here"]})
"""Entries whose phrases have a grammar of their own (extremes.py, predicates.py)."""


@dataclass
class Settings:
    """What was said about an indicator so far."""

    lengths: list[Expr]
    factors: list[Expr]
    source: Expr | None = None
    calendar: str | None = None


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
def _averages() -> Phrases[str]:
    table = {phrase: name for name, phrases in AVERAGES.items() for phrase in phrases}
    for name, function in FUNCTIONS.items():
        if function.category == "average" and function.form == "series":
            for phrase in function.synonyms:
                table.setdefault(phrase.replace("'s", " 's").replace("-", " "), name)
    return Phrases(table)


def indicator(p: Cursor) -> Expr | None:
    """Any indicator with what is said about its settings."""
    settings = Settings([], [])
    p.skip("classic", "standard", "regular", "default")
    p.skip("its", "their") if p.at("its", "their") else None
    sized = p.trial(_sized)
    if sized is not None:
        return sized
    _settings_before(p, settings)
    return p.first_of(
        lambda q: _band(q, settings), lambda q: _average(q, settings), lambda q: _named_indicator(q, settings)
    )


def _sized(p: Cursor) -> Expr | None:
    """`the fast SMA (10)`, `a slow 30-period average`: an adjective, and a length all the same."""
    if not p.accept(*sorted((*references.SHORTER, *references.LONGER, *references.MIDDLE), key=len, reverse=True)):
        return None
    settings = Settings([], [])
    _settings_before(p, settings)
    return _average(p, settings)


def _settings_before(p: Cursor, settings: Settings) -> None:
    """`20-period`, `50`, `14 day`, `9/26/52`, `20, 2`, `20-period, 2.5-deviation` in front of the name."""
    i = p.i
    while (amount := plain_number(p)) is not None:
        if p.accept(*FACTOR_WORDS[:6]):
            settings.factors.append(amount)
        else:
            settings.lengths.append(amount)
            _period_unit(p, settings)
        if not (p.accept("/", ",", "and") and (p.kind() == "number" or p.word() in p.inputs)):
            break
    if p.base(-1) in ("/", ",", "and") and p.i > i:
        p.i -= 1


def _period_unit(p: Cursor, settings: Settings) -> bool:
    """The unit of a length; a calendar unit is remembered, "20-day" need not be 20 bars."""
    if p.accept(*PERIOD_WORDS):
        return True
    if p.base() in CALENDAR_WORDS:
        settings.calendar = CALENDAR_WORDS[p.base()]
        p.i += 1
        return True
    return False


def _settings_after(p: Cursor, settings: Settings, takes_source: bool) -> None:
    """`(20, 2)`, ` 14`, `of 50 periods`, `with period 20 and multiplier 3`, `of the volume`."""
    p.accept("indicator") if not p.at("indicator is", "indicator are") or True else None
    if p.at("(") and not p.trial(lambda q: _in_parentheses(q, settings)):
        return
    if p.trial(lambda q: _with(q, settings)) is None and not settings.lengths and not p.at("("):
        p.trial(lambda q: _bare_length(q, settings))
    if p.trial(lambda q: _of_length(q, settings)) is None and takes_source:
        p.trial(lambda q: _of_source(q, settings))
        if not settings.lengths:
            p.trial(lambda q: _of_length(q, settings))
    p.trial(lambda q: _with(q, settings))
    if p.at("("):
        p.trial(lambda q: _in_parentheses(q, settings))


def _bare_length(p: Cursor, settings: Settings) -> bool | None:
    """`EMA 20`, `RSI 14`: a whole number that is not the start of a quantity."""
    values_said: list[Expr] = []
    while p.kind() == "number" or (p.word() in p.inputs and not values_said):
        token = p.token()
        amount = plain_number(p)
        if amount is None or (token and token.value is not None and token.value % 1 and not values_said):
            return None
        values_said.append(amount)
        if not (p.kind(1) == "number" and p.accept("/", ",")):
            break
    if not values_said or p.at(*_WORDS["bare length ahead"]):
        return None
    settings.lengths += values_said
    return True


def _in_parentheses(p: Cursor, settings: Settings) -> bool | None:
    """`(14)`, `(20, 2)`, `(30 bars, 2 deviations)`, `(fast)`, `(close, 20)`, `(length 14, high)`."""
    if not p.accept("(") or (p.word() in p.inputs and p.word(1) == "="):
        return None
    while not p.accept(")"):
        if not _setting(p, settings):
            return None
        p.skip(",", ";", "/", "and")
    return True


def _setting(p: Cursor, settings: Settings) -> bool:
    """One setting: a length, a factor, or a source."""
    p.skip("with", "of", "default", "standard", "settings", "=")
    if p.word() not in p.inputs and p.accept("period", "length", "lookback", "n"):
        p.skip("=", ":", "of", "is")
        amount = plain_number(p)
        if amount is not None:
            settings.lengths.append(amount)
        return amount is not None
    if p.accept("multiplier", "factor", "deviation", "mult"):
        p.skip("=", ":", "of", "is")
        amount = plain_number(p)
        if amount is not None:
            settings.factors.append(amount)
        return amount is not None
    amount = plain_number(p)
    if amount is None:
        source = p.trial(values.price)
        settings.source = source
        return source is not None
    if p.accept(*(w for w in FACTOR_WORDS if w not in ("atr", "atrs"))):
        settings.factors.append(amount)
    elif isinstance(amount, ast.Number) and amount.value % 1:
        settings.factors.append(amount)
    else:
        settings.lengths.append(amount)
        _period_unit(p, settings)
    return True


def _with(p: Cursor, settings: Settings) -> bool | None:
    """`with ATR period 10 and multiplier 3`, `with 2 deviations`, `with the standard 9/26/52 settings`."""
    if not p.accept("with", "using", "set to", ", period", "="):
        return None
    if p.base(-1) == "=" and p.kind() != "number":
        return None
    if p.base(-1) == "period":
        p.i -= 1
    found = False
    while True:
        i = p.i
        p.skip("standard", "default", "usual", "settings", "setting", "last", "parameter", "parameters", "of", "atr")
        if not _one_with(p, settings):
            p.i = i
            break
        found = True
        p.skip("settings", "setting", "parameter")
        if not p.at("and", ",", "/"):
            break
        i = p.i
        p.i += 1
        if p.trial(lambda q: _one_with(q, Settings([], [])) or None) is None and not p.at("atr period", "standard"):
            p.i = i
            break
        p.i = i + 1
    if not found and p.accept("standard settings", "default settings", "standard parameter", "usual settings"):
        return True
    return True if found else None


def _one_with(p: Cursor, settings: Settings) -> bool:
    """`period 10`, `a multiplier of 3`, `2 deviations`, `9/26/52`, `14 periods`."""
    p.skip("a", "atr") if p.at("a", "atr") else None
    if p.at("period", "length", "lookback", "multiplier", "factor", "deviation"):
        return _setting(p, settings)
    if p.kind() != "number" and p.word() not in p.inputs:
        return False
    before = p.i
    said = Settings([], [])
    if not _setting(p, said):
        return False
    unit = p.base(-1) in (*PERIOD_WORDS, *FACTOR_WORDS, *CALENDAR_WORDS)
    while p.at("/") and p.kind(1) == "number":
        p.i += 1
        _setting(p, said)
    if not unit and not p.at("settings", "setting", "parameter") and len(said.lengths) == 1:
        p.i = before
        return False
    settings.lengths += said.lengths
    settings.factors += said.factors
    settings.calendar = settings.calendar or said.calendar
    return True


def _of_length(p: Cursor, settings: Settings) -> bool | None:
    """`of 50 periods`, `of length 20`, `over the last 20 bars`, `of the last 20`."""
    if settings.lengths or not p.accept("of", "over", "for", "across", "in", "during"):
        return None
    if p.accept("length", "period"):
        p.skip("of", "=")
        amount = plain_number(p)
    else:
        last = p.accept("last", "past", "previous", "latest", "most recent")
        amount = plain_number(p)
        if amount is not None and not _period_unit(p, settings) and not last and p.at("%", "pip", "point", "r"):
            return None
    if amount is None:
        return None
    settings.lengths.append(amount)
    return True


def _of_source(p: Cursor, settings: Settings) -> bool | None:
    """`of the volume`, `of the highs`, `of the RSI`."""
    if not p.accept("of", "on", "applied to"):
        return None
    p.skip("its", "that")
    symbol = p.trial(references.market)
    if symbol is not None:
        p.context = ast_replace_market(p, symbol)
        return True
    source = p.first_of(indicator, values.price)
    if source is None and p.accept("closes"):
        source = ast.Price("close")
    settings.source = source
    return True if source is not None else None


def ast_replace_market(p: Cursor, symbol: str):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(p.context, market=(*p.context.market, symbol))


# ---------------------------------------------------------------- averages


def _average(p: Cursor, settings: Settings) -> Expr | None:
    """A moving average of the close, the volume, another indicator."""
    owned = p.base(-1) == "its" or (settings.lengths and _its_before(p))
    kind = p.match(_averages())
    source_in_name = None
    if kind is None:
        return None
    first_average = kind
    if kind == "" and p.at("volume", "range", "body"):  # "average volume", "average range"
        source_in_name = p.trial(values.price) or p.trial(lambda q: _named_indicator(q, Settings([], [])))
    elif p.at("volume") and p.accept("volume"):
        source_in_name = ast.Price("volume")
    p.accept("line") if not p.at("line of") else None
    _settings_after(p, settings, takes_source=True)
    source = settings.source or source_in_name
    if not settings.lengths or len(settings.lengths) > 1:
        return None
    if source is None and owned and p.context.subject is not None:
        source = references.owner(p)
    if first_average == "":
        p.note('"moving average" means the simple one.' if source is None else '"average" means the simple one.')
    result: Expr = ast.Call(kind or "sma", (source or ast.Price("close"), settings.lengths[0]))
    if settings.calendar:
        result = references.on_calendar(p, result, settings.calendar)
    return result


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
    family = p.match(_BANDS)
    if family is not None and side is None:
        if p.at("("):
            p.trial(lambda q: _in_parentheses(q, settings))
        p.skip("'s", "'")
        side = p.match(_SIDES)
        if side is None:
            return None
    if side is None:
        return None
    if (
        not p.accept("band", "line", "channel", "boundary", "edge", "rail", "channel line", "channel band")
        and family is None
    ):
        return None
    p.skip("band", "line")
    _settings_after(p, settings, takes_source=False)
    if family is None and p.accept("of"):
        family = p.match(_BANDS)
        if family is None:
            return None
        _settings_after(p, settings, takes_source=False)
    family = family or references.last_band_family(p)
    if family is None:
        return None
    return _call(f"{family}_{side}", settings)


# ------------------------------------------------------------ everything else


def _named_indicator(p: Cursor, settings: Settings) -> Expr | None:
    name = p.match(_named())
    if name is None:
        return None
    line = p.base(-1) in ("line", "indicator")
    p.skip("line", "value", "reading", "indicator") if not line else None
    function = FUNCTIONS[name]
    _settings_after(p, settings, takes_source=function.form in ("oscillator", "series"))
    p.skip("line", "value", "reading")
    result = _call(name, settings)
    if result is not None and settings.calendar:
        result = references.on_calendar(p, result, settings.calendar)
    return result


def _call(name: str, settings: Settings) -> Expr | None:
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
