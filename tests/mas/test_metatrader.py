"""MetaTrader's definitions: against TA-Lib rebuilt to them, against plain loops, and as the registry describes them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import talib

import mas.indicators
import mas.metatrader as mt
from mas.bars import Bars
from mas.errors import ParameterError
from mas.series import Condition, FloatArray, Series
from nl2strat.language.checker import check
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.parser import parse_program
from nl2strat.language.registry.metatrader import DIFFERENCES
from tests.market import default_numbers, random_bars
from tests.reference.metatrader import FUNCTIONS as LOOPS
from tests.test_parity import history, market

BARS = random_bars(3000, seed=5)
O, H, L, C, V = (getattr(BARS, name).values for name in ("open", "high", "low", "close", "volume"))  # noqa: E741
TR = np.concatenate(([np.nan], talib.TRANGE(H, L, C)[1:]))


def started(values: FloatArray, n: int, start: float) -> FloatArray:
    """TA-Lib's EMA with n - 1 copies of a start in front: MetaTrader's seed."""
    return talib.EMA(np.concatenate((np.full(n - 1, start), values)), n)[n - 1 :]


def from_first(values: FloatArray, n: int) -> FloatArray:
    return started(values, n, values[0])


def from_zero(values: FloatArray, n: int) -> FloatArray:
    return started(np.concatenate(([0.0], values[1:])), n, 0.0)


def agrees(result: Series, expected: FloatArray, skip: int = 0) -> None:
    np.testing.assert_allclose(result.values[skip:], expected[skip:], rtol=1e-9, atol=1e-9)


def test_exponential_averages_start_from_the_first_value() -> None:
    """Equal to TA-Lib's with the seed put in front, and to TA-Lib's own after about twenty lengths."""
    agrees(mt.ema(BARS.close, 20), from_first(C, 20))
    np.testing.assert_allclose(mt.ema(BARS.close, 20).values[400:], talib.EMA(C, 20)[400:], rtol=1e-13)
    agrees(mt.dema(BARS.close, 10), talib.DEMA(C, 10), skip=500)
    agrees(mt.tema(BARS.close, 10), talib.TEMA(C, 10), skip=700)
    agrees(mt.trix(BARS.close, 10) * 100, talib.TRIX(C, 10), skip=700)


def test_the_second_average_of_a_chain_starts_later() -> None:
    """DEMA of three bars on paper: the second average begins with the first one's value at bar 2."""
    x = Series([1.0, 2.0, 4.0, 8.0])
    first = [1, 1.5, 2.75, 5.375]
    agrees(mt.ema(x, 3), np.array(first))
    second = (2.75 + 5.375) / 2
    agrees(mt.dema(x, 3), np.array([np.nan, np.nan, 2.75, 2 * 5.375 - second]))


def test_the_macds_signal_is_a_simple_average() -> None:
    """Main: two averages from the first value; signal: the simple average of it (iMACD, iOsMA)."""
    line = from_first(C, 12) - from_first(C, 26)
    agrees(mt.macd(BARS.close), line)
    agrees(mt.macd_signal(BARS.close), talib.SMA(line, 9))
    agrees(mt.macd_hist(BARS.close), line - talib.SMA(line, 9))
    extended = talib.MACDEXT(C, 12, 1, 26, 1, 9, 0)
    for ours, theirs in zip((mt.macd, mt.macd_signal, mt.macd_hist), extended, strict=True):
        agrees(ours(BARS.close), theirs, skip=600)


def test_the_average_true_range_is_simple() -> None:
    """Its first value stands on bar `length`, the mean of the ranges from bar 1 on (iATR)."""
    agrees(mt.atr(BARS, 14), np.concatenate(([np.nan], talib.SMA(TR[1:], 14))))
    assert mt.atr(BARS, 14).values[14] == pytest.approx(TR[1:15].mean())
    agrees(mt.natr(BARS, 14), 100 * mt.atr(BARS, 14).values / C)


