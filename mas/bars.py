"""Bars of one symbol and timeframe, other bars as they are seen from them, and the clock of their decisions.

Other bars are those of a higher timeframe (`bars.on`) and those of another symbol (`bars.of`).

All times are int64 seconds of the wall clock of `timezone`, written as if it were UTC (as MetaTrader does). A bar is
stamped with its open; what a strategy decides, it decides when the bar closes: at `decision_time`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, fields, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mas.dataclass import dataclass
from mas.errors import DataError, ParameterError
from mas.series import Condition, FloatArray, Series
from mas.symbols import SymbolSpec, symbol_spec
from mas.timeframes import TIMEFRAMES, bar_end, bar_start, builds, check_timeframe
from mas.zones import check_zone, convert

if TYPE_CHECKING:
    from mas.data.report import DataReport

Times = NDArray[np.int64]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Weekdays as strategies write them; the position is the number."""

_DAY = 86_400
_AlignedT = TypeVar("_AlignedT", Series, Condition)


@dataclass(frozen=True, eq=False)
class Bars:
    """Closed bars, oldest first; prices are bid. Sliced as `bars[a:b]`."""

    symbol: str
    timeframe: str
    time: Times
    open: Series
    high: Series
    low: Series
    close: Series
    volume: Series
    spec: SymbolSpec
    spread: FloatArray | None = None  # points, one per bar
    timezone: str = "UTC"
    timezone_known: bool = False
    synthetic: bool = False
    source: str = ""
    report: DataReport | None = None
    siblings: Mapping[str, Bars] = field(default_factory=dict)
    """Bars of other symbols on the same clock, for `of`; whoever starts a run puts them there (`beside`)."""

    def __post_init__(self) -> None:
        check_timeframe(self.timeframe)
        check_zone(self.timezone)
        columns = (self.open, self.high, self.low, self.close, self.volume, self.spread)
        lengths = {len(c) for c in columns if c is not None} | {len(self.time)}
        if len(lengths) > 1:
            raise ParameterError(f"all columns of the bars must be of one length, not {sorted(lengths)}")

    @classmethod
    def from_arrays(
        cls,
        symbol: str,
        timeframe: str,
        time: ArrayLike,
        open: ArrayLike,
        high: ArrayLike,
        low: ArrayLike,
        close: ArrayLike,
        volume: ArrayLike | None = None,
        **fields: Any,
    ) -> Bars:
        """Bars from plain arrays; without `volume` it is not available, without `spec` the symbol's typical one."""
        fields.setdefault("spec", symbol_spec(symbol))
        stamps = np.ascontiguousarray(time, dtype=np.int64)
        traded = Series(np.full(len(stamps), np.nan) if volume is None else volume)
        prices = (Series(open), Series(high), Series(low), Series(close))
        return cls(symbol, timeframe, stamps, *prices, traded, **fields)

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        marker = ", SYNTHETIC" if self.synthetic else ""
        return f"Bars({self.symbol} {self.timeframe}, {len(self)} bars{marker})"

    def __getitem__(self, part: slice) -> Bars:
        """The bars from a to b, as `bars[a:b]`; views, not copies."""
        if not isinstance(part, slice) or part.step not in (None, 1):
            raise ParameterError("bars are taken as bars[start:end]; for a value ago write bars.close[n]")
        return replace(
            self,
            time=self.time[part],
            open=Series(self.open.values[part]),
            high=Series(self.high.values[part]),
            low=Series(self.low.values[part]),
            close=Series(self.close.values[part]),
            volume=Series(self.volume.values[part]),
            spread=None if self.spread is None else self.spread[part],
            siblings={name: other.during(self, part) for name, other in self.siblings.items()},
        )

    def during(self, other: Bars, part: slice) -> Bars:
        """These bars in the time of a part of other ones: not begun before it, and ended when it has."""
        times, decided = other.time[part], other.decision_time[part]
        if not len(times):
            return self[0:0]
        last = int(np.searchsorted(self.decision_time, decided[-1], side="right"))
        return self[min(int(np.searchsorted(self.time, times[0])), last) : last]

    def beside(self, *others: Bars) -> Bars:
        """These bars, with those of other symbols at hand for `of`.

        Raises: DataError: another timeframe or clock; the message says whose.
        """
        for other in others:
            if other.timeframe != self.timeframe:
                raise DataError(
                    f"the bars of {other.symbol} are {other.timeframe}, those of {self.symbol} {self.timeframe}: "
                    "symbols are played together in bars of one timeframe"
                )
            if other.timezone != self.timezone and other.timezone_known and self.timezone_known:
                raise DataError(
                    f"the bars of {other.symbol} show the clock of {other.timezone}, those of {self.symbol} that of "
                    f"{self.timezone}: give both on one clock"
                )
        siblings = {other.symbol: replace(other, siblings={}) for other in others if other.symbol != self.symbol}
        return replace(self, siblings={**self.siblings, **siblings})

    @property
    def point(self) -> float:
        """The smallest decimal of a quote."""
        return self.spec.point

    @property
    def pip(self) -> float:
        """One pip as a price distance (EXECUTION rule 22)."""
        return self.spec.pip

    @property
    def seconds(self) -> int:
        """Length of a bar; nominal for months."""
        return TIMEFRAMES[self.timeframe]

    @cached_property
    def decision_time(self) -> Times:
        """When each bar has closed and is decided on: open time plus timeframe."""
        return bar_end(self.time, self.timeframe)

    @cached_property
    def clock(self) -> Series:
        """Minutes after midnight of the decision time."""
        return Series(self.decision_time % _DAY / 60)

    def clock_in(self, zone: str) -> Series:
        """Minutes after midnight of the decision time by the clock of a zone ("Europe/London")."""
        return Series(convert(self.decision_time, self.timezone, zone) % _DAY / 60)

    @cached_property
    def day(self) -> Times:
        """The calendar day that each bar opens in, as a number of days."""
        return self.time // _DAY

    def on(self, timeframe: str) -> HigherBars:
        """The same market in bars of a higher timeframe, built from midnight; made once.

        Raises: ParameterError: bars of this timeframe cannot be put together to that one.
        """
        views: dict[str, HigherBars] = self.__dict__.setdefault("_views", {})
        if timeframe not in views:
            views[timeframe] = _higher(self, timeframe)
        return views[timeframe]

    def of(self, symbol: str) -> OtherBars:
        """Another symbol's bars of the same timeframe, as decisions on these bars may see them; made once.

        Raises: DataError: there are none; the message says how to give them.
        """
        views: dict[str, OtherBars] = self.__dict__.setdefault("_others", {})
        if symbol not in views:
            views[symbol] = self._other(symbol)
        return views[symbol]

    def _other(self, symbol: str) -> OtherBars:
        other = self if symbol == self.symbol else self.siblings.get(symbol)
        if other is None:
            raise DataError(missing_symbol(symbol, self.timeframe))
        end = self.decision_time[-1] if len(self) else 0
        other = other[: int(np.searchsorted(other.decision_time, end, side="right"))]
        return OtherBars(**{f.name: getattr(other, f.name) for f in fields(Bars) if f.name != "siblings"}, base=self)


