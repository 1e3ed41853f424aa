"""The book of a simulated account: balance, open positions, waiting orders, and the history of both.

A position carries the ticket of the order that opened it; on a hedging account every opening deal makes a position of
its own, on a netting account `netting` decides what an order does to the one position of its symbol.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mas import constants as mt5
from mas.fills import ENTERED, HELD, LONG
from mas.results import EXIT_REASONS, ClosedTrade
from mas.terminals.simulated.costs import charge
from mas.terminals.simulated.legs import Legs
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.terms import AccountTerms
from mas.terminals.structs import TradeDeal, TradeOrder, TradePosition

_FOREVER = 2**62
_DAY = 86_400
_EXPERT = mt5.DEAL_REASON_EXPERT


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

    Args: deposit: account currency. terms: what the broker sets for the account.
    """

    def __init__(self, deposit: float, terms: AccountTerms | None = None, digits: int = 2) -> None:
        self.deposit = self.balance = deposit
        self.terms = terms or AccountTerms()
        self.digits = digits
        self.positions: dict[int, Position] = {}
        self.orders: dict[int, Order] = {}
        self.history: list[Order] = []
        self.deals: list[TradeDeal] = []
        self.closed: list[tuple[int, ClosedTrade]] = []
        self.swaps: list[tuple[int, float]] = []
        """(bar, amount) of every swap that was charged, and negative of every one that was realised."""
        self.ambiguous_bars: set[int] = set()
        self.changes = 0
        """Counts changes of balance and positions, for whoever has derived something from them."""
        self._costs = self.terms.commission if self.terms.commission.amount or self.terms.commission.least else None
        self._tickets = 0
        self._deal_tickets = 0

    def ticket(self) -> int:
        """The next order number."""
        self._tickets += 1
        return self._tickets

    def deposit_at(self, time: int) -> None:
        """Enter the deposit as the first deal."""
        self._deal(0, time, mt5.DEAL_TYPE_BALANCE, 0, 0, 0, _EXPERT, 0.0, 0.0, 0.0, 0.0, self.deposit, "", "")

    # ------------------------------------------------------------- positions

    def open(
        self, order: Order, price: float, *, inside: bool = False, fill_at_open: bool = True, share: float = 1.0,
        identifier: int = 0,
    ) -> Position:  # fmt: skip
        """Fill an order that makes a position, at a price, now.

        Args: share, identifier: of an order that reverses a netting position, the part that opens and its new name.
        """
        market, side = order.market, LONG if order.kind % 2 == 0 else -LONG
        volume = order.volume if share == 1.0 else round(order.volume * share, 8)
        cost = self.cost(market, volume, price, "in")
        position = Position(
            ticket=order.ticket, identifier=identifier or order.ticket, side=side, market=market, volume=volume,
            entry=price, magic=order.magic, comment=order.comment, opened_at=market.time, updated_at=market.time,
            rolled=market.time // _DAY, bar=market.bar, inside=inside, fill_at_open=fill_at_open,
            margin=market.money.margin(volume, price, held=True), commission=cost,
        )  # fmt: skip
        position.set_levels(order.sl, order.tp)
        self.positions[position.ticket] = position
        self.balance += cost
        self.changes += 1
        if share == 1.0:
            self.enter(order, position, price, cost)
        return position

    def enter(self, order: Order, position: Position, price: float, cost: float) -> None:
        """Book the deal of an order that has made a position, or made it larger."""
        order.position = position.identifier
        self.finish(order, mt5.ORDER_STATE_FILLED, price)
        self._deal(
            order.ticket, order.market.time, 0 if position.side == LONG else 1, mt5.DEAL_ENTRY_IN, order.magic,
            position.identifier, order.reason, order.volume, price, cost, 0.0, 0.0, order.market.symbol, order.comment,
        )  # fmt: skip

    def close(
        self, position: Position, price: float, reason: str, *, order: Order, volume: float = 0.0,
        ambiguous: bool = False, entry: int = mt5.DEAL_ENTRY_OUT, more_cost: float = 0.0,
    ) -> ClosedTrade:  # fmt: skip
        """Close a position, or `volume` lots of it, at a price, now; `order` is the closing order.

        Args: entry: what kind of exit the deal is. more_cost: commission of what the same deal opens.
        """
        market = position.market
        volume = volume or position.volume
        cost = 0.0 if entry == mt5.DEAL_ENTRY_OUT_BY else self.cost(market, volume, price, "out")
        trade = self.realise(position, price, reason, volume, cost, ambiguous)
        order.position = position.identifier
        self.finish(order, mt5.ORDER_STATE_FILLED, price)
        self._deal(
            order.ticket, market.time, 1 if position.side == LONG else 0, entry, order.magic, position.identifier,
            order.reason, order.volume if entry == mt5.DEAL_ENTRY_INOUT else volume, price, cost + more_cost,
            trade.swap, trade.profit, market.symbol, order.comment,
        )  # fmt: skip
        return trade

    def realise(
        self, position: Position, price: float, reason: str, volume: float, exit_cost: float, ambiguous: bool = False
    ) -> ClosedTrade:
        """Take lots off a position at a price and put their result into the balance."""
        market, whole = position.market, volume >= position.volume
        share = 1.0 if whole else volume / position.volume
        entry_cost = position.commission if whole else round(position.commission * share, self.digits)
        swap = position.swap if whole else round(position.swap * share, self.digits)
        profit = round(market.money.profit(position.side, volume, position.entry, price), self.digits)
        trade = ClosedTrade(
            market.symbol, "long" if position.side == LONG else "short", volume, position.opened_at, market.time,
            position.entry, price, position.first_sl or None, position.first_tp or None, profit,
            round(entry_cost + exit_cost, self.digits), swap, reason, position.bar, market.bar, ambiguous,
            f"BT{position.ticket}", position.comment, position.inside,
        )  # fmt: skip
        self.closed.append((position.ticket, trade))
        if ambiguous:
            self.ambiguous_bars.add(market.bar)
        if swap:
            self.swaps.append((market.bar, -swap))
        self.balance = round(self.balance + profit + exit_cost + swap, 8)
        self.changes += 1
        self._shrink(position, volume, share, entry_cost, swap)
        return trade

    def _shrink(self, position: Position, volume: float, share: float, entry_cost: float, swap: float) -> None:
        if share == 1.0:
            del self.positions[position.ticket]
            return
        position.commission = round(position.commission - entry_cost, self.digits)
        position.swap = round(position.swap - swap, self.digits)
        position.margin *= 1.0 - share
        position.volume = round(position.volume - volume, 8)
        position.updated_at = position.market.time

    def exit_deal(self, order: Order, position: Position, trade: ClosedTrade, cost: float, profit: float) -> None:
        """Book one of the two deals by which opposite positions close each other."""
        self._deal(
            order.ticket, order.market.time, 1 if position.side == LONG else 0, mt5.DEAL_ENTRY_OUT_BY, order.magic,
            position.identifier, order.reason, trade.volume, trade.exit_price, cost, trade.swap, profit,
            order.market.symbol, order.comment,
        )  # fmt: skip

    def charge_swap(self, position: Position, amount: float, bar: int) -> None:
        """Add a night's swap to a position."""
        amount = round(amount, self.digits)
        position.swap = round(position.swap + amount, self.digits)
        self.swaps.append((bar, amount))

    def finish(self, order: Order, state: int, price: float = 0.0) -> None:
        """Move an order into the history."""
        self.orders.pop(order.ticket, None)
        order.state, order.done_at, order.filled_at = state, order.market.time, price
        self.history.append(order)

    # ------------------------------------------------------------- sums

    def margin(self, market: Market | None = None, side: int = LONG, more: float = 0.0, lots: float = 0.0) -> float:
        """Margin in use, with `more` of it (for so many lots) added on one side of a market."""
        if not self.positions:
            return more
        if market is None and len(self.positions) == 1:
            return next(iter(self.positions.values())).margin
        legs: dict[Market, Legs] = {}
        for position in self.positions.values():
            legs.setdefault(position.market, Legs()).add(position.side, position.volume, position.margin)
        if market is not None:
            legs.setdefault(market, Legs()).add(side, lots, more)
        return sum(both.charged(of) for of, both in legs.items())

    def floating(self) -> float:
        """Profit and swap of all open positions at the quote of the moment."""
        return sum(position.profit() + position.swap for position in self.positions.values())

    def equity(self) -> float:
        """Balance and everything that floats."""
        return self.balance + self.floating()

    def stop_out_equity(self) -> float:
        """The equity at or below which positions are closed by force."""
        if self.terms.margin_so_mode == mt5.ACCOUNT_STOPOUT_MODE_MONEY:
            return self.terms.margin_so_so
        return self.terms.margin_so_so / 100.0 * self.margin()

    def cost(self, market: Market, volume: float, price: float, way: str) -> float:
        """Commission of a deal, 0 or negative."""
        if self._costs is None or self._costs.on not in ("both", way):
            return 0.0
        return -round(charge(self._costs, market, volume, price), self.digits)

    def _deal(
        self, order: int, time: int, kind: int, entry: int, magic: int, position: int, reason: int, volume: float,
        price: float, commission: float, swap: float, profit: float, symbol: str, comment: str,
    ) -> None:  # fmt: skip
        self._deal_tickets += 1
        self.deals.append(
            TradeDeal(
                self._deal_tickets, order, time, time * 1000, kind, entry, magic, position, reason, volume, price,
                commission, swap, profit, 0.0, symbol, comment, "",
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
