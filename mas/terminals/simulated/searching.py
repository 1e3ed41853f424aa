"""Where something is due: the next bar, or step of a bar, that may touch a level of the book.

Nothing is decided here. What was found is kept with each position and order (`touch`, `scanned`), so that no bar is
searched twice for the same level.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mas import fills
from mas.fills import LONG, SHORT
from mas.sums import in_order
from mas.terminals.simulated.book import Book, Order, Position, Touchable
from mas.terminals.simulated.events import Ruin
from mas.terminals.simulated.market import Market, Quotes
from mas.terminals.simulated.path import Path, whole_bars

if TYPE_CHECKING:
    from mas.terminals.guarded.overseer import Overseer

_MOST_NEEDS = 10_000


class Search:
    """Looks for the levels of a book in the bars of one market."""

    def __init__(self, book: Book, market: Market) -> None:
        self.book, self.market = book, market
        self._ruin: Ruin | None = None
        self._ruin_of = -1
        self._range = (0.0, 0.0)
        """The lowest bid and the highest ask, once asked for."""
        self._needs_in: Quotes | None = None
        self._needs: dict[float, float] = {}
        """Of one position of so many lots: the balance that no price can ruin."""
        self._bars = self._path = whole_bars(market)
        self.overseer: Overseer | None = None
        """Guards, whose limits of the equity are levels too."""

    def next_touch(self, start: int, stop: int) -> int:
        """The first bar in [start, stop) that may touch a level of the book; `stop` if none does."""
        if self.book.positions:
            for position in self.book.positions.values():
                if position.sl or position.tp:
                    stop = self._touch(position, start, stop)
            if self.overseer is not None or self._find_ruin() is not None:
                stop = self._touch_account(start, stop)
        for order in self.book.orders.values():
            stop = self._touch(order, start, stop)
        return stop

    def _touch_account(self, start: int, stop: int) -> int:
        """The first bar in [start, stop) that may touch a level of the account as a whole; `stop` if none does."""
        gap = self.market.asks.open[start] - self.market.bids.open[start] if start < stop else 0.0
        for level in self._levels(gap):
            if not self.market.never_at(level.side, level.price):
                stop = self._touch(level, start, stop)
        return stop

    def _touch(self, item: Touchable, start: int, stop: int) -> int:
        if item.touch >= start:
            return min(item.touch, stop)
        begin = max(start, item.scanned, item.live_from if isinstance(item, Order) else 0)
        end = min(stop, item.last_bar + 1) if isinstance(item, Order) else stop
        found = self._find(item, self._bars, begin, end) if begin < end else stop
        if found >= end:
            found = stop
        if begin >= stop:
            return stop
        item.scanned = found
        item.touch = found if found < stop else -1
        return found

    def _find(self, item: Touchable, path: Path, begin: int, stop: int) -> int:
        """The first step in [begin, stop) of a trade session that may touch a level; `stop` if none does."""
        while (begin := path.next_traded(begin)) < stop:
            found = self._search(item, path, begin, stop)
            if found >= stop or path.next_traded(found) == found:
                return found
            begin = found
        return stop

    def _search(self, item: Touchable, path: Path, begin: int, stop: int) -> int:
        """The first step in [begin, stop) that may touch a level; `stop` if none does."""
        if isinstance(item, Position):
            below, above = (item.sl, item.tp) if item.side == LONG else (item.tp, item.sl)
            quotes = path.quotes(self.market.ask_decides(item.side == SHORT))
            return self.market.first_touch(quotes, below, above, begin, stop)
        if isinstance(item, Ruin):
            below, above = (item.price, 0.0) if item.side == LONG else (0.0, item.price)
            return self.market.first_touch(path.quotes(item.side == SHORT), below, above, begin, stop)
        assert isinstance(item, Order)
        quotes = path.quotes(self._ask_triggers(item))
        below, above = (item.price, 0.0) if fills.falls_to(item.kind) else (0.0, item.price)
        return self.market.first_touch(quotes, below, above, begin, stop)

    def _ask_triggers(self, order: Order) -> bool:
        return self.market.ask_decides(fills.buys(order.kind), order.kind in (fills.BUY_LIMIT, fills.SELL_LIMIT))

    def _levels(self, gap: float) -> list[Ruin]:
        """The prices at which the account as a whole is due. Args: gap: between bid and ask."""
        ruin = self._find_ruin()
        found = [] if ruin is None else [ruin]
        floor = None if self.overseer is None else self.overseer.floor(self, gap)
        return found if floor is None else [*found, floor]

    def _find_ruin(self) -> Ruin | None:
        """The stop-out price of positions that all face one way; None where there is none to watch."""
        if self._ruin_of != self.book.changes:
            self._ruin_of = self.book.changes
            self._ruin = None if self._is_safe() else self._compute_ruin()
        return self._ruin

    def _is_safe(self) -> bool:
        """Whether the account bears the worst prices of all for the one position there is: no need to look closer."""
        book = self.book
        if len(book.positions) != 1:
            return False
        if self._needs_in is not self.market.bids:  # they are others: bars have been added
            self._needs_in = self.market.bids
            self._needs.clear()
        (position,) = book.positions.values()
        needs = self._needs.get(position.volume)
        if needs is None:
            if len(self._needs) >= _MOST_NEEDS:
                return False
            needs = self._needs[position.volume] = self._needs_at_worst(position.volume)
        lowest, highest = self._range
        return lowest <= position.entry <= highest and book.balance + position.swap > needs

    def _needs_at_worst(self, volume: float) -> float:
        """The balance with which one position survives whatever it may see, opened at whatever price there is."""
        money, market = self.market.money, self.market
        lowest, highest = self._range = market.bids.ends[0], market.asks.ends[1]
        if money.drifts or money.settles or lowest <= 0.0:
            return math.inf
        loss = max(-money.profit(LONG, volume, highest, lowest), -money.profit(SHORT, volume, lowest, highest))
        margin = max(money.margin(volume, price, held=True) for price in (lowest, highest))
        return loss + self.book.stop_out_equity(margin)

    def _compute_ruin(self) -> Ruin | None:
        # Opposite positions offset each other up to the spread between them, which is neglected here.
        money, positions = self.market.money, list(self.book.positions.values())
        quantity = money.contract * in_order([p.side * p.volume for p in positions])
        if not round(quantity / money.contract, 8):
            return None
        weighted = money.contract * in_order([p.side * p.volume * p.entry for p in positions])
        swaps = in_order([p.swap for p in positions])
        loss = self.book.balance + swaps - self.book.stop_out_equity()
        price = money.ruin(quantity, weighted, loss)
        if price <= 0.0:
            return None
        spec = self.market.spec
        return Ruin(
            self.market, LONG if quantity > 0.0 else SHORT, fills.round_to_tick(price, spec.tick_size, spec.digits)
        )
