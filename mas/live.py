"""The live loop: one thread that asks the terminal for what is new and calls the client back.

A bar is pushed once, when it is complete, which is when the terminal has begun the next one. Bars that completed while
the terminal was out of reach come in order, each marked `missed`. The thread is no daemon: it keeps the process alive
while something is subscribed, and ends when nothing is left to wait for.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

from mas import constants as mt5
from mas.errors import BrokerError

if TYPE_CHECKING:
    from mas.subscriptions import Subscription
    from mas.terminals.connection import Connection

log = logging.getLogger("mas")

Push = tuple[str, tuple[Any, ...]]
"""A callback's name and its arguments."""
Deliver = Callable[[str, tuple[Any, ...]], bool]
"""Calls a callback; False when the loop should stop, because the callback failed."""

_ORDERS = ("", "ORDERS")
_ORDERS_EVERY = 1.0
_MOST_BARS = 5_000
_TICKS_AT_ONCE = 10_000


class Feed(Protocol):
    """Something subscribed to."""

    interval: float
    """Seconds between two looks."""

    def poll(self) -> Iterator[Push]:
        """What is new. Raises: BrokerError: the terminal did not say."""


class BarFeed:
    """The bars of one symbol and timeframe that complete after the subscription."""

    def __init__(self, connection: Connection, wanted: Subscription) -> None:
        self._connection, self._wanted = connection, wanted
        self._code = getattr(mt5, f"TIMEFRAME_{wanted.timeframe}")
        self.interval = wanted.interval
        self._last: int | None = None
        self._reconnects = connection.reconnects
        self._forming: tuple[float, ...] = ()

    def poll(self) -> Iterator[Push]:
        rates = self._rates()
        lost = self._connection.reconnects != self._reconnects
        self._reconnects = self._connection.reconnects
        if not len(rates):
            return
        complete, forming = rates[:-1], rates[-1]
        if self._last is not None and len(rates) >= _MOST_BARS and rates["time"][0] > self._last:
            symbol, timeframe = self._wanted.symbol, self._wanted.timeframe
            log.error("%s %s: bars before %s were missed and are not delivered", symbol, timeframe, _first(rates))
        if self._last is None:
            self._last = int(complete["time"][-1]) if len(complete) else int(forming["time"]) - 1
        for bar in complete[complete["time"] > self._last]:
            newest = bar["time"] == complete["time"][-1]
            self._last = int(bar["time"])
            yield self._push(bar, missed=lost or not newest)
        if self._wanted.unfinished:
            shape = tuple(float(forming[name]) for name in ("time", "high", "low", "close", "tick_volume"))
            if shape != self._forming:
                self._forming = shape
                yield self._push(forming, unfinished=True)

    def _rates(self) -> Any:
        """The newest bars, back to the last one that was pushed."""
        count = 3
        while True:
            rates = self._connection.copy_rates_from_pos(self._wanted.symbol, self._code, 0, count)
            covered = self._last is None or not len(rates) or rates["time"][0] <= self._last or len(rates) < count
            if covered or count >= _MOST_BARS:
                return rates
            count = min(4 * count, _MOST_BARS)

    def _push(self, bar: Any, **marks: bool) -> Push:
        data = {
            "time": moment(int(bar["time"])),
            "open": float(bar["open"]),
            "high": float(bar["high"]),
            "low": float(bar["low"]),
            "close": float(bar["close"]),
            "volume": float(bar["tick_volume"]),
            "timeframe": self._wanted.timeframe,
            **{name: True for name, holds in marks.items() if holds},
        }
        return "receive_bars", (self._wanted.symbol, data, False)


