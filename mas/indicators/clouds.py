"""Lines that charts draw shifted: Ichimoku and the Alligator, always as they are seen at the current bar."""

from __future__ import annotations

import numpy as np

from mas.bars import Bars
from mas.indicators.averages import smma
from mas.indicators.rolling import highest, lowest
from mas.indicators.windows import bars_in
from mas.series import Series


def tenkan(bars: Bars, tenkan: int = 9) -> Series:
    """Tenkan-sen: half way between the highest high and the lowest low of `tenkan` bars."""
    return _middle(bars, bars_in(tenkan, name="tenkan"))


def kijun(bars: Bars, kijun: int = 26) -> Series:
    """Kijun-sen: half way between the highest high and the lowest low of `kijun` bars."""
    return _middle(bars, bars_in(kijun, name="kijun"))


def senkou_a(bars: Bars, tenkan: int = 9, kijun: int = 26, shift: int = 26) -> Series:
    """Senkou span A drawn at this bar: the mean of Tenkan-sen and Kijun-sen `shift` bars ago."""
    fast, slow = _middle(bars, bars_in(tenkan, name="tenkan")), _middle(bars, bars_in(kijun, name="kijun"))
    return ((fast + slow) / 2)[bars_in(shift, 0, "shift")]


def senkou_b(bars: Bars, senkou: int = 52, shift: int = 26) -> Series:
    """Senkou span B drawn at this bar: half way between the extremes of `senkou` bars, `shift` bars ago."""
    return _middle(bars, bars_in(senkou, name="senkou"))[bars_in(shift, 0, "shift")]


def cloud_top(bars: Bars, tenkan: int = 9, kijun: int = 26, senkou: int = 52, shift: int = 26) -> Series:
    """The higher of the two spans drawn at this bar."""
    spans = senkou_a(bars, tenkan, kijun, shift), senkou_b(bars, senkou, shift)
    return Series(np.maximum(spans[0].values, spans[1].values))


def cloud_bottom(bars: Bars, tenkan: int = 9, kijun: int = 26, senkou: int = 52, shift: int = 26) -> Series:
    """The lower of the two spans drawn at this bar."""
    spans = senkou_a(bars, tenkan, kijun, shift), senkou_b(bars, senkou, shift)
    return Series(np.minimum(spans[0].values, spans[1].values))


def chikou(bars: Bars) -> Series:
    """Chikou span: the close. Charts draw it 26 bars back, so its neighbours there are `bars.close[26]`."""
    return bars.close


def alligator_jaw(bars: Bars, length: int = 13, shift: int = 8) -> Series:
    """Smoothed average of the median price over `length` bars, `shift` bars ago."""
    return _alligator(bars, length, shift)


def alligator_teeth(bars: Bars, length: int = 8, shift: int = 5) -> Series:
    """Smoothed average of the median price over `length` bars, `shift` bars ago."""
    return _alligator(bars, length, shift)


def alligator_lips(bars: Bars, length: int = 5, shift: int = 3) -> Series:
    """Smoothed average of the median price over `length` bars, `shift` bars ago."""
    return _alligator(bars, length, shift)


def _middle(bars: Bars, n: int) -> Series:
    return (highest(bars.high, n) + lowest(bars.low, n)) / 2


def _alligator(bars: Bars, length: int, shift: int) -> Series:
    return smma((bars.high + bars.low) / 2, length)[bars_in(shift, 0, "shift")]
