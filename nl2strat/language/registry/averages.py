"""Moving averages and fitted lines: `name(source, length)`."""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt

from nl2strat.language.registry.entry import SOURCE, Function, Param, Type, factor, length


def _average(
    name: str,
    title: str,
    definition: str,
    source: str,
    synonyms: tuple[str, ...],
    *,
    lookback: Callable[..., int] = lambda n: n - 1,
    params: tuple[Param, ...] = (SOURCE, length()),
    result: Type = "same",
) -> Function:
    return Function(name, title, "series", params, result, definition, source, "average", synonyms, lookback)


ENTRIES: tuple[Function, ...] = (
    _average(
        "sma",
        "simple moving average",
        "the mean of the last `length` values",
        "TA-Lib SMA",
        ("sma", "simple moving average", "moving average", "simple average", "simple ma", "ma", "average", "mavg",
         "moving avg", "simple moving avg", "arithmetic moving average"),
    ),
    _average(
        "ema",
        "exponential moving average",
        "each value counts 2 / (length + 1), what came before the rest; starts from the simple average",
        "TA-Lib EMA",
        ("ema", "exponential moving average", "exponential average", "exponential ma", "exp moving average", "exp ma",
         "exponential moving avg", "exponentially weighted moving average", "ewma"),
    ),
    _average(
        "wma",
        "weighted moving average",
        "the mean with weights 1 to `length`, the newest counting most",
        "TA-Lib WMA",
        ("wma", "lwma", "weighted moving average", "linear weighted moving average", "linearly weighted moving average",
         "weighted average", "weighted ma", "linear weighted ma"),
    ),
    _average(
        "smma",
        "smoothed moving average",
        "Wilder's average: each value counts 1 / length, what came before the rest; starts from the simple average",
        "J. W. Wilder, New Concepts in Technical Trading Systems (1978); MetaTrader's MODE_SMMA",
        ("smma", "rma", "smoothed moving average", "smoothed average", "smoothed ma", "wilder moving average",
         "wilders moving average", "wilder's moving average", "wilder average", "running moving average",
         "wilder's smoothing", "wilder smoothing"),
    ),
    _average(
        "dema",
        "double exponential moving average",
        "2 * EMA - EMA of the EMA",
        "P. Mulloy (1994); TA-Lib DEMA",
        ("dema", "double exponential moving average", "double ema", "double exponential average"),
        lookback=lambda n: 2 * (n - 1),
    ),
    _average(
        "tema",
        "triple exponential moving average",
        "3 * EMA - 3 * EMA of the EMA + EMA of the EMA of the EMA",
        "P. Mulloy (1994); TA-Lib TEMA",
        ("tema", "triple exponential moving average", "triple ema", "triple exponential average"),
        lookback=lambda n: 3 * (n - 1),
    ),
    _average(
        "trima",
        "triangular moving average",
        "a simple average of a simple average, the middle of the window counting most",
        "TA-Lib TRIMA",
        ("trima", "tma", "triangular moving average", "triangular average", "triangular ma"),
    ),
    _average(
        "kama",
        "Kaufman's adaptive moving average",
        "an exponential average between 2 and 30 bars, faster the straighter the last `length` bars went",
        "P. Kaufman, Smarter Trading (1995); TA-Lib KAMA",
        ("kama", "kaufman adaptive moving average", "kaufman's adaptive moving average", "kaufman moving average",
         "kaufman average", "kaufmans adaptive moving average", "adaptive moving average", "kaufman ama"),
        lookback=lambda n: n,
        params=(SOURCE, length(low=2)),
    ),
    _average(
        "hma",
        "Hull moving average",
        "WMA over sqrt(length) of 2 * WMA(length / 2) - WMA(length), whole numbers rounded down",
        "A. Hull (2005)",
        ("hma", "hull moving average", "hull average", "hull ma", "hull"),
        lookback=lambda n: n - 1 + isqrt(n) - 1,
        params=(SOURCE, length(low=2)),
    ),
    _average(
        "alma",
        "Arnaud Legoux moving average",
        "a mean with bell-shaped weights, centred at `offset` of the window, `sigma` wide",
        "A. Legoux and D. Kouzis-Loukas (2009)",
        ("alma", "arnaud legoux moving average", "arnaud legoux average", "arnaud legoux ma"),
        lookback=lambda n, *_: n - 1,
        params=(SOURCE, length(9), factor("offset", 0.85, 0, 1), factor("sigma", 6, 0.01, 100)),
    ),
    _average(
        "t3",
        "T3 moving average",
        "six exponential averages in a row, combined with volume factor `factor`",
        "T. Tillson (1998); TA-Lib T3",
        ("t3", "t3 moving average", "tillson moving average", "tillson t3", "t3 average"),
        lookback=lambda n, *_: 6 * (n - 1),
        params=(SOURCE, length(5, 2), factor("factor", 0.7, 0, 1)),
    ),
    _average(
        "linreg",
        "linear regression",
        "the end of the straight line fitted to the last `length` values by least squares",
        "TA-Lib LINEARREG",
        ("linreg", "linear regression", "linear regression line", "least squares moving average", "lsma",
         "linear regression curve", "regression line"),
        params=(SOURCE, length(14, 2)),
    ),
    _average(
        "linreg_slope",
        "linear regression slope",
        "how much the straight line fitted to the last `length` values rises per bar",
        "TA-Lib LINEARREG_SLOPE",
        ("linreg slope", "linear regression slope", "regression slope", "slope of the linear regression"),
        params=(SOURCE, length(14, 2)),
        result="difference",
    ),
    Function(
        "vwma",
        "volume-weighted moving average",
        "bars",
        (length(20),),
        "price",
        "the mean close of the last `length` bars, each weighted with its volume",
        "sum(close * volume) / sum(volume)",
        "average",
        ("vwma", "volume weighted moving average", "volume weighted average", "volume weighted ma"),
        lambda n: n - 1,
    ),
)  # fmt: skip
