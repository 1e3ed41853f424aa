"""A channel that writes everything down before it counts, and goes on with what is written when the process has died.

While it recovers it gives what the journal holds, in the same order, and nothing leaves. A session that then asks for
something else than it did is not the one that wrote it: it may not trade. A request without an outcome is looked up,
and sent only if it is surely not there and its time is not over.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any, Protocol

from mas import constants as mt5
from mas.bars import Bars
from mas.errors import BrokerError, ConnectionLost, DataError, MasError, ParameterError, Rejected
from mas.terminals.structs import OrderSendResult
from mas.terminals.troubles import OutcomeUnknown
from mas.trading.channel import Channel, Start
from mas.trading.codec import from_json, to_json
from mas.trading.inputs import BarClosed, Command, Event, Input, Observation, Opened, Outcome
from mas.trading.journal import INPUT, INTENT, NOTE, OUTCOME, START, Entry, Intent, Journal
from mas.trading.outcomes import after, canonical, is_open, outcome_in, sent, tickets
from mas.trading.past import NOT_ON, Diverged, Past, plain_start, start_of
from mas.trading.recovery import Lookup, UnknownPositions, creates, unknown, wire_comment

SETTLE = (0.0, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0)
"""Seconds before each look for an order that may have been made: after the last one it counts as absent. Should it show
up later all the same, it is unknown, and the run stops."""
PATIENCE = 3600.0
"""Seconds for which a terminal that is out of reach is waited for while a request has no outcome."""
_PAUSE = 5.0

EXPIRED = mt5.TRADE_RETCODE_CANCEL
"""Retcode of an entry that was not sent, or got lost, while its bar was the newest one."""


class Source(Channel, Protocol):
    """A channel straight to a terminal: what recovery asks of it besides."""

    symbol: str
    magic: int

    def ask(self, name: str, /, *args: Any, **which: Any) -> Any:
        """The answer of a function of the terminal. Raises: BrokerError: there is none."""

    def observe(self) -> Observation:
        """Quote, account and news of this moment."""

    def answered(self, request: Mapping[str, Any], answer: OrderSendResult) -> Outcome:
        """The outcome of a request that has been answered."""

    def resume(self, start: Start) -> None:
        """Go on with a run that began like that."""

    def recall(self, item: Input | Outcome, request: Mapping[str, Any] | None = None) -> None:
        """The session knows this already."""

    def history(self, count: int, last: int | None = None) -> Bars:
        """Complete bars, the newest or those up to one."""


class JournaledChannel:
    """One run.

    Args: inner: sends, and tells what is new. journal: new, or that of the run that goes on; its facts have the `id` of
        the run, some small letters and digits. commands: gives those that have come. left_alone: tickets that the user
        has told it to leave alone. settle: see `SETTLE`. patience: see `PATIENCE`. clock, pause: seconds, and how to
        let them pass.
    Raises: ParameterError: an id that cannot stand in a comment.
    """

    def __init__(
        self, inner: Source, journal: Journal, *, commands: Callable[[], Iterable[Command]] = tuple,
        left_alone: Collection[int] = (), settle: Sequence[float] = SETTLE, patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic, pause: Callable[[float], Any] = time.sleep,
    ) -> None:  # fmt: skip
        self.run = str(journal.facts.get("id", ""))
        if not (self.run.isascii() and self.run.isalnum() and self.run.islower() and len(self.run) <= 8):
            raise ParameterError(f"the id of a run is up to 8 small letters and digits, not {self.run!r}")
        self._inner, self.journal = inner, journal
        self._commands, self._left_alone = commands, left_alone
        self._settle, self._patience, self._clock, self._pause = settle, patience, clock, pause
        self._past = Past(journal)
        self._waiting: list[Command] = []
        self._held: BarClosed | None = None
        """A bar that was given and is not in the journal yet: its signals are being computed."""
        self._again = False
        """The input being handled was handled before, by a process that has died."""
        self._checked = False
        self._failed: MasError | None = None
        self._number = 0
        self._bar = self._server_time = 0
        self._orders: set[int] = set()
        """Every order and position that is accounted for."""

    @property
    def recovering(self) -> bool:
        """See `Channel`."""
        return self._past.peek() is not None

    @contextmanager
    def _for_good(self, *, doubts: bool = False) -> Iterator[None]:
        """Raise again what has once made it impossible to go on: a strategy may have caught it.

        Args: doubts: whether errors of the terminal are among that.
        """
        if self._failed is not None:
            raise self._failed
        try:
            yield
        except MasError as error:
            if doubts or not isinstance(error, BrokerError):
                self._failed = error
            raise

    # ------------------------------------------------------------- the beginning

    def start(self, count: int) -> Start:
        """See `Channel`."""
        entry = self._past.take(START)
        if entry is None:
            start = self._inner.start(count)
            self._checked = True
            self.journal.append(START, plain_start(start))
        else:
            start = start_of(entry.data, self._inner.history)
            self._inner.resume(start)
        self._server_time = start.seen.time
        self._bar = int(start.bars.time[-1]) if len(start.bars) else 0
        return start

    # ------------------------------------------------------------- what comes in

    def next(self, wait: float) -> Input | None:
        """See `Channel`. Raises: Diverged, UnknownPositions, RecordError: the run may not trade; now and ever after."""
        with self._for_good():
            return self._next(wait)

    def _next(self, wait: float) -> Input | None:
        self._write_held()
        entry = self._past.take(INPUT)
        if entry is not None:
            return self._told_again(entry)
        self._check_positions()
        self._waiting += self._commands()
        item = self._waiting.pop(0) if self._waiting else self._live(wait)
        if item is None:
            return None
        item = self._without_others(item)
        self._again = False
        self._refuse_unknown(item)
        self._account_for(item)
        if isinstance(item, BarClosed) and not item.signals:
            self._held = item
        else:
            self.journal.append(INPUT, to_json(item), durable=False)
        return item

    def _live(self, wait: float) -> Input | None:
        try:
            return self._inner.next(wait)
        except ConnectionLost:
            raise
        except BrokerError as error:  # a terminal that is starting, or loads its history, says such things
            raise ConnectionLost(f"the terminal does not say what is new: {error}") from error

    def decided(self, signals: Mapping[str, float | bool]) -> None:
        """See `Channel`."""
        if self._held is not None:
            self._held = replace(self._held, signals=signals)
            self._write_held()

    def _write_held(self) -> None:
        if self._held is not None:
            self.journal.append(INPUT, to_json(self._held), durable=False)
            self._held = None

    def _told_again(self, entry: Entry) -> Input:
        item = from_json(entry.data)
        if isinstance(item, Outcome) or not isinstance(item, Input):
            raise DataError(f"entry {entry.seq} of {self.journal.path} is no input")
        self._again = True
        self._inner.recall(item)
        self._account_for(item)
        return item

    def _without_others(self, item: Input) -> Input:
        """An input that says nothing of what is to be left alone."""
        if not self._left_alone or isinstance(item, Command):
            return item
        seen = item if isinstance(item, Observation) else item.seen
        events = tuple(e for e in seen.events if tickets(e).isdisjoint(self._left_alone))
        seen = replace(seen, events=events)
        return seen if isinstance(item, Observation) else replace(item, seen=seen)

    def _refuse_unknown(self, item: Input | Outcome, order: int = 0) -> None:
        """Raises: UnknownPositions: something has been opened by an order that no request is known to have made, as
        one that came up long after it had been given up. Nothing of the item is written: it comes again."""
        seen = item if isinstance(item, Observation) else getattr(item, "seen", None)
        opened = [e for e in seen.events if isinstance(e, Opened)] if seen is not None else []
        strange = {e.position for e in opened if e.order != order and e.order not in self._orders}
        if strange:
            raise UnknownPositions(strange, self._inner.magic)

    def _account_for(self, item: Input | Outcome) -> None:
        """Take note of the time, and of orders and positions."""
        if isinstance(item, BarClosed):
            self._bar = item.time
        if isinstance(item, Outcome):
            self._orders.add(item.order)
        seen = item if isinstance(item, Observation) else getattr(item, "seen", None)
        if seen is None:
            return
        self._server_time = max(self._server_time, seen.time)
        for event in seen.events:
            self._orders |= tickets(event)

    # ------------------------------------------------------------- what goes out

    def send(self, request: Mapping[str, Any], comment: str) -> Outcome:
        """See `Channel`. Raises: as `next`; OutcomeUnknown counts for good here, too."""
        with self._for_good(doubts=True):
            return self._send(request, comment)

    def _send(self, request: Mapping[str, Any], comment: str) -> Outcome:
        self._write_held()
        self._number += 1
        entry = self._past.take(INTENT)
        if entry is None:
            return self._send_new(request, comment)
        intent = Intent(**entry.data)
        if (intent.number, intent.comment) != (self._number, comment) or canonical(intent.request) != canonical(
            request
        ):
            raise Diverged(
                f"request {self._number} was {canonical(intent.request)} ({intent.comment}) when entry {entry.seq} of "
                f"{self.journal.path} was written, and is now {canonical(request)} ({comment}). {NOT_ON}"
            )
        known = self._past.take(OUTCOME)
        outcome = self._cleared_up(intent) if known is None else outcome_in(known)
        if known is not None:
            self._inner.recall(outcome, sent(intent))
        self._account_for(outcome)
        return outcome

    def _send_new(self, request: Mapping[str, Any], comment: str) -> Outcome:
        self._check_positions()
        wire = wire_comment(self.run, self._number, comment)
        intent = Intent(self._number, wire, dict(request), comment, self._server_time, self._bar)
        self.journal.append(INTENT, asdict(intent))
        if self._again and self._is_over(intent):
            outcome, how = self._expired(), "expired"
        else:
            outcome, how = self._delivered(intent)
        return self._written(intent, outcome, how)

    def _written(self, intent: Intent, outcome: Outcome, how: str) -> Outcome:
        self._refuse_unknown(outcome, outcome.order)
        self.journal.append(OUTCOME, {"number": intent.number, "how": how, "outcome": to_json(outcome)})
        self._account_for(outcome)
        return outcome

    def _delivered(self, intent: Intent) -> tuple[Outcome, str]:
        """Send a request, and find out what has become of it where nobody says."""
        news: tuple[Event, ...] = ()  # told with answers that settle nothing
        while True:
            outcome, refused, why = self._tried(intent)
            if outcome is not None:
                if not is_open(intent, outcome):
                    return after(news, outcome), "answered"
                news += outcome.seen.events
            self.note("unknown", number=intent.number, why=why)
            found = self._looked_up(intent)
            if found is not None:
                return after(news, found), "found"
            if refused is not None:
                return after(news, self._not_taken(refused)), "refused"
            if self._is_over(intent):
                return after(news, self._expired()), "expired"
            self.note("again", number=intent.number)

    def _tried(self, intent: Intent) -> tuple[Outcome | None, MasError | None, str]:
        """One attempt to send. Returns: the outcome, if there was an answer; else what the terminal would not take
        about the request, if it said so; and what it said."""
        try:
            outcome = self._inner.send(sent(intent), intent.comment)
        except ConnectionLost as lost:
            return None, None, str(lost)
        except (BrokerError, ParameterError) as error:  # nearly always it has not left; only a look is proof
            return None, error, str(error)
        return outcome, None, f"{outcome.retcode} {outcome.comment}"

    def _cleared_up(self, intent: Intent) -> Outcome:
        """The outcome of a request whose sender has died: it is looked up, and sent if it is not too late for that."""
        found = self._looked_up(intent)
        if found is not None:
            return self._written(intent, found, "found")
        self._check_positions()
        if self._is_over(intent):
            return self._written(intent, self._expired(), "expired")
        self.note("again", number=intent.number)
        return self._written(intent, *self._delivered(intent))

    def _looked_up(self, intent: Intent) -> Outcome | None:
        """The outcome that the account shows; None if the request has surely not been carried out.

        Raises: OutcomeUnknown: it cannot be said.
        """
        until = self._clock() + self._patience
        while True:
            try:
                for wait in self._settle:
                    self._pause(wait)
                    lookup = Lookup(self._inner.ask, self._inner.symbol, self._orders)
                    answer = lookup.answer(intent)
                    if answer is not None and answer.retcode != mt5.TRADE_RETCODE_PLACED:
                        return self._inner.answered(sent(intent), answer)
                if answer is None:
                    return None
                why = "the server is still busy with it"
            except OutcomeUnknown:
                raise
            except BrokerError as error:
                why = str(error)
            if self._clock() > until:
                raise OutcomeUnknown(f"what has become of request {intent.number} cannot be found out: {why}")
            self._pause(_PAUSE)

    def _is_over(self, intent: Intent) -> bool:
        """Whether it is too late to send a request: an entry, when another bar than the one it was decided on has
        closed since. What closes or changes is always in time."""
        if not self._enters(intent.request):
            return False
        newest = self._reached(lambda: self._inner.history(1)).time
        return bool(len(newest) and newest[-1] > intent.bar)

    def _enters(self, request: Mapping[str, Any]) -> bool:
        if not creates(request) or request.get("position") or request["action"] == mt5.TRADE_ACTION_CLOSE_BY:
            return False
        account = self._reached(lambda: self._inner.ask("account_info"))
        if account.margin_mode == mt5.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING:
            return True
        held = self._reached(lambda: self._inner.ask("positions_get", symbol=self._inner.symbol))
        buys = request.get("type", 0) % 2 == 0
        return not any(p.magic == self._inner.magic and (p.type == 0) is not buys for p in held)

    def _reached(self, ask: Callable[[], Any]) -> Any:
        """What a question gives once the terminal answers. Raises: BrokerError, DataError: patience has run out."""
        until = self._clock() + self._patience
        while True:
            try:
                return ask()
            except (BrokerError, DataError):
                if self._clock() > until:
                    raise
            self._pause(_PAUSE)

    def _expired(self) -> Outcome:
        text = "expired: it was not sent while its bar was the newest"
        return Outcome(EXPIRED, 0, 0, 0.0, 0.0, text, self._reached(self._inner.observe))

    def _not_taken(self, error: MasError) -> Outcome:
        code = error.retcode if isinstance(error, Rejected) else mt5.TRADE_RETCODE_INVALID
        return Outcome(code, 0, 0, 0.0, 0.0, str(error), self._reached(self._inner.observe))

    def _check_positions(self) -> None:
        """Once, before anything is done: whatever the magic number has must be known. Raises: UnknownPositions."""
        if self._checked:
            return
        strange = self._reached(
            lambda: unknown(self._inner.ask, self._inner.symbol, self._inner.magic, self._orders, self._left_alone)
        )
        if strange:
            raise UnknownPositions(strange, self._inner.magic)
        self._checked = True

    # ------------------------------------------------------------- what is told

    def note(self, kind: str, **data: Any) -> None:
        """See `Channel`; what is in the journal is not written again. Raises: as `next`."""
        if self._past.has_note({"kind": kind, **data}) or self.recovering:
            return
        with self._for_good():
            self.journal.append(NOTE, {"kind": kind, **data}, durable=False)
        self._inner.note(kind, **data)
