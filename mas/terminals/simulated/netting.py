"""What a filled order does to the account: a position of its own where hedging is allowed, one per symbol elsewhere.

On a netting account (reference mt5.md, 2.1) an order the same way adds to the position at the mean price; one the
other way takes off it, closes it, or reverses it in a single deal. What adds or reverses brings its own stop and target
along, none included; what takes off leaves them alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mas import constants as mt5
from mas import fills
from mas.fills import LONG, SHORT
from mas.terminals.simulated.book import Book, Order, Position, exit_reason
from mas.terminals.simulated.costs import FREE

if TYPE_CHECKING:
    from mas.terminals.simulated.market import Market
    from mas.terminals.simulated.path import Path
    from mas.terminals.simulated.playing import Listener


def fill(
    book: Book, listener: Listener, order: Order, price: float, *, inside: bool, fill_at_open: bool
) -> Position | None:
    """Fill an order, tell the listener. Returns: the position that it opened or added to."""
    held = position_of(book, order.market.symbol) if book.terms.netting else None
    side = LONG if fills.buys(order.kind) else SHORT
    if held is None:
        position = book.open(order, price, inside=inside, fill_at_open=fill_at_open)
    elif held.side == side:
        position = _add(book, held, order, price)
        position.fill_at_open = fill_at_open
    elif order.volume <= held.volume + 1e-9:
        _take_off(book, listener, held, order, price)
        return None
    else:
        position = _reverse(book, listener, held, order, price, inside, fill_at_open)
    listener.opened(position, order)
    return position


def position_of(book: Book, symbol: str) -> Position | None:
    """The one position of a symbol on a netting account."""
    return next((p for p in book.positions.values() if p.market.symbol == symbol), None)


def close_by(book: Book, listener: Listener, first: Position, second: Position, order: Order) -> None:
    """Close two opposite positions by each other, as far as the smaller goes (reference mt5.md, 2.2 and 8.1).

    All of the result is that of the first, at the price at which the second was opened; no spread is paid again.
    """
    volume, price = min(first.volume, second.volume), second.entry
    cost = FREE
    if book.terms.commission.on == "out":
        cost = book.cost(order.market, volume, price, "out")
        cost = cost + cost
    order.volume, order.position, order.position_by = volume, first.identifier, second.identifier
    why = exit_reason(order.comment)
    closed = book.realise(first, price, why, volume, cost), book.realise(second, price, why, volume, FREE)
    book.finish(order, mt5.ORDER_STATE_FILLED, price)
    book.exit_deal(order, first, closed[0], cost, closed[0][1].profit)
    book.exit_deal(order, second, closed[1], FREE, 0.0)
    for position in (first, second):
        listener.closed(position, order, volume, price)


def stop_or_reduction(market: Market, position: Position, waiting: Iterable[Order], path: Path, step: int) -> bool:
    """Whether a step holds the stop of a position and the price of a limit order that takes something off it.

    Neither at its open: as with a stop and a target nobody knows what came first (EXECUTION rule 11).
    """
    side = position.side
    opening, high, low, _ = path.step(path.quotes(market.ask_decides(side == SHORT)), step)
    if not fills.stop_hit(side, high, low, position.sl) or fills.stop_hit(side, opening, opening, position.sl):
        return False
    kind = fills.SELL_LIMIT if side == LONG else fills.BUY_LIMIT
    opening, high, low, _ = path.step(path.quotes(market.ask_decides(fills.buys(kind), limit=True)), step)
    return any(
        order.kind == kind
        and fills.triggered(kind, high, low, order.price)
        and not fills.triggered(kind, opening, opening, order.price)
        for order in waiting
    )


def _add(book: Book, held: Position, order: Order, price: float) -> Position:
    market, lots = order.market, held.volume + order.volume
    cost = book.cost(market, order.volume, price, "in")
    if held.first_entry:
        held.first_entry = (held.first_entry * held.volume + price * order.volume) / lots
    held.entry = (held.entry * held.volume + price * order.volume) / lots
    held.volume, held.updated_at = round(lots, 8), market.time
    held.margin += market.money.margin(order.volume, price, held=True, side=held.side)
    held.commission += cost.total
    held.magic, held.comment = order.magic, order.comment
    held.set_levels(order.sl, order.tp)
    book.pay(market, cost, order.volume, price)
    book.enter(order, held, price, cost)
    return held


def _take_off(book: Book, listener: Listener, held: Position, order: Order, price: float) -> None:
    volume = min(order.volume, held.volume)
    book.close(held, price, exit_reason(order.comment), order=order, volume=volume)
    listener.closed(held, order, volume, price)


def _reverse(
    book: Book, listener: Listener, held: Position, order: Order, price: float, inside: bool, fill_at_open: bool
) -> Position:
    volume, rest = held.volume, round(order.volume - held.volume, 8)
    cost = book.cost(order.market, rest, price, "in")
    book.close(held, price, "reverse", order=order, entry=mt5.DEAL_ENTRY_INOUT, more_cost=cost)
    listener.closed(held, order, volume, price)
    return book.open(
        order, price, inside=inside, fill_at_open=fill_at_open, share=rest / order.volume, identifier=held.identifier,
        cost=cost,
    )  # fmt: skip
