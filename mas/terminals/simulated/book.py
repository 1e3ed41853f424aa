"""The book of a simulated account: balance, open positions, waiting orders, and the history of both.

A position carries the ticket of the order that opened it; on a hedging account every opening deal makes a position of
its own, on a netting account `netting` decides what an order does to the one position of its symbol.
"""

from __future__ import annotations

from mas import constants as mt5
from mas.fills import LONG
from mas.results import EXIT_REASONS, ClosedTrade
from mas.terminals.simulated.costs import charge
from mas.terminals.simulated.holdings import Order, Position, Touchable, as_trade_order, as_trade_position, server_order
from mas.terminals.simulated.legs import Legs
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.terms import AccountTerms
from mas.terminals.structs import TradeDeal

__all__ = [
    "Book", "Order", "Position", "Touchable", "as_trade_order", "as_trade_position", "exit_reason", "server_order",
]  # fmt: skip

_DAY = 86_400
_EXPERT = mt5.DEAL_REASON_EXPERT


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
