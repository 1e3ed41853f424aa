"""J. Ehlers' cycle measures and averages, all TA-Lib's: a Hilbert transform finds the dominant cycle."""

from __future__ import annotations

from mas.indicators.talib_bridge import talib, talib_all
from mas.indicators.windows import number_in, values_of
from mas.series import FloatArray, Series


def mama(source: Series, fast_limit: float = 0.5, slow_limit: float = 0.05) -> Series:
    """MESA adaptive moving average: weights between the two limits by the rate of change of phase (TA-Lib MAMA)."""
    return Series(_mesa(source, fast_limit, slow_limit)[0])


def fama(source: Series, fast_limit: float = 0.5, slow_limit: float = 0.05) -> Series:
    """Following adaptive moving average: smooths MAMA with half its weight (TA-Lib MAMA)."""
    return Series(_mesa(source, fast_limit, slow_limit)[1])


def ht_trendline(source: Series) -> Series:
    """The average over the dominant cycle: what is left without it (TA-Lib HT_TRENDLINE)."""
    return Series(talib("HT_TRENDLINE", values_of(source)))


def ht_period(source: Series) -> Series:
    """The length of the dominant cycle in bars (TA-Lib HT_DCPERIOD)."""
    return Series(talib("HT_DCPERIOD", values_of(source)))


def ht_phase(source: Series) -> Series:
    """Where in the dominant cycle this bar stands, in degrees (TA-Lib HT_DCPHASE)."""
    return Series(talib("HT_DCPHASE", values_of(source)))


def ht_inphase(source: Series) -> Series:
    """The in-phase part of the phasor (TA-Lib HT_PHASOR)."""
    return Series(talib_all("HT_PHASOR", values_of(source))[0])


def ht_quadrature(source: Series) -> Series:
    """The quadrature part of the phasor (TA-Lib HT_PHASOR)."""
    return Series(talib_all("HT_PHASOR", values_of(source))[1])


def ht_sine(source: Series) -> Series:
    """The sine of the phase, -1 to 1 (TA-Lib HT_SINE)."""
    return Series(talib_all("HT_SINE", values_of(source))[0])


def ht_lead_sine(source: Series) -> Series:
    """The sine of the phase 45 degrees later, -1 to 1 (TA-Lib HT_SINE)."""
    return Series(talib_all("HT_SINE", values_of(source))[1])


def ht_trend_mode(source: Series) -> Series:
    """1 while the market trends, 0 while it cycles (TA-Lib HT_TRENDMODE); from bar 63 on."""
    values = values_of(source)
    mode = talib("HT_TRENDMODE", values).astype(float)
    known = talib("HT_TRENDLINE", values)  # where a cycle has been found; the mode itself is 0 before
    mode[known != known] = float("nan")
    return Series(mode)


def _mesa(source: Series, fast_limit: float, slow_limit: float) -> tuple[FloatArray, ...]:
    limits = {
        "fastlimit": number_in(fast_limit, 0.01, 0.99, "fast_limit"),
        "slowlimit": number_in(slow_limit, 0.01, 0.99, "slow_limit"),
    }
    return talib_all("MAMA", values_of(source), **limits)
