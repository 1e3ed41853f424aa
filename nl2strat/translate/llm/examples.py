"""Examples for the prompt: shipped programs with their English, chosen by what the request needs.

Not the nearest few (which repeat each other) but a set that together covers the request's words: each further example
counts only for what those before it lack.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from nl2strat.errors import LanguageErrors
from nl2strat.translate.offline.vocabulary.words import ARTICLES, FORMS

CHOSEN = 4
_FOLDER = "examples"
_WORD = re.compile(r"[a-z][a-z0-9_+%-]*|\d+(?:\.\d+)?")

BUILT_IN = (
    """# Buy when the 20-bar average crosses above the 50-bar average, sell when it crosses back. Stop 30 pips.
strategy "Average crossover"
assume "'sell' closes the long: the text has no word of short"

enter long when sma(close, 20) crosses above sma(close, 50)
  stop 30 pips
end

exit long when sma(close, 20) crosses below sma(close, 50)
end strategy
""",
    """# RSI under 30 in an uptrend on the daily chart: buy with 1 % risk, stop two ATRs, target 3R, London hours only.
strategy "RSI dip with the daily trend"
assume "an uptrend is a close above the 200-bar average of D1"
assume "London hours are 08:00 to 17:00 local time"

enter long when rsi(14) < 30 and (close > sma(close, 200)) on D1
  stop 2 * atr(14)
  target 3R
  risk 1% of balance
end

trade between 08:00 and 17:00 in "Europe/London"
end strategy
""",
)
"""What serves where no examples are shipped."""


@dataclass(frozen=True)
class Example:
    """A text and its program."""

    english: str
    program: str


def similar(text: str, count: int = CHOSEN) -> list[Example]:
    """So many examples, the most useful first; always the same ones for the same text."""
    pool = _pool()
    chosen = _covering(_words(text), pool, count)
    found = [_example(pool[index].source) for index in chosen]
    return [example for example in found if example is not None]


@dataclass(frozen=True)
class _Entry:
    source: str
    words: frozenset[str]


@cache
def _pool() -> tuple[_Entry, ...]:
    """The shipped examples, or the built-in ones."""
    sources = _shipped() or list(BUILT_IN)
    return tuple(_Entry(source, _words(source)) for source in sources)


def _shipped() -> list[str]:
    packaged = resources.files("nl2strat").joinpath(_FOLDER)
    folder = packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / _FOLDER
    if not folder.is_dir():
        return []
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".strat")), key=lambda item: item.name)
    return [item.read_text(encoding="utf-8") for item in files]


def _words(text: str) -> frozenset[str]:
    """The words of a text in their base forms."""
    found = (FORMS.get(word, word) for word in _WORD.findall(text.lower().replace("_", " ")))
    return frozenset(word for word in found if word not in ARTICLES)


@cache
def _rarity() -> dict[str, float]:
    """How much a word tells: rare ones more (inverse document frequency)."""
    pool = _pool()
    counts = Counter(word for entry in pool for word in entry.words)
    return {word: float(np.log((1 + len(pool)) / (1 + count))) + 0.01 for word, count in counts.items()}


def _covering(wanted: frozenset[str], pool: Sequence[_Entry], count: int) -> list[int]:
    """Indices, greedily: each adds the most of what is wanted and not yet there; length counts a little against."""
    rarity = _rarity()
    words = sorted(wanted & set(rarity))
    has = np.array([[word in entry.words for word in words] for entry in pool], dtype=float).reshape(len(pool), -1)
    weights = np.array([rarity[word] for word in words])
    lengths = np.sqrt([len(entry.words) + 1 for entry in pool])
    chosen: list[int] = []
    for _ in range(min(count, len(pool))):
        gains = (has @ weights if len(words) else np.zeros(len(pool))) / lengths
        gains[chosen] = -np.inf
        best = int(np.argmax(gains))
        chosen.append(best)
        weights = weights * np.where(has[best] > 0, 0.3, 1.0) if len(words) else weights
    return chosen


@cache
def _example(source: str) -> Example | None:
    """The example as the prompt shows it: its own words, then all of it in English, so that no number is missing."""
    from nl2strat.language import ast
    from nl2strat.language.checker import check
    from nl2strat.language.english import explain
    from nl2strat.language.parser import parse
    from nl2strat.language.printer import print_program

    comment = " ".join(_comment(source))
    try:
        program = parse(source)
        if not isinstance(program, ast.Program):
            return None
        whole = " ".join(explain(check(program, source).program).split())
    except LanguageErrors:
        return None  # an example of a newer language than this one
    return Example(f"{comment} In full: {whole}" if comment else whole, print_program(program))


def _comment(source: str) -> list[str]:
    """The English at the top, without where it is from and what it shows."""
    lines = []
    for line in source.splitlines():
        text = line.lstrip("# ").strip()
        if not line.startswith("#") or text.startswith(("Source:", "Shows:")):
            break
        lines.append(text)
    return lines
