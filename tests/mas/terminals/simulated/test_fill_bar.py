"""The bar of a waiting order's fill on a netting account: the stop may be hit in it, the target not (rule 14)."""

from __future__ import annotations

from typing import Any

import pytest

from mas import constants as mt5
from mas.terminals.simulated import SimulatedTerminal
from mas.terminals.simulated.terms import AccountTerms
from tests.mas.scenarios import Row, flat, market

NETTING = AccountTerms(netting=True)
DEAL: dict[str, Any] = {"action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1}
WAIT = {**DEAL, "action": mt5.TRADE_ACTION_PENDING, "type_filling": mt5.ORDER_FILLING_RETURN}


def played(row: Row, waiting: dict[str, Any], held: int = mt5.ORDER_TYPE_BUY) -> SimulatedTerminal:
    """A position at 1.1000 and a waiting order; then the bar of the row is played."""
    terminal = SimulatedTerminal(market([*flat(1.1), row, *flat(row[3], 2)]), account=NETTING)
    terminal.initialize()
    terminal.open_bar(0)
    for request in ({**DEAL, "type": held}, {**WAIT, **waiting}):
        answer = terminal.order_send(request)
        assert answer is not None
        assert answer.retcode == mt5.TRADE_RETCODE_DONE
    terminal.open_bar(1)
    terminal.play(1)
    return terminal


LIMIT = {"type": mt5.ORDER_TYPE_BUY_LIMIT, "price": 1.095, "sl": 1.09, "tp": 1.104}


def test_the_target_of_an_increase_is_not_hit_in_its_bar() -> None:
    """The bar's high may have come before the fill; the next bar may take it."""
    terminal = played((1.1, 1.105, 1.094, 1.1), LIMIT)
    (position,) = terminal.positions_get() or ()
    assert (position.ticket, position.volume, position.tp) == (1, 0.2, 1.104)


@pytest.mark.parametrize("high", [1.101, 1.105])
def test_the_stop_of_an_increase_is_hit_in_its_bar(high: float) -> None:
    """Wherever the bar touches it, at the level: all lots are closed."""
    terminal = played((1.1, high, 1.089, 1.1), LIMIT)
    assert terminal.positions_get() == ()
    deal = (terminal.history_deals_get(position=1) or ())[-1]
    assert (deal.reason, deal.price, deal.volume) == (mt5.DEAL_REASON_SL, 1.09, 0.2)


def test_an_increase_at_the_open_is_stopped_there_if_the_open_lies_beyond() -> None:
    """The bar opens at 1.0890, beyond the limit and beyond the stop that comes with it: the order is refused."""
    terminal = played((1.089, 1.1, 1.088, 1.1), LIMIT)
    (position,) = terminal.positions_get() or ()
    assert position.volume == 0.1
    (order,) = terminal.history_orders_get(ticket=2) or ()
    assert order.state == mt5.ORDER_STATE_REJECTED


def test_what_a_reversal_opens_has_no_target_in_its_bar() -> None:
    """The position has the reversing order's ticket; a stop would count, the target does not."""
    terminal = played(
        (1.1, 1.106, 1.09, 1.1), {**LIMIT, "type": 3, "price": 1.105, "sl": 0.0, "tp": 1.095, "volume": 0.3}
    )
    (position,) = terminal.positions_get() or ()
    assert (position.ticket, position.identifier, position.type, position.tp) == (2, 1, 1, 1.095)


def test_a_reduction_leaves_the_target_alive() -> None:
    """What is left was held at the bar's first tick, so both its levels count in this bar."""
    terminal = SimulatedTerminal(market([*flat(1.1), (1.1, 1.106, 1.099, 1.1), *flat(1.1)]), account=NETTING)
    terminal.initialize()
    terminal.open_bar(0)
    terminal.order_send({**DEAL, "type": 0, "volume": 0.3, "tp": 1.105})
    terminal.order_send({**WAIT, "type": mt5.ORDER_TYPE_SELL_LIMIT, "price": 1.102})
    terminal.open_bar(1)
    terminal.play(1)
    deals = [(d.volume, d.price) for d in terminal.history_deals_get(position=1) or ()]
    assert deals == [(0.3, 1.1), (0.1, 1.102), (0.2, 1.105)]