def test_the_stochastic_divides_sums() -> None:
    """Numerator and denominator are summed over the slowing before they are divided; equal to TA-Lib's for 1 only."""
    low, high = talib.MIN(L, 5), talib.MAX(H, 5)
    main = 100 * talib.SUM(C - low, 3) / talib.SUM(high - low, 3)
    agrees(mt.stoch_k(BARS, 5, 3, 3), main)
    agrees(mt.stoch_d(BARS, 5, 3, 3), talib.SMA(main, 3))
    agrees(mt.stoch_fast_k(BARS, 14, 3), talib.STOCHF(H, L, C, 14, 1)[0])
    assert np.nanmax(np.abs(mt.stoch_k(BARS, 5, 3, 3).values - talib.STOCH(H, L, C, 5, 3, 0, 3, 0)[0])) > 1


def test_directional_movement_is_a_share_of_each_bars_range() -> None:
    """100 * DM / TR of each bar, then averages that start from 0 (iADX): tens of points from Wilder's."""
    up, down = np.diff(H, prepend=H[0]), -np.diff(L, prepend=L[0])
    plus = np.where((up > 0) & (up - down > 1e-12), up, 0) / np.where(TR > 0, TR, 1) * 100
    minus = np.where((down > 0) & (down - up > 1e-12), down, 0) / np.where(TR > 0, TR, 1) * 100
    plus, minus = from_zero(plus, 14), from_zero(minus, 14)
    agrees(mt.plus_di(BARS), plus, skip=14)
    agrees(mt.minus_di(BARS), minus, skip=14)
    index = np.nan_to_num(100 * np.abs(plus - minus) / np.where(plus + minus > 0, plus + minus, np.nan))
    agrees(mt.dx(BARS), index, skip=14)
    agrees(mt.adx(BARS), from_zero(index, 14), skip=27)
    assert np.nanmax(np.abs(mt.adx(BARS).values - talib.ADX(H, L, C, 14))) > 10


def test_momentum_is_a_quotient() -> None:
    agrees(mt.momentum(BARS.close, 10), talib.ROCR100(C, 10))


def test_what_is_the_same_where_something_moves() -> None:
    """RSI, money flow index and Williams %R are TA-Lib's; the parabolic stop is from bar 100 on."""
    agrees(mt.rsi(BARS.close), talib.RSI(C, 14))
    agrees(mt.mfi(BARS), talib.MFI(H, L, C, V, 14))
    agrees(mt.williams_r(BARS), talib.WILLR(H, L, C, 14))
    noise = np.random.default_rng(1).normal(0, 1e-7, (2, len(C)))  # so that a stop never equals a price
    high, low = H + np.abs(noise[0]), L - np.abs(noise[1])
    bars = Bars.from_arrays("EURUSD", "H1", BARS.time, O, high, low, C, V)
    agrees(mt.psar(bars), talib.SAR(high, low, 0.02, 0.2), skip=100)


def test_prices_that_do_not_move() -> None:
    """RSI 50, stochastic 100, money flow 100, Williams %R as before, ADX 0."""
    still = np.concatenate((C[:30], np.full(60, C[29])))
    high, low = (np.concatenate((x[:30], np.full(60, C[29]))) for x in (H, L))
    bars = Bars.from_arrays("EURUSD", "H1", BARS.time[:90], still, high, low, still, V[:90])
    assert mt.stoch_k(bars, 5, 3, 3).values[-1] == 100
    assert mt.mfi(bars, 14).values[-1] == 100
    assert mt.williams_r(bars, 14).values[-1] == mt.williams_r(bars, 14).values[42]
    assert set(mt.rsi(Series(np.full(40, 1.5)), 14).values[14:]) == {50.0}
    assert mt.plus_di(bars[35:], 14).values[-1] == 0


def test_force_and_powers() -> None:
    average = talib.SMA(C, 13)
    agrees(mt.force_index(BARS), V * np.concatenate(([np.nan], np.diff(average))))
    agrees(mt.bull_power(BARS), H - from_first(C, 13))
    agrees(mt.bear_power(BARS), L - from_first(C, 13))


# ------------------------------------------------------------------ the module and the registry

DIFFERENT = pytest.mark.parametrize("name", DIFFERENCES)


def called(name: str, bars: Bars, *numbers: float) -> FloatArray:
    first = bars if FUNCTIONS[name].form == "bars" else bars.close
    result: Series = getattr(mt, name)(first, *numbers)
    return result.values


