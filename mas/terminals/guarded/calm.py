"""Whether a simulated account is so far from all limits that looking at it closely would change nothing.

In a backtest the guards are asked at every moment at which something may be due, and nearly always nothing is. This
says so from a few sums; wherever it is in doubt it says no, and the guards look as closely as around any terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mas.terminals.guarded.memory import Memory

if TYPE_CHECKING:
    from mas.terminals.guarded.guards import Guards

_ROOM = 2.0
"""How many times the next step must fit between the equity and a limit."""


class Calm:
    """Args: time: what the clocks of the account show."""

    def __init__(self, guards: Guards, time: Callable[[], int]) -> None:
        self._guards, self._time = guards, time
        self._known: tuple[Any, ...] = ()
        self._until = 0
        """From then on the time has a say."""
        self._equity = self._balance = -1.0
        """Floors: the highest of the limits of each."""
        self._peak_equity = self._peak_balance = float("inf")
        """Above these a limit has a new peak."""

    def holds(self) -> bool:
        """Whether there is nothing to be done. The guards' clock goes on all the same."""
        memory, now = self._guards.memory, self._time()
        if memory.day is None or memory.halts or not self._guards.is_quiet:
            return False
        state = (memory.day, memory.day_balance, memory.day_equity, *memory.peaks.values())
        if state != self._known or now >= self._until:
            if not self._read(memory, now):
                return False
            self._known = state
        if not self._is_far():
            return False
        memory.time = max(memory.time, now)
        return True

    def _read(self, memory: Memory, now: int) -> bool:
        """Work out the limits. Returns: False: the time has a say already, or a peak is yet to begin."""
        guards, rules = self._guards, self._guards.rules
        self._known = ()
        if now >= guards.due() or guards.is_closed(now):
            return False
        self._until = guards.due()
        floors: dict[str, list[float]] = {"equity": [], "balance": []}
        for line in guards.lines():
            floors[line.rule.measure].append(line.floor)
        self._equity = max(floors["equity"], default=-float("inf"))
        self._balance = max(floors["balance"], default=-float("inf"))
        self._peak_equity = self._peak_balance = float("inf")
        for rule in rules.drawdown:
            if rule.kind == "static" or rule.peak_at == "day":
                continue
            if rule.name not in memory.peaks:
                return False
            if rule.peak_of == "equity":
                self._peak_equity = min(self._peak_equity, memory.peaks[rule.name])
            else:
                self._peak_balance = min(self._peak_balance, memory.peaks[rule.name])
        return True

    def _is_far(self) -> bool:
        book: Any = self._guards.terminal.book
        balance, equity = book.balance, book.equity()
        if equity > self._peak_equity or balance > self._peak_balance or balance <= self._balance + 1.0:
            return False
        level = self._guards.rules.margin.flatten_level
        if level is not None and equity <= _ROOM * level / 100.0 * book.margin():
            return False
        return self._equity == -float("inf") or equity - _ROOM * self._step(book) - 1.0 > self._equity

    def _step(self, book: Any) -> float:
        """More than what is open and waiting can lose before the next look: spreads, two ticks, and closing it."""
        reserve, step = self._guards.rules.reserve, 0.0
        for item in (*book.positions.values(), *book.orders.values()):
            market = item.market
            distance = market.ask - market.bid + 2.0 * market.spec.tick_size
            step += abs(market.money.profit(1, item.volume, market.bid, market.bid - distance)) + reserve * item.volume
        return step
