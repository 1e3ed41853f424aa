"""A replay of ticks: each tick is a bar without extent, so that account, orders and fills are those of every replay.

An order sent while a tick is handled fills at the next one.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mas import history
from mas.bars import Bars, Times
from mas.errors import BrokerError, DataError
from mas.live import tick_data
from mas.rates import rates_until
from mas.replay import Replay
from mas.series import FloatArray, Series
from mas.subscriptions import TICKS, Subscription
from mas.terminals.simulated.recorded import Recorded
from mas.tick_files import read_tick_files, tick_files
from mas.ticks import Ticks, corners

if TYPE_CHECKING:
    from mas.client import MAS
    from mas.terminals.connection import Connection
    from mas.terminals.simulated.terminal import SimulatedTerminal

log = logging.getLogger("mas")

_STEPS_MS = (0, 20_000, 40_000, 59_000)
"""When, inside a minute, the four ticks that are made of its bar are presumed."""


class TickReplay(Replay):
    """One run over ticks; `receive_ticks` instead of `receive_bars`."""

    plays_others = False

    def __init__(self, strategy: MAS, terminal: SimulatedTerminal) -> None:
        super().__init__(strategy, terminal)
        assert isinstance(self.bars, TickBars)
        self._ticks = ticks = self.bars
        rows, market = np.arange(len(ticks)), self.market
        market.recorded = Recorded(
            ticks.time_ms, market.bids.closes, market.asks.closes, rows, rows + 1, np.ones(len(rows), bool), ticks.last,
            ticks.size,
        )  # fmt: skip

    def _receive_bars(self, bar: int, is_end: bool) -> None:
        self._call("receive_ticks", self.bars.symbol, tick_data(self._ticks.record(bar)), is_end)

    def rates(self, timeframe: str, start: int, count: int) -> Any:
        """Bars made of the ticks so far, in the records of copy_rates_...; the last is still forming."""
        return rates_until(self.bars, self.bar, timeframe, start, count, ticks=True)

    def report_bars(self) -> Bars:
        """One-minute bars of the ticks, for charts."""
        rates = self.rates("M1", 0, len(self.bars))
        names = ("time", "open", "high", "low", "close", "tick_volume")
        bars = self.bars
        return Bars.from_arrays(
            bars.symbol, "M1", *(rates[name] for name in names), spec=bars.spec, timezone=bars.timezone,
            timezone_known=bars.timezone_known, synthetic=bars.synthetic, source=bars.source,
        )  # fmt: skip


class TickBars(Bars):
    """Ticks dressed as bars; the timeframe is nominal. `last` and `size` are those of trades, 0 without."""

    time_ms: Times
    last: FloatArray
    size: FloatArray

    @classmethod
    def from_ticks(cls, ticks: Ticks, *, synthetic: bool = False, last: Any = None, size: Any = None) -> TickBars:
        """The ticks as bars without extent."""
        price, zero = Series(ticks.bid), np.zeros(len(ticks))
        bars = cls(
            ticks.symbol, "M1", ticks.time, price, price, price, price, Series(zero + 1.0), spec=ticks.spec,
            spread=np.maximum(0.0, (ticks.ask - ticks.bid) / ticks.spec.point), timezone=ticks.timezone,
            timezone_known=ticks.timezone_known, synthetic=synthetic, source=ticks.source,
        )  # fmt: skip
        return bars._with(ticks.time_ms, zero if last is None else last, zero if size is None else size)

    def _with(self, time_ms: Any, last: Any, size: Any) -> TickBars:
        for name, value in (("time_ms", time_ms), ("last", last), ("size", size)):
            object.__setattr__(self, name, value)
        return self

    def take(self, rows: NDArray[np.bool_]) -> TickBars:
        """Only these ticks."""
        price = Series(self.close.values[rows])
        assert self.spread is not None
        part = replace(
            self, time=self.time[rows], open=price, high=price, low=price, close=price,
            volume=Series(self.volume.values[rows]), spread=self.spread[rows],
        )  # fmt: skip
        return part._with(self.time_ms[rows], self.last[rows], self.size[rows])

    def record(self, row: int) -> dict[str, Any]:
        """One tick, by the names of MetaTrader's columns."""
        bid, spread = self.close.values[row], self.spread
        assert spread is not None
        ask = round(bid + spread[row] * self.spec.point, self.spec.digits + 3)
        return {"time_msc": self.time_ms[row], "bid": bid, "ask": ask, "last": self.last[row], "volume": self.size[row]}


