"""A reversal that has yet to be judged: what the account will be once the opposite positions are closed.

An entry that is held back closes nothing, but how large it is may depend on what it would close (a share of the
balance, the losses in a row). So its size is worked out, and judged, as if they were closed already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas import constants as mt5
from mas.dataclass import dataclass
from mas.fills import LONG
from mas.terminals.simulated.costs import slipped

if TYPE_CHECKING:
    from mas.books import Books


@dataclass(frozen=True, slots=True)
class Reversal:
    """What closing everything that stands against an entry will change."""

    symbol: str
    side: int
    """Of the entry."""
    balance: float
    floating: float
    """What they will add, account currency."""
    losses: int
    wins: int
    """In a row, then."""


def reversal(books: Books, side: int) -> Reversal | None:
    """The reversal that an entry on a side of a symbol is, closing at the quotes of the moment; None if it is none.

    Commissions that depend on the volume traded so far are those of the tier reached now.
    """
    book, market = books.book, books.market
    kind = mt5.ORDER_TYPE_BUY if side == LONG else mt5.ORDER_TYPE_SELL
    balance = floating = 0.0
    results = []
    for ticket, held in books.held.items():
        position = held.position
        if position.side == side:
            continue
        price = slipped(book.terms.slippage, market, market.closing_price(position.side), kind)
        booked, net = book.outcome(position, price)
        balance, floating = balance + booked, floating - position.profit() - position.swap
        results.append((books.group_of(ticket), net))
    if not results:
        return None
    losses, wins = books.ledger.in_a_row_after(results)
    return Reversal(market.symbol, side, balance, floating, losses, wins)
