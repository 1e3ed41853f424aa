"""Words around points that a text may leave open: units, directions, which bar (see offline/open_points.py)."""

from __future__ import annotations

BRACKETS = {
    **dict.fromkeys(("stop", "sl", "stoploss"), "stop"),
    **dict.fromkeys(("trail", "trailing"), "trail"),
    **dict.fromkeys(("target", "tp", "profit", "takeprofit"), "target"),
}
"""Words that a distance belongs to, and what it is a distance of."""

BETWEEN = frozenset({"loss", "of", "at", ":", "=", "is", "-", "take", "set", "by", "the", "a"})
"""What may stand between such a word and its number."""

ENDS = frozenset(
    {",", ".", ";", ")", "!", "and", "with", "sl", "tp", "stop", "target", "take", "then", "if", "when", "once", "but"}
)
"""What may follow a number that has no unit."""

SMALL = 10
"""Up to here a bare number may be a percentage, or a multiple of the risk."""

RISKS = frozenset({"risk", "risking"})
LEAVING = frozenset({"exit", "close", "out", "leave", "cover", "closed"})
CROSSING = frozenset({"cross", "crosses", "crossing"})
DIRECTIONS = frozenset(
    {"above", "below", "over", "under", "up", "down", "upward", "upwards", "downward", "downwards", "through", "back"}
)
ORDERS = frozenset({"short", "stop", "limit", "order", "signal"})

SELLING = (
    ('"sell" closes the long (what is said of a stop or size beside it then says nothing)', "close the long"),
    ('"sell" opens a short', "sell short"),
)
"""What a "sell" that has a stop of its own may be."""

WHICH_BAR = ("the previous", "yesterday's")
"""Whose high or low is broken, where the bar's own cannot be."""

PRICES = frozenset({"price", "it", "market", "bar", "candle"})
TAKING = frozenset({"clears", "pierces", "clear", "pierce"})
EXTREMES = {"high": "above", "highs": "above", "low": "below", "lows": "below"}
BEYOND: tuple[tuple[str, dict[str, str]], ...] = (
    ("a close beyond it", {"above": "the close crosses above", "below": "the close crosses below"}),
    ("a touch beyond it", {"above": "the high crosses above", "below": "the low crosses below"}),
)
"""What taking out a level means, with the words that say so for either side."""

TRAILED = (
    ("the stop is trailed once the part is closed", "rest from then on"),
    ("the stop is trailed from the start", "stop"),
)
"""What "trail the rest" may mean, and how it is said."""
