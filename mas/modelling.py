"""Modelling modes: by what path the price is taken to go through a bar, named as MetaTrader's tester names them.

Signals are always those of the strategy's bars; a mode only decides what happens inside them. A bar for which the
finer data are missing, or show other prices, is played by the pessimistic rule, and counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.bars import Bars
from mas.dataclass import dataclass
from mas.errors import DataError, ParameterError
from mas.series import FloatArray
from mas.terminals.simulated.market import Market, Quotes, Spread, numbers
from mas.terminals.simulated.path import Course as PathOf
from mas.terminals.simulated.path import Path
from mas.terminals.simulated.recorded import Recorded
from mas.ticks import Ticks, corners, generated, rises
from mas.timeframes import TIMEFRAMES, builds

if TYPE_CHECKING:
    from mas.terminals.simulated.terminal import SimulatedTerminal

PESSIMISTIC, OPEN, OHLC, EVERY_TICK, REAL_TICKS = "pessimistic", "open", "ohlc", "every_tick", "real_ticks"

MODES = {
    PESSIMISTIC: "whole bars, the stop first",
    OPEN: "open prices only",
    OHLC: "1 minute OHLC",
    EVERY_TICK: "every tick",
    REAL_TICKS: "real ticks",
}
"""Each mode and what MetaTrader calls it (the first is our own)."""

SENTENCES = {
    PESSIMISTIC: "If stop and target lie inside one bar, the stop is taken first.",
    OPEN: "Open prices only: inside a bar the price goes from the open to the low, the high and the close (in a "
    "falling bar to the high first).",
    OHLC: "1 minute OHLC: inside a bar the price goes over the four corners of each minute (without minute bars over "
    "those of the bar itself), the low first in a rising one, the high first in a falling one.",
    EVERY_TICK: "Every tick: inside a bar the price goes over ticks that are generated from its minutes the way "
    "MetaTrader's tester does. Orders fill at these ticks.",
    REAL_TICKS: "Real ticks: inside a bar the price goes over the recorded ticks. Orders fill at their bid and ask.",
}
"""What a mode presumes, for reports."""

_PLAYED_BY_DAYS = ("W1", "MN1")
"""Timeframes of which "open prices only" goes over the days, where they are given."""

_ALSO = {"open_prices_only": OPEN, "open_prices": OPEN, "1_minute_ohlc": OHLC, "m1_ohlc": OHLC,
         "every_tick_based_on_real_ticks": REAL_TICKS}  # fmt: skip


@dataclass(frozen=True)
class Course:
    """How the bars of a market are played."""

    mode: str
    paths: PathOf | None = None
    known: PathOf | None = None
    """The same without what the mode only presumes."""
    asks: Quotes | None = None
    """Where the finer data have asks of their own: the market's, and the spread at each bar's first tick."""
    spread: Spread | None = None
    recorded: Recorded | None = None
    """The ticks themselves, for whoever asks the terminal for them."""
    fallback: int = 0
    """Bars played by the pessimistic rule, because finer data are missing or differ."""

    @property
    def is_guess(self) -> bool:
        """Whether the paths are made up rather than recorded."""
        return self.mode in (OPEN, OHLC, EVERY_TICK)

    def lead(self, terminal: SimulatedTerminal, target_first: bool | None = None) -> None:
        """Have a terminal play its bars this way.

        Args: target_first: True and False presume, where the data do not say what came first, the target or the
            stop, whatever the mode would have it.
        """
        player, market = terminal.player, terminal.market
        if self.asks is not None and self.spread is not None:
            market.asks, market.spread = self.asks, self.spread
        market.recorded = self.recorded
        if target_first is not None:
            player.target_first = target_first
        player.follow(self.paths if target_first is None else self.known)


def mode_called(name: str) -> str:
    """The mode of that name, ours or MetaTrader's. Raises: ParameterError: there is none; the message lists them."""
    mode = "_".join(str(name).lower().replace("-", " ").replace("_", " ").split())
    mode = _ALSO.get(mode, mode)
    if mode not in MODES:
        raise ParameterError(f"there is no modelling mode {name!r}; use {', '.join(MODES)}")
    return mode


