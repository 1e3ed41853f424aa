"""A replay: a strategy, its plans and the simulated terminal, stepped through one stretch of bars.

Only bars at which something can happen are visited. In each of them, in this order: what the bar does to orders and
positions; then, when it has closed and with the clock at the first tick of the next bar, the work of the plans
(trailing, break-even, time exits), `receive_bars` (exits, entries), and the pushes of what has happened since
(EXECUTION rules 3 and 4). At the last bar there is no next tick: nothing is accepted any more.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mas import constants as mt5
from mas.answers import order_id_of
from mas.bars import Bars
from mas.errors import DataError, ParameterError
from mas.management import Management
from mas.modelling import PESSIMISTIC, Course, course_of
from mas.request import ORDER_NAMES
from mas.results import Backtest, Band, ClosedTrade, Refusal
from mas.series import Condition, Series
from mas.terminals.simulated.book import Order, Position
from mas.terminals.simulated.market import numbers
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.simulated.terms import AccountTerms, SymbolTerms
from mas.terminals.simulated.validation import COMMENTS
from mas.terminals.structs import OrderSendResult
from mas.tracing import backtest_of, closed_trades, open_trades

if TYPE_CHECKING:
    from mas.client import MAS
    from mas.ticks import Ticks

log = logging.getLogger("mas")

_EXITS = "exit_"
"""Signals whose names begin so matter only while a position is open; a flat strategy is not woken for them."""


class Replay:
    """One run; the strategy knows it as its session.

    `bar` is the bar being handled (the last that has closed), `terminal` the account, `management` the plans.
    """

    def __init__(self, strategy: MAS, terminal: SimulatedTerminal) -> None:
        self.strategy, self.terminal, self.market = strategy, terminal, terminal.market
        self.management = Watch(terminal, self)
        self.bars = terminal.market.bars
        self.course = Course(PESSIMISTIC)
        self.symbol_info = terminal.static_symbol_info
        self.bar = -1
        self.stopping = False
        self.conflicts = self.sent = self.unfilled = 0
        self.refused: list[Refusal] = []
        self.pushes: list[tuple[str, str, dict[str, Any]]] = []
        kind = type(strategy)
        self.tells_status = _overrides(kind, "receive_order_status")
        self.tells_execution = _overrides(kind, "receive_order_execution")
        self._conditions: dict[str, Sequence[bool]] = {}
        self._values: dict[str, Sequence[float]] = {}
        self._every_bar = True
        self._wakes_open = bool(getattr(kind, "wake_while_open", False))
        self._wake: tuple[NDArray[np.intp], NDArray[np.intp]] = (np.empty(0, np.intp),) * 2
        self._signals_taken = False

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

    # ------------------------------------------------------------- the run

    def run(self) -> None:
        """Play all bars."""
        self.terminal.initialize()
        self._compute_signals()
        last, i = len(self.bars) - 1, 0
        while i <= last and not self.stopping:
            decision = self._next_decision(i)
            touched = self.terminal.next_touch(i, decision + 1)
            if touched <= decision:
                self.terminal.play(touched)
                decision = self._next_decision(touched)
                if decision != touched:  # the bar has filled something, but nobody needs to hear of it yet
                    i = touched + 1
                    continue
            i = decision
            self._close_bar(i, i == last)
            i += 1
        self.terminal.close_all("end_of_data")

    def _close_bar(self, bar: int, is_end: bool) -> None:
        self.bar = bar
        if is_end:
            self.terminal.end()
        else:
            self.terminal.open_bar(bar + 1)
            self.management.work(bar)
        self._push()
        if is_end or self._wakes(bar):
            self._receive_bars(bar, is_end)
        if not is_end:
            self.management.close_late()
        self._push()

    def _receive_bars(self, bar: int, is_end: bool) -> None:
        bids, bars = self.market.bids, self.bars
        data = {
            "time": datetime.fromtimestamp(self.market.times[bar], UTC).replace(tzinfo=None),
            "open": bids.open[bar],
            "high": bids.high[bar],
            "low": bids.low[bar],
            "close": bids.close[bar],
            "volume": self._volumes[bar],
            "timeframe": bars.timeframe,
        }
        self._call("receive_bars", bars.symbol, data, is_end)

    def _push(self) -> None:
        """Deliver what has happened since; a callback may send orders, whose pushes follow in the same go."""
        while self.pushes:
            callback, order_id, data = self.pushes.pop(0)
            self._call(callback, order_id, data)

    def _call(self, callback: str, *arguments: Any) -> None:
        self.strategy._policy = None
        try:
            getattr(self.strategy, callback)(*arguments)
        except Exception as error:
            if not self.strategy._forgives(callback, self.market.times[self.bar], error):
                raise

    # ------------------------------------------------------------- which bars are visited

    def _compute_signals(self) -> None:
        self._volumes = numbers(self.bars.volume.values)
        if self._signals_taken:
            return
        make = getattr(self.strategy, "signals", None)
        if make is None:
            return
        self._every_bar = False
        flat, held = np.zeros(len(self.bars), bool), np.zeros(len(self.bars), bool)
        for name, array in make(self.bars).items():
            if not isinstance(array, Condition | Series):
                raise ParameterError(f'signals()["{name}"] must be a condition or a series, not {type(array).__name__}')
            if len(array) != len(self.bars):
                raise ParameterError(f'signals()["{name}"] has {len(array)} values for {len(self.bars)} bars')
            if isinstance(array, Series):
                self._values[name] = numbers(array.values)
                continue
            self._conditions[name] = numbers(array.true)
            held |= array.true
            if not name.startswith(_EXITS):
                flat |= array.true
        self._wake = (np.flatnonzero(flat), np.flatnonzero(held))

    def take_signals(self, other: Replay) -> None:
        """Use what another replay of the same strategy on the same bars has computed."""
        self._conditions, self._values, self._wake = other._conditions, other._values, other._wake
        self._every_bar, self._signals_taken = other._every_bar, True

    def _next_decision(self, bar: int) -> int:
        """The first bar from `bar` on whose close somebody wants to see; the last bar is one."""
        if self._every_bar:
            return bar
        holding = bool(self.terminal.book.positions)
        if holding and self._wakes_open:
            return bar
        if self.pushes:
            return bar
        wake = self._wake[holding]
        place = int(wake.searchsorted(bar))
        nearest = int(wake[place]) if place < len(wake) else len(self.bars) - 1
        if holding or self.terminal.book.orders:
            return self.management.next_due(bar, nearest)
        return nearest

    def _wakes(self, bar: int) -> bool:
        """Whether the strategy itself is called at this close (its plans may have been all there was to do)."""
        if self._every_bar:
            return True
        holding = bool(self.terminal.book.positions)
        if holding and self._wakes_open:
            return True
        wake = self._wake[holding]
        place = int(wake.searchsorted(bar))
        return place < len(wake) and int(wake[place]) == bar

    def trades(self) -> list[ClosedTrade]:
        """The trades closed so far."""
        return closed_trades(self)

    def open_trades(self) -> list[ClosedTrade]:
        """What is still open, as if it were closed now ("end_of_data"); reports mark it and do not count it."""
        return open_trades(self)

    def report_bars(self) -> Bars:
        """The bars handled so far."""
        return self.bars[: self.bar + 1]

    def result(self) -> Backtest:
        """What the run has left behind."""
        return backtest_of(self)


class Watch(Management):
    """The plans, and beside them the count and the pushes of everything that happens."""

    def __init__(self, terminal: SimulatedTerminal, replay: Replay) -> None:
        super().__init__(terminal)
        self.replay = replay
        terminal.listen(self)

    def opened(self, position: Position, order: Order) -> None:
        super().opened(position, order)
        self._execution(order, order.volume)

    def closed(self, position: Position, order: Order, volume: float, price: float) -> None:
        super().closed(position, order, volume, price)
        self._execution(order, volume)

    def ended(self, order: Order, retcode: int) -> None:
        replay = self.replay
        replay.unfilled += 1
        if retcode in (mt5.TRADE_RETCODE_INVALID_STOPS, mt5.TRADE_RETCODE_NO_MONEY):
            replay.refused.append(Refusal(self.market.time, COMMENTS[retcode], retcode))

    def _execution(self, order: Order, volume: float) -> None:
        if self.replay.tells_execution:
            self.replay.pushes.append(("receive_order_execution", *execution_of(order, volume)))


def execution_of(order: Order, volume: float) -> tuple[str, dict[str, Any]]:
    """The id and the data of a `receive_order_execution` push."""
    kind = order.kind if order.was < 0 else order.was
    return order_id_of(order.ticket), {
        "price": order.filled_at,
        "volume": volume,
        "symbol": order.market.symbol,
        "time": datetime.fromtimestamp(order.done_at, UTC).replace(tzinfo=None),
        "type": ORDER_NAMES[kind],
        "comment": order.comment,
        "position": order_id_of(order.position),
    }


def _overrides(kind: type, callback: str) -> bool:
    from mas.client import MAS

    return getattr(kind, callback) is not getattr(MAS, callback)


def _known(names: dict[str, Any]) -> str:
    return f"it gives {', '.join(names)}" if names else "it gives none"


def run_backtest(
    strategy: MAS, bars: Bars, *, deposit: float = 10_000.0, leverage: int = 100, spread: float | None = None,
    commission: float = 0.0, currency: str = "USD", account: AccountTerms | None = None,
    terms: SymbolTerms | None = None, modelling: str | None = None, intrabar: Bars | Ticks | None = None,
    band: bool = True,
) -> Backtest:  # fmt: skip
    """Run a strategy over bars and return what it did.

    Args: deposit: account currency. leverage: 100 for 1:100. spread: points, overrides data and specification.
        commission: account currency per lot, charged on the entry and on the exit; what `account` says of it counts
        if this is 0. currency: of the account. account, terms: what the broker sets for the account and the symbol.
        modelling: one of `mas.modelling.MODES`; None is "pessimistic", with finer data "ohlc" or "real_ticks".
        intrabar: finer data. band: also find the best and the worst case; where something depended on it, a copy of
        the strategy is run again.
    Raises: ParameterError: a setting that makes no sense. DataError: no bars, or finer data that do not belong to
        them. Whatever the strategy raises.
    """
    settings: dict[str, Any] = {
        "deposit": deposit, "leverage": leverage, "spread": spread, "commission": commission, "currency": currency,
        "account": account, "terms": terms,
    }  # fmt: skip
    twin = twin_of(strategy) if band else None
    replay = replay_on(strategy, bars, modelling=modelling, intrabar=intrabar, **settings)
    result = replay.result()
    return replace(result, band=band_of(replay, result, twin, settings)) if band else result


def replay_on(
    strategy: MAS, bars: Bars, *, modelling: str | None = None, intrabar: Bars | Ticks | None = None,
    kind: type[Replay] = Replay, **settings: Any,
) -> Replay:  # fmt: skip
    """Play the bars to the strategy on an account of its own, and return the finished replay.

    Args: kind: which sort of replay; the others as in `run_backtest`.
    """
    for name in ("deposit", "leverage"):
        if not 0 < settings.get(name, 1) < float("inf"):
            raise ParameterError(f"{name} must be above 0, not {settings[name]}")
    if not 0 <= settings.get("commission", 0) < float("inf"):
        raise ParameterError(f"commission must be 0 or more, not {settings['commission']}")
    if not len(bars):
        raise DataError(f"there are no {bars.symbol} {bars.timeframe} bars to play")
    replay = kind(strategy, SimulatedTerminal(bars, **settings))
    if modelling is not None or intrabar is not None:
        own_spread = settings.get("spread") is None
        replay.course = course_of(replay.market, modelling, intrabar, own_spread)
        replay.course.lead(replay.terminal)
    play(replay)
    return replay


def play(replay: Replay) -> None:
    """Run a replay; meanwhile it is its strategy's session."""
    strategy, before = replay.strategy, replay.strategy._session
    strategy._session = replay
    try:
        replay.run()
    finally:
        strategy._session = before


