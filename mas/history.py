"""Where the bars of a backtest come from.

In this order: MAS_DATA (a file, or a folder of SYMBOL_TIMEFRAME.parquet or .csv); the store, a folder of such files in
the user's data directory; a connected terminal; else made-up SYNTHETIC bars, with a loud warning, so that a documented
example runs on a machine that has no data.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from mas.bars import Bars, missing_symbol
from mas.errors import BrokerError, DataError, ParameterError
from mas.subscriptions import Subscription
from mas.symbols import canonical_symbol, is_known_symbol
from mas.terminals.specs import spec_of as spec_of
from mas.timeframes import DAY, TIMEFRAMES, builds

if TYPE_CHECKING:
    from mas.terminals.connection import Connection
    from mas.ticks import Ticks

Read = TypeVar("Read", "Bars", "Ticks")

log = logging.getLogger("mas")

DATA = "MAS_DATA"
"""The environment variable that names the data."""
STORE = "MAS_STORE"
"""The environment variable with another place of the store."""

_SUFFIXES = (".parquet", ".csv")
_WEEK = 7 * DAY
_SAMPLE = 6000
_MOST_SAMPLED = 500_000


def find_bars(wanted: Subscription, connection: Connection | None = None) -> Bars:
    """The bars of the subscription.

    Raises: DataError: none of that symbol, timeframe and time.
    """
    bars = _source(wanted, connection)
    first = 0 if wanted.start is None else int(np.searchsorted(bars.time, wanted.start, side="left"))
    last = len(bars) if wanted.end is None else int(np.searchsorted(bars.time, wanted.end, side="right"))
    if first >= last:
        name = bars.source or wanted.symbol
        if not len(bars):
            raise DataError(f"{name} has no {wanted.timeframe} bars")
        raise DataError(
            f"{name} has no {wanted.timeframe} bars between from and to: it has those from {day_of(bars.time[0])} to "
            f"{day_of(bars.time[-1])}"
        )
    return bars[first:last]


def day_of(seconds: Any) -> str:
    """The date of a moment, for messages."""
    return str(np.datetime64(int(seconds), "s").astype("datetime64[D]"))


def newest_bars(symbol: str, connection: Connection | None = None, timeframe: str = "") -> Bars:
    """The history that an order without a replay is filled on: of the timeframe given, else of the finest there is.

    Raises: DataError: there is none of that symbol.
    """
    if not timeframe:
        have = [*_found(symbol, data_place()), *_found(symbol, store_folder())]
        timeframe = min(have, key=lambda name: TIMEFRAMES[name], default="M1" if connection else "H1")
    return find_bars(Subscription(symbol, timeframe, backtest=True), connection)


def may_have(symbol: str) -> bool:
    """Whether bars of a symbol can be had without a terminal: from files, or made up for those that we know."""
    place = data_place()
    if place is not None and place.is_file():
        return True
    return bool(_found(symbol, place) or _found(symbol, store_folder())) or (place is None and is_known_symbol(symbol))


def some_symbol() -> str:
    """The symbol of a simulated account that was given none: EURUSD, else the first that there are files of."""
    from mas.data.names import symbol_in

    place = data_place()
    if place is None or _found("EURUSD", place):
        return "EURUSD"
    if place.is_file():
        return symbol_in(place.stem) or "EURUSD"
    stems = (stem.rpartition("_") for stem in files_of(place))
    return next((symbol for symbol, _, timeframe in stems if timeframe in TIMEFRAMES), "EURUSD")


def bars_beside(symbol: str, bars: Bars, connection: Connection | None = None) -> Bars:
    """The bars of another symbol in the time of these, for a run that plays both.

    Found as `find_bars` finds them, but for a single file that MAS_DATA names, which is of one symbol; made up only
    where these are too.
    Raises: ParameterError: there are none.
    """
    if not len(bars):
        raise ParameterError(missing_symbol(symbol, bars.timeframe))
    first, last = int(bars.time[0]), int(bars.time[-1])
    wanted = Subscription(symbol, bars.timeframe, backtest=True, start=first, end=last)
    folder = next((f for f in (data_place(), store_folder()) if f is not None and _best(wanted, f) is not None), None)
    try:
        if folder is not None:
            found = _from_folder(folder, wanted)
        elif connection is not None:
            found = from_terminal(connection, wanted)
        elif bars.synthetic and is_known_symbol(symbol):
            found = _synthetic(wanted)
        else:
            found = bars[0:0]
    except DataError as error:
        raise ParameterError(f"{missing_symbol(symbol, bars.timeframe)} ({error})") from error
    found = found.during(bars, slice(None))
    if not len(found):
        raise ParameterError(missing_symbol(symbol, bars.timeframe))
    return found


def store_folder() -> Path:
    """The local store: put SYMBOL_TIMEFRAME.parquet or .csv here, and every backtest finds it."""
    given = os.environ.get(STORE, "").strip()
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "mas" / "history"


def files_of(place: Path) -> dict[str, Path]:
    """The data files in a folder by their stems, upper case."""
    if not place.is_dir():
        return {}
    return {path.stem.upper(): path for path in sorted(place.iterdir()) if path.suffix.lower() in _SUFFIXES}


def file_in(folder: Path, symbol: str, timeframe: str) -> Path | None:
    """The file in a folder from which bars of that symbol and timeframe are read, if there is one."""
    return _best(Subscription(symbol, timeframe, backtest=True), folder)


def data_place() -> Path | None:
    """The file or folder that MAS_DATA names."""
    given = os.environ.get(DATA, "").strip()
    return Path(given).expanduser() if given else None


def _source(wanted: Subscription, connection: Connection | None) -> Bars:
    place, store = data_place(), store_folder()
    if place is not None and (not place.is_dir() or _best(wanted, place) is not None):
        return _from_place(place, wanted)
    if _best(wanted, store) is not None:
        return _from_folder(store, wanted)
    if connection is not None:
        return from_terminal(connection, wanted)
    if place is not None:  # who names data wants those: nothing is made up in their place
        return _from_place(place, wanted)
    return _synthetic(wanted)


def _from_place(place: Path, wanted: Subscription) -> Bars:
    from mas.data import read_bars

    if place.is_file():
        return of_symbol(read_bars, place, wanted.symbol, timeframe=wanted.timeframe)
    if not place.is_dir():
        raise DataError(f"{DATA} names {place}, which is neither a file nor a folder")
    if _best(wanted, place) is None:
        raise DataError(f"{place} has no {wanted.symbol}_{wanted.timeframe}.parquet or .csv, and no finer bars of it")
    return _from_folder(place, wanted)


def of_symbol(read: Callable[..., Read], file: Path, symbol: str, **options: Any) -> Read:
    """What a reader makes of one file, under the name asked for.

    Raises: DataError: the file says that it has another symbol's.
    """
    found = read(file, **options)
    said = found.report is not None and found.report.symbol_source in ("metadata", "file name")
    if said and canonical_symbol(found.symbol) != canonical_symbol(symbol):
        raise DataError(f"{DATA} names {file}, which has data of {found.symbol}, not of {symbol}")
    return found if found.symbol == symbol else read(file, symbol=symbol, **options)


def _from_folder(folder: Path, wanted: Subscription) -> Bars:
    from mas.data import read_bars

    path = _best(wanted, folder)
    assert path is not None
    return read_bars(path, symbol=wanted.symbol, timeframe=wanted.timeframe)


def _best(wanted: Subscription, folder: Path) -> Path | None:
    """The file of that timeframe, else of the coarsest finer one that builds it, which is the least work."""
    found = _found(wanted.symbol, folder)
    if wanted.timeframe in found:
        return found[wanted.timeframe]
    finer = [name for name in TIMEFRAMES if name in found and builds(name, wanted.timeframe)]
    return found[finer[-1]] if finer else None


def _found(symbol: str, folder: Path | None) -> dict[str, Path]:
    """The files of a symbol in a folder by timeframe; EURUSD's do for EURUSD.sml."""
    if folder is None:
        return {}
    files = files_of(folder)
    found = {}
    for name in TIMEFRAMES:
        for stem in (f"{symbol}_{name}".upper(), f"{canonical_symbol(symbol)}_{name}".upper()):
            if stem in files and name not in found:
                found[name] = files[stem]
    return found


