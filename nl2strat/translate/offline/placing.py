"""Stage 5n: a word that is harmless in a heading may change a rule: `daily EURUSD` is a chart, `buy daily` is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.translate.offline.elements import Aside, Element, Frame, Mark, Market, Mention, Talk, Title, Unknown
from nl2strat.translate.offline.tokens import Token

_ADVERBS = frozenset(["daily", "weekly", "hourly", "monthly"])
_ORDER = frozenset(["next", "first", "finally", "lastly"])
_LINKS = frozenset(["when", "if", "once"])
_HEADING = (Aside, Frame, Mark, Market, Mention, Talk, Title)


def placed(sentence: Sequence[Element], tokens: Sequence[Token]) -> list[Element]:
    """The sentence, with what stands where it may mean something else marked as not understood."""
    return [replace(e, item=Unknown("")) if _misplaced(sentence, k, tokens) else e for k, e in enumerate(sentence)]


def _misplaced(sentence: Sequence[Element], k: int, tokens: Sequence[Token]) -> bool:
    """Whether this element would say something else than what it was read as."""
    element = sentence[k]
    if _is_adverb(element, tokens):
        return not _in_heading(sentence, k)
    if not isinstance(element.item, Aside) or element.last - element.first != 1:
        return False
    before = sentence[k - 1].item if k else None
    after = sentence[k + 1].item if k + 1 < len(sentence) else None
    if tokens[element.first].word in _ORDER:  # "next, buy when ...", not "when the next RSI ..."
        return before is not None and not isinstance(before, Mark) and not isinstance(after, Mark)
    return tokens[element.first].word in _LINKS and isinstance(after, Aside)  # what it introduces was not read


def _is_adverb(element: Element, tokens: Sequence[Token]) -> bool:
    """`daily` by itself, neither `on the daily chart` nor `daily chart`."""
    alone = element.last - element.first == 1
    return isinstance(element.item, Frame) and alone and tokens[element.first].word in _ADVERBS


def _in_heading(sentence: Sequence[Element], k: int) -> bool:
    """Whether nothing but parts of a heading stands on either side of the element."""
    before = sentence[k - 1].item if k else None
    after = sentence[k + 1].item if k + 1 < len(sentence) else None
    if isinstance(before, Market):  # "long EURUSD daily when ..."
        return True
    return (before is None or isinstance(before, _HEADING)) and (after is None or isinstance(after, _HEADING))
