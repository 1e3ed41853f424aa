"""The numbers of a text in any language, each with every fact that it may have become in a program.

Digits are read in any script; numbers in words where the text is English. The unit beside a number decides which
conversions are allowed: 30 pips may be 300 points, never 30 points.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from nl2strat.translate.llm.facts import UNITS, Fact, plain, united
from nl2strat.translate.offline.known import known_words
from nl2strat.translate.offline.lexer import tokenise
from nl2strat.translate.offline.normalise import normalise
from nl2strat.translate.offline.numerals import read_numerals
from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.markets import (
    NAMED_MARKETS,
    SECONDS,
    SYMBOLS,
    TIMEFRAME_CODES,
    TIMEFRAME_WORDS,
    UNIT_LETTERS,
)  # fmt: skip
from nl2strat.translate.offline.vocabulary.phrases import MULTIPLES

FRAMES = {"M": 60, "H": 3600, "D": 86400, "W": 604800}
_SPANS = {"M": "MHD", "H": "HD", "D": "DW", "W": "W", "MN": "MN"}
_JOINERS = "\u200c\u200d\u200e\u200f"
"""Invisible characters that some scripts need; they carry no meaning here."""

_DATE = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)|(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d+)(?![\d.,]\d|\d)")
_FRACTION = re.compile(r"(?<![\d/.,])(\d{1,3})/(\d{1,3})(?![\d/]|[.,]\d)")


@dataclass(frozen=True)
class Said:
    """A number of the text. One of `ways` must be in the program with all its parts; a part is a set of facts any of
    which will do. `soft`: it may also be left out ("one position", the 2 of a list's second item). `united`: it has a
    unit of trading beside it, so it belongs to a rule.
    """

    start: int
    end: int
    text: str
    ways: tuple[tuple[frozenset[Fact], ...], ...]
    soft: bool = False
    united: bool = False

    @property
    def facts(self) -> frozenset[Fact]:
        """All that it may be."""
        return frozenset(fact for way in self.ways for part in way for fact in part)


def readable(text: str) -> str:
    """The text as it is sent and read: digits of any script as ours, joiners gone; places stay as they are.

    Raises: NotUnderstood: control characters, or far too long a text.
    """
    plainer = "".join(_digit(character) for character in text)
    normalise(plainer)
    return plainer


def _digit(character: str) -> str:
    if character in _JOINERS:
        return " "
    if character > "\x7f" and unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    return character


def numbers_of(text: str) -> list[Said]:
    """Every number of a readable text, in order."""
    source = normalise(text)
    tokens = read_numerals(tokenise(source))
    english = _is_english(tokens)
    dates = list(_dates(text))
    commas = [(m.start(), m.end(), m.group(1), m.group(2)) for m in _DECIMAL_COMMA.finditer(text)]
    found = [*dates, *_fractions(text, tokens)]
    special = [(said.start, said.end) for said in found]
    for start, end, whole, rest in commas:
        after = next((i for i, t in enumerate(tokens) if t.start >= end), len(tokens))
        found.append(_comma(text[start:end], start, end, whole, rest, tokens, after))
        special.append((start, end))
    for index, token in enumerate(tokens):
        if token.kind not in ("number", "clock") or any(s <= token.start < e for s, e in special):
            continue
        said = _clock(text, token) if token.kind == "clock" else _number(text, tokens, index, english)
        found.append(said)
    return sorted(found, key=lambda said: said.start)


def other_facts(text: str) -> frozenset[Fact]:
    """What words of the text support besides its numbers: timeframes, symbols, multiples ("half", "twice")."""
    tokens = read_numerals(tokenise(normalise(text)))
    words = [token.word for token in tokens]
    found: set[Fact] = set()
    for index, token in enumerate(tokens):
        word = token.word
        if word in MULTIPLES or word.rstrip("d") in MULTIPLES:
            value = Decimal(MULTIPLES.get(word) or MULTIPLES[word.rstrip("d")])
            found |= {plain(value), united(value, "R"), united(value * 100, "%"), plain(value * 100)}
        for frame in (TIMEFRAME_CODES.get(word), TIMEFRAME_WORDS.get(word), _word_frame(tokens, index)):
            if frame is not None:
                found.add(("frame", frame))
        for size in (1, 2):
            phrase = " ".join(words[index : index + size])
            symbol = NAMED_MARKETS.get(phrase) or SYMBOLS.get(phrase.replace(" ", ""))
            if symbol is not None:
                found.add(("symbol", symbol.upper()))
    found |= {("symbol", word.upper()) for word in re.findall(r"[A-Za-z#][A-Za-z0-9._#]*[A-Za-z0-9#]", text)}
    return frozenset(found)


def _word_frame(tokens: Sequence[Token], index: int) -> str | None:
    """ "hour" in "every hour", "day" in "the day chart"; numbers before units are read with the number."""
    word = tokens[index].base
    letter = UNIT_LETTERS.get(word)
    if letter is None or len(word) == 1:
        return None
    return {"M": "M1", "H": "H1", "D": "D1", "W": "W1", "MN": "MN1"}[letter]


def looks_english(text: str) -> bool:
    """Whether most words are ones that the offline translator knows."""
    return _is_english(tokenise(normalise(text)))


def _is_english(tokens: Sequence[Token]) -> bool:
    words = [token for token in tokens if token.kind == "word" and len(token.word) > 1]
    known = sum(token.word in known_words() or token.base in known_words() for token in words)
    return known * 2 >= len(words)


# ------------------------------------------------------------------------ one number


def _number(text: str, tokens: Sequence[Token], index: int, english: bool) -> Said:
    token = tokens[index]
    value = token.value or Decimal(0)
    shown = text[token.start : token.end]
    in_words = not any(c.isdigit() for c in shown)
    before = tokens[index - 1].word if index else ""
    after = [t.word for t in tokens[index + 1 : index + 4]]
    soft = (
        (in_words and (value == 1 or not english))
        or _is_list_marker(text, token)
        or _is_ratio_one(value, before, after)
        or after[:1] in (["st"], ["nd"], ["rd"], ["th"])
    )
    ways: list[tuple[frozenset[Fact], ...]] = [(frozenset(_facts(value, tokens, index + 1, text)),)]
    if re.fullmatch(r"\d{1,3}\.\d{3}", shown):  # "10.000" where a point parts thousands
        ways.append((frozenset(_facts(value * 1000, tokens, index + 1, text)),))
    if re.fullmatch(r"\d{1,3},\d{3}", shown):  # "50,200" may be two numbers
        parts = [Decimal(part) for part in shown.split(",")]
        ways.append(tuple(frozenset(_facts(part, tokens, index + 1, text)) for part in parts))
    return Said(token.start, token.end, shown, tuple(ways), soft, _unit(_next_word(tokens, index + 1)) is not None)


def _next_word(tokens: Sequence[Token], after: int) -> str:
    """The word that may be a number's unit."""
    following = [t for t in tokens[after : after + 3] if t.word not in ("-", "x")]
    return following[0].base if following else ""


def _facts(value: Decimal, tokens: Sequence[Token], after: int, text: str) -> Iterator[Fact]:
    """What a number may have become, by the word after it."""
    following = [t for t in tokens[after : after + 3] if t.word not in ("-", "x")]
    word = following[0].base if following else ""
    glued = bool(following) and following[0].glued
    if word in ("k", "thousand") or (word == "m" and glued and value < 20 and "million" in text):
        value *= 1000
    unit = _unit(word)
    if unit is None and (span := UNIT_LETTERS.get(word)) is not None:
        yield from _spans(value, span)
    yield plain(value)
    if unit is None:
        yield from (united(value, each) for each in UNITS)
        yield from _clock_or_date(value, text)
        if word in ("unit", "units", "share", "shares", "contracts"):
            yield plain(value / 100_000)
        if word in ("mini", "micro"):
            yield plain(value / (10 if word == "mini" else 100))
        return
    yield united(value, unit)
    if unit == "pips":
        yield united(value * 10, "points")
    elif unit == "points":
        yield united(value / 10, "pips")
    elif unit == "%":
        yield from (plain(number) for number in (value / 100, 1 + value / 100, abs(1 - value / 100)))


def _unit(word: str) -> str | None:
    return {
        "pip": "pips", "pips": "pips", "point": "points", "points": "points", "%": "%", "percent": "%", "r": "R",
        "prozent": "%", "pourcent": "%", "por": "%", "per": None,
    }.get(word)  # fmt: skip


def _spans(value: Decimal, letter: str) -> Iterator[Fact]:
    """A length of time: a timeframe of that length, or so many bars of any timeframe that divides it."""
    seconds = value * SECONDS[letter]
    for code in TIMEFRAME_CODES.values():
        kind = code.rstrip("0123456789")
        length = SECONDS[kind] * int(code[len(kind) :])
        if length == seconds:
            yield ("frame", code)
        if seconds and seconds % length == 0:
            yield plain(seconds / length)
    if letter == "H":
        yield from _clock_or_date(value, "")


def _clock_or_date(value: Decimal, text: str) -> Iterator[Fact]:
    if value != value.to_integral_value():
        hour, minute = divmod(value * 100, 100)  # "9.30"
        if value < 24 and minute < 60 and minute == minute.to_integral_value():
            yield ("clock", int(hour * 60 + minute))
        return
    number = int(value)
    if 0 <= number <= 24:
        yield ("clock", number % 24 * 60)
        if number < 12 and re.search(r"\d\s*p\.?m", text, re.IGNORECASE):
            yield ("clock", (number + 12) * 60)
    if 100 <= number <= 2400 and number % 100 < 60:
        yield ("clock", number // 100 % 24 * 60 + number % 100)
    if 1900 <= number <= 2200:
        yield ("year", number)
    if 1 <= number <= 31:
        yield ("day", number)


def _clock(text: str, token: Token) -> Said:
    minutes = int(token.value or 0)
    facts: set[Fact] = {("clock", minutes % 1440)}
    shown = text[token.start : token.end]
    if minutes % 60 == 0:
        facts.add(plain(minutes // 60))
    if shown.startswith("1:"):  # a ratio: "leverage 1:30", "reward 1:10"
        facts |= {plain(minutes - 60), united(Decimal(minutes - 60), "R")}
    if minutes < 720 and not re.search(r"[ap]", shown, re.IGNORECASE) and re.search(r"\d\s*p\.?m", text, re.IGNORECASE):
        facts.add(("clock", minutes + 720))
    return Said(token.start, token.end, shown, ((frozenset(facts),),))


def _comma(shown: str, start: int, end: int, whole: str, rest: str, tokens: Sequence[Token], after: int) -> Said:
    """ "1,5": a decimal comma, two numbers, or thousands."""
    candidates = [[Decimal(f"{whole}.{rest}")], [Decimal(whole), Decimal(rest)]]
    if len(rest) == 3 and len(whole) <= 3:
        candidates.append([Decimal(whole + rest)])
    ways = tuple(tuple(frozenset(_facts(value, tokens, after, "")) for value in values) for values in candidates)
    return Said(start, end, shown, ways)


def _dates(text: str) -> Iterator[Said]:
    for match in _DATE.finditer(text):
        year = int(match.group(1) or match.group(6))
        yield Said(match.start(), match.end(), match.group(), ((frozenset({("year", year)}),),))


def _fractions(text: str, tokens: Sequence[Token]) -> Iterator[Said]:
    """ "1/2": a fraction, or two numbers as in "5/20 crossover"."""
    for match in _FRACTION.finditer(text):
        one, other = Decimal(match.group(1)), Decimal(match.group(2))
        after = next((i for i, t in enumerate(tokens) if t.start >= match.end()), len(tokens))
        values = [[one, other], [round(one / other, 8)]] if other else [[one, other]]
        parts = (tuple(frozenset(_facts(value, tokens, after, text)) for value in way) for way in values)
        yield Said(match.start(), match.end(), match.group(), tuple(parts))


def _is_list_marker(text: str, token: Token) -> bool:
    """The number of a list's item: "1." or "2)" at the start of a line."""
    line = text[: token.start].rpartition("\n")[2]
    return not line.strip(" \t-*#(") and re.match(r"[.)]\s|:\s", text[token.end : token.end + 2] + " ") is not None


def _is_ratio_one(value: Decimal, before: str, after: Iterable[str]) -> bool:
    """The one of "1:3" or "3 to 1"."""
    following = list(after)
    return value == 1 and (before in (":", "to") or following[:1] in ([":"], ["to"]))
