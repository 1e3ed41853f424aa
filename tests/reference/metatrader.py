"""What MetaTrader defines otherwise (`indicators metatrader`), as plain loops. None: not available (rule 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .averages import Values, each, past, sma, windows
from .bars import History, above, at_most
from .indicators import FUNCTIONS as ORDINARY
from .indicators import Function
from .ranges import true_range, typical_price


def ema(x: Values, length: int) -> Values:
    """Starts from the first value."""
    return _smoothed(x, length, 0)


def _smoothed(x: Values, length: int, begin: int, seed: float | None = None) -> Values:
    """From the value `begin` bars after the first one on; that one, or `seed`, is the start."""
    result: Values = []
    state, seen = None, 0
    for value in x:
        if value is None:
            state, seen = None, 0
            result.append(None)
            continue
        seen += 1
        if seen > begin:
            start = value if seed is None else seed
            state = start if state is None else (2 * value + (length - 1) * state) / (length + 1)
        result.append(state)
    return result


def dema(x: Values, length: int) -> Values:
    first = ema(x, length)
    return each(lambda a, b: 2 * a - b, first, _smoothed(first, length, length - 1))


def _third(x: Values, length: int) -> tuple[Values, Values, Values]:
    first = ema(x, length)
    second = _smoothed(first, length, length - 1)
    return first, second, _smoothed(second, length, length - 1)


def tema(x: Values, length: int) -> Values:
    return each(lambda a, b, c: 3 * a - 3 * b + c, *_third(x, length))


def trix(x: Values, length: int = 30) -> Values:
    third = _third(x, length)[2]
    return each(lambda a, b: (a - b) / b if b else None, third, past(third, 1))


def macd(x: Values, fast: int = 12, slow: int = 26, signal: int = 9) -> Values:
    return each(lambda a, b: a - b, ema(x, fast), ema(x, slow))


def macd_signal(x: Values, fast: int = 12, slow: int = 26, signal: int = 9) -> Values:
    return sma(macd(x, fast, slow), signal)


def macd_hist(x: Values, fast: int = 12, slow: int = 26, signal: int = 9) -> Values:
    return each(lambda a, b: a - b, macd(x, fast, slow), macd_signal(x, fast, slow, signal))


def rsi(x: Values, length: int = 14) -> Values:
    """As MetaTrader writes it: 100 - 100 / (1 + gains / losses)."""
    result: Values = []
    gains = losses = 0.0
    steps: list[float] = []
    for value, before in zip(x, past(x, 1), strict=True):
        if value is None or before is None:
            steps = []
            result.append(None)
            continue
        steps.append(value - before)
        if len(steps) < length:
            result.append(None)
            continue
        if len(steps) == length:
            gains = sum(s for s in steps if s > 0) / length
            losses = -sum(s for s in steps if s < 0) / length
        else:
            gains = (gains * (length - 1) + max(steps[-1], 0.0)) / length
            losses = (losses * (length - 1) + max(-steps[-1], 0.0)) / length
        result.append(100 - 100 / (1 + gains / losses) if losses else 100.0 if gains else 50.0)
    return result


def mfi(bars: History, length: int = 14) -> Values:
    price = typical_price(bars)
    up: Values = [None]
    down: Values = [None]
    for i in range(1, len(bars)):
        a, b = price[i], price[i - 1]
        assert a is not None
        assert b is not None
        flow = a * bars.volume[i]
        up.append(flow if above(a, b) else 0.0)
        down.append(flow if above(b, a) else 0.0)
    rises, falls = (windows(side[: len(bars)], length, sum) for side in (up, down))
    return each(lambda r, f: 100 - 100 / (1 + r / f) if f else 100.0, rises, falls)


def _main(bars: History, length: int, smooth: int) -> Values:
    result: Values = []
    for i in range(len(bars)):
        if i < length + smooth - 2:
            result.append(None)
            continue
        top = bottom = 0.0
        for k in range(i - smooth + 1, i + 1):
            low = min(bars.low[k - length + 1 : k + 1])
            top += bars.close[k] - low
            bottom += max(bars.high[k - length + 1 : k + 1]) - low
        result.append(100.0 if at_most(bars.close[i] + bottom, bars.close[i]) else 100 * top / bottom)
    return result


def stoch_k(bars: History, length: int = 14, smooth: int = 3, signal: int = 3) -> Values:
    return _main(bars, length, smooth)


def stoch_d(bars: History, length: int = 14, smooth: int = 3, signal: int = 3) -> Values:
    return sma(_main(bars, length, smooth), signal)


def stoch_fast_k(bars: History, length: int = 14, signal: int = 3) -> Values:
    return _main(bars, length, 1)


def stoch_fast_d(bars: History, length: int = 14, signal: int = 3) -> Values:
    return sma(_main(bars, length, 1), signal)


def momentum(x: Values, length: int = 10) -> Values:
    return each(lambda a, b: 100 * a / b if b else None, x, past(x, length))


def williams_r(bars: History, length: int = 14) -> Values:
    result: Values = []
    for i in range(len(bars)):
        part = slice(i - length + 1, i + 1)
        if i < length - 1:
            result.append(None)
        elif max(bars.high[part]) == min(bars.low[part]):
            result.append(result[-1])
        else:
            high, low = max(bars.high[part]), min(bars.low[part])
            result.append(-100 * (high - bars.close[i]) / (high - low))
    return result


def force_index(bars: History, length: int = 13) -> Values:
    mean = sma(list(bars.close), length)
    return each(lambda m, b, v: v * (m - b if above(m, b) or above(b, m) else 0.0), mean, past(mean, 1), bars.volume)


def bull_power(bars: History, length: int = 13) -> Values:
    return each(lambda h, e: h - e, bars.high, ema(list(bars.close), length))


def bear_power(bars: History, length: int = 13) -> Values:
    return each(lambda lo, e: lo - e, bars.low, ema(list(bars.close), length))


def atr(bars: History, length: int = 14) -> Values:
    return sma(true_range(bars), length)


def natr(bars: History, length: int = 14) -> Values:
    return each(lambda a, c: 100 * a / c, atr(bars, length), bars.close)


def _directions(bars: History, length: int) -> tuple[Values, Values, Values]:
    """Bar by bar as MetaTrader's ADX does it; everything is 0 on the first bar."""
    plus, minus, index = [0.0], [0.0], [0.0]
    weight = 2 / (length + 1)
    for i in range(1, len(bars)):
        up, down = bars.high[i] - bars.high[i - 1], bars.low[i - 1] - bars.low[i]
        up_wins, down_wins = above(up, max(down, 0.0)), above(down, max(up, 0.0))
        span = max(bars.high[i], bars.close[i - 1]) - min(bars.low[i], bars.close[i - 1])
        for line, moved in ((plus, up if up_wins else 0.0), (minus, down if down_wins else 0.0)):
            line.append(line[-1] + weight * ((100 * moved / span if span else 0.0) - line[-1]))
        both = plus[-1] + minus[-1]
        index.append(100 * abs(plus[-1] - minus[-1]) / both if both else 0.0)
    return _from(plus, length), _from(minus, length), index[: len(bars)]