def mode_for(name: str | None, finer: Bars | Ticks | None) -> str:
    """The mode of that name; without one what the finer data suggest.

    Raises: ParameterError: no such mode, or one that does not go with the data; the message says what does.
    """
    if name is None:
        return PESSIMISTIC if finer is None else REAL_TICKS if isinstance(finer, Ticks) else OHLC
    mode = mode_called(name)
    if finer is not None and (mode == PESSIMISTIC or (mode == OPEN and not _are_days(finer))):
        raise _unwanted(mode)
    if mode == REAL_TICKS and not isinstance(finer, Ticks):
        raise ParameterError('modelling "real_ticks" needs recorded ticks (time, bid, ask)')
    if mode in (OHLC, EVERY_TICK) and isinstance(finer, Ticks):
        raise ParameterError(f'modelling "{mode}" is made from bars, not from ticks; ticks go with real_ticks')
    return mode


def course_of(market: Market, name: str | None, finer: Bars | Ticks | None, own_spread: bool = True) -> Course:
    """How a market's bars are played in a mode.

    Args: finer: bars or ticks of the same symbol, clock and period. own_spread: recorded ticks bring their asks;
        False if the caller has set the spread.
    Raises: ParameterError: as `mode_for`, or "every tick" without minute bars. DataError: the finer data do not
        belong to the bars; the message says what differs.
    """
    mode = mode_for(name, finer)
    if mode == PESSIMISTIC:
        return Course(mode)
    bars = market.bars
    if mode == OPEN and finer is not None and bars.timeframe not in _PLAYED_BY_DAYS:
        raise _unwanted(mode)
    if isinstance(finer, Ticks):
        return _tick_course(market, finer, own_spread)
    if finer is None and mode == EVERY_TICK and bars.timeframe != "M1":
        raise ParameterError('modelling "every_tick" makes its ticks from M1 bars: give them as finer data')
    if finer is None:
        rows, all_of_them = np.arange(len(bars)), np.ones(len(bars), bool)
        finer, inside = bars, Inside(rows, rows + 1, all_of_them, all_of_them)
    else:
        _check_same_market(bars, finer)
        inside = _inside(bars, finer.time, *_prices(finer))
    paths = BarPaths(market, mode, finer, inside)
    return Course(mode, paths.model, paths.known, fallback=inside.missing)


def course_without(market: Market, mode: str) -> Course:
    """How a market is played that has no finer data while another one is played in a mode: like it where whole bars
    do for that, else by the pessimistic rule."""
    if mode in (OPEN, OHLC) or (mode == EVERY_TICK and market.bars.timeframe == "M1"):
        return course_of(market, mode, None)
    return Course(PESSIMISTIC, fallback=len(market.bars) if mode != PESSIMISTIC else 0)


def _are_days(finer: Bars | Ticks) -> bool:
    return isinstance(finer, Bars) and finer.timeframe == "D1"


def _unwanted(mode: str) -> ParameterError:
    days = " (but for the days, D1, of weeks and months)" if mode == OPEN else ""
    return ParameterError(f'modelling "{mode}" does not look at finer data{days}; use ohlc, every_tick or real_ticks')


# ------------------------------------------------------------- do the data belong together


