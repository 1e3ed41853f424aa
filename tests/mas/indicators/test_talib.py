"""Indicators against TA-Lib itself, its quiet loading, and the discipline about what is not available."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import mas.indicators as ind
from mas.bars import Bars
from mas.indicators.pattern_table import PATTERNS
from mas.series import Series
from tests.market import random_bars

talib: Any = import_module("talib")
abstract: Any = import_module("talib.abstract")

BARS = random_bars(700, seed=5)
O, H, L, C, V = (getattr(BARS, name).values for name in ("open", "high", "low", "close", "volume"))  # noqa: E741

DIRECT: dict[str, tuple[Callable[[], Series], Callable[[], Any]]] = {
    "sma": (lambda: ind.sma(BARS.close, 20), lambda: talib.SMA(C, 20)),
    "ema": (lambda: ind.ema(BARS.close, 20), lambda: talib.EMA(C, 20)),
    "wma": (lambda: ind.wma(BARS.close, 20), lambda: talib.WMA(C, 20)),
    "dema": (lambda: ind.dema(BARS.close, 9), lambda: talib.DEMA(C, 9)),
    "tema": (lambda: ind.tema(BARS.close, 9), lambda: talib.TEMA(C, 9)),
    "kama": (lambda: ind.kama(BARS.close, 10), lambda: talib.KAMA(C, 10)),
    "linreg": (lambda: ind.linreg(BARS.close, 10), lambda: talib.LINEARREG(C, 10)),
    "rsi": (lambda: ind.rsi(BARS.close), lambda: talib.RSI(C, 14)),
    "rsi of the high": (lambda: ind.rsi(BARS.high, 9), lambda: talib.RSI(H, 9)),
    "macd": (lambda: ind.macd(BARS.close), lambda: talib.MACD(C)[0]),
    "macd_signal": (lambda: ind.macd_signal(BARS.close), lambda: talib.MACD(C)[1]),
    "macd_hist": (lambda: ind.macd_hist(BARS.close, 5, 9, 3), lambda: talib.MACD(C, 5, 9, 3)[2]),
    "bb_upper": (lambda: ind.bb_upper(BARS.close), lambda: talib.BBANDS(C, 20, 2, 2)[0]),
    "bb_middle": (lambda: ind.bb_middle(BARS.close), lambda: talib.BBANDS(C, 20, 2, 2)[1]),
    "bb_lower": (lambda: ind.bb_lower(BARS.close, 30, 1.5), lambda: talib.BBANDS(C, 30, 1.5, 1.5)[2]),
    "stdev": (lambda: ind.stdev(BARS.close, 20), lambda: talib.STDDEV(C, 20)),
    "atr": (lambda: ind.atr(BARS), lambda: talib.ATR(H, L, C, 14)),
    "natr": (lambda: ind.natr(BARS), lambda: talib.NATR(H, L, C, 14)),
    "adx": (lambda: ind.adx(BARS), lambda: talib.ADX(H, L, C, 14)),
    "plus_di": (lambda: ind.plus_di(BARS), lambda: talib.PLUS_DI(H, L, C, 14)),
    "minus_di": (lambda: ind.minus_di(BARS), lambda: talib.MINUS_DI(H, L, C, 14)),
    "stoch_k": (lambda: ind.stoch_k(BARS), lambda: talib.STOCH(H, L, C, 14, 3, 0, 3, 0)[0]),
    "stoch_d": (lambda: ind.stoch_d(BARS), lambda: talib.STOCH(H, L, C, 14, 3, 0, 3, 0)[1]),
    "stoch_fast_k": (lambda: ind.stoch_fast_k(BARS), lambda: talib.STOCHF(H, L, C, 14, 3, 0)[0]),
    "stoch_fast_d": (lambda: ind.stoch_fast_d(BARS), lambda: talib.STOCHF(H, L, C, 14, 3, 0)[1]),
    "williams_r": (lambda: ind.williams_r(BARS), lambda: talib.WILLR(H, L, C, 14)),
    "cci": (lambda: ind.cci(BARS, 20), lambda: talib.CCI(H, L, C, 20)),
    "mfi": (lambda: ind.mfi(BARS), lambda: talib.MFI(H, L, C, V, 14)),
    "obv": (lambda: ind.obv(BARS), lambda: talib.OBV(C, V)),
    "ad": (lambda: ind.ad(BARS), lambda: talib.AD(H, L, C, V)),
    "ultimate": (lambda: ind.ultimate(BARS), lambda: talib.ULTOSC(H, L, C)),
    "trix": (lambda: ind.trix(BARS.close, 15), lambda: talib.TRIX(C, 15)),
    "roc": (lambda: ind.roc(BARS.close), lambda: talib.ROC(C, 10)),
    "momentum": (lambda: ind.momentum(BARS.close), lambda: talib.MOM(C, 10)),
    "ppo": (lambda: ind.ppo(BARS.close), lambda: talib.PPO(C, 12, 26, 1)),
    "apo": (lambda: ind.apo(BARS.close), lambda: talib.APO(C, 12, 26, 1)),
    "aroon_up": (lambda: ind.aroon_up(BARS), lambda: talib.AROON(H, L, 14)[1]),
    "aroon_down": (lambda: ind.aroon_down(BARS), lambda: talib.AROON(H, L, 14)[0]),
    "aroon_osc": (lambda: ind.aroon_osc(BARS), lambda: talib.AROONOSC(H, L, 14)),
    "psar": (lambda: ind.psar(BARS), lambda: talib.SAR(H, L, 0.02, 0.2)),
    "typical_price": (lambda: ind.typical_price(BARS), lambda: talib.TYPPRICE(H, L, C)),
    "weighted_price": (lambda: ind.weighted_price(BARS), lambda: talib.WCLPRICE(H, L, C)),
}


@pytest.mark.parametrize("name", DIRECT)
def test_agrees_with_talib(name: str) -> None:
    """The same numbers as TA-Lib called by hand, warm-up included."""
    ours, theirs = (make() for make in DIRECT[name])
    np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-9, atol=2e-10)


def test_all_patterns_of_talib_have_a_name() -> None:
    """Each of the 61 pattern functions is reached, with the look-back that TA-Lib states."""
    known = talib.get_function_groups()["Pattern Recognition"]
    assert {pattern.talib for pattern in PATTERNS.values()} >= set(known)
    assert len(known) == 61
    assert {p.talib: p.lookback for p in PATTERNS.values()} == {n: abstract.Function(n).lookback for n in known}


def test_patterns_count_at_full_strength_only() -> None:
    """True exactly where TA-Lib says 100 or more of the right sign; every pattern bar belongs to some name."""
    bars = random_bars(20_000, seed=9)
    columns = [getattr(bars, name).values for name in ("open", "high", "low", "close")]
    seen = 0
    for talib_name in talib.get_function_groups()["Pattern Recognition"]:
        strength = getattr(talib, talib_name)(*columns)
        names = [n for n, p in PATTERNS.items() if p.talib == talib_name]
        found = [(PATTERNS[n].sign, getattr(ind, n)(bars)) for n in names]
        for sign, condition in found:
            wanted = np.abs(strength) >= 100 if sign == 0 else strength * sign >= 100
            np.testing.assert_array_equal(condition.true, wanted)
            seen += int(wanted.sum())
        together = np.logical_or.reduce([condition.true for _, condition in found])
        np.testing.assert_array_equal(together, np.abs(strength) >= 100, err_msg=talib_name)
    assert seen > 10_000


def test_a_near_engulfing_does_not_count() -> None:
    """Equal at one end is TA-Lib's 80, not a full engulfing."""
    open_, close = [1.2, 1.2, 1.10, 1.0], [1.2, 1.10, 1.00, 1.2]
    high, low = [1.2, 1.2, 1.10, 1.2], [1.2, 1.1, 1.00, 1.0]
    bars = Bars.from_arrays("EURUSD", "H1", np.arange(4) * 3600, open_, high, low, close)
    columns = [getattr(bars, name).values for name in ("open", "high", "low", "close")]
    assert talib.CDLENGULFING(*columns)[-1] == 80
    assert not ind.bullish_engulfing(bars).true[-1]


