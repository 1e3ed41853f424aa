"""Stage 5l: names that a text gives to values: `fast = ema(close, 12)`, `the slow line is a 40 EMA`; family headings.

A name counts as a value from then on; a name that is never used, or is given twice, is asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import conditions, indicators, references, values
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Definition, Mention
from nl2strat.translate.offline.known import known_words
from nl2strat.translate.offline.phrases import Phrases
from nl2strat.translate.offline.settings import Settings, settings_after
from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.indicators import HEADED_FAMILIES

_SIZES = (*references.SHORTER, *references.LONGER, *references.MIDDLE)
_KINDS = ("line", "average", "ma", "ema", "sma", "moving average", "one", "signal")
_LENGTHS = ("period", "length", "ma", "ema", "sma", "average", "line", "one")
_HEADED = Phrases.of(HEADED_FAMILIES)


def sized_inputs(tokens: Sequence[Token]) -> frozenset[str]:
    """The sizes that the text sets to a number: `where fast is 9 and slow is 21`, `fast period = 9`."""
    return frozenset(t.word for i, t in enumerate(tokens) if sized_setting(tokens, i))


def sized_setting(tokens: Sequence[Token], i: int) -> int:
    """How many tokens `fast period = ` takes in front of its number at i; 0 if nothing is set there."""
    if tokens[i].word not in ("fast", "slow") or not _begins(tokens, i):
        return 0
    k = i + 1
    while k < len(tokens) and tokens[k].base in _LENGTHS:
        k += 1
    if k + 1 >= len(tokens) or tokens[k].word not in ("=", ":", "is") or tokens[k + 1].kind != "number":
        return 0
    after = tokens[k + 2] if k + 2 < len(tokens) else None
    ends = after is None or after.kind in ("break", "mark") or after.base in ("and", "period", "bar")
    of_kind = after is not None and after.base == "period" and k + 3 < len(tokens) and tokens[k + 3].kind == "word"
    return k + 1 - i if ends and not (of_kind and tokens[k + 3].base not in ("and",)) else 0


def _begins(tokens: Sequence[Token], i: int) -> bool:
    before = tokens[i - 1] if i else None
    return (
        before is None
        or before.kind in ("break", "mark")
        or before.word in ("where", "with", "and", "when", "let", "set")
    )


def assignment(p: Cursor) -> Definition | None:
    """`fast = ema(close, 12)`, `longCondition = close > fast`, `the slow line is the 40-period EMA`."""
    before = p.base(-1)
    if p.i and p.kind(-1) != "break" and before not in (",", ";", "and", "where", "with", ":", "-"):
        return None
    p.skip("where", "let", "var", "my") if p.at("where", "let", "var", "my") else None
    name = _name(p)
    if name is None:
        return None
    i, bound = p.i, p.context
    value = p.trial(values.value)
    if value is not None and _is_line(value) and _ends(p):
        _unique(p, name)
        p.context = replace(p.context, names=(*p.context.names, (name, value)))
        p.mention(value)
        return Definition(name)
    p.i, p.context = i, bound
    found = conditions.condition(p) if p.word(-1) == "=" else None
    if found is None or not _ends(p):
        return None
    _unique(p, name)
    p.define(name, found)
    return Definition(name)


def _name(p: Cursor) -> str | None:
    """A size (`fast line`), or one word that means nothing else in front of a sign of equality."""
    if p.accept(*sorted(_SIZES, key=len, reverse=True)):
        first = p.i - 1
        p.accept(*_KINDS)
        name = " ".join(t.base for t in p.tokens[first : p.i])
        return name if p.accept("=", "is", ":") and p.base(-2) != "long" else None
    edge = next((e for e in _EDGES if p.at(f"{e} =")), None)
    if edge is not None:
        p.i += len(edge.split()) + 1
        return edge
    token = p.token()
    if token is None or token.kind != "word" or p.word(1) != "=" or not token.word.replace("_", "a").isalnum():
        return None
    if token.word in known_words() or token.word in p.inputs:
        return None
    p.i += 2
    return token.word


_EDGES = tuple(f"{side}{kind}" for side in ("upper", "lower", "middle", "mid") for kind in (" band", " line", ""))
_OTHERS = ("bollinger", "keltner", "donchian", "band", "line", "channel", "wick", "shadow", "bb")


def _is_line(value: Expr) -> bool:
    return any(isinstance(n, (ast.Call, ast.Price)) for n in ast.walk(value))


def _ends(p: Cursor) -> bool:
    return p.kind() in ("", "break") or p.at(",", ";", "and", ".")


def _unique(p: Cursor, name: str) -> None:
    if any(known == name for known, _ in p.context.names) or p.definition(name) is not None:
        p.questions.append(f'"{name}" is defined twice. Which of the two is meant?')


def named_value(p: Cursor) -> Expr | None:
    """A value by the name that the text has given it; "the fast EMA" is what "fast" or "fast line" was said to be."""
    for name, value in sorted(p.context.names, key=lambda pair: -len(pair[0])):
        i = p.i
        if p.accept(name):
            if name in _EDGES and p.base() in _OTHERS:  # "the upper Bollinger band" is not what "upper" was said to be
                p.i = i
                continue
            if name in _SIZES:
                p.accept(*_KINDS)
            return value
    sized = {name.split()[0]: value for name, value in p.context.names if name.split()[0] in _SIZES}
    for size, value in sized.items():
        if p.accept(*(f"{size} {kind}" for kind in _KINDS)):
            return value
    return None


def family(p: Cursor) -> Mention | None:
    """`Aroon (25):`: settings of all lines of a family."""
    name = p.match(_HEADED)
    if name is None:
        return None
    settings = Settings([], [])
    settings_after(p, settings, takes_source=False)
    if not settings.lengths:
        return None
    value = indicators.call(name, settings)
    if value is None or not (p.kind() in ("", "break") or p.at(":", ",", "strategy", "system", "cross", "crossover")):
        return None
    p.skip("strategy", "system", "crossover", "cross")
    p.mention(value)
    return Mention(value)
