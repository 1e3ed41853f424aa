"""Bands, ranges, trends, levels of the day and of swings (rule 21), as plain loops. None: not available (rule 2)."""

from __future__ import annotations

from math import inf
from typing import Any

from .averages import Values, each, ema, highest, lowest, past, ratio, sma, smma, stdev
from .bars import History, above, below, moment, start_of

# ------------------------------------------------------------------- bands


def _shifted(middle: Values, width: Values, factor: float) -> Values:
    return each(lambda m, w: m + factor * w, middle, width)


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
    return each(lambda a, b: (a + b) / 2, dc_upper(bars, length), dc_lower(bars, length))


def kc_middle(bars: History, length: int = 20, multiplier: float = 2) -> Values:
    return ema(list(bars.close), length)


def kc_upper(bars: History, length: int = 20, multiplier: float = 2) -> Values:
    return _shifted(kc_middle(bars, length), atr(bars, length), multiplier)


def kc_lower(bars: History, length: int = 20, multiplier: float = 2) -> Values:
    return _shifted(kc_middle(bars, length), atr(bars, length), -multiplier)


# ------------------------------------------------------- range and direction


def true_range(bars: History) -> Values:
    result: Values = [None]
    for i in range(1, len(bars)):
        before = bars.close[i - 1]
        result.append(max(bars.high[i], before) - min(bars.low[i], before))
    return result[: len(bars)]


def atr(bars: History, length: int = 14) -> Values:
    return smma(true_range(bars), length)


def natr(bars: History, length: int = 14) -> Values:
    return each(lambda a, c: 100 * a / c, atr(bars, length), bars.close)


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
    return each(ratio, plus, span), each(ratio, minus, span)


def plus_di(bars: History, length: int = 14) -> Values:
    return _directions(bars, length)[0]


def minus_di(bars: History, length: int = 14) -> Values:
    return _directions(bars, length)[1]


def dx(bars: History, length: int = 14) -> Values:
    return each(lambda p, m: ratio(abs(p - m), p + m), *_directions(bars, length))


def adx(bars: History, length: int = 14) -> Values:
    return smma(dx(bars, length), length)


def adxr(bars: History, length: int = 14) -> Values:
    line = adx(bars, length)
    return each(lambda a, b: (a + b) / 2, line, past(line, length - 1))


def _supertrend(bars: History, length: int, factor: float) -> tuple[Values, Values]:
    """The band below the price while it rises, above while it falls; a close beyond it flips the direction.

    As TradingView draws it: it starts falling, and a band is moved before the close is held against it.
    """
    line: Values = []
    direction: Values = []
    width = atr(bars, length)
    upper, lower, is_up = inf, -inf, False
    for i in range(len(bars)):
        if width[i] is None:
            line.append(None)
            direction.append(None)
            continue
        middle = (bars.high[i] + bars.low[i]) / 2
        top, bottom = middle + factor * width[i], middle - factor * width[i]  # type: ignore[operator]
        # A band only tightens, until the close before stood beyond it.
        upper = top if top < upper or bars.close[i - 1] > upper else upper
        lower = bottom if bottom > lower or bars.close[i - 1] < lower else lower
        is_up = bars.close[i] >= lower if is_up else bars.close[i] > upper
        line.append(lower if is_up else upper)
        direction.append(1.0 if is_up else -1.0)
    return line, direction


def supertrend(bars: History, length: int = 10, factor: float = 3) -> Values:
    return _supertrend(bars, length, factor)[0]


def supertrend_direction(bars: History, length: int = 10, factor: float = 3) -> Values:
    return _supertrend(bars, length, factor)[1]


def psar(bars: History, step: float = 0.02, maximum: float = 0.2) -> Values:
    """Wilder's parabolic stop, begun as TA-Lib does: by the stronger direction of the second bar."""
    result: Values = [None] * len(bars)
    if len(bars) < 2:
        return result
    plus, minus = bars.high[1] - bars.high[0], bars.low[0] - bars.low[1]
    rising = not (minus > plus and minus > 0)
    best = bars.high[1] if rising else bars.low[1]
    stop = bars.low[0] if rising else bars.high[0]
    step = min(step, maximum)
    speed = step
    for i in range(1, len(bars)):
        high, low = bars.high[i], bars.low[i]
        before = (high, low) if i == 1 else (bars.high[i - 1], bars.low[i - 1])  # TA-Lib knows no bar before the second
        turned = low <= stop if rising else high >= stop
        if turned:
            rising = not rising
            stop = min(best, before[1], low) if rising else max(best, before[0], high)
            result[i] = stop
            speed, best = step, (high if rising else low)
            stop = stop + speed * (best - stop)
        else:
            result[i] = stop
            if (rising and high > best) or (not rising and low < best):
                best, speed = (high if rising else low), min(speed + step, maximum)
            stop = stop + speed * (best - stop)
        # The stop never enters the range of this bar and the one before.
        stop = min(stop, before[1], low) if rising else max(stop, before[0], high)
    return result


