"""Stage 2b: signs and single letters that stand for words: `rsi x> 50`, `c > ema50`, `be @ 1R`, `ta.rsi(close, 14)`.

A letter is a price only beside a comparison, an `x` a crossing only between a subject and a direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.words import FORMS

_PRICES = {"c": "close", "h": "high", "l": "low", "o": "open"}
_SIGNS = (">", "<", ">=", "<=")
_WAYS = {">": "above", "<": "below", "dn": "down"}
_DIRECTED = (*_WAYS, "above", "below", "over", "under", "up", "down", "through")
_HEADING_LETTERS = {"l": "long", "s": "short", "x": "exit"}
_LINES = ("ema", "sma", "wma", "ma", "signal", "upper", "lower", "mid", "middle")
_LIBRARIES = ("ta", "talib", "pta", "math")
_TERMINAL = {
    "irsi": "rsi", "iatr": "atr", "iadx": "adx", "icci": "cci", "imacd": "macd", "isar": "psar", "iclose": "close",
    "ihigh": "high", "ilow": "low", "iopen": "open",
}  # fmt: skip
_ALONE = {
    "@": "at",
    "dn": "down",
    "takeprofit": "take profit",
    "takeproft": "take profit",
    "xover": "crossover",
    "brk": "break",
    "elif": "else if",
    "i'm": "i am",
    "i've": "i have",
    "we've": "we have",
    "im": "i am",
}


_SAID = {("on", "the", "trot"): ("in", "a", "row"), ("on", "the", "bounce"): ("in", "a", "row")}
"""Idioms for words the parser knows, of as many tokens."""


def _stands(words: Sequence[str], tokens: Sequence[Token], i: int) -> bool:
    return [t.word for t in tokens[i : i + len(words)]] == list(words)


def spelt_out(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with shorthand written as words; every one keeps its place in the text."""
    result: list[Token] = []
    i = 0
    while i < len(tokens):
        token, following = tokens[i], tokens[i + 1] if i + 1 < len(tokens) else None
        after = following.word if following is not None else ""
        if phrase := next((said for said in _SAID if _stands(said, tokens, i)), None):
            result += [_as(tokens[i + k], word) for k, word in enumerate(_SAID[phrase])]
            i += len(phrase)
            continue
        if token.word in _LIBRARIES and after == "." and following is not None and following.glued:
            i += 2
            continue
        if token.word == "per" and after == "cent":
            result.append(_as(token, "percent"))
            i += 1
        elif token.word == "/" and after == "day" and tokens[i - 1].base in ("trade", "entry"):
            result.append(_as(token, "per"))
        elif token.word == "n" and _joins(tokens, i):
            result.append(_as(token, "and"))
        elif token.word in _HEADING_LETTERS and _heads(tokens, i):
            result.append(_as(token, _HEADING_LETTERS[token.word]))
        elif token.word == "x" and _crosses(tokens, i):
            result.append(_as(token, "cross"))
            if after in _WAYS and following is not None:
                result.append(_as(following, _WAYS[after]))
                i += 1
        elif token.word in _PRICES and token.kind == "word" and _compared(tokens, i):
            result.append(_as(token, _PRICES[token.word]))
        elif token.word in _TERMINAL and after == "(":
            result.append(_as(token, _TERMINAL[token.word]))
        elif token.word in _ALONE:
            result += [_as(token, word) for word in _ALONE[token.word].split()]
        else:
            result.append(token)
        i += 1
    return result


def _heads(tokens: Sequence[Token], i: int) -> bool:
    """`L: rsi<30`, `...; x c>sma5`, `rsi<30 -> L`: one letter for what is done."""
    before, after = tokens[i - 1].word if i else ";", tokens[i + 1].word if i + 1 < len(tokens) else ";"
    begins = before in (".", ";", ",", "|") or not i or tokens[i - 1].kind == "break"
    ends = after in (".", ";", ",", "|", "when", "if") or tokens[min(i + 1, len(tokens) - 1)].kind == "break"
    if tokens[i].word == "x":
        further = i + 2 < len(tokens) and tokens[i + 2].word in (*_SIGNS, "(")
        return begins and (after == ":" or further)
    return (begins and after == ":") or (before in ("->", "=>", "exit", "=") and ends)


def _as(token: Token, word: str) -> Token:
    return replace(token, word=word, base=FORMS.get(word, word), kind="word", value=None)


def _crosses(tokens: Sequence[Token], i: int) -> bool:
    """`macd x up`, `ema 9 x above ema 21`, `rsi(7) x> 50`, `ema x sma`; "2 x atr" is a product."""
    if i == 0 or i + 1 == len(tokens):
        return False
    before, after = tokens[i - 1], tokens[i + 1]
    if after.word in _DIRECTED:
        return True
    return before.kind == "word" and after.word in _LINES and before.word not in ("golden", "death", "of", "by", "is")


def _joins(tokens: Sequence[Token], i: int) -> bool:
    """`above signal n price is above`: "and"; "n bars" is a length."""
    before, after = tokens[i - 1] if i else None, tokens[i + 1] if i + 1 < len(tokens) else None
    if before is None or after is None or before.kind not in ("word", "number") or after.kind != "word":
        return False
    if before.word in ("let", "set") or after.word in ("be", "to"):
        return False  # a name
    return after.base not in ("bar", "day", "period", "hour") and before.base not in ("last", "of", "for", "than")


def _compared(tokens: Sequence[Token], i: int) -> bool:
    """Whether a comparison stands on one side, an index behind, or a crossing."""
    before = tokens[i - 1].word if i else ""
    after = tokens[i + 1].word if i + 1 < len(tokens) else ""
    return before in _SIGNS or after in _SIGNS or after in ("[", "x", "crosses", "cross")
