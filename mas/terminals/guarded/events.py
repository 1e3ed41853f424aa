"""What a guard tells when it acts: for the journal, the log and the user."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mas.dataclass import dataclass

REFUSED, HALTED, CLOSED, FAILED, ALARM, RELEASED = "refused", "halted", "closed", "failed", "alarm", "released"
"""What a guard may do: refuse a request; forbid new risk (and close, where the rule says so); the closing itself; a
closing that did not go through and is tried again; a warning; the end of a halt."""

COMMENT = "guard "
"""How the comment of everything begins that a guard refuses or closes; the guard's name follows."""

_LONGEST = 29


@dataclass(frozen=True, slots=True)
class GuardEvent:
    """One act of one guard."""

    guard: str
    """Its name: "daily_loss", "lots.total", "kill" ..."""
    action: str
    """One of the words above."""
    limit: float
    """What the rule allows, in the unit of `measured`: lots, positions, orders, points, percent, account currency."""
    measured: float
    """What was found; of a refused request, what it would have led to."""
    time: int
    """Server clock, epoch seconds."""
    text: str
    """The same as a sentence."""
    symbol: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain data for a journal."""
        return asdict(self)


def comment_of(guard: str) -> str:
    """The comment of an answer or an order that comes from a guard, short enough for a terminal."""
    return (COMMENT + guard)[:_LONGEST]


def by_guard(comment: str) -> bool:
    """Whether an answer or a deal with that comment comes from a guard."""
    return comment.startswith(COMMENT)
