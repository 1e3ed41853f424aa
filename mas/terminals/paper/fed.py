"""The account on paper whose market is that of a real terminal: its quotes, none of its money.

The account lives through the ticks of the terminal in stretches: a minute at most, less where a level may have been
reached, and over times in which nobody looked in the terminal's own minutes. Within a stretch the stop comes first, as
within a bar of a backtest. Orders fill at the newest quote.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mas import constants as mt5
from mas.errors import DataError
from mas.history import bars_of_rates
from mas.records import RecordError
from mas.terminals.paper.fed_file import OPENED, REQUEST, STEP, FedFile
from mas.terminals.paper.names import ACCEPTED, ACCOUNT, NOT_KEPT, OF_ACCOUNT, OF_MARKET, SERVER
from mas.terminals.simulated.growing import GrowingMarket
from mas.terminals.simulated.history import RATES
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.structs import OrderSendResult, SymbolInfo, Tick

log = logging.getLogger("mas")

_MINUTE, _DAY = 60, 86_400
_TICKS_AT_ONCE = 10_000
_LONGEST_GAP = 600
"""Seconds without a look, after which the terminal's minutes are taken instead of its ticks."""
_OPEN_END = 2**62


@dataclass
class _Stretch:
    """What the bid has done since the account last lived through something. `spread`: the widest, in points."""

    time: int
    opening: float
    high: float
    low: float
    close: float
    spread: float

    def take(self, time: int, bid: float, spread: float) -> None:
        self.time, self.close, self.spread = time, bid, max(self.spread, spread)
        self.high, self.low = max(self.high, bid), min(self.low, bid)


