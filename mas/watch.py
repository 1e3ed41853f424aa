"""What a replay notices of its terminal: every fill and every end of an order, told to plans, counts and pushes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mas import constants as mt5
from mas.netting_parts import NettingParts
from mas.request import ORDER_NAMES
from mas.results import Refusal
from mas.terminals.simulated.book import Order, Position
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.simulated.validation import COMMENTS
from mas.terminals.structs import OrderSendResult

if TYPE_CHECKING:
    from mas.replay import Replay


class Watch(NettingParts):
    """The plans, and beside them the count and the pushes of everything that happens."""

    def __init__(self, terminal: SimulatedTerminal, replay: Replay) -> None:
        super().__init__(terminal)
        self.replay = replay
        terminal.listen(self)

    def opened(self, position: Position, order: Order) -> None:
        if self.replay.between and position.bar == self.market.bar:
            position.bar += 1  # that bar is over: the position will have lived first in the one to come
            position.inside, position.fill_at_open = False, True
        super().opened(position, order)
        self._execution(order, order.volume)

    @property
    def newest(self) -> int:
        return self.market.bar + self.replay.between

    def closed(self, position: Position, order: Order, volume: float, price: float) -> None:
        super().closed(position, order, volume, price)
        self._execution(order, volume)

    def ended(self, order: Order, retcode: int) -> None:
        replay = self.replay
        if self.rests_for_part(order.ticket):
            return
        replay.unfilled += 1
        if retcode in (mt5.TRADE_RETCODE_INVALID_STOPS, mt5.TRADE_RETCODE_NO_MONEY):
            replay.refused.append(Refusal(self.market.time, COMMENTS[retcode], retcode))

    def refused(self, answer: OrderSendResult) -> None:
        self.replay.refuse(answer)

    def _execution(self, order: Order, volume: float) -> None:
        if self.replay.tells_execution:
            self.replay.pushes.append(("receive_order_execution", *execution_of(order, volume, self.book.order_id)))


def execution_of(order: Order, volume: float, order_id: Callable[[int], str]) -> tuple[str, dict[str, Any]]:
    """The id and the data of a `receive_order_execution` push."""
    kind = order.kind if order.was < 0 else order.was
    return order_id(order.ticket), {
        "price": order.filled_at,
        "volume": volume,
        "symbol": order.market.symbol,
        "time": datetime.fromtimestamp(order.done_at, UTC).replace(tzinfo=None),
        "type": ORDER_NAMES[kind],
        "comment": order.comment,
        "position": order_id(order.position),
    }
