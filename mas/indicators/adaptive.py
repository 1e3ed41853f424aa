"""Averages that adapt their weight, or make up for their lag."""

from __future__ import annotations

import numpy as np

from mas.bars import Bars
from mas.indicators.talib_bridge import by_runs, talib
from mas.indicators.windows import bars_in, talib_window, values_of
from mas.series import FloatArray, Series


def zlema(source: Series, length: int) -> Series:
    """Zero-lag exponential average: EMA of the value plus what it gained in half a length (TA-Lib ZLEMA)."""
    return Series(talib("ZLEMA", values_of(source), timeperiod=bars_in(length, 2)))


def vidya(source: Series, momentum: int = 9, length: int = 12) -> Series:
    """Chande's variable average: an EMA whose weight is multiplied with |gains - losses| / (gains + losses).

    The sums run over `momentum` bars. As MetaTrader's iVIDyA it starts from the value of bar momentum + length - 2.
    """
    n, m = bars_in(momentum, name="momentum"), bars_in(length)

    def of_a_run(run: FloatArray) -> FloatArray:
        step = np.diff(run, prepend=run[:1])
        step[:1] = np.nan
        net, walked = (np.abs(talib_window("SUM", x, n)) for x in (step, np.abs(step)))
        with np.errstate(all="ignore"):
            weights = np.where(walked > 1e-14, net / walked, 0.0) * 2 / (m + 1)
        return _followed(run, weights, n + m - 1)

    return Series(by_runs(of_a_run, values_of(source))[0])


def frama(bars: Bars, length: int = 14) -> Series:
    """Ehlers' fractal adaptive average of the close (MetaTrader's iFrAMA); first value on bar 2 * length - 1.

    The weight is exp(-4.6 * (D - 1)) with the fractal dimension D of the last 2 * `length` bars, judged by the
    ranges of the last `length`, those before, and all of them. It starts from the close before.
    """
    n = bars_in(length)
    spans = [
        (talib_window("MAX", bars.high.values, k) - talib_window("MIN", bars.low.values, k)) / k for k in (n, 2 * n)
    ]
    before = np.concatenate((np.full(min(n, len(bars)), np.nan), spans[0]))[: len(bars)]
    with np.errstate(all="ignore"):
        dimension = (np.log(spans[0] + before) - np.log(spans[1])) / np.log(2)
        weights = np.exp(-4.6 * (dimension - 1))
    return Series(_followed(bars.close.values, np.where(np.isfinite(weights), weights, 0.0), 2 * n - 1))


def _followed(values: FloatArray, weights: FloatArray, start: int) -> FloatArray:
    """An exponential average with a weight for each bar, from bar `start` on, starting from the value before it."""
    result = np.full(len(values), np.nan)
    if start >= len(values):
        return result
    state, line = float(values[max(start - 1, 0)]), []
    for value, weight in zip(values[start:].tolist(), weights[start:].tolist(), strict=True):
        state += weight * (value - state)
        line.append(state)
    result[start:] = line
    return result
