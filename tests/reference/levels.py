"""Pivots, weeks and months, swings and divergence (rule 21), as plain loops. None: not available."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .averages import Values, each
from .bars import History, above, start_of
from .ranges import day_open, yesterday_close, yesterday_high, yesterday_low


def _made_of_yesterday(formula: Any) -> Any:
    def level(bars: History) -> Values:
        return each(formula, yesterday_high(bars), yesterday_low(bars), yesterday_close(bars))

    return level


def _woodie(h: float, lo: float, c: float) -> float:
    return (h + lo + c + c) / 4


def _floor(h: float, lo: float, c: float) -> float:
    return (h + lo + c) / 3


PIVOTS = {
    "camarilla_r1": lambda h, lo, c: c + (h - lo) * 1.1 / 12, "camarilla_r2": lambda h, lo, c: c + (h - lo) * 1.1 / 6,
    "camarilla_r3": lambda h, lo, c: c + (h - lo) * 1.1 / 4, "camarilla_r4": lambda h, lo, c: c + (h - lo) * 1.1 / 2,
    "camarilla_s1": lambda h, lo, c: c - (h - lo) * 1.1 / 12, "camarilla_s2": lambda h, lo, c: c - (h - lo) * 1.1 / 6,
    "camarilla_s3": lambda h, lo, c: c - (h - lo) * 1.1 / 4, "camarilla_s4": lambda h, lo, c: c - (h - lo) * 1.1 / 2,
    "woodie_pivot": _woodie,
    "woodie_r1": lambda h, lo, c: 2 * _woodie(h, lo, c) - lo, "woodie_r2": lambda h, lo, c: _woodie(h, lo, c) + h - lo,
    "woodie_s1": lambda h, lo, c: 2 * _woodie(h, lo, c) - h, "woodie_s2": lambda h, lo, c: _woodie(h, lo, c) - h + lo,
    "fib_r1": lambda h, lo, c: _floor(h, lo, c) + 0.382 * (h - lo),
    "fib_r2": lambda h, lo, c: _floor(h, lo, c) + 0.618 * (h - lo),
    "fib_r3": lambda h, lo, c: _floor(h, lo, c) + h - lo,
    "fib_s1": lambda h, lo, c: _floor(h, lo, c) - 0.382 * (h - lo),
    "fib_s2": lambda h, lo, c: _floor(h, lo, c) - 0.618 * (h - lo),
    "fib_s3": lambda h, lo, c: _floor(h, lo, c) - h + lo,
}  # fmt: skip

# ---------------------------------------------------------- weeks and months


def _of_period(timeframe: str, column: str, last: bool) -> Any:
    """The column's value for the period so far, or for the one with bars before it."""

    def price(bars: History) -> Values:
        result: Values = []
        for i in range(len(bars)):
            mine = start_of(bars.time[i], timeframe)
            part = [k for k in range(i + 1) if start_of(bars.time[k], timeframe) == mine]
            if last:
                before = [k for k in range(i) if start_of(bars.time[k], timeframe) < mine]
                newest = start_of(bars.time[before[-1]], timeframe) if before else None
                part = [k for k in before if start_of(bars.time[k], timeframe) == newest]
            values = [getattr(bars, column)[k] for k in part]
            pick = {"open": lambda v: v[0], "high": max, "low": min, "close": lambda v: v[-1]}[column]
            result.append(pick(values) if values else None)
        return result

    return price


PERIODS = {
    **{f"{word}_{column}": _of_period(frame, column, False)
       for word, frame in (("week", "W1"), ("month", "MN1")) for column in ("open", "high", "low")},
    **{f"last_{word}_{column}": _of_period(frame, column, True)
       for word, frame in (("week", "W1"), ("month", "MN1")) for column in ("open", "high", "low", "close")},
}  # fmt: skip


def day_change(bars: History) -> Values:
    return each(lambda c, y: (c - y) / y if above(c, y) or above(y, c) else 0.0, bars.close, yesterday_close(bars))


def day_gap(bars: History) -> Values:
    return each(lambda o, y: (o - y) / y if above(o, y) or above(y, o) else 0.0, day_open(bars), yesterday_close(bars))


# -------------------------------------------------------------------- swings


def _proven(levels: list[float], n: int, sign: int) -> list[tuple[int, int]]:
    """The swings in order: the bar that proves it, and its own bar. sign 1: highs, -1: lows."""
    found = []
    for i in range(2 * n, len(levels)):
        k = i - n
        not_below = all(sign * levels[k] >= sign * v for v in levels[k - n : k])
        if not_below and all(sign * levels[k] > sign * v for v in levels[k + 1 : i + 1]):
            found.append((i, k))
    return found


def _last_swing(bars: History, n: int) -> list[tuple[float, float] | None]:
    """Start and end of the last swing, as known on each bar."""
    highs, lows = _proven(bars.high, n, 1), _proven(bars.low, n, -1)
    result: list[tuple[float, float] | None] = []
    for i in range(len(bars)):
        top = max((k for shown, k in highs if shown <= i), default=None)
        bottom = max((k for shown, k in lows if shown <= i), default=None)
        if top is None or bottom is None:
            result.append(None)
        elif top >= bottom:
            result.append((bars.low[bottom], bars.high[top]))
        else:
            result.append((bars.high[top], bars.low[bottom]))
    return result


def fib_retracement(bars: History, percent: float = 61.8, length: int = 5) -> Values:
    return [None if s is None else s[1] - percent / 100 * (s[1] - s[0]) for s in _last_swing(bars, int(length))]


def fib_extension(bars: History, percent: float = 161.8, length: int = 5) -> Values:
    return [None if s is None else s[0] + percent / 100 * (s[1] - s[0]) for s in _last_swing(bars, int(length))]


def _diverges(bars: History, x: Values, n: int, low: bool, further: bool) -> list[Any]:
    """`further`: the price's swing goes beyond the one before while the source's does not (else the reverse)."""
    levels, sign = (bars.low, -1) if low else (bars.high, 1)
    result: list[Any] = [None if i <= 3 * n else False for i in range(len(bars))]
    swings = _proven(levels, n, sign)
    for (_, old), (shown, new) in pairwise(swings):
        a, b = x[old], x[new]
        price = (
            above(sign * levels[new], sign * levels[old]) if further else above(sign * levels[old], sign * levels[new])
        )
        if not price:
            result[shown] = False
        elif a is None or b is None:
            result[shown] = None
        else:
            result[shown] = above(sign * a, sign * b) if further else above(sign * b, sign * a)
    return result


def bullish_divergence(bars: History, x: Values, length: int = 5) -> list[Any]:
    return _diverges(bars, x, int(length), True, True)


def bearish_divergence(bars: History, x: Values, length: int = 5) -> list[Any]:
    return _diverges(bars, x, int(length), False, True)


def hidden_bullish_divergence(bars: History, x: Values, length: int = 5) -> list[Any]:
    return _diverges(bars, x, int(length), True, False)


def hidden_bearish_divergence(bars: History, x: Values, length: int = 5) -> list[Any]:
    return _diverges(bars, x, int(length), False, False)


LEVELS = {name: _made_of_yesterday(formula) for name, formula in PIVOTS.items()} | PERIODS