def test_the_registry_names_what_the_module_changes() -> None:
    """One entry for each function of the module; everything else is the ordinary function."""
    mine = {name for name, value in vars(mt).items() if inspect.isfunction(value) and value.__module__ == mt.__name__}
    assert {name for name in mine if not name.startswith("_")} == set(DIFFERENCES)
    assert mt.sma is mas.indicators.sma
    assert {name for name, entry in FUNCTIONS.items() if entry.metatrader} == set(DIFFERENCES)
    with pytest.raises(AttributeError):
        mt.nonsense  # noqa: B018


@DIFFERENT
def test_the_signature_is_the_same(name: str) -> None:
    assert inspect.signature(getattr(mt, name)) == inspect.signature(getattr(mas.indicators, name))


@DIFFERENT
def test_the_first_value_stands_where_the_registry_says(name: str) -> None:
    entry = FUNCTIONS[name].by("metatrader")
    for numbers in (default_numbers(entry), [n + 2 if p.kind == "int" else n for p, n in _numbered(name)]):
        known = np.flatnonzero(~np.isnan(called(name, BARS[:400], *numbers)))
        assert known[0] == entry.warmup(numbers)


@DIFFERENT
def test_it_is_another_definition(name: str) -> None:
    """The values differ from the ordinary ones somewhere, on a market that stands still for a while."""
    still = C.copy()
    still[:40] = C[40]
    columns = (np.where(np.arange(len(C)) < 40, still, x) for x in (O, H, L))
    bars = Bars.from_arrays("EURUSD", "H1", BARS.time, *columns, still, V)
    first = bars if FUNCTIONS[name].form == "bars" else bars.close
    ordinary = getattr(mas.indicators, name)(first, *default_numbers(FUNCTIONS[name])).values
    assert not np.allclose(called(name, bars, *default_numbers(FUNCTIONS[name])), ordinary, rtol=1e-9, equal_nan=True)


@DIFFERENT
def test_cutting_the_future_changes_nothing(name: str) -> None:
    for seed, cut in ((1, 1), (2, 29), (3, 120), (4, 257)):
        bars, numbers = random_bars(300, seed), default_numbers(FUNCTIONS[name])
        np.testing.assert_array_equal(called(name, bars, *numbers)[:cut], called(name, bars[:cut], *numbers))
    for count in (0, 1, 2):
        assert len(called(name, random_bars(count), *numbers)) == count


@DIFFERENT
@pytest.mark.parametrize("seed", [1, 2])
def test_a_loop_written_from_the_definition_agrees(name: str, seed: int) -> None:
    """The slow reference, on bars with gaps, flat spots and prices that tie."""
    bars = market(seed, 400, "EURUSD", "H1")
    first: Any = history(bars, 0.0)
    for numbers in (default_numbers(FUNCTIONS[name]), [n + 3 if p.kind == "int" else n for p, n in _numbered(name)]):
        numbers = [int(n) if n == int(n) else n for n in numbers]
        loop: Callable[..., Any] = LOOPS[name].call
        expected = loop(first if FUNCTIONS[name].form == "bars" else list(first.close), *numbers)
        agrees(Series(called(name, bars, *numbers)), np.array([np.nan if v is None else v for v in expected]))


def test_wrong_numbers_are_refused() -> None:
    with pytest.raises(ParameterError, match="length"):
        mt.rsi(BARS.close, 1)
    with pytest.raises(ParameterError, match=r"bars\.close"):
        mt.ema(BARS, 5)  # type: ignore[arg-type]


def test_momentum_is_no_price_distance_with_metatraders_definitions() -> None:
    """`momentum(10) > 100` is a matter of percent there; `close + momentum(10)` means nothing."""
    source = 'strategy "x"\nindicators metatrader\nenter long when {}\nend\nexit long when close < open\nend strategy\n'
    check(parse_program(source.format("momentum(10) > 100")))
    with pytest.raises(Exception, match="oscillator"):
        check(parse_program(source.format("close > open + momentum(10)")))
    assert not isinstance(mt.momentum(BARS.close, 10), Condition)


def _numbered(name: str) -> list[tuple[Any, float]]:
    return list(zip(FUNCTIONS[name].numbers, default_numbers(FUNCTIONS[name]), strict=True))
