"""Stage 5b: what is said about an indicator: its length, its factors, its source."""

from __future__ import annotations

from dataclasses import dataclass

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import indicators, references, values
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import plain_number
from nl2strat.translate.offline.vocabulary.phrases import COMPARE

_WORDS = listed("settings")

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


PARAMETERS = (
    *("fast", "slow", "signal", "smooth", "window", "short", "medium", "long"),
    *("tenkan", "kijun", "senkou", "shift", "step", "maximum"),
)
"""Names of settings as the registry has them, in its order."""


_NAMED = ("step", "maximum", "max", "increment", "acceleration")
_LINKS = ("of", "=", ":")


@dataclass
class Settings:
    """What was said about an indicators.indicator so far."""

    lengths: list[Expr]
    factors: list[Expr]
    source: Expr | None = None
    calendar: str | None = None
    before: bool = False
    """Whether its bars end before the signal bar ("the average of the previous 20 bars")."""


def settings_before(p: Cursor, settings: Settings) -> None:
    """`20-period`, `50`, `14 day`, `9/26/52`, `20, 2`, `20-period, 2.5-deviation` in front of the name."""
    i = p.i
    if p.kind() == "number" and p.word() == "0":
        return  # a level: "below 0 means buy"
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


def settings_after(p: Cursor, settings: Settings, takes_source: bool, average: bool = False) -> None:
    """`(20, 2)`, ` 14`, `of 50 periods`, `with period 20 and multiplier 3`, `of the volume`.

    `average`: "of 20" is the length of an average; of an oscillator it would be a reading.
    """
    p.accept("indicator")
    if p.at("(") and not p.trial(lambda q: in_parentheses(q, settings)):
        return
    if p.trial(lambda q: _with(q, settings)) is None and not settings.lengths and not p.at("("):
        p.trial(lambda q: _bare_length(q, settings))
    if p.trial(lambda q: _of_length(q, settings, average)) is None and takes_source:
        p.trial(lambda q: _of_source(q, settings))
        if not settings.lengths:
            p.trial(lambda q: _of_length(q, settings, average))
    p.trial(lambda q: _with(q, settings))
    if p.at("("):
        p.trial(lambda q: in_parentheses(q, settings))


def _bare_length(p: Cursor, settings: Settings) -> bool | None:
    """`EMA 20`, `RSI 14`: a whole number that is not the start of a quantity."""
    values_said: list[Expr] = []
    while p.kind() == "number" or (p.word() in p.inputs and not values_said):
        token = p.token()
        amount = plain_number(p)
        no_length = token and token.value is not None and (token.value % 1 or not token.value)
        if amount is None or (no_length and not values_said):
            return None
        values_said.append(amount)
        if not (p.kind(1) == "number" and p.accept("/", ",")):
            break
    if not values_said or p.at(*_WORDS["bare length ahead"]):
        return None
    settings.lengths += values_said
    return True


def in_parentheses(p: Cursor, settings: Settings) -> bool | None:
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
    if p.word() not in p.inputs and p.kind(1) == "number" and p.accept(*PARAMETERS):
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
    keltner = any(t.base == "keltner" for t in p.tokens[max(0, p.i - 8) : p.i])
    if keltner and p.accept("ema"):
        settings.lengths.append(amount)
    elif (
        (keltner and p.accept("atr", "atrs"))
        or p.accept(*(w for w in FACTOR_WORDS if w not in ("atr", "atrs")))
        or (isinstance(amount, ast.Number) and amount.value % 1)
    ):
        settings.factors.append(amount)
    else:
        settings.lengths.append(amount)
        _period_unit(p, settings)
    return True


def _with(p: Cursor, settings: Settings) -> bool | None:
    """`with ATR period 10 and multiplier 3`, `with 2 deviations`, `with the standard 9/26/52 settings`."""
    p.accept(*_WORDS["worked out"])
    if p.at("with") and p.kind(1) == "number" and p.base(2) in ("lot", "mini", "micro"):
        return None  # "buy when it crosses the 30 SMA with 0.4 lots" says how much
    if not p.accept("with", "using", "set to", ", period", "=") and p.base(-1) != "over":
        return None
    if p.base(-1) == "=" and p.kind() != "number":
        return None
    if p.base(-1) == "period":
        p.i -= 1
    found = p.trial(lambda q: _numbered(q, settings)) is not None
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


def _numbered(p: Cursor, settings: Settings) -> bool | None:
    """`settings 8, 21 and 5`, `5, 35, 5 settings`: several numbers in the order of the registry."""
    named = p.accept("settings of", "setting of", "settings", "parameter of", "parameter")
    said: list[Expr] = []
    while (amount := plain_number(p)) is not None:
        said.append(amount)
        if not (p.at(", and", ",", "/", "and", "-") and p.kind(1 + p.at(", and")) == "number"):
            break
        p.accept(", and", ",", "/", "and", "-")
    if len(said) < 2 or p.at(*_WORDS["bare length ahead"]):
        return None
    if not named and not p.accept("settings", "setting", "parameter"):
        return None
    settings.lengths += said
    return True


def _one_with(p: Cursor, settings: Settings) -> bool:
    """`period 10`, `a multiplier of 3`, `2 deviations`, `9/26/52`, `14 periods`."""
    p.skip("a", "atr") if p.at("a", "atr") else None
    if p.at("period", "length", "lookback", "multiplier", "factor", "deviation"):
        return _setting(p, settings)
    if p.word() in _NAMED and p.kind(1 + p.at(*(f"{name} {link}" for name in _NAMED for link in _LINKS))) == "number":
        p.i += 1
        p.accept(*_LINKS)
        amount = plain_number(p)
        settings.lengths += [amount] if amount is not None else []
        return amount is not None
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


def _of_length(p: Cursor, settings: Settings, average: bool) -> bool | None:
    """`of 50 periods`, `of length 20`, `over the last 20 bars`, `of the last 20`."""
    if settings.lengths or not p.accept("of", "over", "for", "across", "in", "during"):
        return None
    bare = average and p.base(-1) == "of"
    if p.accept("length", "period"):
        p.skip("of", "=")
        amount = plain_number(p)
    else:
        settings.before = p.at("previous", "preceding")
        last = p.accept("last", "past", "previous", "preceding", "latest", "most recent")
        amount = plain_number(p)
        p.skip("previous", "past", "last") if p.at("previous bar", "past bar", "last bar") else None
        if amount is not None and not _period_unit(p, settings) and not last and (not bare or p.at(*_OTHER_UNITS)):
            amount = None
    if amount is None:
        settings.before = False
        return None
    settings.lengths.append(amount)
    return True


_OTHER_UNITS = ("%", "pip", "point", "r")


def _of_source(p: Cursor, settings: Settings) -> bool | None:
    """`of the volume`, `of the highs`, `of the RSI`."""
    if not p.accept("of", "on", "applied to"):
        return None
    p.skip("its", "that")
    symbol = p.trial(references.market)
    if symbol is not None:
        p.context = ast_replace_market(p, symbol)
        return True
    on = p.base(-1) == "on"
    source = p.first_of(indicators.indicator, values.price)
    if on and source == ast.Price("volume") and (COMPARE.match(p.tokens, p.i) or p.base() in ("of", "that", "is")):
        return None  # "crosses above the 20 SMA on volume above its average"
    if source is None and p.accept("closes"):
        source = ast.Price("close")
    settings.source = source
    return True if source is not None else None


def ast_replace_market(p: Cursor, symbol: str):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(p.context, market=(*p.context.market, symbol))
