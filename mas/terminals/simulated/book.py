"""The book of a simulated account: balance, open positions, waiting orders, and the history of both.

A hedging account: every opening deal makes a position of its own, whose ticket is that of the order that opened it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mas import constants as mt5
from mas.fills import ENTERED, HELD, LONG
from mas.results import EXIT_REASONS, ClosedTrade
from mas.terminals.simulated.market import Market
from mas.terminals.structs import TradeDeal, TradeOrder, TradePosition

_FOREVER = 2**62
_SO, _SL, _TP, _EXPERT = mt5.DEAL_REASON_SO, mt5.DEAL_REASON_SL, mt5.DEAL_REASON_TP, mt5.DEAL_REASON_EXPERT


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
    reason: int = mt5.ORDER_REASON_EXPERT
    was: int = -1
    """Its type before it was triggered, for a stop-limit order that has become a limit order."""


@dataclass(slots=True, eq=False)
class Position(Touchable):
    """An open position."""

    ticket: int = 0
    side: int = LONG
    market: Market = field(default=None, repr=False)  # type: ignore[assignment]
    volume: float = 0.0
    entry: float = 0.0
    sl: float = 0.0
    tp: float = 0.0
    magic: int = 0
    comment: str = ""
    opened_at: int = 0
    bar: int = 0
    """Bar in which it was opened."""
    inside: bool = False
    """Opened by a pending order (or in reaction to a fill) after that bar's first tick."""
    fill_at_open: bool = True
    margin: float = 0.0
    commission: float = 0.0
    first_sl: float = 0.0
    first_tp: float = 0.0
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


class Book:
    """Everything the account owns and owes.

    Args: deposit: account currency. commission: account currency per lot and deal (entry and exit).
    """

    def __init__(self, deposit: float, commission: float = 0.0, digits: int = 2) -> None:
        self.deposit = self.balance = deposit
        self.commission = commission
        self.digits = digits
        self.positions: dict[int, Position] = {}
        self.orders: dict[int, Order] = {}
        self.history: list[Order] = []
        self.deals: list[TradeDeal] = []
        self.closed: list[tuple[int, ClosedTrade]] = []
        self.ambiguous_bars: set[int] = set()
        self.changes = 0
        """Counts changes of balance and positions, for whoever has derived something from them."""
        self._tickets = 0
        self._deal_tickets = 0

    def ticket(self) -> int:
        """The next order number."""
        self._tickets += 1
        return self._tickets

    def deposit_at(self, time: int) -> None:
        """Enter the deposit as the first deal."""
        self._deal(0, time, mt5.DEAL_TYPE_BALANCE, 0, 0, 0, _EXPERT, 0.0, 0.0, 0.0, self.deposit, "", "")

    def open(self, order: Order, price: float, *, inside: bool = False, fill_at_open: bool = True) -> Position:
        """Fill an order that makes a position, at a price, now."""
        market, side = order.market, LONG if order.kind % 2 == 0 else -LONG
        cost = self._cost(order.volume)
        position = Position(
            ticket=order.ticket, side=side, market=market, volume=order.volume, entry=price, magic=order.magic,
            comment=order.comment, opened_at=market.time, bar=market.bar, inside=inside, fill_at_open=fill_at_open,
            margin=market.money.margin(order.volume, price), commission=cost,
        )  # fmt: skip
        position.set_levels(order.sl, order.tp)
        self.positions[position.ticket] = position
        order.position = position.ticket
        self.finish(order, mt5.ORDER_STATE_FILLED, price)
        self.balance += cost
        self.changes += 1
        self._deal(
            order.ticket, market.time, 0 if side == LONG else 1, mt5.DEAL_ENTRY_IN, order.magic, position.ticket,
            order.reason, order.volume, price, cost, 0.0, market.symbol, order.comment,
        )  # fmt: skip
        return position

    def close(
        self,
        position: Position,
        price: float,
        reason: str,
        *,
        order: Order,
        volume: float = 0.0,
        ambiguous: bool = False,
    ) -> ClosedTrade:
        """Close a position, or `volume` lots of it, at a price, now; `order` is the closing order."""
        market = position.market
        volume = volume or position.volume
        share = volume / position.volume
        entry_cost = (
            position.commission if volume >= position.volume else round(position.commission * share, self.digits)
        )
        exit_cost = self._cost(volume)
        profit = round(market.money.profit(position.side, volume, position.entry, price), self.digits)
        trade = ClosedTrade(
            market.symbol, "long" if position.side == LONG else "short", volume, position.opened_at, market.time,
            position.entry, price, position.first_sl or None, position.first_tp or None, profit,
            round(entry_cost + exit_cost, self.digits), 0.0, reason, position.bar, market.bar, ambiguous,
            f"BT{position.ticket}", position.comment, position.inside,
        )  # fmt: skip
        self.closed.append((position.ticket, trade))
        if ambiguous:
            self.ambiguous_bars.add(market.bar)
        self.balance = round(self.balance + profit + exit_cost, 8)
        self.changes += 1
        position.commission = round(position.commission - entry_cost, self.digits)
        if volume >= position.volume:
            del self.positions[position.ticket]
        else:
            position.margin *= 1.0 - share
            position.volume = round(position.volume - volume, 8)
        order.position = position.ticket
        self.finish(order, mt5.ORDER_STATE_FILLED, price)
        self._deal(
            order.ticket, market.time, 1 if position.side == LONG else 0, mt5.DEAL_ENTRY_OUT, order.magic,
            position.ticket, order.reason, volume, price, exit_cost, profit, market.symbol, order.comment,
        )  # fmt: skip
        return trade

    def finish(self, order: Order, state: int, price: float = 0.0) -> None:
        """Move an order into the history."""
        self.orders.pop(order.ticket, None)
        order.state, order.done_at, order.filled_at = state, order.market.time, price
        self.history.append(order)

    def margin(self, market: Market | None = None, side: int = LONG, more: float = 0.0) -> float:
        """Margin in use, with `more` of it added on one side of a market.

        Of each symbol the larger side counts, as on accounts where hedged volume is charged once.
        """
        sides: dict[Market | None, list[float]] = {market: [0.0, 0.0]}
        sides[market][side == LONG] = more
        for position in self.positions.values():
            sides.setdefault(position.market, [0.0, 0.0])[position.side == LONG] += position.margin
        return sum(map(max, sides.values()))

    def floating(self) -> float:
        """Profit of all open positions at the quote of the moment."""
        return sum(position.profit() for position in self.positions.values())

    def _cost(self, volume: float) -> float:
        return -round(self.commission * volume, self.digits) if self.commission else 0.0

    def _deal(
        self, order: int, time: int, kind: int, entry: int, magic: int, position: int, reason: int, volume: float,
        price: float, commission: float, profit: float, symbol: str, comment: str,
    ) -> None:  # fmt: skip
        self._deal_tickets += 1
        self.deals.append(
            TradeDeal(
                self._deal_tickets, order, time, time * 1000, kind, entry, magic, position, reason, volume, price,
                commission, 0.0, profit, 0.0, symbol, comment, "",
            )
        )  # fmt: skip


