"""The indicators by the names of the language: how each is called, and the loop that defines it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import averages as a
from . import levels as lv
from . import more as m
from . import oscillators as o
from . import ranges as r


@dataclass(frozen=True)
class Function:
    """How the language calls it: `series` leading arguments are lists; `bars`: the bars come before them, unwritten;
    `source`: numbers first, then an optional series that is the close when missing."""

    call: Callable[..., list[Any]]
    series: int = 0
    bars: bool = False
    source: bool = False


def _named(*functions: Callable[..., list[Any]], **form: Any) -> dict[str, Function]:
    return {f.__name__: Function(f, **form) for f in functions}


FUNCTIONS: dict[str, Function] = {
    **_named(a.sma, a.ema, a.smma, a.wma, a.dema, a.tema, a.trima, a.hma, a.kama, series=1),
    **_named(a.linreg, a.stdev, a.highest, a.lowest, a.median, a.midpoint, a.zscore, a.percent_rank, series=1),
    **_named(a.change, a.percent_change, a.rising, a.falling, a.turns_up, a.turns_down, a.count, series=1),
    **_named(a.bars_since, series=1),
    "sum": Function(a.total, series=1),
    "abs": Function(a.absolute, series=1),
    "min": Function(a.smaller, series=2),
    "max": Function(a.larger, series=2),
    "value_when": Function(a.value_when, series=2),
    **_named(o.rsi, o.macd, o.macd_signal, o.macd_hist, o.roc, o.momentum, o.cmo, o.trix, source=True),
    **_named(o.stoch_rsi_k, o.stoch_rsi_d, o.bb_width, o.bb_percent, r.bb_upper, r.bb_middle, r.bb_lower, source=True),
    **_named(o.stoch_k, o.stoch_d, o.stoch_fast_k, o.stoch_fast_d, o.williams_r, o.cci, o.mfi, bars=True),
    **_named(o.aroon_up, o.aroon_down, o.aroon_osc, o.awesome, o.accelerator, o.bull_power, o.bear_power, bars=True),
    **_named(o.obv, o.cmf, o.force_index, r.natr, a.vwma, bars=True),
    **_named(r.true_range, r.atr, r.plus_di, r.minus_di, r.dx, r.adx, r.adxr, r.supertrend, bars=True),
    **_named(r.supertrend_direction, bars=True),
    **_named(r.psar, r.kc_upper, r.kc_middle, r.kc_lower, r.dc_upper, r.dc_middle, r.dc_lower, bars=True),
    **_named(r.tenkan, r.kijun, r.senkou_a, r.senkou_b, r.cloud_top, r.cloud_bottom, bars=True),
    **_named(r.typical_price, r.median_price, r.body, r.upper_wick, r.lower_wick, r.green, r.red, bars=True),
    "range": Function(r.bar_range, bars=True),
    **_named(r.inside_bar, r.outside_bar, r.bullish_engulfing, r.bearish_engulfing, bars=True),
    **_named(r.hour, r.day_of_month, r.month, r.day_open, r.day_high, r.day_low, r.vwap, bars=True),
    **_named(r.yesterday_open, r.yesterday_high, r.yesterday_low, r.yesterday_close, bars=True),
    **_named(r.pivot, r.r1, r.r2, r.s1, r.s2, r.swing_high, r.swing_low, r.fractal_up, r.fractal_down, bars=True),
    **_named(m.variance, m.mean_deviation, m.r_squared, m.linreg_error, m.linreg_angle, m.linreg_start, series=1),
    **_named(m.linreg_forecast, m.linreg_osc, m.efficiency_ratio, m.bars_since_highest, m.bars_since_lowest, series=1),
    **_named(m.vhf, m.vidya, series=1),
    "sqrt": Function(m.root, series=1),
    "ln": Function(m.logarithm, series=1),
    **_named(m.env_upper, m.env_lower, m.error_upper, m.error_lower, m.cmo_sums, source=True),
    **_named(m.frama, m.accel_upper, m.accel_middle, m.accel_lower, m.average_range, m.average_body, bars=True),
    **_named(m.chaikin_volatility, m.bb_squeeze, m.atr_stop, m.atr_stop_direction, m.rolling_vwap, bars=True),
    **_named(m.vwap_upper, m.vwap_lower, m.relative_volume, m.pvo, m.pvt, m.nvi, m.pvi, bars=True),
    **_named(m.market_facilitation, m.williams_ad, m.intraday_momentum, m.qstick, m.vigor, bars=True),
    **_named(m.vigor_signal, m.ha_green, m.ha_red, bars=True),
    **{name: Function(call, bars=True) for name, call in lv.LEVELS.items()},
    **_named(lv.day_change, lv.day_gap, lv.fib_retracement, lv.fib_extension, bars=True),
    **_named(lv.bullish_divergence, lv.bearish_divergence, bars=True, series=1),
    **_named(lv.hidden_bullish_divergence, lv.hidden_bearish_divergence, bars=True, series=1),
}