# ---------------------------------------------------------------- Ichimoku


def tenkan(bars: History, length: int = 9) -> Values:
    return dc_middle(bars, length)


def kijun(bars: History, length: int = 26) -> Values:
    return dc_middle(bars, length)


def senkou_a(bars: History, fast: int = 9, slow: int = 26, shift: int = 26) -> Values:
    """As displayed at this bar: computed `shift` bars ago."""
    return past(each(lambda a, b: (a + b) / 2, dc_middle(bars, fast), dc_middle(bars, slow)), shift)


def senkou_b(bars: History, length: int = 52, shift: int = 26) -> Values:
    return past(dc_middle(bars, length), shift)


def cloud_top(bars: History, fast: int = 9, slow: int = 26, longest: int = 52, shift: int = 26) -> Values:
    return each(max, senkou_a(bars, fast, slow, shift), senkou_b(bars, longest, shift))


def cloud_bottom(bars: History, fast: int = 9, slow: int = 26, longest: int = 52, shift: int = 26) -> Values:
    return each(min, senkou_a(bars, fast, slow, shift), senkou_b(bars, longest, shift))


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


def day_of_month(bars: History) -> Values:
    return [float(moment(bars.ends(i)).day) for i in range(len(bars))]


def month(bars: History) -> Values:
    return [float(moment(bars.ends(i)).month) for i in range(len(bars))]


def _today(bars: History) -> list[list[int]]:
    """For each bar the bars of its day so far."""
    return [[k for k in range(i + 1) if _same_day(bars, i, k)] for i in range(len(bars))]


def _same_day(bars: History, i: int, k: int) -> bool:
    return start_of(bars.time[i], "D1") == start_of(bars.time[k], "D1")


def day_high(bars: History) -> Values:
    return [max(bars.high[k] for k in day) for day in _today(bars)]


def day_low(bars: History) -> Values:
    return [min(bars.low[k] for k in day) for day in _today(bars)]


def vwap(bars: History) -> Values:
    price = typical_price(bars)
    result: Values = []
    for day in _today(bars):
        volume = sum(bars.volume[k] for k in day)
        result.append(sum(price[k] * bars.volume[k] for k in day) / volume if volume else None)  # type: ignore[operator]
    return result


def pivot(bars: History) -> Values:
    return each(lambda h, lo, c: (h + lo + c) / 3, yesterday_high(bars), yesterday_low(bars), yesterday_close(bars))


def r1(bars: History) -> Values:
    return each(lambda p, lo: 2 * p - lo, pivot(bars), yesterday_low(bars))


def s1(bars: History) -> Values:
    return each(lambda p, h: 2 * p - h, pivot(bars), yesterday_high(bars))


def r2(bars: History) -> Values:
    return each(lambda p, h, lo: p + h - lo, pivot(bars), yesterday_high(bars), yesterday_low(bars))


def s2(bars: History) -> Values:
    return each(lambda p, h, lo: p - (h - lo), pivot(bars), yesterday_high(bars), yesterday_low(bars))


def swing_high(bars: History, length: int = 5) -> Values:
    """The newest proven high: seen `length` bars after it."""
    return _swings(bars.high, length, 1)


def swing_low(bars: History, length: int = 5) -> Values:
    return _swings(bars.low, length, -1)


def fractal_up(bars: History) -> Values:
    return _swings(bars.high, 2, 1)


def fractal_down(bars: History) -> Values:
    return _swings(bars.low, 2, -1)


def _swings(levels: list[float], length: int, sign: int) -> Values:
    result: Values = []
    for i in range(len(levels)):
        newest = result[-1] if result else None
        k = i - length
        if k >= length:
            not_below = all(sign * levels[k] >= sign * v for v in levels[k - length : k])
            if not_below and all(sign * levels[k] > sign * v for v in levels[k + 1 : i + 1]):
                newest = levels[k]
        result.append(newest)
    return result
