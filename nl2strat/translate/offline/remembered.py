"""Parsing functions that are asked the same thing at the same place again and again, and answer from memory.

A parsing function sees the tokens, the place and the context, all of which stay as they are; so what it made of them
once it makes of them always.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from nl2strat.translate.offline.cursor import Cursor

R = TypeVar("R")


def remembered(parse: Callable[[Cursor], R]) -> Callable[[Cursor], R]:
    """The same function; it reads each place of a text, with what was said before, only once."""

    @wraps(parse)
    def answer(p: Cursor) -> R:
        key = (parse, p.i, id(p.context))
        known = p.memory.get(key)
        if known is None:
            before, asked = p.context, len(p.questions)
            result = parse(p)
            # The context is kept so that no other one takes its place in memory, and its id.
            p.memory[key] = (result, p.i, p.context, tuple(p.questions[asked:]), before)
            return result
        result, p.i, p.context, questions, _ = known
        p.questions += questions
        return result

    return answer
