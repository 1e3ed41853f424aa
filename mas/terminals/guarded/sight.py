"""What the guards know of an account: what is open, the day and the peaks, how old a quote is; and what they tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mas import constants as mt5
from mas.terminals.guarded import events
from mas.terminals.guarded.events import GuardEvent
from mas.terminals.guarded.exposure import Blind, Exposure, Flight, look_at, unseen
from mas.terminals.guarded.lines import raise_peaks
from mas.terminals.guarded.memory import Memory
from mas.terminals.guarded.rules import Rules
from mas.terminals.guarded.week import Week, day_of, start_of

Told = Callable[[GuardEvent], None]

_CASH = (mt5.DEAL_TYPE_BALANCE, mt5.DEAL_TYPE_CREDIT)


class Sight:
    """Looks at an account; see `Guards` for the arguments."""

    def __init__(
        self, rules: Rules, terminal: Any, symbols: Iterable[str], clock: Callable[[], float],
        server_time: Callable[[], int] | None, listener: Told | None,
    ) -> None:  # fmt: skip
        self.rules, self.terminal, self.listener = rules, terminal, listener
        self._symbols, self._clock, self._server_time = tuple(symbols), clock, server_time
        self.memory = Memory()
        self._hours, self._weekend = Week.of_sessions(rules.hours.trade), Week.of_weekend(rules.weekend)
        self._quotes: dict[str, tuple[int, float]] = {}
        """Of each symbol: the stamp of its newest quote, and when that was first seen by the guards' clock."""
        self._flights: list[Flight] = []
        self._fresh = True
        """It has not looked since it was made or restored."""
        self._events: list[GuardEvent] = []

    def _look(self, now: int | None = None) -> Exposure:
        """What is open now; with it the day and the peaks are kept up."""
        held = look_at(self.terminal)
        memory, rules, account = self.memory, self.rules, held.account
        memory.time = max(memory.time, now or 0, self._newest(held))
        if memory.initial is None:
            memory.initial = rules.initial or account.balance
        if not memory.time:
            return held  # no quote yet: nobody knows what day it is
        day = day_of(memory.time, rules.day_starts)
        new_day = memory.day is None or day > memory.day
        if new_day:
            self._begin_day(day, held)
        raise_peaks(rules, memory, account.balance, account.equity, new_day=new_day)
        self._fresh = False
        memory.sent = [sent for sent in memory.sent if sent > memory.time - 60]
        self._flights = unseen(self.terminal, self._flights, held, self._clock()) if self._flights else []
        return held

    def _newest(self, held: Exposure) -> int:
        """The server's time."""
        if self._server_time is not None:
            return self._server_time()
        newest = 0
        for symbol in dict.fromkeys((*self._symbols, *held.symbols())):
            tick = self.terminal.symbol_info_tick(symbol)
            if tick is not None:
                self._age(symbol, tick.time_msc)
                newest = max(newest, int(tick.time))
        return newest

    def _age(self, symbol: str, stamp: int) -> float:
        """Seconds since the quote of a symbol has changed, as far as the guards have seen."""
        now, known = self._clock(), self._quotes.get(symbol)
        if known is None or known[0] != stamp:
            self._quotes[symbol] = (stamp, now)
            return 0.0
        return now - known[1]

    def _begin_day(self, day: int, held: Exposure) -> None:
        memory, account = self.memory, held.account
        memory.day, memory.sent_today = day, 0
        memory.day_balance, memory.day_equity = account.balance, account.equity
        if self._fresh:
            memory.day_balance -= self._made_since(start_of(day, self.rules.day_starts))
        for name, halt in list(memory.halts.items()):
            if halt.until == "day" and halt.day < day:
                del memory.halts[name]
                self._note(name, events.RELEASED, 0.0, 0.0, "a new day has begun")

    def _made_since(self, begin: int) -> float:
        """What trading has brought since then: the guards were not there to see the day begin."""
        deals = self.terminal.history_deals_get(begin, self.memory.time + 86_400)
        if deals is None:
            raise Blind(f"the terminal does not give the deals of the day: {self.terminal.last_error()[1]}")
        made = 0.0
        for deal in deals:
            if deal.type not in _CASH and deal.time >= begin:
                made += deal.profit + deal.commission + deal.swap + deal.fee
        return round(made, 8)

    def _closed(self, time: int) -> str:
        """The guard that has trading closed at a time of the week; "" if none."""
        if time and self._weekend.holds(time):
            return "weekend"
        return "hours" if time and not self._hours.holds(time) else ""

    # ------------------------------------------------------------- telling

    def _note(self, guard: str, action: str, limit: float, measured: float, text: str, symbol: str = "") -> None:
        self._events.append(GuardEvent(guard, action, limit, measured, self.memory.time, text, symbol))

    def _tell(self) -> tuple[GuardEvent, ...]:
        told, self._events = tuple(self._events), []
        for event in told if self.listener is not None else ():
            self.listener(event)  # type: ignore[misc]
        return told
