"""Stage 8: every word ends as used, harmless, small talk, or not understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nl2strat.translate.offline.elements import Aside, Element, Mark, Title, Unknown
from nl2strat.translate.offline.talk import is_small_talk
from nl2strat.translate.offline.tokens import Token


@dataclass(frozen=True)
class Account:
    """Token ranges: small talk, and what nobody could read."""

    ignored: tuple[tuple[int, int], ...]
    unknown: tuple[tuple[int, int], ...]


def clauses(elements: Sequence[Element]) -> list[list[Element]]:
    """The elements between punctuation, and before and after them."""
    parts: list[list[Element]] = [[]]
    for element in elements:
        if isinstance(element.item, Mark) and element.item.kind in ("break", ",", ";", ":", "-"):
            parts.append([])
        else:
            parts[-1].append(element)
    return [part for part in parts if part]


def account(elements: Sequence[Element], tokens: Sequence[Token]) -> Account:
    """What remains after the parser: clauses without any rule in them are small talk if their words allow it."""
    ignored: list[tuple[int, int]] = []
    unknown: list[tuple[int, int]] = []
    for part in clauses(elements):
        if not any(isinstance(e.item, Unknown) for e in part):
            continue
        first, last = part[0].first, part[-1].last
        only_talk = all(isinstance(e.item, (Unknown, Aside, Mark, Title)) for e in part)
        if only_talk and is_small_talk(tokens[first:last]):
            ignored.append((first, last))
            continue
        unknown += _runs([e for e in part if isinstance(e.item, Unknown)])
    return Account(tuple(ignored), tuple(unknown))


def _runs(elements: Sequence[Element]) -> list[tuple[int, int]]:
    """Neighbouring unknown tokens as one span."""
    spans: list[tuple[int, int]] = []
    for element in elements:
        if spans and spans[-1][1] == element.first:
            spans[-1] = spans[-1][0], element.last
        else:
            spans.append((element.first, element.last))
    return spans
