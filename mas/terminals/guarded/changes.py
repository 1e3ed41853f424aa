"""What moving a stop, or a waiting order, puts at risk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mas import constants as mt5
from mas.fills import LONG
from mas.terminals.guarded.checks import Case, Objection, beyond_risk, stops_hit
from mas.terminals.guarded.exposure import Added, Exposure
from mas.terminals.structs import TradeRequest


def risk_of_change(read: TradeRequest, held: Exposure, case_of: Callable[[Added], Case]) -> Objection | None:
    """Why a change of levels is refused: more would be lost than a limit has left. None if it is not, or if it does not
    raise what is at risk."""
    after = _changed(read, held)
    if after is None:
        return None
    symbol, changed = after
    before = case_of(Added(symbol, LONG, 0.0, 0.0, 0.0, True))
    then = replace(before, held=changed)
    if stops_hit(then, True) <= stops_hit(before, True) + 1e-9:
        return None
    return beyond_risk(then)


def _changed(read: TradeRequest, held: Exposure) -> tuple[str, Exposure] | None:
    """The symbol, and what is held once the levels are those of the request; None if it names nothing that is."""
    if read.action == mt5.TRADE_ACTION_SLTP:
        for position in held.positions:
            if position.ticket == read.position or (not read.position and position.symbol == read.symbol):
                moved = position._replace(sl=read.sl)
                others = tuple(moved if item is position else item for item in held.positions)
                return position.symbol, replace(held, positions=others)
        return None
    for order in held.orders:
        if order.ticket == read.order:
            changed = order._replace(price_open=read.price, price_stoplimit=read.stoplimit, sl=read.sl)
            return order.symbol, replace(held, orders=tuple(changed if o is order else o for o in held.orders))
    return None
