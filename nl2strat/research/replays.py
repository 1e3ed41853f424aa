"""The strategy of a run played again with other signals: by the compiled kernel where it can, else by the class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.client import MAS
    from mas.results import Backtest
    from mas.series import Condition, Series
    from nl2strat.research.evaluating import Evaluator

Signals = Callable[["Bars"], Mapping[str, "Condition | Series"]]
Entries = dict[tuple[str, str], int]
"""How many entries each rule made in each symbol."""
Play = Callable[["MAS"], "Replay"]
"""Runs an instance on the bars and the account of the run that is tested."""


@dataclass(frozen=True)
class Replay:
    """What is asked of a run that is played again."""

    net: NDArray[np.float64]
    """Net results of the trades, account currency, shape (trades,)."""
    entries: Entries

    @property
    def total(self) -> float:
        """Net profit."""
        return float(self.net.sum())

    @property
    def mean(self) -> float:
        """Mean net result of a trade; 0 without trades."""
        return float(self.net.mean()) if len(self.net) else 0.0


def seeing(kind: type[MAS], signals: Signals) -> MAS:
    """An instance of a class whose signals are others, for the class and for the kernel alike."""
    other: type[MAS] = type(kind.__name__, (kind,), {"signals": lambda self, bars: signals(bars)})
    return other()


def replay_of(run: Backtest) -> Replay:
    """Of a run by the class; the parts of an entry count once among the entries."""
    seen = {(trade.symbol, trade.comment, trade.entry_bar) for trade in run.trades}
    entries = dict(Counter((symbol, rule) for symbol, rule, _ in sorted(seen)))
    return Replay(np.array([trade.net for trade in run.trades], dtype=np.float64), entries)


def rules_by_side(run: Backtest) -> dict[int, str] | None:
    """The rule that entered each side (+1, -1); None if a side has several, so that a side does not say which."""
    pairs = {(trade.direction, trade.comment) for trade in run.trades}
    found = dict(pairs)
    return found if len(found) == len(pairs) else None


def by_kernel(evaluator: Evaluator, real: Backtest) -> Play | None:
    """A way to play instances of the evaluator's class with the kernel, which knows no rules: each side stands for one.

    None: the kernel does not run this strategy, or one side has several rules.
    """
    from nl2strat.errors import UsageError

    rules = rules_by_side(real)
    if rules is None or evaluator.path != "kernel":
        return None
    symbol = evaluator.bars.symbol

    def play(strategy: MAS) -> Replay:
        trades = evaluator.trades_of(strategy)
        entries: Entries = {}
        for side in (1, -1):
            count = len(np.unique(trades.entry_bar[trades.side == side]))
            if count and side not in rules:
                raise UsageError(f"a replay entered {'long' if side > 0 else 'short'}, which the run never did")
            if count:
                entries[symbol, rules[side]] = count
        return Replay(trades.net, entries)

    return play
