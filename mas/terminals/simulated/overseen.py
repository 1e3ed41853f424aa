"""Requests of a simulated terminal that guards look at first (`mas.terminals.guarded.overseer`)."""

from __future__ import annotations

from typing import Any

from mas.terminals.simulated.queries import Queries
from mas.terminals.simulated.trading import Trading
from mas.terminals.structs import OrderSendResult


class Overseen(Queries, Trading):
    """Asks the overseer, if there is one, about requests."""

    def order_send(self, request: dict[str, Any] | None = None, /, **fields: Any) -> OrderSendResult | None:
        """Carry out a trade request at the quote of the moment, unless a guard objects."""
        if self.overseer is None or (request is None) == (not fields):
            return super().order_send(request, **fields)
        return self.overseer.guards.send(fields if request is None else request, super().order_send)
