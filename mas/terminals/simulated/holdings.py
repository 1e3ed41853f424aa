"""What a book holds: waiting orders and open positions, and how the MetaTrader5 module shows them."""

from __future__ import annotations

from dataclasses import field

from mas import constants as mt5
from mas.dataclass import dataclass
from mas.fills import ENTERED, HELD, LONG
from mas.terminals.simulated.market import Market
from mas.terminals.structs import TradeOrder, TradePosition

_FOREVER = 2**62


@dataclass(slots=True, eq=False)
class Touchable:
    """Something with price levels: how far its bars have been searched. `touch` is the bar found, -1 if none yet."""

    scanned: int = 0
    touch: int = -1

    def search_again(self) -> None:
        """The levels have changed."""
        self.scanned, self.touch = 0, -1


@dataclass(slots=True, eq=False)
class Order(Touchable):
    """A trade order. Market orders are in the book only as history."""

    ticket: int = 0
    kind: int = 0
    market: Market = field(default=None, repr=False)  # type: ignore[assignment]
    volume: float = 0.0
    price: float = 0.0
    stoplimit: float = 0.0
    sl: float = 0.0
    tp: float = 0.0
    magic: int = 0
    comment: str = ""
    filling: int = 0
    time_type: int = 0
    expiration: int = 0
    last_bar: int = _FOREVER
    """Last bar in which it may fill."""
    set_at: int = 0
    bar: int = 0
    """Bar in which it was placed."""
    live_from: int = 0
    """First bar in which it may be reached: a stop-limit's limit waits for the one after the trigger."""
    state: int = mt5.ORDER_STATE_PLACED
    done_at: int = 0
    filled_at: float = 0.0
    position: int = 0
    """Identifier of the position it made or changed."""
    position_by: int = 0
    reason: int = mt5.ORDER_REASON_EXPERT
    was: int = -1
    """Its type before it was triggered, for a stop-limit order that has become a limit order."""


@dataclass(slots=True, eq=False)
class Position(Touchable):
    """An open position."""

    ticket: int = 0
    identifier: int = 0
    """What the history calls it; the ticket changes when a netting position is reversed."""
    side: int = LONG
    market: Market = field(default=None, repr=False)  # type: ignore[assignment]
    volume: float = 0.0
    entry: float = 0.0
    sl: float = 0.0
    tp: float = 0.0
    magic: int = 0
    comment: str = ""
    opened_at: int = 0
    updated_at: int = 0
    """When its volume last changed."""
    rolled: int = 0
    """The day (since the epoch) up to which its nights have been charged."""
    swap: float = 0.0
    bar: int = 0
    """Bar in which it was opened."""
    inside: bool = False
    """Opened by a pending order (or in reaction to a fill) after that bar's first tick."""
    fill_at_open: bool = True
    margin: float = 0.0
    commission: float = 0.0
    first_sl: float = 0.0
    first_tp: float = 0.0
    first_entry: float = 0.0
    """Where it was opened, if a rollover has reopened it since (its `entry` is then of that); 0.0 if none has."""
    carried: float = 0.0
    """What reopening has realised of its profit, account currency: it is in the balance already."""
    points: float = 0.0
    """What reopening has cost (negative) or brought: its swap under another name, account currency."""
    stop_by: str = "sl"
    """Exit reason if the stop is hit: "trailing" or "breakeven" once one of those has moved it."""

    def standing(self, bar: int) -> int:
        """HELD or ENTERED: how it stands in a bar (see `fills.leave`)."""
        return ENTERED if self.inside and bar == self.bar else HELD

    def profit(self) -> float:
        """Floating profit at the quote of the moment, account currency."""
        market = self.market
        return market.money.profit(self.side, self.volume, self.entry, market.closing_price(self.side))

    def set_levels(self, sl: float, tp: float, stop_by: str = "sl") -> None:
        if sl != self.sl:
            self.stop_by = stop_by
        self.sl, self.tp = sl, tp
        self.first_sl, self.first_tp = self.first_sl or sl, self.first_tp or tp
        self.search_again()


def server_order(position: Position, ticket: int, comment: str, reason: int) -> Order:
    """The order by which the trade server closes a position: on its stop, its target or a stop-out."""
    kind = mt5.ORDER_TYPE_SELL if position.side == LONG else mt5.ORDER_TYPE_BUY
    return Order(
        ticket=ticket, kind=kind, market=position.market, volume=position.volume, magic=position.magic,
        comment=comment, set_at=position.market.time, bar=position.market.bar, reason=reason,
    )  # fmt: skip


def as_trade_position(position: Position, digits: int) -> TradePosition:
    """The position as the MetaTrader5 module shows it."""
    market, time, changed = position.market, position.opened_at, position.updated_at
    return TradePosition(
        position.ticket, time, time * 1000, changed, changed * 1000, 0 if position.side == LONG else 1,
        position.magic, position.identifier, mt5.POSITION_REASON_EXPERT, position.volume, position.entry, position.sl,
        position.tp, market.closing_price(position.side), position.swap, round(position.profit(), digits),
        market.symbol,
        position.comment, "",
    )  # fmt: skip


def as_trade_order(order: Order) -> TradeOrder:
    """The order as the MetaTrader5 module shows it."""
    waiting = order.state == mt5.ORDER_STATE_PLACED
    current = order.market.ask if order.kind % 2 == 0 else order.market.bid
    return TradeOrder(
        order.ticket, order.set_at, order.set_at * 1000, order.done_at, order.done_at * 1000, order.expiration,
        order.kind, order.time_type, order.filling, order.state, order.magic, order.position, order.position_by,
        order.reason,
        order.volume, 0.0 if order.state == mt5.ORDER_STATE_FILLED else order.volume, order.price, order.sl, order.tp,
        current if waiting else order.filled_at, order.stoplimit, order.market.symbol, order.comment, "",
    )  # fmt: skip
