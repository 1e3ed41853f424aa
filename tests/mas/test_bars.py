"""Bars: higher timeframes that never repaint, the clock of decisions, sessions in any zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from mas.bars import Bars, clock, on_days, session
from mas.errors import ParameterError
from mas.series import Condition, Series
from tests.market import MONDAY, random_bars

HOUR = 3600


def without(bars: Bars, *gone: int) -> Bars:
    """The bars with some taken out: a gap in the data."""
    keep = np.setdiff1d(np.arange(len(bars)), gone)
    columns = [getattr(bars, name).values[keep] for name in ("open", "high", "low", "close", "volume")]
    return Bars.from_arrays(bars.symbol, bars.timeframe, bars.time[keep], *columns)


def test_columns_must_have_one_length() -> None:
    """A missing value somewhere is refused, not shifted over."""
    with pytest.raises(ParameterError, match="one length"):
        Bars.from_arrays("EURUSD", "H1", [0, HOUR], [1.0], [1.0], [1.0], [1.0])


def test_a_slice_is_the_same_bars() -> None:
    """bars[a:b] cuts every column and keeps what is known about the data."""
    bars = random_bars(50, timezone="Europe/Athens", spread=np.arange(50.0))
    part = bars[10:20]
    assert len(part) == 10
    assert part.time.tolist() == bars.time[10:20].tolist()
    assert part.close.values.tolist() == bars.close.values[10:20].tolist()
    assert part.spread is not None
    assert part.spread.tolist() == list(range(10, 20))
    assert part.timezone == "Europe/Athens"
    with pytest.raises(ParameterError, match=r"bars\.close\[n\]"):
        bars[3]  # type: ignore[index]


def test_pip_point_and_clock() -> None:
    """A pip is ten points on five digits; the clock shows when a bar is decided on, not when it opened."""
    bars = random_bars(25)
    assert (bars.pip, bars.point, bars.seconds) == (0.0001, 0.00001, HOUR)
    assert bars.clock.values[[0, 22, 23]].tolist() == [60, 23 * 60, 0]
    assert (bars.decision_time - bars.time == HOUR).all()


def test_months_are_as_long_as_they_are() -> None:
    """A monthly bar is decided on when the next month begins."""
    bars = random_bars(24 * 62).on("MN1")
    assert bars.time.astype("datetime64[s]").astype(str).tolist()[:2] == ["2010-01-01T00:00:00", "2010-02-01T00:00:00"]
    assert bars.decision_time[0] == bars.time[1]


def test_higher_bars_are_made_of_their_parts() -> None:
    """Open of the first, highest high, lowest low, close of the last, volume of all, counted from midnight."""
    bars = random_bars(24 * 15)
    for timeframe, size in (("H4", 4), ("D1", 24)):
        higher = bars.on(timeframe)
        groups = [slice(i, i + size) for i in range(0, len(bars), size)]
        assert higher.time.tolist() == bars.time[::size].tolist()
        assert higher.open.values.tolist() == [bars.open.values[g][0] for g in groups]
        assert higher.high.values.tolist() == [bars.high.values[g].max() for g in groups]
        assert higher.low.values.tolist() == [bars.low.values[g].min() for g in groups]
        assert higher.close.values.tolist() == [bars.close.values[g][-1] for g in groups]
        assert higher.volume.values.tolist() == [bars.volume.values[g].sum() for g in groups]
    assert bars.on("W1").time[1] == MONDAY + 6 * 24 * HOUR  # weeks start on Sunday
    assert bars.on("D1") is bars.on("D1")


def test_only_finished_higher_bars_are_seen() -> None:
    """At each decision the last bar that has ended by then counts, one that ends exactly then included (rule 17)."""
    bars = random_bars(24 * 5)
    daily = bars.on("D1")
    seen = daily.align(daily.close).values
    for i, moment in enumerate(bars.decision_time):
        ended = [k for k, end in enumerate(daily.decision_time) if end <= moment]
        expected = daily.close.values[ended[-1]] if ended else np.nan
        np.testing.assert_equal(seen[i], expected)
    assert np.isnan(seen[22])
    assert seen[23] == daily.close.values[0]


def test_a_repainting_reading_would_be_noticed() -> None:
    """The wrong reading, the day's final close during the day, changes when the future is cut; ours does not."""
    bars = random_bars(24 * 4)
    cut = bars[: 24 * 3 + 5]

    def repainting(given: Bars) -> np.ndarray:
        daily = given.on("D1")
        return daily.close.values[np.searchsorted(daily.time, given.time, side="right") - 1]

    def ours(given: Bars) -> np.ndarray:
        daily = given.on("D1")
        return daily.align(daily.close).values

    assert not np.array_equal(repainting(bars)[: len(cut)], repainting(cut))
    np.testing.assert_array_equal(ours(bars)[: len(cut)], ours(cut))


def test_the_clock_ends_a_higher_bar_not_the_next_tick() -> None:
    """With the day's last hours missing, the first decision after midnight still sees that day; none before does."""
    bars = without(random_bars(30), 20, 21, 22, 23)
    daily = bars.on("D1")
    seen = daily.align(daily.close).values
    assert np.isnan(seen[:20]).all()
    assert (seen[20:] == bars.close.values[19]).all()


