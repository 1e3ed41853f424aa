"""How wide bars are, squeezes, and stop lines at a distance."""

from __future__ import annotations

from nl2strat.language.registry.entry import CLOSE, Function, factor, length

_STOP = (length(10), factor("multiplier", 1, 0, 100))
_UT_BOT = "the line of the UT Bot (Y. Krakowski, H. Yomi); ATR after Wilder"

ENTRIES: tuple[Function, ...] = (
    Function(
        "average_range", "average range", "bars", (length(14),), "distance",
        "the mean of high minus low over `length` bars", "TA-Lib ADR", "volatility",
        ("average bar range", "average candle range", "mean range"), lambda n: n - 1, 0,
    ),
    Function(
        "average_body", "average body", "bars", (length(14),), "distance",
        "the mean distance between open and close over `length` bars", "textbook", "volatility",
        ("average body", "average candle body", "mean body", "average body size"), lambda n: n - 1, 0,
    ),
    Function(
        "chaikin_volatility", "Chaikin volatility", "bars", (length(10, 2), length(10, name="change")), "oscillator",
        "the change over `change` bars, in percent, of the EMA over `length` bars of high minus low",
        "M. Chaikin; TA-Lib CVI", "volatility", ("chaikin volatility", "chaikin's volatility"),
        lambda n, back: n - 1 + back,
    ),
    Function(
        "mass_index", "mass index", "bars", (length(9, 2), length(25, 2, "window")), "number",
        "the sum over `window` bars of the EMA of high minus low over the EMA of that EMA, both over `length`",
        "D. Dorsey (1992); TA-Lib MASSI", "volatility", ("mass index",), lambda n, window: 2 * (n - 1) + window - 1, 0,
    ),
    Function(
        "relative_volatility", "relative volatility index", "oscillator",
        (length(14, 2), length(10, 2, "deviation"), CLOSE), "oscillator",
        "the share of upward standard deviations over `deviation` bars, Wilder-smoothed over `length`, 0 to 100",
        "D. Dorsey (1993); TA-Lib RVI", "volatility", ("relative volatility index", "relative volatility"),
        lambda n, deviation: n + deviation - 2, 0, 100,
    ),
    Function(
        "ulcer_index", "ulcer index", "oscillator", (length(14), CLOSE), "oscillator",
        "the root mean square of how far, in percent, the last `length` values lay below the highest of the `length` "
        "up to them",
        "P. Martin and B. McCann (1989)", "volatility", ("ulcer index",), lambda n: 2 * (n - 1), 0,
    ),
    Function(
        "bb_squeeze", "Bollinger squeeze", "bars",
        (length(20, 2), factor("deviations", 2, 0, 100), factor("multiplier", 1.5, 0, 100)), "bool",
        "both Bollinger bands lie inside the Keltner channel of the same length", "J. Carter (TTM squeeze)",
        "volatility", ("bollinger squeeze", "ttm squeeze", "bb squeeze"), lambda n, *_: n,
    ),
    Function(
        "atr_stop", "ATR stop line", "bars", _STOP, "price",
        "a line `multiplier` times ATR(`length`) from the close that only moves towards the price and changes sides "
        "when a close passes it", _UT_BOT, "trend",
        ("atr trailing stop line", "ut bot", "ut bot line", "atr stop line"), lambda n, _: n,
    ),
    Function(
        "atr_stop_direction", "ATR stop direction", "bars", _STOP, "number",
        "1 while the ATR stop line is below the close, -1 while it is above", _UT_BOT, "trend",
        ("ut bot direction", "atr stop direction"), lambda n, _: n, -1, 1,
    ),
)  # fmt: skip
