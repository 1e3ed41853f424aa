"""Timeframes in phrases: `daily`, `4-hour`, `H4`, `on the daily chart`."""

from __future__ import annotations

from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.vocabulary.markets import TIMEFRAME_CODES, TIMEFRAME_WORDS, UNIT_LETTERS

_LISTS = listed("times")
_WORDS = Phrases({**TIMEFRAME_WORDS, **TIMEFRAME_CODES})
_PREDICATES = _LISTS["predicates"]
_CHART = _LISTS["chart"]


def timeframe_code(p: Cursor) -> str | None:
    """`H4`, `hourly`, `4-hour`, `15 min`, `one-hour`; not a length like "20 day"."""
    code = p.match(_WORDS)
    if code is not None:
        return code
    token = p.token()
    if token is None or token.kind != "number" or token.value is None or p.base(1) not in UNIT_LETTERS:
        return None
    letter = UNIT_LETTERS[p.base(1)]
    text = f"{letter}{int(token.value)}" if token.value % 1 == 0 else ""
    text = {"M60": "H1", "H24": "D1", "M240": "H4", "D7": "W1", "MN12": ""}.get(text, text)
    if text.lower() not in TIMEFRAME_CODES:
        return None
    p.i += 2
    return text


def timeframe_adjective(p: Cursor) -> str | None:
    """A timeframe in front of a value: `the daily close`, `the 4-hour EMA 50`; "20 day SMA" is a length."""
    if p.kind() == "number" and p.base(1) in ("day", "hour", "week", "minute", "month", "d", "w"):
        if p.word(2) in ("chart", "timeframe", "bar", "candle", "close", "trend", "rsi", "macd") and p.base(1) != "day":
            return timeframe_code(p)
        if not (p.kind(2) == "number" or p.at(*(f"{p.word()} {u} chart" for u in ("hour", "minute", "day", "week")))):
            return None
    code = timeframe_code(p)
    if code is None:
        return None
    p.skip("chart 's", "timeframe 's", "chart", "timeframe", "bar 's")
    return code


def timeframe_suffix(p: Cursor) -> str | None:
    """`on the daily chart`, `on H4`, `of the daily timeframe`, `(H4)`."""
    if p.accept("("):
        code = timeframe_code(p)
        return code if code is not None and p.accept(")") else None
    whole = p.accept("on", "in")
    if not whole and not p.accept("from", "of"):
        return None
    p.accept(*_LISTS["ended"])
    plain = p.word() in TIMEFRAME_CODES
    code = timeframe_code(p)
    if code is None:
        return None
    chart = p.accept(*_CHART)
    if whole and not (plain and not chart) and not (p.base() in _PREDICATES or p.word() in (">", "<", ">=", "<=")):
        return None  # "... above 30 on the H4 chart" is about the whole condition
    return code


def condition_suffix(p: Cursor) -> str | None:
    """A timeframe after a whole condition: `the MACD is above its signal line on the 4-hour chart`."""
    if not p.accept("on", "in"):
        return None
    code = timeframe_code(p)
    if code is None:
        return None
    p.accept(*_CHART)
    return code
