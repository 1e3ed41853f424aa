"""Stage 3b: a text that corrects itself ("the 20, no wait, the 30 EMA"): the later number stands in for the earlier.

Only a number that takes the place of a number is understood; any other correction is a question, since what it takes
back is anybody's guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.words import ARTICLES

_WORDS = listed("corrections")
_SURE = Phrases(dict.fromkeys(_WORDS["sure"], True))
_WEAK = Phrases(dict.fromkeys(_WORDS["between numbers"], True))
_PAUSES = frozenset({",", "-", "(", ":", "...", "..", "\u2013", "\u2014"})
_UNITS = frozenset({"pip", "point", "%", "percent", "bar", "lot", "day", "hour", "minute", "period", "atr", "r"})


def settle(tokens: Sequence[Token]) -> tuple[list[Token], list[str], list[str]]:
    """(the tokens with corrected numbers, a note for each, questions about corrections that are not understood)."""
    kept: list[Token] = []
    notes: list[str] = []
    questions: list[str] = []
    i = 0
    while i < len(tokens):
        end = _marker(tokens, i)
        if end is None or not kept or kept[-1].kind == "break":
            kept.append(tokens[i])
            i += 1
            continue
        after = _corrected(tokens, end, kept)
        if after is not None:
            notes.append(f"Corrected in the text: {_last_number(kept).word} became {tokens[after - 1].word}.")
            _replace(kept, tokens[after - 1])
            i = _same_unit(tokens, after, kept)
            _stretch(kept, tokens[i - 1])
            continue
        if _SURE.match(tokens, i) is not None:
            said = " ".join(t.word for t in tokens[i:end])
            questions.append(f'The text corrects itself ("{said}"). Say only what holds?')
        kept.append(tokens[i])
        i += 1
    return kept, notes, questions


def _marker(tokens: Sequence[Token], i: int) -> int | None:
    """Where a word of correction that starts here ends, with the pauses around it."""
    while i < len(tokens) and tokens[i].word in _PAUSES:
        i += 1
    found = _SURE.match(tokens, i) or _WEAK.match(tokens, i)
    if found is None:
        return None
    i += found[1]
    more = _marker(tokens, i)
    if more is not None:
        return more
    while i < len(tokens) and tokens[i].word in _PAUSES:
        i += 1
    return i


def _corrected(tokens: Sequence[Token], i: int, kept: Sequence[Token]) -> int | None:
    """The token after the number that stands here, if a number (and perhaps its unit) was said right before."""
    while i < len(tokens) and tokens[i].word in ARTICLES:
        i += 1
    if i >= len(tokens) or tokens[i].kind != "number":
        return None
    back = 2 if len(kept) > 1 and kept[-1].base in _UNITS else 1
    if kept[-back].kind != "number":
        return None
    unit = tokens[i + 1].base if i + 1 < len(tokens) else ""
    return None if back == 2 and unit in _UNITS and unit != kept[-1].base else i + 1


def _last_number(kept: Sequence[Token]) -> Token:
    return kept[-1] if kept[-1].kind == "number" else kept[-2]


def _replace(kept: list[Token], number: Token) -> None:
    place = len(kept) - (1 if kept[-1].kind == "number" else 2)
    kept[place] = replace(number, glued=kept[place].glued)


def _stretch(kept: list[Token], last: Token) -> None:
    """The span of what was corrected reaches to the end of the correction, so that the account shows both numbers."""
    kept[-1] = replace(kept[-1], end=max(kept[-1].end, last.end))


def _same_unit(tokens: Sequence[Token], i: int, kept: Sequence[Token]) -> int:
    """Past the unit of the later number, if the earlier one had it already, and past the pause that closes it."""
    if kept[-1].kind != "number" and i < len(tokens) and tokens[i].base == kept[-1].base:
        i += 1
    return i + 1 if i < len(tokens) and tokens[i].word == ")" else i
