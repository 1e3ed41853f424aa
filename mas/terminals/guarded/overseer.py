"""The guards inside a simulated terminal: the same engine, asked at every moment at which it may have something to do.

A limit of the equity is a price level like a stop: the last price at which it still holds. It is searched for in arrays
of bars, and what it does happens there, inside the bar. Peaks that follow the equity are taken from a whole bar and
count from the next one on, as a trailing stop does (EXECUTION rule 12).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.fills import LONG
from mas.terminals.guarded.calm import Calm
from mas.terminals.guarded.checks import waiting_cost
from mas.terminals.guarded.events import GuardEvent
from mas.terminals.guarded.exposure import look_at
from mas.terminals.guarded.guards import Guards
from mas.terminals.guarded.lines import highest_peak
from mas.terminals.guarded.prices import Stack, last_safe_price
from mas.terminals.guarded.rules import Kill, Rules
from mas.terminals.guarded.week import NEVER
from mas.terminals.simulated.events import Ruin
from mas.timeframes import TIMEFRAMES

if TYPE_CHECKING:
    from mas.replay import Replay
    from mas.terminals.simulated.book import Book
    from mas.terminals.simulated.core import Core
    from mas.terminals.simulated.market import Market
    from mas.terminals.simulated.overseen import Overseen
    from mas.terminals.simulated.searching import Search


class Overseer:
    """The guards of a simulated account, with one symbol or several.

    Args: terminal: the account; `take_in` adds symbols.
    """

    def __init__(self, rules: Rules, terminal: Overseen) -> None:
        self.acts: list[GuardEvent] = []
        self.markets: list[Market] = []
        rules = replace(rules, kill=Kill())  # what somebody wants to stop now is no part of the past
        self.guards = Guards(
            rules, terminal, listener=self.acts.append, clock=lambda: float(self._time()), server_time=self._time
        )
        self.guards.calm = Calm(self.guards, self._time).holds
        self._varying: dict[Market, tuple[Any, bool]] = {}
        self._floors: dict[Market, tuple[Any, Ruin | None]] = {}
        self._spent: tuple[int, int] | None = None
        """Changes of the book, and the bar, at which a limit was reached and nothing could be done."""
        self._trails = highest_peak(rules, self.guards.memory) is not None
        self._by_equity = any(rule.measure == "equity" for rule in rules.limits) or bool(rules.margin.flatten_level)

    def take_in(self, terminal: Overseen, account: Overseen) -> None:
        """Oversee a terminal. Args: account: with all symbols."""
        self.guards.terminal = account
        terminal.overseer = terminal.player.overseer = account.overseer = self
        if terminal.market not in self.markets:
            self.markets.append(terminal.market)

    def _time(self) -> int:
        return max(market.time for market in self.markets)

    # ------------------------------------------------------------- moments

    def opening(self, terminal: Core, bar: int) -> None:
        """At the first tick of a bar."""
        market, book = terminal.market, terminal.book
        if not book.positions and not book.orders:
            return
        if market.bar != bar or market.inside:
            market.open_bar(bar)
        self._watch()

    def closing(self, terminal: Core, bar: int) -> None:
        """A bar has happened: a new peak, and what must be gone before the market closes for longer."""
        market, book = terminal.market, terminal.book
        if self._trails and book.positions:
            self._take_peak(terminal, bar)
        if (book.positions or book.orders) and self._is_last_chance(market, bar):
            market.close_bar(bar)
            self.guards.watch(now=self.guards.closing_due())

    def happened(self) -> None:
        """Something has filled, closed or gone inside a bar."""
        self._watch()

    def breach(self, floor: Ruin, bar: int) -> None:
        """A limit has been reached; the clock stands there."""
        book = self.guards.terminal.book
        changes, acts = book.changes, len(self.acts)
        self.guards.watch(force=floor.guard)
        if (book.changes, len(self.acts)) == (changes, acts):
            self._spent = (changes, bar)

    def _watch(self) -> None:
        if self.guards.calm is not None and self.guards.calm():
            return
        before = self._levels()
        self.guards.watch()
        if self._levels() != before:
            self.guards.terminal.book.changes += 1  # what was found for the old ones counts no more

    def _levels(self) -> tuple[float, ...]:
        return tuple(line.floor for line in self.guards.lines())

    # ------------------------------------------------------------- which bars

    def next_look(self, terminal: Core, start: int, stop: int) -> int:
        """The first bar in [start, stop) at whose first tick, or in which, there is something to do; else `stop`."""
        market, book = terminal.market, terminal.book
        if start >= stop or not (book.positions or book.orders):
            return stop
        times = market.bars.time
        stop = max(min(stop, int(times.searchsorted(self.guards.due()))), start)
        closing = self.guards.closing_due()
        if closing < NEVER:
            first = int(times.searchsorted(closing))
            if first and self._is_last_chance(market, first - 1):
                first -= 1
            stop = max(min(stop, first), start)
        if start == stop:
            return stop
        if self._by_equity and self._is_vague(book, market):
            return start
        return self._next_peak(terminal, start, stop) if self._trails and book.positions else stop

    def _is_last_chance(self, market: Market, bar: int) -> bool:
        """Whether the market closes after a bar for so long that a closing would come too late."""
        times = market.times
        if bar + 1 >= len(times) or times[bar + 1] - times[bar] <= TIMEFRAMES[market.bars.timeframe]:
            return False
        return self.guards.closing_due() < times[bar + 1]

    def _is_vague(self, book: Book, market: Market) -> bool:
        """Whether a limit is at another price in each bar, as the spread or a rate of conversion has a say in it."""
        sides = {position.side for position in book.positions.values()}
        return len(sides) > 1 or market.money.drifts or (bool(book.orders) and self._varies(market))

    def _varies(self, market: Market) -> bool:
        """Whether its spread changes: what waits will pay it."""
        known = self._varying.get(market)
        if known is None or known[0] is not market.spread:
            prices = market.spread.prices
            known = self._varying[market] = (market.spread, bool((prices != prices[0]).any()))
        return known[1]

    def _next_peak(self, terminal: Core, start: int, stop: int) -> int:
        """The first bar in which the equity may come to a new peak."""
        market, stack = terminal.market, Stack.of(terminal)
        peak = highest_peak(self.guards.rules, self.guards.memory)
        if self._is_vague(terminal.book, market) or not stack.side or peak is None:
            return start
        price = stack.price_at(peak)
        quotes = market.closing(stack.side)
        below, above = (0.0, price) if stack.side == LONG else (price, 0.0)
        return market.first_touch(quotes, below, above, start, stop) if price > 0.0 else start

    def _take_peak(self, terminal: Core, bar: int) -> None:
        """The best equity of a bar, the prices of other symbols where they stand."""
        market, stack = terminal.market, Stack.of(terminal)
        if not stack.side:
            return
        quotes = market.closing(stack.side)
        best = quotes.high[bar] if stack.side == LONG else quotes.low[bar]
        before = self._levels()
        self.guards.note_equity(stack.equity_at(best, market.asks.open[bar] - market.bids.open[bar]))
        if self._levels() != before:
            self.guards.terminal.book.changes += 1

    # ------------------------------------------------------------- levels of the equity

    def danger(self) -> float:
        """The highest equity at which a limit would act now; minus infinity if there is none."""
        return self._highest()[0]

    def _highest(self) -> tuple[float, str]:
        guards, book = self.guards, self.guards.terminal.book
        found = [(line.floor, line.rule.name) for line in guards.lines() if line.rule.measure == "equity"]
        level = guards.rules.margin.flatten_level
        if level is not None and "margin" not in guards.halts:
            found.append((level / 100.0 * book.margin(), "margin"))
        if not found:
            return -np.inf, ""
        floor, name = max(found)
        reserve = guards.rules.reserve
        kept = reserve * sum(p.volume for p in book.positions.values())
        if book.orders:
            kept += waiting_cost(guards.terminal, look_at(guards.terminal), reserve)
        return floor + kept, name

    def floor(self, player: Search, gap: float) -> Ruin | None:
        """The price at which a limit is reached; None where there is none to watch.

        Args: gap: between bid and ask.
        """
        book, market = player.book, player.market
        if not self._by_equity or not book.positions or self._spent == (book.changes, market.bar):
            return None
        vague = self._is_vague(book, market)
        key = (book.changes, tuple(book.orders), len(self.guards.halts))
        known = self._floors.get(market)
        if not vague and known is not None and known[0] == key:
            return known[1]
        found = self._find_floor(player, gap)
        self._floors[market] = (key, found)
        return found

    def _find_floor(self, player: Search, gap: float) -> Ruin | None:
        level, name = self._highest()
        stack = Stack.in_book(player.book, player.market)
        if level == -np.inf or not stack.side:
            return None
        price = last_safe_price(stack, level, gap)
        return Ruin(player.market, stack.side, price, name) if price > 0.0 else None


def oversee(replay: Replay, rules: Rules) -> Overseer:
    """Put the account of a run that has not begun under guards."""
    overseer = Overseer(rules, replay.exchange)
    for lane in replay.lanes:
        overseer.take_in(lane.terminal, replay.exchange)
    return overseer
