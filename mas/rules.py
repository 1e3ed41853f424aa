"""What generated strategies call besides the documented API: signals, the entry policy, sizes, plans.

All of it is ordinary bookkeeping on top of `send_order`; nothing here sends an order in a way a user could not.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mas import fills
from mas.answers import order_id_of, ticket_of
from mas.distances import Distance
from mas.errors import ParameterError
from mas.fills import LONG, SHORT
from mas.management import Policy

if TYPE_CHECKING:
    from mas.replay import Replay
    from mas.terminals.simulated.market import Market

_SIDES = {"long": LONG, "short": SHORT, None: 0}
_DAY = 86_400


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


class RuleMethods:
    """Mixed into `MAS`."""

    _session: Replay | None
    _policy: Policy | None
    """What `entry_side` was last asked, for the orders sent on its answer."""
    _entering: int

    def _running(self) -> Replay:
        if self._session is None:
            raise ParameterError("no bars are being played: call this from receive_bars")
        return self._session

    # ------------------------------------------------------------- signals and prices

    def signal(self, name: str) -> bool:
        """Whether a condition of `signals` is true at this bar."""
        return self._running().signal(name)

    def value(self, name: str) -> float:
        """A value of `signals` at this bar; NaN where it is not available."""
        return self._running().value(name)

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
        """The strategy's open positions in a symbol, oldest first; of one side if "long" or "short" is given."""
        session = self._running().of(symbol)
        wanted = _SIDES[side]
        found = []
        for ticket, held in session.management.held.items():
            position = held.position
            if wanted in (0, position.side):
                close = session.market.closing(position.side).close[session.bar]
                found.append(
                    Trade(
                        order_id_of(ticket), "long" if position.side == LONG else "short", position.volume,
                        position.entry, session.bar - position.bar + 1, position.side * (close - position.entry),
                        held.risk, symbol, position.comment,
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

    def send_order(self, params: dict[str, Any]) -> str:
        raise NotImplementedError

    # ------------------------------------------------------------- the entry policy

    def entry_side(
        self, symbol: str, long: bool, short: bool, pyramid: int = 1, reversal: bool = True,
        trades_per_day: int | None = None, pending: bool = False,
    ) -> str | None:  # fmt: skip
        """Which entry may be taken now, if any (rule 6): "long", "short" or None.

        A market entry against the held position closes that first. With `pending` the entry is a waiting order: the
        opposite position is closed, and the daily limit counted, when it fills.
        """
        if not (long or short):
            return None
        session = self._running().of(symbol)
        self._policy = Policy(pyramid, reversal, trades_per_day, pending)
        self._entering = LONG if long else SHORT
        books = session.management
        limit = -1 if trades_per_day is None or pending else trades_per_day
        filled = books.filled_on(session.market.time // _DAY) if limit >= 0 else 0
        longs, shorts = books.entries(LONG), books.entries(SHORT)
        decision = fills.entry(long, short, longs, shorts, pyramid, reversal, filled, limit)
        if decision == fills.CONFLICT:
            session.conflicts += 1
        if decision not in (LONG, SHORT):
            return None
        side, opposite = ("long", "short") if decision == LONG else ("short", "long")
        if not pending:
            for trade in self.trades(symbol, opposite):
                self.close_trade(trade, "reverse")
        return side

    # ------------------------------------------------------------- sizes

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
        market = self._running().of(symbol).market
        rules, fill = market.money, self._fill_price(market, price)
        return self._lots(market, percent / 100.0 * self._account(of), rules.contract * fill * rules.rate(fill))

    def _fill_price(self, market: Market, price: float | None) -> float:
        return price or (market.ask if self._entering == LONG else market.bid)

    def split_volume(self, symbol: str, volume: float, *percents: float) -> tuple[float, ...]:
        """A volume in parts, for an entry that is closed in parts: each share rounded down, the rest last.

        A volume below the minimum or above the maximum is not split, so that its one order is refused like any other
        (10014), rather than some of the parts.
        """
        spec = self._running().of(symbol).market.spec
        step = spec.volume_step
        total = fills.round_volume_down(volume, step) if math.isfinite(volume) else 0.0
        if total > spec.volume_max:
            return (*(0.0 for _ in percents), total)
        parts = [fills.round_volume_down(total * percent / 100.0, step) for percent in percents]
        return (*parts, round(total - sum(parts), 8) if total > 0.0 else volume)

    def _account(self, of: str) -> float:
        book = self._running().terminal.book
        if of not in ("balance", "equity"):
            raise ParameterError(f'a share is of "balance" or of "equity", not of "{of}"')
        return book.balance if of == "balance" else book.balance + book.floating()

    def _lots(self, market: Market, money: float, per_lot: float) -> float:
        if not (per_lot > 0.0 and money > 0.0):
            return 0.0  # no distance, no size: the order is refused with 10014
        return fills.round_volume_down(money / per_lot, market.spec.volume_step)

    # ------------------------------------------------------------- plans

    def manage(
        self, order_id: str, stop_distance: Distance | None = None, target_distance: Distance | None = None,
        trail: Distance | None = None, trail_after: Distance | None = None, break_even_after: Distance | None = None,
        break_even_plus: Distance | None = None, close_after: float | None = None,
        close_at: Sequence[tuple[int, str | None, tuple[str, ...]]] = (), valid_bars: float | None = None,
        group: Hashable = None, replaces: str | None = None, reverses: bool = False,
    ) -> None:  # fmt: skip
        """A plan for an order and its position, carried out at each bar close before `receive_bars` (rule 4).

        Args: order_id: what `send_order` returned; the answer of a refused order is ignored. Distances are price
            distances, `R` or `Percent`, measured from the real fill. close_after: bars. close_at: (minute of the
            day, zone or None, days) each. valid_bars: how long a waiting order lives. group: shared by the parts of one
            entry. replaces: the rule's name; its older waiting orders go. reverses: opposite positions are closed when
            the waiting order fills.
        """
        if not order_id:
            return
        ticket, running = ticket_of(order_id), self._running()
        session = running.owner(ticket)
        plan = session.management.plan(ticket)
        plan.stop_distance, plan.target_distance = stop_distance, target_distance
        plan.trail, plan.trail_after = trail, trail_after
        plan.even_after = break_even_after
        plan.even_plus = 0.0 if break_even_plus is None else break_even_plus
        plan.close_after = None if close_after is None else max(1, int(close_after))
        plan.close_at = tuple((minute, zone, tuple(days)) for minute, zone, days in close_at)
        plan.valid_bars = None if valid_bars is None else max(1, int(valid_bars))
        plan.group = (
            None if group is None else (group, running.bars.symbol, running.bar)
        )  # the same rule's next entry is another group
        plan.tag, plan.reverses = replaces, reverses
        session.management.adopt(ticket)
