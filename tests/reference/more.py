"""Statistics, adaptive averages, channels, volatility, volume (rule 21), as plain loops. None: not available."""

from __future__ import annotations

from itertools import pairwise
from math import atan, degrees, exp, log, sqrt
from typing import Any

from .averages import Values, each, ema, past, ratio, sma, total, windows
from .bars import History, above, below
from .ranges import atr, bb_lower, bb_upper, body, kc_lower, kc_upper, typical_price

# --------------------------------------------------------------- statistics


def variance(x: Values, length: int = 20) -> Values:
    return windows(x, length, lambda w: sum((v - sum(w) / length) ** 2 for v in w) / length)


def mean_deviation(x: Values, length: int = 14) -> Values:
    return windows(x, length, lambda w: sum(abs(v - sum(w) / length) for v in w) / length)


def _fit(w: list[float]) -> tuple[float, float]:
    """Value at the oldest bar and slope of the least-squares line."""
    n = len(w)
    middle, mean = (n - 1) / 2, sum(w) / n
    slope = sum((k - middle) * v for k, v in enumerate(w)) / sum((k - middle) ** 2 for k in range(n))
    return mean - slope * middle, slope


def _left(w: list[float]) -> float:
    """The sum of squares that the line leaves."""
    start, slope = _fit(w)
    return sum((v - start - slope * k) ** 2 for k, v in enumerate(w))


def r_squared(x: Values, length: int = 14) -> Values:
    def explained(w: list[float]) -> float:
        whole = sum((v - sum(w) / length) ** 2 for v in w)
        return 1 - _left(w) / whole if whole > 1e-18 else 0.0

    return windows(x, length, explained)


def linreg_error(x: Values, length: int = 14) -> Values:
    return windows(x, length, lambda w: sqrt(_left(w) / (length - 2)))


def linreg_angle(x: Values, length: int = 14) -> Values:
    return windows(x, length, lambda w: degrees(atan(_fit(w)[1])))


def linreg_start(x: Values, length: int = 14) -> Values:
    return windows(x, length, lambda w: _fit(w)[0])


def linreg_forecast(x: Values, length: int = 14) -> Values:
    return windows(x, length, lambda w: _fit(w)[0] + _fit(w)[1] * length)


def linreg_osc(x: Values, length: int = 5) -> Values:
    return each(lambda v, f: 100 * (v - f) / v if v else None, x, past(linreg_forecast(x, length), 1))


def efficiency_ratio(x: Values, length: int = 10) -> Values:
    steps = each(lambda a, b: a - b, x, past(x, 1))
    return each(lambda a, b, w: min(1.0, abs(a - b) / w) if above(a, b) or below(a, b) else 0.0,
                x, past(x, length), total(each(abs, steps), length))  # fmt: skip


def bars_since_highest(x: Values, length: int = 20) -> Values:
    return windows(x, length, lambda w: float(w[::-1].index(max(w))))


def bars_since_lowest(x: Values, length: int = 20) -> Values:
    return windows(x, length, lambda w: float(w[::-1].index(min(w))))


def vhf(x: Values, length: int = 28) -> Values:
    def filtered(w: list[float]) -> float:
        return ratio(max(w[1:]) - min(w[1:]), sum(abs(b - a) for a, b in pairwise(w)), 1.0)

    return windows(x, length + 1, filtered)


def root(x: Values) -> Values:
    return each(lambda v: sqrt(v) if v >= 0 else None, x)


def logarithm(x: Values) -> Values:
    return each(lambda v: log(v) if v > 0 else None, x)


# ----------------------------------------------------------- averages, lines


def vidya(x: Values, momentum: int = 9, length: int = 12) -> Values:
    result: Values = [None] * len(x)
    first = next((i for i, v in enumerate(x) if v is not None), len(x)) + momentum + length - 1
    for i in range(first, len(x)):
        steps = [x[k] - x[k - 1] for k in range(i - momentum + 1, i + 1)]  # type: ignore[operator]
        walked = sum(abs(s) for s in steps)
        weight = (abs(sum(steps)) / walked if walked > 1e-14 else 0.0) * 2 / (length + 1)
        before = x[i - 1] if i == first else result[i - 1]
        result[i] = weight * x[i] + (1 - weight) * before  # type: ignore[operator]
    return result