def missing_symbol(symbol: str, timeframe: str) -> str:
    """What to do about bars that are needed and not there, as a sentence."""
    return (
        f"there are no {timeframe} bars of {symbol}: give them with --data {symbol}=FILE (run_backtest: others=), or "
        f"put {symbol}_{timeframe}.csv or .parquet into the folder that MAS_DATA names"
    )


@dataclass(frozen=True, eq=False, repr=False)
class SeenBars(Bars):
    """Bars that know which of them a decision on the base bars may see."""

    base: Bars | None = None

    @cached_property
    def seen(self) -> NDArray[np.intp]:
        """For each base bar the last of these bars that has ended when it is decided on; -1 where there is none."""
        if self.base is None:
            raise ParameterError(
                "only bars made by bars.on(timeframe) or bars.of(symbol) can be aligned with the bars they come from"
            )
        return np.searchsorted(self.decision_time, self.base.decision_time, side="right") - 1

    def align(self, values: _AlignedT) -> _AlignedT:
        """What the last bar that has ended at or before each base bar's decision says (EXECUTION rule 17).

        A bar has ended when the clock says so, whether or not a base bar closes it. Before the first one has ended
        the value is not available.
        """
        if len(values) != len(self):
            raise ParameterError(f"{len(values)} values do not belong to these {len(self)} {self.timeframe} bars")
        if isinstance(values, Series):
            return Series(np.append(values.values, np.nan)[self.seen])
        return Condition(np.append(values.true, False)[self.seen], np.append(values.false, False)[self.seen])


