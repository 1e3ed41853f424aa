"""Small talk: a clause without number, condition, order or restriction, shown to the user as ignored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from nl2strat.translate.offline.elements import (
    Aside,
    Element,
    Frame,
    Leave,
    Mark,
    Market,
    Mention,
    Open,
    Talk,
    Title,
    Unknown,
)
from nl2strat.translate.offline.known import known_words
from nl2strat.translate.offline.phrases import Phrases, listed, whole
from nl2strat.translate.offline.refuse import topics
from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.markets import NAMED_MARKETS, SYMBOLS, TIMEFRAME_CODES, TIMEFRAME_WORDS
from nl2strat.translate.offline.vocabulary.ordinary import ORDINARY
from nl2strat.translate.offline.vocabulary.talk import ASIDES, IDIOMS, TRIGGERS


@cache
def _idioms() -> Phrases[bool]:
    return Phrases(dict.fromkeys(whole(IDIOMS), True))


@cache
def _asides() -> frozenset[str]:
    return frozenset(word for phrase in ASIDES for word in phrase.split())


def _is_quiet(token: Token) -> bool:
    """Everyday words, and words that mean nothing to the translator; a trading word is never quiet."""
    if not token.word.isascii() or token.base in TRIGGERS or token.word in TRIGGERS:
        return False
    if token.word in ORDINARY or token.word in _asides() or token.base in _asides():
        return True
    return token.word not in known_words() and token.base not in known_words()


def without_talk(sentence: Sequence[Element], tokens: Sequence[Token]) -> list[Element]:
    """The sentence with its clauses of small talk marked as such, whatever the parser made of single words in them."""
    result: list[Element] = []
    part: list[Element] = []
    for element in [*sentence, None]:
        ends = element is None or (
            isinstance(element.item, Mark) and element.item.kind in ("break", ",", ";", ":", "-")
        )
        if not ends:
            part.append(element)  # type: ignore[arg-type]
            continue
        result += _quiet(part, tokens)
        part = []
        if element is not None:
            result.append(element)
    return result


def _quiet(part: list[Element], tokens: Sequence[Token]) -> list[Element]:
    """One clause; where it only frames a market or an indicator, its other words are talk."""
    part = _used_mentions(part)
    if not any(isinstance(e.item, Unknown) for e in part):
        return part
    ordered = any(isinstance(e.item, (Open, Leave)) and e.last - e.first > 1 for e in part)  # "get out somehow"
    if not ordered and is_small_talk(tokens[part[0].first : part[-1].last]):
        return [Element(Talk(), part[0].first, part[-1].last)]
    framing = all(isinstance(e.item, (Unknown, Aside, Market, Frame, Mention)) for e in part)
    framing = framing and not any(tokens[e.first].word in _CONDITIONS for e in part if isinstance(e.item, Aside))
    unknown = [e for e in part if isinstance(e.item, Unknown)]
    if framing and len(part) > len(unknown) and all(is_small_talk(tokens[e.first : e.last]) for e in unknown):
        return [replace(e, item=Talk()) if isinstance(e.item, Unknown) else e for e in part]
    return part


_CONDITIONS = ("when", "if", "once", "whenever", "unless", "until")
"""Words that make a condition of what follows them: "when a good one comes along" is no small talk."""


def wishes(ignored: Sequence[Sequence[Token]]) -> list[str]:
    """A note for each clause that wishes something of the strategy that no rule can grant: `make it a good one`."""
    found = []
    for clause in ignored:
        words = {t.word for t in clause} | {t.base for t in clause}
        if words & _WISHED and words & _WISHING:
            said = " ".join(t.word for t in clause)
            found.append(f'"{said}" is a wish, which no rule can grant: it changes nothing.')
    return found


_WISHED, _WISHING = frozenset(listed("talk")["wished"]), frozenset(listed("talk")["wishing"])


def _used_mentions(part: list[Element]) -> list[Element]:
    """An indicator beside a rule that does not refer to it was not understood; in a heading it may stand alone."""
    acting = any(not isinstance(e.item, (Mention, Aside, Mark, Unknown, Market, Frame, Title, Talk)) for e in part)
    if not acting:
        return part
    return [replace(e, item=Unknown("")) if isinstance(e.item, Mention) and not e.item.settles else e for e in part]


def _is_year(tokens: Sequence[Token], i: int) -> bool:
    """`lurking since 2015`, `for three months`: what dates what is told."""
    token = tokens[i]
    following = tokens[i + 1].word if i + 1 < len(tokens) else ""
    if token.kind == "number" and following in ("months", "years") and i > 0 and tokens[i - 1].word in ("for", "last"):
        return True
    year = token.kind == "number" and len(token.word) == 4 and "1950" <= token.word <= "2049"
    return year and i > 0 and tokens[i - 1].word in ("since", "in", "from", "of", "back")


def is_small_talk(tokens: Sequence[Token]) -> bool:
    """Whether the clause can be left out: nothing in it could be part of a rule."""
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if topics().match(tokens, i) is not None:
            return False
        idiom = _idioms().match(tokens, i)
        if idiom is not None:
            i += idiom[1]
            continue
        if (
            token.word in SYMBOLS
            or token.word in NAMED_MARKETS
            or token.word in TIMEFRAME_CODES
            or token.word in TIMEFRAME_WORDS
        ):
            return False
        if _is_year(tokens, i):
            i += 1
            continue
        if token.kind in ("number", "clock") or token.word in (
            "%",
            "$",
            ">",
            "<",
            "=",
            ">=",
            "<=",
            "{",
            "}",
            "\\",
            "|",
            "_",
            "@",
            "#",
            "^",
            "~",
            "[",
            "]",
            "/",
        ):
            return False
        if token.kind == "word" and not _is_quiet(token):
            return False
        if token.kind == "mark" and not token.word.isascii():
            return False
        i += 1
    return True