@dataclass(frozen=True)
class Inside:
    """Which finer rows lie in each bar: from `begin` up to `end`; `agrees` where they make up that very bar, `opens`
    where at least its open is that of the first."""

    begin: NDArray[np.intp]
    end: NDArray[np.intp]
    agrees: NDArray[np.bool_]
    opens: NDArray[np.bool_]

    @property
    def missing(self) -> int:
        """Bars of which the inside is not known."""
        return int((~self.agrees).sum())

    def rows(self, bar: int) -> slice | None:
        """The finer rows of a bar; None where they do not make it up."""
        return slice(int(self.begin[bar]), int(self.end[bar])) if self.agrees[bar] else None

    def of_ticks(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
        """Per bar the first row, the row after the last, and whether it opens with the first."""
        return self.begin, self.end, self.opens

    def made(
        self, opens: FloatArray, highs: FloatArray, lows: FloatArray, closes: FloatArray, bars: NDArray[np.bool_]
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Open, high, low and close that the finer rows of these bars make; all of them must have some."""
        begin, end = self.begin[bars], self.end[bars]
        pairs = np.column_stack((begin, end)).ravel()
        high = np.maximum.reduceat(np.append(highs, -np.inf), pairs)[::2]
        low = np.minimum.reduceat(np.append(lows, np.inf), pairs)[::2]
        return opens[begin], high, low, closes[end - 1]


def _check_same_market(bars: Bars, finer: Bars | Ticks) -> None:
    if finer.symbol != bars.symbol:
        raise DataError(f"the finer data are of {finer.symbol}, the bars of {bars.symbol}")
    if finer.timezone != bars.timezone and finer.timezone_known and bars.timezone_known:
        raise DataError(f"the finer data show the clock of {finer.timezone}, the bars that of {bars.timezone}")
    if isinstance(finer, Bars):
        finest = TIMEFRAMES[finer.timeframe] < TIMEFRAMES[bars.timeframe]
        if not finest or not builds(finer.timeframe, bars.timeframe):
            raise DataError(f"{finer.timeframe} bars are not finer than {bars.timeframe} bars, or do not fill them")


def _inside(
    bars: Bars, time: NDArray[np.int64], opens: FloatArray, highs: FloatArray, lows: FloatArray, closes: FloatArray
) -> Inside:
    """Finds each bar's finer rows and compares their prices with the bar's.

    Raises: DataError: no common period, or most of the bars have other prices than their finer rows.
    """
    begin, end = np.searchsorted(time, bars.time), np.searchsorted(time, bars.decision_time)
    covered = end > begin
    if not covered.any():
        raise DataError(f"the finer data ({_period(time)}) and the bars ({_period(bars.time)}) share no bar")
    inside = Inside(begin, end, covered.copy(), covered.copy())
    made = inside.made(opens, highs, lows, closes, covered)
    near = 0.5 * bars.point
    same = [
        np.abs(have - want.values[covered]) <= near
        for have, want in zip(made, (bars.open, bars.high, bars.low, bars.close), strict=True)
    ]
    inside.agrees[covered], inside.opens[covered] = np.logical_and.reduce(same), same[0]
    if 2 * inside.agrees.sum() < covered.sum():
        raise DataError(_difference(bars, np.flatnonzero(covered), same, made))
    return inside


def _difference(
    bars: Bars, covered: NDArray[np.intp], same: list[NDArray[np.bool_]], made: tuple[FloatArray, ...]
) -> str:
    """The first bar whose finer rows show other prices, in words."""
    row = int(np.argmin(np.logical_and.reduce(same)))
    column = next(i for i, alike in enumerate(same) if not alike[row])
    name = ("open", "high", "low", "close")[column]
    ours = float(getattr(bars, name).values[covered[row]])
    differing = int(len(covered) - np.logical_and.reduce(same).sum())
    return (
        f"the finer data are not of these bars: in the {bars.timeframe} bar of {_moment(bars.time[covered[row]])} the "
        f"{name} is {ours:.{bars.spec.digits}f}, in the finer data {float(made[column][row]):.{bars.spec.digits}f}, "
        f"and {differing:,} of {len(covered):,} bars differ. Another broker's prices, or another clock?"
    )


def _period(time: NDArray[np.int64]) -> str:
    return f"{_moment(time[0])} to {_moment(time[-1])}" if len(time) else "empty"


def _moment(seconds: np.int64) -> str:
    return str(np.datetime64(int(seconds), "s")).replace("T", " ")[:16]


# ------------------------------------------------------------- paths


class BarPaths:
    """Through the corners of finer bars in straight lines, or over the ticks made up from them; made when asked for."""

    def __init__(self, market: Market, mode: str, finer: Bars, inside: Inside) -> None:
        self.market, self.mode, self.inside = market, mode, inside
        self.columns, self.volume = _prices(finer), finer.volume.values
        self.rising = rises(finer.open.values, finer.close.values)
        self.traded = market.in_session(finer.time, TIMEFRAMES[finer.timeframe])

    def known(self, bar: int) -> Path | None:
        """What the data vouch for: the finer bars."""
        rows = self.inside.rows(bar)
        if rows is None:
            return None
        traded = None if self.traded is None else self.traded[rows]
        return self._path(bar, traded, *(column[rows] for column in self.columns))

    def model(self, bar: int) -> Path | None:
        """What the mode makes of them."""
        rows, known = self.inside.rows(bar), self.known(bar)
        if rows is None or known is None:
            return None
        opens, highs, lows, closes = (column[rows] for column in self.columns)
        points = corners(opens, highs, lows, closes, self.rising[rows])
        begins, ends, kept = points[:, :3], points[:, 1:], np.ones((len(points), 3), bool)
        if self.mode == EVERY_TICK:
            begins = ends = generated(points, self.volume[rows], self.market.spec)
            kept = ~np.isnan(begins)
        begin, end = begins[kept], ends[kept]
        unit = np.repeat(np.arange(len(points)), kept.sum(axis=1))
        traded = None if self.traded is None else self.traded[rows][unit]
        path = self._path(bar, traded, begin, np.maximum(begin, end), np.minimum(begin, end), end)
        path.exact, path.known, path.unit = True, known, numbers(unit)
        return path

    def _path(self, bar: int, traded: NDArray[np.bool_] | None, *prices: FloatArray) -> Path:
        """A path of the bid; the ask is the bar's spread above it (EXECUTION rule 1)."""
        spread, digits = float(self.market.spread.prices[bar]), self.market.spec.digits + 3
        asks = (np.round(column + spread, digits) for column in prices)
        return Path(_quotes(*prices), _quotes(*asks), traded=traded)


class TickPaths:
    """Over recorded ticks, at their own bids and asks; `asks` None: at the bar's spread above the bid."""

    def __init__(self, market: Market, ticks: Ticks, own_spread: bool, inside: Inside) -> None:
        self.market, self.inside = market, inside
        self.bids, self.asks = ticks.bid, ticks.ask if own_spread else None
        self.traded = market.in_session(ticks.time, 1)

    def known(self, bar: int) -> Path | None:
        rows = self.inside.rows(bar)
        if rows is None:
            return None
        bids = self.bids[rows]
        spread, digits = float(self.market.spread.prices[bar]), self.market.spec.digits + 3
        asks = np.round(bids + spread, digits) if self.asks is None else self.asks[rows]
        traded = None if self.traded is None else self.traded[rows]
        return Path(_quotes(*[bids] * 4), _quotes(*[asks] * 4), exact=True, traded=traded)


def _tick_course(market: Market, ticks: Ticks, own_spread: bool) -> Course:
    """Recorded ticks, and with their own asks the market's quotes of whole bars, which must cover them."""
    _check_same_market(market.bars, ticks)
    bids, asks = ticks.bid, ticks.ask
    inside = _inside(market.bars, ticks.time, bids, bids, bids, bids)
    paths = TickPaths(market, ticks, own_spread, inside)
    spread, digits = market.spread.prices.copy(), market.spec.digits + 3
    if not own_spread:
        bars = np.maximum(market.bars.time.searchsorted(ticks.time, side="right") - 1, 0)
        shown = Recorded(ticks.time_ms, bids, np.round(bids + spread[bars], digits), *inside.of_ticks())
        return Course(REAL_TICKS, paths.known, paths.known, recorded=shown, fallback=inside.missing)
    begin = inside.begin[inside.opens]  # where its ticks differ, a bar may still have begun with the first of them
    spread[inside.opens] = np.round(asks[begin] - bids[begin], digits)
    whole = [np.round(column + spread, digits) for column in _columns(market.bids)]
    for column, values in zip(whole, inside.made(asks, asks, asks, asks, inside.agrees), strict=True):
        column[inside.agrees] = values
    spreads = Spread(spread, "the ticks' own")
    shown = Recorded(ticks.time_ms, bids, asks, *inside.of_ticks())
    return Course(REAL_TICKS, paths.known, paths.known, Quotes(*whole), spreads, shown, inside.missing)


def _quotes(*prices: FloatArray) -> Quotes:
    return Quotes(*(np.ascontiguousarray(column) for column in prices))


def _prices(bars: Bars) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    return bars.open.values, bars.high.values, bars.low.values, bars.close.values


def _columns(quotes: Quotes) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    return quotes.opens, quotes.highs, quotes.lows, quotes.closes
