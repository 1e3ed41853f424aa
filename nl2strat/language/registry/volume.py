"""Indicators that weigh prices with volume, or add volume up."""

from __future__ import annotations

from collections.abc import Callable

from nl2strat.language.registry.entry import Function, Param, Type, length, none


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
)  # fmt: skip
