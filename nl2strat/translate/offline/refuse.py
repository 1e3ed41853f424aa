"""Why a text cannot be translated: a question a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from nl2strat.translate.offline.phrases import Phrases
from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.markets import UNCLEAR_MARKETS
from nl2strat.translate.offline.vocabulary.refusals import TOPICS, VAGUE


@cache
def topics() -> Phrases[str]:
    """Phrase -> why it cannot be had."""
    return Phrases({phrase: reason for reason, phrases in reversed(TOPICS) for phrase in phrases})


@cache
def _vague() -> Phrases[bool]:
    return Phrases(dict.fromkeys(VAGUE, True))


@cache
def _unclear() -> Phrases[bool]:
    return Phrases(dict.fromkeys(UNCLEAR_MARKETS, True))


def reasons(tokens: Sequence[Token]) -> list[str]:
    """One question for each kind of thing in these tokens (the ones not understood) that cannot be had."""
    found: list[str] = []
    vague: list[str] = []
    for i in range(len(tokens)):
        topic = topics().match(tokens, i)
        if topic and topic[0] not in found:
            found.append(topic[0])
        loose = _vague().match(tokens, i)
        if loose:
            vague.append(" ".join(t.word for t in tokens[i : i + loose[1]]))
        market = _unclear().match(tokens, i)
        if market:
            name = " ".join(t.word for t in tokens[i : i + market[1]])
            found.append(f'Which symbol is "{name}" at your broker?')
    if vague and not found:
        words = ", ".join(f'"{w}"' for w in dict.fromkeys(vague))
        found.append(
            f"What exactly does {words} mean? A rule needs an indicator or a price, a comparison and a number."
        )
    return found


def forbidden(tokens: Sequence[Token]) -> list[str]:
    """Reasons that hold whatever else was understood: instructions to the machine, and the future."""
    found = []
    for i in range(len(tokens)):
        topic = topics().match(tokens, i)
        if topic and topic[0] == TOPICS[0][0] and topic[0] not in found:
            found.append(topic[0])
    return found
