"""Where MetaTrader 5 defines an indicator differently: what `indicators metatrader` changes, name by name.

The functions are those of mas.metatrader. Source: the example indicators that MetaQuotes ships with the terminal.
"""

from __future__ import annotations

from nl2strat.language.registry.entry import Difference, none

_DI = "each bar's {} movement in percent of its own true range, smoothed exponentially from 0, 0 to 100"
_CHAIN = "each average starting `length` - 1 bars after the one that it is made of, with its first value"

DIFFERENCES: dict[str, Difference] = {
    "ema": Difference(
        "each value counts 2 / (length + 1), what came before the rest; starts from the first value", none
    ),
    "dema": Difference(f"2 * EMA - EMA of the EMA, {_CHAIN}", lambda n: n - 1),
    "tema": Difference(f"3 * EMA - 3 * EMA of the EMA + EMA of that, {_CHAIN}", lambda n: 2 * (n - 1)),
    "trix": Difference(
        f"the one-bar change of a triple EMA as a fraction, not in percent; {_CHAIN}", lambda n: 2 * n - 1
    ),
    "macd": Difference("EMA(`fast`) minus EMA(`slow`), from the first value on", none),
    "macd_signal": Difference(
        "the simple average of the MACD line over `signal` bars", lambda fast, slow, signal: signal - 1
    ),
    "macd_hist": Difference("the MACD line minus its signal line", lambda fast, slow, signal: signal - 1),
    "rsi": Difference(
        "the share of gains in all moves of the last bars, Wilder-smoothed over `length`, 0 to 100; 50 where nothing "
        "has moved",
        lambda n: n,
    ),
    "mfi": Difference(
        "the share of typical price times volume that came with a rising typical price, over `length` bars, 0 to 100; "
        "100 where none came with a falling one",
        lambda n: n,
    ),
    "stoch_k": Difference(
        "the close's distance from the low of the last `length` bars, summed over `smooth` bars, in percent of the "
        "ranges summed alike, 0 to 100; 100 without range",
        lambda n, k, d: n + k - 2,
    ),
    "stoch_d": Difference("the simple average of the stochastic %K over `signal` bars", lambda n, k, d: n + k + d - 3),
    "stoch_fast_k": Difference(
        "where the close stands in the range of the last `length` bars, 0 to 100; 100 without range",
        lambda n, d: n - 1,
    ),
    "stoch_fast_d": Difference("the simple average of the fast %K over `signal` bars", lambda n, d: n + d - 2),
    "momentum": Difference("100 times the value over the value `length` bars ago", lambda n: n, "oscillator"),
    "williams_r": Difference(
        "how far the close lies below the highest high of `length` bars, in percent of their range, -100 to 0; as "
        "before where there is no range",
        lambda n: n - 1,
    ),
    "force_index": Difference("volume times the one-bar change of the close's simple average", lambda n: n),
    "bull_power": Difference("the high minus EMA(close, `length`), which starts from the first close", none),
    "bear_power": Difference("the low minus EMA(close, `length`), which starts from the first close", none),
    "atr": Difference("the simple average of the true range over `length` bars", lambda n: n),
    "natr": Difference("the ATR, a simple average here, in percent of the close", lambda n: n),
    "plus_di": Difference(_DI.format("upward"), lambda n: n),
    "minus_di": Difference(_DI.format("downward"), lambda n: n),
    "dx": Difference("the difference of +DI and -DI in percent of their sum, 0 to 100", lambda n: n),
    "adx": Difference("DX, smoothed exponentially from 0 over `length` bars, 0 to 100", lambda n: 2 * n - 1),
    "adxr": Difference("the mean of the ADX and the ADX `length` - 1 bars ago, 0 to 100", lambda n: 3 * n - 2),
    "psar": Difference(
        "the stop that follows the price faster the longer the trend lasts, and turns when it is passed; begun as a "
        "short",
        lambda *_: 1,
    ),
}
