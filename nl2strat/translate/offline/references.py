"""Words that point back: "it", "the average", "that EMA", "the short one", "the upper band"; and markets by name."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.kinds import is_price
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.vocabulary.indicators import AVERAGES
from nl2strat.translate.offline.vocabulary.markets import NAMED_MARKETS, SYMBOLS
from nl2strat.translate.offline.vocabulary.phrases import DIRECTION

_WORDS = listed("references")

_SYMBOLS = Phrases({**SYMBOLS})
_NAMED = Phrases(NAMED_MARKETS)
_AVERAGE = Phrases.of(AVERAGES)
POINTERS = ("that", "this", "same", "those", "these", "said", "both")
SHORTER = ("short", "fast", "shorter", "faster", "quick", "quicker", "short term", "smaller", "shortest", "fastest")
LONGER = ("long", "slow", "longer", "slower", "long term", "bigger", "larger", "longest", "slowest")
MIDDLE = ("medium", "middle", "mid")


def market(p: Cursor) -> str | None:
    """A market's symbol; a nickname is an assumption."""
    symbol = p.match(_SYMBOLS)
    if symbol is not None:
        return symbol
    i = p.i
    symbol = p.match(_NAMED)
    if symbol is not None:
        name = " ".join(t.word for t in p.tokens[i : p.i])
        p.note(f'"{name}" means {symbol}.')
    return symbol


def reference(p: Cursor) -> Expr | None:
    """An expression that was named before."""
    return p.first_of(_that_extreme, _own_average, _sized, _kind, _difference, _pronoun, _stochastic_line)


def _that_extreme(p: Cursor) -> Expr | None:
    """`that high`, `this low`: the only one that was named before."""
    if not p.accept("that high", "that low", "this high", "this low") or p.at("of", "bar", "price"):
        return None
    field = ast.Price("high" if p.word(-1) == "high" else "low")
    known = list(dict.fromkeys(b.node for b in p.context.bindings if _extreme_of(b.node, field)))
    return known[0] if len(known) == 1 and isinstance(known[0], ast.Node) else None


def _extreme_of(node: Expr | str, field: ast.Price) -> bool:
    """Whether this is the price, of whatever bar, or its extreme over some bars."""
    plain = node.value if isinstance(node, ast.Past) else node
    return plain == field or (
        isinstance(plain, ast.Call) and plain.function in ("highest", "lowest") and plain.arguments[:1] == (field,)
    )


def signal_line(p: Cursor) -> Expr | None:
    """`its signal line`, `the signal`: of the MACD, or of the stochastic if that is spoken of."""
    p.skip("its", "own")
    if (
        not p.accept("signal line", "signal")
        or p.base() in ("bar", "day", "for", "on", "form", "add")
        or p.at("to buy", "to sell", "to enter")
    ):
        return None
    known = [p.context.subject, *reversed(p.context.mentions)]
    for value in known:
        inner = value.value if isinstance(value, (ast.OnTimeframe, ast.Past)) else value
        if not isinstance(inner, ast.Call):
            continue
        if inner.function.startswith("macd"):
            return ast.Call("macd_signal", inner.arguments)
        if inner.function.startswith("stoch_"):
            return ast.Call(f"{inner.function[:-1]}d", inner.arguments)
        if value is p.context.subject and p.base(-1) == "line":
            p.questions.append("Which signal line is meant? Only the MACD and the stochastic have one here.")
    return None


def _difference(p: Cursor) -> Expr | None:
    """`the difference`, `that ratio`: the one that was compared before."""
    p.accept(*POINTERS)
    said = p.word()
    if not p.accept("difference", "ratio", "sum") or p.at("between", "of"):
        return None
    signs = {"difference": "-", "ratio": "/", "sum": "+"}
    known = (subject for subject, _, _ in reversed(p.context.levels))
    return next((k for k in known if isinstance(k, ast.Arithmetic) and k.operator == signs.get(said)), None)


def _stochastic_line(p: Cursor) -> Expr | None:
    """`K`, `D` after a stochastic was named."""
    if not p.accept("k", "d", "k line", "d line"):
        return None
    letter = "k" if p.tokens[p.i - 1].word == "k" or p.word(-2) == "k" else "d"
    for mention in reversed(p.context.mentions):
        inner = mention.value if isinstance(mention, (ast.OnTimeframe, ast.Past)) else mention
        if isinstance(inner, ast.Call) and inner.function.startswith("stoch"):
            return ast.Call(f"{inner.function[:-1]}{letter}", inner.arguments)
    return None


def line_of_stochastic_rsi(p: Cursor) -> Expr | None:
    """`its D line`, `%D`, after the stochastic RSI was spoken of: its own, not that of the plain stochastic."""
    own = p.accept("its", "its own")
    letter = next((k for k in ("k", "d") if p.accept(f"{k} line", f"%{k} line", f"%{k}", k)), None)
    if letter is None or p.at("of", "("):
        return None
    subject = p.context.subject
    if own and not (isinstance(subject, ast.Call) and subject.function.startswith("stoch")):
        p.questions.append(f"Which %{letter.upper()} is meant? Only a stochastic has one.")
        return ast.Call(f"stoch_{letter}", ())
    spoken = [m.value if isinstance(m, (ast.OnTimeframe, ast.Past)) else m for m in reversed(p.context.mentions)]
    last = next((m for m in spoken if isinstance(m, ast.Call) and m.function.startswith("stoch_")), None)
    if last is None or not last.function.startswith("stoch_rsi_"):
        return None
    return ast.Call(f"stoch_rsi_{letter}", last.arguments)


