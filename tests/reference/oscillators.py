"""Oscillators (rule 21), as plain loops over lists. None: not available (rule 2)."""

from __future__ import annotations

from .averages import Values, each, ema, highest, lowest, past, ratio, sma, smma, stdev, total, windows
from .bars import History, above, below
from .ranges import median_price, typical_price


def rsi(x: Values, length: int = 14) -> Values:
    """Wilder: averages of the rises and of the falls; the first average is simple."""
    steps = each(lambda a, b: a - b, x, past(x, 1))
    rise = smma(each(lambda s: max(s, 0.0), steps), length)
    fall = smma(each(lambda s: max(-s, 0.0), steps), length)
    return each(lambda r, f: ratio(r, r + f), rise, fall)


def _macd(x: Values, fast: int, slow: int, signal: int) -> tuple[Values, Values, Values]:
    """TA-Lib: both averages start together, so the fast one is seeded from the values before bar slow-1."""
    skip = next((i for i, v in enumerate(x) if v is not None), len(x)) + slow - fast
    quick = ema([None] * min(skip, len(x)) + x[skip:], fast)
    line = each(lambda a, b: a - b, quick, ema(x, slow))
    smooth = ema(line, signal)
    shown = [v if s is not None else None for v, s in zip(line, smooth, strict=True)]
    return shown, smooth, each(lambda a, b: a - b, shown, smooth)


def macd(x: Values, fast: int = 12, slow: int = 26, signal: int = 9) -> Values:
    return _macd(x, fast, slow, signal)[0]


def macd_signal(x: Values, fast: int = 12, slow: int = 26, signal: int = 9) -> Values:
    return _macd(x, fast, slow, signal)[1]


def macd_hist(x: Values, fast: int = 12, slow: int = 26, signal: int = 9) -> Values:
    return _macd(x, fast, slow, signal)[2]


def _stochastic(top: Values, bottom: Values, price: Values, smooth: int, signal: int) -> tuple[Values, Values]:
    """%K and %D; TA-Lib shows %K only where there is a %D. No range (rule 5) means 0."""
    k = sma(each(lambda c, h, lo: ratio(c - lo, h - lo) if above(h, lo) else 0.0, price, top, bottom), smooth)
    d = sma(k, signal)
    return each(lambda a, _: a, k, d), d


def _stochastic_of_bars(bars: History, length: int, smooth: int, signal: int) -> tuple[Values, Values]:
    top, bottom = highest(list(bars.high), length), lowest(list(bars.low), length)
    return _stochastic(top, bottom, list(bars.close), smooth, signal)


def stoch_k(bars: History, length: int = 14, smooth: int = 3, signal: int = 3) -> Values:
    return _stochastic_of_bars(bars, length, smooth, signal)[0]


def stoch_d(bars: History, length: int = 14, smooth: int = 3, signal: int = 3) -> Values:
    return _stochastic_of_bars(bars, length, smooth, signal)[1]


def stoch_fast_k(bars: History, length: int = 14, signal: int = 3) -> Values:
    return _stochastic_of_bars(bars, length, 1, signal)[0]


def stoch_fast_d(bars: History, length: int = 14, signal: int = 3) -> Values:
    return _stochastic_of_bars(bars, length, 1, signal)[1]


def _stochastic_of_rsi(x: Values, length: int, window: int, smooth: int, signal: int) -> tuple[Values, Values]:
    line = rsi(x, length)
    return _stochastic(highest(line, window), lowest(line, window), line, smooth, signal)


def stoch_rsi_k(x: Values, length: int = 14, window: int = 14, smooth: int = 3, signal: int = 3) -> Values:
    return _stochastic_of_rsi(x, length, window, smooth, signal)[0]


def stoch_rsi_d(x: Values, length: int = 14, window: int = 14, smooth: int = 3, signal: int = 3) -> Values:
    return _stochastic_of_rsi(x, length, window, smooth, signal)[1]


def williams_r(bars: History, length: int = 14) -> Values:
    high, low = highest(list(bars.high), length), lowest(list(bars.low), length)
    return each(lambda c, h, lo: ratio(c - h, h - lo), bars.close, high, low)


