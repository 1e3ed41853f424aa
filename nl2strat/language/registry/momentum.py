"""Oscillators and momentum: of a series (`rsi(14)`, `rsi(14, high)`) and of whole bars (`stoch_k(14, 3, 3)`)."""

from __future__ import annotations

from collections.abc import Callable

from nl2strat.language.registry.entry import CLOSE, Form, Function, Param, Type, length

_FAST, _SLOW, _SIGNAL = length(12, 2, "fast"), length(26, 2, "slow"), length(9, name="signal")
_MACD = (_FAST, _SLOW, _SIGNAL, CLOSE)
_STOCHASTIC = (length(14), length(3, name="smooth"), length(3, name="signal"))
_FAST_STOCHASTIC = (length(14), length(3, name="signal"))
_STOCH_RSI = (length(14, 2), length(14, name="window"), length(3, name="smooth"), length(3, name="signal"))


def _oscillator(
    name: str,
    title: str,
    params: tuple[Param, ...],
    lookback: Callable[..., int],
    definition: str,
    source: str,
    synonyms: tuple[str, ...],
    *,
    limits: tuple[float, float] | None = None,
    result: Type = "oscillator",
) -> Function:
    """An entry; of a series if its last argument is one, else of the bars."""
    form: Form = "oscillator" if params and params[-1] is CLOSE else "bars"
    low, high = limits or (None, None)
    return Function(name, title, form, params, result, definition, source, "momentum", synonyms, lookback, low, high)


