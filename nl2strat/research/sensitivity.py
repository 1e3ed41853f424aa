"""What small changes make of a result: dearer spreads, a decision one bar late, inputs a little off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nl2strat.errors import UsageError
from nl2strat.language import ast
from nl2strat.research.inputs import Input
from nl2strat.research.replays import seeing

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.client import MAS
    from mas.results import Backtest
    from mas.series import Condition, Series
    from mas.ticks import Ticks
    from nl2strat.pipeline import Compiled
    from nl2strat.settings import Settings

SPREADS = (0.0, 1.0, 2.0, 3.0)
"""Times the spread of the run."""
SHARE = 0.1
"""How far an input is turned, as a part of it; at least one of its steps."""


@dataclass(frozen=True)
class Shift:
    """One input turned: what it was set to, and what the run then came to (None: it cannot be run)."""

    name: str
    default: float
    value: float
    net: float | None
    trades: int = 0


def dearer(
    run: Backtest, bars: Bars, settings: Settings, finer: Bars | Ticks | None, factor: float
) -> tuple[Bars, Settings, Bars | Ticks | None]:
    """What to run on so that every spread of a run is so many times as wide.

    Args: run: has been played on these bars with these settings.
    Raises: UsageError: the spreads are those of recorded ticks.
    """
    from mas.bars import Bars
    from mas.metrics import spread_points

    if run.modelling == "real_ticks" or not (finer is None or isinstance(finer, Bars)):
        raise UsageError("recorded ticks bring their own spread, which is not changed")
    if run.played:
        charged = {part.bars.symbol: (part.bars.time, part.spread_points) for part in run.played}
    else:
        charged = {bars.symbol: (bars.time, spread_points(run))}

    def widened(one: Bars) -> Bars:
        if one.symbol not in charged:
            return one
        times, points = charged[one.symbol]
        place = np.clip(np.searchsorted(times, one.time, side="right") - 1, 0, None)
        return replace(one, spread=factor * points[place])

    wide = replace(widened(bars), siblings={name: widened(one) for name, one in bars.siblings.items()})
    given = settings.given | {"spread"}
    inside = finer if finer is None or finer.spread is None else replace(finer, spread=factor * finer.spread)
    return wide, replace(settings, spread=None, given=given), inside


def delayed(compiled: Compiled, bars: int = 1) -> MAS:
    """An instance whose signals, values for its orders included, come so many bars late.

    Raises: UsageError: a class without signals.
    """
    kind = type(compiled.new())
    own = getattr(kind(), "signals", None)
    if own is None:
        raise UsageError("a class without signals cannot be told later what it sees")

    def signals(seen: Bars) -> Mapping[str, Condition | Series]:
        return {name: found[bars] for name, found in own(seen).items()}

    return seeing(kind, signals)


def neighbours(item: Input) -> tuple[float, ...]:
    """The values a tenth below and above an input's own, in whole steps of it, inside its range.

    A whole number without a step is turned by whole numbers.
    """
    step = item.step or (1.0 if item.default == int(item.default) and abs(item.default) >= 2 else None)
    reach = SHARE * abs(item.default)
    if step is not None:
        reach = max(1, round(reach / step)) * step
    if not reach:
        return ()
    found = [float(f"{item.default + side * reach:.10g}") for side in (-1, 1)]
    low = -np.inf if item.low is None else item.low
    high = np.inf if item.high is None else item.high
    positive = item.default > 0
    return tuple(value for value in found if low <= value <= high and (value > 0 or not positive))


def sized_by(program: ast.Program) -> frozenset[str]:
    """Inputs that only say how large entries are: they scale a result, and say nothing about the rule."""
    sizes = [rule.size for rule in program.rules if isinstance(rule, ast.Entry) and rule.size is not None]
    inside = _names(sizes)
    outside = _names([replace(rule, size=None) if isinstance(rule, ast.Entry) else rule for rule in program.rules])
    return inside - outside - _names(program.lets)


def _names(nodes: Sequence[ast.Node]) -> frozenset[str]:
    return frozenset(part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name))
