"""Stage 5l: names and headings: symbol, timeframe, parameters, definitions, titles, indicators named ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.language import ast
from nl2strat.translate.offline import (
    channels,
    conditions,
    indicators,
    lengths,
    named,
    predicates,
    ranges,
    references,
    regimes,
    runs,
    values,
)
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Definition, Frame, Item, Market, Mention, Setting
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.settings import Settings, settings_after, settings_before
from nl2strat.translate.offline.subjects import subject
from nl2strat.translate.offline.times import timeframe_code
from nl2strat.translate.offline.tokens import Token

_WORDS = listed("headings")

_RESERVED = frozenset(
    [
        "stop",
        "target",
        "sl",
        "tp",
        "risk",
        "size",
        "volume",
        "symbol",
        "timeframe",
        "rsi",
        "ema",
        "sma",
        "macd",
        "atr",
        "adx",
        "close",
        "open",
        "high",
        "low",
        "pair",
        "entry",
        "exit",
    ]
)


def find_inputs(tokens: Sequence[Token]) -> frozenset[str]:
    """The names that the text sets to a number: `fast = 12`, `slow: 48`."""
    names = set()
    for i, token in enumerate(tokens[:-2]):
        used = token.word in ("sl", "tp") and _is_listed(tokens, i) and sum(t.word == token.word for t in tokens) > 1
        if _is_setting(tokens, i) and (used or token.word not in _RESERVED):
            names.add(token.word)
    return frozenset(names) | named.sized_inputs(tokens)


def _is_setting(tokens: Sequence[Token], i: int) -> bool:
    token = tokens[i]
    if token.base == "[name]" and tokens[i + 1].word == "is" and tokens[i + 2].kind == "number":
        return True
    if token.kind == "word" and tokens[i + 1].word in ("be", "to") and tokens[i + 2].kind == "number":
        return _is_let(tokens, i, "let" if tokens[i + 1].word == "be" else "set")
    if (
        token.kind != "word"
        or not (
            tokens[i + 1].word == "="
            or (tokens[i + 1].word == ":" and ("_" in token.word or _is_listed(tokens, i) or _is_letter(tokens, i)))
        )
        or tokens[i + 2].kind != "number"
    ):
        return False
    before = tokens[i - 1] if i else None
    free = (
        before is None
        or before.kind == "break"
        or before.word in (",", ":", ";", "(", "and", "let", "with", "-", "set", "input", "parameter", "where")
    )
    after = tokens[i + 3] if i + 3 < len(tokens) else None
    return free and (
        after is None or after.kind in ("break", "mark") or after.base in ("and", "pip", "%", "step", "in")
    )


def _is_letter(tokens: Sequence[Token], i: int) -> bool:
    """Whether one letter has a line of its own with its number, and is used: `n: 10`."""
    alone = (i == 0 or tokens[i - 1].kind == "break") and (i + 3 >= len(tokens) or tokens[i + 3].kind == "break")
    return len(tokens[i].word) == 1 and alone and sum(t.word == tokens[i].word for t in tokens) > 1


def _is_listed(tokens: Sequence[Token], i: int) -> bool:
    """Whether a name stands in the list under `Inputs:`, with nothing but other names and their numbers before it."""
    k = i - 1
    while k >= 0 and (
        tokens[k].kind in ("break", "number") or tokens[k].word in (",", ":", ";", "=", "%", "pip", "pips")
    ):
        k -= 1
        if k >= 0 and tokens[k].kind == "word" and tokens[k + 1].word in (":", "="):
            if tokens[k].base in ("input", "parameter", "parameters", "inputs", "setting", "settings"):
                return True
            k -= 1
    return False


def _is_let(tokens: Sequence[Token], i: int, opening: str) -> bool:
    """Whether "let" (or "set") opens the list in which a name that is used is set: `let length be 10, level be 30`."""
    after = tokens[i + 3] if i + 3 < len(tokens) else None
    used = sum(t.word == tokens[i].word for t in tokens) > 1
    if not used or not (after is None or after.kind == "break" or after.word in (",", ";", "and")):
        return False
    for token in reversed(tokens[:i]):
        if token.kind == "break":
            return False
        if token.word == opening:
            return True
    return False


def join_names(tokens: Sequence[Token]) -> list[Token]:
    """`risk_mult` is one token."""
    result: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        opened = token.word == "[" and not token.glued and i + 2 < len(tokens) and tokens[i + 1].kind == "word"
        if opened:  # explain writes inputs as [fast]
            token, i = replace(tokens[i + 1], start=token.start, glued=False), i + 1
        while (
            i + 2 < len(tokens)
            and tokens[i + 1].word == "_"
            and tokens[i + 1].glued
            and tokens[i + 2].glued
            and tokens[i + 2].kind in ("word", "number")
        ):
            word = f"{token.word}_{tokens[i + 2].word}"
            token = replace(token, end=tokens[i + 2].end, word=word, base=word, kind="word")
            i += 2
        if opened and i + 1 < len(tokens) and tokens[i + 1].word == "]":
            token, i = replace(token, end=tokens[i + 1].end, base="[name]"), i + 1
        result.append(token)
        i += 1
    return result


def parameters(p: Cursor) -> Setting | None:
    """`fast = 12`."""
    p.skip("parameter", "parameters", "input", "inputs", "settings", "let", "set", "with", ":") if p.at(
        "parameter", "parameters", "input", "inputs", "settings", "let", "set"
    ) else None
    p.accept("where")
    taken = named.sized_setting(p.tokens, p.i) if p.token() is not None else 0
    if taken and (amount := p.tokens[p.i + taken].value) is not None:
        name = p.word()
        p.i += taken + 1
        p.accept("period", "bar")
        return Setting(ast.Input(name, amount))
    token = p.token()
    if token is None or token.word not in p.inputs or p.word(1) not in ("=", ":", "is", "be", "to"):
        return None
    p.i += 2
    value = p.token()
    if value is None or value.value is None:
        return None
    p.i += 1
    return Setting(ast.Input(token.word, value.value))


# ----------------------------------------------------------------- definitions


def definition(p: Cursor) -> Definition | Mention | None:
    """`Call it a squeeze when A`, `an uptrend means A`, `the Keltner lines are B plus and minus C`, `define X as A`."""
    return p.first_of(
        regimes.definition, ranges.definition, channels.measured, _bands, _call, _define, _means, named.assignment
    )


def _name(p: Cursor, stops: Sequence[str]) -> str | None:
    """Up to four words before one of the stops."""
    words: list[str] = []
    while len(words) < 5:
        if p.at(*stops):
            return " ".join(words) if words else None
        token = p.token()
        if token is None or token.kind != "word":
            return None
        words.append(token.base)
        p.i += 1
    return None


def _store(p: Cursor, name: str | None, ready: bool) -> Definition | None:
    if not name or not ready:
        return None
    found = conditions.condition(p)
    if found is None:
        return None
    p.define(name, found)
    return Definition(name)


def _call(p: Cursor) -> Definition | None:
    ready = p.accept(*_WORDS["call"])
    name = _name(p, ("when", "if", "whenever", "as long as", "while", "on", "is when")) if ready else None
    p.accept("when", "if", "whenever", "as long as", "while", "is when")
    if name in ("long", "buy", "short", "sell", "exit", "entry") or (
        name and any(w in ("buy", "sell", "long", "short", "to") for w in name.split())
    ):
        return None
    return _store(p, name, ready)


def _define(p: Cursor) -> Definition | None:
    if p.at("let rest", "let remainder", "let other", "let remaining", "let it", "let position", "let trade"):
        return None  # of what is held
    ready = p.accept("define", "let 's define", "i define", "let", "definition of", "definition :", "we define")
    name = _name(p, ("as", "is", "=", ":", "to is", "mean", "is when", "when")) if ready else None
    p.skip("as", "is", "=", ":", "to is", "mean", "when", "that")
    return _store(p, name, ready)


def _means(p: Cursor) -> Definition | None:
    shaped = p.trial(_shaped)
    if shaped is not None:
        return shaped
    name = _name(p, _WORDS["means"])
    if name is None or "buy" in name or "sell" in name or name in ("it", "this", "that"):
        return None
    p.accept(*_WORDS["means 2"])
    p.accept("is") if p.at("is bar") else None
    p.skip("that", ":") if not p.at("that close") else None
    return _store(p, name, True)


def _shaped(p: Cursor) -> Definition | None:
    """`A pin bar has a lower wick of at least two thirds of its range`: a kind of bar that only the text knows."""
    if (p.i and p.kind(-1) != "break") or p.ahead(subject):
        return None
    name = _name(p, ("have", "has"))
    coined = name is not None and name.endswith(" bar") and name.split()[0] not in _JOINING
    found = runs.one_bar(p) if coined and p.accept("have", "has") else None
    if found is None or name is None:
        return None
    p.define(name, conditions.modified(p, found))
    return Definition(name)


_JOINING = ("when", "if", "once", "after", "unless", "while", "until", "as", "buy", "sell", "short", "exit", "every")


def _bands(p: Cursor) -> Definition | None:
    """`the Keltner lines are the 20-period EMA plus and minus 1.5 times ATR(20)`."""
    p.skip("where", "with", "here")
    family = p.match(indicators.BANDS)
    if family is None:
        return None
    p.skip("band", "line", "channel", "upper and lower line")
    if not p.accept("is", "=", ":", "mean", "is define as", "consist of", "use"):
        return None
    middle = values.product(p)
    if middle is None or not p.accept(*_WORDS["bands"]):
        return None
    distance = values.product(p)
    if distance is None:
        return None
    upper, lower = ast.Arithmetic("+", middle, distance), ast.Arithmetic("-", middle, distance)
    lines = ((f"{family}_upper", upper), (f"{family}_lower", lower), (f"{family}_middle", middle))
    p.context = replace(p.context, channels=(*p.context.channels, *lines))
    return Definition(family)


# -------------------------------------------------------------------- headings


def heading(p: Cursor) -> Item | None:
    """A market, a timeframe, or an indicator that later words refer to."""
    return p.first_of(_frame, _market, _mention)


def _market(p: Cursor) -> Market | None:
    p.skip(*_WORDS["market filler"])
    symbol = references.market(p)
    if symbol is None:
        return None
    p.skip("chart", "market", "pair", "only", "data", "cfd", "spot", "futures") if not p.at(
        "futures contract"
    ) else None
    return Market(symbol)


def _frame(p: Cursor) -> Frame | None:
    p.skip(*_WORDS["frame filler"])
    code = timeframe_code(p)
    if code is None:
        return None
    named = p.accept(*_WORDS["frame"])
    if named and p.base(-1) == "close" and (p.base() in predicates.STARTS or predicates.starts_comparison(p)):
        return None  # "entry: hourly close crosses above ..." is a condition
    if (
        not named
        and p.word(-1) in ("daily", "weekly", "monthly")
        and p.at("filter", "trend", "close", "rsi", "ema", "sma")
    ):
        return None
    p.skip("chart", "only", "data")
    return Frame(code)


def _mention(p: Cursor) -> Mention | None:
    """`Supertrend with ATR period 10 and multiplier 3.`, `I have a 25 period EMA and a 75 period EMA on it`."""
    family = p.trial(named.family)
    if family is not None:
        return family
    ichimoku = p.trial(_ichimoku)
    if ichimoku is not None:
        return ichimoku
    bands = p.trial(_band_heading)
    if bands is not None:
        return bands
    averages = p.trial(lengths.averages_listed)
    if averages is not None:
        return averages
    value = p.first_of(indicators.indicator)
    if value is None:
        return None
    p.skip(*_WORDS["mention filler"])
    p.mention(value)
    p.context = replace(p.context, subject=value)
    return Mention(value)


def _ichimoku(p: Cursor) -> Mention | None:
    """`Ichimoku with the standard 9/26/52 settings`."""
    if not p.accept("ichimoku cloud", "ichimoku kinko hyo", "ichimoku"):
        return None
    p.skip(*_WORDS["ichimoku filler"])
    said = []
    while p.kind() == "number":
        token = p.token()
        said.append(int(token.value or 0) if token else 0)
        p.i += 1
        p.skip("/", ",", "and")
    p.skip("settings", ")", "parameter", "periods", "period", "default")
    if said not in ([], [9, 26, 52], [9, 26, 52, 26]):
        p.questions.append("Other Ichimoku settings than 9/26/52 are not supported yet. Use those?")
    return Mention(ast.Call("tenkan", ()))


def _band_heading(p: Cursor) -> Mention | None:
    """`Bollinger Bands (20, 2)`, `Bollinger Bands with 30 periods and 2.5 deviations`: all lines of the channel."""
    settings = Settings([], [])
    settings_before(p, settings)
    family = p.match(indicators.BANDS)
    if family is None or p.at("upper", "lower", "middle"):
        return None
    settings_after(p, settings, takes_source=False)
    value = indicators.call(f"{family}_upper", settings)
    if value is None:
        return None
    p.skip(*_WORDS["band heading filler"])
    p.mention(value)
    return Mention(value)
