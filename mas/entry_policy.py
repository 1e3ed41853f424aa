"""Which entry may be taken at a close (rule 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas import fills
from mas.fills import LONG, SHORT
from mas.limits import at_decision
from mas.plans import Limits, Policy
from mas.running import Running

if TYPE_CHECKING:
    from mas.rules import Trade

NO_LIMITS = Limits()

_DAY = 86_400


class EntryPolicy(Running):
    """The verb of generated code that asks for leave to enter."""

    def trades(self, symbol: str, side: str | None = None) -> list[Trade]:
        raise NotImplementedError

    def close_trade(self, trade: Trade, reason: str = "signal") -> str:
        raise NotImplementedError

    def entry_side(
        self, symbol: str, long: bool, short: bool, pyramid: int = 1, reversal: bool = True,
        trades_per_day: int | None = None, pending: bool = False, hedging: bool = False,
        limits: Limits = NO_LIMITS,
    ) -> str | None:  # fmt: skip
        """Which entry may be taken now, if any (rule 6): "long", "short" or None.

        A market entry against the held position closes that first, unless `hedging` lets it open beside it. With
        `pending` the entry is a waiting order: the opposite position is closed, and the daily limits counted, when it
        fills. What `limits` hold back is counted in the result.
        """
        if not (long or short):
            return None
        if hedging:
            self._needs_hedging("positions that face each other")
        if pyramid > 1:
            self._needs_hedging("several entries the same way")
        session = self._running().of(symbol)
        self._policy = Policy(pyramid, reversal or hedging, trades_per_day, pending, hedging, limits)
        self._entering = LONG if long else SHORT
        books = session.management
        limit = -1 if trades_per_day is None or pending else trades_per_day
        filled = books.filled_on(session.market.time // _DAY) if limit >= 0 else 0
        longs, shorts = books.entries(LONG), books.entries(SHORT)
        decision = fills.entry(long, short, longs, shorts, pyramid, reversal or hedging, filled, limit)
        if decision == fills.CONFLICT:
            session.conflicts += 1
        if decision not in (LONG, SHORT):
            return None
        side, opposite = ("long", "short") if decision == LONG else ("short", "long")
        reason = at_decision(limits, self._running(), symbol)
        if reason:
            books.ledger.held_back[reason] += 1
            return None
        if not (pending or hedging):
            for trade in self.trades(symbol, opposite):
                self.close_trade(trade, "reverse")
        return side
