"""The probability that choosing the best of several variants chooses luck: combinatorially symmetric cross-validation.

Bailey, Borwein, López de Prado and Zhu, "The Probability of Backtest Overfitting", Journal of Computational Finance
20(4), 2017 (SSRN 2326253, 2015). The bars are cut into S slices; each half of the slices is taken once to choose the
variant with the best Sharpe ratio, and the other half says how that variant then ranks among all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLICES = 16
"""S of the paper: 12 870 ways to halve them."""


@dataclass(frozen=True)
class Overfitting:
    """What cross-validation found; every array has one value per way to halve the slices."""

    probability: float
    """PBO: share of halvings in which the one chosen is not above the median of the others' half (a tie is half)."""
    logits: Floats
    """log(w / (1 - w)) of the relative rank w of the one chosen, in the half it was not chosen in."""
    chosen: Floats
    """Sharpe ratio of the one chosen where it was chosen ..."""
    after: Floats
    """... and in the other half."""

    @property
    def slope(self) -> float:
        """Of the line through (chosen, after): below 0 the better it looked, the worse it did. 0 if undefined."""
        apart = self.chosen - self.chosen.mean()
        square = float((apart**2).sum())
        return float((apart * self.after).sum()) / square if square > 0.0 else 0.0

    @property
    def losing(self) -> float:
        """Share of halvings in which the one chosen loses in the other half."""
        return float((self.after < 0.0).mean())


def overfitting(results: Floats, slices: int = SLICES) -> Overfitting | None:
    """Cross-validates the choice of the best variant.

    Args: results: what each variant made in each stretch of time, shape (stretches, variants), all stretches of one
        length; what does not fill the last slice is left out. slices: even.
    Returns: None if there is nothing to choose: fewer than two variants that differ, or too few stretches.
    """
    rows = len(results) // slices
    results = results[: rows * slices]
    if rows < 1 or results.shape[1] < 2 or not np.isfinite(results).all():
        return None
    if (results == results[:, :1]).all():
        return None
    blocks = results.reshape(slices, rows, -1)
    inside = halves(slices)
    totals, squares = blocks.sum(axis=1), (blocks**2).sum(axis=1)
    count = slices // 2 * rows
    chosen = _sharpes(inside @ totals, inside @ squares, count)
    after = _sharpes((1.0 - inside) @ totals, (1.0 - inside) @ squares, count)
    best = chosen.argmax(axis=1)[:, None]
    best_after = np.take_along_axis(after, best, axis=1)
    rank = (after < best_after).sum(axis=1) + 0.5 * ((after == best_after).sum(axis=1) + 1)
    relative = rank / (results.shape[1] + 1)
    logits = np.log(relative / (1.0 - relative))
    probability = float((logits < 0.0).mean() + 0.5 * (logits == 0.0).mean())
    return Overfitting(probability, logits, np.take_along_axis(chosen, best, axis=1)[:, 0], best_after[:, 0])


def halves(slices: int) -> Floats:
    """Every way to take half of the slices, shape (ways, slices): 1 where it is taken."""
    taken = list(combinations(range(slices), slices // 2))
    matrix = np.zeros((len(taken), slices))
    np.put_along_axis(matrix, np.array(taken), 1.0, axis=1)
    return matrix


def _sharpes(totals: Floats, squares: Floats, count: int) -> Floats:
    """Mean over standard deviation from sums and sums of squares; 0 for what never moved."""
    mean = totals / count
    variance = np.maximum(squares / count - mean**2, 0.0)
    scale = np.maximum(squares / count, 1e-300)
    moved = variance > 1e-12 * scale
    return np.where(moved, mean / np.sqrt(np.where(moved, variance, 1.0)), np.sign(mean) * (squares > 0.0) * 1e6)
