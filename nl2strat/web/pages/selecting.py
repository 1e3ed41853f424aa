"""Which trades are listed, in which order: plain functions on rows of `mas.report.trade_rows`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Row = Mapping[str, Any]
Result = Literal["", "won", "lost", "ambiguous"]

DESCENDING_FIRST = frozenset({"net", "bars", "volume"})
"""Columns of which the largest values are asked for first."""


@dataclass(frozen=True)
class Selection:
    """What the user asked to see. Empty strings: everything."""

    sort: str = "number"
    descending: bool = False
    side: str = ""
    result: Result = ""
    reason: str = ""

    def ordered_by(self, column: str) -> Selection:
        """By another column, or by the same the other way round."""
        again = column == self.sort
        down = not self.descending if again else column in DESCENDING_FIRST
        return Selection(column, down, self.side, self.result, self.reason)


def selected(rows: Sequence[Row], asked: Selection) -> list[Row]:
    """The rows that match, in order; equal ones in the order of their numbers, missing values last."""
    kept = [row for row in rows if _matches(row, asked)]
    there = [row for row in kept if _value(row, asked.sort) is not None]
    there.sort(key=lambda row: _value(row, asked.sort), reverse=asked.descending)
    return there + [row for row in kept if _value(row, asked.sort) is None]


def _matches(row: Row, asked: Selection) -> bool:
    if (asked.side and row["side"] != asked.side) or (asked.reason and row["exit_reason"] != asked.reason):
        return False
    if asked.result == "ambiguous":
        return bool(row["ambiguous"])
    return not asked.result or (row["net"] > 0 if asked.result == "won" else row["net"] < 0)


def _value(row: Row, column: str) -> Any:
    return bars_of(row) if column == "bars" else row[column]


def bars_of(row: Row) -> int:
    """How many bars a trade lasted."""
    return int(row["exit_bar"]) - int(row["entry_bar"])
