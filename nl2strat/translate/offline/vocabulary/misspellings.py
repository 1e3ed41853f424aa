"""Typing mistakes that edit distance cannot decide, and the words worth correcting to."""

from __future__ import annotations

from nl2strat.translate.offline.phrases import listed

_WORDS = listed("misspellings")
_PAIRS = tuple(pair.split(" -> ") for pair in _WORDS["mistakes"])
MISSPELLINGS: dict[str, str] = {pair[0]: pair[1] for pair in _PAIRS}
WORTH_CORRECTING = frozenset(_WORDS["worth correcting"])
