"""Variants of a strategy over the ranges of its inputs, and what each made in each stretch of the bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.errors import MasError
from nl2strat.research.inputs import Input
from nl2strat.research.randomness import Random

if TYPE_CHECKING:
    from nl2strat.research.evaluating import Evaluator
    from nl2strat.research.trades import TradeColumns

Floats = NDArray[np.float64]
Values = dict[str, float]

STRETCHES = 960
"""Into how many parts of equal length the bars are cut: 60 in each of 16 slices."""


def variants_of(inputs: Sequence[Input], most: int, seed: int) -> list[Values]:
    """The strategy's own values first, then others of the ranges of its inputs: all, or so many drawn at random."""
    own = {item.name: item.default for item in inputs}
    ranges = {item.name: item.values for item in inputs}
    turned = {name: values for name, values in ranges.items() if len(values) > 1}
    total = math.prod(len(values) for values in turned.values())
    if total <= most:
        places: Iterable[int] = range(total)
    else:
        places = _some(total, most, Random(seed))
    found = [own]
    for place in places:
        values = dict(own)
        for name, choices in turned.items():
            place, which = divmod(place, len(choices))
            values[name] = choices[which]
        if values not in found:
            found.append(values)
    return found[:most]


def _some(total: int, most: int, random: Random) -> Iterable[int]:
    """Different numbers below a total that may be far beyond what an array can index."""
    seen: dict[int, None] = {}
    while len(seen) < most:
        for word in random.words(most):
            seen.setdefault(int(word) % total)
            if len(seen) == most:
                break
    return seen


def results_of(
    evaluator: Evaluator, variants: Sequence[Values], tell: Callable[[int, int], None] = lambda done, of: None
) -> tuple[Floats, list[Values]]:
    """What the trades of each variant that closed in a stretch made, shape (stretches, variants), and which variants
    these are: such as cannot be run are left out."""
    count = len(evaluator.bars)
    stretches = min(STRETCHES, count)
    columns, kept = [], []
    for number, values in enumerate(variants):
        tell(number, len(variants))
        try:
            outcome = evaluator.evaluate(values)
        except MasError:
            continue
        columns.append(_by_stretch(outcome.trades, count, stretches))
        kept.append(values)
    return np.array(columns).T.reshape(stretches, len(kept)), kept


def _by_stretch(trades: TradeColumns, bars: int, stretches: int) -> Floats:
    totals = np.zeros(stretches)
    np.add.at(totals, np.minimum(trades.exit_bar, bars - 1) * stretches // bars, trades.net)
    return totals
