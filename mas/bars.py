"""Bars of one symbol and timeframe, the same bars seen at a higher timeframe, and the clock of their decisions.

All times are int64 seconds of the wall clock of `timezone`, written as if it were UTC (as MetaTrader does). A bar is
stamped with its open; what a strategy decides, it decides when the bar closes: at `decision_time`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mas.errors import ParameterError
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
        )

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


@dataclass(frozen=True, eq=False, repr=False)
class HigherBars(Bars):
    """Bars of a higher timeframe that know which of them a decision on the base bars may see."""

    base: Bars | None = None

    @cached_property
    def seen(self) -> NDArray[np.intp]:
        """For each base bar the last of these bars that has ended when it is decided on; -1 where there is none."""
        if self.base is None:
            raise ParameterError("only bars made by bars.on(timeframe) can be aligned with the bars they come from")
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


def on_days(bars: Bars, *days: str) -> Condition:
    """True where the decision time falls on one of the days, "mon" ... "sun", of the data's clock."""
    return Condition(_falls_on(bars.decision_time, days))


def _falls_on(wall: Times, days: tuple[str, ...]) -> NDArray[np.bool_]:
    unknown = [day for day in days if day not in DAYS]
    if unknown or not days:
        named = f'"{unknown[0]}" is no weekday' if unknown else "no weekday is given"
        raise ParameterError(f"{named}: write {', '.join(DAYS)}")
    wanted = np.isin(np.arange(7), [DAYS.index(day) for day in days])
    result: NDArray[np.bool_] = wanted[(wall // _DAY + 3) % 7]  # 1970-01-01 was a Thursday
    return result