def cci(bars: History, length: int = 14) -> Values:
    price = typical_price(bars)

    def index(w: list[float]) -> float:
        mean = sum(w) / length
        return ratio(w[-1] - mean, sum(abs(v - mean) for v in w) / length, 1 / 0.015)

    return windows(price, length, index)


def mfi(bars: History, length: int = 14) -> Values:
    price = typical_price(bars)
    flow = [p * v for p, v in zip(price, bars.volume, strict=True)]  # type: ignore[operator]
    before = past(price, 1)
    up = total(each(lambda p, b, f: f if above(p, b) else 0.0, price, before, flow), length)
    down = total(each(lambda p, b, f: f if below(p, b) else 0.0, price, before, flow), length)
    return each(lambda u, d: ratio(u, u + d), up, down)


def roc(x: Values, length: int = 10) -> Values:
    return each(lambda a, b: ratio(a - b, b), x, past(x, length))


def momentum(x: Values, length: int = 10) -> Values:
    return each(lambda a, b: a - b, x, past(x, length))


def cmo(x: Values, length: int = 14) -> Values:
    """Chande's, with Wilder's averages as TA-Lib has it: the RSI stretched to -100..100."""
    return each(lambda r: 2 * r - 100, rsi(x, length))


def aroon_up(bars: History, length: int = 14) -> Values:
    return windows(list(bars.high), length + 1, lambda w: 100 * _last_index(w, max(w)) / length)


def aroon_down(bars: History, length: int = 14) -> Values:
    return windows(list(bars.low), length + 1, lambda w: 100 * _last_index(w, min(w)) / length)


def aroon_osc(bars: History, length: int = 14) -> Values:
    return each(lambda u, d: u - d, aroon_up(bars, length), aroon_down(bars, length))


def _last_index(values: list[float], value: float) -> int:
    return max(i for i, v in enumerate(values) if v == value)


def trix(x: Values, length: int = 30) -> Values:
    line = ema(ema(ema(x, length), length), length)
    return each(lambda a, b: ratio(a - b, b), line, past(line, 1))


def bb_width(x: Values, length: int = 20, deviations: float = 2) -> Values:
    return each(lambda m, d: 2 * deviations * d / m, sma(x, length), stdev(x, length))


def bb_percent(x: Values, length: int = 20, deviations: float = 2) -> Values:
    def place(v: float, m: float, d: float) -> float | None:
        return (v - m + deviations * d) / (2 * deviations * d) if d > 1e-12 else None

    return each(place, x, sma(x, length), stdev(x, length))


def awesome(bars: History, fast: int = 5, slow: int = 34) -> Values:
    price = median_price(bars)
    return each(lambda a, b: a - b, sma(price, fast), sma(price, slow))


def accelerator(bars: History, fast: int = 5, slow: int = 34, signal: int = 5) -> Values:
    line = awesome(bars, fast, slow)
    return each(lambda a, b: a - b, line, sma(line, signal))


def bull_power(bars: History, length: int = 13) -> Values:
    return each(lambda h, e: h - e, bars.high, ema(list(bars.close), length))


def bear_power(bars: History, length: int = 13) -> Values:
    return each(lambda lo, e: lo - e, bars.low, ema(list(bars.close), length))


def obv(bars: History) -> Values:
    """TA-Lib: starts with the first volume."""
    result: Values = [bars.volume[0]] if len(bars) else []
    for i in range(1, len(bars)):
        step = bars.close[i] - bars.close[i - 1]
        result.append(result[-1] + (bars.volume[i] if step > 0 else -bars.volume[i] if step < 0 else 0))  # type: ignore[operator]
    return result


def cmf(bars: History, length: int = 20) -> Values:
    """Chaikin's money flow."""
    place = [
        ratio(2 * c - h - lo, h - lo, 1.0) for h, lo, c in zip(bars.high, bars.low, bars.close, strict=True)
    ]  # fmt: skip
    flow = [p * v for p, v in zip(place, bars.volume, strict=True)]
    return each(lambda f, v: ratio(f, v, 1.0), total(flow, length), total(list(bars.volume), length))


def force_index(bars: History, length: int = 13) -> Values:
    steps = each(lambda a, b, v: (a - b) * v, bars.close, past(list(bars.close), 1), bars.volume)
    return ema(steps, length)
