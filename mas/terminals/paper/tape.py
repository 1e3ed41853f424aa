"""Recorded bars of one symbol or several, played to one simulated account moment by moment.

The moments are the open times of all bars. At each of them the clock stands at the first tick of the bars that open
there; symbols without one stand at the close of their last. Going on plays those bars out, and stops wherever an order
fills or ends in them or a position closes, so that whoever trades can act there as at a broker's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from mas.bars import Bars
from mas.errors import DataError, ParameterError
from mas.joining import converters, settings_of
from mas.terminals.paper.unfolding import Unfolding
from mas.terminals.simulated.book import Order, Position
from mas.terminals.simulated.joint import Exchange, JointBook
from mas.terminals.simulated.market import numbers
from mas.terminals.simulated.playing import Listener
from mas.terminals.simulated.terminal import SimulatedTerminal


class Track:
    """One symbol's terminal, and where its bars lie among the moments."""

    def __init__(self, terminal: SimulatedTerminal, moments: np.ndarray[Any, Any]) -> None:
        self.terminal, self.market = terminal, terminal.market
        times = terminal.market.bars.time
        self.opened: Sequence[int] = numbers(np.searchsorted(times, moments, side="right"))
        """For each moment how many bars have opened by then."""

    def opens(self, moment: int) -> bool:
        """Whether a bar opens at that moment."""
        before = self.opened[moment - 1] if moment else 0
        return self.opened[moment] > before

    def touches(self, moment: int) -> bool:
        """Whether something may happen in the bar that opens at a moment."""
        bar = self.opened[moment] - 1
        return self.opens(moment) and self.terminal.next_touch(bar, bar + 1) == bar

    def live_through(self, moment: int) -> None:
        """Play out the bar that opens at a moment, if one does."""
        if self.opens(moment):
            bar = self.opened[moment] - 1
            if self.terminal.next_touch(bar, bar + 1) == bar:
                self.terminal.play(bar)
            self.market.close_bar(bar)

    def stand(self, moment: int, time: int) -> None:
        """Set the clock to a moment."""
        bar = self.opened[moment] - 1
        if self.opens(moment):
            self.terminal.open_bar(bar)
        elif bar == len(self.market) - 1:
            self.terminal.end()
        elif bar >= 0:
            self.market.close_bar(bar)
            self.market.time = time


class _Stops(Listener):
    """Stops the playing of a bar where something has happened."""

    def __init__(self, tape: Tape) -> None:
        self._stop = tape.stop_here

    def opened(self, position: Position, order: Order) -> None:
        self._stop()

    def closed(self, position: Position, order: Order, volume: float, price: float) -> None:
        self._stop()

    def ended(self, order: Order, retcode: int) -> None:
        self._stop()


class Place(NamedTuple):
    """How far a tape has been played; later places are greater."""

    moment: int
    """Counted from 0; -1 before the first bar, one more than there are after the last."""
    stops: int = 0
    """How often the playing of the bars that open there has stopped."""