def _from(values: Values, bar: int) -> Values:
    return [None if i < bar else v for i, v in enumerate(values)]


def plus_di(bars: History, length: int = 14) -> Values:
    return _directions(bars, length)[0]


def minus_di(bars: History, length: int = 14) -> Values:
    return _directions(bars, length)[1]


def dx(bars: History, length: int = 14) -> Values:
    return _from(_directions(bars, length)[2], length)


def adx(bars: History, length: int = 14) -> Values:
    return _from(_smoothed(_directions(bars, length)[2], length, 0), 2 * length - 1)


def adxr(bars: History, length: int = 14) -> Values:
    line = adx(bars, length)
    return each(lambda a, b: (a + b) / 2, line, past(line, length - 1))


def psar(bars: History, step: float = 0.02, maximum: float = 0.2) -> Values:
    """With the buffers that MetaTrader's own example keeps: stop, extreme and speed of every bar."""
    if len(bars) < 2:
        return [None] * len(bars)
    is_long, reversed_at = False, 0
    stops = [bars.high[0], max(bars.high[:2])]
    extremes, speeds = [bars.low[0]], [step]
    for i in range(1, len(bars)):
        if is_long and stops[i] > bars.low[i]:
            is_long, reversed_at = False, _reverse(stops, max(bars.high[reversed_at : i + 1]), i)
            extremes.append(bars.low[i])
            speeds.append(step)
        elif not is_long and stops[i] < bars.high[i]:
            is_long, reversed_at = True, _reverse(stops, min(bars.low[reversed_at : i + 1]), i)
            extremes.append(bars.high[i])
            speeds.append(step)
        else:
            reached = bars.high[i] if is_long else bars.low[i]
            further = reached > extremes[-1] if is_long else reached < extremes[-1]
            extremes.append(reached if further else extremes[-1])
            speeds.append(min(maximum, speeds[-1] + step) if further else speeds[-1])
        coming = stops[i] + speeds[i] * (extremes[i] - stops[i])
        two = bars.low[i - 1 : i + 1] if is_long else bars.high[i - 1 : i + 1]
        stops.append(min(coming, *two) if is_long else max(coming, *two))
    return [None, *stops[1:-1]]


def _reverse(stops: list[float], stop: float, i: int) -> int:
    stops[i] = stop
    return i


_CHANGED: tuple[Any, ...] = (
    ema, dema, tema, trix, macd, macd_signal, macd_hist, rsi, mfi, stoch_k, stoch_d, stoch_fast_k, stoch_fast_d,
    momentum, williams_r, force_index, bull_power, bear_power, atr, natr, plus_di, minus_di, dx, adx, adxr, psar,
)  # fmt: skip

FUNCTIONS: dict[str, Function] = ORDINARY | {f.__name__: replace(ORDINARY[f.__name__], call=f) for f in _CHANGED}