# ----------------------------------------------------------------- from a terminal


def from_terminal(connection: Connection, wanted: Subscription) -> Bars:
    """The finished bars that a terminal has of that time; the one that is still forming is none.

    Raises: DataError: it has none, or cannot be reached.
    """
    from mas import constants as mt5

    code = getattr(mt5, f"TIMEFRAME_{wanted.timeframe}")
    try:
        connection.symbol_select(wanted.symbol, True)
        info = connection.symbol_info(wanted.symbol)
        forming = connection.copy_rates_from_pos(wanted.symbol, code, 0, 1)
        if wanted.start is None:
            rates = connection.copy_rates_from_pos(wanted.symbol, code, 1, _SAMPLE)
        else:
            last = int(forming["time"][-1]) if wanted.end is None else wanted.end
            rates = connection.copy_rates_range(wanted.symbol, code, wanted.start, last)
    except BrokerError as error:
        raise DataError(f"the terminal gives no {wanted.symbol} {wanted.timeframe} bars: {error}") from error
    rates = rates[rates["time"] < forming["time"][-1]] if len(forming) else rates
    if not len(rates):
        raise DataError(f"the terminal has no {wanted.symbol} {wanted.timeframe} bars between from and to")
    return bars_of_rates(rates, wanted.symbol, wanted.timeframe, info)


