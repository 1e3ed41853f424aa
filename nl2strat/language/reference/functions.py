"""The registry as tables: how each function is called, what it gives and from when on, what it means."""

from __future__ import annotations

from textwrap import fill

from nl2strat.language.functions import FUNCTIONS, Function

CATEGORIES: dict[str, str] = {
    "average": "Averages",
    "bands": "Bands and channels",
    "momentum": "Momentum and oscillators",
    "trend": "Trend",
    "volatility": "Volatility",
    "volume": "Volume",
    "statistics": "Statistics and extremes",
    "arithmetic": "Arithmetic",
    "state": "Events",
    "level": "Levels, days and sessions",
    "candle": "Candles",
    "pattern": "Candle patterns",
    "calendar": "Calendar",
}
"""Headings, in the order of the document."""

UNITS: dict[str, str] = {
    "price": "price",
    "distance": "price distance",
    "oscillator": "oscillator",
    "volume": "volume",
    "count": "number of bars",
    "ratio": "ratio",
    "bool": "condition",
    "number": "number",
    "same": "as its argument",
    "difference": "difference of its argument",
}

SAMPLE = 20
"""The length for which the warm-up of a function is given that has no default length."""


WIDTH = 120

OPENING = (
    "There are {count}. *Gives* is the unit of the result, with its range where it cannot leave one. *Warm-up* is the "
    "number of bars before the first value with the default arguments (a length without a default taken as {sample}); "
    "what an argument needs itself comes on top. *Said* are the words that the English reader takes for the function."
)


def function_tables() -> str:
    """All functions, by category."""
    tables = [_table(category, title) for category, title in CATEGORIES.items()]
    opening = fill(OPENING.format(count=len(FUNCTIONS), sample=SAMPLE), WIDTH)
    return f"## Functions\n\n{opening}\n\n" + "\n".join((*tables, _metatrader()))


def _table(category: str, title: str) -> str:
    rows = [_row(entry) for entry in FUNCTIONS.values() if entry.category == category]
    head = "| Call | Gives | Warm-up | Definition | Source | Said |\n|---|---|---|---|---|---|"
    return f"### {title}\n\n{head}\n" + "\n".join(rows) + "\n"


def _metatrader() -> str:
    """What `indicators metatrader` changes."""
    rows = []
    for entry in FUNCTIONS.values():
        other = entry.by("metatrader")
        if other is not entry:
            rows.append(f"| `{entry.signature}` | {_gives(other)} | {_warmup(other)} | {other.definition} |")
    head = "| Call | Gives | Warm-up | Definition |\n|---|---|---|---|"
    opening = (
        "With `indicators metatrader` these follow the example indicators that MetaQuotes ships with the terminal."
    )
    return f"### MetaTrader's definitions\n\n{opening}\n\n{head}\n" + "\n".join(rows) + "\n"


def _row(entry: Function) -> str:
    said = ", ".join(entry.synonyms)
    cells = (f"`{entry.signature}`", _gives(entry), _warmup(entry), entry.definition, entry.source, said)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _gives(entry: Function) -> str:
    low, high = entry.low, entry.high
    if low is None and high is None:
        return UNITS[entry.result]
    if high is None:
        return f"{UNITS[entry.result]}, {low:g} or more"
    return (
        f"{UNITS[entry.result]}, {low:g} to {high:g}" if low is not None else f"{UNITS[entry.result]}, up to {high:g}"
    )


def _warmup(entry: Function) -> str:
    given = [SAMPLE if param.default is None else float(param.default) for param in entry.numbers]
    return str(entry.warmup(given))
