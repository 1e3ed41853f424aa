"""The bars of a market up to its clock, as the records of copy_rates_..., at its own timeframe or a longer one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mas.terminals.simulated.market import Market
from mas.timeframes import TIMEFRAMES, bar_start

RATES = np.dtype(
    [
        ("time", "<i8"), ("open", "<f8"), ("high", "<f8"), ("low", "<f8"), ("close", "<f8"),
        ("tick_volume", "<u8"), ("spread", "<i4"), ("real_volume", "<u8"),
    ]
)  # fmt: skip
"""The records of copy_rates_...: 60 bytes, packed."""

TICKS = np.dtype(
    [
        ("time", "<i8"), ("bid", "<f8"), ("ask", "<f8"), ("last", "<f8"), ("volume", "<u8"), ("time_msc", "<i8"),
        ("flags", "<u4"), ("volume_real", "<f8"),
    ]
)  # fmt: skip
"""The records of copy_ticks_...: 60 bytes, packed."""

Records = NDArray[np.void]


class History:
    """One market at one timeframe.

    `starts` are the open times of all bars, `first` where each begins among the market's own bars.
    """

    def __init__(self, market: Market, timeframe: str) -> None:
        self.market = market
        self._own = timeframe == market.bars.timeframe
        times = market.bars.time
        if self._own:
            self.starts, self.first = times, np.arange(len(times))
        else:
            starts = bar_start(times, timeframe)
            self.first = np.flatnonzero(np.diff(starts, prepend=starts[:1] - 1))
            self.starts = starts[self.first]

    def __len__(self) -> int:
        """How many bars have begun by now."""
        return int(self.first.searchsorted(self.market.bar, side="right"))

    def records(self, start: int, stop: int) -> Records:
        """Bars [start, stop) of those that have begun; of the one that is forming only what has happened."""
        start, stop = max(start, 0), min(stop, len(self))
        if start >= stop:
            return np.empty(0, RATES)
        end = int(self.first[stop]) if stop < len(self) else self.market.bar + 1
        own = _own_records(self.market, int(self.first[start]), end)
        return own if self._own else _gathered(own, self.first[start:stop] - self.first[start], self.starts[start:stop])


def _own_records(market: Market, start: int, stop: int) -> Records:
    bars = market.bars
    rates = np.zeros(stop - start, dtype=RATES)
    rates["time"] = bars.time[start:stop]
    for name in ("open", "high", "low", "close"):
        rates[name] = getattr(bars, name).values[start:stop]
    rates["tick_volume"] = np.nan_to_num(bars.volume.values[start:stop])
    rates["spread"] = np.rint(market.spread.prices[start:stop] / market.spec.point)
    if stop == market.bar + 1 and not market.inside:  # the forming bar has had one tick so far
        for name in ("high", "low", "close"):
            rates[name][-1] = market.bid
        rates["tick_volume"][-1] = 1
    return rates


def _gathered(own: Records, first: NDArray[np.intp], starts: NDArray[np.int64]) -> Records:
    """Bars gathered into longer ones; `first` says where each begins."""
    bars: Records = own[first].copy()
    bars["time"] = starts
    bars["high"] = np.maximum.reduceat(own["high"], first)
    bars["low"] = np.minimum.reduceat(own["low"], first)
    bars["close"] = own["close"][np.append(first[1:], len(own)) - 1]
    bars["tick_volume"] = np.add.reduceat(own["tick_volume"], first)
    return bars


def ends_of_bars(market: Market, flags: int) -> Records:
    """What bars tell of ticks: the first and the last quote of each that is past, the first of the present one."""
    rates = _own_records(market, 0, market.bar + 1)
    count, length = len(rates), TIMEFRAMES[market.bars.timeframe] * 1000
    ticks = np.zeros(2 * count, dtype=TICKS)
    ticks["time_msc"][0::2] = rates["time"] * 1000
    ticks["time_msc"][1::2] = rates["time"] * 1000 + length - 1
    ticks["bid"][0::2], ticks["bid"][1::2] = rates["open"], rates["close"]
    ticks["ask"] = np.round(ticks["bid"] + np.repeat(market.spread.prices[:count], 2), market.spec.digits + 3)
    ticks["time"] = ticks["time_msc"] // 1000
    ticks["flags"] = flags
    return ticks if market.inside or not count else ticks[:-1]