def twin_of(strategy: MAS) -> MAS | None:
    """A copy that has not run yet; None for a strategy that cannot be copied (it holds a file, a connection ...)."""
    try:
        return copy.deepcopy(strategy)
    except Exception as error:
        log.debug("the strategy cannot be copied, so that there is no best and worst case: %r", error)
        return None


def band_of(replay: Replay, result: Backtest, twin: MAS | None, settings: dict[str, Any]) -> Band | None:
    """The best and the worst case of a finished replay, by running it again where something was ambiguous."""
    depending = {order_id_of(ticket) for ticket in replay.terminal.player.depending}
    if not depending:
        return Band(result.net, result.net, 0)
    if twin is None:
        return None
    nets = [result.net, _net_if(True, replay, twin, settings)]
    if replay.course.is_guess:
        nets.append(_net_if(False, replay, twin, settings))
    count = sum(trade.order_id in depending for trade in result.trades)
    return Band(min(nets), max(nets), max(count, 1))


def _net_if(target_first: bool, replay: Replay, twin: MAS, settings: dict[str, Any]) -> float:
    """Net profit with the target, or the stop, presumed wherever the data leave it open."""
    again = type(replay)(copy.deepcopy(twin), SimulatedTerminal(replay.bars, **settings))
    again.course = replay.course
    again.course.lead(again.terminal, target_first)
    again.take_signals(replay)
    quiet, log.disabled = log.disabled, True  # what it has to say it has said in the first run
    try:
        play(again)
    finally:
        log.disabled = quiet
    return again.result().net
