"""Which entry may be taken at a close (rule 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas import fills
from mas.fills import LONG, SHORT
from mas.plans import Policy
from mas.running import Running

if TYPE_CHECKING:
    from mas.rules import Trade

_DAY = 86_400


class EntryPolicy(Running):
    """The verb of generated code that asks for leave to enter."""

    def trades(self, symbol: str, side: str | None = None) -> list[Trade]:
        raise NotImplementedError

    def close_trade(self, trade: Trade, reason: str = "signal") -> str:
        raise NotImplementedError

    def entry_side(
        self, symbol: str, long: bool, short: bool, pyramid: int = 1, reversal: bool = True,
        trades_per_day: int | None = None, pending: bool = False,
    ) -> str | None:  # fmt: skip
        """Which entry may be taken now, if any (rule 6): "long", "short" or None.

        A market entry against the held position closes that first. With `pending` the entry is a waiting order: the
        opposite position is closed, and the daily limit counted, when it fills.
        """
        if not (long or short):
            return None
        if pyramid > 1:
            self._needs_hedging("several entries the same way")
        session = self._running().of(symbol)
        self._policy = Policy(pyramid, reversal, trades_per_day, pending)
        self._entering = LONG if long else SHORT
        books = session.management
        limit = -1 if trades_per_day is None or pending else trades_per_day
        filled = books.filled_on(session.market.time // _DAY) if limit >= 0 else 0
        longs, shorts = books.entries(LONG), books.entries(SHORT)
        decision = fills.entry(long, short, longs, shorts, pyramid, reversal, filled, limit)
        if decision == fills.CONFLICT:
            session.conflicts += 1
        if decision not in (LONG, SHORT):
            return None
        side, opposite = ("long", "short") if decision == LONG else ("short", "long")
        if not pending:
            for trade in self.trades(symbol, opposite):
                self.close_trade(trade, "reverse")
        return side
