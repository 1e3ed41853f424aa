"""What fills the holes of templates: numbers of bars, events, dates, amounts, prices, conditions."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from decimal import Decimal

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import brackets, conditions, managing, references, spans, values
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.kinds import is_distance, is_price
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import count, plain_number
from nl2strat.translate.offline.templates import Reader

_WORDS = listed("holes")

EVENTS: Phrases[str] = Phrases.of({name: _WORDS[name] for name in ("loss", "win", "stop", "entry", "exit")})
_MONTHS = Phrases({name: k // 2 + 1 for k, name in enumerate(_WORDS["months"])})
_CURRENCY = _WORDS["currency"]
_UNITS = ("bar", "period", "hour", "minute", "day", "week")


@dataclass(frozen=True)
class Amount:
    """A share of the balance in percent, or money."""

    number: ast.Count
    percent: bool


def bars(p: Cursor) -> object | None:
    """`5 bars`, or (2, "hour") until the timeframe is known."""
    if p.accept("next bar", "following bar"):
        return ast.Number(Decimal(1))
    p.skip("next", "following", "at least", "another", "first")
    number = count(p)
    if number is None and p.base() in ("hour", "day", "week") and p.word() == p.base():
        number = ast.Number(Decimal(1))  # "after an hour"
    if number is None:
        return None
    p.skip("full", "whole", "more", "closed", "completed")
    unit = p.base()
    if not p.accept(*_UNITS):
        return None
    return number if unit in ("bar", "period") else (number, unit)


def event(p: Cursor) -> str | None:
    p.skip("each", "every", "any", "my", "was", "is", "getting", "being", "last", "previous", "been", "have")
    return p.match(EVENTS)


def result(p: Cursor) -> str | None:
    found = event(p)
    return found if found in ("loss", "win") else None


def amount(p: Cursor) -> Amount | None:
    """`3%`, `3% of the balance`, `$200`, `200 dollars`."""
    money = p.accept("$", "usd", "eur", "£", "€")
    number = plain_number(p)
    if number is None:
        return None
    if not money and p.accept("%", "percent"):
        p.accept(*_WORDS["of the account"])
        return Amount(number, percent=True)
    return Amount(number, percent=False) if p.accept(*_CURRENCY) or money else None


def money(p: Cursor) -> ast.Count | None:
    found = amount(p)
    return found.number if found is not None and not found.percent else None


def lots(p: Cursor) -> ast.Count | None:
    number = plain_number(p)
    return number if number is not None and p.accept("lot") else None


def distance(p: Cursor) -> Expr | None:
    found = brackets.read_distance(p)
    return found if found is not None and is_distance(found) else None


def price(p: Cursor) -> Expr | None:
    found = values.value(p)
    return found if found is not None and is_price(found) else None


def profit(p: Cursor) -> Expr | None:
    return managing.profit_reached(p)


def condition(p: Cursor) -> Expr | None:
    return conditions.condition(p)


def share(p: Cursor) -> ast.Count | None:
    return managing.share(p)


def clock(p: Cursor) -> tuple[ast.Clock, str | None] | None:
    """(17:00, its zone or None)."""
    found = spans.clock(p)
    return (found, spans.zone(p) or None) if found is not None else None


def symbol(p: Cursor) -> str | None:
    return references.market(p)


def symbols(p: Cursor) -> tuple[str, ...] | None:
    """`EURUSD, GBPUSD and USDJPY`: two or more."""
    found: list[str] = []
    end = p.i
    while (name := p.trial(symbol)) is not None:
        found.append(name)
        end = p.i
        p.skip(",", "and", "&", "/")
    p.i = end
    return tuple(dict.fromkeys(found)) if len(found) > 1 else None


# ------------------------------------------------------------------------- dates


def first_day(p: Cursor) -> str | None:
    """The first day of what is named: `2020`, `January 2020`, `1 January 2020`, `2020-01-31`."""
    found = _date(p)
    return None if found is None else f"{found[0]:04d}-{found[1] or 1:02d}-{found[2] or 1:02d}"


def last_day(p: Cursor) -> str | None:
    """The last day of what is named."""
    found = _date(p)
    if found is None:
        return None
    month = found[1] or 12
    return f"{found[0]:04d}-{month:02d}-{found[2] or monthrange(found[0], month)[1]:02d}"


def day_before(p: Cursor) -> str | None:
    """The last day before what is named ("before 2022")."""
    found = _date(p)
    if found is None or found[2]:
        return None
    year, month = (found[0], found[1] - 1) if found[1] > 1 else (found[0] - 1, 12)
    return f"{year:04d}-{month:02d}-{monthrange(year, month)[1]:02d}"


def _date(p: Cursor) -> tuple[int, int, int] | None:
    """(year, month or 0, day or 0)."""
    p.skip("start of", "beginning of", "end of", "year")
    found = p.first_of(_iso, _month_first, _day_first, _year_alone)
    if found is None or not (1 <= (found[1] or 1) <= 12):
        return None
    return found if not found[2] or 1 <= found[2] <= monthrange(found[0], found[1])[1] else None


def _whole(p: Cursor, low: int, high: int) -> int | None:
    token = p.token()
    if token is None or token.kind != "number" or token.value is None or token.value % 1:
        return None
    if not low <= token.value <= high:
        return None
    p.i += 1
    return int(token.value)


def _iso(p: Cursor) -> tuple[int, int, int] | None:
    parts = []
    for k, (low, high) in enumerate(((1970, 2099), (1, 12), (1, 31))):
        if k and not p.accept("-", "/"):
            return None
        part = _whole(p, low, high)
        if part is None:
            return None
        parts.append(part)
    return parts[0], parts[1], parts[2]


def _month_first(p: Cursor) -> tuple[int, int, int] | None:
    """`January 2020`, `Jan 5, 2020`, `January 5th 2020`."""
    month = p.match(_MONTHS)
    if month is None:
        return None
    day = _whole(p, 1, 31) or 0
    p.skip("th", "st", "nd", "rd", ",", "of")
    year = _whole(p, 1970, 2099)
    return (year, month, day) if year is not None else None


def _day_first(p: Cursor) -> tuple[int, int, int] | None:
    """`5 January 2020`, `5th of January 2020`."""
    day = _whole(p, 1, 31)
    p.skip("th", "st", "nd", "rd", "of")
    month = p.match(_MONTHS) if day else None
    p.accept(",")
    year = _whole(p, 1970, 2099) if month else None
    return (year, month, day) if year and month and day else None


def _year_alone(p: Cursor) -> tuple[int, int, int] | None:
    year = _whole(p, 1970, 2099)
    return (year, 0, 0) if year is not None and len(p.word(-1)) == 4 else None


READERS: dict[str, Reader] = {
    "n": count,
    "bars": bars,
    "event": event,
    "result": result,
    "amount": amount,
    "money": money,
    "lots": lots,
    "distance": distance,
    "price": price,
    "profit": profit,
    "condition": condition,
    "share": share,
    "clock": clock,
    "symbols": symbols,
    "first": first_day,
    "last": last_day,
    "before": day_before,
}
"""Name of a hole -> what reads it."""
