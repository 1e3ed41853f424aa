"""Indicators: one function per name of the language, a module per family.

`ema(series, length)` and `atr(bars, length)` give a `Series` with one value per bar, NaN until enough bars are there;
`bullish_engulfing(bars)` and `rising(series, 3)` give a `Condition`, unknown until then. Everything is causal: no
value depends on a later bar. Definitions are TA-Lib's where TA-Lib has the indicator, else the textbook's; NaN inside
an input makes values unavailable only as long as the definition looks back over it.

A family is loaded when one of its functions is first asked for, and TA-Lib when something is first computed with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from mas.indicators.pattern_table import PATTERNS

FAMILIES: dict[str, tuple[str, ...]] = {
    "averages": (
        "sma", "ema", "wma", "smma", "dema", "tema", "trima", "kama", "hma", "alma", "t3", "linreg", "linreg_slope",
         "vwma",
    ),
    "rolling": (
        "highest", "lowest", "sum", "median", "midpoint", "stdev", "zscore", "percent_rank", "correlation", "change",
        "percent_change", "rising", "falling", "turns_up", "turns_down", "abs", "min", "max",
    ),
    "series_oscillators": (
        "rsi", "stoch_rsi_k", "stoch_rsi_d", "macd", "macd_signal", "macd_hist", "roc", "momentum", "trix", "cmo",
         "ppo",
        "apo", "tsi", "dpo", "coppock",
    ),
    "bar_oscillators": (
        "stoch_k", "stoch_d", "stoch_fast_k", "stoch_fast_d", "williams_r", "cci", "ultimate", "bop", "awesome",
        "accelerator", "demarker", "bull_power", "bear_power",
    ),
    "bands": (
        "bb_upper", "bb_middle", "bb_lower", "bb_width", "bb_percent", "kc_upper", "kc_middle", "kc_lower", "dc_upper",
        "dc_middle", "dc_lower", "atr", "natr", "true_range", "chandelier_long", "chandelier_short", "choppiness",
    ),
    "trend": (
        "adx", "adxr", "dx", "plus_di", "minus_di", "aroon_up", "aroon_down", "aroon_osc", "vortex_plus",
         "vortex_minus",
        "psar", "psar_sides", "supertrend", "supertrend_direction",
    ),
    "clouds": (
        "tenkan", "kijun", "senkou_a", "senkou_b", "cloud_top", "cloud_bottom", "chikou", "alligator_jaw",
        "alligator_teeth", "alligator_lips",
    ),
    "volume": (
        "obv", "ad", "chaikin_osc", "cmf", "mfi", "force_index", "vwap", "rolling_vwap", "vwap_upper", "vwap_lower",
        "relative_volume", "pvo", "pvt", "nvi", "pvi", "market_facilitation", "williams_ad",
    ),
    "statistics": (
        "variance", "mean_deviation", "percentile", "beta", "r_squared", "linreg_error", "linreg_angle",
        "linreg_start", "linreg_forecast", "linreg_osc", "efficiency_ratio", "bars_since_highest", "bars_since_lowest",
        "sqrt", "ln",
    ),
    "cycles": (
        "mama", "fama", "ht_trendline", "ht_period", "ht_phase", "ht_inphase", "ht_quadrature", "ht_sine",
        "ht_lead_sine", "ht_trend_mode",
    ),
    "adaptive": ("zlema", "vidya", "frama"),
    "strength": (
        "intraday_momentum", "qstick", "smi", "smi_signal", "kdj_k", "kdj_d", "kdj_j", "vigor", "vigor_signal",
        "plus_dm", "minus_dm", "vhf", "cmo_sums",
    ),
    "volatility": (
        "average_range", "average_body", "chaikin_volatility", "mass_index", "relative_volatility", "ulcer_index",
        "bb_squeeze", "atr_stop", "atr_stop_direction",
    ),
    "channels": (
        "env_upper", "env_lower", "error_upper", "error_lower", "accel_upper", "accel_middle", "accel_lower",
    ),
    "pivots": (
        "camarilla_r1", "camarilla_r2", "camarilla_r3", "camarilla_r4", "camarilla_s1", "camarilla_s2",
        "camarilla_s3", "camarilla_s4", "woodie_pivot", "woodie_r1", "woodie_r2", "woodie_s1", "woodie_s2",
        "fib_r1", "fib_r2", "fib_r3", "fib_s1", "fib_s2", "fib_s3",
    ),
    "periods": (
        "week_open", "week_high", "week_low", "last_week_open", "last_week_high", "last_week_low", "last_week_close",
        "month_open", "month_high", "month_low", "last_month_open", "last_month_high", "last_month_low",
        "last_month_close", "day_change", "day_gap",
    ),
    "swings": (
        "fib_retracement", "fib_extension", "bullish_divergence", "bearish_divergence", "hidden_bullish_divergence",
        "hidden_bearish_divergence",
    ),
    "candles": (
        "body", "range", "upper_wick", "lower_wick", "gap", "green", "red", "inside_bar", "outside_bar",
         "bullish_pin_bar",
        "bearish_pin_bar", "median_price", "typical_price", "weighted_price", "average_price", "ha_open", "ha_high",
        "ha_low", "ha_close", "ha_green", "ha_red",
    ),
    "levels": (
        "day_open", "day_high", "day_low", "yesterday_open", "yesterday_high", "yesterday_low", "yesterday_close",
        "pivot", "r1", "r2", "r3", "s1", "s2", "s3", "swing_high", "swing_low", "fractal_up", "fractal_down",
    ),
    "sessions": ("session_open", "session_high", "session_low", "session_close"),
    "events": ("bars_since", "count", "value_when", "hour", "day_of_month", "month"),
    "patterns": tuple(PATTERNS),
}  # fmt: skip
"""Module -> the public functions in it."""

_HOME = {name: module for module, names in FAMILIES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"mas.indicators.{_HOME[name]}"), name)
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
