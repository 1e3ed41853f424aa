"""Prices as the MetaTrader5 module hands them out: bars of any timeframe, ticks, the market depth.

Nothing beyond the clock is ever shown: of the bar that is forming only its first tick, unless it has been played.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mas import constants as mt5
from mas.terminals.simulated.core import INVALID_PARAMS, NOT_FOUND, Core, connected
from mas.terminals.simulated.history import TICKS, History, Records, ends_of_bars
from mas.terminals.simulated.recorded import of_flags
from mas.terminals.structs import BookInfo
from mas.timeframes import TIMEFRAMES, builds

_NAMES = {getattr(mt5, f"TIMEFRAME_{name}"): name for name in TIMEFRAMES}
_QUOTED = mt5.TICK_FLAG_BID | mt5.TICK_FLAG_ASK


class Prices(Core):
    """`copy_rates_...`, `copy_ticks_...` and `market_book_...`: None (or False) when they fail."""

    # ------------------------------------------------------------- bars

    @connected(None)
    def copy_rates_from_pos(self, symbol: str, timeframe: int, start_pos: int, count: int, /) -> Records | None:
        """`count` bars ending with number `start_pos`; 0 is the one that is forming."""
        history = self._history(symbol, timeframe, start_pos, count)
        if history is None or not self._sound(start_pos >= 0 and count > 0):
            return None
        end = len(history) - start_pos
        return history.records(end - count, end)

    @connected(None)
    def copy_rates_from(self, symbol: str, timeframe: int, date_from: Any, count: int, /) -> Records | None:
        """`count` bars, the newest of which opens at or before the date."""
        history, until = self._history(symbol, timeframe, count), seconds(date_from)
        if history is None or not self._sound(count > 0 and not math.isnan(until)):
            return None
        end = min(int(history.starts.searchsorted(until, side="right")), len(history))
        return history.records(end - count, end)

    @connected(None)
    def copy_rates_range(self, symbol: str, timeframe: int, date_from: Any, date_to: Any, /) -> Records | None:
        """The bars that open within two dates, both included."""
        history, first, last = self._history(symbol, timeframe), seconds(date_from), seconds(date_to)
        if history is None or not self._sound(first <= last):
            return None
        starts = history.starts
        return history.records(int(starts.searchsorted(first)), int(starts.searchsorted(last, side="right")))

    def _history(self, symbol: str, timeframe: int, *whole: int) -> History | None:
        """The bars of a timeframe; None for an argument that makes no sense."""
        market = self._market(symbol)
        if market is None or not self._sound(all(isinstance(number, int) for number in (timeframe, *whole))):
            return None
        name = _NAMES.get(timeframe, "")
        if not self._sound(bool(name) and builds(market.bars.timeframe, name)):
            return None
        key = (symbol, name)
        if key not in self._histories:
            self._histories[key] = History(market, name)
        return self._histories[key]

    # ------------------------------------------------------------- ticks

    @connected(None)
    def copy_ticks_from(self, symbol: str, date_from: Any, count: int, flags: int, /) -> Records | None:
        """The first `count` ticks from a date on: recorded ones where there are some, else the ends of the bars."""
        ticks, first = self._ticks(symbol, flags), seconds(date_from)
        if ticks is None or not self._sound(isinstance(count, int) and count > 0 and not math.isnan(first)):
            return None
        start = int(ticks["time_msc"].searchsorted(first * 1000))
        return ticks[start : start + count]

    @connected(None)
    def copy_ticks_range(self, symbol: str, date_from: Any, date_to: Any, flags: int, /) -> Records | None:
        """The ticks within two dates, both included."""
        ticks, first, last = self._ticks(symbol, flags), seconds(date_from), seconds(date_to)
        if ticks is None or not self._sound(first <= last):
            return None
        times = ticks["time_msc"]
        return ticks[int(times.searchsorted(first * 1000)) : int(times.searchsorted(last * 1000, side="right"))]

    def _ticks(self, symbol: str, flags: int) -> Records | None:
        market = self._market(symbol)
        known = (mt5.COPY_TICKS_ALL, mt5.COPY_TICKS_INFO, mt5.COPY_TICKS_TRADE)
        if market is None or not self._sound(flags in known):
            return None
        if market.recorded is not None:
            return of_flags(market.recorded.past(market), flags)
        if flags == mt5.COPY_TICKS_TRADE:
            return np.empty(0, TICKS)  # bid and ask only: nothing is known of trades
        return ends_of_bars(market, _QUOTED)

    # ------------------------------------------------------------- market depth

    @connected(False)
    def market_book_add(self, symbol: str, /) -> bool:
        if self._market(symbol) is None:
            return False
        self._books.add(symbol)
        return True

    @connected(None)
    def market_book_get(self, symbol: str, /) -> tuple[BookInfo, ...] | None:
        """The best ask and the best bid, once the symbol has been added."""
        market = self._market(symbol)
        if market is None:
            return None
        if symbol not in self._books:
            self._error = NOT_FOUND
            return None
        lots = market.spec.volume_max
        return (
            BookInfo(mt5.BOOK_TYPE_SELL, market.ask, int(lots), lots),
            BookInfo(mt5.BOOK_TYPE_BUY, market.bid, int(lots), lots),
        )

    @connected(False)
    def market_book_release(self, symbol: str, /) -> bool:
        if self._market(symbol) is None:
            return False
        self._books.discard(symbol)
        return True

    # ------------------------------------------------------------- helpers

    def _sound(self, sound: bool) -> bool:
        if not sound and self._error[0] == mt5.RES_S_OK:
            self._error = INVALID_PARAMS
        return sound


def seconds(moment: Any) -> float:
    """Epoch seconds of a number or a datetime, as the module reads them; NaN for anything else."""
    if hasattr(moment, "timestamp"):
        return float(moment.timestamp())
    return float(moment) if isinstance(moment, int | float) and not isinstance(moment, bool) else math.nan
