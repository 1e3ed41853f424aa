"""Stage 8: every word ends as used, harmless, small talk, or not understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nl2strat.translate.offline.elements import Element, Talk, Unknown


@dataclass(frozen=True)
class Account:
    """Token ranges: small talk, and what nobody could read."""

    ignored: tuple[tuple[int, int], ...]
    unknown: tuple[tuple[int, int], ...]


def account(elements: Sequence[Element]) -> Account:
    """Small talk and what remained unread, neighbours joined."""
    return Account(_runs(elements, Talk), _runs(elements, Unknown))


def _runs(elements: Sequence[Element], kind: type) -> tuple[tuple[int, int], ...]:
    """Neighbouring elements of a kind as one span."""
    spans: list[tuple[int, int]] = []
    for element in elements:
        if not isinstance(element.item, kind):
            continue
        if spans and spans[-1][1] == element.first:
            spans[-1] = spans[-1][0], element.last
        else:
            spans.append((element.first, element.last))
    return tuple(spans)
