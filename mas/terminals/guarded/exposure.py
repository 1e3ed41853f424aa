"""What an account holds and what waits on it, as guards count it, and what a request would add.

The worst case counts: every waiting order as if it had filled. On a netting account it is that of either side, since
what waits on one side may fill before the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from mas import constants as mt5
from mas.errors import BrokerError
from mas.fills import LONG, SHORT, buys
from mas.terminals.structs import AccountInfo, TradeOrder, TradePosition, TradeRequest

_STOP_LIMITS = (mt5.ORDER_TYPE_BUY_STOP_LIMIT, mt5.ORDER_TYPE_SELL_STOP_LIMIT)
_LOTS = 1e-9
_WITHOUT_FILL = (mt5.ORDER_STATE_CANCELED, mt5.ORDER_STATE_REJECTED, mt5.ORDER_STATE_EXPIRED)


class Added(NamedTuple):
    """The new risk that a request brings."""

    symbol: str
    side: int
    lots: float
    price: float
    """Of a waiting order's fill; 0.0: the market's."""
    sl: float
    waits: bool


@dataclass(frozen=True)
class Exposure:
    """Open positions and waiting orders at one moment."""

    account: AccountInfo
    positions: tuple[TradePosition, ...] = ()
    orders: tuple[TradeOrder, ...] = ()

    @property
    def netting(self) -> bool:
        return self.account.margin_mode != mt5.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING

    def of(self, magics: frozenset[int] | None) -> Exposure:
        """The part that belongs to a strategy; None: all of it."""
        if magics is None:
            return self
        positions = tuple(p for p in self.positions if p.magic in magics)
        return replace(self, positions=positions, orders=tuple(o for o in self.orders if o.magic in magics))

    def symbols(self) -> tuple[str, ...]:
        """In which something is open or waits."""
        return tuple(dict.fromkeys([p.symbol for p in self.positions] + [o.symbol for o in self.orders]))

    def net(self, symbol: str) -> float:
        """Lots open in a symbol, shorts negative."""
        return sum(side_of(p) * p.volume for p in self.positions if p.symbol == symbol)

    def lots(self, symbol: str | None = None, more: Iterable[Added] = ()) -> float:
        """Lots open and waiting, of a symbol or in total, with what is to be added."""
        names = (symbol,) if symbol is not None else tuple(dict.fromkeys([*self.symbols(), *(a.symbol for a in more)]))
        return round(sum(self._lots_of(name, more) for name in names), 8)

    def _lots_of(self, symbol: str, more: Iterable[Added]) -> float:
        added = [a for a in more if a.symbol == symbol]
        waiting = [o for o in self.orders if o.symbol == symbol]
        if not self.netting:
            held = sum(p.volume for p in self.positions if p.symbol == symbol)
            return held + sum(o.volume_current for o in waiting) + sum(a.lots for a in added)
        net, up, down = self.net(symbol), 0.0, 0.0
        for order in waiting:
            if buys(order.type):
                up += order.volume_current
            else:
                down += order.volume_current
        up += sum(a.lots for a in added if a.side == LONG)
        down += sum(a.lots for a in added if a.side == SHORT)
        return max(abs(net + up), abs(net - down))

    def count(self, symbol: str | None = None, more: Iterable[Added] = ()) -> int:
        """Positions there would be, of a symbol or in total, with what is to be added."""
        if self.netting:
            names = {*self.symbols(), *(a.symbol for a in more)}
            return len(names) if symbol is None else int(symbol in names)
        held = [p.symbol for p in self.positions] + [o.symbol for o in self.orders] + [a.symbol for a in more]
        return len(held) if symbol is None else held.count(symbol)

    def takes_off(self, order: TradeOrder) -> bool:
        """Whether a waiting order would, on a netting account, only take something off its symbol's position."""
        if not self.netting:
            return False
        net, side = self.net(order.symbol), LONG if buys(order.type) else SHORT
        against = [o for o in self.orders if o.symbol == order.symbol and buys(o.type) == buys(order.type)]
        return net * side < 0 and sum(o.volume_current for o in against) <= abs(net) + _LOTS


def side_of(position: TradePosition) -> int:
    return LONG if position.type == mt5.POSITION_TYPE_BUY else SHORT


def entry_of(order: TradeOrder) -> float:
    """The price at which a waiting order would fill."""
    return order.price_stoplimit if order.type in _STOP_LIMITS else order.price_open


