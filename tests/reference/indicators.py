"""Textbook/TA-Lib definitions (rule 21) as plain loops over lists. None stands for "not available" (rule 2).

Each function gets what the language writes: a series first, or the bars, then numbers. `FUNCTIONS` says which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any

from .bars import History, above, at_most, below, moment, start_of

Values = list[float | None]


# ------------------------------------------------------------------ tools


def _apply(function: Callable[..., float | None], *series: Sequence[float | None]) -> Values:
    """`function` bar by bar; not available where any operand is not."""
    return [None if any(v is None for v in row) else function(*row) for row in zip(*series, strict=True)]


def _window(values: Values, length: int, function: Callable[[list[float]], float | None]) -> Values:
    """`function` of the last `length` values, this one included."""
    result: Values = []
    for i in range(len(values)):
        part = values[max(0, i - length + 1) : i + 1]
        result.append(function(part) if len(part) == length and None not in part else None)  # type: ignore[arg-type]
    return result


def _past(values: Values, n: int) -> Values:
    return [values[i - n] if i >= n else None for i in range(len(values))]


def _smoothed(values: Values, length: int, weight: float) -> Values:
    """Exponential smoothing that starts with the simple average of the first `length` values."""
    result: Values = []
    state: float | None = None
    seen: list[float] = []
    for value in values:
        if value is None:
            result.append(None)
            continue
        if state is None:
            seen.append(value)
            if len(seen) == length:
                state = sum(seen) / length
        else:
            state = state + weight * (value - state)
        result.append(state)
    return result


def _ratio(a: float, b: float, scale: float = 100.0, otherwise: float = 0.0) -> float:
    return scale * a / b if abs(b) > 1e-14 else otherwise


# --------------------------------------------------------------- averages


def sma(x: Values, length: int) -> Values:
    return _window(x, length, lambda w: sum(w) / length)


def ema(x: Values, length: int) -> Values:
    return _smoothed(x, length, 2 / (length + 1))


def smma(x: Values, length: int) -> Values:
    """Wilder's average."""
    return _smoothed(x, length, 1 / length)


def wma(x: Values, length: int) -> Values:
    total = length * (length + 1) / 2
    return _window(x, length, lambda w: sum((k + 1) * v for k, v in enumerate(w)) / total)


def dema(x: Values, length: int) -> Values:
    one = ema(x, length)
    return _apply(lambda a, b: 2 * a - b, one, ema(one, length))


def tema(x: Values, length: int) -> Values:
    one = ema(x, length)
    two = ema(one, length)
    return _apply(lambda a, b, c: 3 * a - 3 * b + c, one, two, ema(two, length))


def trima(x: Values, length: int) -> Values:
    """Weights that rise to the middle and fall again."""
    weights = [min(k + 1, length - k) for k in range(length)]
    return _window(x, length, lambda w: sum(a * b for a, b in zip(weights, w, strict=True)) / sum(weights))


