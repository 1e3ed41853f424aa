"""Tables of phrases: the one way in which vocabulary is looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.words import ARTICLES, FORMS, HARMLESS

Meaning = TypeVar("Meaning")


@cache
def listed(topic: str) -> Mapping[str, tuple[str, ...]]:
    """The phrase lists of `vocabulary/<topic>.txt`: a name in brackets, then phrases between semicolons."""
    lists: dict[str, tuple[str, ...]] = {}
    text = (Path(__file__).parent / "vocabulary" / f"{topic}.txt").read_text(encoding="utf-8")
    for block in text.split("\n[")[1:] if not text.startswith("[") else ("\n" + text).split("\n[")[1:]:
        name, _, phrases = block.partition("]")
        lists[name] = tuple(" ".join(phrase.split()) for phrase in phrases.split(";") if phrase.strip())
    return lists


@cache
def essential(phrase: str) -> tuple[str, ...]:
    """The words of a phrase that survive the dropping of articles and filler, as base forms where the token has one.

    Tables may so be written as people speak ("in a row", "buy positions").
    """
    words = phrase.split()
    kept = [FORMS.get(w, w) for w in words if w not in ARTICLES and w not in HARMLESS] or words
    return tuple(kept)


def whole(phrases: Iterable[str]) -> list[str]:
    """The phrases without those that filler-dropping shortens to a single word ("so long" is not "long")."""
    return [phrase for phrase in phrases if len(essential(phrase)) > 1 or len(phrase.split()) == 1]


class Phrases(Generic[Meaning]):
    """Phrases of one or more words and what each means; the longest match wins.

    A word of a phrase matches a token's spelling or its base form, so "cross above" finds "crossed above".
    """

    def __init__(self, table: Mapping[str, Meaning]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Meaning]]] = {}
        for phrase, meaning in table.items():
            words = essential(phrase)
            self._by_first.setdefault(words[0], []).append((words, meaning))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    @classmethod
    def of(cls, groups: Mapping[Meaning, Iterable[str]]) -> Phrases[Meaning]:
        """From meaning -> phrases, the readable way to write a table."""
        return cls({phrase: meaning for meaning, phrases in groups.items() for phrase in phrases})

    def match(self, tokens: Sequence[Token], start: int) -> tuple[Meaning, int] | None:
        """The meaning of the longest phrase at `start` and how many tokens it takes."""
        if start >= len(tokens):
            return None
        first = tokens[start]
        best: tuple[Meaning, int] | None = None
        for key in (first.word,) if first.word == first.base else (first.word, first.base):
            for words, meaning in self._by_first.get(key, ()):
                if (best is None or len(words) > best[1]) and fits(words, tokens, start):
                    best = meaning, len(words)
                    break
        return best

    def words(self) -> set[str]:
        """Every word that occurs in the table."""
        return {word for entries in self._by_first.values() for words, _ in entries for word in words}


def fits(words: tuple[str, ...], tokens: Sequence[Token], start: int) -> bool:
    """Whether these words stand at `start`."""
    if start + len(words) > len(tokens):
        return False
    for word in words:  # no generator and no slice: this is asked a hundred thousand times for a long text
        token = tokens[start]
        if word != token.word and word != token.base:
            return False
        start += 1
    return True
