"""Comparing, crossing, turning, quantities and references, as phrases in base forms."""

from __future__ import annotations

from typing import Literal

from nl2strat.translate.offline.phrases import Phrases, listed

_WORDS = listed("phrases")

Comparison = Literal[">", "<", ">=", "<=", "==", "!="]

COMPARE: Phrases[Comparison] = Phrases.of(
    {
        ">": _WORDS[">"],
        "<": _WORDS["<"],
        ">=": _WORDS[">="],
        "<=": _WORDS["<="],
        "==": ("==", "=", "equal", "equal to", "equals", "same as", "identical to"),
        "!=": ("!=", "not equal to", "different from", "not equal"),
    }
)

DIRECTION: Phrases[Literal["above", "below"]] = Phrases.of(
    {
        "above": _WORDS["above"],
        "below": _WORDS["below"],
    }
)

AUXILIARY = ("is", "have", "will", "to", "now", "currently", "still", "yet", "ever", "already")
"""Verbs and adverbs in front of a predicate that do not change it."""

GO = _WORDS["go"]
"""Verbs that carry a price or an indicator to a level (EXECUTION.md, rule 5: a level, not an event)."""

CROSSING = ("cross", "break", "cut", "pierce", "crossover")
"""Verbs that make an event of it."""

UP_WORDS: Phrases[int] = Phrases.of(
    {
        1: _WORDS["1"],
        -1: _WORDS["up words 2"],
    }
)

MORE_OR_LESS: Phrases[tuple[str, bool]] = Phrases.of(
    {
        ("more", True): _WORDS["more or less"],
        ("more", False): ("at least", "no less than", "not less than", "minimum of", ">="),
        ("less", True): _WORDS["more or less 2"],
        ("less", False): ("at most", "no more than", "not more than", "maximum of", "up to", "<="),
    }
)
"""(direction, strict)"""

UNITS: Phrases[str] = Phrases.of(
    {
        "pips": ("pip", "p"),
        "points": ("point",),
        "%": ("%", "percent"),
        "R": ("r", "times risk", "r multiple", "x risk"),
    }
)

MULTIPLES: dict[str, str] = {
    "twice": "2",
    "double": "2",
    "triple": "3",
    "thrice": "3",
    "quadruple": "4",
    "half": "0.5",
    "quarter": "0.25",
}

RISK_NOUNS = _WORDS["risk nouns"]
"""What 1R is called."""

PREVIOUS = ("previous", "prior", "preceding", "earlier")

THIS_BAR = _WORDS["this bar"]
"""The bar at whose close the decision falls."""

EARLIER_BAR: Phrases[int] = Phrases.of(
    {
        1: _WORDS["earlier bar"],
        2: _WORDS["2"],
    }
)