def bars_of_rates(rates: Any, symbol: str, timeframe: str, info: Any) -> Bars:
    """The records of copy_rates_... as bars, with what the terminal reports of the symbol."""
    columns = (rates[name] for name in ("time", "open", "high", "low", "close", "tick_volume"))
    return Bars.from_arrays(
        symbol,
        timeframe,
        *columns,
        spread=rates["spread"].astype(np.float64),
        spec=spec_of(symbol, info),
        source="the connected terminal",
    )


# ----------------------------------------------------------------- made up


def _synthetic(wanted: Subscription) -> Bars:
    log.warning(
        "SYNTHETIC DATA: %s is not set, so %s %s is made up by a generator. No result from it says anything about a "
        "market.", DATA, wanted.symbol, wanted.timeframe,
    )  # fmt: skip
    return synthetic_bars(wanted)


def synthetic_bars(wanted: Subscription) -> Bars:
    """Made-up bars, stamped so that they cover the time asked for."""
    from mas.data import sample_bars

    seconds, start, end = TIMEFRAMES[wanted.timeframe], wanted.start, wanted.end
    if start is None and end is not None:
        start = end - _SAMPLE * seconds
    count = _SAMPLE if start is None or end is None else (end - start + _WEEK) // seconds + 2
    bars = sample_bars(symbol=wanted.symbol, timeframe=wanted.timeframe, count=min(max(count, 1), _MOST_SAMPLED))
    if start is None:
        return bars
    return replace(bars, time=_stamped_from(bars, start))


def _stamped_from(bars: Bars, start: int) -> Any:
    """The times moved by whole weeks (months, for MN1), so that the first is at or just before `start`."""
    if bars.timeframe == "MN1":
        months = bars.time.astype("datetime64[s]").astype("datetime64[M]")
        moved = months + (np.datetime64(start, "s").astype("datetime64[M]") - months[0])
        return moved.astype("datetime64[s]").astype(np.int64)
    return bars.time + (start - int(bars.time[0])) // _WEEK * _WEEK
