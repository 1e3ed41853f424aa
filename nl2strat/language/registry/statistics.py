"""Statistics over windows, fitted lines, the place of an extreme, and functions of one value."""

from __future__ import annotations

from collections.abc import Callable

from nl2strat.language.registry.entry import SOURCE, Category, Function, Param, Type, factor, length, none

_LINE = (SOURCE, length(14, 2))


def _entry(
    name: str,
    title: str,
    params: tuple[Param, ...],
    result: Type,
    definition: str,
    source: str,
    synonyms: tuple[str, ...],
    *,
    lookback: Callable[..., int] = lambda n, *_: n - 1,
    category: Category = "statistics",
    limits: tuple[float | None, float | None] = (None, None),
) -> Function:
    return Function(name, title, "series", params, result, definition, source, category, synonyms, lookback, *limits)


ENTRIES: tuple[Function, ...] = (
    _entry(
        "variance", "variance", (SOURCE, length(20, 2)), "number",
        "the population variance of the last `length` values, in squared units", "TA-Lib VAR",
        ("variance", "rolling variance"), limits=(0, None),
    ),
    _entry(
        "mean_deviation", "mean absolute deviation", (SOURCE, length(14, 2)), "difference",
        "the mean distance of the last `length` values from their mean", "TA-Lib AVGDEV",
        ("mean deviation", "mean absolute deviation", "average deviation", "mean dev"),
    ),
    _entry(
        "percentile", "percentile", (SOURCE, length(100, 2), factor("percent", 50, 0, 100)), "same",
        "the smallest of the last `length` values that at least `percent` of them do not exceed", "TA-Lib PERCENTILE",
        ("percentile", "quantile"),
    ),
    _entry(
        "beta", "beta", (Param("a", "series"), Param("b", "series"), length(20, 2)), "number",
        "the slope of the line fitted to the one-bar returns of `a` against those of `b`", "TA-Lib BETA",
        ("beta", "beta coefficient"), lookback=lambda n: n,
    ),
    _entry(
        "r_squared", "R-squared", _LINE, "number",
        "how much of the last `length` values the straight line through them explains, 0 to 1", "textbook",
        ("r squared", "coefficient of determination"), limits=(0, 1),
    ),
    _entry(
        "linreg_error", "standard error of the linear regression", (SOURCE, length(14, 3)), "difference",
        "the standard error of the straight line through the last `length` values, with `length` - 2 degrees of "
        "freedom", "textbook",
        ("linreg error", "standard error of the linear regression", "standard error of the regression"),
    ),
    _entry(
        "linreg_angle", "linear regression angle", _LINE, "number",
        "the angle of the line fitted to the last `length` values in degrees, one bar being as wide as one unit of "
        "price is high", "TA-Lib LINEARREG_ANGLE",
        ("linreg angle", "linear regression angle", "regression angle"), limits=(-90, 90),
    ),
    _entry(
        "linreg_start", "start of the linear regression", _LINE, "same",
        "where the straight line fitted to the last `length` values begins", "TA-Lib LINEARREG_INTERCEPT",
        ("linreg intercept", "linear regression intercept", "start of the linear regression"),
    ),
    _entry(
        "linreg_forecast", "time series forecast", _LINE, "same",
        "where the straight line fitted to the last `length` values points one bar ahead", "TA-Lib TSF",
        ("tsf", "time series forecast", "linear regression forecast", "regression forecast"),
    ),
    _entry(
        "linreg_osc", "forecast oscillator", (SOURCE, length(5, 2)), "oscillator",
        "the value minus the time series forecast made on the bar before, in percent of the value",
        "T. Chande; TA-Lib FOSC",
        ("forecast oscillator", "fosc", "chande forecast oscillator"), lookback=lambda n: n, category="momentum",
    ),
    _entry(
        "efficiency_ratio", "efficiency ratio", (SOURCE, length(10)), "number",
        "the net move of `length` bars over the sum of their moves, 0 (nowhere) to 1 (straight)",
        "P. Kaufman, Smarter Trading (1995); TA-Lib ER",
        ("efficiency ratio", "kaufman efficiency ratio", "kaufman's efficiency ratio", "fractal efficiency"),
        lookback=lambda n: n, category="trend", limits=(0, 1),
    ),
    _entry(
        "bars_since_highest", "bars since the highest", (SOURCE, length(20, 2)), "count",
        "how many bars ago the highest of the last `length` values was, the newest if there are several",
        "TA-Lib MAXINDEX, where no two values are equal",
        ("bars since the highest", "bars since the high of the last"), limits=(0, None),
    ),
    _entry(
        "bars_since_lowest", "bars since the lowest", (SOURCE, length(20, 2)), "count",
        "how many bars ago the lowest of the last `length` values was, the newest if there are several",
        "TA-Lib MININDEX, where no two values are equal",
        ("bars since the lowest", "bars since the low of the last"), limits=(0, None),
    ),
    _entry(
        "vhf", "vertical horizontal filter", (SOURCE, length(28, 2)), "number",
        "the range of the last `length` values over the sum of their moves: high in a trend",
        "A. White (1991); TA-Lib VHF",
        ("vhf", "vertical horizontal filter"), lookback=lambda n: n, category="trend", limits=(0, None),
    ),
    _entry(
        "sqrt", "square root", (SOURCE,), "number", "the square root; not available for a negative value",
        "TA-Lib SQRT", ("sqrt", "square root of"), lookback=none, category="arithmetic", limits=(0, None),
    ),
    _entry(
        "ln", "natural logarithm", (SOURCE,), "number", "the natural logarithm; not available for zero and below",
        "TA-Lib LN", ("ln", "natural logarithm of", "natural log of", "logarithm of"), lookback=none,
        category="arithmetic",
    ),
)  # fmt: skip
