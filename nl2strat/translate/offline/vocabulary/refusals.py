"""Topics that cannot be translated, with the reason a person can act on."""

from __future__ import annotations

from nl2strat.translate.offline.phrases import listed

_WORDS = listed("refusals")

TOPICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "This is not the description of a trading strategy. Say when to buy or sell, and how the position ends.",
        _WORDS["topics"],
    ),
    (
        "That needs data this program does not have: it sees prices and volume of one market only. "
        "Which rule on prices or indicators should stand in?",
        _WORDS["topics 2"],
    ),
    (
        "That needs to know the future: a decision can only use bars that have closed. "
        "What should be known at that time instead?",
        _WORDS["topics 3"],
    ),
    (
        "Not supported yet. Can you say it with fixed sizes and conditions on closed bars?",
        _WORDS["topics 4"],
    ),
)
"""(reason, words)"""

VAGUE = _WORDS["vague"]
"""Words that need a number or a definition before they can be a rule."""
