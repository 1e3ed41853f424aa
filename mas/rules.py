"""What generated strategies call besides the documented API: signals, the entry policy, sizes, plans.

All of it is ordinary bookkeeping on top of `send_order`; nothing here sends an order in a way a user could not.
"""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from typing import Any

from mas import fills
from mas.account_facts import AccountFacts
from mas.answers import ticket_of
from mas.dataclass import dataclass
from mas.entry_policy import EntryPolicy
from mas.fills import LONG, SHORT
from mas.planning import Planning
from mas.results import Alert
from mas.sizing import Sizing

log = logging.getLogger("mas")

_SIDES = {"long": LONG, "short": SHORT, None: 0}


@dataclass(frozen=True, slots=True)
class Trade:
    """An open position, as of the close of the bar being handled."""

    order_id: str
    side: str
    volume: float
    entry: float
    """Fill price."""
    bars: int
    """Bars since entry: 1 at the close of the entry bar (rule 13)."""
    profit: float
    """Price distance at this close (bid for a long, ask for a short)."""
    risk: float
    """1R: the distance to the stop as it was sent; NaN without one."""
    symbol: str
    tag: str
    """The comment of the entry order."""
    average_entry: float
    """Fill price of all positions of its side and symbol, weighted by their volumes."""


class RuleMethods(EntryPolicy, Sizing, Planning, AccountFacts):
    """Mixed into `MAS`."""

    # ------------------------------------------------------------- signals and prices

    def signal(self, name: str) -> bool:
        """Whether a condition of `signals` is true at this bar."""
        session = self._session
        return (self._running() if session is None else session).signal(name)

    def value(self, name: str) -> float:
        """A value of `signals` at this bar; NaN where it is not available."""
        session = self._session
        return (self._running() if session is None else session).value(name)

    def ask(self, symbol: str) -> float:
        """What a market buy would pay now."""
        return self._running().of(symbol).market.ask

    def bid(self, symbol: str) -> float:
        """What a market sell would get now."""
        return self._running().of(symbol).market.bid

    def pip(self, symbol: str) -> float:
        """One pip as a price distance (rule 22)."""
        return self._running().of(symbol).market.spec.pip

    def point(self, symbol: str) -> float:
        """The smallest decimal of a quote."""
        return self._running().of(symbol).market.spec.point

    def round_price(self, symbol: str, price: float) -> float:
        """The nearest price on the symbol's tick grid, half ticks away from zero (rule 8); NaN stays NaN."""
        spec = self._running().of(symbol).market.spec
        return fills.round_to_tick(price, spec.tick_size, spec.digits) if math.isfinite(price) else price

    # ------------------------------------------------------------- positions

    def trades(self, symbol: str, side: str | None = None) -> list[Trade]:
        """The strategy's open positions in a symbol, oldest first; of one side if "long" or "short" is given.

        Their age is in bars of the symbol that the rules run on.
        """
        asking = self._running()
        session = asking.of(symbol)
        wanted = _SIDES[side]
        found = []
        books, means = session.management, {}
        for ticket, held in books.held.items():
            position = held.position
            if wanted in (0, position.side):
                if position.side not in means:
                    means[position.side] = books.average_entry(position.side)
                close = session.market.closing(position.side).close[session.bar]
                entered = position.bar if asking is session else asking.bar_at(position.opened_at)
                found.append(
                    Trade(
                        session.terminal.book.order_id(ticket), "long" if position.side == LONG else "short",
                        position.volume, position.entry, asking.bar - entered + 1,
                        position.side * (close - position.entry), held.risk, symbol, position.comment,
                        means[position.side],
                    )
                )  # fmt: skip
        return found

    def close_trade(self, trade: Trade, reason: str = "signal") -> str:
        """Close one position by the opposite order; the reason becomes its exit reason."""
        order_type = "sell" if trade.side == "long" else "buy"
        return self.send_order(
            {
                "symbol": trade.symbol, "order_type": order_type, "volume": trade.volume, "order_id": trade.order_id,
                "comment": reason,
            }
        )  # fmt: skip

    def reduce_trade(
        self, trade: Trade, rule: str, percent: float | None = None, lots: float | None = None
    ) -> str | None:
        """Close a share of a position's volume, or so many lots of it, once in its life for each rule.

        Nothing is closed if the part is below the minimum volume, and all of it if less than that would be left.
        """
        ticket = ticket_of(trade.order_id)
        session = self._running().owner(ticket)
        held = session.management.held.get(ticket)
        if held is None or rule in held.reduced:
            return None
        held.reduced |= {rule}
        spec, volume = session.market.spec, held.position.volume
        wanted = volume * (percent or 0.0) / 100.0 if lots is None else lots
        closing = fills.reduction(wanted, volume, spec.volume_step, spec.volume_min)
        return self.close_trade(replace(trade, volume=closing)) if closing > 0.0 else None

    # ------------------------------------------------------------- other rules

    def cancel_orders(self, symbol: str, side: str | None = None) -> None:
        """Delete the strategy's waiting orders in a symbol; those of one side if "long" or "short" is given."""
        books, wanted = self._running().of(symbol).management, _SIDES[side]
        for order in list(books.book.orders.values()):
            mine = not books.rests_for_part(order.ticket)
            if mine and wanted in (0, LONG if fills.buys(order.kind) else SHORT):
                books.remove(order.ticket)

    def alert(self, symbol: str, text: str) -> None:
        """Say something: in the log, and among the alerts of the result. Its time is that of the bar's close."""
        session = self._running().of(symbol)
        session.alerts.append(Alert(session.decided_at(), symbol, text))
        log.info("%s: %s", symbol, text)

    def send_order(self, params: dict[str, Any]) -> str:
        raise NotImplementedError
