"""Timeframes: names, lengths, and where bars start and end."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from mas.errors import ParameterError
from mas.timeframes import TIMEFRAMES, bar_end, bar_start, builds, check_timeframe


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_there_are_metatraders_21_timeframes_shortest_first():
    """The table has MetaTrader's names only, ordered by length."""
    assert len(TIMEFRAMES) == 21
    assert list(TIMEFRAMES.values()) == sorted(TIMEFRAMES.values())
    assert (TIMEFRAMES["M12"], TIMEFRAMES["H8"], TIMEFRAMES["D1"]) == (720, 28_800, 86_400)


@pytest.mark.parametrize(
    ("timeframe", "start", "end"),
    [
        ("M1", "2024-02-29 13:37", "2024-02-29 13:38"),
        ("M20", "2024-02-29 13:20", "2024-02-29 13:40"),
        ("H4", "2024-02-29 12:00", "2024-02-29 16:00"),
        ("D1", "2024-02-29 00:00", "2024-03-01 00:00"),
        ("W1", "2024-02-25 00:00", "2024-03-03 00:00"),
        ("MN1", "2024-02-01 00:00", "2024-03-01 00:00"),
    ],
)
def test_a_bar_starts_and_ends_where_metatrader_draws_it(timeframe, start, end):
    """Bars count from midnight, weeks from Sunday, months from the 1st; scalars and arrays agree."""
    moment = at("2024-02-29 13:37:59")
    assert bar_start(moment, timeframe) == at(start)
    assert bar_end(at(start), timeframe) == at(end)
    assert bar_start(np.array([moment, at(start)]), timeframe).tolist() == [at(start), at(start)]
    assert bar_end(np.array([at(start)]), timeframe).tolist() == [at(end)]


def test_bars_before_1970_start_at_midnight_too():
    """Negative epoch seconds floor towards the past, not towards zero."""
    assert bar_start(at("1969-12-31 23:59"), "D1") == at("1969-12-31")
    assert bar_start(at("1969-12-31 23:59"), "W1") == at("1969-12-28")
    assert bar_start(at("1969-12-31 23:59"), "MN1") == at("1969-12-01")


def test_only_whole_bars_build_coarser_ones():
    """A timeframe is built from its divisors; months cannot be built from weeks."""
    assert builds("M5", "H1")
    assert builds("D1", "W1")
    assert builds("D1", "MN1")
    assert builds("H1", "H1")
    assert not builds("H3", "H4")
    assert not builds("W1", "MN1")
    assert not builds("H4", "H1")


def test_an_unknown_name_is_refused_with_a_hint():
    """The error names the word, offers the nearest name and lists all."""
    with pytest.raises(ParameterError, match=r'unknown timeframe "h4": did you mean "H4"\?.*MN1'):
        check_timeframe("h4")