class HigherBars(SeenBars):
    """Bars of a higher timeframe; the base bars are those they are made of."""


class OtherBars(SeenBars):
    """Bars of another symbol; what they show on a higher timeframe is aligned with them first, then with the base."""


def _higher(bars: Bars, timeframe: str) -> HigherBars:
    if not builds(bars.timeframe, check_timeframe(timeframe)):
        raise ParameterError(f"{timeframe} bars cannot be put together from {bars.timeframe} bars")
    starts = bar_start(bars.time, timeframe)
    first = np.flatnonzero(np.diff(starts, prepend=starts[:1] - 1))
    last = np.append(first[1:], len(bars))[: len(first)] - 1
    join = bool(len(first))
    return HigherBars(
        symbol=bars.symbol,
        timeframe=timeframe,
        time=starts[first],
        open=Series(bars.open.values[first]),
        high=Series(np.maximum.reduceat(bars.high.values, first) if join else ()),
        low=Series(np.minimum.reduceat(bars.low.values, first) if join else ()),
        close=Series(bars.close.values[last]),
        volume=Series(np.add.reduceat(bars.volume.values, first) if join else ()),
        spec=bars.spec,
        spread=None if bars.spread is None else bars.spread[first],
        timezone=bars.timezone,
        timezone_known=bars.timezone_known,
        synthetic=bars.synthetic,
        source=bars.source,
        base=bars,
    )


# ------------------------------------------------------------------ the clock of decisions


def clock(text: str) -> int:
    """ "09:30" as minutes after midnight; "24:00" is the end of the day.

    Raises: ParameterError: it is no time of day.
    """
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", str(text))
    minutes = int(match[1]) * 60 + int(match[2]) if match else -1
    if match is None or int(match[2]) > 59 or minutes > 1440:
        raise ParameterError(f'"{text}" is no time of day: write it as 09:30')
    return minutes


def session(
    bars: Bars, start: str, end: str, zone: str | None = None, days: tuple[str, ...] | None = None
) -> Condition:
    """True where the decision time t lies in start <= t < end, on the days given (EXECUTION rule 15).

    Args: start, end: "08:00"; a start after the end wraps midnight, equal ones are the whole day. zone: IANA name,
    None is the data's own clock. days: of the decision time in that zone, "mon" ... "sun"; None is every day.
    """
    wall = bars.decision_time if zone is None else convert(bars.decision_time, bars.timezone, zone)
    minutes = wall % _DAY // 60
    after, before = minutes >= clock(start), minutes < clock(end)
    inside = after & before if clock(start) < clock(end) else after | before
    return Condition(inside if days is None else inside & _falls_on(wall, days))


def on_days(bars: Bars, *days: str, zone: str | None = None) -> Condition:
    """True where the decision time falls on one of the days, "mon" ... "sun", by the data's clock or a zone's."""
    wall = bars.decision_time if zone is None else convert(bars.decision_time, bars.timezone, zone)
    return Condition(_falls_on(wall, days))


def on_dates(bars: Bars, first: str | None = None, last: str | None = None) -> Condition:
    """True where the decision falls on a day from `first` to `last` ("2023-12-31"), both included; None is open.

    The day is that of the decision time by the data's clock.
    """
    day = bars.decision_time // _DAY
    after = day >= (day if first is None else _day_of(first))
    return Condition(after & (day <= (day if last is None else _day_of(last))))


def _day_of(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()
    except (TypeError, ValueError):
        raise ParameterError(f'"{text}" is no date: write it as 2023-12-31') from None


def _falls_on(wall: Times, days: tuple[str, ...]) -> NDArray[np.bool_]:
    unknown = [day for day in days if day not in DAYS]
    if unknown or not days:
        named = f'"{unknown[0]}" is no weekday' if unknown else "no weekday is given"
        raise ParameterError(f"{named}: write {', '.join(DAYS)}")
    wanted = np.isin(np.arange(7), [DAYS.index(day) for day in days])
    result: NDArray[np.bool_] = wanted[(wall // _DAY + 3) % 7]  # 1970-01-01 was a Thursday
    return result
