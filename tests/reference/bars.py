"""Bars as plain lists, the higher timeframes made of them, and the few facts about a symbol that trading needs."""

from __future__ import annotations

import csv
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

TOLERANCE = 1e-9
"""Rule 5: prices and what is averaged from them are equal within this relative distance."""

SECONDS = {"M": 60, "H": 3600, "D": 86400, "W": 7 * 86400}


def above(a: float, b: float) -> bool:
    return a - b > TOLERANCE * max(abs(a), abs(b))


def below(a: float, b: float) -> bool:
    return above(b, a)


def at_least(a: float, b: float) -> bool:
    return not below(a, b)


def at_most(a: float, b: float) -> bool:
    return not above(a, b)


def moment(seconds: int) -> datetime:
    """Epoch seconds of the data's wall clock as a date and time (without a zone)."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Symbol:
    """Point, pip and tick size in price, the contract, and which side of the pair the account (USD) is on."""

    point: float
    pip: float
    tick: float
    contract: float
    account_is_base: bool = False
    minimum: str = "0.01"
    step: str = "0.01"
    maximum: str = "100"


def symbol(name: str) -> Symbol:
    """The symbols the tests use (rule 22)."""
    if name.startswith("XAU"):
        return Symbol(0.01, 0.1, 0.01, 100, maximum="50")
    if name.endswith("JPY"):
        return Symbol(0.001, 0.01, 0.001, 100_000, account_is_base=name.startswith("USD"))
    return Symbol(0.00001, 0.0001, 0.00001, 100_000, account_is_base=name.startswith("USD"))


@dataclass
class History:
    """Bars of one symbol and timeframe. Times are open times; `spread` is a price distance for each bar (rule 1)."""

    symbol: Symbol
    timeframe: str
    time: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]
    spread: list[float]
    zone: str = "UTC"
    _higher: dict[str, tuple[History, list[int | None]]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.time)

    def ends(self, i: int) -> int:
        """When bar i closes: its decision time (rule 15). Nominal, so a gap after the bar does not matter."""
        return end_of(self.time[i], self.timeframe)

    @cached_property
    def place(self) -> dict[int, int]:
        """The index of the bar that opens at a time."""
        return {t: k for k, t in enumerate(self.time)}

    def opened_before(self, moment: int) -> int:
        """How many bars opened before the moment."""
        return bisect_left(self.time, moment)

    @cached_property
    def all_ends(self) -> list[int]:
        return [self.ends(k) for k in range(len(self))]

    def last_ended(self, moment: int) -> int | None:
        """The last bar that has ended at or before the moment (rule 17)."""
        ended = bisect_right(self.all_ends, moment)
        return ended - 1 if ended else None

    def first(self, count: int) -> History:
        """The same history, cut after so many bars."""
        columns = (c[:count] for c in (self.time, self.open, self.high, self.low, self.close, self.volume, self.spread))
        return History(self.symbol, self.timeframe, *columns, zone=self.zone)

    def on(self, timeframe: str) -> tuple[History, list[int | None]]:
        """The higher timeframe, and for each bar here the index of the last bar there that has ended (rule 17)."""
        if timeframe not in self._higher:
            self._higher[timeframe] = self._build(timeframe)
        return self._higher[timeframe]

    def _build(self, timeframe: str) -> tuple[History, list[int | None]]:
        higher = History(self.symbol, timeframe, [], [], [], [], [], [], [], self.zone)
        for i in range(len(self)):
            start = start_of(self.time[i], timeframe)
            if not higher.time or higher.time[-1] != start:
                higher.time.append(start)
                higher.open.append(self.open[i])
                higher.high.append(self.high[i])
                higher.low.append(self.low[i])
                higher.close.append(self.close[i])
                higher.volume.append(self.volume[i])
                higher.spread.append(self.spread[i])
            else:
                higher.high[-1] = max(higher.high[-1], self.high[i])
                higher.low[-1] = min(higher.low[-1], self.low[i])
                higher.close[-1] = self.close[i]
                higher.volume[-1] += self.volume[i]
        known: list[int | None] = []
        j = 0
        for i in range(len(self)):
            while j < len(higher) and higher.ends(j) <= self.ends(i):
                j += 1
            known.append(j - 1 if j else None)
        return higher, known


def length_of(timeframe: str) -> int:
    """Seconds of a timeframe such as M15; a month has no fixed length (see `end_of`)."""
    return SECONDS[timeframe[0]] * int(timeframe[1:])


def start_of(seconds: int, timeframe: str) -> int:
    """The open time of the bar of that timeframe that holds the moment; built from midnight (rule 17)."""
    midnight = seconds - seconds % 86400
    if timeframe == "MN1":
        return midnight - 86400 * (moment(seconds).day - 1)
    if timeframe == "W1":
        return midnight - 86400 * (moment(seconds).isoweekday() % 7)  # MetaTrader's week starts on Sunday
    length = length_of(timeframe)
    return midnight + (seconds - midnight) // length * length


def end_of(start: int, timeframe: str) -> int:
    if timeframe == "MN1":
        return start_of(start + 32 * 86400, "MN1")
    return start + length_of(timeframe)


def in_zone(seconds: int, data_zone: str, zone: str | None) -> datetime:
    """The data's wall clock as the wall clock of another zone."""
    if zone is None or zone == data_zone:
        return moment(seconds)
    return moment(seconds).replace(tzinfo=ZoneInfo(data_zone)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def clock_moments(start: datetime, stop: datetime, hour: int, minute: int) -> list[datetime]:
    """Every moment in (start, stop] at which the clock shows hour:minute."""
    day = start.replace(hour=hour, minute=minute, second=0)
    found = []
    while day <= stop:
        if day > start:
            found.append(day)
        day += timedelta(days=1)
    return found


def read_csv(path: Path, timeframe: str, spread_points: float = 0.0) -> History:
    """A plain CSV with time, open, high, low, close, tick_volume; the symbol is in the file name."""
    spec = symbol(path.stem.split("_")[0])
    result = History(spec, timeframe, [], [], [], [], [], [], [])
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            opened = datetime.fromisoformat(row["time"]).replace(tzinfo=UTC)
            result.time.append(int(opened.timestamp()))
            for name in ("open", "high", "low", "close"):
                getattr(result, name).append(float(row[name]))
            result.volume.append(float(row["tick_volume"]))
            result.spread.append(spread_points * spec.point)
    return result
