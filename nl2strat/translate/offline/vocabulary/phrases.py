"""Comparing, crossing, turning, quantities and references, as phrases in base forms."""

from __future__ import annotations

from typing import Literal

from nl2strat.translate.offline.phrases import Phrases

Comparison = Literal[">", "<", ">=", "<=", "==", "!="]

COMPARE: Phrases[Comparison] = Phrases.of({
    ">": (">", "above", "over", "higher than", "greater than", "more than", "bigger than", "larger than", "exceed", "north of",
          "in excess of", "stronger than", "on top of", "upside of", "wider than", "exceeds", "in excess", "up over", "well above",
          "longer than", "at upside of", "higher as", "taller than", "up above"),
    "<": ("<", "below", "under", "lower than", "less than", "smaller than", "beneath", "underneath", "south of", "weaker than",
          "fewer than", "narrower than", "shorter than", "down under", "well below", "down below"),
    ">=": (">=", "= >", "at or above", "at least", "not below", "no lower than", "no less than", "greater than or equal to", "or higher than",
           "above or equal to", "on or above", "above or at", "higher than or equal to", "equal to or above", "equal to or greater than",
           "greater or equal to", "more than or equal to", "not under", "not less than", "not lower than"),
    "<=": ("<=", "= <", "at or below", "at most", "not above", "no higher than", "no more than", "less than or equal to",
           "below or equal to", "on or below", "below or at", "at or under", "lower than or equal to", "equal to or below", "equal to or less than",
           "smaller than or equal to", "less or equal to", "not over", "not more than", "not higher than"),
    "==": ("==", "=", "equal", "equal to", "equals", "same as", "identical to"),
    "!=": ("!=", "not equal to", "different from", "not equal"),
})  # fmt: skip

DIRECTION: Phrases[Literal["above", "below"]] = Phrases.of({
    "above": ("above", "over", "upward through", "upwards through", "up through", "up above", "up over", "to upside", "upward over",
              "upward", "upwards", "up", "higher than", "from below", "upwards over", "upwards above", "bullishly", "back above",
              "from below to above", "on top of", "north of"),
    "below": ("below", "under", "downward through", "downwards through", "down through", "down below", "down under", "beneath",
              "to downside", "downward", "downwards", "down", "lower than", "from above", "downwards under", "downwards below",
              "underneath", "bearishly", "back below", "from above to below", "south of"),
})  # fmt: skip

AUXILIARY = ("is", "have", "will", "to", "now", "currently", "still", "yet", "ever", "already")
"""Verbs and adverbs in front of a predicate that do not change it."""

GO = ("go", "move", "come", "rise", "fall", "trade", "hold", "print", "reach", "jump", "jumps", "push", "pushes", "climb", "return",
      "returns", "get", "gets", "recover", "recovers", "pop", "pops", "spike", "spikes", "close", "closes", "finish", "finishes",
      "settle", "settles", "end", "ends", "reads", "read", "plunge", "plunges", "bounces", "bounce", "rallies", "rally", "heads", "closed",
      "closing", "finishing", "rising", "falling", "trading", "moving", "going", "coming", "dipping", "printing")  # fmt: skip
"""Verbs that carry a price or an indicator to a level (EXECUTION.md, rule 5: a level, not an event)."""

CROSSING = ("cross", "break", "cut", "pierce", "crossover")
"""Verbs that make an event of it."""

UP_WORDS: Phrases[int] = Phrases.of({
    1: ("up", "upward", "upwards", "green", "bullish", "long", "positive", "higher", "blue", "buy", "to upside", "uptrend", "to uptrend",
        "into uptrend", "bull"),
    -1: ("down", "downward", "downwards", "red", "bearish", "short", "negative", "lower", "sell", "to downside", "downtrend",
         "to downtrend", "into downtrend", "bear"),
})  # fmt: skip

MORE_OR_LESS: Phrases[tuple[str, bool]] = Phrases.of({
    ("more", True): ("more than", "greater than", "over", "larger than", "bigger than", "above", "in excess of", "higher than",
                     "further than", "farther than", ">"),
    ("more", False): ("at least", "no less than", "not less than", "minimum of", ">="),
    ("less", True): ("less than", "fewer than", "under", "smaller than", "within", "below", "lower than", "no further than", "<", "closer than"),
    ("less", False): ("at most", "no more than", "not more than", "maximum of", "up to", "<="),
})  # fmt: skip
"""(direction, strict)"""

UNITS: Phrases[str] = Phrases.of({
    "pips": ("pip", "p"), "points": ("point",), "%": ("%", "percent"), "R": ("r", "times risk", "r multiple", "x risk"),
})  # fmt: skip

MULTIPLES: dict[str, str] = {"twice": "2", "double": "2", "triple": "3", "thrice": "3", "quadruple": "4", "half": "0.5", "quarter": "0.25"}

RISK_NOUNS = ("risk", "distance from entry to stop", "distance to stop", "stop distance", "initial risk", "stop loss distance",
              "amount risked", "distance between entry and stop", "distance of stop", "stop loss", "stop size", "initial stop",
              "initial stop distance", "stop", "distance to stop loss", "distance between entry and stop loss",
              "distance from entry to stop loss", "amount at risk", "sl", "sl distance", "stop 's distance", "risked amount",
              "size of stop", "distance", "distance from entry price to stop", "original risk", "risk distance")  # fmt: skip
"""What 1R is called."""

PREVIOUS = ("previous", "prior", "preceding", "earlier")

THIS_BAR = ("this bar", "current bar", "signal bar", "setup bar", "that bar", "same bar", "trigger bar", "breakout bar", "entry bar",
            "bar itself", "engulfing bar", "hammer bar", "hammer", "doji", "pattern", "bar", "latest bar", "last closed bar",
            "last completed bar", "pin bar", "signal", "pattern bar", "inside bar", "shooting star", "star",
            "bullish engulfing bar", "bearish engulfing bar", "breaking bar", "crossing bar", "cross bar",
            "reversal bar", "latest closed bar", "confirmation bar", "outside bar", "marubozu",
            "engulfing pattern", "engulfing", "third bar", "last bar of pattern")  # fmt: skip
"""The bar at whose close the decision falls."""

EARLIER_BAR: Phrases[int] = Phrases.of({
    1: ("previous bar", "bar before", "mother bar", "previous ( mother ) bar", "last bar", "previous one", "one before",
        "bar before it", "bar earlier", "mother",
        "bar just before", "bar immediately before", "previous daily bar", "bar right before", "previous hour", "previous candle"),
    2: ("bar before that", "bar before previous one", "bar before previous bar", "second last bar", "bar before last"),
})  # fmt: skip
