"""Stage 5e: runs of bars: two consecutive closes above the average, three red candles in a row."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import atoms, conditions, heikin, lengths, predicates, wicks
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import count
from nl2strat.translate.offline.subjects import Subject

_WORDS = listed("runs")
_IN_A_ROW = ("in a row", "in row", "in succession", "running", "one after other", "consecutively", "back to back")
_NTH = {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth"}
_ORDINALS = {word: number for number, word in _NTH.items()}


def run_of_bars(p: Cursor) -> Expr | None:
    """`two consecutive closes above the EMA`, `three red candles in a row`, `each of the last 3 closes ...`."""
    return p.first_of(_so_many_of, _run, _each_of_last)


def _so_many_of(p: Cursor) -> Expr | None:
    """`at least four of the last five bars closed higher than they opened`, `3 of the past 4 closes are above X`."""
    operator, exact = ">=", False
    if p.accept("exactly", "precisely"):
        operator = "=="
    elif p.accept("at least", "no fewer than", "no less than"):
        pass
    elif p.accept("more than"):
        operator = ">"
    elif p.accept("at most", "no more than"):
        operator = "<="
    elif p.accept("fewer than", "less than"):
        operator = "<"
    else:
        exact = True
    wanted = count(p)
    if not isinstance(wanted, (ast.Number, ast.Name)) or not p.accept("of", "out of"):
        return None
    if not p.accept("last", "past", "previous", "most recent", "latest"):
        return None
    excluded = p.base(-1) == "previous"
    length = count(p)
    if length is None:
        return None
    if _run_closes(p) is None and p.base() not in ("closes", "is", "have"):
        return None
    p.skip("have", "is") if not p.at("is in", "is not") else None
    one = p.trial(lambda q: predicates.predicate(q, Subject(ast.Price("close"), is_bar=True)))
    if one is None:
        return None
    if exact:
        p.note("So many of the last bars means at least so many.")
    counted: Expr = ast.Call("count", (one, length))
    if excluded:
        counted = ast.Past(counted, ast.Number(Decimal(1)))
    return ast.Compare(operator, counted, wanted)  # type: ignore[arg-type]


def nth_in_a_row(p: Cursor) -> ast.Number | None:
    """The number of `the third bar in a row`, `the third consecutive bar`; the unit stays where it is."""
    ordinal = _ORDINALS.get(p.word())
    if ordinal is None:
        return None
    p.i += 1
    running = p.accept("consecutive", "successive", "straight")
    i = p.i
    p.accept("bar", "time", "day", "hour", "close", "closes")
    running = p.at(*_IN_A_ROW, "straight") or running
    p.i = i
    return ast.Number(Decimal(ordinal)) if running else None


def one_bar(p: Cursor) -> Expr | None:
    """`a lower close`, `a higher high`, `a lower wick of at least twice its body`."""
    sized = p.trial(wicks.measured)
    if sized is not None:
        return sized
    found = _run_direction(p)
    if found is None:
        return None
    if p.accept(*_WORDS["than before"]) and p.at(")"):
        return None  # what a bracket defines holds for all that follows, which is not read yet
    return None if p.at("than", "for", "above", "below") else found


def _run(p: Cursor) -> Expr | None:
    p.skip("at least", "series of", "run of") if p.at("at least", "a series of", "series of", "run of") else None
    ordinal = _ORDINALS.get(p.word())
    if p.ahead(lengths.named_by_length):
        return None  # "the 9 closes above the 21": an average
    p.i += 1 if ordinal else 0
    length = ast.Number(Decimal(ordinal)) if ordinal else count(p)
    if not isinstance(length, (ast.Number, ast.Name)):
        return None
    p.accept("or more") if not ordinal else None
    consecutive = p.accept("consecutive", "successive", "back to back", "straight")
    one = p.first_of(_run_pattern, _run_defined, _run_direction, _run_closes)
    if one is None:
        return None
    consecutive = p.accept(*_IN_A_ROW) or consecutive
    if isinstance(one, str):
        rest = p.trial(lambda q: _run_rest(q, one))
        if rest is None:
            return None
        one_bar: Expr = rest
        consecutive = p.accept("in a row", "in row", "in succession", "running", "consecutively") or consecutive
    else:
        one_bar = one
        p.accept("form", "close", "closes")
        also = p.trial(_each_closing)
        one_bar = one_bar if also is None else conditions.all_of([one_bar, also])
    if ordinal:
        if not consecutive:
            return None
        p.note(f"The {_NTH[ordinal]} in a row: at least {ordinal} of them follow one another.")
    elif not consecutive:
        p.note("Several bars of a kind are taken to follow one another.")
    return ast.ForBars(one_bar, length)


def _each_closing(p: Cursor) -> Expr | None:
    """`..., each closing higher than the one before`, `each with a lower low than the bar before`."""
    p.skip(",", "and", "with")
    if p.accept(*_WORDS["each closing"]):
        up = p.accept("higher", "above")
        if not up and not p.accept("lower", "below"):
            return None
        close = ast.Price("close")
        found: Expr | None = ast.Compare(">" if up else "<", close, ast.Past(close, ast.Number(Decimal(1))))
    elif p.accept("each with", "each having", "each makes", "each making"):
        found = _run_direction(p)
    else:
        return None
    return found if p.accept(*_WORDS["than before"]) else None


def _run_defined(p: Cursor) -> Expr | None:
    """`strong bars`, where the text says what a strong bar is."""
    names = sorted((n for n, _ in p.context.definitions if n not in ("included", "such")), key=len, reverse=True)
    found = next((p.definition(n) for n in names if p.accept(n)), None)
    if found is not None:
        counted = p.accept("bar") or p.word(-1) != p.base(-1) or p.at(*_IN_A_ROW) or p.word(-1) in ("bar", "bars")
        if not counted:  # "when 7 bullish": seven of what?
            return None
        p.context = replace(p.context, used=(*p.context.used, found))
    return found


def _run_pattern(p: Cursor) -> Expr | None:
    """`red candles`, `bullish bars`, `green Heikin-Ashi candles`."""
    green = p.accept("green", "bullish", "up", "white", "positive")
    if not green and not p.accept("red", "bearish", "down", "black", "negative"):
        return None
    if p.base(-1) in ("up", "down") and p.at("closes", "close"):
        return None  # an up close is above the close before it, whatever the colour
    smoothed = p.accept("heikin ashi", "ha", "heiken ashi")
    if not p.accept("bar", "day", "closes", "ha bar", "hour", "week", "body"):
        return None
    name = "green" if green else "red"
    return heikin.colour(name) if smoothed else ast.Call(name, ())


def _run_direction(p: Cursor) -> Expr | None:
    """`higher closes`, `lower lows`, `rising closes`."""
    up = p.accept("higher", "rising", "up")
    if not up and not p.accept("lower", "falling", "down"):
        return None
    if p.accept("closes", "close"):
        field = ast.Price("close")
    elif p.accept("high"):
        field = ast.Price("high")
    elif p.accept("low"):
        field = ast.Price("low")
    else:
        return None
    return ast.Compare(">" if up else "<", field, ast.Past(field, ast.Number(Decimal(1))))


def _run_closes(p: Cursor) -> str | None:
    """`closes ...`, `bars ...`: what they do comes after."""
    if p.accept("closes", "close", "closing prices", "daily closes", "hourly closes"):
        return "closes"
    if p.accept("bar", "bar closes", "day"):
        return "bars"
    return None


def _run_rest(p: Cursor, kind: str) -> Expr | None:
    """`... above the EMA`, `... that are each lower than the close before`, `... with RSI below 30`."""
    p.accept(",")
    p.skip(*_WORDS["run rest filler"])
    if p.accept("with", "where", "on which", "during which", "in which", "for which"):
        first = p.trial(atoms.atom)
        i = p.i
        second = p.trial(one_bar) if first is not None and p.accept("and") else None
        if first is None or second is None:
            p.i = i
            return first
        return conditions.all_of([first, second])
    return predicates.predicate(p, Subject(ast.Price("close"), is_bar=True))


def _each_of_last(p: Cursor) -> Expr | None:
    """`each of the last 3 bars closed above X`, `all of the past 5 bars are green`."""
    p.skip("each of", "all of", "every one of", "all", "both of", "each")
    if not p.accept("last", "past", "previous", "most recent"):
        return None
    excluded = p.base(-1) == "previous"
    length = count(p)
    field = "high" if p.accept("high") else "low" if p.accept("low") else "close"
    if length is None or (field == "close" and _run_closes(p) is None):
        return None
    p.skip("have", "are", "is", "all", "each", "have all", "both") if not p.at("is in", "is not") else None
    about = Subject(ast.Price(field), is_bar=field == "close")  # type: ignore[arg-type]
    one = p.trial(lambda q: predicates.predicate(q, about))
    if one is None:
        return None
    result: Expr = ast.ForBars(one, length)
    return ast.Past(result, ast.Number(Decimal(1))) if excluded else result
