"""Ordinary English that is never a misspelt trading word. The spelling stage leaves these alone."""

from __future__ import annotations

from nl2strat.translate.offline.phrases import listed

ORDINARY = frozenset(listed("ordinary")["ordinary"])
