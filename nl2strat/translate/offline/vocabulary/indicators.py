"""Indicators as traders name them. Phrases in base forms; the registry entry follows.

The registry's own synonyms (nl2strat.language.functions) are added to these when the translator starts.
"""

from __future__ import annotations

from nl2strat.translate.offline.phrases import listed

_WORDS = listed("indicators")

AVERAGES: dict[str, tuple[str, ...]] = {
    "sma": ("sma", "simple moving average", "simple average", "simple ma", "arithmetic average", "simple"),
    "": ("moving average", "ma", "average", "mean", "moving avg"),
    "ema": _WORDS["ema"],
    "wma": _WORDS["wma"],
    "smma": _WORDS["smma"],
    "hma": ("hma", "hull moving average", "hull average", "hull ma", "hull"),
    "dema": ("dema", "double exponential moving average", "double ema"),
    "tema": ("tema", "triple exponential moving average", "triple ema"),
    "trima": ("trima", "triangular moving average", "triangular average"),
    "kama": _WORDS["kama"],
    "vwma": ("vwma", "volume weighted moving average", "volume weighted average"),
    "alma": ("alma", "arnaud legoux moving average"),
    "linreg": ("linreg", "linear regression", "linear regression line"),
}
"""Averages of a series over a length; "" is an average of no stated kind."""

SERIES: dict[str, tuple[str, ...]] = {
    "stdev": ("standard deviation", "stdev", "stddev"),
    "zscore": ("z score", "zscore"),
    "percent_rank": ("percent rank", "percentile rank", "percentrank"),
}
"""Other functions of a series and a length."""

OSCILLATORS: dict[str, tuple[str, ...]] = {
    "rsi": ("rsi", "relative strength index", "relative strength"),
    "stoch_rsi_k": _WORDS["stoch_rsi_k"],
    "stoch_rsi_d": ("stochastic rsi %d", "stoch rsi %d", "stoch rsi d", "stochrsi %d"),
    "macd": _WORDS["macd"],
    "macd_signal": ("macd signal line", "macd signal", "signal line", "signal line of macd", "macd 's signal line"),
    "macd_hist": ("macd histogram", "macd hist", "histogram", "macd bars", "macd 's histogram"),
    "stoch_k": _WORDS["stoch_k"],
    "stoch_d": _WORDS["stoch_d"],
    "stoch_fast_k": ("fast stochastic %k", "fast %k", "fast stochastic", "fast stochastic k"),
    "stoch_fast_d": ("fast stochastic %d", "fast %d", "fast stochastic d"),
    "atr": ("atr", "average true range"),
    "true_range": ("true range",),
    "adx": ("adx", "average directional index", "average directional movement index", "adx line"),
    "plus_di": _WORDS["plus_di"],
    "minus_di": _WORDS["minus_di"],
    "dx": ("dx", "directional index"),
    "williams_r": _WORDS["williams_r"],
    "cci": ("cci", "commodity channel index"),
    "mfi": ("mfi", "money flow index"),
    "obv": ("obv", "on balance volume"),
    "ad": _WORDS["ad"],
    "cmf": ("cmf", "chaikin money flow"),
    "roc": ("roc", "rate of change"),
    "momentum": ("momentum indicator", "momentum oscillator", "momentum", "mom"),
    "trix": ("trix",),
    "ultimate": ("ultimate oscillator", "ultosc"),
    "cmo": ("cmo", "chande momentum oscillator"),
    "ppo": ("ppo", "percentage price oscillator", "percent price oscillator"),
    "apo": ("apo", "absolute price oscillator"),
    "bop": ("bop", "balance of power"),
    "aroon_up": ("aroon up", "aroon up line", "aroonup"),
    "aroon_down": ("aroon down", "aroon down line", "aroondown"),
    "aroon_osc": ("aroon oscillator", "aroon osc"),
    "awesome": ("awesome oscillator", "ao"),
    "vwap": ("vwap", "volume weighted average price", "daily vwap", "session vwap", "vwap line"),
    "psar": _WORDS["psar"],
    "supertrend": ("supertrend", "super trend", "supertrend line", "supertrend indicator", "super trend line"),
    "tenkan": _WORDS["tenkan"],
    "kijun": ("kijun sen", "kijun", "base line", "kijun line", "kijun sen line", "ichimoku base line", "baseline"),
    "senkou_a": ("senkou span a", "senkou a", "span a", "leading span a", "ssa"),
    "senkou_b": ("senkou span b", "senkou b", "span b", "leading span b", "ssb"),
    "ha_open": ("heikin ashi open", "ha open"),
    "ha_high": ("heikin ashi high", "ha high"),
    "ha_low": ("heikin ashi low", "ha low"),
    "ha_close": ("heikin ashi close", "ha close"),
    "bb_width": _WORDS["bb_width"],
    "bb_percent": ("bollinger %b", "%b", "percent b", "bollinger percent b"),
    "pivot": ("pivot point", "daily pivot point", "daily pivot", "pivot", "floor pivot", "central pivot"),
    "dc_upper": ("donchian channel high", "donchian high", "high of donchian channel", "top of donchian channel"),
    "dc_lower": ("donchian channel low", "donchian low", "low of donchian channel", "bottom of donchian channel"),
    "r1": ("r1", "pivot r1", "resistance 1", "first pivot resistance"),
    "r2": ("r2", "pivot r2"),
    "r3": ("r3", "pivot r3"),
    "s1": ("s1", "pivot s1", "support 1", "first pivot support"),
    "s2": ("s2", "pivot s2"),
    "s3": ("s3", "pivot s3"),
    "day_open": _WORDS["day_open"],
    "body": _WORDS["body"],
    "range": _WORDS["range"],
    "upper_wick": ("upper wick", "upper shadow", "top wick"),
    "lower_wick": ("lower wick", "lower shadow", "bottom wick"),
    "median_price": ("median price", "hl2", "midpoint of bar"),
    "typical_price": ("typical price", "hlc3"),
    "weighted_price": ("weighted close", "hlcc4", "weighted price"),
}
"""Everything else that has a value at each bar."""

