"""What `subscribe_bars` and `subscribe_ticks` ask for: their keys, read and checked.

Beyond the documented keys there are a few of our own, all optional: `capital` (the ordinary spelling), `spread`
(points), `commission` (per lot and deal), `leverage`, `tolerant`, and for live bars `unfinished` (the forming bar too).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mas import constants as mt5
from mas.errors import ParameterError
from mas.request import epoch_seconds
from mas.settings import settings
from mas.timeframes import DAY, check_timeframe

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
    commission: float = 0.0
    leverage: int = 100
    tolerant: bool = False
    unfinished: bool = False

    @property
    def conditions(self) -> dict[str, Any]:
        """The settings of the simulated account."""
        return {
            "deposit": self.capital,
            "spread": self.spread,
            "commission": self.commission,
            "leverage": self.leverage,
        }


def bar_subscription(params: Mapping[str, Any]) -> Subscription:
    """Read the keys of `subscribe_bars`.

    Raises: ParameterError: a key is missing or wrong; the message names it.
    """
    return _subscription(params, timeframe_of(params), BARS_EVERY)


def tick_subscription(params: Mapping[str, Any]) -> Subscription:
    """Read the keys of `subscribe_ticks`.

    Raises: ParameterError: a key is missing or wrong; the message names it.
    """
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
    spread = params.get("spread", settings.spread)
    return Subscription(
        symbol=symbol,
        timeframe=timeframe,
        backtest=backtest,
        start=first,
        end=last,
        capital=_capital(params),
        interval=_positive(params, "interval_ms", every) / 1000,
        spread=None if spread is None else _positive({"spread": spread}, "spread", 0.0, zero=True),
        commission=_positive(params, "commission", settings.commission, zero=True),
        leverage=int(_positive(params, "leverage", settings.leverage)),
        tolerant=_switch(params, "tolerant", default=settings.tolerant),
        unfinished=_switch(params, "unfinished", default=False),
        **more,
    )


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
    if not number or not math.isfinite(value) or value < 0 or (value == 0 and not zero):
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
