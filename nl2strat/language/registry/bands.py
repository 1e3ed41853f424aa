"""Volatility, and the bands and channels that are drawn with it."""

from __future__ import annotations

from collections.abc import Callable

from nl2strat.language.registry.entry import CLOSE, Category, Form, Function, Param, Type, factor, length

_BOLLINGER = (length(20, 2), factor("deviations", 2, 0, 100), CLOSE)
_KELTNER = (length(20), factor("multiplier", 2, 0, 100))
_CHANDELIER = (length(22), factor("multiplier", 3, 0, 100))
_BB = "J. Bollinger; TA-Lib BBANDS"
_KC = "C. Keltner, as revised by L. Raschke"
_DC = "R. Donchian"


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
    category: Category = "bands",
    limits: tuple[float | None, float | None] = (None, None),
) -> Function:
    form: Form = "oscillator" if params and params[-1] is CLOSE else "bars"
    return Function(name, title, form, params, result, definition, source, category, synonyms, lookback, *limits)


ENTRIES: tuple[Function, ...] = (
    _entry(
        "bb_upper", "upper Bollinger band", _BOLLINGER, lambda n, _: n - 1, "same",
        "the simple average plus `deviations` population standard deviations", _BB,
        ("upper bollinger band", "upper bollinger", "bollinger upper band", "upper bb", "bb upper", "bb upper band",
         "top bollinger band", "bollinger top band", "bollinger upper", "top bollinger", "upper bollinger bands",
         "upper bollinger line", "top of the bollinger bands", "top of the bollinger band", "upper bb band"),
    ),
    _entry(
        "bb_middle", "middle Bollinger band", _BOLLINGER, lambda n, _: n - 1, "same",
        "the simple average that the bands are drawn around", _BB,
        ("middle bollinger band", "middle bollinger", "bollinger middle band", "middle bb", "bb middle",
         "bb middle band",
         "bollinger mid band", "bollinger basis", "bollinger middle line", "mid bollinger band", "bollinger midline",
         "central bollinger band", "bollinger middle", "middle bollinger line", "bollinger centre line",
         "bollinger center line", "bollinger mean"),
    ),
    _entry(
        "bb_lower", "lower Bollinger band", _BOLLINGER, lambda n, _: n - 1, "same",
        "the simple average minus `deviations` population standard deviations", _BB,
        ("lower bollinger band", "lower bollinger", "bollinger lower band", "lower bb", "bb lower", "bb lower band",
         "bottom bollinger band", "bollinger bottom band", "bollinger lower", "bottom bollinger",
         "lower bollinger bands",
         "lower bollinger line", "bottom of the bollinger bands", "bottom of the bollinger band", "lower bb band"),
    ),
    _entry(
        "bb_width", "Bollinger band width", _BOLLINGER, lambda n, _: n - 1, "ratio",
        "upper minus lower band as a share of the middle band (0.02 is 2 %)", "J. Bollinger",
        ("bollinger band width", "bollinger bandwidth", "bollinger width", "bandwidth", "bb width", "band width",
         "bollinger bands width", "width of the bollinger bands", "bbw"),
        limits=(0, None),
    ),
    _entry(
        "bb_percent", "Bollinger %b", _BOLLINGER, lambda n, _: n - 1, "ratio",
        "where the value stands between the lower (0) and the upper band (1)", "J. Bollinger",
        ("bollinger %b", "%b", "percent b", "bb percent", "bollinger percent b", "bollinger percent", "bb %b"),
    ),
    _entry(
        "kc_upper", "upper Keltner line", _KELTNER, lambda n, _: n, "price",
        "EMA(close, `length`) plus `multiplier` times ATR(`length`)", _KC,
        ("upper keltner channel", "upper keltner band", "upper keltner line", "upper keltner", "keltner upper band",
         "keltner channel upper band", "keltner upper", "keltner upper line", "kc upper", "upper kc",
         "top keltner channel", "keltner channel upper line", "upper band of the keltner channel"),
    ),
    _entry(
        "kc_middle", "middle Keltner line", _KELTNER, lambda n, _: n - 1, "price",
        "EMA(close, `length`)", _KC,
        ("middle keltner channel", "middle keltner band", "middle keltner line", "middle keltner",
         "keltner middle band",
         "keltner middle line", "keltner middle", "keltner basis", "kc middle", "middle kc", "keltner midline",
         "middle band of the keltner channel"),
    ),
    _entry(
        "kc_lower", "lower Keltner line", _KELTNER, lambda n, _: n, "price",
        "EMA(close, `length`) minus `multiplier` times ATR(`length`)", _KC,
        ("lower keltner channel", "lower keltner band", "lower keltner line", "lower keltner", "keltner lower band",
         "keltner channel lower band", "keltner lower", "keltner lower line", "kc lower", "lower kc",
         "bottom keltner channel", "keltner channel lower line", "lower band of the keltner channel"),
    ),
    _entry(
        "dc_upper", "upper Donchian channel", (length(20),), lambda n: n - 1, "price",
        "the highest high of the last `length` bars, this bar included", _DC,
        ("upper donchian channel", "upper donchian band", "upper donchian line", "upper donchian",
         "donchian upper band",
         "donchian channel upper band", "donchian upper", "donchian upper line", "donchian high", "dc upper",
         "upper dc", "top donchian channel", "top of the donchian channel", "upper band of the donchian channel"),
    ),
    _entry(
        "dc_middle", "middle Donchian channel", (length(20),), lambda n: n - 1, "price",
        "half way between the upper and the lower channel", _DC,
        ("middle donchian channel", "middle donchian band", "middle donchian line", "middle donchian",
         "donchian middle band", "donchian middle", "donchian middle line", "donchian midline", "dc middle",
         "middle dc",
         "middle of the donchian channel", "donchian basis"),
    ),
    _entry(
        "dc_lower", "lower Donchian channel", (length(20),), lambda n: n - 1, "price",
        "the lowest low of the last `length` bars, this bar included", _DC,
        ("lower donchian channel", "lower donchian band", "lower donchian line", "lower donchian",
         "donchian lower band",
         "donchian channel lower band", "donchian lower", "donchian lower line", "donchian low", "dc lower",
         "lower dc", "bottom donchian channel", "bottom of the donchian channel", "lower band of the donchian channel"),
    ),
    _entry(
        "atr", "average true range", (length(14),), lambda n: n, "distance",
        "the true range, Wilder-smoothed over `length` bars", "J. W. Wilder (1978); TA-Lib ATR",
        ("atr", "average true range", "atrs", "average true ranges"),
        category="volatility", limits=(0, None),
    ),
    _entry(
        "natr", "normalised average true range", (length(14),), lambda n: n, "oscillator",
        "the ATR in percent of the close", "TA-Lib NATR",
        ("natr", "normalised average true range", "normalized average true range", "normalised atr", "normalized atr",
         "atr percent", "atr in percent", "atr as a percentage of the close"),
        category="volatility", limits=(0, None),
    ),
    _entry(
        "true_range", "true range", (), lambda: 1, "distance",
        "the larger of high and previous close minus the smaller of low and previous close",
        "J. W. Wilder (1978); TA-Lib TRANGE",
        ("true range",),
        category="volatility", limits=(0, None),
    ),
    _entry(
        "chandelier_long", "chandelier exit of a long", _CHANDELIER, lambda n, _: n, "price",
        "the highest high of `length` bars minus `multiplier` times ATR(`length`)", "C. Le Beau",
        ("chandelier exit", "chandelier long", "long chandelier exit", "chandelier exit long", "chandelier stop"),
    ),
    _entry(
        "chandelier_short", "chandelier exit of a short", _CHANDELIER, lambda n, _: n, "price",
        "the lowest low of `length` bars plus `multiplier` times ATR(`length`)", "C. Le Beau",
        ("chandelier short", "short chandelier exit", "chandelier exit short"),
    ),
    _entry(
        "choppiness", "choppiness index", (length(14, 2),), lambda n: n, "oscillator",
        "how much of the summed true range of `length` bars is not progress, on a log scale, 0 to 100",
        "E. Dreiss",
        ("choppiness index", "choppiness", "chop index"),
        category="volatility", limits=(0, 100),
    ),
)  # fmt: skip
