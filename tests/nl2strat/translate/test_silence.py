"""No word of a text is lost in silence: one left out, or put in, shows in the program or in its assumptions."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from nl2strat.errors import NotUnderstood
from nl2strat.translate.offline import translate
from nl2strat.translate.offline.vocabulary.misspellings import MISSPELLINGS
from nl2strat.translate.offline.vocabulary.words import ARTICLES, HARMLESS
from tests.nl2strat.translate.test_offline import READINGS

WORD = re.compile(r"[\w%.:'/-]*\w[\w%]*|[<>=]+")
MARKS = ",.;:()!?-"
CHANGES = (
    *("not", "never", "without", "except", "unless", "almost", "nearly", "maybe", "hardly", "barely", "seldom"),
    *("rarely", "sometimes", "half", "twice", "second", "third", "opposite", "inverse", "least", "tomorrow", "might"),
    *("probably", "roughly", "approximately", "optional", "every second", "7"),
)
"""Words that change what a rule says wherever they stand in it."""


def _redundant() -> tuple[frozenset[str], frozenset[tuple[str, str, str]]]:
    """The closed lists of redundant.txt: words, and (before, word, after) with "" for any."""
    lines = (Path(__file__).parent / "redundant.txt").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    words, phrases = (re.split(r";\s*", part.strip()) for part in text.split("[words]")[1].split("[phrases]"))
    parts = (re.fullmatch(r"(?:(.*) )?\[(.+)\](?: (.*))?", " ".join(p.split())) for p in phrases)
    return frozenset(w.strip() for w in words), frozenset(
        (m[1] or "", m[2], m[3] or "") for m in parts if m is not None
    )


WORDS, PHRASES = _redundant()


def _read(text: str, symbol: str, timeframe: str) -> tuple[object, frozenset[str]] | None:
    """The program without its name, and its assumptions; None if the text is refused."""
    try:
        reading = translate(text, symbol=symbol, timeframe=timeframe)
    except NotUnderstood:
        return None
    told = frozenset(a for a in reading.assumptions if " is read as " not in a)
    return replace(reading.program, name="x", assumptions=()), told


def _silent(changed: tuple[object, frozenset[str]] | None, whole: tuple[object, frozenset[str]] | None) -> bool:
    """Whether the changed text became the same program without a word about it."""
    return changed is not None and whole is not None and changed[0] == whole[0] and not changed[1] - whole[1]


def _may_go(text: str, words: Sequence[re.Match[str]], k: int) -> bool:
    """Whether word k is filler, in the closed lists, or said again elsewhere in the text."""
    said = [w.group().lower().strip(MARKS) or w.group() for w in words]
    word = said[k]
    before, after = said[k - 1] if k else "", said[k + 1] if k + 1 < len(said) else ""
    beside = {(b, word, a) for b in ("", before) for a in ("", after) if b or a}
    pointed = after in ("sma", "ema", "average")  # "below the SMA" is the one that was named
    repeated = said.count(word) > 1 and (pointed or not any(c.isdigit() for c in word))
    return (
        word in ARTICLES
        or word in HARMLESS
        or word in WORDS
        or word in MISSPELLINGS
        or bool(beside & PHRASES)
        or repeated
        or re.fullmatch(r"\d+[.)]|[a-z]", word) is not None
    )


def _lost(text: str, symbol: str, timeframe: str) -> Iterator[str]:
    """The words of a text that can be left out in silence and may not."""
    reading = translate(text, symbol=symbol, timeframe=timeframe)
    whole = _read(text, symbol, timeframe)
    words = list(WORD.finditer(text))
    for k, word in enumerate(words):
        shown = any(s.start <= word.start() < s.end for s in reading.ignored)
        if shown or _may_go(text, words, k):
            continue
        cut = text[: word.start()] + text[word.end() :]
        if _silent(_read(cut, symbol, timeframe), whole):
            yield f"{text[: word.start()]}[[{word.group()}]]{text[word.end() :]}"


def _swallowed(text: str, symbol: str, timeframe: str, changes: Sequence[str], place: random.Random) -> Iterator[str]:
    """The words that can be put into a text without changing anything."""
    whole = _read(text, symbol, timeframe)
    spots = [m.start() for m in re.finditer(r"(?<=\w\s)[a-z]", text)]
    for change in changes if spots else ():
        spot = place.choice(spots)
        if change in (*text[:spot].split()[-1:], *text[spot:].split()[:1]):  # "not not", "the last third third"
            continue
        if _silent(_read(f"{text[:spot]}{change} {text[spot:]}", symbol, timeframe), whole):
            yield f"{text[:spot]}[[{change}]] {text[spot:]}"


def _sample(every: int) -> list[tuple[str, str, str, str]]:
    """One of so many texts; which ones does not change when others are added."""
    return [reading for reading in READINGS if zlib.crc32(reading[0].encode()) % every == 0]


def test_no_word_can_be_left_out_in_silence() -> None:
    """A sample of the texts: every content word counts, or is in the closed list of redundant words."""
    lost = [found for text, symbol, timeframe, _ in _sample(75) for found in _lost(text, symbol, timeframe)]
    assert not lost


def test_no_word_that_changes_a_rule_is_swallowed() -> None:
    """A sample of the texts: a negation, a doubt, a fraction put in anywhere is read, or stops the run."""
    place = random.Random(5)
    swallowed = [
        found
        for text, symbol, timeframe, _ in _sample(32)
        for found in _swallowed(text, symbol, timeframe, place.sample(CHANGES, 4), place)
    ]
    assert not swallowed


@pytest.mark.slow
def test_no_word_of_any_text_is_lost() -> None:
    """Both properties over all texts, words and places: by hand."""
    place = random.Random(11)
    found = [f for text, symbol, timeframe, _ in READINGS for f in _lost(text, symbol, timeframe)]
    for text, symbol, timeframe, _ in READINGS:
        found += _swallowed(text, symbol, timeframe, CHANGES, place)
    assert not found
