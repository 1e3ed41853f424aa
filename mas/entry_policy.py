"""Which entry may be taken at a close (rule 6)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mas import fills
from mas.fills import LONG, SHORT
from mas.limits import at_decision, too_large
from mas.plans import Limits
from mas.reversal import reversal as closing
from mas.running import Running

if TYPE_CHECKING:
    from mas.replay import Replay
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

        A market entry against the held position closes that first, unless `hedging` lets it open beside it; where
        `limits` cap the volume that waits for `within_volume`. With `pending` the entry is a waiting order: the
        opposite position is closed, and the daily limits counted, when it fills. What `limits` hold back is counted
        in the result, and closes nothing.
        """
        self._reversal = None
        if not (long or short):
            return None
        if hedging:
            self._needs_hedging("positions that face each other")
        if pyramid > 1:
            self._needs_hedging("several entries the same way")
        running = self._running()
        session = running.of(symbol)
        self._asked = (pyramid, reversal or hedging, trades_per_day, pending, hedging, limits)
        self._entering = LONG if long else SHORT
        books = session.management
        limit = -1 if trades_per_day is None or pending else trades_per_day
        filled = books.filled_on(session.market.time // _DAY) if limit >= 0 else 0
        longs, shorts = books.entries_by_side()
        decision = fills.entry(long, short, longs, shorts, pyramid, reversal or hedging, filled, limit)
        if decision == fills.CONFLICT:
            session.conflicts += 1
        if decision != LONG and decision != SHORT:
            return None
        side, opposite = ("long", "short") if decision == LONG else ("short", "long")
        reason = running.held_back_by
        if not reason and limits is not NO_LIMITS:
            reason = at_decision(limits, running, symbol)
        if reason:
            books.ledger.held_back[reason] += 1
            return None
        if pending or hedging:
            return side
        if limits.volume_at_most is not None:
            self._reversal = closing(books, decision)
        elif books.held:
            self._close_against(session, opposite)
        return side

    def _close_against(self, session: Replay, side: str) -> None:
        """Close what an entry reverses in a symbol. Args: side: of the positions."""
        express = session.express
        if express is None or not express.close_all(LONG if side == "long" else SHORT, "reverse"):
            for trade in self.trades(session.bars.symbol, side):
                self.close_trade(trade, "reverse")

    def within_volume(self, symbol: str, volume: float, at_most: float) -> bool:
        """Whether so many lots may be opened beside what stays open in the symbol; else it is counted in the result.

        What the entry reverses does not count; it is closed now if the entry may be taken.
        """
        session, reverses = self._running().of(symbol), self._reversal
        self._reversal = None
        if reverses is not None and reverses.symbol != symbol:
            reverses = None
        books, step = session.management, session.market.spec.volume_step
        lots = fills.round_volume_down(volume, step) if math.isfinite(volume) else volume
        reason = too_large(at_most, lots, books.open_volume(reverses.side if reverses else 0))
        if reason:
            books.ledger.held_back[reason] += 1
        elif reverses is not None and books.held:
            self._close_against(session, "short" if reverses.side == LONG else "long")
        return not reason
