"""Conditions with a name: candle patterns, colours of bars, gaps. Registry synonyms are added at start."""

from __future__ import annotations

from nl2strat.translate.offline.phrases import listed

_WORDS = listed("patterns")

PATTERNS: dict[str, tuple[str, ...]] = {
    "green": _WORDS["green"],
    "red": _WORDS["red"],
    "inside_bar": ("inside bar", "inside day", "inside"),
    "outside_bar": ("outside bar", "outside day"),
}

PATTERN_NOUNS = _WORDS["pattern nouns"]

APPEARS = _WORDS["appears"]
