"""Stage 2b: sentences and bullets. Wrapped lines are joined, list markers dropped, sentence ends become breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.translate.offline.tokens import Token

_ABBREVIATIONS = frozenset(["vs", "approx", "incl", "excl", "min", "max", "e", "i", "g", "eg", "ie", "etc", "resp"])
_STARTERS = frozenset(
    [
        "buy",
        "sell",
        "long",
        "short",
        "exit",
        "enter",
        "entry",
        "stop",
        "target",
        "take",
        "sl",
        "tp",
        "risk",
        "close",
        "trade",
        "filter",
        "only",
        "symbol",
        "timeframe",
        "rule",
        "no",
        "lot",
        "size",
        "limit",
        "when",
        "if",
        "place",
        "parameters",
        "parameter",
        "session",
        "after",
        "go",
        "volume",
        "use",
        "leave",
        "cover",
        "trail",
        "market",
        "pair",
    ]
)
_VALUED = (
    "stop",
    "stops",
    "stop loss",
    "sl",
    "target",
    "take profit",
    "tp",
    "lot size",
    "size",
    "lots",
    "position size",
)
_BULLETS = ("-", "*", "\u2022", "+", ">", "#")


def segment(tokens: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """(tokens with breaks of kind "break", the list markers and line ends that were dropped)."""
    kept: list[Token] = []
    dropped: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.kind == "break" and (skipped := _value_below(tokens, i, kept)):
            dropped += tokens[i : i + skipped]
            i += skipped
            continue
        if token.kind == "break":
            if kept and kept[-1].kind != "break" and _starts_anew(tokens, i):
                kept.append(_break(token))
            else:
                dropped.append(token)
            i += 1
            continue
        marker = _marker(tokens, i, kept)
        if marker:
            dropped += tokens[i : i + marker]
            if kept and kept[-1].kind != "break":
                kept.append(_break(token))
            i += marker
            continue
        if token.word in (".", "!", "?", "..", "...") and token.kind == "mark":
            if _ends_sentence(tokens, i):
                kept.append(_break(token))
            else:
                dropped.append(token)
        else:
            kept.append(token)
        i += 1
    return kept, dropped


def _value_below(tokens: Sequence[Token], i: int, kept: Sequence[Token]) -> int:
    """How many tokens stand between a heading like `Stop:` and the amount on the line below it; 0 if none does."""
    line = []
    for token in reversed(kept):
        if token.kind == "break":
            break
        line.append(token.word)
    said = [word for word in reversed(line) if word != ":"]
    if not said or " ".join(said) not in _VALUED:
        return 0
    marker = _marker(tokens, i + 1, [*kept, tokens[i]])
    k = i + 1 + marker
    return k - i if k < len(tokens) and tokens[k].kind == "number" and (marker or ":" in line) else 0


def _break(token: Token) -> Token:
    return replace(token, kind="break", word=".", base=".")


def _ends_sentence(tokens: Sequence[Token], i: int) -> bool:
    before = tokens[i - 1].word if i else ""
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    if tokens[i].word == "." and before in _ABBREVIATIONS and following is not None:
        return following.kind == "break" and before not in ("e", "i")
    return not (tokens[i].word == "." and following is not None and following.glued and following.kind == "word")


def _starts_anew(tokens: Sequence[Token], i: int) -> bool:
    """Whether the line after this line end starts a new sentence, not the rest of a wrapped one."""
    following = next((t for t in tokens[i + 1 :] if t.kind != "break"), None)
    before = tokens[i - 1] if i else None
    if following is None or before is None:
        return True
    if "\n\n" in tokens[i].word or before.word in (".", "!", "?", ";", ":"):
        return True
    if before.word == "," or before.base in ("and", "or", "of", "than", "when", "if", "above", "below", "is"):
        return False
    if before.kind == "mark" and before.word == "(":
        return False
    if following.word in _BULLETS:
        return True
    if following.kind == "number":
        return _marker(tokens, i + 1, []) > 0
    setting = [t.word for t in tokens[i + 2 : i + 3]] == [":"] and [t.kind for t in tokens[i + 3 : i + 4]] == ["number"]
    if setting and following.kind == "word":
        return True  # "stop_pips: 30"
    if [t.word for t in tokens[i + 2 : i + 3]] == ["="] and following.kind == "word":
        return True  # "slow = ema(close, 36)"
    if following.upper:
        return following.word not in ("rsi", "ema", "sma", "macd", "atr", "adx", "bollinger", "i", "eurusd", "keltner")
    return following.base in _STARTERS


def _opened(tokens: Sequence[Token], i: int) -> int:
    """How many parentheses of this line are open at i."""
    start = next((k for k in range(i, 0, -1) if tokens[k - 1].kind == "break"), 0)
    opened = 0
    for token in tokens[start:i]:
        opened = max(0, opened + (token.word == "(") - (token.word == ")"))  # the one of "a)" closes nothing
    return opened


def _marker(tokens: Sequence[Token], i: int, kept: Sequence[Token]) -> int:
    """How many tokens a list marker at i takes: `1)`, `(2)`, `3.`, `-`, `a)`, `Step 2:`."""
    at_start = i == 0 or tokens[i - 1].kind == "break" or (bool(kept) and kept[-1].kind == "break")
    words = [t.word for t in tokens[i : i + 4]] + [""] * 4
    numbered = tokens[i].kind == "number" and (tokens[i].value or 99) < 30
    single = len(words[0]) == 1 and words[0].isalpha()
    if words[0] in ("step", "rule", "#") and words[1].isdigit() and at_start:
        return 3 if words[2] in (":", ".", ")", "-") else 2
    listed = words[0] == "(" and (words[1].isdigit() or (len(words[1]) == 1 and words[1].isalpha())) and words[2] == ")"
    if listed and (at_start or (i and tokens[i - 1].word in (":", ";", ",", "."))):
        return 3
    opened = _opened(tokens, i)
    previous = tokens[i - 1].word if i else ""
    if (numbered or single) and words[1] == ")" and (at_start or (opened <= 0 and previous in (".", ";", ",", ":"))):
        return 2
    if numbered and words[1] == "." and at_start and not (len(tokens) > i + 2 and tokens[i + 2].glued):
        return 2
    if at_start and words[0] in ("*", "\u2022", ">", "#"):
        return 1
    if at_start and words[0] in ("-", "+") and i + 1 < len(tokens) and not tokens[i + 1].glued:
        return 1
    return 1 if words[0] == "\u2022" else 0
