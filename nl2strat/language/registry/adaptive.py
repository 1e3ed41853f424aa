"""Averages that adapt their weight, or make up for their lag."""

from __future__ import annotations

from nl2strat.language.registry.entry import SOURCE, Function, length

ENTRIES: tuple[Function, ...] = (
    Function(
        "zlema", "zero-lag exponential moving average", "series", (SOURCE, length(None, 2)), "same",
        "the EMA of the value plus what it gained in (length - 1) / 2 bars",
        "J. Ehlers and R. Way; TA-Lib ZLEMA", "average",
        ("zlema", "zero lag ema", "zero lag moving average", "zero lag exponential moving average"),
        lambda n: n - 1 + (n - 1) // 2,
    ),
    Function(
        "vidya", "variable index dynamic average", "series", (SOURCE, length(9, name="momentum"), length(12)), "same",
        "an EMA over `length` whose weight is multiplied with the size of Chande's momentum over `momentum` bars; "
        "starts from the value of bar momentum + length - 2",
        "T. Chande (1992); MetaTrader's iVIDyA", "average",
        ("vidya", "variable index dynamic average", "chande variable average"),
        lambda n, m: n + m - 1,
    ),
    Function(
        "frama", "fractal adaptive moving average", "bars", (length(14),), "price",
        "an exponential average of the close with weight exp(-4.6 * (D - 1)), D being the fractal dimension of the "
        "last 2 * `length` bars",
        "J. Ehlers (2005); MetaTrader's iFrAMA", "average",
        ("frama", "fractal adaptive moving average", "fractal adaptive average"),
        lambda n: 2 * n - 1,
    ),
)  # fmt: skip
