"""Closed trades as columns, so that figures over many trades are array operations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mas.dataclass import dataclass
from mas.figures import median

if TYPE_CHECKING:
    from mas.results import ClosedTrade

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

ZERO_MONEY = 1e-7
"""A net result closer to 0 than this is rounding of floats, not a win."""


@dataclass(frozen=True)
class TradeColumns:
    """Columns of closed trades in order of their exits; shape (trades,)."""

    net: Floats
    profit: Floats
    commission: Floats
    swap: Floats
    long: NDArray[np.bool_]
    volume: Floats
    entry_price: Floats
    exit_price: Floats
    entry_bar: Times
    exit_bar: Times
    entry_time: Times
    exit_time: Times
    symbol: NDArray[np.str_]
    pending: NDArray[np.bool_]
    """Entered by a waiting order, inside its bar."""

    def __len__(self) -> int:
        return len(self.net)

    @classmethod
    def of(cls, trades: Iterable[ClosedTrade]) -> TradeColumns:
        """The columns; trades that end in the same bar keep the order of their deals."""
        rows = sorted(trades, key=attrgetter("exit_time"))
        columns = defaultdict[str, Sequence[Any]](
            tuple, zip(rows[0]._fields, zip(*rows, strict=True), strict=True) if rows else ()
        )

        def floats(name: str) -> Floats:
            return np.array(columns[name], dtype=np.float64)

        def whole(name: str) -> Times:
            return np.array(columns[name], dtype=np.int64)

        profit, commission, swap = floats("profit"), floats("commission"), floats("swap")
        net = profit + commission + swap
        net[np.abs(net) < ZERO_MONEY] = 0.0
        return cls(
            net=net,
            profit=profit,
            commission=commission,
            swap=swap,
            long=np.array([side == "long" for side in columns["side"]], dtype=bool),
            volume=floats("volume"),
            entry_price=floats("entry_price"),
            exit_price=floats("exit_price"),
            entry_bar=whole("entry_bar"),
            exit_bar=whole("exit_bar"),
            entry_time=whole("entry_time"),
            exit_time=whole("exit_time"),
            symbol=np.array(columns["symbol"], dtype=np.str_),
            pending=np.array(columns["pending"], dtype=bool),
        )

    @property
    def direction(self) -> Floats:
        """+1 for a long, -1 for a short."""
        return np.where(self.long, 1.0, -1.0)

    @property
    def move(self) -> Floats:
        """Price profit per unit: exit - entry for a long, entry - exit for a short."""
        return self.direction * (self.exit_price - self.entry_price)

    @property
    def seconds(self) -> Floats:
        """Time from entry to exit."""
        return (self.exit_time - self.entry_time).astype(np.float64)

    def money_per_unit(self, point: float, per_lot: float = 0.0) -> Floats:
        """What a price move of 1 in its favour is worth to each trade, account currency.

        A trade's own profit gives it, so no exchange rate is needed. One that closed where it opened takes the
        median of the others per lot; where none moved, a lot is worth `per_lot`.
        """
        move = self.move
        moved = (np.abs(move) > 0.5 * point) & (self.volume > 0)
        worth = np.zeros(len(self))
        worth[moved] = self.profit[moved] / move[moved]
        if moved.any():
            per_lot = median(worth[moved] / self.volume[moved])
        worth[~moved] = per_lot * self.volume[~moved]
        return worth
