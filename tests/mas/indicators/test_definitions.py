"""Indicators that TA-Lib does not have, against plain loops written from their definitions."""

from __future__ import annotations

import math
from statistics import mean, median, pstdev

import numpy as np
import pytest

import mas.indicators as ind
from mas.bars import Bars
from mas.errors import ParameterError
from mas.series import Condition, Series
from tests.market import as_numbers, random_bars

BARS = random_bars(300, seed=11)
O, H, L, C, V = (getattr(BARS, name).values.tolist() for name in ("open", "high", "low", "close", "volume"))  # noqa: E741
NAN = math.nan


def agrees(result: Series | Condition, expected: list[float]) -> None:
    np.testing.assert_allclose(as_numbers(result), expected, rtol=1e-9, atol=1e-12)


def windows(values: list[float], n: int) -> list[list[float]]:
    """The last n values at each bar; empty while there are fewer."""
    return [values[i - n + 1 : i + 1] if i >= n - 1 else [] for i in range(len(values))]


def test_smoothed_average() -> None:
    """SMMA starts from the mean of n and then moves by 1/n."""
    n, expected = 7, [NAN] * 6
    expected.append(mean(C[:n]))
    for x in C[n:]:
        expected.append((expected[-1] * (n - 1) + x) / n)
    agrees(ind.smma(BARS.close, n), expected)
    agrees(ind.smma(BARS.close, 1), C)


def test_hull_average() -> None:
    """HMA is the weighted average over sqrt(n) of twice the fast minus the slow weighted average."""

    def wma(values: list[float], n: int) -> list[float]:
        weights = range(1, n + 1)
        return [
            sum(w * x for w, x in zip(weights, p, strict=True)) / sum(weights) if p else NAN for p in windows(values, n)
        ]

    straight = [2 * a - b for a, b in zip(wma(C, 8), wma(C, 16), strict=True)]
    agrees(ind.hma(BARS.close, 16), [NAN] * 15 + wma(straight[15:], 4))


def test_rolling_statistics() -> None:
    """Median, Z-score, midpoint and percent rank are what the words say."""
    agrees(ind.median(BARS.close, 6), [median(p) if p else NAN for p in windows(C, 6)])
    agrees(ind.zscore(BARS.close, 20), [(p[-1] - mean(p)) / pstdev(p) if p else NAN for p in windows(C, 20)])
    agrees(ind.midpoint(BARS.close, 9), [(max(p) + min(p)) / 2 if p else NAN for p in windows(C, 9)])
    ranks = [100 * sum(x <= p[-1] for x in p[:-1]) / 10 if p else NAN for p in windows(C, 11)]
    agrees(ind.percent_rank(BARS.close, 10), ranks)


def test_changes_and_runs() -> None:
    """Change, percent change, rising, falling and turning compare with the bars before."""
    x = Series([1.0, 2.0, 3.0, 3.0, 2.0, 4.0])
    agrees(ind.change(x, 2), [NAN, NAN, 2, 1, -1, 1])
    agrees(ind.percent_change(x), [NAN, 1, 0.5, 0, -1 / 3, 1])
    agrees(ind.rising(x, 2), [NAN, NAN, 1, 0, 0, 0])
    agrees(ind.falling(x, 1), [NAN, 0, 0, 0, 1, 0])
    agrees(ind.turns_up(x), [NAN, NAN, 0, 0, 0, 1])
    agrees(ind.turns_down(x), [NAN, 0, 0, 0, 1, 0])


def test_smaller_and_larger_of_two() -> None:
    """min, max and abs take series and numbers."""
    x = Series([-1.0, 2.0, NAN])
    agrees(ind.max(x, 0), [0, 2, NAN])
    agrees(ind.min(1, x), [-1, 1, NAN])
    agrees(ind.abs(x), [1, 2, NAN])
    assert ind.max(1, 2) == 2.0


def test_keltner_and_donchian() -> None:
    """Keltner is EMA plus and minus ATRs of the same length; Donchian counts the current bar."""
    agrees(ind.kc_upper(BARS, 20, 1.5), (ind.ema(BARS.close, 20) + 1.5 * ind.atr(BARS, 20)).values.tolist())
    agrees(ind.kc_lower(BARS, 20, 1.5), (ind.ema(BARS.close, 20) - 1.5 * ind.atr(BARS, 20)).values.tolist())
    agrees(ind.dc_upper(BARS, 20), [max(p) if p else NAN for p in windows(H, 20)])
    agrees(ind.dc_lower(BARS, 20), [min(p) if p else NAN for p in windows(L, 20)])


