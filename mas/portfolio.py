"""Several symbols on one clock and one account.

Each symbol is a replay of its own (a lane) with its own terminal, plans and signals; this module moves their clocks.
The clock goes over the open times of all bars. At one of them, first every bar that has ended is played out, symbol by
symbol in their order; then, in the same order, each symbol whose next bar opens has the close of its last one handled:
plans, exits, entries, at the first tick of the new bar; the plans of symbols on which nothing is decided come before
all of that. In between a symbol stands at its last known quote, the close of its last bar, and orders for it fill
there. After its last bar nothing is filled.

As in a replay of one symbol only those moments are visited at which something can happen. What one symbol's prices do
to the others is their common equity: while positions are open in several, their worst prices together nominate the
moments that might ruin the account. What decides there is each symbol's bar in turn, with the others where they stand.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.bars import Times
from mas.errors import DataError
from mas.fills import LONG
from mas.replay import Replay
from mas.series import FloatArray
from mas.terminals.simulated.joint import Exchange, JointBook
from mas.terminals.simulated.market import numbers
from mas.terminals.simulated.terminal import SimulatedTerminal

if TYPE_CHECKING:
    from mas.client import MAS

_FIRST_CHUNK, _LARGEST_CHUNK = 64, 65_536


class Quiet(Replay):
    """A symbol that is traded only by what is said about others: it has no signals and is not told of its bars."""

    def __init__(self, strategy: MAS, terminal: SimulatedTerminal) -> None:
        super().__init__(strategy, terminal)
        self._every_bar = self._wakes_open = False

    def prepare(self) -> None:
        pass

    def _receive_bars(self, bar: int, is_end: bool) -> None:
        pass


class Lane:
    """Where a symbol's bars lie on the clock.

    `at`: for each bar the moment at which it opens; `opened`: for each moment how many bars have opened by then.
    """

    def __init__(self, replay: Replay, moments: Times) -> None:
        self.replay = replay
        times = replay.bars.time
        self.last = len(times) - 1
        self.at: Sequence[int] = numbers(np.searchsorted(moments, times))
        self.openings = np.searchsorted(times, moments, side="right")
        self.opened: Sequence[int] = numbers(self.openings)

    def newest(self, moment: int) -> int:
        """The last bar that has opened by a moment; -1 if none has."""
        if moment < 0:
            return -1
        return self.opened[moment] - 1 if moment < len(self.opened) else self.last

    def opens(self, moment: int) -> bool:
        """Whether a bar opens at that moment."""
        newest = self.newest(moment)
        return newest >= 0 and self.at[newest] == moment

    def due(self, moment: int) -> int:
        """The next moment, after one that has been dealt with, at which there is something to do."""
        replay, newest = self.replay, self.newest(moment)
        undecided = max(newest, 0)
        unplayed = newest if newest < 0 or self.at[newest] == moment else newest + 1
        decision = replay.next_decision(undecided)
        due = self.at[decision + 1] if decision < self.last else self.at[self.last] + 1
        unplayed = max(unplayed, 0)
        if unplayed <= decision:
            touched = replay.terminal.next_touch(unplayed, decision + 1)
            if touched <= decision:
                due = min(due, self.at[touched] + 1)
        return due


class Portfolio:
    """All symbols of a run; the first is the main one. `exchange` is the terminal with all of them."""

    def __init__(self, main: Replay) -> None:
        self.main = main
        self.book = JointBook(main.terminal.book)
        self.exchange = Exchange(main.terminal, self.book)
        self.lanes: list[Replay] = []
        self.moments: Times = np.empty(0, np.int64)
        self.times: Sequence[int] = ()
        self.clocks: list[Lane] = []
        self._over: set[Replay] = set()
        self._moment = -1
        """Of the clock: the last that has been dealt with."""
        self._running = main.bar >= 0
        self._safe: tuple[Any, int] = (None, -1)
        """For these positions and this balance there is no danger before that moment."""
        self.add(main)
        if self._running:  # a bar's close is handled when the next one opens
            self._moment = main.bar + 1

    # ------------------------------------------------------------- symbols

    def add(self, lane: Replay) -> None:
        """Play one more symbol.

        Raises: DataError: its bars lie across those of the others.
        """
        main, now, ended = self.main, self._time(), self._moment == len(self.moments)
        moments = np.union1d(self.moments, lane.bars.time)
        lanes = [Lane(each, moments) for each in (*self.lanes, lane)]
        check_grid(lanes, moments)
        self.exchange.admit(lane.terminal)
        lane.joint, lane.exchange = self, self.exchange
        lane.pushes, lane.refused, lane.alerts = main.pushes, main.refused, main.alerts
        books, own = main.management, lane.management
        own.plans, own.fills, own.ledger = books.plans, books.fills, books.ledger
        self.lanes.append(lane)
        self.clocks, self.moments, self.times = lanes, moments, numbers(moments)
        self._safe = (None, -1)
        quiet = [other.terminal.book.positions for other in self.lanes if isinstance(other, Quiet)]
        for other in self.lanes:
            other.watched = ChainMap(other.terminal.book.positions, *quiet)
        if now is not None:
            self._moment = int(np.searchsorted(moments, now))
        elif ended:
            self._moment = len(moments)
        if self._running and lane is not main:
            lane.terminal.initialize()
            lane.prepare()
            self._stand(self.clocks[-1], self._moment)

    def lane(self, symbol: str) -> Replay | None:
        """The part of the run that plays a symbol."""
        return next((lane for lane in self.lanes if lane.bars.symbol == symbol), None)

    def owner(self, ticket: int) -> Replay | None:
        """The lane of an order or a position, open or past."""
        for lane in self.lanes:
            if ticket in lane.terminal.book.positions or ticket in lane.terminal.book.orders:
                return lane
        symbol = next((o.market.symbol for o in reversed(self.book.history) if o.ticket == ticket), None)
        return next((lane for lane in self.lanes if lane.bars.symbol == symbol), None)

    def placed(self, lane: Replay, ticket: int) -> None:
        """An order was accepted; one that was placed between two bars counts its age from the one to come."""
        order = lane.terminal.book.orders.get(ticket)
        if lane.between and order is not None and order.bar == lane.market.bar:
            order.bar += 1

    # ------------------------------------------------------------- the run

    def run(self) -> None:
        """Play all bars; the main symbol is ready."""
        strategy = self.main.strategy
        for lane in self.lanes[1:]:
            strategy._session = lane
            lane.terminal.initialize()
            lane.prepare()
        self._running = True
        deposit = self.book.deals[0]
        self.book.deals[0] = deposit._replace(time=self.times[0], time_msc=self.times[0] * 1000)
        self._play()

    def go_on(self, main: Replay, bar: int) -> None:
        """Play the rest, the main symbol alone having been played up to a bar."""
        if bar == len(main.bars):
            self._over.add(main)
        self._play()

    def _play(self) -> None:
        while self._moment < len(self.moments) and not self._stopping():
            if len(self._over) == len(self.lanes):
                break
            self.book.calm = self.book.changes if self._holding() > 1 else -1
            due = min(lane.due(self._moment) for lane in self.clocks if lane.replay not in self._over)
            if self._holding() > 1:
                danger = self._first_danger(due)
                if danger is not None:
                    due, self.book.calm = danger, -1
            if due > self._moment + 1:
                self._stand_all(due - 1)
            self._visit(due)
        for lane in self.lanes:
            if lane not in self._over:
                self._close(lane)

    def _visit(self, moment: int) -> None:
        for lane in self._alive():
            if lane.opens(moment - 1):
                self._live_through(lane.replay, lane.newest(moment - 1))
        work = self._stand_all(moment)
        for replay, bar, is_end in work:
            if isinstance(replay, Quiet):  # what is decided on another symbol finds its plans carried out [4]
                self._to(replay).manage(bar, is_end)
        for replay, bar, is_end in work:
            if self._stopping():
                break
            with self._followers_halted(is_end):
                self._speak(self._to(replay), bar, is_end)
        for replay, _, is_end in work:
            self._to(replay).finish(is_end)
            if is_end:
                self._close(replay)
        if self.main.pushes:
            self.main.push()

    def _speak(self, replay: Replay, bar: int, is_end: bool) -> None:
        """A symbol's turn at the close of one of its bars."""
        if not isinstance(replay, Quiet):
            replay.manage(bar, is_end)
        replay.decide(bar, is_end)
        replay.push()

    @contextmanager
    def _followers_halted(self, is_end: bool) -> Iterator[None]:
        """What is decided at the close of a symbol's last bar finds no next tick, in whatever it is traded [3]."""
        with ExitStack() as stack:
            for lane in self.lanes:
                if is_end and isinstance(lane, Quiet):
                    stack.enter_context(lane.terminal.halted())
            yield

    def _to(self, replay: Replay) -> Replay:
        """Let the strategy act on a symbol."""
        self.main.strategy._session = replay
        return replay

    def _live_through(self, replay: Replay, bar: int) -> None:
        """Play a bar out and stand at its close."""
        terminal = replay.terminal
        replay.between = False
        if self.book.calm != self.book.changes and self._holding() > 1:
            self.book.changes += 1  # the others' quotes have moved, and with them the price that ruins this one
        if terminal.next_touch(bar, bar + 1) == bar:
            terminal.play(bar)
        terminal.market.close_bar(bar)

    def _stand_all(self, moment: int) -> list[tuple[Replay, int, bool]]:
        """Set all clocks to a moment. Returns: the bars whose close is handled then, True with a symbol's last."""
        self._moment = moment
        work = []
        for lane in self._alive():
            work += self._stand(lane, moment)
        return work

    def _stand(self, lane: Lane, moment: int) -> list[tuple[Replay, int, bool]]:
        replay, newest = lane.replay, lane.newest(moment)
        replay.between = False
        if newest < 0:
            return []
        if lane.at[newest] == moment:
            replay.stand(newest - 1, False)
            return [(replay, newest - 1, False)] if newest else []
        if newest == lane.last:
            replay.stand(newest, True)
            return [(replay, newest, True)]
        replay.bar, replay.between = newest, True
        replay.market.close_bar(newest)
        replay.market.time = self.times[moment]
        return []

    def _close(self, replay: Replay) -> None:
        replay.terminal.close_all("end_of_data")
        self._over.add(replay)

    def _alive(self) -> list[Lane]:
        return [lane for lane in self.clocks if lane.replay not in self._over]

    def _stopping(self) -> bool:
        return any(lane.stopping for lane in self.lanes)

    def _time(self) -> int | None:
        """The moment that the clock shows; None after the last bar."""
        return self.times[self._moment] if 0 <= self._moment < len(self.times) else None

    # ------------------------------------------------------------- the account in danger

    def _holding(self) -> int:
        """In how many symbols positions are open."""
        return sum(bool(lane.terminal.book.positions) for lane in self.lanes)

    def _first_danger(self, due: int) -> int | None:
        """The first moment up to one at which the equity of positions in several symbols may have become too small."""
        held = [p for lane in self.lanes for p in lane.terminal.book.positions.values()]
        danger = self._danger()
        key = (self.book.balance, [(p.ticket, p.volume, p.entry, p.swap) for p in held], danger)
        bar, chunk = max(self._moment, 0), _FIRST_CHUNK
        if self._safe[0] == key:
            bar = max(bar, self._safe[1])
        while bar < due:
            end = min(bar + chunk, due)
            hits = self._worst(slice(bar, end)) <= danger
            found = int(hits.argmax())
            if hits[found]:
                self._safe = (key, bar + found)
                return bar + found + 1
            bar, chunk = end, min(2 * chunk, _LARGEST_CHUNK)
        self._safe = (key, bar)
        return None

    def _danger(self) -> float:
        """The equity at which the account is ruined, or a guard acts."""
        ruin, overseer = self.book.stop_out_equity(), self.exchange.overseer
        return ruin if overseer is None else max(ruin, overseer.danger())

    def _worst(self, moments: slice) -> FloatArray:
        """The least that the account may be worth in the bars of some moments, shape (moments,)."""
        worst = np.full(moments.stop - moments.start, self.book.balance)
        times = self.moments[moments]
        for lane in self.clocks:
            market = lane.replay.market
            bars = np.maximum(lane.openings[moments] - 1, 0)
            for p in lane.replay.terminal.book.positions.values():
                quotes, slack = market.closing(p.side), 2.0 * market.spec.tick_size
                price = quotes.lows[bars] - slack if p.side == LONG else quotes.highs[bars] + slack
                move = p.side * (price - p.entry) * market.money.contract * p.volume
                worst += move * market.money.rate_curve(times, price) + p.swap
        return worst


def check_grid(lanes: Sequence[Lane], moments: Times) -> None:
    """Raises: DataError: bars of one symbol open while one of another has not ended."""
    for lane in lanes:
        bars, at = lane.replay.bars, np.asarray(lane.at)
        at = at[at + 1 < len(moments)]
        ends = np.minimum(bars.decision_time, np.append(bars.time[1:], bars.decision_time[-1:]))[: len(at)]
        across = np.flatnonzero(moments[at + 1] < ends)
        if not len(across):
            continue
        when = moments[at[across[0]] + 1]
        other = next(o.replay.bars for o in lanes if when in o.replay.bars.time)
        raise DataError(
            f"a bar of {other.symbol} opens at {np.datetime64(int(when), 's')}, inside one of {bars.symbol}: symbols "
            f"are played together in bars that open at the same times; give data that are finer than {bars.timeframe}"
        )