def added_by(request: TradeRequest, held: Exposure) -> Added | None:
    """What a request would add; None if it adds nothing: a closing, a reduction, a change, a removal."""
    if request.action == mt5.TRADE_ACTION_PENDING:
        return _waiting(request, held)
    if request.action != mt5.TRADE_ACTION_DEAL:
        return None
    side, lots = (LONG if buys(request.type) else SHORT), request.volume
    if request.position:
        position = next((p for p in held.positions if p.ticket == request.position), None)
        if position is None:
            return None  # it has gone meanwhile, and the terminal refuses
        against, open_lots = side != side_of(position), position.volume
    else:
        net = held.net(request.symbol)
        against, open_lots = held.netting and net * side < 0, abs(net)
    if against:
        lots = round(lots - open_lots, 8)
    if lots <= _LOTS:
        return None
    return Added(request.symbol, side, lots, 0.0, request.sl, False)


def _waiting(request: TradeRequest, held: Exposure) -> Added | None:
    side = LONG if buys(request.type) else SHORT
    price = request.stoplimit if request.type in _STOP_LIMITS else request.price
    added = Added(request.symbol, side, request.volume, price, request.sl, True)
    net = held.net(request.symbol)
    if held.netting and net * side < 0:
        waiting = sum(
            o.volume_current for o in held.orders if o.symbol == request.symbol and buys(o.type) == (side == LONG)
        )
        if waiting + request.volume <= abs(net) + _LOTS:
            return None  # the target of a part of the position
    return added


class Flight(NamedTuple):
    """An order that was let through and has not been seen yet."""

    added: Added
    ticket: int
    """0 if the answer got lost."""
    comment: str
    net: float
    """Lots in its symbol, shorts negative, once it has filled."""
    until: float
    """When it is given up, by the guards' clock."""


def unseen(terminal: Any, flights: Sequence[Flight], held: Exposure, clock: float) -> list[Flight]:
    """The orders that still have to be counted beside what the terminal shows."""
    return [f for f in flights if clock < f.until and not _shows(f, held) and not _is_over(terminal, f.ticket)]


def _shows(flight: Flight, held: Exposure) -> bool:
    found: list[Any] = [*held.orders, *held.positions]
    if flight.ticket and any(flight.ticket in (item.ticket, getattr(item, "identifier", 0)) for item in found):
        return not held.netting or flight.added.waits or abs(held.net(flight.added.symbol) - flight.net) < _LOTS
    if not flight.ticket:
        return bool(flight.comment) and any(item.comment == flight.comment for item in found)
    return held.netting and abs(held.net(flight.added.symbol) - flight.net) < _LOTS


def _is_over(terminal: Any, ticket: int) -> bool:
    """Whether the history has the end of an order that has not been seen: it was deleted, or all of it is closed."""
    if not ticket:
        return False
    orders = terminal.history_orders_get(ticket=ticket) or ()
    if any(order.state in _WITHOUT_FILL for order in orders):
        return True
    deals = terminal.history_deals_get(position=ticket) or ()
    entered = sum(deal.volume for deal in deals if deal.entry == mt5.DEAL_ENTRY_IN)
    left = sum(deal.volume for deal in deals if deal.entry in (mt5.DEAL_ENTRY_OUT, mt5.DEAL_ENTRY_OUT_BY))
    return bool(0.0 < entered <= left + _LOTS)


class Blind(Exception):
    """The terminal does not say what a guard must know."""


def look_at(terminal: Any) -> Exposure:
    """Account, positions and orders of a terminal.

    Raises: Blind: it does not answer. BrokerError: as a `Connection` does.
    """
    account, positions, orders = terminal.account_info(), terminal.positions_get(), terminal.orders_get()
    if account is None or positions is None or orders is None:
        raise Blind(f"the terminal does not say what is open: {terminal.last_error()[1]}")
    return Exposure(account, tuple(positions), tuple(orders))


def loss_between(terminal: Any, kind: int, symbol: str, lots: float, entry: float, exit_: float) -> float:
    """What lots lose between two prices, account currency; negative if they gain.

    Raises: Blind: the terminal does not say.
    """
    try:
        profit = terminal.order_calc_profit(kind, symbol, lots, entry, exit_)
    except BrokerError as error:
        raise Blind(f"the terminal does not say what {symbol} would lose: {error}") from None
    if profit is None:
        raise Blind(f"the terminal does not say what {symbol} would lose: {terminal.last_error()[1]}")
    return -float(profit)