def test_supertrend() -> None:
    """A band only moves towards the price until a close breaks it; a break turns the trend."""
    n, m = 10, 3.0
    atr = ind.atr(BARS, n).values
    line, direction = [NAN] * n, [NAN] * n
    floor = ceiling = 0.0
    up = False
    for i in range(n, len(C)):
        lower, upper = (H[i] + L[i]) / 2 - m * atr[i], (H[i] + L[i]) / 2 + m * atr[i]
        first = i == n
        floor = lower if first or lower > floor or C[i - 1] < floor else floor
        ceiling = upper if first or upper < ceiling or C[i - 1] > ceiling else ceiling
        up = C[i] >= floor if up else C[i] > ceiling
        line.append(floor if up else ceiling)
        direction.append(1 if up else -1)
    agrees(ind.supertrend(BARS, n, m), line)
    agrees(ind.supertrend_direction(BARS, n, m), direction)
    assert {1.0, -1.0} <= set(direction)


def test_ichimoku_is_as_displayed() -> None:
    """The spans at a bar are those computed 26 bars before, so the cloud is known 26 bars ahead of time."""
    middle = {n: [(max(h) + min(low)) / 2 if h else NAN for h, low in zip(windows(H, n), windows(L, n), strict=True)]
              for n in (9, 26, 52)}  # fmt: skip
    agrees(ind.tenkan(BARS), middle[9])
    agrees(ind.kijun(BARS), middle[26])
    span_a = [NAN] * 26 + [(a + b) / 2 for a, b in zip(middle[9], middle[26], strict=True)][:-26]
    span_b = [NAN] * 26 + middle[52][:-26]
    agrees(ind.senkou_a(BARS), span_a)
    agrees(ind.senkou_b(BARS), span_b)
    agrees(ind.cloud_top(BARS), np.maximum(span_a, span_b).tolist())
    agrees(ind.cloud_bottom(BARS), np.minimum(span_a, span_b).tolist())
    agrees(ind.chikou(BARS), C)


def test_vwap_starts_anew_every_day() -> None:
    """The mean typical price weighted with volume, from midnight of the data's clock."""
    expected, paid, traded = [], 0.0, 0.0
    for i in range(len(C)):
        if i % 24 == 0:
            paid = traded = 0.0
        paid += (H[i] + L[i] + C[i]) / 3 * V[i]
        traded += V[i]
        expected.append(paid / traded)
    agrees(ind.vwap(BARS), expected)


def test_without_volume_nothing_is_made_up() -> None:
    """Indicators that need volume are not available on data that has none."""
    bars = Bars.from_arrays("EURUSD", "H1", BARS.time, O, H, L, C)
    for name in ("vwap", "obv", "ad", "mfi", "cmf", "vwma", "chaikin_osc", "force_index"):
        assert np.isnan(getattr(ind, name)(bars).values).all()


def test_heikin_ashi() -> None:
    """Each open is the mean of the open and close before, the first one that of the bar's own."""
    close = [mean(p) for p in zip(O, H, L, C, strict=True)]
    open_ = [(O[0] + C[0]) / 2]
    for x in close[:-1]:
        open_.append((open_[-1] + x) / 2)
    agrees(ind.ha_open(BARS), open_)
    agrees(ind.ha_close(BARS), close)
    agrees(ind.ha_high(BARS), [max(p) for p in zip(H, open_, close, strict=True)])
    agrees(ind.ha_low(BARS), [min(p) for p in zip(L, open_, close, strict=True)])