class _Account(SimulatedTerminal):
    """The simulated account; of a waiting order `last_bar` is the time at which it expires."""

    kind_of_market = GrowingMarket
    market: GrowingMarket

    def _last_bar(self, time_type: int, expiration: int) -> int:
        if time_type == mt5.ORDER_TIME_GTC:
            return _OPEN_END
        if time_type == mt5.ORDER_TIME_SPECIFIED:
            return expiration
        day = self.market.time if time_type == mt5.ORDER_TIME_DAY else expiration
        return (day // _DAY + 1) * _DAY

    def live_through(self, stretch: _Stretch) -> None:
        """Let a stretch of the market happen."""
        market = self.market
        moment = max(stretch.time, market.times[len(market) - 1] + 1 if len(market) else 0)
        market.append(moment, stretch.opening, stretch.high, stretch.low, stretch.close, 0.0, stretch.spread)
        self.player.follow(None)
        for order in [order for order in self.book.orders.values() if order.last_bar <= moment]:
            self.book.finish(order, mt5.ORDER_STATE_EXPIRED)
        self.play(len(market) - 1)

    def may_touch(self, stretch: _Stretch) -> bool:
        """Whether a stretch, or the way to it, may reach a level or an order's end."""
        market, book = self.market, self.book
        low, high = min(stretch.low, market.bid), max(stretch.high, market.bid) + stretch.spread * market.spec.point
        levels = [level for p in book.positions.values() for level in (p.sl, p.tp) if level]
        levels += [order.price for order in book.orders.values()]
        ends = any(order.last_bar <= stretch.time for order in book.orders.values())
        return ends or any(low <= level <= high for level in levels)

    @property
    def holds(self) -> bool:
        """Whether there is anything that prices or time can do something to."""
        return bool(self.book.positions or self.book.orders)


class FedTerminal:
    """MetaTrader5's functions: those about prices are the source's, those about the account are its own.

    The account does not see what happens while nobody has it open; when it is opened again it lives through the
    minutes that the source has of that time.

    Args: source: a terminal's functions (a `Connection`). symbol: the one that is traded. file: of the account; made if
        it is not there. interval: seconds between two looks at the source. clock: seconds. settings: of
        `SimulatedTerminal` (deposit, leverage, commission, account, terms ...), but for the spread: it is the source's.
    Raises: DataError: the file belongs to another symbol or other terms. RecordError: it cannot be used. BrokerError:
        the source does not answer, now or in any call.
    """

    def __init__(
        self, source: Any, symbol: str, file: Path | str, *, login: int = ACCOUNT, interval: float = 0.5,
        clock: Callable[[], float] = time.monotonic, **settings: Any,
    ) -> None:  # fmt: skip
        self._source, self._symbol, self._settings, self._login = source, symbol, settings, login
        self._interval, self._clock, self._due = interval, clock, 0.0
        self._error: tuple[int, str] | None = None
        self._lost = False
        self._stretch: _Stretch | None = None
        """What the account has not lived through yet."""
        self._seen = 0
        """Milliseconds of the server's clock up to which the market has been looked at."""
        self._file = FedFile(file)
        self._carry_out_again()

    # ------------------------------------------------------------- the functions of the MetaTrader5 module

    def initialize(
        self, path: str = "", *, login: int = 0, password: str = "", server: str = "", **options: Any
    ) -> bool:
        """Open the account; after its file could not be written, again from what that says."""
        self._error = None
        if login not in (0, self._login):
            self._error = (mt5.RES_E_AUTH_FAILED, "Terminal: Authorization failed")
            return False
        if self._lost:
            try:
                self._carry_out_again()
            except RecordError as error:
                self._error = (mt5.RES_E_INTERNAL_FAIL_INIT, str(error))
                return False
        self._lost = False
        return self._account.initialize(login=self._login, server=SERVER)

    def login(self, login: int, password: str = "", server: str = "", timeout: int = 60_000) -> bool:
        """As `initialize`: there is one account."""
        return self.initialize(login=login, password=password, server=server)

    def shutdown(self) -> bool:
        """Let go of the account; the source stays as it is."""
        self._error = None
        return self._account.shutdown()

    def last_error(self) -> tuple[int, str]:
        """What went wrong with the latest call."""
        return self._error or self._account.last_error()

    def order_send(self, request: dict[str, Any] | None = None, /, **fields: Any) -> OrderSendResult | None:
        """Carry out a trade request at the newest quote, and write it down before the answer is given."""
        self._error = None
        given = fields if request is None else request
        try:
            self._look()
            self._live_on()
            answer = self._account.order_send(dict(given))
            if answer is not None and answer.retcode in ACCEPTED:
                market = self._account.market
                told = {"request": dict(given), "time": market.time, "bid": market.bid, "ask": market.ask}
                self._file.write(REQUEST, told, durable=True)
        except RecordError as error:
            log.error("the account on paper is closed until it can be written: %s", error)
            self._account.shutdown()
            self._lost, self._error = True, NOT_KEPT
            return None
        return answer

    def __getattr__(self, name: str) -> Any:
        """The other functions, and the constants."""
        if name.isupper() and hasattr(mt5, name):
            return getattr(mt5, name)
        if name in OF_MARKET:
            self._error = None
            return getattr(self._source, name)
        if name not in OF_ACCOUNT:
            raise AttributeError(f"the terminal on paper has no {name!r}")
        self._error = None
        if not self._lost and self._clock() >= self._due:
            self._look()
        return getattr(self._account, name)

    # ------------------------------------------------------------- living on

    def _look(self) -> None:
        """Take in what the market has done since the last look."""
        self._due = self._clock() + self._interval
        tick = self._source.symbol_info_tick(self._symbol)
        stamp = tick.time_msc or tick.time * 1000
        if stamp <= self._seen or not tick.bid:
            return
        if self._account.holds:
            if stamp - self._seen > 1000 * _LONGEST_GAP:
                self._catch_up(int(tick.time))
            else:
                self._take_ticks(stamp, tick)
        self._account.market.stand(int(tick.time), tick.bid, tick.ask)
        self._seen = stamp

    def _take_ticks(self, until: int, quote: Tick) -> None:
        found = self._source.copy_ticks_from(self._symbol, self._seen // 1000, _TICKS_AT_ONCE, mt5.COPY_TICKS_INFO)
        news = [tick for tick in found if self._seen < tick["time_msc"] <= until and tick["bid"]]
        for tick in news:
            self._take(int(tick["time"]), float(tick["bid"]), float(tick["ask"]))
        if not news:  # a terminal that keeps no ticks
            self._take(int(quote.time), quote.bid, quote.ask)

    def _take(self, time: int, bid: float, ask: float) -> None:
        spread = max(round((ask - bid) / self._account.market.spec.point, 3), 0.0)
        if self._stretch is not None and time // _MINUTE != self._stretch.time // _MINUTE:
            self._live_on()
        if self._stretch is None:
            self._stretch = _Stretch(time, bid, bid, bid, bid, spread)
        else:
            self._stretch.take(time, bid, spread)
        if self._account.may_touch(self._stretch):
            self._live_on()

    def _catch_up(self, now: int) -> None:
        """Live through the minutes in which nobody looked; the one in which that began counts from its next on."""
        self._live_on()
        rates = self._source.copy_rates_range(self._symbol, mt5.TIMEFRAME_M1, self._seen // 1000 + 1, now)
        log.warning("%s: %d minutes are caught up with on the account on paper", self._symbol, len(rates))
        for row in rates:
            prices = (float(row[name]) for name in ("open", "high", "low", "close", "spread"))
            self._stretch = _Stretch(min(int(row["time"]) + _MINUTE - 1, now), *prices)
            self._live_on()

    def _live_on(self) -> None:
        """Have the account live through what it has not yet, if that can make any difference."""
        stretch, self._stretch = self._stretch, None
        if stretch is None or not self._account.holds:
            return
        self._file.write(STEP, vars(stretch), durable=False)
        self._account.live_through(stretch)

    # ------------------------------------------------------------- the file

    def _carry_out_again(self) -> None:
        """Bring a fresh account to where the file says that it was."""
        rows = self._file.rows()
        first = next(rows, None)
        opened = self._open_new() if first is None else first.data
        if (opened["symbol"], opened["settings"]) != (self._symbol, self._plain_settings()):
            raise DataError(
                f"the account on paper was opened for {opened['symbol']} with {opened['settings'] or 'the usual terms'}"
                f", not for {self._symbol} with {self._plain_settings() or 'the usual terms'}: open it as before, or "
                "begin another account"
            )
        info = SymbolInfo(**opened["info"])
        bars = bars_of_rates(np.empty(0, RATES), self._symbol, "M1", info)
        self._account = _Account(bars, **self._settings)
        self._account.static_symbol_info = self._account._infos[self._symbol] = info
        self._account.book.deposit_at(opened["time"])
        self._stretch, self._seen = None, opened["time"] * 1000 - 1
        self._account.initialize()
        for row in rows:
            self._again(row.kind, row.data)
        self._account.shutdown()

    def _again(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == STEP:
            self._account.live_through(_Stretch(**data))
            self._seen = max(self._seen, data["time"] * 1000)
            return
        self._account.market.stand(data["time"], data["bid"], data["ask"])
        self._seen = max(self._seen, data["time"] * 1000)
        answer = self._account.order_send(dict(data["request"]))
        if answer is None or answer.retcode not in ACCEPTED:
            raise DataError(f"a request that the account on paper had accepted is refused now: {data['request']}")

    def _open_new(self) -> Mapping[str, Any]:
        quote, info = self._source.symbol_info_tick(self._symbol), self._source.symbol_info(self._symbol)
        opened = {
            "symbol": self._symbol, "settings": self._plain_settings(), "info": info._asdict(), "time": int(quote.time)
        }  # fmt: skip
        self._file.write(OPENED, opened, durable=True)
        return opened

    def _plain_settings(self) -> str:
        return ", ".join(f"{name} {value!r}" for name, value in sorted(self._settings.items()) if value is not None)

    def close(self) -> None:
        """Let go of the account's file."""
        self._account.shutdown()
        self._file.close()
