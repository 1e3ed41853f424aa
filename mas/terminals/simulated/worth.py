"""What an account is worth at the quote of the moment, and what its positions hold back."""

from __future__ import annotations

from mas import constants as mt5
from mas.fills import LONG
from mas.sums import in_order
from mas.terminals.simulated.holdings import Position
from mas.terminals.simulated.legs import Legs
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.terms import AccountTerms


class Worth:
    """The sums over the open positions of a book."""

    balance: float
    positions: dict[int, Position]
    terms: AccountTerms

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
        return in_order(position.profit() + position.swap for position in self.positions.values())

    def assets(self) -> float:
        """What collateral is worth that stands beside the balance."""
        return sum(p.market.money.assets(p.volume, p.market.closing_price(p.side)) for p in self.positions.values())

    def equity(self) -> float:
        """Balance and everything that floats."""
        return self.balance + self.floating()

    def stop_out_equity(self, margin: float | None = None) -> float:
        """The equity at or below which positions are closed by force. Args: margin: in use, if not that of now."""
        if self.terms.margin_so_mode == mt5.ACCOUNT_STOPOUT_MODE_MONEY:
            return self.terms.margin_so_so
        return self.terms.margin_so_so / 100.0 * (self.margin() if margin is None else margin)
