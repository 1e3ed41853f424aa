"""Entries of the candle patterns, made from the table that mas.indicators computes them with."""

from __future__ import annotations

from mas.indicators.pattern_table import PATTERNS, Pattern
from nl2strat.language.registry.entry import Function

SYNONYMS: dict[str, tuple[str, ...]] = {
    "three_black_crows": ("3 black crows", "three crows", "black crows"),
    "three_white_soldiers": ("3 white soldiers", "white soldiers", "three soldiers", "three advancing white soldiers"),
    "three_stars_in_the_south": ("3 stars in the south", "three stars in south"),
    "concealing_baby_swallow": ("concealing baby swallow pattern", "concealed baby swallow"),
    "dark_cloud_cover": ("dark cloud", "dark clouds"),
    "doji": ("doji candlestick", "a doji bar", "doji bar"),
    "dragonfly_doji": ("dragonfly", "dragon fly doji"),
    "gravestone_doji": ("gravestone",),
    "hammer": ("bullish hammer",),
    "hanging_man": ("hangman", "hangman candle"),
    "identical_three_crows": ("identical 3 crows",),
    "inverted_hammer": ("bullish inverted hammer", "inverse hammer"),
    "long_legged_doji": ("long leg doji",),
    "piercing": ("piercing line", "piercing pattern", "bullish piercing line", "piercing candle",
         "piercing line pattern"),
    "shooting_star": ("bearish shooting star",),
    "two_crows": ("2 crows",),
    "upside_gap_two_crows": ("upside gap 2 crows",),
    "unique_three_river": ("unique 3 river", "unique three river bottom"),
    "takuri": ("takuri line",),
    "stalled_pattern": ("stalled", "deliberation pattern"),
    "three_inside_up": ("3 inside up",),
    "three_inside_down": ("3 inside down",),
    "three_outside_up": ("3 outside up",),
    "three_outside_down": ("3 outside down",),
    "bullish_line_strike": ("bullish three line strike", "bullish 3 line strike"),
    "bearish_line_strike": ("bearish three line strike", "bearish 3 line strike"),
    "bullish_engulfing": ("bull engulfing", "bullish engulf", "engulfing bullish",
                          "engulfing bull", "bullishly engulfing"),
    "bearish_engulfing": ("bear engulfing", "bearish engulf", "engulfing bearish",
                          "engulfing bear", "bearishly engulfing"),
    "bullish_kicking": ("bullish kicker",),
    "bearish_kicking": ("bearish kicker",),
    "bullish_kicking_length": ("bullish kicking by length",),
    "bearish_kicking_length": ("bearish kicking by length",),
    "rising_three_methods": ("rising 3 methods", "bullish three methods"),
    "falling_three_methods": ("falling 3 methods", "bearish three methods"),
    "gap_three_methods_up": ("upside gap three methods", "upside gap 3 methods"),
    "gap_three_methods_down": ("downside gap three methods", "downside gap 3 methods"),
    "bullish_tasuki_gap": ("upside tasuki gap",),
    "bearish_tasuki_gap": ("downside tasuki gap",),
    "upside_gap_white_lines": ("upside gap side by side white lines", "bullish side by side white lines"),
    "downside_gap_white_lines": ("downside gap side by side white lines", "bearish side by side white lines"),
    "bullish_long_line": ("bullish long line candle", "long green candle", "long bullish candle", "long white candle",
                          "long bullish candlestick"),
    "bearish_long_line": ("bearish long line candle", "long red candle", "long bearish candle", "long black candle",
                          "long bearish candlestick"),
    "long_line": ("long line candle",),
    "short_line": ("short line candle",),
    "high_wave": ("high wave candle",),
}  # fmt: skip
"""What traders say besides the name itself, "NAME candle" and "NAME pattern"."""

_MEANING = {1: "its bullish form", -1: "its bearish form", 0: "either form"}


def _entry(name: str, pattern: Pattern) -> Function:
    words = name.replace("_", " ")
    said = (
        words,
        f"{words} candle",
        f"{words} pattern",
        f"{words} candlestick",
        f"{words} bar",
        *SYNONYMS.get(name, ()),
    )
    return Function(
        name=name,
        title=words,
        form="bars",
        params=(),
        result="bool",
        definition=f"TA-Lib's {pattern.talib}, {_MEANING[pattern.sign]}, at full strength (100 or more)",
        source=f"TA-Lib {pattern.talib}",
        category="pattern",
        synonyms=tuple(dict.fromkeys(said)),
        lookback=lambda: pattern.lookback,
    )


ENTRIES: tuple[Function, ...] = tuple(_entry(name, pattern) for name, pattern in PATTERNS.items())
