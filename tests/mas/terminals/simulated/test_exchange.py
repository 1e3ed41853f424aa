"""Exchange symbols whose bars are Last prices: what triggers, and at what price it is dealt; book-or-cancel orders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mas import constants as mt5
from mas.bars import Bars
from mas.modelling import course_of
from mas.symbols import symbol_spec
from mas.terminals.simulated import SimulatedTerminal
from mas.terminals.simulated.terms import SymbolTerms
from tests.mas.scenarios import Row, flat, market

LAST = SymbolTerms(chart_mode=mt5.SYMBOL_CHART_MODE_LAST)
DEAL: dict[str, Any] = {"action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1}
WAIT = {**DEAL, "action": mt5.TRADE_ACTION_PENDING, "type_filling": mt5.ORDER_FILLING_RETURN}
UP: Row = (1.1, 1.105, 1.1, 1.1)
DOWN: Row = (1.1, 1.1, 1.095, 1.1)


def bars(row: Row, mode: str = "EXCH_FUTURES") -> Bars:
    """A spread of a hundred points; margin is none of these tests' business."""
    spec = replace(symbol_spec("EURUSD"), calc_mode=mode)
    return market([*flat(1.1), row, *flat(row[3], 2)], spec=spec, spread=np.full(4, 100.0))


def played(row: Row, request: dict[str, Any], terms: SymbolTerms = LAST, path: bool = False) -> SimulatedTerminal:
    terminal = SimulatedTerminal(bars(row), terms=terms)
    if path:
        course_of(terminal.market, "ohlc", None).lead(terminal)
    terminal.initialize()
    terminal.open_bar(0)
    answer = terminal.order_send(request)
    assert answer is not None
    assert answer.retcode == mt5.TRADE_RETCODE_DONE
    touched = terminal.next_touch(1, 4)
    if touched < 4:
        terminal.play(touched)
    return terminal


def exit_of(terminal: SimulatedTerminal) -> float | None:
    return terminal.book.closed[0][1].exit_price if terminal.book.closed else None


@pytest.mark.parametrize("path", [False, True])
@pytest.mark.parametrize(
    ("row", "levels", "by_last", "by_ask"),
    [
        (UP, {"sl": 1.105}, 1.106, 1.105), (UP, {"sl": 1.1055}, None, 1.1055), (UP, {"sl": 1.1045}, 1.1055, 1.1045),
        (DOWN, {"tp": 1.095}, 1.096, None), (DOWN, {"tp": 1.0965}, 1.0975, 1.0965),
    ],
)  # fmt: skip
def test_levels_of_a_short_are_triggered_by_last_and_dealt_at_the_ask(
    row: Row, levels: dict[str, float], by_last: float | None, by_ask: float | None, path: bool
) -> None:
    """The Last price must reach them; the ask, a spread above, is paid. Of other symbols the ask must reach them."""
    request = {**DEAL, "type": mt5.ORDER_TYPE_SELL, **levels}
    assert exit_of(played(row, request, path=path)) == (None if by_last is None else pytest.approx(by_last))
    assert exit_of(played(row, request, SymbolTerms(), path)) == (None if by_ask is None else pytest.approx(by_ask))


@pytest.mark.parametrize(
    ("kind", "row", "price", "entry"),
    [
        (mt5.ORDER_TYPE_BUY_STOP, UP, 1.1055, None), (mt5.ORDER_TYPE_BUY_STOP, UP, 1.104, 1.105),
        (mt5.ORDER_TYPE_BUY_LIMIT, DOWN, 1.0955, None), (mt5.ORDER_TYPE_BUY_LIMIT, DOWN, 1.097, 1.097),
        (mt5.ORDER_TYPE_SELL_STOP, DOWN, 1.096, 1.096),
    ],
)  # fmt: skip
def test_stops_look_at_last_and_limits_at_the_ask(kind: int, row: Row, price: float, entry: float | None) -> None:
    """A stop order fills at the ask when the Last price has reached it; a limit never worse than its price."""
    terminal = played(row, {**WAIT, "type": kind, "price": price})
    found = [position.price_open for position in terminal.positions_get() or ()]
    assert found == ([] if entry is None else [pytest.approx(entry)])


def test_the_last_price_is_shown() -> None:
    """In ticks and in the symbol's properties; other calculation modes still trigger by bid and ask."""
    terminal = played(UP, {**DEAL, "type": 0})
    tick, info = terminal.symbol_info_tick("EURUSD"), terminal.symbol_info("EURUSD")
    assert tick is not None
    assert info is not None
    assert (tick.last, tick.flags & mt5.TICK_FLAG_LAST, info.last, info.chart_mode) == (1.1, 8, 1.1, 1)
    assert SimulatedTerminal(bars(UP, "CFD"), terms=LAST).market.by_last is False


@pytest.mark.parametrize(("price", "state"), [(1.0995, mt5.ORDER_STATE_PLACED), (1.102, mt5.ORDER_STATE_CANCELED)])
def test_book_or_cancel(price: float, state: int) -> None:
    """Under exchange execution a limit may be marketable; with BOC it is then cancelled instead of filled."""
    terms = SymbolTerms(
        execution=mt5.SYMBOL_TRADE_EXECUTION_EXCHANGE, filling_mode=mt5.SYMBOL_FILLING_BOC | mt5.SYMBOL_FILLING_FOK
    )
    request = {**WAIT, "type": mt5.ORDER_TYPE_BUY_LIMIT, "price": price, "type_filling": mt5.ORDER_FILLING_BOC}
    terminal = played(flat(1.1)[0], request, terms)
    orders = (*(terminal.orders_get() or ()), *(terminal.history_orders_get(ticket=1) or ()))
    assert [(order.ticket, order.state) for order in orders] == [(1, state)]
    assert terminal.positions_get() == ()
    filled = played(flat(1.1)[0], {**request, "type_filling": mt5.ORDER_FILLING_RETURN}, terms)
    assert len(filled.positions_get() or ()) == (price > 1.101)
