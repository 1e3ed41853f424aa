"""How many lots: for a risk, for a value, and in parts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mas import fills
from mas.distances import Lots
from mas.errors import ParameterError
from mas.fills import LONG
from mas.running import Running
from mas.sums import in_order

if TYPE_CHECKING:
    from mas.terminals.simulated.market import Market


class Sizing(Running):
    """The verbs of generated code that work out volumes. All round down to the volume step (rule 7)."""

    def lots_for_risk(
        self, symbol: str, percent: float, distance: float, of: str = "balance", price: float | None = None
    ) -> float:
        """Lots that lose that share of the account over that price distance, rounded down (rule 7).

        Args: of: "balance" or "equity". price: where a waiting order is to fill; the market's if not given.
        """
        return self.lots_for_money_risk(symbol, percent / 100.0 * self._account(of), distance, price)

    def lots_for_money_risk(self, symbol: str, money: float, distance: float, price: float | None = None) -> float:
        """Lots that lose that much account currency over that price distance, rounded down."""
        market = self._running().of(symbol).market
        rules, fill = market.money, self._fill_price(market, price)
        return self._lots(market, money, distance * rules.contract * rules.rate(fill))

    def lots_for_share(self, symbol: str, percent: float, of: str = "equity", price: float | None = None) -> float:
        """Lots whose value is that share of the account, rounded down."""
        return self.lots_for_value(symbol, percent / 100.0 * self._account(of), price)

    def lots_for_value(self, symbol: str, money: float, price: float | None = None) -> float:
        """Lots whose value is that much account currency, rounded down."""
        market = self._running().of(symbol).market
        rules, fill = market.money, self._fill_price(market, price)
        return self._lots(market, money, rules.contract * fill * rules.rate(fill))

    def _fill_price(self, market: Market, price: float | None) -> float:
        return price or (market.ask if self._entering == LONG else market.bid)

    def size_factor(self, factor: float, after: str, times: float) -> float:
        """The factor to the power of the losses (or wins, as `after` says) in a row, at most so many times."""
        ran = self._reversal or self._running().management.ledger
        if after not in ("loss", "win"):
            raise ParameterError(f'sizes change after a "loss" or a "win", not after {after!r}')
        return float(factor ** min(int(times), ran.losses if after == "loss" else ran.wins))

    def split_volume(self, symbol: str, volume: float, *shares: float | Lots) -> tuple[float, ...]:
        """A volume in parts, for an entry that is closed in parts: each rounded down, the rest last.

        Args: shares: each a percent of the whole, or `Lots`. No part takes more than is left, and lots below the
            minimum are not split off.

        A volume below the minimum or above the maximum is not split, so that its one order is refused like any other
        (10014), rather than some of the parts.
        """
        spec = self._running().of(symbol).market.spec
        step = spec.volume_step
        total = fills.round_volume_down(volume, step) if math.isfinite(volume) else 0.0
        if total > spec.volume_max:
            return (*(0.0 for _ in shares), total)
        parts: list[float] = []
        for share in shares:
            left = round(total - in_order(parts), 8)
            if isinstance(share, Lots):
                parts.append(fills.part(share.lots, left, step, spec.volume_min))
            else:
                parts.append(min(left, fills.round_volume_down(total * share / 100.0, step)))
        return (*parts, round(total - in_order(parts), 8) if total > 0.0 else volume)

    def _account(self, of: str) -> float:
        book = self._running().terminal.book
        if of not in ("balance", "equity"):
            raise ParameterError(f'a share is of "balance" or of "equity", not of "{of}"')
        closing = self._reversal
        balance = book.balance if closing is None else round(book.balance + closing.balance, 8)
        if of == "balance":
            return balance
        return balance + book.floating() + (0.0 if closing is None else closing.floating)

    def _lots(self, market: Market, money: float, per_lot: float) -> float:
        if not (per_lot > 0.0 and money > 0.0):
            return 0.0  # no distance, no size: the order is refused with 10014
        return fills.round_volume_down(money / per_lot, market.spec.volume_step)