def test_levels_of_the_day() -> None:
    """Today's open and extremes so far, yesterday's finished ones, and the floor pivots made of them."""
    for i in (30, 47, 48, 100, 299):
        today, before = slice(i // 24 * 24, i + 1), slice(i // 24 * 24 - 24, i // 24 * 24)
        high, low, close = max(H[before]), min(L[before]), C[before][-1]
        pivot = (high + low + close) / 3
        expected = {
            "day_open": O[today][0], "day_high": max(H[today]), "day_low": min(L[today]),
            "yesterday_open": O[before][0], "yesterday_high": high, "yesterday_low": low, "yesterday_close": close,
            "pivot": pivot, "r1": 2 * pivot - low, "s1": 2 * pivot - high, "r2": pivot + high - low,
            "s2": pivot - high + low, "r3": high + 2 * (pivot - low), "s3": low - 2 * (high - pivot),
        }  # fmt: skip
        for name, value in expected.items():
            assert getattr(ind, name)(BARS).values[i] == pytest.approx(value, rel=1e-12), name


def test_yesterday_of_a_daily_bar_is_the_bar_before() -> None:
    """On daily bars yesterday's high is high[1]; a weekend between does not count as a day."""
    bars = random_bars(10, timeframe="D1")
    agrees(ind.yesterday_high(bars), bars.high[1].values.tolist())
    time = bars.time + np.where(np.arange(10) >= 5, 2 * 86_400, 0)
    columns = [getattr(bars, name).values for name in ("open", "high", "low", "close")]
    gapped = Bars.from_arrays("EURUSD", "D1", time, *columns)
    agrees(ind.yesterday_high(gapped), bars.high[1].values.tolist())


@pytest.mark.parametrize("n", [1, 2, 5])
def test_swings_are_known_only_when_proven(n: int) -> None:
    """A swing high tops n highs after it (and is not below n before it) and counts from the bar that proves it."""
    expected, last = [], NAN
    for i in range(len(H)):
        p = i - n
        if p >= n and H[p] >= max(H[p - n : p]) and H[p] > max(H[p + 1 : i + 1]):
            last = H[p]
        expected.append(last)
    agrees(ind.swing_high(BARS, n), expected)
    mirrored = Bars.from_arrays("EURUSD", "H1", BARS.time, -BARS.open.values, -BARS.low.values, -BARS.high.values,
                                -BARS.close.values)  # fmt: skip
    agrees(-ind.swing_low(mirrored, n), expected)
    if n == 2:
        agrees(ind.fractal_up(BARS), expected)


def test_events() -> None:
    """bars_since counts from the event, count its number, value_when remembers; unknown is not an event."""
    happened = Condition([False, True, False, False, True, False], [True, False, True, False, False, True])
    x = Series([1.0, 2.0, 3.0, 4.0, NAN, 6.0])
    agrees(ind.bars_since(happened), [NAN, 0, 1, 2, 0, 1])
    agrees(ind.value_when(happened, x), [NAN, 2, 2, 2, NAN, NAN])
    agrees(ind.count(happened, 2), [NAN, 1, 1, NAN, NAN, 1])


def test_calendar_is_that_of_the_decision() -> None:
    """The bar that opens at 23:00 on 31 January is decided at 0 o'clock on 1 February."""
    bars = random_bars(24 * 40)
    i = 28 * 24 - 1  # 4 January 2010 plus 28 days less an hour
    assert [getattr(ind, name)(bars).values[i] for name in ("hour", "day_of_month", "month")] == [0, 1, 2]
    assert [getattr(ind, name)(bars).values[0] for name in ("hour", "day_of_month", "month")] == [1, 4, 1]


def test_flat_prices_give_zero_not_noise() -> None:
    """On prices that do not move, MACD and differences of averages are exactly zero and never cross anything."""
    flat = Series(np.full(200, 1.23456))
    assert set(ind.macd(flat).values[33:]) == {0.0}
    assert set(ind.macd_hist(flat).values[33:]) == {0.0}
    assert set((ind.ema(flat, 10) - ind.sma(flat, 20)).values[19:]) == {0.0}


def test_a_fast_length_that_is_the_slower_turns_the_sign() -> None:
    """macd(26, 12) is minus macd(12, 26); TA-Lib alone would swap them in silence."""
    agrees(ind.macd(BARS.close, 26, 12, 9), (-ind.macd(BARS.close, 12, 26, 9)).values.tolist())


def test_wrong_arguments_are_named() -> None:
    """Bars where a series is meant, a plain number, a number where a condition is meant: refused with a reason."""
    with pytest.raises(ParameterError, match=r"bars\.close"):
        ind.sma(BARS, 10)
    with pytest.raises(ParameterError, match="series"):
        ind.rsi(5, 14)
    with pytest.raises(ParameterError, match="condition"):
        ind.bars_since(BARS.close)
    with pytest.raises(AttributeError, match="no attribute"):
        ind.nonsense  # noqa: B018
