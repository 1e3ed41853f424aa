"""What `subscribe_bars` and `subscribe_ticks` ask for: their keys, read and checked.

Beyond the documented keys there are some of our own, all optional: `capital` (the ordinary spelling), `tolerant`, for
live bars `unfinished` (the forming bar too), and for backtests the terms of the simulated account:

    spread       points
    leverage     100 for 1:100
    commission   per lot and side, or a table {"amount": 0.002, "per": "percent", "on": "both", "least": 0}
    currency     of the account, "USD"
    netting      True: one position per symbol
    swaps        True: charge the symbol's swap for every night
    slippage     points by which market orders, stop orders and stop losses fill worse
    stop_out     at stop-out "all" positions are closed, or the "worst"
    stop_out_level  percent of the margin
    modelling    how prices move inside bars, by MetaTrader's names (`mas.modelling.MODES`)
    symbol       may be a list of names: all are played on one clock and one account (`mas.portfolio`), the first being
                 the main one; live bars of each are subscribed to
    account, terms  `AccountTerms` and `SymbolTerms` with everything else that a broker sets

What a key does not say `mas.settings` says. A key that is None counts as not given, but for the spread: the data's own.
Keys that nothing is known of are ignored, but not in silence: one that is spelt wrong would leave the usual terms.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from mas import constants as mt5
from mas.broker_terms import ACCOUNT_FIELDS
from mas.dataclass import dataclass
from mas.errors import ParameterError
from mas.modelling import MODES as MODELLING
from mas.modelling import mode_called
from mas.request import epoch_seconds
from mas.settings import settings
from mas.tables import Reader, Unfit, above_zero, amount, currency, read_table
from mas.terminals.simulated.terms import AccountTerms, Commission, SymbolTerms
from mas.timeframes import DAY, check_timeframe

log = logging.getLogger("mas")

CAPITAL = 10_000.0
BARS_EVERY, TICKS_EVERY = 1000, 500
"""Milliseconds between two looks at a live market."""

MODES = ("all", "trade")
TICKS = "TICKS"
"""Stands in the place of the timeframe for ticks."""


@dataclass(frozen=True)
class Subscription:
    """What a client subscribes to. Times are epoch seconds of the data's clock, both ends included; None is open."""

    symbol: str
    """The first of several."""
    timeframe: str
    """One of the 21, or `TICKS`."""
    backtest: bool
    start: int | None = None
    end: int | None = None
    capital: float = CAPITAL
    interval: float = BARS_EVERY / 1000
    """Seconds."""
    flags: int = mt5.COPY_TICKS_ALL
    mode: str = "all"
    spread: float | None = None
    leverage: int = 100
    tolerant: bool = False
    unfinished: bool = False
    currency: str = "USD"
    account: AccountTerms = field(default_factory=AccountTerms)
    terms: SymbolTerms | None = None
    modelling: str | None = None
    more: tuple[str, ...] = ()
    """The other symbols."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """All of them."""
        return (self.symbol, *self.more)

    def of(self, symbol: str) -> Subscription:
        """The same for one symbol alone; terms of trade are those of the first."""
        return replace(self, symbol=symbol, more=(), terms=self.terms if symbol == self.symbol else None)

    @property
    def conditions(self) -> dict[str, Any]:
        """The settings of the simulated account."""
        return {
            "deposit": self.capital, "spread": self.spread, "leverage": self.leverage, "currency": self.currency,
            "account": self.account, "terms": self.terms,
        }  # fmt: skip


def bar_subscription(params: Mapping[str, Any]) -> Subscription:
    """Read the keys of `subscribe_bars`.

    Raises: ParameterError: a key is missing or wrong; the message names it.
    """
    _say_unknown("subscribe_bars", params)
    names = params.get("symbol")
    if not isinstance(names, list | tuple) or not names:
        return _subscription(params, timeframe_of(params), BARS_EVERY)
    first, *more = dict.fromkeys(symbol_of({"symbol": name}) for name in names)
    return _subscription({**params, "symbol": first}, timeframe_of(params), BARS_EVERY, more=tuple(more))


def tick_subscription(params: Mapping[str, Any]) -> Subscription:
    """Read the keys of `subscribe_ticks`.

    Raises: ParameterError: a key is missing or wrong; the message names it.
    """
    _say_unknown("subscribe_ticks", params)
    flags, mode = params.get("flags", mt5.COPY_TICKS_ALL), params.get("mode", "all")
    if isinstance(flags, bool) or flags not in (mt5.COPY_TICKS_ALL, mt5.COPY_TICKS_INFO, mt5.COPY_TICKS_TRADE):
        raise ParameterError(f"flags must be one of mt5.COPY_TICKS_ALL, _INFO, _TRADE, not {flags!r}")
    if mode not in MODES:
        raise ParameterError(f'mode must be "all" or "trade", not {mode!r}')
    return _subscription(params, TICKS, TICKS_EVERY, flags=int(flags), mode=mode)


def _subscription(params: Mapping[str, Any], timeframe: str, every: int, **more: Any) -> Subscription:
    symbol = symbol_of(params)
    backtest = _switch(params, "backtest_toggle", default=False)
    start, end = (params.get(key) for key in ("from", "to"))
    first = None if start is None else epoch_seconds(_day(start), "from")
    last = None if end is None else last_second(end)
    if first is not None and last is not None and first > last:
        raise ParameterError(f"from ({start}) must not be later than to ({end})")
    return Subscription(
        symbol=symbol,
        timeframe=timeframe,
        backtest=backtest,
        start=first,
        end=last,
        capital=_capital(params),
        interval=_positive(params, "interval_ms", every) / 1000,
        tolerant=_switch(params, "tolerant", default=settings.tolerant),
        unfinished=_switch(params, "unfinished", default=False),
        **_terms(params, timeframe),
        **more,
    )


def simulated_account(capital: float = CAPITAL) -> dict[str, Any]:
    """The settings of a simulated account that nobody has subscribed with: all of them those of `mas.settings`."""
    return Subscription("", TICKS, backtest=True, capital=capital, **_terms({}, TICKS)).conditions


def _terms(params: Mapping[str, Any], timeframe: str) -> dict[str, Any]:
    """The fields of a subscription that are terms of the simulated account.

    Raises: ParameterError: a key (or the setting of that name) is wrong.
    """
    given = {key: params[key] for key in _READERS if params.get(key) is not None}
    if timeframe == TICKS and "modelling" in given:
        raise ParameterError("modelling is for bars: ticks are what they are")
    usual = {key: value for key in _READERS if (value := getattr(settings, key)) is not None}
    said = read_table(usual, _READERS, "mas.settings:") | read_table(given, _READERS)
    if "spread" in params and params["spread"] is None:
        said["spread"] = None
    account = said.pop("account", AccountTerms())
    if "account" in given:  # a key wins over settings, whatever it is called
        said = {key: value for key, value in said.items() if key in given or key not in _OF_ACCOUNT}
    named = {field: said.pop(key) for key, field in _OF_ACCOUNT.items() if key in said}
    if named.get("commission") == Commission() and "commission" not in given:
        del named["commission"]  # the setting of nothing at all leaves what the account's terms say
    return {**said, "account": replace(account, **named)}


def _leverage(value: Any) -> int:
    return int(above_zero(value))


def _modelling(value: Any) -> str:
    try:
        return mode_called(value)
    except ParameterError:
        raise Unfit(f"must be one of {', '.join(MODELLING)}") from None


def _of_type(kind: type) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, kind):
            raise Unfit(f"must be mas.terminals.simulated.terms.{kind.__name__}(...)")
        return value

    return read


_OF_ACCOUNT = {
    "commission": "commission", "netting": "netting", "swaps": "swaps", "slippage": "slippage", "stop_out": "stop_out",
    "stop_out_level": "margin_so_so",
}  # fmt: skip
"""Keys that set a field of the account's terms."""