ENTRIES: tuple[Function, ...] = (
    _oscillator(
        "rsi", "relative strength index", (length(14, 2), CLOSE), lambda n: n,
        "the share of gains in all moves of the last bars, Wilder-smoothed over `length`, 0 to 100",
        "J. W. Wilder (1978); TA-Lib RSI",
        ("rsi", "relative strength index", "relative strength indicator", "wilder's rsi", "wilder rsi", "wilders rsi",
         "relative strength"),
        limits=(0, 100),
    ),
    _oscillator(
        "stoch_rsi_k", "stochastic RSI %K", (*_STOCH_RSI, CLOSE), lambda n, w, k, d: n + w - 1 + k - 1 + d - 1,
        "where the RSI stands in its range of the last `window` bars, averaged over `smooth`, 0 to 100",
        "T. Chande and S. Kroll (1994), smoothed as on charts",
        ("stoch rsi", "stochrsi", "stochastic rsi", "stoch rsi k", "stochastic rsi k", "stochrsi k", "stoch rsi %k",
         "stochastic rsi %k", "stochrsi %k", "stoch rsi k line", "stochastic rsi k line"),
        limits=(0, 100),
    ),
    _oscillator(
        "stoch_rsi_d", "stochastic RSI %D", (*_STOCH_RSI, CLOSE), lambda n, w, k, d: n + w - 1 + k - 1 + d - 1,
        "the simple average of the stochastic RSI %K over `signal` bars, 0 to 100",
        "T. Chande and S. Kroll (1994), smoothed as on charts",
        ("stoch rsi d", "stochastic rsi d", "stochrsi d", "stoch rsi %d", "stochastic rsi %d", "stochrsi %d",
         "stoch rsi signal", "stochastic rsi signal", "stochastic rsi signal line", "stoch rsi d line"),
        limits=(0, 100),
    ),
    _oscillator(
        "macd", "MACD line", _MACD, lambda fast, slow, signal: max(fast, slow) + signal - 2,
        "EMA(`fast`) minus EMA(`slow`), available once its signal line is",
        "G. Appel (1979); TA-Lib MACD",
        ("macd", "macd line", "macd main line", "main macd line", "moving average convergence divergence",
         "moving average convergence/divergence", "macd main", "macd value"),
        result="difference",
    ),
    _oscillator(
        "macd_signal", "MACD signal line", _MACD, lambda fast, slow, signal: max(fast, slow) + signal - 2,
        "the EMA of the MACD line over `signal` bars",
        "G. Appel (1979); TA-Lib MACD",
        ("macd signal", "macd signal line", "macd's signal line", "signal line", "signal line of the macd",
         "macd trigger line"),
        result="difference",
    ),
    _oscillator(
        "macd_hist", "MACD histogram", _MACD, lambda fast, slow, signal: max(fast, slow) + signal - 2,
        "the MACD line minus its signal line",
        "T. Aspray (1986); TA-Lib MACD",
        ("macd histogram", "macd hist", "histogram", "histogram of the macd", "macd bars", "macd's histogram"),
        result="difference",
    ),
    _oscillator(
        "roc", "rate of change", (length(10), CLOSE), lambda n: n,
        "the change since `length` bars ago in percent of the value then",
        "TA-Lib ROC",
        ("roc", "rate of change", "price rate of change"),
    ),
    _oscillator(
        "momentum", "momentum", (length(10), CLOSE), lambda n: n,
        "the value minus the value `length` bars ago",
        "TA-Lib MOM",
        ("momentum", "momentum indicator", "mom"),
        result="difference",
    ),
    _oscillator(
        "trix", "TRIX", (length(30), CLOSE), lambda n: 3 * (n - 1) + 1,
        "the one-bar change of a triple EMA in percent",
        "J. Hutson (1983); TA-Lib TRIX",
        ("trix", "triple exponential average oscillator", "trix indicator"),
    ),
    _oscillator(
        "cmo", "Chande momentum oscillator", (length(14, 2), CLOSE), lambda n: n,
        "gains minus losses over gains plus losses, smoothed as the RSI, -100 to 100",
        "T. Chande (1994); TA-Lib CMO",
        ("cmo", "chande momentum oscillator", "chande momentum"),
        limits=(-100, 100),
    ),
    _oscillator(
        "ppo", "percentage price oscillator", (_FAST, _SLOW, CLOSE), lambda fast, slow: max(fast, slow) - 1,
        "EMA(`fast`) minus EMA(`slow`) in percent of EMA(`slow`)",
        "G. Appel; TA-Lib PPO with exponential averages",
        ("ppo", "percentage price oscillator", "percent price oscillator"),
    ),
    _oscillator(
        "apo", "absolute price oscillator", (_FAST, _SLOW, CLOSE), lambda fast, slow: max(fast, slow) - 1,
        "EMA(`fast`) minus EMA(`slow`)",
        "TA-Lib APO with exponential averages",
        ("apo", "absolute price oscillator"),
        result="difference",
    ),
    _oscillator(
        "tsi", "true strength index", (length(25, name="slow"), length(13, name="fast"), CLOSE),
        lambda slow, fast: slow + fast - 1,
        "the double-smoothed one-bar change in percent of the double-smoothed size of that change, -100 to 100",
        "W. Blau (1991)",
        ("tsi", "true strength index", "true strength indicator"),
        limits=(-100, 100),
    ),
    _oscillator(
        "dpo", "detrended price oscillator", (length(20), CLOSE), lambda n: n - 1 + n // 2 + 1,
        "the value minus the simple average of `length` bars as it was length / 2 + 1 bars ago",
        "textbook, not shifted back in time",
        ("dpo", "detrended price oscillator", "detrended price"),
        result="difference",
    ),
    _oscillator(
        "coppock", "Coppock curve", (length(14, name="long"), length(11, name="short"), length(10), CLOSE),
        lambda long, short, n: max(long, short) + n - 1,
        "the weighted average over `length` bars of two rates of change added up",
        "E. Coppock (1962)",
        ("coppock", "coppock curve", "coppock indicator"),
    ),
    _oscillator(
        "stoch_k", "stochastic %K", _STOCHASTIC, lambda n, k, d: n + k + d - 3,
        "where the close stands in the range of the last `length` bars, averaged over `smooth`, 0 to 100",
        "G. Lane; TA-Lib STOCH",
        ("stochastic", "stochastics", "stoch", "stochastic oscillator", "stochastic k", "stochastic %k", "stoch k",
         "stoch %k", "%k", "%k line", "k line", "slow stochastic", "slow %k", "slow k", "stochastic main line",
         "stochastic k line", "stochastic %k line", "slow stochastic %k", "stochastic indicator", "stochastic's %k"),
        limits=(0, 100),
    ),
    _oscillator(
        "stoch_d", "stochastic %D", _STOCHASTIC, lambda n, k, d: n + k + d - 3,
        "the simple average of the stochastic %K over `signal` bars, 0 to 100",
        "G. Lane; TA-Lib STOCH",
        ("stochastic d", "stochastic %d", "stoch d", "stoch %d", "%d", "%d line", "d line", "slow %d", "slow d",
         "stochastic signal", "stochastic signal line", "stochastic d line", "stochastic %d line", "slow stochastic %d",
         "stoch signal", "stochastic's %d"),
        limits=(0, 100),
    ),
    _oscillator(
        "stoch_fast_k", "fast stochastic %K", _FAST_STOCHASTIC, lambda n, d: n + d - 2,
        "where the close stands in the range of the last `length` bars, 0 to 100",
        "G. Lane; TA-Lib STOCHF",
        ("fast stochastic", "fast stochastic %k", "fast stochastic k", "fast %k", "fast k", "fast stoch",
         "raw stochastic",
         "unsmoothed stochastic"),
        limits=(0, 100),
    ),
    _oscillator(
        "stoch_fast_d", "fast stochastic %D", _FAST_STOCHASTIC, lambda n, d: n + d - 2,
        "the simple average of the fast %K over `signal` bars, 0 to 100",
        "G. Lane; TA-Lib STOCHF",
        ("fast stochastic %d", "fast stochastic d", "fast %d", "fast d"),
        limits=(0, 100),
    ),
    _oscillator(
        "williams_r", "Williams %R", (length(14, 2),), lambda n: n - 1,
        "how far the close lies below the highest high of `length` bars, in percent of their range, -100 to 0",
        "L. Williams (1973); TA-Lib WILLR",
        ("williams %r", "williams r", "%r", "williams percent r", "williams' %r", "willr", "wpr", "will r",
         "williams percent range", "williams %range", "william's %r", "williams % r", "williams indicator"),
        limits=(-100, 0),
    ),
    _oscillator(
        "cci", "commodity channel index", (length(14, 2),), lambda n: n - 1,
        "the typical price's distance from its mean over 0.015 mean absolute deviations",
        "D. Lambert (1980); TA-Lib CCI",
        ("cci", "commodity channel index", "commodity channel indicator"),
    ),
    _oscillator(
        "ultimate", "ultimate oscillator",
        (length(7, name="short"), length(14, name="medium"), length(28, name="long")),
        lambda *lengths: max(lengths),
        "buying pressure over three windows, weighted 4, 2 and 1, 0 to 100",
        "L. Williams (1976); TA-Lib ULTOSC",
        ("ultimate oscillator", "ultosc", "ultimate osc"),
        limits=(0, 100),
    ),
    _oscillator(
        "bop", "balance of power", (), lambda: 0,
        "(close - open) / (high - low) of the bar, -1 to 1",
        "I. Livshin (2001); TA-Lib BOP",
        ("bop", "balance of power"),
        limits=(-1, 1),
    ),
    _oscillator(
        "awesome", "awesome oscillator", (length(5, name="fast"), length(34, name="slow")),
        lambda fast, slow: max(fast, slow) - 1,
        "SMA(`fast`) minus SMA(`slow`) of the median price",
        "B. Williams (1998)",
        ("awesome oscillator", "awesome", "ao", "awesome osc"),
        result="distance",
    ),
    _oscillator(
        "accelerator", "accelerator oscillator",
        (length(5, name="fast"), length(34, name="slow"), length(5, name="signal")),
        lambda fast, slow, signal: max(fast, slow) - 1 + signal - 1,
        "the awesome oscillator minus its simple average over `signal` bars",
        "B. Williams (1998)",
        ("accelerator oscillator", "accelerator", "acceleration oscillator", "acceleration deceleration oscillator"),
        result="distance",
    ),
    _oscillator(
        "demarker", "DeMarker", (length(14),), lambda n: n,
        "the share of rising highs in rising highs and falling lows over `length` bars, 0 to 1",
        "T. DeMark; MetaTrader's iDeMarker",
        ("demarker", "demarker indicator", "demarker oscillator", "de marker"),
        limits=(0, 1),
    ),
    _oscillator(
        "bull_power", "bulls power", (length(13),), lambda n: n - 1,
        "the high minus EMA(close, `length`)",
        "A. Elder (1993)",
        ("bull power", "bulls power", "elder bull power", "elder's bull power"),
        result="distance",
    ),
    _oscillator(
        "bear_power", "bears power", (length(13),), lambda n: n - 1,
        "the low minus EMA(close, `length`)",
        "A. Elder (1993)",
        ("bear power", "bears power", "elder bear power", "elder's bear power"),
        result="distance",
    ),
)  # fmt: skip
