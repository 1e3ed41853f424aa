"""Stage 3: numbers in words become number tokens ("twenty-five", "two and a half", "one hundred and fifty")."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.words import NOT_A_NUMBER_BEFORE_ONE, SCALES, TENS, UNITS

_FRACTIONS = {"half": Decimal("0.5"), "quarter": Decimal("0.25")}


def read_numerals(tokens: Sequence[Token]) -> list[Token]:
    """The same tokens with every spelled number as one number token."""
    result: list[Token] = []
    i = 0
    while i < len(tokens):
        found = _number_at(tokens, i)
        if found is None:
            result.append(tokens[i])
            i += 1
            continue
        value, end = found
        first, last = tokens[i], tokens[end - 1]
        text = format(value, "f")
        result.append(Token(first.start, last.end, text, "number", text, value, first.glued, first.upper))
        i = end
    return result


def _number_at(tokens: Sequence[Token], i: int) -> tuple[Decimal, int] | None:
    """A spelled number starting at token i: its value and the token after it."""
    token = tokens[i]
    if token.kind == "number":
        return _fraction_after(tokens, i + 1, token.value or Decimal(0), needs_number=True)
    if token.kind != "word" or (token.word == "one" and _is_pronoun(tokens, i)):
        return None
    total = group = 0
    end = i
    while end < len(tokens):
        word = tokens[end].word
        if word in UNITS and (end == i or tokens[end - 1].word in TENS or tokens[end - 1].word in (*SCALES, "and")):
            group += UNITS[word]
        elif word in TENS and (end == i or tokens[end - 1].word in (*SCALES, "and")):
            group += TENS[word]
        elif word in SCALES and (end > i or _stands_for_one(tokens, i)):
            group = max(group, 1) * SCALES[word]
            if word == "thousand":
                total, group = total + group, 0
        elif word == "and" and end > i and tokens[end - 1].word in SCALES and _is_numeral(tokens, end + 1):
            pass
        elif word == "point" and end > i and _digits(tokens, end + 1):
            digits, after = _spelled_decimals(tokens, end + 1)
            return Decimal(f"{total + group}.{digits}"), after
        else:
            break
        end += 1
    if end == i:
        return None
    return _fraction_after(tokens, end, Decimal(total + group), needs_number=False) or (Decimal(total + group), end)


_COUNTED = frozenset({"trade", "position", "entry", "order", "signal", "deal", "lot", "unit", "contract", "time"})
"""After these "one" is how many: "only one trade per day"."""


def _stands_for_one(tokens: Sequence[Token], i: int) -> bool:
    """`the hundred period average`, `over a hundred bars`: one hundred."""
    before = tokens[i - 1].word if i else ""
    after = tokens[i + 1].base if i + 1 < len(tokens) else ""
    return before in ("the", "a") and after in ("period", "bar", "day", "ema", "sma", "pip")


def _is_pronoun(tokens: Sequence[Token], i: int) -> bool:
    before = tokens[i - 1].word if i else ""
    after = tokens[i + 1].word if i + 1 < len(tokens) else ""
    if after in _COUNTED:
        return False
    return before in NOT_A_NUMBER_BEFORE_ONE or after in (
        "that",
        "which",
        "is",
        "another",
        "crosses",
        "of",
        "cancels",
        "closes",
    )


def _is_numeral(tokens: Sequence[Token], i: int) -> bool:
    return i < len(tokens) and (tokens[i].word in UNITS or tokens[i].word in TENS)


def _digits(tokens: Sequence[Token], i: int) -> bool:
    return i < len(tokens) and tokens[i].word in UNITS and UNITS[tokens[i].word] < 10


def _spelled_decimals(tokens: Sequence[Token], i: int) -> tuple[str, int]:
    digits = ""
    while _digits(tokens, i):
        digits += str(UNITS[tokens[i].word])
        i += 1
    return digits, i


def _fraction_after(
    tokens: Sequence[Token], i: int, value: Decimal, *, needs_number: bool
) -> tuple[Decimal, int] | None:
    """ "... and a half": the value with the fraction, or None when nothing follows."""
    words = [t.word for t in tokens[i : i + 3]]
    if len(words) == 3 and words[0] == "and" and words[1] in ("a", "one") and words[2] in _FRACTIONS:
        after = tokens[i + 3].word if i + 3 < len(tokens) else ""
        if after not in ("of", "the"):
            return value + _FRACTIONS[words[2]], i + 3
    return None
