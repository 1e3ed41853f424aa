"""A replay: a strategy, its plans and the simulated terminal, stepped through one stretch of bars.

Only bars at which something can happen are visited. In each of them, in this order: what the bar does to orders and
positions; then, when it has closed and with the clock at the first tick of the next bar, the work of the plans
(trailing, break-even, time exits), `receive_bars` (exits, entries), and the pushes of what has happened since
(EXECUTION rules 3 and 4). At the last bar there is no next tick: nothing is accepted any more.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mas.bars import Bars
from mas.errors import ParameterError
from mas.express import Express, express_of
from mas.modelling import PESSIMISTIC, Course
from mas.results import Alert, Backtest, ClosedTrade, Refusal
from mas.series import Condition, Series
from mas.terminals.simulated.book import Position
from mas.terminals.simulated.market import numbers
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.structs import OrderSendResult
from mas.tracing import backtest_of, closed_trades, open_trades
from mas.waking import EXITS as EXITS
from mas.waking import OneAtATime, Wakes
from mas.watch import Watch

if TYPE_CHECKING:
    from mas.client import MAS
    from mas.portfolio import Portfolio

log = logging.getLogger("mas")

_EPOCH, _SECOND = datetime(1970, 1, 1), timedelta(seconds=1)


class Replay:
    """One run; the strategy knows it as its session.

    `bar` is the bar being handled (the last that has closed), `terminal` the account, `management` the plans. With
    several symbols each has a replay of its own, and `mas.portfolio` moves their clocks.
    """

    plays_others = True
    """Whether other symbols may join it."""
    is_live = False
    """Whether its orders are real ones."""
    kind_of_watch: type[Watch] = Watch

    def __init__(self, strategy: MAS, terminal: SimulatedTerminal) -> None:
        self.strategy, self.terminal, self.market = strategy, terminal, terminal.market
        self.management = self.kind_of_watch(terminal, self)
        self.bars = terminal.market.bars
        self.course = Course(PESSIMISTIC)
        self.symbol_info = terminal.static_symbol_info
        self.bar = -1
        self.stopping = False
        self.conflicts = self.sent = self.unfilled = 0
        self.exchange: SimulatedTerminal = terminal
        """The account with all its symbols; the terminal has this one only."""
        self.joint: Portfolio | None = None
        """All symbols that are played on one clock; None while this is the only one."""
        self.settings: Mapping[str, Any] = {}
        """What the terminal was made with."""
        self.between = False
        """Its last bar has ended and its next has not begun, while other symbols have bars."""
        self.held_back_by = ""
        """Why no entry is taken at this close, whatever the strategy says; empty: entries are taken."""
        self.refused: list[Refusal] = []
        self.alerts: list[Alert] = []
        self.pushes: list[tuple[str, str, dict[str, Any]]] = []
        kind = type(strategy)
        self.tells_status = overrides(kind, "receive_order_status")
        self.tells_execution = overrides(kind, "receive_order_execution")
        self.watched: Mapping[int, Position] = terminal.book.positions
        """While there is one of these the strategy holds something: exits matter."""
        self._conditions: dict[str, Sequence[bool]] = {}
        self._values: dict[str, Sequence[float]] = {}
        self._every_bar = True
        self._wakes_open = bool(getattr(kind, "wake_while_open", False))
        self._wake: Wakes | None = None
        self._next_call = (-1, -1)
        """At whose close the strategy was last found to be called next, and the count of changes of the book then."""
        self.known_entries: OneAtATime | None = None
        """What is known of the strategy's entries beside its signals."""
        self._signals_taken = False
        self.known_signals: Mapping[str, Condition | Series] | None = None
        """What the strategy's `signals` gives for these bars, where somebody has asked it already."""
        self.express: Express | None = None
        """The short way of ordinary orders, while the bars are played."""

    # ------------------------------------------------------------- what the strategy asks

    def signal(self, name: str) -> bool:
        """Whether a condition is true at this bar."""
        try:
            return bool(self._conditions[name][self.bar])
        except KeyError:
            raise ParameterError(f'signals() gives no condition "{name}": {_known(self._conditions)}') from None

    def value(self, name: str) -> float:
        """A value at this bar, NaN where not available."""
        try:
            return self._values[name][self.bar]
        except KeyError:
            raise ParameterError(f'signals() gives no value "{name}": {_known(self._values)}') from None

    def decided_at(self) -> int:
        """When the bar being handled has closed (epoch seconds)."""
        return int(self.bars.decision_time[self.bar])

    def bar_at(self, time: int) -> int:
        """The bar in which the rules of this symbol count what happened then (epoch seconds): one that opens at that
        time, else the next."""
        return bisect_left(self.market.times, time)

    def refuse(self, answer: OrderSendResult) -> None:
        """Take note of an order that was not accepted."""
        self.refused.append(Refusal(self.market.time, answer.comment, answer.retcode))

    def tell_status(self, order_id: str, answer: OrderSendResult, action: str = "", before: int | None = None) -> None:
        """Have the answer to a request pushed once the callback that sent it has returned.

        Args: before: its place in the queue, last if not given.
        """
        status: dict[str, Any] = {
            "status": answer.retcode,
            "retcode": answer.retcode,
            "message": answer.comment,
            "request": answer.request._asdict(),
        }
        if action:
            status["action"] = action
        place = len(self.pushes) if before is None else before
        self.pushes.insert(place, ("receive_order_status", order_id, status))

    # ------------------------------------------------------------- other symbols

    def of(self, symbol: str) -> Replay:
        """The part of the run that plays a symbol; bars of one that is new are looked for.

        Raises: ParameterError, DataError: there are none.
        """
        if symbol == self.bars.symbol:
            return self
        lane = self.joint.lane(symbol) if self.joint is not None else None
        if lane is not None:
            return lane
        if not self.plays_others:
            raise ParameterError(f"symbol must be {self.bars.symbol}, the one being played, not {symbol!r}")
        from mas.joining import load

        return load(self, symbol)

    def owner(self, ticket: int) -> Replay:
        """The part of the run that an order or a position belongs to."""
        return self if self.joint is None else self.joint.owner(ticket) or self

    def accepted(self, answer: OrderSendResult) -> None:
        """Take note of an order that was accepted."""
        self.sent += 1
        if self.joint is not None:
            self.joint.placed(self, answer.order)

    @property
    def lanes(self) -> Sequence[Replay]:
        """The parts of the run, one for each symbol, the main one first."""
        return (self,) if self.joint is None else self.joint.lanes

    @property
    def depending(self) -> set[int]:
        """Positions (tickets) whose end depended on what came first inside a bar."""
        return {ticket for lane in self.lanes for ticket in lane.terminal.player.depending}

    # ------------------------------------------------------------- the run

    def run(self) -> None:
        """Play all bars."""
        self.terminal.initialize()
        self.prepare()
        self.express = express_of(self, self.strategy)
        if self.joint is not None:
            self.joint.run()
            return
        last, i = len(self.bars) - 1, 0
        while i <= last and not self.stopping:
            decision = self.next_decision(i)
            touched = self.terminal.next_touch(i, decision + 1)
            if touched <= decision:
                self.terminal.play(touched)
                decision = self.next_decision(touched)
                if decision != touched:  # the bar has filled something, but nobody needs to hear of it yet
                    i = touched + 1
                    continue
            i = decision
            self.stand(i, i == last)
            self.handle(i, i == last)
            i += 1
            if self.joint is not None:  # the strategy has asked for another symbol
                self.joint.go_on(self, i)
                return
        self.terminal.close_all("end_of_data")

    def stand(self, bar: int, is_end: bool) -> None:
        """Set the clock to where a bar's close is handled: the next one's first tick, or the last tick there is."""
        self.bar = bar
        if is_end:
            self.terminal.end()
        else:
            self.terminal.open_bar(bar + 1)

    def handle(self, bar: int, is_end: bool) -> None:
        """Plans, pushes and the strategy, at the close of a bar."""
        self.manage(bar, is_end)
        self.decide(bar, is_end)
        self.finish(is_end)

    def manage(self, bar: int, is_end: bool) -> None:
        """What the plans do at the close of a bar, before the strategy speaks."""
        if not is_end:
            self.management.work(bar)
        if self.pushes:
            self.push()

    def decide(self, bar: int, is_end: bool) -> None:
        """Have the strategy speak, if it has a say at this close."""
        if is_end or self._wakes(bar):
            self._receive_bars(bar, is_end)

    def finish(self, is_end: bool) -> None:
        """Close what has opened beyond its new stop and was left open."""
        if not is_end:
            self.management.close_late()
        if self.pushes:
            self.push()

    def _receive_bars(self, bar: int, is_end: bool) -> None:
        self._call("receive_bars", self.bars.symbol, self._bar_data(bar), is_end)

    def _bar_data(self, bar: int) -> dict[str, Any]:
        """What `receive_bars` is given of a bar."""
        bids, bars = self.market.bids, self.bars
        return {
            "time": _EPOCH + self.market.times[bar] * _SECOND,
            "open": bids.open[bar],
            "high": bids.high[bar],
            "low": bids.low[bar],
            "close": bids.close[bar],
            "volume": self._volumes[bar],
            "timeframe": bars.timeframe,
        }

    def push(self) -> None:
        """Deliver what has happened since; a callback may send orders, whose pushes follow in the same go."""
        while self.pushes:
            callback, order_id, data = self.pushes.pop(0)
            self._call(callback, order_id, data)

    def _call(self, callback: str, *arguments: Any) -> None:
        strategy = self.strategy
        strategy._asked = strategy._reversal = None
        try:
            getattr(strategy, callback)(*arguments)
        except Exception as error:
            if not strategy._forgives(callback, self.market.times[self.bar], error):
                raise

    # ------------------------------------------------------------- which bars are visited

    def prepare(self) -> None:
        """Have the strategy compute its signals."""
        self._volumes = numbers(self.bars.volume.values)
        if self._signals_taken:
            return
        if getattr(self.strategy, "signals", None) is None:
            return
        self._every_bar = False
        known = self.known_signals
        signals = signals_of(self.strategy, self.bars) if known is None else known
        for name, array in signals.items():
            if isinstance(array, Series):
                self._values[name] = numbers(array.values)
                continue
            self._conditions[name] = numbers(array.true)
        self._wake = Wakes(signals, len(self.bars), self.known_entries)

    def take_signals(self, other: Replay) -> None:
        """Use what another replay of the same strategy on the same bars has computed."""
        self._conditions, self._values, self._wake = other._conditions, other._values, other._wake
        self._every_bar, self._signals_taken = other._every_bar, True

    def next_decision(self, bar: int) -> int:
        """The first bar from `bar` on whose close somebody wants to see; the last bar is one."""
        if self._wake is None or self.pushes:
            return bar
        watched, book = self.watched, self.terminal.book
        if self._wakes_open and watched:
            return bar
        wake = self._wake.during(watched)
        place = bisect_left(wake, bar)
        if place < len(wake):
            nearest = wake[place]
            self._next_call = nearest, book.changes
        else:
            nearest = len(self.bars) - 1
        if watched or book.orders:
            return self.management.next_due(bar, nearest)
        return nearest

    def _wakes(self, bar: int) -> bool:
        """Whether the strategy itself is called at this close (its plans may have been all there was to do)."""
        if self._wake is None:
            return True
        if self.joint is None and self._next_call == (bar, self.terminal.book.changes):
            return True  # nothing has been opened or closed since
        if self._wakes_open and self.watched:
            return True
        wake = self._wake.during(self.watched)
        place = bisect_left(wake, bar)
        return place < len(wake) and wake[place] == bar

    def trades(self) -> list[ClosedTrade]:
        """The trades closed so far."""
        return closed_trades(self)

    def open_trades(self) -> list[ClosedTrade]:
        """What is still open, as if it were closed now ("end_of_data"); reports mark it and do not count it."""
        return open_trades(self)

    def report_bars(self) -> Bars:
        """The bars of the main symbol handled so far."""
        main = self.lanes[0]
        return main.bars[: main.bar + 1]

    def result(self) -> Backtest:
        """What the run has left behind."""
        return backtest_of(self)


def signals_of(strategy: Any, bars: Bars) -> dict[str, Condition | Series]:
    """What a strategy's `signals` gives for these bars.

    Raises: ParameterError: something that is no condition or series, or not of these bars.
    """
    found: dict[str, Condition | Series] = strategy.signals(bars)
    for name, array in found.items():
        if not isinstance(array, Condition | Series):
            raise ParameterError(f'signals()["{name}"] must be a condition or a series, not {type(array).__name__}')
        if len(array) != len(bars):
            raise ParameterError(f'signals()["{name}"] has {len(array)} values for {len(bars)} bars')
    return found


def overrides(kind: type, callback: str) -> bool:
    """Whether a strategy's class has a method of its own where the client has one."""
    from mas.client import MAS

    return getattr(kind, callback) is not getattr(MAS, callback)


def _known(names: dict[str, Any]) -> str:
    return f"it gives {', '.join(names)}" if names else "it gives none"
