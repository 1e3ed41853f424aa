"""Trend: directional movement, Aroon, stops that trail the price, Ichimoku, Alligator."""

from __future__ import annotations

from collections.abc import Callable

from nl2strat.language.registry.entry import Function, Param, Type, factor, length, none

_SUPERTREND = (length(10), factor("multiplier", 3, 0, 100))
_TENKAN, _KIJUN, _SHIFT = length(9, name="tenkan"), length(26, name="kijun"), length(26, 0, name="shift")
_SENKOU = length(52, name="senkou")
_WILDER = "J. W. Wilder (1978)"
_ICHIMOKU = "G. Hosoda; as displayed on charts"
_ALLIGATOR = "B. Williams (1995); as displayed on charts"


def _entry(
    name: str,
    title: str,
    params: tuple[Param, ...],
    lookback: Callable[..., int],
    result: Type,
    definition: str,
    source: str,
    synonyms: tuple[str, ...],
    *,
    limits: tuple[float | None, float | None] = (None, None),
) -> Function:
    return Function(name, title, "bars", params, result, definition, source, "trend", synonyms, lookback, *limits)


_DIRECTION = (
    _entry(
        "adx", "average directional index", (length(14, 2),), lambda n: 2 * n - 1, "oscillator",
        "how strong a trend is, whichever way it goes: DX, Wilder-smoothed over `length`, 0 to 100",
        f"{_WILDER}; TA-Lib ADX",
        ("adx", "average directional index", "average directional movement index", "average directional movement",
         "adx line", "average directional indicator"),
        limits=(0, 100),
    ),
    _entry(
        "adxr", "ADX rating", (length(14, 2),), lambda n: 3 * n - 2, "oscillator",
        "the mean of the ADX and the ADX `length` - 1 bars ago, 0 to 100",
        f"{_WILDER}; TA-Lib ADXR",
        ("adxr", "adx rating", "average directional index rating"),
        limits=(0, 100),
    ),
    _entry(
        "dx", "directional movement index", (length(14, 2),), lambda n: n, "oscillator",
        "the difference of +DI and -DI in percent of their sum, 0 to 100",
        f"{_WILDER}; TA-Lib DX",
        ("dx", "directional index", "directional movement index"),
        limits=(0, 100),
    ),
    _entry(
        "plus_di", "+DI", (length(14, 2),), lambda n: n, "oscillator",
        "upward movement in percent of the true range, both Wilder-smoothed over `length`, 0 to 100",
        f"{_WILDER}; TA-Lib PLUS_DI",
        ("+di", "plus di", "di+", "di plus", "positive directional indicator", "positive directional index",
         "positive di", "+ di", "plus directional indicator", "+di line"),
        limits=(0, 100),
    ),
    _entry(
        "minus_di", "-DI", (length(14, 2),), lambda n: n, "oscillator",
        "downward movement in percent of the true range, both Wilder-smoothed over `length`, 0 to 100",
        f"{_WILDER}; TA-Lib MINUS_DI",
        ("-di", "minus di", "di-", "di minus", "negative directional indicator", "negative directional index",
         "negative di", "- di", "minus directional indicator", "-di line"),
        limits=(0, 100),
    ),
    _entry(
        "aroon_up", "Aroon up", (length(14, 2),), lambda n: n, "oscillator",
        "how recent the highest high of the last `length` + 1 bars is: 100 is this bar, 0 is `length` bars ago",
        "T. Chande (1995); TA-Lib AROON",
        ("aroon up", "aroon up line", "up aroon"),
        limits=(0, 100),
    ),
    _entry(
        "aroon_down", "Aroon down", (length(14, 2),), lambda n: n, "oscillator",
        "how recent the lowest low of the last `length` + 1 bars is: 100 is this bar, 0 is `length` bars ago",
        "T. Chande (1995); TA-Lib AROON",
        ("aroon down", "aroon down line", "down aroon"),
        limits=(0, 100),
    ),
    _entry(
        "aroon_osc", "Aroon oscillator", (length(14, 2),), lambda n: n, "oscillator",
        "Aroon up minus Aroon down, -100 to 100",
        "T. Chande (1995); TA-Lib AROONOSC",
        ("aroon oscillator", "aroon osc"),
        limits=(-100, 100),
    ),
    _entry(
        "vortex_plus", "vortex +VI", (length(14),), lambda n: n, "number",
        "upward vortex movement over the summed true range of `length` bars",
        "E. Botes and D. Siepman (2010)",
        ("vortex plus", "+vi", "vi+", "positive vortex", "vortex +vi"),
    ),
    _entry(
        "vortex_minus", "vortex -VI", (length(14),), lambda n: n, "number",
        "downward vortex movement over the summed true range of `length` bars",
        "E. Botes and D. Siepman (2010)",
        ("vortex minus", "-vi", "vi-", "negative vortex", "vortex -vi"),
    ),
    _entry(
        "psar", "parabolic SAR", (factor("step", 0.02, 0, 1), factor("maximum", 0.2, 0, 1)), lambda *_: 1, "price",
        "the stop that follows the price faster the longer the trend lasts, and turns when it is touched",
        f"{_WILDER}; TA-Lib SAR",
        ("psar", "parabolic sar", "parabolic stop and reverse", "sar", "parabolic", "parabolic sar dot",
         "stop and reverse dot"),
    ),
    _entry(
        "psar_sides", "parabolic SAR with a pace for each side",
        (factor("long_step", 0.02, 0, 1), factor("long_maximum", 0.2, 0, 1), factor("short_step", 0.02, 0, 1),
         factor("short_maximum", 0.2, 0, 1)),
        lambda *_: 1, "price",
        "the parabolic SAR with another step and maximum for longs than for shorts", f"{_WILDER}; TA-Lib SAREXT",
        ("parabolic sar extended", "sarext"),
    ),
    _entry(
        "supertrend", "SuperTrend", _SUPERTREND, lambda n, _: n, "price",
        "median price minus (uptrend) or plus (downtrend) `multiplier` times ATR(`length`), moving one way only until "
        "the close breaks it",
        "O. Seban; ATR after Wilder, starts as a downtrend",
        ("supertrend", "super trend", "supertrend line", "supertrend indicator"),
    ),
    _entry(
        "supertrend_direction", "SuperTrend direction", _SUPERTREND, lambda n, _: n, "number",
        "1 while SuperTrend is up (below the price), -1 while it is down",
        "O. Seban; ATR after Wilder, starts as a downtrend",
        ("supertrend direction", "direction of the supertrend", "super trend direction"),
        limits=(-1, 1),
    ),
)  # fmt: skip

