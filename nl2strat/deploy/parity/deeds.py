"""What a strategy has done between one bar's close and the next, read from the book that it trades on.

A live run's mirror and a backtest's account are books of one kind, so that both are read by the same code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mas import constants as mt5
from mas.request import ORDER_NAMES

if TYPE_CHECKING:
    from mas.ledger import Ledger
    from mas.results import ClosedTrade
    from mas.terminals.simulated.book import Book, Order

ENTRY, EXIT, LEVELS, ORDER, CHANGE, REMOVAL = "entry", "exit", "levels", "order", "change", "removal"
"""A position is opened, or added to; it, or a part of it, is closed; its stop or target is moved; a waiting order is
placed, changed, deleted."""

_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done. Prices are 0.0 where there are none."""

    what: str
    """One of the words above."""
    ticket: int
    """Of the position or the order, on its own side."""
    side: str
    """ "long" or "short"; of a waiting order its type."""
    volume: float = 0.0
    """Lots."""
    price: float = 0.0
    sl: float = 0.0
    tp: float = 0.0
    reason: str = ""
    """Of an exit: as in trades. Of an entry or an order: the comment, which names the rule."""
    inside: bool = False
    """It was filled by a waiting order, a stop or a target."""
    time: int = 0
    """When it is said to have happened, epoch seconds of the server's clock."""
    result: float = 0.0
    """Of an exit: what it has brought after costs, account currency."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A book as it stands when the close of a bar has been handled."""

    positions: Mapping[int, Deed]
    """By ticket, each as its entry."""
    orders: Mapping[int, Deed]
    closed: int
    """How many closed trades there are."""
    balance: float
    ledger: tuple[object, ...]
    """What rules may ask of the past: results in a row, and when something last happened."""


BLANK = Picture({}, {}, 0, 0.0, ())


def picture_of(book: Book, ledger: Ledger) -> Picture:
    """The book as it stands."""
    positions = {
        ticket: Deed(
            ENTRY, ticket, _side(p.side), p.volume, p.first_entry or p.entry, p.sl, p.tp, p.comment, p.inside,
            p.opened_at,
        )
        for ticket, p in book.positions.items()
    }  # fmt: skip
    orders = {ticket: _waiting(order) for ticket, order in book.orders.items()}
    return Picture(positions, orders, len(book.closed), book.balance, ledger.remembered())


def _waiting(order: Order) -> Deed:
    """A waiting order. A stop-limit order is what it was at first, at its limit: its trigger is no deed."""
    kind = order.kind if order.was < 0 else order.was
    price = order.stoplimit or order.price
    return Deed(
        ORDER,
        order.ticket,
        ORDER_NAMES[kind],
        order.volume,
        price,
        order.sl,
        order.tp,
        order.comment,
        time=order.set_at,
    )


def deeds(before: Picture, after: Picture, book: Book) -> list[Deed]:
    """What has been done between two pictures of a book, in a fixed order of kinds."""
    closed = book.closed[before.closed : after.closed]
    exits = [
        Deed(
            EXIT, ticket, trade.side, trade.volume, trade.exit_price, reason=trade.exit_reason,
            inside=trade.exit_reason in _BY_SERVER, time=trade.exit_time, result=trade.net,
        )
        for ticket, trade in closed
    ]  # fmt: skip
    found = [*_entries(before, after, closed), *exits]
    for ticket, now in after.positions.items():
        was = before.positions.get(ticket)
        if was is not None and not _same_levels(was, now):
            found.append(replace(now, what=LEVELS))
    return [*found, *_orders(before, after, book)]


_BY_SERVER = frozenset({"sl", "tp", "trailing", "breakeven", "limit", "stop_out"})


def _entries(before: Picture, after: Picture, closed: list[tuple[int, ClosedTrade]]) -> list[Deed]:
    gone: dict[int, float] = {}
    short_lived: dict[int, Deed] = {}
    for ticket, trade in closed:
        gone[ticket] = gone.get(ticket, 0.0) + trade.volume
        short_lived.setdefault(ticket, _entry_of(ticket, trade))
    found = []
    for ticket in sorted({*after.positions, *gone}):
        was, now = before.positions.get(ticket), after.positions.get(ticket)
        lots = (now.volume if now else 0.0) + gone.get(ticket, 0.0) - (was.volume if was else 0.0)
        if lots > _LEAST:
            found.append(replace(now or short_lived[ticket], volume=round(lots, 8)))
    return found


def _entry_of(ticket: int, t: ClosedTrade) -> Deed:
    """The entry of a position that has been opened and closed since the picture before."""
    return Deed(
        ENTRY, ticket, t.side, t.volume, t.entry_price, t.sl or 0.0, t.tp or 0.0, t.comment, t.pending, t.entry_time
    )


def _orders(before: Picture, after: Picture, book: Book) -> list[Deed]:
    found = []
    for ticket, now in after.orders.items():
        was = before.orders.get(ticket)
        if was is None:
            found.append(now)
        elif (was.price, was.volume, was.side) != (now.price, now.volume, now.side) or not _same_levels(was, now):
            found.append(replace(now, what=CHANGE))
    ended = {o.ticket: o.state for o in book.history[-200:]} if before.orders else {}
    for ticket, was in before.orders.items():
        if ticket not in after.orders and ended.get(ticket) != mt5.ORDER_STATE_FILLED:
            found.append(replace(was, what=REMOVAL))
    return found


def _same_levels(one: Deed, other: Deed) -> bool:
    return abs(one.sl - other.sl) < _LEAST and abs(one.tp - other.tp) < _LEAST


def _side(side: int) -> str:
    return "long" if side > 0 else "short"