def exit_reason(comment: str) -> str:
    """The reason that a closing order names in its comment; any other comment is a signal of the strategy."""
    return comment if comment in EXIT_REASONS else "signal"


def server_order(position: Position, ticket: int, comment: str, reason: int) -> Order:
    """The order by which the trade server closes a position: on its stop, its target or a stop-out."""
    kind = mt5.ORDER_TYPE_SELL if position.side == LONG else mt5.ORDER_TYPE_BUY
    return Order(
        ticket=ticket, kind=kind, market=position.market, volume=position.volume, magic=position.magic,
        comment=comment, set_at=position.market.time, bar=position.market.bar, reason=reason,
    )  # fmt: skip


def as_trade_position(position: Position, digits: int) -> TradePosition:
    """The position as the MetaTrader5 module shows it."""
    market, time = position.market, position.opened_at
    return TradePosition(
        position.ticket, time, time * 1000, time, time * 1000, 0 if position.side == LONG else 1, position.magic,
        position.ticket, mt5.POSITION_REASON_EXPERT, position.volume, position.entry, position.sl, position.tp,
        market.closing_price(position.side), 0.0, round(position.profit(), digits), market.symbol,
        position.comment, "",
    )  # fmt: skip


def as_trade_order(order: Order) -> TradeOrder:
    """The order as the MetaTrader5 module shows it."""
    waiting = order.state == mt5.ORDER_STATE_PLACED
    current = order.market.ask if order.kind % 2 == 0 else order.market.bid
    return TradeOrder(
        order.ticket, order.set_at, order.set_at * 1000, order.done_at, order.done_at * 1000, order.expiration,
        order.kind, order.time_type, order.filling, order.state, order.magic, order.position, 0, order.reason,
        order.volume, 0.0 if order.state == mt5.ORDER_STATE_FILLED else order.volume, order.price, order.sl, order.tp,
        current if waiting else order.filled_at, order.stoplimit, order.market.symbol, order.comment, "",
    )  # fmt: skip
