"""Indicators that weigh prices with volume, or add volume up."""

from __future__ import annotations

from collections.abc import Callable

from nl2strat.language.registry.entry import Function, Param, Type, factor, length, none

_DEVIATIONS = factor("deviations", 2, 0, 100)


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
    return Function(name, title, "bars", params, result, definition, source, "volume", synonyms, lookback, *limits)


ENTRIES: tuple[Function, ...] = (
    _entry(
        "obv", "on-balance volume", (), none, "volume",
        "the running sum of volume, added on a higher close and taken away on a lower one",
        "J. Granville (1963); TA-Lib OBV",
        ("obv", "on balance volume"),
    ),
    _entry(
        "ad", "accumulation/distribution line", (), none, "volume",
        "the running sum of volume times where the close stands in the bar (-1 low to 1 high)",
        "M. Chaikin; TA-Lib AD",
        ("accumulation distribution", "accumulation/distribution", "accumulation distribution line", "a/d line",
         "ad line", "accumulation/distribution line", "chaikin a/d line"),
    ),
    _entry(
        "chaikin_osc", "Chaikin oscillator", (length(3, 2, name="fast"), length(10, 2, name="slow")),
        lambda fast, slow: max(fast, slow) - 1, "volume",
        "EMA(`fast`) minus EMA(`slow`) of the accumulation/distribution line",
        "M. Chaikin; TA-Lib ADOSC",
        ("chaikin oscillator", "chaikin osc", "adosc"),
    ),
    _entry(
        "cmf", "Chaikin money flow", (length(20),), lambda n: n - 1, "oscillator",
        "volume times where the close stands in the bar, over `length` bars, as a share of their volume, -1 to 1",
        "M. Chaikin",
        ("cmf", "chaikin money flow"),
        limits=(-1, 1),
    ),
    _entry(
        "mfi", "money flow index", (length(14, 2),), lambda n: n, "oscillator",
        "the share of typical price times volume that came with a rising typical price, over `length` bars, 0 to 100",
        "G. Quong and A. Soudack; TA-Lib MFI",
        ("mfi", "money flow index", "money flow indicator"),
        limits=(0, 100),
    ),
    _entry(
        "force_index", "force index", (length(13),), lambda n: n, "number",
        "the EMA over `length` bars of the close's change times volume",
        "A. Elder (1993)",
        ("force index", "elder force index", "elder's force index"),
    ),
    _entry(
        "vwap", "volume-weighted average price", (), none, "price",
        "the mean typical price since midnight of the data's clock, weighted with volume",
        "sum(typical price * volume) / sum(volume), from the first bar of the day",
        ("vwap", "volume weighted average price", "session vwap", "daily vwap", "intraday vwap", "vwap line"),
    ),
    _entry(
        "rolling_vwap", "rolling VWAP", (length(20),), lambda n: n - 1, "price",
        "the mean typical price of the last `length` bars, weighted with volume",
        "sum(typical price * volume) / sum(volume)",
        ("rolling vwap", "moving vwap", "rolling volume weighted average price"),
    ),
    _entry(
        "vwap_upper", "upper VWAP band", (_DEVIATIONS,), none, "price",
        "the day's VWAP plus `deviations` standard deviations of its typical prices, weighted with volume", "textbook",
        ("upper vwap band", "vwap upper band"),
    ),
    _entry(
        "vwap_lower", "lower VWAP band", (_DEVIATIONS,), none, "price",
        "the day's VWAP minus `deviations` standard deviations of its typical prices, weighted with volume", "textbook",
        ("lower vwap band", "vwap lower band"),
    ),
    _entry(
        "relative_volume", "relative volume", (length(20),), lambda n: n, "number",
        "the volume over the mean volume of the `length` bars before", "TA-Lib RVOL",
        ("relative volume", "rvol"), limits=(0, None),
    ),
    _entry(
        "pvo", "percentage volume oscillator", (length(12, 2, "fast"), length(26, 2, "slow")),
        lambda fast, slow: max(fast, slow) - 1, "oscillator",
        "EMA(`fast`) minus EMA(`slow`) of volume in percent of EMA(`slow`)", "TA-Lib PVO",
        ("pvo", "percentage volume oscillator", "volume oscillator"),
    ),
    _entry(
        "pvt", "price volume trend", (), none, "volume",
        "the running sum of volume times the close's relative change", "TA-Lib PVT",
        ("pvt", "price volume trend"),
    ),
    _entry(
        "nvi", "negative volume index", (), none, "number",
        "the price's way on bars with less volume than the one before, from 1000 on", "P. Dysart; TA-Lib NVI",
        ("nvi", "negative volume index"),
    ),
    _entry(
        "pvi", "positive volume index", (), none, "number",
        "the price's way on bars with more volume than the one before, from 1000 on", "P. Dysart; TA-Lib PVI",
        ("pvi", "positive volume index"),
    ),
    _entry(
        "market_facilitation", "market facilitation index", (), none, "number",
        "the bar's range in points for each unit of its volume", "B. Williams (1995); MetaTrader's iBWMFI",
        ("market facilitation index", "bw mfi"), limits=(0, None),
    ),
    _entry(
        "williams_ad", "Williams accumulation/distribution", (), none, "distance",
        "the running sum of the close's way from the true low (up) or the true high (down)",
        "L. Williams; TA-Lib WAD",
        ("williams accumulation distribution", "williams a/d", "williams ad"),
    ),
)  # fmt: skip
