"""Stage 1: any text to plain characters, each of which knows its place in the original."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from nl2strat.errors import NotUnderstood, Span

MAX_CHARACTERS = 8_000
"""Longer than any strategy; a longer text is a mistake or an attack."""

REPLACE = {
    "\u2018": "'",
    "\u2019": "'",
    "\u02bc": "'",
    "`": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u00ab": '"',
    "\u00bb": '"',
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "-",
    "\u2013": "-",
    "\u2014": " - ",
    "\u2212": "-",
    "\u00d7": "x",
    "\u2265": ">=",
    "\u2264": "<=",
    "\u2260": "!=",
    "\u00bd": ".5",
    "\u00bc": ".25",
    "\u00be": ".75",
    "\u00a0": " ",
    "\u2022": "\u2022",
    "\u25cf": "\u2022",
    "\u25aa": "\u2022",
    "\u2023": "\u2022",
    "\u2043": "\u2022",
    "\u00b7": "\u2022",
    "\u2192": " , ",
    "\u21d2": " , ",
    "\u2026": "...",
    "\u2044": "/",
    "\t": " ",
    "\u200b": "",
    "\ufeff": "",
    "\u00ad": "",
}
"""Typographic characters and their plain form; "\u2022" stays as the one bullet."""

MAX_DEPTH = 8
"""Parentheses that may be open at once; each level is read in several ways, so that more would take for ever."""

_RAISED = ("<super>", "<sub>", "<circle>")
"""Digits and letters of another height: what they mean beside plain ones is not what they look like on the line."""


_DAY = "(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?"
_DAYS_JOINED = re.compile(rf"\b{_DAY}([-\u2010-\u2013])(?={_DAY}\b)", re.IGNORECASE)
"""From one day to another written as one word; its dash is a word of its own."""


@dataclass(frozen=True)
class Source:
    """`plain[i]` comes from character `origin[i]` of `text`."""

    text: str
    plain: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """A span of the original text."""
        return Span(start, end, self.text[start:end])


def normalise(text: str) -> Source:
    """Plain characters only: quotes, dashes and widths unified; refuses control characters and oversized text."""
    if len(text) > MAX_CHARACTERS:
        raise NotUnderstood((f"The text has {len(text)} characters; a strategy fits in {MAX_CHARACTERS}. Shorten it?",))
    text_unix = text.replace("\r\n", "\n ").replace("\r", "\n")  # keeps every character's place
    characters: list[str] = []
    origin: list[int] = []
    joining = {match.start(1) for match in _DAYS_JOINED.finditer(text_unix)}
    for place, character in enumerate(text_unix):
        for plain in " - " if place in joining else _plain(character, place):
            characters.append(plain)
            origin.append(place)
    _refuse_depth(text, characters, origin)
    return Source(text, "".join(characters), tuple(origin))


def _plain(character: str, place: int) -> str:
    if character == "\n" or " " <= character <= "~":
        return REPLACE.get(character, character)
    if character in REPLACE:
        return REPLACE[character]
    if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Cn"}:
        name = f"U+{ord(character):04X}"
        raise NotUnderstood(
            (f"The text contains a control character ({name}) at {place}. Remove it and try again.",),
            (Span(place, place + 1, character),),
        )
    if unicodedata.decomposition(character).startswith(_RAISED):
        return character  # "10\u00b2" is not 102
    return unicodedata.normalize("NFKC", character)


def _refuse_depth(text: str, characters: list[str], origin: list[int]) -> None:
    depth = 0
    for character, place in zip(characters, origin, strict=True):
        depth = max(0, depth + (character == "(") - (character == ")"))
        if depth > MAX_DEPTH:
            question = f"More than {MAX_DEPTH} parentheses are open at once. Can you say it in simpler sentences?"
            raise NotUnderstood((question,), (Span(place, place + 1, text[place : place + 1]),))
