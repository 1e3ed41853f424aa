"""After a question: what the text could mean, where it could mean two or three things that can each be written out.

Each meaning is a rewording of the user's own text that settles the point ("stop 50" as "stop 50 pips" or "stop 50
points") and is then read like any other text. Only rewordings that are understood whole are readings; with fewer than
two of them the question stays as it was. What EXECUTION.md settles never comes here, as it raises no question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product

from nl2strat.errors import NotUnderstood, Span
from nl2strat.language.printer import print_program
from nl2strat.translate.offline.lexer import tokenise
from nl2strat.translate.offline.normalise import normalise
from nl2strat.translate.offline.open_points import KINDS, Edit
from nl2strat.translate.offline.translate import translate as translate_once
from nl2strat.translate.reading import Alternative, Reading, Use

MOST = 8
"""Readings of one text that are looked at; a text with more is asked about in plain words."""

_KEPT = ("stop ", "target ", "trail ", "take ", "size ", "risk ", "breakeven ")


def translate(text: str, *, symbol: str | None = None, timeframe: str | None = None) -> Reading:
    """As `translate.translate`; its question carries the readings the text could have, the conventional one first."""

    def read(other: str) -> Reading:
        return translate_once(other, symbol=symbol, timeframe=timeframe)

    try:
        return read(text)
    except NotUnderstood as asked:
        found = _readings(text, asked, read)
        if len(found) < 2:
            raise
        could = "It could mean: " + "; or ".join(one.text for one in found) + "."
        raise NotUnderstood((*asked.questions, could), asked.spans, asked.assumptions, found) from None


@dataclass(frozen=True)
class _Way:
    """One way to settle everything that is open: the edits to the text, in its order, and what they say."""

    label: str
    edits: tuple[Edit, ...]
    orphans: bool

    def text(self, text: str) -> str:
        """The text with the edits made."""
        for edit in reversed(self.edits):
            text = text[: edit.start] + edit.words + text[edit.end :]
        return text

    def place(self, position: int, *, last: bool) -> int:
        """Where a character of the edited text stood in the original; inside new words, the replaced ones' bounds."""
        shift = 0
        for edit in self.edits:
            start = edit.start + shift
            end = start + len(edit.words)
            if position < start or (last and position == start):
                break
            if position < end or (last and position == end):
                return edit.end if last else edit.start
            shift += len(edit.words) - (edit.end - edit.start)
        return position - shift


def _readings(text: str, asked: NotUnderstood, read: Callable[[str], Reading]) -> tuple[Alternative, ...]:
    """The ways that are understood whole; those that come to the same program (5 bars, 5 hours) are one."""
    found: dict[object, Alternative] = {}
    for way in _ways(text, asked):
        with suppress(NotUnderstood):
            reading = _moved_back(read(way.text(text)), text, way)
            program = reading.program
            if not way.orphans and not _keeps_all(reading):
                continue
            known = found.get((program.rules, program.account))
            label = f"{known.text}, or {way.label}" if known else way.label
            found[program.rules, program.account] = Alternative(label, known.reading if known else reading)
    return tuple(found.values())


def _keeps_all(reading: Reading) -> bool:
    """Whether each stop, target and size that was read is in the program: settling one point may orphan another."""
    program = print_program(reading.program)
    return all(use.node in program for use in reading.uses if use.node.startswith(_KEPT))


def _ways(text: str, asked: NotUnderstood) -> Iterator[_Way]:
    """Every combination of what the open points of the text could mean."""
    with suppress(NotUnderstood):
        tokens = tokenise(normalise(text))
        questions = " ".join(asked.questions)
        points = [p for kind in KINDS if kind.asks in questions and (p := kind.find(tokens))]
        if not points or _many(points):
            return
        for choice in product(*points):
            edits = sorted((edit for option in choice for edit in option.edits), key=lambda edit: edit.start)
            label = ", ".join(option.label for option in choice)
            yield _Way(label, tuple(edits), any(option.orphans for option in choice))


def _many(points: Sequence[Sequence[object]]) -> bool:
    count = 1
    for options in points:
        count *= len(options)
    return count > MOST


def _moved_back(reading: Reading, text: str, way: _Way) -> Reading:
    """The reading of the edited text as one of the original: the places of its words are those in the original."""
    uses, ignored = [], []
    for use in reading.uses:
        start, end = way.place(use.start, last=False), way.place(use.end, last=True)
        uses.append(Use(start, end, text[start:end], use.node))
    for span in reading.ignored:
        start, end = way.place(span.start, last=False), way.place(span.end, last=True)
        ignored.append(Span(start, end, text[start:end]))
    return replace(reading, text=text, uses=tuple(uses), ignored=tuple(ignored))
