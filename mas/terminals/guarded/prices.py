"""What the positions of one symbol come to at a price, and the price at which they come to something."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from mas.fills import LONG, SHORT

if TYPE_CHECKING:
    from mas.terminals.simulated.book import Book, Position
    from mas.terminals.simulated.core import Core
    from mas.terminals.simulated.market import Market


class Stack(NamedTuple):
    """The open positions of a symbol in an account whose other symbols stand still."""

    market: Market
    positions: tuple[Position, ...]
    side: int
    """Which way they face together; 0 if they offset each other."""
    elsewhere: float
    """Balance, and what floats apart from the profit of these positions."""

    @classmethod
    def of(cls, terminal: Core) -> Stack:
        """Of a terminal's own symbol."""
        return cls.in_book(terminal.book, terminal.market)

    @classmethod
    def in_book(cls, book: Book, market: Market) -> Stack:
        positions = tuple(book.positions.values())
        net = round(sum(p.side * p.volume for p in positions), 8)
        elsewhere = book.balance + book.floating() - sum(p.profit() for p in positions)
        return cls(market, positions, 0 if not net else LONG if net > 0.0 else SHORT, elsewhere)

    def equity_at(self, price: float, gap: float) -> float:
        """The account's equity with the closing price of its side at a price. Args: gap: between bid and ask."""
        profit = self.market.money.profit
        other = price + gap if self.side == LONG else price - gap
        return self.elsewhere + sum(
            profit(p.side, p.volume, p.entry, price if p.side == self.side else other) for p in self.positions
        )

    def price_at(self, equity: float, gap: float = 0.0) -> float:
        """The closing price of its side at which the account has an equity; 0.0 if there is none."""
        money = self.market.money
        quantity = money.contract * sum(p.side * p.volume for p in self.positions)
        weighted = money.contract * sum(p.side * p.volume * p.entry for p in self.positions)
        hedged = sum(p.volume for p in self.positions if p.side != self.side)
        weighted += money.contract * hedged * gap
        return money.ruin(quantity, weighted, self.elsewhere - equity)


def last_safe_price(stack: Stack, equity: float, gap: float) -> float:
    """The last price, on the symbol's grid, at which the equity is not below a level; 0.0 if there is none."""
    spec = stack.market.spec
    price = stack.price_at(equity, gap)
    if price <= 0.0:
        return 0.0
    ticks = price / spec.tick_size
    whole = math.ceil(ticks - 1e-6) if stack.side == LONG else math.floor(ticks + 1e-6)
    for _ in range(3):
        found = round(whole * spec.tick_size, spec.digits)
        if stack.equity_at(found, gap) >= equity - 1e-6:
            break
        whole += stack.side
    return found
