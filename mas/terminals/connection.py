"""A real terminal with MetaTrader5's functions, our symbol names, and errors instead of None.

    connection = Connection.to("mt5linux://127.0.0.1:18812", Login(51234567, "secret", "Broker-Demo"))
    connection.connect()
    connection.symbol_info_tick("EURUSD")      # EURUSD.sml at this broker

Any object with the module's functions will do in the module's place: see `Connection(lambda: terminal)`.
"""
# What the module answers is taken to be what its reference says:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from mas import constants as mt5
from mas.errors import BrokerError, Rejected
from mas.profiles import Profile, password_of
from mas.terminals import advice
from mas.terminals.link import WAITS, Link, Login
from mas.terminals.names import SymbolNames
from mas.terminals.opening import open_terminal
from mas.terminals.requests import plain_request
from mas.terminals.retcodes import ACCEPTED
from mas.terminals.sending import LOOKUP_WAITS, RETRY_WAITS, Sender
from mas.terminals.structs import (
    AccountInfo,
    BookInfo,
    OrderCheckResult,
    OrderSendResult,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeDeal,
    TradeOrder,
    TradePosition,
    TradeRequest,
)


class Connection:
    """The functions of the MetaTrader5 module: same names, same arguments, same tuples (ours, field by field).

    Two things differ. A call that fails raises instead of answering None or False: ConnectionLost when the terminal is
    out of reach (after it was tried again), Rejected when it refuses; the message quotes `last_error`. And symbols go
    by our names both ways; masks (`group`) are the broker's business and go through as they are.

    Args: opener: gives the module, or what acts as one. suffix, symbols: see `SymbolNames`. stops_after_fill: see
        `Sender`. waits, retry_waits, lookup_waits: seconds between attempts to connect, to send, to look up.
    """

    def __init__(
        self, opener: Callable[[], Any], login: Login | None = None, *, suffix: str = "",
        symbols: Mapping[str, str] | None = None, stops_after_fill: bool = False, waits: Sequence[float] = WAITS,
        retry_waits: Sequence[float] = RETRY_WAITS, lookup_waits: Sequence[float] = LOOKUP_WAITS,
    ) -> None:  # fmt: skip
        self._link = Link(opener, login or Login(), waits=waits)
        self._sender = Sender(
            self._link, stops_after_fill=stops_after_fill, retry_waits=retry_waits, lookup_waits=lookup_waits
        )
        self._suffix, self._symbols = suffix, dict(symbols or {})
        self._known_names: SymbolNames | None = None

    @classmethod
    def to(cls, address: str | None = None, login: Login | None = None, **options: Any) -> Connection:
        """A connection, not yet made, to "local", "mt5linux://host:port" or whatever this machine is set up for."""
        return cls(partial(open_terminal, address), login, **options)

    @classmethod
    def of_profile(cls, profile: Profile, password: str = "", **options: Any) -> Connection:
        """A connection, not yet made, to the broker of a profile.

        Args: password: else the keyring's. Raises: ParameterError: the keyring has none.
        """
        login = Login(profile.account, password or password_of(profile), profile.server, profile.path)
        options = {"stops_after_fill": profile.stops_after_fill, **options}
        return cls.to(profile.terminal or None, login, suffix=profile.suffix, symbols=profile.symbols, **options)

    # ------------------------------------------------------------- connection

    def connect(self) -> None:
        """Start or find the terminal and log in. Raises: ConnectionLost, Rejected."""
        self._known_names = None
        self._link.connect()

    def reconnect(self) -> None:
        """Let go and connect again, with growing pauses. Raises: ConnectionLost, Rejected."""
        self._known_names = None
        self._link.resume()
        self._link.reconnect()

    def shutdown(self) -> None:
        """Let the terminal go; harmless if there is no connection."""
        self._link.close()

    def interrupt(self) -> None:
        """Let the attempts to reach a lost terminal end soon; safe in a signal's handler."""
        self._link.interrupt()

    def is_connected(self) -> bool:
        """Whether terminal and broker can be reached right now; never raises, never waits for a reconnection."""
        try:
            return bool(self._link.ask_now("terminal_info").connected)
        except BrokerError:
            return False

    def troubles(self) -> tuple[str, ...]:
        """What would keep orders from being carried out, in sentences; empty if all is well.

        To be asked before live trading starts: broker out of reach, Algo Trading off, read-only login ...
        """
        return advice.obstacles(self._link)

    @property
    def reconnects(self) -> int:
        """How often a lost connection was made again; bars may have been missed whenever it grows."""
        return self._link.reconnects

    def last_error(self) -> tuple[int, str]:
        """What the terminal said about the latest call."""
        return self._link.last_error

    def version(self) -> tuple[int, int, str]:
        """Version and build of the terminal, and the date of the build."""
        return self._ask("version")

    def terminal_info(self) -> TerminalInfo:
        """The terminal."""
        return self._ask("terminal_info")

    def account_info(self) -> AccountInfo:
        """The account."""
        return self._ask("account_info")

    # ------------------------------------------------------------- symbols

    def symbols_total(self) -> int:
        """How many symbols the broker has."""
        return self._ask("symbols_total")

    def symbols_get(self, group: str = "*") -> tuple[SymbolInfo, ...]:
        """Symbols by a mask over the broker's names."""
        return self._named(self._ask("symbols_get", group))

    def symbol_info(self, symbol: str, /) -> SymbolInfo:
        """A symbol's specification and quote."""
        return self._named(self._ask("symbol_info", self._theirs(symbol)))

    def symbol_info_tick(self, symbol: str, /) -> Tick:
        """A symbol's quote."""
        return self._ask("symbol_info_tick", self._theirs(symbol))

    def symbol_select(self, symbol: str, enable: bool = True, /) -> bool:
        """Put a symbol into Market Watch, or take it out."""
        return self._ask("symbol_select", self._theirs(symbol), enable)

    def market_book_add(self, symbol: str, /) -> bool:
        """Subscribe to the market depth."""
        return self._ask("market_book_add", self._theirs(symbol))

    def market_book_get(self, symbol: str, /) -> tuple[BookInfo, ...]:
        """The market depth."""
        return self._ask("market_book_get", self._theirs(symbol))

    def market_book_release(self, symbol: str, /) -> bool:
        """End the subscription to the market depth."""
        return self._ask("market_book_release", self._theirs(symbol))

    # ------------------------------------------------------------- history

    def copy_rates_from(self, symbol: str, timeframe: int, date_from: Any, count: int, /) -> Any:
        """The `count` bars up to a date, as a record array, oldest first."""
        return self._ask("copy_rates_from", self._theirs(symbol), timeframe, date_from, count)

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start_pos: int, count: int, /) -> Any:
        """`count` bars, counted back from `start_pos`; 0 is the bar that is still forming."""
        return self._ask("copy_rates_from_pos", self._theirs(symbol), timeframe, start_pos, count)

    def copy_rates_range(self, symbol: str, timeframe: int, date_from: Any, date_to: Any, /) -> Any:
        """The bars between two dates, both included."""
        return self._ask("copy_rates_range", self._theirs(symbol), timeframe, date_from, date_to)

    def copy_ticks_from(self, symbol: str, date_from: Any, count: int, flags: int, /) -> Any:
        """`count` ticks from a date on."""
        return self._ask("copy_ticks_from", self._theirs(symbol), date_from, count, flags)

    def copy_ticks_range(self, symbol: str, date_from: Any, date_to: Any, flags: int, /) -> Any:
        """The ticks between two dates."""
        return self._ask("copy_ticks_range", self._theirs(symbol), date_from, date_to, flags)

    # ------------------------------------------------------------- orders, positions, deals

    def orders_total(self) -> int:
        """How many orders wait."""
        return self._ask("orders_total")

    def orders_get(self, **which: Any) -> tuple[TradeOrder, ...]:
        """The waiting orders: all, or by `symbol`, `group` or `ticket`."""
        return self._named(self._ask("orders_get", **self._filter(which)))

    def positions_total(self) -> int:
        """How many positions are open."""
        return self._ask("positions_total")

    def positions_get(self, **which: Any) -> tuple[TradePosition, ...]:
        """The open positions: all, or by `symbol`, `group` or `ticket`."""
        return self._named(self._ask("positions_get", **self._filter(which)))

    def history_orders_total(self, date_from: Any, date_to: Any, /) -> int:
        """How many orders ended between two dates."""
        return self._ask("history_orders_total", date_from, date_to)

    def history_orders_get(self, *dates: Any, **which: Any) -> tuple[TradeOrder, ...]:
        """Orders that ended between two dates (and `group`), or those of a `ticket` or `position`."""
        return self._named(self._ask("history_orders_get", *dates, **which))

    def history_deals_total(self, date_from: Any, date_to: Any, /) -> int:
        """How many deals there were between two dates."""
        return self._ask("history_deals_total", date_from, date_to)

    def history_deals_get(self, *dates: Any, **which: Any) -> tuple[TradeDeal, ...]:
        """Deals between two dates (and `group`), or those of an order's `ticket` or of a `position`."""
        return self._named(self._ask("history_deals_get", *dates, **which))

    # ------------------------------------------------------------- trade

    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float, /) -> float:
        """Margin of an order, in the account's currency."""
        return self._ask("order_calc_margin", action, self._theirs(symbol), float(volume), float(price))

    def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float, /
    ) -> float:
        """Profit between two prices, in the account's currency."""
        prices = float(volume), float(price_open), float(price_close)
        return self._ask("order_calc_profit", action, self._theirs(symbol), *prices)

    def order_check(self, request: Mapping[str, Any], /) -> OrderCheckResult:
        """What a request would do; retcode 0 means that it would be accepted."""
        return self._named(self._ask("order_check", self._request(request)))

    def order_send(self, request: Mapping[str, Any], /) -> OrderSendResult:
        """Send a trade request, with the patience of `mas.terminals.sending`; a refusal comes back as its retcode.

        Raises: ParameterError: a field of the wrong type. Rejected: the terminal did not take it, or is logged in to
            another account. ConnectionLost: it was not sent. OutcomeUnknown (a ConnectionLost): it may have been.
        """
        return self._named(self._sender.send(self._request(request)))

    def refusal(self, result: OrderSendResult) -> Rejected | None:
        """Why a request was refused, for people: with the levels that would do, or the button to press.

        None if it was accepted.
        """
        if result.retcode in ACCEPTED:
            return None
        request = self._request(result.request._asdict())
        return Rejected(advice.explain(self._link, result, request), result.retcode)

    # ------------------------------------------------------------- names

    def _ask(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        return self._link.ask(name, *args, **kwargs)

    def _names(self) -> SymbolNames:
        if self._known_names is None:
            self._known_names = SymbolNames(self._ask("symbols_get"), suffix=self._suffix, given=self._symbols)
        return self._known_names

    def _theirs(self, symbol: str) -> str:
        return self._names().theirs(symbol)

    def _filter(self, which: Mapping[str, Any]) -> dict[str, Any]:
        return {**which, "symbol": self._theirs(which["symbol"])} if which.get("symbol") else dict(which)

    def _request(self, request: Mapping[str, Any]) -> dict[str, Any]:
        plain = plain_request(request)
        if plain.get("symbol"):
            plain["symbol"] = self._theirs(plain["symbol"])
        return plain

    def _named(self, value: Any) -> Any:
        """A result with our names of symbols in it."""
        if type(value) is tuple:
            return tuple(self._named(item) for item in value)
        if isinstance(value, SymbolInfo):
            return self._renamed(value, "name")
        if isinstance(value, OrderSendResult | OrderCheckResult):
            return value._replace(request=self._renamed(value.request, "symbol"))
        return self._renamed(value, "symbol") if isinstance(value, _WITH_SYMBOL) else value

    def _renamed(self, value: Any, field: str) -> Any:
        theirs = getattr(value, field)
        ours = self._names().ours(theirs) if theirs else theirs
        return value if ours == theirs else value._replace(**{field: ours})

    def __getattr__(self, name: str) -> Any:
        """A constant of the MetaTrader5 module."""
        if name.isupper() and hasattr(mt5, name):
            return getattr(mt5, name)
        raise AttributeError(f"the MetaTrader5 module has no {name!r}")


_WITH_SYMBOL = (TradeOrder, TradePosition, TradeDeal, TradeRequest)
