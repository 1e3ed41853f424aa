"""What guards must still know after a restart, and its form as plain JSON data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mas.errors import ParameterError

VERSION = 1


@dataclass(slots=True)
class Halt:
    """No new risk until it is over."""

    guard: str
    until: str
    """"day", or "good" (until somebody releases it)."""
    day: int
    """In which it began, as `week.day_of` counts."""
    time: int
    flatten: bool
    """Nothing may be open, either."""
    text: str


@dataclass(slots=True)
class Memory:
    """The day's start, peaks, halts, and what was sent."""

    initial: float | None = None
    time: int = 0
    """The latest that the server's clock was seen to show."""
    day: int | None = None
    day_balance: float = 0.0
    day_equity: float = 0.0
    peaks: dict[str, float] = field(default_factory=dict)
    """Of each trailing limit, by its name."""
    halts: dict[str, Halt] = field(default_factory=dict)
    sent: list[int] = field(default_factory=list)
    """When orders were let through in the last minute."""
    sent_today: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain data: dicts, lists, texts and numbers; it changes only when something has happened."""
        known = asdict(self)
        del known["time"]  # the next quote tells it
        return {"version": VERSION, **known}


def memory_of(data: Mapping[str, Any]) -> Memory:
    """The memory that was stored as `as_json` gives it.

    Raises: ParameterError: it is not that; trading on guards that have forgotten is refused rather than begun.
    """
    given = dict(data)
    version = given.pop("version", None)
    if version != VERSION:
        raise ParameterError(f"the stored state of the guards is of version {version!r}, not {VERSION}")
    try:
        halts = {name: Halt(**halt) for name, halt in given.pop("halts").items()}
        memory = Memory(**given, halts=halts)
        missing = set(Memory.__slots__) - set(given) - {"halts", "time"}
        if missing:
            raise KeyError(min(missing))
    except (KeyError, TypeError, AttributeError) as error:
        raise ParameterError(f"the stored state of the guards cannot be read: {error}") from None
    return memory
