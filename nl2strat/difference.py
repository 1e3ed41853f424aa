"""What changed between two strategies: in the language, in English, and in the trades they make on the same bars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mas.results import Backtest, ClosedTrade
    from nl2strat.pipeline import Compiled

_SENTENCE = re.compile(r"(?<=[.?!])\s+")

_COMPARED = ("volume", "entry_price", "sl", "tp", "exit_time", "exit_price", "exit_reason")
"""What makes two trades of one entry different, profit following from it."""


@dataclass(frozen=True)
class Changed:
    """One line or sentence: `sign` is "-" for what only the first has, "+" for only the second, "" for both."""

    sign: str
    text: str


@dataclass(frozen=True)
class ChangedTrade:
    """The same entry (symbol, side, moment) that ended otherwise."""

    before: ClosedTrade
    after: ClosedTrade
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """Two strategies side by side."""

    language: tuple[Changed, ...]
    english: tuple[Changed, ...]
    removed: tuple[ClosedTrade, ...]
    added: tuple[ClosedTrade, ...]
    changed: tuple[ChangedTrade, ...]
    same: int
    """Trades that both make."""
    net: tuple[float, float]

    @property
    def summary(self) -> str:
        """ "12 trades removed, 3 added, 40 unchanged; net profit 120.50 → 98.10"."""
        parts = [
            f"{_trades(len(self.removed))} removed",
            f"{len(self.added)} added",
            f"{len(self.changed)} changed",
            f"{self.same} the same",
        ]
        return f"{', '.join(parts)}; net profit {self.net[0]:.2f} → {self.net[1]:.2f}"


def _trades(count: int) -> str:
    return f"{count} trade{'' if count == 1 else 's'}"


def compare(first: Compiled, second: Compiled, before: Backtest, after: Backtest) -> Difference:
    """What the second has that the first has not, and the other way round.

    Args: before, after: the runs of both on the same bars.
    """
    removed, added, changed, same = _compared_trades(before.trades, after.trades)
    return Difference(
        language=tuple(changes_between(_language(first), _language(second))),
        english=tuple(changes_between(sentences(first), sentences(second))),
        removed=tuple(removed),
        added=tuple(added),
        changed=tuple(changed),
        same=same,
        net=(before.net, after.net),
    )


def _language(compiled: Compiled) -> list[str]:
    """The lines of the program, with numbers instead of the names of inputs; of a class written by hand its code."""
    from nl2strat.language.printer import print_program
    from nl2strat.language.tuning import inlined

    return (print_program(inlined(compiled.program)) if compiled.dsl else compiled.python).splitlines()


def sentences(compiled: Compiled) -> list[str]:
    """The sentences of the explanation, without the list of inputs: their numbers stand in the others."""
    from nl2strat.language.english import explain
    from nl2strat.language.tuning import inlined

    plain = replace(inlined(compiled.program), assumptions=())
    text = explain(plain) if compiled.dsl else compiled.explanation
    return [sentence for paragraph in text.split("\n") for sentence in _SENTENCE.split(paragraph) if sentence]


def changes_between(old: Sequence[str], new: Sequence[str]) -> Iterator[Changed]:
    """Every line of both, those of the first before those of the second where they differ."""
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (Changed("", text) for text in old[a:b])
            continue
        yield from (Changed("-", text) for text in old[a:b])
        yield from (Changed("+", text) for text in new[c:d])


Key = tuple[str, str, int, int]


def _compared_trades(
    before: Sequence[ClosedTrade], after: Sequence[ClosedTrade]
) -> tuple[list[ClosedTrade], list[ClosedTrade], list[ChangedTrade], int]:
    """Trades only in the first, only in the second, in both but not alike, and how many are the same."""
    old, new = _by_entry(before), _by_entry(after)
    removed = [trade for key, trade in old.items() if key not in new]
    added = [trade for key, trade in new.items() if key not in old]
    changed, same = [], 0
    for key, trade in old.items():
        if key in new:
            fields = tuple(name for name in _COMPARED if getattr(trade, name) != getattr(new[key], name))
            if fields:
                changed.append(ChangedTrade(trade, new[key], fields))
            same += not fields
    return removed, added, changed, same


def _by_entry(trades: Sequence[ClosedTrade]) -> dict[Key, ClosedTrade]:
    """Trades by symbol, side and moment of the entry; the parts of one entry are told apart by their order."""
    found: dict[Key, ClosedTrade] = {}
    for trade in sorted(trades, key=lambda t: (t.entry_time, t.exit_time)):
        part = 0
        while (key := (trade.symbol, trade.side, trade.entry_time, part)) in found:
            part += 1
        found[key] = trade
    return found
