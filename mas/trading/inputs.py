"""What a live session is told. Everything it ever knows of the outside comes in these, so that the same inputs, handled
again, bring it to the same state.

All of them are plain data with a JSON form (`to_json`, `from_json` of `mas.trading.codec`). Times are seconds of the
server's clock, prices and money as the terminal gives them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Opened:
    """An order of the strategy's has made a position, or a part of it (a partial fill)."""

    order: int
    position: int
    side: int
    """1 long, -1 short."""
    volume: float
    """Lots of this deal."""
    price: float
    sl: float
    tp: float
    time: int
    deal: int
    commission: float = 0.0
    fee: float = 0.0


@dataclass(frozen=True, slots=True)
class Closed:
    """A position of the strategy's, or a part of it, has been closed, by whomever."""

    position: int
    order: int
    """The closing order."""
    volume: float
    price: float
    time: int
    deal: int
    reason: int
    """DEAL_REASON_...: client, expert, sl, tp, so ..."""
    profit: float
    commission: float = 0.0
    swap: float = 0.0
    fee: float = 0.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A waiting order of the strategy's is gone without a fill."""

    order: int
    state: int
    """ORDER_STATE_..."""
    time: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Levels of a position, or of a waiting order, are others than were known: somebody else has changed them."""

    ticket: int
    waiting: bool
    price: float
    sl: float
    tp: float


Event = Opened | Closed | Ended | Moved


@dataclass(frozen=True, slots=True)
class Observation:
    """Quote and account at one moment, and what has happened to the strategy's orders since the last one."""

    time: int
    bid: float
    ask: float
    balance: float
    equity: float
    margin: float
    events: tuple[Event, ...] = ()
    """In the order in which they happened."""
    rate: float = 0.0
    """Account currency per unit of the symbol's profit currency, where the symbol's own price does not tell it."""


@dataclass(frozen=True, slots=True)
class BarClosed:
    """A bar is complete, and the next one has begun (`seen` is taken there)."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    spread: float
    """Points."""
    seen: Observation
    missed: bool = False
    """It was complete some time ago: rules that enter do not act on it any more, all others do."""
    signals: Mapping[str, float | bool] = field(default_factory=dict)
    """What the strategy's `signals` were at this bar: filled in by the session, and taken from here when the input is
    handled again."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a person, or a guard, has told the run to do: "pause", "resume", "flatten", "stop"."""

    name: str
    by: str = ""
    reason: str = ""


Input = BarClosed | Observation | Command


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request: the terminal's answer and what was seen right after it."""

    retcode: int
    order: int
    deal: int
    volume: float
    price: float
    comment: str
    seen: Observation