def frama(bars: History, length: int = 14) -> Values:
    result: Values = []
    for i in range(len(bars)):
        if i < 2 * length - 1:
            result.append(None)
            continue
        new, old, both = (slice(i - length + 1, i + 1), slice(i - 2 * length + 1, i - length + 1),
                          slice(i - 2 * length + 1, i + 1))  # fmt: skip
        n1, n2, n3 = ((max(bars.high[p]) - min(bars.low[p])) / len(range(*p.indices(i + 1))) for p in (new, old, both))
        weight = exp(-4.6 * (log((n1 + n2) / n3, 2) - 1)) if n3 > 0 and n1 + n2 > 0 else 0.0
        before = result[-1] if result[-1] is not None else bars.close[i - 1]
        result.append(before + weight * (bars.close[i] - before))
    return result


def env_upper(x: Values, length: int = 20, percent: float = 1) -> Values:
    return each(lambda m: m * (100 + percent) / 100, sma(x, length))


def env_lower(x: Values, length: int = 20, percent: float = 1) -> Values:
    return each(lambda m: m * (100 - percent) / 100, sma(x, length))


def _end(x: Values, length: int) -> Values:
    return windows(x, length, lambda w: _fit(w)[0] + _fit(w)[1] * (length - 1))


def error_upper(x: Values, length: int = 21, errors: float = 2) -> Values:
    return each(lambda m, e: m + errors * e, _end(x, length), linreg_error(x, length))


def error_lower(x: Values, length: int = 21, errors: float = 2) -> Values:
    return each(lambda m, e: m - errors * e, _end(x, length), linreg_error(x, length))


def _accelerated(bars: History, length: int, sign: int) -> Values:
    reach = [4 * (h - lo) / (h + lo) for h, lo in zip(bars.high, bars.low, strict=True)]
    edge = bars.high if sign > 0 else bars.low
    return sma([v * (1 + sign * r) for v, r in zip(edge, reach, strict=True)], length)


def accel_upper(bars: History, length: int = 20) -> Values:
    return _accelerated(bars, length, 1)


def accel_middle(bars: History, length: int = 20) -> Values:
    return sma(list(bars.close), length)


def accel_lower(bars: History, length: int = 20) -> Values:
    return _accelerated(bars, length, -1)


# --------------------------------------------------------------- volatility


def _spans(bars: History) -> Values:
    return [h - lo for h, lo in zip(bars.high, bars.low, strict=True)]


def average_range(bars: History, length: int = 14) -> Values:
    return sma(_spans(bars), length)


def average_body(bars: History, length: int = 14) -> Values:
    return sma(body(bars), length)


def chaikin_volatility(bars: History, length: int = 10, change: int = 10) -> Values:
    line = ema(_spans(bars), length)
    return each(lambda a, b: ratio(a - b, b), line, past(line, change))


def bb_squeeze(bars: History, length: int = 20, deviations: float = 2, multiplier: float = 1.5) -> list[Any]:
    close = list(bars.close)
    inside = each(below, bb_upper(close, length, deviations), kc_upper(bars, length, multiplier))
    over = each(above, bb_lower(close, length, deviations), kc_lower(bars, length, multiplier))
    return [
        False if False in pair else None if None in pair else True for pair in zip(inside, over, strict=True)
    ]  # fmt: skip


def atr_stop(bars: History, length: int = 10, multiplier: float = 1) -> Values:
    """Pine's nz(stop[1], 0) as the UT Bot is written: before the first stop there is one at 0."""
    result: Values = []
    for i, width in enumerate(atr(bars, length)):
        if width is None:
            result.append(None)
            continue
        stop = result[-1] if result[-1] is not None else 0.0
        close, before, away = bars.close[i], bars.close[i - 1], multiplier * width
        if close > stop and before > stop:
            result.append(max(stop, close - away))
        elif close < stop and before < stop:
            result.append(min(stop, close + away))
        else:
            result.append(close - away if close > stop else close + away)
    return result


def atr_stop_direction(bars: History, length: int = 10, multiplier: float = 1) -> Values:
    return each(lambda s, c: 1.0 if c > s else -1.0, atr_stop(bars, length, multiplier), bars.close)


# ------------------------------------------------------------------- volume


def rolling_vwap(bars: History, length: int = 20) -> Values:
    paid = [p * v for p, v in zip(typical_price(bars), bars.volume, strict=True)]  # type: ignore[operator]
    return each(lambda m, v: m / v if v else None, total(paid, length), total(list(bars.volume), length))  # type: ignore[arg-type]