_READERS: dict[str, Reader] = {
    **{key: ACCOUNT_FIELDS[name] for key, name in _OF_ACCOUNT.items()},
    "spread": amount, "leverage": _leverage, "currency": currency, "modelling": _modelling,
    "account": _of_type(AccountTerms), "terms": _of_type(SymbolTerms),
}  # fmt: skip
"""Keys of a subscription that `mas.settings` has as well."""


_KEYS = frozenset({
    "symbol", "timeframe", "from", "to", "backtest_toggle", "interval_ms", "captital", "capital", "tolerant",
    "unfinished", "flags", "mode", *_READERS,
})  # fmt: skip
"""Of bars and of ticks: one dict may serve both."""


def _say_unknown(what: str, params: Mapping[str, Any]) -> None:
    """Name the keys that have no effect, and what they may be meant to be."""
    for key in params:
        if key in _KEYS:
            continue
        near = get_close_matches(str(key).lower(), _KEYS, n=1, cutoff=0.7)
        if near:
            log.warning("%s: the key %r is not known and has no effect; is %r meant?", what, key, near[0])
        else:
            log.warning("%s: the key %r is not known and has no effect", what, key)


def symbol_of(params: Mapping[str, Any]) -> str:
    """The symbol. Raises: ParameterError: it is missing or no text."""
    symbol = params.get("symbol")
    if not isinstance(symbol, str) or not symbol.strip():
        raise ParameterError(f'symbol must be a name such as "EURUSD", not {symbol!r}')
    return symbol.strip()


def timeframe_of(params: Mapping[str, Any]) -> str:
    """The timeframe. Raises: ParameterError: it is missing or not one of the 21."""
    return check_timeframe(str(params.get("timeframe")))


def last_second(moment: Any) -> int:
    """The end of a range: a date without a time of day means all of that day (Q20)."""
    end = epoch_seconds(_day(moment), "to")
    whole_day = isinstance(moment, str) and len(moment.strip()) <= len("2024-01-31")
    whole_day = whole_day or (isinstance(moment, date) and not isinstance(moment, datetime))
    return end + DAY - 1 if whole_day else end


def _day(moment: Any) -> Any:
    """A plain date as the text that means the same."""
    return moment.isoformat() if isinstance(moment, date) and not isinstance(moment, datetime) else moment


def _switch(params: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = params.get(key, default)
    if not isinstance(value, bool):
        raise ParameterError(f"{key} must be True or False, not {value!r}")
    return value


def _positive(params: Mapping[str, Any], key: str, default: float, *, zero: bool = False) -> float:
    value = params.get(key)
    if value is None:
        return float(default)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= sys.float_info.max or (value == 0 and not zero):
        if zero:
            raise ParameterError(f"{key} must be a number 0 or more, not {value!r}")
        raise ParameterError(f"{key} must be a number above 0, not {value!r}")
    return float(value)


def _capital(params: Mapping[str, Any]) -> float:
    """`captital` as documented, or `capital` (Q3)."""
    given = {key: params[key] for key in ("captital", "capital") if params.get(key) is not None}
    if len(set(map(repr, given.values()))) > 1 and len(set(given.values())) > 1:
        raise ParameterError("captital and capital are given and differ")
    return _positive(given, next(iter(given)), CAPITAL) if given else CAPITAL
