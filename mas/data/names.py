"""What a file's name says about its content: `EURUSD_H1.csv`, `DAT_MT_EURUSD_M1_202006.csv`, `MT4_EURUSD60.csv`."""

from __future__ import annotations

import re
from itertools import pairwise

from mas.symbols import COINS, CURRENCIES, is_known_symbol, symbol_spec
from mas.timeframes import TIMEFRAMES

_MT4_PERIODS = {1: "M1", 5: "M5", 15: "M15", 30: "M30", 60: "H1", 240: "H4", 1440: "D1", 10080: "W1", 43200: "MN1"}
_TIMEFRAME = re.compile("|".join(sorted(TIMEFRAMES, key=len, reverse=True)))


def symbol_in(stem: str) -> str | None:
    """The symbol in a file name without folder and extension, as it is written there; None if there is none.

    Two currencies side by side ("EUR_USD"); else a known symbol wherever it stands; else what stands right before a
    timeframe ("WIDGET_H1").
    """
    words = _words(stem)
    money = CURRENCIES | COINS
    for one, two in pairwise(words):
        if {one.upper(), two.upper()} <= money:
            return (one + two).upper()
    for word in words:
        for name in (word, *(name for name, _ in _splits(word))):
            if len(name) >= 3 and _is_symbol(name):
                return name.upper() if name.islower() else name
    for word, after in pairwise(words):
        if _TIMEFRAME.fullmatch(after) and re.fullmatch(r"#?[A-Z][A-Za-z0-9.&]{1,14}", word):
            return word
    return None


def timeframe_in(stem: str) -> str | None:
    """The timeframe in a file name, None if there is none."""
    for word in _words(stem):
        if _TIMEFRAME.fullmatch(word):
            return word
        for name, period in _splits(word):
            if _is_symbol(name):
                return period
    return None


def _words(stem: str) -> list[str]:
    return [w for w in re.split(r"[_\s,;()\[\]+-]+", stem) if w]


def _is_symbol(name: str) -> bool:
    letters = bool(re.search(r"[A-Za-z]{2}", name))
    return letters and (is_known_symbol(name) or symbol_spec(name).kind in ("forex", "crypto"))


def _splits(word: str) -> list[tuple[str, str]]:
    """Ways to read symbol and timeframe in one word: "EURUSDH1", and MetaTrader 4's "EURUSD60" (minutes)."""
    glued = re.fullmatch(rf"(.+?)({_TIMEFRAME.pattern})", word)
    minutes = re.fullmatch(r"(\D+)(\d+)", word)
    splits = [(glued[1], glued[2])] if glued else []
    if minutes and int(minutes[2]) in _MT4_PERIODS:
        splits.append((minutes[1], _MT4_PERIODS[int(minutes[2])]))
    return splits