class TickFeed:
    """The ticks of one symbol that come after the subscription."""

    def __init__(self, connection: Connection, wanted: Subscription) -> None:
        self._connection, self._wanted = connection, wanted
        self.interval = wanted.interval
        self._last: int | None = None
        self._seen = 0  # ticks of the latest millisecond that were pushed

    def poll(self) -> Iterator[Push]:
        symbol, flags = self._wanted.symbol, self._wanted.flags
        if self._last is None:
            quote = self._connection.symbol_info_tick(symbol)
            self._last = quote.time_msc or quote.time * 1000
            past = self._connection.copy_ticks_from(symbol, self._last // 1000, _TICKS_AT_ONCE, flags)
            self._seen = int((past["time_msc"] == self._last).sum()) if len(past) else 0
        while True:
            ticks = self._connection.copy_ticks_from(symbol, self._last // 1000, _TICKS_AT_ONCE, flags)
            fresh = ticks[ticks["time_msc"] >= self._last][self._seen :] if len(ticks) else ticks
            for tick in fresh:
                stamp = int(tick["time_msc"])
                self._seen = self._seen + 1 if stamp == self._last else 1
                self._last = stamp
                yield "receive_ticks", (symbol, tick_data(tick), False)
            if not len(fresh) or len(ticks) < _TICKS_AT_ONCE:
                return


def _first(rates: Any) -> str:
    return f"{moment(int(rates['time'][0])):%Y-%m-%d %H:%M}"


def tick_data(tick: Any) -> dict[str, Any]:
    """The documented dict of a tick."""
    stamp = int(tick["time_msc"])
    return {
        "time": datetime.fromtimestamp(stamp / 1000, UTC).replace(tzinfo=None),
        "bid": float(tick["bid"]),
        "ask": float(tick["ask"]),
        "last": float(tick["last"]),
        "volume": float(tick["volume"]),
    }


def moment(seconds: int) -> datetime:
    """The server's clock as a naive datetime."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


class LiveLoop:
    """The thread of one client.

    Args: deliver: calls a callback. clock, wait: seconds, and how to let them pass (woken early by changes). start:
        begins the thread. Tests bring their own.
    """

    def __init__(
        self, deliver: Deliver, *, clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], Any] | None = None, start: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:  # fmt: skip
        self._deliver, self._clock = deliver, clock
        self._start = start or _thread
        self._lock = threading.RLock()  # a signal's handler may stop the loop in the middle of a subscription
        self._woken: SimpleQueue[None] = SimpleQueue()  # for the same reason: an Event cannot be set from a handler
        self._wait = wait or self._sleep
        self._feeds: dict[tuple[str, str], Feed] = {}
        self._due: dict[tuple[str, str], float] = {}
        self._pushes: deque[Push] = deque()
        self._running = False
        self._troubled: set[tuple[str, str]] = set()
        self.aside: Callable[[], Iterator[Push]] | None = None
        """What else to look at: the orders that wait."""
        self.awaits: Callable[[], bool] | None = None
        """Whether orders wait: then the loop goes on without a subscription, while the main thread is there to hear."""
        self._aside_due = 0.0

    # ------------------------------------------------------------- from any thread

    @property
    def subscribed(self) -> tuple[tuple[str, str], ...]:
        """What is subscribed: (symbol, timeframe or TICKS)."""
        return tuple(self._feeds)

    def add(self, key: tuple[str, str], feed: Feed) -> None:
        """Subscribe; the same key again replaces what there was."""
        with self._lock:
            self._due[key], self._feeds[key] = self._clock(), feed
        self.wake()

    def remove(self, key: tuple[str, str]) -> None:
        """Unsubscribe; nothing happens if it was not subscribed."""
        with self._lock:
            self._feeds.pop(key, None)
        self._woken.put(None)

    def clear(self) -> None:
        """Unsubscribe from everything; what was pushed already is still delivered."""
        with self._lock:
            self._feeds.clear()
        self._woken.put(None)

    def put(self, callback: str, *arguments: Any) -> None:
        """Have a callback called from the loop's thread."""
        self._pushes.append((callback, arguments))
        self.wake()

    def wake(self) -> None:
        """See to it that the loop runs and looks at what has changed."""
        with self._lock:
            self._woken.put(None)
            if self._running:
                return
            self._running = True
        self._start(self.run)

    # ------------------------------------------------------------- the loop's own thread

    def run(self) -> None:
        """Look and push until nothing is subscribed and nothing is left to push."""
        try:
            while (pause := self.step()) is not None:
                self._wait(pause)
        except BaseException:
            with self._lock:  # nobody is left to push: the next subscription begins another thread
                self._feeds.clear()
                self._running = False
            log.critical("the live loop has failed: all subscriptions have ended")
            raise

    def step(self) -> float | None:
        """Do what is due; the seconds until more is, or None when there is nothing left to wait for."""
        while not self._woken.empty():
            self._woken.get()
        self._push_orders()
        with self._lock:
            due = [(key, feed) for key, feed in self._feeds.items() if self._due[key] <= self._clock()]
        for key, feed in due:
            if self._feeds.get(key) is feed:
                self._look(key, feed.poll)
                self._due[key] = max(self._due[key] + feed.interval, self._clock())
        if self.aside is not None and (due or (self._awaits() and self._aside_due <= self._clock())):
            self._look(_ORDERS, self.aside)
            self._aside_due = self._clock() + _ORDERS_EVERY
        with self._lock:
            times = [self._due[key] for key in self._feeds]
            if not times and self._awaits():
                times = [self._aside_due]
            if not times and not self._pushes:
                self._running = False
                return None
            return 0.0 if self._pushes else max(0.0, min(times) - self._clock())

    def _awaits(self) -> bool:
        return self.awaits is not None and self.awaits() and threading.main_thread().is_alive()

    def _look(self, key: tuple[str, str], poll: Callable[[], Iterator[Push]]) -> None:
        feed = self._feeds.get(key)
        try:
            for callback, arguments in poll():
                if not self._deliver(callback, arguments):
                    self.clear()
                self._push_orders()
                if self._feeds.get(key) is not feed:
                    return  # unsubscribed meanwhile
            if key in self._troubled:
                self._troubled.discard(key)
                log.info("%s %s: the terminal answers again", *key)
        except BrokerError as error:
            if key not in self._troubled:
                log.warning("%s %s: the terminal does not answer, trying on: %s", *key, error)
            self._troubled.add(key)

    def _push_orders(self) -> None:
        while self._pushes:
            if not self._deliver(*self._pushes.popleft()):
                self.clear()

    def _sleep(self, seconds: float) -> None:
        with suppress(Empty):
            self._woken.get(timeout=seconds)


def _thread(run: Callable[[], None]) -> None:
    threading.Thread(target=run, name="mas live", daemon=False).start()


class CtrlC:
    """While something is subscribed, Ctrl-C stops the loop, and then does what it did before."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._before: Any = None
        self._set = False

    def watch(self) -> None:
        """Install the handler; only the main thread can, and only once."""
        if not self._set and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self.handle)
            self._set = True

    def release(self) -> None:
        """Put the former handler back."""
        if self._set and threading.current_thread() is threading.main_thread():
            if signal.getsignal(signal.SIGINT) == self.handle:
                signal.signal(signal.SIGINT, self._before)
            self._set = False

    def handle(self, number: int, frame: Any) -> None:
        """Stop all subscriptions; the main thread, if it still runs, is interrupted as usual."""
        log.warning("Ctrl-C: all subscriptions are stopped")
        self._stop()
        self.release()
        if threading.main_thread().is_alive() and callable(self._before):
            self._before(number, frame)
