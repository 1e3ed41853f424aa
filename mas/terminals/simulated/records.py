"""What an account has recorded: orders that are over, deals, finished trades.

A backtest of many thousand orders hardly ever asks for one of them, or for a deal. What an ordinary fill needs to be
written up is kept as a `Fill`, and written up when somebody reads: by the same functions, in the same order as at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field
from functools import partial
from typing import Any, NamedTuple

from mas.answers import order_id_of
from mas.dataclass import dataclass
from mas.fills import LONG
from mas.results import ClosedTrade
from mas.terminals.simulated.costs import Cost
from mas.terminals.simulated.holdings import Order, Position
from mas.terminals.structs import TradeDeal

# Of all fields in order. What `_make` does in Python beside this, checking their number, costs as much again.
_closed_trade: Callable[[Iterable[Any]], ClosedTrade] = partial(tuple.__new__, ClosedTrade)


class Settled(NamedTuple):
    """What closing lots of a position has come to, account currency."""

    profit: float
    """Of the deal."""
    swap: float
    """Realised by the deal."""
    earned: float
    """Of the trade's row: with what reopenings have realised before."""
    paid: float
    """Swap of the trade's row: with what reopenings have cost."""
    commission: float
    """Of entry and exit together."""


class Fill(NamedTuple):
    """An order that has filled, and is not written up yet: one at the market, or what the server closes by."""

    position: Position
    number: int
    """Of the order."""
    kind: int
    volume: float
    asked: float
    """The quote when it was sent."""
    sl: float
    tp: float
    magic: int
    comment: str
    filling: int
    time: int
    bar: int
    price: float
    cost: Cost
    settled: Settled | None = None
    """Of a closing order; None: it has opened the position."""
    made: Order | None = None
    """The order, where it had to be there at once: over, but not in the history yet."""

    def order(self) -> Order:
        """The order, as it was when it filled."""
        return self.made or Order(
            ticket=self.number, kind=self.kind, market=self.position.market, volume=self.volume, price=self.asked,
            sl=self.sl, tp=self.tp, magic=self.magic, comment=self.comment, filling=self.filling, set_at=self.time,
            bar=self.bar, live_from=self.bar,
        )  # fmt: skip


settled_of: Callable[[Iterable[Any]], Settled] = partial(tuple.__new__, Settled)
fill_of: Callable[[Iterable[Any]], Fill] = partial(tuple.__new__, Fill)


@dataclass(slots=True)
class Records:
    """The lists, and what waits to be entered in them."""

    history: list[Order] = field(default_factory=list)
    deals: list[TradeDeal] = field(default_factory=list)
    closed: list[tuple[int, ClosedTrade]] = field(default_factory=list)
    waiting: list[Fill] = field(default_factory=list)

    def write_up(self, enter: Callable[[Fill], None]) -> None:
        """Enter what waits, oldest first."""
        waiting, self.waiting = self.waiting, []
        for fill in waiting:
            enter(fill)

    def flows(self) -> tuple[list[int], list[float]]:
        """Time of every deal, written up or not, and what it has brought the balance, account currency."""
        times, cash = [deal.time for deal in self.deals], [d.profit + d.commission + d.fee + d.swap for d in self.deals]
        for fill in self.waiting:
            profit, swap = (0.0, 0.0) if fill.settled is None else (fill.settled.profit, fill.settled.swap)
            times.append(fill.time)
            cash.append(profit + fill.cost.commission + fill.cost.fee + swap)
        return times, cash


def row_of(
    position: Position, volume: float, price: float, settled: Settled, reason: str, ambiguous: bool
) -> ClosedTrade:
    """The trade of what has been closed of a position now."""
    market = position.market
    return _closed_trade((
        market.symbol, "long" if position.side == LONG else "short", volume, position.opened_at, market.time,
        position.first_entry or position.entry, price, position.first_sl or None, position.first_tp or None,
        settled.earned, settled.commission, settled.paid, reason, position.bar, market.bar, ambiguous,
        order_id_of(position.ticket), position.comment, position.inside,
    ))  # fmt: skip
