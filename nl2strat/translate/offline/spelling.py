"""Stage 4: typing mistakes, corrected only against the closed vocabulary and only when one word is meant.

A number is never touched, a word that is ordinary English is never touched, and every correction is an assumption.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.misspellings import MISSPELLINGS, WORTH_CORRECTING
from nl2strat.translate.offline.vocabulary.ordinary import ORDINARY
from nl2strat.translate.offline.vocabulary.words import FORMS, HARMLESS


def correct(tokens: Sequence[Token], known: frozenset[str]) -> tuple[list[Token], list[str]]:
    """The tokens with typos corrected, and one sentence for each correction."""
    result: list[Token] = []
    notes: list[str] = []
    for i, token in enumerate(tokens):
        word = _meant(tokens, i, known) if token.kind == "word" else None
        if word is None:
            result.append(token)
            continue
        notes.append(f'"{token.word}" is read as "{word}".')
        result.append(replace(token, word=word, base=FORMS.get(word, word)))
    return result, notes


def _meant(tokens: Sequence[Token], i: int, known: frozenset[str]) -> str | None:
    word = tokens[i].word
    if word == "by" and _starts_an_order(tokens, i):
        return "buy"
    if word == "lose" and (not i or tokens[i - 1].word != "stop"):
        return None  # only "stop lose" is a slip
    if word in MISSPELLINGS:
        return MISSPELLINGS[word]
    if word in known or word in FORMS or word in HARMLESS or word in ORDINARY or len(word) < 4:
        return None
    return _nearest(word)


def _starts_an_order(tokens: Sequence[Token], i: int) -> bool:
    """ "by eurusd when ...": a missing letter, not the preposition."""
    starts = i == 0 or tokens[i - 1].kind == "break" or tokens[i - 1].word in (".", ";", "then")
    after = tokens[i + 1].word if i + 1 < len(tokens) else ""
    return starts and (
        after in ("when", "wen", "if", "gold", "it") or (len(after) == 6 and after[3:] in ("usd", "jpy"))
    )


@lru_cache(maxsize=4096)
def _nearest(word: str) -> str | None:
    """The one word of the vocabulary that is a single slip away; two slips for long words."""
    for slips in (1, 2) if len(word) >= 8 else (1,):
        found = {w for w in WORTH_CORRECTING if abs(len(w) - len(word)) <= slips and _distance(word, w, slips) <= slips}
        bases = {FORMS.get(w, w) for w in found}
        if len(bases) == 1:
            return min(found, key=lambda w: (abs(len(w) - len(word)), w))
        if found:
            return None
    return None


def _distance(a: str, b: str, limit: int) -> int:
    """Edits between two words, a swap of neighbours counting as one."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
