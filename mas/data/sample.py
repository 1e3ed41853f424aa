"""Synthetic bars for demonstrations and tests: a market that looks like one and is none.

Volatility clusters (GARCH(1,1)), follows the hours of the day, weekends are closed and may open with a gap, spreads
widen when it is quiet. There is nothing to be earned in it: returns are a fair game.

The same arguments give the same bytes everywhere: only raw bits of PCG64 are drawn (numpy promises that stream, but
not that of its normal numbers), and only + - * / and square roots, rounded alike on every machine, are applied.
"""

from __future__ import annotations

import math
import zlib

import numpy as np
from numpy.typing import NDArray

from mas.bars import Bars
from mas.data.digits import on_grid
from mas.data.table import Floats, Ints
from mas.errors import ParameterError
from mas.series import Series
from mas.symbols import SymbolSpec, canonical_symbol, symbol_spec
from mas.timeframes import DAY, HOUR, TIMEFRAMES, bar_start, check_timeframe

START = 1_672_617_600  # Monday 2023-01-02 00:00
STEPS = 8  # moves inside a bar, from which its high and low come
MOST_BARS = 5_000_000

_ALPHA, _BETA = 0.07, 0.91  # GARCH: weight of the last surprise, and of the last variance
_GAP = 0.25  # a weekend's surprise, in daily volatilities

_BY_HOUR = np.array([5, 5, 5, 5, 4, 5, 8, 13, 15, 14, 12, 11, 13, 17, 18, 16, 12, 9, 8, 7, 5, 3, 3, 4]) / 10
"""How busy each hour (UTC) is, relative to the average: London and New York, their overlap most."""

_PRICES = {"EURUSD": 1.08, "GBPUSD": 1.25, "USDJPY": 140.0, "USDCHF": 0.9, "AUDUSD": 0.67, "NZDUSD": 0.61}
_PRICES |= {"USDCAD": 1.35, "EURGBP": 0.86, "EURJPY": 150.0, "GBPJPY": 175.0, "XAUUSD": 1900.0, "XAGUSD": 23.0}
_PRICES |= {"US30": 34_000.0, "US500": 4300.0, "NAS100": 15_000.0, "GER40": 15_800.0, "BTCUSD": 30_000.0}
_PRICES |= {"ETHUSD": 1900.0, "XTIUSD": 75.0, "XBRUSD": 80.0, "SPY": 430.0}
"""First prices; other symbols start at a round number of their kind."""

_KINDS = {
    "forex": (1.2, 0.0055),
    "metal": (1000.0, 0.010),
    "energy": (75.0, 0.020),
    "index": (8000.0, 0.011),
    "crypto": (100.0, 0.030),
    "stock": (150.0, 0.016),
}
"""Kind -> first price, and volatility of a day's return."""


def sample_bars(symbol: str = "EURUSD", timeframe: str = "H1", count: int = 6000, seed: int = 7) -> Bars:
    """Synthetic bars, `synthetic=True`; the same for the same arguments on every machine.

    Args: count: bars to make, at most 5 million. seed: another number, another market.
    Raises: ParameterError: count or seed out of range, unknown timeframe.
    """
    check_timeframe(timeframe)
    if not 1 <= count <= MOST_BARS:
        raise ParameterError(f"count must be 1 to {MOST_BARS:,}, not {count}")
    if seed < 0:
        raise ParameterError(f"seed must not be negative, not {seed}")
    spec = symbol_spec(symbol)
    key = [seed, zlib.crc32(canonical_symbol(symbol).encode()), TIMEFRAMES[timeframe]]
    normal = _normals(np.random.PCG64(np.random.SeedSequence(key)), count * (STEPS + 3)).reshape(count, STEPS + 3)
    time = _open_times(timeframe, count, always_open=spec.kind == "crypto")
    busy = _busyness(time, timeframe, spec)
    columns = _prices(normal, time, busy, timeframe, spec)
    return Bars(
        symbol=spec.name,
        timeframe=timeframe,
        time=time,
        open=Series(columns["open"]),
        high=Series(columns["high"]),
        low=Series(columns["low"]),
        close=Series(columns["close"]),
        volume=Series(_volume(normal[:, -1], busy, timeframe)),
        spread=_spread(normal[:, -2], busy, spec),
        spec=spec,
        timezone="UTC",
        timezone_known=True,
        synthetic=True,
        source=f"SYNTHETIC {spec.name} {timeframe}, {count:,} bars, seed {seed}",
    )


