"""Prices of a part of the day, against loops over the bars, by the data's clock and by another."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from mas.bars import Bars, clock, on_dates, on_days
from mas.errors import ParameterError
from mas.indicators.sessions import session_close, session_high, session_low, session_open
from mas.series import Series
from mas.timeframes import TIMEFRAMES
from tests.lengths import every
from tests.market import MONDAY, random_bars

NAN = math.nan
EPOCH = datetime(1970, 1, 1)


def with_gaps(bars: Bars, seed: int) -> Bars:
    """The bars without a tenth of them, picked at random, and without the weekend."""
    keep = np.random.default_rng(seed).random(len(bars)) > 0.1
    keep &= (bars.time // 86_400 + 3) % 7 < 5
    columns = [getattr(bars, name).values[keep] for name in ("open", "high", "low", "close", "volume")]
    return Bars.from_arrays(bars.symbol, bars.timeframe, bars.time[keep], *columns, timezone=bars.timezone)


def wall(time: int, source: str, target: str | None) -> datetime:
    """What the clock of a zone shows when that of another shows `time`."""
    shown = EPOCH + timedelta(seconds=int(time))
    if target is None or target == source:
        return shown
    return shown.replace(tzinfo=ZoneInfo(source)).astimezone(UTC).astimezone(ZoneInfo(target)).replace(tzinfo=None)


def minute_of(moment: datetime) -> int:
    return 60 * moment.hour + moment.minute


def members(bars: Bars, i: int, start: str, end: str, zone: str | None) -> list[int]:
    """The bars up to i inside the session of the day in which bar i opens, by the words of the language."""
    today = wall(bars.time[i], bars.timezone, zone).date()
    first, last = clock(start), clock(end)
    found = []
    for k in range(i + 1):
        opened = wall(bars.time[k], bars.timezone, zone)
        minute, day = minute_of(opened), opened.date()
        if first < last:
            inside = day == today and first <= minute < last
        else:
            yesterday = today - timedelta(days=1)
            inside = (day == yesterday and minute >= first) or (day == today and minute < last)
        if inside:
            found.append(k)
    return found


def over(bars: Bars, i: int, end: str, zone: str | None) -> bool:
    """Whether the decision at the close of bar i comes at or after the end of its day's session."""
    day = wall(bars.time[i], bars.timezone, zone).date()
    decided = wall(int(bars.time[i]) + TIMEFRAMES[bars.timeframe], bars.timezone, zone)
    return decided >= datetime(day.year, day.month, day.day) + timedelta(minutes=clock(end))


def looped(bars: Bars, start: str, end: str, zone: str | None, take: Callable[[list[int]], float]) -> list[float]:
    result = []
    for i in range(len(bars)):
        inside = members(bars, i, start, end, zone)
        result.append(take(inside) if inside and over(bars, i, end, zone) else NAN)
    return result


# ------------------------------------------------------------------ by hand


def hours(highs: dict[int, float], days: int = 2, timeframe: str = "H1") -> Bars:
    """Bars at 1.0 from Monday midnight on, with other highs on some of them (by number)."""
    count = days * 86_400 // TIMEFRAMES[timeframe]
    flat = np.ones(count)
    high = flat.copy()
    for bar, value in highs.items():
        high[bar] = value
    time = MONDAY + TIMEFRAMES[timeframe] * np.arange(count)
    return Bars.from_arrays("EURUSD", timeframe, time, flat, high, flat, flat)


def test_a_range_is_known_when_it_is_complete() -> None:
    """08:00 to 10:00: from the bar that closes at 10:00 until the day is over; the next day anew."""
    bars = hours({7: 9.0, 8: 2.0, 9: 3.0, 10: 9.0, 24 + 8: 4.0})
    expected = [NAN] * 9 + [3.0] * 15 + [NAN] * 9 + [4.0] * 15
    np.testing.assert_array_equal(session_high(bars, "08:00", "10:00").values, expected)


def test_a_range_that_ends_inside_a_bar() -> None:
    """The bar that opens before the end belongs to it, and with its close the end has come."""
    bars = hours({8: 2.0, 9: 3.0}, days=1)
    expected = [NAN] * 9 + [3.0] * 15
    np.testing.assert_array_equal(session_high(bars, "08:00", "09:30").values, expected)


def test_a_range_until_midnight() -> None:
    """24:00 has come when the day's last bar closes; that bar belongs to the day in which it opens."""
    bars = hours({23: 2.0})
    expected = [NAN] * 23 + [2.0] + [NAN] * 23 + [1.0]
    np.testing.assert_array_equal(session_high(bars, "20:00", "24:00").values, expected)


def test_a_range_across_midnight_belongs_to_the_day_on_which_it_ends() -> None:
    """22:00 to 02:00: on the first day only what it has of it; on the second with the evening before."""
    bars = hours({0: 2.0, 22: 3.0, 24: 1.5, 46: 9.0})
    expected = [NAN] + [2.0] * 23 + [NAN] + [3.0] * 23
    np.testing.assert_array_equal(session_high(bars, "22:00", "02:00").values, expected)


def test_the_open_is_that_of_the_first_bar_at_or_after() -> None:
    """Known at that bar's close, although it opens after the time that is asked for."""
    bars = with_gaps(random_bars(24 * 5), 3)
    missing = bars[1:]  # the first day begins at a later hour
    values = session_open(missing, "00:00").values
    assert values[0] == missing.open.values[0]
    assert np.isnan(session_open(hours({}, days=1), "23:30").values).all()


