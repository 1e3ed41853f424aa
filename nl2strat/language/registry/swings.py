"""What is read off proven swings: Fibonacci levels of the last one, and divergence."""

from __future__ import annotations

from nl2strat.language.registry.entry import SOURCE, Function, factor, length

_SWINGS = "swings as swing_high and swing_low prove them over `length` bars"


def _divergence(name: str, price: str, source: str, *said: str) -> Function:
    words = name.replace("_", " ")
    return Function(
        name=name,
        title=words,
        form="bars",
        params=(SOURCE, length(5)),
        result="bool",
        definition=f"on the bar that proves it: {price}, while the source is {source} than at that one; {_SWINGS}",
        source="textbook; known only when the swing is proven",
        category="state",
        synonyms=(words, *said),
        lookback=lambda n: 3 * n + 1,
    )


ENTRIES: tuple[Function, ...] = (
    Function(
        "fib_retracement", "Fibonacci retracement of the last swing", "bars",
        (factor("percent", 61.8, 0, 1000), length(5)), "price",
        "the price at which `percent` of the last swing is given back: down from its high if that is newer than its "
        f"low, else up from its low; {_SWINGS}",
        "textbook", "level",
        ("fibonacci retracement", "fib retracement", "fibonacci level", "retracement of the last swing"),
        lambda _, n: 2 * n,
    ),
    Function(
        "fib_extension", "Fibonacci extension of the last swing", "bars",
        (factor("percent", 161.8, 0, 1000), length(5)), "price",
        f"the price at which `percent` of the last swing is reached, measured from its start; {_SWINGS}",
        "textbook", "level", ("fibonacci extension", "fib extension", "extension of the last swing"),
        lambda _, n: 2 * n,
    ),
    _divergence("bullish_divergence", "a swing low below the one before", "higher", "regular bullish divergence"),
    _divergence("bearish_divergence", "a swing high above the one before", "lower", "regular bearish divergence"),
    _divergence("hidden_bullish_divergence", "a swing low above the one before", "lower"),
    _divergence("hidden_bearish_divergence", "a swing high below the one before", "higher"),
)  # fmt: skip
