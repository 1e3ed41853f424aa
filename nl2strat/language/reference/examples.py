"""The programs of examples/ with their English, and the table of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nl2strat.errors import UsageError

SOURCE, SHOWS = "# Source: ", "# Shows: "

FAMILIES: dict[str, tuple[str, ...]] = {
    "Entering": (
        "entry", "short entry", "breakout", "pullback", "crossing", "comparing series", "indicator against a number",
        "confirmation", "stop and reverse", "position test", "one side only", "hedging", "pyramiding",
        "adding to winners", "grid", "averaging down", "martingale", "several symbols", "two symbols", "open trades",
    ),
    "Orders that wait": (
        "stop entry", "limit entry", "stop-limit entry", "order expiry", "expiry by the clock", "cancelling orders",
        "one cancels other",
    ),
    "Leaving": (
        "exit on a signal", "stop", "percent stop", "swing stop", "target", "target at a level", "percent target",
        "stepped target", "bracket in pips", "bracket in points", "ATR distance", "reward to risk", "trailing in pips",
        "trailing in percent", "trailing along a line", "ratchet", "break-even", "locked profit", "partial exit",
        "reducing on a signal", "time exit", "close at a time", "close before the weekend", "exit only in profit",
        "price relative to entry", "average price",
    ),
    "Size": (
        "fixed size", "size per order", "size in money", "share of equity", "risk size", "risk in money", "volume cap",
    ),
    "State and memory": (
        "state", "latch", "remembered value", "value when something happened", "bars since an event",
        "within so many bars", "sequence", "several in a row", "rising and falling", "earlier bar", "divergence",
        "named formula",
    ),
    "Time and place": (
        "session", "session range", "time of day", "weekday", "calendar", "date window", "yesterday's prices",
        "other timeframe", "other symbol",
    ),
    "Limits and costs": (
        "daily limit", "daily loss limit", "daily profit limit", "spread filter", "cool-down",
        "minimum gap between entries", "last trade", "losses in a row", "skipping", "costs", "alert",
    ),
    "Indicators": (
        "simple average", "exponential average", "weighted average", "smoothed average", "volume-weighted average",
        "double and triple average", "adaptive averages", "Hull average", "linear regression", "RSI", "stochastic",
        "overbought and oversold", "MACD", "CCI", "Williams %R", "MFI", "OBV", "momentum", "ADX", "Aroon", "Ichimoku",
        "SuperTrend", "parabolic SAR", "Alligator", "Bollinger", "Keltner", "Chandelier", "VWAP", "volume",
        "highest and lowest", "statistics", "z-score", "percent rank", "correlation", "MetaTrader's definitions",
    ),
    "Candles and levels": (
        "candle pattern", "candle body", "Heikin-Ashi", "gap", "percent move", "swing", "fractals", "floor pivots",
        "Fibonacci",
    ),
}  # fmt: skip
"""What strategies consist of; each is shown by an example."""


@dataclass(frozen=True)
class Example:
    """A program file: what a trader would say, where the idea comes from, which families it shows, the program."""

    path: Path
    english: str
    source: str
    shows: tuple[str, ...]
    program: str

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def title(self) -> str:
        return self.program.split('"')[1]


def read_example(path: Path) -> Example:
    """An example and its head of comments.

    Raises: OSError: it cannot be read. UsageError: its head lacks the English, the source or the families.
    """
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    head = [line.strip() for line in lines if line.startswith("#")]
    english = " ".join(line[2:] for line in head if not line.startswith((SOURCE, SHOWS)))
    sources = [line.removeprefix(SOURCE) for line in head if line.startswith(SOURCE)]
    shows = [line.removeprefix(SHOWS).split(", ") for line in head if line.startswith(SHOWS)]
    if not english or len(sources) != 1 or len(shows) != 1:
        raise UsageError(f'{path}: the head must say the strategy in English, then "{SOURCE}..." and "{SHOWS}..."')
    return Example(path, english, sources[0], tuple(shows[0]), "".join(lines[len(head) :]))


def read_examples(folder: Path) -> list[Example]:
    """All examples of a folder, by name."""
    return [read_example(path) for path in sorted(folder.glob("*.strat"))]


def table_of_examples(examples: list[Example]) -> str:
    """examples/README.md."""
    rows = "\n".join(f"| [{e.title}]({e.path.name}) | {e.english} | {e.source} |" for e in examples)
    index = "\n".join(_group(group, families, examples) for group, families in FAMILIES.items())
    return (
        "# Examples\n\n"
        f"{len(examples)} programs, each with the English that it says. Generated from the files by "
        "`python -m nl2strat.language.reference`; do not edit.\n"
        "They show the language and are no advice: none was chosen for what it earns.\n\n"
        "    nl2strat backtest examples/golden_cross.strat --report out.html\n\n"
        "| Program | In English | Idea |\n|---|---|---|\n"
        f"{rows}\n\n## By what they show\n\n{index}"
    )


def _group(group: str, families: tuple[str, ...], examples: list[Example]) -> str:
    lines = [f"- {family}: {', '.join(_link(e) for e in examples if family in e.shows)}" for family in families]
    return f"### {group}\n\n" + "\n".join(lines) + "\n"


def _link(example: Example) -> str:
    return f"[{example.title}]({example.path.name})"
