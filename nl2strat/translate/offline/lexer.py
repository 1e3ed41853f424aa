"""Stage 2: plain characters to tokens. Numbers in words, typos and filler are later stages."""

from __future__ import annotations

import re
from decimal import Decimal

from nl2strat.translate.offline.normalise import Source
from nl2strat.translate.offline.tokens import Kind, Token
from nl2strat.translate.offline.vocabulary.markets import SYMBOLS
from nl2strat.translate.offline.vocabulary.words import FORMS

_TOKEN = re.compile(
    r"""
      (?P<clock>\d{1,2}[:h.]\d{2}\s?(?:am|pm|a\.m\.|p\.m\.)(?![a-z]) | \d{1,2}:\d{2}(?::00)?(?!\d)
              | \d{1,2}\s?(?:am|pm|a\.m\.|p\.m\.)(?![a-z]) | \d{1,2}h\d{2}(?!\d) | \d{1,2}\s?o'clock)
    | (?P<line>%[kdrb](?![a-z]) | (?<![a-z0-9])[+-]\s?di(?![a-z]) | di[+-](?![a-z0-9])
              | (?<![a-z0-9])[+-]\s?vi(?![a-z]) | vi[+-](?![a-z0-9]))
    | (?P<code>(?:m(?:30|20|15|12|10|[1-6])|h(?:12|[123468])|d1|w1|mn1)(?![a-z0-9])
             | [a-z]{3}\s?/\s?[a-z]{3}(?![a-z]) | [a-z]+\d+[a-z]*(?:\.[a-z]+)?(?![a-z0-9]))
    | (?P<hex>0x[0-9a-f]+)
    | (?P<times>(?<=\d)x(?=[a-z]))
    | (?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d) | \d+(?:\.\d+)? | \.\d+)
    | (?P<word>[a-z]+(?:'(?:t|re|ve|ll|m|d)(?![a-z]))?)
    | (?P<own>'s(?![a-z])|(?<=s)'(?=\s))
    | (?P<mark><=|>=|==|!=|=>|->|\.\.+|[^\sa-z0-9])
    | (?P<break>\n[\n ]*)
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def tokenise(source: Source) -> list[Token]:
    """All tokens, in order; nothing is left out but blanks."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(source.plain):
        text, kind = match.group().lower(), match.lastgroup or "mark"
        begin = match.start()
        glued = begin > 0 and source.plain[begin - 1] not in " \n"
        if kind == "code" and not _is_code(text):
            tokens += _split(source, match.group(), begin, glued)
        else:
            tokens.append(_token(source, match.group(), kind, begin, glued))
    return [t for i, t in enumerate(tokens) if not _is_hyphen(tokens, i)]


def _is_code(text: str) -> bool:
    """A timeframe ("h4"), or a market written with digits or a slash ("us30", "usd/jpy")."""
    if "/" in text:
        return re.sub(r"[\s/]", "", text) in SYMBOLS
    return (
        bool(re.fullmatch(r"m\d+|h\d+|d1|w1|mn1", text))
        or text in SYMBOLS
        or text in {"r1", "r2", "r3", "s1", "s2", "s3"}
    )


def _split(source: Source, text: str, begin: int, glued: bool) -> list[Token]:
    """Letters and digits that are no code: "ema20" is two tokens, "eur/abc" three."""
    tokens = []
    for part in re.finditer(r"[a-z]+|\d+(?:\.\d+)?|[^\s]", text, re.IGNORECASE):
        kind = "number" if part.group()[0].isdigit() else "word" if part.group()[0].isalpha() else "mark"
        tokens.append(_token(source, part.group(), kind, begin + part.start(), glued or part.start() > 0))
    return tokens


def _token(source: Source, text: str, kind: str, begin: int, glued: bool) -> Token:
    start, end = source.origin[begin], source.origin[begin + len(text) - 1] + 1
    word = text.lower()
    value: Decimal | None = None
    token_kind: Kind = "word"
    if kind == "number":
        token_kind, value, word = "number", Decimal(word.replace(",", "")), word.replace(",", "")
    elif kind == "clock":
        token_kind, value = "clock", Decimal(_minutes(word))
    elif kind == "mark":
        token_kind = "mark"
    elif kind == "break":
        token_kind, word = "break", "\n"
    elif kind == "line":
        word = word.replace(" ", "")
        word = {"di+": "+di", "di-": "-di"}.get(word, word)
    elif kind == "code":
        word = re.sub(r"[\s/]", "", word)
    return Token(start, end, word, token_kind, FORMS.get(word, word), value, glued, text[:1].isupper())


def _minutes(text: str) -> int:
    """Minutes after midnight; an impossible time gives 24:00 or more and is refused later."""
    digits = [int(d) for d in re.findall(r"\d+", text)]
    hour, minute = digits[0], digits[1] if len(digits) > 1 else 0
    if "p" in text and hour < 12:
        hour += 12
    if "a" in text and hour == 12:
        hour = 0
    return hour * 60 + minute if minute < 60 else 24 * 60


def _is_hyphen(tokens: list[Token], i: int) -> bool:
    """A hyphen inside a compound ("20-period", "stop-loss"), not a minus or a dash."""
    if tokens[i].word != "-" or not tokens[i].glued or i + 1 >= len(tokens) or not tokens[i + 1].glued or i == 0:
        return False
    left, right = tokens[i - 1], tokens[i + 1]
    return (right.kind == "word" and (left.kind in ("word", "number") or left.word == "]")) or (
        left.kind == "word" and right.kind == "number"
    )
