"""Recorded ticks behind a market, never ahead of its clock.

The clock stands at the first tick of a bar, at the tick that has just made a deal, or at the end of a bar. Where a
bar's ticks do not begin with its open (some are missing) none of them is shown before the bar is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas import constants as mt5
from mas.terminals.simulated.history import TICKS, Records
from mas.terminals.structs import Tick

if TYPE_CHECKING:
    from mas.terminals.simulated.market import Market

_QUOTED = mt5.TICK_FLAG_BID | mt5.TICK_FLAG_ASK
_TRADED = mt5.TICK_FLAG_LAST | mt5.TICK_FLAG_VOLUME


class Recorded:
    """Ticks as the records of copy_ticks_..., and for each bar which of them lie in it.

    Args: time_ms, bids, asks: one entry per tick. begin, end: per bar the rows [begin, end). opens: whether the first
        of them is the bar's open. last, sizes: of trades, 0 where a tick is none.
    """

    def __init__(
        self, time_ms: NDArray[np.int64], bids: NDArray[np.float64], asks: NDArray[np.float64],
        begin: NDArray[np.intp], end: NDArray[np.intp], opens: NDArray[np.bool_],
        last: NDArray[np.float64] | None = None, sizes: NDArray[np.float64] | None = None,
    ) -> None:  # fmt: skip
        ticks = np.zeros(len(time_ms), TICKS)
        ticks["time_msc"], ticks["time"], ticks["bid"], ticks["ask"] = time_ms, time_ms // 1000, bids, asks
        ticks["flags"] = _QUOTED
        if last is not None:
            ticks["last"] = last
            ticks["flags"] |= np.where(last > 0.0, _TRADED, 0).astype(np.uint32)
        if sizes is not None:
            ticks["volume"], ticks["volume_real"] = sizes, sizes
        self._ticks: Records = ticks
        self._begin, self._end, self._opens = begin, end, opens

    def past(self, market: Market) -> Records:
        """The ticks up to the clock."""
        return self._ticks[: self._count(market)]

    def _count(self, market: Market) -> int:
        bar = market.bar
        if bar < 0:
            return 0
        first, end = int(self._begin[bar]), int(self._end[bar])
        shown = market.steps if self._opens[bar] or market.steps > 1 else 0
        return min(first + shown, end)

    def quote(self, market: Market) -> Tick:
        """The market's quote with the stamp of the tick it comes from."""
        count = self._count(market)
        if count <= self._begin[market.bar]:
            return Tick(market.time, market.bid, market.ask, 0.0, 0, market.time * 1000, _QUOTED, 0.0)
        tick = self._ticks[count - 1]
        return Tick(
            int(tick["time"]), market.bid, market.ask, float(tick["last"]), int(tick["volume"]), int(tick["time_msc"]),
            int(tick["flags"]), float(tick["volume_real"]),
        )  # fmt: skip


def of_flags(ticks: Records, flags: int) -> Records:
    """Those that `copy_ticks_...` gives for COPY_TICKS_ALL, _INFO (quotes) or _TRADE (trades)."""
    if flags == mt5.COPY_TICKS_ALL:
        return ticks
    wanted = _QUOTED if flags == mt5.COPY_TICKS_INFO else _TRADED
    chosen: Records = ticks[(ticks["flags"] & wanted) != 0]
    return chosen
