"""All words the translator knows: what the spelling stage must not touch."""

from __future__ import annotations

from functools import cache

from nl2strat.language.functions import FUNCTIONS
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.vocabulary import actions, phrases
from nl2strat.translate.offline.vocabulary.indicators import AVERAGES, BAND_FAMILIES, OSCILLATORS, SERIES
from nl2strat.translate.offline.vocabulary.markets import DAYS, NAMED_MARKETS, SESSIONS, SYMBOLS, TIMEFRAME_WORDS, ZONES
from nl2strat.translate.offline.vocabulary.misspellings import WORTH_CORRECTING
from nl2strat.translate.offline.vocabulary.refusals import TOPICS, VAGUE
from nl2strat.translate.offline.vocabulary.talk import ASIDES, IDIOMS, TRIGGERS
from nl2strat.translate.offline.vocabulary.words import TENS, UNITS


@cache
def known_words() -> frozenset[str]:
    """Every word of every table."""
    texts: list[str] = [
        *SYMBOLS,
        *NAMED_MARKETS,
        *DAYS,
        *SESSIONS,
        *ZONES,
        *TIMEFRAME_WORDS,
        *ASIDES,
        *IDIOMS,
        *VAGUE,
        *UNITS,
        *TENS,
    ]
    for table in (AVERAGES, BAND_FAMILIES, OSCILLATORS, SERIES):
        texts += [phrase for group in table.values() for phrase in group]
    texts += [synonym for function in FUNCTIONS.values() for synonym in function.synonyms]
    texts += [phrase for _, group in TOPICS for phrase in group]
    words = {word.replace("'s", "") for text in texts for word in text.split()}
    for entry in (
        phrases.COMPARE,
        phrases.DIRECTION,
        phrases.UP_WORDS,
        phrases.MORE_OR_LESS,
        phrases.UNITS,
        actions.OPEN,
        actions.LEAVE,
        actions.WHEN,
        actions.FILTER,
        actions.HOLD_UNTIL,
    ):
        words |= entry.words()
    return frozenset(words | WORTH_CORRECTING | TRIGGERS)


_SPELLED = ("counted", "regimes", "sequences", "staying", "denials", "levels", "conditions", "sizing")


@cache
def spelled_words() -> frozenset[str]:
    """The words that spelling leaves alone: besides the known ones those that only stand in longer phrases."""
    phrases_of = [phrase for topic in _SPELLED for group in listed(topic).values() for phrase in group]
    return known_words() | {word for phrase in phrases_of for word in phrase.split() if word.isalpha()}