def _normals(bits: np.random.PCG64, count: int) -> Floats:
    """Nearly normal numbers of mean 0 and variance 1: sums of four uniform ones, each 16 of 64 random bits."""
    raw = bits.random_raw(count)
    total = (raw & 0xFFFF) + (raw >> 16 & 0xFFFF) + (raw >> 32 & 0xFFFF) + (raw >> 48)
    centred: Floats = (total.astype(np.float64) - 2 * 65_535) / (65_536 / math.sqrt(3))
    return centred


def _open_times(timeframe: str, count: int, *, always_open: bool) -> Ints:
    """Open times of bars; the market is open from Sunday 22:00 to Friday 22:00 unless always."""
    if timeframe == "MN1":
        months = np.datetime64("2023-01") + np.arange(count)
        return months.astype("datetime64[s]").astype(np.int64)
    seconds = TIMEFRAMES[timeframe]
    start = bar_start(START, timeframe)
    if always_open or timeframe == "W1":
        return start + seconds * np.arange(count, dtype=np.int64)
    weeks = count * seconds // (5 * DAY) + 3
    times = start + seconds * np.arange(weeks * 7 * DAY // seconds, dtype=np.int64)
    into_week = times - bar_start(times, "W1")
    opening = DAY if timeframe == "D1" else 22 * HOUR - seconds + 1
    return times[(into_week >= opening) & (into_week < 5 * DAY + 22 * HOUR)][:count]


def _busyness(time: Ints, timeframe: str, spec: SymbolSpec) -> Floats:
    """How busy the market is in each bar, 1 on average; longer bars average over the hours they hold."""
    hours = max(1, TIMEFRAMES[timeframe] // HOUR)
    if hours >= 24:
        return np.ones(len(time))
    first = time % DAY // HOUR
    total = np.zeros(len(time))
    for hour in range(hours):
        total = total + _BY_HOUR[(first + hour) % 24]
    busy: Floats = total / hours
    return 0.5 + 0.5 * busy if spec.kind == "crypto" else busy


def _prices(normal: Floats, time: Ints, busy: Floats, timeframe: str, spec: SymbolSpec) -> dict[str, Floats]:
    first, daily = _KINDS[spec.kind]
    first = _PRICES.get(canonical_symbol(spec.name), 140.0 if spec.digits == 3 and spec.kind == "forex" else first)
    moves = normal[:, :STEPS] / math.sqrt(STEPS)
    surprise = _added(moves)[:, -1]
    typical = daily * math.sqrt(TIMEFRAMES[timeframe] / DAY)
    volatility = typical * np.sqrt(busy) * np.sqrt(_variances(surprise))
    path = np.maximum(1.0 + volatility[:, None] * _added(moves), 0.5)  # relative to the open, after each move
    weekend = np.diff(time, prepend=time[:1]) > max(DAY, TIMEFRAMES[timeframe])
    gap = 1.0 + np.where(weekend & (TIMEFRAMES[timeframe] <= DAY), _GAP * daily, 0.0) * normal[:, STEPS]
    close = first * np.cumprod(gap * path[:, -1])
    opening = np.append(first, close[:-1]) * gap
    inside = opening[:, None] * path
    columns = {
        "open": opening,
        "high": np.maximum(opening, inside.max(axis=1)),
        "low": np.minimum(opening, inside.min(axis=1)),
        "close": close,
    }
    return {name: np.maximum(on_grid(values, spec.digits), spec.point) for name, values in columns.items()}


def _added(moves: Floats) -> Floats:
    """Running sums along each row, added from left to right."""
    result: Floats = np.cumsum(moves, axis=1)
    return result


def _variances(surprise: Floats) -> NDArray[np.float64]:
    """GARCH(1,1) variances of mean 1: each bar's from the surprise and the variance of the bar before."""
    base, now = 1.0 - _ALPHA - _BETA, 1.0
    result = []
    for z in surprise.tolist():
        result.append(now)
        now = min(base + _ALPHA * now * z * z + _BETA * now, 25.0)
    return np.array(result)


def _spread(normal: Floats, busy: Floats, spec: SymbolSpec) -> Floats:
    """Whole points: the symbol's typical spread when it is busy, several times that in quiet hours."""
    quiet = 0.7 + 0.3 / (busy * busy)
    spread: Floats = np.maximum(1.0, np.rint(spec.spread * quiet * (1.0 + 0.12 * normal)))
    return spread


def _volume(normal: Floats, busy: Floats, timeframe: str) -> Floats:
    """Ticks: some forty a minute on average, more when it is busy."""
    ticks = 40.0 * TIMEFRAMES[timeframe] / 60 * busy * np.maximum(1.0 + 0.3 * normal, 0.1)
    volume: Floats = np.maximum(1.0, np.rint(ticks))
    return volume
