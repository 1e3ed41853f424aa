"""The checker on conditions: types that go together, values that can occur, a code, a place and a hint where not."""

from __future__ import annotations

import pytest

from tests.nl2strat.language import programs
from tests.nl2strat.language.programs import entering, problems

HEAD = f"{programs.HEAD}input length = 14 in 7..28 step 7\ninput level = 30\n"


CONDITIONS_REFUSED = [
    ("rsii(14) > 30", "N202", 'did you mean "rsi"'),
    ("colse > open", "N201", 'did you mean "close"'),
    ("close", "T301", "compare it"),
    ("rsi(14)", "T301", "compare it"),
    ("not(close > open)", "N202", "blank"),
    ("ema(close) > close", "N206", "ema(source, length)"),
    ("rsi(14, close, 3) > 50", "N206", "rsi("),
    ("ema(close, 2.5) > close", "V402", ""),
    ("ema(close, 0) > close", "V401", ""),
    ("rsi(1) > 50", "V401", ""),
    ("ema(close, atr(14)) > close", "T306", "ema("),
    ("ema(200, close) > close", "T306", "ema("),
    ("rsi(close, 14) > 50", "T306", "rsi("),
    ("ema(close > open, 20) > close", "T306", ""),
    ("count(close, 10) > 3", "T306", "close > open"),
    ("macd(26, 12, 9) > 0", "V406", ""),
    ("rsi(14) > 1.10", "V407", "level"),
    ("rsi(14) > close", "T302", "rsi(14) > 50"),
    ("close > 30 pips", "T302", "close - open > 30 pips"),
    ("close > atr(14)", "T302", ""),
    ("close - open > high", "T302", ""),
    ("close + open > high", "T302", "(high + low) / 2"),
    ("volume > close", "T302", ""),
    ("time > 9", "T302", "09:30"),
    ("time >= 25:00", "V403", ""),
    ("time >= 9:5", "V403", ""),
    ("close > 2%", "T302", "percent_change"),
    ("rsi(14) > 30%", "T302", "plain number"),
    ("(close > open) == 1", "T301", "stands for itself"),
    ("(close > open) + 1 > 2", "T301", ""),
    ("close * open > high", "T305", ""),
    ("rsi(14) + close > high", "T305", ""),
    ("close + 5 > open", "V408", "5 pips"),
    ("close - open > 20", "V408", "20 pips"),
    ("close / 0 > 1", "V405", ""),
    ("close[1.5] > open", "V402", ""),
    ("close > open for 0 bars", "V401", ""),
    ("close for 3 bars", "T301", ""),
    ("close > open on H1", "V404", "leave out"),
    ("close > open on M5", "V404", "longer than H1"),
    ("(close on H4) on D1 > open", "V404", "longer than D1"),
    ("(time > 09:00) on D1", "T321", "take it out"),
    ("profit > 30 pips", "T320", "exit long when"),
    ("bars since entry > 3", "T320", "exit"),
    ("ema(entry, 3) > close", "T320", "exit"),
    ("close > open + 2R", "T310", ""),
    ("close > x", "N201", ""),
    ("length[1] > 3", "T304", ""),
    ("rsi(14) > 130", "V409", "0 to 100"),
    ("rsi(14) > 70 and rsi(14) < 30", "V409", ""),
    ("close > open and close < open", "V409", ""),
    ("close > open and not close >= open", "V409", ""),
    ("rsi(14) crosses above 30 and rsi(14) crosses below 30", "V409", ""),
    ("close > ema(close, 20) and close crosses below ema(close, 20)", "V409", ""),
    ("rsi(14) crosses above 100", "V409", ""),
    ("high < low", "V409", ""),
    ("close > highest(high, 20)", "V409", "[1]"),
    ("close crosses above dc_upper(20)", "V409", "[1]"),
    ("low < lowest(low, 10)", "V409", "[1]"),
    ("monday and friday", "V409", ""),
    ("time >= 17:00 and time < 09:00", "V409", "midnight"),
    ("close >= open + 5 pips and close < open", None, ""),
    ("rsi(14) >= 0", "V410", ""),
    ("close > 0", "V410", ""),
    ("close > open or close <= open", "V410", ""),
    ("1 > 2", "V409", ""),
    ("sma(rsi(14), 9) > 105", "V409", ""),
    ("rsi(14) - 50 > 60", "V409", ""),
    ("rsi(14)[1] > 70 and rsi(14)[1] < 60", "V409", ""),
    ("(rsi(14) > 70) on D1 and (rsi(14) < 60) on D1", "V409", ""),
    ("(rsi(14) > 70 or rsi(14) > 80) and rsi(14) < 60", "V409", ""),
]


@pytest.mark.parametrize(("condition", "code", "hint"), CONDITIONS_REFUSED)
def test_nonsense_is_refused_with_a_hint(condition: str, code: str | None, hint: str) -> None:
    """Each kind of nonsense has its code, stands on the right line and says what to do."""
    found = problems(entering(condition, head=HEAD))
    assert [p.code for p in found] == ([code] if code else [])
    assert all(p.line == 6 and p.column >= 17 and p.length >= 1 for p in found)
    assert all(hint in p.hint for p in found)


CONDITIONS_ALLOWED = [
    "close > 1.10",
    "close > open + 30 pips",
    "close - open > 30 pips",
    "close - open > 0.0030",
    "close > 1.01 * open",
    "close > open * 1.01",
    "(high + low) / 2 > ema(close, 20)",
    "(open + high + low + close) / 4 > close[1]",
    "2 * pivot() - low > close",
    "(close - low) / (high - low) > 0.8",
    "close / close[1] - 1 > 2%",
    "percent_change(close, 5) > 2%",
    "volume > 1.5 * sma(volume, 20)",
    "atr(14) > sma(atr(14), 50)",
    "atr(14) / close > 0.5%",
    "max(atr(14), 20 pips) < high - low",
    "rsi(14) > 50 and rsi(14, open) < 50",
    "rsi(length) crosses below level",
    "macd() crosses above macd_signal()",
    "macd_hist() > 0",
    "stdev(close, 20) > 10 pips",
    "(close > ema(close, 50)) on D1 and close < open",
    "close on D1 > ema(close, 20) on D1",
    "not green() for 3 bars",
    "bars_since(rsi(14) > 70) < 10",
    "count(close > open, 10) >= 7",
    "value_when(rsi(14) > 70, close) < close",
    "time >= 08:00 and time < 17:00",
    "time >= 22:00 or time < 06:00",
    "flat and (monday or friday)",
    "close > highest(high, 20)[1]",
    "close >= highest(close, 20)",
    "close crosses above highest(high, 20)[1]",
    "rsi(2) < 5",
    "bop() > 0.5",
    "supertrend_direction() == 1",
    "hour() >= 8 and hour() < 17",
    "level == 1 or close > open",
    "close > open and close < open[1]",
    "rsi(14) > 70 or rsi(14) < 30",
    "close crosses through ema(close, 20)",
    "senkou_a() > senkou_b()",
    "abs(close - open) < 5 pips",
    "close + 0.0010 < high[1]",
]


@pytest.mark.parametrize("condition", CONDITIONS_ALLOWED)
def test_sense_passes(condition: str) -> None:
    """What traders write has types that go together and can happen."""
    assert problems(entering(condition, head=HEAD)) == ()
