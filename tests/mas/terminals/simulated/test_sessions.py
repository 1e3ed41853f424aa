"""Trade sessions: what waits outside them, and gaps filled at the level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mas import constants as mt5
from mas.bars import Bars
from mas.errors import ParameterError
from mas.modelling import course_of
from mas.terminals.simulated import SimulatedTerminal
from mas.terminals.simulated.terms import AccountTerms, SymbolTerms
from tests.mas.scenarios import MONDAY, flat, market

DEAL: dict[str, Any] = {"action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1, "type": 0}
WAIT = {
    **DEAL, "action": mt5.TRADE_ACTION_PENDING, "type": mt5.ORDER_TYPE_BUY_LIMIT, "price": 1.095,
    "type_filling": mt5.ORDER_FILLING_RETURN,
}  # fmt: skip
DAYTIME = SymbolTerms(sessions={1: ((0, 60), (180, 600))})
"""Monday from midnight to one, and from three to ten."""


def played(bars: Bars, *requests: dict[str, Any], **settings: Any) -> SimulatedTerminal:
    """The requests at the first tick, then every bar."""
    terminal = SimulatedTerminal(bars, **settings)
    terminal.initialize()
    terminal.open_bar(0)
    for request in requests:
        answer = terminal.order_send(request)
        assert answer is not None
        assert answer.retcode == mt5.TRADE_RETCODE_DONE
    return terminal


def run(terminal: SimulatedTerminal) -> SimulatedTerminal:
    """Visit the bars that a replay would visit."""
    bar, stop = 0, len(terminal.market)
    while (bar := terminal.next_touch(bar, stop)) < stop:
        terminal.play(bar)
        bar += 1
    return terminal


def exits(terminal: SimulatedTerminal) -> list[tuple[int, float, str]]:
    """(bar, price, reason) of what was closed."""
    return [(trade.exit_bar, trade.exit_price, trade.exit_reason) for _, trade in terminal.book.closed]


NIGHT = [*flat(1.1), (1.1, 1.11, 1.08, 1.1), *flat(1.1)]
"""An hour in the session, two outside it: the first of them goes far down and up."""


@pytest.mark.parametrize("levels", [{"sl": 1.09}, {"tp": 1.105}])
def test_levels_sleep_outside_the_sessions(levels: dict[str, float]) -> None:
    """What only the night touches is never hit."""
    terminal = run(played(market([*NIGHT, *flat(1.1, 3)]), {**DEAL, **levels}, terms=DAYTIME))
    assert exits(terminal) == []
    assert exits(run(played(market([*NIGHT, *flat(1.1, 3)]), {**DEAL, **levels}))) != []


def test_a_stop_that_the_night_has_passed_is_hit_at_the_next_sessions_first_price() -> None:
    """It slips to it, as over any gap; a target is met better."""
    bars = market([*NIGHT[:2], *flat(1.08), *flat(1.085, 3)])
    assert exits(run(played(bars, {**DEAL, "sl": 1.09}, terms=DAYTIME))) == [(3, 1.085, "sl")]
    assert exits(run(played(bars, {**DEAL, "type": 1, "tp": 1.09}, terms=DAYTIME))) == [(3, 1.085, "tp")]
    assert exits(run(played(bars, {**DEAL, "sl": 1.09}))) == [(1, 1.09, "sl")]


def test_waiting_orders_sleep_too() -> None:
    """A limit that the night has reached fills at the open of the session."""
    terminal = run(played(market([*NIGHT[:2], *flat(1.08), *flat(1.085, 3)]), WAIT, terms=DAYTIME))
    (position,) = terminal.positions_get() or ()
    assert (position.price_open, position.time) == (1.085, MONDAY + 3 * 3600)


def test_no_stop_out_outside_the_sessions() -> None:
    """Nor is anything closed by force while there is no market."""
    bars = market([*flat(1.1), (1.1, 1.1, 1.0, 1.1), *flat(1.1, 4)])
    account = {"deposit": 1_000.0, "leverage": 500}
    assert exits(run(played(bars, {**DEAL, "volume": 1.0}, terms=DAYTIME, **account))) == []
    assert exits(run(played(bars, {**DEAL, "volume": 1.0}, **account)))[0][2] == "stop_out"


def test_with_minutes_only_those_of_the_session_count() -> None:
    """An hour that is half in the session: the fall in its first half is not traded, the level is met in the second."""
    terms = SymbolTerms(sessions={1: ((0, 60), (90, 120))})
    prices = np.full(180, 1.1)
    prices[65:85], prices[85:] = 1.08, 1.086
    minutes = market([(p, p, p, p) for p in prices], timeframe="M1")
    hours = market([*flat(1.1), (1.1, 1.1, 1.08, 1.086), *flat(1.086)])
    terminal = played(hours, {**DEAL, "sl": 1.09}, terms=terms)
    course_of(terminal.market, "ohlc", minutes).lead(terminal)
    assert exits(run(terminal)) == [(1, 1.086, "sl")]
    assert exits(run(played(hours, {**DEAL, "sl": 1.09}, terms=terms))) == [(1, 1.09, "sl")], "as a whole without them"


def test_requests_are_accepted_in_a_bar_that_a_session_begins_in() -> None:
    """Days that are stamped with midnight though they begin with the session's first tick; not on a day without one."""
    terms = SymbolTerms(sessions={1: ((5, 1435),)})
    terminal = played(market(flat(1.1, 3), timeframe="D1"), DEAL, terms=terms)
    terminal.open_bar(1)
    answer = terminal.order_send(DEAL)
    assert answer is not None
    assert answer.retcode == mt5.TRADE_RETCODE_MARKET_CLOSED


def test_a_bar_is_in_session_if_a_minute_of_it_is() -> None:
    """Over midnight, over the week's end, for bars as long as the week."""
    terms = SymbolTerms(sessions={0: ((0, 5),), 1: ((61, 62),)})
    sunday = MONDAY - 86_400
    hours = sunday + 3600 * np.array([-1, 0, 1, 24, 25, 26])
    assert terms.open_during(hours, 3600).tolist() == [False, True, False, False, True, False]
    assert terms.open_during(hours, 7200).tolist() == [True, True, False, True, True, False]
    assert terms.open_during(hours, 30 * 86_400).all()
    assert SymbolTerms().open_during(hours, 60).all()


@pytest.mark.parametrize(("gaps", "stop", "limit"), [("open", 1.085, 1.085), ("level", 1.09, 1.095)])
def test_gaps_may_be_filled_at_the_level(gaps: str, stop: float, limit: float) -> None:
    """As MetaTrader's tester does where it has no ticks (reference mt5.md, 5.4); by default at the open."""
    bars = market([*flat(1.1), (1.085, 1.1, 1.08, 1.1), *flat(1.1)])
    account = AccountTerms(gaps=gaps)
    assert exits(run(played(bars, {**DEAL, "sl": 1.09}, account=account))) == [(1, stop, "sl")]
    terminal = run(played(bars, WAIT, account=account))
    assert (terminal.positions_get() or ())[0].price_open == limit
    with pytest.raises(ParameterError, match="gaps"):
        AccountTerms(gaps="never")
