"""The channel straight to a terminal: it asks for what is new, and sends. Nothing is written down.

Anything with the MetaTrader5 module's functions is a terminal here: the module, a connection to a real one, one on
paper, one that is simulated. A bar is complete when the terminal has begun the next one.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mas import constants as mt5
from mas.bars import Bars
from mas.errors import BrokerError, ConnectionLost, DataError, ParameterError
from mas.history import bars_of_rates
from mas.terminals.structs import OrderSendResult, SymbolInfo, Tick
from mas.terminals.troubles import OutcomeUnknown
from mas.timeframes import TIMEFRAMES
from mas.trading.channel import Start
from mas.trading.events import Tracker, earlier_deals
from mas.trading.inputs import BarClosed, Closed, Event, Input, Observation, Opened, Outcome

log = logging.getLogger("mas")

MOST_BARS = 100_000
"""At the start of a run; a terminal may have fewer."""
SETTLE = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds before each look for what a request has done: a terminal may show it late."""

_AT_ONCE = 5_000
_DONE = (mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_DONE_PARTIAL, mt5.TRADE_RETCODE_PLACED)


class DirectChannel:
    """One symbol, timeframe and magic number of a terminal.

    Args: interval: seconds between two looks. late: seconds after a bar's begin from which the one before counts as
        missed; a tenth of a bar if not given. settle: see `SETTLE`. clock, pause: seconds, and how to let them pass.
    """

    recovering = False

    def __init__(
        self, terminal: Any, symbol: str, timeframe: str, magic: int, *, interval: float = 1.0,
        late: float | None = None, settle: Sequence[float] = SETTLE, clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Any] = time.sleep,
    ) -> None:  # fmt: skip
        self.terminal, self.symbol, self.timeframe, self.magic = terminal, symbol, timeframe, magic
        self._code: int = getattr(mt5, f"TIMEFRAME_{timeframe}")
        self._interval, self._clock, self._pause = interval, clock, pause
        self._late = min(max(TIMEFRAMES[timeframe] / 10.0, 5.0), 300.0) if late is None else late
        self._settle = tuple(settle)
        self._inputs: deque[Input] = deque()
        self._news: list[Event] = []
        """What was found and is not told yet: a later question of the same look may have failed."""
        self._last: int | None = None
        """Open time of the last complete bar that was given."""
        self._tracker: Tracker | None = None
        self._reconnects = 0
        self._foreign: bool | None = None
        """Whether profits are in a currency that the symbol's own price does not convert."""

    # ------------------------------------------------------------- the beginning

    def start(self, count: int) -> Start:
        """See `Channel`. Raises: ParameterError: there is something open or waiting under the magic number already."""
        self._ask("symbol_select", self.symbol, True)
        self._refuse_leftovers()
        quote = self._quote()
        earlier = earlier_deals(self.ask, self.symbol, self.magic, quote.time)
        start = Start(
            self.history(count), self._ask("account_info"), self._info(), self._observation(quote), earlier
        )  # fmt: skip
        self.resume(start)
        return start

    def resume(self, start: Start) -> None:
        """Go on with a run that began like that; `recall` tells what has happened since."""
        bars = start.bars
        self._last = int(bars.time[-1]) if len(bars) else None
        self._tracker = Tracker(
            self.ask, self.symbol, self.magic, start.seen.time, start.earlier, settle=max(self._settle, default=0.0),
            clock=self._clock,
        )  # fmt: skip
        self._reconnects = getattr(self.terminal, "reconnects", 0)

    def recall(self, item: Input | Outcome, request: Mapping[str, Any] | None = None) -> None:
        """The session knows this already. Args: request: what an outcome is of."""
        if isinstance(item, BarClosed):
            self._last = item.time
        if isinstance(item, Outcome) and request is not None and item.retcode in _DONE:
            self.tracker.recall_request(request, item.order)
        self.tracker.recall(item)

    def history(self, count: int, last: int | None = None) -> Bars:
        """The newest `count` complete bars (0: all there are), or those up to one that opened at `last`.

        Raises: DataError: the terminal has none, or does not say.
        """
        try:
            rates = self._newest(count) if last is None else self._up_to(last, count or MOST_BARS)
        except ConnectionLost:
            raise
        except BrokerError as error:
            raise DataError(f"the terminal gives no {self.symbol} {self.timeframe} bars: {error}") from error
        return bars_of_rates(rates, self.symbol, self.timeframe, self._info())

    def _up_to(self, last: int, count: int) -> Any:
        return self._ask("copy_rates_from", self.symbol, self._code, last, count)

    def _newest(self, count: int) -> Any:
        """So many complete bars; where all are wanted (0), as many as the terminal gives at once."""
        for most in (count,) if count else (MOST_BARS, MOST_BARS // 4, _AT_ONCE):
            try:
                return self._ask("copy_rates_from_pos", self.symbol, self._code, 0, most + 1)[:-1]
            except ConnectionLost:
                raise
            except BrokerError:
                if most in (count, _AT_ONCE):
                    raise
        raise AssertionError("the last of them returns or raises")

    def _refuse_leftovers(self) -> None:
        left = [p.ticket for p in self._ask("positions_get", symbol=self.symbol) if p.magic == self.magic]
        left += [o.ticket for o in self._ask("orders_get", symbol=self.symbol) if o.magic == self.magic]
        if left:
            raise ParameterError(
                f"under the magic number {self.magic} there is something of {self.symbol} already (tickets "
                f"{', '.join(map(str, left))}) that this run knows nothing of: go on with the run that it belongs to, "
                "close it, or give the strategy another magic number"
            )

    # ------------------------------------------------------------- what is new

    def next(self, wait: float) -> Input | None:
        """See `Channel`."""
        until = self._clock() + wait
        while not self._inputs:
            self._look()
            left = until - self._clock()
            if self._inputs or left <= 0.0:
                break
            self._pause(min(self._interval, left))
        return self._inputs.popleft() if self._inputs else None

    def decided(self, signals: Mapping[str, float | bool]) -> None:
        """Nobody is told."""

    def note(self, kind: str, **data: Any) -> None:
        """A line in the log."""
        log.info("%s: %s", kind, ", ".join(f"{name} {value}" for name, value in data.items()))

    def _look(self) -> None:
        rates = self._rates()
        lost = getattr(self.terminal, "reconnects", 0) != self._reconnects
        seen = self.observe()
        self._reconnects = getattr(self.terminal, "reconnects", 0)
        if len(rates) and self._last is None:
            self._last = int(rates["time"][0]) - 1  # the run began before there was a bar
        fresh = rates[:-1][rates["time"][:-1] > self._last] if len(rates) else rates
        if not len(fresh):
            if seen.events:
                self._inputs.append(seen)
            return
        self._inputs += _bars(fresh, seen, int(rates["time"][-1]), self._late, lost=lost)
        self._last = int(fresh["time"][-1])

    def _rates(self) -> Any:
        """The newest bars, back to the last one that was given; the last of them is forming."""
        count = 3
        while True:
            rates = self._ask("copy_rates_from_pos", self.symbol, self._code, 0, count)
            if not len(rates) or self._last is None or rates["time"][0] <= self._last or len(rates) < count:
                return rates
            if count >= _AT_ONCE:
                log.error("%s %s: bars before %d were missed", self.symbol, self.timeframe, rates["time"][0])
                return rates
            count = min(4 * count, _AT_ONCE)

    # ------------------------------------------------------------- requests

    def send(self, request: Mapping[str, Any], comment: str) -> Outcome:
        """See `Channel`; what the terminal is sent is the request with its own comment."""
        sent = {key: value for key, value in request.items() if value is not None}
        if not getattr(self.terminal, "takes_through", False):
            sent.pop("through", None)  # only terminals of our own know that a price may have been passed
        for key in ("position", "position_by"):
            if sent.get(key):
                sent[key] = self.tracker.ticket_of(sent[key])
        answer: OrderSendResult | None = self.terminal.order_send(sent)
        if answer is None:
            code, text = self.terminal.last_error()
            if code <= mt5.RES_E_INTERNAL_FAIL:
                raise OutcomeUnknown(f"no answer came to a trade request ({code} {text})")
            return Outcome(mt5.TRADE_RETCODE_INVALID, 0, 0, 0.0, 0.0, f"{code} {text}", self.observe())
        if answer.retcode == mt5.TRADE_RETCODE_TIMEOUT:
            raise OutcomeUnknown(f"the server did not answer in time ({answer.retcode} {answer.comment})")
        return self.answered(request, answer)

    def answered(self, request: Mapping[str, Any], answer: OrderSendResult) -> Outcome:
        """The outcome of a request that has been answered: what it has done is looked for.

        Args: request: its positions by their identifiers.
        """
        if answer.retcode not in _DONE:
            return _outcome(answer, self.observe())
        self.tracker.accepted(request, answer)
        for wait in self._settle if request["action"] == mt5.TRADE_ACTION_DEAL else self._settle[:1]:
            if wait:
                self._pause(wait)
            self._news += self.tracker.find()
            if _shows(self._news, answer) or self.tracker.has_told(answer.deal):
                break
        else:
            self._news += self._presumed(request, answer)
        return _outcome(answer, self._observation(self._quote()))

    def _presumed(self, request: Mapping[str, Any], answer: OrderSendResult) -> Sequence[Event]:
        """A market order's fill as its answer tells it: the terminal does not show the deal yet."""
        entry = request["action"] == mt5.TRADE_ACTION_DEAL and not request.get("position")
        netting = self._ask("account_info").margin_mode != mt5.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING
        if not entry or netting or not (answer.deal and answer.volume and answer.price) or _shows(self._news, answer):
            return ()
        levels = float(request.get("sl") or 0.0), float(request.get("tp") or 0.0)
        side = 1 if request["type"] == mt5.ORDER_TYPE_BUY else -1
        event = Opened(
            answer.order, answer.order, side, answer.volume, answer.price, *levels, self._quote().time, answer.deal
        )  # fmt: skip
        self.tracker.recall(Observation(0, 0.0, 0.0, 0.0, 0.0, 0.0, (event,)))
        return (event,)

    def observe(self) -> Observation:
        """Quote, account and news of this moment."""
        self._news += self.tracker.find()
        return self._observation(self._quote())

    # ------------------------------------------------------------- the terminal

    @property
    def tracker(self) -> Tracker:
        """What the session knows. Raises: ParameterError: the run has not begun."""
        if self._tracker is None:
            raise ParameterError("the channel has not been started")
        return self._tracker

    def ask(self, name: str, /, *args: Any, **which: Any) -> Any:
        """The answer of a function of the terminal. Raises: BrokerError, ConnectionLost: it has none."""
        return self._ask(name, *args, **which)

    def _ask(self, name: str, /, *args: Any, **which: Any) -> Any:
        answer = getattr(self.terminal, name)(*args, **which)
        if answer is None:
            code, text = self.terminal.last_error()
            lost = code <= mt5.RES_E_INTERNAL_FAIL
            raise (ConnectionLost if lost else BrokerError)(f"{name} failed: {code} {text}")
        return answer

    def _info(self) -> SymbolInfo:
        found: SymbolInfo = self._ask("symbol_info", self.symbol)
        return found

    def _quote(self) -> Tick:
        found: Tick = self._ask("symbol_info_tick", self.symbol)
        return found

    def _observation(self, quote: Tick) -> Observation:
        """The news with quote and account: told, once nothing can fail any more."""
        account = self._ask("account_info")
        events, self._news = tuple(self._news), []
        if self._tracker is not None:
            self._tracker.reached(quote.time)
        return Observation(
            quote.time, quote.bid, quote.ask, account.balance, account.equity, account.margin, events,
            self._rate(account.currency),
        )  # fmt: skip

    def _rate(self, currency: str) -> float:
        """What a unit of the profit currency is worth; 0.0 where the symbol's own currencies tell."""
        if self._foreign is None:
            info = self._info()
            self._foreign = currency not in (info.currency_profit, info.currency_base)
        if not self._foreign:
            return 0.0
        info = self._info()
        per_price = info.trade_tick_size * info.trade_contract_size
        return float(info.trade_tick_value / per_price) if per_price else 0.0


def _shows(events: Sequence[Event], answer: OrderSendResult) -> bool:
    """Whether all that an answered request has filled is among the events."""
    deals = (event for event in events if isinstance(event, Opened | Closed))
    filled = sum(deal.volume for deal in deals if deal.order == answer.order)
    return filled > 0.0 and filled >= answer.volume - 1e-9


def _outcome(answer: OrderSendResult, seen: Observation) -> Outcome:
    return Outcome(
        answer.retcode, answer.order, answer.deal, answer.volume, answer.price, answer.comment, seen
    )  # fmt: skip


def _bars(rates: Any, seen: Observation, forming: int, late: float, *, lost: bool) -> list[Input]:
    """Complete bars as inputs; each has what happened up to its end, the newest the rest.

    Args: forming: open time of the bar that comes after them. lost: whether the connection was lost in between.
    """
    news, found = list(seen.events), []
    times = [*(int(time) for time in rates["time"][1:]), forming]
    overdue = seen.time - forming > (0.0 if lost else late)
    for row, end in zip(rates, times, strict=True):
        newest = end == forming
        past = news if newest else [event for event in news if _time_of(event, end) < end]
        news = [event for event in news if event not in past]
        found.append(_bar(row, seen, tuple(past), missed=overdue or not newest))
    return found


def _time_of(event: Event, otherwise: int) -> int:
    return int(getattr(event, "time", otherwise))


def _bar(row: Any, seen: Observation, events: tuple[Event, ...], *, missed: bool) -> Input:
    at = replace(seen, events=events)
    opening, high, low, close = (float(row[name]) for name in ("open", "high", "low", "close"))
    volume, spread = float(row["tick_volume"]), float(row["spread"])
    return BarClosed(int(row["time"]), opening, high, low, close, volume, spread, at, missed)
