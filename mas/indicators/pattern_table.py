"""TA-Lib's 61 candle patterns under the names that traders use. Data only: importing this loads nothing heavy."""

from __future__ import annotations

from typing import Literal

from mas.dataclass import dataclass


@dataclass(frozen=True)
class Pattern:
    """One name: TA-Lib's function, which of its signs counts (1, -1, 0 for either), and the bars it needs before."""

    talib: str
    sign: Literal[1, 0, -1]
    lookback: int


_ONE_SIDED: tuple[tuple[str, str, Literal[1, -1], int], ...] = (
    ("two_crows", "CDL2CROWS", -1, 12),
    ("three_black_crows", "CDL3BLACKCROWS", -1, 13),
    ("three_stars_in_the_south", "CDL3STARSINSOUTH", 1, 12),
    ("three_white_soldiers", "CDL3WHITESOLDIERS", 1, 12),
    ("advance_block", "CDLADVANCEBLOCK", -1, 12),
    ("concealing_baby_swallow", "CDLCONCEALBABYSWALL", 1, 13),
    ("dark_cloud_cover", "CDLDARKCLOUDCOVER", -1, 11),
    ("doji", "CDLDOJI", 1, 10),
    ("dragonfly_doji", "CDLDRAGONFLYDOJI", 1, 10),
    ("evening_doji_star", "CDLEVENINGDOJISTAR", -1, 12),
    ("evening_star", "CDLEVENINGSTAR", -1, 12),
    ("gravestone_doji", "CDLGRAVESTONEDOJI", 1, 10),
    ("hammer", "CDLHAMMER", 1, 11),
    ("hanging_man", "CDLHANGINGMAN", -1, 11),
    ("homing_pigeon", "CDLHOMINGPIGEON", 1, 11),
    ("identical_three_crows", "CDLIDENTICAL3CROWS", -1, 12),
    ("in_neck", "CDLINNECK", -1, 11),
    ("inverted_hammer", "CDLINVERTEDHAMMER", 1, 11),
    ("ladder_bottom", "CDLLADDERBOTTOM", 1, 14),
    ("long_legged_doji", "CDLLONGLEGGEDDOJI", 1, 10),
    ("matching_low", "CDLMATCHINGLOW", 1, 6),
    ("mat_hold", "CDLMATHOLD", 1, 14),
    ("morning_doji_star", "CDLMORNINGDOJISTAR", 1, 12),
    ("morning_star", "CDLMORNINGSTAR", 1, 12),
    ("on_neck", "CDLONNECK", -1, 11),
    ("piercing", "CDLPIERCING", 1, 11),
    ("rickshaw_man", "CDLRICKSHAWMAN", 1, 10),
    ("shooting_star", "CDLSHOOTINGSTAR", -1, 11),
    ("stalled_pattern", "CDLSTALLEDPATTERN", -1, 12),
    ("stick_sandwich", "CDLSTICKSANDWICH", 1, 7),
    ("takuri", "CDLTAKURI", 1, 10),
    ("thrusting", "CDLTHRUSTING", -1, 11),
    ("unique_three_river", "CDLUNIQUE3RIVER", 1, 12),
    ("upside_gap_two_crows", "CDLUPSIDEGAP2CROWS", -1, 12),
)

_TWO_SIDED: tuple[tuple[str, str, str, int], ...] = (
    ("three_inside_up", "three_inside_down", "CDL3INSIDE", 12),
    ("bullish_line_strike", "bearish_line_strike", "CDL3LINESTRIKE", 8),
    ("three_outside_up", "three_outside_down", "CDL3OUTSIDE", 3),
    ("bullish_abandoned_baby", "bearish_abandoned_baby", "CDLABANDONEDBABY", 12),
    ("bullish_belt_hold", "bearish_belt_hold", "CDLBELTHOLD", 10),
    ("bullish_breakaway", "bearish_breakaway", "CDLBREAKAWAY", 14),
    ("bullish_closing_marubozu", "bearish_closing_marubozu", "CDLCLOSINGMARUBOZU", 10),
    ("bullish_counterattack", "bearish_counterattack", "CDLCOUNTERATTACK", 11),
    ("bullish_doji_star", "bearish_doji_star", "CDLDOJISTAR", 11),
    ("bullish_engulfing", "bearish_engulfing", "CDLENGULFING", 2),
    ("upside_gap_white_lines", "downside_gap_white_lines", "CDLGAPSIDESIDEWHITE", 7),
    ("bullish_harami", "bearish_harami", "CDLHARAMI", 11),
    ("bullish_harami_cross", "bearish_harami_cross", "CDLHARAMICROSS", 11),
    ("bullish_high_wave", "bearish_high_wave", "CDLHIGHWAVE", 10),
    ("bullish_hikkake", "bearish_hikkake", "CDLHIKKAKE", 5),
    ("bullish_modified_hikkake", "bearish_modified_hikkake", "CDLHIKKAKEMOD", 10),
    ("bullish_kicking", "bearish_kicking", "CDLKICKING", 11),
    ("bullish_kicking_length", "bearish_kicking_length", "CDLKICKINGBYLENGTH", 11),
    ("bullish_long_line", "bearish_long_line", "CDLLONGLINE", 10),
    ("bullish_marubozu", "bearish_marubozu", "CDLMARUBOZU", 10),
    ("rising_three_methods", "falling_three_methods", "CDLRISEFALL3METHODS", 14),
    ("bullish_separating_lines", "bearish_separating_lines", "CDLSEPARATINGLINES", 11),
    ("bullish_short_line", "bearish_short_line", "CDLSHORTLINE", 10),
    ("bullish_spinning_top", "bearish_spinning_top", "CDLSPINNINGTOP", 10),
    ("bullish_tasuki_gap", "bearish_tasuki_gap", "CDLTASUKIGAP", 7),
    ("bullish_tristar", "bearish_tristar", "CDLTRISTAR", 12),
    ("gap_three_methods_up", "gap_three_methods_down", "CDLXSIDEGAP3METHODS", 2),
)

_EITHER: tuple[tuple[str, str, int], ...] = (
    ("high_wave", "CDLHIGHWAVE", 10),
    ("long_line", "CDLLONGLINE", 10),
    ("marubozu", "CDLMARUBOZU", 10),
    ("short_line", "CDLSHORTLINE", 10),
    ("spinning_top", "CDLSPINNINGTOP", 10),
)

PATTERNS: dict[str, Pattern] = {
    **{name: Pattern(talib, sign, lookback) for name, talib, sign, lookback in _ONE_SIDED},
    **{up: Pattern(talib, 1, lookback) for up, _, talib, lookback in _TWO_SIDED},
    **{down: Pattern(talib, -1, lookback) for _, down, talib, lookback in _TWO_SIDED},
    **{name: Pattern(talib, 0, lookback) for name, talib, lookback in _EITHER},
}
"""Name -> pattern. A pattern counts at full strength only: TA-Lib's value is 100 or more, either sign."""
