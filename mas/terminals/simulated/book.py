"""The book of a simulated account: balance, open positions, waiting orders, and the history of both.

A position carries the ticket of the order that opened it; on a hedging account every opening deal makes a position of
its own, on a netting account `netting` decides what an order does to the one position of its symbol.
"""

from __future__ import annotations

from mas import constants as mt5
from mas.answers import order_id_of
from mas.fills import LONG
from mas.results import EXIT_REASONS, ClosedTrade
from mas.terminals.guarded.events import by_guard
from mas.terminals.simulated.costs import FREE, Cost, Dues, charge
from mas.terminals.simulated.holdings import Order, Position, Touchable, as_trade_order, as_trade_position, server_order
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.records import Fill, Records, Settled, fill_of, row_of, settled_of
from mas.terminals.simulated.terms import AccountTerms
from mas.terminals.simulated.worth import Worth
from mas.terminals.structs import TradeDeal

__all__ = [
    "Book", "Order", "Position", "Touchable", "as_trade_order", "as_trade_position", "exit_reason", "server_order",
]  # fmt: skip

_DAY = 86_400
_EXPERT = mt5.DEAL_REASON_EXPERT


class Book(Worth):
    """Everything the account owns and owes.

    Args: deposit: account currency. terms: what the broker sets for the account.
    """

    def __init__(self, deposit: float, terms: AccountTerms | None = None, digits: int = 2) -> None:
        self.deposit = self.balance = deposit
        self.terms = terms or AccountTerms()
        self.digits = digits
        self.positions: dict[int, Position] = {}
        self.orders: dict[int, Order] = {}
        self.records = Records()
        self.swaps: list[tuple[int, float]] = []
        """(bar, amount) of every swap that was charged, and negative of every one that was realised."""
        self.ambiguous_bars: set[int] = set()
        self.changes = 0
        """Counts changes of balance and positions, for whoever has derived something from them."""
        self.dues = Dues(self.terms.commission)
        self._free = self.terms.commission.is_free and self.terms.fee.is_free
        self._tickets = 0
        self._deal_tickets = 0

    # ------------------------------------------------------------- what is recorded

    @property
    def history(self) -> list[Order]:
        """Orders that are over."""
        return self._written().history

    @property
    def deals(self) -> list[TradeDeal]:
        """All deals, the deposit first."""
        return self._written().deals

    @property
    def closed(self) -> list[tuple[int, ClosedTrade]]:
        """(ticket of the position, row) of all that has been closed."""
        return self.records.closed

    def _written(self) -> Records:
        records = self.records
        if records.waiting:
            records.write_up(self._write_up)
        return records

    def _write_up(self, fill: Fill) -> None:
        order, position = fill.order(), fill.position
        if fill.settled is None:
            self._record_entry(order, position, fill.price, fill.cost, fill.time)
        else:
            self._record_exit(order, position, fill.volume, fill.price, fill.cost, fill.settled, fill.time)

    def ticket(self) -> int:
        """The next order number."""
        self._tickets += 1
        return self._tickets

    def deposit_at(self, time: int) -> None:
        """Enter the deposit as the first deal."""
        self._deal(0, time, mt5.DEAL_TYPE_BALANCE, 0, 0, 0, _EXPERT, 0.0, 0.0, FREE, 0.0, self.deposit, "", "")

    # ------------------------------------------------------------- positions

    def open(
        self, order: Order, price: float, *, inside: bool = False, fill_at_open: bool = True, share: float = 1.0,
        identifier: int = 0, cost: Cost | None = None,
    ) -> Position:  # fmt: skip
        """Fill an order that makes a position, at a price, now.

        Args: share, identifier, cost: of an order that reverses a netting position, the part that opens, its name and
            what it costs.
        """
        market, side = order.market, LONG if order.kind % 2 == 0 else -LONG
        volume = order.volume if share == 1.0 else round(order.volume * share, 8)
        cost = cost or self.cost(market, volume, price, "in")
        position = self._place(
            market, order.ticket, side, volume, price, order.sl, order.tp, order.magic, order.comment, cost, inside
        )
        position.identifier, position.fill_at_open = identifier or order.ticket, fill_at_open
        if share == 1.0:
            self.enter(order, position, price, cost)
        return position

    def open_at_market(
        self, market: Market, kind: int, volume: float, asked: float, price: float, sl: float, tp: float, magic: int,
        comment: str, filling: int,
    ) -> Position:  # fmt: skip
        """Fill a market order that makes a position, now, and write it up later. Args: asked: the quote."""
        self._tickets = number = self._tickets + 1
        cost = FREE if self._free else self.cost(market, volume, price, "in")
        position = self._place(
            market, number, LONG if kind == 0 else -LONG, volume, price, sl, tp, magic, comment, cost, market.inside
        )
        self.records.waiting.append(
            fill_of((
                position, number, kind, volume, asked, sl, tp, magic, comment, filling, market.time, market.bar, price,
                cost, None, None,
            ))
        )  # fmt: skip
        return position

    def _place(
        self, market: Market, ticket: int, side: int, volume: float, price: float, sl: float, tp: float, magic: int,
        comment: str, cost: Cost, inside: bool,
    ) -> Position:  # fmt: skip
        """Make a position and take what it costs from the balance."""
        time = market.time
        position = self.positions[ticket] = Position(
            0, -1, ticket, ticket, side, market, volume, price, 0.0, 0.0, magic, comment, time, time, time // _DAY, 0.0,
            market.bar, inside, not inside, market.money.margin(volume, price, True, side),
            0.0 if cost is FREE else cost.total,
        )  # fmt: skip
        if sl or tp:
            position.set_levels(sl, tp)
        if self._free:
            self.changes += 1
        else:
            self.pay(market, cost, volume, price)
        return position

    def enter(self, order: Order, position: Position, price: float, cost: Cost) -> None:
        """Book the deal of an order that has made a position, or made it larger."""
        self._record_entry(order, position, price, cost, order.market.time)

    def _record_entry(self, order: Order, position: Position, price: float, cost: Cost, time: int) -> None:
        order.position = position.identifier
        self.finish(order, mt5.ORDER_STATE_FILLED, price, time)
        self._deal(
            order.ticket, time, 0 if position.side == LONG else 1, mt5.DEAL_ENTRY_IN, order.magic,
            position.identifier, order.reason, order.volume, price, cost, 0.0, 0.0, order.market.symbol, order.comment,
        )  # fmt: skip

    def close(
        self, position: Position, price: float, reason: str, *, order: Order, volume: float = 0.0,
        ambiguous: bool = False, entry: int = mt5.DEAL_ENTRY_OUT, more_cost: Cost = FREE,
    ) -> ClosedTrade:  # fmt: skip
        """Close a position, or `volume` lots of it, at a price, now; `order` is the closing order.

        Args: entry: what kind of exit the deal is. more_cost: cost of what the same deal opens.
        """
        market = position.market
        volume = volume or position.volume
        cost = FREE if entry == mt5.DEAL_ENTRY_OUT_BY else self.cost(market, volume, price, "out")
        trade, settled = self.realise(position, price, reason, volume, cost, ambiguous)
        if self.records.waiting and entry == mt5.DEAL_ENTRY_OUT:  # it goes behind what waits
            order.position = position.identifier
            self._end(order, mt5.ORDER_STATE_FILLED, price, market.time)
            self.records.waiting.append(
                Fill(
                    position, order.ticket, order.kind, volume, order.price, order.sl, order.tp, order.magic,
                    order.comment, order.filling, market.time, market.bar, price, cost, settled, order,
                )
            )  # fmt: skip
            return trade
        if more_cost is not FREE:
            cost = cost + more_cost
        self._record_exit(order, position, volume, price, cost, settled, market.time, entry)
        return trade

    def close_at_market(
        self, position: Position, kind: int, asked: float, price: float, magic: int, comment: str, filling: int
    ) -> tuple[int, ClosedTrade]:
        """Close all of a position by a market order, now, and write it up later. Args: asked: the quote.

        Returns: the number of the order, and the trade.
        """
        market, volume = position.market, position.volume
        self._tickets = number = self._tickets + 1
        cost = FREE if self._free else self.cost(market, volume, price, "out")
        reason = comment if comment in EXIT_REASONS else exit_reason(comment)
        trade, settled = self.realise(position, price, reason, volume, cost)
        self.records.waiting.append(
            fill_of((
                position, number, kind, volume, asked, 0.0, 0.0, magic, comment, filling, market.time, market.bar,
                price, cost, settled, None,
            ))
        )  # fmt: skip
        return number, trade

    def _record_exit(
        self, order: Order, position: Position, volume: float, price: float, cost: Cost, settled: Settled, time: int,
        entry: int = mt5.DEAL_ENTRY_OUT,
    ) -> None:  # fmt: skip
        order.position = position.identifier
        self.finish(order, mt5.ORDER_STATE_FILLED, price, time)
        self._deal(
            order.ticket, time, 1 if position.side == LONG else 0, entry, order.magic, position.identifier,
            order.reason, order.volume if entry == mt5.DEAL_ENTRY_INOUT else volume, price, cost,
            settled.swap, settled.profit, order.market.symbol, order.comment,
        )  # fmt: skip

    def realise(
        self, position: Position, price: float, reason: str, volume: float, exit_cost: Cost, ambiguous: bool = False
    ) -> tuple[ClosedTrade, Settled]:
        """Take lots off a position at a price, put their result into the balance and their row among the trades."""
        market, digits = position.market, self.digits
        share, entry_cost, swap = 1.0, position.commission, position.swap
        if volume < position.volume:
            share = volume / position.volume
            entry_cost, swap = round(entry_cost * share, digits), round(swap * share, digits)
        earned = profit = round(market.money.profit(position.side, volume, position.entry, price), digits)
        paid = swap
        if position.first_entry:
            earned, paid = self._with_reopenings(position, share, profit, swap)
        if swap:
            self.swaps.append((market.bar, -swap))
        now, costs = (0.0, entry_cost) if exit_cost is FREE else (exit_cost.now, entry_cost + exit_cost.total)
        self.balance = round(self.balance + profit + now + swap, 8)
        if self.dues.waits:
            self.dues.note(market, exit_cost, volume, price)
        self.changes += 1
        self._shrink(position, volume, share, entry_cost, swap)
        settled = settled_of((profit, swap, earned, paid, round(costs, digits) if costs else 0.0))
        trade = row_of(position, volume, price, settled, reason, ambiguous)
        self.records.closed.append((position.ticket, trade))
        if ambiguous:
            self.ambiguous_bars.add(market.bar)
        return trade, settled

    def _with_reopenings(self, position: Position, share: float, profit: float, swap: float) -> tuple[float, float]:
        """Profit and swap of the row of a position that was reopened: the row is that of the whole position.

        What its reopenings have realised belongs to it, and what they have cost is its swap.
        """
        carried, points = round(position.carried * share, self.digits), round(position.points * share, self.digits)
        position.carried, position.points = position.carried - carried, position.points - points
        self.swaps.append((position.market.bar, carried - points))
        return round(profit + carried - points, self.digits), round(swap + points, self.digits)

    def outcome(self, position: Position, price: float) -> tuple[float, float]:
        """What closing a position at a price would add to the balance, and its result after all costs."""
        cost = self.cost(position.market, position.volume, price, "out")
        profit = round(position.market.money.profit(position.side, position.volume, position.entry, price), self.digits)
        net = profit + position.carried + position.commission + cost.total + position.swap
        return profit + cost.now + position.swap, net

    def _shrink(self, position: Position, volume: float, share: float, entry_cost: float, swap: float) -> None:
        if share == 1.0:
            del self.positions[position.ticket]
            return
        position.commission = round(position.commission - entry_cost, self.digits)
        position.swap = round(position.swap - swap, self.digits)
        position.margin *= 1.0 - share
        position.volume = round(position.volume - volume, 8)
        position.updated_at = position.market.time

    def reopen(self, position: Position, closing: float, opening: float) -> None:
        """Close a position at one price and open it again at another: how some symbols charge their swap.

        Ticket and identifier stay (a server may give a new ticket); no commission is charged.
        """
        market, side = position.market, position.side
        order = server_order(position, self.ticket(), "", mt5.DEAL_REASON_ROLLOVER)
        order.position = position.identifier
        realised = round(market.money.profit(side, position.volume, position.entry, closing), self.digits)
        points = round(market.money.profit(side, position.volume, opening, closing), self.digits)
        self.finish(order, mt5.ORDER_STATE_FILLED, closing)
        kind = order.kind
        for way, price, profit in ((mt5.DEAL_ENTRY_OUT, closing, realised), (mt5.DEAL_ENTRY_IN, opening, 0.0)):
            self._deal(
                order.ticket, market.time, kind, way, position.magic, position.identifier, order.reason,
                position.volume, price, FREE, 0.0, profit, market.symbol, "",
            )  # fmt: skip
            kind = 1 - kind
        position.first_entry = position.first_entry or position.entry
        position.entry = opening
        position.margin = market.money.margin(position.volume, opening, held=True, side=side)
        position.carried, position.points = position.carried + realised, position.points + points
        self.balance = round(self.balance + realised, 8)
        self.swaps.append((market.bar, points - realised))
        self.changes += 1

    def exit_deal(
        self, order: Order, position: Position, closed: tuple[ClosedTrade, Settled], cost: Cost, profit: float
    ) -> None:
        """Book one of the two deals by which opposite positions close each other."""
        trade, settled = closed
        self._deal(
            order.ticket, order.market.time, 1 if position.side == LONG else 0, mt5.DEAL_ENTRY_OUT_BY, order.magic,
            position.identifier, order.reason, trade.volume, trade.exit_price, cost, settled.swap, profit,
            order.market.symbol, order.comment,
        )  # fmt: skip

    def charge_swap(self, position: Position, amount: float, bar: int) -> None:
        """Add a night's swap to a position."""
        amount = round(amount, self.digits)
        position.swap = round(position.swap + amount, self.digits)
        self.swaps.append((bar, amount))

    def order_id(self, ticket: int) -> str:
        """The id that a strategy knows an order by, and the position that it makes."""
        return order_id_of(ticket)

    def finish(self, order: Order, state: int, price: float = 0.0, time: int | None = None) -> None:
        """Move an order into the history. Args: time: when it ended, if not now."""
        self._end(order, state, price, order.market.time if time is None else time)
        self.history.append(order)

    def _end(self, order: Order, state: int, price: float, time: int) -> None:
        self.orders.pop(order.ticket, None)
        order.state, order.filled_at, order.done_at = state, price, time

    # ------------------------------------------------------------- costs

    def cost(self, market: Market, volume: float, price: float, way: str) -> Cost:
        """What a deal costs that goes "in" or "out"."""
        if self._free:
            return FREE
        commission, fee = self.terms.commission, self.terms.fee
        due = extra = 0.0
        if commission.on in ("both", way) and not commission.is_free:
            due = -round(charge(commission, market, volume, price, self.dues), self.digits)
        if fee.on in ("both", way) and not fee.is_free:
            extra = -round(charge(fee, market, volume, price), self.digits)
        return Cost(due, extra) if commission.charged == "deal" else Cost(0.0, extra, due)

    def pay(self, market: Market, cost: Cost, volume: float, price: float) -> None:
        """Take what an entry costs from the balance, now or later."""
        self.changes += 1
        if cost is not FREE:
            self.balance += cost.now
        if self.dues.waits:
            self.dues.note(market, cost, volume, price)

    def settle(self, time: int, *, over: bool = False) -> None:
        """Charge the commission of a day or month that has ended by then, in a deal of its own.

        Args: over: it is the end of the data, and all that is due is charged.
        """
        dues = self.dues
        if not dues.until or not (over or time >= dues.until):
            return
        stamp, due = min(dues.until, time), round(dues.settle(time >= dues.until), self.digits)
        if due:
            self.balance = round(self.balance - due, 8)
            self.changes += 1
            kind = mt5.DEAL_TYPE_COMMISSION_DAILY if dues.period == "day" else mt5.DEAL_TYPE_COMMISSION_MONTHLY
            self._deal(0, stamp, kind, 0, 0, 0, mt5.DEAL_REASON_CLIENT, 0.0, 0.0, FREE, 0.0, -due, "", "")

    def _deal(
        self, order: int, time: int, kind: int, entry: int, magic: int, position: int, reason: int, volume: float,
        price: float, cost: Cost, swap: float, profit: float, symbol: str, comment: str,
    ) -> None:  # fmt: skip
        deals = self.deals  # what has waited to be written up comes first
        self._deal_tickets += 1
        fields = (
            self._deal_tickets, order, time, time * 1000, kind, entry, magic, position, reason, volume, price,
            cost.commission, swap, profit, cost.fee, symbol, comment, "",
        )  # fmt: skip
        deals.append(TradeDeal._make(fields))


def exit_reason(comment: str) -> str:
    """The reason that a closing order names in its comment; any other comment is a signal of the strategy.

    What a guard closes has reached a limit.
    """
    if comment in EXIT_REASONS:
        return comment
    return "limit" if by_guard(comment) else "signal"