def test_conditions_align_too() -> None:
    """A condition is unknown until the first higher bar has ended."""
    bars = random_bars(24 * 3)
    daily = bars.on("D1")
    aligned = daily.align(daily.close > daily.open)
    assert aligned.unknown.tolist() == [True] * 23 + [False] * 49
    with pytest.raises(ParameterError, match="do not belong"):
        daily.align(Series([1.0]))


def test_a_higher_bar_seen_from_a_slice_or_from_itself() -> None:
    """Slicing a view keeps it aligned with its base; a timeframe seen at itself is itself."""
    bars = random_bars(24 * 4)
    daily = bars.on("D1")
    part = daily[:2]
    np.testing.assert_array_equal(part.align(part.close).values[:71], daily.align(daily.close).values[:71])  # type: ignore[attr-defined]
    same = bars.on("H1")
    np.testing.assert_array_equal(same.align(same.close).values, bars.close.values)


def test_bars_that_do_not_fill_higher_ones_are_refused() -> None:
    """Weeks make no months, and nothing makes finer bars."""
    bars = random_bars(24 * 20)
    with pytest.raises(ParameterError, match="MN1 bars cannot be put together from W1"):
        bars.on("W1").on("MN1")
    with pytest.raises(ParameterError, match="M5 bars cannot be put together from H1"):
        bars.on("M5")
    with pytest.raises(ParameterError, match="unknown timeframe"):
        bars.on("H5")


def test_clock_texts() -> None:
    """Times of day become minutes; what is none is refused."""
    assert [clock(t) for t in ("00:00", "9:30", "23:59", "24:00")] == [0, 570, 1439, 1440]
    for wrong in ("24:01", "9.30", "12:60", "noon"):
        with pytest.raises(ParameterError, match="time of day"):
            clock(wrong)


def test_sessions_include_their_start_and_not_their_end() -> None:
    """08:00 to 17:00 holds decisions at 08:00 up to before 17:00; one that wraps midnight is the rest of the day."""
    bars = random_bars(48)
    hours = bars.decision_time // HOUR % 24
    np.testing.assert_array_equal(session(bars, "08:00", "17:00").true, (hours >= 8) & (hours < 17))
    np.testing.assert_array_equal(session(bars, "22:00", "06:00").true, (hours >= 22) | (hours < 6))
    assert session(bars, "00:00", "24:00").true.all()
    assert not session(bars, "08:00", "17:00").unknown.any()


def test_weekdays_are_those_of_the_decision() -> None:
    """The bar that opens on Monday at 23:00 is decided on Tuesday."""
    bars = random_bars(24 * 8)
    monday = on_days(bars, "mon").true
    assert monday[:23].all()
    assert not monday[23:100].any()
    assert on_days(bars, "sat", "sun").true.sum() == 48
    limited = session(bars, "08:00", "17:00", days=("tue",)).true
    np.testing.assert_array_equal(limited, session(bars, "08:00", "17:00").true & on_days(bars, "tue").true)
    with pytest.raises(ParameterError, match="weekday"):
        on_days(bars, "monday")


@pytest.mark.parametrize(("data", "zone"), [("UTC", "America/New_York"), ("Europe/Athens", "Europe/London"),
                                            ("America/New_York", "Asia/Tokyo"), ("Europe/London", "UTC")])  # fmt: skip
def test_sessions_follow_the_clocks_of_other_zones(data: str, zone: str) -> None:
    """Over a year of half hours, clock changes on either side included, each decision agrees with datetime."""
    count = 366 * 48
    flat = np.ones(count)
    time = MONDAY + np.arange(count) * 1800
    bars = Bars.from_arrays("EURUSD", "M30", time, flat, flat, flat, flat, timezone=data)
    local = [
        (datetime(1970, 1, 1) + timedelta(seconds=int(t))).replace(tzinfo=ZoneInfo(data)).astimezone(ZoneInfo(zone))
        for t in bars.decision_time
    ]
    inside = [8 * 60 <= t.hour * 60 + t.minute < 9 * 60 + 30 for t in local]
    tuesday = [t.weekday() == 1 for t in local]
    assert session(bars, "08:00", "09:30", zone).true.tolist() == inside
    assert session(bars, "00:00", "24:00", zone, ("tue",)).true.tolist() == tuesday


def test_unknown_zones_are_refused_with_a_proposal() -> None:
    """A mistyped zone, of the data or of a session, is refused and a similar one named."""
    with pytest.raises(ParameterError, match="Europe/London"):
        session(random_bars(5), "08:00", "17:00", "Europe/Londn")
    with pytest.raises(ParameterError, match="time zone"):
        random_bars(5, timezone="Mars")


def test_no_bars_are_no_error() -> None:
    """Everything works on an empty data set."""
    bars = random_bars(0)
    daily = bars.on("D1")
    assert len(daily.align(daily.close)) == 0
    assert len(session(bars, "08:00", "17:00", "Asia/Tokyo")) == 0
    assert isinstance(daily.align(daily.close > 1), Condition)
