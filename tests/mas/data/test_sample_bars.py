"""Synthetic bars: the same everywhere, sound, and market-like."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from mas.data import sample_bars
from mas.errors import ParameterError
from mas.timeframes import TIMEFRAMES, bar_start

PRICES = ("open", "high", "low", "close")


def digest(*args: object) -> str:
    bars = sample_bars(*args)  # type: ignore[arg-type]
    assert bars.spread is not None
    parts = [bars.time, bars.volume.values, bars.spread, *(getattr(bars, n).values for n in PRICES)]
    return hashlib.sha256(b"".join(p.astype(p.dtype.newbyteorder("<")).tobytes() for p in parts)).hexdigest()


def test_the_same_arguments_give_the_same_bytes_on_every_machine():
    """A digest recorded once; it must never change, or published results could not be repeated."""
    assert digest()[:16] == "db3ce5afcb621c9e"


def test_each_argument_matters():
    """Another symbol, timeframe or seed is another market; more bars continue the same one."""
    assert len({digest(), digest("GBPUSD"), digest("EURUSD", "M15"), digest("EURUSD", "H1", 6000, 8)}) == 4
    short, long = sample_bars(count=500), sample_bars(count=900)
    assert np.array_equal(short.close.values, long.close.values[:500])


@pytest.mark.parametrize("timeframe", list(TIMEFRAMES))
@pytest.mark.parametrize("symbol", ["EURUSD", "USDJPY", "XAUUSD", "US30", "BTCUSD", "WIDGET"])
def test_bars_of_any_symbol_and_timeframe_are_sound(symbol, timeframe):
    """Ordered times on the timeframe's grid, highs and lows around open and close, prices on the tick grid."""
    bars = sample_bars(symbol, timeframe, 300)
    opens, highs, lows, closes = (getattr(bars, n).values for n in PRICES)
    assert len(bars) == 300
    assert (np.diff(bars.time) > 0).all()
    assert np.array_equal(bar_start(bars.time, timeframe), bars.time)
    assert (highs >= np.maximum(opens, closes)).all()
    assert (lows <= np.minimum(opens, closes)).all()
    assert (lows > 0).all()
    for values in (opens, highs, lows, closes):
        assert np.array_equal(np.round(values, bars.spec.digits), values)
    assert bars.spread is not None
    assert (bars.spread >= 1).all()
    assert np.array_equal(bars.spread, np.rint(bars.spread))
    assert (bars.volume.values >= 1).all()


def test_weekends_are_closed_but_for_crypto():
    """No bar on Saturday, on Sunday only from 22:00; coins trade always."""
    bars = sample_bars(count=6000)
    weekday, hour = (bars.time // 86_400 + 4) % 7, bars.time % 86_400 // 3600
    assert not (weekday == 6).any()
    assert set(hour[weekday == 0].tolist()) == {22, 23}
    assert hour[weekday == 5].max() == 21
    assert (np.diff(sample_bars("BTCUSD", count=2000).time) == 3600).all()


def test_volatility_clusters_and_follows_the_hours():
    """Large moves follow large moves, tails are fat, London's afternoon moves more than the night."""
    bars = sample_bars(count=20_000)
    returns = np.diff(np.log(bars.close.values))
    size = np.abs(returns)
    assert np.corrcoef(size[1:], size[:-1])[0, 1] > 0.1
    assert ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2 > 3.5
    hour = bars.time[1:] % 86_400 // 3600
    assert size[hour == 14].mean() > 1.5 * size[hour == 22].mean()


def test_spreads_widen_when_it_is_quiet():
    """The night costs more than the afternoon; the middle is near what is typical for the symbol."""
    bars = sample_bars(count=6000)
    hour = bars.time % 86_400 // 3600
    assert bars.spread is not None
    assert bars.spread[hour == 22].mean() > 2 * bars.spread[hour == 14].mean()
    assert abs(np.median(bars.spread) - bars.spec.spread) <= bars.spec.spread / 2


def test_the_bars_say_that_they_are_synthetic():
    """Nobody may take them for a market."""
    bars = sample_bars("XAUUSD", "M5", 100)
    assert bars.synthetic
    assert bars.source.startswith("SYNTHETIC")
    assert bars.timezone_known


@pytest.mark.parametrize(
    "arguments", [{"count": 0}, {"count": -5}, {"count": 10**9}, {"seed": -1}, {"timeframe": "H5"}]
)
def test_impossible_arguments_are_refused(arguments):
    """A message instead of a memory error."""
    with pytest.raises(ParameterError):
        sample_bars(**arguments)
