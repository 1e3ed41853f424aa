"""Stage 2c: words that change nothing are taken out before parsing: articles and a closed list of fillers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.words import ARTICLES, HARMLESS

_COUNTED = ("trade", "entry", "position", "order", "once", "twice", "time", "times", "signal", "setup", "3", "2", "1")
_DEGREES = ("just", "well", "clearly", "quite", "very", "really", "fully")
"""In front of a comparison these say how far: "well above" is not just any distance."""
_PERIODS = ("day", "week", "month", "session", "trade", "hour")
_COMPARED = ("above", "below", "under", "over", "higher", "lower", "greater", "less", ">", "<")
_IS = ("it", "that", "there", "here", "what", "which", "this", "he", "let")


_CLOSED_ONCE = ("once", "trade")
"""The beginning of "once a trade is closed", which counts nothing."""


_AFTER_NAMES = ("", "=", ")", "*", ".", ",", ";", "/", "+", "times", "pip", "pips")


def _sets_a(tokens: Sequence[Token], i: int) -> bool:
    """`a = 10`: a parameter of that name."""
    return [t.word for t in tokens[i : i + 2]] == ["a", "="] and i + 2 < len(tokens) and tokens[i + 2].kind == "number"


def _has_lasted(tokens: Sequence[Token], i: int) -> bool:
    """Whether a state is spoken of before token i, not the time that a trade is held."""
    return any(t.word in ("been", "stayed", "remained", "closed", "was", "were") for t in tokens[max(0, i - 9) : i])


def drop_filler(tokens: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """(tokens that count, tokens dropped); "a" in "two trades a day" becomes "per", "'s" in "it's" becomes "is"."""
    kept: list[Token] = []
    dropped: list[Token] = []
    named_a = any(_sets_a(tokens, i) for i in range(len(tokens)))
    for i, token in enumerate(tokens):
        following = tokens[i + 1].base if i + 1 < len(tokens) else ""
        before = tokens[i - 1] if i else None
        counted = before is not None and before.base in _COUNTED
        if token.word == "a" and counted and following in _PERIODS and (tokens[i - 1].word, following) != _CLOSED_ONCE:
            kept.append(replace(token, word="per", base="per"))
        elif token.word == "a" and (
            (named_a and following in _AFTER_NAMES)
            or (before is not None and before.word in ("span", "senkou", "leading"))
        ):
            kept.append(token)
        elif (
            token.word == "may"
            and before is not None
            and before.word in ("in", "during", "of", "until", "from", "since")
        ):
            kept.append(replace(token, base="may (month)"))
        elif token.word == "its" and following in _COMPARED:
            kept.append(replace(token, word="it", base="it"))
        elif token.word == "exactly" and i + 2 < len(tokens) and tokens[i + 2].word in ("of", "out"):
            kept.append(token)  # "exactly two of the three" are not three
        elif token.word == "exactly" and before is not None and before.word == "for" and _has_lasted(tokens, i):
            kept.append(token)  # "has been above for exactly 3 bars" was not so before them
        elif token.word in _DEGREES and following in _COMPARED:
            kept.append(token)
        elif token.word == "so" and before is not None and before.word == "or":
            kept.append(replace(token, word="or so", base="or so"))
        elif token.word == "'s" and before is not None and before.word in _IS:
            kept.append(replace(token, word="is", base="is"))
        elif (token.kind == "word" and (token.word in ARTICLES or token.word in HARMLESS)) or (
            token.word in ('"', "'") and token.kind != "number"
        ):
            dropped.append(token)
        elif before is not None and before.word == "the" and token.kind == "number":
            kept.append(replace(token, definite=True))
        else:
            kept.append(token)
    return kept, dropped