def hma(x: Values, length: int) -> Values:
    """Hull: WMA(2*WMA(n/2) - WMA(n), sqrt(n)), the parts rounded down."""
    fast, slow = wma(x, length // 2), wma(x, length)
    return wma(_apply(lambda a, b: 2 * a - b, fast, slow), int(sqrt(length)))


def vwma(bars: History, length: int) -> Values:
    money = [c * v for c, v in zip(bars.close, bars.volume, strict=True)]
    return _apply(lambda a, b: a / b if b else None, total(money, length), total(list(bars.volume), length))


def linreg(x: Values, length: int) -> Values:
    """The end point of the least-squares line through the last values."""

    def end(w: list[float]) -> float:
        mean_t, mean_x = (length - 1) / 2, sum(w) / length
        slope = sum((k - mean_t) * v for k, v in enumerate(w)) / sum((k - mean_t) ** 2 for k in range(length))
        return mean_x + slope * (length - 1 - mean_t)

    return _window(x, length, end)


def stdev(x: Values, length: int) -> Values:
    """Population standard deviation, as TA-Lib."""

    def deviation(w: list[float]) -> float:
        mean = sum(w) / length
        return sqrt(sum((v - mean) ** 2 for v in w) / length)

    return _window(x, length, deviation)


def highest(x: Values, length: int) -> Values:
    return _window(x, length, max)


def lowest(x: Values, length: int) -> Values:
    return _window(x, length, min)


def total(x: Values, length: int) -> Values:
    return _window(x, length, sum)


# ------------------------------------------------------------- oscillators


def rsi(x: Values, length: int = 14) -> Values:
    """Wilder: averages of the rises and of the falls; the first average is simple."""
    steps = _apply(lambda a, b: a - b, x, _past(x, 1))
    rise = smma(_apply(lambda s: max(s, 0.0), steps), length)
    fall = smma(_apply(lambda s: max(-s, 0.0), steps), length)
    return _apply(lambda r, f: _ratio(r, r + f), rise, fall)


def _macd(x: Values, fast: int, slow: int, signal: int) -> tuple[Values, Values, Values]:
    """TA-Lib: both averages start together, so the fast one is seeded from the values before bar slow-1."""
    skip = next((i for i, v in enumerate(x) if v is not None), len(x)) + slow - fast
    quick = ema([None] * min(skip, len(x)) + x[skip:], fast)
    line = _apply(lambda a, b: a - b, quick, ema(x, slow))
    smooth = ema(line, signal)
    shown = [v if s is not None else None for v, s in zip(line, smooth, strict=True)]
    return shown, smooth, _apply(lambda a, b: a - b, shown, smooth)


def macd(x: Values, fast: int = 12, slow: int = 26, signal: int = 9) -> Values:
    return _macd(x, fast, slow, signal)[0]


def macd_signal(x: Values, fast: int = 12, slow: int = 26, signal: int = 9) -> Values:
    return _macd(x, fast, slow, signal)[1]


def macd_hist(x: Values, fast: int = 12, slow: int = 26, signal: int = 9) -> Values:
    return _macd(x, fast, slow, signal)[2]


def stoch_fast_k(bars: History, length: int = 14, signal: int = 3) -> Values:
    high, low = highest(list(bars.high), length), lowest(list(bars.low), length)
    return _apply(lambda c, h, lo: _ratio(c - lo, h - lo), bars.close, high, low)


def stoch_k(bars: History, length: int = 14, slowing: int = 3, signal: int = 3) -> Values:
    return sma(stoch_fast_k(bars, length), slowing)


def stoch_d(bars: History, length: int = 14, slowing: int = 3, signal: int = 3) -> Values:
    return sma(stoch_k(bars, length, slowing), signal)


def williams_r(bars: History, length: int = 14) -> Values:
    high, low = highest(list(bars.high), length), lowest(list(bars.low), length)
    return _apply(lambda c, h, lo: _ratio(c - h, h - lo), bars.close, high, low)


def cci(bars: History, length: int = 20) -> Values:
    price = typical_price(bars)

    def index(w: list[float]) -> float:
        mean = sum(w) / length
        return _ratio(w[-1] - mean, sum(abs(v - mean) for v in w) / length, 1 / 0.015)

    return _window(price, length, index)


def mfi(bars: History, length: int = 14) -> Values:
    price = typical_price(bars)
    flow = [p * v for p, v in zip(price, bars.volume, strict=True)]  # type: ignore[operator]
    step = _apply(lambda a, b: a - b, price, _past(price, 1))
    up = total(_apply(lambda s, f: f if s > 0 else 0.0, step, flow), length)
    down = total(_apply(lambda s, f: f if s < 0 else 0.0, step, flow), length)
    return _apply(lambda u, d: _ratio(u, u + d), up, down)


def roc(x: Values, length: int = 10) -> Values:
    return _apply(lambda a, b: _ratio(a - b, b), x, _past(x, length))


def momentum(x: Values, length: int = 10) -> Values:
    return _apply(lambda a, b: a - b, x, _past(x, length))


def cmo(x: Values, length: int = 14) -> Values:
    """Chande's, with Wilder's averages as TA-Lib has it: the RSI stretched to -100..100."""
    return _apply(lambda r: 2 * r - 100, rsi(x, length))


def aroon_up(bars: History, length: int = 14) -> Values:
    return _window(list(bars.high), length + 1, lambda w: 100 * _last_index(w, max(w)) / length)


def aroon_down(bars: History, length: int = 14) -> Values:
    return _window(list(bars.low), length + 1, lambda w: 100 * _last_index(w, min(w)) / length)


def aroon_osc(bars: History, length: int = 14) -> Values:
    return _apply(lambda u, d: u - d, aroon_up(bars, length), aroon_down(bars, length))


def _last_index(values: list[float], value: float) -> int:
    return max(i for i, v in enumerate(values) if v == value)


# ------------------------------------------------------------------- bands


def _shifted(middle: Values, width: Values, factor: float) -> Values:
    return _apply(lambda m, w: m + factor * w, middle, width)


def bb_upper(x: Values, length: int = 20, deviations: float = 2) -> Values:
    return _shifted(sma(x, length), stdev(x, length), deviations)


def bb_middle(x: Values, length: int = 20, deviations: float = 2) -> Values:
    return sma(x, length)


def bb_lower(x: Values, length: int = 20, deviations: float = 2) -> Values:
    return _shifted(sma(x, length), stdev(x, length), -deviations)


def dc_upper(bars: History, length: int = 20) -> Values:
    return highest(list(bars.high), length)


def dc_lower(bars: History, length: int = 20) -> Values:
    return lowest(list(bars.low), length)


def dc_middle(bars: History, length: int = 20) -> Values:
    return _apply(lambda a, b: (a + b) / 2, dc_upper(bars, length), dc_lower(bars, length))


# ------------------------------------------------------- range and direction


def true_range(bars: History) -> Values:
    result: Values = [None]
    for i in range(1, len(bars)):
        before = bars.close[i - 1]
        result.append(max(bars.high[i], before) - min(bars.low[i], before))
    return result[: len(bars)]


def atr(bars: History, length: int = 14) -> Values:
    return smma(true_range(bars), length)


def _wilder_sum(values: Values, length: int) -> Values:
    """Wilder's running sum, TA-Lib's way: seeded with length-1 values, first shown one bar later."""
    result: Values = []
    state, count = 0.0, 0
    for value in values:
        if value is None:
            result.append(None)
            continue
        count += 1
        state = state + value if count < length else state - state / length + value
        result.append(state if count >= length else None)
    return result


def _directions(bars: History, length: int) -> tuple[Values, Values]:
    plus: Values = [None]
    minus: Values = [None]
    for i in range(1, len(bars)):
        up, down = bars.high[i] - bars.high[i - 1], bars.low[i - 1] - bars.low[i]
        plus.append(up if up > 0 and up > down else 0.0)
        minus.append(down if down > 0 and down > up else 0.0)
    span = _wilder_sum(true_range(bars), length)
    plus, minus = _wilder_sum(plus[: len(bars)], length), _wilder_sum(minus[: len(bars)], length)
    return _apply(_ratio, plus, span), _apply(_ratio, minus, span)


def plus_di(bars: History, length: int = 14) -> Values:
    return _directions(bars, length)[0]


def minus_di(bars: History, length: int = 14) -> Values:
    return _directions(bars, length)[1]


def dx(bars: History, length: int = 14) -> Values:
    return _apply(lambda p, m: _ratio(abs(p - m), p + m), *_directions(bars, length))


def adx(bars: History, length: int = 14) -> Values:
    return smma(dx(bars, length), length)


def _supertrend(bars: History, length: int, factor: float) -> tuple[Values, Values]:
    """The band below the price while it rises, above while it falls; a close beyond it flips the direction."""
    line: Values = []
    direction: Values = []
    width = atr(bars, length)
    upper = lower = 0.0
    rising: bool | None = None
    for i in range(len(bars)):
        if width[i] is None:
            line.append(None)
            direction.append(None)
            continue
        middle = (bars.high[i] + bars.low[i]) / 2
        top, bottom = middle + factor * width[i], middle - factor * width[i]  # type: ignore[operator]
        if rising is None:
            upper, lower, rising = top, bottom, bars.close[i] >= middle
        else:
            rising = False if rising and bars.close[i] < lower else rising or bars.close[i] > upper
            # A band only tightens, until the close before stood beyond it.
            upper = top if top < upper or bars.close[i - 1] > upper else upper
            lower = bottom if bottom > lower or bars.close[i - 1] < lower else lower
        line.append(lower if rising else upper)
        direction.append(1.0 if rising else -1.0)
    return line, direction


def supertrend(bars: History, length: int = 10, factor: float = 3) -> Values:
    return _supertrend(bars, length, factor)[0]


def supertrend_direction(bars: History, length: int = 10, factor: float = 3) -> Values:
    return _supertrend(bars, length, factor)[1]


# ---------------------------------------------------------------- Ichimoku


def tenkan(bars: History, length: int = 9) -> Values:
    return dc_middle(bars, length)


def kijun(bars: History, length: int = 26) -> Values:
    return dc_middle(bars, length)


def senkou_a(bars: History, fast: int = 9, slow: int = 26, shift: int = 26) -> Values:
    """As displayed at this bar: computed `shift` bars ago."""
    return _past(_apply(lambda a, b: (a + b) / 2, dc_middle(bars, fast), dc_middle(bars, slow)), shift)


def senkou_b(bars: History, length: int = 52, shift: int = 26) -> Values:
    return _past(dc_middle(bars, length), shift)


# ------------------------------------------------------- the bar and its day


def typical_price(bars: History) -> Values:
    return [(h + lo + c) / 3 for h, lo, c in zip(bars.high, bars.low, bars.close, strict=True)]


def median_price(bars: History) -> Values:
    return [(h + lo) / 2 for h, lo in zip(bars.high, bars.low, strict=True)]


def body(bars: History) -> Values:
    return [abs(c - o) for o, c in zip(bars.open, bars.close, strict=True)]


def bar_range(bars: History) -> Values:
    return [h - lo for h, lo in zip(bars.high, bars.low, strict=True)]


def upper_wick(bars: History) -> Values:
    return [h - max(o, c) for o, h, c in zip(bars.open, bars.high, bars.close, strict=True)]


def lower_wick(bars: History) -> Values:
    return [min(o, c) - lo for o, lo, c in zip(bars.open, bars.low, bars.close, strict=True)]


def green(bars: History) -> list[Any]:
    return [above(c, o) for o, c in zip(bars.open, bars.close, strict=True)]


def red(bars: History) -> list[Any]:
    return [below(c, o) for o, c in zip(bars.open, bars.close, strict=True)]


def inside_bar(bars: History) -> list[Any]:
    return [None] + [
        below(bars.high[i], bars.high[i - 1]) and above(bars.low[i], bars.low[i - 1]) for i in range(1, len(bars))
    ]


def outside_bar(bars: History) -> list[Any]:
    return [None] + [
        above(bars.high[i], bars.high[i - 1]) and below(bars.low[i], bars.low[i - 1]) for i in range(1, len(bars))
    ]


def bullish_engulfing(bars: History) -> list[Any]:
    """TA-Lib's CDLENGULFING at +100: a white body around a black one, beyond it at both ends."""
    return [None] * min(2, len(bars)) + [_engulfs(bars, i, 1) for i in range(2, len(bars))]


def bearish_engulfing(bars: History) -> list[Any]:
    return [None] * min(2, len(bars)) + [_engulfs(bars, i, -1) for i in range(2, len(bars))]


def _engulfs(bars: History, i: int, sign: int) -> bool:
    def white(k: int) -> bool:  # TA-Lib counts a bar that closes where it opened as white
        return bars.close[k] >= bars.open[k]

    if white(i) != (sign > 0) or white(i - 1) == (sign > 0):
        return False
    top, bottom = max(bars.open[i], bars.close[i]), min(bars.open[i], bars.close[i])
    return top > max(bars.open[i - 1], bars.close[i - 1]) and bottom < min(bars.open[i - 1], bars.close[i - 1])


def _days(bars: History) -> tuple[History, list[int]]:
    """The days so far, and for each bar the index of its own day."""
    daily, _ = bars.on("D1")
    place = {start: k for k, start in enumerate(daily.time)}
    return daily, [place[start_of(t, "D1")] for t in bars.time]


def _yesterday(bars: History, column: str) -> Values:
    daily, day = _days(bars)
    return [getattr(daily, column)[k - 1] if k else None for k in day]


def day_open(bars: History) -> Values:
    daily, day = _days(bars)
    return [daily.open[k] for k in day]


def yesterday_high(bars: History) -> Values:
    return _yesterday(bars, "high")


def yesterday_low(bars: History) -> Values:
    return _yesterday(bars, "low")


def yesterday_close(bars: History) -> Values:
    return _yesterday(bars, "close")


def yesterday_open(bars: History) -> Values:
    return _yesterday(bars, "open")


def hour(bars: History) -> Values:
    return [float(moment(bars.ends(i)).hour) for i in range(len(bars))]


# ------------------------------------------------------ over time, conditions


def change(x: Values, n: int = 1) -> Values:
    return momentum(x, n)


def percent_change(x: Values, n: int = 1) -> Values:
    return roc(x, n)


def rising(x: Values, n: int = 1) -> list[Any]:
    return _window(x, n + 1, lambda w: all(above(b, a) for a, b in pairwise(w)))


def falling(x: Values, n: int = 1) -> list[Any]:
    return _window(x, n + 1, lambda w: all(below(b, a) for a, b in pairwise(w)))


def turns_up(x: Values) -> list[Any]:
    return _window(x, 3, lambda w: at_most(w[1], w[0]) and above(w[2], w[1]))


def turns_down(x: Values) -> list[Any]:
    return _window(x, 3, lambda w: at_most(w[0], w[1]) and below(w[2], w[1]))


def count(condition: list[Any], length: int) -> Values:
    return _window(condition, length, lambda w: float(sum(map(bool, w))))


def bars_since(condition: list[Any]) -> Values:
    result: Values = []
    for i, value in enumerate(condition):
        before = result[i - 1] if i else None
        result.append(0.0 if value else None if before is None else before + 1)
    return result


def value_when(condition: list[Any], x: Values) -> Values:
    result: Values = []
    for i, value in enumerate(condition):
        result.append(x[i] if value else result[i - 1] if i else None)
    return result


def absolute(x: Values) -> Values:
    return _apply(abs, x)


def smaller(x: Values, y: Values) -> Values:
    return _apply(min, x, y)


def larger(x: Values, y: Values) -> Values:
    return _apply(max, x, y)


# ------------------------------------------------------------ the names


@dataclass(frozen=True)
class Function:
    """How the language calls it: `series` leading arguments are lists; `bars`: the bars come first, unwritten;
    `source`: numbers first, then an optional series that is the close when missing."""

    call: Callable[..., list[Any]]
    series: int = 0
    bars: bool = False
    source: bool = False


def _named(*functions: Callable[..., list[Any]], **form: Any) -> dict[str, Function]:
    return {f.__name__: Function(f, **form) for f in functions}


FUNCTIONS: dict[str, Function] = {
    **_named(sma, ema, smma, wma, dema, tema, trima, hma, linreg, stdev, highest, lowest, series=1),
    **_named(change, percent_change, rising, falling, turns_up, turns_down, count, bars_since, series=1),
    **_named(rsi, macd, macd_signal, macd_hist, roc, momentum, cmo, bb_upper, bb_middle, bb_lower, source=True),
    **_named(stoch_k, stoch_d, stoch_fast_k, williams_r, cci, mfi, aroon_up, aroon_down, aroon_osc, bars=True),
    **_named(true_range, atr, plus_di, minus_di, dx, adx, supertrend, supertrend_direction, bars=True),
    **_named(dc_upper, dc_middle, dc_lower, tenkan, kijun, senkou_a, senkou_b, vwma, bars=True),
    **_named(typical_price, median_price, body, upper_wick, lower_wick, green, red, bars=True),
    **_named(inside_bar, outside_bar, bullish_engulfing, bearish_engulfing, hour, bars=True),
    **_named(day_open, yesterday_high, yesterday_low, yesterday_close, yesterday_open, bars=True),
    "sum": Function(total, series=1),
    "abs": Function(absolute, series=1),
    "min": Function(smaller, series=2),
    "max": Function(larger, series=2),
    "value_when": Function(value_when, series=2),
    "range": Function(bar_range, bars=True),
}
