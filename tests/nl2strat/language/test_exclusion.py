"""Conditions that exclude each other only together, or only by what a named condition means."""

from __future__ import annotations

import pytest

from nl2strat.errors import LanguageErrors
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program

IMPOSSIBLE = [
    "green() and close < open",
    "green() and red()",
    "green() and close == open",
    "bullish_engulfing() and red()",
    "bearish_engulfing() and close > open",
    "rising(sma(close, 20)) and falling(sma(close, 20))",
    "rising(sma(close, 20), 3) and sma(close, 20) < sma(close, 20)[1]",
    "turns_up(rsi(14)) and rsi(14) < rsi(14)[1]",
    "inside_bar() and high > high[1]",
    "inside_bar() and outside_bar()",
    "close > bb_upper(20, 2) and close < bb_lower(20, 2)",
    "close > bb_upper(20, 2) and close < bb_middle(20, 2)",
    "close < kc_lower(20, 2) and close > kc_upper(20, 2)",
    "ema(close, 5) > ema(close, 10) and ema(close, 10) > ema(close, 20) and ema(close, 20) > ema(close, 5)",
    "close > open and open > sma(close, 20) and close < sma(close, 20)",
    "rsi(14) > stoch_k(14, 3, 3) and stoch_k(14, 3, 3) > 80 and rsi(14) < 70",
    "rsi(14) - rsi(5) > 60 and rsi(5) > 50",
    "close < low[1] and close > high[1]",
    "macd() > macd_signal() and macd_hist() < 0",
    "count(green(), 5) >= 6",
    "volume > sma(volume, 20) and volume < 0.5 * sma(volume, 20)",
    "close > 1.02 * sma(close, 50) and close < 0.98 * sma(close, 50)",
]
POSSIBLE = [
    "green() and close > open[1]",
    "green() and red()[1]",
    "not green() and not red()",
    "bullish_engulfing() and red()[1]",
    "rising(sma(close, 20)) and falling(sma(close, 50))",
    "rising(sma(close, 20), 3) and not falling(sma(close, 20), 2)",
    "not rising(sma(close, 20), 3) and sma(close, 20) > sma(close, 20)[1]",
    "turns_up(rsi(14)) and rsi(14)[1] < 30",
    "inside_bar()[1] and outside_bar()",
    "close > bb_upper(20, 2) and close < bb_lower(20, 2)[1]",
    "close > bb_upper(20, 1) and close < bb_upper(20, 2)",
    "close > bb_middle(20, 2) and close < bb_upper(20, 2)",
    "ema(close, 5) > ema(close, 10) and ema(close, 10) > ema(close, 20) and ema(close, 20) > ema(close, 50)",
    "ema(close, 5) >= ema(close, 10) and ema(close, 10) >= ema(close, 5)",
    "rsi(14) > stoch_k(14, 3, 3) and stoch_k(14, 3, 3) > 60 and rsi(14) < 70",
    "rsi(14) - rsi(5) > 40 and rsi(5) > 50",
    "close < sma(close, 20) and close > sma(close, 20) - 30 pips",
    "macd() > macd_signal() and macd() < 0",
    "range() > 20 pips and range()[1] < 10 pips",
    "count(green(), 5) >= 5",
    "volume > 0.5 * sma(volume, 20) and volume < sma(volume, 20)",
    "macd() > macd_signal() and macd() < 0.5 * macd_signal()",
    "close on H4 > bb_upper(20, 2) and close < bb_lower(20, 2)",
]


def _complaints(condition: str) -> list[str]:
    text = (
        f'strategy "S"\nsymbol EURUSD\ntimeframe H1\nenter long when {condition}\n  stop 30 pips\nend\nend strategy\n'
    )
    try:
        check(parse_program(text), text)
    except LanguageErrors as error:
        return [problem.message for problem in error.problems]
    return []


@pytest.mark.parametrize("condition", IMPOSSIBLE)
def test_what_excludes_itself_is_refused(condition: str) -> None:
    assert any("can never be true" in message for message in _complaints(condition))


@pytest.mark.parametrize("condition", POSSIBLE)
def test_what_only_looks_alike_is_not(condition: str) -> None:
    assert _complaints(condition) == []
