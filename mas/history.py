"""What a backtest subscription asks for, and where its bars come from.

In this order: MAS_DATA (a file, or a folder of SYMBOL_TIMEFRAME.parquet or .csv), else bundled SYNTHETIC bars, with a
loud warning, so that a documented example runs on a machine that has no data.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mas.bars import Bars
from mas.errors import DataError, ParameterError
from mas.request import epoch_seconds
from mas.timeframes import TIMEFRAMES, builds, check_timeframe

log = logging.getLogger("mas")

DATA = "MAS_DATA"
"""The environment variable that names the data."""

CAPITAL = 10_000.0
_DAY = 86_400


@dataclass(frozen=True)
class Subscription:
    """What a client subscribes to. Times are epoch seconds of the data's clock, both ends included; None is open."""

    symbol: str
    timeframe: str
    backtest: bool
    start: int | None
    end: int | None
    capital: float


def subscription(params: Mapping[str, Any]) -> Subscription:
    """Read the keys of `subscribe_bars`.

    Raises: ParameterError: a key is missing or wrong; the message names it.
    """
    symbol, timeframe = params.get("symbol"), params.get("timeframe")
    if not isinstance(symbol, str) or not symbol:
        raise ParameterError(f'symbol must be a name such as "EURUSD", not {symbol!r}')
    backtest = params.get("backtest_toggle", False)
    if not isinstance(backtest, bool):
        raise ParameterError(f"backtest_toggle must be True or False, not {backtest!r}")
    start, end = (params.get(key) for key in ("from", "to"))
    return Subscription(
        symbol,
        check_timeframe(str(timeframe)),
        backtest,
        None if start is None else epoch_seconds(start, "from"),
        None if end is None else _last_second(end),
        _capital(params),
    )


def find_bars(wanted: Subscription) -> Bars:
    """The bars of the subscription.

    Raises: DataError: none of that symbol, timeframe and time.
    """
    place = os.environ.get(DATA)
    bars = _from_files(Path(place), wanted) if place else _synthetic(wanted)
    time = bars.time
    first = 0 if wanted.start is None else int(np.searchsorted(time, wanted.start, side="left"))
    last = len(time) if wanted.end is None else int(np.searchsorted(time, wanted.end, side="right"))
    if first >= last:
        raise DataError(f"{bars.source or wanted.symbol} has no {wanted.timeframe} bars between from and to")
    return bars[first:last]


def _from_files(place: Path, wanted: Subscription) -> Bars:
    from mas.data import read_bars

    if place.is_file():
        return read_bars(place, symbol=wanted.symbol, timeframe=wanted.timeframe)
    if not place.is_dir():
        raise DataError(f"{DATA} names {place}, which is neither a file nor a folder")
    found = {path.stem: path for path in sorted(place.iterdir()) if path.suffix.lower() in (".csv", ".parquet")}
    sources = [wanted.timeframe] if f"{wanted.symbol}_{wanted.timeframe}" in found else [
        name for name in TIMEFRAMES if f"{wanted.symbol}_{name}" in found and builds(name, wanted.timeframe)
    ]  # fmt: skip
    if not sources:
        raise DataError(f"{place} has no {wanted.symbol}_{wanted.timeframe}.parquet or .csv, and no finer bars of it")
    path = found[f"{wanted.symbol}_{sources[-1]}"]  # of several finer ones the coarsest is the least work
    return read_bars(path, symbol=wanted.symbol, timeframe=wanted.timeframe)


def _synthetic(wanted: Subscription) -> Bars:
    from mas.data import sample_bars

    log.warning(
        "SYNTHETIC DATA: %s is not set, so %s %s is made up by a generator. No result from it says anything about a "
        "market.", DATA, wanted.symbol, wanted.timeframe,
    )  # fmt: skip
    return sample_bars(symbol=wanted.symbol, timeframe=wanted.timeframe)


def _capital(params: Mapping[str, Any]) -> float:
    """`captital` as documented, or `capital`."""
    given = {key: params[key] for key in ("captital", "capital") if params.get(key) is not None}
    values = set(given.values())
    if len(values) > 1:
        raise ParameterError("captital and capital are given and differ")
    if not values:
        return CAPITAL
    value = values.pop()
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ParameterError(f"{next(iter(given))} must be a number above 0, not {value!r}")
    return float(value)


def _last_second(moment: Any) -> int:
    """The end of a range: a date without a time of day means all of that day."""
    end = epoch_seconds(moment, "to")
    whole_day = isinstance(moment, str) and len(moment.strip()) <= len("2024-01-31")
    return end + _DAY - 1 if whole_day else end
