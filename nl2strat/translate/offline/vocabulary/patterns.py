"""Conditions with a name: candle patterns, colours of bars, gaps. Registry synonyms are added at start."""

from __future__ import annotations

PATTERNS: dict[str, tuple[str, ...]] = {
    "green": ("green", "bullish bar", "green bar", "bull bar", "up bar", "white bar", "bullish", "positive bar", "rising bar", "up close bar"),
    "red": ("red", "bearish bar", "red bar", "bear bar", "down bar", "black bar", "bearish", "negative bar", "falling bar"),
    "inside_bar": ("inside bar", "inside day", "inside"),
    "outside_bar": ("outside bar", "outside day"),
}  # fmt: skip

PATTERN_NOUNS = ("bar", "pattern", "formation", "setup", "signal", "reversal", "reversal pattern", "candle pattern", "bar pattern", "one",
                 "reversal bar", "candlestick pattern")  # fmt: skip

APPEARS = ("form", "print", "close", "closes", "show up", "shows up", "is formed", "is printed", "is seen", "is detected", "is there",
           "is present", "is found", "is completed", "on chart", "comes up", "come up", "is complete", "has formed", "is confirmed",
           "is made", "is recognised", "is recognized", "is spotted", "has closed", "is identified")  # fmt: skip
