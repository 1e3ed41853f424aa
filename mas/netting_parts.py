"""The parts of an entry on a netting account, which has one position per symbol with one stop and one target (rule 16).

Each part is kept as a position of its own, known by the ticket of its order, exactly as on a hedging account; plans,
rules and trades know no difference. In the terminal there is the one position: it has the stop that the parts share and
the target that is farthest away, and for each nearer target an opposite limit order of that part's volume rests beside
it. Such an order is deleted when its part closes, and replaced when the part's target or volume changes.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mas import constants as mt5
from mas import fills, request
from mas.errors import ParameterError
from mas.fills import LONG
from mas.management import Management
from mas.plans import Plan
from mas.results import ClosedTrade
from mas.terminals.simulated.book import Order, Position
from mas.terminals.simulated.netting import position_of
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.structs import OrderSendResult

log = logging.getLogger("mas")

_DONE = (mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_NO_CHANGES)
_SHARED = (
    "stop_distance", "trail", "trail_after", "line_after", "even_after", "even_plus", "locks",
)  # fmt: skip
"""What a plan says about the stop, which all parts have in common."""


class NettingParts(Management):
    """`Management` that also keeps the parts of an entry apart where the account does not."""

    def __init__(self, terminal: SimulatedTerminal) -> None:
        super().__init__(terminal)
        self._parts: dict[int, Position] = {}
        """By the ticket of the order that made it; not in the terminal's book. Empty on a hedging account."""
        self._resting: dict[int, int] = {}
        """The limit order of a part."""
        self._placed: set[int] = set()
        """All limit orders there have been."""
        self._closing: Position | None = None
        """The part that the request being carried out closes."""

    def rests_for_part(self, ticket: int) -> bool:
        """Whether a waiting order is the target of a part, which the strategy knows nothing of."""
        return ticket in self._placed

    def refused(self, answer: OrderSendResult) -> None:
        """A part's target was not accepted."""

    # ------------------------------------------------------------- what the runtime asks

    def adopt(self, ticket: int) -> None:
        grouped = self.plans[ticket].group is not None and self.terminal.account.netting
        if grouped and ticket not in self.book.orders:
            self._begin(ticket)
        super().adopt(ticket)
        if self._parts:
            self._arrange()

    def send(self, request: dict[str, Any]) -> OrderSendResult | None:
        part = self._parts.get(request.get("position") or 0)
        real = self._position
        if part is None or real is None:
            return super().send(request)
        if request["action"] == mt5.TRADE_ACTION_SLTP:
            return super().send({**request, "position": real.ticket})
        self._closing = part
        try:
            return super().send({**request, "position": real.ticket})
        finally:
            self._closing = None

    def set_levels(self, ticket: int, sl: float, tp: float, comment: str) -> int:
        part = self._parts.get(ticket)
        if part is None:
            return super().set_levels(ticket, sl, tp, comment)
        before = part.sl, part.tp, part.stop_by
        part.set_levels(sl, tp, comment)
        code = self._arrange(sl, comment)
        if code not in _DONE:
            part.sl, part.tp, part.stop_by = before
            self._arrange()
        return code

    # ------------------------------------------------------------- what the terminal reports

    def admits(self, order: Order, price: float) -> bool:
        if order.ticket in self._placed:
            return order.ticket in self._resting.values()  # its part may be gone, and it could not be deleted
        return super().admits(order, price)

    def opened(self, position: Position, order: Order) -> None:
        plan = self.plans.get(order.ticket)
        grouped = plan is not None and plan.group is not None and self.terminal.account.netting
        if not grouped and not self._parts:
            super().opened(position, order)
            return
        price = order.filled_at or position.entry
        part = self._parts[order.ticket] = replace(
            position, ticket=order.ticket, volume=order.volume, entry=price, sl=order.sl, tp=order.tp,
            first_sl=order.sl, first_tp=order.tp, stop_by="sl", comment=order.comment, magic=order.magic, swap=0.0,
        )  # fmt: skip
        super().opened(part, order)
        self._arrange(filled=order.ticket)

    def closed(self, position: Position, order: Order, volume: float, price: float) -> None:
        shares = self._closed_parts(order, volume) if self._parts else []
        if not shares:
            super().closed(position, order, volume, price)
            return
        self._split_row(shares, stopped=order.reason == mt5.ORDER_REASON_SL)
        for part, lots in shares:
            part.volume = round(part.volume - lots, 8)
            if part.volume <= 1e-9:
                del self._parts[part.ticket], self.held[part.ticket]
            self.settle_closed(part.ticket)
        self._arrange()

    # ------------------------------------------------------------- inside

    @property
    def _position(self) -> Position | None:
        """The one of the terminal."""
        return position_of(self.book, self.market.symbol)

    def _begin(self, ticket: int) -> None:
        """Keep a position that an order has just made as a part.

        Raises: ParameterError: the position was there before, or its parts are to have different stops.
        """
        plan = self.plans[ticket]
        for other in self._parts:
            known = self.plans.get(other)
            if known is not None and any(getattr(known, name) != getattr(plan, name) for name in _SHARED):
                raise ParameterError("the parts of an entry on a netting account have one stop: manage them alike")
        if ticket in self._parts:
            return
        held = self.held.get(ticket)
        filled = next((order for order in reversed(self.book.history) if order.ticket == ticket), None)
        alone = filled is not None and held is not None and fills.same(filled.volume, held.position.volume)
        if not alone or held is None:
            raise ParameterError(
                "on a netting account an entry in parts needs a symbol without a position, and each of its orders must "
                "be managed before the next is sent"
            )
        self._parts[ticket] = held.position = replace(held.position, swap=0.0)

    def _closed_parts(self, order: Order, volume: float) -> list[tuple[Position, float]]:
        """(part, lots of it) of what a closing deal has closed: the part it was for, else the oldest first."""
        mine = next((part for part, resting in self._resting.items() if resting == order.ticket), None)
        first = self._closing if mine is None else self._parts[mine]
        shares, left = [], volume
        for part in sorted(self._parts.values(), key=lambda part: part is not first):
            lots = min(part.volume, round(left, 8))
            if lots > 1e-9:
                shares.append((part, lots))
                left -= lots
        return shares

    def _split_row(self, shares: list[tuple[Position, float]], *, stopped: bool) -> None:
        """One trade of the book becomes one of each part that it closed: what it came to is theirs by volume.

        Args: stopped: the terminal's position has hit its stop, which is named by what has moved that of the part.
        """
        _, whole = self.book.closed.pop()
        digits, total = self.book.digits, sum(lots for _, lots in shares)
        rest = whole
        for number, (part, lots) in enumerate(shares, 1):
            share = lots / total
            money: dict[str, Any] = {
                name: getattr(rest, name) if number == len(shares) else round(getattr(whole, name) * share, digits)
                for name in ("profit", "commission", "swap")
            }
            rest = rest._replace(**{name: round(getattr(rest, name) - money[name], digits) for name in money})
            money["order_id"] = self.book.order_id(part.ticket)
            money["exit_reason"] = part.stop_by if stopped else whole.exit_reason
            self.book.closed.append((part.ticket, _row(whole, part, lots, money)))

    def _arrange(self, stop: float | None = None, comment: str = "", filled: int = 0) -> int:
        """Give the terminal's position its stop and target, and each part with a nearer target its order.

        Args: stop: None keeps it. comment: who moves it. filled: the order whose fill this answers.
        Returns: the retcode of the change of the position's levels.
        """
        position, parts = self._position, list(self._parts.values())
        if position is None or not parts:
            for ticket in list(self._resting):
                self._take_away(ticket)
            return mt5.TRADE_RETCODE_DONE
        stop = position.sl if stop is None else stop
        last = max(parts, key=lambda part: part.side * part.tp if part.tp else math.inf)
        if not (fills.same(stop, position.sl) and fills.same(last.tp, position.tp)):
            code = super().set_levels(position.ticket, stop, last.tp, comment or position.stop_by)
            if code not in _DONE:
                return code
        for ticket in [t for t in self._resting if t not in self._parts]:
            self._take_away(ticket)
        for part in parts:
            self._rest(part, last.tp, filled)
        return mt5.TRADE_RETCODE_DONE

    def _rest(self, part: Position, last: float, filled: int) -> None:
        """See to it that a limit order rests at the part's target, if that is nearer than the last one."""
        order = self.book.orders.get(self._resting.get(part.ticket, 0))
        wanted = part.tp != 0.0 and not fills.same(part.tp, last)
        if order is not None and wanted and order.volume == part.volume:
            if not fills.same(order.price, part.tp):
                super().send(
                    {"action": mt5.TRADE_ACTION_MODIFY, "order": order.ticket, "price": part.tp, "type_time": 0}
                )
            return
        self._take_away(part.ticket)
        if wanted:
            self._place(part, filled)

    def _place(self, part: Position, filled: int) -> None:
        kind = "sell_limit" if part.side == LONG else "buy_limit"
        asked = request.trade_request(
            {
                "symbol": self.market.symbol, "order_type": kind, "volume": part.volume, "price": part.tp,
                "magic": part.magic, "comment": "tp",
            },
            self.terminal.static_symbol_info, self.terminal.quote(),
        )  # fmt: skip
        answer = super().send(asked)
        if answer is None or answer.retcode not in _DONE:
            log.warning("the target %g of a part could not be placed: it stays open until the others close", part.tp)
            if answer is not None:
                self.refused(answer)
            return
        self._resting[part.ticket] = answer.order
        self._placed.add(answer.order)
        self.plans[answer.order] = Plan(group=next(self._groups(), None))
        self.terminal.player.follows(self.book.orders[answer.order], filled)

    def _groups(self) -> Iterator[Any]:
        return (plan.group for t in self._parts if (plan := self.plans.get(t)) is not None and plan.group is not None)

    def _take_away(self, ticket: int) -> None:
        """Delete the order of a part, if there is one."""
        resting = self._resting.pop(ticket, 0)
        if resting in self.book.orders:
            self.remove(resting)


def _row(whole: ClosedTrade, part: Position, lots: float, found: dict[str, Any]) -> ClosedTrade:
    """The trade of one part."""
    return whole._replace(
        volume=lots, entry_price=part.first_entry or part.entry, sl=part.first_sl or None,
        tp=part.first_tp or None, comment=part.comment, **found,
    )  # fmt: skip
