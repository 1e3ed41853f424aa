"""The engine: it judges every request before it leaves, watches the account, and acts.

The same object does so around a real terminal, a paper one, and inside a backtest. It never stands in the way of what
takes risk off: a closing, a reduction, a tighter stop, a removal go through whatever it knows or does not know.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from mas import constants as mt5
from mas.errors import BrokerError, ParameterError
from mas.fills import LONG
from mas.terminals.guarded import events
from mas.terminals.guarded.changes import risk_of_change
from mas.terminals.guarded.checks import Case, Objection, next_step, objection, waiting_cost
from mas.terminals.guarded.events import GuardEvent, comment_of
from mas.terminals.guarded.exposure import Added, Blind, Exposure, Flight, added_by
from mas.terminals.guarded.flatten import clear
from mas.terminals.guarded.lines import Line, lines_of, raise_peaks
from mas.terminals.guarded.memory import Halt, memory_of
from mas.terminals.guarded.rules import Rules
from mas.terminals.guarded.sight import Sight, Told
from mas.terminals.guarded.week import NEVER, start_of
from mas.terminals.requests import plain_request
from mas.terminals.retcodes import ACCEPTED
from mas.terminals.structs import OrderSendResult, TradeRequest

log = logging.getLogger("mas")

Forward = Callable[[Any], OrderSendResult | None]

_SETTLE = 60.0
"""Seconds after which an order that was let through and never seen is taken to have come to nothing."""


class Guards(Sight):
    """The guards of one account, or of one strategy's share in it.

    Args: terminal: with MetaTrader5's functions; looked at, and closed on. magics: whose positions and orders are the
        strategy's; None: all. symbols: what is traded: their quotes tell the server's time while nothing is open.
        listener: told of every act, once it is done. clock: seconds that only grow, for the age of quotes. server_time:
        the server's clock; None: the newest quote's time.
    """

    def __init__(
        self, rules: Rules, terminal: Any, *, magics: Iterable[int] | None = None, symbols: Iterable[str] = (),
        listener: Told | None = None, clock: Callable[[], float] = monotonic,
        server_time: Callable[[], int] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(rules, terminal, symbols, clock, server_time, listener)
        self.magics = None if magics is None else frozenset(magics)
        self._own: Any = None
        """The request of the guards' own that is being carried out."""
        self._depth = 0
        self._waits_too_much = ""
        """The limit beyond which waiting orders would go by filling."""
        self._failed_at: tuple[int, float] | None = None
        self._lines: tuple[tuple[Any, ...], list[Line]] | None = None
        """The loss limits, and what they followed from."""
        self.calm: Callable[[], bool] | None = None
        """Says that a look would change nothing, where that can be known without one."""

    # ------------------------------------------------------------- what others call

    def send(self, request: Any, forward: Forward) -> OrderSendResult | None:
        """Judge a trade request, and carry it out by `forward` or answer in its place.

        Raises: whatever `forward` raises.
        """
        if request is self._own:
            return forward(request)
        read = _read(request)
        if read is None:
            return forward(request)  # the terminal says what is wrong with it
        with self.busy():
            answer = self._judged(request, read, forward)
        if answer is None:
            return None  # what the terminal says of it must stay its last word
        try:
            self.watch()
        except Exception as error:  # the request has been answered, and nobody may think that it was not
            log.error("the guards could not look after a request: %r", error)
        return answer

    @contextmanager
    def busy(self) -> Iterator[None]:
        """In the meantime requests are judged, and nothing is closed."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def watch(self, now: int | None = None, force: str = "") -> tuple[GuardEvent, ...]:
        """Look at the account and do what is due; to be called at every tick. Returns: what was done.

        Args: now: the server's time if it is later than the quotes say. force: a loss limit that has been reached.
        Raises: BrokerError: as the terminal does; nothing was decided then.
        """
        if self._depth:
            return ()
        if self.calm is not None and not force and now is None and self.calm():
            return ()
        with self.busy():
            try:
                held = self._look(now)
                self._check(held, force)
                self._enforce(held)
            except Blind as blind:
                log.warning("the guards cannot see the account: %s", blind)
        return self._tell()

    def kill(self, by: str, reason: str = "") -> tuple[GuardEvent, ...]:
        """Close everything and let nothing more be opened, until it is released."""
        self._halt("kill", "good", True, 0.0, 0.0, f"killed by {by}" + (f": {reason}" if reason else ""))
        return self.watch()

    def release(self, guard: str = "") -> tuple[str, ...]:
        """End a halt, or all of them. Returns: the guards that were released.

        Raises: ParameterError: there is no such halt; or the file that kills is still there.
        """
        halts = self.memory.halts
        if guard and guard not in halts:
            raise ParameterError(f"{guard} has not halted anything: {', '.join(halts) or 'nothing has'}")
        file = self.rules.kill.file
        if file and guard in ("", "kill") and "kill" in halts and Path(file).exists():
            raise ParameterError(f"the file {file} still kills: remove it first")
        released = (guard,) if guard else tuple(halts)
        for name in released:
            del halts[name]
            self._note(name, events.RELEASED, 0.0, 0.0, f"{name} was released")
        self._tell()
        return released

    @property
    def halts(self) -> Mapping[str, Halt]:
        """What has halted trading, by guard."""
        return self.memory.halts

    def state(self) -> dict[str, Any]:
        """What must survive a restart, as plain JSON data."""
        return self.memory.as_json()

    def restore(self, data: Mapping[str, Any]) -> None:
        """Go on from a stored `state`. Raises: ParameterError: it is none."""
        self.memory, self._fresh = memory_of(data), True

    # ------------------------------------------------------------- what the overseer of a simulation asks

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is left over from before: to be told, tried again, or taken back."""
        return not (self._fresh or self._events or self._waits_too_much or self._failed_at)

    def is_closed(self, time: int) -> bool:
        """Whether trading is closed at a time of the week."""
        return bool(self._closed(time))

    def lines(self) -> list[Line]:
        """The loss limits that have not acted yet."""
        memory = self.memory
        state = (memory.initial, memory.day_balance, memory.day_equity, *memory.peaks.items(), *memory.halts)
        if self._lines is None or self._lines[0] != state:
            found = [line for line in lines_of(self.rules, memory) if line.rule.name not in memory.halts]
            self._lines = state, found
        return self._lines[1]

    def due(self) -> int:
        """The next moment of the server's clock at which there is something to do though nothing happens."""
        memory, rules = self.memory, self.rules
        if memory.day is None:
            return 0
        ends = [start_of(memory.day + 1, rules.day_starts)]
        ends += [week.next_change(memory.time) for week in (self._hours, self._weekend)]
        return min(ends)

    def closing_due(self) -> int:
        """The next moment from which something has to be closed or removed; NEVER if there is none."""
        time = self.memory.time
        if self._closed(time):
            return time
        return min((week.next_change(time) for week in (self._hours, self._weekend)), default=NEVER)

    def note_equity(self, equity: float) -> None:
        """The account has been worth that much in between."""
        raise_peaks(self.rules, self.memory, -math.inf, equity, new_day=False)

    # ------------------------------------------------------------- a request

    def _judged(self, request: Any, read: TradeRequest, forward: Forward) -> OrderSendResult | None:
        if read.action not in (mt5.TRADE_ACTION_DEAL, mt5.TRADE_ACTION_PENDING) or self._certainly_closes(read):
            changes = read.action in (mt5.TRADE_ACTION_SLTP, mt5.TRADE_ACTION_MODIFY)
            refusal = self._of_change(read) if changes else None
            return self._refuse(read, refusal) if refusal is not None else forward(request)
        try:
            held = self._look()
        except Blind as blind:
            return self._refuse(read, Objection("account", mt5.TRADE_RETCODE_CONNECTION, 0.0, 0.0, str(blind)))
        added = added_by(read, held)
        if added is None:
            return forward(request)
        try:
            self._check(held)
            refusal = objection(self._case(added, held))
        except Blind as blind:
            refusal = Objection("account", mt5.TRADE_RETCODE_CONNECTION, 0.0, 0.0, str(blind))
        if refusal is not None:
            return self._refuse(read, refusal)
        return self._let_through(request, read, added, held, forward)

    def _certainly_closes(self, read: TradeRequest) -> bool:
        """Whether a request names a position and takes no more than it has: it must not depend on anything else."""
        if read.action != mt5.TRADE_ACTION_DEAL or not read.position:
            return False
        try:
            found = self.terminal.positions_get(ticket=read.position)
        except BrokerError:
            return True
        if not found:
            return True
        position = found[0]
        opposite = (position.type == mt5.POSITION_TYPE_BUY) != (read.type == mt5.ORDER_TYPE_BUY)
        return bool(opposite and read.volume <= position.volume + 1e-9)

    def _of_change(self, read: TradeRequest) -> Objection | None:
        """Whether moving a stop away (or a waiting order) would put more at risk than a limit has left."""
        if not any(rule.risk for rule in self.rules.limits):
            return None
        try:
            held = self._look()
            return risk_of_change(read, held, lambda added: self._case(added, held))
        except (Blind, BrokerError):
            return None

    def _case(self, added: Added, held: Exposure) -> Case:
        tick, info = self.terminal.symbol_info_tick(added.symbol), self.terminal.symbol_info(added.symbol)
        if tick is None or info is None:
            raise Blind(f"the terminal gives no quote of {added.symbol}: {self.terminal.last_error()[1]}")
        age = self._age(added.symbol, tick.time_msc)
        counted = held if self.rules.scope == "account" else held.of(self.magics)
        flights = [flight.added for flight in self._flights]
        return Case(
            self.rules, self.memory, added, held, counted, flights, self.lines(), tick, info, age,
            self._closed(self.memory.time), self.terminal,
        )  # fmt: skip

    def _let_through(
        self, request: Any, read: TradeRequest, added: Added, held: Exposure, forward: Forward
    ) -> OrderSendResult | None:
        self.memory.sent.append(self.memory.time)
        self.memory.sent_today += 1
        quote = self._quote(read)
        net = held.net(added.symbol) + (LONG if read.type % 2 == 0 else -LONG) * read.volume
        flight = Flight(added, 0, read.comment, net, self._clock() + _SETTLE)
        try:
            answer = forward(request)
        except BrokerError:
            self._flights.append(flight)
            raise
        if answer is None or answer.retcode in (mt5.TRADE_RETCODE_TIMEOUT, mt5.TRADE_RETCODE_PLACED):
            self._flights.append(flight._replace(ticket=0 if answer is None else answer.order))
            return answer
        if answer.retcode in ACCEPTED:
            self._flights.append(flight._replace(ticket=answer.order))
            self._slipped(read, answer, quote)
        return answer

    def _quote(self, read: TradeRequest) -> tuple[float, float] | None:
        """The price that an order is sent on, and what a point is; None if no fill has to be compared with it."""
        if self.rules.slippage.points is None or read.action != mt5.TRADE_ACTION_DEAL:
            return None
        tick, info = self.terminal.symbol_info_tick(read.symbol), self.terminal.symbol_info(read.symbol)
        if tick is None or info is None:
            return None
        return (tick.ask if read.type == mt5.ORDER_TYPE_BUY else tick.bid), info.point

    def _slipped(self, read: TradeRequest, answer: OrderSendResult, quote: tuple[float, float] | None) -> None:
        """Compare a fill with the quote that it was sent on."""
        rule = self.rules.slippage
        if rule.points is None or quote is None or not answer.price:
            return
        worse = answer.price - quote[0] if read.type == mt5.ORDER_TYPE_BUY else quote[0] - answer.price
        points = round(worse / quote[1], 3)
        if points <= rule.points:
            return
        text = f"filled {points:g} points worse than the quote; {rule.points:g} are expected at most"
        self._note("slippage", events.ALARM, rule.points, points, text, read.symbol)
        if rule.action == "halt":
            self._halt("slippage", "day", False, rule.points, points, text)

    def _refuse(self, read: TradeRequest, why: Objection) -> OrderSendResult:
        self._note(why.guard, events.REFUSED, why.limit, why.measured, why.text, read.symbol)
        return OrderSendResult(why.retcode, 0, 0, 0.0, 0.0, 0.0, 0.0, comment_of(why.guard), 0, 0, read)

    # ------------------------------------------------------------- acting

    def _check(self, held: Exposure, force: str = "") -> None:
        """Halt what has reached its limit."""
        kill, margin, account = self.rules.kill, self.rules.margin, held.account
        if kill.file and "kill" not in self.memory.halts and Path(kill.file).exists():
            self._halt("kill", "good", kill.action == "flatten", 0.0, 0.0, f"the file {kill.file} exists")
        level = margin.flatten_level
        if level is not None and "margin" not in self.memory.halts and account.margin > 0.0:
            measured = 100.0 * account.equity / account.margin
            if measured <= level or force == "margin":
                text = f"the margin level is {measured:.1f} %, and {level:g} % is where everything is closed"
                self._halt("margin", margin.halt, True, level, round(measured, 2), text)
        self._waits_too_much = ""
        lines, worth = self.lines(), {"equity": account.equity, "balance": account.balance}
        step = cost = 0.0
        if any(line.rule.measure == "equity" for line in lines):
            step = next_step(self.terminal, held, self.rules.reserve)
            cost = waiting_cost(self.terminal, held, self.rules.reserve)
        for line in lines:
            rule, value = line.rule, worth[line.rule.measure]
            room, more = (step, cost) if rule.measure == "equity" else (0.0, 0.0)
            if line.is_near(value, room) or (force == rule.name and not more):
                loss = round(line.reference - value, 2)
                text = f"the loss is {loss:g} by the {rule.measure}, and {line.limit:g} is the limit"
                self._halt(rule.name, rule.halt, rule.action == "flatten", round(line.limit, 2), loss, text)
            elif more and (line.is_near(value, room + more) or force == rule.name):
                self._waits_too_much = rule.name

    def _halt(self, guard: str, until: str, flatten: bool, limit: float, measured: float, text: str) -> None:
        if guard in self.memory.halts:
            return
        memory = self.memory
        day = memory.day if memory.day is not None else 0
        memory.halts[guard] = Halt(guard, until, day, memory.time, flatten, text)
        what = "everything is closed" if flatten else "nothing more is opened"
        end = "for the day" if until == "day" else "until it is released"
        self._note(guard, events.HALTED, limit, measured, f"{text}: {what}, {end}")

    def _enforce(self, held: Exposure) -> None:
        """Remove what waits, and close what is open, where a halt or the time of the week says so."""
        closed, rules = self._closed(self.memory.time), self.rules
        flats = [halt.guard for halt in self.memory.halts.values() if halt.flatten]
        if closed == "weekend" or (closed == "hours" and rules.hours.outside == "flatten"):
            flats.append(closed)
        names = flats or list(self.memory.halts) or [name for name in (closed, self._waits_too_much) if name]
        if not names or not (held.positions or held.orders) or self._waits_to_try_again():
            return
        mine = held if rules.flatten == "account" else held.of(self.magics)
        orders = [o for o in mine.orders if flats or not held.takes_off(o)]
        positions = mine.positions if flats else ()
        if not orders and not positions:
            return
        done = clear(self.terminal, self._send_own, positions, orders, comment_of(names[0]))
        if done.text:
            self._note(names[0], events.CLOSED, 0.0, done.closed + done.removed, done.text)
        self._failed_at = (self.memory.time, self._clock()) if done.failed else None
        if done.failed:
            text = f"still open, and tried again: {'; '.join(done.failed)}"
            self._note(names[0], events.FAILED, 0.0, len(done.failed), text)

    def _waits_to_try_again(self) -> bool:
        """Whether a closing has just failed: it is tried again a second later."""
        failed = self._failed_at
        return failed is not None and self.memory.time <= failed[0] and self._clock() < failed[1] + 1.0

    def _send_own(self, request: dict[str, Any]) -> OrderSendResult | None:
        self._own = request
        try:
            answer: OrderSendResult | None = self.terminal.order_send(request)
            return answer
        finally:
            self._own = None


def _read(request: Any) -> TradeRequest | None:
    """The request as a tuple; None if it is none that a terminal could carry out."""
    if not isinstance(request, Mapping):
        return None
    try:
        return TradeRequest(**plain_request(request))
    except ParameterError:
        return None
