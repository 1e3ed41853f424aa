"""The moments of a simulated terminal at which guards look (`mas.terminals.guarded.overseer`); without guards nothing
is different."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.terminals.simulated.queries import Queries
from mas.terminals.simulated.trading import Trading
from mas.terminals.structs import OrderSendResult

if TYPE_CHECKING:
    from mas.terminals.guarded.overseer import Overseer


class Overseen(Queries, Trading):
    """Tells the overseer, if there is one, of bars that begin and end, and asks it about requests."""

    overseer: Overseer | None = None

    def open_bar(self, bar: int) -> None:
        super().open_bar(bar)
        if self.overseer is not None:
            self.overseer.opening(self, bar)

    def next_touch(self, start: int, stop: int) -> int:
        found = super().next_touch(start, stop)
        return found if self.overseer is None else self.overseer.next_look(self, start, found)

    def play(self, bar: int) -> None:
        if self.overseer is None:
            super().play(bar)
            return
        self.rollover.roll(bar)
        self.overseer.opening(self, bar)
        self.player.play(bar)
        self.overseer.closing(self, bar)

    def order_send(self, request: dict[str, Any] | None = None, /, **fields: Any) -> OrderSendResult | None:
        """Carry out a trade request at the quote of the moment, unless a guard objects."""
        if self.overseer is None or (request is None) == (not fields):
            return super().order_send(request, **fields)
        return self.overseer.guards.send(fields if request is None else request, super().order_send)
