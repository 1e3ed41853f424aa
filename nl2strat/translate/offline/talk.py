"""Small talk: a clause without number, condition, order or restriction, shown to the user as ignored."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from nl2strat.translate.offline.phrases import Phrases
from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.indicators import AVERAGES, BAND_FAMILIES, OSCILLATORS
from nl2strat.translate.offline.vocabulary.talk import IDIOMS, TRIGGERS


@cache
def _idioms() -> Phrases[bool]:
    return Phrases(dict.fromkeys(IDIOMS, True))


@cache
def _indicator_words() -> frozenset[str]:
    names = [phrase for table in (AVERAGES, OSCILLATORS, BAND_FAMILIES) for phrases in table.values() for phrase in phrases]
    return frozenset(word for phrase in names for word in phrase.split() if len(word) > 2) - {"simple", "line", "mean", "main", "fast", "day", "value", "will"}


def is_small_talk(tokens: Sequence[Token]) -> bool:
    """Whether the clause can be left out: nothing in it could be part of a rule."""
    i = 0
    while i < len(tokens):
        token = tokens[i]
        idiom = _idioms().match(tokens, i)
        if idiom is not None:
            i += idiom[1]
            continue
        if token.kind in ("number", "clock") or token.word in ("%", "$", ">", "<", "=", ">=", "<=", "{", "}", "\\", "|", "_", "@", "#", "^", "~", "[", "]", "/"):
            return False
        if token.kind == "word" and (not token.word.isascii() or token.base in TRIGGERS or token.word in TRIGGERS or token.word in _indicator_words()):
            return False
        if token.kind == "mark" and not token.word.isascii():
            return False
        i += 1
    return True
