"""Stage 5c: highest and lowest: `the highest high of the previous 20 bars`, `the 20-bar low`, `the last swing low`."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import indicators, references, values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import plain_number
from nl2strat.translate.offline.vocabulary.phrases import PREVIOUS

_WORDS = listed("extremes")

_BARS = ("bar", "period", "session")
_CALENDAR = {"day": "D1", "hour": "H1", "week": "W1", "month": "MN1"}
_TOP = ("highest", "maximum", "max", "greatest", "largest", "biggest")
_BOTTOM = ("lowest", "minimum", "min", "smallest")


def extreme(p: Cursor) -> Expr | None:
    """Any of the phrases for an extreme over a window."""
    return p.first_of(_superlative, _bar_extreme, _calendar_bar)


def _superlative(p: Cursor) -> Expr | None:
    """`the highest high of the previous 20 bars`, `the lowest low of the last 10 bars (signal bar included)`."""
    window = p.trial(lambda q: _window_before(q))
    if p.accept("every", "each of", "each", "any of", "all of", "all") and p.at("high of", "low of"):
        top = p.at("high")  # "higher than every high of the previous 15 bars"
    elif p.accept(*_TOP):
        top = True
    elif p.accept(*_BOTTOM):
        top = False
    else:
        return None
    source = p.first_of(indicators.indicator, values.price)
    if source is None and p.accept("closes", "value", "values", "point", "of"):
        source = ast.Price("close") if p.base(-1) == "closes" else ast.Price("high" if top else "low")
    if source is None:
        listed_first = p.i
        window = window or p.trial(window_after)
        closes = p.tokens[listed_first : p.i][-1:] and p.tokens[p.i - 1].word == "closes"
        p.i = p.i if closes else listed_first
        window = window if closes else None
        source = ast.Price("close") if closes else None
    if source is None:
        source = ast.Price("high" if top else "low") if p.at("in", "of", "over", "since", "for") else None
    window = window or p.trial(window_after)
    if window is None or source is None:
        return None
    return _build(p, "highest" if top else "lowest", source, *window)


Window = tuple[Expr, str | None, bool | None]
"""(length, timeframe, whether the signal bar is left out; None if the text does not say)"""


def _window_before(p: Cursor) -> Window | None:
    """`20-bar`, `previous 20-day`, `prior 10 bar`."""
    excluded = True if p.accept(*PREVIOUS) else None
    p.accept("last", "past", "new")
    amount = plain_number(p)
    if amount is None:
        return None
    if excluded is None and p.at("previous bar", "prior bar", "preceding bar") and p.accept(*PREVIOUS):
        excluded = True  # "the 20 previous bars"
    return _unit(p, amount, excluded)


def _unit(p: Cursor, amount: Expr, excluded: bool | None) -> Window | None:
    if p.accept(*_BARS):
        return amount, None, excluded
    if p.base() in _CALENDAR:
        p.i += 1
        return amount, _CALENDAR[p.base(-1)], excluded
    return None


def window_after(p: Cursor) -> Window | None:
    """`of the previous 20 bars`, `over the last 10 closes`, `of the 20 bars before it`, `in 20 bars`."""
    if not p.accept("of", "over", "in", "during", "from", "for", "across", "within"):
        return None
    excluded: bool | None = None
    these = p.accept("those", "these", "of those", "of these")
    if these:
        excluded = False  # the bars just spoken of; the signal bar is the last of them
    elif p.accept(*PREVIOUS) or (p.accept("last", "past", "most recent", "latest", "final") and p.accept(*PREVIOUS)):
        excluded = True
    amount = plain_number(p)
    if amount is None:
        return None
    p.skip("previous", "completed", "closed", "full", "finished") if p.at(
        "completed", "closed", "full", "finished"
    ) else None
    if excluded is None and p.accept(*PREVIOUS):
        excluded = True
    if p.at("bar ago", "day ago", "period ago", "hour ago", "bar earlier", "bar back"):
        return None
    window = _unit(p, amount, excluded) or (
        (amount, None, excluded)
        if p.accept("closes", "high", "low", "value", "values") or (excluded and _ends(p))
        else None
    )
    if window is None:
        return None
    excluded = _included(p, excluded)
    return window[0], window[1], excluded


def _ends(p: Cursor) -> bool:
    """`... of the previous 15`: nothing follows that could be its unit, so bars are counted."""
    listed_on = p.base() in ("and", "or", ",", ";", ")") and p.kind(1) != "number"
    return listed_on or p.kind() in ("", "break")


def _included(p: Cursor, excluded: bool | None) -> bool | None:
    """`(signal bar included)`, `not counting the current bar`, `before the signal bar`, `including this one`."""
    i = p.i
    p.skip("(", ",")
    if p.accept(*_WORDS["included"]):
        answer: bool | None = False
    elif p.accept(*_WORDS["included 2"]):
        answer = True
    else:
        p.i = i
        return excluded
    if p.word(i - p.i) == "(":
        p.accept(")")
    return answer


def _bar_extreme(p: Cursor) -> Expr | None:
    """`the 20-bar high`, `previous 20-day low`, `the 10-period highest close`, `high of the last 20 bars`."""
    window = p.trial(_window_before)
    if window is not None:
        source = p.trial(values.price) if p.at("high", "low") else None
        closing = p.accept("closing high", "closing low", "close high", "close low") if source is None else False
        if closing:
            return _build(p, "highest" if p.word(-1) == "high" else "lowest", ast.Price("close"), *window)
    else:
        source = p.trial(values.price) if p.at("high", "low", "highs", "lows") else None
        window = (
            p.trial(window_after)
            if source is not None and p.at("of", "over", "from", "for last", "in last", "for previous", "during last")
            else None
        )
    if not isinstance(source, ast.Price) or source.field not in ("high", "low") or window is None:
        return None
    length, unit, excluded = window
    return _build(p, "highest" if source.field == "high" else "lowest", source, length, unit, _included(p, excluded))


def _build(p: Cursor, function: str, source: Expr, length: Expr, unit: str | None, excluded: bool | None) -> Expr:
    """The call; whether the signal bar counts is settled where the value is used if the text does not say."""
    result: Expr = ast.Call(function, (source, length))
    if excluded:
        result = ast.Past(result, number(1))
    elif excluded is False:
        p.context = replace(p.context, definitions=(*p.context.definitions, ("included", result)))
    return references.on_calendar(p, result, unit) if unit else result


def _calendar_bar(p: Cursor) -> Expr | None:
    """`yesterday's high`, `the previous day's low`, `last week's close`: of the last such bar that has ended."""
    if p.accept(*_WORDS["calendar bar"]):
        timeframe = "D1"
    elif p.accept("last week 's", "previous week 's", "previous week", "last week"):
        timeframe = "W1"
    elif p.accept("last month 's", "previous month 's", "previous month", "last month"):
        timeframe = "MN1"
    else:
        field = p.trial(values.price) if p.at("high", "low", "close", "open", "closing price") else None
        if field is None or not p.accept("of"):
            return None
        if p.accept("yesterday", "previous day", "day before", "prior day", "last day"):
            timeframe = "D1"
        elif p.accept("last week", "previous week"):
            timeframe = "W1"
        elif p.accept("last month", "previous month"):
            timeframe = "MN1"
        else:
            return None
        return _of_period(field, timeframe)
    p.skip("daily") if p.at("daily high", "daily low", "daily close") else None
    if timeframe == "D1" and p.accept("range", "high low range", "trading range"):
        return ast.Arithmetic("-", ast.Call("yesterday_high", ()), ast.Call("yesterday_low", ()))
    return _of_period(p.trial(values.price), timeframe)


def _of_period(field: Expr | None, timeframe: str) -> Expr | None:
    """A price of the day, week or month before this one."""
    if not isinstance(field, ast.Price) or field.field in ("volume", "time"):
        return None
    return ast.Call(f"yesterday_{field.field}", ()) if timeframe == "D1" else ast.OnTimeframe(field, timeframe)