def test_an_indicator_of_an_indicator_starts_on_the_valid_tail() -> None:
    """An average of an RSI is available where enough RSI values are."""
    strength = ind.rsi(BARS.close, 14)
    values = ind.sma(strength, 5).values
    assert np.flatnonzero(~np.isnan(values))[0] == 14 + 4
    np.testing.assert_allclose(values[18:], talib.SMA(talib.RSI(C, 14)[14:], 5)[4:], rtol=1e-12)


@pytest.mark.parametrize(("name", "memory"), [("sma", 5), ("highest", 5), ("stdev", 5), ("median", 5), ("alma", 5),
                                              ("ema", 5), ("smma", 5), ("rsi", 6), ("percent_rank", 6)])  # fmt: skip
def test_a_hole_costs_a_warm_up_and_no_more(name: str, memory: int) -> None:
    """A missing value inside makes the result unavailable until the definition no longer looks back over it."""
    values = C[:100].copy()
    values[[30, 60, 61]] = np.nan
    result = getattr(ind, name)(Series(values), 5).values
    gone = {i + k for i in (30, 60, 61) for k in range(memory)} | set(range(memory - 1))
    assert set(np.flatnonzero(np.isnan(result))) == gone


def test_pandas_is_not_loaded_and_talib_still_works_for_others() -> None:
    """Computing an indicator loads neither pandas nor talib's package; a later `import talib` knows pandas' series."""
    script = """
import sys
import numpy as np
from mas.indicators import sma
from mas.series import Series
assert "pandas" not in sys.modules and "numpy" in sys.modules
assert sma(Series([1.0, 2.0, 3.0]), 2).values.tolist()[1:] == [1.5, 2.5]
assert not {"pandas", "polars", "talib"} & set(sys.modules)
import pandas, talib
assert talib.SMA(pandas.Series([1.0, 2.0, 3.0]), 2).tolist()[1:] == [1.5, 2.5]
assert isinstance(talib.SMA(pandas.Series([1.0, 2.0]), 2), pandas.Series)
assert sma(Series([1.0, 2.0, 3.0]), 2).values.tolist()[1:] == [1.5, 2.5]
"""
    pytest.importorskip("pandas")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_the_package_loads_no_numpy() -> None:
    """The list of names is there before anything heavy is."""
    script = "import sys, mas.indicators as i; assert 'sma' in i.__all__; assert 'numpy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