_CLOUDS = (
    _entry(
        "tenkan", "Tenkan-sen", (_TENKAN,), lambda n: n - 1, "price",
        "half way between the highest high and the lowest low of `tenkan` bars", _ICHIMOKU,
        ("tenkan", "tenkan sen", "tenkansen", "conversion line", "tenkan line", "ichimoku conversion line"),
    ),
    _entry(
        "kijun", "Kijun-sen", (_KIJUN,), lambda n: n - 1, "price",
        "half way between the highest high and the lowest low of `kijun` bars", _ICHIMOKU,
        ("kijun", "kijun sen", "kijunsen", "base line", "kijun line", "ichimoku base line"),
    ),
    _entry(
        "senkou_a", "Senkou span A", (_TENKAN, _KIJUN, _SHIFT), lambda t, k, s: max(t, k) - 1 + s, "price",
        "the mean of Tenkan-sen and Kijun-sen `shift` bars ago: the span as drawn at this bar", _ICHIMOKU,
        ("senkou a", "senkou span a", "leading span a", "span a", "ichimoku span a", "first senkou span"),
    ),
    _entry(
        "senkou_b", "Senkou span B", (_SENKOU, _SHIFT), lambda n, s: n - 1 + s, "price",
        "half way between the highest high and the lowest low of `senkou` bars, `shift` bars ago: the span as drawn "
        "at this bar", _ICHIMOKU,
        ("senkou b", "senkou span b", "leading span b", "span b", "ichimoku span b", "second senkou span"),
    ),
    _entry(
        "cloud_top", "top of the Ichimoku cloud", (_TENKAN, _KIJUN, _SENKOU, _SHIFT),
        lambda t, k, n, s: max(t, k, n) - 1 + s, "price",
        "the higher of the two Senkou spans as drawn at this bar", _ICHIMOKU,
        ("cloud top", "top of the cloud", "kumo top", "upper cloud boundary", "top of the kumo",
         "upper edge of the cloud",
         "top of the ichimoku cloud"),
    ),
    _entry(
        "cloud_bottom", "bottom of the Ichimoku cloud", (_TENKAN, _KIJUN, _SENKOU, _SHIFT),
        lambda t, k, n, s: max(t, k, n) - 1 + s, "price",
        "the lower of the two Senkou spans as drawn at this bar", _ICHIMOKU,
        ("cloud bottom", "bottom of the cloud", "kumo bottom", "lower cloud boundary", "bottom of the kumo",
         "lower edge of the cloud", "bottom of the ichimoku cloud"),
    ),
    _entry(
        "chikou", "Chikou span", (), none, "price",
        "the close, which charts draw 26 bars back: compare it with what was there, as in chikou() > close[26]",
        _ICHIMOKU,
        ("chikou", "chikou span", "lagging span", "chikou line", "lagging line"),
    ),
    _entry(
        "alligator_jaw", "Alligator's jaw", (length(13), length(8, 0, name="shift")), lambda n, s: n - 1 + s, "price",
        "the smoothed average of the median price over `length` bars, `shift` bars ago", _ALLIGATOR,
        ("alligator jaw", "alligator jaws", "jaw of the alligator", "alligator blue line"),
    ),
    _entry(
        "alligator_teeth", "Alligator's teeth", (length(8), length(5, 0, name="shift")), lambda n, s: n - 1 + s,
         "price",
        "the smoothed average of the median price over `length` bars, `shift` bars ago", _ALLIGATOR,
        ("alligator teeth", "teeth of the alligator", "alligator red line"),
    ),
    _entry(
        "alligator_lips", "Alligator's lips", (length(5), length(3, 0, name="shift")), lambda n, s: n - 1 + s, "price",
        "the smoothed average of the median price over `length` bars, `shift` bars ago", _ALLIGATOR,
        ("alligator lips", "lips of the alligator", "alligator green line"),
    ),
)  # fmt: skip

ENTRIES: tuple[Function, ...] = (*_DIRECTION, *_CLOUDS)
