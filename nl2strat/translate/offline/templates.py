"""Phrases with holes: whole ways of saying a rule, as data (`wait {bars} after {event}`).

A template is a line of words; `(a|b c|)` is a choice, the empty one too; `{name}` is a hole that a reader fills. Words
match a token's spelling or its base form, as in every phrase table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Union

from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import essential, fits, listed

Filled = dict[str, Any]
Reader = Callable[[Cursor], Any]


@dataclass(frozen=True)
class Hole:
    name: str


@dataclass(frozen=True)
class Choice:
    branches: tuple[tuple[Piece, ...], ...]


Piece = Union[str, Hole, Choice]

_BEFORE_NUMBERS = ("at", "no", "more", "fewer", "less", "minimum", "maximum", "not", "up", "exactly", "over", "under")
"""Words a hole may begin with besides a number."""

BOUNDARIES = frozenset([",", ";", ")", "-", "and", "but", "then", ":"])
"""What may follow a rule in its sentence; any other word belongs to it and changes what it says."""


_DO_NOT = ("do not", "does not", "did not", "must not", "should not", "may not", "will not")
"""What "not" stands for in a template."""


def parse(line: str) -> tuple[Piece, ...]:
    """A template from its line."""
    pieces, rest = _sequence(line.replace("(", " ( ").replace(")", " ) ").replace("|", " | ").split())
    if rest:
        raise ValueError(f"unbalanced parentheses in the phrase {line!r}")
    return pieces


def _sequence(words: Sequence[str]) -> tuple[tuple[Piece, ...], list[str]]:
    pieces: list[Piece] = []
    rest = list(words)
    while rest and rest[0] not in ("|", ")"):
        word = rest.pop(0)
        if word == "(":
            choice, rest = _choice(rest)
            pieces.append(choice)
        elif word.startswith("{"):
            pieces.append(Hole(word.strip("{}")))
        else:
            pieces += [w for w in essential(word) if not _is_dropped(word)]
    return tuple(pieces), rest


def _is_dropped(word: str) -> bool:
    """Articles and filler never reach the parser."""
    return essential(f"{word} x") == ("x",)


def _choice(words: list[str]) -> tuple[Choice, list[str]]:
    branches = []
    rest = ["|", *words]
    while rest and rest[0] == "|":
        branch, rest = _sequence(rest[1:])
        branches.append(branch)
    if not rest:
        raise ValueError("a choice in a phrase is not closed")
    return Choice(tuple(branches)), rest[1:]


@dataclass(frozen=True)
class Table:
    """Templates with the name of their list, found by the word they begin with."""

    by_word: Mapping[str, tuple[tuple[str, tuple[Piece, ...]], ...]]
    by_number: tuple[tuple[str, tuple[Piece, ...]], ...]

    def at(self, p: Cursor) -> list[tuple[str, tuple[Piece, ...]]]:
        """Those that may stand here."""
        words = (p.word(), p.base(), "not") if p.at(*_DO_NOT) else (p.word(), p.base())
        found = [t for word in dict.fromkeys(words) for t in self.by_word.get(word, ())]
        return [*dict.fromkeys(found), *(self.by_number if p.kind() == "number" or p.word() == "$" else ())]


@cache
def table(topic: str, names: tuple[str, ...]) -> Table:
    """These lists of `vocabulary/<topic>.txt`."""
    by_word: dict[str, list[tuple[str, tuple[Piece, ...]]]] = {}
    by_number: list[tuple[str, tuple[Piece, ...]]] = []
    for name in names:
        for line in listed(topic)[name]:
            pieces = parse(line)
            for word in _first_words(pieces):
                if word:
                    by_word.setdefault(word, []).append((name, pieces))
                else:
                    by_number.append((name, pieces))
    return Table({word: tuple(found) for word, found in by_word.items()}, tuple(by_number))


def _first_words(pieces: Sequence[Piece]) -> set[str]:
    """The words a template may begin with; "" for a hole, which has to begin with a number."""
    if not pieces:
        return set()
    first = pieces[0]
    if isinstance(first, str):
        return {first}
    if isinstance(first, Hole):
        return {"", *_BEFORE_NUMBERS}
    return {word for branch in first.branches for word in _first_words((*branch, *pieces[1:]))}


def match(
    p: Cursor, templates: Table, readers: Mapping[str, Reader], *, inside: bool = False
) -> tuple[str, Filled] | None:
    """Takes the longest fit; gives the name of its list and what fills its holes.

    It has to end where a clause may end, unless it stands `inside` one.
    """
    start, context, asked = p.i, p.context, len(p.questions)
    best: tuple[int, str, Filled, Any, list[str]] | None = None
    for name, pieces in templates.at(p):
        for filled in _fits(p, pieces, readers):
            if (inside or _ends(p)) and (best is None or p.i > best[0]):
                best = p.i, name, filled, p.context, p.questions[asked:]
        p.i, p.context = start, context
        del p.questions[asked:]
    if best is None:
        return None
    p.i, p.context = best[0], best[3]
    p.questions += best[4]
    return best[1], best[2]


def _ends(p: Cursor) -> bool:
    return p.kind() in ("", "break") or p.base() in BOUNDARIES


def _fits(p: Cursor, pieces: Sequence[Piece], readers: Mapping[str, Reader]) -> Iterator[Filled]:
    """Every way to fit the pieces here; the cursor stands behind them while a way is looked at."""
    if not pieces:
        yield {}
        return
    first, rest = pieces[0], pieces[1:]
    start, context, asked = p.i, p.context, len(p.questions)
    if isinstance(first, str):
        if first == "not" and p.at(*_DO_NOT):
            p.i += 1
        if fits((first,), p.tokens, p.i):
            p.i += 1
            yield from _fits(p, rest, readers)
    elif isinstance(first, Hole):
        value = p.trial(readers[first.name])
        if value is not None:
            for filled in _fits(p, rest, readers):
                yield {first.name: value, **filled}
    else:
        for branch in first.branches:
            yield from _fits(p, (*branch, *rest), readers)
            p.i, p.context = start, context
            del p.questions[asked:]
    p.i, p.context = start, context
    del p.questions[asked:]