FAMILIES: dict[str, str] = {
    **{f"bb_{part}": "bb" for part in ("upper", "middle", "lower", "width", "percent")},
    **{f"kc_{part}": "kc" for part in ("upper", "middle", "lower")},
    **{f"dc_{part}": "dc" for part in ("upper", "middle", "lower")},
    "macd": "macd",
    "macd_signal": "macd",
    "macd_hist": "macd",
    "stoch_k": "stoch",
    "stoch_d": "stoch",
    "stoch_fast_k": "fast stoch",
    "stoch_fast_d": "fast stoch",
    "stoch_rsi_k": "stoch rsi",
    "stoch_rsi_d": "stoch rsi",
    "adx": "adx",
    "plus_di": "adx",
    "minus_di": "adx",
    "supertrend": "supertrend",
    "supertrend_direction": "supertrend",
    "aroon_up": "aroon",
    "aroon_down": "aroon",
    "aroon_osc": "aroon",
    "vortex_plus": "vortex",
    "vortex_minus": "vortex",
}
"""Functions that share their settings."""

HEADED_FAMILIES = {
    "aroon_up": ("aroon", "aroon indicator"),
    "plus_di": ("dmi", "directional movement", "directional movement index", "directional movement system", "di"),
    "vortex_plus": ("vortex", "vortex indicator"),
}
"""Families that are headed by a name of their own, and the line that takes its settings."""

BAND_SIDES = {
    "upper": ("upper", "top", "upper side", "higher"),
    "lower": ("lower", "bottom"),
    "middle": ("middle", "mid", "center", "centre", "central", "basis"),
}

BAND_FAMILIES = {
    "bb": ("bollinger band", "bollinger", "bb", "bb band", "bbands", "bollinger channel", "bollinger line"),
    "kc": ("keltner channel", "keltner", "keltner band", "keltner line", "kc"),
    "dc": ("donchian channel", "donchian", "donchian band", "donchian line", "price channel"),
}

CENTRE: dict[str, int] = {
    "macd": 0,
    "macd_hist": 0,
    "macd_signal": 0,
    "cci": 0,
    "momentum": 0,
    "roc": 0,
    "cmo": 0,
    "ppo": 0,
    "apo": 0,
    "trix": 0,
    "cmf": 0,
    "awesome": 0,
    "aroon_osc": 0,
    "bop": 0,
    "obv": 0,
    "zscore": 0,
    "linreg_slope": 0,
    "tsi": 0,
    "dpo": 0,
    "coppock": 0,
    "smi": 0,
    "chaikin_osc": 0,
    "force_index": 0,
    "vigor": 0,
    "pvo": 0,
    "day_change": 0,
    "kst": 0,
    "change": 0,
    "percent_change": 0,
    "supertrend_direction": 0,
}
"""Where "positive" and "negative" begin."""

EXTREMES: dict[str, tuple[int, int]] = {
    "rsi": (30, 70),
    "stoch_k": (20, 80),
    "stoch_d": (20, 80),
    "stoch_fast_k": (20, 80),
    "stoch_fast_d": (20, 80),
    "stoch_rsi_k": (20, 80),
    "stoch_rsi_d": (20, 80),
    "williams_r": (-80, -20),
    "cci": (-100, 100),
    "mfi": (20, 80),
    "cmo": (-50, 50),
    "ultimate": (30, 70),
}
"""Oversold and overbought by convention; RSI's are in EXECUTION.md, rule 20."""

LENGTHS: dict[str, tuple[str, ...]] = {
    "rsi": ("n",),
    "stoch_rsi_k": ("n", "n", "n", "n"),
    "stoch_rsi_d": ("n", "n", "n", "n"),
    "macd": ("n", "n", "n"),
    "macd_signal": ("n", "n", "n"),
    "macd_hist": ("n", "n", "n"),
    "stoch_k": ("n", "n", "n"),
    "stoch_d": ("n", "n", "n"),
    "supertrend": ("n", "f"),
    "supertrend_direction": ("n", "f"),
    "psar": ("f", "f"),
    **{f"bb_{part}": ("n", "f") for part in ("upper", "middle", "lower", "width", "percent")},
    **{f"kc_{part}": ("n", "f", "n") for part in ("upper", "middle", "lower")},
}
"""Whether each setting is a number of bars (n) or a factor (f); one length where nothing is said."""

STANDARD: dict[str, tuple[int, ...]] = {"ichimoku": (9, 26, 52)}
