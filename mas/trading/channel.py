"""How a session hears of the outside and acts on it: the one thing that it knows of terminals, journals and brokers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mas.bars import Bars
from mas.terminals.structs import AccountInfo, SymbolInfo
from mas.trading.inputs import Input, Observation, Outcome


@dataclass(frozen=True)
class Start:
    """What a run begins with."""

    bars: Bars
    """The bars that were complete then, as many as were asked for, or as there are."""
    account: AccountInfo
    symbol: SymbolInfo
    seen: Observation
    earlier: tuple[int, ...] = ()
    """Deals (tickets) of the run's own magic number that were there before: they are no events of this run."""


class Channel(Protocol):
    """What a session is told, and what it asks for.

    Everything comes in a fixed order: an input is handled to its end, its requests and their outcomes included, before
    the next is taken.
    """

    @property
    def recovering(self) -> bool:
        """Whether what `next` and `send` give is known from before, so that nothing leaves and nobody is told again."""

    def start(self, count: int) -> Start:
        """What the run begins with; of a run that goes on, what it began with. Called once, before anything else.

        Args: count: of complete bars; 0 is all there are.
        Raises: DataError: there is no such symbol, or its bars cannot be had. ConnectionLost.
        """

    def next(self, wait: float) -> Input | None:
        """The next input; None if nothing has come within `wait` seconds.

        Raises: ConnectionLost: the outside cannot be reached; the next call tries again.
        """

    def decided(self, signals: Mapping[str, float | bool]) -> None:
        """What the strategy's signals were at the bar just given, before anything is done about it.

        Called once for each `BarClosed` that came without them (also where there are none, with an empty mapping).
        """

    def send(self, request: Mapping[str, Any], comment: str) -> Outcome:
        """Have a trade request of the strategy's carried out: MetaTrader's fields as in `order_send`.

        Positions are named by their identifier (what deals call `position_id`), whatever their ticket is by now.

        Args: comment: the strategy's own words for it (a tag, a reason); the request's comment may be another.
        Returns: the answer, refusals included, with everything of the strategy's that was seen to happen until then,
            what the request itself has done included.
        Raises: OutcomeUnknown, ConnectionLost: nobody knows what has become of it: no decision may be taken before that
            is cleared up.
        """

    def note(self, kind: str, **data: Any) -> None:
        """Tell the user, and the records, something that is no input: an alert, a refused entry, an error.

        Args: data: plain values that have a JSON form.
        """
