"""A market whose bars come one by one: all that a market of given bars has, at the cost of one bar each.

The columns lie in buffers that double when they are full; what the market shows are views of their used part. Beyond
the bars that are complete there is one more place, that of the bar which is forming: its open time is known and nothing
else, and the clock stands in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mas.bars import Bars
from mas.errors import DataError
from mas.series import Series
from mas.terminals.simulated.market import Market, Quotes, Spread, numbers
from mas.terminals.simulated.money import Money
from mas.terminals.simulated.terms import SymbolTerms
from mas.timeframes import bar_end, bar_start

_LEAST = 1024
_BIDS, _ASKS = slice(0, 4), slice(4, 8)
_VOLUME, _SPREAD, _POINTS = 8, 9, 10
_ROWS = 11


class GrowingMarket(Market):
    """A market at whose end bars may be put (`append`), and whose clock is set by what is seen (`stand`)."""

    def __init__(self, bars: Bars, money: Money, spread: float | None = None, terms: SymbolTerms | None = None) -> None:
        super().__init__(bars, money, spread, terms)
        self.traded = None
        self.volumes: Sequence[float] = ()
        self._count = len(bars)
        self._times = np.zeros(max(_LEAST, 2 * len(bars)), np.int64)
        self._values = np.zeros((_ROWS, len(self._times)))
        gaps = self.spread.prices
        columns = [*_columns(self.bids), *_columns(self.asks), bars.volume.values, gaps, gaps / self.spec.point]
        self._values[:, : len(bars)] = columns
        self._times[: len(bars)] = bars.time
        self._begin_next()
        self._show()

    def __len__(self) -> int:
        return self._count

    def never_at(self, side: int, price: float) -> bool:
        """There are always more bars to come."""
        return False

    @property
    def forming(self) -> int:
        """The open time of the bar that is forming."""
        return int(self._times[self._count])

    def append(
        self, time: int, opening: float, high: float, low: float, close: float, volume: float, spread: float
    ) -> None:
        """Put a complete bar at the end. Args: spread: points.

        Raises: DataError: it does not come after the last one.
        """
        count = self._count
        if count and time <= self._times[count - 1]:
            raise DataError(f"{self.symbol}: the bar of {time} does not come after that of {self._times[count - 1]}")
        if count + 2 > len(self._times):
            self._grow()
        gap, digits = spread * self.spec.point, self.spec.digits + 3
        prices = np.array((opening, high, low, close))
        self._values[_BIDS, count], self._values[_ASKS, count] = prices, np.round(prices + gap, digits)
        self._values[_VOLUME:, count] = volume, gap, spread
        self._times[count] = time
        self._count = count + 1
        self._begin_next()
        self._show()

    def window(self, count: int) -> Bars:
        """The last `count` complete bars, views of the market's own; 0 is all of them."""
        return self.bars if not 0 < count < self._count else self.bars[self._count - count :]

    # ------------------------------------------------------------- the clock

    def stand(self, time: int, bid: float, ask: float) -> None:
        """Set clock and quote to what has been seen: in the bar that is forming."""
        start = bar_start(time, self.bars.timeframe)
        if start > self.forming:
            self._times[self._count] = start
        self.bar, self.time, self.inside = self._count, time, False
        self.bid, self.ask = bid, ask

    def went(self, time: int) -> None:
        """Set the clock back to when something has happened; the quote stays what it was last seen to be."""
        self.bar, self.time, self.inside = max(bisect_right(self.times, time) - 1, 0), time, True

    # ------------------------------------------------------------- inside

    def _begin_next(self) -> None:
        """The bar that is forming begins where the last one ends, until more is known."""
        if self._count:
            self._times[self._count] = bar_end(int(self._times[self._count - 1]), self.bars.timeframe)

    def _grow(self) -> None:
        size = 2 * len(self._times)
        times, values = np.zeros(size, np.int64), np.zeros((_ROWS, size))
        times[: self._count], values[:, : self._count] = self._times[: self._count], self._values[:, : self._count]
        self._times, self._values = times, values

    def _show(self) -> None:
        """Make everything that is derived from the buffers cover all bars; nothing is copied."""
        count, used = self._count, self._values[:, : self._count]
        self.times = numbers(self._times[: count + 1])
        self.bids, self.asks = Quotes(*used[_BIDS]), Quotes(*used[_ASKS])
        self.volumes = numbers(used[_VOLUME])
        self.spread = Spread(used[_SPREAD], self.spread.text)
        opens, highs, lows, closes = (Series(column) for column in used[_BIDS])
        self.bars = replace(
            self.bars, time=self._times[:count], open=opens, high=highs, low=lows, close=closes,
            volume=Series(used[_VOLUME]), spread=used[_POINTS],
        )  # fmt: skip


def _columns(quotes: Quotes) -> tuple[Any, ...]:
    return quotes.opens, quotes.highs, quotes.lows, quotes.closes