class Tape:
    """Bars and the account that trades on them, at the beginning.

    Args: every: of each symbol, the main one first. settings: of `SimulatedTerminal`; `terms` may be given by symbols.
    Raises: ParameterError, DataError: no bars, or bars that cannot be played together.
    """

    def __init__(self, every: Sequence[Bars], settings: Mapping[str, Any]) -> None:
        _check(every)
        self._every, self._settings = every, settings
        self.moments = every[0].time
        for bars in every[1:]:
            self.moments = np.union1d(self.moments, bars.time)
        _check_grid(every, self.moments)
        currency = str(settings.get("currency", "USD"))
        terminals = [
            SimulatedTerminal(
                bars, others=converters(bars, every, currency), **settings_of(bars.symbol, settings, main=not place)
            )
            for place, bars in enumerate(every)
        ]
        self.tracks = [Track(terminal, self.moments) for terminal in terminals]
        self.account: SimulatedTerminal = terminals[0]
        """All functions of the MetaTrader5 module, over all symbols."""
        self._book: JointBook | None = None
        if len(terminals) > 1:
            self._join(terminals)
        for terminal in terminals:
            terminal.initialize()
            terminal.listen(_Stops(self))
        self._unfolding: Unfolding | None = None
        self._stops = 0
        self.moment = -1
        """Where the clock stands; -1 before the first bar."""
        self.over = False
        """The last bar has been played out: every order is refused."""

    def _join(self, terminals: Sequence[SimulatedTerminal]) -> None:
        self._book = JointBook(terminals[0].book)
        self.account = exchange = Exchange(terminals[0], self._book)
        for terminal in terminals:
            exchange.admit(terminal)
        self._book.deals[0] = self._book.deals[0]._replace(
            time=int(self.moments[0]), time_msc=int(self.moments[0]) * 1000
        )

    @property
    def time(self) -> int:
        """What the clock shows: epoch seconds of the data's clock; before the first bar its open time."""
        return int(self.moments[max(self.moment, 0)])

    def lasts(self) -> int:
        """Seconds that the present moment lasts while the market is open: until the next one, a bar at most."""
        longest, following = self._every[0].seconds, self.moment + 1
        return min(longest, int(self.moments[following]) - self.time) if following < len(self.moments) else longest

    @property
    def place(self) -> Place:
        """How far it has been played."""
        return Place(self.moment + self.over, self._stops)

    def advance(self) -> bool:
        """Go on: to where something happens in the bars of the present moment, else to the next moment, the last time
        to the end of the last bars. Returns: whether there was anything left."""
        if self.over:
            return False
        if self.moment >= 0 and self._stops_on_the_way():
            self._stops += 1
            return True
        self._stops = 0
        if self.moment + 1 == len(self.moments):
            for track in self.tracks:
                track.terminal.end()
            self.over = True
            return True
        self.moment += 1
        for track in self.tracks:
            track.stand(self.moment, self.time)
        return True

    def _stops_on_the_way(self) -> bool:
        if self._unfolding is None and not any(track.touches(self.moment) for track in self.tracks):
            self._live_through()
            return False
        unfolding = self._unfolding or Unfolding(self._live_through)
        self._unfolding = unfolding
        stopped = unfolding.go_on()
        if not stopped:
            self._unfolding = None
        return stopped

    def _live_through(self) -> None:
        for track in self.tracks:
            if self._book is not None:
                self._book.changes += 1  # the others' quotes have moved, and what would ruin the account with them
            track.live_through(self.moment)

    def stop_here(self) -> None:
        """Something has happened: if it was in the playing of a bar, that stops."""
        if self._unfolding is not None and self._unfolding.is_here:
            self._unfolding.stop_here()

    def close(self) -> None:
        """Give up what is left of the present bars."""
        if self._unfolding is not None:
            self._unfolding.abandon()

    def facts(self) -> dict[str, str]:
        """What tells these bars and these terms from others."""
        facts = {f"{b.symbol} {b.timeframe} bars": _fingerprint(b) for b in self._every}
        return facts | {name: repr(value) for name, value in sorted(self._settings.items()) if value is not None}


def _fingerprint(bars: Bars) -> str:
    """A text that differs wherever the bars do."""
    digest = hashlib.sha256(bars.time.tobytes())
    for series in (bars.open, bars.high, bars.low, bars.close):
        digest.update(np.ascontiguousarray(series.values).tobytes())
    if bars.spread is not None:
        digest.update(np.ascontiguousarray(bars.spread).tobytes())
    digest.update(repr(bars.spec).encode())
    first, last = (np.datetime64(int(bars.time[place]), "s") for place in (0, -1))
    return f"{len(bars)} from {first} to {last}, {digest.hexdigest()[:16]}"


def _check(every: Sequence[Bars]) -> None:
    if not every:
        raise ParameterError("an account on paper needs bars of at least one symbol")
    for bars in every:
        if not len(bars):
            raise DataError(f"there are no {bars.symbol} {bars.timeframe} bars to play")
    symbols = [bars.symbol for bars in every]
    if len(set(symbols)) < len(symbols):
        raise ParameterError(f"the bars of a symbol can be given once only, not {', '.join(symbols)}")
    if len({bars.timeframe for bars in every}) > 1:
        told = ", ".join(f"{bars.symbol} {bars.timeframe}" for bars in every)
        raise DataError(f"symbols are played together in bars of one timeframe, not {told}")


def _check_grid(every: Sequence[Bars], moments: np.ndarray[Any, Any]) -> None:
    """Raises: DataError: a bar of one symbol opens inside a bar of another."""
    for bars in every:
        after = np.searchsorted(moments, bars.time) + 1
        inside = after < len(moments)
        ends = np.minimum(bars.decision_time, np.append(bars.time[1:], bars.decision_time[-1:]))
        across = np.flatnonzero(moments[after[inside]] < ends[inside])
        if len(across):
            when = np.datetime64(int(moments[after[across[0]]]), "s")
            raise DataError(
                f"at {when} a bar opens inside one of {bars.symbol}: symbols are played together in bars that open at "
                f"the same times; give data that are finer than {bars.timeframe}"
            )
