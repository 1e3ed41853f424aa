"""Stage 5n: what the heading of a section makes of the lines below it.

Below `Entry:` a "sell" is no exit but the entry of a short; `Exits:` above stops and targets is a mere heading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Aside, Clause, Element, Leave, Listing, Mark, Open, Talk, Title

_FRAMES = (Mark, Aside, Title, Talk, Listing)


def below_entry(p: Cursor, elements: Sequence[Element]) -> list[Element]:
    """The elements, with the sells of an entry section as openings of shorts."""
    result: list[Element] = []
    entering = False
    sentence: list[Element] = []
    for element in elements:
        sentence.append(element)
        if isinstance(element.item, Mark) and element.item.kind == "break":
            entering = _entering(sentence, entering)
            result += _as_entries(sentence) if entering or _headed(sentence) else sentence
            sentence = []
    result += _as_entries(sentence) if entering or _headed(sentence) else sentence
    if result != list(elements):
        p.note('"Sell", listed among the entries, opens a short position.')
    return result


def without_exit_headings(elements: Sequence[Element]) -> list[Element]:
    """The elements, with `Exits:` as a mere heading where the line below it is a stop, a target or a holding time."""
    sentences: list[list[Element]] = [[]]
    for element in elements:
        sentences[-1].append(element)
        if isinstance(element.item, Mark) and element.item.kind == "break":
            sentences.append([])
    result: list[Element] = []
    for k, sentence in enumerate(sentences):
        said = [e.item for e in sentence if not isinstance(e.item, _FRAMES)]
        below = [e.item for e in sentences[k + 1] if not isinstance(e.item, _FRAMES)] if k + 1 < len(sentences) else []
        heads = len(said) == 1 and isinstance(said[0], Leave) and bool(below)
        if heads and all(isinstance(i, Clause) for i in below):
            sentence = [replace(e, item=Aside()) if isinstance(e.item, Leave) else e for e in sentence]
        result += sentence
    return result


def _entering(sentence: Sequence[Element], before: bool) -> bool:
    """Whether entries are listed from this sentence on: another heading ends them."""
    said = [e.item for e in sentence if not isinstance(e.item, _FRAMES)]
    if any(isinstance(i, Leave) for i in said):
        return False
    if len(said) == 1 and isinstance(said[0], Open) and said[0].said == "" and said[0].order is None:
        return True
    colon = any(isinstance(e.item, Mark) and e.item.kind == ":" for e in sentence)
    return before and bool(said or not colon)


def _headed(sentence: Sequence[Element]) -> bool:
    """`Entry: buy when A, sell when B`, with no exit in the sentence."""
    first = [e.item for e in sentence if not isinstance(e.item, (Aside, Title))][:2]
    opens = len(first) == 2 and isinstance(first[0], Open) and first[0].said == "" and first[1] == Mark(":")
    return opens and not any(isinstance(e.item, Leave) for e in sentence)


def _as_entries(sentence: Sequence[Element]) -> list[Element]:
    return [replace(e, item=replace(e.item, said="short")) if e.item == Open("sell") else e for e in sentence]
