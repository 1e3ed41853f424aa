"""What shows the inside of a subscription's bars, where its modelling asks for that: minutes and recorded ticks.

They are looked for where `mas.history` looks for bars: MAS_DATA, the store, a connected terminal (minutes only). Bars
that are made up have no inside.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mas import history
from mas.bars import Bars
from mas.errors import DataError, ParameterError
from mas.modelling import EVERY_TICK, OHLC, REAL_TICKS, course_of
from mas.subscriptions import Subscription
from mas.symbols import canonical_symbol
from mas.tick_files import read_tick_files, tick_files

if TYPE_CHECKING:
    from mas.replay import Replay
    from mas.terminals.connection import Connection
    from mas.ticks import Ticks

log = logging.getLogger("mas")

NO_TICKS = (
    'modelling "real_ticks" needs recorded ticks: put {symbol}_TICKS.parquet or .csv into the folder that {place} '
    "names, or into the store"
)
NO_MINUTES = "there are no one-minute bars of %s: inside a bar the price is taken to go over the bar's own corners"


def model(replay: Replay, wanted: Subscription, connection: Connection | None) -> None:
    """Have a replay play its bars by the subscription's modelling, with what finer data there are.

    Raises: ParameterError, DataError: the mode cannot be had; as `mas.modelling.course_of`.
    """
    if wanted.modelling is None:
        return
    finer = _finer(wanted, replay.bars, connection)
    replay.course = course_of(replay.market, wanted.modelling, finer, wanted.spread is None)
    replay.course.lead(replay.terminal)


def _finer(wanted: Subscription, bars: Bars, connection: Connection | None) -> Bars | Ticks | None:
    if wanted.modelling == REAL_TICKS:
        return _ticks(wanted, bars)
    if wanted.modelling not in (OHLC, EVERY_TICK) or bars.timeframe == "M1":
        return None
    minutes = None if bars.synthetic else _minutes(wanted, bars, connection)
    if minutes is None and wanted.modelling == OHLC:
        log.warning(NO_MINUTES, wanted.symbol)
    return minutes


def _minutes(wanted: Subscription, bars: Bars, connection: Connection | None) -> Bars | None:
    """One-minute bars of the same time; None if there are none."""
    stored = _file(wanted.symbol, "M1", history.store_folder())
    if history.data_place() is None and stored is None and connection is None:
        return None
    start, end = int(bars.time[0]), int(bars.decision_time[-1]) - 1
    try:
        return history.find_bars(replace(wanted, timeframe="M1", start=start, end=end), connection)
    except DataError as error:
        log.debug("no one-minute bars: %s", error)
        return None


def _ticks(wanted: Subscription, bars: Bars) -> Ticks:
    place = history.data_place()
    files = [] if place is None or place.is_file() else tick_files(wanted.symbol, place)
    files = files or tick_files(wanted.symbol, history.store_folder())
    if not files:
        raise ParameterError(NO_TICKS.format(symbol=wanted.symbol, place=history.DATA))
    ticks = read_tick_files(files, wanted.symbol)
    return ticks[: int(ticks.time.searchsorted(bars.decision_time[-1]))]


def _file(symbol: str, what: str, folder: Path) -> Path | None:
    """SYMBOL_WHAT*.parquet or .csv in a folder; EURUSD's do for EURUSD.sml."""
    names = (f"{symbol}_{what}".upper(), f"{canonical_symbol(symbol)}_{what}".upper())
    return next((path for stem, path in history.files_of(folder).items() if stem.startswith(names)), None)
