"""What rules may ask about the strategy's own trading so far: entries, results, what happened last."""

from __future__ import annotations

import math

from mas.errors import ParameterError
from mas.fills import LONG, SHORT
from mas.running import Running

_DAY = 86_400
_EVENTS = ("exit", "loss", "win")


class AccountFacts(Running):
    """Mixed into `MAS` with the other methods of rules. A day is one of the data's clock, by the bar that opens now."""

    def entries_open(self, symbol: str) -> int:
        """How many entries are open in a symbol; the parts of one count once, and so does what was added to it."""
        books = self._running().of(symbol).management
        return books.entries(LONG) + books.entries(SHORT)

    def entries_today(self) -> int:
        """How many entries have filled today, in all symbols."""
        session = self._running()
        return session.management.filled_on(session.market.time // _DAY)

    def result_today(self) -> float:
        """What was closed today has brought, after costs, account currency, in all symbols."""
        session = self._running()
        return session.management.ledger.result_on(session.market.time // _DAY)

    def losses_in_a_row(self) -> int:
        """How many of the entries that closed last have lost; an entry without profit or loss ends the run."""
        return self._running().management.ledger.losses

    def wins_in_a_row(self) -> int:
        """How many of the entries that closed last have won."""
        return self._running().management.ledger.wins

    def bars_since(self, symbol: str, event: str) -> float:
        """Bars since the one in which an entry of a symbol last closed; NaN if none has.

        They are bars of the symbol that the rules run on, whichever is traded. What has closed at this very tick is -1
        bars ago: it belongs to the bar that has just begun.

        Args: event: "exit", or "loss" or "win" for entries that ended so.
        """
        if event not in _EVENTS:
            raise ParameterError(f"event must be one of {', '.join(_EVENTS)}, not {event!r}")
        session = self._running()
        ledger = session.management.ledger
        when, time = ledger.when(symbol, event), ledger.time(symbol, event)
        if when is None or time is None:
            return math.nan
        return float(session.bar - (when if session.bars.symbol == symbol else session.bar_at(time)))

    def last_trade(self) -> str | None:
        """How the entry that closed last has ended: "won", "lost", or None for neither or none."""
        last = self._running().management.ledger.last
        return None if last is None else last.result
