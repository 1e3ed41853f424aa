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
    # states
    (r"[<>=] *(latch|ratchet|remember)\b|\b(ratchet|remember)\b[^()]*[<>=]",
     "what keeps a state stands in parentheses inside a condition: close > (ratchet up low)"),
    (r"\bthen\b", "what follows within some bars is written: A then within 5 bars B"),
    (r"\blatch\b", "a latch is written: latch from CONDITION until CONDITION"),
    (r"\bremember(ed)?\b", "a remembered value is written: remember high when CONDITION"),
    (r"\bratchet\b", "a ratchet is written: ratchet up low, or ratchet up low until CONDITION"),
    # the account
    (r"\bconsecutive (loss|win)|\b(loss|win)(es|s)? in (a )?\w+|\b(losing|winning) streak",
     "a row of trades is written: losses in a row, or wins in a row"),
    (r"\bopen trades\b|\btrade open\b|\bopen positions\b", "open trades are written: trades open"),
    (r"\b(when|and|or|not) trades \w", "trades are counted with: trades open, or trades today"),
    (r"^(?!.*\bskip\b).*\blast trade\b|\b(previous|prior) trade\b",
     "the last trade is asked about with: last trade won, or last trade lost"),
    (r"\bin a? *(long|short)\b|\bholding\b|\bposition is (long|short)", "write holding long, or holding short"),
    (r"\bposition is flat\b|\bno position\b", "write flat"),
    (r"\bbars since (the )?last\b", "write bars since exit, bars since loss or bars since win"),
    (r"\baverage (entry )?price\b|\baverage entry price\b", "write average entry"),
    # other symbols and clocks
    (r"\bof [A-Za-z#][\w.#]* on [A-Z]", "the timeframe stands before the symbol: (...) on H4 of XAUUSD"),
    (r"\b(open|high|low|close) in [A-Z]|\b[A-Z]{3,} (open|high|low|close)\b", "write: close of XAUUSD"),
    (r"\b(time|day) in [A-Z]", 'a zone stands in quotes: time in "Europe/London"'),
    # clauses
    (r"^valid (till|to|by)\b", "write valid until 17:00, or valid for 5 bars"),
    (r"^target .*\bafter\b", "a target that comes later is written: target 1% after 12 bars"),
    (r"^trail at\b", "a stop that follows a line is written: trail at psar(), or trail at psar() after 1R"),
    (r"^lock\b|^move stop\b", "a profit is secured with: lock 1R after 2R; the entry price with: breakeven after 1R"),
    (r"^(add|grid)\b", "further entries are written: add 5 times every 2% against (or ahead), then scaled 1.5"),
    (r"^(scale|martingale|double)\b", "the size is scaled with: scale size by 2 after loss at most 4 times"),
    (r"^take half\b", "write take 50% after 1R"),
    (r"^size [0-9.]+ [a-z]+$", "a size is written: size 0.1 lots, size 1000 money, or size 10% of equity"),
    (r"^size .*\brisk\b", "write risk 1% of equity"),
    # rules
    (r"^reduce\b|^close (half|[0-9.]+ ?%)", "a part of a position is closed with: reduce long by 50% when CONDITION"),
    (r"^(alert|notify|say)\b", 'an alert is written: alert "TEXT" when CONDITION'),
    (r"^trade (from|until)\b", "dates are written: trade from 2020-01-01 until 2023-12-31"),
    (r"^(only|(long|short) only)\b", "write only long, or only short"),
    (r"^(cancel|delete)\b", "waiting orders go with: cancel orders at 17:00, or cancel long orders when CONDITION"),
    (r"^(max\w* )?daily\b", "write daily loss at most 3%, or daily profit at most 100 money"),
    (r"^(max\w* )?spread\b", "write spread at most 2 pips"),
    (r"^(max\w* )?(volume|lots)\b", "write volume at most 2 lots"),
    (r"^(wait|cool\w*)\b", "write wait 5 bars after loss (or entry, exit, win, stop)"),
    (r"^(skip|stop trading)\b", "write skip 1 entry after loss, or in the entry: losses in a row < 3"),
    (r"^(allow|hedg\w*)\b", "write allow hedging"),
    (r"^(one|oco)\b", "write one cancels other"),
    (r"^account\b", "write account deposit 10000; also leverage, commission, spread, slippage"),
    (r"^limit\b", "write limit 3 trades per day"),
)  # fmt: skip
"""The same for what the whole line shows; asked first, as it says more than the place of the error."""

PLACES: dict[str, str] = {
    "strategy": "a program starts with its title; it cannot be repeated",
    "assume": "assume lines stand under the title",
    "symbol": "the symbol stands under the title",
    "timeframe": "the timeframe stands under the title",
    "indicators": "the indicators line stands under the title",
    "input": "inputs stand above the lets and the rules",
    "let": "lets stand above the first rule",
    "account": "account lines stand under the title",
}
"""For the statements of the head: where they belong."""


def habit_hint(rest: str) -> str:
    """The hint for what stands at the error, or nothing."""
    return next((hint for pattern, hint in HABITS if re.match(pattern, rest, re.IGNORECASE)), "")


def line_hint(line: str) -> str:
    """The hint for a habit anywhere on the line, or nothing."""
    return next((hint for pattern, hint in LINES if re.search(pattern, line)), "")