def _banded(bars: History, deviations: float) -> Values:
    result: Values = []
    price = typical_price(bars)
    for i in range(len(bars)):
        today = [k for k in range(i + 1) if bars.time[k] // 86400 == bars.time[i] // 86400]
        volume = sum(bars.volume[k] for k in today)
        mean = sum(price[k] * bars.volume[k] for k in today) / volume  # type: ignore[operator]
        spread = sum(bars.volume[k] * (price[k] - mean) ** 2 for k in today) / volume  # type: ignore[operator]
        result.append(mean + deviations * sqrt(spread))
    return result


def vwap_upper(bars: History, deviations: float = 2) -> Values:
    return _banded(bars, deviations)


def vwap_lower(bars: History, deviations: float = 2) -> Values:
    return _banded(bars, -deviations)


def relative_volume(bars: History, length: int = 20) -> Values:
    return each(lambda v, m: v / m if m else None, bars.volume, past(sma(list(bars.volume), length), 1))


def pvo(bars: History, fast: int = 12, slow: int = 26) -> Values:
    volume: Values = list(bars.volume)
    return each(lambda a, b: 100 * (a - b) / b, ema(volume, fast), ema(volume, slow))


def _walk(bars: History, step: Any, start: float) -> Values:
    result: Values = [start]
    for i in range(1, len(bars)):
        result.append(step(result[-1], i))
    return result[: len(bars)]


def pvt(bars: History) -> Values:
    c, v = bars.close, bars.volume
    return _walk(bars, lambda last, i: last + v[i] * (c[i] - c[i - 1]) / c[i - 1], 0.0)


def nvi(bars: History) -> Values:
    c, v = bars.close, bars.volume
    return _walk(bars, lambda last, i: last * c[i] / c[i - 1] if v[i] < v[i - 1] else last, 1000.0)


def pvi(bars: History) -> Values:
    c, v = bars.close, bars.volume
    return _walk(bars, lambda last, i: last * c[i] / c[i - 1] if v[i] > v[i - 1] else last, 1000.0)


def market_facilitation(bars: History) -> Values:
    return each(lambda s, v: s / bars.symbol.point / v if v else None, _spans(bars), bars.volume)


def williams_ad(bars: History) -> Values:
    c = bars.close

    def step(last: float, i: int) -> float:
        if c[i] == c[i - 1]:
            return last
        return last + c[i] - (min(bars.low[i], c[i - 1]) if c[i] > c[i - 1] else max(bars.high[i], c[i - 1]))

    return _walk(bars, step, 0.0)


# ------------------------------------------------------------------ strength


def intraday_momentum(bars: History, length: int = 14) -> Values:
    up = [max(c - o, 0.0) for o, c in zip(bars.open, bars.close, strict=True)]
    down = [max(o - c, 0.0) for o, c in zip(bars.open, bars.close, strict=True)]
    return each(lambda a, b: ratio(a, a + b), total(up, length), total(down, length))  # type: ignore[arg-type]


def qstick(bars: History, length: int = 10) -> Values:
    return sma([c - o for o, c in zip(bars.open, bars.close, strict=True)], length)


def _weighted(x: Values) -> Values:
    return each(lambda a, b, c, d: a + 2 * b + 2 * c + d, x, past(x, 1), past(x, 2), past(x, 3))


def vigor(bars: History, length: int = 10) -> Values:
    moves: Values = [c - o for o, c in zip(bars.open, bars.close, strict=True)]
    sums = total(_weighted(moves), length), total(_weighted(_spans(bars)), length)
    return each(lambda a, b: a / b if b else None, *sums)


def vigor_signal(bars: History, length: int = 10) -> Values:
    return each(lambda v: v / 6, _weighted(vigor(bars, length)))


def cmo_sums(x: Values, length: int = 14) -> Values:
    steps = each(lambda a, b: a - b, x, past(x, 1))
    return each(lambda net, walked: ratio(net, walked), total(steps, length), total(each(abs, steps), length))


def ha_green(bars: History) -> list[Any]:
    return [above(c, o) for o, c in zip(*_heikin_ashi(bars), strict=True)]


def ha_red(bars: History) -> list[Any]:
    return [below(c, o) for o, c in zip(*_heikin_ashi(bars), strict=True)]


def _heikin_ashi(bars: History) -> tuple[list[float], list[float]]:
    closes = [sum(row) / 4 for row in zip(bars.open, bars.high, bars.low, bars.close, strict=True)]
    opens: list[float] = []
    for i in range(len(bars)):
        opens.append((opens[-1] + closes[i - 1]) / 2 if i else (bars.open[0] + bars.close[0]) / 2)
    return opens, closes