def find_ticks(wanted: Subscription, connection: Connection | None = None) -> TickBars:
    """The ticks of the subscription: files as `mas.history` looks for them, a terminal, else made of one-minute bars.

    Raises: DataError: none of that symbol and time, or no trades where only those are wanted.
    """
    ticks = _source(wanted, connection)
    start = -np.inf if wanted.start is None else wanted.start * 1000
    end = np.inf if wanted.end is None else wanted.end * 1000 + 999
    if not len(ticks):
        raise DataError(f"{ticks.source} has no ticks of {wanted.symbol} between from and to")
    first, last = (history.day_of(time) for time in ticks.time[[0, -1]])
    ticks = ticks.take((ticks.time_ms >= start) & (ticks.time_ms <= end))
    if not len(ticks):
        raise DataError(
            f"{ticks.source} has no ticks of {wanted.symbol} between from and to: it has those from {first} to {last}"
        )
    if wanted.mode == "trade":
        ticks = ticks.take(ticks.last > 0)
        if not len(ticks):
            raise DataError(
                f'{ticks.source} has no trades of {wanted.symbol} between from and to: mode "all" has quotes'
            )
    return ticks


def _source(wanted: Subscription, connection: Connection | None) -> TickBars:
    from mas.data import read_ticks

    place = history.data_place()
    if place is not None and place.is_file() and TICKS in place.stem.upper():
        return TickBars.from_ticks(history.of_symbol(read_ticks, place, wanted.symbol))
    if place is None or not place.is_file():
        files = tick_files(wanted.symbol, place) or tick_files(wanted.symbol, history.store_folder())
        if files:
            return TickBars.from_ticks(read_tick_files(files, wanted.symbol))
    if connection is not None:
        return _from_terminal(connection, wanted)
    bars = history.find_bars(replace(wanted, timeframe="M1"), connection)
    log.warning(
        "there are no ticks of %s: four are made of each one-minute bar; what happens inside a minute is presumed",
        wanted.symbol,
    )
    return ticks_of_bars(bars)


def _from_terminal(connection: Connection, wanted: Subscription) -> TickBars:
    if wanted.start is None or wanted.end is None:
        raise DataError("from and to must be given to ask a terminal for ticks")
    try:
        connection.symbol_select(wanted.symbol, True)
        info = connection.symbol_info(wanted.symbol)
        found = connection.copy_ticks_range(wanted.symbol, wanted.start, wanted.end, wanted.flags)
    except BrokerError as error:
        raise DataError(f"the terminal gives no {wanted.symbol} ticks: {error}") from error
    bid, ask, last, size = (np.ascontiguousarray(found[name], dtype=float) for name in ("bid", "ask", "last", "volume"))
    stamps, spec = found["time_msc"].astype(np.int64), history.spec_of(wanted.symbol, info)
    ticks = Ticks(wanted.symbol, stamps, bid, np.maximum(bid, ask), spec, source="the connected terminal")
    return TickBars.from_ticks(ticks, last=last, size=size)


def ticks_of_bars(bars: Bars) -> TickBars:
    """Four ticks for each one-minute bar, in the order of MetaTrader's tester."""
    points = corners(bars.open.values, bars.high.values, bars.low.values, bars.close.values)
    spread = np.full(len(bars), float(bars.spec.spread)) if bars.spread is None else bars.spread
    bid = points.ravel()
    ask = np.round(bid + np.repeat(spread, len(_STEPS_MS)) * bars.spec.point, bars.spec.digits)
    stamps = (bars.time[:, None] * 1000 + np.array(_STEPS_MS)).ravel()
    ticks = Ticks(
        bars.symbol, stamps, bid, ask, bars.spec, bars.timezone, timezone_known=bars.timezone_known, source=bars.source
    )
    return TickBars.from_ticks(ticks, synthetic=bars.synthetic)
