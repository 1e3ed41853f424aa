"""Stage 5n: which side a clause is for that names none: `longs use a 20 pip stop and a 40 pip target`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.translate.offline.elements import Clause, Element, Filter, Mark, Open, When
from nl2strat.translate.offline.tokens import Token

_SIDES = {"long": "long", "buy": "long", "short": "short", "sell": "short"}


def carried(sentence: Sequence[Element], tokens: Sequence[Token]) -> list[Element]:
    """The sentence, with the side that was said in front of one clause for those that "and" joins to it."""
    result: list[Element] = []
    side = ""
    joined = False
    for element in sentence:
        item = element.item
        if isinstance(item, Mark) and item.kind == "and":
            joined = True
        elif isinstance(item, Clause):
            first = tokens[element.first]
            if item.side:
                side = item.side if _SIDES.get(first.base) == item.side or first.word in ("for", "on") else ""
            elif side and (joined or first.word == "and"):
                element = replace(element, item=replace(item, side=side))
            joined = False
        else:
            side, joined = "", False
        result.append(element)
    return result


def entering(sentence: Sequence[Element]) -> list[Element]:
    """`Entry rules: price must be above A and the RSI must cross B`: what must be is when to enter."""
    kinds = [type(e.item) for e in sentence]
    if kinds[:3] != [Open, Mark, Filter] or When in kinds or sentence[1].item != Mark(":"):
        return list(sentence)
    return [
        replace(e, item=When(e.item.condition, "when")) if isinstance(e.item, Filter) and not e.item.side else e
        for e in sentence
    ]