def _pronoun(p: Cursor) -> Expr | None:
    """`it`, `them`, `that`: what the last condition compared with."""
    if p.accept(*_WORDS["pronoun"]):
        known, subject = _of_space(p), p.context.subject
        if isinstance(known, (ast.Number, ast.Minus)) and subject is not None:
            return p.level_of(subject) or known  # a number is the level of what was compared with it
        return known or _last(p)
    return None


def _of_space(p: Cursor) -> Expr | None:
    """What was compared last; `below it`, after "above that range", is below the other side of it."""
    known = p.context.object
    way = DIRECTION.match(p.tokens, p.i - 2) if p.i > 1 else None
    if p.context.space is None or known not in p.context.space or way is None:
        return known
    return p.context.space[1 if way[0] == "above" else 0]


def _own_average(p: Cursor) -> Expr | None:
    """`its SMA`, `its average`: the one of what is spoken of, if it was named before and there is no other."""
    subject = p.context.subject
    if subject is None or not p.accept("its", "its own"):
        return None
    kind = p.match(_AVERAGE)
    if kind is None or p.at("volume", "line", "of") or p.kind() == "number":
        return None
    own = [m for m in p.context.mentions if _is_average(m, kind) and _averaged(m) == subject]
    return own[-1] if len(set(own)) == 1 else None


def _averaged(value: Expr) -> Expr | None:
    """What an average is of."""
    inner = value.value if isinstance(value, (ast.OnTimeframe, ast.Past)) else value
    return inner.arguments[0] if isinstance(inner, ast.Call) and inner.arguments else None


def _kind(p: Cursor) -> Expr | None:
    """`the average`, `that EMA`, `the moving average`, `the same line`: the last one of that kind."""
    pointed = p.accept(*POINTERS)
    kind = p.match(_AVERAGE)
    if kind is not None and not p.at("volume"):
        p.accept("line")
        found = [m for m in p.context.mentions if _is_average(m, kind)]
        distinct = list(dict.fromkeys(found))
        if not found and kind:
            return None
        if len(distinct) == 1 or (found and pointed):
            return found[-1]
        if len(distinct) > 1:
            return found[-1] if p.context.object == found[-1] else None
        return None
    return None


def _sized(p: Cursor) -> Expr | None:
    """`the short one`, `the faster EMA`, `the slow average`, `the longer-term one`: by length, among averages."""
    sizes = ((SHORTER, 0), (LONGER, -1), (MIDDLE, 1))
    pick = next((place for words, place in sizes if p.accept(*sorted(words, key=len, reverse=True))), None)
    if pick is None:
        return None
    kind = p.match(_AVERAGE)
    if kind is None and not p.accept("one", "line", "average", "of two"):
        follows = p.base() in (
            "cross",
            "is",
            "above",
            "below",
            "turn",
            "break",
            "rise",
            "fall",
            "and",
            ",",
            ".",
            ";",
            "go",
            "",
        )
        if not follows or p.word(-1) in ("long", "short"):
            return None
    p.accept("one", "line")
    known = [m for m in p.context.mentions if _is_average(m, kind or "") and _length(m) is not None]
    distinct = sorted(dict.fromkeys(known), key=lambda m: _length(m) or 0)
    if len(distinct) < 2:
        return None
    return distinct[pick] if pick != 1 or len(distinct) == 3 else None


def _is_average(value: Expr, kind: str) -> bool:
    inner = value.value if isinstance(value, ast.OnTimeframe) else value
    if isinstance(inner, ast.Past):
        inner = inner.value
    return isinstance(inner, ast.Call) and (inner.function == kind if kind else inner.function in AVERAGES)


def _length(value: Expr) -> int | None:
    inner = value.value if isinstance(value, ast.OnTimeframe) else value
    last = inner.arguments[-1] if isinstance(inner, ast.Call) and inner.arguments else None
    return int(last.value) if isinstance(last, ast.Number) else None


def _last(p: Cursor) -> Expr | None:
    return p.context.mentions[-1] if p.context.mentions else None


def owner(p: Cursor) -> Expr | None:
    """Whose average "its 20-bar average" is: the subject's own, when the subject is a series by itself."""
    subject = p.context.subject
    if isinstance(subject, ast.OnTimeframe):
        subject = subject.value
    if isinstance(subject, ast.Price) and subject.field in ("open", "high", "low"):
        return ast.Price("close")
    if isinstance(subject, (ast.Price, ast.Call)) and not (isinstance(subject, ast.Call) and is_price(subject)):
        return subject
    return None


def last_band_family(p: Cursor) -> str | None:
    """The channel that "the upper band" belongs to: the last one named, else Bollinger's."""
    for mention in reversed(p.context.mentions):
        inner = mention.value if isinstance(mention, (ast.OnTimeframe, ast.Past)) else mention
        if isinstance(inner, ast.Call) and inner.function[:3] in ("bb_", "kc_", "dc_"):
            return inner.function[:2]
    p.note("The bands are Bollinger Bands.")
    return "bb"


def on_calendar(p: Cursor, value: Expr, timeframe: str) -> Expr:
    """ "20-day": on daily bars. On a daily chart `settle` takes the timeframe off again."""
    p.context = replace(p.context, periods=(*p.context.periods, timeframe))
    if p.timeframe != timeframe:
        p.note(f"A length in days, weeks or hours is one of bars of that kind: {timeframe}.")
    return ast.OnTimeframe(value, timeframe)
