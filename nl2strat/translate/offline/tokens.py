"""The token: a word, number, clock time or mark with its place in the user's text."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["word", "number", "clock", "mark", "break"]


@dataclass(frozen=True, slots=True)
class Token:
    """`word` is lower case; `base` its base form ("crossed" -> "cross"); `value` a number, or minutes of a clock.

    `start` and `end` are characters of the original text. `glued`: no blank stood before it.
    """

    start: int
    end: int
    word: str
    kind: Kind
    base: str
    value: Decimal | None = None
    glued: bool = False
    upper: bool = False
    """Written with a capital first letter (a hint where lines were wrapped)."""
    definite: bool = False
    """Whether "the" stood before it ("the 50" is a line, "50" a level)."""
