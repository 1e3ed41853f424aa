"""Stage 5x: a bar named by its colour: `two red candles, then a green one that closes above the last red one`."""

from __future__ import annotations

from dataclasses import dataclass

from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import listed

_WORDS = listed("coloured")
_UP = frozenset(_WORDS["up"])
_DOWN = frozenset(_WORDS["down"])
_BARS = frozenset({"bar", "one", "1"})


@dataclass(frozen=True)
class _Run:
    """So many bars of one colour, one after the other."""

    up: bool
    bars: int


def bar_of(p: Cursor) -> int | None:
    """How many bars ago the bar is that `the (last) red one` names; None if it is not known which one is meant.

    Known is: the text speaks of a run of that colour right before another one, or of one bar of that colour.
    """
    first = p.i
    nearest = p.accept("last", "latest", "final")
    farthest = not nearest and p.accept("first")
    up = p.word() in _UP
    if not up and p.word() not in _DOWN:
        return None
    p.i += 1
    if not p.accept("bar", "one", "1"):
        return None
    runs = _runs(p, first)
    if not runs or len(runs) > 2 or (len(runs) == 2 and runs[0].up == runs[1].up):
        return None
    later = runs[-1]
    if later.up == up:
        begins, bars = 0, later.bars
    elif len(runs) == 2:
        begins, bars = later.bars, runs[0].bars
    else:
        return None
    if bars > 1 and not (nearest or farthest):
        return None  # "the red one" of two
    return begins + (bars - 1 if farthest else 0)


def _runs(p: Cursor, end: int) -> list[_Run]:
    """The bars by colour that are told of before the words that name one, in this sentence or else in the text."""
    start = end
    while start and p.tokens[start - 1].kind != "break":
        start -= 1
    return _told(p, start, end) or _told(p, 0, end)


def _told(p: Cursor, start: int, end: int) -> list[_Run]:
    found: list[_Run] = []
    if any(p.tokens[k].word in _WORDS["apart"] for k in range(start, end)):
        return []
    for k in range(start, end - 1):
        word, noun = p.tokens[k].word, p.tokens[k + 1]
        if word not in _UP | _DOWN or noun.base not in _BARS:
            continue
        before = [p.tokens[j].word for j in range(max(0, k - 2), k)]
        if "of" in before:
            continue  # names one that was told of
        counts = [p.tokens[j].value for j in range(max(0, k - 2), k) if p.tokens[j].kind == "number"]
        found.append(_Run(word in _UP, int(counts[-1] or 1) if counts else 1))
    return found
