"""Stage 5n: headings with lists below them: `Long:` and its conditions line by line.

A heading that says what to do takes the lines of bare conditions that follow it. Below an entry all of them have to
hold, which is how such lists are written; below an exit the text has to say whether one is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from nl2strat.language.ast import Expr
from nl2strat.translate.offline import conditions
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import (
    Aside,
    Element,
    Filter,
    Leave,
    Listing,
    Mark,
    Market,
    Open,
    Setup,
    Talk,
    Title,
    When,
)
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.vocabulary.actions import FILTER

_WORDS = listed("lists")


@cache
def _kinds() -> Phrases[bool]:
    """Phrase -> whether one of the conditions is enough."""
    return Phrases({**dict.fromkeys(_WORDS["all"], False), **dict.fromkeys(_WORDS["any"], True)})


def listing(p: Cursor) -> Listing | None:
    """`when all of the following are true:`, `(any of these):`, `filters:` at the end of a line."""
    begins = p.i == 0 or p.kind(-1) == "break"
    side = p.match(FILTER)
    if side is not None and begins and _line_ends(p):
        return Listing(None, side)
    if side is not None:
        return None
    bracketed = p.accept("(")
    linked = p.accept(*_WORDS["link"])
    one = p.match(_kinds())
    if one is None and not linked:
        return None
    p.accept(*_WORDS["ends"])
    if bracketed and not p.accept(")"):
        return None
    return Listing(one, None) if _line_ends(p) and (bracketed or p.at(":")) else None


def enumerated(p: Cursor) -> Aside | None:
    """`there are two conditions`, `the first is that A`, `if both are true, buy`: they only count what is said."""
    if p.i and p.kind(-1) not in ("break", "mark") and p.base(-1) not in ("and", "then"):
        return None
    if p.accept(*_WORDS["count"]):
        return Aside() if p.kind() in ("", "break") or p.at(":") else None
    if p.accept(*_WORDS["each"]):
        return None if p.kind() == "number" and p.word(-1) == ":" else Aside()  # "2 : 1" is a ratio
    if p.definition("such") is None or not p.accept(*_WORDS["sum"]):
        return None  # no condition was stated that could be summed up
    return Aside() if p.at(*_WORDS["acts"]) else None


def _line_ends(p: Cursor) -> bool:
    return p.kind() == "break" or (p.at(":") and p.kind(1) == "break")


def joined(p: Cursor, elements: Sequence[Element]) -> list[Element]:
    """The elements with each heading and the conditions below it made one sentence."""
    sentences = _split(elements)
    result: list[Element] = []
    pending = False  # conditions that wait for an action after them
    headed = False  # the text goes by headings, so that an action alone on a line is one
    k = 0
    while k < len(sentences):
        sentence = sentences[k]
        below: list[list[Element]] = []
        if _is_setup(p, sentence, sentences[k + 1 :]):
            sentence = [replace(e, item=Aside()) if isinstance(e.item, Open) else e for e in sentence]
            headed = True
        elif _is_heading(sentence, pending):
            while k + 1 + len(below) < len(sentences) and _conditions(sentences[k + 1 + len(below)]) is not None:
                below.append(sentences[k + 1 + len(below)])
        pending = not headed and not below and _conditions(sentence) is not None
        result += _one(p, sentence, below) if below else sentence
        k += 1 + len(below)
    for element in result:
        if isinstance(element.item, Listing):
            p.questions.append("Which conditions does the list consist of? None stands below its heading.")
    return result


def _split(elements: Sequence[Element]) -> list[list[Element]]:
    sentences: list[list[Element]] = [[]]
    for element in elements:
        sentences[-1].append(element)
        if isinstance(element.item, Mark) and element.item.kind == "break":
            sentences.append([])
    return [s for s in sentences if s]


def _is_heading(sentence: Sequence[Element], pending: bool) -> bool:
    """One action or filter and no condition: `Long:`, `Entry (all must be met):`, `Exit`."""
    said = [e.item for e in sentence if not isinstance(e.item, (Aside, Market, Title, Talk))]
    acts = [i for i in said if isinstance(i, (Open, Leave))]
    listings = [i for i in said if isinstance(i, Listing)]
    if any(isinstance(i, Open) and i.order for i in acts):
        return False
    marks = [i for i in said if isinstance(i, Mark)]
    if len(acts) + len(listings) + len(marks) < len(said) or any(m.kind not in (":", "break", "-") for m in marks):
        return False
    filters = [i for i in listings if i.side is not None]
    if len(listings) > 1 or len(acts) + len(filters) != 1:
        return False
    return bool(listings) or any(m.kind == ":" for m in marks) or not pending


def _is_setup(p: Cursor, sentence: Sequence[Element], later: Sequence[Sequence[Element]]) -> bool:
    """`Setup:` above conditions, where another heading says what is opened."""
    if any(not isinstance(e.item, (Open, Aside, Title, Mark)) for e in sentence):
        return False
    said = sentence[0]
    words = [t.base for t in p.tokens[said.first : said.last]]
    opens = any(isinstance(e.item, Open) for s in later for e in s)
    return words in (["setup"], ["condition"]) and opens and bool(later) and _conditions(later[0]) is not None


def _conditions(sentence: Sequence[Element]) -> list[Expr] | None:
    """The conditions of a line that states nothing else."""
    found: list[Expr] = []
    for element in sentence:
        match element.item:
            case Setup(said):
                found += said
            case When(condition, "" | "when" | "first" | "and"):
                found.append(condition)
            case Aside() | Talk() | Title() | Mark("break" | "and" | "," | ";" | "-" | ":"):
                pass
            case _:
                return None
    return found or None


def _one(p: Cursor, heading: Sequence[Element], below: Sequence[Sequence[Element]]) -> list[Element]:
    """The heading and the lines below it as one sentence."""
    said = [conditions.all_of(_conditions(line) or []) for line in below]
    kind = next((e.item for e in heading if isinstance(e.item, Listing)), None)
    leaves = any(isinstance(e.item, Leave) for e in heading)
    if leaves and len(said) > 1 and (kind is None or kind.one is None):
        p.questions.append("Does the exit need all of the conditions below it, or is one enough?")
    whole = conditions.any_of(said) if kind is not None and kind.one else conditions.all_of(said)
    item = Filter(kind.side, whole) if kind is not None and kind.side is not None else When(whole, "")
    result = [replace(e, item=Aside()) if isinstance(e.item, (Mark, Listing)) else e for e in heading]
    first = True
    for element in [e for line in below for e in line]:
        if isinstance(element.item, (Setup, When)):
            result.append(replace(element, item=item if first else Aside()))
            first = False
        else:
            result.append(replace(element, item=Aside()))
    return [*result, replace(below[-1][-1], item=Mark("break"))] if isinstance(below[-1][-1].item, Mark) else result
