"""What happens in a run, as everybody hears it who watches: log, metrics, notifications, the page."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

log = logging.getLogger("nl2strat")


class Kind(StrEnum):
    """What sort of thing has happened."""

    STARTED = "started"
    RECOVERED = "recovered"
    BAR = "bar"
    ORDER = "order"
    REFUSED = "refused"
    OPENED = "opened"
    CLOSED = "closed"
    ALERT = "alert"
    GUARD = "guard"
    MISSED = "missed"
    TROUBLE = "trouble"
    BACK = "back"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    FAILED = "failed"


LEVELS: Mapping[Kind, int] = {
    Kind.BAR: logging.DEBUG,
    Kind.REFUSED: logging.WARNING,
    Kind.GUARD: logging.WARNING,
    Kind.MISSED: logging.WARNING,
    Kind.TROUBLE: logging.ERROR,
    Kind.FAILED: logging.CRITICAL,
}
"""How much each matters, where that is not INFO."""


@dataclass(frozen=True)
class Happening:
    """One thing that has happened."""

    kind: Kind
    text: str
    """One sentence, for people."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """The same for machines: plain data."""
    time: float = field(default_factory=time.time)
    """Seconds since the epoch, of this machine's clock."""

    @property
    def level(self) -> int:
        """Its level in the log."""
        return LEVELS.get(self.kind, logging.INFO)


class Watcher(Protocol):
    """Somebody who is told."""

    def tell(self, happening: Happening) -> None:
        """Something has happened. Must return soon, and may not send orders."""

    def close(self) -> None:
        """The run is over: say what is left to say."""


class Watchers:
    """All who watch a run. One that fails is logged and left out from then on: trading does not wait for it."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = list(watchers)

    def tell(self, happening: Happening) -> None:
        """Tell everybody."""
        for watcher in list(self._watchers):
            try:
                watcher.tell(happening)
            except Exception as error:
                self._watchers.remove(watcher)
                log.error("%s watches no more: %r", type(watcher).__name__, error)

    def say(self, kind: Kind, text: str, **data: Any) -> None:
        """Tell everybody of something that has happened now."""
        self.tell(Happening(kind, text, data))

    def close(self) -> None:
        """Let everybody go."""
        for watcher in self._watchers:
            try:
                watcher.close()
            except Exception as error:
                log.error("%s did not end well: %r", type(watcher).__name__, error)
