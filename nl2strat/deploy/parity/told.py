"""A run's journal handled again by the same class, and read along the way: what was done at each bar, and what was in
its way. Nothing is sent, nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mas.trading.codec import from_json
from mas.trading.inputs import BarClosed, Command, Event, Input, Observation, Outcome
from mas.trading.journal import INPUT, INTENT, NOTE, OUTCOME, START, Entry, Intent, Journal
from mas.trading.outcomes import canonical, outcome_in
from mas.trading.past import Diverged, start_of
from nl2strat.deploy.parity.deeds import BLANK, Deed, Picture, deeds, picture_of
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.client import MAS
    from mas.terminals.simulated.book import Book
    from mas.trading.channel import Start

WAITED = ("not sent", "held back")
"""Notes of the session about entries that were not sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the run's, and what became of it."""

    intent: Intent
    quote: Observation
    """What was seen before it left."""
    outcome: Outcome
    how: str
    """How the outcome is known: "answered", "found", "refused", "expired"."""


@dataclass(slots=True)
class Stretch:
    """What happened from the moment the close of one bar had been handled until that of the next had been."""

    bar: BarClosed
    deeds: list[Deed] = field(default_factory=list)
    picture: Picture = BLANK
    requests: list[Request] = field(default_factory=list)
    notes: list[Mapping[str, Any]] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    """Of the strategy's orders and positions."""
    paused: bool = False
    """Entries were not taken at its end."""


@dataclass(frozen=True)
class Told:
    """A run, as its journal tells it."""

    start: Start
    stretches: list[Stretch]
    book: Book
    """The strategy's part of the account as it stood at the end of the last stretch, and later."""
    doubtful: bool
    """It ends with a request of which nobody knows what became."""


class Rehearsal:
    """A channel that gives what the journal holds, and compares each request with the one that was made then."""

    recovering = True

    def __init__(self, journal: Journal, history: Callable[[int, int | None], Bars]) -> None:
        self._path, self._history = journal.path, history
        self._rows: Iterator[Entry] = journal.entries(after=1)
        self._row: Entry | None = next(self._rows, None)
        self._seen: Observation | None = None
        self.notes: list[Mapping[str, Any]] = []
        self.requests: list[Request] = []
        self.events: list[Event] = []
        self.open = False
        """There is a request without an outcome."""

    def start(self, count: int) -> Start:
        """See `Channel`. Raises: UsageError: the run never began."""
        row = self._take(START)
        if row is None:
            raise UsageError("the run has no journal of anything: it never began")
        start = start_of(row.data, self._history)
        self._seen = start.seen
        return start

    def next(self, wait: float) -> Input | None:
        """See `Channel`; None: there is no more."""
        row = self._take(INPUT)
        if row is None:
            return None
        item: Any = from_json(row.data)
        self._see(item if isinstance(item, Observation) else getattr(item, "seen", None))
        found: Input = item
        return found

    def decided(self, signals: Mapping[str, float | bool]) -> None:
        """They are known."""

    def send(self, request: Mapping[str, Any], comment: str) -> Outcome:
        """See `Channel`. Raises: Diverged: it was another one. _NoMore: its outcome is not known."""
        row = self._take(INTENT)
        if row is None:
            self.open = True
            raise _NoMore
        intent = Intent(**row.data)
        if intent.comment != comment or canonical(intent.request) != canonical(request):
            raise Diverged(
                f"request {intent.number} of {self._path} was {canonical(intent.request)} ({intent.comment}), and the "
                f"same class, told the same, now makes it {canonical(request)} ({comment}): the program has changed "
                "since"
            )
        result = self._take(OUTCOME)
        if result is None:
            self.open = True
            raise _NoMore
        outcome = outcome_in(result)
        assert self._seen is not None
        self.requests.append(Request(intent, self._seen, outcome, str(result.data.get("how", ""))))
        self._see(outcome.seen)
        return outcome

    def note(self, kind: str, **data: Any) -> None:
        """The session's notes are taken from here, the others from the journal."""
        if kind in WAITED:
            self.notes.append({"kind": kind, **data})

    def read_notes(self) -> None:
        """Take in the notes that come next in the journal."""
        while self._row is not None and self._row.kind == NOTE:
            if self._row.data.get("kind") not in WAITED:
                self.notes.append(self._row.data)
            self._row = next(self._rows, None)

    def _take(self, kind: str) -> Entry | None:
        self.read_notes()
        row = self._row
        if row is None:
            return None
        if row.kind != kind:
            raise Diverged(
                f"entry {row.seq} of {self._path} is of kind {row.kind}, and the same class, told the same, comes to "
                f"one of kind {kind}: the program has changed since"
            )
        self._row = next(self._rows, None)
        return row

    def _see(self, seen: Observation | None) -> None:
        if seen is not None:
            self._seen = seen
            self.events += seen.events


class _NoMore(BaseException):
    """The journal ends inside a request. Neither mirror nor strategy may take it for an error of theirs."""


def told(journal: Journal, strategy: MAS, history: Callable[[int, int | None], Bars]) -> Told:
    """Handle a journal again.

    Args: strategy: new, with the run's magic number. history: gives complete bars up to one; see `start_of`.
    Raises: Diverged: the class does not do what it did. DataError: bars that cannot be had, a journal that cannot be
        read. UsageError: the run never began.
    """
    from mas.trading.session import LiveSession

    channel = Rehearsal(journal, history)
    session = LiveSession(strategy, channel)
    stretches: list[Stretch] = []
    before, stretch = BLANK, Stretch(_NONE)
    try:
        while (item := channel.next(0.0)) is not None:
            session.take(item)
            session.stopping = False  # somebody began it again, or there would be no more
            if isinstance(item, Command):
                stretch.commands.append(item)
                continue
            if not isinstance(item, BarClosed):
                continue
            channel.read_notes()
            after = picture_of(session.terminal.book, session.management.ledger)
            stretch.bar, stretch.picture, stretch.paused = item, after, session.paused
            stretch.deeds = deeds(before, after, session.terminal.book)
            stretch.requests, channel.requests = channel.requests, []
            stretch.notes, channel.notes = channel.notes, []
            stretch.events, channel.events = channel.events, []
            stretches.append(stretch)
            before, stretch = after, Stretch(_NONE)
    except _NoMore:
        pass
    return Told(session.begun, stretches, session.terminal.book, channel.open)


_NONE = BarClosed(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, Observation(0, 0.0, 0.0, 0.0, 0.0, 0.0))
