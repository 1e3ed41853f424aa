"""What all parts of the simulated terminal share: the account, the market, the clock, and how calls fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from mas import constants as mt5
from mas.bars import Bars
from mas.terminals.simulated.book import Book
from mas.terminals.simulated.book import server_order as closing_order
from mas.terminals.simulated.conversion import Rates
from mas.terminals.simulated.history import History
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.money import Money
from mas.terminals.simulated.playing import Listener, Player
from mas.terminals.simulated.rollover import Rollover
from mas.terminals.simulated.symbols import symbol_info_of
from mas.terminals.simulated.terms import AccountTerms, Commission, SymbolTerms
from mas.terminals.structs import Tick

if TYPE_CHECKING:
    from mas.terminals.guarded.overseer import Overseer

P = ParamSpec("P")
R = TypeVar("R")
CoreT = TypeVar("CoreT", bound="Core")

SUCCESS = (mt5.RES_S_OK, "Success")
CALL_FAILED = (mt5.RES_E_FAIL, "Terminal: Call failed")
NOT_CONNECTED = (mt5.RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection")
NOT_FOUND = (mt5.RES_E_NOT_FOUND, "Terminal: Not found")
INVALID_PARAMS = (mt5.RES_E_INVALID_PARAMS, "Terminal: Invalid params")
API_DISABLED = (mt5.RES_E_AUTO_TRADING_DISABLED, "Auto-Trading using Python API disabled in Terminal")


def connected(failure: Any) -> Callable[[Callable[Concatenate[CoreT, P], R]], Callable[Concatenate[CoreT, P], R]]:
    """Reset `last_error` before a call, and answer `failure` if the terminal has not been initialised."""

    def wrap(call: Callable[Concatenate[CoreT, P], R]) -> Callable[Concatenate[CoreT, P], R]:
        @wraps(call)
        def guarded(self: CoreT, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if not self._connected:
                self._error = NOT_CONNECTED
                return failure  # type: ignore[no-any-return]
            self._error = SUCCESS
            return call(self, *args, **kwargs)

        return guarded

    return wrap


class Core:
    """An account on one symbol's bars.

    Args: deposit: account currency. leverage: 100 for 1:100. spread: points, None for the data's own. commission:
        account currency per lot, charged on the entry and on the exit (what `account` says of it counts if this is 0).
        account, terms: what the broker sets for the account and for the symbol (if None, what its specification knows).
        others: bars of other symbols, whose quotes may be asked for and whose rates convert money; they are not traded.
    Raises: ParameterError: a setting that makes no sense.
    """

    kind_of_market: type[Market] = Market
    kind_of_book: type[Book] = Book
    overseer: Overseer | None = None
    """Guards that look on: they are told of bars that begin and end. Without them nothing is different."""

    def __init__(
        self, bars: Bars, *, deposit: float = 10_000.0, leverage: int = 100, spread: float | None = None,
        commission: float = 0.0, currency: str = "USD", account: AccountTerms | None = None,
        terms: SymbolTerms | None = None, others: Sequence[Bars] = (),
    ) -> None:  # fmt: skip
        account, terms = account or AccountTerms(), terms or bars.spec.terms
        self.account = replace(account, commission=Commission(commission)) if commission else account
        self.currency, self.leverage = currency, leverage
        rates = Rates(others)
        self.market = self.kind_of_market(bars, Money(bars.spec, currency, leverage, terms, rates), spread, terms)
        self._markets = {bars.symbol: self.market}
        for other in others:
            shown = SymbolTerms(trade_mode=mt5.SYMBOL_TRADE_MODE_DISABLED)
            self._markets.setdefault(
                other.symbol, Market(other, Money(other.spec, currency, leverage, shown, rates), None, shown)
            )
        self.book = self.kind_of_book(deposit, self.account)
        self.player = Player(self.book, self.market)
        self.rollover = Rollover(self.book, self.market, self.account.swaps)
        self.login_number, self.server = 0, "Simulated"
        self._connected = False
        self._error: tuple[int, str] = SUCCESS
        self.static_symbol_info = symbol_info_of(self.market)
        self._infos = {bars.symbol: self.static_symbol_info}
        self._books: set[str] = set()
        self._histories: dict[tuple[str, str], History] = {}
        self._over = False
        if len(bars):
            self.book.deposit_at(self.market.times[0])

    # ------------------------------------------------------------- the clock (not in the MetaTrader5 module)

    def listen(self, listener: Listener) -> None:
        """Tell that listener what happens."""
        self.player.listener = listener

    def open_bar(self, bar: int) -> None:
        """Go to the first tick of a bar; orders whose time is up are gone by then."""
        self.market.open_bar(bar)
        if self.rollover.active:
            self.rollover.roll(bar)
        if self.book.orders:
            for order in [o for o in self.book.orders.values() if o.last_bar < bar]:
                self.book.finish(order, mt5.ORDER_STATE_EXPIRED)
                self.player.listener.ended(order, mt5.TRADE_RETCODE_CANCEL)
        if self.overseer is not None:
            self.overseer.opening(self, bar)

    def end(self) -> None:
        """Go to the last tick there is: from now on every order is refused."""
        self.market.close_bar(len(self.market) - 1)
        self._over = True

    @property
    def over(self) -> bool:
        """Whether every order is refused: there is no next tick."""
        return self._over

    @property
    def ready(self) -> bool:
        """Whether it is connected and there may be a next tick: requests are then judged by what they ask."""
        return self._connected and not self._over

    def answered(self, error: tuple[int, str]) -> None:
        """Take note of what `last_error` has to say of a call that went another way."""
        self._error = error

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Refuse every order for a while."""
        before, self._over = self._over, True
        try:
            yield
        finally:
            self._over = before

    def next_touch(self, start: int, stop: int) -> int:
        """The first bar in [start, stop) that may touch a level; `stop` if none does."""
        found = self.player.next_touch(start, stop)
        if self.rollover.active:
            found = self.rollover.next_morning(start, found)
        return found if self.overseer is None else self.overseer.next_look(self, start, found)

    def play(self, bar: int) -> None:
        """Let a bar happen, from its first tick to its last."""
        self.rollover.roll(bar)
        if self.overseer is not None:
            self.overseer.opening(self, bar)
        self.player.play(bar)
        if self.overseer is not None:
            self.overseer.closing(self, bar)

    def close_all(self, reason: str) -> None:
        """Close everything at the quote of the moment, and delete what waits."""
        for order in list(self.book.orders.values()):
            self.book.finish(order, mt5.ORDER_STATE_CANCELED)
            self.player.listener.ended(order, mt5.TRADE_RETCODE_CANCEL)
        for position in list(self.book.positions.values()):
            price, volume = self.market.closing_price(position.side), position.volume
            order = closing_order(position, self.book.ticket(), reason, mt5.ORDER_REASON_CLIENT)
            self.book.close(position, price, reason, order=order)
            self.player.listener.closed(position, order, volume, price)
        self.book.settle(self.market.time, over=True)

    # ------------------------------------------------------------- connection

    def initialize(
        self, path: str = "", *, login: int = 0, password: str = "", server: str = "", timeout: int = 60_000,
        portable: bool = False,
    ) -> bool:  # fmt: skip
        """Always succeeds; `login`, `server` are taken note of."""
        self._connected, self._error = True, SUCCESS
        return self.login(login, password=password, server=server, timeout=timeout) if login else True

    @connected(False)
    def login(self, login: int, password: str = "", server: str = "", timeout: int = 60_000) -> bool:
        """Take note of the account number and server."""
        if not isinstance(login, int) or isinstance(login, bool) or login < 0:
            self._error = (mt5.RES_E_INVALID_PARAMS, 'Invalid "login" argument')
            return False
        self.login_number, self.server = login, server or self.server
        return True

    def shutdown(self) -> bool:
        self._connected, self._error = False, SUCCESS
        return True

    def last_error(self) -> tuple[int, str]:
        return self._error

    # ------------------------------------------------------------- for the parts

    def quote(self, market: Market | None = None) -> Tick:
        """The quote of the moment (not in the MetaTrader5 module)."""
        market = market or self.market
        if market.recorded is not None and market.bar >= 0:
            return market.recorded.quote(market)
        flags, last = mt5.TICK_FLAG_BID | mt5.TICK_FLAG_ASK, 0.0
        if market.terms.chart_mode == mt5.SYMBOL_CHART_MODE_LAST:
            flags, last = flags | mt5.TICK_FLAG_LAST, market.bid
        return Tick(market.time, market.bid, market.ask, last, 0, market.time * 1000, flags, 0.0)

    def _market(self, symbol: str) -> Market | None:
        """The market of a symbol, its clock not ahead of ours; None, and an error, if there is none."""
        market = self._markets.get(symbol) if isinstance(symbol, str) else None
        if market is None:
            self._error = NOT_FOUND
            return None
        if market is not self.market and len(market) and self.market.bar >= 0:
            bar = int(market.bars.time.searchsorted(self.market.time, side="right")) - 1
            if bar != market.bar and bar >= 0:
                market.open_bar(bar)
        return market
