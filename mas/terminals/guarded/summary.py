"""What guards have done in a run, in short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mas.terminals.guarded.events import CLOSED, FAILED, HALTED, REFUSED, GuardEvent


@dataclass(frozen=True)
class Summary:
    """The acts of one guard."""

    guard: str
    refused: int
    halted: int
    closed: int
    other: int
    """Alarms, releases, closings that were tried again."""
    first: int
    """Server clock, epoch seconds."""
    last: int


def summary_of(acts: Sequence[GuardEvent]) -> list[Summary]:
    """One row for each guard that did something, in order of its first act."""
    rows = []
    for guard in dict.fromkeys(act.guard for act in acts):
        own = [act for act in acts if act.guard == guard]
        refused, halted, closed = (sum(act.action == action for act in own) for action in (REFUSED, HALTED, CLOSED))
        rest = len(own) - refused - halted - closed
        rows.append(Summary(guard, refused, halted, closed, rest, own[0].time, own[-1].time))
    return rows


def lines_of(acts: Sequence[GuardEvent], shown: int) -> list[str]:
    """The same as sentences: the first halts and failures in full, refusals counted by guard.

    Args: shown: how many in full.
    """
    told = [act for act in acts if act.action in (HALTED, FAILED)]
    lines = [f"{_moment(act.time)} {act.guard}: {act.text}" for act in told[:shown]]
    if len(told) > shown:
        lines.append(f"and {len(told) - shown:,} more halts")
    for row in summary_of(acts):
        if row.refused:
            lines.append(f"{row.guard}: {row.refused:,} order{'s' if row.refused > 1 else ''} refused")
    return lines


def _moment(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M")
