"""Pivots of other schools than the floor's, all from the day before: Camarilla, Woodie, Fibonacci."""

from __future__ import annotations

from mas.bars import Bars
from mas.indicators.levels import pivot, yesterday_close, yesterday_high, yesterday_low
from mas.series import Series


def camarilla_r1(bars: Bars) -> Series:
    """Close + 1.1 * range / 12, of the day before."""
    return _camarilla(bars, 12)


def camarilla_r2(bars: Bars) -> Series:
    """Close + 1.1 * range / 6, of the day before."""
    return _camarilla(bars, 6)


def camarilla_r3(bars: Bars) -> Series:
    """Close + 1.1 * range / 4, of the day before."""
    return _camarilla(bars, 4)


def camarilla_r4(bars: Bars) -> Series:
    """Close + 1.1 * range / 2, of the day before."""
    return _camarilla(bars, 2)


def camarilla_s1(bars: Bars) -> Series:
    """Close - 1.1 * range / 12, of the day before."""
    return _camarilla(bars, -12)


def camarilla_s2(bars: Bars) -> Series:
    """Close - 1.1 * range / 6, of the day before."""
    return _camarilla(bars, -6)


def camarilla_s3(bars: Bars) -> Series:
    """Close - 1.1 * range / 4, of the day before."""
    return _camarilla(bars, -4)


def camarilla_s4(bars: Bars) -> Series:
    """Close - 1.1 * range / 2, of the day before."""
    return _camarilla(bars, -2)


def woodie_pivot(bars: Bars) -> Series:
    """Woodie's pivot W = (high + low + 2 * close) / 4 of the day before."""
    return (yesterday_high(bars) + yesterday_low(bars) + yesterday_close(bars) * 2) / 4


def woodie_r1(bars: Bars) -> Series:
    """2 * W - low of the day before."""
    return woodie_pivot(bars) * 2 - yesterday_low(bars)


def woodie_r2(bars: Bars) -> Series:
    """W + high - low of the day before."""
    return woodie_pivot(bars) + _span(bars)


def woodie_s1(bars: Bars) -> Series:
    """2 * W - high of the day before."""
    return woodie_pivot(bars) * 2 - yesterday_high(bars)


def woodie_s2(bars: Bars) -> Series:
    """W - (high - low) of the day before."""
    return woodie_pivot(bars) - _span(bars)


def fib_r1(bars: Bars) -> Series:
    """Floor pivot + 0.382 * range of the day before."""
    return pivot(bars) + _span(bars) * 0.382


def fib_r2(bars: Bars) -> Series:
    """Floor pivot + 0.618 * range of the day before."""
    return pivot(bars) + _span(bars) * 0.618


def fib_r3(bars: Bars) -> Series:
    """Floor pivot + range of the day before."""
    return pivot(bars) + _span(bars)


def fib_s1(bars: Bars) -> Series:
    """Floor pivot - 0.382 * range of the day before."""
    return pivot(bars) - _span(bars) * 0.382


def fib_s2(bars: Bars) -> Series:
    """Floor pivot - 0.618 * range of the day before."""
    return pivot(bars) - _span(bars) * 0.618


def fib_s3(bars: Bars) -> Series:
    """Floor pivot - range of the day before."""
    return pivot(bars) - _span(bars)


def _span(bars: Bars) -> Series:
    return yesterday_high(bars) - yesterday_low(bars)


def _camarilla(bars: Bars, part: int) -> Series:
    return yesterday_close(bars) + _span(bars) * (1.1 / part)
