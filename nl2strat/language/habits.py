"""What people write from habit, from other languages or from platforms, and how the language says it."""

from __future__ import annotations

import re

HABITS: tuple[tuple[str, str], ...] = (
    (r"==?=?\s*(true|false)\b", "a condition stands for itself: write `bullish_engulfing()`, or put not before it"),
    (r"=(?!=)", "write == for is equal to"),
    (r"&&?", "write and"),
    (r"\|\|?", "write or"),
    (r"!(?!=)", "write not"),
    (r"<>|~=", "write != for is not equal to"),
    (r"=[<>]", "write >= or <="),
    (r"\*\*|\^", "there are no powers: multiply"),
    (r"(buy|go long|long)\b", "an entry is written: enter long when CONDITION, closed by end"),
    (r"(sell|go short|short)\b", "write enter short when CONDITION ... end, or exit long when CONDITION"),
    (r"(if|when|whenever|once)\b", "a rule is written: enter long when CONDITION, or exit long when CONDITION"),
    (r"(then|do)\b", "a rule is one line: enter long when CONDITION; what follows are its clauses, closed by end"),
    (r"stop[ _-]?loss|sl\b", "the stop is written: stop 30 pips, or stop 2 * atr(14), or stop at PRICE"),
    (r"take[ _-]?profit|tp\b", "the target is written: target 60 pips, or target 3R, or target at PRICE"),
    (r"trailing", "a trailing stop is written: trail 20 pips, or trail 20 pips after 1R"),
    (r"break[ _-]even", "written in one word: breakeven after 1R"),
    (r"cross(es|ing|ed)? *(over|up)\w*", "write crosses above"),
    (r"cross(es|ing|ed)? *(under|down)\w*", "write crosses below"),
    (r"(is |are )?(above|over|greater|more|higher|bigger)( than)?\b", "compare with >, or write crosses above"),
    (r"(is |are )?(below|under|less|lower|smaller)( than)?\b", "compare with <, or write crosses below"),
    (r"(is|equals?)\b", "compare with ==, >, <, >= or <="),
    (r"xor\b", "there is no xor: write (a and not b) or (b and not a)"),
    (r"[$€£]", "money is written without a sign: risk 100 money"),
    (r"[0-9.,]+ *(lots?)?\b.*\blot\b", "write size 0.1 lots"),
    (r",", "numbers have a decimal point and no commas"),
    (r";", "one statement stands on a line, without a mark at its end"),
    (r"[{}]", "blocks are closed by end, without braces"),
    (r"'", 'texts stand in double quotes: "like this"'),
    (r"(one|two|three|four|five|six|ten)\b", "write numbers as digits"),
    (r"return|def |import|class |while|function", "this is not a program text: say the rules with enter and exit"),
    (r"m(1|5|15|30)\b|h[14]\b|d1\b|\d+ ?(m|min|h|d)\b|daily|weekly|hourly", "timeframes are written M5, H1, D1, W1"),
)
"""A pattern that matches at the place of the error, ignoring case, and the hint for it; the first match wins."""

LINES: tuple[tuple[str, str], ...] = (
    (r"stop loss\b", "the stop is written without loss: stop 30 pips, or stop at PRICE"),
    (r"take profit\b", "the target is written: target 60 pips, or target 3R, or target at PRICE"),
    (r"\[ *-", "a past value counts backwards with a plain number: close[1] is the bar before"),
)
"""The same for what the error only shows later on the line."""

_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), hint) for pattern, hint in HABITS)

PLACES: dict[str, str] = {
    "strategy": "a program starts with its title; it cannot be repeated",
    "assume": "assume lines stand under the title",
    "symbol": "the symbol stands under the title",
    "timeframe": "the timeframe stands under the title",
    "indicators": "the indicators line stands under the title",
    "input": "inputs stand above the lets and the rules",
    "let": "lets stand above the first rule",
}
"""For the statements of the head: where they belong."""


def habit_hint(rest: str) -> str:
    """The hint for what stands at the error, or nothing."""
    return next((hint for pattern, hint in _COMPILED if pattern.match(rest)), "")


def line_hint(line: str) -> str:
    """The hint for a habit anywhere on the line, or nothing."""
    return next((hint for pattern, hint in LINES if re.search(pattern, line)), "")
