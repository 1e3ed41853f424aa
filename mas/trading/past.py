"""What a journal holds of a process that has died, as it is handled again entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mas.bars import Bars
from mas.errors import DataError, MasError
from mas.terminals.structs import AccountInfo, SymbolInfo
from mas.trading.channel import Start
from mas.trading.codec import from_json, to_json
from mas.trading.inputs import Observation
from mas.trading.journal import NOTE, Entry, Journal

NOT_ON = "The run does not go on: see what has changed, close what is open, and begin a new run"


class Diverged(MasError):
    """Handled again, the same inputs have led to something else: strategy, inputs or program are not what they were."""


class Past:
    """The entries of a journal that have not been handled again yet."""

    def __init__(self, journal: Journal) -> None:
        self._path, self._rows = journal.path, journal.entries(after=1)
        self._last = journal.last
        self._row: Entry | None = None
        self._notes: list[Mapping[str, Any]] = []
        """Notes between the entry taken last and the next one."""
        self._step()

    def peek(self) -> Entry | None:
        """The next entry that is no note."""
        return self._row

    def take(self, kind: str) -> Entry | None:
        """The next entry that is no note; None if there are no more.

        Raises: Diverged: it is of another kind.
        """
        row = self._row
        if row is None:
            return None
        if row.kind != kind:
            raise Diverged(
                f"entry {row.seq} of {self._path} is of kind {row.kind}, and handling the same inputs again has come "
                f"to one of kind {kind}. {NOT_ON}"
            )
        self._step()
        return row

    def has_note(self, note: Mapping[str, Any]) -> bool:
        """Whether a note is one of those that come here; it is then used up."""
        if note not in self._notes:
            return False
        self._notes.remove(note)
        return True

    def _step(self) -> None:
        self._row, self._notes = None, []
        for row in self._rows:
            if row.seq > self._last:  # written by ourselves, since
                return
            if row.kind != NOTE:
                self._row = row
                return
            self._notes.append(row.data)


def plain_start(start: Start) -> dict[str, Any]:
    """What a run begins with, as the journal has it: all but the bars, which the terminal keeps."""
    bars = start.bars
    return {
        "bars": len(bars), "last_bar": int(bars.time[-1]) if len(bars) else None, "seen": to_json(start.seen),
        "account": start.account._asdict(), "symbol": start.symbol._asdict(), "earlier": list(start.earlier),
    }  # fmt: skip


def start_of(data: Mapping[str, Any], history: Callable[[int, int | None], Bars]) -> Start:
    """What a run began with. Args: history: gives complete bars up to one.

    Raises: DataError: the bars cannot be had any more.
    """
    count, last = data["bars"], data["last_bar"]
    bars = history(max(count, 1), last)[:count]
    if len(bars) < count or (count and int(bars.time[-1]) != last):
        raise DataError(
            f"the terminal does not give the {count} bars with which the run began, the last of them at {last}: the "
            "run cannot go on without them"
        )
    seen = from_json(data["seen"])
    if not isinstance(seen, Observation):
        raise DataError("the journal does not say what was seen at the start of the run")
    return Start(bars, AccountInfo(**data["account"]), SymbolInfo(**data["symbol"]), seen, tuple(data["earlier"]))
