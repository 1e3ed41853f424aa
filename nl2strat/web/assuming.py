"""What else an assumption could have been: rewordings of the user's text that say it outright.

A choice is offered only if its text is understood, no longer needs the assumption, no further one, and trades by
other rules. So a chip never promises what the reader would not do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nl2strat.errors import NotUnderstood
from nl2strat.language.functions import FUNCTIONS
from nl2strat.web.shapes import Assumption, Choice

if TYPE_CHECKING:
    from nl2strat.translate.reading import Reading, Use

    Read = Callable[[str], Reading]

SYMBOLS = ("EURUSD", "GBPUSD", "USDJPY", "XAUUSD", "US500", "BTCUSD")
TIMEFRAMES = ("M5", "M15", "H1", "H4", "D1")
LENGTHS = (5, 7, 9, 14, 21, 28, 50, 100, 200)
MOST = 4
"""Choices of an assumption."""
TRIED = 30
"""Rewordings that are tried for one text: each is read like any other."""

_AVERAGE = re.compile(r"\b(?:simple )?(moving averages?|averages?|MAs?)\b", re.IGNORECASE)
_SELL = re.compile(r"\bsells?\b(?! short)", re.IGNORECASE)


@dataclass(frozen=True)
class _Edit:
    """Words in the place of characters start to end."""

    start: int
    end: int
    words: str


@dataclass(frozen=True)
class _Point:
    """What an assumption is about: its words, and the rewordings with what they say."""

    place: tuple[int, int] | None
    ways: Sequence[tuple[str, str]]


def assumptions_of(
    text: str, reading: Reading | None, said: Sequence[str], read: Read, *, choices: bool
) -> tuple[Assumption, ...]:
    """The assumptions, each with its place in the text and what else it could have been.

    Args: said: all of them; those that are not the reading's own (the data's clock) have no choices. read: reads
        another text as this one was read.
    """
    left = TRIED
    found = []
    for note in said:
        point = _point(note, text, reading) if reading is not None else _Point(None, ())
        offered: list[Choice] = []
        for label, other in point.ways if choices and reading is not None else ():
            if left <= 0 or len(offered) >= MOST:
                break
            left -= 1
            if _settles(note, reading, other, read):
                offered.append(Choice(label, other))
        start, end = point.place or (None, None)
        found.append(Assumption(note, start, end, tuple(offered)))
    return tuple(found)


def _settles(note: str, reading: Reading | None, other: str, read: Read) -> bool:
    assert reading is not None
    with suppress(NotUnderstood):
        new = read(other)
        program, old = new.program, reading.program
        changed = (program.rules, program.symbol, program.timeframe) != (old.rules, old.symbol, old.timeframe)
        return changed and note not in new.assumptions and len(new.assumptions) < len(reading.assumptions)
    return False


# ------------------------------------------------------------------ the points that are known


def _point(note: str, text: str, reading: Reading | None) -> _Point:
    """What can be said otherwise about an assumption; nothing, for one of another kind."""
    assert reading is not None
    end = text.rstrip().rstrip(".")
    if note.startswith("Symbol "):
        return _Point(None, [(name, f"{end}. Trade {name}.") for name in SYMBOLS if name != reading.program.symbol])
    if note.startswith("Timeframe "):
        frames = [name for name in TIMEFRAMES if name != reading.program.timeframe]
        return _Point(None, [(name, f"{end}. Use the {name} timeframe.") for name in frames])
    if note.startswith("Size:"):
        ways = ("risk 1% of balance", "risk 2% of balance", "size 0.5 lots", "size 1 lot")
        return _Point(None, [(way, f"{end}. {way.capitalize()}.") for way in ways])
    for finds, make in _KINDS:
        match = re.search(finds, note)
        if match is not None:
            return make(match, text, reading)
    return _Point(None, ())


def _averages(_: re.Match[str], text: str, reading: Reading) -> _Point:
    spots = [
        (use.start + match.start(), use.start + match.end(), match[1])
        for use in _innermost(reading.uses, "sma(")
        for match in _AVERAGE.finditer(use.text)
    ]
    ways = []
    for label, short in (("EMA (exponential)", "EMA"), ("WMA (weighted)", "WMA"), ("HMA (Hull)", "HMA")):
        edits = [_Edit(a, b, short + ("s" if word.endswith("s") else "")) for a, b, word in spots]
        ways.append((label, _edited(text, edits)))
    return _Point(_whole(spots), ways)


def _sells(_: re.Match[str], text: str, reading: Reading) -> _Point:
    spots = [(match.start(), match.end(), match[0]) for match in _SELL.finditer(text)]
    both = "close the long and sell short"
    said = (("sell opens a short", "sell short"), ("sell closes the long and opens a short", both))
    return _Point(_whole(spots), [(label, _edited(text, [_Edit(a, b, w) for a, b, _ in spots])) for label, w in said])


def _lengths(match: re.Match[str], text: str, reading: Reading) -> _Point:
    title, given = match[1].lower(), float(match[2])
    name = next((entry.name for entry in FUNCTIONS.values() if entry.title.lower() == title), None)
    if name is None:
        return _Point(None, ())
    spots = [(use.start, use.end, use.text) for use in _innermost(reading.uses, f"{name}(")]
    near = sorted((n for n in LENGTHS if n != given), key=lambda n: abs(n - given))[:MOST]
    ways = [(str(n), _edited(text, [_Edit(a, b, f"{word}({n})") for a, b, word in spots])) for n in sorted(near)]
    return _Point(_whole(spots), ways)


def _states(match: re.Match[str], text: str, reading: Reading) -> _Point:
    word, way, level = match[1], match[2], float(match[3])
    spots = [(m.start(), m.end(), m[0]) for m in re.finditer(rf"\b{word}\b", text, re.IGNORECASE)]
    others = [level + step for step in (-10, -5, 5, 10)]
    ways = [(f"{way} {n:g}", _edited(text, [_Edit(a, b, f"{way} {n:g}") for a, b, _ in spots])) for n in others]
    return _Point(_whole(spots), ways)


def _risks(_: re.Match[str], text: str, reading: Reading) -> _Point:
    uses = [use for use in reading.uses if use.node.startswith("risk ") and use.node.endswith(" of balance")]
    spots = [(use.start, use.end, use.text) for use in uses]
    edits = [_Edit(use.start, use.end, use.node.replace("balance", "equity")) for use in uses]
    return _Point(_whole(spots), [("of equity", _edited(text, edits))])


_KINDS: tuple[tuple[str, Callable[[re.Match[str], str, Reading], _Point]], ...] = (
    (r"average['\"] means the simple one", _averages),
    (r"^['\"]?Sell['\"]? closes the long", _sells),
    (r"^(.+): (\d+(?:\.\d+)?)(?: where the text is silent|, as named elsewhere)", _lengths),
    (r"(overbought|oversold).? is .* (above|below) ([\d.]+)", _states),
    (r"^Risk is a share of the balance", _risks),
)


def _innermost(uses: Sequence[Use], node: str) -> Iterator[Use]:
    """The words that became a piece of the language, none around others that did."""
    own = [use for use in uses if use.node.startswith(node)]
    for use in own:
        if not any(o is not use and use.start <= o.start and o.end <= use.end for o in own):
            yield use


def _edited(text: str, edits: Sequence[_Edit]) -> str:
    for edit in sorted(set(edits), key=lambda e: e.start, reverse=True):
        text = text[: edit.start] + edit.words + text[edit.end :]
    return text


def _whole(spots: Sequence[tuple[int, int, str]]) -> tuple[int, int] | None:
    """The first of the places."""
    return (spots[0][0], spots[0][1]) if spots else None
