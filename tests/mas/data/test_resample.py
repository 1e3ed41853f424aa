"""Coarser bars: what they are made of, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from mas.data import resample, sample_bars
from mas.errors import DataError, ParameterError
from mas.timeframes import bar_start


@pytest.mark.parametrize(("fine", "coarse"), [("M5", "H1"), ("M15", "D1"), ("H1", "H4"), ("H1", "W1"), ("D1", "MN1")])
def test_a_coarse_bar_is_made_of_the_fine_bars_that_begin_in_it(fine, coarse):
    """First open, highest high, lowest low, last close, sum of volumes, spread of the first: each bar by hand."""
    bars = sample_bars("EURUSD", fine, 1500)
    made = resample(bars, coarse)
    starts = bar_start(bars.time, coarse)
    assert made.timeframe == coarse
    assert made.time.tolist() == sorted(set(starts.tolist()))
    assert made.spread is not None
    for i in {0, 1, len(made) // 2, len(made) - 1}:
        own = np.flatnonzero(starts == made.time[i])
        assert made.open.values[i] == bars.open.values[own[0]]
        assert made.high.values[i] == bars.high.values[own].max()
        assert made.low.values[i] == bars.low.values[own].min()
        assert made.close.values[i] == bars.close.values[own[-1]]
        assert made.volume.values[i] == bars.volume.values[own].sum()
        assert made.spread[i] == bars.spread[own[0]]


def test_going_by_an_intermediate_timeframe_changes_nothing():
    """M5 to H4 is M5 to H1 to H4."""
    bars = sample_bars("XAUUSD", "M5", 3000)
    direct, detour = resample(bars, "H4"), resample(resample(bars, "H1"), "H4")
    assert np.array_equal(direct.time, detour.time)
    for name in ("open", "high", "low", "close", "volume"):
        assert np.array_equal(getattr(direct, name).values, getattr(detour, name).values)


def test_the_same_timeframe_is_the_same_bars_and_the_label_survives():
    """Nothing to do gives the bars themselves; synthetic stays synthetic, the zone and the symbol stay."""
    bars = sample_bars(count=100)
    assert resample(bars, "H1") is bars
    made = resample(bars, "H4")
    assert made.synthetic
    assert (made.symbol, made.timezone, made.source) == (bars.symbol, bars.timezone, bars.source)
    assert type(made) is type(bars)


def test_finer_bars_cannot_be_made():
    """Hourly data holds no minutes: the error says that finer data is needed."""
    with pytest.raises(DataError, match="has H1 bars: M15 bars need finer data"):
        resample(sample_bars(count=50), "M15")


@pytest.mark.parametrize(("fine", "coarse"), [("H3", "H4"), ("M20", "M30"), ("W1", "MN1")])
def test_bars_are_never_cut_in_two(fine, coarse):
    """Three-hour bars do not fill four hours."""
    with pytest.raises(DataError, match=f"{coarse} bars cannot be put together from whole {fine} bars"):
        resample(sample_bars("EURUSD", fine, 50), coarse)


def test_an_unknown_timeframe_is_named():
    """The mistake is in the argument."""
    with pytest.raises(ParameterError, match='unknown timeframe "H5"'):
        resample(sample_bars(count=50), "H5")