def test_a_day_without_a_bar_inside_has_no_range() -> None:
    """A holiday morning: nothing is carried over from the day before."""
    bars = hours({8: 2.0})
    keep = np.r_[0:24, 36:48]
    columns = [getattr(bars, name).values[keep] for name in ("open", "high", "low", "close")]
    short = Bars.from_arrays("EURUSD", "H1", bars.time[keep], *columns)
    assert np.isnan(session_high(short, "08:00", "10:00").values[24:]).all()


def test_a_clock_in_another_zone() -> None:
    """New York is five hours behind in winter and four in summer."""
    winter = Bars.from_arrays("EURUSD", "H1", [1_704_456_000], [1], [1], [1], [1])  # 2024-01-05 12:00
    summer = Bars.from_arrays("EURUSD", "H1", [1_720_180_800], [1], [1], [1], [1])  # 2024-07-05 12:00
    assert winter.clock_in("America/New_York").values.tolist() == [8 * 60]
    assert summer.clock_in("America/New_York").values.tolist() == [9 * 60]
    assert winter.clock_in("UTC").values.tolist() == winter.clock.values.tolist() == [13 * 60]


def test_a_weekday_in_another_zone() -> None:
    """When Monday begins in London it is Sunday evening in New York."""
    bars = hours({}, days=1)
    assert on_days(bars, "sun", zone="America/New_York").true.tolist() == [True] * 4 + [False] * 20
    assert on_days(bars, "mon").true.tolist() == [True] * 23 + [False]  # the last is decided on at midnight


def test_dates_count_by_the_decision() -> None:
    """Both days are included; what is decided at midnight belongs to the day that begins."""
    bars = hours({}, days=3)  # 2010-01-04 to 06
    assert on_dates(bars, "2010-01-05", "2010-01-05").true.tolist() == [False] * 23 + [True] * 24 + [False] * 25
    assert on_dates(bars, None, "2010-01-04").true.sum() == 23
    assert on_dates(bars, "2010-01-06").true.sum() == 72 - 47
    assert on_dates(bars).true.all()
    with pytest.raises(ParameterError, match="2023-12-31"):
        on_dates(bars, "2010-02-30")


# ------------------------------------------------------------------ against loops

SPANS = [("08:00", "10:00"), ("22:00", "02:00"), ("09:30", "11:15"), ("00:00", "24:00"), ("23:30", "23:59")]


@pytest.mark.parametrize("zone", every(2, [None, "America/New_York", "Europe/London"]))
@pytest.mark.parametrize("span", SPANS, ids="-".join)
def test_session_prices_agree_with_loops(span: tuple[str, str], zone: str | None) -> None:
    """On days with missing bars, across weekends and the change of London's and New York's clocks."""
    start, end = span
    march = random_bars(24 * 14, seed=SPANS.index(span))
    time = march.time - MONDAY + 1_268_006_400  # from Monday 2010-03-08 on: New York changes on the 14th
    columns = [getattr(march, name).values for name in ("open", "high", "low", "close", "volume")]
    bars = with_gaps(Bars.from_arrays("EURUSD", "H1", time, *columns, timezone="Europe/Athens"), 1)
    o, h, low, c = (getattr(bars, name).values for name in ("open", "high", "low", "close"))
    for function, take in (
        (session_high, lambda inside: max(h[inside])),
        (session_low, lambda inside: min(low[inside])),
        (session_close, lambda inside: c[inside[-1]]),
    ):
        np.testing.assert_array_equal(function(bars, start, end, zone).values, looped(bars, start, end, zone, take))
    opened = []
    for i in range(len(bars)):
        inside = members(bars, i, start, "24:00", zone)
        opened.append(o[inside[0]] if inside else NAN)
    np.testing.assert_array_equal(session_open(bars, start, zone).values, opened)


@pytest.mark.parametrize("function", [session_high, session_low, session_close])
def test_clocks_that_go_back_show_nothing_early(function: Callable[..., Series]) -> None:
    """In the night in which London repeats an hour no bar sees what a later one has brought."""
    time = 1_288_396_800 + 900 * np.arange(96)  # 2010-10-30 00:00 UTC, two days of quarters
    columns = [getattr(random_bars(96, seed=5), name).values for name in ("open", "high", "low", "close")]
    bars = Bars.from_arrays("EURUSD", "M15", time, *columns)
    whole = function(bars, "00:30", "01:30", "Europe/London").values
    for n in range(1, len(bars) + 1):
        part = function(bars[:n], "00:30", "01:30", "Europe/London").values
        np.testing.assert_array_equal(part, whole[:n])


def test_no_bars_and_no_session() -> None:
    """Nothing in, nothing out; a session without length is a mistake."""
    empty = random_bars(0)
    assert len(session_open(empty, "08:00")) == len(session_high(empty, "08:00", "09:00")) == 0
    with pytest.raises(ParameterError, match="two different times"):
        session_high(random_bars(5), "08:00", "08:00")
    with pytest.raises(ParameterError, match="no time of day"):
        session_open(random_bars(5), "25:00")
    with pytest.raises(ParameterError, match="time zone"):
        session_open(random_bars(5), "08:00", "Europe/Lond")
