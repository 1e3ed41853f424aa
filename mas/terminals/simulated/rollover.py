"""What a change of the server's date does: swap is charged, and levels of symbols that keep none overnight are deleted.

Swap (reference mt5.md, 8.2): nights from Monday to Friday cost once, the night of `swap_rollover3days` three times,
those of Saturday and Sunday nothing (`SymbolTerms.swap_days` says otherwise). It adds up in the position and is
realised by the deals that close it; or the position is closed and opened again at a price that differs by it.
"""

from __future__ import annotations

import numpy as np

from mas import constants as mt5
from mas import fills
from mas.fills import LONG
from mas.terminals.simulated.book import Book, Position
from mas.terminals.simulated.market import Market

_DAY = 86_400
_SATURDAY, _SUNDAY = 6, 0


class Rollover:
    """The nights of one market's positions."""

    def __init__(self, book: Book, market: Market, swaps: bool) -> None:
        self.book, self.market = book, market
        self._swaps = swaps and market.spec.swap_mode != "DISABLED"
        self._reopens = market.spec.swap_mode.startswith("REOPEN")
        self._clears = market.terms.gtc_mode == mt5.SYMBOL_ORDERS_DAILY
        self.active = self._swaps or self._clears or market.money.drifts or book.dues.period != "deal"
        days = market.bars.time // _DAY if self.active else np.empty(0, np.int64)
        self._mornings = np.flatnonzero(np.diff(days)) + 1

    def next_morning(self, start: int, stop: int) -> int:
        """The first bar of a new day in [start, stop) that open positions have to live through; `stop` if none."""
        if not self.active or not self.book.positions:
            return stop
        place = int(self._mornings.searchsorted(start))
        return min(stop, int(self._mornings[place])) if place < len(self._mornings) else stop

    def roll(self, bar: int) -> None:
        """Charge the nights (and days, and months) that have passed by the first tick of a bar."""
        self.book.settle(self.market.times[bar])
        if not self.active or not self.book.positions:
            return
        today = self.market.times[bar] // _DAY
        for position in self.book.positions.values():
            if position.rolled < today:
                self._night(position, today, bar)

    def _night(self, position: Position, today: int, bar: int) -> None:
        if self._swaps:
            for day in range(position.rolled, today):
                if self._reopens:
                    self._reopen(position, day, bar)
                else:
                    self.book.charge_swap(position, self._amount(position, day), bar)
        if self._clears:
            position.set_levels(0.0, 0.0)
        position.rolled = today
        self.book.changes += 1

    def _factor(self, day: int) -> float:
        """How often the swap of the night that begins on a day (days since the epoch) is charged."""
        weekday = (day + 4) % 7  # 1970-01-01 was a Thursday
        if self.market.terms.swap_days is not None:
            return self.market.terms.swap_days[weekday]
        if weekday in (_SATURDAY, _SUNDAY):
            return 0
        return 3 if weekday == self.market.spec.swap_rollover3days else 1

    def _rate(self, position: Position) -> float:
        return self.market.spec.swap_long if position.side == LONG else self.market.spec.swap_short

    def _reopen(self, position: Position, day: int, bar: int) -> None:
        """Close at the day's last price and open again so many points away from it, or from the new day's first bid.

        In the second case it is closed at that bid as well: the table of modes says nothing of a gap that is kept.
        """
        market, points = self.market, self._rate(position) * self._factor(day)
        if not points:
            return
        if market.bar != bar:
            market.open_bar(bar)
        price = self._price_before(day + 1, position.side)
        if market.spec.swap_mode == "REOPEN_BID":
            price = market.bids.open[bar]
        opening = price - position.side * points * market.spec.point
        self.book.reopen(position, price, fills.round_to_tick(opening, market.spec.point, market.spec.digits))

    def _amount(self, position: Position, day: int) -> float:
        """The swap of the night that begins on a day (days since the epoch), account currency."""
        spec, money = self.market.spec, self.market.money
        factor = self._factor(day)
        if not factor:
            return 0.0
        lots, mode = position.volume * self._rate(position) * factor, spec.swap_mode
        price = self._price_before(day + 1, position.side)
        if mode == "CURRENCY_DEPOSIT":
            return lots
        if mode in ("CURRENCY_SYMBOL", "CURRENCY_MARGIN"):
            return money.convert(lots, spec.currency_base if mode == "CURRENCY_SYMBOL" else spec.currency_margin)
        if mode == "CURRENCY_PROFIT":
            return lots * money.rate(price)
        if mode.startswith("INTEREST"):
            value = price if mode == "INTEREST_CURRENT" else position.entry
            return lots * spec.contract_size * value / 100.0 / 360.0 * money.rate(price)
        return lots * spec.point * money.contract * money.rate(price)

    def _price_before(self, day: int, side: int) -> float:
        """The closing price of the last bar before a midnight."""
        last = int(self.market.bars.time.searchsorted(day * _DAY)) - 1
        return self.market.closing(side).close[max(last, 0)]
