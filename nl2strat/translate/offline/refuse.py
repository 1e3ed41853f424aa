"""Why a text cannot be translated: a question a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from nl2strat.translate.offline.phrases import Phrases, listed
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
    if any(_was_habit(tokens, i) for i in range(len(tokens))):
        found.append('"Used to" says how it was before. What should be done now?')
    if any(_foresees(tokens, i) or _will(tokens, i) for i in range(len(tokens))):
        found.append(TOPICS[2][0])
    return found


_NEXT = frozenset(listed("refusals")["coming"])
_UNITS = frozenset(listed("refusals")["units"])
_FIELDS = frozenset(["close", "open", "high", "low", "range", "body", "colour", "color", "volume"])
_STATES = frozenset(listed("refusals")["states"])
_SIDES = frozenset(listed("refusals")["sides"])


_OPENERS = frozenset(["if", "when", "once", "whenever", "unless", "provided"])
_MOVES = frozenset(["rise", "fall", "cross", "break", "turn", "reach", "touch", "gain", "lose", "drop", "climb"])


def _was_habit(tokens: Sequence[Token], i: int) -> bool:
    """`I used to buy when ...`, `when it used to be above`; not `the stop used to protect`."""
    words = [t.word for t in tokens[i : i + 3]]
    follows = tokens[i + 2].base if len(words) == 3 else ""
    return words[:2] == ["used", "to"] and follows in ("buy", "sell", "go", "is", "enter", "short", "trade", "open")


_TENSES = ("will", "would", "could", "might", "may")


def _will(tokens: Sequence[Token], i: int) -> bool:
    """Whether a condition is in the future tense: `if it will be green`; not `the stop will be below the low`."""
    if tokens[i].word not in _TENSES:
        return False
    before = [t.word for t in tokens[max(0, i - 5) : i]]
    after = [t.word for t in tokens[i + 1 : i + 4]]
    opened = any(w in _OPENERS and "," not in before[k:] and "." not in before[k:] for k, w in enumerate(before))
    return opened and any(w in _SIDES or w in _MOVES for w in after)


def _waits(tokens: Sequence[Token], i: int) -> bool:
    """Whether something comes before "within the next 5 bars", and what to do is said only after both."""
    if i < 2 or tokens[i - 1].word not in ("and", "then", ","):
        return False
    for token in reversed(tokens[:i]):
        if token.kind == "break":
            break
        if token.base in ("buy", "sell", "short", "long", "enter", "entry", "open", "exit", "close", "closes", "go"):
            return False
    return True


def _foresees(tokens: Sequence[Token], i: int) -> bool:
    """Whether something is said of a bar still to come: `the next candle is green`; not `on the next bar's open`."""
    words = [(t.word, t.base) for t in tokens[i : i + 6]] + [("", "")] * 6
    before = tokens[i - 1].word if i else ""
    if words[0][0] in ("if", "when", "provided") and any(
        words[k][0] == "followed" and all(w in ("is", "it", "this", "that") for w, _ in words[1:k]) for k in (1, 2, 3)
    ):
        return True
    k = 0
    if words[0][1] == "bar" and words[1][0] in ("that", "which") and words[2][0] in ("follows", "follow"):
        k = 3
    elif words[0][0] in _NEXT and before == "within" and _waits(tokens, i - 1):
        return False  # "A and within the next 5 bars B": the conditions read it, or it is not understood
    elif words[0][0] in _NEXT and before not in ("until", "till", "before"):
        k = 2 if words[1][1].isdigit() else 1
        if words[k][1] not in _UNITS:
            return False
        k += 1
    if not k:
        return False
    field = words[k - 1][1] in _FIELDS
    if words[k][0] == "'s":
        k, field = k + 1, False
    if words[k][0] in ("closes", "closed") and not field:
        return True
    if words[k][1] in _FIELDS and words[k - 1][1] not in _FIELDS:
        verb = words[k][0] in ("opens", "opened")
        return words[k + 1][0] in _STATES or (
            words[k + 1][0] in _SIDES and (verb or before not in ("on", "at", "upon", "with"))
        )
    return words[k][0] in _STATES or (words[k][0] in _SIDES and not field)
