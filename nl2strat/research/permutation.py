"""Is the entry rule worth more than entering at random? The same strategy, entering at random bars.

Everything else stays: exits, stops, sizes, trading hours, limits, and about as many entries of each rule. A random bar
is one at which the rule could have fired: inside the hours and dates, with the values that its orders need.

p = (1 + k) / (1 + n): of n random runs k were at least as good (Phipson and Smyth, "Permutation P-values Should Never
Be Zero", 2010). If it is clear early that the rule is no better, it stops at the h-th such run: p = h / n (Besag and
Clifford, "Sequential Monte Carlo p-values", Biometrika 78(2), 1991). Both are valid for any number of runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nl2strat.errors import UsageError
from nl2strat.language import ast
from nl2strat.research.randomness import Random, seed_of
from nl2strat.research.replays import Entries, Play, Replay, seeing

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.client import MAS
    from mas.series import Condition, Series
    from nl2strat.pipeline import Compiled

Floats = NDArray[np.float64]

ENTER = "enter_"
PILOTS = 4
"""Random runs, not counted, that find how often a rule must fire to enter as often as the real one."""
ENOUGH_BETTER = 20
"""h: this many random runs that are as good settle it."""


class NotPermutable(UsageError):
    """The entries of this strategy cannot be put elsewhere; the message says why."""


@dataclass(frozen=True)
class Permuted:
    """The outcome of the test."""

    p: float
    runs: int
    as_good: int
    """Random runs whose mean result of a trade was at least that of the real one."""
    real: float
    """Mean net result of a trade, account currency."""
    random: Floats
    """The same of each random run, shape (runs,)."""
    trades: int
    random_trades: float
    """Trades of a random run, on average."""
    share: float = 1.0
    """Of all bars, those at which a rule could have fired: what hours, days and dates leave."""


@dataclass
class RandomEntries:
    """Gives a strategy random entries in place of its own. `wanted`: how often each rule is to fire."""

    compiled: Compiled
    seed: int
    wanted: dict[tuple[str, str], float]
    _known: dict[str, Mapping[str, Condition | Series]] = field(default_factory=dict)
    _places: dict[str, dict[str, NDArray[np.int64]]] = field(default_factory=dict)
    _kind: type[MAS] | None = None

    share: float = 1.0
    """Of the bars of a symbol, those at which its rules could have fired."""

    def strategy(self, number: int) -> MAS:
        """A fresh instance for random run `number`."""
        self._kind = self._kind or type(self.compiled.new())
        own = self._kind().signals  # type: ignore[attr-defined]

        def signals(bars: Bars) -> Mapping[str, Condition | Series]:
            if bars.symbol not in self._known:
                self._known[bars.symbol] = own(bars)
                self._places[bars.symbol] = self._possible(bars, self._known[bars.symbol])
            return {**self._known[bars.symbol], **self._drawn(bars, number)}

        return seeing(self._kind, signals)

    def _drawn(self, bars: Bars, number: int) -> dict[str, Condition]:
        from mas.series import Condition

        found = {}
        for name, places in self._places[bars.symbol].items():
            random = Random(seed_of(self.seed, number, bars.symbol, name))
            count = round(self.wanted.get((bars.symbol, name), 0.0))
            fires = np.zeros(len(bars), dtype=np.bool_)
            fires[places[random.chosen(len(places), count)]] = True
            found[name] = Condition(fires)
        return found

    def _possible(self, bars: Bars, known: Mapping[str, Condition | Series]) -> dict[str, NDArray[np.int64]]:
        """For each entry rule the bars at which it could have fired."""
        from mas.series import Condition

        own = {name: found for name, found in known.items() if name.startswith(ENTER) and isinstance(found, Condition)}
        free = _always(self.compiled).signals(bars)  # type: ignore[attr-defined]
        places = {name: np.flatnonzero(free[name].true & ~one.unknown) for name, one in own.items() if name in free}
        if places:
            self.share = min(self.share, max(map(len, places.values())) / len(bars))
        return places


def permuted(
    compiled: Compiled, real: Replay, play: Play, runs: int, seed: int,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Permuted:  # fmt: skip
    """Tests the entry rules of a strategy.

    Args: real: the run on the bars. play: runs an instance on the same bars. runs: how many random runs at most. tell:
        called with how many are done.
    Raises: NotPermutable: no trades, or entries that are not made of signals.
    """
    entries = real.entries
    if not entries:
        raise NotPermutable("there were no trades")
    refuse(compiled, entries)
    source = RandomEntries(compiled, seed, {key: float(count) for key, count in entries.items()})
    _calibrate(source, entries, play)
    target, means, counts, as_good = real.mean, [], [], 0
    for number in range(runs):
        tell(number, runs)
        found = play(source.strategy(number))
        means.append(found.mean)
        counts.append(len(found.net))
        as_good += means[-1] >= target
        if as_good == ENOUGH_BETTER:
            break
    p = as_good / len(means) if as_good == ENOUGH_BETTER else (1 + as_good) / (1 + len(means))
    values = np.array(means)
    return Permuted(p, len(means), as_good, target, values, len(real.net), float(np.mean(counts)), source.share)


def refuse(compiled: Compiled, entries: Entries) -> None:
    """Raises: NotPermutable: the entries do not come from signals that could be put elsewhere."""
    if not compiled.dsl or getattr(compiled.new(), "signals", None) is None:
        raise NotPermutable("the class was written by hand, so its entries cannot be told from the rest")
    if any(rule.add is not None for rule in compiled.program.rules if isinstance(rule, ast.Entry)):
        raise NotPermutable(
            "entries that are added to belong to the one they follow, and cannot be put elsewhere alone"
        )
    if any(not name.startswith(ENTER) for _, name in entries):
        raise NotPermutable("the trades do not say which rule they come from")
    if any(rule.symbol is not None for rule in compiled.program.rules if isinstance(rule, ast.Entry)):
        raise NotPermutable("rules that trade another symbol than they read are not put elsewhere")


def _calibrate(source: RandomEntries, entries: Entries, play: Play) -> None:
    """Have the rules fire as often as it takes to enter about as often as the real ones: while a position is open a
    random entry often counts for nothing."""
    for pilot in range(PILOTS):
        made = play(source.strategy(-1 - pilot)).entries
        if all(abs(made.get(key, 0) - count) <= max(1.0, 0.05 * count) for key, count in entries.items()):
            return
        for key, count in entries.items():
            factor = count / max(made.get(key, 0), 0.25 * count)
            source.wanted[key] = max(1.0, source.wanted[key] * factor)


def _always(compiled: Compiled) -> MAS:
    """The strategy with entry rules that ask for nothing: their signals are true wherever entries are possible."""
    from nl2strat.codegen import load, render

    def free(number: int, rule: ast.Rule) -> ast.Rule:
        if not isinstance(rule, ast.Entry):
            return rule
        tiny = ast.Number(Decimal(number + 1).scaleb(-8))  # each its own: equal conditions would be one
        return replace(rule, when=ast.Compare(">", ast.Price("close"), tiny))

    program = compiled.program
    rules = tuple(free(number, rule) for number, rule in enumerate(program.rules))
    strategy: Any = load(render(replace(program, rules=rules)), trust=True)()
    return strategy  # type: ignore[no-any-return]
