"""Statistics, cycles, volume and oscillators against TA-Lib itself; channels, weeks and swings worked out on paper."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import mas.indicators as ind
from mas.bars import Bars
from mas.errors import ParameterError
from mas.series import Condition, Series
from tests.market import as_numbers, random_bars

talib: Any = import_module("talib")

BARS = random_bars(700, seed=6)
O, H, L, C, V = (getattr(BARS, name).values for name in ("open", "high", "low", "close", "volume"))  # noqa: E741
NAN = float("nan")

DIRECT: dict[str, tuple[Callable[[], Series], Callable[[], Any]]] = {
    "variance": (lambda: ind.variance(BARS.close), lambda: talib.VAR(C, 20)),
    "mean_deviation": (lambda: ind.mean_deviation(BARS.close), lambda: talib.AVGDEV(C, 14)),
    "percentile": (lambda: ind.percentile(BARS.close, 50, 90), lambda: talib.PERCENTILE(C, 50, 90)),
    "beta": (lambda: ind.beta(BARS.close, BARS.open), lambda: talib.BETA(O, C, 20)),
    "linreg_angle": (lambda: ind.linreg_angle(BARS.close), lambda: talib.LINEARREG_ANGLE(C, 14)),
    "linreg_start": (lambda: ind.linreg_start(BARS.close), lambda: talib.LINEARREG_INTERCEPT(C, 14)),
    "linreg_forecast": (lambda: ind.linreg_forecast(BARS.close), lambda: talib.TSF(C, 14)),
    "linreg_osc": (lambda: ind.linreg_osc(BARS.close), lambda: talib.FOSC(C, 5)),
    "efficiency_ratio": (lambda: ind.efficiency_ratio(BARS.close), lambda: talib.ER(C, 10)),
    "vhf": (lambda: ind.vhf(BARS.close), lambda: talib.VHF(C, 28)),
    "mama": (lambda: ind.mama(BARS.close), lambda: talib.MAMA(C, 0.5, 0.05)[0]),
    "fama": (lambda: ind.fama(BARS.close), lambda: talib.MAMA(C, 0.5, 0.05)[1]),
    "ht_trendline": (lambda: ind.ht_trendline(BARS.close), lambda: talib.HT_TRENDLINE(C)),
    "ht_period": (lambda: ind.ht_period(BARS.close), lambda: talib.HT_DCPERIOD(C)),
    "ht_phase": (lambda: ind.ht_phase(BARS.close), lambda: talib.HT_DCPHASE(C)),
    "ht_inphase": (lambda: ind.ht_inphase(BARS.close), lambda: talib.HT_PHASOR(C)[0]),
    "ht_quadrature": (lambda: ind.ht_quadrature(BARS.close), lambda: talib.HT_PHASOR(C)[1]),
    "ht_sine": (lambda: ind.ht_sine(BARS.close), lambda: talib.HT_SINE(C)[0]),
    "ht_lead_sine": (lambda: ind.ht_lead_sine(BARS.close), lambda: talib.HT_SINE(C)[1]),
    "zlema": (lambda: ind.zlema(BARS.close, 20), lambda: talib.ZLEMA(C, 20)),
    "intraday_momentum": (lambda: ind.intraday_momentum(BARS), lambda: talib.IMI(O, C, 14)),
    "qstick": (lambda: ind.qstick(BARS), lambda: talib.QSTICK(O, C, 10)),
    "smi": (lambda: ind.smi(BARS), lambda: talib.SMI(H, L, C, 13, 2, 25, 9)[0]),
    "smi_signal": (lambda: ind.smi_signal(BARS), lambda: talib.SMI(H, L, C, 13, 2, 25, 9)[1]),
    "kdj_k": (lambda: ind.kdj_k(BARS), lambda: talib.KDJ(H, L, C)[0]),
    "kdj_d": (lambda: ind.kdj_d(BARS), lambda: talib.KDJ(H, L, C)[1]),
    "kdj_j": (lambda: ind.kdj_j(BARS), lambda: talib.KDJ(H, L, C)[2]),
    "plus_dm": (lambda: ind.plus_dm(BARS), lambda: talib.PLUS_DM(H, L, 14)),
    "minus_dm": (lambda: ind.minus_dm(BARS), lambda: talib.MINUS_DM(H, L, 14)),
    "cmo_sums": (lambda: ind.cmo_sums(BARS.close), lambda: talib.CMOU(C, 14)),
    "average_range": (lambda: ind.average_range(BARS), lambda: talib.ADR(H, L, 14)),
    "chaikin_volatility": (lambda: ind.chaikin_volatility(BARS), lambda: talib.CVI(H, L, 10, 10)),
    "mass_index": (lambda: ind.mass_index(BARS), lambda: talib.MASSI(H, L, 9, 25)),
    "relative_volatility": (lambda: ind.relative_volatility(BARS.close), lambda: talib.RVI(C, 14, 10)),
    "accel_upper": (lambda: ind.accel_upper(BARS), lambda: talib.ACCBANDS(H, L, C, 20)[0]),
    "accel_lower": (lambda: ind.accel_lower(BARS), lambda: talib.ACCBANDS(H, L, C, 20)[2]),
    "relative_volume": (lambda: ind.relative_volume(BARS), lambda: talib.RVOL(V, 20)),
    "pvo": (lambda: ind.pvo(BARS), lambda: talib.PVO(V, 12, 26, 1)),
    "pvt": (lambda: ind.pvt(BARS), lambda: talib.PVT(C, V)),
    "nvi": (lambda: ind.nvi(BARS), lambda: talib.NVI(C, V)),
    "pvi": (lambda: ind.pvi(BARS), lambda: talib.PVI(C, V)),
    "williams_ad": (lambda: ind.williams_ad(BARS), lambda: talib.WAD(H, L, C)),
    "dc_middle is MIDPRICE": (lambda: ind.dc_middle(BARS, 14), lambda: talib.MIDPRICE(H, L, 14)),
    "psar_sides, both alike": (lambda: ind.psar_sides(BARS), lambda: talib.SAR(H, L, 0.02, 0.2)),
}


LEFT_OUT = {
    "ADD SUB MULT DIV": "the language's own + - * /",
    "CUMSUM": "depends on where the data happen to begin",
    "ACOS ASIN ATAN CEIL COS COSH EXP FLOOR LOG10 SIN SINH TAN TANH": "no strategy is known to need them",
    "MACDEXT": "kinds of average as arguments: written out with the averages themselves",
    "MACDFIX": "macd with its defaults",
    "MA MAVP": "the kind or the length of an average changes: written out with the averages",
    "MINMAX MINMAXINDEX": "two functions in one: lowest and highest, bars_since_lowest and bars_since_highest",
    "ROCP ROCR ROCR100": "percent_change, and x / x[10] in the language itself",
}


def agrees(result: Series | Condition, expected: Any) -> None:
    np.testing.assert_allclose(as_numbers(result), expected, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", DIRECT)
def test_is_talibs(name: str) -> None:
    ours, theirs = DIRECT[name]
    agrees(ours(), theirs())


def test_trend_mode_waits_for_a_cycle() -> None:
    """TA-Lib says 0 before it has found one; here that is not available."""
    mode = ind.ht_trend_mode(BARS.close).values
    assert np.isnan(mode[:63]).all()
    np.testing.assert_array_equal(mode[63:], talib.HT_TRENDMODE(C)[63:])


def bars_of(
    *rows: tuple[float, float, float, float], volume: Any = None, timeframe: str = "H1", start: int = 0
) -> Bars:
    """Bars of (open, high, low, close) from Thursday 1970-01-01 on, or `start` hours later."""
    step = 86_400 if timeframe == "D1" else 3600
    time = start * 3600 + np.arange(len(rows)) * step
    return Bars.from_arrays("EURUSD", timeframe, time, *np.array(rows).T, volume)


def test_where_an_extreme_lies() -> None:
    """The newest of equal extremes counts."""
    x = Series([3.0, 1.0, 3.0, 2.0, 2.0, 1.0])
    agrees(ind.bars_since_highest(x, 3), [NAN, NAN, 0, 1, 2, 1])
    agrees(ind.bars_since_lowest(x, 3), [NAN, NAN, 1, 2, 0, 0])


def test_a_fitted_line_and_its_error() -> None:
    """Through 1, 3, 2: slope 0.5, start 1.5; it leaves 1.5 of 2, and one degree of freedom."""
    x = Series([1.0, 3.0, 2.0])
    assert ind.linreg_start(x, 3).values[2] == pytest.approx(1.5)
    assert ind.r_squared(x, 3).values[2] == pytest.approx(0.25)
    assert ind.linreg_error(x, 3).values[2] == pytest.approx(1.5**0.5)
    assert ind.error_upper(x, 3, 2).values[2] == pytest.approx(2.5 + 2 * 1.5**0.5)
    assert ind.error_lower(x, 3, 2).values[2] == pytest.approx(2.5 - 2 * 1.5**0.5)


def test_root_and_logarithm_have_a_domain() -> None:
    x = Series([4.0, 1.0, 0.0, -1.0])
    agrees(ind.sqrt(x), [2, 1, 0, NAN])
    agrees(ind.ln(x), [np.log(4), 0, NAN, NAN])


def test_envelopes_are_percents_of_the_average() -> None:
    x = Series([1.0, 3.0])
    agrees(ind.env_upper(x, 2, 10), [NAN, 2.2])
    agrees(ind.env_lower(x, 2, 10), [NAN, 1.8])


def test_adaptive_averages_start_from_a_price() -> None:
    """VIDYA: gains only make the weight of an EMA; FRAMA: a straight line has dimension 1, so the weight is 1."""
    x = Series([1.0, 2.0, 3.0, 4.0, 5.0])
    agrees(ind.vidya(x, 2, 3), [NAN, NAN, NAN, NAN, 4 + 0.5])
    line = bars_of(*[(i, i, i, i) for i in np.arange(1.0, 200.0)])
    assert ind.frama(line, 50).values[-1] == pytest.approx(199, abs=0.1)


def test_the_stop_line_trails_and_turns() -> None:
    """Ranges of 2: the line rises with the closes, stays when they fall back, and turns when one passes it."""
    closes = [10.0, 11, 12, 11.5, 9, 9.5]
    bars = bars_of(*[(c, c + 1, c - 1, c) for c in closes])
    width = ind.atr(bars, 1).values
    expected = [NAN, 11 - width[1], 12 - width[2]]
    expected.append(max(expected[2], 11.5 - width[3]))
    expected.append(9 + width[4])
    expected.append(min(expected[4], 9.5 + width[5]))
    agrees(ind.atr_stop(bars, 1, 1), expected)
    agrees(ind.atr_stop_direction(bars, 1, 1), [NAN, 1, 1, 1, -1, -1])


def test_volume_weighs_prices() -> None:
    bars = bars_of((1, 1, 1, 1), (2, 2, 2, 2), (6, 6, 6, 6), volume=[1.0, 3.0, 4.0])
    agrees(ind.rolling_vwap(bars, 2), [NAN, 7 / 4, 30 / 7])
    mean, spread = 7 / 4, (1 * 0.75**2 + 3 * 0.25**2) / 4
    assert ind.vwap_upper(bars, 2).values[1] == pytest.approx(mean + 2 * spread**0.5)
    assert ind.vwap_lower(bars, 2).values[1] == pytest.approx(mean - 2 * spread**0.5)
    assert ind.market_facilitation(bars_of((1, 1.0004, 1, 1), volume=[8.0])).values[0] == pytest.approx(5)


def test_pivots_of_three_schools() -> None:
    """Yesterday from 1.0 to 1.2, closed at 1.15."""
    bars = bars_of((1.1, 1.2, 1.0, 1.15), (1.15, 1.16, 1.14, 1.15), timeframe="D1")
    wanted = {
        "camarilla_r1": 1.15 + 0.22 / 12, "camarilla_r3": 1.205, "camarilla_r4": 1.26, "camarilla_s2": 1.15 - 0.22 / 6,
        "camarilla_s3": 1.095, "camarilla_s4": 1.04, "woodie_pivot": 1.125, "woodie_r1": 1.25, "woodie_s1": 1.05,
        "woodie_r2": 1.325, "woodie_s2": 0.925, "fib_r1": 3.35 / 3 + 0.0764, "fib_s2": 3.35 / 3 - 0.1236,
        "fib_r3": 3.35 / 3 + 0.2, "fib_s3": 3.35 / 3 - 0.2,
    }  # fmt: skip
    for name, value in wanted.items():
        agrees(getattr(ind, name)(bars), [NAN, value])


def test_weeks_begin_on_sunday_and_months_on_the_first() -> None:
    """Daily bars from Thursday 1 January 1970; a week's close is that of Saturday's bar."""
    bars = bars_of(*[(d, d + 0.5, d - 0.5, d + 0.1) for d in range(1, 35)], timeframe="D1")
    sunday = 3  # the bar of 4 January
    assert ind.last_week_close(bars).values[sunday] == pytest.approx(3.1)
    assert ind.last_week_open(bars).values[sunday] == 1
    assert ind.last_week_low(bars).values[sunday + 7] == 3.5
    assert ind.last_week_high(bars).values[sunday + 6] == 3.5
    assert np.isnan(ind.last_week_high(bars).values[sunday - 1])
    assert [ind.week_open(bars).values[k] for k in (2, 3, 9, 10)] == [1, 4, 4, 11]
    assert [ind.week_high(bars).values[k] for k in (3, 5)] == [4.5, 6.5]
    assert ind.week_low(bars).values[9] == 3.5
    february = 31
    assert ind.month_open(bars).values[february] == 32
    assert (ind.last_month_open(bars).values[february], ind.last_month_close(bars).values[33]) == (1, 31.1)
    assert (ind.last_month_high(bars).values[february], ind.last_month_low(bars).values[february]) == (31.5, 0.5)
    assert (ind.month_high(bars).values[30], ind.month_low(bars).values[february]) == (31.5, 31.5)


def test_the_day_against_the_one_before() -> None:
    """A gap of 2 % and a close 3 % up: shares, not percent."""
    bars = bars_of((1, 1, 1, 1), (1.02, 1.04, 1.01, 1.03), timeframe="D1")
    agrees(ind.day_gap(bars), [NAN, 0.02])
    agrees(ind.day_change(bars), [NAN, 0.03])


ZIGZAG = [5.0, 4, 3, 4, 5, 4, 2, 3, 4, 3]  # swing lows 3 at bar 2 and 2 at bar 6, a swing high 5 at bar 4


def test_fibonacci_levels_of_the_last_swing() -> None:
    """Low 3 to high 5, proven one bar later; then the swing down to 2, proven at bar 7."""
    bars = bars_of(*[(p, p, p, p) for p in ZIGZAG])
    agrees(ind.fib_retracement(bars, 25, 1), [NAN] * 5 + [4.5, 4.5, 2.75, 2.75, 3.5])
    agrees(ind.fib_extension(bars, 150, 1), [NAN] * 5 + [6, 6, 0.5, 0.5, 5])


def test_divergence_is_seen_when_the_swing_is_proven() -> None:
    """The price's low falls from 3 to 2 while the source's rises from 1 to 2: true at bar 7, and nowhere else."""
    bars = bars_of(*[(p, p, p, p) for p in ZIGZAG])
    source = Series([9.0, 9, 1, 9, 9, 9, 2, 9, 9, 9])
    unknown = [NAN] * 4
    agrees(ind.bullish_divergence(bars, source, 1), [*unknown, 0, 0, 0, 1, 0, 0])
    agrees(ind.hidden_bullish_divergence(bars, source, 1), [*unknown, 0, 0, 0, 0, 0, 0])
    upside_down = bars_of(*[(9 - p, 9 - p, 9 - p, 9 - p) for p in ZIGZAG])
    agrees(ind.bearish_divergence(upside_down, -source, 1), [*unknown, 0, 0, 0, 1, 0, 0])
    higher = bars_of(*[(p, p, p, p) for p in [5.0, 4, 2, 4, 5, 4, 3, 4, 4, 3]])
    falling = Series([9.0, 9, 2, 9, 9, 9, 1, 9, 9, 9])
    agrees(ind.hidden_bullish_divergence(higher, falling, 1), [*unknown, 0, 0, 0, 1, 0, 0])
    agrees(ind.bullish_divergence(higher, falling, 1), [*unknown, 0, 0, 0, 0, 0, 0])
    gap = Series([9.0, 9, NAN, 9, 9, 9, 2, 9, 9, 9])
    agrees(ind.bullish_divergence(bars, gap, 1), [*unknown, 0, 0, 0, NAN, 0, 0])
    with pytest.raises(ParameterError, match="align"):
        ind.bullish_divergence(bars, Series([1.0]), 1)


def test_squeeze_and_bodies_and_heikin_ashi() -> None:
    """A squeeze is two comparisons; a body is never negative; a Heikin-Ashi bar has the colour of its two prices."""
    upper = ind.bb_upper(BARS.close) < ind.kc_upper(BARS, 20, 1.5)
    agrees(ind.bb_squeeze(BARS), as_numbers(upper & (ind.bb_lower(BARS.close) > ind.kc_lower(BARS, 20, 1.5))))
    assert ind.bb_squeeze(BARS).true.any()
    agrees(ind.average_body(bars_of((1, 3, 1, 2), (4, 4, 1, 1)), 2), [NAN, 2])
    agrees(ind.ha_green(BARS), (ind.ha_close(BARS).values > ind.ha_open(BARS).values).astype(float))
    agrees(ind.ha_red(BARS), (ind.ha_close(BARS).values < ind.ha_open(BARS).values).astype(float))


def test_ulcer_index_is_the_root_mean_square_of_falls() -> None:
    """Of 100, 110, 99 and 88 the last two lie 10 % and 11.1 % below the highest of the two bars up to them."""
    x = Series([100.0, 110.0, 99.0, 88.0])
    agrees(ind.ulcer_index(x, 2), [NAN, NAN, 50**0.5, ((10**2 + (100 / 9) ** 2) / 2) ** 0.5])


def test_vigor_weighs_four_bars() -> None:
    """Bars of range 2 that close 1 above their open: 0.5 everywhere, and so is the signal."""
    bars = bars_of(*[(1, 3, 1, 2)] * 10)
    agrees(ind.vigor(bars, 3), [NAN] * 5 + [0.5] * 5)
    agrees(ind.vigor_signal(bars, 3), [NAN] * 8 + [0.5] * 2)


def test_every_function_of_talib_is_reachable() -> None:
    """Each function that TA-Lib offers is named as the source of an entry, or left out for a reason."""
    from nl2strat.language.functions import FUNCTIONS

    named = " ".join(entry.source for entry in FUNCTIONS.values()).replace(";", " ").replace(",", " ").split()
    same = {
        "AVGPRICE": "average_price", "MEDPRICE": "median_price", "TYPPRICE": "typical_price",
        "WCLPRICE": "weighted_price",
        "HA": "ha_open", "DONCHIAN": "dc_upper", "KC": "kc_upper", "SUPERTREND": "supertrend", "VORTEX": "vortex_plus",
        "VWAP": "vwap", "VWMA": "vwma", "RMA": "smma", "HMA": "hma", "ERI": "bull_power", "EFI": "force_index",
        "CMF": "cmf", "COPPOCK": "coppock", "DPO": "dpo", "TSI": "tsi", "AO": "awesome", "AC": "accelerator",
        "FRACTAL": "swing_high", "STOCHRSI": "stoch_rsi_k", "PERCENTRANK": "percent_rank", "MIDPRICE": "dc_middle",
        "MARKETFI": "market_facilitation",
    }  # fmt: skip
    assert set(same.values()) <= set(FUNCTIONS)
    left_out = {name for names in LEFT_OUT for name in names.split()}
    missing = set(talib.get_functions()) - set(named) - set(same) - left_out
    assert missing == set()
