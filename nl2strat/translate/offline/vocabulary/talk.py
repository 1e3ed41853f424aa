"""Talk around a strategy: framing phrases, small talk, and words that must never pass as small talk."""

from __future__ import annotations

from nl2strat.translate.offline.phrases import listed

_WORDS = listed("talk")

ASIDES = _WORDS["asides"]
"""Phrases that may stand between elements; none says anything about when, which way, or how much."""

GLUE = frozenset(
    ["and", "then", "also", "so", "but", "or", "either", "with", "plus", "i", "we", "you", "my", "to", "me", "us"]
)

TRIGGERS = frozenset(_WORDS["triggers"])
"""A clause with one of these is never small talk: it is understood or it is asked about."""

IDIOMS = _WORDS["idioms"]
"""Everyday phrases whose words would otherwise count as trading words."""
