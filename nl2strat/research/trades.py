"""The closed trades of one configuration as columns: what a sweep keeps of a run instead of its objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.results import EXIT_REASONS

if TYPE_CHECKING:
    from mas.results import ClosedTrade

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_REASONS = {reason: number for number, reason in enumerate(EXIT_REASONS)}


@dataclass(frozen=True)
class TradeColumns:
    """Closed trades in order of their exits; every column has shape (trades,)."""

    side: NDArray[np.int8]
    """+1 long, -1 short."""
    volume: Floats
    """Lots."""
    entry_bar: Whole
    """Position of the bar in the evaluator's bars, whatever part of them was played."""
    exit_bar: Whole
    entry_price: Floats
    exit_price: Floats
    profit: Floats
    """Price profit in the account currency, costs not taken off."""
    commission: Floats
    swap: Floats
    reason: NDArray[np.int8]
    """Position in `mas.results.EXIT_REASONS`."""
    ambiguous: NDArray[np.bool_]
    """Stop and target both lay inside the exit bar (rule 11)."""

    def __len__(self) -> int:
        return len(self.side)

    @property
    def net(self) -> Floats:
        """Profit after costs, account currency."""
        return self.profit + self.commission + self.swap

    @property
    def reasons(self) -> list[str]:
        """Why each trade ended, in words."""
        return [EXIT_REASONS[number] for number in self.reason.tolist()]

    @classmethod
    def of(cls, trades: Sequence[ClosedTrade], first: int = 0) -> TradeColumns:
        """The columns of a run's trades. Args: first: the evaluator's bar at which the run began."""

        def floats(name: str) -> Floats:
            return np.array([getattr(trade, name) for trade in trades], dtype=np.float64)

        def bars(name: str) -> Whole:
            return np.array([getattr(trade, name) for trade in trades], dtype=np.int64) + first

        return cls(
            side=np.array([trade.direction for trade in trades], dtype=np.int8),
            volume=floats("volume"),
            entry_bar=bars("entry_bar"),
            exit_bar=bars("exit_bar"),
            entry_price=floats("entry_price"),
            exit_price=floats("exit_price"),
            profit=floats("profit"),
            commission=floats("commission"),
            swap=floats("swap"),
            reason=np.array([_REASONS[trade.exit_reason] for trade in trades], dtype=np.int8),
            ambiguous=np.array([trade.ambiguous for trade in trades], dtype=np.bool_),
        )
