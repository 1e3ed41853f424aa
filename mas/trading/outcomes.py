"""What is said of requests and answers on their way between strategy, journal and terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mas import constants as mt5
from mas.errors import DataError
from mas.trading.codec import from_json
from mas.trading.inputs import Closed, Event, Opened, Outcome
from mas.trading.journal import Entry, Intent


def sent(intent: Intent) -> dict[str, Any]:
    """The request as it goes to the terminal."""
    return {**intent.request, "comment": intent.wire}


def is_open(intent: Intent, outcome: Outcome) -> bool:
    """Whether an answer says that the result is still to come."""
    if outcome.retcode != mt5.TRADE_RETCODE_PLACED:
        return outcome.retcode == mt5.TRADE_RETCODE_TIMEOUT
    if intent.request.get("action") == mt5.TRADE_ACTION_PENDING:
        return not outcome.order
    made = outcome.seen.events
    return not any(isinstance(event, Opened | Closed) and event.order == outcome.order for event in made)


def after(news: tuple[Event, ...], outcome: Outcome) -> Outcome:
    """The outcome, with what has happened before it."""
    return replace(outcome, seen=replace(outcome.seen, events=(*news, *outcome.seen.events))) if news else outcome


def tickets(event: Event) -> set[int]:
    """The order and the position that an event is about."""
    return {getattr(event, name) for name in ("order", "position", "ticket") if hasattr(event, name)}


def outcome_in(entry: Entry) -> Outcome:
    """What an entry of the journal says. Raises: DataError: it says nothing of that kind."""
    outcome = from_json(entry.data["outcome"])
    if not isinstance(outcome, Outcome):
        raise DataError(f"entry {entry.seq} holds no outcome")
    return outcome


def canonical(request: Mapping[str, Any]) -> str:
    """A text that is the same for the same requests."""
    return json.dumps(dict(request), sort_keys=True)
