"""Whether an account can pay for an order."""

from __future__ import annotations

from mas import fills
from mas.fills import LONG, SHORT
from mas.terminals.simulated.book import Book
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.netting import position_of


def affordable(book: Book, market: Market, kind: int, volume: float, price: float) -> bool:
    """Whether equity covers the margin of all positions with one more; an order that takes off one needs none."""
    side, money = LONG if fills.buys(kind) else SHORT, market.money
    held = position_of(book, market.symbol) if book.terms.netting else None
    if held is not None and held.side != side and volume <= held.volume + 1e-9:
        return True  # it takes off the position
    floating = book.floating() + money.profit(side, volume, price, market.closing_price(side))
    margin = book.margin(market, side, money.margin(volume, price, side=side), volume)
    return book.balance - book.dues.blocked + floating >= margin
