"""What a journal says of its run, read from the outside: for status, parity and the page. It may be under way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mas import constants as mt5
from mas.terminals.retcodes import ACCEPTED
from mas.trading.codec import from_json
from mas.trading.inputs import BarClosed, Closed, Ended, Event, Input, Moved, Observation, Opened, Outcome
from mas.trading.journal import INPUT, INTENT, NOTE, OUTCOME, START, Entry, Intent, Journal
from mas.trading.outcomes import outcome_in


@dataclass(frozen=True)
class Holding:
    """An open position, as the run knows it."""

    position: int
    side: int
    """1 long, -1 short."""
    volume: float
    price: float
    """Mean price of what is open."""
    sl: float
    tp: float
    time: int
    """When it was opened, on the server's clock."""


@dataclass
class Summary:
    """How far a run has come."""

    facts: Mapping[str, Any]
    begun: bool = False
    """It has started: it knows its account and its first bars."""
    written: float = 0.0
    """When the journal was last written: epoch seconds of the machine's clock."""
    bars: int = 0
    last_bar: BarClosed | None = None
    seen: Observation | None = None
    """Quote and account as they were last seen."""
    requests: int = 0
    refused: int = 0
    open_request: Intent | None = None
    """A request that has no outcome yet: it is on its way, or the process has died."""
    holdings: dict[int, Holding] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    """Orders that wait."""
    closed: int = 0
    """Deals that have closed something."""
    realised: float = 0.0
    """What they have come to, costs and swap included, account currency."""
    notes: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """The latest note of each kind."""


def summary(journal: Journal) -> Summary:
    """What the journal says by now."""
    told = Summary(journal.facts)
    for entry in journal.entries():
        told.written = entry.time
        if entry.kind == START:
            told.begun = True
            _see(told, from_json(entry.data["seen"]))
        elif entry.kind == NOTE:
            told.notes[str(entry.data["kind"])] = entry.data
        elif entry.kind == INTENT:
            told.requests, told.open_request = told.requests + 1, Intent(**entry.data)
        elif entry.kind == OUTCOME:
            _settle(told, outcome_in(entry))
        elif entry.kind == INPUT:
            _take(told, from_json(entry.data))
    return told


def inputs(journal: Journal) -> Iterator[Input]:
    """Everything that the run was told, in order."""
    for entry in journal.entries():
        if entry.kind == INPUT:
            yield _input_in(entry)


def requests(journal: Journal) -> Iterator[tuple[Intent, Outcome | None]]:
    """Everything that the run asked for, and what became of it; None: it is on its way, or the process has died."""
    intent: Intent | None = None
    for entry in journal.entries():
        if entry.kind == INTENT:
            intent = Intent(**entry.data)
        elif entry.kind == OUTCOME and intent is not None:
            yield intent, outcome_in(entry)
            intent = None
    if intent is not None:
        yield intent, None


def _input_in(entry: Entry) -> Input:
    item: Any = from_json(entry.data)
    return item  # type: ignore[no-any-return]


def _take(told: Summary, item: Any) -> None:
    if isinstance(item, BarClosed):
        told.bars, told.last_bar = told.bars + 1, item
    seen = item if isinstance(item, Observation) else getattr(item, "seen", None)
    if seen is not None:
        _see(told, seen)


def _settle(told: Summary, outcome: Outcome) -> None:
    intent, told.open_request = told.open_request, None
    if outcome.retcode not in ACCEPTED:
        told.refused += 1
    elif intent is not None:
        _changed(told, intent.request, outcome.order)
    _see(told, outcome.seen)


def _changed(told: Summary, request: Mapping[str, Any], order: int) -> None:
    """What a request that was accepted has set; what it has filled comes as events."""
    action, held = request.get("action"), told.holdings.get(request.get("position", 0))
    if action == mt5.TRADE_ACTION_PENDING:
        told.waiting.add(order)
    elif action == mt5.TRADE_ACTION_REMOVE:
        told.waiting.discard(request["order"])
    elif action == mt5.TRADE_ACTION_SLTP and held is not None:
        levels = float(request.get("sl") or 0.0), float(request.get("tp") or 0.0)
        told.holdings[held.position] = replace(held, sl=levels[0], tp=levels[1])


def _see(told: Summary, seen: Any) -> None:
    told.seen = seen
    for event in seen.events:
        _hear(told, event)


def _hear(told: Summary, event: Event) -> None:
    if isinstance(event, Opened):
        told.waiting.discard(event.order)
        told.realised += event.commission + event.fee
        told.holdings[event.position] = _opened(told.holdings.get(event.position), event)
    elif isinstance(event, Closed):
        told.closed += 1
        told.realised += event.profit + event.commission + event.swap + event.fee
        held = told.holdings.pop(event.position, None)
        if held is not None and held.volume - event.volume > 1e-9:
            told.holdings[event.position] = replace(held, volume=round(held.volume - event.volume, 8))
    elif isinstance(event, Ended):
        told.waiting.discard(event.order)
    elif isinstance(event, Moved) and not event.waiting and event.ticket in told.holdings:
        told.holdings[event.ticket] = replace(told.holdings[event.ticket], sl=event.sl, tp=event.tp)


def _opened(held: Holding | None, event: Opened) -> Holding:
    if held is None:
        return Holding(event.position, event.side, event.volume, event.price, event.sl, event.tp, event.time)
    volume = round(held.volume + event.volume, 8)
    price = (held.price * held.volume + event.price * event.volume) / volume
    return replace(held, volume=volume, price=price, sl=event.sl, tp=event.tp)
