"""The registry: every indicator the language knows. One entry here, one function of the same name in mas.indicators.

    >>> FUNCTIONS["rsi"].signature
    'rsi(length = 14, source = close)'

A new indicator is a function in mas/indicators, its name in that package's list, and an entry in the family's module
under registry/. Where MetaTrader defines it differently, registry/metatrader.py says how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache

from nl2strat.language.registry import (
    adaptive,
    averages,
    bands,
    candles,
    channels,
    cycles,
    momentum,
    patterns,
    periods,
    pivots,
    rolling,
    sessions,
    statistics,
    strength,
    swings,
    trend,
    volatility,
    volume,
)
from nl2strat.language.registry.entry import Category, Difference, Form, Function, Kind, Param, Type
from nl2strat.language.registry.metatrader import DIFFERENCES

__all__ = [
    "AMBIGUOUS",
    "FUNCTIONS",
    "Category",
    "Difference",
    "Form",
    "Function",
    "Kind",
    "Param",
    "Type",
    "lookup",
    "phrases",
    "suggest",
]

_MODULES = (
    averages, adaptive, cycles, rolling, statistics, momentum, strength, bands, channels, volatility, trend, volume,
    candles, pivots, periods, swings, sessions, patterns,
)  # fmt: skip

FUNCTIONS: dict[str, Function] = {
    entry.name: replace(entry, metatrader=DIFFERENCES.get(entry.name))
    for family in _MODULES
    for entry in family.ENTRIES
}
"""Name -> entry."""

AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "upper band": ("bb_upper", "kc_upper", "dc_upper"),
    "middle band": ("bb_middle", "kc_middle", "dc_middle"),
    "lower band": ("bb_lower", "kc_lower", "dc_lower"),
    "upper channel": ("dc_upper", "kc_upper"),
    "lower channel": ("dc_lower", "kc_lower"),
    "bollinger bands": ("bb_upper", "bb_middle", "bb_lower"),
    "bollinger band": ("bb_upper", "bb_middle", "bb_lower"),
    "bollinger": ("bb_upper", "bb_middle", "bb_lower"),
    "keltner channel": ("kc_upper", "kc_middle", "kc_lower"),
    "keltner channels": ("kc_upper", "kc_middle", "kc_lower"),
    "keltner": ("kc_upper", "kc_middle", "kc_lower"),
    "donchian channel": ("dc_upper", "dc_middle", "dc_lower"),
    "donchian channels": ("dc_upper", "dc_middle", "dc_lower"),
    "donchian": ("dc_upper", "dc_middle", "dc_lower"),
    "aroon": ("aroon_up", "aroon_down", "aroon_osc"),
    "vortex": ("vortex_plus", "vortex_minus"),
    "ichimoku cloud": ("cloud_top", "cloud_bottom"),
    "cloud": ("cloud_top", "cloud_bottom"),
    "kumo": ("cloud_top", "cloud_bottom"),
    "ichimoku": ("tenkan", "kijun", "senkou_a", "senkou_b", "chikou"),
    "alligator": ("alligator_jaw", "alligator_teeth", "alligator_lips"),
    "fractal": ("fractal_up", "fractal_down"),
    "heikin ashi": ("ha_open", "ha_high", "ha_low", "ha_close"),
    "pin bar": ("bullish_pin_bar", "bearish_pin_bar"),
    "pinbar": ("bullish_pin_bar", "bearish_pin_bar"),
    "engulfing": ("bullish_engulfing", "bearish_engulfing"),
    "engulfing candle": ("bullish_engulfing", "bearish_engulfing"),
    "engulfing pattern": ("bullish_engulfing", "bearish_engulfing"),
    "harami": ("bullish_harami", "bearish_harami"),
    "harami cross": ("bullish_harami_cross", "bearish_harami_cross"),
    "abandoned baby": ("bullish_abandoned_baby", "bearish_abandoned_baby"),
    "belt hold": ("bullish_belt_hold", "bearish_belt_hold"),
    "tristar": ("bullish_tristar", "bearish_tristar"),
    "doji star": ("bullish_doji_star", "bearish_doji_star"),
    "hikkake": ("bullish_hikkake", "bearish_hikkake"),
    "kicker": ("bullish_kicking", "bearish_kicking"),
    "three line strike": ("bullish_line_strike", "bearish_line_strike"),
    "tasuki gap": ("bullish_tasuki_gap", "bearish_tasuki_gap"),
}
"""Phrases that name a family: the reader must choose by the words around them, or ask."""


def lookup(name: str) -> Function | None:
    """The entry of that name, or None."""
    return FUNCTIONS.get(name)


def suggest(name: str) -> str | None:
    """The known name most like a mistyped or foreign one ("rsii", "williams", "bbands"), or None."""
    word = name.lower().replace("_", " ").strip()
    by_phrase = phrases()
    if word in by_phrase:
        return by_phrase[word]
    near = get_close_matches(word.replace(" ", "_"), FUNCTIONS, n=1, cutoff=0.6)
    if near:
        return near[0]
    said = get_close_matches(word, by_phrase, n=1, cutoff=0.8)
    return by_phrase[said[0]] if said else None


@cache
def phrases() -> Mapping[str, str]:
    """Every English phrase with the name of the one entry that it means."""
    return {phrase: entry.name for entry in FUNCTIONS.values() for phrase in entry.synonyms}
