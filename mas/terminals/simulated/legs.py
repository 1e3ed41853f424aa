"""The margin of one symbol's positions, where longs and shorts stand against each other."""

from __future__ import annotations

from mas.fills import LONG
from mas.terminals.simulated.market import Market


class Legs:
    """Lots and margin of both sides of one symbol."""

    __slots__ = ("longs", "longs_margin", "shorts", "shorts_margin")

    def __init__(self) -> None:
        self.longs = self.shorts = self.longs_margin = self.shorts_margin = 0.0

    def add(self, side: int, lots: float, margin: float) -> None:
        """Count a position, or an order to be."""
        if side == LONG:
            self.longs += lots
            self.longs_margin += margin
        else:
            self.shorts += lots
            self.shorts_margin += margin

    def charged(self, market: Market) -> float:
        """The margin in use: that of the larger leg, or what is uncovered and a price for what is covered.

        Source: reference mt5.md, section 9 (hedging: base method, and larger leg).
        """
        larger = max(self.longs_margin, self.shorts_margin)
        covered = min(self.longs, self.shorts)
        if market.terms.hedged_use_leg or covered == 0.0:
            return larger
        return larger * abs(self.longs - self.shorts) / max(self.longs, self.shorts) + self._covered(market, covered)

    def _covered(self, market: Market, lots: float) -> float:
        """Charged at the mean price of all positions, in proportion to the hedged contract size."""
        terms, contract = market.terms, market.spec.contract_size
        hedged = contract if terms.margin_hedged is None else terms.margin_hedged
        full = terms.margin_initial or contract
        mean = (self.longs_margin + self.shorts_margin) / (self.longs + self.shorts)
        return lots * mean * hedged / full
